"""Whatever people do on however many laptops: the same events make the same state, and the rules
hold in it. Commands that are refused must leave nothing behind.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from console.work.assets.desk import Pieces
from console.work.assets.fluid import Why
from console.work.assets.places import Place
from console.work.book import WorkBook
from console.work.conflicts import ConflictKind
from console.work.events import Kind, Refused
from console.work.orders.desk import NewOrder, OrderChanges
from console.work.orders.rules import State
from tests.unit.work.kit import Recorded, Site, recorded

PEOPLE = ("all", "ann", "bob", "cid")
PLACES = tuple(
    map(Place.parse, ("tank:t1/1", "tank:t1/2", "server:S1/0", "store:main", "bench:b", "away:oem"))
)
SERIALS = ("S1", "S2", "G1", "P1", "P2")
PARTS = ("RING", "PUMP")
Op = tuple[int, int, str, int, int, int]


def crew(site: Site) -> None:
    roles = list(site.desk.roles.role)
    site.add("all", *roles)
    site.add("ann", "technician", "supervisor", "planner")
    site.add("bob", "technician", "verifier", "supervisor")
    site.add("cid", "supervisor", "planner", "verifier", "technician")
    site.assets.define("all", "RING", "O-ring")
    site.assets.define("all", "PUMP", "Pump", serialised=True)
    for serial in SERIALS[:3]:
        site.assets.register("all", serial, "server")
    site.assets.receive("all", Pieces("RING", "main", 6))
    site.assets.fluid("all", "t1", Why.FILL, 60, batch="B0")
    for i in range(3):
        order = site.orders.open("ann", NewOrder(f"first {i}", "t1", verify=i == 0))
        site.move("cid", order.number, State.PLANNED)
        site.orders.without_procedure("cid", order.number, "none")
        site.orders.change("cid", order.number, OrderChanges(assigned=("all", "ann", "bob")))


def number_of(site: Site, i: int) -> str:
    """One of the orders, mostly one that is open."""
    orders = (i % 9 and site.book.orders.open()) or site.book.orders.all()
    return orders[i % len(orders)].number if orders else "WO-none"


def open_order(site: Site, by: str, a: int, b: int, c: int) -> None:
    site.orders.open(by, NewOrder(f"order {a}", "t1", 1 + b % 4, verify=bool(c % 2)))


def plan(site: Site, by: str, a: int, b: int, c: int) -> None:
    number = number_of(site, a)
    site.orders.without_procedure(by, number, "none")
    site.orders.change(by, number, OrderChanges(assigned=tuple({PEOPLE[b % 4], PEOPLE[c % 4]})))


def move(site: Site, by: str, a: int, b: int, c: int) -> None:
    order = site.orders.find(number_of(site, a))
    ways = site.desk.book.rules.ways_from(order.state)
    ways = tuple(w for w in ways if w.to is not State.CANCELLED or c % 15 == 0) or ways
    to = ways[b % len(ways)].to if ways else tuple(State)[c % len(State)]
    site.move(by, order.number, to, "reason")


def push(site: Site, by: str, a: int, b: int, c: int) -> None:
    """Let everybody try in turn, so that orders get somewhere."""
    first = PEOPLE.index(by)
    for person in (*PEOPLE[first:], *PEOPLE[:first]):
        try:
            move(site, person, a, b, c)
        except Refused:
            continue
        return


def verify(site: Site, by: str, a: int, _b: int, _c: int) -> None:
    number = number_of(site, a)
    shown = site.orders.shown_to_verify(number)
    site.orders.verify(by, number, site.sign(by, "order.verify", shown))


def labour(site: Site, by: str, a: int, b: int, _c: int) -> None:
    (site.orders.stop_labour if b % 2 else site.orders.start_labour)(by, number_of(site, a))


def pause(site: Site, by: str, a: int, b: int, _c: int) -> None:
    if b % 2:
        site.orders.resume(by, number_of(site, a))
    else:
        site.orders.pause(by, number_of(site, a), "parts")


def carry(site: Site, by: str, a: int, b: int, c: int) -> None:
    serial, place = SERIALS[a % 5], PLACES[b % len(PLACES)]
    (site.assets.see if c % 4 == 0 else site.assets.move)(by, serial, place)


def stock(site: Site, by: str, a: int, b: int, c: int) -> None:
    part = PARTS[a % 2]
    serials = (SERIALS[3 + b % 2],) if part == "PUMP" else ()
    pieces = Pieces(part, ("main", "van")[b % 3 // 2], 0 if serials else 1 + c % 5, serials)
    order = number_of(site, b)
    asks: tuple[Callable[[], object], ...] = (
        lambda: site.assets.receive(by, pieces),
        lambda: site.assets.reserve(by, Pieces(part, pieces.store, 1 + c % 5), order),
        lambda: site.assets.issue(by, pieces, order),
        lambda: site.assets.give_back(by, pieces, order),
        lambda: site.assets.transfer(by, pieces, "van" if pieces.store == "main" else "main"),
        lambda: site.assets.scrap(by, pieces, "worn"),
        lambda: site.assets.count(by, part, pieces.store, c),
    )
    asks[(a // 2 + b) % len(asks)]()


def fluid(site: Site, by: str, a: int, b: int, c: int) -> None:
    site.assets.fluid(by, "t1", tuple(Why)[a % len(Why)], 1 + b % 40, batch=f"B{c % 2}")


def settle(site: Site, by: str, a: int, b: int, _c: int) -> None:
    found = site.book.conflicts.open()
    if found:
        place = PLACES[b % len(PLACES)]
        site.assets.resolve(by, found[a % len(found)].id, "looked", place)


def people(site: Site, by: str, a: int, b: int, _c: int) -> None:
    person = PEOPLE[1 + b % 3]
    if a % 20 == 0:
        site.people.retire(by, person, "left")
    elif a % 4 == 1:
        site.people.reinstate(by, person, "back")
    else:
        site.people.qualify(by, person, f"q{b % 2}", site.clock.wall_us + (1 + a) * 10**6)


OPS: dict[str, Callable[[Site, str, int, int, int], None]] = {
    f.__name__: f
    for f in (
        open_order,
        plan,
        move,
        push,
        verify,
        labour,
        pause,
        carry,
        stock,
        fluid,
        settle,
        people,
    )
}
WEIGHTED = (*OPS, *["push"] * 9, *["plan"] * 2, *["stock"] * 3, *["labour", "verify", "carry"] * 2)
small = st.integers(0, 60)
op = st.tuples(st.integers(0, 1), st.integers(0, 3), st.sampled_from(WEIGHTED), small, small, small)


def run(ops: list[Op], sync_every: int) -> tuple[list[Recorded], list[Site]]:
    """Let two laptops work apart, bringing their logs together now and then."""
    first = Site("log-a", crew={})
    crew(first)
    start = recorded(first.told)
    second = Site("log-b", crew={})
    second.desk.take(start)
    for person in PEOPLE:
        second.desk.enter(person)
    sites, brought = [first, second], [len(first.told), 0]
    events = list(start)
    for i, (laptop, who, name, a, b, c) in enumerate(ops):
        site = sites[laptop]
        site.clock.advance(1 + a)
        site.clock.set_wall((b - 30) * 3600 if c == 0 else 0)  # now and then a clock is set
        told = len(site.told)
        before = state_of(site.book)
        try:
            OPS[name](site, PEOPLE[who], a, b, c)
        except Refused:
            if len(site.told) == told:
                assert state_of(site.book) == before
        if (i + 1) % sync_every == 0:
            sync(sites, brought, events)
    sync(sites, brought, events)
    return events, sites


def sync(sites: list[Site], brought: list[int], events: list[Recorded]) -> None:
    for i, site in enumerate(sites):
        new = recorded(site.told[brought[i] :])
        brought[i] = len(site.told)
        events += new
        sites[1 - i].desk.take(new)


def state_of(book: WorkBook) -> dict[str, Any]:
    """Everything that a person could see."""
    stock_, fluid_ = book.stock, book.fluid
    return {
        "people": book.people.everybody(),
        "orders": book.orders.all(),
        "assets": book.assets.all(),
        "levels": [stock_.level(p, s) for p in PARTS for s in stock_.stores()],
        "movements": stock_.movements(),
        "fluid": [
            (tank, fluid_.balance_l(tank), fluid_.batches(tank), fluid_.entries(tank))
            for tank in fluid_.tanks()
        ],
        "conflicts": book.conflicts.all(),
        "unread": [event.body["mark"] for event in book.unread],
        "last": book.last,
    }


@settings(max_examples=60)
@given(ops=st.lists(op, min_size=5, max_size=60), sync_every=st.integers(1, 30), seed=st.integers())
def test_the_same_events_in_any_order_and_pieces_make_the_same_state(
    ops: list[Op], sync_every: int, seed: int
) -> None:
    events, sites = run(ops, sync_every)
    chance = random.Random(seed)
    wanted = state_of(sites[0].book)
    assert state_of(sites[1].book) == wanted
    shuffled = [*events, *chance.sample(events, len(events) // 3)]  # some twice
    chance.shuffle(shuffled)
    one_by_one = WorkBook()
    for event in shuffled:
        one_by_one.apply(event)
    assert state_of(one_by_one) == wanted
    at_once, cut = WorkBook(), chance.randrange(len(shuffled) + 1)
    at_once.restore(shuffled[:cut])
    at_once.restore(shuffled[cut:])
    assert state_of(at_once) == wanted


@settings(max_examples=40)
@given(ops=st.lists(op, min_size=5, max_size=50), cut=st.integers(0, 200))
def test_a_restart_after_any_event_stands_where_the_desk_stood(ops: list[Op], cut: int) -> None:
    """One laptop: the book as it was when an event was told is what a restart reads back."""
    site = Site("log-a", crew={})
    crew(site)
    states: list[dict[str, Any]] = []
    for _, who, name, a, b, c in ops:
        site.clock.advance(a)
        with suppress(Refused):
            OPS[name](site, PEOPLE[who], a, b, c)
        states.append({"told": len(site.told), "state": state_of(site.book)})
    at = states[cut % len(states)]
    fresh = WorkBook()
    fresh.restore(recorded(site.told[: at["told"]]))
    assert state_of(fresh) == at["state"]
    assert not fresh.unread  # what a desk tells, a book reads


@settings(max_examples=80)
@given(ops=st.lists(op, min_size=10, max_size=80), sync_every=st.integers(1, 40))
def test_the_rules_hold_whatever_happened(ops: list[Op], sync_every: int) -> None:
    _, sites = run(ops, sync_every)
    for book in (site.book for site in sites):
        for order in book.orders.all():
            acts = {act: set(who) for act, who in order.acts().items()}
            if order.state is State.CLOSED:
                assert not acts["order.review"] & acts["order.execute"]
                assert not acts["order.review"] & acts["order.verify"]
                assert order.verified or not order.verify
            assert not acts["order.verify"] & acts["order.execute"]
            signed = [one.person for one in order.verified]
            assert len(signed) == len(set(signed))
            used = [m.signature.id for m in order.moves if m.signature] + [
                v.id for v in order.verified
            ]
            assert len(used) == len(set(used))
        raised = {(c.kind, c.subject) for c in book.conflicts.all()}
        for part in PARTS:
            for store in book.stock.stores():
                level = book.stock.level(part, store)
                assert level.on_hand >= 0 or (ConflictKind.STOCK, part) in raised
        slots: dict[Place, str] = {}
        for asset in book.assets.all():
            if asset.place is not None and asset.place.holds_one:
                other = slots.setdefault(asset.place, asset.serial)
                is_told = (ConflictKind.SLOT, str(asset.place)) in raised
                assert other == asset.serial or is_told
        for tank in book.fluid.tanks():
            balance_l = book.fluid.balance_l(tank)
            assert balance_l is None or balance_l > -1e-6 or (ConflictKind.FLUID, tank) in raised


@settings(max_examples=60)
@given(ops=st.lists(op, min_size=10, max_size=80))
def test_alone_nobody_closes_an_order_even_with_every_role(ops: list[Op]) -> None:
    site = Site("log-a", crew={})
    crew(site)
    for person in PEOPLE[1:]:
        site.desk.leave(person)
    for _, _, name, a, b, c in ops:
        with suppress(Refused):
            OPS[name](site, "all", a, b, c)
    assert State.CLOSED not in {order.state for order in site.book.orders.all()}
    for order in site.book.orders.all():  # and those in review cannot go on by the same hand
        if order.state is State.REVIEW:
            for to in (State.CLOSED, State.RETURNED):
                try:
                    site.move("all", order.number, to, "why not")
                except Refused:
                    continue
                raise AssertionError(f"{order.number} went to {to}")


names = st.sampled_from([*map(str, Kind), "order.teleported", "person.cloned", "nothing"])
json_value = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**17) | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
members = st.sampled_from(
    [
        "name",
        "roles",
        "language",
        "qualification",
        "until_us",
        "seal",
        "lasts_s",
        "title",
        "about",
        "priority",
        "due_us",
        "source",
        "procedure",
        "assigned",
        "from",
        "to",
        "reason",
        "signature",
        "clock",
        "person",
        "provider",
        "amount_minor",
        "currency",
        "what",
        "text",
        "run",
        "store",
        "count",
        "serials",
        "order",
        "litres",
        "why",
        "batch",
        "conflict",
        "resolution",
        "place",
        "mark",
        "kind",
        "occurred_us",
        "to_store",
        "serialised",
        "minimum",
        "warranty",
        "verify",
    ]
)
subjects = st.sampled_from(["chen", "S1", "RING", "t1", "", "WO-1"])


@settings(max_examples=300)
@given(
    told=st.lists(
        st.tuples(names, subjects, st.dictionaries(members, json_value, max_size=6)), max_size=12
    )
)
def test_events_of_any_shape_break_nothing_and_mean_the_same_in_any_order(
    told: list[tuple[str, str, dict[str, Any]]],
) -> None:
    start = Site("log-a", crew={})
    crew(start)
    start.orders.open("ann", NewOrder("x", "t1"))
    events = recorded(start.told)
    for i, (kind, subject, body) in enumerate(told):
        mark = {
            "n": start.book.last + 1 + i,
            "log": "log-z",
            "utc_us": i,
            "mono_us": i,
            "boot": "b",
        }
        events.append(Recorded(kind, subject, {"mark": mark, **body}, "ann", 10**15 + i))
    book = WorkBook()
    for event in events:
        book.apply(event)
    back = WorkBook()
    back.restore(reversed(events))
    assert repr(state_of(back)) == repr(
        state_of(book)
    )  # NaN differs from itself, its text does not


def test_a_cloned_machine_is_noticed() -> None:
    one, other = Site("log-a", crew={}), Site("log-a", crew={})
    crew(one)
    shared = recorded(one.told)
    other.desk.take(shared)
    other.desk.enter("ann")
    one.orders.open("ann", NewOrder("in the hall", "t1"))
    other.orders.open("ann", NewOrder("at home", "t1"))
    events = [*shared, *recorded(one.told[-1:]), *recorded(other.told[-1:])]
    books = []
    for order in (events, events[::-1]):
        book = WorkBook()
        for event in order:
            book.apply(event)
        books.append(book)
        assert [c.kind for c in book.conflicts.open()] == [ConflictKind.FORK]
    assert state_of(books[0]) == state_of(books[1])
