"""Asking one of some people for their PIN, inside the window: to sign in or to sign something."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console.session.session import Session
from console.text import tr
from console.ui.controls import Button, frame
from console.ui.setup_parts import Words
from console.ui.theme import theme
from console.ui.work.keypad import Keypad
from console.ui.work.person_picker import PersonPicker
from console.ui.work.pin_field import PinField
from console.work.people.roster import Person

_LOOK_MS = 250


class SignPanel(QWidget):
    """Says in words what is signed, and asks who signs and for the PIN.

    ``given(person, PIN)`` is emitted once for each try; the field is empty by then. Whoever asked
    then calls :meth:`refuse` with the sentence or :meth:`done`. With a session it shows a demo's
    PINs, and counts a lock-out down.
    """

    given = Signal(str, str)
    cancelled = Signal()

    def __init__(self, session: Session | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Sign"))
        self._session = session
        self._is_waiting = False
        self._was_locked = False
        self.act = Words("", 16)
        self.who = PersonPicker()
        self.pin = PinField(tr("PIN or passphrase"))
        self.hint = Words(quiet=True)
        self.said = Words("", 13)
        self.sign = Button(tr("Sign"), primary=True)
        self.cancel = Button(tr("Cancel"))
        self.keypad = Keypad(self.pin)
        self._lay_out()
        self.who.chosen.connect(self._changed)
        self.who.entered.connect(self.pin.setFocus)
        self.pin.textChanged.connect(self._changed)
        self.pin.returnPressed.connect(self._give)
        self.sign.clicked.connect(self._give)
        self.cancel.clicked.connect(self._cancel)
        self._clock = QTimer(self, interval=_LOOK_MS)
        self._clock.timeout.connect(self._changed)
        self.hide()

    def ask(self, act: str, people: Sequence[Person], *, chosen: str = "", verb: str = "") -> None:
        """Show what is signed and who may; ``chosen`` is preset, ``verb`` is on the button."""
        self._is_waiting = False
        self.setAccessibleName(act)
        self.act.say(act)
        self.sign.setText(verb or tr("Sign"))
        self.sign.setAccessibleName(self.sign.text())
        self.sign.updateGeometry()
        self.pin.forget()
        self.keypad.reset()
        self.said.say("" if people else tr("There is nobody who may sign this."))
        self.who.offer(people, chosen)
        self._enable()
        self.show()
        self._clock.start()
        self._focus()

    def wait(self) -> None:
        """Grey everything while the PIN is checked."""
        self._is_waiting = True
        self.said.say(tr("Checking"))
        self._enable()

    def refuse(self, sentence: str) -> None:
        """Say why it was refused, and ask again."""
        self._is_waiting = False
        self.pin.forget()
        self._enable()
        self.said.say(sentence)
        self._focus()

    def done(self) -> None:
        """Forget what was typed, and go."""
        self._is_waiting = False
        self.pin.forget()
        self.said.say("")
        self.hide()

    @property
    def person(self) -> str:
        """The id of who is chosen, empty where nobody is."""
        return self.who.person

    # ---- inside ----

    def _give(self) -> None:
        if self._is_waiting:
            return
        if not self.person:
            self.said.say(tr("Choose a name first."))
            self.who.field.setFocus()
        elif self.pin.is_empty:
            self.said.say(tr("Enter the PIN of {person}.", person=self._name()))
            self.pin.setFocus()
        elif not self._locked_s():
            pin = self.pin.take()
            self.wait()
            self.given.emit(self.person, pin)

    def _cancel(self) -> None:
        self.done()
        self.cancelled.emit()

    def _changed(self) -> None:
        """Follow who is chosen: the hint of a demo, and how long a lock lasts."""
        self.hint.say(self._demo_hint())
        self.hint.setVisible(bool(self.hint.text()))
        locked_s = self._locked_s()
        if locked_s and not self._is_waiting:
            said = tr(
                "{person} is locked for another {seconds} s.", person=self._name(), seconds=locked_s
            )
            self.said.say(said)
        elif self._was_locked:
            self.said.say("")
        self._was_locked = bool(locked_s)
        self._enable()

    def _enable(self) -> None:
        free = not self._is_waiting
        for widget in (self.who, self.pin, self.keypad):
            widget.setEnabled(free)
        self.sign.setEnabled(free and not self._locked_s())

    def _focus(self) -> None:
        where = self.pin if self.person else self.who.field
        where.setFocus(Qt.FocusReason.OtherFocusReason)

    def _person(self) -> Person | None:
        place = self._session.workplace if self._session is not None else None
        return place.room.book.people.get(self.person) if place is not None else None

    def _name(self) -> str:
        found = self._person()
        return found.name if found is not None else self.person

    def _locked_s(self) -> int:
        """Return how long who is chosen stays locked, whole seconds."""
        found = self._person()
        if found is None or self._session is None or self._session.workplace is None:
            return 0
        left_s = found.lock.left_s(self._session.workplace.room.desk.now())
        return max(round(left_s), 1) if left_s > 0 else 0

    def _demo_hint(self) -> str:
        """Return the PIN that everybody knows; a real site has none to show."""
        if self._session is None or not self._session.is_demo:
            return ""
        from console.work.demo import demo_people

        pin = next((one.pin for one in demo_people() if one.id == self.person), "")
        return tr("demo: {pin}", pin=pin) if pin else ""

    def event(self, event: QEvent) -> bool:
        # Escape means "back" to the window; here it means "do not sign".
        asks = event.type() == QEvent.Type.ShortcutOverride
        if asks and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._cancel()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._clock.stop()
        super().hideEvent(event)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.cancel, self.sign):
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            buttons.addWidget(button)
        form = QVBoxLayout()
        form.setSpacing(8)
        for part in (self.act, self.who, self.pin, self.hint, self.said):
            form.addWidget(part)
        form.addStretch(1)
        form.addLayout(buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 16, 16, 16)
        row.setSpacing(16)
        row.addLayout(form, 1)
        row.addWidget(self.keypad)

    def paintEvent(self, _event: QPaintEvent) -> None:
        frame(QPainter(self), QRectF(self.rect()), theme().panel, theme().line)
