"""Draws our safety signs with a QPainter, from the paths of :mod:`console.pictograms`.

A sign keeps its colours in every theme: they are its meaning (ISO 3864). On a dark ground a thin
light rim keeps the black edge of a triangle apart from what is behind it.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.pictograms import NO_FILL, PathShape, Pictogram, pictogram
from console.svg_path import Segment
from console.ui.theme import look, theme

_BOX = 100.0
_RIM = 5.0


def draw(painter: QPainter, rect: QRectF, name: str) -> None:
    """Draw a sign as large as fits into a rectangle, in its middle; raises KeyError if unknown."""
    sign = pictogram(name)
    side = min(rect.width(), rect.height())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.center().x() - side / 2, rect.center().y() - side / 2)
    painter.scale(side / _BOX, side / _BOX)
    if theme().dark:
        _shrink(painter)
        _rim(painter, sign.layers[0], _paths(name)[0])
    for shape, path in zip(sign.layers, _paths(name), strict=True):
        _paint(painter, shape, path)
    painter.restore()


def painter_path(segments: tuple[Segment, ...]) -> QPainterPath:
    """Return segments as a path of Qt, filled by the even-odd rule."""
    path = QPainterPath()
    for segment in segments:
        match segment:
            case ("M", x, y):
                path.moveTo(x, y)
            case ("L", x, y):
                path.lineTo(x, y)
            case ("C", x1, y1, x2, y2, x, y):
                path.cubicTo(x1, y1, x2, y2, x, y)
            case _:
                path.closeSubpath()
    return path


@cache
def _paths(name: str) -> tuple[QPainterPath, ...]:
    sign: Pictogram = pictogram(name)
    return tuple(painter_path(shape.segments) for shape in sign.layers)


def _paint(p: QPainter, shape: PathShape, path: QPainterPath) -> None:
    p.setBrush(Qt.BrushStyle.NoBrush if shape.fill == NO_FILL else QColor(shape.fill))
    p.setPen(_pen(shape.line, shape.width) if shape.width else Qt.PenStyle.NoPen)
    p.drawPath(path)


def _pen(colour: str | QColor, width: float) -> QPen:
    pen = QPen(QColor(colour), width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def _shrink(p: QPainter) -> None:
    """Leave room for the rim."""
    middle, scale = _BOX / 2, _BOX / (_BOX + _RIM)
    p.translate(middle, middle)
    p.scale(scale, scale)
    p.translate(-middle, -middle)


def _rim(p: QPainter, outermost: PathShape, path: QPainterPath) -> None:
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.setPen(_pen(theme().text, outermost.width + _RIM))
    p.drawPath(path)


class PictogramView(QWidget):
    """One sign as a widget of a fixed size, with its name for screen readers."""

    def __init__(self, name: str, spoken: str, side: int = 48) -> None:
        super().__init__()
        self._name, self._side = name, side
        self.setAccessibleName(spoken)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        look().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(self._side, self._side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        draw(QPainter(self), QRectF(self.rect()), self._name)
