"""What a person does to a window: taps, keys, writing."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget


def tap(widget: QWidget, at: QPoint | None = None) -> None:
    """Press and let go, in the middle unless told where."""
    left, bare = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mouseClick(widget, left, bare, at or widget.rect().center())


def press(widget: QWidget, key: Qt.Key) -> None:
    """Press a key."""
    QTest.keyClick(widget, key)


def write(widget: QWidget, text: str) -> None:
    """Write a text key by key."""
    QTest.keyClicks(widget, text)
