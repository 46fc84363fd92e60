"""A record step by step: the list of steps, and the chosen one with all that was recorded."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.session.review_reading import RunRecord
from console.session.session import Session
from console.text import tr
from console.ui import formats
from console.ui.plain_table import Cell, Column, Ink, Line
from console.ui.review.facts import RecordFacts
from console.ui.review.photos import PhotoRow
from console.ui.review.strip import StepStrip
from console.ui.setup_parts import Words, scrolling
from console.ui.work.order_sections import Section
from console.ui.work.things_view import ReadTable
from console.work.review import Finding
from console.work.reviews.desk import About
from console.work.reviews.steps import StepRecord
from console.work.reviews.words import span_words

_SEPARATOR = "|"
_LIST = 0.42
SECTIONS = {
    "values": "Values",
    "signatures": "Signatures",
    "gates": "Gates",
    "said": "Labels, answers and notes",
    "evidence": "Evidence",
}
"""What is shown of a step; a key of the catalogue each."""
COLUMNS = (
    Column(lambda: tr("Step"), "12. Lower the server, half way", grows=True),
    Column(lambda: tr("Took"), "12.5 min", right=True),
    Column(lambda: tr("Exc."), "12", right=True),
)


class StepsView(QWidget):
    """``chosen`` carries the step key of the visit that is now on the screen."""

    chosen = Signal(str)
    open_photo = Signal(int)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setAccessibleName(tr("Steps"))
        self._facts: RecordFacts | None = None
        self._drawn: object = None
        self.table = ReadTable(tr("Steps"), COLUMNS)
        self.none = Words("", 16, quiet=True)
        self.detail = StepDetail(session)
        self.detail.photos.opened.connect(self.open_photo)
        self._left = QVBoxLayout()
        self._area = scrolling(self.detail, tr("The step"))
        self._left.addWidget(self.none)
        self._left.addWidget(self.table, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addLayout(self._left, round(_LIST * 100))
        row.addWidget(self._area, round((1 - _LIST) * 100))
        self.table.chosen.connect(self._chosen)

    def show_record(self, facts: RecordFacts, *, is_read: bool) -> None:
        """Show the steps of a record."""
        self._facts, self._drawn = facts, None
        runs = facts.record.runs if facts.record else ()
        several = len(runs) > 1
        lines = [self._line(run, step, several=several) for run in runs for step in run.steps]
        self.table.show_lines(tuple(lines))
        self.table.setVisible(bool(lines))
        self._area.setVisible(bool(lines))
        told = tr("No step was worked through.") if is_read else tr("Reading the record …")
        self.none.say("" if lines else told)
        self.none.setVisible(not lines)
        self._show()

    def choose(self, run: str, step: str) -> None:
        """Turn to one visit of a step."""
        self.table.choose(f"{run}{_SEPARATOR}{step}")

    def choose_first(self) -> None:
        """Turn to the first step where none is chosen."""
        if not self.table.key and self.table.lines:
            self.table.choose(self.table.lines[0].key)

    @property
    def current(self) -> tuple[RunRecord, StepRecord] | None:
        """The run and the visit that are chosen."""
        run, _, step = self.table.key.partition(_SEPARATOR)
        record = self._facts.record if self._facts else None
        found = record.run(run) if record else None
        visit = found.step(step) if found else None
        return (found, visit) if found and visit else None

    def place(self, of: str) -> About | None:
        """Where the chosen step is, for a question about it."""
        found = self.current
        return About(of, found[0].run.id, found[1].step) if found else None

    @property
    def waiting(self) -> bool:
        """Whether curves or photos are still being read."""
        return self.detail.strip.waiting or self.detail.photos.waiting

    def refresh(self) -> None:
        """Let the curves go on."""
        self.detail.strip.refresh()

    def _line(self, run: RunRecord, step: StepRecord, *, several: bool) -> Line:
        facts = self._facts
        name = facts.words(run).step_name(step.step, step.visit) if facts else step.step
        if several:
            name = f"{run.run.id} {name}"
        count = len(_findings(run, step))
        time = step.time
        took = (
            span_words(time.worked_s, formats.decimal_point()) if time and time.started_us else ""
        )
        usual = run.usual.get(step.step)
        is_odd = usual is not None and time is not None and usual.is_unusual(time)
        cells = (
            Cell(name),
            Cell(f"{took} !" if is_odd else took, Ink.PLAIN if is_odd else Ink.QUIET),
            Cell(str(count) if count else "", Ink.PLAIN),
        )
        return Line(f"{run.run.id}{_SEPARATOR}{step.key}", cells)

    def _chosen(self) -> None:
        self._show()
        found = self.current
        if found is not None:
            self._area.verticalScrollBar().setValue(0)
            self.chosen.emit(found[1].key)

    def _show(self) -> None:
        found = self.current
        self.detail.setVisible(found is not None)
        if found is None or self._facts is None:
            return
        drawn = (id(self._facts), self.table.key)
        if drawn != self._drawn:
            self._drawn = drawn
            self.detail.show_step(self._facts, *found)


class StepDetail(QWidget):
    """One visit of a step: time, exceptions, telemetry, values, photos, signatures, notes."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setAccessibleName(tr("The step"))
        self.name = Words("", 16)
        self.head = Section(tr("Time and people"))
        self.exceptions = Section(tr("Exceptions"))
        self.strip = StepStrip(session)
        self.photos = PhotoRow(session)
        self.sections = {key: Section(tr(title)) for key, title in SECTIONS.items()}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(12)
        before = (self.name, self.exceptions, self.head, self.strip, self.sections["values"])
        for part in (*before, self.photos):
            column.addWidget(part)
        for key, section in self.sections.items():
            if key != "values":
                column.addWidget(section)
        column.addStretch(1)

    def show_step(self, facts: RecordFacts, run: RunRecord, step: StepRecord) -> None:
        """Show a visit of a step."""
        say = facts.words(run)
        self.name.say(say.step_name(step.step, step.visit))
        self.exceptions.say(facts.step_exceptions(run, step))
        self.head.say(facts.step_head(run, step))
        self.strip.show_step(facts, run, step)
        self.photos.show_shots(step.photos)
        self.sections["values"].say(facts.values(step))
        self.sections["signatures"].say(facts.signatures(step))
        self.sections["gates"].say(facts.gates(run, step))
        self.sections["said"].say(facts.said(step))
        self.sections["evidence"].say(facts.evidence(step))


def _findings(run: RunRecord, step: StepRecord) -> list[Finding]:
    return [one for one in run.findings if (one.step, one.visit or 1) == (step.step, step.visit)]
