"""Ticks: round local times across clock changes, days and years; round values."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.ui.curves.axis import round_range, time_axis, value_ticks

BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"  # POSIX rules: no time zone files are needed


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    if sys.platform == "win32":
        pytest.skip("a process cannot change its time zone on Windows")

    def use(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    use("UTC")
    yield use
    monkeypatch.undo()
    time.tzset()


def us(*parts: int) -> int:
    return round(datetime(*parts, tzinfo=UTC).timestamp()) * 1_000_000  # type: ignore[arg-type, misc]


def words(start_us: int, end_us: int, most: float = 10, now_us: int | None = None) -> list[str]:
    axis = time_axis(start_us, end_us, most, end_us if now_us is None else now_us)
    return [tick.text for tick in axis.ticks]


def test_an_hour_of_today_has_times_and_no_date(zone: Callable[[str], None]) -> None:
    axis = time_axis(us(2026, 7, 1, 11), us(2026, 7, 1, 12), 6, us(2026, 7, 1, 12))
    assert [tick.text for tick in axis.ticks] == ["11:00", *(f"11:{n}0" for n in range(1, 6))]
    assert axis.begins == ""


def test_another_day_is_named_at_the_left_and_where_it_begins(zone: Callable[[str], None]) -> None:
    axis = time_axis(us(2026, 6, 30, 20), us(2026, 7, 1, 4), 8, us(2026, 7, 1, 12))
    assert axis.begins == "2026-06-30"
    assert [(tick.text, tick.begins) for tick in axis.ticks if tick.begins] == [
        ("00:00", "2026-07-01")
    ]


def test_an_hour_that_the_clock_repeats_has_its_ticks_twice(zone: Callable[[str], None]) -> None:
    zone(BERLIN)
    start_us, end_us = us(2026, 10, 24, 23), us(2026, 10, 25, 3)
    ticks = time_axis(start_us, end_us, 4, end_us).ticks
    assert [tick.text for tick in ticks] == ["01:00", "02:00", "02:00", "03:00"]
    assert {b.utc_us - a.utc_us for a, b in pairwise(ticks)} == {3_600_000_000}


def test_an_hour_that_the_clock_skips_has_none(zone: Callable[[str], None]) -> None:
    zone(BERLIN)
    assert words(us(2026, 3, 29, 0), us(2026, 3, 29, 3), 3) == ["01:00", "03:00", "04:00"]


def test_days_are_whole_local_days_on_both_sides_of_a_clock_change(
    zone: Callable[[str], None],
) -> None:
    zone(BERLIN)
    ticks = time_axis(us(2026, 10, 24, 12), us(2026, 10, 27, 12), 4, us(2026, 10, 27, 12)).ticks
    assert [tick.text for tick in ticks] == ["10-25", "10-26", "10-27"]
    assert ticks[1].utc_us - ticks[0].utc_us == 25 * 3_600_000_000


def test_minutes_stand_on_round_local_times_where_the_offset_is_odd(
    zone: Callable[[str], None],
) -> None:
    zone("NPT-5:45")
    assert words(us(2026, 7, 1, 0), us(2026, 7, 1, 1), 4) == ["05:45", "06:00", "06:15", "06:30"]


@pytest.mark.parametrize(
    ("days", "first"), [(20, "06-12"), (200, "2026-01"), (4000, "2016"), (30_000, "1950")]
)
def test_longer_ranges_have_days_months_and_years(
    zone: Callable[[str], None], days: int, first: str
) -> None:
    end_us = us(2026, 7, 1)
    found = words(end_us - days * 86_400_000_000, end_us, 11)
    assert found[0] == first
    assert 5 <= len(found) <= 12


def test_the_axis_says_how_long_it_holds(zone: Callable[[str], None]) -> None:
    start_us, end_us = us(2026, 7, 1, 11), us(2026, 7, 1, 12) - 1
    axis = time_axis(start_us, end_us, 6, end_us)
    assert axis.until_us == us(2026, 7, 1, 12)
    later = time_axis(axis.until_us - (end_us - start_us), axis.until_us, 6, end_us)
    assert later.ticks == axis.ticks[1:] or later.ticks == axis.ticks


@given(
    start_s=st.integers(0, 4_000_000_000),
    span_s=st.floats(5, 40 * 366 * 86_400.0),
    most=st.floats(1, 25),
)
def test_ticks_rise_lie_in_the_range_and_are_not_many(
    start_s: int, span_s: float, most: float
) -> None:
    start_us = start_s * 1_000_000
    end_us = start_us + round(span_s * 1e6)
    times = [tick.utc_us for tick in time_axis(start_us, end_us, most, end_us).ticks]
    assert times == sorted(set(times))
    assert all(start_us <= at < end_us for at in times)
    assert len(times) <= most + 4  # months and clock changes are not all of one length


@given(low=st.floats(-1e9, 1e9), span=st.floats(1e-3, 1e9), most=st.integers(1, 8))
def test_values_are_round_and_in_the_range(low: float, span: float, most: int) -> None:
    ticks = value_ticks(low, low + span, most)
    assert len(ticks) <= most + 1
    assert all(low - span * 1e-6 <= tick <= low + span * (1 + 1e-6) for tick in ticks)


def test_a_range_without_length_has_no_ticks_and_makes_no_fuss() -> None:
    assert value_ticks(5.0, 5.0) == []
    assert time_axis(10, 10, 5, 10).ticks == []
    assert time_axis(10**20, 2 * 10**20, 5, 10).ticks == []


def test_an_own_range_has_round_ends_around_what_is_seen() -> None:
    assert round_range(44.3, 47.9, 0.4) == (44.0, 48.0)
    low, high = round_range(50.0, 50.0, 0.4)
    assert low < 50.0 < high
