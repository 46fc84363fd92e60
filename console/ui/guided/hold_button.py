"""A button that must be held: where energy moves, a touch by accident does nothing."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from console.text import tr
from console.ui import formats, paint
from console.ui.controls import frame
from console.ui.theme import font, look, metrics, theme

HOLD_S = 1.5
TARGET_PX = 76
"""20 mm at 96 dpi: the least height of what is pressed in guided work."""
_TICK_MS = 25
_MOST_TICK_S = 0.1
"""A tick counts for no more: while the window was stuck, nobody can know what was let go."""
_RING = 40.0
_THICK = 6.0
_PAD = 18.0
_KEYS = frozenset({Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter})


class HoldButton(QAbstractButton):
    """Press and hold for 1.5 s; ``fired`` then, once. Letting go before cancels.

    Space and Enter are held in the same way. Leaving it with the finger or the focus, hiding or
    disabling it cancels. ``clicked`` means nothing here.
    """

    fired = Signal()

    def __init__(self, text: str, *, hold_s: float = HOLD_S, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hold_s = hold_s
        self._held_s: float | None = None
        self._ticked_s = 0.0
        self._key = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self.setText(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        look().changed.connect(self._relook)

    @property
    def share(self) -> float:
        """How much of the time it has been held, 0 to 1."""
        return 0.0 if self._held_s is None else min(self._held_s / self._hold_s, 1.0)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setAccessibleName(text)
        self.setAccessibleDescription(self._hint())
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        text_w = max(self._width(self.text(), 16, bold=True), self._width(self._hint(), 11))
        width = _PAD + _RING + 14 + text_w + _PAD
        return QSize(round(width), max(metrics().target, TARGET_PX))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(2 * _PAD + _RING + 120), self.sizeHint().height())

    # ---- hands -----------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._begin()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self.rect().contains(event.position().toPoint()):
            self._cancel()
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._cancel()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in _KEYS:
            super().keyPressEvent(event)
        elif not event.isAutoRepeat() and self._held_s is None:
            self._key = event.key()
            self._begin()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() not in _KEYS:
            super().keyReleaseEvent(event)
        elif not event.isAutoRepeat() and event.key() == self._key:
            self._cancel()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._cancel()
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._cancel()
        super().hideEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.EnabledChange:
            self._cancel()
        super().changeEvent(event)

    def _begin(self) -> None:
        self._held_s, self._ticked_s = 0.0, time.monotonic()
        self.setDown(True)
        self._timer.start()
        self.update()

    def _cancel(self) -> None:
        self._timer.stop()
        self._held_s, self._key = None, 0
        self.setDown(False)
        self.update()

    def _tick(self) -> None:
        if self._held_s is None:
            return
        now_s = time.monotonic()
        self._held_s += min(now_s - self._ticked_s, _MOST_TICK_S)
        self._ticked_s = now_s
        self.update()
        if self._held_s >= self._hold_s:
            self._cancel()
            self.fired.emit()

    # ---- looks -----------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        box = QRectF(self.rect())
        fill = t.desired if self.isDown() else t.range
        if not self.isEnabled():
            p.setOpacity(0.6)
        frame(p, box, fill, t.muted, focused=self.hasFocus())
        ring = QRectF(_PAD, box.center().y() - _RING / 2, _RING, _RING)
        self._ring(p, ring)
        ink = t.text if self.isEnabled() else t.muted
        left = ring.right() + 14
        room = QRectF(left, box.center().y() - 24, box.right() - _PAD - left, 28)
        paint.label(p, room, self.text(), 16, colour=ink, bold=True)
        hint = QRectF(left, room.bottom(), room.width(), 20)
        paint.label(p, hint, self._hint(), 11, colour=t.muted)

    def _ring(self, p: QPainter, rect: QRectF) -> None:
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setBrush(Qt.BrushStyle.NoBrush)
        inside = rect.adjusted(_THICK / 2, _THICK / 2, -_THICK / 2, -_THICK / 2)
        p.setPen(QPen(theme().normal, _THICK))
        p.drawEllipse(inside)
        if self.share:
            pen = QPen(theme().text, _THICK)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            p.setPen(pen)
            p.drawArc(inside, 90 * 16, -round(self.share * 360 * 16))
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(theme().text if self.isEnabled() else theme().muted)
        p.drawEllipse(rect.center(), 7.0, 7.0)

    def _hint(self) -> str:
        return tr("Press and hold for {seconds} s", seconds=formats.decimal(self._hold_s, 1))

    def _width(self, text: str, points: int, *, bold: bool = False) -> float:
        return QFontMetricsF(font(points, bold=bold)).horizontalAdvance(text)

    def _relook(self) -> None:
        self.updateGeometry()
        self.update()
