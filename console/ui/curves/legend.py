"""The legend: names and latest values of the curves, beside a strip or in the line of its title."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from console.ui import formats, paint
from console.ui.curves.layout import Layout
from console.ui.curves.model import Curve, Readout, Strip
from console.ui.curves.reading import number_and_unit
from console.ui.theme import font, theme

_ROW_TWO, _ROW_ONE = 38, 20
_SAMPLE = 20
_VALUE = 64
_TIGHT, _LOOSE = (4.0, 12.0, 4.0), (18.0, 20.0, 6.0)
"""Before, along and behind the sample of a curve in the line of a title."""
_PAD, _LEAST_NAME = 4, 20
DASHES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DashDotLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DashDotDotLine,
)


def pen_of(curve: Curve, number: int) -> QPen:
    """Return the hue of a curve and, so that grey print tells a strip's apart, its dash."""
    pens = theme().pens
    pen = QPen(pens[curve.pen % len(pens)], 1, DASHES[number % len(DASHES)])
    pen.setCosmetic(True)
    return pen


def title_width(strip: Strip) -> float:
    """Return how much of its line the title of a strip takes, a space behind it included."""
    return QFontMetricsF(font(11, bold=True)).horizontalAdvance(strip.title) + 8


def _rows(box: QRect, curves: int) -> tuple[int, list[QRectF]]:
    """Return how tall a line of the legend is, and the lines there is room for."""
    if box.width() < 48 or box.height() < 12 or not curves:
        return 0, []
    row = _ROW_TWO if box.height() >= _ROW_TWO * curves else min(_ROW_ONE, box.height())
    room = max(box.height() // row, 1)
    shown = curves if curves <= room else room - 1
    left = box.left() + _SAMPLE + 6
    width = box.right() - left
    return row, [QRectF(left, box.top() + n * row, width, row) for n in range(shown)]


def places(layout: Layout, strips: Sequence[Strip]) -> list[list[Place]]:
    """Return where the curves of each strip are told in the line of its title, if they are."""
    return [
        _inline(strip, box) if layout.inline else []
        for strip, box in zip(strips, layout.legends, strict=True)
    ]


def draw_names(
    p: QPainter, layout: Layout, strips: Sequence[Strip], inline: Sequence[Sequence[Place]]
) -> None:
    """Draw names and samples of the curves beside their strip, as many as there is room for."""
    for strip, box, above in zip(strips, layout.legends, inline, strict=True):
        if layout.inline:
            _draw_names_inline(p, strip, above)
            continue
        row, lines = _rows(box, len(strip.curves))
        for number, (curve, line) in enumerate(zip(strip.curves, lines, strict=False)):
            p.setPen(pen_of(curve, number))
            middle = round(line.top() + (_ROW_ONE / 2 if row == _ROW_TWO else row / 2))
            p.drawLine(box.left(), middle, box.left() + _SAMPLE, middle)
            name = QRectF(line.topLeft(), QSizeF(line.width(), min(row, _ROW_ONE)))
            if row < _ROW_TWO:
                name.setRight(line.right() - _VALUE)
            paint.label(p, name, curve.name, 11, colour=theme().muted)
        if row and len(lines) < len(strip.curves):
            rest = QRectF(box.left(), box.top() + len(lines) * row, box.width(), row)
            text = f"+{len(strip.curves) - len(lines)}"
            paint.label(p, rest, text, 11, colour=theme().muted, flags=paint.RIGHT)


class Place(NamedTuple):
    """Where in the line of a title sample, name and value of a curve are."""

    sample: QRectF
    name: QRectF
    value: QRectF


def _inline(strip: Strip, box: QRect) -> list[Place]:
    """Return the places of the curves in the line of the title, as many as fit, at its right end.

    The widths do not depend on the values: nothing moves as they change. Room that is to spare
    goes between the places, and into longer samples.
    """
    metric = QFontMetricsF(font(11))
    names = [_short_name(strip, curve) for curve in strip.curves]
    wanted = [metric.horizontalAdvance(name) + 1 if name else 0.0 for name in names]
    fixed = [sum(_TIGHT) + _PAD + _widest(metric, strip, curve) for curve in strip.curves]
    unit = metric.horizontalAdvance(formats.unit(strip.unit))
    room = box.width() - title_width(strip) - unit
    while wanted and room < sum(fixed) + sum(min(name, _LEAST_NAME) for name in wanted):
        wanted.pop()
        fixed.pop()
    widths = _shares(wanted, room - sum(fixed))
    spare = room - sum(fixed) - sum(widths)
    share = min(spare / (len(widths) * (sum(_LOOSE) - sum(_TIGHT))), 1.0) if widths else 0.0
    gap, sample, pad = (a + share * (b - a) for a, b in zip(_TIGHT, _LOOSE, strict=True))
    added = gap + sample + pad - sum(_TIGHT)
    x = box.right() + 1 - sum(widths) - sum(fixed) - added * len(widths)
    found = []
    for width, rest in zip(widths, fixed, strict=True):
        edges = [x + gap, x + gap + sample + pad, x + gap + sample + pad + width]
        x += added + width + rest
        found.append(
            Place(
                QRectF(edges[0], box.top(), sample, box.height()),
                QRectF(edges[1], box.top(), width, box.height()),
                QRectF(edges[2], box.top(), x - edges[2], box.height()),
            )
        )
    return found


def _widest(metric: QFontMetricsF, strip: Strip, curve: Curve) -> float:
    """Return how wide a value can be, so that room for it is kept."""
    like = curve.own or strip
    ends = (like.low, like.high) if like.low is not None and like.high is not None else (-9999.0,)
    texts = [formats.decimal(value, like.decimals) for value in ends]
    return max(metric.horizontalAdvance(text) for text in (*texts, formats.NOTHING))


def _short_name(strip: Strip, curve: Curve) -> str:
    """Return a name for the line of the title: not what that says, but a unit that it does not."""
    if curve.own is not None:
        return f"{curve.name} {formats.unit(curve.own.unit)}".rstrip()
    return "" if curve.name == strip.title else curve.name


def _shares(wanted: Sequence[float], room: float) -> list[float]:
    """Return what each gets of the room: short ones all they want, long ones an equal share."""
    order = sorted(range(len(wanted)), key=lambda n: wanted[n])
    found = [0.0] * len(wanted)
    for done, number in enumerate(order):
        found[number] = min(wanted[number], room / (len(wanted) - done))
        room -= found[number]
    return found


def _draw_names_inline(p: QPainter, strip: Strip, above: Sequence[Place]) -> None:
    for number, (curve, place) in enumerate(zip(strip.curves, above, strict=False)):
        p.setPen(pen_of(curve, number))
        middle = round(place.sample.center().y())
        p.drawLine(round(place.sample.left()), middle, round(place.sample.right()), middle)
        if place.name.width() > 0:
            paint.label(p, place.name, _short_name(strip, curve), 11, colour=theme().muted)


def draw_values(
    p: QPainter, box: QRect, readouts: Sequence[Readout], above: Sequence[Place]
) -> None:
    """Draw the values below or beside the names, which are ``above`` if anything is there."""
    row, lines = _rows(box, len(readouts))
    p.setFont(font(11))
    right = int(paint.RIGHT | Qt.TextFlag.TextSingleLine)
    if above:
        row, lines = box.height(), [place.value for place in above]
    for readout, line in zip(readouts, lines, strict=False):
        number, unit = number_and_unit(readout)
        if row == _ROW_TWO:
            below = QRectF(line.left(), line.top() + 18, line.width(), _ROW_ONE)
            paint.value(p, below, number, unit, 13, colour=_ink(readout))
        else:
            p.setPen(_ink(readout))
            p.drawText(line, right, number)


def _ink(readout: Readout) -> QColor:
    return theme().muted if readout.mean is None else theme().value
