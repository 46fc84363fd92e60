"""A field in which digits are digits, not pages of the window."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QKeyEvent

from console.ui.controls import Field


class WritingField(Field):
    """A line to write or scan into."""

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.text() and event.text().isprintable():
                event.accept()
                return True
        return super().event(event)
