"""The run as a whole: interruption, handover, notes, deviations, the way to safe, the end."""

from __future__ import annotations

from procedures.engine import commands as ask
from procedures.engine.case import SYSTEM, Case, refuse_for, refuse_if
from procedures.engine.context import is_kept
from procedures.engine.events import JSON, WorkEvent, WorkKind
from procedures.engine.moment import elapsed
from procedures.engine.people import role_fault, same
from procedures.engine.state import TIMER, Run, StepStatus


def reopen(case: Case, _command: ask.Reopen) -> WorkEvent:
    """Go on in a new session: how long nobody looked, and what is no longer as it must be."""
    refuse_if(case.run.is_open_in(case.context.now.session), "open")
    gap = elapsed(case.run.attended, case.context.now)
    return case.event(
        WorkKind.REOPENED,
        SYSTEM,
        step=case.run.current.step if case.run.current else None,
        gap_s=round(gap.us / 1e6, 3),
        is_time_doubtful=gap.doubtful,
        held=list(_broken(case)),
    )


def _broken(case: Case) -> tuple[str, ...]:
    step = case.run.current
    if step is None or step.status is StepStatus.READY:
        return ()
    invariants = case.procedure.invariants_of(step.step)
    return tuple(part.id for part in invariants if not is_kept(part, case.context))


def release(case: Case, command: ask.Release) -> WorkEvent:
    """Let a held step go on: what held it is met again, and who may say so says so."""
    person = case.person(command.by)
    step = case.current(command.step)
    refuse_if(not step.held, "not_held", step=step.step)
    refuse_if(not command.reason.strip(), "reason")
    for part in case.procedure.invariants_of(step.step):
        if part.id not in step.held:
            continue
        refuse_if(not is_kept(part, case.context), "held", step=step.step, why=part.check)
        refuse_for(role_fault(person, part.release))
    if TIMER in step.held:
        refuse_for(role_fault(person, "supervisor"))
        is_hand = any(same(command.by, hand) for hand in step.hands)
        refuse_if(is_hand, "same_person", person=person.name)
    if "supervisor" not in person.roles:
        case.member(command.by)
    return case.step_event(
        WorkKind.STEP_RELEASED, command.by, reason=command.reason.strip(), held=list(step.held)
    )


def note(case: Case, command: ask.Note) -> WorkEvent:
    """Write something down."""
    case.person(command.by)
    refuse_if(not command.text.strip(), "reason")
    step = case.run.current.step if case.run.current else None
    return case.event(WorkKind.NOTED, command.by, step=step, text=command.text.strip())


def deviate(case: Case, command: ask.Deviate) -> WorkEvent:
    """Report what is not as the procedure says."""
    case.member(command.by)
    refuse_if(not command.finding.strip() or not command.about.strip(), "reason")
    return case.event(
        WorkKind.DEVIATED,
        command.by,
        step=case.run.current.step if case.run.current else None,
        about=command.about.strip(),
        finding=command.finding.strip(),
        disposition=command.disposition,
    )


def suspend(case: Case, command: ask.Suspend) -> WorkEvent:
    """Hand over: signed by who gives; who takes signs when taking."""
    case.member(command.by)
    refuse_if(not command.state.strip(), "reason")
    return case.event(
        WorkKind.SUSPENDED,
        command.by,
        step=case.run.current.step if case.run.current else None,
        state=command.state.strip(),
        prohibitions=command.prohibitions.strip(),
        isolations=command.isolations.strip(),
        remaining=list(_remaining(case)),
    )


def _remaining(case: Case) -> tuple[str, ...]:
    if case.run.current is None:
        return ()
    name = case.run.current.step
    if case.is_making_safe:
        order = tuple(step.id for step in case.procedure.paths[case.run.path].steps)
    else:
        order = case.procedure.order
    return order[order.index(name) :]


def take_over(case: Case, command: ask.TakeOver) -> WorkEvent:
    """Take suspended work over; whoever does is a technician qualified for it."""
    refuse_if(not case.run.suspended_by, "not_suspended")
    role = case.spec.sign.role if case.run.current else "technician"
    case.qualified(command.by, role)
    case.knows(command.language)
    return case.event(
        WorkKind.TAKEN_OVER,
        command.by,
        step=case.run.current.step if case.run.current else None,
        giver=case.run.suspended_by,
        language=command.language,
    )


def abort(case: Case, command: ask.Abort) -> WorkEvent:
    """Leave the work for the way to a safe state; anybody of the roster may, at any time."""
    case.person(command.by)
    refuse_if(case.is_making_safe, "aborting")
    refuse_if(not command.reason.strip(), "reason")
    last = case.run.current.step if case.run.current else case.procedure.order[-1]
    path = case.procedure.way_back(last)
    return case.event(
        WorkKind.ABORTED,
        command.by,
        step=last,
        reason=command.reason.strip(),
        path=path.id,
        safe_state=path.ends_in,
        next=path.steps[0].id,
    )


def close(case: Case, command: ask.Close) -> WorkEvent:
    """Close work of which every step is done."""
    case.member(command.by)
    left = case.run.current.step if case.run.current else ""
    refuse_if(bool(left), "steps_left", step=left)
    summary = summary_of(case.run)
    if case.is_making_safe:
        state = case.procedure.paths[case.run.path].ends_in
        return case.event(WorkKind.MADE_SAFE, command.by, safe_state=state, **summary)
    return case.event(WorkKind.FINISHED, command.by, **summary)


def summary_of(run: Run) -> dict[str, JSON]:
    """Return what a reviewer looks at first: what was not as planned, times, values."""
    irregular: list[JSON] = [
        {"kind": one.kind, "step": one.step, "about": one.about, "text": one.text, "by": one.by}
        for one in run.irregularities
    ]
    return {
        "seconds": round(run.clock_us / 1e6, 3),
        "irregularities": irregular,
        "clocks_s": {name: round(us / 1e6, 3) for name, us in run.clocks_ended.items()},
        "locks": dict(run.locks),
        "values": dict(run.values),
        "scans": dict(run.scans),
    }
