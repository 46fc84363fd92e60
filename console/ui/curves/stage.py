"""What a view keeps between paints: columns, layout, ticks, scales and the picture made of them.

It knows what is out of date. Nothing here asks for a repaint: the view does, by what is returned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, QSizeF
from PySide6.QtGui import QPainter, QPixmap, QRegion

from console.ui.curves import chrome
from console.ui.curves.axis import TimeAxis, round_range, time_axis, value_ticks
from console.ui.curves.columns import ColumnStore
from console.ui.curves.layout import Layout, lay_out
from console.ui.curves.legend import Place, draw_names, places
from console.ui.curves.model import Curve, Grid, Mark, Strip
from console.ui.curves.picture import Picture, Scale
from console.ui.theme import theme

_TICK_PX = 92
_RULE_PX = 34
_LOOSE = 0.4  # an own range that its values fill by less than this is made smaller
_LANE_OVERHANG = 8


class Stage:
    """Strips on a grid of columns in a rectangle, and their picture as far as it is drawn."""

    def __init__(self, grid: Grid, *, legend: bool) -> None:
        self.legend = legend
        self.strips: tuple[Strip, ...] = ()
        self.curves: list[Curve] = []
        self.marks: tuple[Mark, ...] = ()
        self.has_lane = False
        self.store = ColumnStore(0, grid)
        self.layout: Layout = lay_out(QSize(1, 1), (), legend=legend, marks=False)
        self.axis = TimeAxis([])
        self.picture: Picture | None = None
        self.places: list[list[Place]] = []
        """Where the legend is, in the lines of the titles, since the last whole picture."""
        self.full_repaints = 0
        self._size, self._ratio = QSize(1, 1), 1.0
        self._frame = QPixmap()
        self._axis_key = (0, 0, 0)
        self._axis_from_us = 0
        self._shift = 0
        self._dirty: tuple[int, int] | None = None
        self._own: dict[int, tuple[float, float]] = {}

    @property
    def grid(self) -> Grid:
        """The columns that are shown."""
        return self.store.grid

    # ---- what is to be shown ---------------------------------------------------------------

    def set_strips(self, strips: Sequence[Strip]) -> None:
        """Show other strips, of which nothing is known yet."""
        self.strips = tuple(strips)
        self.curves = [curve for strip in strips for curve in strip.curves]
        self.store = ColumnStore(len(self.curves), self.store.grid)
        self._own.clear()

    def set_marks(self, marks: Sequence[Mark]) -> bool:
        """Show other marks; returns whether the layout is to be made anew for their lane."""
        self.marks = tuple(marks)
        had, self.has_lane = self.has_lane, self.has_lane or bool(marks)
        self.discard()
        return self.has_lane != had

    def lay_out(self, size: QSize, ratio: float, span: tuple[int, int], now_us: int) -> bool:
        """Fit everything into a size; returns whether the columns are others now."""
        self._size, self._ratio = size, ratio
        self.layout = lay_out(size, self.strips, legend=self.legend, marks=self.has_lane)
        count = max(round(self.layout.area.width() * ratio), 1)
        others = count != self.grid.count
        if others:
            self.store.stretch(Grid.over(*span, count))
        self._follow_grid(now_us)
        self.discard()
        return others

    def slide(self, first: int, now_us: int) -> bool:
        """Show other columns of the same width and keep what is drawn of them."""
        n = self.store.move(first)
        if not n:
            return False
        count = self.grid.count
        self._shift += n
        if self._dirty is not None:
            self._dirty = self._dirty[0] - n, self._dirty[1] - n
        self.soil(*((count - n, count) if n > 0 else (0, -n)))
        self._follow_grid(now_us)
        return True

    def stretch(self, grid: Grid, now_us: int) -> None:
        """Show columns of another width, made from those that are known."""
        self.store.stretch(grid)
        self._follow_grid(now_us)
        self.discard()

    def soil(self, start: int, end: int) -> None:
        """Note that these columns are to be drawn anew."""
        dirty = self._dirty
        self._dirty = (start, end) if dirty is None else (min(dirty[0], start), max(dirty[1], end))

    def discard(self) -> None:
        """Note that everything is to be drawn anew."""
        self.picture = None

    def fit(self, start: int, end: int, *, shrink: bool = False) -> bool:
        """Let ranges that are not fixed hold these columns; returns whether one is another now."""
        changed = False
        for number, (strip, mine) in enumerate(self.parts()):
            if strip.low is not None and strip.high is not None:
                continue
            rows = [row for row in range(*mine.indices(mine.stop)) if self.curves[row].own is None]
            low = float(np.fmin.reduce(self.store.low[rows, start:end], None, initial=np.inf))
            high = float(np.fmax.reduce(self.store.high[rows, start:end], None, initial=-np.inf))
            if high >= low:
                least = 4 * 10.0**-strip.decimals
                fitted = fitted_range(self._own.get(number), (low, high), least, shrink=shrink)
                changed |= fitted != self._own.get(number)
                self._own[number] = fitted
        if changed:
            self.discard()
        return changed

    def parts(self) -> Iterator[tuple[Strip, slice]]:
        """Give each strip with the numbers of its curves."""
        row = 0
        for strip in self.strips:
            mine = slice(row, row + len(strip.curves))
            row = mine.stop
            yield strip, mine

    # ---- the picture -----------------------------------------------------------------------

    def settle(self) -> Picture:
        """Draw what is out of date, no more, and return the picture."""
        picture = self.picture
        if picture is None:
            return self._draw_all()
        if self._shift:
            picture.shift(self._shift)
            self._shift = 0
        if self._dirty is not None:
            # What is new may change how the columns beside it are joined.
            reach = picture.reach + 1
            picture.draw(self._dirty[0] - reach, self._dirty[1] + reach)
            self._dirty = None
        return picture

    def paint(self, p: QPainter, exposed: QRegion) -> None:
        """Copy what is exposed of the frame and of the picture; what moves is the view's."""
        picture = self.settle()
        ratio = self._ratio
        for rect in _rectangles(exposed.subtracted(self.moving)):
            corner = QPointF(rect.x() * ratio, rect.y() * ratio)
            p.drawPixmap(QRectF(rect), self._frame, QRectF(corner, QSizeF(rect.size()) * ratio))
        bounds = exposed.boundingRect()
        for plot, scale in zip(self.layout.plots, picture.scales, strict=True):
            part = plot.intersected(bounds)
            if not part.isEmpty():
                x, y = part.left() - plot.left(), part.top() - plot.top()
                corner = QPointF(x * ratio, y * ratio + scale.top)
                source = QRectF(corner, QSizeF(part.size()) * ratio)
                p.drawImage(QRectF(part), picture.image, source)

    @property
    def moving(self) -> QRegion:
        """What looks different when time goes on: strips, axis and marks."""
        region = self.layout.region + QRegion(self.layout.axis)
        if self.has_lane:
            region += self.layout.lane.adjusted(-_LANE_OVERHANG, 0, _LANE_OVERHANG, 0)
        return region

    def region_of(self, start: int, end: int) -> QRegion:
        """Return where these columns, and those that they may change, are in the strips."""
        area = self.layout.area
        margin = (self.picture.reach if self.picture is not None else 1) + 2
        scale = area.width() / max(self.grid.count, 1)
        left = area.left() + int((start - margin) * scale) - 1
        right = area.left() + int((end + margin) * scale) + 2
        return self.layout.region.intersected(QRect(left, area.top(), right - left, area.height()))

    def _draw_all(self) -> Picture:
        self.full_repaints += 1
        picture = Picture(self.store, self._scales(), max(round(self._ratio), 1))
        self.picture = picture
        picture.set_uprights(*self._uprights())
        picture.draw()
        self._shift, self._dirty = 0, None
        self._frame = QPixmap(self._size * self._ratio)
        self._frame.setDevicePixelRatio(self._ratio)
        self._frame.fill(theme().panel)
        p = QPainter(self._frame)
        chrome.draw_frame(p, self.layout, picture.scales)
        if self.legend:
            self.places = places(self.layout, self.strips)
            draw_names(p, self.layout, self.strips, self.places)
        p.end()
        return picture

    def _scales(self) -> list[Scale]:
        scales, top = [], 0
        for number, (strip, plot) in enumerate(zip(self.strips, self.layout.plots, strict=True)):
            own = self._own.get(number, (0.0, 1.0))
            low = own[0] if strip.low is None else strip.low
            high = own[1] if strip.high is None else strip.high
            height = max(round(plot.height() * self._ratio), 1)
            most = max(min(plot.height() // _RULE_PX, 4), 2)
            rules = () if self.layout.compact else tuple(value_ticks(low, high, most))
            scales.append(Scale(strip, low, high, top, height, rules))
            top += height
        return scales

    # ---- the axis of time ------------------------------------------------------------------

    def _follow_grid(self, now_us: int) -> None:
        """Find the ticks anew where those that are known do not hold for the grid."""
        grid, known = self.grid, self.axis
        key = (grid.step_us, grid.count, self.layout.area.width())
        fits = grid.end_us <= known.until_us and grid.start_us < known.day_us
        if key == self._axis_key and fits and grid.start_us >= self._axis_from_us:
            return
        self._axis_key, self._axis_from_us = key, grid.start_us
        most = self.layout.area.width() / _TICK_PX
        self.axis = time_axis(grid.start_us, grid.end_us, most, now_us)
        if self.picture is not None:
            self.picture.set_uprights(*self._uprights())

    def _uprights(self) -> tuple[frozenset[int], frozenset[int]]:
        step = self.grid.step_us
        ticks = frozenset(tick.utc_us // step for tick in self.axis.ticks)
        return ticks, frozenset(mark.utc_us // step for mark in self.marks)


def fitted_range(
    known: tuple[float, float] | None, seen: tuple[float, float], least: float, *, shrink: bool
) -> tuple[float, float]:
    """Return a range with round ends that holds what is seen, and the known one where it does.

    ``shrink`` says that all there is was seen: a range that is far too wide is made smaller.
    """
    low, high = seen
    if known is not None:
        holds = known[0] <= low and high <= known[1]
        if holds and not (shrink and high - low < _LOOSE * (known[1] - known[0])):
            return known
        if not shrink:
            low, high = min(low, known[0]), max(high, known[1])
    return round_range(low, high, least)


def _rectangles(region: QRegion) -> Iterator[QRect]:
    """Yield the rectangles of a region, which its annotations do not know it can."""
    yield from region  # type: ignore[misc]
