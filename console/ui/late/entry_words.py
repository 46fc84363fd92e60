"""What an entry that waits says, in one line, so that it can be compared with the paper. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from console.history.kinds import label as kind_label
from console.text import language, tr
from console.ui.guided.words import Namer, amount
from console.ui.late.copying import Copying
from procedures.engine.events import WorkEvent, WorkKind
from procedures.spec import Step

if TYPE_CHECKING:
    from console.session.session import Session


def entry_words(session: Session, copying: Copying, event: WorkEvent) -> str:
    """Return the step, what kind of entry it is, and what was written."""
    run, body = copying.run, event.body
    procedure = copying.found.form.revision.procedure
    label = kind_label(str(event.kind))
    if run is None:
        return label
    name = str(body.get("step") or "")
    step = procedure.steps.get(name)
    namer = Namer(session, run, procedure, language())
    told = _told(event.kind, body, namer, step)
    said = tr("{what}: {told}", what=label, told=told) if told else label
    if step is None:
        return said
    return tr("step {number}, {what}", number=copying.number(name), what=said)


_TITLED = {
    WorkKind.GATE_OVERRIDDEN: ("gate", "reason"),
    WorkKind.GATE_UNPROVEN: ("gate", "reason"),
    WorkKind.PHOTO_TAKEN: ("photo", "sha256"),
    WorkKind.DEVIATED: ("about", "finding"),
    WorkKind.ITEM_CONFIRMED: ("item", ""),
}
"""Entries about a part of a step: the member that names it, and the one that says what."""
_PLAIN = {
    WorkKind.LABEL_SCANNED: "label",
    WorkKind.STEP_SKIPPED: "text",
    WorkKind.NOTED: "text",
    WorkKind.STEP_FAILED: "reason",
    WorkKind.STEP_RELEASED: "reason",
    WorkKind.ABORTED: "reason",
}
_NUMBERS = {WorkKind.VALUE_RECORDED: "value", WorkKind.GATE_BY_HAND: "gate"}


def _told(kind: WorkKind, body: Mapping[str, Any], namer: Namer, step: Step | None) -> str:
    """Return what was written: a name and its number, reason or text."""
    if kind in _NUMBERS:
        title = namer.title(str(body[_NUMBERS[kind]]), step)
        return f"{title} {amount(float(body['number']), str(body['unit']))}"
    if kind in _TITLED:
        about, member = _TITLED[kind]
        title, text = namer.title(str(body[about]), step), str(body.get(member, ""))
        shown = text[:12] if member == "sha256" else text
        return f"{title}: {shown}" if shown else title
    if kind in _PLAIN:
        return str(body[_PLAIN[kind]])
    if kind is WorkKind.QUESTION_ANSWERED:
        answers = step.ask.answers if step and step.ask else ()
        found = next((one for one in answers if one.id == body["answer"]), None)
        return namer.of(found.text) if found else str(body["answer"])
    second = str(body.get("second") or "")
    return tr("second: {who}", who=namer.person(second)) if second else ""
