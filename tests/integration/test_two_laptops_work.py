"""The work of several laptops, brought together: by a stick, and by a central log for a desk."""

from __future__ import annotations

import random
from pathlib import Path

import psycopg

from console.history.events import EventDraft
from console.history.kinds import Kind as LogKind
from console.history.reader import LogReader
from console.history.sync.central import CentralLog
from console.history.sync.ledger import Enrolled
from console.history.trust.keys import DeviceKey
from console.work.assets.places import Place
from console.work.conflicts import ConflictKind
from console.work.orders.desk import NewOrder, OrderChanges
from console.work.orders.model import Order
from console.work.orders.rules import State
from console.work.people.signature import Signature
from tests.integration.laptop_kit import Laptop, laptops
from tests.integration.postgres_peer import postgres
from tests.unit.history.kit import START_US


def move(one: Laptop, by: str, number: str, to: State) -> Order:
    """Move an order with the signature that the PIN would have given."""
    room = one.place.room
    way = room.desk.book.rules.way(room.orders.find(number).state, to)
    assert way is not None
    shown = room.orders.shown(number, to)
    given = Signature(
        f"{by}-{number}-{to}", by, by, "any", way.act, room.desk.now().utc_us, shown, "seal"
    )
    room.desk.issue(given)
    moved = room.orders.move(by, number, to, signature=given if way.signed else None)
    assert one.place.settle()
    return moved


def order_in_review(one: Laptop) -> str:
    """An order on which chen worked, waiting for somebody to close it."""
    one.sign_in("chen", "silva", "okafor")
    orders = one.place.room.orders
    number = orders.open("chen", NewOrder("Xid 79", "node-1/gpu0")).number
    orders.without_procedure("silva", number, "a test")
    orders.change("silva", number, OrderChanges(assigned=("chen",)))
    for by, to in (("silva", State.PLANNED), ("okafor", State.READY),
                   ("chen", State.IN_PROGRESS), ("chen", State.REVIEW)):  # fmt: skip
        move(one, by, number, to)
    return number


def round_trip(several: list[Laptop], target: str, times: int = 2) -> None:
    for _ in range(times):
        for one in several:
            one.sync(target)


def state_of(one: Laptop) -> object:
    """What this laptop shows of orders, equipment and contradictions."""
    book = one.place.room.book
    return (
        sorted((o.number, o.state, len(o.moves)) for o in book.orders.all()),
        [(a.serial, str(a.place), sorted(map(str, a.claims))) for a in book.assets.all()],
        sorted(c.id for c in book.conflicts.open()),
        sorted(p.id for p in book.people.everybody()),
    )


