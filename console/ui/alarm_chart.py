"""Alarms per 10 minutes over a period as upright bars, and the split by priority as lying ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.alarms.flood import STARTS_ABOVE
from console.alarms.metrics import Report, targets
from console.text import tr
from console.ui import formats, paint
from console.ui.alarm_words import duration_text
from console.ui.theme import look, theme

_LEFT = 40
_LINE = 26


class LoadChart(QWidget):
    """Each bar the most alarms in any 10 minutes of its stretch, the line where a flood begins."""

    def __init__(self) -> None:
        super().__init__()
        self._bins: NDArray[np.int64] = np.zeros(0, np.int64)
        self._span_s = 0.0
        self.setFixedHeight(148)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Alarms in 10 minutes, over time"))
        look().changed.connect(self.update)

    def show_bins(self, per_10_min: Sequence[int]) -> None:
        """Show how many came in each 10 minutes, oldest first."""
        self._bins = np.asarray(per_10_min, np.int64)
        self._span_s = len(self._bins) * 600.0
        most = int(self._bins.max(initial=0))
        self.setAccessibleDescription(tr("at most {n}", n=most))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        rect = QRectF(self.rect())
        p.fillRect(rect, t.panel)
        area = rect.adjusted(_LEFT, 30, -12, -26)
        paint.label(p, QRectF(12, 4, rect.width() - 24, 22), self.accessibleName(), 11, bold=True)
        top = max(int(self._bins.max(initial=0)), STARTS_ABOVE + 2)
        highest = [top] if top > STARTS_ABOVE + 3 else []
        for level in (0, STARTS_ABOVE, *highest):
            y = round(area.bottom() - level / top * area.height())
            p.fillRect(QRectF(area.left(), y, area.width(), 1), t.line)
            at = QRectF(0, y - 10, _LEFT - 8, 20)
            paint.label(p, at, str(level), 11, colour=t.muted, flags=paint.RIGHT)
        for i, n in enumerate(self._columns(max(int(area.width() // 4), 1))):
            height = n / top * area.height()
            bar = QRectF(area.left() + i * 4, area.bottom() - height, 3, height)
            p.fillRect(bar, t.text if n > STARTS_ABOVE else t.normal)
        below = QRectF(area.left(), area.bottom() + 4, area.width(), 20)
        ago = tr("{time} ago", time=duration_text(self._span_s))
        paint.label(p, below, ago, 11, colour=t.muted)
        paint.label(p, below, tr("now"), 11, colour=t.muted, flags=paint.RIGHT)

    def _columns(self, count: int) -> list[int]:
        """The bins squeezed into so many columns, each with the most in it."""
        if not len(self._bins):
            return []
        edges = np.linspace(0, len(self._bins), min(count, len(self._bins)) + 1).astype(int)[:-1]
        found = np.maximum.reduceat(self._bins, edges)
        if len(found) >= count:
            return [int(n) for n in found]
        return [int(found[i * len(found) // count]) for i in range(count)]


class SplitChart(QWidget):
    """The share of each priority beside the share that it should have at most."""

    def __init__(self) -> None:
        super().__init__()
        self._split: dict[int, float] = {}
        self.setFixedHeight(30 + 4 * _LINE + 8)
        self.setAccessibleName(tr("Share by priority"))
        look().changed.connect(self.update)

    def show_report(self, report: Report, verdict: str) -> None:
        """Show the split of a report."""
        self._split = dict(report.split)
        self._verdict = verdict
        told = ", ".join(f"{p}: {share * 100:.0f} %" for p, share in self._split.items())
        self.setAccessibleDescription(f"{told}; {verdict}")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        rect = QRectF(self.rect())
        p.fillRect(rect, t.panel)
        title = QRectF(12, 4, rect.width() - 24, 22)
        paint.label(p, title, self.accessibleName(), 11, bold=True)
        if not self._split:
            return
        paint.label(p, title, self._verdict, 11, flags=paint.RIGHT)
        wanted = targets().split.shares
        bar = QRectF(44, 0, rect.width() - 44 - 150, 10)
        for i, (priority, share) in enumerate(sorted(self._split.items())):
            top = 30 + i * _LINE
            paint.priority_mark(p, QRectF(14, top + 3, 18, 18), priority, quiet=True)
            trough = bar.translated(0, top + 8)
            p.fillRect(trough, t.range)
            p.fillRect(trough.adjusted(0, 0, -trough.width() * (1 - share), 0), t.normal)
            at = trough.left() + trough.width() * wanted[priority - 1]
            p.fillRect(QRectF(at - 1, trough.top() - 4, 2, trough.height() + 8), t.text)
            told = tr(
                "{share} %, goal {goal} %",
                share=formats.decimal(share * 100, 0),
                goal=formats.decimal(wanted[priority - 1] * 100, 0),
            )
            beside = QRectF(trough.right() + 8, top, 136, 24)
            paint.label(p, beside, told, 11, colour=t.muted, flags=paint.RIGHT)
