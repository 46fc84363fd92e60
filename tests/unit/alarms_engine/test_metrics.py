"""The figures by which alarms are judged, from events that say what happened when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from console.alarms.events import AlarmKey
from console.alarms.flood import FloodMeter, floods
from console.alarms.metrics import Report, report, targets

S = 1_000_000
DAY = 86_400
START_US = 1_795_000_000 * S


@dataclass(frozen=True)
class Told:
    kind: str
    at_s: float
    alarm: str = "a"
    body: dict[str, Any] = field(default_factory=dict)
    subject: str = "t"

    @property
    def utc_us(self) -> int:
        return START_US + round(self.at_s * S)


@dataclass(frozen=True)
class Full(Told):
    def __post_init__(self) -> None:
        self.body.setdefault("alarm", self.alarm)


def raised(at_s: float, alarm: str = "a", priority: int = 3) -> Told:
    body = {"alarm": alarm, "severity": "caution", "priorities": [priority] * 4, "name": alarm}
    return Told("alarm.raised", at_s, alarm, body)


def cleared(at_s: float, alarm: str = "a") -> Told:
    return Full("alarm.cleared", at_s, alarm)


def pair(at_s: float, alarm: str = "a", lasts_s: float = 100.0, priority: int = 3) -> list[Told]:
    return [
        raised(at_s, alarm, priority),
        Full("alarm.acknowledged", at_s + lasts_s / 2, alarm),
        cleared(at_s + lasts_s, alarm),
    ]


def of(events: Iterable[Told], days: float = 30, operators: float = 1.0) -> Report:
    ordered = sorted(events, key=lambda event: event.at_s)
    return report(ordered, START_US, START_US + round(days * DAY * S), operators)


def test_a_quiet_month_is_good_in_every_figure() -> None:
    found = of(event for n in range(300) for event in pair(3600.0 * n, f"a{n}", priority=4))
    assert found.announced == 300
    assert found.figure("alarms_per_hour").value == pytest.approx(300 / 720)
    assert found.figure("top_ten_share").verdict == "bearable"
    others = [f for f in found.figures if f.key != "top_ten_share"]
    assert {figure.verdict for figure in others} == {"good"}
    assert found.is_long_enough
    assert found.split_verdict == "good"


def test_no_alarm_at_all_is_no_division_by_nothing() -> None:
    found = of([], days=1)
    assert (found.announced, found.split, found.is_long_enough) == (
        0,
        dict.fromkeys((1, 2, 3, 4), 0),
        False,
    )
    assert {figure.value for figure in found.figures} == {0.0}


def test_rates_are_per_operator() -> None:
    events = [raised(60.0 * n, f"a{n}") for n in range(1440)]
    one, three = of(events, days=1), of(events, days=1, operators=3)
    assert one.figure("alarms_per_10_min").value == pytest.approx(10)
    assert one.figure("alarms_per_10_min").verdict == "too much"
    assert three.figure("alarms_per_day").value == pytest.approx(480)


def test_the_peak_is_that_of_any_ten_minutes_and_bins_are_fixed() -> None:
    events = [raised(590 + n, f"a{n}") for n in range(20)]
    found = of(events, days=1)
    assert found.figure("peak_in_10_min").value == 20
    assert found.per_10_min[:3] == [10, 10, 0]
    assert len(found.per_10_min) == 144
    assert found.figure("busy_share").value == 0


def test_a_flood_starts_above_ten_and_ends_below_five() -> None:
    times = [n * 10 * S for n in range(11)]
    found = floods(times, 10_000 * S)
    # The eleventh comes at 100 s; the seventh to leave (at 60 s) does so at 660 s and leaves four.
    assert [(f.began_us, f.ended_us, f.alarms) for f in found] == [(100 * S, 660 * S, 11)]
    assert floods(times[:10], 10_000 * S) == []


def test_a_flood_that_goes_on_has_no_end_yet() -> None:
    meter = FloodMeter()
    for n in range(12):
        meter.add(n * S)
    assert meter.is_flood
    assert meter.recent == 12
    assert [flood.ended_us for flood in meter.finish(20 * S)] == [None]


def test_time_that_runs_backwards_ends_no_flood_early() -> None:
    meter = FloodMeter()
    for n in range(12):
        meter.add((1000 - n) * S)
    assert meter.is_flood
    meter.advance(0)
    assert meter.recent == 12


def test_time_in_a_flood_is_a_share_of_the_period() -> None:
    events = [raised(n * 10.0, f"a{n}") for n in range(11)]
    found = of(events, days=1)
    assert found.flood_s == pytest.approx(560)
    assert found.figure("flood_share").value == pytest.approx(560 / 86_400)


def test_the_ten_most_frequent() -> None:
    noisy = [event for n in range(30) for event in pair(600.0 * n, "noisy")]
    rest = [event for n in range(20) for event in pair(600.0 * n + 200, f"r{n}")]
    found = of([*noisy, *rest], days=1)
    assert found.top_ten[0].key == AlarmKey("t", "noisy")
    assert (found.top_ten[0].count, found.top_ten[0].share) == (30, 0.6)
    assert found.figure("top_ten_share").value == pytest.approx(39 / 50)


def test_chattering_is_three_transitions_in_a_minute() -> None:
    fast = [raised(0), cleared(20), raised(59), cleared(200)]
    slow = [raised(0, "b"), cleared(30, "b"), raised(61, "b"), cleared(300, "b")]
    found = of([*fast, *slow], days=1)
    assert [key.alarm for key in found.chattering] == ["a"]


def test_fleeting_is_over_before_anybody_could_act() -> None:
    events = [raised(0), cleared(9), raised(1000, "b"), cleared(1010, "b")]
    assert [key.alarm for key in of(events, days=1).fleeting] == ["a"]


def test_stale_counts_the_worst_day_and_what_stood_before_the_period() -> None:
    old = [raised(-5 * DAY, f"old{n}") for n in range(6)]
    young = [raised(DAY * 1.5, "young")]
    found = of([*old, *young, cleared(10, "old0")], days=2)
    assert found.figure("stale").value == 6
    assert found.figure("stale").verdict == "too much"
    assert "young" not in {key.alarm for key in found.stale}
    assert found.announced == 1


def test_what_is_set_aside_is_no_load() -> None:
    shelf = {"alarm": "a", "until_us": START_US + DAY * S, "reason": "r"}
    events = [Told("alarm.shelved", 0, "a", shelf), raised(10), cleared(20), raised(30)]
    found = of(events, days=1)
    assert (found.announced, found.chattering, found.fleeting) == (0, [], [])


def test_the_split_by_priority() -> None:
    events = [raised(1000.0 * n, f"a{n}", 1 if n < 5 else 4) for n in range(10)]
    found = of(events, days=1)
    assert found.split == {1: 0.5, 2: 0, 3: 0, 4: 0.5}
    assert found.split_verdict == "too much"


def test_events_that_cannot_be_read_are_passed_over() -> None:
    bad = [Told("alarm.raised", 1, "a", {}), Told("limit.crossed", 2), Told("alarm.shelved", 3)]
    assert of([*bad, raised(10)], days=1).announced == 1


@pytest.mark.parametrize(("days", "operators"), [(0, 1.0), (-1, 1.0), (1, 0.0)])
def test_a_report_of_nothing_is_refused(days: float, operators: float) -> None:
    with pytest.raises(ValueError, match="period"):
        of([], days=days, operators=operators)


def test_every_figure_has_a_target() -> None:
    assert {figure.key for figure in of([], days=1).figures} == set(targets().figure)
    assert sum(targets().split.shares) == pytest.approx(1)
