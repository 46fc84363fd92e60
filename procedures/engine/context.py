"""What a decision depends on besides the run: the moment, the readings, the people, the watch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from procedures.engine.evaluate import evaluate
from procedures.engine.moment import Moment
from procedures.engine.people import Person
from procedures.engine.readings import Readings, Sensed
from procedures.engine.state import Run, StepRun, StepStatus
from procedures.spec import Procedure
from procedures.spec_parts import Gate, Invariant


@dataclass(frozen=True, slots=True)
class Span:
    """Since when something was so, and when it was last looked at, monotonic us."""

    since_us: int
    last_us: int


@dataclass(frozen=True, slots=True)
class Watch:
    """Since when gates have been met and invariants broken, as seen by repeated looking.

    It is not recorded: after a restart nothing has been met for any time, which is the safe side.
    ``step`` and ``visit`` say what it belongs to.
    """

    step: str = ""
    visit: int = 0
    met: Mapping[str, Span] = field(default_factory=dict)
    broken: Mapping[str, Span] = field(default_factory=dict)

    def met_for_s(self, gate: Gate, step: StepRun | None, now: Moment) -> float:
        """Return for how long a gate of a step has been met, without a gap in the looking."""
        is_of_it = step and self.step == step.step and self.visit == step.visit
        span = self.met.get(gate.id) if is_of_it else None
        if span is None or now.mono_us - span.last_us > gate.max_age_s * 1e6:
            return 0.0
        return max(0, now.mono_us - span.since_us) / 1e6

    def broken_for_s(self, invariant: Invariant, now: Moment) -> float:
        """Return for how long an invariant has not been met."""
        span = self.broken.get(invariant.id)
        return max(0, now.mono_us - span.since_us) / 1e6 if span else 0.0


@dataclass(frozen=True, slots=True)
class Bound:
    """Readings of a run: optional equipment that it was not given has no points at all."""

    readings: Readings
    absent: frozenset[str]

    def of(self, subject: str, point: str) -> tuple[Sensed, ...] | None:
        """Return every reading of a point, none of equipment that is not there."""
        return () if subject in self.absent else self.readings.of(subject, point)


@dataclass(frozen=True, slots=True)
class Context:
    """Everything given. ``people`` is the roster by id, ``others`` the runs that are open."""

    now: Moment
    readings: Readings
    people: Mapping[str, Person]
    watch: Watch = Watch()
    others: Iterable[Run] = ()

    def bound_to(self, run: Run, procedure: Procedure) -> Self:
        """Return the context of one run: it knows which optional equipment is not there."""
        absent = frozenset(
            name
            for name, spec in procedure.subjects.items()
            if spec.optional and spec.kind != "work" and not run.subjects.get(name)
        )
        return replace(self, readings=Bound(self.readings, absent))


def look(watch: Watch, run: Run, procedure: Procedure, context: Context) -> Watch:
    """Return the watch after another look at the gates of the step to do now."""
    step = run.current
    if step is None:
        return Watch()
    spec, now = procedure.steps[step.step], context.now
    is_same = watch.step == step.step and watch.visit == step.visit
    before = watch if is_same else Watch()
    gates = spec.before if step.status is StepStatus.READY else spec.verify
    met = {
        gate.id: _going_on(before.met.get(gate.id), now, gate.max_age_s)
        for gate in gates
        if evaluate(gate.parsed, context.readings, now, gate.max_age_s).is_met
    }
    broken = {
        part.id: _going_on(before.broken.get(part.id), now, None)
        for part in procedure.invariants_of(step.step)
        if not is_kept(part, context)
    }
    return Watch(step.step, step.visit, met, broken)


def is_kept(invariant: Invariant, context: Context) -> bool:
    """Whether an invariant is met now, or rightly does not apply."""
    found = evaluate(invariant.parsed, context.readings, context.now, invariant.max_age_s)
    return found.is_met or (found.state == "not_fitted" and invariant.not_fitted == "skip")


def _going_on(span: Span | None, now: Moment, max_gap_s: float | None) -> Span:
    is_gap = span and max_gap_s is not None and now.mono_us - span.last_us > max_gap_s * 1e6
    since = span.since_us if span and not is_gap else now.mono_us
    return Span(since, now.mono_us)
