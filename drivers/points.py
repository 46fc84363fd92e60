"""The words every part speaks: points, limits, readings, quality, time.

Point names follow Redfish ThermalEquipment in snake_case; units are UCUM codes
(docs/architecture.md lists both). Missing is never zero: a value that is not known
is NaN in an array, ``None`` in a :class:`Reading`, and carries a reason.
"""

from __future__ import annotations

import time as _time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Quality(StrEnum):
    """How far a value may be trusted (after NAMUR NE 107 and OPC UA)."""

    GOOD = "good"
    UNCERTAIN = "uncertain"
    BAD = "bad"


class Reason(IntEnum):
    """Why a value is not good. The number is what a snapshot and the history store."""

    NONE = 0
    NOT_YET_READ = 1
    STALE = 2
    SENTINEL = 3
    SENSOR_FAULT = 4
    OUT_OF_RANGE = 5
    NOT_EXPORTED = 6
    NOT_SUPPORTED = 7
    DEVICE_LOST = 8
    NO_COMMS = 9
    NO_FLOW = 10
    REJECTED = 11
    DISAGREE = 12
    NOT_APPLICABLE = 13
    RECORDED = 14

    @property
    def word(self) -> str:
        """The name in files and records: ``device_lost``."""
        return self.name.lower()

    @property
    def quality(self) -> Quality:
        """The quality that this reason stands for."""
        if self is Reason.NONE:
            return Quality.GOOD
        return Quality.UNCERTAIN if self in _UNCERTAIN else Quality.BAD


_UNCERTAIN = frozenset(
    {
        Reason.OUT_OF_RANGE,
        Reason.NO_FLOW,
        Reason.DISAGREE,
        Reason.NOT_APPLICABLE,
        Reason.RECORDED,
    }
)


class Level(IntEnum):
    """The six Redfish thresholds, ordered from lowest to highest reading."""

    LOWER_FATAL = -3
    LOWER_CRITICAL = -2
    LOWER_CAUTION = -1
    UPPER_CAUTION = 1
    UPPER_CRITICAL = 2
    UPPER_FATAL = 3

    @property
    def is_upper(self) -> bool:
        """Whether the limit is crossed by rising."""
        return self > 0

    @property
    def severity(self) -> int:
        """1 caution, 2 critical, 3 fatal."""
        return abs(self)

    @property
    def word(self) -> str:
        """The name in files and records: ``upper_caution``."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Limit:
    """One Redfish threshold of a point, in the point's unit."""

    level: Level
    reading: float
    dwell_s: float = 0.0
    hysteresis: float = 0.0

    def violated_by(self, value: float) -> bool:
        """Whether the value is at or beyond the limit; NaN violates nothing."""
        return value >= self.reading if self.level.is_upper else value <= self.reading


@dataclass(frozen=True)
class Point:
    """One measured or derived quantity of a device, shared by every device of its kind.

    ``key`` is the canonical name (``coolant_return_temperature``, ``pump[1].speed_percent``),
    ``name`` an English label that the console translates, ``unit`` a UCUM code, ``precision``
    the decimals shown, ``low`` and ``high`` the display range,
    ``normal`` a usual value if it is known, ``group`` the Redfish resource it
    belongs to, ``states`` the words of an enumeration by raw value, ``flags`` the words of a bit
    field by bit number, ``register`` the address as printed in the controller's manual.
    """

    key: str
    name: str
    unit: str = ""
    precision: int = 1
    low: float = 0.0
    high: float = 100.0
    normal: float | None = None
    group: str = "CoolingUnit"
    limits: tuple[Limit, ...] = ()
    states: Mapping[int, str] = field(default_factory=dict)
    flags: Mapping[int, str] = field(default_factory=dict)
    register: str = ""
    severities: Mapping[int, int] = field(default_factory=dict)
    refresh_s: float = 0.0
    rollover: float = 0.0

    def increase(self, before: float, after: float) -> float | None:
        """Return how much a counter grew, across at most one rollover; None where it was reset."""
        grown = after - before
        if grown >= 0:
            return grown
        return grown + self.rollover if -grown > self.rollover / 2 > 0 else None

    def words(self, value: float) -> str | None:
        """Return the state or the flags that a value stands for, or None for a plain number."""
        if self.states:
            return self.states.get(int(value), f"? {int(value)}")
        if self.flags:
            bits = int(value)
            return ", ".join(word for bit, word in self.flags.items() if bits >> bit & 1) or "none"
        return None


