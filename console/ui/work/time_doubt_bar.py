"""The time is in doubt: what that means, and the two people who look at it and say it is right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.session.session import Session
from console.session.time_doubt import CONFIRM
from console.session.workplace import Workplace
from console.text import tr
from console.ui import formats
from console.ui.controls import Button, frame
from console.ui.setup_parts import Words
from console.ui.theme import theme
from console.ui.work.sign_panel import SignPanel
from console.work.events import Refused
from console.work.people.roster import Person


class TimeDoubtBar(QWidget):
    """Hidden while the time is not in doubt; else says so, with the button that settles it.

    Who is signed in is the first of the two; where nobody is, the first signs in here. ``asks``
    False only tells by ``wanted`` that somebody would settle it: there is no room for it here.
    """

    wanted = Signal()
    opened = Signal(bool)
    """Whether two people are being asked now, which takes the room of the page."""

    def __init__(self, session: Session, *, asks: bool = True) -> None:
        super().__init__()
        self._asks = asks
        self._is_told = False
        self._session = session
        self._shown_us = 0
        self.setAccessibleName(tr("The time is in doubt"))
        self.heading = Words(tr("The time is in doubt: nobody can sign"), 16)
        self.text = Words("", 13)
        self.confirm = Button(tr("Confirm the time"), primary=True)
        self.time, self.date = Words("", 32), Words("", 16)
        self.last = Words(quiet=True)
        self.says = Words("", 13)
        self.sign = SignPanel(session)
        self.sign.setAccessibleName(tr("Confirm the time"))
        self._form = QWidget()
        self._lay_out()
        self.hide()
        self._form.hide()
        self.confirm.clicked.connect(self.ask if asks else self.wanted)
        self.sign.given.connect(self._given)
        self.sign.cancelled.connect(self._leave)

    def refresh(self) -> None:
        """Follow what the log says, and the clock while it is being looked at."""
        place = self._session.workplace
        doubt = place.time.doubt if place is not None and place.is_ready else None
        if (doubt is not None) != self._is_told:
            self._is_told = doubt is not None
            self._leave()
            self.setVisible(self._is_told)
        if doubt is None:
            return
        self.text.say(
            tr(
                "The clock of this laptop was set back behind its own log. Two people, one of "
                "them a supervisor, look at the time and say that it is right. Alarms, watching "
                "and the way back to safety go on meanwhile."
            )
        )
        last = formats.clock(doubt.last_us, 0) if doubt.last_us else formats.NOTHING
        self.last.say(tr("The log already knew {time}.", time=last))
        if self._form.isVisibleTo(self):
            self._show_time()

    # ---- two people ----------------------------------------------------------------------------

    def ask(self) -> None:
        """Begin with whoever is missing: the first person, or the second."""
        place = self._place()
        if place is None or place.time.doubt is None:
            return
        self.says.say("")
        self._show_time()
        self._form.show()
        self.confirm.hide()
        self.opened.emit(True)
        if not place.hands:
            act = tr("Who looks at the time first signs in")
            self.sign.ask(act, place.room.book.people.active(), verb=tr("Sign in"))
            return
        first = place.person
        name = first.name if first is not None else place.hands
        act = tr("With {name}: the second person says that the time shown is right", name=name)
        self.sign.ask(act, self._second(place), verb=tr("The time is right"))

    def _given(self, person: str, pin: str) -> None:
        place = self._place()
        if place is None:
            return
        if not place.hands:
            place.sign_in(person, pin, self.ask, self.sign.refuse)
            return
        try:
            place.confirm_time(person, pin, self._shown_us, self._leave, self.sign.refuse)
        except Refused as refusal:
            self.sign.refuse(str(refusal))

    def _leave(self) -> None:
        if self.sign.isVisibleTo(self._form):
            self.sign.done()
        self._form.hide()
        self.confirm.show()
        self.opened.emit(False)

    def _second(self, place: Workplace) -> Sequence[Person]:
        """Return who may be the second: anybody else, supervisors alone where the first is none."""
        roles, first = place.room.desk.roles, place.person
        others = [one for one in place.room.book.people.active() if one.id != place.hands]
        if first is not None and roles.permits(first.roles, CONFIRM):
            return others
        return [one for one in others if roles.permits(one.roles, CONFIRM)]

    # ---- showing -------------------------------------------------------------------------------

    def _show_time(self) -> None:
        """Show the time as it is now: what is confirmed is what both see."""
        self._shown_us = self._session.now().utc_us
        then = datetime.fromtimestamp(self._shown_us / 1e6).astimezone()
        self.time.say(then.strftime("%H:%M:%S"))
        self.date.say(f"{then:%Y-%m-%d} ({then:%Z})")

    def _place(self) -> Workplace | None:
        place = self._session.workplace
        return place if place is not None and place.is_ready else None

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        for part in (self.heading, self.text):
            words.addWidget(part)
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addLayout(words, 1)
        head.addWidget(self.confirm, 0, Qt.AlignmentFlag.AlignVCenter)
        clock = QVBoxLayout()
        clock.setSpacing(4)
        for part in (self.time, self.date, self.last, self.says):
            clock.addWidget(part)
        clock.addStretch(1)
        form = QHBoxLayout(self._form)
        form.setContentsMargins(0, 8, 0, 4)
        form.setSpacing(16)
        form.addLayout(clock, 2)
        form.addWidget(self.sign, 5, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 8, 12, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._form, 1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, rect = QPainter(self), QRectF(self.rect())
        frame(p, rect, theme().desired, theme().muted)
        p.fillRect(QRectF(1, 1, 7, rect.height() - 2), theme().text)
