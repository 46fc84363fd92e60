"""The sections of an order's panel: a heading, rich text, and the buttons that belong to it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from console.ui import paint
from console.ui.controls import Button
from console.ui.theme import font, look, metrics, theme
from console.ui.work.order_offers import Offer

_HEAD = 30
_WIDEST = 216


class Section(QWidget):
    """A heading over a text, with the buttons of what may be done about it."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self._html = ""
        self.setAccessibleName(title)
        self.text = QLabel()
        self.text.setFont(font(11))
        self.text.setWordWrap(True)
        self.text.setMinimumWidth(1)
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.hide()
        self.row = OfferButtons(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, _HEAD, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.text)
        column.addWidget(self.row)
        look().changed.connect(self.update)

    def say(self, html: str) -> None:
        """Show another text; the same one costs nothing."""
        if html != self._html:
            self._html = html
            self.text.setText(html)
            self.text.setVisible(bool(html))
        self.setVisible(bool(html) or self.row.has_any)

    @property
    def html(self) -> str:
        """What is shown."""
        return self._html

    def paintEvent(self, _event: QPaintEvent) -> None:
        p = QPainter(self)
        paint.label(p, QRectF(0, 0, self.width(), 22), self._title, 11, bold=True)
        p.fillRect(QRectF(0, 24, self.width(), 1), theme().line)


class OfferButtons(QWidget):
    """Buttons of offers side by side, in as many rows as there is need of.

    ``pressed`` carries the key of an offer. What cannot be done is greyed; why is said elsewhere
    and to a screen reader.
    """

    pressed = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.buttons: dict[str, Button] = {}
        self._shown: tuple[tuple[str, str, bool], ...] = ()
        self._across = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look().changed.connect(self._arrange)

    @property
    def has_any(self) -> bool:
        """Whether there is a button."""
        return bool(self.buttons)

    def offer(self, offers: Sequence[Offer]) -> None:
        """Show these; buttons are made anew only where they are other ones."""
        shown = tuple((one.key, one.title, one.is_next) for one in offers)
        if shown != self._shown:
            self._shown = shown
            self._make(offers)
        for one in offers:
            button = self.buttons[one.key]
            button.setEnabled(not one.why_not)
            button.setAccessibleDescription(one.why_not)
        self.setVisible(bool(offers))

    def _make(self, offers: Sequence[Offer]) -> None:
        had = next((key for key, button in self.buttons.items() if button.hasFocus()), "")
        for old in self.buttons.values():
            old.hide()
            self._grid.removeWidget(old)
            old.deleteLater()
        self.buttons = {}
        for one in offers:
            button = self.buttons[one.key] = Button(one.title, primary=one.is_next)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setMaximumWidth(max(_WIDEST, button.sizeHint().width()))
            button.clicked.connect(lambda _=False, key=one.key: self.pressed.emit(key))
        self._across = 0
        self._arrange()
        before: QWidget = self
        for button in self.buttons.values():
            self.setTabOrder(before, button)
            before = button
        if had and self.buttons:
            kept = self.buttons.get(had) or next(iter(self.buttons.values()))
            kept.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """As many side by side as the widest of them allows."""
        if not self.buttons:
            return
        widest = max(button.sizeHint().width() for button in self.buttons.values())
        across = max(min((self.width() + 8) // (widest + 8), len(self.buttons)), 1)
        if across == self._across:
            return
        self._across = across
        for number, button in enumerate(self.buttons.values()):
            self._grid.addWidget(button, number // across, number % across)
        for column in range(self._grid.columnCount() + 1):
            self._grid.setColumnStretch(column, int(column >= across) * 100 or 1)
        rows = -(-len(self.buttons) // across)
        self.setFixedHeight(rows * (metrics().target + 8) - 8)
        self.updateGeometry()


class TwoColumns(QWidget):
    """Two columns of sections where there is room, else one below the other."""

    _WIDE = 760

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.left, self.right = QVBoxLayout(), QVBoxLayout()
        self._both = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._both.setContentsMargins(0, 0, 8, 0)
        for column in (self.left, self.right):
            column.setSpacing(16)
            self._both.addLayout(column, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= self._WIDE
        direction = QBoxLayout.Direction
        self._both.setDirection(direction.LeftToRight if wide else direction.TopToBottom)
        self._both.setSpacing(32 if wide else 16)
