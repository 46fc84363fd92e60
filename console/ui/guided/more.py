"""Everything that is possible beside the one thing to do, as big buttons in the centre."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from console.text import tr
from console.ui.controls import Button, frame
from console.ui.guided import questions
from console.ui.guided.hands import Hands
from console.ui.guided.rows import BigButton
from console.ui.guided.sheets import Ask, Question
from console.ui.guided.situation import Situation
from console.ui.guided.words import language_name
from console.ui.setup_parts import Words, scrolling
from console.ui.theme import theme
from procedures.engine import commands as cmd
from procedures.engine.people import same
from procedures.engine.state import StepStatus

Choice = tuple[str, Callable[[], object]]
"""What a button says, and what it leads to: a question, or None where it has been done."""


def choices(
    hands: Hands,
    now: Situation,
    use_language: Callable[[str], None],
    runs: Sequence[tuple[str, Callable[[], None]]] = (),
) -> Iterator[Choice]:
    """Yield everything that is possible now; ``runs`` are ways to other open work."""
    run = now.view.run
    if now.hands and not run.is_over:
        yield tr("Note"), lambda: questions.note_question(hands)
    if now.is_member and not run.is_over and not run.suspended_by:
        yield tr("Deviation"), lambda: questions.deviation_question(hands, now)
        yield from _of_step(hands, now)
        if run.phase_holds:
            yield tr("Hand the work over"), lambda: questions.suspend_question(hands, now)
    for code in now.view.revision.procedure.languages:
        if code != now.names.language:
            yield language_name(code), lambda code=code: use_language(code)  # type: ignore[misc]
    yield from runs
    yield tr("Sign in as somebody else"), lambda: questions.sign_in_question(hands, now)
    if now.hands and hands.place is not None:
        yield tr("Sign out"), hands.place.sign_out


def _of_step(hands: Hands, now: Situation) -> Iterator[Choice]:
    step, spec = now.step, now.spec
    if step is None or spec is None:
        return
    if step.status is StepStatus.READY and other_steps(now):
        yield tr("Another step first"), lambda: other_step_question(hands, now)
    if step.status is StepStatus.OPEN and spec.on_fail and same(step.executor, hands.who):
        yield tr("It did not succeed"), lambda: questions.fail_question(hands, now)
    rule = spec.skip
    if rule is not None and step.status is not StepStatus.PERFORMED:
        yield tr("Leave this step out"), lambda: questions.skip_question(hands, now, rule)
    if step.status is StepStatus.PERFORMED:
        yield tr("Do not accept"), lambda: questions.reject_question(hands, now)


def other_steps(now: Situation) -> tuple[str, ...]:
    """Return the steps that may be taken first, where the author left the order free."""
    spec, procedure = now.spec, now.view.revision.procedure
    phase = procedure.phase_of.get(spec.id) if spec else None
    if spec is None or phase is None or not phase.any_order:
        return ()
    return tuple(s.id for s in phase.steps if s.id != spec.id and s.id not in now.view.run.done)


def other_step_question(hands: Hands, now: Situation) -> Question:
    """Ask which step is to be taken first."""

    def give(
        answers: object,
        _person: str,
        _pin: str,
        done: Callable[[], None],
        refuse: Callable[[str], None],
    ) -> None:
        told = answers if isinstance(answers, dict) else {}
        if hands.ask(cmd.ChooseStep(told["step"], hands.who), refuse):
            done()

    steps = tuple((name, now.names.step(name)) for name in other_steps(now))
    return Question(
        heading=tr("Another step first"),
        verb=tr("Take this step"),
        give=give,
        asks=(Ask("step", tr("Step"), choices=steps),),
    )


class MoreSheet(QWidget):
    """The buttons; ``left`` closes, ``picked`` carries what was chosen."""

    left = Signal()
    picked = Signal(object)

    def __init__(self, offered: list[Choice]) -> None:
        super().__init__()
        self.setAccessibleName(tr("More to do"))
        self.buttons: dict[str, Button] = {}
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(2, 2, 8, 2)
        grid.setSpacing(8)
        for number, (text, lead) in enumerate(offered):
            button = BigButton(text, left=True)
            button.clicked.connect(lambda _=False, lead=lead: self.picked.emit(lead))
            grid.addWidget(button, number // 2, number % 2)
            self.buttons[text] = button
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(len(offered), 1)
        close = BigButton(tr("Back to the step"))
        close.clicked.connect(self.left)
        foot = QHBoxLayout()
        foot.addWidget(close)
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(Words(tr("More to do"), 20))
        column.addWidget(scrolling(inside, tr("More to do")), 1)
        column.addLayout(foot)
        self.setFocusProxy(next(iter(self.buttons.values()), close))

    def paintEvent(self, _event: QPaintEvent) -> None:
        frame(QPainter(self), QRectF(self.rect()), theme().panel, theme().line)
