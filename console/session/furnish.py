"""The people and procedures of the demo, put into its log where there are none yet."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from console.history.events import EventDraft
from console.work.demo import furnish as furnish_people
from procedures.document import LIBRARY, load_document
from procedures.register import Register, RevisionState
from procedures.register_events import entry_events
from procedures.revision import Revision, compile_procedure

if TYPE_CHECKING:
    from console.session.workplace import Workplace

AUTHOR, APPROVER = "haddad", "berg"
_PIN_S = 60.0


@lru_cache(maxsize=1)
def library() -> tuple[Revision, ...]:
    """Return every shipped procedure, compiled once; raises FileError."""
    paths = sorted(LIBRARY.glob("*.yaml"))
    return tuple(compile_procedure(load_document(path).procedure) for path in paths)


def furnish(place: Workplace) -> None:
    """Let the demo's people in and its procedures be approved, while the workplace is opened.

    Takes about a second the first time, most of it for PINs; nothing where all is there.
    """
    people = furnish_people(place.room.desk, place.room.gate)
    for revision in library():
        if place.runs.state_of(revision) is RevisionState.DRAFT:
            _approve(place, revision)
    people.result(_PIN_S)


def _approve(place: Workplace, revision: Revision) -> None:
    now = place.runs.moment()
    before = place.runs.procedures.registers.get(revision.procedure.id, Register())
    after = before.submit(revision, AUTHOR, now.utc_us).approve(revision, APPROVER, now.utc_us)
    for event in entry_events(before, after, revision, now):
        place.record(EventDraft(event.kind, event.subject, event.body, event.time, event.actor))
