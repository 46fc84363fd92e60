"""Equipment, stock and fluid: where things are, how often they were in fluid, what adds up."""

from __future__ import annotations

import pytest

from console.work.assets.desk import Pieces
from console.work.assets.fluid import Why
from console.work.assets.places import Place
from console.work.conflicts import ConflictKind
from console.work.events import Refused
from console.work.orders.desk import NewOrder
from tests.unit.work.kit import Site, recorded

HOUR_S = 3600
TANK = Place.parse("tank:tank-1/3")
BENCH = Place.parse("bench:B1")


@pytest.fixture
def site() -> Site:
    return Site()


def server_with_gpu(site: Site) -> None:
    for serial, kind in (("srv1", "server"), ("gpu1", "gpu")):
        site.assets.register("chen", serial, kind)
    site.assets.move("chen", "srv1", BENCH)
    site.assets.move("chen", "gpu1", Place.parse("server:srv1/0"))
    site.assets.move("chen", "srv1", TANK)


def test_places_are_read_and_written() -> None:
    for text in ("tank:tank-1/3", "server:SN42/0", "store:main", "away:OEM", "bench:B 1"):
        assert str(Place.parse(text)) == text
    for wrong in ("", "tank", "tank:", "moon:1", "tank:/3", "tank:a/b/c"):
        with pytest.raises(ValueError, match="is no place"):
            Place.parse(wrong)


def test_hours_in_fluid_and_extractions_go_with_the_server(site: Site) -> None:
    server_with_gpu(site)
    site.clock.advance(10 * HOUR_S)
    site.assets.move("chen", "srv1", BENCH)  # lifted out, GPU inside
    site.clock.advance(HOUR_S)
    site.assets.move("chen", "gpu1", BENCH)
    site.assets.move("chen", "srv1", TANK)
    site.clock.advance(5 * HOUR_S)
    now_us = site.clock.wall_us
    assets = site.book.assets
    assert assets.immersion_h("srv1", now_us) == pytest.approx(15)
    assert assets.immersion_h("gpu1", now_us) == pytest.approx(10)
    assert (assets.extractions("srv1", now_us), assets.extractions("gpu1", now_us)) == (1, 1)
    assert [s.place for s in assets.get("GPU1").stays] == [Place.parse("server:srv1/0"), BENCH]
    assert [a.serial for a in assets.at(Place.parse("tank:tank-1"))] == ["SRV1"]


def test_a_slot_holds_one_and_nothing_is_inside_itself(site: Site) -> None:
    server_with_gpu(site)
    site.assets.register("chen", "srv2", "server")
    with pytest.raises(Refused, match="SRV1 is in tank tank-1, slot 3"):
        site.assets.move("chen", "srv2", TANK)
    with pytest.raises(Refused, match="already"):
        site.assets.move("chen", "srv1", TANK)
    with pytest.raises(Refused, match="inside itself"):
        site.assets.move("chen", "srv1", Place.parse("server:gpu1/0"))
    with pytest.raises(Refused, match="Nothing with the serial"):
        site.assets.move("chen", "nope", TANK)


def test_seen_elsewhere_is_a_conflict_until_somebody_says_where_it_is(site: Site) -> None:
    server_with_gpu(site)
    other = Place.parse("server:srv9/4")
    site.assets.see("chen", "gpu1", other)
    site.assets.see("chen", "gpu1", other)
    [conflict] = site.book.conflicts.open()
    assert conflict.kind is ConflictKind.PLACE
    assert conflict.facts["claimed"] == "server:SRV9/4"
    assert site.assets.find("gpu1").place == Place.parse("server:srv1/0")  # not silently moved
    with pytest.raises(Refused, match="two places"):
        site.assets.move("chen", "gpu1", BENCH)
    with pytest.raises(Refused, match="no role that permits"):
        site.assets.resolve("chen", conflict.id, "looked")
    with pytest.raises(Refused, match="Say where"):
        site.assets.resolve("okafor", conflict.id, "looked")
    site.assets.resolve("okafor", conflict.id, "looked into the server", other)
    assert site.assets.find("gpu1").place == other
    assert site.assets.find("gpu1").claims == ()
    assert site.book.conflicts.open() == []
    assert site.book.conflicts.all()[0].resolved_by == "okafor"


def test_two_laptops_put_one_serial_into_two_places(site: Site) -> None:
    server_with_gpu(site)
    shared = recorded(site.told)
    second = Site("log-b", crew={})
    second.desk.take(shared)
    for person in ("chen", "okafor"):
        second.desk.enter(person)
    site.assets.move("chen", "srv1", BENCH)
    second.assets.move("chen", "srv1", Place.parse("rack:R1/10"))
    a, b = recorded(site.told), recorded(second.told)
    for first, then in ((a, b), (b, a)):
        met = Site("log-c", crew={})
        met.desk.take(shared)
        for event in [*first, *then]:
            met.book.apply(event)
        [conflict] = met.book.conflicts.open()
        assert conflict.facts["serial"] == "SRV1"
        found = met.book.assets.get("srv1")
        assert {found.place, *found.claims} == {BENCH, Place.parse("rack:R1/10")}


