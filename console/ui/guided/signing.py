"""What another person gives: the second signature and the release of a hold point."""

from __future__ import annotations

from console.text import tr
from console.ui.guided.hands import Hands
from console.ui.guided.questions import hold_question, reject_question, second_question
from console.ui.guided.rows import DONE, TODO, Row, ToolButton
from console.ui.guided.situation import Situation
from console.ui.guided.words import role_name
from procedures.engine.people import same
from procedures.engine.state import StepStatus
from procedures.spec_parts import Hold, Second


class HoldRow(Row):
    """A hold point: nobody passes it until this role, another person, has released it."""

    def __init__(self, hold: Hold, hands: Hands) -> None:
        super().__init__(tr("Hold point: {role} releases it", role=role_name(hold.role)), hands)
        self.hold = hold
        self.button = ToolButton(tr("Release …"))
        self.button.setAccessibleName(tr("Release the hold point"))
        self.right.addWidget(self.button)
        self.button.clicked.connect(self._ask)
        self._now: Situation | None = None

    def show_state(self, now: Situation) -> None:
        """Bring the line up to date."""
        self._now = now
        by = now.step.hold_released_by if now.step else ""
        self.mark.show_mark(DONE if by else TODO)
        self.button.setVisible(not by and now.is_free and bool(now.hands))
        said = now.names.of(self.hold.text, now.spec)
        self.tell(tr("released by {person}", person=now.names.person(by)) if by else said)

    def _ask(self) -> None:
        question = hold_question(self.hands, self._now) if self._now else None
        if question:
            self.hands.sheet.emit(question)


class SecondRow(Row):
    """The second signature: beside the first while it is being done, or afterwards."""

    def __init__(self, second: Second, hands: Hands) -> None:
        super().__init__(tr("Second signature: {role}", role=role_name(second.role)), hands)
        self.second = second
        self.button = ToolButton(tr("Sign …"))
        self.button.setAccessibleName(tr("Second signature"))
        self.refuse = ToolButton(tr("Do not accept …"))
        self.right.addWidget(self.refuse)
        self.right.addWidget(self.button)
        self.button.clicked.connect(self._ask)
        self.refuse.clicked.connect(self._reject)
        self._now: Situation | None = None

    def show_state(self, now: Situation) -> None:
        """Bring the line up to date."""
        self._now = now
        step = now.step
        if step is None:
            return
        concurrent = self.second.mode == "concurrent"
        others = [one for one in step.seconds if not any(same(one, hand) for hand in step.hands)]
        self.mark.show_mark(DONE if others else TODO)
        is_time = step.status is (StepStatus.OPEN if concurrent else StepStatus.PERFORMED)
        can = is_time and not others and not step.held and now.is_free and bool(now.hands)
        self.button.setVisible(can and concurrent)
        self.refuse.setVisible(can and not concurrent)
        if others:
            who = ", ".join(now.names.person(one) for one in others)
            self.tell(tr("signed by {person}", person=who))
        elif concurrent:
            self.tell(tr("watches it being done, and signs before you do"))
        elif step.status is StepStatus.PERFORMED:
            who = now.names.person(step.executor)
            self.tell(tr("{person} has signed; now looks who was not there", person=who))
        else:
            self.tell(tr("was not there; looks at the result after you have signed"))

    def _ask(self) -> None:
        question = second_question(self.hands, self._now) if self._now else None
        if question:
            self.hands.sheet.emit(question)

    def _reject(self) -> None:
        question = reject_question(self.hands, self._now) if self._now else None
        if question:
            self.hands.sheet.emit(question)
