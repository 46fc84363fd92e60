"""Figures of a period: failures, repairs, orders, steps, fluid and qualifications, with counts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from console.session.session import Refresh, Session
from console.text import tr
from console.ui import formats
from console.ui.controls import Button, Choice, Segments
from console.ui.plain_table import Cell, Column, Ink, Line, PlainTable
from console.ui.setup_parts import FactList, Panel, Words, scrolling
from console.ui.work import order_words
from console.ui.work.figures_reading import FiguresFound, FiguresReading
from console.ui.work.figures_words import (
    coverage_words,
    fluid_words,
    norm_words,
    order_facts,
    time_words,
)
from console.ui.work.rate_chart import RateChart, RateRow
from console.work.figures_report import GROUPS, PERIODS_DAYS, FiguresReport
from console.work.rates import Spread
from console.work.step_norms import ProcedureNorms
from console.work.words import place_words

_STALE_US = 60_000_000
_MOST_ROWS = 200
_SIDE = 392
FAILURES, REPAIRS, STEPS = "failures", "repairs", "steps"
_VIEWS = (FAILURES, REPAIRS, STEPS)
_REPAIRS = (
    Column(lambda: tr("Group"), "", grows=True),
    Column(lambda: tr("Repairs"), "8888", right=True),
    Column(lambda: tr("Half within"), "8888.8 h", right=True),
    Column(lambda: tr("Middle 80 %"), "8888.8 h – 8888.8 h", right=True),
)
_STEPS = (
    Column(lambda: tr("Step"), "", grows=True),
    Column(lambda: tr("Times"), "8888", right=True),
    Column(lambda: tr("Usually takes"), "888.8 min ± 88.8 min", right=True),
    Column(lambda: tr("Planned"), "888.8 min", right=True),
    Column(lambda: tr("Compared"), "88.8 min shorter", right=True),
)


class FiguresTab(QWidget):
    """Asks when shown and once a minute while it is; nothing is worked out on this thread."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setAccessibleName(tr("Figures"))
        self._session = session
        self._asked: tuple[int, int, str] | None = None
        self.found: FiguresFound | None = None
        self.reading = FiguresReading(session, self)
        self.period = Segments(tr("Period"), periods())
        self.period.choose("365")
        titles = (tr("Failures"), tr("Repairs"), tr("Step times"))
        self.view = Segments(tr("Figures"), list(zip(_VIEWS, titles, strict=True)))
        self.group = Choice(tr("Grouped"), groups())
        self.copy = Button(tr("Copy as text"))
        self.copy.setEnabled(False)
        self.note = Words(quiet=True)
        self.empty = Words("", 13)
        self.chart = RateChart()
        self.repairs = PlainTable(tr("Time to repair"), _REPAIRS)
        self.steps = PlainTable(tr("Step times"), _STEPS)
        self.orders = FactList(tr("Orders"))
        self.fluid = FactList(tr("Fluid"))
        self.people = FactList(tr("Qualifications, ending: within 30 days"))
        self._lay_out()
        self.period.chosen.connect(lambda _key: self._ask())
        self.view.chosen.connect(lambda _key: self._show())
        self.group.currentIndexChanged.connect(lambda _index: self._show())
        self.copy.clicked.connect(self._copy)
        self.reading.answered.connect(self._answered)

    def refresh(self, _changes: Refresh) -> None:
        """Ask again where something changed, once a minute at most."""
        place = self._session.workplace
        if place is None or not place.is_ready:
            return
        minute = self._session.now().utc_us // _STALE_US
        asked = (place.version, minute, self.period.key)
        if self._asked is None or (asked != self._asked and minute != self._asked[1]):
            self._ask()

    @property
    def settled(self) -> bool:
        """Whether the figures of the chosen period are shown."""
        return self.found is not None and self.found.period == self.period.key

    def _ask(self) -> None:
        place = self._session.workplace
        if place is None or not place.is_ready:
            return
        self._asked = (
            place.version,
            self._session.now().utc_us // _STALE_US,
            self.period.key,
        )
        self.note.say(tr("Working it out …"))
        self.reading.ask(place, self.period.key)

    def _answered(self, answer: object) -> None:
        if not isinstance(answer, FiguresFound):
            return
        self.found = answer
        if answer.report is None:
            self.note.say(answer.trouble)
            return
        self.copy.setEnabled(True)
        self._show()

    # ---- showing -----------------------------------------------------------------------------

    def _show(self) -> None:
        if self.found is None or self.found.report is None:
            return
        report, view = self.found.report, self.view.key
        self.group.setVisible(view != STEPS)
        self.note.say(_note(report))
        rows = rate_rows(report, self.group.key)
        self.chart.show_rows(rows[:_MOST_ROWS])
        self.repairs.show_lines(repair_lines(report, self.group.key))
        self.steps.show_lines(step_lines(self.found.norms))
        self.orders.show_facts(order_facts(report))
        name_of = self._session.name_of
        self.fluid.show_facts(tuple((name_of(one.tank), fluid_words(one)) for one in report.fluid))
        self.people.show_facts(coverage_facts(report))
        nothing = self._nothing(view, rows)
        self.empty.say(nothing)
        self._stack.setCurrentIndex(3 if nothing else _VIEWS.index(view))
        for facts in (self.fluid, self.people):
            facts.setVisible(bool(facts.facts))

    def _nothing(self, view: str, rows: Sequence[RateRow]) -> str:
        """Say why there is nothing to show, and what makes it come."""
        if view == FAILURES and not rows:
            return tr(
                "No equipment was in service in this time. Register it under Equipment: a failure "
                "is an order of a Xid, an alarm or a failed check about a serial number."
            )
        if view == REPAIRS and not self.repairs.lines:
            return tr("Nothing was repaired in this time.")
        if view == STEPS and not self.steps.lines:
            return tr("No procedure was worked in this time, or only in training.")
        return ""

    def as_text(self) -> str:
        """Return everything of the period as lines of text."""
        if self.found is None or self.found.report is None:
            return ""
        report = self.found.report
        lines = [_note(report)]
        for group, title in groups():
            lines += ["", title, *(row.sentence for row in rate_rows(report, group))]
            lines += [_cells(line) for line in repair_lines(report, group)]
        for facts in (self.orders, self.fluid, self.people):
            lines += ["", facts.accessibleName(), *(f"{name}: {v}" for name, v in facts.facts)]
        lines += ["", tr("Step times"), *map(_cells, step_lines(self.found.norms))]
        return "\n".join(lines)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.as_text())

    # ---- putting together ----------------------------------------------------------------------

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.period)
        head.addSpacing(8)
        head.addWidget(self.note, 1)
        head.addWidget(self.copy)
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.view)
        tools.addStretch(1)
        tools.addWidget(self.group)
        self._stack = QStackedWidget()
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.chart)
        rows.addStretch(1)
        nothing = QWidget()
        words = QVBoxLayout(nothing)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words.addWidget(self.empty)
        for part in (scrolling(inside, tr("Failures")), self.repairs, self.steps, nothing):
            self._stack.addWidget(part)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addLayout(tools)
        left.addWidget(self._stack, 1)
        body = QHBoxLayout()
        body.setSpacing(16)
        body.addLayout(left, 1)
        body.addWidget(self._side())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addLayout(body, 1)
        self.setFocusProxy(self.period)

    def _side(self) -> QWidget:
        inside = QWidget()
        facts = QVBoxLayout(inside)
        facts.setContentsMargins(0, 0, 8, 0)
        facts.setSpacing(16)
        for part in (self.orders, self.fluid, self.people):
            facts.addWidget(part)
        facts.addStretch(1)
        panel = Panel(tr("Orders, fluid, qualifications"))
        panel.setFixedWidth(_SIDE)
        panel.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        column = QVBoxLayout(panel)
        column.setContentsMargins(16, 12, 8, 12)
        column.addWidget(scrolling(inside, tr("Orders, fluid, qualifications")))
        return panel


