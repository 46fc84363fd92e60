"""Two ranges side by side: which, and least, mean and greatest of every curve in both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from console.history.telemetry_store.envelope import Statistics
from console.text import tr
from console.ui import formats, paint
from console.ui.controls import Button, Choice, Field
from console.ui.curves.legend import DASHES
from console.ui.errands import Errand, Errands
from console.ui.log_filters import moment_us
from console.ui.theme import font, look, theme
from console.ui.trend_figures import FigureList
from console.ui.trend_model import DAY_US, HOUR_US
from console.ui.trend_source import TrendHistory
from console.ui.trend_strips import Chosen, Name

_STEPS = 20
_NONE, _BEFORE, _OWN = "none", "before", "own"
_SAME_US = 2_000_000


@dataclass(frozen=True)
class Figures:
    """An answer: of each point the statistics of both ranges, or trouble in a sentence."""

    start_us: int = 0
    end_us: int = 0
    against_us: int = 0
    found: tuple[tuple[Name, Statistics, Statistics], ...] = ()
    trouble: str = ""


class FiguresReading(Errands):
    """Asks the history for figures without waiting; ``answered`` carries :class:`Figures`."""

    def __init__(self, history: TrendHistory, parent: QObject) -> None:
        super().__init__(parent)
        self._history = history

    def ask(self, names: Sequence[Name], start_us: int, end_us: int, against_us: int) -> None:
        """Ask for a range, and for the one that lies ``against_us`` later."""

        def work(errand: Errand) -> None:
            found = []
            for name in names:
                if errand.cancelled:
                    return
                one = self._history.statistics(*name, start_us, end_us)
                other = self._history.statistics(*name, start_us + against_us, end_us + against_us)
                found.append((name, one, other))
            errand.deliver(Figures(start_us, end_us, against_us, tuple(found)))

        self.send("figures", work, lambda trouble: Figures(trouble=trouble))


class TrendCompare(QWidget):
    """``chosen`` carries how much later, in µs, the range is that is compared with; 0 for none."""

    chosen = Signal(object)

    def __init__(self, now_us: Callable[[], int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now_us = now_us
        self._range = (0, 1)
        self._against_us = 0
        self.shown = _Dates(tr("Shown"), 0)
        self.other = _Dates(tr("Compared"), 1)
        choices = [
            (_NONE, tr("No comparison")),
            (_BEFORE, tr("Directly before")),
            (str(HOUR_US), tr("1 hour earlier")),
            (str(DAY_US), tr("1 day earlier")),
            (str(7 * DAY_US), tr("1 week earlier")),
            (str(30 * DAY_US), tr("30 days earlier")),
            (str(365 * DAY_US), tr("1 year earlier")),
            (_OWN, tr("From a chosen time")),
        ]
        self.shift = Choice(tr("Compared with"), choices)
        self.start = Field(tr("Start of the compared range"), tr("or from: 2026-11-20 12:04"))
        self.earlier = Button("\N{BLACK LEFT-POINTING POINTER}")
        self.earlier.setAccessibleName(tr("Compared range a little earlier"))
        self.later = Button("\N{BLACK RIGHT-POINTING POINTER}")
        self.later.setAccessibleName(tr("Compared range a little later"))
        self.words = QLabel()
        self.words.setFont(font(11))
        self.words.setWordWrap(True)
        self.table = FigureList()
        self._lay_out()
        self.shift.activated.connect(lambda _number: self._pick(self.shift.key))
        self.earlier.clicked.connect(lambda: self._nudge(-1))
        self.later.clicked.connect(lambda: self._nudge(1))
        self.start.returnPressed.connect(self._from_field)

    def show_ranges(self, start_us: int, end_us: int, against_us: int) -> None:
        """Say which ranges are drawn; ``against_us`` of 0 means that there is but one."""
        self._range, self._against_us = (start_us, end_us), against_us
        now_us = self._now_us()
        self.shown.show_range(start_us, end_us, now_us)
        is_on = against_us != 0
        if is_on:
            self.other.show_range(start_us + against_us, end_us + against_us, now_us)
        self.shift.choose(self._key())
        for widget in (self.other, self.earlier, self.later, self.table):
            widget.setVisible(is_on)
        hint = tr("Choose what to compare with. It is drawn dashed over what is shown.")
        self._say("" if is_on else hint)

    def show_figures(self, figures: Figures, chosen: Sequence[Chosen]) -> None:
        """Fill the table."""
        if figures.trouble:
            self._say(figures.trouble)
            return
        points = {one.name: one for one in chosen}
        self.table.show_figures(
            [(points[name], a, b) for name, a, b in figures.found if name in points]
        )
        self._say("")

    def wait(self) -> None:
        """Say that figures are on their way; the old ones are not those of this range."""
        if self._against_us:
            self.table.show_figures([])
            self._say(tr("Reading the history …"))

    def _say(self, words: str) -> None:
        self.words.setText(words)
        self.words.setVisible(bool(words))

    def _key(self) -> str:
        """Return which choice stands for what is compared."""
        start_us, end_us = self._range
        if not self._against_us:
            return _NONE
        if abs(self._against_us + end_us - start_us) < _SAME_US:
            return _BEFORE
        key = str(-self._against_us)
        return key if self.shift.findData(key) >= 0 else _OWN

    def _pick(self, key: str) -> None:
        start_us, end_us = self._range
        if key == _OWN:
            self.start.setFocus()
            return
        known = {_NONE: 0, _BEFORE: start_us - end_us}
        self.chosen.emit(known[key] if key in known else -int(key))

    def _nudge(self, by: int) -> None:
        step_us = max((self._range[1] - self._range[0]) // _STEPS, 1)
        self.chosen.emit(self._against_us + by * step_us or -1)

    def _from_field(self) -> None:
        try:
            moment = moment_us(self.start.text(), self._now_us())
        except ValueError:
            moment = None
        if moment is None:
            self._say(tr("Write a time as 2026-11-21 12:04"))
        elif moment != self._range[0]:
            self.chosen.emit(moment - self._range[0])

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.shift, 1)
        row.addWidget(self.earlier)
        row.addWidget(self.later)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.shown)
        column.addWidget(self.other)
        column.addLayout(row)
        column.addWidget(self.start)
        column.addWidget(self.words)
        column.addWidget(self.table, 1)
        column.addStretch(0)


class _Dates(QWidget):
    """A range in words beside a sample of the line that draws it."""

    def __init__(self, title: str, dash: int) -> None:
        super().__init__()
        self._title = title
        self._dash = DASHES[dash]
        self._text = ""
        self.setFixedHeight(44)
        self.setAccessibleName(title)
        look().changed.connect(self.update)

    def show_range(self, start_us: int, end_us: int, now_us: int) -> None:
        """Show a range."""
        text = range_text(start_us, end_us, now_us)
        if text != self._text:
            self._text = text
            self.setAccessibleName(f"{self._title}: {text}")
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        p = QPainter(self)
        pen = QPen(theme().text, 2, self._dash)
        p.setPen(pen)
        p.drawLine(2, 12, 34, 12)
        paint.label(p, QRectF(44, 0, self.width() - 44, 24), self._title, 13, bold=True)
        paint.label(p, QRectF(2, 22, self.width() - 2, 20), self._text, 11)


def range_text(start_us: int, end_us: int, now_us: int) -> str:
    """Return a range in local time; the date stands once where both ends have the same."""
    start, end = formats.clock(start_us, now_us), formats.clock(end_us, now_us)
    day, _, time = end.rpartition(" ")
    short = time if day and start.startswith(day) else end
    return f"{start} \N{EN DASH} {short}"
