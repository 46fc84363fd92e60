"""The word TRAINING across every page: seen at once, never in the way of a text or of the mouse."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from console.text import tr
from console.ui import paint
from console.ui.theme import font, look, theme

ALPHA = 18
"""Of 255: plain to see on an empty page, and a tenth of what takes a text below its contrast."""
_ANGLE = -24.0
_GAP = 96.0


class Watermark(QWidget):
    """Painted over a widget, below the alarm strip, which nothing ever covers."""

    def __init__(self, over: QWidget, strip: QWidget) -> None:
        super().__init__(over)
        self._strip = strip
        self.setObjectName("watermark")
        self.setAccessibleName(tr("Training: nothing here is real"))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        over.installEventFilter(self)
        strip.installEventFilter(self)
        look().changed.connect(self.update)
        self._fit()
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kinds = (QEvent.Type.Resize, QEvent.Type.ChildAdded, QEvent.Type.LayoutRequest)
        if event.type() in kinds:
            self._fit()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        p.setClipRect(event.rect())
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(theme().text)
        colour.setAlpha(ALPHA)
        word = tr("TRAINING")
        big = font(32, bold=True)
        p.setFont(big)
        p.setPen(colour)
        width = QFontMetricsF(big).horizontalAdvance(word) + _GAP
        height = QFontMetricsF(big).height() + 2 * _GAP
        p.translate(QPointF(self.rect().center()))
        p.rotate(_ANGLE)
        reach = (self.width() ** 2 + self.height() ** 2) ** 0.5 / 2
        rows, columns = int(reach / height) + 1, int(reach / width) + 2
        for row in range(-rows, rows + 1):
            for column in range(-columns, columns + 1):
                shift = width / 2 if row % 2 else 0.0
                at = QRectF(column * width + shift, row * height, width, height)
                p.drawText(at, int(paint.CENTRE), word)

    def _fit(self) -> None:
        over = self.parentWidget()
        if over is None:
            return
        top = self._strip.height() if self._strip.isVisibleTo(over) else 0
        self.setGeometry(QRect(0, top, over.width(), over.height() - top))
        self.raise_()
