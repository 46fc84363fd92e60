"""What is still missing: the reasons why a step cannot be started or signed yet.

The screen shows these as "why not yet"; the engine refuses with the same words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from procedures.checks import plain
from procedures.engine.context import Context, is_kept
from procedures.engine.evaluate import State, Verdict, evaluate
from procedures.engine.people import same
from procedures.engine.sentence import Sentence, say
from procedures.engine.state import TIMER, Run, StepRun
from procedures.spec import Clock, Procedure, Step
from procedures.spec_parts import Gate, Measured

_BY_HAND_S = 600.0
"""How long a value measured by hand stands for the point that the equipment does not have."""


@dataclass(frozen=True, slots=True)
class GateState:
    """A gate as it stands: what was found, for how long it has been met, and why not yet."""

    gate: Gate
    verdict: Verdict
    met_for_s: float
    overridden_by: str
    needs: tuple[Sentence, ...]

    @property
    def passes(self) -> bool:
        """Whether the gate lets the step pass now."""
        return not self.needs


def gate_state(gate: Gate, run: Run, context: Context, by: str = "") -> GateState:
    """Return how a gate of the step to do now stands, for the person who would pass it."""
    verdict = evaluate(gate.parsed, context.readings, context.now, gate.max_age_s)
    met_for_s = context.watch.met_for_s(gate, run.current, context.now)
    overrider = run.current.overridden.get(gate.id, "") if run.current else ""
    is_overridden = bool(overrider) and not _took_part(run.current, overrider, by)
    needs = () if is_overridden else tuple(_gate_needs(gate, verdict, met_for_s, run, context))
    return GateState(gate, verdict, met_for_s, overrider if is_overridden else "", needs)


def _took_part(step: StepRun | None, person: str, by: str) -> bool:
    hands = (*step.hands, by) if step else (by,)
    return any(same(person, hand) for hand in hands)


def _gate_needs(
    gate: Gate, verdict: Verdict, met_for_s: float, run: Run, context: Context
) -> Iterator[Sentence]:
    if run.late and verdict.state is State.UNKNOWN:
        yield from _late_needs(gate, verdict, run, context)
        return
    if verdict.state is State.NOT_FITTED and gate.not_fitted != "refuse":
        if gate.not_fitted == "by_hand" and not _met_by_hand(gate, run, context):
            yield say("by_hand", point=str(gate.parsed))
        return
    if not verdict.is_met:
        yield from verdict.why
    elif met_for_s < gate.for_s:
        yield say("steady", have=f"{met_for_s:.0f}", need=f"{gate.for_s:g}")


def _late_needs(gate: Gate, verdict: Verdict, run: Run, context: Context) -> Iterator[Sentence]:
    """Yield why a gate of a late entry stops it where no telemetry tells: what was written does.

    Nothing written and named as unproven lets it pass, as an exception for the reviewer.
    """
    step = run.current
    if step is None or gate.id in step.unproven:
        return
    if gate.id not in step.by_hand:
        yield from verdict.why
    elif not _met_by_hand(gate, run, context):
        found = step.by_hand[gate.id].number
        yield say("limit", part="", point=gate.id, value=plain(found), limit=gate.check)


def is_ticked(gate: Gate) -> bool:
    """Whether a gate is ticked on paper, 1 for met: it is a word, or one of several checks."""
    either = gate.parsed.either
    return len(either) > 1 or bool(either[0].state)


def _met_by_hand(gate: Gate, run: Run, context: Context) -> bool:
    typed = run.current.by_hand.get(gate.id) if run.current else None
    if typed is None:
        return False
    if not run.late and run.clock_at(context.now) - typed.at_us > _BY_HAND_S * 1e6:
        return False  # on paper there is one box, which stands for the whole step
    if is_ticked(gate):
        return bool(run.late) and typed.number == 1.0
    return gate.parsed.either[0].accepts(typed.number)


def needs_to_start(
    run: Run, procedure: Procedure, step: StepRun, context: Context, by: str = ""
) -> Iterator[Sentence]:
    """Yield why a step cannot be started: its hold point, its gates, what must stay met."""
    spec = procedure.steps[step.step]
    if spec.hold and not step.hold_released_by:
        yield say("hold", role=spec.hold.role)
    if step.hold_released_by and by and same(step.hold_released_by, by):
        yield say("same_person", person=by)
    for gate in spec.before:
        yield from gate_state(gate, run, context, by).needs
    yield from _broken(procedure, step, context)


def needs_to_complete(
    run: Run, procedure: Procedure, step: StepRun, context: Context, by: str = ""
) -> Iterator[Sentence]:
    """Yield why a step cannot be signed: everything that is not there yet."""
    yield from proofs_missing(run, procedure, step, context, by)
    spec = procedure.steps[step.step]
    yield from _broken(procedure, step, context)
    yield from _time(run, spec, step, context)
    yield from _clock_overruns(run, procedure, step, context)
    yield from _locks(run, spec, step)
    missing = [item.id for item in spec.items if item.id not in step.items]
    if missing:
        yield say("item_missing", items=", ".join(missing))
    if spec.ask and not step.answer:
        yield say("no_answer")
    second = spec.sign.second
    if second and second.mode == "concurrent":
        hands = (*step.hands, by)
        if not any(not any(same(one, hand) for hand in hands) for one in step.seconds):
            yield say("second_missing", role=second.role)


def _locks(run: Run, spec: Step, step: StepRun) -> Iterator[Sentence]:
    """Yield which locks this person may not take off: a lock is its owner's life."""
    for lock in spec.locks:
        owner = run.locks.get(lock.id)
        if lock.act == "hang":
            continue
        if owner is None:
            yield say("lock_none", lock=lock.id)
        elif not same(owner, step.executor):
            yield say("lock_owner", lock=lock.id, owner=owner)


