"""Pumps against the system: affinity, parallel pumps, viscosity, what remains without pumps."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.simulator.hydraulics import (
    DROP_KPA,
    PIPE_TURBULENT_KPA,
    Hydraulics,
    Pump,
    forced_flow,
)
from tests.unit.simulator.made import FLUID

heads = st.floats(1.0, 240.0)


def loop(*speeds: float, scale: float = 1.0) -> Hydraulics:
    return Hydraulics(FLUID, [Pump(speed, speed) for speed in speeds], scale)


def flow_of(made: Hydraulics, *, hot_c: float = 46.0, level_mm: float = 820.0) -> float:
    made.solve(hot_c, lift_k=15.0, level_mm=level_mm)
    return made.flow_l_min


@given(st.lists(heads, min_size=1, max_size=3), st.floats(0.01, 0.5))
def test_the_pumps_head_meets_the_systems_resistance(shut_off: list[float], laminar: float) -> None:
    flow = forced_flow(shut_off, laminar)
    resistance = PIPE_TURBULENT_KPA * flow**2 + laminar * flow
    delivered = sum(math.sqrt(max(head - resistance, 0) / DROP_KPA) for head in shut_off)
    assert delivered == pytest.approx(flow, rel=1e-3, abs=0.01)


@given(heads, st.floats(0.01, 0.5))
def test_two_equal_pumps_agree_with_two_nearly_equal_ones(head: float, laminar: float) -> None:
    nearly = forced_flow([head, head * (1 + 1e-8) + 1e-8], laminar)
    assert forced_flow([head, head], laminar) == pytest.approx(nearly, rel=1e-3)


def test_affinity_head_goes_with_the_square_of_speed() -> None:
    full, half = (forced_flow([240 * n**2] * 2, 1e-12) for n in (1.0, 0.5))
    assert full / half == pytest.approx(2.0)


def test_one_of_two_pumps_gives_more_than_half() -> None:
    both, one = flow_of(loop(0.76, 0.76)), flow_of(loop(0.76, 0.0))
    assert 260 < both < 300
    assert 0.55 < one / both < 0.75


def test_a_larger_tank_has_the_same_pressure_at_more_flow() -> None:
    small, large = loop(0.76, 0.76), loop(0.76, 0.76, scale=2.0)
    assert flow_of(large) == pytest.approx(2 * flow_of(small))
    assert large.filter_kpa == pytest.approx(small.filter_kpa)


def test_cold_fluid_flows_less_and_drops_more_pressure() -> None:
    cold, warm = loop(0.76, 0.76), loop(0.76, 0.76)
    assert flow_of(cold, hot_c=15) < flow_of(warm, hot_c=50)
    assert cold.filter_kpa > warm.filter_kpa


def test_without_pumps_a_little_circulates_and_more_when_hotter() -> None:
    stopped = loop(0.0, 0.0)
    assert 2 < flow_of(stopped) < 20
    stopped.solve(46.0, lift_k=0.0, level_mm=820)
    assert stopped.flow_l_min == 0


def test_a_tank_that_runs_dry_loses_suction() -> None:
    assert flow_of(loop(0.76, 0.76), level_mm=700) > 250
    assert 0 < flow_of(loop(0.76, 0.76), level_mm=675) < 250
    assert flow_of(loop(0.76, 0.76), level_mm=640) == 0


def test_a_pump_coasts_down_and_ramps_up() -> None:
    pump = Pump(0.8, 0.8, tripped=True)
    pump.step(1.0)
    assert 0.2 < pump.speed < 0.5
    for _ in range(10):
        pump.step(1.0)
    assert pump.speed == 0
    pump.tripped = False
    pump.step(1.0)
    assert 0 < pump.speed < 0.8
    for _ in range(10):
        pump.step(1.0)
    assert pump.speed == 0.8
