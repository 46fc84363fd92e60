"""Two laptops work apart and meet: the first in order stands, the other is told, none is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from console.work.assets.desk import Pieces
from console.work.assets.fluid import Why
from console.work.assets.places import Place
from console.work.book import WorkBook
from console.work.conflicts import Conflict, ConflictKind
from console.work.events import Refused
from console.work.orders.desk import NewOrder, OrderChanges
from console.work.orders.rules import State
from tests.unit.work.kit import CREW, Site, gate_of, recorded

SLOT = Place.parse("tank:t1/1")


class Apart:
    """Two laptops with the same past."""

    def __init__(self, past: Callable[[Site], None]) -> None:
        self.a = Site("log-a")
        self.a.add("both", "technician", "verifier", "supervisor")
        past(self.a)
        self.past = recorded(self.a.told)
        self.b = Site("log-b", crew={})
        self.b.desk.take(self.past)
        for person in (*CREW, "both"):
            self.b.desk.enter(person)

    def meet(self) -> tuple[WorkBook, list[Conflict]]:
        """Bring both together in either order; returns the state and what contradicts itself."""
        a, b = recorded(self.a.told)[len(self.past) :], recorded(self.b.told)
        found = []
        for events in ([*a, *b], [*b, *a]):
            book = WorkBook()
            book.restore(self.past)
            for event in events:
                book.apply(event)
            found.append(book)
        assert found[0].orders.all() == found[1].orders.all()
        assert found[0].conflicts.all() == found[1].conflicts.all()
        assert not found[0].unread
        return found[0], list(found[0].conflicts.open())


def an_order(site: Site, *, to: State = State.READY) -> None:
    number = site.orders.open("chen", NewOrder("Swap", "t1")).number
    site.move("silva", number, State.PLANNED)
    site.orders.without_procedure("silva", number, "none")
    site.orders.change("silva", number, OrderChanges(assigned=("chen", "both")))
    for state, by in ((State.READY, "okafor"), (State.IN_PROGRESS, "chen"), (State.REVIEW, "chen")):
        site.move(by, number, state)
        if state is to:
            return


def test_one_cancels_what_the_other_begins() -> None:
    apart = Apart(an_order)
    [order] = apart.a.book.orders.all()
    apart.a.move("okafor", order.number, State.CANCELLED, "not needed")
    apart.b.move("chen", order.number, State.IN_PROGRESS)
    apart.b.orders.start_labour("chen", order.number)
    book, conflicts = apart.meet()
    [met] = book.orders.all()
    assert met.state is State.CANCELLED
    assert {c.kind for c in conflicts} == {ConflictKind.ORDER}
    assert [c.facts["to"] for c in conflicts] == ["in_progress", "labour"]
    assert met.labour == ()


def test_one_reviews_what_the_same_person_did_on_the_other() -> None:
    apart = Apart(lambda site: an_order(site, to=State.REVIEW))
    [order] = apart.a.book.orders.all()
    apart.a.move("okafor", order.number, State.RETURNED, "torque")
    apart.a.move("both", order.number, State.IN_PROGRESS)
    apart.a.move("both", order.number, State.REVIEW)
    apart.b.orders.note("chen", order.number, "later in order")
    for _ in range(3):
        apart.b.orders.note("chen", order.number, "than what the other did")
    apart.b.move("both", order.number, State.CLOSED)  # allowed there: it knows of no work by both
    book, [conflict] = apart.meet()
    assert conflict.kind is ConflictKind.APART
    assert book.orders.all()[0].state is State.REVIEW


def test_both_hand_out_the_last_piece() -> None:
    def past(site: Site) -> None:
        an_order(site)
        site.assets.define("silva", "RING", "O-ring")
        site.assets.receive("silva", Pieces("RING", "main", 1))
        site.assets.define("silva", "PUMP", "Pump", serialised=True)
        site.assets.receive("silva", Pieces("PUMP", "main", serials=("p1",)))

    apart = Apart(past)
    number = apart.a.book.orders.all()[0].number
    for site in (apart.a, apart.b):
        site.assets.issue("chen", Pieces("RING", "main", 1), number)
        site.assets.issue("chen", Pieces("PUMP", "main", serials=("P1",)), number)
    book, conflicts = apart.meet()
    assert [(c.kind, c.subject) for c in conflicts] == [
        (ConflictKind.STOCK, "RING"),
        (ConflictKind.STOCK, "PUMP"),
    ]
    assert book.stock.level("RING", "main").on_hand == -1
    assert book.stock.level("PUMP", "main").on_hand == 0


def test_both_promise_what_is_there_once() -> None:
    def past(site: Site) -> None:
        an_order(site)
        site.assets.define("silva", "RING", "O-ring")
        site.assets.receive("silva", Pieces("RING", "main", 3))

    apart = Apart(past)
    number = apart.a.book.orders.all()[0].number
    for site in (apart.a, apart.b):
        site.assets.reserve("chen", Pieces("RING", "main", 2), number)
    book, [conflict] = apart.meet()
    assert conflict.kind is ConflictKind.STOCK
    assert book.stock.level("RING", "main").available == -1


def test_both_put_something_into_one_slot() -> None:
    def past(site: Site) -> None:
        for serial in ("s1", "s2"):
            site.assets.register("chen", serial, "server")

    apart = Apart(past)
    apart.a.assets.move("chen", "s1", SLOT)
    apart.b.assets.move("chen", "s2", SLOT)
    book, [conflict] = apart.meet()
    assert (conflict.kind, conflict.subject) == (ConflictKind.SLOT, "tank:t1/1")
    assert {conflict.facts["serial"], conflict.facts["other"]} == {"S1", "S2"}
    assert [asset.serial for asset in book.assets.at(SLOT)] == ["S1", "S2"]


def test_both_drain_the_tank() -> None:
    def past(site: Site) -> None:
        site.assets.fluid("chen", "t1", Why.FILL, 100, batch="B")

    apart = Apart(past)
    apart.a.assets.fluid("chen", "t1", Why.DRAIN, 80)
    apart.b.assets.fluid("chen", "t1", Why.DRAIN, 80)
    book, [conflict] = apart.meet()
    assert conflict.facts["lacking"] == pytest.approx(60)
    assert book.fluid.balance_l("t1") == pytest.approx(-60)


def test_two_supervisors_settle_it_differently() -> None:
    def past(site: Site) -> None:
        site.assets.register("chen", "s1", "server")
        site.assets.move("chen", "s1", Place.parse("rack:R1/1"))
        site.assets.see("chen", "s1", SLOT)

    apart = Apart(past)
    [first] = apart.a.book.conflicts.open()
    apart.a.assets.resolve("okafor", first.id, "it is in the rack", Place.parse("rack:R1/1"))
    apart.b.assets.resolve("okafor", first.id, "it is in the tank", SLOT)
    book, [again] = apart.meet()
    assert again.facts["claimed"] == "tank:t1/1"
    found = book.assets.get("s1")
    assert found is not None
    assert found.place == Place.parse("rack:R1/1")


def test_both_add_one_person(tmp_path: Path) -> None:
    apart = Apart(lambda _site: None)
    apart.a.people.add("adeyemi", "li", "Li Na", ["technician"])
    apart.b.people.add("adeyemi", "li", "Li Jun", ["supervisor"])
    book, [conflict] = apart.meet()
    assert (conflict.kind, conflict.subject) == (ConflictKind.PERSON, "li")
    apart.b.desk.take(recorded(apart.a.told))
    gate = gate_of(apart.b, tmp_path)
    try:
        gate.furnish([("li", "480216")]).result(timeout=20)
        with pytest.raises(Refused, match="Two people have the id li"):
            gate.sign_in("li", "480216").result(timeout=20)
        apart.b.assets.resolve("okafor", conflict.id, "Li Jun is now li.jun")
        gate.sign_in("li", "480216").result(timeout=20)
    finally:
        gate.close()
    li = book.people.get("li")
    assert li is not None
    assert (li.name, li.roles) == ("Li Na", frozenset({"technician"}))