def test_stock_counts_promises_and_hands_out(site: Site) -> None:
    assets = site.assets
    assets.define("silva", "ORG-12", "O-ring", minimum=4)
    order = site.orders.open("chen", NewOrder("Filter", "tank-1")).number
    other = site.orders.open("chen", NewOrder("Pump", "tank-1")).number
    rings = Pieces("ORG-12", "main", 10)
    assert assets.receive("silva", rings).on_hand == 10
    assert assets.reserve("chen", Pieces("ORG-12", "main", 8), order).available == 2
    with pytest.raises(Refused, match="There are 2 of ORG-12"):
        assets.reserve("chen", Pieces("ORG-12", "main", 3), other)
    with pytest.raises(Refused, match="There are 2 of ORG-12"):
        assets.issue("chen", Pieces("ORG-12", "main", 3), other)
    level = assets.issue("chen", Pieces("ORG-12", "main", 7), order)
    assert (level.on_hand, level.reserved) == (3, 1)
    assert [(part.id, count) for part, count in site.book.stock.short()] == [("ORG-12", 3)]
    with pytest.raises(Refused, match="There are 7"):
        assets.give_back("chen", Pieces("ORG-12", "main", 8), order)
    assert assets.give_back("chen", Pieces("ORG-12", "main", 2), order).on_hand == 5
    assert assets.release("chen", Pieces("ORG-12", "main", 1), order).reserved == 0
    assert assets.transfer("chen", Pieces("ORG-12", "main", 1), "van").on_hand == 4
    assert site.book.stock.level("ORG-12", "van").on_hand == 1
    assert assets.count("silva", "ORG-12", "main", 3).on_hand == 3
    assert assets.scrap("silva", Pieces("ORG-12", "main", 1), "perished").on_hand == 2
    moved = sum(m.change for m in site.book.stock.movements("ORG-12"))
    assert moved == 3  # the account adds up to what is there: 2 + 1
    assert site.book.conflicts.open() == []


def test_pieces_with_serial_numbers_are_tracked_one_by_one(site: Site) -> None:
    assets = site.assets
    assets.define("silva", "PMP-110", "Pump", serialised=True)
    order = site.orders.open("chen", NewOrder("Pump", "tank-1")).number
    with pytest.raises(Refused, match="bear serial numbers; scan"):
        assets.receive("silva", Pieces("PMP-110", "main", 2))
    assert (
        assets.receive("silva", Pieces("PMP-110", "main", serials=("p1", "P2", "p1"))).on_hand == 2
    )
    with pytest.raises(Refused, match="P1 is in store main"):
        assets.receive("silva", Pieces("PMP-110", "van", serials=("p1",)))
    with pytest.raises(Refused, match="issue it first"):
        assets.move("chen", "p1", TANK)
    with pytest.raises(Refused, match="serial number P9 is known"):
        assets.issue("chen", Pieces("PMP-110", "main", serials=("p9",)), order)
    assert assets.issue("chen", Pieces("PMP-110", "main", serials=("p1",)), order).on_hand == 1
    assert assets.move("chen", "p1", Place.parse("tank:tank-1/pump2"), order=order).place
    with pytest.raises(Refused, match="not there"):
        assets.give_back("chen", Pieces("PMP-110", "main", serials=("p1",)), order)
    with pytest.raises(Refused, match="fixed"):
        assets.define("silva", "PMP-110", "Pump", serialised=False)


def test_an_unknown_part_or_a_closed_order_is_refused(site: Site) -> None:
    with pytest.raises(Refused, match="not known"):
        site.assets.receive("silva", Pieces("X", "main", 1))
    site.assets.define("silva", "X", "x")
    site.assets.receive("silva", Pieces("X", "main", 1))
    with pytest.raises(Refused, match="no open order"):
        site.assets.issue("chen", Pieces("X", "main", 1), "WO-9")


def test_the_fluid_account(site: Site) -> None:
    assert site.book.fluid.balance_l("tank-1") is None
    assert site.assets.fluid("chen", "tank-1", Why.DRAG_OUT, 1.5) is None  # nothing known: no zero
    site.assets.fluid("chen", "tank-1", Why.FILL, 600, batch="B1")
    site.assets.fluid("chen", "tank-1", Why.DRAG_OUT, 6, order="WO-1", asset="srv1", measured=True)
    left = site.assets.fluid("chen", "tank-1", Why.TOP_UP, 66, batch="B2")
    assert left == pytest.approx(660)
    assert site.book.fluid.batches("tank-1") == pytest.approx({"B1": 594, "B2": 66})
    assert site.book.fluid.main_batch("tank-1") == "B1"
    assert site.book.fluid.total_l("tank-1", Why.DRAG_OUT) == pytest.approx(7.5)
    assert [e.asset for e in site.book.fluid.of_order("WO-1")] == ["SRV1"]
    with pytest.raises(Refused, match=r"holds only 660\.0 L"):
        site.assets.fluid("chen", "tank-1", Why.DRAIN, 661)
    with pytest.raises(Refused, match="has a batch"):
        site.assets.fluid("chen", "tank-1", Why.TOP_UP, 1)
    for wrong in (0, -1, float("nan"), float("inf"), 1e9):
        with pytest.raises(Refused, match="no amount"):
            site.assets.fluid("chen", "tank-1", Why.SPILL, wrong)


def test_what_was_written_on_paper_keeps_its_time_but_never_the_future(site: Site) -> None:
    site.assets.register("chen", "srv1", "server")
    site.assets.move("chen", "srv1", TANK, occurred_us=site.clock.wall_us - 7_200_000_000)
    assert site.book.assets.immersion_h("srv1", site.clock.wall_us) == pytest.approx(2)
    site.assets.move("chen", "srv1", BENCH, occurred_us=site.clock.wall_us + 10**12)
    assert site.book.assets.immersion_h("srv1", site.clock.wall_us) == pytest.approx(2)
