"""Signatures: printed name, role, when in both times, what it means, how it was proven."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from console.documents import words as w
from console.documents.completion_data import Completion, RunFile
from console.documents.model import Block, Heading, Paragraph
from console.documents.report_model import Listing, Mono, ReportCell, ReportColumn
from console.documents.report_words import Steps, Told
from console.history.events import Event
from console.text import tr
from console.work.people.roles import shipped_roles
from console.work.people.signature import Signature
from procedures.engine.events import WorkKind

PROOFS = {
    "pin": "PIN given for this act",
    "signed_in": "signed in at the console",
    "nobody": "not proven",
}
"""How it was proven who signed; a key of the catalogue each."""
MEANINGS: dict[str, str] = {
    WorkKind.BEGUN: "Began the work",
    WorkKind.HOLD_RELEASED: "Released the hold point of step {step}",
    WorkKind.STEP_WITNESSED: "Watched step {step}",
    WorkKind.STEP_PERFORMED: "Did step {step}, second signature due",
    WorkKind.STEP_DONE: "Step {step} is done",
    WorkKind.STEP_SKIPPED: "Skipped step {step}",
    WorkKind.STEP_FAILED: "Step {step} failed",
    WorkKind.STEP_REJECTED: "Rejected step {step}",
    WorkKind.STEP_RELEASED: "Let step {step} go on",
    WorkKind.GATE_OVERRIDDEN: "Overrode a condition of step {step}",
    WorkKind.DEVIATED: "Recorded a deviation at step {step}",
    WorkKind.TAKEN_OVER: "Took the work over",
    WorkKind.ABORTED: "Aborted the work",
    WorkKind.MADE_SAFE: "Closed the work: it is safe",
    WorkKind.FINISHED: "Closed the work: it is finished",
}
"""What a signature in a run means; a key of the catalogue each."""


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature as the report tells it."""

    person: str
    role: str
    meaning: str
    how: str
    utc_us: int
    shown: str


def signature_blocks(report: Completion, told: Told) -> Iterator[Block]:
    """Yield all signatures in the order of time."""
    found = [*_of_order(report, told)]
    for run in report.runs:
        found += _of_run(run, told)
    offset = told.clock.offset(report.span_us[0])
    rows = tuple(_row(one, told, offset) for one in sorted(found, key=lambda one: one.utc_us))
    yield Heading(tr("Signatures"), anchor="signatures")
    yield Listing(
        (
            ReportColumn(tr("Printed name"), 1.25),
            ReportColumn(tr("Role"), 1.15),
            ReportColumn(tr("Time (UTC)"), 1.85),
            ReportColumn(tr("Local time ({offset})", offset=offset), 0.95),
            ReportColumn(tr("Meaning"), 2.9),
            ReportColumn(tr("How proven"), 1.2),
            ReportColumn(tr("Hash of what was shown"), 1.45),
        ),
        rows,
        empty=tr("Nobody signed anything."),
    )
    yield Paragraph(
        tr(
            "Signatures are given with a PIN on this console and stand in the log; the log's hashes"
            " bind them to what they sign. The hash is that of the words and values that the person"
            " saw, its first 16 digits."
        ),
        "small",
    )


def _row(one: Signed, told: Told, offset: str) -> tuple[ReportCell, ...]:
    return (
        one.person,
        one.role or "---",
        told.clock.utc(one.utc_us),
        told.clock.here(one.utc_us, offset),
        one.meaning,
        one.how,
        Mono(one.shown[:16] or "---"),
    )


def _of_order(report: Completion, told: Told) -> Iterator[Signed]:
    order = report.order
    for move in order.moves:
        if move.signature is not None:
            reason = tr(" ({reason})", reason=move.reason) if move.reason else ""
            yield _given(move.signature, f"{_act(move.signature.meaning)}{reason}")
    for signature in order.verified:
        yield _given(signature, _act(signature.meaning))


def _given(signature: Signature, meaning: str) -> Signed:
    how = tr(PROOFS["pin"]) if signature.seal else tr("no proof recorded")
    role = w.role_name(signature.role)
    return Signed(signature.name, role, meaning, how, signature.utc_us, signature.shown)


def _act(act: str) -> str:
    found = shipped_roles().acts.get(act)
    return tr(found) if found else act


def _of_run(run: RunFile, told: Told) -> Iterator[Signed]:
    steps = Steps(run.procedure, told.language)
    for event in run.events:
        if event.kind not in MEANINGS:
            continue
        step = str(event.body.get("step") or "")
        visit = event.body.get("visit")
        named = steps.named(step, visit if isinstance(visit, int) else 1)
        yield Signed(
            told.printed(event.actor),
            w.role_name(_role(event, steps, run, told)),
            tr(MEANINGS[event.kind], step=named),
            _how(event.body),
            event.utc_us,
            _shown(event.body),
        )


def _how(body: Mapping[str, Any]) -> str:
    signed = body.get("signed")
    how = str(signed.get("how", "")) if isinstance(signed, Mapping) else ""
    if not how:
        return tr("no proof recorded")
    return tr(PROOFS[how]) if how in PROOFS else how


def _shown(body: Mapping[str, Any]) -> str:
    signed = body.get("signed")
    if isinstance(signed, Mapping) and signed.get("shown"):
        return str(signed["shown"])
    return str(body.get("shown") or "")


def _role(event: Event, steps: Steps, run: RunFile, told: Told) -> str:
    """Return in which role somebody signed, by what the procedure asks for."""
    body, spec = event.body, steps.spec(str(event.body.get("step") or ""))
    if body.get("role"):
        return str(body["role"])
    if spec is not None:
        is_second = event.kind == WorkKind.STEP_WITNESSED or (
            event.kind == WorkKind.STEP_DONE and body.get("second") == event.actor
        )
        if is_second and spec.sign.second:
            return spec.sign.second.role
        gate = next((g for g in spec.gates if g.id == body.get("gate")), None)
        if gate is not None and gate.override is not None:
            return gate.override.role
        if event.kind in {WorkKind.STEP_DONE, WorkKind.STEP_PERFORMED}:
            return spec.sign.role
    person = told.people.get(event.actor)
    return min(person.roles, default="") if person else ""
