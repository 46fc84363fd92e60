"""The values beside the strips, now or at the cursor: least and greatest, or why there is none.

Each curve stands beside its own strip; what it is compared with stands in the same row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.text import tr
from console.ui import formats, paint
from console.ui.curves import Curve, CurveView, Readout
from console.ui.curves.legend import DASHES, pen_of
from console.ui.theme import font, look, theme
from console.ui.trend_strips import Name
from drivers.points import Point, Reason

WIDTH = 240
_SAMPLE, _GAP, _EDGE = 20, 6, 8
_TALL, _LOW = 38, 19
_HEAD = 20


@dataclass(frozen=True, slots=True)
class Value:
    """What is said of one curve: number, unit, what else there is to say, and the compared number.

    ``compared`` is None where nothing is compared.
    """

    curve: Curve
    number_in_strip: int
    number: str
    unit: str
    more: str
    compared: str | None = None

    @property
    def words(self) -> str:
        """All of it for a screen reader."""
        text = f"{self.curve.name}: {self.number} {self.unit} {self.more}".strip()
        if self.compared is None:
            return text
        return f"{text}; {tr('compared')}: {self.compared} {self.unit}".rstrip()


class TrendValues(QWidget):
    """Reads a view; ``refresh`` repaints where something else is to be said."""

    def __init__(self, view: CurveView, now_us: Callable[[], int]) -> None:
        super().__init__()
        self._view = view
        self._now_us = now_us
        self._points: Mapping[Name, Point] = {}
        self._head = ""
        self._groups: list[tuple[QRect, list[Value]]] = []
        self.setFixedWidth(WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Values"))
        look().changed.connect(self.update)
        view.cursor_moved.connect(lambda _moment: self.refresh())

    @property
    def values(self) -> list[Value]:
        """What is said, from top to bottom."""
        return [value for _, values in self._groups for value in values]

    @property
    def head(self) -> str:
        """Of which moment."""
        return self._head

    def set_points(self, points: Mapping[Name, Point]) -> None:
        """Say of which points the curves are: their states have words."""
        self._points = points
        self.refresh()

    def refresh(self) -> None:
        """Read the view and repaint if something else is to be said."""
        moment = self._view.cursor_us
        if moment is None and not self._view.reach.follows:
            moment = self._view.grid.end_us - 1
        head = tr("Now") if moment is None else formats.clock(moment, self._now_us())
        groups = self._read(moment)
        if (head, groups) != (self._head, self._groups):
            self._head, self._groups = head, groups
            told = "\n".join([head, *(value.words for value in self.values)])
            self.setAccessibleDescription(told)
            self.update()

    def _read(self, moment: int | None) -> list[tuple[QRect, list[Value]]]:
        readouts = self._view.readouts(moment)
        found: list[tuple[QRect, list[Value]]] = []
        at = 0
        for strip, plot in zip(self._view.strips, self._view.plots(), strict=False):
            mine = readouts[at : at + len(strip.curves)]
            at += len(strip.curves)
            found.append((plot, self._values(mine)))
        return found

    def _values(self, readouts: Sequence[Readout]) -> list[Value]:
        values: list[Value] = []
        for number, readout in enumerate(readouts):
            point = self._points.get((readout.curve.part, readout.curve.key))
            told = value_text(readout.mean, readout, point)
            if readout.curve.offset_us and values:
                last = values[-1]
                values[-1] = Value(
                    last.curve, last.number_in_strip, last.number, last.unit, last.more, told
                )
                continue
            is_known = readout.mean is not None and not (point and (point.states or point.flags))
            unit = formats.unit(readout.unit) if is_known else ""
            values.append(Value(readout.curve, number, told, unit, more_text(readout, point)))
        return values

    # ---- painting --------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        p.fillRect(self.rect(), t.panel)
        head = QRectF(_EDGE, 0, self.width() - 2 * _EDGE, _HEAD)
        paint.label(p, head, self._head, 11, bold=True)
        for plot, values in self._groups:
            if values:
                self._paint_group(p, plot, values)

    def _paint_group(self, p: QPainter, plot: QRect, values: Sequence[Value]) -> None:
        height = max(plot.height(), _LOW)
        tall = height >= _TALL * len(values)
        row = _TALL if tall else min(_LOW, height / len(values))
        for number, value in enumerate(values):
            box = QRectF(_EDGE, plot.top() + number * row, self.width() - 2 * _EDGE, row)
            p.setPen(pen_of(value.curve, value.number_in_strip))
            middle = round(box.top() + (_LOW if tall else row) / 2)
            p.drawLine(_EDGE, middle, _EDGE + _SAMPLE, middle)
            inside = box.adjusted(_SAMPLE + _GAP, 0, 0, 0)
            self._paint_tall(p, inside, value) if tall else self._paint_low(p, inside, value)

    def _paint_tall(self, p: QPainter, box: QRectF, value: Value) -> None:
        t = theme()
        above = QRectF(box.left(), box.top(), box.width(), _LOW)
        paint.label(p, above, value.curve.name, 11, colour=t.muted)
        below = QRectF(box.left(), box.top() + _LOW - 1, box.width(), _LOW)
        ink = t.muted if value.number == formats.NOTHING else t.value
        paint.value(p, below, value.number, value.unit, 13, colour=ink)
        used = QFontMetricsF(font(13)).horizontalAdvance(f"{value.number} {value.unit}") + 12
        rest = below.adjusted(used, 1, 0, 0)
        if value.compared is not None:
            self._paint_compared(p, rest, value.compared)
        elif value.more:
            paint.label(p, rest, value.more, 11, colour=t.muted, flags=paint.RIGHT)

    def _paint_low(self, p: QPainter, box: QRectF, value: Value) -> None:
        t = theme()
        text = f"{value.number} {value.unit}".strip()
        if value.number == formats.NOTHING and value.more:
            text = value.more
        ink = t.muted if value.number == formats.NOTHING else t.value
        if value.compared is not None:
            text = f"{value.number} / {value.compared}"
        width = min(QFontMetricsF(font(11)).horizontalAdvance(text) + 2, box.width() * 0.6)
        right = QRectF(box.right() - width, box.top(), width, box.height())
        paint.label(p, right, text, 11, colour=ink, flags=paint.RIGHT)
        name = box.adjusted(0, 0, -width - _GAP, 0)
        paint.label(p, name, value.curve.name, 11, colour=t.muted)

    def _paint_compared(self, p: QPainter, box: QRectF, text: str) -> None:
        p.setPen(QPen(theme().muted, 1, DASHES[1]))
        middle = round(box.center().y())
        p.drawLine(round(box.left()), middle, round(box.left()) + _SAMPLE, middle)
        right = box.adjusted(_SAMPLE + _GAP, -1, 0, -1)
        paint.label(p, right, text, 13, colour=theme().value)


def value_text(value: float | None, readout: Readout, point: Point | None) -> str:
    """Return a value as shown: a number, the word of a state, ``---`` where there is none."""
    if value is None or not math.isfinite(value):
        return formats.NOTHING
    if point is not None and (point.states or point.flags):
        latest = readout.maximum if readout.maximum is not None else value
        return formats.number(latest, point)
    return formats.decimal(value, readout.decimals)


def more_text(readout: Readout, point: Point | None) -> str:
    """Return why a value is missing or not to be trusted, else the ends of what was there."""
    if readout.reason:
        return formats.reason_text(_reason(readout.reason))
    low, high = readout.minimum, readout.maximum
    if readout.mean is None or low is None or high is None:
        return ""
    if point is not None and (point.states or point.flags):
        ends = [formats.number(value, point) for value in (low, high)]
        return "" if ends[0] == ends[1] else ends[0]
    ends = [formats.decimal(value, readout.decimals) for value in (low, high)]
    return "" if ends[0] == ends[1] else f"{ends[0]} \N{HORIZONTAL ELLIPSIS} {ends[1]}"


def _reason(number: int) -> Reason:
    """A reason of a newer version is at least no good one."""
    try:
        return Reason(number)
    except ValueError:
        return Reason.REJECTED
