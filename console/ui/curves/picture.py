"""The picture of all strips, kept between repaints: moved along, and drawn only where it is new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from console.ui import paint
from console.ui.curves.columns import ColumnStore
from console.ui.curves.model import Bytes, Curve, Floats, Strip
from console.ui.raster import (
    Band,
    Mask,
    Pixels,
    Rows,
    Spans,
    dashes,
    hatch,
    lone_points,
    paint_spans,
    spans,
    thicken,
)
from console.ui.theme import theme
from drivers.points import Limit

_HATCH = 8
_DOTS = 4
_LANE = 3


@dataclass(frozen=True)
class Scale:
    """The range of values of a strip and the rows of the picture that it has."""

    strip: Strip
    low: float
    high: float
    top: int
    height: int
    grid: tuple[float, ...] = ()

    @cached_property
    def rules(self) -> NDArray[np.intp]:
        """The rows of the rules at round values."""
        return np.array([self.row(value) for value in self.grid], np.intp)

    def range_of(self, curve: Curve) -> tuple[float, float]:
        """Return lowest and highest value of a curve of the strip."""
        own = curve.own
        return (self.low, self.high) if own is None else (own.low, own.high)

    def row(self, value: float) -> int:
        """Return the row of a value, also beyond the strip."""
        span = self.high - self.low
        share = (value - self.low) / span if span > 0 else 0.5
        return self.top + round((1 - min(max(share, -9.0), 9.0)) * (self.height - 1))


class Seen(NamedTuple):
    """The columns that are being drawn, arrays of shape (curves, columns), from ``first`` on."""

    low: Floats
    high: Floats
    reason: Bytes
    bad: Mask
    lines: Spans
    first: int


class Picture:
    """Pixels of the strips, one above the other, as wide as the store has columns."""

    def __init__(self, store: ColumnStore, scales: Sequence[Scale], thickness: int) -> None:
        self._store = store
        self._thickness = thickness
        self.scales = tuple(scales)
        height = max(sum(scale.height for scale in scales), 1)
        self.pixels: Pixels = np.zeros((height, store.grid.count), np.uint32)
        stride = self.pixels.strides[0]
        # The memory is numpy's: Qt only reads it, and copies nothing before it is on the screen.
        self.image = QImage(
            self.pixels.data, store.grid.count, height, stride, QImage.Format.Format_RGB32
        )
        self.columns_drawn = 0
        self._curves = [curve for scale in scales for curve in scale.strip.curves]
        self._bridge_us = np.array([[round(c.bridge_s * 1e6)] for c in self._curves], np.int64)
        self._steps = np.array([[curve.steps] for curve in self._curves], np.bool_)
        self._on_strip = np.array([[curve.own is None] for curve in self._curves], np.bool_)
        self._pens = [curve.pen for curve in self._curves]
        # The dash tells curves of one strip apart in grey, so the first of each is solid.
        self._dashes = [n for scale in scales for n in range(len(scale.strip.curves))]
        self._band = self._bands()
        self._ticks: frozenset[int] = frozenset()
        self._marks: frozenset[int] = frozenset()
        self._colours()

    def _bands(self) -> Band:
        zero, slope, top, bottom = [], [], [], []
        for scale in self.scales:
            for curve in scale.strip.curves:
                low, high = scale.range_of(curve)
                per = -(scale.height - 1) / (high - low) if high > low else 0.0
                slope.append([per])
                zero.append([scale.top + scale.height - 1 - low * per])
                top.append([scale.top])
                bottom.append([scale.top + scale.height - 1])
        shape = (len(slope), 1)
        floats: list[Floats] = [np.array(a, np.float64).reshape(shape) for a in (zero, slope)]
        rows: list[Rows] = [np.array(a, np.int32).reshape(shape) for a in (top, bottom)]
        return Band(floats[0], floats[1], rows[0], rows[1])

    def _colours(self) -> None:
        look = theme()
        pens = [look.pens[pen % len(look.pens)] for pen in self._pens]
        self._ink = np.array([_rgb(pen) for pen in pens], np.uint32)
        self._paper, self._rule = _rgb(look.panel), _rgb(look.range)
        self._dot, self._stale = _rgb(look.muted), _rgb(_between(look.panel, look.stale))
        self._lane = _rgb(look.stale)
        self._priority = {p: _rgb(colour) for p, colour in look.priority.items()}

    # ---- what changes ----------------------------------------------------------------------

    def set_uprights(self, ticks: frozenset[int], marks: frozenset[int]) -> None:
        """Say in which absolute columns ticks and marks stand; those drawn stay as they are."""
        self._ticks, self._marks = ticks, marks

    @property
    def reach(self) -> int:
        """How many columns a value may look different for: those that a line may bridge."""
        return int(min(self._bridges().max(initial=1), self._store.grid.count))

    def shift(self, n: int) -> None:
        """Move what is drawn to the left by ``n`` columns (to the right if negative).

        Flat, one move of memory does all rows; what comes over from the next row is drawn anew.
        """
        flat = self.pixels.reshape(-1)
        if abs(n) >= self.pixels.shape[1]:
            return
        if n > 0:
            flat[:-n] = flat[n:]
        elif n < 0:
            flat[-n:] = flat[:n]

    def draw(self, start: int = 0, end: int | None = None) -> None:
        """Draw the columns ``start`` to ``end`` anew, all if left out."""
        count = self._store.grid.count
        end = count if end is None else min(end, count)
        start = max(start, 0)
        if start >= end:
            return
        self.columns_drawn += end - start
        into = self.pixels[:, start:end]
        first = self._store.grid.first + start
        self._draw_paper(into, first)
        if not self._curves:
            return
        margin = self.reach + self._thickness + 1
        a, b = max(start - margin, 0), min(end + margin, count)
        inner = slice(start - a, end - a)
        store = self._store
        low, high, reason = store.low[:, a:b], store.high[:, a:b], store.reason[:, a:b]
        lines = spans(low, high, reason, self._band, self._bridges(), self._steps)
        seen = Seen(
            low[:, inner],
            high[:, inner],
            reason[:, inner],
            self._bad(low, reason, lines.drawn)[:, inner],
            lines.part(inner),
            first,
        )
        self._draw_quality(into, seen)
        self._draw_limits(into, seen)
        lone_points(lines)
        lines = thicken(lines, self._thickness).part(inner)
        paint_spans(lines._replace(drawn=self._dashed(lines.drawn, first)), self._ink, into)

    def _bridges(self) -> NDArray[np.int64]:
        """How many columns apart samples may be that are joined: to the nearest, half down."""
        step_us = self._store.grid.step_us
        twice_us = 2 * np.maximum(self._bridge_us, self._store.spread_us)
        columns: NDArray[np.int64] = -((step_us - twice_us) // (2 * step_us))
        return np.maximum(columns, 0)

    # ---- layers ----------------------------------------------------------------------------

    def _draw_paper(self, into: Pixels, first: int) -> None:
        into[:] = self._paper
        for scale in self.scales:
            into[scale.rules] = self._rule
        width = into.shape[1]
        for column in self._ticks:
            if 0 <= column - first < width:
                into[:, column - first] = self._rule
        for column in self._marks:
            if 0 <= column - first < width:
                into[::2, column - first] = self._dot

    def _bad(self, low: Floats, reason: Bytes, drawn: Mask) -> Mask:
        """Return where curves are bad: also between two samples that say so, as values join."""
        if not reason.any():
            return np.zeros_like(drawn)
        return _carried(reason, ~np.isnan(low), self._bridges()) & ~drawn

    def _parts(self) -> Iterator[tuple[Scale, slice]]:
        """Give each strip with the rows of its curves in the arrays."""
        row = 0
        for scale in self.scales:
            mine = slice(row, row + len(scale.strip.curves))
            row = mine.stop
            yield scale, mine

    def _draw_quality(self, into: Pixels, seen: Seen) -> None:
        """Hatch where no curve of a strip can be trusted; a lane below where some cannot."""
        if not (seen.bad.any() or seen.reason.any()):
            return
        for scale, mine in self._parts():
            bad = np.logical_or.reduce(seen.bad[mine])
            told = bad | np.logical_or.reduce(seen.reason[mine] != 0)
            if not told.any():
                continue
            known = np.logical_or.reduce(seen.lines.drawn[mine])
            part = into[scale.top : scale.top + scale.height]
            hatch(part, bad & ~known, seen.first, self._stale, _HATCH * self._thickness)
            part[-_LANE * self._thickness :, told & known] = self._lane

    def _draw_limits(self, into: Pixels, seen: Seen) -> None:
        """Dotted; where a curve is beyond one, solid and in the colour of its priority."""
        period = _DOTS * self._thickness
        dots = np.arange(into.shape[1]) + seen.first % period
        dotted = dots // self._thickness % _DOTS == 0
        for scale, mine in self._parts():
            end = scale.top + scale.height
            for limit in scale.strip.limits:
                if not scale.low <= limit.reading <= scale.high:
                    continue
                at = scale.row(limit.reading)
                into[at : min(at + self._thickness, end), dotted] = self._dot
                thick = into[at : min(at + 2 * self._thickness, end)]
                beyond = _beyond(limit, at, seen, mine, self._on_strip[mine])
                thick[:, beyond] = self._priority[paint.limit_priority(limit)]

    def _dashed(self, drawn: Mask, first: int) -> Mask:
        """Return where pens are down; the first of each strip always is."""
        if not any(self._dashes):
            return drawn
        kinds = range(max(self._dashes) + 1)
        down = np.stack([dashes(n, first, drawn.shape[1], self._thickness) for n in kinds])
        result: Mask = drawn & down[self._dashes]
        return result


def _carried(why: Bytes, valued: Mask, bridges: NDArray[np.int64]) -> Mask:
    columns = np.arange(why.shape[1])
    bad = (why != 0) & ~valued
    told = np.maximum.accumulate(np.where(valued | (why != 0), columns, -1), axis=1)
    worst = np.take_along_axis(bad, np.maximum(told, 0), axis=1)
    near = columns - told <= np.maximum(bridges, 1)
    return worst & (told >= 0) & near & ~valued


def _beyond(limit: Limit, at: int, seen: Seen, mine: slice, judged: Mask) -> Mask:
    """Return the columns with a value beyond a limit, or with a line between two such values."""
    if limit.level.is_upper:
        found = (seen.high[mine] >= limit.reading) | (seen.lines.bottom[mine] < at)
    else:
        found = (seen.low[mine] <= limit.reading) | (seen.lines.top[mine] > at)
    beyond: Mask = np.logical_or.reduce(found & seen.lines.drawn[mine] & judged)
    return beyond


def _between(one: QColor, other: QColor) -> QColor:
    """Return a faint version of a colour, opaque: transparency costs more than all the rest."""
    pairs = zip(_parts(one), _parts(other), strict=True)
    return QColor(*(round(a * 0.55 + b * 0.45) for a, b in pairs))


def _parts(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()


def _rgb(colour: QColor) -> int:
    return colour.rgb() & 0xFFFFFFFF
