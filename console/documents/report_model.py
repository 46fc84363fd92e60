"""Blocks of reports: dense tables, charts of what was measured, counts, rates and photographs.

As in :mod:`console.documents.model` every text is final. Numbers of curves are arrays, so that a
document of many samples is quickly walked through.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Align = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Flag:
    """A cell that must be seen: bold, with a black mark before it, on any printer."""

    text: str


@dataclass(frozen=True, slots=True)
class Mono:
    """A cell of hexadecimal digits, set so that they can be compared."""

    text: str


ReportCell: TypeAlias = "str | Flag | Mono"


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """A column of a listing; ``share`` is its width against the others."""

    title: str
    share: float = 1.0
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Listing:
    """A dense table to read, not to write in. ``empty`` is said where it has no rows."""

    columns: tuple[ReportColumn, ...]
    rows: tuple[tuple[ReportCell, ...], ...]
    title: str = ""
    empty: str = ""


@dataclass(frozen=True, eq=False)
class Line:
    """A curve: seconds from the strip's beginning, values (NaN breaks the line)."""

    name: str
    at_s: Floats
    values: Floats


@dataclass(frozen=True, eq=False)
class Between:
    """The room between the lowest and the highest of several curves, filled in grey."""

    name: str
    at_s: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class LimitLine:
    """A limit, dotted, from when to when it held."""

    value: float
    text: str
    from_s: float
    until_s: float


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the time axis with its short name and its title: a phase of the work."""

    from_s: float
    until_s: float
    name: str
    title: str = ""


@dataclass(frozen=True)
class Panel:
    """One chart of a strip: its title with the unit, curves, limits; ``note`` where it is empty."""

    title: str
    unit: str
    lines: tuple[Line, ...]
    between: tuple[Between, ...] = ()
    limits: tuple[LimitLine, ...] = ()
    note: str = ""
    height_mm: float = 34.0


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers behind a panel for who cannot see it: a table's titles and rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Strip:
    """Charts over one time axis, one below the other. ``figures`` tell the same in numbers.

    ``ticks`` are seconds and words; ``spans`` are marked over all of it.
    """

    title: str
    panels: tuple[Panel, ...]
    ticks: tuple[tuple[float, str], ...]
    axis: str
    spans: tuple[Span, ...] = ()
    from_s: float = 0.0
    until_s: float = 1.0
    figures: tuple[Figures, ...] = ()
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what stands below it, its values one upon the other."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """Counts over names. ``parts`` name the values of a bar, one upon the other or side by side.

    ``limit`` is dotted, with its words.
    """

    title: str
    bars: tuple[Bar, ...]
    parts: tuple[str, ...]
    alt: str
    unit: str = ""
    limit: tuple[float, str] | None = None
    is_stacked: bool = True
    height_mm: float = 36.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with the interval in which it lies (NaN: unknown), and the counts behind it."""

    name: str
    low: float
    value: float
    high: float
    text: str


@dataclass(frozen=True, slots=True)
class Estimates:
    """Values with their intervals, one below the other on one scale that begins at nothing."""

    title: str
    estimates: tuple[Estimate, ...]
    unit: str
    alt: str


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph as JPEG bytes, or ``None`` with ``trouble`` saying why there is none."""

    jpeg: bytes | None = field(repr=False)
    title: str
    lines: tuple[str, ...]
    sha256: str
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Photos:
    """Photographs two in a row."""

    photos: tuple[Photo, ...]


ReportBlock: TypeAlias = "Listing | Strip | Bars | Estimates | Photos"
