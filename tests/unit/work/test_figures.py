"""Figures with their counts and intervals, from orders and equipment."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.work.assets.places import Place
from console.work.figures import (
    Window,
    by_batch,
    by_model,
    by_position,
    coverage,
    failure_rates,
    failures,
    order_figures,
    repair_times,
)
from console.work.orders.desk import NewOrder, OrderChanges
from console.work.orders.model import Origin, Source
from console.work.orders.rules import State
from console.work.rates import YEAR_H, Rate, gamma_quantile, share_interval, spread
from tests.unit.work.kit import NOON_US, Site

DAY_S = 86_400
H100, SERIALS = "H100", [f"SN{n}" for n in range(4)]


def test_three_failures_in_41_years() -> None:
    rate = Rate(3, 41 * YEAR_H, 41)
    low, high = rate.interval_per_year or (0, 0)
    assert rate.per_year == pytest.approx(0.0732, abs=1e-4)
    assert low == pytest.approx(0.026, abs=1e-3)
    assert high == pytest.approx(0.172, abs=1e-3)
    assert rate.mtbf_h == pytest.approx(119_802)


def test_no_failure_is_not_never() -> None:
    rate = Rate(0, 10 * YEAR_H, 3)
    assert rate.per_year == 0
    low, high = rate.interval_per_year or (-1, -1)
    assert low == 0.0
    assert high == pytest.approx(0.192, abs=1e-3)
    assert rate.mtbf_h is None
    least_h, most_h = rate.mtbf_interval_h or (-1, -1)
    assert least_h == pytest.approx(YEAR_H / 0.192, rel=0.01)
    assert math.isinf(most_h)
    assert (Rate(0, 0, 0).per_year, Rate(0, 0, 0).interval_per_year) == (None, None)


@given(shape=st.floats(0.5, 200), share=st.floats(0.01, 0.99))
def test_quantiles_of_gamma_rise_and_agree_with_chance(shape: float, share: float) -> None:
    found = gamma_quantile(shape, share)
    assert found < gamma_quantile(shape, min(share + 0.005, 0.999))
    assert gamma_quantile(shape + 1, share) > found


@pytest.mark.parametrize("shape", [0.5, 1.0, 3.5, 30.0])
def test_quantiles_against_drawn_numbers(shape: float) -> None:
    chance = random.Random(1)
    drawn = sorted(chance.gammavariate(shape, 1) for _ in range(20_000))
    for share in (0.05, 0.5, 0.95):
        assert gamma_quantile(shape, share) == pytest.approx(drawn[int(share * 20_000)], rel=0.08)
    assert gamma_quantile(1.0, 0.5) == pytest.approx(math.log(2))


def test_shares_and_spreads() -> None:
    low, high = share_interval(9, 10) or (0, 0)
    assert 0.6 < low < 0.9 < high < 1
    assert share_interval(0, 0) is None
    assert spread([]) is None
    told = spread([1, 2, 3, 4, 100])
    assert told is not None
    assert (told.count, told.median_h) == (5, 3)


@pytest.fixture
def site() -> Site:
    """Four GPUs: three work for ten days in node-1, one lies in a store."""
    site = Site()
    for number, serial in enumerate(SERIALS):
        site.assets.register("chen", serial, "gpu", model=H100, batch="B7" if number < 2 else "")
        place = f"server:node-1/{number}" if number < 3 else "store:main"
        site.assets.move("chen", serial, Place.parse(place))
    site.clock.advance(10 * DAY_S)
    return site


def failed(site: Site, serial: str, origin: Origin = Origin.XID, about: str = "node-1/gpu0") -> str:
    order = site.orders.open(
        "silva", NewOrder("Swap", about, serial=serial, source=Source(origin, "79"))
    )
    return order.number


def all_of(site: Site) -> Window:
    return Window(NOON_US, site.clock.wall_us + 1)


def test_rates_by_model_batch_and_position(site: Site) -> None:
    failed(site, "SN0")
    failed(site, "", about="node-1/gpu1")
    failed(site, "SN2", Origin.HAND)
    cancelled = failed(site, "SN2")
    site.orders.move("silva", cancelled, State.CANCELLED, reason="A mistake")
    window = all_of(site)
    assert [(f.serial, f.place) for f in failures(site.book, window)] == [
        ("SN0", "server:NODE-1/0"),
        ("SN1", "server:NODE-1/1"),
    ]
    rates = failure_rates(site.book, window, by_model)
    assert set(rates) == {H100}
    assert (rates[H100].failures, rates[H100].pieces) == (2, 3)
    assert rates[H100].exposure_h == pytest.approx(3 * 240, rel=1e-3)
    assert failure_rates(site.book, window, by_batch)["H100 B7"].exposure_h == pytest.approx(480)
    places = failure_rates(site.book, window, by_position)
    assert {place: rate.failures for place, rate in places.items()} == {
        "server:NODE-1/0": 1,
        "server:NODE-1/1": 1,
        "server:NODE-1/2": 0,
    }
    before = Window(NOON_US - 10, NOON_US)
    assert not failure_rates(site.book, before, by_model)


def test_orders_that_were_late_or_returned(site: Site) -> None:
    number = failed(site, "SN0")
    site.orders.change("silva", number, OrderChanges(assigned=("chen",)))
    site.orders.without_procedure("silva", number, "None is needed")
    site.clock.advance(3600)
    site.move("silva", number, State.PLANNED)
    site.move("okafor", number, State.READY)
    site.move("chen", number, State.IN_PROGRESS)
    site.orders.start_labour("chen", number)
    site.clock.advance(2 * 3600)
    site.orders.stop_labour("chen", number)
    site.move("chen", number, State.REVIEW)
    site.move("okafor", number, State.RETURNED, "The photo is dark")
    site.move("chen", number, State.IN_PROGRESS)
    site.clock.advance(200 * 3600)
    site.move("chen", number, State.REVIEW)
    site.move("okafor", number, State.CLOSED)
    told = order_figures(site.book.orders.all(), all_of(site))
    assert (told.opened, told.closed, told.late, told.right_first_time) == (1, 1, 1, 0)
    assert told.labour_h == pytest.approx(2.0)
    assert told.to_close is not None
    assert told.to_close.median_h == pytest.approx(203.0)
    repair = repair_times(site.book, all_of(site))
    assert repair[H100].median_h == pytest.approx(203.0)
    empty = order_figures([], all_of(site))
    assert (empty.closed, empty.to_close) == (0, None)


def test_who_is_qualified(site: Site) -> None:
    now_us = site.clock.wall_us
    site.people.qualify("adeyemi", "chen", "gpu-handling", now_us + 10 * DAY_S * 1_000_000)
    site.people.qualify("adeyemi", "wu", "gpu-handling")
    (told,) = coverage(site.book.people, now_us)
    assert (told.valid, told.expiring, told.expired) == (("chen", "wu"), ("chen",), ())
    later = coverage(site.book.people, now_us + 20 * DAY_S * 1_000_000, ["two-phase-tank"])
    assert later[0].expired == ("chen",)
    assert later[1].valid == ()
