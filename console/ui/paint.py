"""What pages draw with a QPainter: texts, marks, hatching, bars and GPU cells.

Every colour comes from the theme at the moment of painting. Nothing here has colour while the
value is normal (ISA-101); what is abnormal has a colour, a shape and a number at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from console.ui.theme import font, theme
from drivers.points import Limit, Point, Quality, Reading

Align = Qt.AlignmentFlag
LEFT = Align.AlignLeft | Align.AlignVCenter
RIGHT = Align.AlignRight | Align.AlignVCenter
CENTRE = Align.AlignCenter

_BAND_LOW, _BAND_HIGH = 0.3, 0.7
"""Where an aligned bar shows the limits next to normal, so that bars can be compared."""


@dataclass(frozen=True, slots=True)
class GpuCell:
    """One GPU in a strip: share of its thermal margin left (0 to 1, None unknown), and its state.

    ``priority`` is that of its worst active alarm, 0 without one; ``group`` the slot it sits in.
    """

    margin: float | None
    lost: bool = False
    throttled: bool = False
    priority: int = 0
    group: int = 0


# ---- texts ---------------------------------------------------------------------------------


def elided(
    p: QPainter, rect: QRectF, text: str, flags: Qt.AlignmentFlag = LEFT, *, middle: bool = False
) -> None:
    """Draw one line in the painter's font and pen, shortened by an ellipsis where needed."""
    mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
    fits = QFontMetricsF(p.font()).elidedText(text, mode, rect.width())
    p.drawText(rect, int(flags | Qt.TextFlag.TextSingleLine), fits)


def label(
    p: QPainter,
    rect: QRectF,
    text: str,
    points: int = 11,
    *,
    colour: QColor | None = None,
    flags: Qt.AlignmentFlag = LEFT,
    bold: bool = False,
) -> None:
    """Draw one elided line at an allowed size, in the text colour unless told otherwise."""
    p.setFont(font(points, bold=bold))
    p.setPen(colour or theme().text)
    elided(p, rect, text, flags)


def value(
    p: QPainter,
    rect: QRectF,
    number: str,
    unit: str,
    points: int = 20,
    *,
    colour: QColor | None = None,
    flags: Qt.AlignmentFlag = LEFT,
) -> None:
    """Draw a number and, smaller and greyer on the same baseline, its unit."""
    big, small = font(points, bold=points >= 20), font(_unit_points(points))
    big_m, small_m = QFontMetricsF(big), QFontMetricsF(small)
    gap = small_m.horizontalAdvance(" ") if unit else 0.0
    number_w = big_m.horizontalAdvance(number)
    width = number_w + gap + small_m.horizontalAdvance(unit)
    left = rect.left()
    if flags & Align.AlignRight:
        left = rect.right() - width
    elif flags & Align.AlignHCenter:
        left = rect.center().x() - width / 2
    baseline = round(rect.center().y() + big_m.capHeight() / 2)
    p.setFont(big)
    p.setPen(colour or theme().value)
    p.drawText(QPointF(left, baseline), number)
    p.setFont(small)
    p.setPen(theme().muted)
    p.drawText(QPointF(left + number_w + gap, baseline), unit)


def _unit_points(points: int) -> int:
    return {32: 16, 20: 13}.get(points, 11)


# ---- marks ---------------------------------------------------------------------------------


def ink_on(colour: QColor) -> QColor:
    """Return black or white, whichever reads better on a colour (WCAG relative luminance)."""
    return QColor("#000000") if luminance(colour) > 0.179 else QColor("#FFFFFF")


