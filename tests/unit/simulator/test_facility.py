"""The heat exchanger and the valve."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.simulator.facility import VALVE_LEAST, WATER_J_LK, Facility, effectiveness

rates = st.floats(1.0, 1e5)


@given(st.floats(0, 1e5), rates, rates)
def test_effectiveness_never_beats_the_second_law(ua: float, hot: float, cold: float) -> None:
    value = effectiveness(ua, hot, cold)
    assert 0 <= value <= 1
    assert value == pytest.approx(effectiveness(ua, cold, hot))


def test_effectiveness_against_the_textbook() -> None:
    assert effectiveness(2000, 1000, 1000) == pytest.approx(2 / 3)
    assert effectiveness(2000, 1000, 1e12) == pytest.approx(1 - math.exp(-2), rel=1e-6)
    ratio, ntu = 0.5, 2.0
    decay = math.exp(-ntu * (1 - ratio))
    assert effectiveness(ntu * 1000, 1000, 2000) == pytest.approx((1 - decay) / (1 - ratio * decay))


def test_the_water_takes_up_exactly_the_heat() -> None:
    side = Facility(supply_c=29.0, setpoint_c=40.0)
    side.hold(0.4)
    heat_w = side.heat_w(46.0, 280.0, 7800.0)
    side.take(0.5, heat_w, 46.0)
    carried_w = side.flow_l_min / 60 * WATER_J_LK * (side.return_c - 29.0)
    assert 30e3 < heat_w < 70e3
    assert carried_w == pytest.approx(heat_w)
    assert side.return_c < 46.0


def test_too_warm_opens_and_too_cold_closes_the_valve() -> None:
    warm, cold = (Facility(supply_c=29.0, setpoint_c=40.0) for _ in range(2))
    for side, measured_c in ((warm, 44.0), (cold, 36.0)):
        side.hold(0.5)
        for _ in range(200):
            side.step(0.5, measured_c)
    assert warm.valve == 1.0
    assert cold.valve == VALVE_LEAST
    assert warm.flow_l_min > cold.flow_l_min > 20


def test_a_saturated_controller_does_not_wind_up() -> None:
    side = Facility(supply_c=29.0, setpoint_c=40.0)
    side.hold(0.5)
    for _ in range(7200):
        side.step(0.5, 60.0)
    for _ in range(60):
        side.step(0.5, 38.0)
    assert side.valve < 1.0


def test_without_water_nothing_is_taken_and_what_stands_warms_up() -> None:
    side = Facility(supply_c=29.0, setpoint_c=40.0)
    side.hold(0.5)
    side.return_c, side.lost = 38.0, True
    for _ in range(60):
        side.step(0.5, 41.0)
    assert side.flow_l_min < 0.1
    assert side.heat_w(50.0, 280.0, 7800.0) == 0
    side.take(60.0, 0.0, 50.0)
    assert 38.0 < side.return_c < 50.0
    assert side.heat_w(50.0, 0.0, 0.0) == 0
