"""The recent past in memory: nothing invented, nothing lost within the span, gaps stay gaps."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from console.acquisition.trends import TrendStore
from drivers.points import Point, Reason, Schema, Snapshot, Stamp

SCHEMA = Schema((Point("a", "A"), Point("b", "B")))


def sample(time_s: float, a: float, b: float = 0.0, reason: Reason = Reason.NONE) -> Snapshot:
    reasons = np.array([reason, Reason.NONE], np.uint8)
    return Snapshot("tank-1", SCHEMA, np.array([a, b]), reasons, Stamp(0, time_s))


@given(st.integers(1, 2000), st.integers(20, 700))
def test_the_ring_holds_exactly_the_last_samples(count: int, span_s: int) -> None:
    store = TrendStore(span_s)
    for i in range(count):
        store.append(sample(float(i), float(i)), 1.0)
    ages, values = store.window("tank-1", "a", span_s, float(count - 1))
    expected = np.arange(max(0, count - 1 - span_s), count)
    assert values.tolist() == expected.tolist()
    assert ages.tolist() == (expected - (count - 1)).tolist()


def test_a_value_that_is_not_good_is_a_gap() -> None:
    store = TrendStore(60)
    store.append(sample(0, 1), 1.0)
    store.append(sample(1, 2, reason=Reason.OUT_OF_RANGE), 1.0)
    store.append(sample(2, 3), 1.0)
    _, values = store.window("tank-1", "a", 60, 2)
    assert values[0] == 1
    assert math.isnan(values[1])
    assert values[2] == 3


def test_an_outage_is_a_gap() -> None:
    store = TrendStore(600)
    store.append(sample(0, 1), 1.0)
    store.append(sample(100, 2), 1.0)
    ages, values = store.window("tank-1", "a", 600, 100)
    assert ages.tolist() == [-100, -50, 0]
    assert np.isnan(values[1])


def test_another_gpu_in_the_place_of_one_has_a_past_of_its_own() -> None:
    """Its counters are not those of the one before: a rate over both would be a false alarm."""
    store = TrendStore(600)
    for time_s, uuid in enumerate(("", "GPU-a", "GPU-a", "", "GPU-b", "GPU-b")):
        identity = {"uuid": uuid} if uuid else {}
        store.append(replace(sample(float(time_s), time_s), identity=identity), 1.0)
    assert store.window("tank-1", "a", 600, 5)[1].tolist() == [4, 5]


def test_nothing_known_is_empty() -> None:
    store = TrendStore(60)
    assert [len(part) for part in store.window("tank-9", "a", 60, 0)] == [0, 0]
    store.append(sample(0, 1), 1.0)
    assert [len(part) for part in store.window("tank-1", "zz", 60, 0)] == [0, 0]
    assert np.isnan(store.spark("tank-9", "a", 60, 0, 10)).all()


@given(st.lists(st.floats(-100, 100, width=32) | st.just(math.nan), min_size=1, max_size=300))
def test_a_spark_keeps_the_extremes(values: list[float]) -> None:
    store = TrendStore(400)
    for i, value in enumerate(values):
        store.append(sample(float(i), value), 1.0)
    spark = store.spark("tank-1", "a", 400, float(len(values) - 1), 30)
    good = [v for v in values if not math.isnan(v)]
    if not good:
        assert np.isnan(spark).all()
        return
    assert np.nanmin(spark[0]) == min(good)
    assert np.nanmax(spark[1]) == max(good)
    assert (np.isnan(spark[0]) == np.isnan(spark[1])).all()
