"""The panel below the strip's right end: sign in, sign out, one's own PIN; never in the way.

It is part of the window, below the alarm strip, and nothing waits for it: whatever can be seen is
seen without it, and alarms are acknowledged without it.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from console.session.session import Session
from console.session.workplace import IDLE_S, Workplace
from console.text import LANGUAGES, tr
from console.ui import formats
from console.ui.controls import Button, Segments, frame
from console.ui.setup_parts import FactList, Words
from console.ui.theme import look, metrics, theme
from console.ui.work.begin_words import qualification_name
from console.ui.work.first_person import FirstPerson
from console.ui.work.people_rows import role_names, until_words
from console.ui.work.pin_form import Chosen, PinForm, pin_rules
from console.ui.work.sign_chip import SignChip
from console.ui.work.sign_panel import SignPanel
from console.work.events import Refused
from console.work.people.roster import Lock, Person

_WIDE = 400
_EDGE = 8


class SignInPanel(QWidget):
    """What it shows follows from who is here: nobody on the roster, nobody signed in, or somebody.

    ``chip`` is what opened it, and gets the keyboard back. ``refresh`` is called on every tick.
    """

    closed = Signal()

    def __init__(self, session: Session, over: QWidget, strip: QWidget, chip: SignChip) -> None:
        super().__init__(over)
        self._session = session
        self._over = over
        self._strip = strip
        self._chip = chip
        self._shown: object = None
        self._opening = 0
        self._wants_other = False
        self._is_changing_pin = False
        self.note = Words("", 13)
        self.said = Words("", 13)
        self.waiting = Words("", 13)
        self.first = FirstPerson(session)
        self.sign = _Sign(session)
        self.me = Me()
        self.pin = PinForm(until_now=True)
        self._lay_out()
        self._connect()
        self.hide()

    # ---- open and closed ----

    @property
    def is_open(self) -> bool:
        """Whether it can be seen."""
        return not self.isHidden()

    def toggle(self) -> None:
        """Open it, or close it where it is open."""
        if self.is_open:
            self.close_panel()
        else:
            self.open_panel()

    def open_panel(self) -> None:
        """Open it anew, with the keyboard in it."""
        self._shown = None
        self._wants_other = self._is_changing_pin = False
        self.said.say("")
        self._chip.setChecked(True)
        self.show()
        self.refresh()
        self.raise_()

    def close_panel(self) -> None:
        """Close it, forget what was typed, and give the keyboard back."""
        self._opening += 1
        self.sign.done()
        self.hide()
        self._chip.setChecked(False)
        self._chip.setFocus(Qt.FocusReason.OtherFocusReason)
        self.closed.emit()

    def refresh(self) -> None:
        """Show what follows from who is here now."""
        if not self.is_open:
            return
        wanted = self._wanted()
        if wanted != self._shown:
            self._shown = wanted
            self._show()
        elif self._place is not None and self._place.person is not None:
            self.me.show_left(self._place.idle_left_s)
        self._fit()

    # ---- what is shown ----

    @property
    def _place(self) -> Workplace | None:
        place = self._session.workplace
        return place if place is not None and place.is_ready else None

    def _wanted(self) -> object:
        """Return what decides what is shown; while it is equal nothing is made anew."""
        place = self._place
        if place is None:
            trouble = self._session.workplace.trouble if self._session.workplace else ""
            return "waiting", trouble
        if place.room.book.people.is_empty:
            return "first"
        if not place.hands:
            return "nobody", self._chip.lapsed
        if place.person is None or self._wants_other or self._is_changing_pin:
            return place.hands, self._wants_other, self._is_changing_pin
        # A wrong PIN, told meanwhile, is no reason to begin anew.
        return replace(place.person, lock=Lock(), pins={})

    def _show(self) -> None:
        place = self._place
        self.note.setVisible(False)
        if place is None:
            self._turn(self.waiting)
            self.waiting.say(self._why_waiting())
        elif place.room.book.people.is_empty:
            self._turn(self.first)
            self.first.begin()
        elif place.person is None or self._wants_other:
            self._ask(place)
        elif self._is_changing_pin:
            self._turn(self.pin)
            self.pin.begin(
                tr("Change your PIN or passphrase"),
                pin_rules(place.room.desk.roles, place.person.roles),
            )
        else:
            is_new = self.me.isHidden()
            self._turn(self.me)
            self.me.show_person(place, place.person)
            if is_new:
                self.me.sign_out.setFocus(Qt.FocusReason.OtherFocusReason)
        self.said.setVisible(bool(self.said.text()))

    def _ask(self, place: Workplace) -> None:
        self._turn(self.sign)
        if self._chip.lapsed and not self._wants_other:
            told = tr(
                "{person} was signed out: for {minutes} min nothing was done here.",
                person=self._chip.lapsed,
                minutes=round(IDLE_S / 60),
            )
            self.note.say(told)
            self.note.setVisible(True)
        people = [one for one in place.room.book.people.active() if one.id != place.hands]
        chosen = place.lapsed if not self._wants_other else ""
        self.sign.ask(tr("Sign in at this console"), people, chosen=chosen, verb=tr("Sign in"))

    def _turn(self, shown: QWidget) -> None:
        if shown is not self.sign:
            self.sign.done()
        for page in self._pages:
            page.setVisible(page is shown)

    def _why_waiting(self) -> str:
        place = self._session.workplace
        if place is None:
            return tr("This console only watches. Start it with its window to plan and do work.")
        if place.trouble:
            return tr("{why} Nobody can sign in until it can be read.", why=place.trouble)
        return tr("Reading orders, equipment and people from the log …")

    # ---- what is done ----

    def _given(self, person: str, pin: str) -> None:
        place = self._place
        if place is None:
            return
        self.sign.wait()
        opening = self._opening

        def entered() -> None:
            self._wants_other = False
            if opening == self._opening:
                self.close_panel()
            else:
                place.sign_out()  # it was cancelled while the PIN was checked

        def refused(sentence: str) -> None:
            if opening == self._opening:
                self.sign.refuse(sentence)

        place.sign_in(person, pin, entered, refused)

    def _sign_out(self) -> None:
        place = self._place
        if place is not None:
            place.sign_out()
            self._chip.refresh()
        self.close_panel()

    def _other(self) -> None:
        self._wants_other = True
        self.refresh()

    def _change_pin(self, *, begins: bool) -> None:
        self._is_changing_pin = begins
        if begins:
            self.said.say("")
        self.refresh()

    def _new_pin(self, chosen: Chosen) -> None:
        """Set one's own PIN, once the one until now was given: who walks by cannot."""
        place = self._place
        if place is None or not place.hands:
            return
        hands, gate = place.hands, place.room.gate
        place.touch()

        def proven(_person: Person) -> None:
            place.later(gate.set_pin(hands, hands, chosen.pin), done, self.pin.refuse)

        def done(_nothing: None) -> None:
            self.said.say(tr("Your new PIN or passphrase counts from now on."))
            self._change_pin(begins=False)

        place.later(gate.prove(hands, chosen.until_now), proven, self.pin.refuse)

    def _made(self, person: str) -> None:
        self.said.say(
            tr("{person} is the administrator. Sign in to add the others.", person=person)
        )
        self.refresh()

    def _language(self, key: str) -> None:
        place = self._place
        if place is None or not place.hands:
            return
        try:
            place.room.people.change(place.hands, place.hands, language=key)
        except Refused as refusal:
            self.said.say(str(refusal))
            self.said.setVisible(True)
        else:
            place.touch()

    # ---- the place of it ----

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in {QEvent.Type.Resize, QEvent.Type.LayoutRequest} and self.is_open:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        """Stand below the strip at the right edge, as tall as it must be."""
        top = self._strip.mapTo(self._over, QPoint(0, self._strip.height())).y()
        has_keys = metrics().glove and not (self.me.isVisible() or self.waiting.isVisible())
        wide = _WIDE + (round(3.4 * metrics().target) if has_keys else 0)
        wide = max(wide, self._column.minimumSize().width())
        wide = min(wide, self._over.width() - 2 * _EDGE)
        room = self._over.height() - top - _EDGE
        if self.width() != wide:
            self.resize(wide, self.height())
            self._column.activate()
        tall = self._column.heightForWidth(wide) if self._column.hasHeightForWidth() else -1
        tall = min(max(tall, self._column.minimumSize().height(), self.sizeHint().height()), room)
        left = self._over.width() - wide - _EDGE
        if (self.x(), self.y(), self.width(), self.height()) != (left, top, wide, tall):
            self.setGeometry(left, top, wide, tall)

    def event(self, event: QEvent) -> bool:
        # Escape means "back" to the window; here it closes the panel.
        asks = event.type() == QEvent.Type.ShortcutOverride
        if asks and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_panel()
            return
        super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        frame(QPainter(self), QRectF(self.rect()), theme().panel, theme().muted)

    def _lay_out(self) -> None:
        self.setAccessibleName(tr("Who is at the console"))
        self._pages = (self.waiting, self.first, self.sign, self.me, self.pin)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        for part in (self.note, self.said, *self._pages):
            column.addWidget(part)
            part.hide()
        self._over.installEventFilter(self)
        self._strip.installEventFilter(self)

    def _connect(self) -> None:
        self.first.made.connect(self._made)
        self.sign.given.connect(self._given)
        self.sign.cancelled.connect(self.close_panel)
        self.me.sign_out.clicked.connect(self._sign_out)
        self.me.other.clicked.connect(self._other)
        self.me.change_pin.clicked.connect(lambda: self._change_pin(begins=True))
        self.me.close_button.clicked.connect(self.close_panel)
        self.me.language.chosen.connect(self._language)
        self.pin.given.connect(self._new_pin)
        self.pin.left.connect(lambda: self._change_pin(begins=False))
        look().changed.connect(self._fit)