def luminance(colour: QColor) -> float:
    """Return the WCAG relative luminance of a colour, 0 to 1."""

    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    r, g, b = (linear(c) for c in (colour.redF(), colour.greenF(), colour.blueF()))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def priority_mark(
    p: QPainter, rect: QRectF, priority: int, *, filled: bool = True, quiet: bool = False
) -> None:
    """Draw a priority's own shape with its number: 1 square, 2 triangle, 3 diamond, 4 circle.

    ``filled=False`` draws the outline only (the dark half of a blink), ``quiet`` in grey (a count
    of none). Meant for 14 px and more.
    """
    colour = theme().muted if quiet else theme().priority[priority]
    solid = filled and not quiet
    side = min(rect.width(), rect.height())
    box = QRectF(0, 0, side, side)
    box.moveCenter(rect.center())
    p.save()
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    p.setPen(QPen(colour, 1.5 if side >= 18 else 1.0))
    p.setBrush(colour if solid else Qt.BrushStyle.NoBrush)
    inside = box.adjusted(1, 1, -1, -1)
    if priority == 4:
        p.drawEllipse(inside)
    else:
        p.drawPolygon(_shape(inside, priority))
    p.setPen(ink_on(colour) if solid else (theme().muted if quiet else theme().text))
    _digit(p, box, priority)
    p.restore()


def _shape(r: QRectF, priority: int) -> QPolygonF:
    if priority == 1:
        r = r.adjusted(r.width() * 0.06, r.height() * 0.06, -r.width() * 0.06, -r.height() * 0.06)
        return QPolygonF([r.topLeft(), r.topRight(), r.bottomRight(), r.bottomLeft()])
    middle = r.center()
    if priority == 2:
        return QPolygonF([QPointF(middle.x(), r.top()), r.bottomRight(), r.bottomLeft()])
    return QPolygonF(
        [
            QPointF(middle.x(), r.top()),
            QPointF(r.right(), middle.y()),
            QPointF(middle.x(), r.bottom()),
            QPointF(r.left(), middle.y()),
        ]
    )


def _digit(p: QPainter, box: QRectF, priority: int) -> None:
    """The number belongs to the drawing, so its size follows the mark, not the type scale."""
    face = QFont(font(11, bold=True))
    share = 0.46 if priority in {2, 3} else 0.58
    face.setPixelSize(max(7, round(box.height() * share)))
    p.setFont(face)
    drop = box.height() * 0.16 if priority == 2 else 0.0
    p.drawText(box.translated(0, drop), int(CENTRE), str(priority))


def hatched(p: QPainter, rect: QRectF) -> None:
    """Fill with the look of bad or stale: diagonal hatching inside a dashed outline."""
    colour = theme().stale
    p.save()
    p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    p.setPen(QPen(colour, 1, Qt.PenStyle.DashLine))
    faint = QColor(colour)
    faint.setAlpha(110)
    p.setBrush(QBrush(faint, Qt.BrushStyle.BDiagPattern))
    p.drawRect(rect.adjusted(0, 0, -1, -1))
    p.restore()


def focus_ring(p: QPainter, rect: QRectF) -> None:
    """Draw the 2 px ring that shows where the keyboard is."""
    p.save()
    p.setPen(QPen(theme().focus, 2))
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 4, 4)
    p.restore()


# ---- bars ----------------------------------------------------------------------------------


def limit_priority(limit: Limit) -> int:
    """Return the priority that crossing a limit has: fatal 1, critical 2, caution 3."""
    return 4 - limit.level.severity


def violated(point: Point, amount: float) -> Limit | None:
    """Return the worst limit that a value is at or beyond, or None."""
    found = [limit for limit in point.limits if limit.violated_by(amount)]
    return max(found, key=lambda limit: limit.level.severity, default=None)


def desired_band(point: Point) -> tuple[float | None, float | None]:
    """Return the innermost lower and upper limit: between them a value is normal."""
    lower = [limit.reading for limit in point.limits if not limit.level.is_upper]
    upper = [limit.reading for limit in point.limits if limit.level.is_upper]
    return max(lower, default=None), min(upper, default=None)


