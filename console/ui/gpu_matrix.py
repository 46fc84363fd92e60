"""All GPUs by tank, slot and number: which one, where? One widget draws every cell."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPoint, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from console.session.session import Session
from console.text import tr
from console.ui import formats, paint
from console.ui.controls import ScrollBar
from console.ui.gpu_cell import draw_cell, forget_fonts, plate
from console.ui.gpu_layout import TALL, LabelWidths, Layout, Row, lay_out
from console.ui.gpu_roster import GpuRoster, HostLine
from console.ui.theme import font, look, metrics, theme

_BLINK_MS = 500
_PAD = 12.0
_WIDEST = 160.0
_RING = 3
_MANY = 60
"""From here on painting everything costs less than a mask of so many holes."""


class GpuMatrix(QScrollArea):
    """The matrix, in an area that scrolls only where the cells would become too small."""

    def __init__(self, session: Session, roster: GpuRoster, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBar(ScrollBar(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Matrix of GPUs"))
        self.cells = GpuCells(session, roster, self)
        self.setWidgetResizable(True)
        self.setWidget(self.cells)
        self.cells.moved.connect(self._show)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.cells.set_room(self.viewport().height())
        super().resizeEvent(event)

    def _show(self) -> None:
        rect = self.cells.chosen_rect
        if rect is not None:
            middle = rect.center().toPoint()
            self.ensureVisible(middle.x(), middle.y(), 0, round(rect.height()) + 8)


class GpuCells(QWidget):
    """Every cell; ``opened`` carries the id of the GPU that was tapped or entered."""

    opened = Signal(str)
    moved = Signal()

    def __init__(self, session: Session, roster: GpuRoster, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._roster = roster
        self.shown: list[HostLine] = roster.hosts
        self.layout_of_cells = Layout()
        self.chosen: int | None = None
        self.open_one: int | None = None
        self._pressed: int | None = None
        self._by_keys = False
        self._room = 0
        self.lit = True
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("GPUs by tank and slot"))
        self.blink = QTimer(self, interval=_BLINK_MS)
        self.blink.timeout.connect(self._on_blink)
        look().changed.connect(self._relook)

    @property
    def chosen_rect(self) -> QRectF | None:
        """Where the chosen GPU is drawn, None while there is none or it is filtered out."""
        return None if self.chosen is None else self.layout_of_cells.cells.get(self.chosen)

    def set_room(self, height: int) -> None:
        """Lay out for a view of this height."""
        if height != self._room:
            self._room = height
            self._arrange()

    def show_hosts(self, hosts: list[HostLine]) -> None:
        """Show the GPUs of these hosts only."""
        self.shown = hosts
        self._arrange()

    def repaint_cells(self, changed: Iterable[int]) -> None:
        """Repaint the GPUs at these positions, and blink while an alarm is unseen."""
        these = [rect for i in changed if (rect := self.layout_of_cells.cells.get(i)) is not None]
        if len(these) > _MANY:
            self.update()
        else:
            for rect in these:
                self.update(rect.toAlignedRect())
        self._keep_blinking()
        self._say_chosen()

    def take_in(self, hosts: list[HostLine], chosen: int | None, opened: int | None) -> None:
        """Show other hosts, whose GPUs have other positions."""
        self.chosen, self.open_one, self._pressed = chosen, opened, None
        self.show_hosts(hosts)

    def choose(self, i: int | None) -> None:
        """Move the mark to a GPU, or take it away."""
        if i != self.chosen:
            before, self.chosen = self.chosen, i
            self._repaint_rings(before, i)
            self._say_chosen()
            self.moved.emit()

    def show_open(self, i: int | None) -> None:
        """Mark the GPU whose details are shown."""
        before, self.open_one = self.open_one, i
        self.choose(i if i is not None else self.chosen)
        self._repaint_rings(before, i)

    def _repaint_rings(self, *positions: int | None) -> None:
        for i in positions:
            rect = None if i is None else self.layout_of_cells.cells.get(i)
            if rect is not None:
                self.update(_touched(rect))

    # ---- events ----------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self._arrange()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._keep_blinking()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.blink.stop()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keyboard is to those who use it."""
        tabbed = {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason}
        self._by_keys = event.reason() in tabbed
        if self._by_keys and self.chosen is None:
            self.choose(self._first())
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._by_keys = False
        self._pressed = self._at(event.position().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        found = self._at(event.position().toPoint())
        if found is not None and found == self._pressed:
            self.choose(found)
            self.opened.emit(self._roster.places[found].part)
        self._pressed = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            if self.chosen is not None and self.chosen_rect is not None:
                self.opened.emit(self._roster.places[self.chosen].part)
        elif key in _WAYS or key in {Qt.Key.Key_Home, Qt.Key.Key_End}:
            self._by_keys = True
            self._go(key)
        else:
            super().keyPressEvent(event)

    # ---- drawing ---------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        region = event.region()
        where = self.layout_of_cells
        for heading in where.headings:
            if region.intersects(heading.toAlignedRect()):
                self._heading(p, heading)
        for row in where.rows:
            if region.intersects(row.rect.toAlignedRect()):
                self._row(p, row, region)

    def _heading(self, p: QPainter, r: QRectF) -> None:
        t, words = theme(), self.layout_of_cells.labels
        at = r.left()
        for name, width in (
            (tr("Tank"), words.tank),
            (tr("Slot"), words.slot),
            (tr("Host"), words.host),
        ):
            if width:
                paint.label(p, QRectF(at, r.top(), width - 4, r.height()), name, colour=t.muted)
            at += width
        pitch, per_line = self.layout_of_cells.pitch, self.layout_of_cells.per_line
        most = max((host.count for host in self.shown), default=0)
        numbers = [", ".join(map(str, range(n, most, per_line))) for n in range(per_line)]
        metric = QFontMetricsF(font(11))
        full = all(metric.horizontalAdvance(tr("GPU {n}", n=n)) < pitch - 4 for n in numbers)
        for n, number in enumerate(numbers):
            box = QRectF(at + n * pitch, r.top(), pitch - 4, r.height())
            flags = paint.LEFT if full else paint.CENTRE
            name = tr("GPU {n}", n=number) if full else number
            paint.label(p, box, name, colour=t.muted, flags=flags)

    def _row(self, p: QPainter, row: Row, region: QRegion) -> None:
        label = QRectF(row.rect)
        label.setWidth(self.layout_of_cells.labels.all)
        if row.leads and region.intersects(label.toAlignedRect()):
            self._label(p, label, row)
        for i in range(row.first, row.first + row.count):
            rect = self.layout_of_cells.cells[i]
            if region.intersects(rect.toAlignedRect()):
                draw_cell(p, rect, self._roster.states[i], lit=self.lit)
            if i == self.open_one or (i == self.chosen and self._by_keys and self.hasFocus()):
                paint.focus_ring(p, rect.adjusted(-_RING, -_RING, _RING, _RING))
        if row.leads:
            self._why_silent(p, row)

    def _label(self, p: QPainter, r: QRectF, row: Row) -> None:
        words, points = self.layout_of_cells.labels, 13 if r.height() >= TALL else 11
        tank = QRectF(r.left(), r.top(), words.tank - 8, r.height())
        if row.names_tank and words.tank:
            paint.label(p, tank, row.host.tank or tr("Rack"), points, bold=True)
        if row.host.slot is not None:
            slot = QRectF(tank.right() + 8, r.top(), words.slot - 8, r.height())
            paint.label(p, slot, str(row.host.slot), points)
        host = QRectF(r.left() + words.tank + words.slot, r.top(), words.host - 8, r.height())
        alarm = self._roster.host_alarms.get(row.host.id)
        if alarm is not None:
            side = min(20.0, r.height() - 2)
            mark = QRectF(host.right() - side, r.center().y() - side / 2, side, side)
            seen = self.lit or alarm.acknowledged
            paint.priority_mark(p, mark, alarm.priority, filled=seen)
            host.setRight(mark.left() - 2)
        paint.label(p, host, row.host.name, points)

    def _why_silent(self, p: QPainter, row: Row) -> None:
        """A host that answers for none of its GPUs, or has never named one: said once."""
        host = row.host
        states = self._roster.of_host(host)
        if not all(state.silent for state in states):
            return
        left = row.rect.left() + self.layout_of_cells.labels.all
        box = QRectF(left, row.rect.top(), row.rect.right() - left - 4, row.rect.height())
        if not states:
            paint.hatched(p, box)
        reason = states[0].reasons[0] if states else self._roster.host_reasons[host.id]
        words = formats.reason_text(reason)
        if not states:
            words = tr("GPUs unknown: {why}", why=words)
        elif states[0].view.sequence:
            read = formats.clock(states[0].view.time.utc_us, self._session.now().utc_us)
            words = tr("{why}, last read at {time}", why=words, time=read)
        plate(p, QRectF(box.left() + 16, box.center().y() - 9, box.width() - 32, 18), words)

    # ---- where things are ------------------------------------------------------------------

    def _arrange(self) -> None:
        least = float(metrics().target) if metrics().glove else 0.0
        labels = (self._label_widths(13), self._label_widths(11))
        self.layout_of_cells = lay_out(self.shown, (self.width(), self._room), labels, least)
        self.setMinimumHeight(round(self.layout_of_cells.height))
        self.update()
        self.moved.emit()

    def _label_widths(self, points: int) -> LabelWidths:
        bold, plain = QFontMetricsF(font(points, bold=True)), QFontMetricsF(font(points))
        head = QFontMetricsF(font(11))
        hosts = self.shown
        names = {host.tank or tr("Rack") for host in hosts} if any(h.tank for h in hosts) else ()
        slots = [str(host.slot) for host in hosts if host.slot is not None]
        tank = max((bold.horizontalAdvance(name) for name in names), default=-_PAD)
        slot = max((plain.horizontalAdvance(n) for n in slots), default=-_PAD)
        host = max((plain.horizontalAdvance(h.name) for h in hosts), default=0.0)
        if slots:
            slot = max(slot, head.horizontalAdvance(tr("Slot")))
        host = max(host, head.horizontalAdvance(tr("Host"))) + (24 if points == 13 else 20)
        return LabelWidths(min(tank, _WIDEST) + _PAD, slot + _PAD, min(host, _WIDEST) + _PAD)

    def _at(self, where: QPoint) -> int | None:
        at = where.toPointF()
        for i, rect in self.layout_of_cells.cells.items():
            if rect.adjusted(-2, -2, 2, 2).contains(at):
                return i
        return None

    def _first(self) -> int | None:
        return next(iter(self.layout_of_cells.cells), None)

    def _go(self, key: Qt.Key) -> None:
        cells = self.layout_of_cells.cells
        if not cells:
            return
        here = self.chosen_rect
        if here is None:
            self.choose(self._first())
            return
        order = list(cells)
        if key == Qt.Key.Key_Home:
            self.choose(order[0])
        elif key == Qt.Key.Key_End:
            self.choose(order[-1])
        elif _WAYS[key][0]:
            at = order.index(self.chosen or 0) + _WAYS[key][0]
            self.choose(order[min(max(at, 0), len(order) - 1)])
        else:
            self._up_or_down(here, _WAYS[key][1])

    def _up_or_down(self, here: QRectF, way: int) -> None:
        """To the nearest cell in the next row that way; past the end of a column to the next."""
        cells = self.layout_of_cells.cells
        beyond = [
            (i, r)
            for i, r in cells.items()
            if (r.top() - here.top()) * way > 1 and _same_column(self.layout_of_cells, r, here)
        ]
        if not beyond:
            return
        nearest = min((r.top() - here.top()) * way for _, r in beyond)
        row = [(i, r) for i, r in beyond if abs((r.top() - here.top()) * way - nearest) < 1]
        self.choose(min(row, key=lambda found: abs(found[1].left() - here.left()))[0])

    def _say_chosen(self) -> None:
        known = self.chosen is not None and self.chosen < len(self._roster.states)
        said = self._roster.states[self.chosen or 0].spoken if known else ""
        if said != self.accessibleDescription():
            self.setAccessibleDescription(said)

    def _keep_blinking(self) -> None:
        seen = [a.acknowledged for a in self._roster.host_alarms.values()]
        unseen = not all(seen) or any(s.unseen for s in self._roster.states)
        unseen = unseen and self.isVisible()
        if unseen != self.blink.isActive():
            (self.blink.start if unseen else self.blink.stop)()
            self.lit = True

    def _on_blink(self) -> None:
        self.lit = not self.lit
        for row in self.layout_of_cells.rows:
            if row.host.id in self._roster.host_alarms:
                self.update(row.rect.toAlignedRect())
        for i, rect in self.layout_of_cells.cells.items():
            if self._roster.states[i].unseen:
                self.update(rect.toAlignedRect())

    def _relook(self) -> None:
        forget_fonts()
        self._arrange()


_WAYS = {
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Down: (0, 1),
    Qt.Key.Key_Up: (0, -1),
}


def _same_column(where: Layout, one: QRectF, other: QRectF) -> bool:
    return any(
        h.left() <= one.left() <= h.right() and h.left() <= other.left() <= h.right()
        for h in where.headings
    )


def _touched(rect: QRectF) -> QRect:
    """A cell with its ring."""
    return rect.toAlignedRect().adjusted(-_RING, -_RING, _RING, _RING)
