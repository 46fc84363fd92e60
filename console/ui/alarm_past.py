"""A moment longer ago than the live trends reach: ten minutes on either side, from the history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from console.history.telemetry_store.envelope import Envelope
from console.text import tr
from console.ui import formats, paint
from console.ui.errands import Errand, Errands
from console.ui.theme import font, look, theme
from drivers.points import Point

BESIDE_US = 600_000_000
_SLICES = 160
_LEFT, _TOP, _BELOW = 44, 38, 26


class PastSource(Protocol):
    """What is asked of the history (:class:`console.history.telemetry_reader.TelemetryReader`)."""

    def envelope(self, part: str, key: str, since_us: int, until_us: int, pixels: int) -> Envelope:
        """Return a range of a point in stretches."""
        ...


@dataclass(frozen=True)
class Past:
    """The answer to one question: lowest and highest of each slice, or why there is none."""

    asked: tuple[str, str, int]
    spark: NDArray[np.float64] | None = None
    trouble: str = ""


class PastPlot(QWidget):
    """Asks for the moment in a thread of its own and draws it when it comes."""

    def __init__(self, source: Callable[[], PastSource]) -> None:
        super().__init__()
        self._source = source
        self._asked: tuple[str, str, int] | None = None
        self._point: Point | None = None
        self.past: Past | None = None
        self._errands = Errands(self)
        self._errands.answered.connect(self._take)
        self.setAccessibleName(tr("Around the moment"))
        look().changed.connect(self.update)

    def show_moment(self, part: str, point: Point, utc_us: int) -> None:
        """Show a point of a part around a moment; the same again asks nothing."""
        asked = (part, point.key, utc_us)
        if asked == self._asked:
            return
        self._asked, self._point, self.past = asked, point, None
        self.setAccessibleDescription(formats.point_name(point))
        self._errands.send(
            "moment",
            lambda errand: self._read(errand, asked),
            lambda trouble: Past(asked, trouble=trouble),
        )
        self.update()

    def _read(self, errand: Errand, asked: tuple[str, str, int]) -> None:
        part, key, utc_us = asked
        found = self._source().envelope(part, key, utc_us - BESIDE_US, utc_us + BESIDE_US, _SLICES)
        spark = np.array([found.minimum, found.maximum], float)
        errand.deliver(Past(asked, spark))

    def _take(self, past: object) -> None:
        if isinstance(past, Past) and past.asked == self._asked:
            self.past = past
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t, point = QPainter(self), theme(), self._point
        rect = QRectF(self.rect())
        p.fillRect(rect, t.panel)
        if point is None or self._asked is None:
            return
        name = formats.point_name(point)
        title = QRectF(12, 4, rect.width() - 24, 22)
        paint.label(p, title, name, 11, bold=True)
        offset = QFontMetricsF(font(11, bold=True)).horizontalAdvance(name) + 8
        unit = formats.unit(point.unit)
        paint.label(p, title.adjusted(offset, 0, 0, 0), unit, 11, colour=t.muted)
        area = rect.adjusted(_LEFT, _TOP, -12, -_BELOW)
        told = self._told()
        if told:
            paint.label(p, area, told, 11, colour=t.muted, flags=paint.CENTRE)
            return
        self._draw(p, area, point)

    def _told(self) -> str:
        """Why there is nothing to draw yet, or at all."""
        if self.past is None:
            return tr("Reading the history …")
        if self.past.spark is None:
            return self.past.trouble
        return "" if np.isfinite(self.past.spark).any() else tr("Nothing was recorded then.")

    def _draw(self, p: QPainter, area: QRectF, point: Point) -> None:
        t, past = theme(), self.past
        if past is None or past.spark is None:
            return
        for share, level in ((1.0, point.low), (0.0, point.high)):
            y = area.top() + share * area.height()
            p.fillRect(QRectF(area.left(), round(y), area.width(), 1), t.range)
            at = QRectF(0, y - 10, _LEFT - 6, 20)
            paint.label(p, at, formats.decimal(level, 0), 11, colour=t.muted, flags=paint.RIGHT)
        limits = [limit.reading for limit in point.limits]
        paint.sparkline(p, area, past.spark, point.low, point.high, limits)
        p.setPen(QPen(t.text, 1, Qt.PenStyle.DashLine))
        middle = round(area.center().x())
        p.drawLine(middle, round(area.top()), middle, round(area.bottom()))
        below = QRectF(area.left(), area.bottom() + 2, area.width(), 22)
        ends = (
            (tr("\N{MINUS SIGN}{n} min", n=10), paint.LEFT),
            (formats.clock(past.asked[2]), paint.CENTRE),
            (f"+{tr('{n} min', n=10)}", paint.RIGHT),
        )
        for text, flags in ends:
            paint.label(p, below, text, 11, colour=t.muted, flags=flags)
