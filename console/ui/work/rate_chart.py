"""Failure rates as rows: what was counted, and the rate as a mark with its 90 % interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.text import tr
from console.ui import paint
from console.ui.theme import look, theme
from console.ui.work.figures_words import mtbf_words, per_100, rate_words, years_words
from console.work.figures_report import is_thin
from console.work.rates import Rate

_HEAD, _ROW = 48, 56
_COUNT, _MTBF = 80.0, 152.0
_PAD = 12.0
_NAME_SHARE = 0.27
_LEAST_NAME = 160.0
_STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8)


@dataclass(frozen=True, slots=True)
class RateRow:
    """One group: its name and its rate."""

    name: str
    rate: Rate

    @property
    def sentence(self) -> str:
        """The row as one sentence."""
        counts = tr(
            "{n} failures in {years} years of {pieces} pieces",
            n=self.rate.failures,
            years=years_words(self.rate.exposure_h),
            pieces=self.rate.pieces,
        )
        between = " ".join(filter(None, mtbf_words(self.rate)))
        return f"{self.name}: {counts}. {rate_words(self.rate)}. {between}"


def scale_end(rows: Sequence[RateRow]) -> float:
    """Return where the axis ends, failures a year of one piece: round, and not for one wild row.

    It reaches three times the largest rate that was seen, or the longest interval where that is
    shorter; an interval beyond it is drawn open.
    """
    highs = [found[1] for row in rows if (found := row.rate.interval_per_year)]
    if not highs:
        return 1.0
    seen = [row.rate.per_year or 0.0 for row in rows if row.rate.failures]
    wanted = min(max(highs), 3 * max(seen)) if seen else min(highs) * 1.2
    power = 10.0**-4
    while True:
        for step in _STEPS:
            if step * power >= wanted:
                return step * power
        power *= 10


class RateChart(QWidget):
    """The rows under one axis; it is as tall as they are many and scrolls with what holds it."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[RateRow, ...] = ()
        self._end = 1.0
        self.setAccessibleName(tr("Failures a year, of 100 pieces"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look().changed.connect(self.update)

    def show_rows(self, rows: Sequence[RateRow]) -> None:
        """Show other groups."""
        self.rows = tuple(rows)
        self._end = scale_end(self.rows)
        self.setAccessibleDescription("\n".join(row.sentence for row in self.rows))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(560, _HEAD + _ROW * len(self.rows))

    def minimumSizeHint(self) -> QSize:
        return QSize(400, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        p.fillRect(self.rect(), theme().panel)
        self._head(p)
        for number, row in enumerate(self.rows):
            area = QRectF(0, _HEAD + number * _ROW, self.width(), _ROW)
            if area.intersects(QRectF(event.rect())):
                self._row(p, area, row)

    def _columns(self) -> tuple[QRectF, QRectF, QRectF, QRectF]:
        """Name, failures, the axis, time between failures; heights are set by who paints."""
        width = self.width() - 2 * _PAD
        name = max(width * _NAME_SHARE, _LEAST_NAME)
        left = width - name - _COUNT - _MTBF
        found, x = [], _PAD
        for one in (name, _COUNT, max(left, 100.0), _MTBF):
            found.append(QRectF(x, 0, one - _PAD, 1))
            x += one
        found[-1].setRight(self.width() - _PAD)
        return found[0], found[1], found[2], found[3]

    def _head(self, p: QPainter) -> None:
        t = theme()
        name, count, axis, mtbf = (
            QRectF(one.left(), 2, one.width(), 22) for one in self._columns()
        )
        paint.label(p, name, tr("Group"), colour=t.muted)
        paint.label(p, count, tr("Failures"), colour=t.muted, flags=paint.RIGHT)
        paint.label(p, axis.adjusted(16, 0, 0, 0), self.accessibleName(), colour=t.muted)
        paint.label(p, mtbf, tr("Between failures"), colour=t.muted, flags=paint.RIGHT)
        for share in (0.0, 0.5, 1.0):
            at = self._x(share * self._end)
            box = QRectF(at - 40, 24, 80, 20)
            flags = paint.CENTRE if share else paint.LEFT
            box = box if share else box.translated(40, 0)
            paint.label(p, box, _tick(share * self._end), colour=t.muted, flags=flags)
        p.fillRect(QRectF(0, _HEAD - 1, self.width(), 1), t.line)

    def _x(self, per_year: float) -> float:
        axis = self._columns()[2].adjusted(16, 0, -24, 0)
        return axis.left() + axis.width() * min(per_year / self._end, 1.0)

    def _row(self, p: QPainter, area: QRectF, row: RateRow) -> None:
        t, rate = theme(), row.rate
        p.fillRect(QRectF(0, area.bottom() - 1, self.width(), 1), t.range)
        name, count, _, mtbf = (
            QRectF(one.left(), area.top() + 4, one.width(), 24) for one in self._columns()
        )
        below = 24.0
        paint.label(p, name, row.name, 13)
        told = tr("{years} years of {n}", years=years_words(rate.exposure_h), n=rate.pieces)
        paint.label(p, name.translated(0, below), told, colour=t.muted)
        paint.label(p, count, str(rate.failures), 13, colour=t.value, flags=paint.RIGHT)
        middle, around = mtbf_words(rate)
        thin = is_thin(rate)
        paint.label(p, mtbf, middle, 11 if thin else 13, flags=paint.RIGHT,
                    colour=t.muted if thin else t.text)  # fmt: skip
        paint.label(p, mtbf.translated(0, below), around, colour=t.muted, flags=paint.RIGHT)
        self._interval(p, area, rate)

    def _interval(self, p: QPainter, area: QRectF, rate: Rate) -> None:
        """The interval as a whisker, the rate as a mark on it, both in words below."""
        t, interval = theme(), rate.interval_per_year
        axis = self._columns()[2]
        words = QRectF(axis.left() + 16, area.top() + 28, axis.width() - 16, 24)
        thin = is_thin(rate)
        paint.label(p, words, rate_words(rate), colour=t.muted if thin else t.text)
        y = round(area.top() + 17)
        left, right = self._x(0), self._x(self._end)
        p.fillRect(QRectF(left, y - 4, right - left, 8), t.range)
        if interval is None:
            return
        low, high = self._x(interval[0]), self._x(interval[1])
        ink = t.muted if thin else t.text
        p.fillRect(QRectF(low, y - 1, max(high - low, 2), 2), ink)
        p.fillRect(QRectF(low, y - 6, 2, 12), ink)
        if interval[1] <= self._end:
            p.fillRect(QRectF(high - 2, y - 6, 2, 12), ink)
        else:
            _open_end(p, high, y)
        if rate.failures and rate.per_year is not None:
            at = self._x(rate.per_year)
            if thin:
                p.fillRect(QRectF(at - 4, y - 8, 8, 16), t.muted)
                p.fillRect(QRectF(at - 2, y - 6, 4, 12), t.panel)
            else:
                p.fillRect(QRectF(at - 4, y - 8, 8, 16), t.value)


def _tick(per_year: float) -> str:
    told = per_100(per_year)
    return told[:-2] if told.endswith("0") and not told[-2].isdecimal() else told


def _open_end(p: QPainter, x: float, y: int) -> None:
    """Say that it goes on beyond the axis."""
    p.setPen(theme().muted)
    p.drawText(
        QRectF(x + 2, y - 10, 16, 20), int(Qt.AlignmentFlag.AlignCenter), "\N{RIGHTWARDS ARROW}"
    )
