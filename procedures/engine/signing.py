"""Starting, signing and leaving a step: hold points, hazards, gates, times, two persons."""

from __future__ import annotations

from collections.abc import Iterable

from procedures.engine import commands as ask
from procedures.engine.case import Case, RefusedError, refuse_for, refuse_if
from procedures.engine.evaluate import evaluate
from procedures.engine.events import JSON, WorkEvent, WorkKind
from procedures.engine.needs import (
    elapsed_s,
    needs_to_complete,
    needs_to_start,
    proofs_missing,
)
from procedures.engine.people import role_fault, same
from procedures.engine.sentence import say
from procedures.engine.state import StepStatus
from procedures.engine.ways import Way, next_of, way_of
from procedures.spec import Step
from procedures.spec_parts import Gate
from procedures.texts import shown_hash


def release_hold(case: Case, command: ask.ReleaseHold) -> WorkEvent:
    """Release a hold point; the same person may not start the step then."""
    step = case.current(command.step)
    if case.spec.hold is None:
        raise RefusedError([say("no_hold", step=step.step)])
    refuse_if(step.status is not StepStatus.READY, "started", step=step.step)
    refuse_for(role_fault(case.person(command.by), case.spec.hold.role))
    return case.step_event(WorkKind.HOLD_RELEASED, command.by, role=case.spec.hold.role)


def start(case: Case, command: ask.Start) -> WorkEvent:
    """Start a step: its hazards have been acknowledged and its gates are met."""
    person = case.member(command.by)
    step = case.current(command.step)
    refuse_if(step.status is not StepStatus.READY, "started", step=step.step)
    case.not_held()
    spec = case.spec
    case.qualified(command.by, spec.sign.role)
    case.knows(command.language)
    _acknowledged(spec, command.acknowledged)
    refuse_for(needs_to_start(case.run, case.procedure, step, case.context, person.id))
    begin = [c.id for c in case.procedure.clocks if c.from_step == step.step]
    return case.step_event(
        WorkKind.STEP_STARTED,
        command.by,
        language=command.language,
        shown=shown_hash(case.procedure, spec, command.language),
        acknowledged=list(spec.hazards),
        gates=_evidence(case, spec.before),
        clocks_begin=begin,
    )


def _acknowledged(spec: Step, names: tuple[str, ...]) -> None:
    """Refuse who has not said of every hazard of the step that it is understood."""
    unseen = [name for name in spec.hazards if name not in names]
    refuse_if(bool(unseen), "hazards", hazards=", ".join(unseen))


def choose_step(case: Case, command: ask.ChooseStep) -> WorkEvent:
    """Take another step first, in a phase whose author left the order free."""
    case.member(command.by)
    step, name = case.step, command.step
    refuse_if(step.status is not StepStatus.READY, "started", step=step.step)
    phase = case.procedure.phase_of.get(step.step)
    due = {spec.id for spec in phase.steps} if phase and phase.any_order else set()
    is_due = name in due - {step.step} and name not in case.run.done
    refuse_if(not is_due, "wrong_step", step=name, current=step.step)
    return case.event(WorkKind.STEP_CHOSEN, command.by, step=name, instead_of=step.step)


def complete(case: Case, command: ask.Complete) -> WorkEvent:
    """Sign that a step is done; where a second person signs afterwards, it then waits for them."""
    case.member(command.by)
    step = case.executor(command.step, command.by)
    case.qualified(command.by, case.spec.sign.role)
    needs = list(needs_to_complete(case.run, case.procedure, step, case.context, command.by))
    unproven = ""
    if case.is_making_safe:
        proofs = list(proofs_missing(case.run, case.procedure, step, case.context, command.by))
        needs = [need for need in needs if need not in proofs]
        unproven = command.unproven.strip() if proofs else ""
        told = "; ".join(map(str, proofs))
        refuse_if(bool(proofs) and not unproven, "unproven", gates=told)
    refuse_for(needs)
    second = case.spec.sign.second
    if second and second.mode == "independent":
        return case.step_event(WorkKind.STEP_PERFORMED, command.by, **_signed(case))
    return _done(case, command.by, _witness(case), unproven)


def _witness(case: Case) -> str:
    hands = case.step.hands
    others = (one for one in case.step.seconds if not any(same(one, hand) for hand in hands))
    return next(others, "")


