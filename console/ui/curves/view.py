"""Curves of many points over one time, live and from history, drawn by incremental decimation.

The picture is kept between repaints: when time goes on it is moved by whole columns and only the
new ones are drawn; it is drawn whole when the range, the size or the look changes; when nothing
changed nothing is drawn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMetaMethod, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.text import tr
from console.ui import formats, paint
from console.ui.curves import chrome, legend
from console.ui.curves.columns import Ints
from console.ui.curves.hands import Hands
from console.ui.curves.marks import beside, gravest, in_view, nearest
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
from console.ui.curves.reach import Reach, bounded, panned, zoomed
from console.ui.curves.reading import Reader, in_words
from console.ui.curves.stage import Stage
from console.ui.theme import look, theme

_CURSOR_PX = 9
_NEAR_PX = 6
_MOST_MARKS = 20
_DESCRIBE_US = 5 * SECOND_US
_FIRST_SPAN_US = 300 * SECOND_US
_RECENT_US = 10 * SECOND_US  # what may not be in an answer although it came before the question


class CurveView(QWidget):
    """Strips of curves on one axis of time; see the package for how it is fed.

    A ``still`` view shows what its page says: hands move its cursor, not its time, and the wheel
    is left to what it is in. So nobody looks at the past by mistake where live values belong.

    ``range_changed`` and ``range_selected`` carry start and end, ``cursor_moved`` the moment or
    None; all are µs UTC. ``wanted`` carries the :class:`Request` for what is not known yet.
    """

    range_changed = Signal(object, object)
    range_selected = Signal(object, object)
    cursor_moved = Signal(object)
    wanted = Signal(object)
    selecting_changed = Signal(bool)

    def __init__(
        self,
        name: str,
        now_us: int,
        *,
        legend: bool = True,
        still: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._now_us = now_us
        self._reach = bounded(now_us - _FIRST_SPAN_US, _FIRST_SPAN_US, now_us)
        self._stage = Stage(Grid.over(self._reach.start_us, now_us, 1), legend=legend)
        self._reader = Reader(())
        self._requests = 0
        self._awaited: Request | None = None
        self._asked_us = now_us
        self._recent: deque[tuple[int, tuple[Ints, Ints, Floats, Bytes]]] = deque()
        self._error = ""
        self._cursor_us: int | None = None
        self._selection: tuple[int, int] | None = None
        self._described_us = 0
        self._hands = Hands(self, still=still)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        if not still:
            self.grabGesture(Qt.GestureType.PinchGesture)
        look().changed.connect(self._relook)

    # ---- what is shown ---------------------------------------------------------------------

    @property
    def strips(self) -> tuple[Strip, ...]:
        """The strips from top to bottom."""
        return self._stage.strips

    @property
    def curves(self) -> Sequence[Curve]:
        """The curves of all strips in order: their numbers are what :meth:`append` takes."""
        return self._stage.curves

    @property
    def reach(self) -> Reach:
        """The range of time that is shown."""
        return self._reach

    @property
    def grid(self) -> Grid:
        """The columns that are shown: one for each pixel of the screen."""
        return self._stage.grid

    @property
    def waiting(self) -> bool:
        """Whether an answer to the latest request is still to come."""
        return self._awaited is not None

    @property
    def full_repaints(self) -> int:
        """How often everything was drawn."""
        return self._stage.full_repaints

    @property
    def columns_drawn(self) -> int:
        """How many columns have been drawn since the last full repaint, it included."""
        picture = self._stage.picture
        return picture.columns_drawn if picture is not None else 0

    def set_strips(self, strips: Sequence[Strip]) -> None:
        """Draw other strips; what was known is forgotten and asked for anew."""
        self._stage.set_strips(strips)
        self._reader = Reader(strips)
        self._recent.clear()
        self._error = ""
        self._lay_out()
        self._ask()
        self._describe()

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Show these events and alarms."""
        if tuple(marks) == self._stage.marks:
            return
        if self._stage.set_marks(marks):
            self._lay_out()
        self._describe()
        self.update()

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
        start_us = self._stage.grid.start_us + columns * self._stage.grid.step_us
        self._go(bounded(start_us, self._reach.span_us, self._now_us))

    def zoom(self, factor: float, share: float | None = None) -> None:
        """Show ``factor`` times as much time, about the moment at ``share`` of the width.

        Without one a view that follows the present goes on to.
        """
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
        span_us, grid = self._reach.span_us, self._stage.grid
        self._reach = Reach(self._now_us - span_us, self._now_us, follows=True)
        if self._stage.slide(-(-self._now_us // grid.step_us) - grid.count, self._now_us):
            self.update(self._moving_region())

    def append(self, curves: Ints, utc_us: Ints, values: Floats, reasons: Bytes) -> None:
        """Add samples, each of the curve with that number; arrays of one shape, times in order.

        A bad sample has the value NaN and its reason. Samples outside the range only count as the
        latest value.
        """
        samples = (curves, utc_us, values, reasons)
        self._keep_recent(samples)
        if self._reader.take(*samples) and self._cursor_us is None:
            self._update_legends()
            due = self._now_us - self._described_us >= _DESCRIBE_US
            if due and (self.hasFocus() or QAccessible.isActive()):
                self._describe()
        changed = self._stage.store.append(*samples)
        if changed is None:
            return
        self._stage.soil(*changed)
        if self._stage.fit(*changed):
            self.update()
        else:
            self.update(self._stage.region_of(*changed))

    def answer(self, answer: Answer) -> None:
        """Take what a source said; an answer to any but the latest request is dropped."""
        if self._awaited is None or answer.number != self._awaited.number:
            return
        if not answer.partial:
            self._awaited = None
        self._error = answer.error
        if not answer.error:
            self._take(answer)
        self._describe()
        self.update()

    def _take(self, answer: Answer) -> None:
        """Replace the columns; time has gone on since, and samples have come."""
        store, first = self._stage.store, self._stage.grid.first
        store.clear(answer.grid)
        for number, columns in enumerate(answer.columns):
            store.put(number, columns)
        store.move(first)
        for _, samples in self._recent:
            store.append(*samples)
        self._reader.take_stored(answer)
        self._stage.fit(0, store.grid.count, shrink=True)
        self._stage.discard()

    def _keep_recent(self, samples: tuple[Ints, Ints, Floats, Bytes]) -> None:
        self._recent.append((self._now_us, samples))
        since_us = (self._asked_us if self._awaited is not None else self._now_us) - _RECENT_US
        while self._recent[0][0] < since_us:
            self._recent.popleft()

    # ---- reading values --------------------------------------------------------------------

    def readouts(self, utc_us: int | None = None) -> list[Readout]:
        """Return each curve at a moment, else at the cursor, else the latest that is known."""
        moment = self._cursor_us if utc_us is None else utc_us
        return (
            self._reader.latest() if moment is None else self._reader.at(self._stage.store, moment)
        )

    def table(self) -> list[str]:
        """Return the values in words, one line for each curve: at the cursor, else the latest."""
        return [in_words(readout) for readout in self.readouts()]

    @property
    def cursor_us(self) -> int | None:
        """Where the cursor is, or None."""
        return self._cursor_us

    def set_cursor(self, utc_us: int | None) -> None:
        """Put the cursor on a moment, or away."""
        if utc_us is not None:
            grid = self._stage.grid
            utc_us = min(max(utc_us, grid.start_us), grid.end_us - 1)
        if utc_us == self._cursor_us:
            return
        self.update(self._cursor_region())
        self._cursor_us = utc_us
        self.update(self._cursor_region())
        self._update_legends()
        self._describe()
        self.cursor_moved.emit(utc_us)

    def pin_cursor(self, utc_us: int) -> None:
        """Put the cursor on a moment, to stay there when the pointer leaves."""
        self._hands.pinned = True
        self.set_cursor(utc_us)

    def step_to_mark(self, direction: int) -> None:
        """Put the cursor on the next mark in view, or the one before with a direction of -1."""
        found = beside(self._stage.marks, self._stage.grid, self._cursor_us, direction)
        if found is not None:
            self.set_cursor(found.utc_us)

    def mark_at(self, where: QPointF, reach_px: float) -> Mark | None:
        """Return the mark in the lane that a tap means: the nearest within reach."""
        if not self._stage.has_lane or where.y() > self._stage.layout.lane.bottom() + reach_px / 2:
            return None
        return nearest(self._stage.marks, self.moment_at(where.x()), self._us_of(reach_px))

    def _us_of(self, px: float) -> float:
        return px * self.devicePixelRatioF() * self._stage.grid.step_us

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
        if on == self._hands.selecting:
            return
        self._hands.selecting = on
        self.setCursor(Qt.CursorShape.CrossCursor if on else Qt.CursorShape.ArrowCursor)
        self.selecting_changed.emit(on)

    def cursor_share(self) -> float | None:
        """Return where the cursor is, as a share of the width; None where it is not in view."""
        grid, at = self._stage.grid, self._cursor_us
        if at is None or not grid.start_us <= at < grid.end_us:
            return None
        return (at - grid.start_us) / (grid.end_us - grid.start_us)

    def moment_at(self, x: float) -> int:
        """Return the moment at a place in the widget."""
        grid, area = self._stage.grid, self._stage.layout.area
        share = (x - area.left()) / max(area.width(), 1)
        return grid.start_us + round(share * grid.count * grid.step_us)

    def plot_area(self) -> QRect:
        """Return where the curves are, in the widget."""
        return self._stage.layout.area

    def plots(self) -> Sequence[QRect]:
        """Return where each strip is, in the widget."""
        return self._stage.layout.plots

    # ---- the range -------------------------------------------------------------------------

    def _go(self, reach: Reach) -> None:
        old, self._reach = self._reach, reach
        grid = self._stage.grid
        wanted = Grid.over(reach.start_us, reach.end_us, grid.count)
        if reach.span_us == old.span_us:
            wanted = Grid(grid.step_us, -(-reach.end_us // grid.step_us) - grid.count, grid.count)
        if wanted == grid:
            return
        if wanted.step_us == grid.step_us and abs(wanted.first - grid.first) < grid.count // 2:
            self._stage.slide(wanted.first, self._now_us)
            self.update(self._moving_region())
        else:
            self._stage.stretch(wanted, self._now_us)
            self.update()
        self._ask()
        self.range_changed.emit(reach.start_us, reach.end_us)

    def _ask(self) -> None:
        self._awaited = None  # an answer to what was asked before would not fit any more
        if not self.curves or not self.isSignalConnected(QMetaMethod.fromSignal(self.wanted)):
            return  # live only: there is nobody to wait for
        self._requests += 1
        self._asked_us = self._now_us
        self._awaited = Request(self._requests, self._stage.grid, tuple(self.curves))
        self.wanted.emit(self._awaited)

    def _lay_out(self) -> None:
        span = (self._reach.start_us, self._reach.end_us)
        if self._stage.lay_out(self.size(), self.devicePixelRatioF(), span, self._now_us):
            self._ask()
        self.update()

    # ---- painting --------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        p, exposed = QPainter(self), event.region()
        self._stage.paint(p, exposed)
        self._paint_moving(p, exposed)
        self._paint_overlays(p)
        if self.hasFocus() and not self._stage.layout.area.contains(exposed.boundingRect()):
            paint.focus_ring(p, QRectF(self.rect()))

    def _paint_moving(self, p: QPainter, exposed: QRegion) -> None:
        stage = self._stage
        layout, grid = stage.layout, stage.grid
        if exposed.intersects(layout.axis):
            chrome.draw_axis(p, layout, grid, stage.axis, self._note(), self._cursor_box())
        if stage.has_lane and exposed.intersects(layout.lane):
            chrome.draw_marks(p, layout, grid, stage.marks)
        shown = [stage.legend and exposed.intersects(box) for box in layout.legends]
        readouts = self.readouts() if any(shown) else []
        for number, ((_, mine), box) in enumerate(zip(stage.parts(), layout.legends, strict=True)):
            if shown[number]:
                legend.draw_values(p, box, readouts[mine], stage.places[number])

    def _paint_overlays(self, p: QPainter) -> None:
        grid, area = self._stage.grid, self._stage.layout.area
        if self._selection is not None:
            left, right = (round(chrome.x_of(at, grid, area)) for at in self._selection)
            chrome.draw_selection(p, self._stage.layout, left, right)
        if self._cursor_us is None:
            return
        x = round(chrome.x_of(self._cursor_us, grid, area))
        if area.left() <= x <= area.right():
            chrome.draw_cursor(p, self._stage.layout, x, self._cursor_text(), self._dots())

    def _cursor_text(self) -> str:
        return "" if self._cursor_us is None else formats.clock(self._cursor_us, self._now_us)

    def _cursor_box(self) -> QRectF:
        if self._cursor_us is None:
            return QRectF()
        x = chrome.x_of(self._cursor_us, self._stage.grid, self._stage.layout.area)
        return chrome.cursor_box(self._stage.layout, x, self._cursor_text())

    def _dots(self) -> list[tuple[int, QColor]]:
        """Return where the curves are at the cursor, and their colours."""
        dots, pens = [], theme().pens
        picture = self._stage.settle()
        readouts = self.readouts()
        for (_, mine), scale, plot in zip(
            self._stage.parts(), picture.scales, self._stage.layout.plots, strict=True
        ):
            for readout in readouts[mine]:
                low, high = scale.range_of(readout.curve)
                if readout.mean is not None and high > low:
                    share = (readout.mean - low) / (high - low)
                    y = plot.bottom() - round(min(max(share, 0), 1) * (plot.height() - 1))
                    dots.append((y, pens[readout.curve.pen % len(pens)]))
        return dots

    def _note(self) -> str:
        if self._error:
            return self._error
        at = self._cursor_us
        if at is not None and (mark := gravest(self._stage.marks, at, self._us_of(_NEAR_PX))):
            return f"{formats.clock(mark.utc_us, self._now_us)} {mark.text}"
        if self._awaited is not None:
            return tr("Reading the history …")
        return tr("Nothing was recorded then.") if self.curves and self._stage.store.empty else ""

    def _cursor_region(self) -> QRegion:
        if self._cursor_us is None:
            return QRegion()
        area = self._stage.layout.area
        x = round(chrome.x_of(self._cursor_us, self._stage.grid, area))
        line = QRect(x - _CURSOR_PX // 2, area.top(), _CURSOR_PX, area.height())
        return QRegion(line) + QRegion(self._stage.layout.axis)

    def _moving_region(self) -> QRegion:
        """Return what time moves; cursor and selection also cross what lies between strips."""
        region = self._stage.moving
        if self._cursor_us is not None or self._selection is not None:
            region += QRegion(self._stage.layout.area)
        return region

    def _update_legends(self) -> None:
        if self._stage.legend:
            for box in self._stage.layout.legends:
                self.update(box)

    def _describe(self) -> None:
        """Say the values in words; a screen reader reads them after the name."""
        self._described_us = self._now_us
        lines = self.table()
        moment = self._cursor_us
        head = tr("Latest values") if moment is None else formats.clock(moment, self._now_us)
        grid = self._stage.grid
        shown = tr(
            "From {start} to {end}",
            start=formats.clock(grid.start_us, self._now_us),
            end=formats.clock(grid.end_us, self._now_us),
        )
        note = [self._error] if self._error else []
        lines += [
            f"{formats.clock(mark.utc_us, self._now_us)} {mark.text}"
            for mark in in_view(self._stage.marks, grid)[-_MOST_MARKS:]
        ]
        self.setAccessibleDescription("\n".join([*note, shown, head, *lines]))

    # ---- events ----------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(720, 160 * max(len(self.strips), 1))

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
        self._stage.discard()
        self.update()

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
