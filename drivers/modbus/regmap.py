"""The register map: a controller described as data.

A map is a TOML file, either shipped in ``resources/regmaps`` or beside the site file. Addresses
are kept both as they go over the wire (0-based) and as the manual prints them, because that
difference of one is the commonest mistake in the field. docs/register-map.md explains every key.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

import resources
from drivers.files import FileError, FileModel, faults_error, parse, read_text, toml_of
from drivers.modbus.consistency import faults_of_map
from drivers.modbus.datatypes import WORDS, Area, Order
from drivers.modbus.mapspec import (
    DerivedSpec,
    Firmware,
    Heartbeat,
    IdentityText,
    OrderRegister,
    RegisterText,
    Revision,
    Sources,
    Transport,
    UnitsRegister,
    Verified,
    VotedSpec,
)
from drivers.modbus.pointparts import FaultBit, QualityBit, Sentinel
from drivers.modbus.pointspec import PointSpec
from drivers.points import Schema

GUIDE = "docs/register-map.md"


class RegisterMap(FileModel):
    """A whole controller."""

    schema_version: Literal["regmap/1"] = Field(alias="schema")
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    vendor: str
    model: str
    models: tuple[str, ...] = ()
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
    source: Sources
    verified: Verified | None = None
    firmware: Firmware = Firmware()
    revision: int = Field(default=1, ge=1)
    status: Literal["draft", "approved"] = "draft"
    revlog: tuple[Revision, ...] = ()
    notes: tuple[str, ...] = ()
    address_base: Literal[0, 1] = 1
    word_order: Order = "big"
    byte_order: Order = "big"
    transport: Transport = Transport()
    poll_groups: dict[str, float] = Field(default_factory=dict)
    order_register: OrderRegister | None = None
    units_registers: tuple[UnitsRegister, ...] = Field(default=(), alias="units_register")
    heartbeat: Heartbeat | None = None
    probe: RegisterText | None = None
    identity: tuple[IdentityText, ...] = ()
    points: tuple[PointSpec, ...] = Field(alias="point", min_length=1)
    voted: tuple[VotedSpec, ...] = ()
    derived: tuple[DerivedSpec, ...] = ()

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        found = faults_of_map(self)
        if found:
            raise faults_error(found)
        return self

    @property
    def verified_on_hardware(self) -> bool:
        """Whether anybody compared it with a real controller."""
        return self.verified is not None

    @cached_property
    def readable(self) -> tuple[PointSpec, ...]:
        """The points that are polled, in file order."""
        return tuple(spec for spec in self.points if spec.is_readable)

    @cached_property
    def schema_of_points(self) -> Schema:
        """What every snapshot holds: polled points in file order, then voted, then derived."""
        read = [spec.point() for spec in self.readable]
        calculated = [spec.point() for spec in (*self.voted, *self.derived)]
        return Schema((*read, *calculated))

    def period_s(self, spec: PointSpec) -> float:
        """Return how often a point is read, in seconds; 0 is every cycle."""
        return self.poll_groups.get(spec.poll_group, 0.0)

    @cached_property
    def atomic_groups(self) -> dict[str, tuple[PointSpec, ...]]:
        """The points that must come out of one read, by the name of their group."""
        groups: dict[str, tuple[PointSpec, ...]] = {}
        for spec in self.readable:
            if spec.atomic_group:
                groups[spec.atomic_group] = (*groups.get(spec.atomic_group, ()), spec)
        return groups

    @property
    def orders(self) -> tuple[Order, Order]:
        """``(byte order, word order)`` of a point that does not say."""
        return self.byte_order, self.word_order


def read_map(path: Path) -> RegisterMap:
    """Return the map in a file; raises FileError naming file, line, point and rule."""
    text = read_text(path)
    return parse(RegisterMap, toml_of(text, path), path, text=text, guide=GUIDE)


def load_map(name: str, beside: Path | None = None) -> RegisterMap:
    """Return the map of that id among those shipped, or of that file name beside the site file.

    Raises FileError: no such map (naming those that there are), or a fault in the file.
    """
    return read_map(map_path(name, beside))


def shipped_maps() -> list[str]:
    """Return the ids of the maps in this installation."""
    return sorted(file.stem for file in resources.path("regmaps").glob("*.toml"))


def map_path(name: str, beside: Path | None = None) -> Path:
    """Return the file of a shipped map's id or of a name ending in ``.toml``; raises FileError."""
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


__all__ = [
    "GUIDE",
    "WORDS",
    "Area",
    "FaultBit",
    "Order",
    "PointSpec",
    "QualityBit",
    "RegisterMap",
    "Sentinel",
    "Transport",
    "load_map",
    "map_path",
    "read_map",
    "shipped_maps",
]