def sign_second(case: Case, command: ask.SignSecond) -> WorkEvent:
    """Sign as the second person: never one who had a hand in the step, and never twice."""
    person = case.person(command.by)
    step, second = case.current(command.step), case.spec.sign.second
    if second is None:
        raise RefusedError([say("no_second", step=step.step)])
    case.not_held()
    case.qualified(command.by, second.role)
    is_hand = any(same(command.by, hand) for hand in step.hands)
    refuse_if(is_hand, "same_person", person=person.name)
    has_signed = any(same(command.by, one) for one in step.seconds)
    refuse_if(has_signed, "signed_already", person=person.name)
    if second.mode == "concurrent":
        case.open_step(command.step)
        case.knows(command.language)
        _acknowledged(case.spec, command.acknowledged)
        language = command.language
        return case.step_event(
            WorkKind.STEP_WITNESSED,
            command.by,
            language=language,
            shown=shown_hash(case.procedure, case.spec, language),
        )
    refuse_if(step.status is not StepStatus.PERFORMED, "no_second", step=step.step)
    needs = needs_to_complete(case.run, case.procedure, step, case.context, step.executor)
    refuse_for(needs)
    return _done(case, command.by, command.by)


def _done(case: Case, by: str, second: str, unproven: str = "") -> WorkEvent:
    way = way_of(case)
    return case.step_event(
        WorkKind.STEP_DONE,
        by,
        executor=case.step.executor,
        second=second,
        unproven=unproven,
        **_signed(case),
        **way.as_body(),
        **_clocks_end(case),
        **_locks(case),
    )


def _locks(case: Case) -> dict[str, JSON]:
    """Return which personal locks the step hung and took off."""
    acts = {"hang": "locks_hung", "remove": "locks_removed"}
    told: dict[str, JSON] = {}
    for act, member in acts.items():
        names = [lock.id for lock in case.spec.locks if lock.act == act]
        if names:
            told[member] = names
    return told


def _signed(case: Case) -> dict[str, JSON]:
    """Return what a signature is about: what was shown, what was found, how long it took."""
    spent_s = elapsed_s(case.run, case.spec, case.step, case.context)
    return {
        "language": case.step.language,
        "shown": shown_hash(case.procedure, case.spec, case.step.language),
        "seconds": round(spent_s, 3),
        "gates": _evidence(case, case.spec.verify),
    }


def _clocks_end(case: Case) -> dict[str, JSON]:
    names = [
        clock.id
        for clock in case.procedure.clocks
        if case.step.step in clock.until_steps and clock.id in case.run.clocks
    ]
    return {"clocks_end": names} if names else {}


def _evidence(case: Case, gates: Iterable[Gate]) -> list[JSON]:
    """Return what each gate looked at, to be kept with the signature."""
    found: list[JSON] = []
    for gate in gates:
        verdict = evaluate(gate.parsed, case.context.readings, case.context.now, gate.max_age_s)
        seen: list[JSON] = [one.as_dict() for one in verdict.evidence]
        found.append(
            {"gate": gate.id, "check": gate.check, "state": verdict.state.value, "seen": seen}
        )
    return found


def reject(case: Case, command: ask.Reject) -> WorkEvent:
    """Refuse the second signature; the step is open again."""
    person = case.person(command.by)
    step, second = case.current(command.step), case.spec.sign.second
    is_waiting = step.status is StepStatus.PERFORMED
    if second is None or not is_waiting:
        raise RefusedError([say("no_second", step=step.step)])
    case.qualified(command.by, second.role)
    is_hand = any(same(command.by, hand) for hand in step.hands)
    refuse_if(is_hand, "same_person", person=person.name)
    refuse_if(not command.reason.strip(), "reason")
    return case.step_event(WorkKind.STEP_REJECTED, command.by, reason=command.reason.strip())


def fail(case: Case, command: ask.FailStep) -> WorkEvent:
    """Take the way that the author gave for a step that did not succeed."""
    case.member(command.by)
    step = case.executor(command.step, command.by)
    if case.spec.on_fail is None:
        raise RefusedError([say("no_fail", step=step.step)])
    refuse_if(not command.reason.strip(), "reason")
    way = Way.back(case, case.spec.on_fail, "fail")
    reason = command.reason.strip()
    return case.step_event(WorkKind.STEP_FAILED, command.by, reason=reason, **way.as_body())


def skip(case: Case, command: ask.SkipStep) -> WorkEvent:
    """Leave a step out: only where the author allows it, with one of the reasons given there."""
    case.member(command.by)
    step, rule = case.current(command.step), case.spec.skip
    if rule is None:
        raise RefusedError([say("no_skip", step=step.step)])
    refuse_if(step.status is StepStatus.PERFORMED, "waits_second", step=step.step)
    case.not_held()
    case.qualified(command.by, case.spec.sign.role)
    is_listed = command.reason in {reason.id for reason in rule.reasons}
    refuse_if(not is_listed or not command.text.strip(), "reason")
    if rule.second:
        hands = (*step.hands, command.by)
        is_same = any(same(command.second, hand) for hand in hands)
        refuse_if(not command.second or is_same, "skip_second", role=rule.second)
        case.qualified(command.second, rule.second)
    return case.step_event(
        WorkKind.STEP_SKIPPED,
        command.by,
        reason=command.reason,
        text=command.text.strip(),
        second=command.second if rule.second else "",
        next=next_of(case),
        **_clocks_end(case),
    )
