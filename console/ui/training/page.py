"""The first and the last page of a training: what it is about and who trains, and the result."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from console.session.running.binding import BindingError
from console.session.running.desk import Proof
from console.session.session import Refresh
from console.text import tr
from console.training.people import demo_pin, technicians
from console.training.report import ENDS, points_line, verdict_line
from console.training.result import Deduction, Reaction, Score
from console.training.scenario import said
from console.training.trainer import Trainer
from console.ui import formats
from console.ui.controls import Button
from console.ui.page import Page
from console.ui.setup_parts import FactList, Panel, Words, scrolling
from console.ui.theme import font
from console.ui.work.sign_panel import SignPanel
from console.work.events import Refused

_WIDE = 640


class TrainingPage(Page):
    """The brief with the sign-in, then the result. ``begun`` carries the id of the run."""

    begun = Signal(str)
    closed = Signal()

    name = "training"
    icon = "work"

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        super().__init__(trainer.session)
        self.sign = SignPanel(trainer.session)
        self.said = Words("", 13)
        self.begin = Button(tr("Sign in and begin"), primary=True)
        self.result = _Result()
        self._stack = QStackedWidget()
        self._stack.addWidget(scrolling(self._brief(), tr("Training")))
        self._stack.addWidget(scrolling(self.result, tr("Result of the training")))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 16)
        column.addWidget(self._stack)
        self.begin.clicked.connect(self._ask)
        self.sign.given.connect(self._sign_in)
        self.sign.cancelled.connect(self.begin.show)
        self.result.leave.clicked.connect(self.closed)

    def title(self) -> str:
        """Return the word for it."""
        return tr("Training")

    def headline(self) -> str:
        """Return what is trained."""
        return tr("Training > {what}", what=said(self.trainer.scenario.title))

    def refresh(self, changes: Refresh) -> None:
        """Turn to the result once it is there."""
        if self.trainer.score is not None and self._stack.currentIndex() == 0:
            self.result.show_score(self.trainer.score)
            self._stack.setCurrentIndex(1)
        self.begin.setVisible(not self.trainer.run_id and self.sign.isHidden())
        if self.trainer.run_id:
            self.said.say(tr("The work has begun: it is on the page Guided work."))

    # ---- inside ----

    def _brief(self) -> QWidget:
        scenario, inside = self.trainer.scenario, QWidget()
        panel = Panel(said(scenario.title))
        facts = FactList(tr("The training"))
        facts.show_facts(self._facts())
        inner = QVBoxLayout(panel)
        inner.setContentsMargins(24, 24, 24, 24)
        inner.setSpacing(16)
        inner.addWidget(Words(said(scenario.title), 20))
        inner.addWidget(Words(said(scenario.brief), 13))
        inner.addWidget(facts)
        inner.addWidget(self.said)
        inner.addWidget(self.begin)
        inner.addWidget(self.sign)
        panel.setMaximumWidth(_WIDE + 160)
        row = QHBoxLayout(inside)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(panel, 1, Qt.AlignmentFlag.AlignTop)
        row.addStretch(0)
        return inside

    def _facts(self) -> tuple[tuple[str, str], ...]:
        scenario = self.trainer.scenario
        procedure = self.trainer.revision.procedure
        facts = [
            (tr("Procedure"), said(dict(procedure.title))),
            (tr("Work on"), self.session.name_of(scenario.target)),
            (tr("Who trains"), self.trainer.who.name),
            (tr("A good time for the hands"), formats.minutes(scenario.par_s / 60)),
            (tr("To pass"), tr("{mark} of 100 points", mark=scenario.pass_mark)),
        ]
        if scenario.grant:
            told = {"name": scenario.grant.qualification, "days": scenario.grant.valid_days}
            facts.append((tr("Grants"), tr("{name}, {days} days", **told)))
        if not self.trainer.who.is_real:
            facts.append((tr("PIN of this person of the demo"), demo_pin(self.trainer.who.id)))
        return tuple(facts)

    def _ask(self) -> None:
        self.begin.hide()
        who = technicians([self.trainer.who])
        act = tr("Begin the training {what}", what=said(self.trainer.scenario.title))
        self.sign.ask(act, who, chosen=self.trainer.who.id, verb=tr("Begin"))

    def _sign_in(self, person: str, pin: str) -> None:
        self.trainer.place.sign_in(person, pin, self._begin, self.sign.refuse)

    def _begin(self) -> None:
        self.sign.done()
        try:
            proof = Proof("pin", self.session.now().utc_us)
            run = self.trainer.begin(proof=proof)
        except (Refused, BindingError) as refusal:
            self.said.say(str(refusal))
            self.begin.show()
            return
        self.begun.emit(run)


class _Result(QWidget):
    """The whole result: the verdict, what had to be done, every deduction by name."""

    def __init__(self) -> None:
        super().__init__()
        self.leave = Button(tr("Close the training"), primary=True, parent=self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(16)

    def show_score(self, score: Score) -> None:
        """Show a score; called once."""
        self.setAccessibleName(verdict_line(score))
        self._column.addWidget(self._verdict(score))
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self._reactions(score.reactions), 1)
        row.addWidget(self._deductions(score.deductions), 1)
        self._column.addLayout(row)
        self._column.addWidget(self.leave, 0, Qt.AlignmentFlag.AlignRight)
        self._column.addStretch(1)

    def _verdict(self, score: Score) -> QWidget:
        panel = Panel(tr("Result of the training"))
        inner = QVBoxLayout(panel)
        inner.setContentsMargins(24, 16, 24, 16)
        inner.setSpacing(8)
        word = Words(tr("Passed") if score.passed else tr("Not passed"), 32)
        word.setFont(font(32, bold=True))
        inner.addWidget(word)
        inner.addWidget(Words(points_line(score), 16))
        told = [tr(ENDS[score.ended]), _times(score)]
        if not score.passed:
            told.insert(0, score.why_not)
        inner.addWidget(Words("\n".join(told), 13, quiet=True))
        return panel

    def _reactions(self, reactions: object) -> QWidget:
        panel, grid = _table(tr("What had to be done"))
        for number, one in enumerate(reactions if isinstance(reactions, list | tuple) else ()):
            self._reaction(grid, number + 1, one)
        return panel

    def _reaction(self, grid: QGridLayout, row: int, one: Reaction) -> None:
        mark = tr("done") if one.is_met else tr("NOT DONE")
        after = "" if one.seconds is None else formats.age(one.seconds)
        grid.addWidget(Words(said(dict(one.text)), 13), row, 0)
        grid.addWidget(Words(mark, 13), row, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(_narrow(after), row, 2, Qt.AlignmentFlag.AlignTop)

    def _deductions(self, deductions: object) -> QWidget:
        panel, grid = _table(tr("Taken off"))
        found = deductions if isinstance(deductions, list | tuple) else ()
        for number, one in enumerate(found):
            self._deduction(grid, number + 1, one)
        if not found:
            grid.addWidget(Words(tr("Nothing. Well done."), 13, quiet=True), 1, 0)
        return panel

    def _deduction(self, grid: QGridLayout, row: int, one: Deduction) -> None:
        points = f"\N{MINUS SIGN}{one.points}" if one.points else "0"
        text = one.sentence + (f" ({tr('decisive')})" if one.critical else "")
        grid.addWidget(Words(text, 13), row, 0)
        grid.addWidget(Words(points, 13), row, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(_narrow(one.step), row, 2, Qt.AlignmentFlag.AlignTop)


def _table(heading: str) -> tuple[QWidget, QGridLayout]:
    panel = Panel(heading)
    grid = QGridLayout()
    grid.setContentsMargins(24, 16, 24, 16)
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(8)
    grid.setColumnStretch(0, 1)
    grid.setColumnMinimumWidth(1, 72)
    grid.addWidget(Words(heading, 16), 0, 0, 1, 3)
    column_of = QVBoxLayout(panel)
    column_of.setContentsMargins(0, 0, 0, 0)
    column_of.addLayout(grid)
    column_of.addStretch(1)
    return panel, grid


def _narrow(text: str) -> Words:
    words = Words(text, 11, quiet=True)
    words.setWordWrap(False)
    return words


def _times(score: Score) -> str:
    return tr(
        "{worked} of hands' work, {par} is a good time; "
        "{attempts} gates attempted, {errors} errors",
        worked=formats.minutes(score.worked_s / 60),
        par=formats.minutes(score.par_s / 60),
        attempts=score.gates_attempted,
        errors=score.errors,
    )
