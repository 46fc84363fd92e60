"""The life of revisions as events of the log, so that every laptop knows what may be run.

Submitting puts the whole canonical text into the log; every later event names it by its hash. What
the rules do not allow (two laptops approved at once, a forged entry) does not count and is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from drivers.files import FileError
from procedures.engine.events import JSON, Recorded, WorkEvent, WorkKind
from procedures.engine.moment import Moment
from procedures.register import Entry, Register, RegisterError, Step
from procedures.revision import Revision, revision_of

_KINDS: dict[Step, WorkKind] = {
    "submitted": WorkKind.PROCEDURE_SUBMITTED,
    "returned": WorkKind.PROCEDURE_RETURNED,
    "approved": WorkKind.PROCEDURE_APPROVED,
    "superseded": WorkKind.PROCEDURE_SUPERSEDED,
}
_STEPS: dict[str, Step] = {kind: step for step, kind in _KINDS.items()}


@dataclass(slots=True)
class Revisions:
    """What events say of procedures: registers by id, revisions by hash, what did not count."""

    registers: dict[str, Register] = field(default_factory=dict)
    revisions: dict[str, Revision] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def in_force(self, procedure: str) -> Revision | None:
        """Return the approved revision of a procedure, if there is one whose text is known."""
        register = self.registers.get(procedure)
        digest = register.approved if register else None
        return self.revisions.get(digest) if digest else None


def entry_events(
    before: Register, after: Register, revision: Revision, now: Moment
) -> tuple[WorkEvent, ...]:
    """Return the events of the entries that ``after`` has more than ``before``, in order."""
    added = after.entries[len(before.entries) :]
    return tuple(_event(entry, revision, now) for entry in added)


def _event(entry: Entry, revision: Revision, now: Moment) -> WorkEvent:
    body: dict[str, JSON] = {
        "procedure": revision.procedure.id,
        "revision": entry.digest,
        "note": entry.note,
    }
    if entry.step == "submitted":
        body["canonical"] = revision.canonical
    kind = _KINDS[entry.step]
    return WorkEvent(kind, revision.procedure.id, body, now.stamp, entry.by)


def revisions_in(events: Iterable[Recorded]) -> Revisions:
    """Return what the events of a log say of procedures; events of other kinds are passed over."""
    found = Revisions()
    for event in events:
        try:
            _take(found, event)
        except (FileError, RegisterError, KeyError, TypeError, ValueError) as error:
            found.faults.append(f"{event.kind} by {event.actor}: {error}")
    return found


def _take(found: Revisions, event: Recorded) -> None:
    body = event.body
    is_about_text = event.kind in {WorkKind.BEGUN, WorkKind.PROCEDURE_SUBMITTED}
    if is_about_text and "canonical" in body:
        revision = revision_of(str(body["canonical"]), str(body["revision"]))
        found.revisions[revision.digest] = revision
    if event.kind in _STEPS:
        name, digest = str(body["procedure"]), str(body["revision"])
        entry = Entry(digest, _STEPS[event.kind], event.actor, 0, str(body.get("note", "")))
        register = found.registers.get(name, Register())
        if entry.step == "approved":
            register.author_is_not(found.revisions.get(digest), digest, entry.by)
        found.registers[name] = register.take(entry)
