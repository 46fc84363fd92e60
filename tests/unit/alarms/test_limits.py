"""Limits: dwell before crossing, hysteresis before clearing, no opinion about the unknown."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from console.alarms.limits import LimitMonitor
from drivers.points import Level, Limit, Point, Reason, Schema, Snapshot, Stamp


def monitor(*limits: Limit) -> tuple[LimitMonitor, Schema]:
    schema = Schema((Point("t", "T", "Cel", limits=limits),))
    return LimitMonitor(schema), schema


def run(
    limits: tuple[Limit, ...], samples: Sequence[tuple[float, float]], reason: Reason = Reason.NONE
) -> list[tuple[float, str, bool]]:
    found, schema = monitor(*limits)
    changes = []
    for time_s, value in samples:
        bad = Reason.STALE if math.isnan(value) else reason
        snapshot = Snapshot(
            "tank-1",
            schema,
            np.array([value]),
            np.array([bad], np.uint8),
            Stamp(int(time_s * 1e6), time_s),
        )
        changes += [(time_s, c.limit.level.word, c.crossed) for c in found.feed(snapshot)]
    return changes


HIGH = Limit(Level.UPPER_CRITICAL, 55, dwell_s=5, hysteresis=1)
LOW = Limit(Level.LOWER_CAUTION, 200, dwell_s=0, hysteresis=10)


def test_dwell_then_crossed_then_hysteresis_then_cleared() -> None:
    samples = [(0, 54.9), (1, 55.0), (5, 56.0), (6, 56.0), (7, 54.5), (8, 54.0), (9, 53.0)]
    assert run((HIGH,), samples) == [(6, "upper_critical", True), (8, "upper_critical", False)]


def test_a_dip_starts_the_dwell_again() -> None:
    samples = [(0, 56.0), (4, 56.0), (4.5, 54.9), (5, 56.0), (9, 56.0), (10, 56.0)]
    assert run((HIGH,), samples) == [(10, "upper_critical", True)]


def test_low_limits_mirror_high_ones() -> None:
    samples = [(0, 201.0), (1, 200.0), (2, 209.0), (3, 210.0)]
    assert run((LOW,), samples) == [(1, "lower_caution", True), (3, "lower_caution", False)]


def test_no_value_neither_crosses_nor_clears() -> None:
    samples = [(0, 56.0), (5, 56.0), (6, math.nan), (60, math.nan), (61, 50.0)]
    assert run((HIGH,), samples) == [(5, "upper_critical", True), (61, "upper_critical", False)]
    assert run((HIGH,), [(0, 99.0), (60, 99.0)], reason=Reason.OUT_OF_RANGE) == []


def test_several_limits_of_one_point_cross_apart() -> None:
    caution = Limit(Level.UPPER_CAUTION, 50, 0, 1)
    samples = [(0, 52.0), (1, 56.0), (6, 56.0), (7, 40.0)]
    assert run((caution, HIGH), samples) == [
        (0, "upper_caution", True),
        (6, "upper_critical", True),
        (7, "upper_caution", False),
        (7, "upper_critical", False),
    ]


@given(st.lists(st.floats(0, 100) | st.just(math.nan), max_size=60), st.sampled_from([HIGH, LOW]))
def test_crossings_alternate_and_are_justified(values: list[float], limit: Limit) -> None:
    changes = run((limit,), [(float(i), v) for i, v in enumerate(values)])
    assert [crossed for _, _, crossed in changes] == [i % 2 == 0 for i in range(len(changes))]
    for time_s, _, crossed in changes:
        assert limit.violated_by(values[int(time_s)]) is crossed
