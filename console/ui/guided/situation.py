"""What a run asks of the person at the console now: one thing, what it is called, why not yet.

Pure: everything follows from the view of the run and from who is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from console.session.running.desk import RunView
from console.text import tr
from console.ui.guided.words import Namer
from procedures.engine.people import same
from procedures.engine.state import TIMER, RunStatus, StepRun, StepStatus
from procedures.spec import Step

PROOFS = frozenset(
    {"absent", "not_read", "bad", "old", "future", "unit", "limit", "steady", "by_hand"}
    | {"value_missing", "value_outside", "value_deviation", "value_differs"}
    | {"photo_missing", "scan_missing"}
)
"""Codes of what a step on the way to safety may be left without, with a reason."""
_ONLY_TIME = frozenset({"steady", "min_time"})
"""Codes of what passes by itself."""


class Act(StrEnum):
    """What the primary button does."""

    NOTHING = "nothing"
    SIGN_IN = "sign_in"
    TAKE_OVER = "take_over"
    RELEASE = "release"
    RELEASE_HOLD = "release_hold"
    START = "start"
    SECOND = "second"
    COMPLETE = "complete"
    LEAVE_UNPROVEN = "leave_unproven"
    CLOSE = "close"
    REVIEW = "review"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Primary:
    """The one button: what it does, what it says, and why it cannot be pressed (empty: it can).

    ``hint`` stands beside it where it can.
    """

    act: Act
    text: str
    why: str = ""
    hint: str = ""

    @property
    def is_possible(self) -> bool:
        """Whether it can be pressed."""
        return not self.why and self.act is not Act.NOTHING


@dataclass(frozen=True, slots=True)
class Situation:
    """A run, who is at the console, and what this person has done that is not an event yet.

    ``understood``: the hazards of this visit have been acknowledged here; ``order``: the number of
    an order in work that has this run; ``session``: the id of the desk's session.
    """

    view: RunView
    names: Namer
    hands: str
    understood: bool
    order: str
    session: str

    @property
    def step(self) -> StepRun | None:
        """The step to do now."""
        return self.view.run.current

    @property
    def spec(self) -> Step | None:
        """What its author wrote of it."""
        return self.view.standing.step

    @property
    def is_making_safe(self) -> bool:
        """Whether the work is on its way to a safe state."""
        return not self.view.run.phase_holds

    @property
    def is_opened(self) -> bool:
        """Whether this console has looked at the equipment since it was started."""
        return self.view.run.is_open_in(self.session)

    @property
    def is_member(self) -> bool:
        """Whether who is here belongs to this work; on the way to safety everybody does."""
        crew = self.view.run.crew
        return bool(self.hands) and (
            self.is_making_safe or any(same(self.hands, one) for one in crew)
        )

    @property
    def asks_for_hazards(self) -> bool:
        """Whether hazards must be acknowledged before the step is started."""
        step, spec = self.step, self.spec
        is_ready = step is not None and step.status is StepStatus.READY
        return bool(is_ready and spec and spec.hazards and not self.understood)

    @property
    def can_record(self) -> bool:
        """Whether values, labels and the like may be given now."""
        step = self.step
        is_open = step is not None and step.status is StepStatus.OPEN and not step.held
        return bool(is_open and self.is_member and self.is_free and not self.view.run.suspended_by)

    @property
    def is_free(self) -> bool:
        """Whether commands are taken: nothing is on its way to the disk."""
        return not self.view.waits and self.is_opened

    def needs(self) -> tuple[str, ...]:
        """Return every reason why the step cannot go on yet, in words: what hands can do first."""
        needs = sorted(self.view.standing.needs, key=lambda need: need.code in _ONLY_TIME)
        found = [self.names.sentence(need, self.spec) for need in needs]
        return tuple(dict.fromkeys(found))

    def primary(self) -> Primary:
        """Return what the one button is now."""
        if self.view.run.is_over:
            return self._over()
        if not self.hands and not self.view.waits:
            hint = tr("Nobody is signed in: this is to look at only")
            return Primary(Act.SIGN_IN, tr("Sign in to go on"), hint=hint)
        why = self._barred()
        if why:
            return Primary(Act.NOTHING, self._name_of_next(), why)
        return self._of_run()

    def _barred(self) -> str:
        """Return why nothing at all is possible now, whatever the step asks for."""
        if self.view.waits:
            return self.view.waits
        if not self.is_opened:
            return tr("The console was started again and is looking at the equipment")
        if not self.is_member and not self.view.run.suspended_by:
            who = self.names.person(self.hands)
            return tr("{person} is not among the people of this work", person=who)
        return ""

    def _of_run(self) -> Primary:
        step = self.step
        if self.view.run.suspended_by:
            return Primary(Act.TAKE_OVER, tr("Take the work over"))
        if step is None:
            return Primary(Act.CLOSE, tr("Close work"))
        if step.held:
            return Primary(Act.RELEASE, tr("Let it go on"), self._still_broken(step))
        return self._of_step(step)

    def _name_of_next(self) -> str:
        """What the button would say: a word that stays while it cannot be pressed."""
        step = self.step
        if self.view.run.suspended_by:
            return tr("Take the work over")
        if step is None:
            return tr("Close work")
        names = {
            StepStatus.READY: tr("Start step"),
            StepStatus.OPEN: tr("Sign as done"),
            StepStatus.PERFORMED: tr("Second signature"),
        }
        return names[step.status]

    def _over(self) -> Primary:
        if self.order and self.view.run.status is RunStatus.FINISHED:
            if not self.hands:
                return Primary(Act.SIGN_IN, tr("Sign in to go on"))
            return Primary(Act.REVIEW, tr("Send to review"))
        return Primary(Act.LEAVE, tr("To the work board"))

    def _still_broken(self, step: StepRun) -> str:
        for state in self.view.standing.invariants:
            if state.invariant.id in step.held and not state.is_kept:
                why = state.verdict.why
                return self.names.sentence(why[0], self.spec) if why else state.invariant.check
        return ""

    def _of_step(self, step: StepRun) -> Primary:
        if step.status is StepStatus.READY:
            return self._of_ready(step)
        if step.status is StepStatus.PERFORMED:
            return Primary(Act.SECOND, tr("Second signature"), self._first_need())
        if not same(step.executor, self.hands):
            why = tr(
                "{person} started this step; only that person signs it",
                person=self.names.person(step.executor),
            )
            return Primary(Act.COMPLETE, tr("Sign as done"), why)
        return self._of_open()

    def _of_ready(self, step: StepRun) -> Primary:
        spec = self.spec
        if spec and spec.hold and not step.hold_released_by:
            return Primary(Act.RELEASE_HOLD, tr("Release the hold point"))
        why = self._first_need()
        if not why and self.asks_for_hazards:
            why = tr("First read the hazards, then say that you have understood them")
        return Primary(Act.START, tr("Start step"), why)

    def _of_open(self) -> Primary:
        needs = self.view.standing.needs
        codes = {need.code for need in needs}
        if needs and codes == {"second_missing"}:
            return Primary(Act.SECOND, tr("Second signature"))
        if needs and self.is_making_safe and codes <= PROOFS:
            return Primary(Act.LEAVE_UNPROVEN, tr("Leave it unproven"))
        return Primary(Act.COMPLETE, tr("Sign as done"), self._first_need())

    def _first_need(self) -> str:
        needs = self.needs()
        return needs[0] if needs else ""

    def release_role(self, step: StepRun) -> str:
        """Return who may let a held step go on."""
        if TIMER in step.held:
            return "supervisor"
        roles = {
            state.invariant.release
            for state in self.view.standing.invariants
            if state.invariant.id in step.held
        }
        order = ("supervisor", "verifier", "technician")
        return next((role for role in order if role in roles), "technician")