def test_orders_of_one_laptop_appear_on_the_other(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    with laptops(tmp_path, 2) as (one, other):
        one.people()
        number = order_in_review(one)
        version = other.place.version
        round_trip([one, other], str(stick), times=1)
        assert other.place.version > version
        found = other.place.room.book.orders.get(number)
        assert found is not None
        assert found.state is State.REVIEW
        assert other.place.room.desk.book.orders.get(number) == found
        told = LogReader(other.folder).of_kinds([LogKind.LOG_SYNCED], taken_in=False)
        assert [event.actor for event in told] == ["okafor"]
        before = state_of(other)
        other.place.reread()
        assert other.place.settle()
        assert state_of(other) == before


def test_what_is_told_while_it_is_read_anew_is_not_lost(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    with laptops(tmp_path, 2) as (one, other):
        one.people()
        round_trip([one, other], str(stick), times=1)
        other.sign_in("chen")
        number = order_in_review(one)
        round_trip([one], str(stick), times=1)
        other.sync(str(stick))
        other.place.reread()
        assert other.place.is_rereading
        mine = [
            other.place.room.orders.open("chen", NewOrder(f"Fan {n}", "tank-1")).number
            for n in range(20)
        ]
        other.place.reread()  # again, while the first is under way
        assert other.place.settle()
        for book in (other.place.room.desk.book, other.place.room.book):
            assert {order.number for order in book.orders.all()} == {number, *mine}


def test_what_contradicts_each_other_is_raised_on_both(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    with laptops(tmp_path, 2) as (one, other):
        one.people()
        number = order_in_review(one)
        one.place.room.assets.register("chen", "GPU-7", "gpu")
        one.place.room.assets.move("chen", "GPU-7", Place.parse("bench:east"))
        assert one.place.settle()
        round_trip([one, other], str(stick))
        for laptop, to, slot in ((one, State.CLOSED, "1"), (other, State.RETURNED, "2")):
            laptop.sign_in("okafor", "chen")
            room = laptop.place.room
            way = room.desk.book.rules.way(State.REVIEW, to)
            assert way is not None
            shown = room.orders.shown(number, to)
            now_us = room.desk.now().utc_us
            given = Signature(laptop.name, "okafor", "okafor", "any", way.act, now_us, shown, "s")
            room.desk.issue(given)
            room.orders.move("okafor", number, to, reason="values missing", signature=given)
            room.assets.move("chen", "GPU-7", Place.parse(f"tank:tank-1/{slot}"))
            assert laptop.place.settle()
        round_trip([one, other], str(stick))
        assert state_of(one) == state_of(other)
        kinds = {conflict.kind for conflict in one.place.room.book.conflicts.open()}
        assert kinds == {ConflictKind.ORDER, ConflictKind.PLACE}
        assert all(LogReader(laptop.folder).verify().ok for laptop in (one, other))


def test_two_serial_numbers_in_one_slot(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    with laptops(tmp_path, 2) as (one, other):
        one.people()
        round_trip([one, other], str(stick), times=1)
        for laptop, serial in ((one, "SN-1"), (other, "SN-2")):
            laptop.sign_in("chen")
            laptop.place.room.assets.register("chen", serial, "server")
            laptop.place.room.assets.move("chen", serial, Place.parse("tank:tank-1/4"))
            assert laptop.place.settle()
        round_trip([one, other], str(stick))
        for laptop in (one, other):
            found = laptop.place.room.book.conflicts.open()
            assert [conflict.kind for conflict in found] == [ConflictKind.SLOT]


def test_four_laptops_in_any_order_come_to_one_state(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    chance = random.Random(9)
    with laptops(tmp_path, 4) as several:
        several[0].people()
        round_trip(several, str(stick), times=1)
        for number in range(24):
            one = chance.choice(several)
            one.sign_in("chen")
            serial, room = f"SN-{chance.randrange(3)}", one.place.room
            if room.desk.book.assets.get(serial) is None:
                room.assets.register("chen", serial, "gpu")
            place = Place.parse(f"tank:tank-1/{chance.randrange(1, 4)}")
            asset = room.desk.book.assets.get(serial)
            is_free = not room.desk.book.assets.at(place)
            if asset is not None and not asset.claims and asset.place != place and is_free:
                room.assets.move("chen", serial, place)
            room.orders.open("chen", NewOrder(f"Work {number}", "tank-1"))
            assert one.place.settle()
            if number % 3 == 0:
                chance.choice(several).sync(str(stick))
        round_trip(several, str(stick), times=3)
        states = [state_of(one) for one in several]
        assert all(state == states[0] for state in states)
        assert len(several[0].place.room.book.orders.all()) == 24


def test_a_desk_with_no_tank_near_reads_the_central_log(tmp_path: Path) -> None:
    with postgres() as server, laptops(tmp_path, 2) as (one, other):
        desk = Laptop(tmp_path, "desk")
        central = CentralLog(server.url)
        try:
            for laptop in (one, other, desk):
                key = DeviceKey.of(laptop.folder).public
                central.enrol(Enrolled(laptop.device_id, key, laptop.name), "adeyemi")
        finally:
            central.close()
        try:
            one.people()
            number = order_in_review(one)
            for laptop in (one, other, one):
                laptop.sync(server.url)
            other.sign_in("chen")
            assert [p.id for p in other.place.room.book.people.everybody()]
            second = other.place.room.orders.open("chen", NewOrder("Fan", "tank-2")).number
            assert other.place.settle()
            other.sync(server.url)
            state = desk.sync(server.url)
            assert state.report is not None
            assert set(state.report.refused) == {one.device_id, other.device_id}
            assert {stranger.name for stranger in state.strangers} == {"laptop-1", "laptop-2"}
            desk.let_in([one, other])
            desk.sync(server.url)
            assert desk.place.sync.state.strangers == ()
            orders = desk.place.room.book.orders
            assert {o.number for o in orders.all()} == {number, second}
            desk.sign_in("okafor")
            move(desk, "okafor", number, State.CLOSED)
            desk.sync(server.url)
            one.let_in([desk])
            one.sync(server.url)
            closed = one.place.room.book.orders.get(number)
            assert closed is not None
            assert closed.state is State.CLOSED
            assert LogReader(desk.folder).count("Xid 79") > 0
            assert LogReader(one.folder).verify().anchors > 0
        finally:
            desk.close()
        with psycopg.connect(server.url) as connection:
            count = connection.execute("SELECT count(*) FROM tankside.events").fetchone()
        assert count is not None
        assert count[0] > 0


def test_a_target_that_does_not_answer_is_told_and_the_password_is_not(tmp_path: Path) -> None:
    with laptops(tmp_path, 1) as (one,):
        one.place.sync.begin("postgresql://u:secret@127.0.0.1:1/x?connect_timeout=1", "okafor")
        one.place.sync.close(30)
        state = one.place.sync.state
        assert state.report is None
        assert "cannot be used" in state.trouble
        assert "secret" not in f"{state.trouble}{state.target}"
        one.place.sync.begin(str(tmp_path / "nowhere"), "okafor")
        one.place.sync.close(30)
        assert "no such folder" in one.place.sync.state.trouble


def test_the_time_in_doubt_is_that_of_one_laptop_alone(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    with laptops(tmp_path, 2) as (one, other):
        body = {"behind_s": 3600.0, "last_utc_us": START_US, "epoch": 1}
        now = one.session.now()
        one.session.history.record(EventDraft(LogKind.CLOCK_BACKWARDS, "clock", body, now))
        assert one.place.settle()
        assert one.place.time.sentence
        round_trip([one, other], str(stick))
        assert other.place.time.sentence == ""
