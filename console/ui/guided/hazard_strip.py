"""The hazards of a step while it is being done: acknowledged, and still in sight."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.text import tr
from console.ui import pictogram
from console.ui.controls import frame
from console.ui.guided.hazards import Warned, in_order, signal_text
from console.ui.setup_parts import Words
from console.ui.theme import theme
from procedures.spec import Procedure

_SIGN = 32


class HazardStrip(QWidget):
    """One line for each hazard: its sign, its signal word, how to avoid it."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Hazards"))
        self._lines: list[_Line] = []
        self._shown: tuple[Warned, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 8, 12, 8)
        self._column.setSpacing(4)

    def show_hazards(self, procedure: Procedure, names: tuple[str, ...], language: str) -> None:
        """Show hazards of a procedure by their names, the worst first."""
        wanted = in_order(procedure, names, language)
        if wanted == self._shown:
            return
        self._shown = wanted
        for old in self._lines:
            old.hide()
            old.deleteLater()
        self._lines = [_Line(warned) for warned in wanted]
        for line in self._lines:
            self._column.addWidget(line)

    def paintEvent(self, _event: QPaintEvent) -> None:
        frame(QPainter(self), QRectF(self.rect()), theme().panel, theme().line)


class _Line(QWidget):
    """One hazard."""

    def __init__(self, warned: Warned) -> None:
        super().__init__()
        word = signal_text(warned.signal)
        self.setAccessibleName(f"{word}: {warned.avoid}")
        self.words = Words(f"{word}: {warned.avoid}", 13)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(_Sign(warned))
        row.addWidget(self.words, 1)


class _Sign(QWidget):
    """A pictogram."""

    def __init__(self, warned: Warned) -> None:
        super().__init__()
        self._name = warned.pictogram
        self.setFixedSize(_SIGN, _SIGN)
        self.setAccessibleName(warned.consequence)

    def paintEvent(self, _event: QPaintEvent) -> None:
        pictogram.draw(QPainter(self), QRectF(self.rect()), self._name)
