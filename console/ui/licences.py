"""The licences of everything shipped, in the Settings page; the text is read when asked for."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from console.about import about_line, shipped_licences
from console.text import tr
from console.ui.controls import Button, ScrollBar
from console.ui.theme import font

_HIGH = 360


class Licences(QWidget):
    """The sentence on Qt, a button, and below it the text while the button is down."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = Button(tr("Licences"), checkable=True)
        self.line = QLabel(about_line())
        self.line.setFont(font(11))
        self.line.setWordWrap(True)
        self.line.setTextFormat(Qt.TextFormat.PlainText)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName(tr("Licences"))
        self.text.setFixedHeight(_HIGH)
        self.text.setVerticalScrollBar(ScrollBar(self.text))
        self.text.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.line)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.text)
        self.button.toggled.connect(self._show_text)

    def _show_text(self, wanted: bool) -> None:
        if wanted and not self.text.toPlainText():
            self.text.setPlainText(shipped_licences())
        self.text.setVisible(wanted)
