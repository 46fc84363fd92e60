"""One order whole: what it is, what happened to it, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from console.session.session import Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui import paint
from console.ui.controls import Button, frame
from console.ui.setup_parts import Words, scrolling
from console.ui.theme import look, theme
from console.ui.work import order_words as words
from console.ui.work.acts import Act, ActForm
from console.ui.work.begin_form import BeginForm
from console.ui.work.board_lane import two_lines
from console.ui.work.order_doing import OrderDoing
from console.ui.work.order_facts import OrderFacts, next_up
from console.ui.work.order_offers import Offer, offers_of, open_runs
from console.ui.work.order_sections import OfferButtons, Section, TwoColumns
from console.ui.work.sign_panel import SignPanel
from console.work.events import Refused
from console.work.orders.model import Order

_TITLE = 28
_LOW = 560
_SECTIONS = {
    "conflicts": "Contradictions",
    "questions": "Questions of the review",
    "facts": "Facts",
    "clocks": "Clocks",
    "work": "Work",
    "parts": "Parts and fluid",
    "costs": "Costs",
    "notes": "Notes",
    "history": "History",
}
"""The heading of each section; a key of the catalogue each."""
_LEFT = ("conflicts", "questions", "facts", "clocks", "work")
_WHERE = {
    "pause": "clocks",
    "resume": "clocks",
    "labour": "work",
    "down": "work",
    "reserve": "parts",
    "cost": "costs",
    "note": "notes",
    "answer": "questions",
    "child": "work",
}
"""In which section the button of an offer stands; the others stand on top."""


class OrderPanel(QFrame):
    """The panel of one order. ``closed`` asks for the board, ``open_subject`` for another page."""

    closed = Signal()
    open_subject = Signal(str, str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.number = ""
        self._drawn: object = None
        self._offers: dict[str, Offer] = {}
        self.head = _Head()
        self.back = Button("×")
        self.back.setAccessibleName(tr("Close the order"))
        self.next = Words()
        self.trouble = Words()
        self.main = OfferButtons(tr("What can be done"))
        self.why = Words(quiet=True)
        self.sections = {name: Section(tr(title)) for name, title in _SECTIONS.items()}
        self.form = ActForm()
        self.sign = SignPanel(session)
        self.sign.setAccessibleName(tr("Signature"))
        self.begin = BeginForm(session)
        self.doing = OrderDoing(session, self)
        self._stack = QStackedWidget()
        self._stack.currentChanged.connect(lambda _page: self._arrange())
        self.setAccessibleName(tr("Details of the order"))
        self._lay_out()
        self._connect()

    @property
    def place(self) -> Workplace | None:
        """The people and orders of this console."""
        return self._session.workplace

    @property
    def order(self) -> Order | None:
        """The order that is shown, as it is on the disk."""
        place = self.place
        return place.room.book.orders.get(self.number) if place and self.number else None

    def show_order(self, number: str) -> None:
        """Turn to an order; what was begun with another one is left."""
        if number != self.number:
            self.number = number
            self.doing.leave()
            self._area.verticalScrollBar().setValue(0)
        self._drawn = None
        self.refresh()

    def refresh(self) -> None:
        """Bring everything up to date that changed; clocks once in ten seconds."""
        order, place = self.order, self.place
        if order is None or place is None:
            return
        told = (self.number, place.version, place.hands, self._session.now().utc_us // 10_000_000)
        self.begin.refresh()
        if told == self._drawn:
            return
        is_same = isinstance(self._drawn, tuple) and self._drawn[:3] == told[:3]
        self._drawn = told
        if is_same:
            self._show_time(place, order)
        else:
            self._show(place, order)

    def say(self, sentence: str) -> None:
        """Say why something was refused; nothing with an empty sentence."""
        self.trouble.say(sentence)
        self.trouble.setVisible(bool(sentence))

    # ---- what is shown in the middle ----

    def show_facts(self) -> None:
        """Show the order itself, not a form."""
        self._drawn = None
        focus = QApplication.focusWidget()
        was_inside = focus is not None and self.isAncestorOf(focus)
        self._stack.setCurrentIndex(0)
        self.refresh()
        if was_inside:
            self.take_keyboard()

    def show_form(self, act: Act) -> None:
        """Show a form."""
        self._stack.setCurrentWidget(self.form)
        self.form.begin(act)

    def show_sign(self) -> None:
        """Show the panel that asks for a signature."""
        self._stack.setCurrentWidget(self._sign_area)

    def show_begin(self) -> None:
        """Show the form that begins a procedure."""
        self._stack.setCurrentWidget(self.begin)

    @property
    def is_busy(self) -> bool:
        """Whether a form or a signature is open."""
        return self._stack.currentIndex() != 0

    def take_keyboard(self) -> None:
        """Put the keyboard on the first thing that can be done."""
        if self.is_busy:
            return  # a form has it already
        able = (button for button in self.main.buttons.values() if button.isEnabled())
        next(able, self.back).setFocus(Qt.FocusReason.OtherFocusReason)

    # ---- inside ----

    def _show(self, place: Workplace, order: Order) -> None:
        facts = OrderFacts(self._session, place)
        self.head.show_order(order)
        offers = list(offers_of(place, order))
        runs = open_runs(place, order)
        if runs:
            guided = Offer("guided", tr("Go to the guided work"), is_next=True)
            offers.insert(0, guided)
        offers.append(Offer("print", tr("Print …")))
        self._offers = {one.key: one for one in offers}
        self.next.say(next_up(order))
        top = sorted((one for one in offers if one.key not in _WHERE), key=_by_need)
        self.main.offer([one for one in top if one.is_next or not one.why_not])
        self.why.say(refusals_of(top))
        self.why.setVisible(bool(self.why.text()))
        for name, section in self.sections.items():
            mine = (one for one in offers if _WHERE.get(one.key) == name)
            section.row.offer([one for one in mine if not one.why_not])
            section.say(getattr(facts, name)(order))

    def _show_time(self, place: Workplace, order: Order) -> None:
        """Only time has passed: what counts it is all that differs."""
        facts = OrderFacts(self._session, place)
        for name in ("clocks", "work"):
            self.sections[name].say(getattr(facts, name)(order))

    def _pressed(self, key: str) -> None:
        offer, order = self._offers.get(key), self.order
        if offer is None or order is None:
            return
        self.say("")
        if key == "guided" and self.place:
            runs = open_runs(self.place, order)
            self.open_subject.emit("guided", runs[0].id if runs else "")
            return
        if key == "print":
            self.open_subject.emit("paper", f"order/{order.number}")
            return
        try:
            self.doing.do(offer, order)
        except Refused as refusal:
            self.say(str(refusal))

    def _lay_out(self) -> None:
        self._title = QWidget()
        top = QHBoxLayout(self._title)
        top.setContentsMargins(0, 0, 0, 0)
        top.setSpacing(8)
        top.addWidget(self.head, 1)
        top.addWidget(self.back, 0, Qt.AlignmentFlag.AlignTop)
        both = TwoColumns(tr("The order"))
        for name, section in self.sections.items():
            (both.left if name in _LEFT else both.right).addWidget(section)
        both.left.addStretch(1)
        both.right.addStretch(1)
        scrolled = QWidget()
        self._scrolled = QVBoxLayout(scrolled)
        self._scrolled.setContentsMargins(0, 0, 0, 0)
        self._scrolled.setSpacing(8)
        self._scrolled.addWidget(both, 1)
        self._area = scrolling(scrolled, tr("Facts of the order"))
        self._area.setMinimumHeight(60)
        self._top = QWidget()
        above = QVBoxLayout(self._top)
        above.setContentsMargins(0, 0, 0, 0)
        above.setSpacing(8)
        for part in (self.next, self.main, self.why):
            above.addWidget(part)
        facts = QWidget()
        self._body = QVBoxLayout(facts)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(8)
        self._body.addWidget(self._top)
        self._body.addWidget(self._area, 1)
        self._stack.addWidget(facts)
        self._stack.addWidget(self.form)
        self._sign_area = scrolling(self.sign, tr("Signature"))
        self._stack.addWidget(self._sign_area)
        self._stack.addWidget(self.begin)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self.trouble)
        column.addWidget(self._stack, 1)
        self.trouble.hide()

    def _connect(self) -> None:
        self.back.clicked.connect(self.closed)
        self.main.pressed.connect(self._pressed)
        for section in self.sections.values():
            section.row.pressed.connect(self._pressed)
        self.begin.begun.connect(lambda run: self.open_subject.emit("guided", run))
        look().changed.connect(self._relook)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """In a low window what can be done scrolls with the facts, and a form has all the room."""
        is_low = self.height() < _LOW
        holder = self._scrolled if is_low else self._body
        if holder.indexOf(self._top) < 0:
            holder.insertWidget(0, self._top)
        self._title.setHidden(is_low and self.is_busy)

    def _relook(self) -> None:
        self._drawn = None
        self.refresh()

    def event(self, event: QEvent) -> bool:
        # Escape means "back" to the window; here it goes back to the order, then to the board.
        asks = event.type() == QEvent.Type.ShortcutOverride
        if asks and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.is_busy:
            self.doing.leave()
        else:
            self.closed.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        frame(QPainter(self), QRectF(self.rect()), theme().panel, theme().line)


class _Head(QWidget):
    """Priority, number and state over the title."""

    def __init__(self) -> None:
        super().__init__()
        self._order: Order | None = None
        self.setFixedHeight(24 + _TITLE)
        self.setAccessibleName(tr("No order is chosen"))

    def show_order(self, order: Order) -> None:
        """Show an order."""
        if order is not self._order:
            self._order = order
            state = words.state_name(order)
            self.setAccessibleName(f"{order.number}, {state}, {order.title}")
            self._fit()
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _lines(self) -> list[str]:
        title = self._order.title if self._order else ""
        return two_lines(title, self.width() - 44, 16, bold=True)

    def _fit(self) -> None:
        self.setFixedHeight(24 + _TITLE * len(self._lines()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, order = QPainter(self), self._order
        if order is None:
            return
        wide = self.width() - 44
        paint.priority_mark(p, QRectF(0, 10, 32, 32), order.priority, quiet=True)
        lines = self._lines()
        for number, line in enumerate(lines):
            paint.label(p, QRectF(44, number * _TITLE, wide, _TITLE), line, 16, bold=True)
        urgency = tr("priority {p}", p=order.priority)
        told = words.DOT.join((order.number, words.state_name(order), urgency))
        paint.label(p, QRectF(44, _TITLE * len(lines), wide, 22), told, 11, colour=theme().muted)


def _by_need(offer: Offer) -> tuple[bool, bool]:
    return not offer.is_next, bool(offer.why_not)


def refusals_of(offers: Sequence[Offer]) -> str:
    """Return why what is not offered cannot be done: a line for each reason."""
    found: dict[str, list[str]] = {}
    for one in offers:
        if one.why_not:
            found.setdefault(one.why_not, []).append(one.title)
    return "\n".join(
        tr("{what}: {told}", what=", ".join(titles), told=why) for why, titles in found.items()
    )
