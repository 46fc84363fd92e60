"""Figures of the side panel: big numbers with what the step needs, quality and age."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.text import tr
from console.ui import formats, paint
from console.ui.guided.side_plan import Figure
from console.ui.theme import font, look, theme
from drivers.points import Quality, Reading
from procedures.checks import Comparison
from procedures.units import converted

PAD = 12
_FIRST, _ROW = 78, 56
_NAME = 20
_BAR_W = 96
_NO_AGE_S = 1.0
"""Below this a value is of now, and its age would only flicker."""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One point ready to be drawn. ``reading`` is None where the part has no such point now.

    ``need`` is what the step needs of it, in words; ``is_met`` None where the step needs nothing.
    """

    name: str
    reading: Reading | None
    text: str
    unit: str
    age: str
    need: str = ""
    is_met: bool | None = None
    priority: int = 0

    @property
    def is_bad(self) -> bool:
        """Whether there is no value to be trusted."""
        return self.reading is None or self.reading.quality is Quality.BAD

    @property
    def is_word(self) -> bool:
        """Whether it is a state and not a number."""
        return self.reading is not None and bool(
            self.reading.point.states or self.reading.point.flags
        )


def figure_row(
    name: str, reading: Reading | None, figure: Figure, now_s: float, priority: int = 0
) -> FigureRow:
    """Return a point ready to be drawn; ``now_s`` is the monotonic clock.

    A need is met only by a good value that is not older than the step allows.
    """
    need, wanted = figure.need, need_text(figure.need)
    is_fresh = reading is not None and now_s - reading.time.mono_s <= figure.max_age_s
    is_met = None if need is None else is_fresh and is_met_by(need, reading)
    if reading is None:
        return FigureRow(name, None, formats.NOTHING, "", tr("not fitted"), wanted, is_met)
    text = formats.number(reading)
    is_plain = not (reading.point.states or reading.point.flags) and text != formats.NOTHING
    unit = formats.unit(reading.point.unit) if is_plain else ""
    return FigureRow(name, reading, text, unit, age_text(reading, now_s), wanted, is_met, priority)


def age_text(reading: Reading, now_s: float) -> str:
    """Return how old a value is and why it is not good; nothing of one that is good and of now."""
    old_s = now_s - reading.time.mono_s
    told = [formats.reason_text(reading.reason)] if reading.reason else []
    told += [formats.age(old_s)] if old_s >= _NO_AGE_S else []
    return ", ".join(told)


def need_text(need: Comparison | None) -> str:
    """Return what a comparison needs: ``needs ≤ 50 °C``."""
    if need is None:
        return ""
    if need.state:
        word = formats.translated_name(need.state)
        return tr("needs {limit}", limit=word if need.operator == "==" else f"≠ {word}")
    unit = formats.unit(need.unit)
    ends = [f"{end:g}" for end in (need.low, need.high) if end is not None]
    if need.operator == "between":
        limit = f"{ends[0]} – {ends[-1]}"
    else:
        sign = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠"}.get(need.operator, need.operator)
        limit = f"{sign} {ends[0]}"
    return tr("needs {limit}", limit=f"{limit} {unit}".strip())


def is_met_by(need: Comparison, reading: Reading | None) -> bool:
    """Whether a reading is what a comparison needs; only a good value may be."""
    if reading is None or reading.value is None or reading.quality is not Quality.GOOD:
        return False
    if need.state:
        return need.accepts_word(reading.point.words(reading.value) or f"{reading.value:g}")
    value = converted(reading.value, reading.point.unit, need.unit)
    return value is not None and need.accepts(value)


