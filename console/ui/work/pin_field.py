"""A field for a PIN or passphrase: never shown, taken once, gone afterwards."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from console.ui.controls import Field

_LONGEST = 256


class PinField(Field):
    """What is typed is dots for eyes and screen readers alike; hiding the field empties it.

    Read it with :meth:`take` only: whoever takes the PIN leaves none behind.
    """

    def __init__(self, name: str, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(name, hint, parent)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setMaxLength(_LONGEST)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setDragEnabled(False)
        hints = Qt.InputMethodHint
        self.setInputMethodHints(
            hints.ImhHiddenText
            | hints.ImhSensitiveData
            | hints.ImhNoPredictiveText
            | hints.ImhNoAutoUppercase
        )

    def take(self) -> str:
        """Return the PIN and forget it."""
        pin = self.text()
        self.forget()
        return pin

    def forget(self) -> None:
        """Empty the field; unlike ``clear`` this leaves nothing to undo."""
        self.setText("")

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been typed."""
        return not self.text()

    def hideEvent(self, event: QHideEvent) -> None:
        self.forget()
        super().hideEvent(event)
