"""The tables of a register map besides its points: where from, how to ask, what to make of it."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from drivers.files import FileModel
from drivers.limits import LimitsSpec
from drivers.modbus.datatypes import TEXT_TYPES, Address, Area, Order, TextType, coding
from drivers.modbus.expression import Expression
from drivers.modbus.pointparts import Key, RawText
from drivers.points import Point

_LONGEST_TEXT = 125


class Source(FileModel):
    """Where the registers were read about."""

    title: str
    revision: str = ""
    page: str = ""
    url: str = ""


def _one_or_many(given: Any) -> Any:
    return [{"title": given}] if isinstance(given, str) else given


Sources = Annotated[
    tuple[Source, ...],
    BeforeValidator(_one_or_many, json_schema_input_type=str | tuple[Source, ...]),
    Field(min_length=1),
]


class Verified(FileModel):
    """Who compared this map with a real controller. Absent: nobody did."""

    by: str
    date: date
    firmware: str = ""
    hardware: str = ""


class Revision(FileModel):
    """One line of the map's own history."""

    revision: int = Field(ge=1)
    date: date
    by: str = ""
    what: str


class Firmware(FileModel):
    """The firmware that the map was written for: a list, or from and up to; empty is any."""

    known: tuple[str, ...] = ()
    min: str = ""
    max: str = ""

    def admits(self, version: str) -> bool:
        """Return whether the map was written for a version (``1.10`` is newer than ``1.9``)."""
        if self.known:
            return version.strip() in self.known
        found = _version(version)
        above = not self.min or found >= _version(self.min)
        return above and (not self.max or found <= _version(self.max))


def _version(text: str) -> list[tuple[int, int, str]]:
    """Return the numbers and words of a version so that they compare as people count."""
    parts = re.findall(r"\d+|[a-z]+", re.sub(r"^\D+", "", text.casefold()))
    return [(1, int(p), "") if p.isdecimal() else (0, 0, p) for p in parts]


class Band(FileModel):
    """Addresses that one read must not leave or enter."""

    area: Area
    first: Address
    last: Address

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"last must not be below first, found {self.first} to {self.last}")
        return self


class Transport(FileModel):
    """How the controller wants to be asked. The connection URL of the site overrides the line."""

    protocol: Literal["tcp", "rtu", "ascii", "rtu_over_tcp", "tls"] = "tcp"
    port: int | None = Field(default=None, ge=1, le=65535)
    unit_id: int = Field(default=1, ge=0, le=255)
    baud: int = Field(default=19200, ge=300, le=1_000_000)
    parity: Literal["N", "E", "O"] = "E"
    data_bits: Literal[7, 8] = 8
    stop_bits: Literal[1, 2] = 1
    timeout_ms: int = Field(default=500, ge=20, le=10_000)
    turnaround_ms: float = Field(default=5.0, ge=0, le=1000)
    pause_after_connect_ms: int = Field(default=0, ge=0, le=10_000)
    inter_request_ms: int = Field(default=0, ge=0, le=1000)
    max_read_registers: int = Field(default=125, ge=1, le=125)
    max_read_bits: int = Field(default=2000, ge=1, le=2000)
    max_write_registers: int = Field(default=123, ge=1, le=123)
    max_connections: int | None = Field(default=None, ge=1)
    max_in_flight: int = Field(default=1, ge=1, le=16)
    close_after_cycle: bool = False
    function_codes: tuple[int, ...] = ()
    gap_policy: Literal["never", "reserved_ok"] = "reserved_ok"
    max_gap: int = Field(default=124, ge=0, le=124)
    bands: tuple[Band, ...] = ()

    @property
    def widest_gap(self) -> int:
        """How many addresses without a point may be read across at most."""
        return 0 if self.gap_policy == "never" else self.max_gap


class Orders(FileModel):
    """A byte order and a word order."""

    byte_order: Order = "big"
    word_order: Order = "big"


class OrderRegister(FileModel):
    """A register whose number says in which orders all others are coded; itself always big."""

    area: Area = Area.HOLDING
    address: Address
    orders: dict[RawText, Orders] = Field(min_length=1)


class UnitsRegister(FileModel):
    """A register whose number says in which units others are: at most one for each dimension."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    area: Area = Area.HOLDING
    address: Address
    units: dict[RawText, tuple[str, ...]] = Field(min_length=1)


class Heartbeat(FileModel):
    """A point that must change within a time, or everything the controller says is stale."""

    point: Key
    within_s: float = Field(gt=0)


class RegisterText(FileModel):
    """Registers read as a text, once, when the connection opens; ``expect`` is what it must match.

    Texts are in big order unless they say otherwise, whatever the order of the map's numbers.
    """

    area: Area = Area.HOLDING
    address: Address
    doc_address: str = ""
    type: TextType = "ascii"
    length: int | None = Field(default=None, ge=1, le=_LONGEST_TEXT)
    byte_order: Order = "big"
    word_order: Order = "big"
    expect: str = ""
    allow_blank: bool = False
    notes: str = ""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.area.is_bits:
            raise ValueError(f"area {self.area.value!r} holds bits; allowed are input and holding")
        if self.type in TEXT_TYPES and self.length is None:
            raise ValueError(f"type {self.type!r} needs a length in registers")
        if self.type not in TEXT_TYPES:
            coding(self.type, self.length)
        if self.address + self.words > 65536:
            raise ValueError(f"address {self.address} leaves no room for {self.words} registers")
        try:
            re.compile(self.expect)
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"expect is not a regular expression: {error}") from None
        return self

    @property
    def words(self) -> int:
        """How many registers it takes."""
        return self.length or coding(self.type).words


class IdentityText(RegisterText):
    """Something that names the controller: model, serial, firmware."""

    key: Key
    name: str = ""


class _Calculated(FileModel):
    """What a point that no register holds shares with one that a register does."""

    key: Key
    name: str = Field(min_length=1)
    unit: str = ""
    precision: int = Field(default=1, ge=0, le=6)
    display: tuple[float, float] = (0.0, 100.0)
    group: str = "CoolingUnit"
    limits: LimitsSpec = LimitsSpec()
    notes: str = ""

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
            register="calculated",
        )

    @model_validator(mode="after")
    def _limits_rise(self) -> Self:
        self.limits.limits()
        return self


class VotedSpec(_Calculated):
    """One value out of redundant sensors.

    Sensors further apart than ``max_spread`` make it uncertain; when that lasts ``dwell_s``, the
    one furthest from the median is left out, as long as three or more took part. ``quorum`` is how
    many must remain (a majority where it is not given).
    """

    of: tuple[Key, ...] = Field(min_length=2, max_length=16)
    method: Literal["avg", "median", "min", "max"] = "median"
    max_spread: float | None = Field(default=None, gt=0)
    dwell_s: float = Field(default=10.0, ge=0)
    quorum: int | None = Field(default=None, ge=1)

    @property
    def needed(self) -> int:
        """How many sensors must agree for a good value."""
        return self.quorum or len(self.of) // 2 + 1


class DerivedSpec(_Calculated):
    """A value calculated from points; without an open gate there is none."""

    expression: str
    gate: str = ""
    gate_reason: Literal["no_flow", "not_applicable"] = "no_flow"

    @model_validator(mode="after")
    def _is_understood(self) -> Self:
        Expression.parse(self.expression)
        if self.gate:
            Expression.parse(self.gate, "truth")
        return self
