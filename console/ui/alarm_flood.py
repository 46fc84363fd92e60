"""What is said while alarms come faster than anybody can read them."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from console.text import tr
from console.ui import paint
from console.ui.controls import Button
from console.ui.theme import look, metrics, theme


class FloodBanner(QWidget):
    """How many have come, that the list is summarised, and the way to see each one all the same."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self.every = Button(tr("Show every alarm"), checkable=True)
        self.words = _Words()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.words, 1)
        row.addWidget(self.every)
        self.hide()

    def show_flood(self, recent: int, *, is_flood: bool) -> None:
        """Appear while there is a flood; after it, the list is as always."""
        if not is_flood:
            if not self.isHidden():
                self.every.setChecked(False)
                self.hide()
            return
        self.words.say(tr("Flood: {n} alarms in the last 10 minutes", n=recent))
        self.show()

    @property
    def summarises(self) -> bool:
        """Whether the list is to be summarised now."""
        return not self.isHidden() and not self.every.isChecked()


class _Words(QWidget):
    """The words on a framed strip, with the sign of a flood before them."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Flood of alarms"))
        look().changed.connect(self.updateGeometry)

    def say(self, text: str) -> None:
        """Say something else."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, metrics().target)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        rect = QRectF(self.rect())
        p.fillRect(rect, t.text)
        inside = rect.adjusted(16, 0, -16, 0)
        paint.label(p, inside, self._text, 13, colour=t.panel, bold=True)
        width = p.fontMetrics().horizontalAdvance(self._text) + 24
        rest = inside.adjusted(width, 0, 0, 0)
        hint = tr("Summarised by tank and group. First causes first.")
        if rest.width() > 120:
            paint.label(p, rest, hint, 11, colour=t.panel, flags=Qt.AlignmentFlag.AlignVCenter)
