"""All limits of a sample at once give what each limit by itself gives."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from console.alarms.compiling import compile_plan
from console.alarms.severity import Severity
from console.alarms.watching import PartWatch
from drivers.points import Level, Limit, Point, Reason, Schema

from .bench import FOUR, definitions

ALL = f"""
[[alarm]]
id = "any"
name = "Any"
points = ["*"]
limits = "both"
priority = 3
{FOUR}
"""
SCHEMA = Schema(
    (
        Point(
            "a",
            "A",
            limits=(
                Limit(Level.LOWER_CAUTION, 20, 3, 2),
                Limit(Level.UPPER_CAUTION, 50, 0, 0),
                Limit(Level.UPPER_FATAL, 60, 2, 5),
            ),
        ),
        Point("b", "B"),
        Point("c", "C", limits=(Limit(Level.UPPER_CRITICAL, 1, 0, 0),)),
    )
)
READING = st.one_of(st.none(), st.sampled_from([10, 19, 20, 21, 22, 40, 49.9, 50, 54, 55, 60, 70]))
SAMPLES = st.lists(
    st.tuples(READING, st.sampled_from([0, 1, None]), st.sampled_from([0.5, 1, 2, 3])), max_size=40
)


class OneLimit:
    """One limit by itself, as the definition of dwell and hysteresis says."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.crossed = False
        self._since_s: float | None = None

    def feed(self, value: float | None, now_s: float) -> None:
        if value is None:
            return
        sign = 1 if self.limit.level.is_upper else -1
        excess = (value - self.limit.reading) * sign
        if self.crossed:
            self.crossed = excess >= 0 or -excess < self.limit.hysteresis
        elif excess < 0:
            self._since_s = None
        else:
            self._since_s = now_s if self._since_s is None else self._since_s
            self.crossed = now_s - self._since_s >= self.limit.dwell_s
            self._since_s = None if self.crossed else self._since_s


@given(SAMPLES)
def test_the_same_limits_are_crossed_as_one_by_one(
    samples: list[tuple[float | None, float | None, float]],
) -> None:
    watch = PartWatch(compile_plan("t", SCHEMA, definitions(ALL).of("t", "tank")))
    alone = {point.key: [OneLimit(limit) for limit in point.limits] for point in SCHEMA}
    active = {planned.key.item: Severity.OK for planned in watch.plan.alarms}
    now_s = 0.0
    for a, c, after_s in samples:
        now_s += after_s
        found = [a, 5.0, c]
        values = np.array([np.nan if v is None else v for v in found], float)
        reasons = np.array([Reason.STALE if v is None else 0 for v in found], np.uint8)
        for key, value in zip("abc", found, strict=True):
            for limit in alone[key]:
                limit.feed(value, now_s)
        for change in watch.feed(values, reasons, now_s):
            active[watch.plan.alarms[change.alarm].key.item] = change.active
            known = not reasons[SCHEMA.index[watch.plan.alarms[change.alarm].key.item]]
            assert (change.current is not Severity.UNKNOWN) == known
        for item, severity in active.items():
            levels = [one.limit.level for one in alone[item] if one.crossed]
            worst = [Severity.of_limit(level.severity) for level in levels]
            assert severity == max(worst, default=Severity.OK)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=3, max_size=3))
def test_no_number_breaks_it(values: list[float]) -> None:
    watch = PartWatch(compile_plan("t", SCHEMA, definitions(ALL).of("t", "tank")))
    for change in watch.feed(np.array(values), np.zeros(3, np.uint8), 1.0):
        number = values[SCHEMA.index[watch.plan.alarms[change.alarm].key.item]]
        assert np.isfinite(number) or not change.active


def test_a_part_without_alarms_has_nothing_to_say() -> None:
    schema = Schema((Point("x", "X"),))
    watch = PartWatch(compile_plan("t", schema, definitions(ALL).of("t", "tank")))
    assert watch.feed(np.array([1e9]), np.zeros(1, np.uint8), 1.0) == []
