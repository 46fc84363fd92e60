"""What stands around the curves: titles, values at the rules, times, names, marks, the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QStaticText

from console.ui import formats, paint
from console.ui.curves.axis import TimeAxis
from console.ui.curves.layout import Layout
from console.ui.curves.model import Curve, Grid, Mark, Readout, Strip
from console.ui.curves.picture import Scale
from console.ui.curves.reading import number_and_unit
from console.ui.theme import font, theme

_ROW_TWO, _ROW_ONE = 38, 20
_SAMPLE = 20
_MARK = 16
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


# ---- what stays --------------------------------------------------------------------------------


def draw_frame(p: QPainter, layout: Layout, scales: Sequence[Scale]) -> None:
    """Draw titles and the values at the rules."""
    for scale, plot, title in zip(scales, layout.plots, layout.titles, strict=True):
        strip = scale.strip
        unit = formats.unit(strip.unit)
        if layout.compact:
            paint.label(p, QRectF(title), strip.title, 11, colour=theme().muted)
        else:
            paint.label(p, QRectF(title), strip.title, 11, bold=True)
            offset = _title_width(strip)
            paint.label(p, QRectF(title).adjusted(offset, 0, 0, 0), unit, 11, colour=theme().muted)
            _draw_values(p, scale, plot)
        p.setPen(QPen(theme().line, 1))
        p.drawLine(plot.left() - 1, plot.top(), plot.left() - 1, plot.bottom())


def _title_width(strip: Strip) -> float:
    return QFontMetricsF(font(11, bold=True)).horizontalAdvance(strip.title) + 8


def _draw_values(p: QPainter, scale: Scale, plot: QRect) -> None:
    decimals = rule_decimals(scale.grid)
    height = QFontMetricsF(font(11)).height()
    last = float("inf")
    for value in scale.grid:
        share = (value - scale.low) / (scale.high - scale.low)
        y = plot.bottom() - share * (plot.height() - 1)
        box = QRectF(0, y - height / 2, plot.left() - 6, height)
        box.moveTop(min(max(box.top(), plot.top() - 4), plot.bottom() - height + 4))
        if last - box.top() >= height * 0.95:
            text = formats.decimal(value, decimals)
            paint.label(p, box, text, 11, colour=theme().muted, flags=paint.RIGHT)
            last = box.top()


def rule_decimals(values: Sequence[float]) -> int:
    """Return how many decimals tell these values apart and show them whole."""
    for decimals in range(4):
        if all(
            abs(value - round(value, decimals)) < 10.0**-6 * max(1.0, abs(value))
            for value in values
        ):
            return decimals
    return 4


# ---- what moves --------------------------------------------------------------------------------


def draw_axis(
    p: QPainter, layout: Layout, grid: Grid, axis: TimeAxis, note: str, taken: QRectF
) -> None:
    """Draw times below the strips, in a second line days or years, and a note at its right end.

    Times that would lie under ``taken``, the cursor's own, are left out.
    """
    area, plot = layout.axis, layout.area
    p.fillRect(area, theme().panel)
    p.setPen(QPen(theme().line, 1))
    p.drawLine(plot.left(), area.top(), plot.right(), area.top())
    p.setFont(font(11))
    first_y, second_y = area.top() + 4, area.top() + 19
    begins = [(plot.left(), _static(axis.begins))] if axis.begins else []
    for tick in axis.ticks:
        x = x_of(tick.utc_us, grid, plot)
        if x < plot.left():
            continue
        p.fillRect(QRect(round(x), area.top(), 1, 4), theme().line)
        text = _static(tick.text)
        half = text.size().width() / 2
        box = QRectF(x - half - 4, area.top(), 2 * half + 8, 20)
        if x + half <= area.right() and not box.intersects(taken):
            p.setPen(theme().muted)
            p.drawStaticText(QPointF(x - half, first_y), text)
        if tick.begins:
            begins.append((round(x - half), _static(tick.begins)))
    p.setPen(theme().text)
    for number, (left, text) in enumerate(begins):
        room = begins[number + 1][0] - left if number + 1 < len(begins) else area.right() - left
        if text.size().width() + 8 <= room:
            p.drawStaticText(QPointF(left, second_y), text)
    if note:
        box = QRectF(plot.right() - 320, second_y, 320, 18)
        p.fillRect(box, theme().panel)
        paint.label(p, box, note, 11, colour=theme().muted, flags=paint.RIGHT)


@lru_cache(maxsize=512)
def _static(text: str) -> QStaticText:
    """Return a text whose layout is kept: the same times are drawn again and again."""
    made = QStaticText(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.prepare(font=font(11))
    return made


def x_of(utc_us: float, grid: Grid, plot: QRect) -> float:
    """Return where in the widget a moment is."""
    span = grid.step_us * grid.count
    return plot.left() + (utc_us - grid.start_us) / span * plot.width()


def draw_marks(p: QPainter, layout: Layout, grid: Grid, marks: Sequence[Mark]) -> None:
    """Draw the marks in view above the strips; of those that overlap, the gravest is on top."""
    lane = layout.lane
    p.fillRect(QRect(0, lane.top(), lane.right() + 64, lane.height()), theme().panel)
    for mark in sorted(marks, key=lambda mark: -(mark.priority or 9)):
        x = round(x_of(mark.utc_us, grid, lane))
        if mark.until_us is not None and mark.priority:
            end = min(round(x_of(mark.until_us, grid, lane)), lane.right())
            start = max(x, lane.left())
            if end > start:
                colour = theme().priority[mark.priority] if mark.active else theme().normal
                p.fillRect(QRect(start, lane.bottom() - 3, end - start, 3), colour)
        if lane.left() <= x <= lane.right():
            _draw_mark(p, QPoint(x, lane.top() + 1), mark)


def _draw_mark(p: QPainter, at: QPoint, mark: Mark) -> None:
    box = QRectF(at.x() - _MARK / 2, at.y(), _MARK, _MARK)
    if mark.priority:
        p.fillRect(box, theme().panel)
        paint.priority_mark(p, box, mark.priority, quiet=not mark.active)
        return
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(theme().muted)
    x, y = at.x(), at.y() + 6
    p.drawPolygon([QPoint(x - 4, y), QPoint(x + 4, y), QPoint(x, y + 8)])


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
    room = box.width() - _title_width(strip) - unit
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


def draw_cursor(
    p: QPainter, layout: Layout, x: int, text: str, dots: Sequence[tuple[int, QColor]]
) -> None:
    """Draw the line of the cursor, a dot on each curve, and its time on the axis."""
    area = layout.area
    p.setPen(QPen(theme().text, 1))
    p.drawLine(x, area.top(), x, area.bottom())
    for y, colour in dots:
        p.fillRect(QRect(x - 3, y - 3, 7, 7), theme().panel)
        p.fillRect(QRect(x - 2, y - 2, 5, 5), colour)
    box = cursor_box(layout, x, text)
    p.fillRect(box, theme().text)
    paint.label(p, box, text, 11, colour=theme().panel, flags=paint.CENTRE)


def cursor_box(layout: Layout, x: float, text: str) -> QRectF:
    """Return where on the axis the cursor's time stands."""
    metric = QFontMetricsF(font(11))
    width = metric.horizontalAdvance(text) + 12
    left = min(max(x - width / 2, layout.axis.left() + 2), layout.axis.right() - width)
    return QRectF(left, layout.axis.top() + 1, width, metric.height() + 2)


def draw_selection(p: QPainter, layout: Layout, left: int, right: int) -> None:
    """Draw the edges of the chosen range and a bar along the axis."""
    area = layout.area
    left, right = max(left, area.left()), min(right, area.right())
    if right < left:
        return
    colour = theme().focus
    for x in (left, right):
        p.fillRect(QRect(x, area.top(), 2, area.height()), colour)
    p.fillRect(QRect(left, layout.axis.top(), right - left + 2, 4), colour)
