"""One run step by step: what was found, shown, scanned, signed and said, out of its events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from console.work.step_times import StepTime, step_times
from procedures.engine.events import Recorded, WorkKind, moment_of
from procedures.spec import Procedure
from procedures.spec_parts import Measured

EVIDENCE = "work.evidence"
Body = Mapping[str, Any]
Text = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Value:
    """A number that was entered; ``unit`` UCUM, ``live`` what the equipment said beside it."""

    id: str
    title: Text
    taken: str
    number: float
    unit: str
    inside: bool
    by: str
    utc_us: int
    low: float | None = None
    high: float | None = None
    decimals: int = 1
    live: tuple[tuple[str, float | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Shot:
    """A photo that was taken."""

    title: Text
    sha256: str
    by: str
    utc_us: int


@dataclass(frozen=True, slots=True)
class Line:
    """Something scanned, answered, ticked, noted: what, of what, by whom, when."""

    what: str
    title: Text
    text: str
    by: str
    utc_us: int


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature: ``kind`` of event says what it means, ``how`` how the person was proven."""

    kind: str
    by: str
    utc_us: int
    how: str = ""
    shown: str = ""


@dataclass(frozen=True, slots=True)
class GateSeen:
    """What a gate looked at as a step was started or signed."""

    id: str
    check: str
    state: str
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One visit of a step. ``points`` are those of the telemetry that is evidence."""

    step: str
    visit: int
    time: StepTime | None = None
    values: tuple[Value, ...] = ()
    photos: tuple[Shot, ...] = ()
    scans: tuple[Line, ...] = ()
    gates: tuple[GateSeen, ...] = ()
    signed: tuple[Signed, ...] = ()
    said: tuple[Line, ...] = ()
    points: tuple[tuple[str, str], ...] = ()
    points_hash: str = ""

    @property
    def key(self) -> str:
        """What names the visit: ``lift-half#1``."""
        return f"{self.step}#{self.visit}"


def step_records(procedure: Procedure, events: Iterable[Recorded]) -> tuple[StepRecord, ...]:
    """Return every visit of every step of one run, in the order in which they came up.

    Events of another shape are passed over: a record that is damaged in one place is shown else.
    """
    kept = list(events)
    reader = _Reader(procedure)
    for event in kept:
        try:
            reader.take(event)
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    times = {(time.step, time.visit): time for time in step_times(procedure, kept)}
    return tuple(
        replace(found, time=times.get((found.step, found.visit))) for found in reader.found.values()
    )


@dataclass
class _Reader:
    procedure: Procedure
    found: dict[tuple[str, int], StepRecord] = field(default_factory=dict)

    def take(self, event: Recorded) -> None:
        body = event.body
        if not body.get("step") or event.kind in _NOT_OF_A_STEP:
            return
        key = str(body["step"]), int(body.get("visit") or 0)
        if not key[1]:  # a note names the step and not the visit: it is of the one that is open
            key = key[0], max((v for s, v in self.found if s == key[0]), default=1)
        record = self.found.get(key) or StepRecord(*key)
        self.found[key] = self._after(record, event)

    def _after(self, record: StepRecord, event: Recorded) -> StepRecord:
        body, kind = event.body, event.kind
        if kind == EVIDENCE:
            points = tuple((str(p["part"]), str(p["point"])) for p in body["points"])
            return replace(record, points=points, points_hash=str(body["sha256"]))
        at_us = moment_of(body).utc_us
        if kind == WorkKind.VALUE_RECORDED:
            return replace(record, values=(*record.values, self._value(event, at_us)))
        if kind == WorkKind.PHOTO_TAKEN:
            title = self._title(record.step, "photos", str(body["photo"]))
            shot = Shot(title, str(body["sha256"]), event.actor, at_us)
            return replace(record, photos=(*record.photos, shot))
        if kind == WorkKind.LABEL_SCANNED:
            title = self._title(record.step, "scans", str(body["scan"]))
            line = Line("scan", title, str(body["label"]), event.actor, at_us)
            return replace(record, scans=(*record.scans, line))
        if kind in _SAID:
            return replace(record, said=(*record.said, self._said(event, at_us)))
        if kind in _SIGNATURES:
            proof = body.get("signed") or {}
            how, shown = str(proof.get("how", "")), str(proof.get("shown", ""))
            signed = Signed(kind, event.actor, at_us, how, shown)
            record = replace(record, signed=(*record.signed, signed))
        if body.get("gates"):
            record = replace(record, gates=(*record.gates, *map(_gate, body["gates"])))
        return record

    def _value(self, event: Recorded, at_us: int) -> Value:
        body, name = event.body, str(event.body["value"])
        spec = self._part(str(body["step"]), "values", name)
        value = spec if isinstance(spec, Measured) else None
        live = tuple((str(one["part"]), one["value"]) for one in body.get("live", ()))
        return Value(
            name,
            value.title if value else {"en": name},
            str(body.get("taken", "")),
            float(body["number"]),
            str(body.get("unit") or ""),
            bool(body.get("inside", True)),
            event.actor,
            at_us,
            value.low if value else None,
            value.high if value else None,
            value.decimals if value else 1,
            live,
        )

    def _said(self, event: Recorded, at_us: int) -> Line:
        body, step = event.body, str(event.body["step"])
        what, member, list_name = _SAID[event.kind]
        text = str(body.get(member, ""))
        title: Text = self._title(step, list_name, text) if list_name else {}
        return Line(what, title, "" if title else text, event.actor, at_us)

    def _title(self, step: str, list_name: str, name: str) -> Text:
        part = self._part(step, list_name, name)
        found = getattr(part, "title", None) or getattr(part, "text", None)
        return found or {"en": name}

    def _part(self, step: str, list_name: str, name: str) -> object | None:
        spec = self.procedure.steps.get(step)
        if spec is None:
            return None
        parts = (
            (spec.ask.answers if spec.ask else ())
            if list_name == "answers"
            else getattr(spec, list_name)
        )
        return next((part for part in parts if part.id == name), None)


def _gate(told: Body) -> GateSeen:
    seen = tuple(_seen_words(one) for one in told.get("seen", ()))
    return GateSeen(str(told["gate"]), str(told.get("check", "")), str(told["state"]), seen)


def _seen_words(told: Body) -> str:
    value = told.get("value")
    number = "---" if value is None else f"{float(value):g} {told.get('unit') or ''}".strip()
    return f"{told.get('part', '')} {told.get('point', '')} {number}".strip()


_SIGNATURES = frozenset(
    {
        WorkKind.HOLD_RELEASED,
        WorkKind.STEP_STARTED,
        WorkKind.STEP_WITNESSED,
        WorkKind.STEP_PERFORMED,
        WorkKind.STEP_DONE,
        WorkKind.STEP_SKIPPED,
        WorkKind.STEP_FAILED,
        WorkKind.STEP_REJECTED,
        WorkKind.STEP_RELEASED,
        WorkKind.GATE_OVERRIDDEN,
    }
)
_SAID: dict[str, tuple[str, str, str]] = {
    WorkKind.QUESTION_ANSWERED: ("answer", "answer", "answers"),
    WorkKind.ITEM_CONFIRMED: ("item", "item", "items"),
    WorkKind.NOTED: ("note", "text", ""),
    WorkKind.DEVIATED: ("deviation", "finding", ""),
    WorkKind.SUSPENDED: ("suspended", "state", ""),
}
"""What a kind says: a word for it, the member that holds it, the list of the step it is from."""
_NOT_OF_A_STEP = frozenset({WorkKind.REFUSED, WorkKind.REOPENED, WorkKind.STEP_CHOSEN})
