"""The curves as a picture that stands alone: with the site, the range and the moment over them."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from console.ui import paint
from console.ui.theme import theme

_HEAD = 40
_EDGE = 16


def titled(view: QWidget, left: str, right: str) -> QImage:
    """Return a widget as it is now under a line of two texts, at the screen's own resolution."""
    curves = view.grab()
    ratio = curves.devicePixelRatio()
    size = view.size()
    image = QImage(
        round(size.width() * ratio),
        round((size.height() + _HEAD) * ratio),
        QImage.Format.Format_RGB32,
    )
    image.setDevicePixelRatio(ratio)
    image.fill(theme().panel)
    p = QPainter(image)
    head = QRectF(_EDGE, 0, size.width() - 2 * _EDGE, _HEAD)
    paint.label(p, head, left, 13, bold=True)
    paint.label(p, head, right, 13, flags=paint.RIGHT)
    p.drawPixmap(0, _HEAD, curves)
    p.end()
    return image
