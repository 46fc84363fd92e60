"""An event of a run in a few words: what a reader of the log's extract needs to know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from console.documents.report_times import spent
from console.documents.report_words import Steps, check_text, with_unit
from console.history.events import Event, label
from console.session.running.record import RECORD_LABELS, RecordKind
from console.text import tr
from procedures.engine.events import WorkKind

Body = Mapping[str, Any]
_BROKEN = (KeyError, TypeError, ValueError, AttributeError)


def run_event_words(event: Event, steps: Steps) -> str | None:
    """Return an event of a run in words; None for one of another kind, or that cannot be read."""
    tell = _TELLERS.get(event.kind)
    if tell is None and event.kind not in _LABELS:
        return None
    try:
        step = str(event.body.get("step") or "")
        detail = tell(event.body, steps, step) if tell else ""
        where = steps.named(step, _visit(event.body)) if step else ""
    except _BROKEN:
        return None
    name = tr(_LABELS.get(event.kind) or label(event.kind))
    return ": ".join(filter(None, (name, "; ".join(filter(None, (where, detail))))))


def _visit(body: Body) -> int:
    visit = body.get("visit")
    return visit if isinstance(visit, int) else 1


_LABELS: dict[str, str] = {
    **{str(kind): "" for kind in WorkKind if not kind.startswith("work.procedure_")},
    **{str(kind): text for kind, text in RECORD_LABELS.items()},
}


def _value(body: Body, steps: Steps, step: str) -> str:
    number = with_unit(float(body["number"]), str(body.get("unit") or ""))
    return f"{steps.value(step, str(body['value']))}: {number}"


def _by_hand(body: Body, steps: Steps, step: str) -> str:
    number = with_unit(float(body["number"]), str(body.get("unit") or ""))
    return f"{steps.value(step, str(body['gate']))}: {number}"


def _photo(body: Body, steps: Steps, step: str) -> str:
    return f"{steps.value(step, str(body['photo']))}, SHA-256 {str(body['sha256'])[:16]}"


def _scan(body: Body, steps: Steps, step: str) -> str:
    return f"{steps.value(step, str(body['scan']))}: {body['label']}"


def _item(body: Body, steps: Steps, step: str) -> str:
    return steps.item(step, str(body["item"]))


def _answer(body: Body, steps: Steps, step: str) -> str:
    return steps.answer(step, str(body["answer"]))


def _reason(body: Body, _steps: Steps, _step: str) -> str:
    return str(body["reason"])


def _overridden(body: Body, _steps: Steps, _step: str) -> str:
    return f"{check_text(str(body['check']))}; {body['reason']}"


def _text(body: Body, _steps: Steps, _step: str) -> str:
    return str(body["text"])


def _deviated(body: Body, steps: Steps, step: str) -> str:
    return f"{steps.value(step, str(body['about']))}; {body['finding']}"


def _overrun(body: Body, steps: Steps, step: str) -> str:
    return f"{steps.value(step, str(body['about']))}: {spent(float(body['seconds']))}"


def _refused(body: Body, _steps: Steps, _step: str) -> str:
    return "; ".join(str(one["text"]) for one in body["reasons"])


def _lasted(body: Body, _steps: Steps, _step: str) -> str:
    return spent(float(body["seconds"]))


def _begun(body: Body, _steps: Steps, _step: str) -> str:
    return f"{body['procedure']} {str(body['revision'])[:12]}, {', '.join(map(str, body['crew']))}"


def _evidence(body: Body, _steps: Steps, _step: str) -> str:
    return tr("{count} points, SHA-256 {hash}", count=len(body["points"]), hash=body["sha256"][:16])


def _level(body: Body, _steps: Steps, _step: str) -> str:
    return with_unit(round(float(body["level_mm"]), 1), "mm")


_TELLERS: dict[str, Callable[[Body, Steps, str], str]] = {
    WorkKind.BEGUN: _begun,
    WorkKind.VALUE_RECORDED: _value,
    WorkKind.GATE_BY_HAND: _by_hand,
    WorkKind.GATE_OVERRIDDEN: _overridden,
    WorkKind.PHOTO_TAKEN: _photo,
    WorkKind.LABEL_SCANNED: _scan,
    WorkKind.ITEM_CONFIRMED: _item,
    WorkKind.QUESTION_ANSWERED: _answer,
    WorkKind.STEP_REJECTED: _reason,
    WorkKind.STEP_SKIPPED: _text,
    WorkKind.STEP_FAILED: _reason,
    WorkKind.STEP_RELEASED: _reason,
    WorkKind.STEP_DONE: _lasted,
    WorkKind.TIMER_OVERRUN: _overrun,
    WorkKind.NOTED: _text,
    WorkKind.DEVIATED: _deviated,
    WorkKind.REFUSED: _refused,
    WorkKind.ABORTED: _reason,
    WorkKind.FINISHED: _lasted,
    RecordKind.EVIDENCE: _evidence,
    RecordKind.LEVEL_BEFORE: _level,
}
