"""What reviewers do; every command raises Refused or tells one event."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from console.text import tr
from console.work.desk import WorkDesk
from console.work.events import JSON, Draft, Refused
from console.work.orders.model import Order, ProcedureRef
from console.work.orders.rules import State
from console.work.people.roles import same
from console.work.people.signature import Signature, shown_hash
from console.work.reviews.book import ReviewBook
from console.work.reviews.kinds import DISPOSITIONS, ReviewKind
from console.work.reviews.table import shipped_table
from drivers.points import Stamp
from procedures.engine.state import Run

REVIEW = "order.review"
"""The act of ``resources/roles.toml`` that a reviewer needs."""
SECTION_NAMES = {
    "exceptions": "Exceptions",
    "steps": "Steps",
    "parts": "Parts and fluid",
    "procedure": "Procedure",
    "questions": "Questions and follow-up",
    "log": "Log",
}
"""The parts of a record, as events name them; a key of the catalogue each."""


@dataclass(frozen=True, slots=True)
class About:
    """Where something is said: of which order (or key), run and step."""

    of: str
    run: str = ""
    step: str = ""


class ReviewDesk:
    """Questions, deviations and conclusions. ``book`` follows published events alone."""

    def __init__(
        self, desk: WorkDesk, record: Callable[[Draft], None], clock: Callable[[], Stamp]
    ) -> None:
        self._desk = desk
        self._record = record
        self._clock = clock
        self._looked: set[tuple[str, str, str, str]] = set()
        self.book = ReviewBook()

    # ---- looking ----

    def look(self, by: str, about: About, section: str, session: str) -> bool:
        """Record that a reviewer had a part of a record on the screen, once in a sitting.

        Nothing is recorded of who may not review, and of nobody; returns whether it was.
        """
        key = (by.casefold(), about.of, session, section)
        person = self._desk.book.people.get(by) if by else None
        if key in self._looked or person is None or by not in self._desk.present:
            return False
        if not self._desk.roles.permits(person.roles, REVIEW):
            return False
        self._looked.add(key)
        self._tell(ReviewKind.OPENED, about, by, section=section, session=session)
        return True

    def missing(self, by: str, of: str, sections: Collection[str], since_us: int) -> str:
        """Return, in words, what a reviewer has not looked at; empty where nothing is missing."""
        seen = self.book.looked_at(of, by, since_us)
        lacking = [tr(SECTION_NAMES[name]) for name in sections if name not in seen]
        if not lacking:
            return ""
        person = self._desk.who(by)
        return tr(
            "{person} has not looked at: {what}.", person=person.name, what=", ".join(lacking)
        )

    # ---- asking and answering ----

    def ask(self, by: str, about: About, text: str, thread: str = "") -> None:
        """Ask who did the work about a step, or once more in a thread."""
        self._desk.allow(by, REVIEW)
        found = self.book.thread(about.of, thread) if thread else None
        if thread and found is None:
            raise Refused(tr("There is no such question."))
        turn = len(found.said) if found else 0
        told: dict[str, JSON] = {"text": _words(text), "thread": thread, "turn": turn}
        self._tell(ReviewKind.QUESTION, about, by, **told)

    def answer(self, by: str, of: str, thread: str, text: str) -> None:
        """Answer a question; not one's own."""
        self._desk.allow(by, "order.note")
        found = self.book.thread(of, thread)
        if found is None:
            raise Refused(tr("There is no such question."))
        if same(by, found.said[-1].by) and found.is_open:
            raise Refused(tr("Who asked does not answer."))
        about = About(of, found.first.run, found.first.step)
        turn = len(found.said)
        self._tell(ReviewKind.ANSWERED, about, by, text=_words(text), thread=thread, turn=turn)

    # ---- findings ----

    def deviation(self, by: str, about: About, text: str, disposition: str) -> None:
        """Record that something was not as it should have been, and what is to come of it."""
        self._desk.allow(by, REVIEW)
        if disposition not in DISPOSITIONS:
            raise Refused(tr("Say what is to come of it."))
        told = {"text": _words(text), "disposition": disposition}
        self._tell(ReviewKind.DEVIATION, about, by, **told)

    def ask_change(self, by: str, about: About, procedure: ProcedureRef, text: str) -> None:
        """Ask for a change of a procedure: open until another revision is in force."""
        self._desk.allow(by, "order.request")
        told = {"procedure": procedure.id, "revision": procedure.revision}
        self._tell(ReviewKind.CHANGE_ASKED, about, by, text=_words(text), **told)

    # ---- concluding ----

    def shown(self, of: str, facts: Mapping[str, JSON], text: str = "") -> str:
        """Return the hash that a signature must have which concludes a review."""
        return shown_hash({"of": of, "facts": facts, "text": text, "meaning": REVIEW})

    def settle(
        self,
        by: str,
        about: About,
        facts: Mapping[str, JSON],
        signature: Signature,
        text: str = "",
    ) -> None:
        """Conclude the review of what has no order to close: a run, a log, a training result."""
        with self._desk.lock:
            self._desk.allow(by, REVIEW)
            if self.book.settled(about.of) is not None:
                raise Refused(tr("This has been concluded already."))
            body = self._desk.use(signature, by, REVIEW, self.shown(about.of, facts, text))
            self._tell(ReviewKind.SETTLED, about, by, text=text, facts=dict(facts), **body)

    def refuse_hands(self, by: str, runs: Collection[Run], order: Order | None = None) -> None:
        """Refuse as a reviewer who did or verified a part of the work."""
        done = {name: list(people) for name, people in order.acts().items()} if order else {}
        done.pop(REVIEW, None)
        hands = [one for run in runs for one in hands_of(run)]
        done["order.execute"] = [*done.get("order.execute", ()), *hands]
        why = self._desk.roles.kept_apart(REVIEW, done, by)
        if why:
            raise Refused(tr("{why}.", why=tr(why)))

    def refuse_unready(
        self, by: str, order: Order, runs: Collection[Run], *, looked: bool = True
    ) -> None:
        """Refuse to approve an order that this person may not, or has not looked at, or asks about.

        ``looked`` False is for several at once, none of which has an exception.
        """
        if order.state is not State.REVIEW:
            raise Refused(tr("Order {number} is not in review.", number=order.number))
        self.refuse_hands(by, runs, order)
        if self.book.open_threads(order.number):
            raise Refused(tr("A question of the review is not answered yet."))
        lacking = self.missing(by, order.number, shipped_table().look_at, review_since_us(order))
        if looked and lacking:
            raise Refused(lacking)

    # ---- inside ----

    def _tell(self, kind: ReviewKind, about: About, by: str, **members: JSON) -> None:
        known = self._desk.book.people.get(by)
        told = {name: value for name, value in members.items() if value != ""}
        places = {name: value for name in ("run", "step") if (value := getattr(about, name))}
        body: dict[str, JSON] = {"id": str(uuid.uuid4()), **places, **told}
        self._record(Draft(kind, about.of, body, self._clock(), known.id if known else by))


def hands_of(run: Run) -> frozenset[str]:
    """Return who did a step of a run, or signed it as the second person."""
    done = [one for one in run.done.values() if one.result == "done"]
    people = {one.by for one in done} | {one.second for one in done if one.second}
    return frozenset(people | {run.lead} - {""})


def review_since_us(order: Order) -> int:
    """Return since when an order is in its present review (UTC microseconds)."""
    into = [move.at.utc_us for move in order.moves if move.to is State.REVIEW]
    return into[-1] if into else order.opened.utc_us


def _words(text: str) -> str:
    told = text.strip()
    if not told or len(told) > 2000:
        raise Refused(tr("This needs a text of 1 to 2000 letters."))
    return told
