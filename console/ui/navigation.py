"""The pages down the left edge: icon and word, one tap, always in the same place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QVBoxLayout, QWidget

import resources
from console.text import tr
from console.ui import paint
from console.ui.theme import look, metrics, theme

WIDTH = 88
_ICON = 28


def draw_icon(p: QPainter, rect: QRectF, name: str, colour: QColor) -> None:
    """Draw one of our line pictures in a colour; they are drawn in black in the files."""
    _renderer(name, colour.name()).render(p, rect)


@lru_cache(maxsize=64)
def _renderer(name: str, colour: str) -> QSvgRenderer:
    text = resources.path("icons", f"{name}.svg").read_text(encoding="utf-8")
    return QSvgRenderer(QByteArray(text.replace("#000", colour).encode()))


class PageButton(QAbstractButton):
    """One page: the picture of its id over its word; the one that is shown is filled and marked."""

    def __init__(self, name: str, title: str, key: int | None) -> None:
        super().__init__()
        self.name = name
        self.setText(title)
        self.setAccessibleName(title)
        if key is not None:
            self.setAccessibleDescription(tr("key {n}", n=key))
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(max(WIDTH, metrics().target + 8), max(72, metrics().target))

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        rect = QRectF(self.rect())
        if self.isChecked():
            p.fillRect(rect, t.panel)
            p.fillRect(QRectF(0, 0, 4, rect.height()), t.text)
        elif self.isDown():
            p.fillRect(rect, t.range)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = t.text if self.isChecked() else t.muted
        top = rect.center().y() - 26
        icon = QRectF(rect.center().x() - _ICON / 2, top, _ICON, _ICON)
        draw_icon(p, icon, self.name, colour)
        word = QRectF(4, icon.bottom() + 2, rect.width() - 8, 22)
        paint.label(p, word, self.text(), 11, colour=colour, flags=paint.CENTRE)
        if self.hasFocus():
            paint.focus_ring(p, rect)


class Navigation(QWidget):
    """All pages by id, title and key; ``chosen`` carries the id of the one that was tapped."""

    chosen = Signal(str)

    def __init__(self, pages: Sequence[tuple[str, str, int]], last: tuple[str, str]) -> None:
        super().__init__()
        self.setAccessibleName(tr("Pages"))
        self._group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 8)
        column.setSpacing(0)
        for name, title, key in pages:
            column.addWidget(self._button(PageButton(name, title, key)))
        column.addStretch(1)
        column.addWidget(self._button(PageButton(*last, None)))
        look().changed.connect(self._relook)

    def show_page(self, name: str) -> None:
        """Mark the page that is shown; none for one that has no button."""
        self._group.setExclusive(False)
        for button in self._group.buttons():
            if isinstance(button, PageButton):
                button.setChecked(button.name == name)
        self._group.setExclusive(True)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p = QPainter(self)
        p.fillRect(self.rect(), theme().background)
        p.fillRect(self.width() - 1, 0, 1, self.height(), theme().line)

    def _button(self, button: PageButton) -> PageButton:
        self._group.addButton(button)
        button.clicked.connect(lambda: self.chosen.emit(button.name))
        return button

    def _relook(self) -> None:
        for button in self._group.buttons():
            button.updateGeometry()
        self.update()
