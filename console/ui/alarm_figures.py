"""How good the alarms themselves are: figures beside their targets, read from the log."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from console.alarm_report import (
    AlarmLog,
    NameOf,
    as_text,
    shown,
    target_text,
    verdict_text,
)
from console.alarms.metrics import Report
from console.text import tr
from console.ui import formats
from console.ui.alarm_chart import LoadChart, SplitChart
from console.ui.alarm_reading import FiguresReading, ReportFound
from console.ui.controls import Button, Segments
from console.ui.plain_table import Cell, Column, Ink, Line, PlainTable
from console.ui.theme import font
from console.vocabulary import translated_name

_PERIODS = {"1": "24 h", "7": "7 days", "30": "30 days"}
"""Days by their number; a key of the catalogue each."""
_STALE_S = 60.0
_LISTED = 6


class AlarmFigures(QWidget):
    """Asks again when shown and once a minute while it is; the log is never read on this thread."""

    def __init__(
        self,
        log: AlarmLog,
        now_us: Callable[[], int],
        name_of: NameOf,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._now_us = now_us
        self._name_of = name_of
        self._asked_us = 0
        self.report: Report | None = None
        self.reading = FiguresReading(log, self)
        choices = [(days, tr(text)) for days, text in _PERIODS.items()]
        self.period = Segments(tr("Period"), choices)
        self.period.choose("30")
        self.copy = Button(tr("Copy as text"))
        self.note = _line()
        self.figures = PlainTable(tr("Figures"), _FIGURES)
        self.top = PlainTable(tr("Most frequent"), _TOP)
        self.chart, self.split = LoadChart(), SplitChart()
        self.others = _line()
        self._lay_out()
        self.period.chosen.connect(self._ask)
        self.reading.answered.connect(self._found)
        self.copy.clicked.connect(self._copy)

    def refresh(self) -> None:
        """Ask for the figures where they are old."""
        if self._now_us() - self._asked_us > _STALE_S * 1e6:
            self._ask()

    def _ask(self) -> None:
        self._asked_us = self._now_us()
        if self.report is None:
            self.note.setText(tr("Reading the log …"))
        self.reading.ask(float(self.period.key), self._asked_us)

    def _found(self, answer: object) -> None:
        if not isinstance(answer, ReportFound):
            return
        if answer.report is None:
            self.note.setText(answer.trouble)
            return
        self.report = found = answer.report
        self.copy.setEnabled(True)
        self.note.setText(_note(found))
        self.figures.show_lines(_figure_lines(found))
        self.top.show_lines(_top_lines(found, self._name_of))
        self.chart.show_bins(found.per_10_min)
        self.split.show_report(found, verdict_text(found.split_verdict))
        self.others.setText(_others(found, self._name_of))

    def _copy(self) -> None:
        if self.report is not None:
            QGuiApplication.clipboard().setText(as_text(self.report, self._name_of))

    def _lay_out(self) -> None:
        self.copy.setEnabled(False)
        self.others.setAlignment(Qt.AlignmentFlag.AlignTop)
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.period)
        tools.addSpacing(8)
        tools.addWidget(self.note, 1)
        tools.addWidget(self.copy)
        left, right = QVBoxLayout(), QVBoxLayout()
        left.addWidget(self.figures, 1)
        left.addWidget(self.split)
        right.addWidget(self.chart)
        right.addWidget(self.top, 1)
        right.addWidget(self.others)
        columns = QHBoxLayout()
        columns.setSpacing(16)
        for side, stretch in ((left, 11), (right, 10)):
            side.setSpacing(8)
            columns.addLayout(side, stretch)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(tools)
        column.addLayout(columns, 1)


_INKS = {"good": Ink.QUIET}
_FIGURES = (
    Column(lambda: tr("Figure"), "", grows=True),
    Column(lambda: tr("Value"), "100.0 %", right=True),
    Column(lambda: tr("Target"), "150, at most 300", right=True),
    Column(lambda: tr("Verdict"), "too much"),
)
_TOP = (
    Column(lambda: tr("Most frequent"), "", grows=True),
    Column(lambda: tr("Count"), "8888", right=True),
    Column(lambda: tr("Share"), "100.0 %", right=True),
)


def _figure_lines(found: Report) -> tuple[Line, ...]:
    return tuple(
        Line(
            figure.key,
            (
                Cell(translated_name(figure.name)),
                Cell(_local(shown(figure, figure.value)), Ink.VALUE),
                Cell(_local(target_text(figure)), Ink.QUIET),
                Cell(verdict_text(figure.verdict), _INKS.get(figure.verdict, Ink.PLAIN)),
            ),
        )
        for figure in found.figures
    )


def _top_lines(found: Report, name_of: NameOf) -> tuple[Line, ...]:
    return tuple(
        Line(
            "/".join(one.key),
            (
                Cell(name_of(one.key, one.name)),
                Cell(str(one.count), Ink.VALUE),
                Cell(_local(f"{one.share * 100:.1f} %"), Ink.QUIET),
            ),
        )
        for one in found.top_ten
    )


def _local(text: str) -> str:
    return text.replace(".", formats.decimal_point())


def _note(found: Report) -> str:
    since = formats.clock(found.since_us, 0)
    told = tr("{n} alarms announced since {time}", n=found.announced, time=since)
    if found.is_long_enough:
        return told
    return f"{told} \N{MIDDLE DOT} {tr('Thirty days are needed to judge by these figures.')}"


def _others(found: Report, name_of: NameOf) -> str:
    """Which alarms chatter, flit and stand too long, the first few of each."""
    lines = []
    for title, keys in (
        (tr("Chattering"), found.chattering),
        (tr("Over before anybody could act"), found.fleeting),
        (tr("Stood longer than a day"), found.stale),
    ):
        named = "; ".join(name_of(key, key.alarm.replace("-", " ")) for key in keys[:_LISTED])
        more = tr("and {n} more", n=len(keys) - _LISTED) if len(keys) > _LISTED else ""
        lines.append(f"{title}: {', '.join(filter(None, (named, more))) or tr('none')}")
    return "\n".join(lines)


def _line() -> QLabel:
    label = QLabel()
    label.setFont(font(11))
    label.setWordWrap(True)
    label.setMinimumWidth(1)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
