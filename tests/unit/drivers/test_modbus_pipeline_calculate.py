"""Votes, gates, arithmetic over points, counters, and values that are old although just read."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.decoder import Decoder
from drivers.modbus.planner import plan
from drivers.points import Reason
from tests.unit.drivers.regmaps import regmap

BAD = 0x8000
SENSORS = ["a", "b", "c"]
VOTED = {"key": "v", "name": "V", "of": SENSORS, "max_spread": 3, "dwell_s": 10}


def points(*keys: str, **more: Any) -> list[dict[str, Any]]:
    sentinels = [{"raw": -32768, "meaning": "fault"}]
    shared = {"type": "s16", "sentinels": sentinels, "valid": [-1000, 1000]}
    return [{**shared, "key": key, "address": i, **more} for i, key in enumerate(keys)]


class Polls:
    """One controller, polled with a memory; ``at`` takes raw numbers and a time."""

    def __init__(self, found: Any) -> None:
        self.keys = list(found.schema_of_points.index)
        self.decoder = Decoder(found, plan(found))
        self.memory = self.decoder.memory()

    def at(self, time_s: float, *raw: int) -> dict[str, tuple[float | None, str]]:
        words = np.array(raw, np.int32).astype(np.uint16)
        values, reasons = self.decoder.decode(words, self.memory, time_s)
        return {
            key: (None if math.isnan(v) else float(v), Reason(int(r)).word)
            for key, v, r in zip(self.keys, values, reasons, strict=True)
        }


@pytest.mark.parametrize(
    ("method", "expected"), [("median", 21.0), ("avg", 22.0), ("min", 20.0), ("max", 25.0)]
)
def test_sensors_vote_in_four_ways(method: str, expected: float) -> None:
    voted = {**VOTED, "method": method, "max_spread": 9}
    assert Polls(regmap(points(*SENSORS), voted=[voted])).at(0, 20, 21, 25)["v"] == (
        expected,
        "none",
    )


def test_a_sensor_that_differs_for_long_is_left_out_and_taken_back() -> None:
    polls = Polls(regmap(points(*SENSORS), voted=[VOTED]))
    assert polls.at(0, 20, 21, 22)["v"] == (21.0, "none")
    assert polls.at(1, 20, 21, 40)["v"] == (21.0, "disagree")
    assert polls.at(10.9, 20, 21, 40)["v"] == (21.0, "disagree")
    left_out = polls.at(11, 20, 21, 40)
    assert left_out["v"] == (20.5, "none")
    assert left_out["c"] == (40.0, "disagree")
    assert polls.at(12, 20, 21, 22)["v"] == (20.5, "none")
    assert polls.at(21, 20, 21, 22)["v"] == (20.5, "none")
    assert polls.at(22, 20, 21, 22)["v"] == (20.5, "none")
    assert polls.at(23, 20, 21, 22)["v"] == (21.0, "none")


def test_a_short_disagreement_leaves_nobody_out() -> None:
    polls = Polls(regmap(points(*SENSORS), voted=[VOTED]))
    polls.at(0, 20, 21, 40)
    assert polls.at(9, 20, 21, 22)["v"] == (21.0, "none")
    assert polls.at(18, 20, 21, 40)["c"] == (40.0, "none")
    assert polls.at(27, 20, 21, 40)["v"] == (21.0, "disagree")


def test_two_sensors_that_differ_stay_uncertain_for_ever() -> None:
    voted = {**VOTED, "of": ["a", "b"]}
    polls = Polls(regmap(points("a", "b"), voted=[voted]))
    assert {polls.at(t, 20, 40)["v"] for t in range(0, 100, 10)} == {(30.0, "disagree")}


def test_failed_sensors_do_not_vote_and_a_majority_must_remain() -> None:
    polls = Polls(regmap(points(*SENSORS), voted=[VOTED]))
    assert polls.at(0, 20, 21, BAD)["v"] == (20.5, "none")
    assert polls.at(1, 20, BAD, BAD)["v"] == (20.0, "disagree")
    assert polls.at(2, BAD, BAD, BAD)["v"] == (None, "sensor_fault")
    assert Polls(regmap(points(*SENSORS), voted=[{**VOTED, "quorum": 1}])).at(0, 20, BAD, BAD)[
        "v"
    ] == (20.0, "none")


@given(
    st.lists(
        st.tuples(st.floats(0.1, 20), st.tuples(*[st.integers(-50, 50) | st.just(BAD)] * 3)),
        min_size=1,
        max_size=25,
    )
)
def test_a_vote_is_good_only_while_a_majority_agrees(polled: Iterable[Any]) -> None:
    polls, now_s = Polls(regmap(points(*SENSORS), voted=[VOTED])), 0.0
    for passed_s, raw in polled:
        now_s += passed_s
        found = polls.at(now_s, *raw)
        value, why = found["v"]
        good = [found[key][0] for key in SENSORS if found[key][1] == "none"]
        if why == "none":
            assert len(good) >= 2
            assert value is not None
            assert all(abs(v - value) <= 3 for v in good if v is not None)
        if all(r == BAD for r in raw):
            assert (value, why) == (None, "sensor_fault")


DERIVED = {
    "key": "heat",
    "name": "Heat",
    "expression": "a * (b - c)",
    "gate": "a > 5",
    "gate_reason": "no_flow",
}


def test_a_derived_value_needs_good_inputs_and_an_open_gate() -> None:
    polls = Polls(regmap(points(*SENSORS), derived=[DERIVED]))
    assert polls.at(0, 10, 40, 30)["heat"] == (100.0, "none")
    assert polls.at(0, 5, 40, 30)["heat"] == (None, "no_flow")
    assert polls.at(0, 10, BAD, 30)["heat"] == (None, "sensor_fault")
    assert polls.at(0, BAD, 40, 30)["heat"] == (None, "sensor_fault")
    assert polls.at(0, 10, 2000, 30)["heat"] == (None, "out_of_range")
    assert polls.at(0, 10, 2000, BAD)["heat"] == (None, "sensor_fault")


def test_arithmetic_without_a_result_is_no_value() -> None:
    derived = {"key": "d", "name": "D", "expression": "a / (b - c)"}
    assert Polls(regmap(points(*SENSORS), derived=[derived])).at(0, 1, 2, 2)["d"] == (
        None,
        "out_of_range",
    )


def test_derived_values_build_on_votes_and_on_each_other() -> None:
    derived = [
        {"key": "twice", "name": "T", "expression": "v * 2"},
        {"key": "more", "name": "M", "expression": "twice + max(a, b, c)"},
    ]
    found = regmap(points(*SENSORS), voted=[VOTED], derived=derived)
    assert list(found.schema_of_points.index) == ["a", "b", "c", "v", "twice", "more"]
    assert Polls(found).at(0, 20, 21, 22)["more"] == (64.0, "none")
    assert Polls(found).at(0, 20, 21, 60)["more"] == (None, "disagree")


def test_a_measured_point_is_marked_while_its_gate_is_shut() -> None:
    gated = points("flow", "temperature")
    gated[1] |= {"gate": "flow > 5", "gate_reason": "no_flow"}
    polls = Polls(regmap(gated))
    assert polls.at(0, 10, 40)["temperature"] == (40.0, "none")
    assert polls.at(0, 0, 40)["temperature"] == (40.0, "no_flow")
    assert polls.at(0, BAD, 40)["temperature"] == (40.0, "no_flow")
    assert polls.at(0, 0, BAD)["temperature"] == (None, "sensor_fault")


def test_a_frozen_measurement_goes_stale_and_comes_back() -> None:
    watched = points("a", "b")
    watched[0]["frozen_after_s"] = 60
    polls = Polls(regmap(watched))
    assert polls.at(1000, 20, 5)["a"] == (20.0, "none")
    assert polls.at(1060, 20, 5)["a"] == (20.0, "none")
    assert polls.at(1060.1, 20, 5) == {"a": (None, "stale"), "b": (5.0, "none")}
    assert polls.at(1061, 21, 5)["a"] == (21.0, "none")


def test_without_a_heartbeat_everything_is_stale() -> None:
    derived = [{"key": "d", "name": "D", "expression": "a + 1"}]
    beat = {"point": "beat", "within_s": 10}
    polls = Polls(regmap(points("a", "beat"), heartbeat=beat, derived=derived))
    assert polls.at(0, 20, 1)["d"] == (21.0, "none")
    assert polls.at(10, 20, 1)["d"] == (21.0, "none")
    stale = polls.at(10.1, 20, 1)
    assert stale == {"a": (None, "stale"), "beat": (None, "stale"), "d": (None, "stale")}
    assert polls.at(11, BAD, 1)["a"] == (None, "sensor_fault")
    assert polls.at(12, 20, 2)["a"] == (20.0, "none")


def test_an_unchanged_value_alone_is_not_stale() -> None:
    slow = points("a", expected_refresh_s=30)
    polls = Polls(regmap(slow))
    assert [polls.at(t, 20)["a"] for t in (0, 1000, 100_000)] == [(20.0, "none")] * 3
    assert regmap(slow).schema_of_points["a"].refresh_s == 30


def test_memories_of_two_controllers_are_their_own() -> None:
    found = regmap(points(*SENSORS), voted=[VOTED])
    decoder = Decoder(found, plan(found))
    words = np.array([20, 21, 40], np.uint16)
    one, other = decoder.memory(), decoder.memory()
    for time_s in range(20):
        decoder.decode(words, one, float(time_s))
    assert decoder.decode(words, one, 20.0)[1][3] == Reason.NONE
    assert decoder.decode(words, other, 20.0)[1][3] == Reason.DISAGREE
    assert decoder.decode(words)[1][3] == Reason.DISAGREE


@pytest.mark.parametrize(
    ("before", "after", "grown"),
    [(10.0, 25.0, 15.0), (6550.0, 3.0, 6.6), (100.0, 3.0, None), (5.0, 5.0, 0.0)],
)
def test_a_counter_grows_across_its_rollover(
    before: float, after: float, grown: float | None
) -> None:
    point = {"key": "c", "address": 0, "divisor": 10, "counter": {}}
    counter = regmap([point]).schema_of_points["c"]
    assert counter.rollover == pytest.approx(6553.6)
    found = counter.increase(before, after)
    assert found == (None if grown is None else pytest.approx(grown))


def test_severities_of_states_become_limits_where_a_number_can_express_them() -> None:
    def limits(states: dict[str, str], severity: dict[str, str]) -> list[tuple[str, float]]:
        point = {"key": "p", "address": 0, "states": states, "severity": severity}
        schema = regmap([point]).schema_of_points
        assert schema["p"].severities
        return [(limit.level.word, limit.reading) for limit in schema["p"].limits]

    assert limits({"0": "dry", "1": "leak"}, {"1": "fatal"}) == [("upper_fatal", 1)]
    assert limits({"0": "leak", "1": "dry"}, {"0": "fatal"}) == [("lower_fatal", 0)]
    graded = {"1": "caution", "2": "critical"}
    assert limits({"0": "a", "1": "b", "2": "c"}, graded) == [
        ("upper_caution", 1),
        ("upper_critical", 2),
    ]
    assert limits({"0": "a", "1": "b", "2": "c"}, {"1": "critical"}) == []
