"""Work orders: the way through, who may, clocks, links, and what is refused."""

from __future__ import annotations

import pytest

from console.work.events import Refused
from console.work.orders.clocks import is_overdue, service_clocks
from console.work.orders.desk import NewOrder, OrderChanges, number_prefix
from console.work.orders.model import Order, Origin, ProcedureRef, Provider, Source
from console.work.orders.rules import State
from tests.unit.work.kit import NOON_US, Recorded, Site, recorded

REVISION = "ab" * 32


@pytest.fixture
def site() -> Site:
    return Site()


def planned(site: Site, *, verify: bool = False) -> Order:
    order = site.orders.open("chen", NewOrder("Swap GPU 3", "host-1/gpu3", 2, verify=verify))
    site.move("silva", order.number, State.PLANNED)
    site.orders.follow("silva", order.number, ProcedureRef("gpu-swap", REVISION))
    return site.orders.change("silva", order.number, OrderChanges(assigned=("chen",)))


def in_review(site: Site, *, verify: bool = False) -> Order:
    order = planned(site, verify=verify)
    site.move("okafor", order.number, State.READY)
    site.move("chen", order.number, State.IN_PROGRESS)
    return site.move("chen", order.number, State.REVIEW)


def test_the_whole_way(site: Site) -> None:
    order = in_review(site)
    closed = site.move("okafor", order.number, State.CLOSED)
    assert closed.state is State.CLOSED
    assert [move.to for move in closed.moves] == [
        "planned",
        "ready",
        "in_progress",
        "review",
        "closed",
    ]
    assert closed.procedure == ProcedureRef("gpu-swap", REVISION)
    signed = [move.signature.person for move in closed.moves if move.signature]
    assert signed == ["okafor", "chen", "chen", "okafor"]
    assert site.book.orders.open() == []


def test_numbers_name_the_laptop_the_year_and_count_up(site: Site) -> None:
    first = site.orders.open("chen", NewOrder("a", "tank-1"))
    second = site.orders.open("chen", NewOrder("b", "tank-1"))
    head = f"WO-{number_prefix('log-a')}-2026-"
    assert (first.number, second.number) == (f"{head}0001", f"{head}0002")
    assert number_prefix("log-a") != number_prefix("log-b")
    assert Site("log-b").orders.open("chen", NewOrder("a", "tank-1")).number != first.number


@pytest.mark.parametrize("by", ["silva", "okafor", "adeyemi", "wu", "nobody"])
def test_only_those_assigned_begin(site: Site, by: str) -> None:
    order = planned(site)
    site.move("okafor", order.number, State.READY)
    with pytest.raises(Refused):
        site.move(by, order.number, State.IN_PROGRESS)
    assert site.orders.find(order.number).state is State.READY


def test_a_state_that_is_no_neighbour_is_refused_with_what_is_allowed(site: Site) -> None:
    order = planned(site)
    with pytest.raises(Refused, match="is Planned; from there it goes to: Ready, Cancelled"):
        site.move("okafor", order.number, State.CLOSED)


def test_release_needs_people_and_a_procedure_or_why_not(site: Site) -> None:
    order = site.orders.open("chen", NewOrder("Look", "tank-1"))
    site.move("silva", order.number, State.PLANNED)
    with pytest.raises(Refused, match="names no procedure"):
        site.move("okafor", order.number, State.READY)
    site.orders.without_procedure("silva", order.number, "a look costs nothing")
    with pytest.raises(Refused, match="Nobody is assigned"):
        site.move("okafor", order.number, State.READY)


def test_who_did_it_does_not_review_it_whatever_the_roles(site: Site) -> None:
    site.add("all", *site.desk.roles.role)
    order = planned(site)
    site.orders.change("silva", order.number, OrderChanges(assigned=("all",)))
    site.move("all", order.number, State.READY)
    site.move("all", order.number, State.IN_PROGRESS)
    site.move("all", order.number, State.REVIEW)
    for to in (State.CLOSED, State.RETURNED):
        with pytest.raises(Refused, match="does not review it"):
            site.move("all", order.number, to, "because")