def proofs_missing(
    run: Run, procedure: Procedure, step: StepRun, context: Context, by: str = ""
) -> Iterator[Sentence]:
    """Yield which proofs of a step are missing: gates, values, photos, scans.

    On a make-safe path these may be left unproven, with a reason.
    """
    spec = procedure.steps[step.step]
    for gate in spec.verify:
        yield from gate_state(gate, run, context, by).needs
    for value in spec.values:
        yield from _value(run, value, step)
    for photo in spec.photos:
        have = len(step.photos.get(photo.id, ()))
        if have < photo.count:
            yield say("photo_missing", photo=photo.id, have=have, need=photo.count)
    for scan in spec.scans:
        if scan.id not in step.scans:
            yield say("scan_missing", scan=scan.id)


def _broken(procedure: Procedure, step: StepRun, context: Context) -> Iterator[Sentence]:
    for invariant in procedure.invariants_of(step.step):
        if not is_kept(invariant, context):
            check, age = invariant.parsed, invariant.max_age_s
            found = evaluate(check, context.readings, context.now, age)
            if invariant.id not in step.unproven or found.state is not State.UNKNOWN:
                yield from found.why


def _value(run: Run, value: Measured, step: StepRun) -> Iterator[Sentence]:
    typed = step.values.get(value.id)
    if typed is None:
        yield say("value_missing", value=value.id)
        return
    found = plain(typed.number)
    if value.equals and run.values.get(value.equals) != typed.number:
        wanted = run.values.get(value.equals)
        shown = "?" if wanted is None else plain(wanted)
        yield say("value_differs", value=value.id, found=found, wanted=shown, other=value.equals)
    if value.inside(typed.number):
        return
    if value.outside == "refuse":
        yield say("value_outside", value=value.id, found=found, limits=limits_of(value))
    elif value.outside == "deviate" and value.id not in step.deviations:
        yield say("value_deviation", value=value.id)


def limits_of(value: Measured) -> str:
    """Write the limits of a measured value: ``790 to 850 mm``."""
    unit = f" {value.unit}" if value.unit else ""
    if value.low is None:
        return f"at most {plain(value.high)}{unit}"
    if value.high is None:
        return f"at least {plain(value.low)}{unit}"
    return f"{plain(value.low)} to {plain(value.high)}{unit}"


def elapsed_s(run: Run, spec: Step, step: StepRun, context: Context) -> float:
    """Return how long the timer of a step has run: from its start, or from another step's end."""
    start_us = step.started_us
    since = spec.timer.since if spec.timer else None
    if since and since in run.done:
        start_us = run.done[since].at_us
    return max(0, run.clock_at(context.now) - start_us) / 1e6


def _time(run: Run, spec: Step, step: StepRun, context: Context) -> Iterator[Sentence]:
    timer = spec.timer
    if timer is None:
        return
    spent_s = elapsed_s(run, spec, step, context)
    if timer.min_s is not None and spent_s < timer.min_s:
        yield say("min_time", left=f"{timer.min_s - spent_s:.0f}")
    if timer.max_s is None:
        return
    if timer.on_overrun == "hold" and TIMER in step.released:
        return
    is_excused = timer.on_overrun == "note" and TIMER in step.deviations
    if (step.is_overrun or spent_s > timer.max_s) and not is_excused:
        yield say("overrun", limit=f"{timer.max_s:g}", about=TIMER)
    elif step.is_time_doubtful and not is_excused:
        yield say("clock_doubt", about=TIMER)


def clock_s(run: Run, clock: Clock, context: Context) -> float | None:
    """Return how long a clock across steps has been running, None while it is not."""
    start = run.clocks.get(clock.id)
    return None if start is None else max(0, run.clock_at(context.now) - start) / 1e6


def _clock_overruns(
    run: Run, procedure: Procedure, step: StepRun, context: Context
) -> Iterator[Sentence]:
    for clock in procedure.clocks:
        spent_s = clock_s(run, clock, context)
        if step.step not in clock.until_steps or spent_s is None:
            continue
        if procedure.is_make_safe(step.step) or clock.id in run.clocks_excused:
            continue
        if clock.id in run.clocks_overrun or spent_s > clock.max_s:
            yield say("overrun", limit=f"{clock.max_s:g}", about=clock.id)