class _Sign(SignPanel):
    """As everywhere, but without a box of its own: the panel around it has one."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        inside = self.layout()
        if inside is not None:
            inside.setContentsMargins(0, 0, 0, 0)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Leave the background as it is."""


class Me(QWidget):
    """Who is signed in, what they may do, and what ends soon; the buttons to leave or change."""

    def __init__(self) -> None:
        super().__init__()
        self._lasts = ""
        self.name = Words("", 16)
        self.left = Words(quiet=True)
        self.facts = FactList(tr("Signed in"))
        self.language = Segments(tr("Language"), list(LANGUAGES.items()))
        self.sign_out = Button(tr("Sign out"), primary=True)
        self.other = Button(tr("Sign in as somebody else"))
        self.change_pin = Button(tr("Change your PIN or passphrase"))
        self.close_button = Button(tr("Close"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.name)
        column.addWidget(self.facts)
        column.addWidget(self.language)
        column.addWidget(self.left)
        column.addStretch(1)
        for button in (self.sign_out, self.other, self.change_pin, self.close_button):
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            column.addWidget(button)

    def show_person(self, place: Workplace, person: Person) -> None:
        """Show somebody."""
        self.name.say(person.name)
        now_us = place.room.desk.now().utc_us
        facts = [
            (tr("Id"), person.id),
            (tr("Roles"), role_names(place.room.desk.roles, person.roles)),
        ]
        self.language.choose(person.language)
        qualified = sorted(person.qualified.values(), key=lambda one: one.until_us)
        facts += [
            (qualification_name(one.id), until_words(one.until_us, now_us)) for one in qualified
        ]
        self.facts.show_facts(tuple(facts))
        self.show_left(place.idle_left_s)

    def show_left(self, left_s: float) -> None:
        """Say when the sign-in ends where nothing is done."""
        minutes = formats.minutes(max(left_s, 0.0) / 60)
        said = tr("Where nothing is done, the sign-in ends in {time}.", time=minutes)
        self.left.say(said)
