"""Contradictions that the records hold: told differently by two laptops, for a person."""

from __future__ import annotations

from collections.abc import Sequence

from console.session.session import Session
from console.text import tr
from console.ui import formats
from console.ui.controls import Choice
from console.ui.plain_table import Cell, Column, Ink, Line
from console.ui.setup_parts import FactList, Words
from console.ui.work.acts import Act, Answers, Ask
from console.ui.work.equipment_acts import place_asks, place_of
from console.ui.work.things_view import Detail, ThingsView
from console.work.assets.places import Place
from console.work.book import WorkBook
from console.work.conflicts import Conflict, ConflictKind
from console.work.events import Refused
from console.work.words import conflict_words, place_words

SETTLE = "conflict.resolve"
OPEN, SETTLED, ALL = "open", "settled", ""
FACT_NAMES = {
    "serial": "Serial number",
    "recorded": "Recorded in",
    "claimed": "Found in",
    "place": "Place",
    "other": "Also there",
    "part": "Part number",
    "store": "Store",
    "on_hand": "On hand",
    "reserved": "Reserved",
    "tank": "Tank",
    "litres": "Litres",
    "lacking": "Litres that were not there",
    "log": "Log",
    "number": "Number",
    "kind": "Kind",
}
"""What a contradiction is about; a key of the catalogue each."""
COLUMNS = (
    Column(lambda: tr("Contradiction"), "1650888201334 is recorded in two places", grows=True),
    Column(lambda: tr("Found"), "2026-11-21 12:04:11"),
    Column(lambda: tr("By"), "Ngozi Okafor"),
    Column(lambda: tr("State"), "not settled "),
)


class ConflictsView(ThingsView):
    """Every contradiction, those that nobody settled first."""

    narrow_hides = (2,)
    side = (480, 820, 0.46)

    def __init__(self, session: Session) -> None:
        self.says = Words("", 13)
        self.facts = FactList(tr("What was told"))
        self.settled = Words(quiet=True)
        self.detail = Detail(self.says, self.facts, self.settled)
        super().__init__(
            session, tr("Contradictions"), COLUMNS, tr("Serial number, part, tank"), self.detail
        )
        shows = [(OPEN, tr("Not settled")), (SETTLED, tr("Settled")), (ALL, tr("All"))]
        self.show_only = Choice(tr("Which contradictions"), shows)
        self.add_choice(self.show_only)
        self.show_only.currentIndexChanged.connect(self.look_again)

    def wanted(self) -> tuple[str, str]:
        return self.search.text(), self.show_only.key

    def lines(self, book: WorkBook) -> tuple[Line, ...]:
        words, show = self.wanted()
        people = {person.id: person.name for person in book.people.everybody()}
        now_us = self.session.now().utc_us
        found = [
            (one, conflict_words(one))
            for one in reversed(book.conflicts.all())
            if show == ALL or one.is_open == (show == OPEN)
        ]
        wanted = words.casefold().split()
        return tuple(
            _line(one, said, people.get(one.actor, one.actor), now_us)
            for one, said in sorted(found, key=lambda pair: not pair[0].is_open)
            if all(word in f"{said} {one.subject}".casefold() for word in wanted)
        )

    def nothing(self) -> str:
        if not self.search.text() and self.show_only.key != SETTLED:
            return tr("The records contradict each other nowhere.")
        return super().nothing()

    def show_thing(self, book: WorkBook, key: str) -> None:
        conflict = book.conflicts.get(key) if key else None
        for part in (self.says, self.facts, self.settled):
            part.setVisible(conflict is not None)
        if conflict is None:
            self.detail.head(tr("Nothing chosen"))
            return
        self.detail.head(conflict.subject, tr("settled") if not conflict.is_open else "")
        self.says.say(conflict_words(conflict))
        self.facts.show_facts(_facts(conflict))
        by = book.people.get(conflict.resolved_by)
        name = by.name if by else conflict.resolved_by
        told = tr("Settled by {name}: {what}", name=name, what=conflict.resolution)
        self.settled.say("" if conflict.is_open else told)

    def acts_of(self, book: WorkBook, key: str) -> Sequence[Act]:
        conflict = book.conflicts.get(key) if key else None
        if conflict is None or not conflict.is_open:
            return ()
        return (self._settle(conflict),)

    def _settle(self, conflict: Conflict) -> Act:
        is_place = conflict.kind in {ConflictKind.PLACE, ConflictKind.SLOT}

        def do(by: str, answers: Answers) -> str:
            if self.place is None:
                raise Refused(tr("The work log is not open yet."))
            place = place_of(self.session, answers) if is_place else None
            self.place.room.assets.resolve(by, conflict.id, answers["because"], place)
            return tr("Recorded. It shows as soon as it is on the disk.")

        asks = [Ask("because", tr("What is so, and how it is known"))]
        if is_place:
            asks += place_asks(_claimed(conflict), tr("Where it is"))
        return Act(
            "settle",
            tr("Settle"),
            SETTLE,
            do,
            lambda: asks,
            lambda: conflict_words(conflict),
        )


def _line(conflict: Conflict, said: str, by: str, now_us: int) -> Line:
    state = Cell(tr("not settled")) if conflict.is_open else Cell(tr("settled"), Ink.QUIET)
    when = Cell(formats.clock(conflict.utc_us, now_us), Ink.QUIET)
    return Line(conflict.id, (Cell(said), when, Cell(by, Ink.QUIET), state))


def _facts(conflict: Conflict) -> tuple[tuple[str, str], ...]:
    places = {"recorded", "claimed", "place"}
    return tuple(
        (tr(FACT_NAMES.get(name, name)), _place(str(value)) if name in places else str(value))
        for name, value in conflict.facts.items()
        if value not in {"", None}
    )


def _place(text: str) -> str:
    try:
        return place_words(text)
    except ValueError:
        return text


def _claimed(conflict: Conflict) -> Place | None:
    told = str(conflict.facts.get("claimed") or conflict.facts.get("place") or "")
    try:
        return Place.parse(told)
    except ValueError:
        return None
