"""What stands around the curves: titles, values at the rules, times, names, marks, the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QStaticText

from console.ui import formats, paint
from console.ui.curves.axis import TimeAxis
from console.ui.curves.layout import Layout
from console.ui.curves.model import Curve, Grid, Mark, Readout, Strip
from console.ui.curves.picture import Scale
from console.ui.theme import font, theme
from drivers.points import Reason

_ROW_TWO, _ROW_ONE = 38, 20
_SAMPLE = 20
_MARK = 16
_VALUE = 64
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
            offset = QFontMetricsF(font(11, bold=True)).horizontalAdvance(strip.title) + 8
            paint.label(p, QRectF(title).adjusted(offset, 0, 0, 0), unit, 11, colour=theme().muted)
            _draw_values(p, scale, plot)
        p.setPen(QPen(theme().line, 1))
        p.drawLine(plot.left() - 1, plot.top(), plot.left() - 1, plot.bottom())


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


def draw_names(p: QPainter, layout: Layout, strips: Sequence[Strip]) -> None:
    """Draw names and samples of the curves beside their strip, as many as there is room for."""
    for strip, box in zip(strips, layout.legends, strict=True):
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


def draw_values(p: QPainter, box: QRect, readouts: Sequence[Readout]) -> None:
    """Draw the values below or beside the names."""
    row, lines = _rows(box, len(readouts))
    p.setFont(font(11))
    right = int(paint.RIGHT | Qt.TextFlag.TextSingleLine)
    for readout, line in zip(readouts, lines, strict=False):
        number, unit = readout_text(readout)
        if row == _ROW_TWO:
            below = QRectF(line.left(), line.top() + 18, line.width(), _ROW_ONE)
            paint.value(p, below, number, unit, 13, colour=_ink(readout))
        else:
            p.setPen(_ink(readout))
            p.drawText(line, right, number)


def _ink(readout: Readout) -> QColor:
    return theme().muted if readout.mean is None else theme().value


def readout_text(readout: Readout) -> tuple[str, str]:
    """Return number and unit as shown: ``---`` and why where there is no value."""
    if readout.mean is None:
        why = formats.reason_text(Reason(readout.reason)) if readout.reason else ""
        return formats.NOTHING, why
    return formats.decimal(readout.mean, readout.decimals), formats.unit(readout.unit)


def readout_words(readout: Readout) -> str:
    """Return a readout as a line of a table: ``Inlet: 44.1 °C (43.9 to 44.2)``."""
    number, unit = readout_text(readout)
    words = f"{readout.curve.name}: {number} {unit}".rstrip()
    low, high = readout.minimum, readout.maximum
    if readout.mean is None or low is None or high is None:
        return words
    ends = [formats.decimal(value, readout.decimals) for value in (low, high)]
    return words if ends[0] == ends[1] else f"{words} ({ends[0]} … {ends[1]})"


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
