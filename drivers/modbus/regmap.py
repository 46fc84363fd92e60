"""The register map: a controller described as data.

A map is a TOML file, either shipped in ``resources/regmaps`` or beside the site file. Addresses
are kept both as they go over the wire (0-based) and as the manual prints them, because that
difference of one is the commonest mistake in the field.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

import resources
from drivers.files import FileError, FileModel, parse, read_toml
from drivers.limits import LimitsSpec
from drivers.points import Point, Reason, Schema


class Area(StrEnum):
    """The four Modbus address spaces."""

    COIL = "coil"
    DISCRETE = "discrete"
    INPUT = "input"
    HOLDING = "holding"

    @property
    def is_bits(self) -> bool:
        """Whether one address is one bit."""
        return self in {Area.COIL, Area.DISCRETE}


DataType = Literal["bool", "u16", "s16", "u32", "s32", "f32"]
WORDS: dict[str, int] = {"bool": 1, "u16": 1, "s16": 1, "u32": 2, "s32": 2, "f32": 2}
Order = Literal["big", "little"]
Address = Annotated[int, Field(ge=0, le=65535)]


class Sentinel(FileModel):
    """A raw value that is not a measurement."""

    raw: int
    meaning: Literal["absent", "fault", "overrange", "not_ready"] = "fault"

    @property
    def reason(self) -> Reason:
        """The reason shown for it."""
        return Reason.SENSOR_FAULT if self.meaning == "fault" else Reason.SENTINEL


class FaultBit(FileModel):
    """A bit elsewhere in the controller that says that this point's sensor has failed."""

    area: Area = Area.INPUT
    address: Address
    bit: int = Field(default=0, ge=0, le=15)


class PointSpec(FileModel):
    """One point: where it is, how it is coded, what it means, how it is shown."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*(\[\d+\])?(\.[a-z][a-z0-9_]*)?$")
    name: str
    area: Area = Area.INPUT
    address: Address
    doc_address: str = ""
    type: DataType = "u16"
    word_order: Order | None = None
    scale: float = 1.0
    offset: float = 0.0
    unit: str = ""
    precision: int = Field(default=1, ge=0, le=6)
    display: tuple[float, float] = (0.0, 100.0)
    valid: tuple[float, float] | None = None
    group: str = "CoolingUnit"
    states: dict[str, str] = Field(default_factory=dict)
    sentinels: tuple[Sentinel, ...] = ()
    sensor_fault: FaultBit | None = None
    limits: LimitsSpec = LimitsSpec()

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.area.is_bits != (self.type == "bool"):
            raise ValueError(f"type {self.type!r} does not fit area {self.area.value!r}")
        if self.scale == 0:
            raise ValueError("scale must not be 0")
        if self.address + self.words > 65536:
            raise ValueError(f"address {self.address} leaves no room for {self.words} registers")
        self.limits.limits()
        return self

    @property
    def words(self) -> int:
        """How many registers (or bits) it takes."""
        return WORDS[self.type]

    def point(self) -> Point:
        """Return what the rest of the program needs to know of it."""
        return Point(
            key=self.key,
            name=self.name,
            unit=self.unit,
            precision=self.precision,
            low=self.display[0],
            high=self.display[1],
            group=self.group,
            limits=self.limits.limits(),
            states={int(raw, 0): word for raw, word in self.states.items()},
            register=self.doc_address or f"{self.area.value} {self.address}",
        )


class Transport(FileModel):
    """How the controller wants to be asked."""

    unit_id: int = Field(default=1, ge=0, le=255)
    timeout_ms: int = Field(default=500, ge=20, le=10_000)
    max_read_registers: int = Field(default=125, ge=1, le=125)
    max_read_bits: int = Field(default=2000, ge=1, le=2000)
    max_gap: int = Field(default=16, ge=0, le=124)
    inter_request_ms: int = Field(default=0, ge=0, le=1000)


class RegisterMap(FileModel):
    """A whole controller."""

    schema_version: Literal["regmap/1"] = Field(alias="schema")
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    vendor: str
    model: str
    device_class: Literal[
        "immersion_tank",
        "cdu",
        "rpu",
        "dry_cooler",
        "pump_vfd",
        "level_sensor",
        "door",
        "pdu",
        "meter",
        "other",
    ]
    provenance: Literal["vendor_doc", "third_party", "field_capture", "example"]
    source: str
    verified_on_hardware: bool = False
    notes: tuple[str, ...] = ()
    word_order: Order = "big"
    byte_order: Order = "big"
    transport: Transport = Transport()
    points: tuple[PointSpec, ...] = Field(alias="point", min_length=1)

    @model_validator(mode="after")
    def _points_are_distinct(self) -> Self:
        keys: set[str] = set()
        used: dict[tuple[Area, int], str] = {}
        for spec in self.points:
            if spec.key in keys:
                raise ValueError(f"two points are called {spec.key!r}")
            keys.add(spec.key)
            for address in range(spec.address, spec.address + spec.words):
                other = used.setdefault((spec.area, address), spec.key)
                if other != spec.key:
                    raise ValueError(
                        f"{spec.key!r} and {other!r} both use {spec.area.value} {address}"
                    )
        return self

    @cached_property
    def schema_of_points(self) -> Schema:
        """The points in file order, as every snapshot holds them."""
        return Schema(tuple(spec.point() for spec in self.points))


def load_map(name: str, beside: Path | None = None) -> RegisterMap:
    """Return the map of that id among those shipped, or of that file name beside the site file.

    Raises FileError: no such map (naming those that there are), or a fault in the file.
    """
    path = _find(name, beside)
    return parse(RegisterMap, read_toml(path), path)


def shipped_maps() -> list[str]:
    """Return the ids of the maps in this installation."""
    return sorted(file.stem for file in resources.path("regmaps").glob("*.toml"))


def _find(name: str, beside: Path | None) -> Path:
    if name.endswith(".toml"):
        path = (beside or Path()) / name
        if path.is_file():
            return path
        raise FileError(f"{path}: there is no such register map")
    if name in shipped_maps():
        return resources.path("regmaps", f"{name}.toml")
    raise FileError(
        f"there is no register map {name!r}; shipped are: {', '.join(shipped_maps())}; "
        "a map of your own is named by its file, ending in .toml"
    )