def test_who_worked_an_hour_on_it_does_not_review_it_either(site: Site) -> None:
    site.add("both", "technician", "supervisor")
    order = planned(site)
    site.move("okafor", order.number, State.READY)
    site.move("chen", order.number, State.IN_PROGRESS)
    site.orders.start_labour("both", order.number)
    site.orders.stop_labour("both", order.number)
    site.move("chen", order.number, State.REVIEW)
    with pytest.raises(Refused, match="does not review it"):
        site.move("both", order.number, State.CLOSED)


def test_a_second_person_verifies_where_the_order_asks_for_it(site: Site) -> None:
    order = in_review(site, verify=True)
    with pytest.raises(Refused, match="has not verified"):
        site.move("okafor", order.number, State.CLOSED)
    shown = site.orders.shown_to_verify(order.number)
    site.orders.verify("wu", order.number, site.sign("wu", "order.verify", shown))
    shown = site.orders.shown_to_verify(order.number)
    with pytest.raises(Refused, match="signed this already"):
        site.orders.verify("wu", order.number, site.sign("wu", "order.verify", shown))
    assert site.move("okafor", order.number, State.CLOSED).state is State.CLOSED


def test_what_was_verified_before_more_work_counts_no_more(site: Site) -> None:
    order = in_review(site, verify=True)
    shown = site.orders.shown_to_verify(order.number)
    site.orders.verify("wu", order.number, site.sign("wu", "order.verify", shown))
    site.move("okafor", order.number, State.RETURNED, "the torque is missing")
    site.move("chen", order.number, State.IN_PROGRESS)
    site.move("chen", order.number, State.REVIEW)
    with pytest.raises(Refused, match="has not verified"):
        site.move("okafor", order.number, State.CLOSED)


def test_a_signature_counts_once_for_one_thing_for_a_while(site: Site) -> None:
    order = planned(site)
    shown = site.orders.shown(order.number, State.READY)
    with pytest.raises(Refused, match="takes a signature"):
        site.orders.move("okafor", order.number, State.READY)
    stale = site.sign("okafor", "order.release", shown)
    site.clock.advance(301)
    with pytest.raises(Refused, match="too old"):
        site.orders.move("okafor", order.number, State.READY, signature=stale)
    site.orders.change("silva", order.number, OrderChanges(title="Swap GPU 4"))
    before = site.sign("okafor", "order.release", shown)
    with pytest.raises(Refused, match="something else"):
        site.orders.move("okafor", order.number, State.READY, signature=before)
    good = site.sign("okafor", "order.release", site.orders.shown(order.number, State.READY))
    site.orders.move("okafor", order.number, State.READY, signature=good)
    site.move("silva", order.number, State.PLANNED, "not today")
    with pytest.raises(Refused, match="used already"):
        site.orders.move("okafor", order.number, State.READY, signature=good)


def test_a_signature_that_nobody_gave_is_refused(site: Site) -> None:
    order = planned(site)
    other = Site()
    forged = other.sign("okafor", "order.release", site.orders.shown(order.number, State.READY))
    with pytest.raises(Refused):
        site.orders.move("okafor", order.number, State.READY, signature=forged)


def test_who_is_not_signed_in_may_nothing(site: Site) -> None:
    site.desk.leave("chen")
    with pytest.raises(Refused, match="not signed in"):
        site.orders.open("chen", NewOrder("a", "tank-1"))
    site.desk.enter("chen")
    site.people.retire("adeyemi", "chen", "left")
    with pytest.raises(Refused, match="retired"):
        site.orders.open("chen", NewOrder("a", "tank-1"))


def test_labour_downtime_and_cost(site: Site) -> None:
    order = planned(site)
    site.move("okafor", order.number, State.READY)
    with pytest.raises(Refused, match="not in work"):
        site.orders.start_labour("chen", order.number)
    site.move("chen", order.number, State.IN_PROGRESS)
    site.orders.set_down("chen", order.number, down=True)
    site.orders.start_labour("chen", order.number)
    with pytest.raises(Refused, match="already"):
        site.orders.start_labour("chen", order.number)
    site.orders.start_labour("wu", order.number)
    with pytest.raises(Refused, match="still runs"):
        site.move("chen", order.number, State.REVIEW)
    site.clock.advance(1800)
    site.orders.stop_labour("wu", order.number)
    site.clock.set_wall(-7200)  # somebody mends the clock of the laptop
    site.clock.advance(1800)
    site.orders.stop_labour("chen", order.number)
    site.orders.set_down("chen", order.number, down=False)
    site.orders.cost("chen", order.number, Provider.OEM, 120_050, "EUR", "advance replacement")
    site.orders.cost("chen", order.number, Provider.OEM, -20_050, "EUR", "credit")
    site.orders.cost("chen", order.number, Provider.THIRD_PARTY, 9_900, "EUR", "courier")
    found = site.orders.find(order.number)
    now = site.desk.now()
    assert found.labour_s(now) == {"chen": pytest.approx(3600), "wu": pytest.approx(1800)}
    assert found.downtime_s(now) == pytest.approx(3600)
    assert found.cost_by_provider() == {
        (Provider.OEM, "EUR"): 100_000,
        (Provider.THIRD_PARTY, "EUR"): 9_900,
    }


