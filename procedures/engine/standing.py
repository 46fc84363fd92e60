"""How a run stands now, for a screen: the step, its gates, why not yet, and what time is left."""

from __future__ import annotations

from dataclasses import dataclass

from procedures.engine.context import Context, is_kept
from procedures.engine.evaluate import Verdict, evaluate
from procedures.engine.needs import (
    GateState,
    clock_s,
    elapsed_s,
    gate_state,
    needs_to_complete,
    needs_to_start,
)
from procedures.engine.sentence import Sentence, say
from procedures.engine.state import Run, StepStatus
from procedures.revision import Revision
from procedures.spec import Clock, Step
from procedures.spec_parts import Invariant


@dataclass(frozen=True, slots=True)
class InvariantState:
    """What must stay met, and whether it is."""

    invariant: Invariant
    verdict: Verdict
    is_kept: bool


@dataclass(frozen=True, slots=True)
class TimerState:
    """The timer of the step: seconds so far, to the minimum, to the maximum (below 0: over)."""

    spent_s: float
    to_min_s: float | None
    to_max_s: float | None
    is_warning: bool


@dataclass(frozen=True, slots=True)
class ClockState:
    """A clock across steps that is running."""

    clock: Clock
    spent_s: float

    @property
    def is_warning(self) -> bool:
        """Whether the screen should warn."""
        return self.spent_s >= (self.clock.warn_s or self.clock.max_s)


@dataclass(frozen=True, slots=True)
class Standing:
    """The step to do now (None: all done), and everything that decides when it can go on.

    ``needs`` are the reasons why it cannot be started (or, once open, signed) yet; empty means now.
    """

    step: Step | None
    gates: tuple[GateState, ...] = ()
    invariants: tuple[InvariantState, ...] = ()
    needs: tuple[Sentence, ...] = ()
    timer: TimerState | None = None
    clocks: tuple[ClockState, ...] = ()


def standing(run: Run, revision: Revision, context: Context, by: str = "") -> Standing:
    """Return how a run stands for the person who would start or sign (empty: for anybody)."""
    procedure = revision.procedure
    context = context.bound_to(run, procedure)
    clocks = tuple(
        ClockState(clock, spent_s)
        for clock in procedure.clocks
        if (spent_s := clock_s(run, clock, context)) is not None
    )
    current = run.current
    if current is None:
        return Standing(None, clocks=clocks)
    spec, is_ready = procedure.steps[current.step], current.status is StepStatus.READY
    needs = needs_to_start if is_ready else needs_to_complete
    held = [say("held", step=spec.id, why=", ".join(current.held))] if current.held else []
    return Standing(
        spec,
        tuple(gate_state(g, run, context, by) for g in (spec.before if is_ready else spec.verify)),
        tuple(
            InvariantState(part, _verdict(part, context), is_kept(part, context))
            for part in procedure.invariants_of(spec.id)
        ),
        (*held, *needs(run, procedure, current, context, by)),
        _timer(run, spec, context),
        clocks,
    )


def _verdict(invariant: Invariant, context: Context) -> Verdict:
    return evaluate(invariant.parsed, context.readings, context.now, invariant.max_age_s)


def _timer(run: Run, spec: Step, context: Context) -> TimerState | None:
    timer, current = spec.timer, run.current
    is_counting = timer and current and (timer.since or current.status is not StepStatus.READY)
    if not is_counting or timer is None or current is None:
        return None
    spent_s = elapsed_s(run, spec, current, context)
    to_min_s = None if timer.min_s is None else max(0.0, timer.min_s - spent_s)
    to_max_s = None if timer.max_s is None else timer.max_s - spent_s
    warn_s = timer.warn_s or timer.max_s
    return TimerState(spent_s, to_min_s, to_max_s, warn_s is not None and spent_s >= warn_s)
