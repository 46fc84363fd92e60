"""What happens without anybody asking: an invariant breaks, a time runs out."""

from __future__ import annotations

from collections.abc import Iterator

from procedures.engine.case import SYSTEM, Case
from procedures.engine.context import Context, Watch, is_kept, look
from procedures.engine.evaluate import State, evaluate
from procedures.engine.events import WorkEvent, WorkKind
from procedures.engine.needs import clock_s, elapsed_s
from procedures.engine.state import TIMER, Run, StepStatus
from procedures.revision import Revision
from procedures.spec_parts import Invariant


def observe(run: Run, revision: Revision, context: Context) -> tuple[Watch, tuple[WorkEvent, ...]]:
    """Return the watch after another look, and events to be made durable and applied.

    Ask it about once a second, with the watch it gave before in the context. Each event stands for
    itself; after any of them is lost the next look makes it again.
    """
    context = context.bound_to(run, revision.procedure)
    watch = look(context.watch, run, revision.procedure, context)
    if run.is_over or not run.is_open_in(context.now.session):
        return watch, ()
    case = Case(run, revision.procedure, context)
    return watch, tuple(_events(case, watch))


def _events(case: Case, watch: Watch) -> Iterator[WorkEvent]:
    step = case.run.current
    if step is not None and step.status is not StepStatus.READY:
        held = [part for part in _broken(case, watch) if part.id not in step.held]
        if held:
            yield _held(case, held)
        yield from _overrun(case)
    for clock in case.procedure.clocks:
        spent_s = clock_s(case.run, clock, case.context)
        is_told = clock.id in case.run.clocks_overrun
        if spent_s is not None and spent_s > clock.max_s and not is_told:
            limit_s, seconds = clock.max_s, round(spent_s, 3)
            kind = WorkKind.TIMER_OVERRUN
            yield case.event(kind, SYSTEM, about=clock.id, limit_s=limit_s, seconds=seconds)


def _broken(case: Case, watch: Watch) -> list[Invariant]:
    now = case.context.now
    return [
        part
        for part in case.procedure.invariants_of(case.step.step)
        if not is_kept(part, case.context)
        and watch.broken_for_s(part, now) >= part.grace_s
        and not _is_untold(case, part)
    ]


def _is_untold(case: Case, part: Invariant) -> bool:
    """Whether a late entry cannot know: on paper nobody was held, and it is told as unproven."""
    if not case.run.late:
        return False
    context = case.context
    found = evaluate(part.parsed, context.readings, context.now, part.max_age_s)
    return found.state is State.UNKNOWN


def _held(case: Case, held: list[Invariant]) -> WorkEvent:
    context = case.context
    found = [evaluate(p.parsed, context.readings, context.now, p.max_age_s) for p in held]
    return case.step_event(
        WorkKind.STEP_HELD,
        SYSTEM,
        held=[part.id for part in held],
        why="; ".join(str(why) for verdict in found for why in verdict.why),
        seen=[one.as_dict() for verdict in found for one in verdict.evidence],
    )


def _overrun(case: Case) -> Iterator[WorkEvent]:
    timer, step = case.spec.timer, case.step
    if timer is None or timer.max_s is None or step.is_overrun:
        return
    spent_s = elapsed_s(case.run, case.spec, step, case.context)
    if spent_s <= timer.max_s:
        return
    if timer.on_overrun == "hold":
        why = f"longer than {timer.max_s:g} s"
        yield case.step_event(WorkKind.STEP_HELD, SYSTEM, held=[TIMER], why=why, seen=[])
    else:
        seconds, kind = round(spent_s, 3), WorkKind.TIMER_OVERRUN
        yield case.step_event(kind, SYSTEM, about=TIMER, limit_s=timer.max_s, seconds=seconds)


def expected_alarms(run: Run, revision: Revision) -> frozenset[tuple[str, str]]:
    """Return the alarms that this work trips by itself now, as ``(part, alarm id)``.

    Exactly these are held back while the run is open and in the phases that its author named; on
    the way to a safe state those of the phase that was left still are.
    """
    if run.is_over:
        return frozenset()
    phase = _phase_now(run, revision)
    return frozenset(
        (part, expected.alarm)
        for expected in revision.procedure.expects_alarms
        if phase in expected.phases
        for part in run.subjects.get(expected.subject, ())
    )


def _phase_now(run: Run, revision: Revision) -> str:
    procedure = revision.procedure
    if not run.phase_holds:  # also when its last step is done and nobody has closed the work yet
        return procedure.phase_of[run.left_at].id
    step = run.current.step if run.current else procedure.order[-1]
    return procedure.phase_of[step].id
