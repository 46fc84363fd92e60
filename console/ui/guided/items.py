"""Lines to be read aloud, answers to a question, personal locks: each a big thing to touch."""

from __future__ import annotations

from PySide6.QtCore import Qt

from console.text import tr
from console.ui.guided.hands import Hands
from console.ui.guided.rows import DONE, TODO, Row, TapRow
from console.ui.guided.situation import Situation
from console.ui.theme import font
from procedures.engine import commands as cmd
from procedures.engine.people import same
from procedures.spec_parts import Answer, Item, Lock


class ItemRow(TapRow):
    """One line of a pause point; a touch confirms it."""

    def __init__(self, item: Item, title: str, hands: Hands) -> None:
        super().__init__(title, hands)
        self.item = item
        self.tapped.connect(self._confirm)

    def show_state(self, now: Situation) -> None:
        """Bring the line up to date."""
        done = now.step is not None and self.item.id in now.step.items
        self.mark.show_mark(DONE if done else TODO)
        self.allow(now.can_record and not done)
        self.setAccessibleDescription(tr("confirmed") if done else tr("not confirmed"))

    def _confirm(self) -> None:
        self.say("")
        step = self.hands.spec.id if self.hands.spec else ""
        self.hands.ask(cmd.ConfirmItem(step, self.hands.who, self.item.id), self.say)


class AnswerRow(TapRow):
    """One answer to the question of the step, and where it leads."""

    def __init__(self, answer: Answer, title: str, hands: Hands) -> None:
        super().__init__(title, hands)
        self.answer = answer
        self.tapped.connect(self._choose)

    def show_state(self, now: Situation) -> None:
        """Bring the line up to date."""
        chosen = now.step is not None and now.step.answer == self.answer.id
        self.mark.show_mark(DONE if chosen else TODO)
        self.allow(now.can_record and not chosen)
        self.title.setFont(font(16, bold=chosen))
        if self.answer.goto:
            self.tell(tr("the work goes on at: {step}", step=now.names.step(self.answer.goto)))
        self.setAccessibleDescription(tr("chosen") if chosen else "")

    def _choose(self) -> None:
        self.say("")
        step = self.hands.spec.id if self.hands.spec else ""
        self.hands.ask(cmd.Choose(step, self.hands.who, self.answer.id), self.say)


class LockRow(Row):
    """A personal lock that the step hangs or takes off; only its owner takes it off."""

    def __init__(self, lock: Lock, title: str, hands: Hands) -> None:
        super().__init__(title, hands)
        self.lock = lock
        self.title.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)

    def show_state(self, now: Situation) -> None:
        """Bring the line up to date."""
        owner = now.view.run.locks.get(self.lock.id, "")
        name = now.names.title(self.lock.id, None)
        executor = now.step.executor if now.step and now.step.executor else self.hands.who
        if self.lock.act == "hang":
            self.title.say(tr("Hang your lock: {lock}", lock=name))
            who = now.names.person(executor) if executor else "?"
            self.tell(tr("signing the step says that the lock of {person} hangs", person=who))
            self.mark.show_mark(TODO)
            return
        self.title.say(tr("Take your lock off: {lock}", lock=name))
        if not owner:
            self.tell(tr("no lock hangs there"))
        elif same(owner, executor):
            self.tell(tr("hung by {person}", person=now.names.person(owner)))
        else:
            who = now.names.person(owner)
            self.tell(tr("hung by {person}; nobody else takes it off", person=who))
        self.mark.show_mark("unmet" if owner and not same(owner, executor) else TODO)
