"""The life of revisions as events of the log, so that every laptop knows what may be run.

Submitting puts the whole canonical text into the log; every later event names it by its hash. What
the rules do not allow (two laptops approved at once, a forged entry) does not count and is told.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from drivers.files import FileError
from procedures.engine.events import JSON, Recorded, WorkEvent, WorkKind
from procedures.engine.moment import Moment
from procedures.register import Entry, Register, RegisterError, Step
from procedures.revision import Revision, revision_of, verify_digest

_KINDS: dict[Step, WorkKind] = {
    "submitted": WorkKind.PROCEDURE_SUBMITTED,
    "returned": WorkKind.PROCEDURE_RETURNED,
    "approved": WorkKind.PROCEDURE_APPROVED,
    "superseded": WorkKind.PROCEDURE_SUPERSEDED,
}
_STEPS: dict[str, Step] = {kind: step for step, kind in _KINDS.items()}


class Texts(Mapping[str, Revision]):
    """Revisions by hash. A text is read when its revision is first asked for, and once.

    One that this version cannot read is not among them; what is wrong with it is then told to
    ``faulty``. Its hash was found right before (:meth:`Revisions.take`).
    """

    def __init__(self, faulty: Callable[[str], None]) -> None:
        self._faulty = faulty
        self._texts: dict[str, str] = {}
        self._read: dict[str, Revision | None] = {}

    def keep(self, digest: str, canonical: str) -> None:
        """Keep a text whose hash is right."""
        self._texts.setdefault(digest, canonical)

    def author(self, digest: str) -> str:
        """Return who a text says wrote it, without reading the rest; empty for no text."""
        return str(_members(self._texts[digest]).get("author", "")) if digest in self._texts else ""

    def __getitem__(self, digest: str) -> Revision:
        """Return a revision; raises KeyError where there is none that can be read."""
        if digest not in self._read:
            self._read[digest] = self._parse(digest, self._texts[digest])
        found = self._read[digest]
        if found is None:
            raise KeyError(digest)
        return found

    def __iter__(self) -> Iterator[str]:
        """Give the hash of every text that can be read, which reads all of them."""
        return iter([digest for digest in self._texts if self.get(digest) is not None])

    def __len__(self) -> int:
        """Return how many texts can be read, which reads all of them."""
        return sum(1 for _ in self)

    def _parse(self, digest: str, canonical: str) -> Revision | None:
        try:
            return revision_of(canonical, digest)
        except FileError as error:
            self._faulty(str(error))
            return None


class Revisions:
    """What events say of procedures: registers by id, revisions by hash, what did not count.

    Events are taken one by one, each in a time that does not depend on how many came before.
    """

    def __init__(self) -> None:
        self.registers: dict[str, Register] = {}
        self.faults: list[str] = []
        self.revisions = Texts(self.faults.append)

    def in_force(self, procedure: str) -> Revision | None:
        """Return the approved revision of a procedure, if there is one whose text is known."""
        register = self.registers.get(procedure)
        digest = register.approved if register else None
        return self.revisions.get(digest) if digest else None

    def take(self, event: Recorded) -> None:
        """Take the next event; one that does not count is told in ``faults``."""
        try:
            self._take(event)
        except (FileError, RegisterError, KeyError, TypeError, ValueError) as error:
            self.faults.append(f"{event.kind} by {event.actor}: {error}")

    def _take(self, event: Recorded) -> None:
        body = event.body
        is_about_text = event.kind in {WorkKind.BEGUN, WorkKind.PROCEDURE_SUBMITTED}
        if is_about_text and "canonical" in body:
            self._keep(str(body["procedure"]), str(body["revision"]), str(body["canonical"]))
        if event.kind in _STEPS:
            name, digest = str(body["procedure"]), str(body["revision"])
            when_us = int(getattr(event, "utc_us", 0))  # those of the log have one
            note = str(body.get("note", ""))
            entry = Entry(digest, _STEPS[event.kind], event.actor, when_us, note)
            register = self.registers.get(name, Register())
            if entry.step == "approved":
                register.author_is_not(self.revisions.author(digest), digest, entry.by)
            self.registers[name] = register.take(entry)

    def _keep(self, procedure: str, digest: str, canonical: str) -> None:
        verify_digest(canonical, digest)
        found = _members(canonical).get("id")
        if found != procedure:
            raise FileError(f"revision {digest[:12]}: the text is of {found!r}, not {procedure!r}")
        self.revisions.keep(digest, canonical)


def _members(canonical: str) -> Mapping[str, object]:
    told = json.loads(canonical)
    if not isinstance(told, dict):
        raise FileError("the text is no procedure")
    return told


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
        found.take(event)
    return found
