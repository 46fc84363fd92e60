"""A field in which digits are digits, not pages of the window."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QKeyEvent

from console.ui.controls import Field


class WritingField(Field):
    """A line to write or scan into."""

    def event(self, event: QEvent) -> bool:
        is_key = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if is_key and isinstance(event, QKeyEvent) and event.text().strip().isprintable():
            event.setAccepted(bool(event.text().strip()))
            if event.isAccepted():
                return True
        return super().event(event)
