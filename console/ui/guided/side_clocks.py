"""Clocks that run across steps, such as how long the lid has been open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.text import tr
from console.ui import formats, paint
from console.ui.guided.side_figures import PAD
from console.ui.theme import font, look, theme

_ROW = 68


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A running clock, whole seconds."""

    title: str
    spent_s: int
    max_s: float
    warn_s: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether it has run for too long."""
        return self.spent_s >= self.max_s

    @property
    def is_loud(self) -> bool:
        """Whether it is to be seen: it warns, or is over."""
        return self.spent_s >= (self.max_s if self.warn_s is None else self.warn_s)

    @property
    def words(self) -> str:
        """What is left of it, or by how much it is over."""
        if self.is_over:
            return tr("too long by {time}", time=formats.elapsed(self.spent_s - self.max_s))
        return tr("{time} left", time=formats.elapsed(self.max_s - self.spent_s))


class Clocks(QWidget):
    """Clocks below each other: title, time so far, what is left, a bar with its warning."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[ClockRow, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Clocks"))
        look().changed.connect(self.update)

    @property
    def rows(self) -> tuple[ClockRow, ...]:
        """What is shown."""
        return self._rows

    def show_rows(self, rows: Sequence[ClockRow]) -> None:
        """Show these clocks; none hides the widget."""
        wanted = tuple(rows)
        if wanted == self._rows:
            return
        is_other = len(wanted) != len(self._rows)
        self._rows = wanted
        told = (f"{row.title} {formats.elapsed(row.spent_s)}, {row.words}" for row in wanted)
        self.setAccessibleDescription("; ".join(told))
        self.setVisible(bool(wanted))
        if is_other:
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, _ROW * len(self._rows))

    def paintEvent(self, _event: QPaintEvent) -> None:
        p = QPainter(self)
        for number, row in enumerate(self._rows):
            _draw(p, QRectF(PAD, number * _ROW, self.width() - 2 * PAD, _ROW), row)


def _draw(p: QPainter, box: QRectF, row: ClockRow) -> None:
    t = theme()
    time = formats.elapsed(row.spent_s)
    line = QRectF(box.left(), box.top() + 8, box.width(), 36)
    plate_w = QFontMetricsF(font(20, bold=True)).horizontalAdvance(time) + 16
    plate = QRectF(line.right() - plate_w, line.top(), plate_w, line.height())
    if row.is_loud:
        p.fillRect(plate, t.text)
    ink = t.panel if row.is_loud else t.value
    paint.label(p, plate, time, 20, colour=ink, flags=paint.CENTRE, bold=True)
    left = QRectF(line.left(), line.top(), plate.left() - line.left() - 8, 20)
    paint.label(p, left, row.title, 13)
    paint.label(p, left.translated(0, 18), row.words, 11, colour=t.muted)
    bar = QRectF(box.left(), line.bottom() + 8, box.width(), 6)
    p.fillRect(bar, t.range)
    share = min(row.spent_s / row.max_s, 1.0)
    filled = QRectF(bar.left(), bar.top(), round(bar.width() * share), bar.height())
    p.fillRect(filled, t.text if row.is_loud else t.normal)
    if row.warn_s is not None:
        at = bar.left() + round(bar.width() * row.warn_s / row.max_s)
        p.fillRect(QRectF(at, bar.top() - 3, 1, bar.height() + 6), t.text)
