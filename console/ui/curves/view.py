"""Curves of many points over one time, live and from history, drawn by incremental decimation.

The picture is kept between repaints: when time goes on it is moved by whole columns and only the
new ones are drawn; it is drawn whole when the range, the size or the look changes; when nothing
changed nothing is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QMetaMethod, QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QRegion,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.text import tr
from console.ui import formats, paint
from console.ui.curves import chrome
from console.ui.curves.axis import TimeAxis, round_range, time_axis, value_ticks
from console.ui.curves.columns import ColumnStore, Ints, Latest
from console.ui.curves.hands import Hands
from console.ui.curves.layout import lay_out
from console.ui.curves.model import (
    SECOND_US,
    Answer,
    Bytes,
    Curve,
    Floats,
    Grid,
    Mark,
    Readout,
    Request,
    Strip,
)
from console.ui.curves.picture import Picture, Scale
from console.ui.curves.reach import Reach, bounded, panned, zoomed
from console.ui.theme import look, theme

_TICK_PX = 92
_RULE_PX = 34
_CURSOR_PX = 9
_DESCRIBE_US = 5 * SECOND_US
_LOOSE = 0.4  # an own range that its values fill by less than this is made smaller


class CurveView(QWidget):
    """Strips of curves on one axis of time; see the package for how it is fed.

    ``range_changed`` and ``range_selected`` carry start and end, ``cursor_moved`` the moment or
    None; all are µs UTC. ``wanted`` carries the :class:`Request` for what is not known yet.
    """

    range_changed = Signal(object, object)
    range_selected = Signal(object, object)
    cursor_moved = Signal(object)
    wanted = Signal(object)

    def __init__(
        self, name: str, now_us: int, *, legend: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._now_us = now_us
        self._legend = legend
        self._strips: tuple[Strip, ...] = ()
        self._curves: list[Curve] = []
        self._units: list[Strip] = []
        self._marks: tuple[Mark, ...] = ()
        self._mark_lane = False
        self._reach = bounded(now_us - 300 * SECOND_US, 300 * SECOND_US, now_us)
        self._store = ColumnStore(0, Grid.over(self._reach.start_us, now_us, 1))
        self._layout = lay_out(QSize(1, 1), (), legend=legend, marks=False)
        self._axis = TimeAxis([])
        self._axis_key = (0, 0, 0)
        self._axis_from_us = 0
        self._picture: Picture | None = None
        self._frame: QPixmap | None = None
        self._shift = 0
        self._dirty: tuple[int, int] | None = None
        self._own: dict[int, tuple[float, float]] = {}
        self._latest = Latest.of(0)
        self._request = 0
        self._awaited: Request | None = None
        self._since_asked: list[tuple[Ints, Ints, Floats, Bytes]] = []
        self._error = ""
        self._cursor_us: int | None = None
        self._selection: tuple[int, int] | None = None
        self._described_us = 0
        self.full_repaints = 0
        self._hands = Hands(self)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.grabGesture(Qt.GestureType.PinchGesture)
        look().changed.connect(self._relook)

    # ---- what is shown ---------------------------------------------------------------------

    @property
    def strips(self) -> tuple[Strip, ...]:
        """The strips from top to bottom."""
        return self._strips

    @property
    def curves(self) -> Sequence[Curve]:
        """The curves of all strips in order: their numbers are what :meth:`append` takes."""
        return self._curves

    @property
    def reach(self) -> Reach:
        """The range of time that is shown."""
        return self._reach

    @property
    def grid(self) -> Grid:
        """The columns that are shown: one for each pixel of the screen."""
        return self._store.grid

    @property
    def waiting(self) -> bool:
        """Whether an answer to the latest request is still to come."""
        return self._awaited is not None

    @property
    def columns_drawn(self) -> int:
        """How many columns have been drawn since the last full repaint, it included."""
        return self._picture.columns_drawn if self._picture is not None else 0

    def set_strips(self, strips: Sequence[Strip]) -> None:
        """Draw other strips; what was known is forgotten and asked for anew."""
        self._strips = tuple(strips)
        self._curves = [curve for strip in strips for curve in strip.curves]
        self._units = [strip for strip in strips for _ in strip.curves]
        self._store = ColumnStore(len(self._curves), self._store.grid)
        self._own.clear()
        self._latest = Latest.of(len(self._curves))
        self._since_asked.clear()
        self._lay_out()
        self._ask()
        self._describe()

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Show these events and alarms."""
        if tuple(marks) == self._marks:
            return
        self._marks = tuple(marks)
        if bool(marks) and not self._mark_lane:
            self._mark_lane = True
            self._lay_out()
        self._redraw()

    def set_range(self, start_us: int, end_us: int) -> None:
        """Show a range; one that reaches the present follows it."""
        self._go(bounded(start_us, end_us - start_us, self._now_us))

    def follow(self, span_us: int) -> None:
        """Show the last ``span_us`` up to the present, and go on with it."""
        self._go(bounded(self._now_us - span_us, span_us, self._now_us))

    def pan(self, share: float) -> None:
        """Go to later times by a share of the range, to earlier ones if negative."""
        self._go(panned(self._reach, share, self._now_us))

    def pan_columns(self, columns: int) -> None:
        """Go to later times by pixels: what a drag does."""
        start_us = self._store.grid.start_us + columns * self._store.grid.step_us
        self._go(bounded(start_us, self._reach.span_us, self._now_us))

    def zoom(self, factor: float, share: float = 0.5) -> None:
        """Show ``factor`` times as much time, about the moment at ``share`` of the width."""
        self._go(zoomed(self._reach, factor, share, self._now_us))

    def reload(self) -> None:
        """Ask for everything anew, as after a time in which no samples were appended."""
        self._ask()

    # ---- what comes in ---------------------------------------------------------------------

    def advance(self, now_us: int) -> None:
        """Let the present be ``now_us``; a view that follows moves when a whole column is over."""
        self._now_us = max(now_us, self._now_us)
        if not self._reach.follows:
            return
        span = self._reach.span_us
        self._reach = Reach(self._now_us - span, self._now_us, follows=True)
        grid = self._store.grid
        n = self._store.move(-(-self._now_us // grid.step_us) - grid.count)
        if not n:
            return
        self._shift += n
        if self._dirty is not None:
            self._dirty = self._dirty[0] - n, self._dirty[1] - n
        self._soil(grid.count - n, grid.count)
        self._moved()
        self.update(self._moving_region())

    def append(self, curves: Ints, utc_us: Ints, values: Floats, reasons: Bytes) -> None:
        """Add samples, each of the curve with that number; arrays of one shape, times in order.

        A bad sample has the value NaN and its reason. Samples outside the range only count as the
        latest value.
        """
        self._note_latest(curves, utc_us, values, reasons)
        if self._awaited is not None:
            self._since_asked.append((curves, utc_us, values, reasons))
        changed = self._store.append(curves, utc_us, values, reasons)
        if changed is None:
            return
        self._soil(*changed)
        self._fit_seen(*changed)
        self.update(self._columns_region(*changed))

    def answer(self, answer: Answer) -> None:
        """Take what a source said; an answer to any but the latest request is dropped."""
        if self._awaited is None or answer.number != self._awaited.number:
            return
        grid = self._store.grid
        if answer.grid.step_us != grid.step_us or answer.grid.count != grid.count:
            return
        self._awaited = None
        self._error = answer.error
        if not answer.error:
            self._store.clear(answer.grid)
            for number, columns in enumerate(answer.columns):
                self._store.put(number, columns)
            self._store.move(grid.first)
            for samples in self._since_asked:
                self._store.append(*samples)
            self._note_stored(answer)
        self._since_asked.clear()
        self._fit_seen(0, grid.count, shrink=True)
        self._redraw()
        self._describe()

    # ---- reading values --------------------------------------------------------------------

    def readouts(self, utc_us: int | None = None) -> list[Readout]:
        """Return what each curve is at a moment, or the latest that is known of it."""
        moment = self._cursor_us if utc_us is None else utc_us
        if moment is None:
            return [self._latest_of(number) for number in range(len(self._curves))]
        return [self._read(number, moment) for number in range(len(self._curves))]

    def table(self) -> list[str]:
        """Return the values in words, one line for each curve: at the cursor, else the latest."""
        return [chrome.readout_words(readout) for readout in self.readouts()]

    @property
    def cursor_us(self) -> int | None:
        """Where the cursor is, or None."""
        return self._cursor_us

    def set_cursor(self, utc_us: int | None) -> None:
        """Put the cursor on a moment, or away."""
        if utc_us is not None:
            grid = self._store.grid
            utc_us = min(max(utc_us, grid.start_us), grid.end_us - 1)
        if utc_us == self._cursor_us:
            return
        self.update(self._cursor_region())
        self._cursor_us = utc_us
        self.update(self._cursor_region())
        self._update_legends()
        self._describe()
        self.cursor_moved.emit(utc_us)

    @property
    def selection(self) -> tuple[int, int] | None:
        """The chosen range, or None."""
        return self._selection

    def select(self, start_us: int | None, end_us: int | None = None) -> None:
        """Choose a range, or none; :attr:`range_selected` tells when both ends are given."""
        if start_us is None or end_us is None:
            self._selection = None
        else:
            self._selection = min(start_us, end_us), max(start_us, end_us)
            self.range_selected.emit(*self._selection)
        self.update()

    def begin_selection(self, *, on: bool = True) -> None:
        """Let the next drag, or the next two taps, choose a range."""
        self._hands.selecting = on
        self.setCursor(Qt.CursorShape.CrossCursor if on else Qt.CursorShape.ArrowCursor)

    def moment_at(self, x: float) -> int:
        """Return the moment at a place in the widget."""
        grid, area = self._store.grid, self._layout.area
        share = (x - area.left()) / max(area.width(), 1)
        return grid.start_us + round(share * grid.count * grid.step_us)

    def plot_area(self) -> QRect:
        """Return where the curves are, in the widget."""
        return self._layout.area

    def plots(self) -> Sequence[QRect]:
        """Return where each strip is, in the widget."""
        return self._layout.plots

    # ---- the range -------------------------------------------------------------------------

    def _go(self, reach: Reach) -> None:
        old, self._reach = self._reach, reach
        grid = self._store.grid
        wanted = Grid.over(reach.start_us, reach.end_us, grid.count)
        if reach.span_us == old.span_us:
            wanted = Grid(grid.step_us, -(-reach.end_us // grid.step_us) - grid.count, grid.count)
        if wanted == grid:
            return
        if wanted.step_us == grid.step_us and abs(wanted.first - grid.first) < grid.count // 2:
            n = self._store.move(wanted.first)
            self._shift += n
            self._soil(*((grid.count - n, grid.count) if n > 0 else (0, -n)))
            self._moved()
            self.update(self._moving_region())
        else:
            self._store.stretch(wanted)
            self._moved()
            self._redraw()
        self._ask()
        self.range_changed.emit(reach.start_us, reach.end_us)

    def _ask(self) -> None:
        if not self._curves:
            return
        self._since_asked.clear()
        if not self.isSignalConnected(QMetaMethod.fromSignal(self.wanted)):
            return  # live only: there is nobody to wait for
        self._request += 1
        self._awaited = Request(self._request, self._store.grid, tuple(self._curves))
        self.wanted.emit(self._awaited)

    def _moved(self) -> None:
        """Everything that hangs on the grid follows it."""
        grid = self._store.grid
        key = (grid.step_us, grid.count, self._layout.area.width())
        known = self._axis
        fits = grid.end_us <= known.until_us and grid.start_us < known.day_us
        if key != self._axis_key or not fits or grid.start_us < self._axis_from_us:
            self._axis_key, self._axis_from_us = key, grid.start_us
            most = self._layout.area.width() / _TICK_PX
            self._axis = time_axis(grid.start_us, grid.end_us, most, self._now_us)
            if self._picture is not None:
                self._picture.set_uprights(*self._uprights())

    def _uprights(self) -> tuple[frozenset[int], frozenset[int]]:
        step = self._store.grid.step_us
        ticks = frozenset(tick.utc_us // step for tick in self._axis.ticks)
        return ticks, frozenset(mark.utc_us // step for mark in self._marks)

    # ---- the picture -----------------------------------------------------------------------

    def _soil(self, start: int, end: int) -> None:
        dirty = self._dirty
        self._dirty = (start, end) if dirty is None else (min(dirty[0], start), max(dirty[1], end))

    def _redraw(self) -> None:
        """Have everything drawn anew at the next paint."""
        self._picture = None
        self._frame = None
        self.update()

    def _lay_out(self) -> None:
        self._layout = lay_out(
            self.size(), self._strips, legend=self._legend, marks=self._mark_lane
        )
        count = max(round(self._layout.area.width() * self.devicePixelRatioF()), 1)
        if count != self._store.grid.count:
            grid = Grid.over(self._reach.start_us, self._reach.end_us, count)
            self._store.stretch(grid)
            self._ask()
        self._moved()
        self._redraw()

    def _settle(self) -> None:
        """Bring the picture up to date with the columns."""
        grid = self._store.grid
        if self._picture is None:
            self._paint_all()
            return
        if self._shift:
            self._picture.shift(self._shift) if abs(self._shift) < grid.count else None
            self._shift = 0
        if self._dirty is not None:
            # What is new may change how the columns beside it are joined.
            reach = self._picture.reach + 1
            self._picture.draw(self._dirty[0] - reach, self._dirty[1] + reach)
            self._dirty = None

    def _paint_all(self) -> None:
        self.full_repaints += 1
        ratio = self.devicePixelRatioF()
        self._picture = Picture(self._store, self._scales(ratio), max(round(ratio), 1))
        self._picture.set_uprights(*self._uprights())
        self._picture.draw()
        self._shift, self._dirty = 0, None
        self._frame = QPixmap(self.size() * ratio)
        self._frame.setDevicePixelRatio(ratio)
        self._frame.fill(theme().panel)
        p = QPainter(self._frame)
        chrome.draw_frame(p, self._layout, self._picture.scales)
        if self._legend:
            chrome.draw_names(p, self._layout, self._strips)
        p.end()

    def _scales(self, ratio: float) -> list[Scale]:
        scales, top = [], 0
        for number, (strip, plot) in enumerate(zip(self._strips, self._layout.plots, strict=True)):
            low, high = self._range_of(number)
            height = max(round(plot.height() * ratio), 1)
            most = max(min(plot.height() // _RULE_PX, 4), 2)
            rules = tuple(value_ticks(low, high, most)) if not self._layout.compact else ()
            scales.append(Scale(strip, low, high, top, height, rules))
            top += height
        return scales

    def _range_of(self, number: int) -> tuple[float, float]:
        strip = self._strips[number]
        if strip.low is not None and strip.high is not None:
            return strip.low, strip.high
        low, high = self._own.get(number, (0.0, 1.0))
        return (low if strip.low is None else strip.low), (
            high if strip.high is None else strip.high
        )

    def _fit_seen(self, start: int, end: int, *, shrink: bool = False) -> None:
        """Let ranges that are not fixed hold what is seen; they shrink only with everything new."""
        row = 0
        for number, strip in enumerate(self._strips):
            mine = slice(row, row + len(strip.curves))
            row = mine.stop
            if strip.low is not None and strip.high is not None:
                continue
            low = np.fmin.reduce(self._store.low[mine, start:end], axis=None, initial=np.inf)
            high = np.fmax.reduce(self._store.high[mine, start:end], axis=None, initial=-np.inf)
            known = self._own.get(number)
            if high < low or (known and known[0] <= low and high <= known[1] and not shrink):
                continue
            if known and not shrink:
                low, high = min(low, known[0]), max(high, known[1])
            found = round_range(float(low), float(high), 4 * 10.0**-strip.decimals)
            loose = known is None or (high - low) < _LOOSE * (known[1] - known[0])
            if known is None or not shrink or loose or low < known[0] or high > known[1]:
                self._own[number] = found
                self._redraw()

    # ---- painting --------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        self._settle()
        picture, frame = self._picture, self._frame
        if picture is None or frame is None:
            return
        p = QPainter(self)
        exposed = event.region()
        ratio = frame.devicePixelRatio()
        for rect in _rectangles(exposed.subtracted(self._moving_region())):
            corner = QPointF(rect.x() * ratio, rect.y() * ratio)
            p.drawPixmap(QRectF(rect), frame, QRectF(corner, QSizeF(rect.size()) * ratio))
        for plot, scale in zip(self._layout.plots, picture.scales, strict=True):
            self._paint_strip(p, plot.intersected(exposed.boundingRect()), plot, scale.top)
        self._paint_moving(p, exposed)
        self._paint_overlays(p)
        if self.hasFocus() and not self._layout.area.contains(exposed.boundingRect()):
            paint.focus_ring(p, QRectF(self.rect()))

    def _paint_strip(self, p: QPainter, part: QRect, plot: QRect, top: int) -> None:
        picture = self._picture
        if part.isEmpty() or picture is None:
            return
        ratio = self.devicePixelRatioF()
        x, y = (part.left() - plot.left()) * ratio, (part.top() - plot.top()) * ratio + top
        source = QRectF(x, y, part.width() * ratio, part.height() * ratio)
        p.drawImage(QRectF(part), picture.image, source)

    def _paint_moving(self, p: QPainter, exposed: QRegion) -> None:
        layout, grid = self._layout, self._store.grid
        if exposed.intersects(layout.axis):
            chrome.draw_axis(p, layout, grid, self._axis, self._note(), self._cursor_box())
        if self._mark_lane and exposed.intersects(layout.lane):
            chrome.draw_marks(p, layout, grid, self._marks)
        if not self._legend:
            return
        readouts = self.readouts() if any(exposed.intersects(r) for r in layout.legends) else []
        row = 0
        for strip, box in zip(self._strips, layout.legends, strict=True):
            if exposed.intersects(box):
                chrome.draw_values(p, box, readouts[row : row + len(strip.curves)])
            row += len(strip.curves)

    def _paint_overlays(self, p: QPainter) -> None:
        grid, area = self._store.grid, self._layout.area
        if self._selection is not None:
            left, right = (round(chrome.x_of(at, grid, area)) for at in self._selection)
            chrome.draw_selection(p, self._layout, left, right)
        if self._cursor_us is None:
            return
        x = round(chrome.x_of(self._cursor_us, grid, area))
        if area.left() <= x <= area.right():
            chrome.draw_cursor(p, self._layout, x, self._cursor_text(), self._dots())

    def _cursor_text(self) -> str:
        return "" if self._cursor_us is None else formats.clock(self._cursor_us, self._now_us)

    def _cursor_box(self) -> QRectF:
        if self._cursor_us is None:
            return QRectF()
        x = chrome.x_of(self._cursor_us, self._store.grid, self._layout.area)
        return chrome.cursor_box(self._layout, x, self._cursor_text())

    def _dots(self) -> list[tuple[int, QColor]]:
        dots, row, pens = [], 0, theme().pens
        picture = self._picture
        if picture is None or self._cursor_us is None:
            return []
        for scale, plot in zip(picture.scales, self._layout.plots, strict=True):
            for number in range(row, row + len(scale.strip.curves)):
                value = self._read(number, self._cursor_us).mean
                if value is not None and scale.high > scale.low:
                    share = min(max((value - scale.low) / (scale.high - scale.low), 0), 1)
                    y = plot.bottom() - round(share * (plot.height() - 1))
                    dots.append((y, pens[self._curves[number].pen % len(pens)]))
            row += len(scale.strip.curves)
        return dots

    def _note(self) -> str:
        if self._error:
            return self._error
        return tr("Reading the history …") if self._awaited is not None else ""

    # ---- regions ---------------------------------------------------------------------------

    def _moving_region(self) -> QRegion:
        region = self._layout.region + QRegion(self._layout.axis)
        if self._mark_lane:
            region += self._layout.lane.adjusted(-8, 0, 8, 0)
        return region

    def _columns_region(self, start: int, end: int) -> QRegion:
        grid, area = self._store.grid, self._layout.area
        margin = (self._picture.reach if self._picture is not None else 1) + 2
        scale = area.width() / max(grid.count, 1)
        left = area.left() + int((start - margin) * scale) - 1
        right = area.left() + int((end + margin) * scale) + 2
        column = QRect(left, area.top(), right - left, area.height())
        return self._layout.region.intersected(column)

    def _cursor_region(self) -> QRegion:
        if self._cursor_us is None:
            return QRegion()
        area = self._layout.area
        x = round(chrome.x_of(self._cursor_us, self._store.grid, area))
        line = QRect(x - _CURSOR_PX // 2, area.top(), _CURSOR_PX, area.height())
        return QRegion(line) + QRegion(self._layout.axis)

    def _update_legends(self) -> None:
        if self._legend:
            for box in self._layout.legends:
                self.update(box)

    # ---- values ----------------------------------------------------------------------------

    def _note_latest(self, curves: Ints, utc_us: Ints, values: Floats, reasons: Bytes) -> None:
        if self._latest.take(curves, utc_us, values, reasons) and self._cursor_us is None:
            self._update_legends()
            due = self._now_us - self._described_us >= _DESCRIBE_US
            if due and (self.hasFocus() or QAccessible.isActive()):
                self._describe()

    def _note_stored(self, answer: Answer) -> None:
        """Without live samples the latest value is the last one stored."""
        for number, columns in enumerate(answer.columns):
            if not self._latest.utc_us[number]:
                told = np.flatnonzero(np.isfinite(columns.mean) | (columns.reason != 0))
                if len(told):
                    at = int(told[-1])
                    utc_us = (answer.grid.first + at) * answer.grid.step_us
                    value, reason = float(columns.mean[at]), int(columns.reason[at])
                    self._latest.utc_us[number] = utc_us
                    self._latest.values[number], self._latest.reasons[number] = value, reason

    def _latest_of(self, number: int) -> Readout:
        strip, curve = self._units[number], self._curves[number]
        value, reason = float(self._latest.values[number]), int(self._latest.reasons[number])
        if math.isnan(value):
            return Readout(curve, reason=reason, unit=strip.unit, decimals=strip.decimals)
        return Readout(curve, value, value, value, reason, strip.unit, strip.decimals)

    def _read(self, number: int, utc_us: int) -> Readout:
        """Return what a curve is at a moment: that of the nearest column a line joins it to."""
        strip, curve, store = self._units[number], self._curves[number], self._store
        nothing = Readout(curve, unit=strip.unit, decimals=strip.decimals)
        slot = store.grid.slot(utc_us)
        if not 0 <= slot < store.grid.count:
            return nothing
        reach = max(round(curve.bridge_s * SECOND_US), store.spread_us) // store.grid.step_us
        start = max(slot - reach // 2, 0)
        told = np.flatnonzero(
            np.isfinite(store.low[number, start : slot + reach // 2 + 1])
            | (store.reason[number, start : slot + reach // 2 + 1] != 0)
        )
        if not len(told):
            return nothing
        at = start + int(told[np.argmin(np.abs(told + start - slot))])
        low, high = float(store.low[number, at]), float(store.high[number, at])
        reason = int(store.reason[number, at])
        if math.isnan(low):
            return Readout(curve, reason=reason, unit=strip.unit, decimals=strip.decimals)
        mean = store.mean(number, at)
        return Readout(curve, mean, low, high, reason, strip.unit, strip.decimals)

    def _describe(self) -> None:
        """Say the values in words; a screen reader reads them after the name."""
        self._described_us = self._now_us
        lines = self.table()
        moment = self._cursor_us
        head = tr("Latest values") if moment is None else formats.clock(moment, self._now_us)
        grid = self._store.grid
        shown = tr(
            "From {start} to {end}",
            start=formats.clock(grid.start_us, self._now_us),
            end=formats.clock(grid.end_us, self._now_us),
        )
        self.setAccessibleDescription("\n".join([shown, head, *lines]))

    # ---- events ----------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(720, 160 * max(len(self._strips), 1))

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 72)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._lay_out()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._lay_out()
        if self._hands.gesture(event):
            return True
        return super().event(event)

    def _relook(self) -> None:
        self.updateGeometry()
        self._redraw()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._describe()
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._hands.key(event):
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._hands.wheel(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._hands.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hands.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._hands.release(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hands.leave()
        super().leaveEvent(event)


def _rectangles(region: QRegion) -> Iterator[QRect]:
    """Yield the rectangles of a region, which its annotations do not know it can."""
    yield from region  # type: ignore[misc]