class Scale:
    """Where on a bar a value stands: 0 at its low end, 1 at its high end, never outside.

    A plain scale is linear over the display range. An ``aligned`` one puts the limits next to
    normal at the same two heights in every bar and the usual value (or the middle between them)
    at a half, so that the pointers of healthy values side by side form a line.
    """

    def __init__(self, point: Point, *, aligned: bool = False) -> None:
        low, high = desired_band(point)
        anchors = [(point.low, 0.0), (point.high, 1.0)]
        if aligned and (low is not None or high is not None):
            start = point.low if low is None else low
            end = point.high if high is None else high
            anchors.append(((start + end) / 2 if point.normal is None else point.normal, 0.5))
            anchors += [(low, _BAND_LOW)] if low is not None else []
            anchors += [(high, _BAND_HIGH)] if high is not None else []
            anchors.sort()
        self._at = np.array([at for at, _ in anchors])
        self._share = np.array([share for _, share in anchors])
        if (np.diff(self._at) <= 0).any() or (np.diff(self._share) <= 0).any():
            self._at, self._share = np.array([point.low, point.high]), np.array([0.0, 1.0])

    def __call__(self, amount: float) -> float:
        return float(np.interp(amount, self._at, self._share))


class _Bar:
    """A trough in a rectangle, upright or lying, with a scale along it."""

    def __init__(self, rect: QRectF, scale: Scale, *, horizontal: bool) -> None:
        self.rect = QRectF(rect.toRect())
        self.scale = scale
        self.horizontal = horizontal

    def along(self, share: float) -> float:
        r = self.rect
        if self.horizontal:
            return round(r.left() + share * (r.width() - 1))
        return round(r.bottom() - 1 - share * (r.height() - 1))

    def span(self, start: float, end: float) -> QRectF:
        a, b = sorted((self.along(start), self.along(end)))
        if self.horizontal:
            return QRectF(a, self.rect.top(), b - a + 1, self.rect.height())
        return QRectF(self.rect.left(), a, self.rect.width(), b - a + 1)

    def across(self, share: float, thickness: float, overhang: float) -> QRectF:
        at, r = self.along(share) - math.floor(thickness / 2), self.rect
        if self.horizontal:
            return QRectF(at, r.top() - overhang, thickness, r.height() + 2 * overhang)
        return QRectF(r.left() - overhang, at, r.width() + 2 * overhang, thickness)


def analog_bar(
    p: QPainter,
    rect: QRectF,
    point: Point,
    reading: Reading | None,
    *,
    horizontal: bool = False,
    aligned: bool = False,
    priority: int | None = None,
) -> None:
    """Draw a moving analog indicator: range, desired band, limit ticks and a pointer.

    The band beyond a limit is coloured, with the priority's mark, only while it is violated:
    ``priority`` is that of the active alarm of this point (0 for none); None lets the value alone
    decide. A bad reading is hatched and has no pointer, an uncertain one a hollow pointer. The
    pointer overhangs the rectangle by 3 px on each side.
    """
    bar = _Bar(rect, Scale(point, aligned=aligned), horizontal=horizontal)
    if reading is None or reading.quality is Quality.BAD or reading.value is None:
        hatched(p, bar.rect)
        return
    p.save()
    p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    p.setPen(Qt.PenStyle.NoPen)
    p.fillRect(bar.rect, theme().range)
    low, high = desired_band(point)
    start = 0.0 if low is None else bar.scale(low)
    end = 1.0 if high is None else bar.scale(high)
    if point.limits:
        p.fillRect(bar.span(start, end), theme().desired)
    _violation(p, bar, point, reading.value, priority)
    for limit in point.limits:
        if point.low < limit.reading < point.high:
            p.fillRect(bar.across(bar.scale(limit.reading), 1, 0), theme().muted)
    _pointer(p, bar, bar.scale(reading.value), hollow=reading.quality is Quality.UNCERTAIN)
    p.restore()


