"""Small trends for tiles, by the same raster as the curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from console.ui.raster import Band, Floats, Pixels, lone_points, paint_spans, spans, thicken
from console.ui.theme import theme

_DOTS = 3
_SOLID = 0xFF000000


def spark(
    p: QPainter,
    rect: QRectF,
    past: Floats,
    low: float,
    high: float,
    limits: Sequence[float] = (),
) -> None:
    """Draw the recent past over a fixed range: ``past`` is shape (2, n), lowest and highest.

    Limits inside the range are dotted lines; a slice without a good value is a gap. What lies
    beyond the range is a thicker line at its edge.
    """
    area = rect.toRect()
    ratio = p.device().devicePixelRatio()
    width, height = round(area.width() * ratio), round(area.height() * ratio)
    if width < 2 or height < 2 or not past.shape[1] or high <= low:
        return
    pixels: Pixels = np.zeros((height, width), np.uint32)
    for limit in limits:
        if low < limit < high:
            row = round((high - limit) / (high - low) * (height - 1))
            pixels[row, ::_DOTS] = theme().line.rgb() | _SOLID
    _line(pixels, past, low, high, max(round(ratio), 1))
    kind = QImage.Format.Format_ARGB32_Premultiplied
    image = QImage(pixels.data, width, height, pixels.strides[0], kind)
    p.drawImage(QRectF(area), image, QRectF(0, 0, width, height))


def _line(pixels: Pixels, past: Floats, low: float, high: float, thickness: int) -> None:
    """Put each slice at its middle column, or the extremes of those that share a column."""
    height, width = pixels.shape
    slices = past.shape[1]
    at = ((np.arange(slices) + 0.5) * width / slices).astype(np.int64)
    least, most = np.full((1, width), np.nan), np.full((1, width), np.nan)
    if slices > width:
        np.fmin.at(least[0], at, past[0])
        np.fmax.at(most[0], at, past[1])
    else:
        least[0, at], most[0, at] = past
    reason = np.zeros((1, width), np.uint8)
    reason[0, at] = np.isnan(least[0, at])
    slope = -(height - 1) / (high - low)
    band = Band(
        np.array([[height - 1 - low * slope]]),
        np.array([[slope]]),
        np.array([[0]], np.int32),
        np.array([[height - 1]], np.int32),
    )
    apart = np.array([[-(-width // slices) + 1]], np.int64)
    lines = spans(least, most, reason, band, apart, np.array([[False]]))
    lone_points(lines)
    ink = np.array([theme().muted.rgb() | _SOLID], np.uint32)
    paint_spans(thicken(lines, thickness), ink, pixels)
