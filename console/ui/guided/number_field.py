"""A field for a measured number: keys, a keypad for gloves, a point or a comma, nothing else."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from console.text import tr
from console.ui import formats
from console.ui.guided.rows import ToolButton
from console.ui.guided.writing_field import WritingField
from console.ui.setup_parts import Words
from console.ui.theme import font, look, metrics

_NUMBER = re.compile(r"[+\-\N{MINUS SIGN}]?(\d+([.,]\d*)?|[.,]\d+)")
_MOST = 12
_KEYS = ("12345", "67890")


def number_of(text: str) -> float | None:
    """Return what somebody typed, with a point or a comma; None where it is no number."""
    cleaned = text.strip().replace(" ", "").replace("\N{MINUS SIGN}", "-")
    if not _NUMBER.fullmatch(cleaned) or not cleaned.isascii():
        return None
    number = float(cleaned.replace(",", "."))
    return number if math.isfinite(number) else None


class NumberField(WritingField):
    """Large figures; Escape empties it first."""

    focused = Signal(bool)

    def __init__(self, name: str) -> None:
        super().__init__(name, "")
        self.setMaxLength(_MOST)
        self.setFont(font(20))
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setInputMethodHints(Qt.InputMethodHint.ImhFormattedNumbersOnly)
        self.setPlaceholderText("")
        look().changed.connect(self._relook)

    def sizeHint(self) -> QSize:
        return QSize(128, max(metrics().target, 48))

    def minimumSizeHint(self) -> QSize:
        return QSize(96, max(metrics().target, 48))

    def _relook(self) -> None:
        self.setFont(font(20))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focused.emit(False)


class NumberPad(QWidget):
    """Figures, point, minus and erase for a finger in a glove; the field keeps the keyboard."""

    def __init__(self, field: NumberField) -> None:
        super().__init__()
        self.setAccessibleName(tr("Keys on the screen"))
        self.field = field
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        for row, keys in enumerate(_KEYS):
            for column, key in enumerate(keys):
                grid.addWidget(self._key(key), row, column)
        grid.addWidget(self._key(formats.decimal_point()), 2, 0)
        grid.addWidget(self._key("\N{MINUS SIGN}"), 2, 1)
        erase = self._button("\N{ERASE TO THE LEFT}", tr("Erase"))
        erase.clicked.connect(self.field.backspace)
        grid.addWidget(erase, 2, 2)
        grid.setColumnStretch(5, 1)

    def _key(self, text: str) -> ToolButton:
        button = self._button(text, text)
        button.clicked.connect(lambda: self.field.insert(text))
        return button

    def _button(self, text: str, name: str) -> ToolButton:
        button = ToolButton(text)
        button.setAccessibleName(name)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return button


class NumberEntry(QWidget):
    """A number field with its unit and the button that records it; ``given`` carries the number."""

    given = Signal(float)
    odd = Signal(str)
    opened = Signal(bool)

    def __init__(self, name: str, unit: str, decimals: int) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.decimals = decimals
        self.field = NumberField(name)
        self.unit = Words(formats.unit(unit), 16, quiet=True)
        self.unit.setWordWrap(False)
        self.button = ToolButton(tr("Record"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for part in (self.field, self.unit, self.button):
            row.addWidget(part)
        self.field.returnPressed.connect(self.give)
        self.button.clicked.connect(self.give)
        self.field.focused.connect(self.opened)

    def give(self) -> None:
        """Hand over what was typed, or say that it is no number."""
        number = number_of(self.field.text())
        if number is None:
            what = self.field.text().strip()
            self.odd.emit(
                tr("{text} is not a number", text=what) if what else tr("Type the number first")
            )
            return
        self.given.emit(number)

    def allow(self, possible: bool) -> None:
        """Take numbers, or not."""
        self.field.setEnabled(possible)
        self.button.setEnabled(possible)