class Schema:
    """The points of one kind of device, in the order of every snapshot's arrays."""

    def __init__(self, points: tuple[Point, ...]) -> None:
        self.points = points
        self.index: dict[str, int] = {point.key: i for i, point in enumerate(points)}
        if len(self.index) != len(points):
            raise ValueError("a schema names each point once")

    def __len__(self) -> int:
        return len(self.points)

    def __iter__(self) -> Iterator[Point]:
        return iter(self.points)

    def __contains__(self, key: object) -> bool:
        return key in self.index

    def __getitem__(self, key: str) -> Point:
        return self.points[self.index[key]]

    def get(self, key: str) -> Point | None:
        """Return a point by key, or None where this kind of device has none such."""
        i = self.index.get(key)
        return None if i is None else self.points[i]


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment: UTC microseconds for people and records, monotonic seconds for intervals."""

    utc_us: int
    mono_s: float

    @classmethod
    def now(cls) -> Stamp:
        """Read both clocks."""
        return cls(_time.time_ns() // 1000, _time.monotonic())


@dataclass(frozen=True, slots=True)
class Reading:
    """One value as shown: a number or nothing, with quality, reason and time."""

    point: Point
    value: float | None
    reason: Reason
    time: Stamp

    @property
    def quality(self) -> Quality:
        """The quality that the reason stands for."""
        return self.reason.quality


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to a part and is more than a value: a Xid, another GPU in a slot.

    ``kind`` is a word of the driver; ``body`` holds what JSON can hold.
    """

    kind: str
    body: Mapping[str, str | int | float | None]
    time: Stamp


@dataclass(frozen=True)
class Snapshot:
    """Everything one poll learned of one device; immutable, safe to hand between threads.

    ``values`` is float64 of shape ``(len(schema),)`` with NaN where there is no value;
    ``reasons`` is uint8 of the same shape (:class:`Reason`). ``sequence`` counts polls of the
    device since start. Both arrays are read-only. ``identity`` names the part itself where it can
    (model, serial, uuid); it is shared between snapshots and never changed. ``happenings`` came
    to be known by this poll. A snapshot of the ``past`` fills plots and the history and is no news.
    """

    device: str
    schema: Schema
    values: NDArray[np.float64]
    reasons: NDArray[np.uint8]
    time: Stamp
    sequence: int = 0
    identity: Mapping[str, str] = field(default_factory=dict)
    happenings: tuple[Happening, ...] = ()
    past: bool = False

    def __post_init__(self) -> None:
        self.values.flags.writeable = False
        self.reasons.flags.writeable = False

    def __getitem__(self, key: str) -> Reading:
        return self.reading(self.schema.index[key])

    def get(self, key: str) -> Reading | None:
        """Return the reading of a point, or None where the device has no such point."""
        i = self.schema.index.get(key)
        return None if i is None else self.reading(i)

    def good(self, key: str) -> float | None:
        """Return the value of a point if it exists and is good, else None."""
        i = self.schema.index.get(key)
        if i is None or self.reasons[i] != Reason.NONE:
            return None
        return float(self.values[i])

    def reading(self, i: int) -> Reading:
        """Return the reading at a position of the schema."""
        value = float(self.values[i])
        return Reading(
            self.schema.points[i],
            None if value != value else value,  # noqa: PLR0124  NaN is the only value unequal to itself
            Reason(int(self.reasons[i])),
            self.time,
        )

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        """All readings in schema order."""
        return tuple(self.reading(i) for i in range(len(self.schema)))
