"""The life of one thing, across servers and slots: what is about it, and what about another."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.work.assets.places import Place, PlaceKind
from console.work.events import Refused
from console.work.life import HostAt, Life, found_in, life_of
from console.work.orders.desk import NewOrder
from console.work.orders.model import Origin, Source
from tests.unit.work.kit import Recorded, Site, recorded

HOSTS = (
    HostAt("node-1", "tank-1", "1", ("node-1/gpu0", "node-1/gpu1")),
    HostAt("node-2", "tank-1", "2", ("node-2/gpu0", "node-2/gpu1")),
)
HOUR_S = 3600.0


@pytest.fixture
def site() -> Site:
    """Two servers in a tank; GPU-A in the first one's slot 0, GPU-B in the second one's."""
    made = Site()
    for serial, slot in (("SRV-1", "1"), ("SRV-2", "2")):
        made.assets.register("chen", serial, "server", model="XE")
        made.assets.move("chen", serial, Place.parse(f"tank:tank-1/{slot}"))
    for serial, server in (("GPU-A", "SRV-1"), ("GPU-B", "SRV-2")):
        made.assets.register("chen", serial, "gpu", model="H100")
        made.assets.move("chen", serial, Place.parse(f"server:{server}/0"))
    return made


def xid(site: Site, part: str, code: int = 79, **more: object) -> Recorded:
    return Recorded("gpu.xid", part, {"xid": code, **more}, "system", site.clock.wall_us)


def life(site: Site, subject: str, **more: str) -> Life:
    found = life_of(site.book, HOSTS, ["tank-1"], subject, site.clock.wall_us, **more)
    assert found is not None
    return found


def swap(site: Site) -> None:
    """Let GPU-A and GPU-B change places, by way of the bench."""
    site.clock.advance(HOUR_S)
    for serial in ("GPU-A", "GPU-B"):
        site.assets.move("chen", serial, Place.parse("bench:east"))
    site.clock.advance(HOUR_S)
    site.assets.move("chen", "GPU-A", Place.parse("server:SRV-2/0"))
    site.assets.move("chen", "GPU-B", Place.parse("server:SRV-1/0"))


def test_a_xid_is_of_whatever_sat_there_then(site: Site) -> None:
    site.clock.advance(HOUR_S)
    before = xid(site, "node-1/gpu0", 48)
    swap(site)
    site.clock.advance(HOUR_S)
    after = xid(site, "node-1/gpu0", 79)
    elsewhere = xid(site, "node-2/gpu0", 63)
    events = [before, after, elsewhere]
    assert [e.body["xid"] for e in found_in(life(site, "GPU-A"), events)] == [48, 63]
    assert [e.body["xid"] for e in found_in(life(site, "gpu-b"), events)] == [79]
    assert list(found_in(life(site, "SRV-1"), events)) == [before, after]


def test_on_the_bench_nothing_of_the_slot_is_about_it(site: Site) -> None:
    swap(site)
    at_bench = Recorded(
        "gpu.xid", "node-1/gpu0", {"xid": 79}, "system", site.clock.wall_us - 1_800_000_000
    )
    for serial in ("GPU-A", "GPU-B"):
        assert list(found_in(life(site, serial), [at_bench])) == []


def test_what_names_a_serial_number_is_about_that_one_only(site: Site) -> None:
    site.clock.advance(HOUR_S)
    named_other = xid(site, "node-1/gpu0", serial="GPU-X")
    named_here = xid(site, "node-2/gpu1", serial="gpu-a")
    assert list(found_in(life(site, "GPU-A"), [named_other, named_here])) == [named_here]


def test_bands_follow_the_server_from_tank_to_bench(site: Site) -> None:
    site.clock.advance(HOUR_S)
    site.assets.move("chen", "SRV-1", Place.parse("bench:east"))
    site.clock.advance(HOUR_S)
    bands = life(site, "GPU-A").bands
    assert [(str(b.place), str(b.around), b.part, b.lasts) for b in bands] == [
        ("server:SRV-1/0", "tank:tank-1/1", "node-1/gpu0", False),
        ("server:SRV-1/0", "bench:east", "", True),
    ]
    assert bands[0].until_us == bands[1].since_us
    assert life(site, "SRV-1").bands[-1].place.kind is PlaceKind.BENCH
    quiet = xid(site, "node-1/gpu0")
    assert list(found_in(life(site, "GPU-A"), [quiet])) == []


def test_the_part_the_host_and_the_serial_number_lead_to_one_life(site: Site) -> None:
    by_part, by_serial = life(site, "node-1/gpu0"), life(site, "GPU-A")
    assert (by_part.serial, by_part.bands) == ("GPU-A", by_serial.bands)
    assert by_serial.part == "node-1/gpu0"
    assert life(site, "node-1").serial == "SRV-1"
    assert life(site, "node-1/gpu0", serial="GPU-B").serial == "GPU-B"


def test_a_gpu_that_nobody_registered_has_the_life_of_its_place(site: Site) -> None:
    found = life(site, "node-1/gpu1")
    assert (found.serial, found.bands) == ("", ())
    event = xid(site, "node-1/gpu1", serial="GPU-Z")
    assert list(found_in(found, [event, xid(site, "node-1/gpu0")])) == [event]


def test_work_on_the_server_is_told_without_its_steps(site: Site) -> None:
    site.clock.advance(HOUR_S)
    us = site.clock.wall_us
    begun, step, done = (
        Recorded(f"work.{kind}", "node-1", {"run": "R-1"}, "chen", us + n)
        for n, kind in enumerate(("begun", "step_done", "finished"))
    )
    lost = Recorded("device.lost", "node-1", {}, "system", us)
    assert list(found_in(life(site, "GPU-A"), [begun, step, done, lost])) == [begun, done]
    assert list(found_in(life(site, "SRV-1"), [begun, step, done, lost])) == [begun, done, lost]


def test_orders_by_serial_number_and_by_place(site: Site) -> None:
    site.clock.advance(HOUR_S)
    xid_of = Source(Origin.XID, "79", "node-1/gpu0")
    by_place = site.orders.open("chen", NewOrder("Xid 79", "node-1/gpu0", source=xid_of)).number
    by_serial = site.orders.open("chen", NewOrder("Return", "node-2/gpu0", serial="GPU-A")).number
    other = site.orders.open("chen", NewOrder("Fan", "node-2/gpu0")).number
    assert life(site, "GPU-A").orders == (by_place, by_serial)
    assert life(site, "GPU-B").orders == (other,)
    moved = Recorded("order.moved", by_serial, {"to": "planned"}, "silva", site.clock.wall_us)
    assert list(found_in(life(site, "GPU-A"), [moved, moved])) == [moved]


def test_a_tank_has_its_servers_side_by_side(site: Site) -> None:
    site.clock.advance(HOUR_S)
    site.assets.move("chen", "SRV-2", Place.parse("bench:east"))
    found = life(site, "tank-1")
    assert [(b.thing, b.place.slot, b.lasts) for b in found.bands] == [
        ("SRV-1", "1", True),
        ("SRV-2", "2", False),
    ]
    fluid = Recorded("fluid.added", "tank-1", {}, "chen", site.clock.wall_us)
    assert list(found_in(found, [fluid, xid(site, "node-1/gpu0")])) == [fluid]


def test_what_was_put_into_a_server_is_told_of_the_server(site: Site) -> None:
    swap(site)
    told = [e for e in recorded(site.told) if e.kind == "asset.moved"]
    mine = [(e.subject, e.body["to"]) for e in found_in(life(site, "SRV-1"), told)]
    assert ("GPU-A", "server:SRV-1/0") in mine
    assert ("GPU-A", "bench:east") in mine
    assert ("GPU-B", "server:SRV-1/0") in mine
    assert ("GPU-A", "server:SRV-2/0") not in mine
    spare = Recorded("stock.issued", "p-1", {"serials": ["gpu-a"]}, "chen", site.clock.wall_us)
    assert list(found_in(life(site, "GPU-A"), [spare])) == [spare]


def test_nothing_of_that_name(site: Site) -> None:
    assert life_of(site.book, HOSTS, ["tank-1"], "SN-404", site.clock.wall_us) is None


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["GPU-A", "GPU-B", "SRV-1", "SRV-2"]),
            st.sampled_from(
                ["tank:tank-1/1", "tank:tank-1/2", "server:SRV-1/0", "server:SRV-2/0", "bench:b"]
            ),
        ),
        max_size=12,
    )
)
def test_a_moment_of_a_slot_is_in_one_life_at_most(moves: list[tuple[str, str]]) -> None:
    """Wherever things are carried: bands never overlap, and a slot's event has one owner."""
    site = Site()
    for serial, kind in (
        ("SRV-1", "server"), ("SRV-2", "server"), ("GPU-A", "gpu"), ("GPU-B", "gpu")
    ):  # fmt: skip
        site.assets.register("chen", serial, kind)
    events = []
    for serial, place in moves:
        site.clock.advance(60)
        try:
            site.assets.move("chen", serial, Place.parse(place))
        except Refused:
            continue
        site.clock.advance(60)
        events += [xid(site, "node-1/gpu0"), xid(site, "node-2/gpu0")]
    taken: set[str] = set()
    for serial in ("GPU-A", "GPU-B"):
        found = life(site, serial)
        for one, after in zip(found.bands, found.bands[1:], strict=False):
            assert one.until_us <= after.since_us
        mine = {str(getattr(event, "id", "")) for event in found_in(found, events)}
        if not site.book.conflicts.all():
            assert not mine & taken
        taken |= mine
