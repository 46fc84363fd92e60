"""Points as series: names that every server takes, good values, quality at every change."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.data_push import bodies, target_of
from console.history.push_hours import PointHour, digest_of, is_as_sent
from console.history.push_ledger import Sent
from console.history.telemetry_store.tail import PointName
from console.history.telemetry_store.trend import Trend
from console.push_series import Line, Naming, lines_of, metric_name, series_id
from console.push_server import PushServer
from tests.unit.history.kit import START_US

NAN = float("nan")
NAMING = Naming({"site": "hall"}, {"t": {"name": "Tank", "model": "m-1", "serial": ""}})
METRIC = re.compile(r"^[a-zA-Z_:][a-zA-Z0-9_:]*$")


def hour(
    values: list[float], reasons: list[int] | None = None, *, every_us: int = 1_000_000
) -> PointHour:
    times = START_US + np.arange(len(values), dtype=np.int64) * every_us
    flags = np.array(reasons or [0] * len(values), np.uint8)
    return PointHour(PointName("flow", "Flow", "L/min"), Trend(times, np.array(values), flags))


def told(lines: list[Line]) -> dict[str, list[tuple[int, float]]]:
    """Samples by metric, times as milliseconds after the start."""
    found = {}
    for line in lines:
        parsed = json.loads(line.text)
        times = [at - START_US // 1000 for at in parsed["timestamps"]]
        found[parsed["metric"]["__name__"]] = list(zip(times, parsed["values"], strict=True))
        assert len(times) == line.samples
    return found


@pytest.mark.parametrize(
    ("key", "metric", "labels"),
    [
        ("coolant_flow", "tankside_coolant_flow", {}),
        ("pump[1].speed_percent", "tankside_pump_speed_percent", {"pump": "1"}),
        ("bath_temperature[3]", "tankside_bath_temperature", {"bath_temperature": "3"}),
        ("a[1].part[2]", "tankside_a_part", {"a": "1", "part_": "2"}),
        ("unit[4].x", "tankside_unit_x", {"unit_": "4"}),
        ("über-temp °C", "tankside_ber_temp_C", {}),
    ],
)
def test_names(key: str, metric: str, labels: dict[str, str]) -> None:
    assert NAMING.of_point("t", key, "Cel") == {
        "__name__": metric,
        "site": "hall",
        "part": "t",
        "point": key,
        "unit": "Cel",
        **labels,
    }


@given(st.text())
def test_every_key_has_a_name_that_servers_take(key: str) -> None:
    assert METRIC.match(metric_name(key))


def test_only_good_values_and_the_quality_at_changes_and_minutes() -> None:
    values = [float(n) for n in range(130)]
    reasons = [0] * 130
    values[10], reasons[10], reasons[11] = NAN, 3, 5
    found = told(list(lines_of(NAMING, "t", [hour(values, reasons)], -1)))
    assert found["tankside_flow"] == [(n * 1000, float(n)) for n in range(130) if n not in {10, 11}]
    assert found["tankside_quality"] == [
        (0, 0),
        (10_000, 3),
        (11_000, 5),
        (12_000, 0),
        (60_000, 0),
        (120_000, 0),
    ]
    assert found["tankside_part_info"] == [(0, 1), (60_000, 1), (120_000, 1)]


def test_endless_numbers_are_not_sent() -> None:
    found = told(list(lines_of(Naming({}), "t", [hour([1.0, float("inf"), -float("inf")])], -1)))
    assert found["tankside_flow"] == [(0, 1.0)]
    assert "tankside_part_info" not in found


def test_a_millisecond_holds_one_sample() -> None:
    found = told(list(lines_of(Naming({}), "t", [hour([1.0, 2.0, 3.0], every_us=600)], -1)))
    assert found["tankside_flow"] == [(0, 1.0), (1, 3.0)]


def test_what_was_sent_and_what_is_held_is_left_out() -> None:
    one = hour([0.0, 1.0, 2.0, 3.0])
    after = told(list(lines_of(Naming({}), "t", [one], START_US + 1_000_000)))
    assert after == {"tankside_flow": [(2000, 2.0), (3000, 3.0)]}
    metric = series_id(Naming({}).of_point("t", "flow", "L/min"))
    held = {metric: np.array([START_US // 1000, START_US // 1000 + 3000])}
    rest = told(list(lines_of(Naming({}), "t", [one], -1, held)))
    assert rest["tankside_flow"] == [(1000, 1.0), (2000, 2.0)]
    assert rest["tankside_quality"] == [(0, 0)]


@given(st.sets(st.integers(0, 3_599_999_999), min_size=2, max_size=30), st.data())
def test_a_sample_that_comes_in_late_is_noticed(times: set[int], data: st.DataObject) -> None:
    def found(chosen: list[int]) -> list[PointHour]:
        at = START_US + np.array(sorted(chosen), np.int64)
        count = len(chosen)
        return [
            PointHour(PointName("a", "", ""), Trend(at, np.zeros(count), np.zeros(count, np.uint8)))
        ]

    late = data.draw(st.sampled_from(sorted(times)))
    before = sorted(times - {late})
    sent = Sent(START_US + before[-1], *digest_of(found(before)), 0)
    assert is_as_sent(found(before), sent)
    assert is_as_sent(found(sorted(times)), sent) is (late > before[-1])


def test_another_point_with_the_same_times_is_another_digest() -> None:
    trend = hour([1.0, 2.0]).trend
    a, b = (PointHour(PointName(key, "", ""), trend) for key in "ab")
    assert digest_of([a]) != digest_of([b])
    assert digest_of([a, b]) == digest_of([b, a])


@given(st.lists(st.integers(1, 50)), st.integers(1, 100))
def test_bodies_hold_all_lines_in_order_and_are_no_larger_than_asked(
    sizes: list[int], most: int
) -> None:
    lines = [Line(bytes([65 + n % 26]) * size, size) for n, size in enumerate(sizes)]
    found = list(bodies(iter(lines), most))
    assert b"".join(body for body, _ in found) == b"".join(line.text for line in lines)
    assert sum(samples for _, samples in found) == sum(sizes)
    assert all(len(body) <= max(most, 50) for body, _ in found)


@pytest.mark.parametrize(
    "text",
    ["http://h:8428", "http://h:8428/", "http://h:8428/api/v1/import", " http://me:pw@h:8428/ "],
)
def test_addresses_of_one_server_are_one_target(text: str) -> None:
    url = PushServer(text).url
    assert target_of(url, {"site": "a"}) == "http://h:8428 site=a"
