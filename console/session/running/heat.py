"""Thermal resistance from die to fluid, K/W, out of recorded samples; pure.

R = (T_core - T_fluid) / P. The power is the whole board's, so R is an index of one GPU to be
compared with itself, not a datasheet figure. It is told only where it means something: at half of
the power limit or more, with the power steady and the die neither warming nor cooling; what is not
steady gives no value, never a doubtful one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
WINDOW_S = 600.0
LEAST_POWER_SHARE = 0.5
USUAL_LIMIT_W = 700.0
"""Taken where a GPU does not tell its limit: the least power asked for is half of it."""
POWER_SWING = 0.05
DRIFT_K_MIN = 0.2
LEAST_SAMPLES = 30
MOST_GAP_S = 60.0


@dataclass(frozen=True, slots=True)
class Course:
    """Samples of one quantity: rising times in seconds and values, NaN where there is none."""

    at_s: Floats
    values: Floats

    def between(self, since_s: float, until_s: float) -> Course:
        """Return the samples with ``since_s <= time < until_s``."""
        low, high = np.searchsorted(self.at_s, (since_s, until_s))
        return Course(self.at_s[low:high], self.values[low:high])

    def good(self) -> Course:
        """Return the samples that have a value."""
        kept = np.isfinite(self.values)
        return Course(self.at_s[kept], self.values[kept])


@dataclass(frozen=True, slots=True)
class Heat:
    """A resistance with what it was made of, means over the window."""

    k_w: float
    watts: float
    core_c: float
    fluid_c: float
    until_s: float


def resistance(core: Course, power: Course, fluid: Course, least_w: float) -> Heat | None:
    """Return the resistance over a whole window of samples; None unless steady and loaded."""
    core, power, fluid = core.good(), power.good(), fluid.good()
    if min(len(core.at_s), len(power.at_s)) < LEAST_SAMPLES or not len(fluid.at_s):
        return None
    if max(_gap_s(core), _gap_s(power)) > MOST_GAP_S:
        return None
    watts = float(power.values.mean())
    is_steady = float(power.values.std()) <= POWER_SWING * watts
    if watts < least_w or not is_steady or abs(_drift_k_min(core)) > DRIFT_K_MIN:
        return None
    core_c, fluid_c = float(core.values.mean()), float(fluid.values.mean())
    if core_c <= fluid_c:
        return None
    return Heat((core_c - fluid_c) / watts, watts, core_c, fluid_c, float(core.at_s[-1]))


def latest(
    core: Course, power: Course, fluid: Course, least_w: float, *, window_s: float = WINDOW_S
) -> Heat | None:
    """Return the resistance of the last window that was steady and loaded; None of none."""
    if not len(power.at_s):
        return None
    first_s, end_s = float(power.at_s[0]), float(power.at_s[-1])
    while end_s - first_s >= window_s * 0.9:
        since_s = end_s - window_s
        found = resistance(
            core.between(since_s, end_s),
            power.between(since_s, end_s),
            fluid.between(since_s, end_s),
            least_w,
        )
        if found:
            return found
        end_s -= window_s / 10
    return None


def _gap_s(course: Course) -> float:
    return float(np.diff(course.at_s).max(initial=0.0))


def _drift_k_min(course: Course) -> float:
    times = course.at_s - course.at_s.mean()
    spread = float((times**2).sum())
    return 60 * float((times * (course.values - course.values.mean())).sum()) / spread
