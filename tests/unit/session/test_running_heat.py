"""Thermal resistance is told only where it means something, and then it is right."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from console.session.running.heat import WINDOW_S, Course, latest, resistance

EVERY_S = 2.0


def course(values: np.ndarray | float, span_s: float = WINDOW_S) -> Course:
    at_s = np.arange(0.0, span_s, EVERY_S)
    return Course(at_s, np.broadcast_to(values, at_s.shape).astype(float))


def test_it_is_the_rise_over_the_power() -> None:
    found = resistance(course(75.0), course(650.0), course(42.5), 350.0)
    assert found
    assert math.isclose(found.k_w, 32.5 / 650)
    assert (found.watts, found.core_c, found.fluid_c) == (650.0, 75.0, 42.5)


def test_too_little_power_swings_and_drift_tell_nothing() -> None:
    times = np.arange(0.0, WINDOW_S, EVERY_S)
    steady, fluid, power = course(75.0), course(42.0), course(650.0)
    assert resistance(steady, course(300.0), fluid, 350.0) is None
    assert resistance(steady, course(650 + 60 * np.sin(times)), fluid, 350.0) is None
    assert resistance(course(75 + times * 0.25 / 60), power, fluid, 350.0) is None
    assert resistance(course(75 + times * 0.15 / 60), power, fluid, 350.0) is not None
    assert resistance(course(41.0), power, fluid, 350.0) is None


def test_what_is_missing_is_not_guessed() -> None:
    nothing = Course(np.empty(0), np.empty(0))
    steady, fluid, power = course(75.0), course(42.0), course(650.0)
    assert resistance(nothing, power, fluid, 350.0) is None
    assert resistance(steady, power, nothing, 350.0) is None
    assert resistance(course(math.nan), power, fluid, 350.0) is None
    gap = np.where(np.abs(steady.at_s - 300) < 40, math.nan, 75.0)
    assert resistance(course(gap), power, fluid, 350.0) is None
    assert latest(nothing, nothing, nothing, 350.0) is None


def test_the_last_steady_window_counts() -> None:
    span_s = 3 * WINDOW_S
    at_s = np.arange(0.0, span_s, EVERY_S)
    power = np.where(at_s < 2 * WINDOW_S, 650.0, 70.0)  # idle at the end
    core = np.where(at_s < WINDOW_S, 70.0, 75.0)
    found = latest(course(core, span_s), course(power, span_s), course(42.5, span_s), 350.0)
    assert found
    assert math.isclose(found.k_w, 32.5 / 650, rel_tol=2e-3)
    assert found.until_s < 2 * WINDOW_S


@given(
    k_w=st.floats(0.03, 0.09),
    watts=st.floats(400, 700),
    fluid_c=st.floats(20, 60),
    noise=st.integers(0, 2**32 - 1),
)
def test_noise_of_a_degree_changes_it_by_little(
    k_w: float, watts: float, fluid_c: float, noise: int
) -> None:
    rng = np.random.default_rng(noise)
    times = np.arange(0.0, WINDOW_S, EVERY_S)
    power = watts * (1 + 0.01 * rng.standard_normal(times.size))
    core = np.round(fluid_c + k_w * power)  # whole degrees, as drivers tell them
    found = resistance(course(core), course(power), course(fluid_c), 350.0)
    if found:
        assert abs(found.k_w / k_w - 1) < 0.06
