"""The life of a revision: draft, review, approved, superseded. Approved is never changed.

Pure, like the engine: a :class:`Register` follows from its entries, and a transition gives the next
entry or refuses. The console keeps entries as events of the log; ``tankside procedure approve``
keeps them in a file beside the procedure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Literal

from drivers.files import FileError
from procedures.engine.people import same
from procedures.revision import Revision, canonical_json, digest_of, revision_of


class RevisionState(StrEnum):
    """How far a revision has come; one that no entry names is a draft."""

    DRAFT = "draft"
    REVIEW = "review"
    APPROVED = "approved"
    SUPERSEDED = "superseded"


Step = Literal["submitted", "returned", "approved", "superseded"]
_FROM: dict[Step, tuple[RevisionState, ...]] = {
    "submitted": (RevisionState.DRAFT, RevisionState.SUPERSEDED),
    "returned": (RevisionState.REVIEW,),
    "approved": (RevisionState.REVIEW,),
    "superseded": (RevisionState.APPROVED,),
}
_TO: dict[Step, RevisionState] = {
    "submitted": RevisionState.REVIEW,
    "returned": RevisionState.DRAFT,
    "approved": RevisionState.APPROVED,
    "superseded": RevisionState.SUPERSEDED,
}


class RegisterError(Exception):
    """A transition that the rules do not allow; one sentence says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One transition of one revision: which, what, who, when (UTC us), why."""

    digest: str
    step: Step
    by: str
    utc_us: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Register:
    """Every transition of the revisions of one procedure, in order."""

    entries: tuple[Entry, ...] = ()

    def state(self, digest: str) -> RevisionState:
        """Return how far a revision has come."""
        of = [entry for entry in self.entries if entry.digest == digest]
        return _TO[of[-1].step] if of else RevisionState.DRAFT

    @property
    def approved(self) -> str | None:
        """The revision in force: approved and not superseded; there is at most one."""
        return next(
            (e.digest for e in self.entries if self.state(e.digest) is RevisionState.APPROVED), None
        )

    def submitter(self, digest: str) -> str:
        """Return who gave a revision to review, the last time; empty for nobody."""
        of = [e.by for e in self.entries if e.digest == digest and e.step == "submitted"]
        return of[-1] if of else ""

    def number(self, digest: str) -> int:
        """Return the running number of a revision among those ever submitted, 0 for a draft."""
        known = list(dict.fromkeys(entry.digest for entry in self.entries))
        return known.index(digest) + 1 if digest in known else 0

    def author_is_not(self, author: str, digest: str, by: str) -> None:
        """Refuse (RegisterError) who wrote or submitted a revision."""
        if any(name and same(name, by) for name in (author, self.submitter(digest))):
            raise RegisterError(f"{by} wrote or submitted it; another person must approve")

    def take(self, entry: Entry) -> Register:
        """Return the register after an entry; raises RegisterError where it may not be."""
        state = self.state(entry.digest)
        if not entry.by.strip():
            raise RegisterError("who does it must be given")
        if state not in _FROM[entry.step]:
            short, wanted = entry.digest[:12], " or ".join(_FROM[entry.step])
            raise RegisterError(f"revision {short} is {state}; only {wanted} can be {entry.step}")
        return replace(self, entries=(*self.entries, entry))

    def submit(self, revision: Revision, by: str, utc_us: int, note: str = "") -> Register:
        """Give a draft to review, or one that was superseded: then it may come back in force."""
        return self.take(Entry(revision.digest, "submitted", by, utc_us, note))

    def give_back(self, revision: Revision, by: str, utc_us: int, note: str) -> Register:
        """Return a revision to its author, with what is to be changed."""
        if not note.strip():
            raise RegisterError("what is to be changed must be given")
        return self.take(Entry(revision.digest, "returned", by, utc_us, note))

    def approve(self, revision: Revision, by: str, utc_us: int, note: str = "") -> Register:
        """Put a revision in force; the one before is superseded. Never by its author."""
        self.author_is_not(revision.procedure.author, revision.digest, by)
        register, before = self, self.approved
        after = register.take(Entry(revision.digest, "approved", by, utc_us, note))
        if before is None:
            return after
        return after.take(Entry(before, "superseded", by, utc_us, revision.digest))


@dataclass(frozen=True, slots=True)
class Shelf:
    """Revisions as files: ``<folder>/<id>/register.json`` and one file per approved revision."""

    folder: Path

    def register(self, procedure: str) -> Register:
        """Return the register of a procedure; raises FileError for a damaged file."""
        path = self._register_path(procedure)
        if not path.exists():
            return Register()
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            return _replayed(Entry(**entry) for entry in told["entries"])
        except (OSError, ValueError, TypeError, KeyError, RegisterError) as error:
            raise FileError(f"{path}: not a register of revisions: {error}") from None

    def keep(self, procedure: str, register: Register, revision: Revision) -> None:
        """Write the revision (never over another text) and then the register."""
        folder = self.folder / procedure
        path = folder / f"{revision.digest}.json"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                _write(path, revision.canonical)
            elif digest_of(path.read_text(encoding="utf-8")) != revision.digest:
                raise FileError(f"{path}: somebody changed an approved revision; it is not used")
            entries = [asdict(entry) for entry in register.entries]
            _write(self._register_path(procedure), canonical_json({"entries": entries}) + "\n")
        except OSError as error:
            raise FileError(f"{folder}: cannot be written: {error.strerror}") from None

    def revision(self, procedure: str, digest: str) -> Revision:
        """Return a revision kept here; raises FileError where it is missing or was changed."""
        path = self.folder / procedure / f"{digest}.json"
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise FileError(f"{path}: cannot be read: {error.strerror}") from None
        return revision_of(text, digest)

    def _register_path(self, procedure: str) -> Path:
        return self.folder / procedure / "register.json"


def _replayed(entries: Iterable[Entry]) -> Register:
    register = Register()
    for entry in entries:
        register = register.take(entry)
    return register


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8", newline="\n")
    beside.replace(path)
