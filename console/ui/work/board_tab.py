"""The board: every order by its state, and one of them whole beside it or in its place."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from console.session.session import Refresh, Session
from console.text import tr
from console.ui.controls import Button, Choice
from console.ui.setup_parts import Words
from console.ui.theme import look
from console.ui.work.board_lane import LaneColumn
from console.ui.work.cards import REQUEST, Lane, Wanted, board_of
from console.ui.work.new_order import NewOrderPanel
from console.ui.work.order_panel import OrderPanel

NEW = "new:"
_BESIDE = 1280
"""A page this wide has room for an order beside the board (a window of 1400 pixels)."""
_SHARE = 0.32
_LEAST, _MOST = 424, 640


class BoardTab(QWidget):
    """Filters, columns, and the panel of one order. ``open_subject`` asks for another page."""

    open_subject = Signal(str, str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._drawn: object = None
        self.setAccessibleName(tr("Board"))
        self.mine = Button(tr("Mine"), checkable=True)
        self.tank = Choice(tr("Tank"), [("", tr("All tanks")), *_places(session)])
        self.priority = Choice(tr("Priority"), _priorities())
        self.count = Words(quiet=True)
        self.up, self.down = Button("▲"), Button("▼")
        self.up.setAccessibleName(tr("One screen up"))
        self.down.setAccessibleName(tr("One screen down"))
        self.new = Button(tr("New order"), primary=True)
        self.lanes = {lane: LaneColumn(lane) for lane in Lane}
        self.empty = Words("", 13)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.panel = OrderPanel(session)
        self.form = NewOrderPanel(session)
        self._side = QStackedWidget()
        self._columns = QWidget()
        self._lay_out()
        self._connect()

    # ---- what the page asks ----

    def show_subject(self, subject: str) -> None:
        """Turn to an order by number, a wish, or the form of a new order."""
        if subject.startswith(NEW):
            self._ask_new(subject.removeprefix(NEW))
        elif subject.startswith(REQUEST):
            self._ask_new(subject)
        else:
            self.open_order(subject)

    def refresh(self, _changes: Refresh) -> None:
        """Bring board and panel up to date."""
        place = self._session.workplace
        if place is None or not place.is_ready:
            return
        hands = place.hands
        self.mine.setEnabled(bool(hands) or self.mine.isChecked())
        # Clocks are told to the minute: a look every ten seconds is enough for them.
        told = (place.version, hands, self.wanted, self._session.now().utc_us // 10_000_000)
        if told != self._drawn:
            self._drawn = told
            self._show()
        goes_on = any(column.cards.goes_on for column in self.lanes.values())
        for button in (self.up, self.down):
            button.setEnabled(goes_on)
        if self._side.isVisible() and self._side.currentWidget() is self.panel:
            self.panel.refresh()

    @property
    def wanted(self) -> Wanted:
        """What the board is narrowed to."""
        place = self._session.workplace
        hands = place.hands if place else ""
        mine = (hands or "?") if self.mine.isChecked() else ""
        return Wanted(mine, self.tank.key, int(self.priority.key or 0))

    def open_order(self, number: str) -> None:
        """Show an order whole; a number that nobody knows says so."""
        place = self._session.workplace
        order = place.room.book.orders.get(number) if place else None
        if order is None:
            self.count.say(tr("There is no order {number}.", number=number))
            return
        self.panel.show_order(order.number)
        self._open(self.panel)
        self.panel.take_keyboard()

    def close_side(self) -> None:
        """Go back to the board, the keyboard on the card that was open."""
        key = self.panel.number
        self._side.hide()
        self._arrange()
        for column in self.lanes.values():
            column.cards.mark("")
        holder = next((c for c in self.lanes.values() if c.cards.choose(key)), None)
        if holder is not None:
            holder.cards.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.take_keyboard()

    def take_keyboard(self) -> None:
        """Put the keyboard into what is open, else on the first card."""
        if self._side.isVisible() and self._side.currentWidget() is self.form:
            self.form.take_keyboard()
        elif self._side.isVisible():
            self.panel.take_keyboard()
        else:
            found = next((c for c in self.lanes.values() if c.count), None)
            (found.cards if found else self.new).setFocus(Qt.FocusReason.OtherFocusReason)

    # ---- inside ----

    def _show(self) -> None:
        place = self._session.workplace
        if place is None:
            return
        wanted = self.wanted
        board = board_of(self._session, place, wanted)
        for lane, cards in board.items():
            self.lanes[lane].show_cards(cards)
        open_ = sum(len(cards) for lane, cards in board.items() if lane is not Lane.CLOSED)
        told = tr("1 open order") if open_ == 1 else tr("{n} open orders", n=open_)
        self.count.say(told)
        total = sum(len(cards) for cards in board.values())
        self.empty.setVisible(not total)
        if not total:
            is_narrow = wanted != Wanted()
            none = tr("No orders yet. Work begins with a new order, an alarm or a GPU's request.")
            self.empty.say(tr("No order matches.") if is_narrow else none)
        self._share_out()

    def _share_out(self) -> None:
        """Give columns with cards the room; one without keeps what its title takes."""
        row = self._row
        for number, column in enumerate(self.lanes.values()):
            row.setStretch(number, 5 if column.count else 4)

    def _pick(self, key: str) -> None:
        if key.startswith(REQUEST):
            self._ask_new(key)
        else:
            self.open_order(key)

    def _ask_new(self, subject: str) -> None:
        self._open(self.form)
        self.form.begin(subject)

    def _opened(self, number: str) -> None:
        """Show the new order; it is on the board as soon as it is on the disk."""
        self.panel.show_order(number)
        self._open(self.panel)
        self.panel.back.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open(self, widget: QWidget) -> None:
        self._side.setCurrentWidget(widget)
        self._side.show()
        self._arrange()
        number = self.panel.number if widget is self.panel else ""
        for column in self.lanes.values():
            column.cards.mark(number)

    def _arrange(self) -> None:
        """Beside the board where there is room, else in its place."""
        is_open, beside = not self._side.isHidden(), self.width() >= _BESIDE
        self._columns.setHidden(is_open and not beside)
        tools = (self.mine, self.tank, self.priority, self.count, self.up, self.down, self.new)
        for tool in tools:
            tool.setHidden(is_open and not beside)
        policy = QSizePolicy.Policy
        if is_open and beside:
            wide = min(max(round(self.width() * _SHARE / 8) * 8, _LEAST), _MOST)
            self._side.setFixedWidth(wide)
        else:
            self._side.setMinimumWidth(0)
            self._side.setMaximumWidth(16_777_215)
            self._side.setSizePolicy(policy.Expanding, policy.Expanding)

    def _page_by(self, pages: int) -> None:
        for column in self.lanes.values():
            column.cards.page_by(pages)

    def _sideways(self, lane: Lane, step: int, height: int) -> None:
        order = list(Lane)
        at = order.index(lane) + step
        while 0 <= at < len(order):
            if self.lanes[order[at]].cards.enter(height):
                return
            at += step

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(8)
        for widget in (self.mine, self.tank, self.priority):
            tools.addWidget(widget)
        tools.addSpacing(8)
        tools.addWidget(self.count, 1)
        for widget in (self.up, self.down, self.new):
            tools.addWidget(widget)
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        for column in self.lanes.values():
            self._row.addWidget(column)
        board = QVBoxLayout(self._columns)
        board.setContentsMargins(0, 0, 0, 0)
        board.addWidget(self.empty)
        board.addLayout(self._row, 1)
        self._side.addWidget(self.panel)
        self._side.addWidget(self.form)
        self._side.hide()
        middle = QHBoxLayout()
        middle.setSpacing(16)
        middle.addWidget(self._columns, 1)
        middle.addWidget(self._side)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        whole.addLayout(tools)
        whole.addLayout(middle, 1)

    def _connect(self) -> None:
        for lane, column in self.lanes.items():
            column.cards.picked.connect(self._pick)
            column.cards.sideways.connect(
                lambda step, height, lane=lane: self._sideways(lane, step, height)
            )
        self.mine.toggled.connect(self._narrowed)
        for choice in (self.tank, self.priority):
            choice.currentIndexChanged.connect(self._narrowed)
        self.up.clicked.connect(lambda: self._page_by(-1))
        self.down.clicked.connect(lambda: self._page_by(1))
        self.new.clicked.connect(lambda: self._ask_new(""))
        self.panel.closed.connect(self.close_side)
        self.panel.open_subject.connect(self.open_subject)
        self.form.left.connect(self.close_side)
        self.form.opened.connect(self._opened)
        look().changed.connect(self._narrowed)

    def _narrowed(self) -> None:
        self._drawn = None
        self._show()


def _places(session: Session) -> list[tuple[str, str]]:
    tanks = [(tank.id, tank.name) for tank in session.tanks]
    return tanks + [(host.id, host.name) for host in session.hosts if not host.tank]


def _priorities() -> list[tuple[str, str]]:
    return [("", tr("Any priority")), *((str(p), tr("Priority {p}", p=p)) for p in (1, 2, 3, 4))]
