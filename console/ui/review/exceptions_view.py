"""Everything of a record that was not as planned, the heaviest first."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.session.review_reading import RunRecord
from console.text import tr
from console.ui.plain_table import Cell, Column, Ink, Line
from console.ui.review.facts import RecordFacts
from console.ui.setup_parts import Words
from console.ui.work.things_view import READ_ROW, TITLES, ReadTable
from console.work.review import Finding
from console.work.reviews.desk import About
from console.work.reviews.table import shipped_table

_NARROW = 760
_ALMOST_ALL = 1000
_WHO = 3
COLUMNS = (
    Column(lambda: tr("Exception"), "Value outside its limits "),
    Column(lambda: tr("Step"), "12. Lower it, half way", grows=True),
    Column(lambda: tr("What was found"), "Coolant return: 47.0 °C found, allowed", grows=True),
    Column(lambda: tr("By"), "Ngozi Okafor"),
    Column(lambda: tr("When"), "12:04:11"),
)


class ExceptionsView(QWidget):
    """The list, and the chosen exception in full. ``to_step`` carries run and step key."""

    to_step = Signal(str, str)
    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Exceptions"))
        self.table = ReadTable(tr("Exceptions"), COLUMNS)
        self.none = Words("", 16, quiet=True)
        self.whole = Words("", 13)
        self._found: list[tuple[RunRecord | None, Finding]] = []
        self._facts: RecordFacts | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.none)
        column.addWidget(self.table, _ALMOST_ALL)
        column.addWidget(self.whole)
        column.addStretch(1)
        self.table.chosen.connect(self._chosen)
        self.table.activated.connect(lambda _index: self._go())

    def show_record(self, facts: RecordFacts, *, is_read: bool) -> None:
        """Show the exceptions of a record; one that is still being read has none yet to show."""
        table = shipped_table()
        self._facts = facts
        found = facts.findings()
        self._found = sorted(found, key=lambda pair: (-table.weight[pair[1].kind], pair[1].utc_us))
        self.table.show_lines(tuple(self._line(n, *pair) for n, pair in enumerate(self._found)))
        if found and not self.table.key:
            self.table.choose("0")
        self.table.setMaximumHeight(TITLES + len(found) * READ_ROW + 2)
        self.table.setVisible(bool(found))
        told = tr("Everything was as planned.") if is_read else tr("Reading the record …")
        self.none.say("" if found else told)
        self.none.setVisible(not found)
        self._tell()

    @property
    def about(self) -> tuple[str, str, Finding] | None:
        """Run, step key and the exception that is chosen."""
        key = self.table.key
        if not key:
            return None
        run, finding = self._found[int(key)]
        step = f"{finding.step}#{finding.visit or 1}" if finding.step else ""
        return (run.run.id if run else "", step, finding)

    def place(self, of: str) -> About | None:
        """Where the chosen exception is, for a question about it."""
        found = self.about
        return About(of, found[0], found[2].step) if found else None

    def sentence(self) -> str:
        """Return the chosen exception in words; empty without one."""
        if self._facts is None or not self.table.key:
            return ""
        run, finding = self._found[int(self.table.key)]
        say = self._facts.words(run)
        return f"{say.title(finding)}: {say.sentence(finding)}"

    def _line(self, number: int, run: RunRecord | None, finding: Finding) -> Line:
        facts = self._facts
        if facts is None:
            return Line(str(number), tuple(Cell("") for _ in COLUMNS))
        say = facts.words(run)
        counts = shipped_table().weight[finding.kind] > 0
        ink = Ink.PLAIN if counts else Ink.QUIET
        cells = (
            Cell(say.title(finding), ink),
            Cell(say.step(finding), Ink.QUIET),
            Cell(say.sentence(finding), ink),
            Cell(facts.person(finding.by), Ink.QUIET),
            Cell(facts.clock(finding.utc_us), Ink.QUIET),
        )
        return Line(str(number), cells)

    def _chosen(self) -> None:
        self._tell()
        self.chosen.emit()

    def _tell(self) -> None:
        said = self.sentence()
        if said and self._facts is not None:
            run, finding = self._found[int(self.table.key)]
            step = self._facts.words(run).step(finding)
            said = f"{step}\n{said}" if step else said
        self.whole.say(said)
        self.whole.setVisible(bool(said))

    def _go(self) -> None:
        found = self.about
        if found is not None and found[1]:
            self.to_step.emit(found[0], found[1])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.table.setColumnHidden(_WHO, self.width() < _NARROW)
