"""The buttons of what can be done, each as wide as its words, in as many rows as it takes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.ui.controls import Button
from console.ui.theme import look, metrics
from console.ui.work.order_offers import Offer

_GAP = 8


class ActionRow(QWidget):
    """``pressed`` carries the key of an offer. What cannot be done is greyed."""

    pressed = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.buttons: dict[str, Button] = {}
        self._shown: tuple[tuple[str, str, bool], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look().changed.connect(self._arrange)

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
            old.deleteLater()
        self.buttons = {}
        before: QWidget = self
        for one in offers:
            button = self.buttons[one.key] = Button(one.title, primary=one.is_next, parent=self)
            button.clicked.connect(lambda _=False, key=one.key: self.pressed.emit(key))
            button.show()
            self.setTabOrder(before, button)
            before = button
        self._arrange()
        if had and self.buttons:
            kept = self.buttons.get(had) or next(iter(self.buttons.values()))
            kept.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        return QSize(metrics().target, metrics().target)

    def _arrange(self) -> None:
        left, top, target = 0, 0, metrics().target
        for button in self.buttons.values():
            wide = min(button.sizeHint().width(), max(self.width(), target))
            if left and left + wide > self.width():
                left, top = 0, top + target + _GAP
            button.setGeometry(left, top, wide, target)
            left += wide + _GAP
        self.setFixedHeight(top + target)
        self.updateGeometry()
