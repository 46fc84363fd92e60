"""Every GPU of the site: which one, where, and what is wrong with it."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from console.session.session import Refresh, Session
from console.text import tr
from console.ui import paint
from console.ui.controls import Button, Choice, Segments
from console.ui.gpu_drawer import GpuDrawer
from console.ui.gpu_matrix import GpuMatrix
from console.ui.gpu_model import COLUMNS, STATE
from console.ui.gpu_roster import GpuRoster, HostLine
from console.ui.gpu_table import GpuTable, first_order
from console.ui.no_equipment import NoEquipment
from console.ui.page import Page
from console.ui.theme import font, look, theme

_RENEW_S = 5.0


class GpusPage(Page):
    """A matrix of all GPUs or a table of them; a tap on one opens its details beside them."""

    name = "gpus"
    icon = "gpus"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.roster = GpuRoster(session)
        self.matrix = GpuMatrix(session, self.roster)
        self.table = GpuTable(self.roster)
        self.drawer = GpuDrawer(session)
        self.views = Segments(tr("View"), [("matrix", tr("Matrix")), ("table", tr("Table"))])
        self.filter = Segments(
            tr("Filter"), [("all", tr("All")), ("abnormal", tr("Abnormal only"))]
        )
        self.sort = _SortBy()
        self.count = QLabel()
        self.legend = _Legend()
        self.empty = _Empty()
        self.nothing = NoEquipment(session)
        self.nothing.wanted.connect(lambda page: self.open_subject.emit(page, ""))
        self._open: int | None = None
        self._renewed_s = 0.0
        self._lay_out()
        self._connect()
        self._show_state()

    def title(self) -> str:
        return tr("GPUs")

    def headline(self) -> str:
        return self.title() if self._open is None else self.roster.places[self._open].words

    def show_subject(self, subject: str) -> None:
        found = self.roster.find(subject)
        if found is not None:
            self.open_gpu(self.roster.places[found].part)

    def refresh(self, changes: Refresh) -> None:
        change = self.roster.refresh(self._open)
        if change.rebuilt:
            self._take_in()
        elif change.gpus:
            self.table.rows.tell(change.gpus)
        if change.rebuilt or change.gpus:
            self._show_state()
        if change.hosts:
            self.matrix.cells.update()
        self.matrix.cells.repaint_cells(change.gpus)
        self._renew()
        if self._open is not None:
            self.drawer.refresh(self.roster.states[self._open], changes.entries)

    # ---- one GPU ---------------------------------------------------------------------------

    def open_gpu(self, part: str) -> None:
        """Show the details of a GPU; an unknown one is ignored."""
        found = self.roster.find(part)
        if found is None:
            return
        self._open = found
        self.drawer.show_gpu(self.roster.states[found])
        self.drawer.show()
        self.table.set_narrow(narrow=True)
        self.table.choose(found)
        self.matrix.cells.show_open(found)

    def close_gpu(self) -> None:
        """Put the details away."""
        self._open = None
        self.drawer.hide()
        self.table.set_narrow(narrow=False)
        self.table.clearSelection()
        self.matrix.cells.show_open(None)
        self._current().setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._renewed_s = -math.inf  # what happened meanwhile is put in order at once

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.drawer.set_room(self.width())

    def event(self, event: QEvent) -> bool:
        # Escape means "back" to the window; while the details are open, it closes them.
        asks = event.type() == QEvent.Type.ShortcutOverride and self._open is not None
        if asks and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._open is not None:
            self.close_gpu()
            return
        super().keyPressEvent(event)

    # ---- all GPUs --------------------------------------------------------------------------

    def _take_in(self) -> None:
        """GPUs were added: positions are others now."""
        opened = (
            self.drawer.state.place.part if self._open is not None and self.drawer.state else ""
        )
        self._open = self.roster.find(opened)
        self.table.rows.renew()
        self.table.choose(self._open)
        self.matrix.cells.take_in(self._hosts(), self._open, self._open)

    def _renew(self) -> None:
        """Put the rows in order again, now and then: not under a finger."""
        now_s = self.session.now().mono_s
        if now_s - self._renewed_s >= _RENEW_S or now_s < self._renewed_s:
            self._renewed_s = now_s
            if self._stack.currentWidget() is self.table:
                self.table.renew()
            if self._hosts() != self.matrix.cells.shown:
                self._filter()

    def _filter(self) -> None:
        self.table.order.set_abnormal_only(wanted=self.filter.key == "abnormal")
        self.matrix.cells.show_hosts(self._hosts())
        self._show_state()

    def _hosts(self) -> list[HostLine]:
        """Return the hosts to be shown; one that names no GPU is abnormal itself."""
        if self.filter.key == "all":
            return self.roster.hosts
        return [
            host
            for host in self.roster.hosts
            if not host.count or any(state.abnormal for state in self.roster.of_host(host))
        ]

    def _show_state(self) -> None:
        self.count.setText(self.roster.counts().words)
        self.count.setAccessibleName(self.count.text())
        current = self._current()
        self._stack.setCurrentWidget(current)
        self.legend.show_words(shown=current is self.matrix)
        self.sort.setVisible(current is self.table)
        if current is not self.focusProxy():
            self.setFocusProxy(current)

    def _current(self) -> QWidget:
        if self.session.site.site.logs_only:
            return self.nothing
        if not self.roster.hosts:
            self.empty.say(
                tr("No host is in the site file."),
                tr(
                    "Add a [[host]] with the address of its exporter, and the slot it sits in; "
                    "docs/site-file.md shows how."
                ),
            )
            return self.empty
        if not self._hosts():
            self.empty.say(tr("No GPU is abnormal."), "", tr("Show all"))
            return self.empty
        return self.table if self.views.key == "table" else self.matrix

    def _show_all(self) -> None:
        self.filter.choose("all")
        self._filter()

    def _changed_view(self) -> None:
        self.table.renew()
        self._show_state()
        self.table.choose(self._open)

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        for view in (self.matrix, self.table, self.empty, self.nothing):
            self._stack.addWidget(view)
        self.count.setFont(font(13))
        self.count.setWordWrap(True)
        self.count.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        tools = QHBoxLayout()
        tools.setContentsMargins(16, 8, 16, 8)
        tools.setSpacing(24)
        tools.addWidget(self.views)
        tools.addWidget(self.filter)
        tools.addWidget(self.sort)
        tools.addWidget(self.count, 1)
        middle = QHBoxLayout()
        middle.setContentsMargins(16, 0, 16, 0)
        middle.setSpacing(16)
        middle.addWidget(self._stack, 1)
        middle.addWidget(self.drawer)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(0)
        column.addLayout(tools)
        column.addLayout(middle, 1)
        column.addWidget(self.legend)
        self.drawer.hide()
        self.setFocusProxy(self.matrix)

    def _connect(self) -> None:
        self.matrix.cells.opened.connect(self.open_gpu)
        self.table.opened.connect(self.open_gpu)
        self.drawer.closed.connect(self.close_gpu)
        self.drawer.open_tank.connect(lambda tank: self.open_subject.emit("tank", tank))
        self.drawer.to_trends.connect(lambda part: self.open_subject.emit("trends", part))
        self.drawer.open_work.connect(lambda subject: self.open_subject.emit("work", subject))
        self.drawer.open_life.connect(lambda part: self.open_subject.emit("life", part))
        self.sort.chosen.connect(self.table.sort_by)
        self.table.sorted.connect(self.sort.show_order)
        self.table.sort_by(STATE, first_order(STATE))
        self.views.chosen.connect(self._changed_view)
        self.filter.chosen.connect(self._filter)
        self.empty.pressed.connect(self._show_all)
        look().changed.connect(self.update)


class _SortBy(QWidget):
    """By which column the table is put in order: what a tap on a title does, for keys."""

    chosen = Signal(int, Qt.SortOrder)

    def __init__(self) -> None:
        super().__init__()
        places = [(str(-1), tr("Place"))]
        titles = [(str(n), column.title()) for n, column in enumerate(COLUMNS)]
        self.column = Choice(tr("Sort by"), places + titles)
        self.turn = Button("")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        label = QLabel(tr("Sort by"))
        label.setFont(font(13))
        row.addWidget(label)
        row.addSpacing(4)
        row.addWidget(self.column)
        row.addWidget(self.turn)
        self._order = Qt.SortOrder.AscendingOrder
        self.show_order(-1, self._order)
        self.column.activated.connect(self._pick)
        self.turn.clicked.connect(self._turn)

    def show_order(self, column: int, order: Qt.SortOrder) -> None:
        """Show what holds."""
        self._order = order
        self.column.choose(str(column))
        rising = order is Qt.SortOrder.AscendingOrder
        self.turn.setText(tr("Rising") if rising else tr("Falling"))
        self.turn.setAccessibleName(self.turn.text())

    def _pick(self) -> None:
        column = int(self.column.key)
        self.chosen.emit(column, first_order(column))

    def _turn(self) -> None:
        rising = self._order is Qt.SortOrder.AscendingOrder
        order = Qt.SortOrder.DescendingOrder if rising else Qt.SortOrder.AscendingOrder
        self.chosen.emit(int(self.column.key), order)


class _Legend(QWidget):
    """What number, gauge and notch of a cell mean."""

    def __init__(self) -> None:
        super().__init__()
        self._words = tr(
            "K: kelvins left to the first temperature limit. Bar on top: throttling. "
            "X48: the last Xid, which recovery does not reset."
        )
        self._shown = True
        self.setAccessibleName(self._words)
        self.setFixedHeight(24)
        look().changed.connect(self.update)

    def show_words(self, *, shown: bool) -> None:
        """Say something, or leave the room empty so that what is above stays where it is."""
        if shown != self._shown:
            self._shown = shown
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._shown:
            return
        r = QRectF(self.rect()).adjusted(16, 0, -16, 0)
        paint.label(QPainter(self), r, self._words, 11, colour=theme().muted)


class _Empty(QWidget):
    """What stands where GPUs would be: why there are none and what to do."""

    pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._words = QLabel()
        self._next = QLabel()
        for words, points in ((self._words, 20), (self._next, 13)):
            words.setFont(font(points))
            words.setWordWrap(True)
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button = Button(tr("Show all"))
        self.button.clicked.connect(self.pressed)
        column = QVBoxLayout(self)
        column.setContentsMargins(48, 0, 48, 0)
        column.setSpacing(16)
        column.addStretch(2)
        column.addWidget(self._words)
        column.addWidget(self._next)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    @property
    def words(self) -> str:
        """What stands there."""
        return f"{self._words.text()} {self._next.text()}".strip()

    def say(self, words: str, next_words: str, button: str = "") -> None:
        """Show why there is nothing, what to do, and a button where one tap does it."""
        self._words.setText(words)
        self._next.setText(next_words)
        self._next.setVisible(bool(next_words))
        self.button.setVisible(bool(button))
