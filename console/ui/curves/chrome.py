"""What stands around the curves: titles, values at the rules, times, names, marks, the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QStaticText

from console.ui import formats, paint
from console.ui.curves.axis import TimeAxis
from console.ui.curves.layout import Layout
from console.ui.curves.legend import title_width
from console.ui.curves.model import Grid, Mark
from console.ui.curves.picture import Scale
from console.ui.theme import font, theme

_MARK = 16


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
            offset = title_width(strip)
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
