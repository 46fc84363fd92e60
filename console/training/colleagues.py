"""Scripted colleagues: they sign, release and look, as people would, a visible while later.

Only what stands between a lone trainee and the next step is theirs to do. They never sign for
something that is not there yet, and never decide for the trainee.
"""

from __future__ import annotations

from dataclasses import dataclass

from console.session.running.desk import RunView
from console.training.people import colleague_id
from console.training.scenario import Crew
from procedures.engine import commands as cmd
from procedures.engine.state import TIMER, StepStatus
from procedures.spec import Procedure, Step


@dataclass(frozen=True, slots=True)
class Act:
    """What a colleague is about to do, and in which role; ``what`` is a word for the screen."""

    role: str
    what: str
    command: cmd.Command


SAID = {
    "sign": "{who} looks and signs",
    "release_hold": "{who} looks and releases the hold point",
    "release": "{who} looks and lets the step go on",
    "override": "{who} is asked to let {gate} pass",
}
"""What a colleague is doing, in words; a key of the catalogue each."""


class Colleagues:
    """The colleagues of one training. ``next`` says what one of them would do now."""

    def __init__(self, crew: Crew, procedure: Procedure) -> None:
        self._crew = crew
        self._procedure = procedure
        self._asked: tuple[str, int, str, str] | None = None

    def ask_override(self, step: str, visit: int, gate: str, reason: str) -> None:
        """Ask the supervisor to let a gate pass; done after the delay if he gives in."""
        self._asked = step, visit, gate, reason

    def next(self, view: RunView) -> Act | None:
        """Return what a colleague would do now; None where nobody has to do anything."""
        run, step = view.run, view.run.current
        if run.is_over or step is None or view.waits:
            return None
        spec = self._procedure.steps[step.step]
        found = self._released(view) or self._overridden(view) or self._hold(view, spec)
        return found or self._signed(view, spec)

    def _released(self, view: RunView) -> Act | None:
        step = view.run.current
        if step is None or not step.held or step.status is StepStatus.READY:
            return None
        broken = {one.invariant.id for one in view.standing.invariants if not one.is_kept}
        if broken & set(step.held):
            return None
        wanted = {
            one.invariant.release
            for one in view.standing.invariants
            if one.invariant.id in step.held
        }
        role = "supervisor" if TIMER in step.held else next(iter(sorted(wanted)), "supervisor")
        why = "It is as it must be again"
        return self._act(role, "release", cmd.Release(step.step, colleague_id_of(role), why))

    def _overridden(self, view: RunView) -> Act | None:
        step = view.run.current
        if self._asked is None or step is None:
            return None
        name, visit, gate, reason = self._asked
        state = next((one for one in view.standing.gates if one.gate.id == gate), None)
        if (name, visit) != (step.step, step.visit) or state is None or state.passes:
            self._asked = None
            return None
        override = state.gate.override
        if override is None or not self._crew.grants_overrides:
            return None
        by = colleague_id_of(override.role)
        return self._act(override.role, "override", cmd.OverrideGate(name, by, gate, reason))

    def _hold(self, view: RunView, spec: Step) -> Act | None:
        step = view.run.current
        is_ready = step is not None and step.status is StepStatus.READY
        if step is None or not is_ready or not spec.hold or step.hold_released_by:
            return None
        by = colleague_id_of(spec.hold.role)
        return self._act(spec.hold.role, "release_hold", cmd.ReleaseHold(spec.id, by))

    def _signed(self, view: RunView, spec: Step) -> Act | None:
        step, second = view.run.current, spec.sign.second
        if step is None or second is None or step.held:
            return None
        by = colleague_id_of(second.role)
        is_due = step.status is StepStatus.PERFORMED
        if second.mode == "concurrent" and step.status is StepStatus.OPEN:
            codes = {need.code for need in view.standing.needs}
            is_due = codes == {"second_missing"} and by not in step.seconds
        if not is_due:
            return None
        # Colleagues read English or Chinese alike; the language of the trainee's screen is shown.
        language = step.language or "en"
        return self._act(second.role, "sign", cmd.SignSecond(spec.id, by, language, spec.hazards))

    def _act(self, role: str, what: str, command: cmd.Command) -> Act | None:
        """Return an act of a role that somebody plays; a role nobody plays does nothing."""
        return Act(role, what, command) if role in self._crew.colleagues else None


def colleague_id_of(role: str) -> str:
    """Return the id of the colleague with a role of a procedure."""
    return colleague_id(role)  # type: ignore[arg-type]  # a role of a procedure is one of these