class Figures(QWidget):
    """Points below each other, the first one largest; those that do not fit are left out."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[FigureRow, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setAccessibleName(tr("Live values"))
        look().changed.connect(self.update)

    @property
    def rows(self) -> tuple[FigureRow, ...]:
        """What is shown."""
        return self._rows

    def show_rows(self, rows: Sequence[FigureRow]) -> None:
        """Show these points; nothing is drawn where nothing changed."""
        wanted = tuple(rows)
        if wanted == self._rows:
            return
        is_other = len(wanted) != len(self._rows)
        self._rows = wanted
        self.setAccessibleDescription("; ".join(_spoken(row) for row in wanted))
        if is_other:
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, sum(self._heights()))

    def minimumSizeHint(self) -> QSize:
        return QSize(220, next(self._heights(), 0))

    def _heights(self) -> Iterator[int]:
        """Only the first one is large, and only if it is a number."""
        for number, row in enumerate(self._rows):
            yield _FIRST if number == 0 and not row.is_word else _ROW

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, top = QPainter(self), 0
        for row, height in zip(self._rows, self._heights(), strict=True):
            if top + height > self.height() + 1:
                return
            box = QRectF(0, top, self.width(), height)
            _draw(p, box, row, 32 if height == _FIRST else 20)
            top += height


def _spoken(row: FigureRow) -> str:
    parts = (f"{row.name} {row.text} {row.unit}".strip(), row.age, row.need)
    return ", ".join(part for part in parts if part)


def _draw(p: QPainter, box: QRectF, row: FigureRow, points: int) -> None:
    t = theme()
    p.fillRect(QRectF(box.left() + PAD, box.bottom() - 1, box.width() - 2 * PAD, 1), t.line)
    inside = box.adjusted(PAD, 6, -PAD, -6)
    line = QRectF(inside.left(), inside.top(), inside.width(), _NAME)
    age_w = QFontMetricsF(font(11)).horizontalAdvance(row.age) + 8 if row.age else 0.0
    age_w = min(age_w, line.width() * 0.6)
    paint.label(p, line.adjusted(0, 0, -age_w, 0), row.name, 11, colour=t.muted)
    paint.label(
        p,
        QRectF(line.right() - age_w, line.top(), age_w, _NAME),
        row.age,
        11,
        colour=t.text if row.is_bad else t.muted,
        flags=paint.RIGHT,
    )
    place = QRectF(inside.left(), line.bottom(), inside.width(), inside.bottom() - line.bottom())
    if row.is_bad:
        paint.hatched(p, QRectF(place.left(), place.top() + 1, 84, place.height() - 2))
        place.setLeft(place.left() + 8)
    paint.value(p, place, row.text, row.unit, points)
    _right(p, place, row)


def _right(p: QPainter, place: QRectF, row: FigureRow) -> None:
    """What the step needs, with a mark; else a bar where the value has a range."""
    side = QRectF(place.right() - _BAR_W, place.top(), _BAR_W, place.height())
    if row.need:
        text_w = QFontMetricsF(font(11)).horizontalAdvance(row.need)
        right = QRectF(place.right() - text_w - 1, place.bottom() - 20, text_w + 1, 20)
        paint.label(p, right, row.need, 11, flags=paint.RIGHT)
        met_mark(p, QRectF(right.left() - 22, right.top() + 2, 16, 16), is_met=bool(row.is_met))
        return
    reading = row.reading
    if reading is None or row.is_bad or row.is_word or not reading.point.limits:
        return
    bar = QRectF(side.left(), side.center().y() - 4, side.width(), 8)
    paint.analog_bar(p, bar, reading.point, reading, horizontal=True, priority=row.priority)


def met_mark(p: QPainter, r: QRectF, *, is_met: bool) -> None:
    """Draw a tick for met, an open ring for not yet."""
    p.save()
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(theme().text, 2)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    p.setPen(pen)
    p.setBrush(Qt.BrushStyle.NoBrush)
    if is_met:
        middle = QPointF(r.left() + r.width() * 0.4, r.bottom() - 3)
        start, end = QPointF(r.left() + 2, r.center().y() + 1), QPointF(r.right() - 1, r.top() + 3)
        p.drawPolyline(QPolygonF([start, middle, end]))
    else:
        p.drawEllipse(r.adjusted(3, 3, -3, -3))
    p.restore()