def _violation(p: QPainter, bar: _Bar, point: Point, amount: float, priority: int | None) -> None:
    limit = violated(point, amount)
    if priority is None:
        priority = limit_priority(limit) if limit else 0
    if not priority:
        return
    # An alarm may outlast its crossing by the hysteresis: it is shown on the side it is nearer to.
    low, high = desired_band(point)
    middle = ((point.low if low is None else low) + (point.high if high is None else high)) / 2
    upper = limit.level.is_upper if limit else amount >= middle
    edge = high if upper else low
    if edge is None:
        return
    zone = bar.span(bar.scale(edge), 1.0 if upper else 0.0)
    p.fillRect(zone, theme().priority[priority])


def _pointer(p: QPainter, bar: _Bar, share: float, *, hollow: bool) -> None:
    head = bar.across(share, 5, 3)
    p.fillRect(head.adjusted(-1, -1, 1, 1), theme().panel)
    p.fillRect(head, theme().text)
    if hollow:
        p.fillRect(head.adjusted(1, 1, -1, -1), theme().panel)


# ---- GPU cells -----------------------------------------------------------------------------


def gpu_cells(p: QPainter, rect: QRectF, cells: Sequence[GpuCell], *, widest: float = 16) -> None:
    """Draw GPUs in order, each filled from below by the thermal margin it has left.

    A lost GPU is a hollow dashed cell with a cross; an unknown margin is hatched; a throttled GPU
    has a notch on top; an alarm has its priority's mark, or its edge where a cell is too small.
    """
    p.save()
    p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for cell, box in zip(cells, cell_rects(rect, [c.group for c in cells], widest), strict=True):
        _cell(p, box, cell)
    p.restore()


def cell_rects(rect: QRectF, groups: Sequence[int], widest: float = 16) -> list[QRectF]:
    """Return a box per cell, in as few rows as allow 4 px a cell, with a gap between groups."""
    if not groups:
        return []
    rows = 1
    while rows < 4 and rect.width() * rows < 5 * len(groups) and rect.height() >= 6 * (rows + 1):
        rows += 1
    per_row = -(-len(groups) // rows)
    height = math.floor(rect.height() / rows)
    boxes: list[QRectF] = []
    for row in range(rows):
        mine = groups[row * per_row : (row + 1) * per_row]
        top = math.floor(rect.top()) + row * height
        line = QRectF(math.floor(rect.left()), top, rect.width(), height - (rows > 1))
        boxes += _row_of_cells(line, mine, per_row, widest)
    return boxes


def _row_of_cells(line: QRectF, groups: Sequence[int], per_row: int, widest: float) -> list[QRectF]:
    starts = [0, *(int(a != b) for a, b in pairwise(groups))]
    pitch = min(widest, math.floor((line.width() - 3 * sum(starts) + 1) / per_row))
    gaps = np.cumsum(starts) * 3
    return [
        QRectF(line.left() + i * pitch + gaps[i], line.top(), max(pitch - 1, 1), line.height())
        for i in range(len(groups))
    ]


def _cell(p: QPainter, box: QRectF, cell: GpuCell) -> None:
    look = theme()
    outline = box.adjusted(0, 0, -1, -1)
    if cell.lost:
        p.setPen(QPen(look.priority[cell.priority] if cell.priority else look.stale, 1))
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.drawRect(outline)
        p.drawLine(outline.topLeft(), outline.bottomRight())
        return
    if cell.margin is None:
        hatched(p, box)
    else:
        p.fillRect(box, look.range)
        filled = round(box.height() * min(max(cell.margin, 0.0), 1.0))
        p.fillRect(box.adjusted(0, box.height() - filled, 0, 0), look.normal)
    if cell.throttled:
        p.fillRect(QRectF(box.left(), box.top(), box.width(), 3), look.text)
    if cell.priority:
        _alarmed_cell(p, box, cell.priority)


def _alarmed_cell(p: QPainter, box: QRectF, priority: int) -> None:
    p.setPen(QPen(theme().priority[priority], 1))
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawRect(box.adjusted(0, 0, -1, -1))
    if box.width() >= 12:
        priority_mark(p, QRectF(box.center().x() - 7, box.center().y() - 7, 14, 14), priority)
