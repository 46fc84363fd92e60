"""Submitting, approving and returning procedures in the name of people who may.

The register of revisions knows the order of steps; here is who may take them: an author submits
what lints clean, an approver who had no hand in it signs with a passphrase.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from console.session.procedure_files import ProcedureFile
from console.text import tr
from console.work.events import Refused
from console.work.people.roles import same
from console.work.people.roster import Person
from console.work.people.signature import Signature, shown_hash
from procedures.register import Register, RegisterError, RevisionState
from procedures.revision import Revision

if TYPE_CHECKING:
    from console.session.workplace import Workplace

AUTHOR, APPROVE = "procedure.author", "procedure.approve"
_STATES = {
    RevisionState.DRAFT: "draft",
    RevisionState.REVIEW: "in review",
    RevisionState.APPROVED: "approved",
    RevisionState.SUPERSEDED: "superseded",
}


def state_words(state: RevisionState) -> str:
    """Return the word for a state in the reader's language."""
    return tr(_STATES[state])


class ProcedureDesk:
    """What people ask of revisions; every refusal is one sentence, and nothing has happened."""

    def __init__(self, place: Workplace) -> None:
        self._place = place

    def register(self, procedure: str) -> Register:
        """Return the register of a procedure in this log."""
        return self._place.runs.procedures.registers.get(procedure, Register())

    def in_force(self, procedure: str) -> Revision | None:
        """Return the revision that may be run."""
        return self._place.runs.procedures.in_force(procedure)

    def submit(self, by: str, file: ProcedureFile, note: str = "") -> None:
        """Give what a file holds to review; raises Refused."""
        self._place.room.desk.allow(by, AUTHOR)
        revision = self.check_submission(file)
        self._do(lambda given: self._place.runs.submit(given, by, note), revision)

    def check_submission(self, file: ProcedureFile) -> Revision:
        """Return what a file would submit; raises Refused where nobody could submit it."""
        if file.revision is None or not file.is_clean:
            raise Refused(
                tr("With errors it cannot be submitted ({n}); see the checks.", n=file.errors)
            )
        self._refuse_unless(file.revision, RevisionState.DRAFT, RevisionState.SUPERSEDED)
        return file.revision

    def give_back(self, by: str, revision: Revision, note: str) -> None:
        """Return what is in review to its author, with what is to be changed; raises Refused."""
        self._place.room.desk.allow(by, APPROVE)
        self._refuse_unless(revision, RevisionState.REVIEW)
        if not note.strip():
            raise Refused(tr("Say what is to be changed."))
        self._do(lambda r: self._place.runs.give_back(r, by, note.strip()), revision)

    def approvers(self, revision: Revision) -> Sequence[Person]:
        """Return who may approve a revision: who has the right and had no hand in it."""
        desk = self._place.room.desk
        return [
            person
            for person in self._place.room.book.people.active()
            if desk.roles.permits(person.roles, APPROVE) and not self._had_hand(person, revision)
        ]

    def check_approval(self, revision: Revision) -> None:
        """Raise Refused where a revision cannot be approved now, by whomever."""
        self._refuse_unless(revision, RevisionState.REVIEW)

    def approve(
        self,
        person: str,
        pin: str,
        revision: Revision,
        done: Callable[[], None],
        refused: Callable[[str], None],
    ) -> None:
        """Put a revision in force, signed by a person; told in a later ``session.refresh``."""
        shown = shown_hash(revision.canonical)

        def signed(signature: Signature) -> None:
            try:
                self._approve(signature, revision, shown)
            except Refused as refusal:
                refused(str(refusal))
            else:
                done()

        try:
            self._refuse_unless(revision, RevisionState.REVIEW)
            self._refuse_hand(person, revision)
        except Refused as refusal:
            refused(str(refusal))
            return
        self._place.later(self._place.room.gate.sign(person, pin, APPROVE, shown), signed, refused)

    def _approve(self, signature: Signature, revision: Revision, shown: str) -> None:
        by = signature.person
        self._refuse_unless(revision, RevisionState.REVIEW)
        self._refuse_hand(by, revision)
        told = self._place.room.desk.use(signature, by, APPROVE, shown)
        self._do(lambda r: self._place.runs.approve(r, by, told), revision)

    def _refuse_hand(self, by: str, revision: Revision) -> None:
        person = self._place.room.desk.who(by)
        if self._had_hand(person, revision):
            raise Refused(
                tr("{person} wrote or submitted it; another must approve.", person=person.name)
            )

    def _had_hand(self, person: Person, revision: Revision) -> bool:
        """Whether somebody wrote or submitted it, whether the file says the id or the name."""
        submitter = self.register(revision.procedure.id).submitter(revision.digest)
        hands = (revision.procedure.author, submitter)
        return any(hand and same(hand, own) for hand in hands for own in (person.id, person.name))

    def _refuse_unless(self, revision: Revision, *states: RevisionState) -> None:
        found = self._place.runs.state_of(revision)
        if found not in states:
            raise Refused(
                tr(
                    "Revision {revision} is {state}; that cannot be done with it.",
                    revision=revision.short,
                    state=state_words(found),
                )
            )

    @staticmethod
    def _do(act: Callable[[Revision], None], revision: Revision) -> None:
        try:
            act(revision)
        except RegisterError as error:
            raise Refused(str(error)) from None
