"""Forms in which a PIN or passphrase is chosen: one's own, somebody's, the first administrator's.

What is typed twice is compared here; what is good enough is decided by the gate, in its words.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from console.text import tr
from console.ui.controls import Button, Field, ScrollBar
from console.ui.setup_parts import Words
from console.ui.theme import metrics
from console.ui.work.keypad import Keypad
from console.ui.work.pin_field import PinField
from console.work.people.roles import Roles


@dataclass(frozen=True, slots=True, repr=False)
class Chosen:
    """What was typed: the texts by key, the PIN until now (empty: not asked), and the new one."""

    texts: dict[str, str]
    until_now: str
    pin: str


class PinForm(QWidget):
    """Texts, if any, then the PIN until now, if asked, then the new one twice.

    ``given`` carries :class:`Chosen` once for each try; the fields are empty by then. Whoever asked
    calls :meth:`refuse` with a sentence or hides the form, which forgets everything.
    """

    given = Signal(object)
    left = Signal()

    def __init__(
        self, *, asks: Sequence[tuple[str, str, str]] = (), until_now: bool = False, verb: str = ""
    ) -> None:
        super().__init__()
        self._is_waiting = False
        self.heading = Words("", 16)
        self.told = Words(quiet=True)
        self.texts = {key: Field(label, hint) for key, label, hint in asks}
        self.until_now = PinField(tr("PIN or passphrase until now"), parent=self)
        self.until_now.setVisible(until_now)
        self.pin = PinField(tr("New PIN or passphrase"))
        self.again = PinField(tr("The same once more"))
        self.said = Words("", 13)
        self.save = Button(verb or tr("Set the PIN"), primary=True)
        self.cancel = Button(tr("Cancel"))
        self.keypad = Keypad(self.pin)
        self._asks_until_now = until_now
        self._labels = [label for _, label, _ in asks]
        self._lay_out()
        for field in self._fields():
            field.installEventFilter(self)
            field.returnPressed.connect(self._next)
        self.save.clicked.connect(self.give)
        self.cancel.clicked.connect(self._leave)

    def begin(self, heading: str, told: str = "") -> None:
        """Ask anew; ``told`` says what there is to know before."""
        self._is_waiting = False
        self.setAccessibleName(heading)
        self.heading.say(heading)
        self.told.say(told)
        self.told.setVisible(bool(told))
        self.said.say("")
        self._forget()
        self.keypad.reset()
        self._enable()
        self._fields()[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def refuse(self, sentence: str) -> None:
        """Say why it was refused, and ask again."""
        self._is_waiting = False
        self._forget()
        self._enable()
        self.said.say(sentence)
        pins = [field for field in self._fields() if isinstance(field, PinField)]
        pins[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def give(self) -> None:
        """Hand over what was typed, where it is complete and both are the same."""
        if self._is_waiting:
            return
        for field in self._fields():
            if not field.text().strip():
                self.said.say(tr("Still empty: {field}", field=field.accessibleName()))
                field.setFocus(Qt.FocusReason.OtherFocusReason)
                return
        if self.pin.text() != self.again.text():
            self.refuse(tr("The two are not the same. Type it twice anew."))
            return
        texts = {key: field.text().strip() for key, field in self.texts.items()}
        chosen = Chosen(texts, self.until_now.take(), self.pin.take())
        self._forget()
        self._is_waiting = True
        self.said.say(tr("Checking"))
        self._enable()
        self.given.emit(chosen)

    # ---- inside ----

    def _fields(self) -> list[Field]:
        before = [self.until_now] if self._asks_until_now else []
        return [*self.texts.values(), *before, self.pin, self.again]

    def _forget(self) -> None:
        for field in (self.until_now, self.pin, self.again):
            field.forget()

    def _enable(self) -> None:
        for widget in (*self._fields(), self.keypad, self.save):
            widget.setEnabled(not self._is_waiting)

    def _next(self) -> None:
        """Go on to the next field; after the last one, do it."""
        fields = self._fields()
        at = next((i for i, field in enumerate(fields) if field.hasFocus()), len(fields) - 1)
        if at + 1 < len(fields):
            fields[at + 1].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.give()

    def _leave(self) -> None:
        self._forget()
        self.left.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, Field):
            self.keypad.write_to(watched)
            self._area.ensureWidgetVisible(watched)
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        # Escape means "back" to the window; here it leaves the form, where there is a way back.
        asks = event.type() == QEvent.Type.ShortcutOverride and not self.cancel.isHidden()
        if asks and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not self.cancel.isHidden():
            self._leave()
            return
        super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._forget()
        super().hideEvent(event)

    def _lay_out(self) -> None:
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        rows.addWidget(self.heading)
        rows.addWidget(self.told)
        rows.addSpacing(4)
        for field in self._fields():
            label = Words(field.accessibleName(), quiet=True)
            label.setBuddy(field)
            rows.addWidget(label)
            rows.addWidget(field)
            rows.addSpacing(4)
            if isinstance(field, PinField):
                field.setPlaceholderText(" ")
        rows.addStretch(1)
        self._area = _Area(inside)
        form = QVBoxLayout()
        form.setSpacing(8)
        form.addWidget(self._area, 1)
        form.addWidget(self.said)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.cancel, self.save):
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            buttons.addWidget(button)
        form.addLayout(buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addLayout(form, 1)
        row.addWidget(self.keypad)


class _Area(QScrollArea):
    """Scrolls where there is not room enough, and wants to be as tall as what it holds."""

    def __init__(self, inside: QWidget) -> None:
        super().__init__()
        self._inside = inside
        self.setVerticalScrollBar(ScrollBar(self))
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        self.setAccessibleName(tr("Questions"))

    def sizeHint(self) -> QSize:
        inside, wide = self._inside, self.viewport().width()
        hint = inside.sizeHint()
        tall = inside.heightForWidth(max(wide, hint.width()))
        return QSize(hint.width(), hint.height() if tall < 0 else tall)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()  # words break into other lines

    def minimumSizeHint(self) -> QSize:
        return QSize(self._inside.minimumSizeHint().width(), 2 * metrics().target)


def pin_rules(roles: Roles, held: Collection[str]) -> str:
    """Return what a PIN of somebody with these roles must be, in words."""
    if roles.needs_passphrase(held):
        return tr(
            "This role needs a passphrase of at least {count} characters, not only digits.",
            count=roles.pin.passphrase_min,
        )
    return tr(
        "At least {digits} digits, or a passphrase of at least {count} characters.",
        digits=roles.pin.digits_min,
        count=roles.pin.passphrase_min,
    )
