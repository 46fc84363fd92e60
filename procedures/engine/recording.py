"""What is recorded while a step is open: values, pictures, labels, items, answers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Protocol, TypeVar

from procedures.engine import commands as ask
from procedures.engine.case import Case, RefusedError, refuse_for, refuse_if
from procedures.engine.evaluate import State, evaluate
from procedures.engine.events import JSON, WorkEvent, WorkKind
from procedures.engine.needs import gate_state
from procedures.engine.people import role_fault, same
from procedures.engine.sentence import say
from procedures.engine.state import StepStatus
from procedures.spec_parts import Gate, Invariant, Measured, Scan

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_LABEL = 300
_MOST_PHOTO = 30_000_000


class _Named(Protocol):
    @property
    def id(self) -> str: ...


NamedT = TypeVar("NamedT", bound=_Named)


def _part(parts: Iterable[NamedT], name: str, step: str) -> NamedT:
    """Return the part of a step with an id; refuses an unknown one."""
    found = next((part for part in parts if part.id == name), None)
    if found is None:
        raise RefusedError([say("unknown_name", step=step, name=name)])
    return found


def _worker(case: Case, step: str, by: str) -> None:
    """Refuse unless a member of this work records something at the open step."""
    case.member(by)
    case.open_step(step)


def _open_gate(case: Case, step: str, name: str) -> Gate:
    """Return a gate that matters now: those before of a step not started, else those after."""
    current = case.current(step)
    is_ready = current.status is StepStatus.READY
    return _part(case.spec.before if is_ready else case.spec.verify, name, step)


def record(case: Case, command: ask.Record) -> WorkEvent:
    """Record a value; outside its limits it is recorded all the same, and named as such."""
    _worker(case, command.step, command.by)
    value = _part(case.spec.values, command.value, command.step)
    refuse_if(not math.isfinite(command.number), "value_odd", found=command.number)
    if value.instrument:
        lacking = value.instrument not in case.run.tools
        refuse_if(lacking, "instrument", tool=value.instrument)
    number = float(command.number)
    return case.step_event(
        WorkKind.VALUE_RECORDED,
        command.by,
        value=value.id,
        number=number,
        unit=value.unit,
        inside=value.inside(number),
        taken=value.taken,
        instrument=value.instrument,
        live=_live(case, value),
    )


def _live(case: Case, value: Measured) -> list[JSON]:
    """Return what the equipment itself says beside the typed value."""
    if not value.source:
        return []
    subject, _, point = value.source.partition(".")
    sensed = case.context.readings.of(subject, point) or ()
    return [
        {
            "part": one.part,
            "value": one.reading.value,
            "unit": one.reading.point.unit,
            "reason": one.reading.reason.word,
        }
        for one in sensed
    ]


def take_photo(case: Case, command: ask.TakePhoto) -> WorkEvent:
    """Attach a picture."""
    _worker(case, command.step, command.by)
    photo = _part(case.spec.photos, command.photo, command.step)
    is_picture = command.media_type.startswith("image/")
    refuse_if(not is_picture or not _SHA256.fullmatch(command.sha256), "photo_odd")
    refuse_if(command.size > _MOST_PHOTO, "photo_large", size=command.size, most=_MOST_PHOTO)
    return case.step_event(
        WorkKind.PHOTO_TAKEN,
        command.by,
        photo=photo.id,
        sha256=command.sha256,
        media_type=command.media_type,
        size=command.size,
        width_px=command.width_px,
        height_px=command.height_px,
        metadata=command.metadata,
        original=command.original or command.sha256,
    )


def scan_label(case: Case, command: ask.ScanLabel) -> WorkEvent:
    """Record a label; one that reads something else than it must is refused."""
    _worker(case, command.step, command.by)
    scan = _part(case.spec.scans, command.scan, command.step)
    label = command.label.strip()
    is_odd = not label or len(label) > _MOST_LABEL or not label.isprintable()
    refuse_if(is_odd or not re.fullmatch(scan.matches or r".*", label), "scan_form", found=label)
    _compare_label(case, scan, label)
    kind = WorkKind.LABEL_SCANNED
    return case.step_event(kind, command.by, scan=scan.id, of=scan.of, label=label)


def _compare_label(case: Case, scan: Scan, label: str) -> None:
    if scan.must_be:
        wanted = case.run.subjects.get(scan.must_be, ())
        is_wrong = not any(same(label, part) for part in wanted)
        refuse_if(is_wrong, "scan_wrong", found=label, wanted=", ".join(wanted) or "?")
    if scan.same_as:
        earlier = case.run.scans.get(scan.same_as, "")
        is_wrong = not earlier or not same(label, earlier)
        refuse_if(is_wrong, "scan_wrong", found=label, wanted=earlier or "?")
    if scan.not_same_as:
        earlier = case.run.scans.get(scan.not_same_as, "")
        is_wrong = bool(earlier) and same(label, earlier)
        refuse_if(is_wrong, "scan_wrong", found=label, wanted=f"not {earlier}")


def confirm(case: Case, command: ask.ConfirmItem) -> WorkEvent:
    """Confirm one line of a list."""
    _worker(case, command.step, command.by)
    item = _part(case.spec.items, command.item, command.step)
    return case.step_event(WorkKind.ITEM_CONFIRMED, command.by, item=item.id)


def choose(case: Case, command: ask.Choose) -> WorkEvent:
    """Answer the question of the step."""
    _worker(case, command.step, command.by)
    answers = case.spec.ask.answers if case.spec.ask else ()
    answer = _part(answers, command.answer, command.step)
    return case.step_event(WorkKind.QUESTION_ANSWERED, command.by, answer=answer.id)


def by_hand(case: Case, command: ask.ByHand) -> WorkEvent:
    """Record what was measured by hand where the equipment has no such point."""
    case.member(command.by)
    gate = _open_gate(case, command.step, command.gate)
    found = evaluate(gate.parsed, case.context.readings, case.context.now, gate.max_age_s)
    is_fitted = found.state is not State.NOT_FITTED or gate.not_fitted != "by_hand"
    if case.run.late and found.state is State.UNKNOWN:
        is_fitted = False  # nothing was recorded when it was so: what was written counts
    refuse_if(is_fitted, "fitted", gate=gate.id)
    refuse_if(not math.isfinite(command.number), "value_odd", found=command.number)
    unit = gate.parsed.either[0].unit
    return case.step_event(
        WorkKind.GATE_BY_HAND, command.by, gate=gate.id, number=float(command.number), unit=unit
    )


def leave_unproven(case: Case, command: ask.LeaveUnproven) -> WorkEvent:
    """Say of a late entry that nothing is known of a gate or an invariant; a reviewer sees it."""
    case.member(command.by)
    refuse_if(not case.run.late, "not_late")
    step = case.current(command.step)
    is_ready = step.status is StepStatus.READY
    gates: tuple[Gate | Invariant, ...] = case.spec.before if is_ready else case.spec.verify
    about = _part((*gates, *case.procedure.invariants_of(step.step)), command.about, command.step)
    found = evaluate(about.parsed, case.context.readings, case.context.now, about.max_age_s)
    refuse_if(found.state is not State.UNKNOWN, "known", about=about.id)
    refuse_if(not command.reason.strip(), "reason")
    return case.step_event(
        WorkKind.GATE_UNPROVEN,
        command.by,
        gate=about.id,
        check=about.check,
        reason=command.reason.strip(),
    )


def override(case: Case, command: ask.OverrideGate) -> WorkEvent:
    """Let a gate pass that is not met: only where the author allows it, by another person."""
    person = case.person(command.by)
    gate = _open_gate(case, command.step, command.gate)
    if gate.override is None:
        raise RefusedError([say("no_override", gate=gate.id)])
    refuse_for(role_fault(person, gate.override.role))
    is_same = any(same(command.by, hand) for hand in case.step.hands)
    refuse_if(is_same, "same_person", person=person.name)
    refuse_if(not command.reason.strip(), "reason")
    state = gate_state(gate, case.run, case.context)
    refuse_if(state.passes, "gate_met", gate=gate.id)
    return case.step_event(
        WorkKind.GATE_OVERRIDDEN,
        command.by,
        gate=gate.id,
        check=gate.check,
        reason=command.reason.strip(),
        found=[str(why) for why in state.needs],
        evidence=[one.as_dict() for one in state.verdict.evidence],
    )
