"""What is drawn: strips of curves over one time, marks, and where their values come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from console.vocabulary import reason_text
from drivers.points import Limit, Point, Reason

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]
SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns of equal width in absolute time: column ``k`` begins at ``k * step_us`` (UTC).

    Columns are slices of absolute time and not of age, so that a curve that moves left keeps its
    shape. The grid holds columns ``first`` to ``first + count - 1``.
    """

    step_us: int
    first: int
    count: int

    @classmethod
    def over(cls, start_us: int, end_us: int, count: int) -> Grid:
        """Return ``count`` columns over a range; its end is within the last one, or just at it."""
        count = max(count, 1)
        step = max(round((end_us - start_us) / count), 1)
        return cls(step, -(-end_us // step) - count, count)

    @property
    def start_us(self) -> int:
        """Where the first column begins."""
        return self.first * self.step_us

    @property
    def end_us(self) -> int:
        """Where the last column ends."""
        return (self.first + self.count) * self.step_us

    def slot(self, utc_us: int) -> int:
        """Return which column of the grid a moment is in; below 0 or from ``count`` on outside."""
        return int(utc_us // self.step_us - self.first)


class Columns(NamedTuple):
    """One curve in columns, each array of shape ``(columns,)``.

    ``minimum``, ``maximum`` and ``mean`` are NaN where a column holds no value; ``reason`` is the
    number of a :class:`drivers.points.Reason`, 0 where every sample was good or there was none.
    """

    minimum: Floats
    maximum: Floats
    mean: Floats
    reason: Bytes


class CurveSource(Protocol):
    """Where stored values come from; asked in a worker thread, by one at a time."""

    def columns(self, part: str, key: str, start_us: int, end_us: int, columns: int) -> Columns:
        """Return a range in equal columns; raises OSError, ValueError or StorageError."""


@dataclass(frozen=True, slots=True)
class OwnRange:
    """The range of values of one curve in its own unit (UCUM), whatever its strip's is."""

    unit: str
    low: float
    high: float
    decimals: int = 0

    @classmethod
    def of(cls, point: Point) -> OwnRange:
        """Return that of a point."""
        return cls(point.unit, point.low, point.high, point.precision)


@dataclass(frozen=True, slots=True)
class Curve:
    """One line: which point of which part, its name, and which pen of the theme draws it.

    A line joins two samples up to ``bridge_s`` apart: farther is a gap (two and a half periods of
    polling is usual). ``steps`` holds each value until the next one, for states and setpoints.
    ``offset_us`` draws the range that lies so much later, for comparing: minus a day is yesterday.
    ``own`` is its range where that is not the strip's: it violates none of the strip's limits.
    """

    part: str
    key: str
    name: str
    pen: int = 0
    bridge_s: float = 2.5
    steps: bool = False
    offset_us: int = 0
    own: OwnRange | None = None


@dataclass(frozen=True, slots=True)
class Strip:
    """Curves of one quantity over one range of values, in the unit (UCUM) of ``unit``.

    ``low`` and ``high`` fix the range; None lets it follow what is seen. Curves violate
    ``limits`` where they are at or beyond them.
    """

    title: str
    unit: str
    curves: tuple[Curve, ...]
    low: float | None = None
    high: float | None = None
    decimals: int = 1
    limits: tuple[Limit, ...] = ()

    @classmethod
    def of(cls, point: Point, curves: Sequence[Curve], title: str, *, auto: bool = False) -> Strip:
        """Return a strip with range, unit, precision and limits of a point."""
        low, high = (None, None) if auto else (point.low, point.high)
        return cls(title, point.unit, tuple(curves), low, high, point.precision, point.limits)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened: an event (priority 0) or an alarm, until ``until_us`` if it ended.

    ``active`` alarms have the colour of their priority, past ones are grey.
    """

    utc_us: int
    text: str
    priority: int = 0
    until_us: int | None = None
    active: bool = False


@dataclass(frozen=True, slots=True)
class Readout:
    """What a curve is at one moment: values are None and ``reason`` set where none is to be had."""

    curve: Curve
    mean: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    reason: int = 0
    unit: str = ""
    decimals: int = 1

    @property
    def why(self) -> str:
        """Why the value is missing or not to be trusted, in words, or nothing."""
        return reason_text(Reason(self.reason)) if self.reason else ""


@dataclass(frozen=True, slots=True)
class Request:
    """What a view wants of a source: every curve over a grid; ``number`` grows with each."""

    number: int
    grid: Grid
    curves: tuple[Curve, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request: columns in the order of its curves, or an error in words.

    A ``partial`` one is shown until the whole one with the same number comes.
    """

    number: int
    grid: Grid
    columns: tuple[Columns, ...] = field(default=(), repr=False)
    error: str = ""
    partial: bool = False