# ---- rows --------------------------------------------------------------------------------------


def periods() -> list[tuple[str, str]]:
    """Return the periods that can be chosen, with their names."""
    names = (tr("30 days"), tr("90 days"), tr("1 year"), tr("All"))
    return list(zip(PERIODS_DAYS, names, strict=True))


def groups() -> list[tuple[str, str]]:
    """Return what failures can be grouped by, with its name."""
    return list(zip(GROUPS, (tr("By model"), tr("By batch"), tr("By position")), strict=True))


def rate_rows(report: FiguresReport, group: str) -> list[RateRow]:
    """Return the rates of a grouping, those with most failures first."""
    found = report.rates[group]
    order = sorted(found, key=lambda name: (-found[name].failures, -found[name].exposure_h, name))
    return [RateRow(_group_name(group, name), found[name]) for name in order]


def repair_lines(report: FiguresReport, group: str) -> tuple[Line, ...]:
    """Return how long repairs took, by group, most repairs first."""
    found = report.repairs[group]
    order = sorted(found, key=lambda name: (-found[name].count, name))
    return tuple(_repair_line(_group_name(group, name), found[name]) for name in order)


def _repair_line(name: str, told: Spread) -> Line:
    middle = f"{time_words(told.low_h)} – {time_words(told.high_h)}"
    few = told.count < 3
    cells = (
        Cell(name),
        Cell(str(told.count), Ink.VALUE),
        Cell(time_words(told.median_h), Ink.VALUE),
        Cell(tr("too few to say") if few else middle, Ink.QUIET),
    )
    return Line(name, cells)


def step_lines(norms: Sequence[ProcedureNorms]) -> tuple[Line, ...]:
    """Return the steps of every procedure under its name."""
    lines: list[Line] = []
    for one in norms:
        title = order_words.words_of(one.title)
        runs = tr("{n} runs", n=one.runs)
        lines.append(Line(one.procedure, (Cell(f"{title} · {runs}"), *[Cell("")] * 4)))
        for step in one.steps:
            usual, planned, compared = norm_words(step)
            cells = (
                Cell(f"    {order_words.words_of(step.title)}", Ink.QUIET),
                Cell(str(step.usual.runs)),
                Cell(usual, Ink.VALUE),
                Cell(planned, Ink.QUIET),
                Cell(compared, Ink.QUIET),
            )
            lines.append(Line(f"{one.procedure}/{step.step}", cells))
    return tuple(lines)


def coverage_facts(report: FiguresReport) -> tuple[tuple[str, str], ...]:
    """Return every qualification with how many people have it."""
    from console.documents.words import qualification_name

    return tuple(
        (qualification_name(one.qualification), coverage_words(one)) for one in report.coverage
    )


def _group_name(group: str, name: str) -> str:
    if not name:
        return tr("not told")
    if group != "position":
        return name
    try:
        return place_words(name)
    except ValueError:
        return name


def _note(report: FiguresReport) -> str:
    since = formats.clock(report.window.since_us, 0)
    told = tr("{n} failures since {time}", n=report.failures, time=since[:10])
    repaired = sum(one.count for one in report.repairs["model"].values())
    return f"{told} \N{MIDDLE DOT} {tr('{n} repaired', n=repaired)}"


def _cells(line: Line) -> str:
    return ", ".join(cell.text.strip() for cell in line.cells if cell.text)