def test_promised_times_and_what_makes_them_wait(site: Site) -> None:
    order = site.orders.open("chen", NewOrder("Leak", "tank-1", 1))
    rules = site.desk.book.rules

    def clocks() -> dict[str, tuple[float, bool, str]]:
        found = service_clocks(site.orders.find(order.number), rules, site.desk.now())
        return {c.id: (c.spent_s, c.running, c.paused) for c in found}

    site.clock.advance(600)
    site.move("silva", order.number, State.PLANNED)
    site.clock.advance(600)
    assert clocks() == {"response": (600, False, ""), "resolution": (1200, True, "")}
    site.orders.pause("silva", order.number, "parts")
    site.clock.advance(86_400)
    assert clocks()["resolution"] == (1200, False, "parts")
    site.orders.resume("silva", order.number)
    site.orders.pause("silva", order.number, "people")
    site.clock.advance(300)
    assert clocks()["resolution"] == (1500, True, "")
    assert is_overdue(site.orders.find(order.number), site.clock.wall_us)
    assert site.orders.find(order.number).due_us == NOON_US + 8 * 3_600_000_000
    with pytest.raises(Refused, match="no reason for waiting; there are parts"):
        site.orders.pause("silva", order.number, "coffee")


def test_what_failed_becomes_an_order_linked_both_ways(site: Site) -> None:
    order = in_review(site)
    child = site.orders.open_child(
        "chen", order.number, "Lid hinge cracked", "check lid-hinge failed"
    )
    assert child.parent == order.number
    assert [o.number for o in site.book.orders.children(order.number)] == [child.number]
    assert child.source.origin is Origin.CHECK
    assert child.about == order.about


def test_a_wish_becomes_one_order(site: Site) -> None:
    body = {"serial": "SN7", "uuid": None, "findings": ["xid-79"], "xids": [79]}
    wish = Recorded("work.requested", "host-1/gpu0", body, "chen", NOON_US)
    site.desk.take([wish])
    assert [r.id for r in site.book.open_requests()] == [wish.id]
    order = site.orders.open_from_request("silva", wish.id, "GPU fell off the bus", priority=1)
    assert order.source == Source(Origin.XID, "79", "host-1/gpu0", wish.id)
    assert (order.serial, order.parts) == ("SN7", ("host-1/gpu0",))
    assert site.book.open_requests() == []
    with pytest.raises(Refused, match=order.number):
        site.orders.open_from_request("silva", wish.id, "again")


def test_a_procedure_without_its_revision_is_refused(site: Site) -> None:
    order = site.orders.open("chen", NewOrder("a", "tank-1"))
    with pytest.raises(Refused, match="64 hex"):
        site.orders.follow("silva", order.number, ProcedureRef("gpu-swap", "4"))


def test_from_another_version(site: Site) -> None:
    order = in_review(site)
    number = site.book.last + 1
    mark = {**recorded(site.told)[-1].body["mark"], "n": number}
    odd = {"from": "review", "to": "audited", "mark": mark}
    events = [
        Recorded("order.moved", order.number, odd, "okafor", NOON_US),
        Recorded("order.teleported", order.number, {"mark": mark}, "okafor", NOON_US),
        Recorded("order.noted", order.number, {"text": "no mark"}, "okafor", NOON_US),
        Recorded(
            "order.noted", order.number, {"text": 7, "mark": {**mark, "n": number + 1}}, "x", 0
        ),
    ]
    assert [site.book.apply(event) for event in events] == [False] * 4
    assert [event.kind for event in site.book.unread] == ["order.moved", "order.noted"]
    assert site.orders.find(order.number) == order
