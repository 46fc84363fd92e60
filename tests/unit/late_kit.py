"""Filling a paper form with a pen, from the record of a run: what each box would have got."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from console.session.late.times import local_text
from console.session.late.written import TICK, Opening, WrittenDeviation, WrittenStep
from console.work.photos import StoredPhoto
from procedures.engine.events import Recorded, WorkKind
from procedures.engine.needs import is_ticked
from procedures.engine.state import Irregularity, Outcome, Run
from procedures.revision import Revision
from procedures.spec import Procedure, Step
from procedures.spec_parts import Gate
from procedures.units import converted

LATE_KINDS = frozenset({str(WorkKind.GATE_BY_HAND), str(WorkKind.GATE_UNPROVEN)})


@dataclass
class _Step:
    boxes: dict[str, str] = field(default_factory=dict)
    photos: dict[str, list[StoredPhoto]] = field(default_factory=dict)
    deviations: list[WrittenDeviation] = field(default_factory=list)


@dataclass(frozen=True)
class Filled:
    """A whole form: first pages, steps as they were done, who closed it when."""

    opening: Opening
    steps: tuple[WrittenStep, ...]
    closed: tuple[str, str]


def fill(events: Iterable[Recorded], revision: Revision, *, seconds: bool = True) -> Filled:
    """Fill a form with what the events of one run say."""
    told = list(events)
    found: dict[tuple[str, int], _Step] = {}
    order: list[tuple[str, int]] = []
    procedure = revision.procedure
    closed = ("", "")
    for event in told:
        body = event.body
        when = local_text(body["at"]["utc_us"], seconds=seconds)
        if event.kind in {WorkKind.FINISHED, WorkKind.MADE_SAFE}:
            closed = (event.actor, when)
        if not body.get("step") or "visit" not in body:
            continue
        key = str(body["step"]), int(body["visit"])
        if key not in found:
            order.append(key)
        step = found.setdefault(key, _Step())
        _write(step, event, when, procedure)
    steps = [
        WrittenStep(
            name,
            found[name, visit].boxes,
            found[name, visit].photos,
            tuple(found[name, visit].deviations),
        )
        for name, visit in order
    ]
    return Filled(_opening(told[0]), tuple(steps), closed)


def dated(utc_us: int) -> str:
    """A moment as it is written with its date."""
    local = datetime.fromtimestamp(utc_us / 1e6)  # noqa: DTZ006  as on paper
    return local.strftime("%Y-%m-%d %H:%M:%S")


def _opening(begun: Recorded) -> Opening:
    body = begun.body
    people = [(who, who[:2].upper()) for who in body["crew"]]
    return Opening(
        dated(body["at"]["utc_us"]),
        people,
        dict.fromkeys(body["tools"], "2030-01-01"),
        dict(body["spares"]),
    )


def _write(step: _Step, event: Recorded, when: str, procedure: Procedure) -> None:
    body, spec = event.body, procedure.steps[str(event.body["step"])]
    if event.kind == WorkKind.STEP_STARTED:
        _started(step, body, when, spec)
    elif event.kind == WorkKind.PHOTO_TAKEN:
        step.photos.setdefault(body["photo"], []).append(_photo(body))
    elif event.kind == WorkKind.GATE_OVERRIDDEN:
        line = WrittenDeviation(body["gate"], body["reason"], "", event.actor)
        step.deviations.append(line)
    elif event.kind in {WorkKind.STEP_PERFORMED, WorkKind.STEP_DONE}:
        _done(step, event, when, procedure)
    else:
        step.boxes.update(_plain(event, when))


def _started(step: _Step, body: Mapping[str, Any], when: str, spec: Step) -> None:
    _gates(step.boxes, spec.before, body["gates"])
    if spec.timer and spec.timer.since is None:
        step.boxes["timer/from"] = when
    for clock in body["clocks_begin"]:
        step.boxes[f"clock/{clock}/from"] = when


def _plain(event: Recorded, when: str) -> dict[str, str]:
    body, by = event.body, event.actor[:2].upper()
    found: dict[str, str] = {}
    match event.kind:
        case WorkKind.HOLD_RELEASED:
            found = {"hold/name": event.actor, "hold/time": when}
        case WorkKind.LABEL_SCANNED:
            found = {f"scan/{body['scan']}": body["label"]}
        case WorkKind.ITEM_CONFIRMED:
            found = {f"item/{body['item']}": TICK}
        case WorkKind.VALUE_RECORDED:
            found = {f"value/{body['value']}": f"{body['number']:g}"}
        case WorkKind.QUESTION_ANSWERED:
            found = {f"answer/{body['answer']}": TICK}
        case WorkKind.STEP_WITNESSED:
            found = {"second/initials": by, "second/time": when}
        case WorkKind.STEP_FAILED:
            found = {"fail": body["reason"], "done": when, "initials": by}
    return found


def _done(step: _Step, event: Recorded, when: str, procedure: Procedure) -> None:
    body, boxes, spec = event.body, step.boxes, procedure.steps[str(event.body["step"])]
    boxes |= {f"lock/{lock.id}": "17" for lock in spec.locks}
    boxes["expect"] = TICK
    _gates(boxes, spec.verify, body["gates"])
    if "done" in boxes:
        boxes |= {"second/initials": event.actor[:2].upper(), "second/time": when}
    else:
        boxes |= {"done": when, "initials": event.actor[:2].upper()}


def _gates(boxes: dict[str, str], gates: Sequence[Gate], told: Sequence[Mapping[str, Any]]) -> None:
    for gate in gates:
        found = next(one for one in told if one["gate"] == gate.id)
        if is_ticked(gate):
            boxes[f"gate/{gate.id}"] = TICK if found["state"] == "met" else ""
            continue
        wanted = gate.parsed.either[0].unit
        numbers = [
            converted(one["value"], one["unit"], wanted)
            for one in found["seen"]
            if one["value"] is not None
        ]
        if numbers and found["state"] == "met":
            boxes[f"gate/{gate.id}"] = f"{numbers[0]:.4f}"


def _photo(body: Mapping[str, Any]) -> StoredPhoto:
    from pathlib import Path

    return StoredPhoto(
        body["sha256"],
        body["media_type"],
        body["size"],
        body["width_px"],
        body["height_px"],
        Path(),
        body["metadata"],
        body["original"],
    )


def record_of(run: Run) -> dict[str, Any]:
    """What a run leaves behind, times to the second, without the marks of a late entry."""
    return {
        "procedure": run.procedure,
        "revision": run.revision,
        "subject": run.subject,
        "training": run.training,
        "subjects": run.subjects,
        "crew": run.crew,
        "lead": run.lead,
        "tools": run.tools,
        "status": run.status,
        "path": run.path,
        "left_at": run.left_at,
        "done": {name: _outcome(one) for name, one in run.done.items()},
        "visits": run.visits,
        "gotos": run.gotos,
        "values": run.values,
        "scans": run.scans,
        "locks": run.locks,
        "clocks": set(run.clocks),
        "clocks_ended": set(run.clocks_ended),
        "clocks_overrun": run.clocks_overrun,
        "clocks_excused": run.clocks_excused,
        "irregularities": [one for one in run.irregularities if not is_late_mark(one)],
    }


def is_late_mark(one: Irregularity) -> bool:
    """Whether an irregularity is one that only a late entry has."""
    return one.kind in LATE_KINDS or one.about == "late"


def _outcome(one: Outcome) -> Outcome:
    return replace(one, at_us=0)


def spans_s(run: Run) -> dict[str, float]:
    """When each step ended and how long each clock ran, in seconds."""
    ends = {name: one.at_us / 1e6 for name, one in run.done.items()}
    return ends | {f"clock {name}": us / 1e6 for name, us in run.clocks_ended.items()}
