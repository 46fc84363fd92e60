"""Derived values and the outlook, against the documented equations and figures."""

from __future__ import annotations

import numpy as np
import pytest

from console.health.derived import HEAT, LEVEL_EXPECTED, Deriver, TankFacts
from console.health.outlook import outlook
from drivers.points import Level, Limit, Point, Reason, Schema, Snapshot, Stamp

FACTS = TankFacts(800, 2150, 7e-4, 576, 0.6, 820.0, 40.0)
SCHEMA = Schema(
    (
        Point("coolant_supply_temperature", "Supply", "Cel"),
        Point("coolant_return_temperature", "Return", "Cel"),
        Point("coolant_flow", "Flow", "L/min", high=400),
        Point("level", "Level", "mm", limits=(Limit(Level.LOWER_CAUTION, 790),)),
        Point("it_power", "IT power", "kW", high=120),
    )
)


def snapshot(values: list[float], reasons: list[int] | None = None) -> Snapshot:
    return Snapshot(
        "tank-1", SCHEMA, np.array(values), np.array(reasons or [0] * 5, np.uint8), Stamp(1, 1.0)
    )


def derived(values: list[float], reasons: list[int] | None = None) -> Snapshot:
    return Deriver(SCHEMA, FACTS).extend(snapshot(values, reasons))


def test_heat_is_flow_times_heat_capacity_times_rise() -> None:
    found = derived([40, 50, 180, 820, 50])
    # 800 kg/m3 * 2150 J/kgK * 180 L/min * 10 K = 51.6 kW
    assert found.good(HEAT) == pytest.approx(51.6)
    assert found.schema[HEAT].high == 120


def test_heat_needs_flow() -> None:
    reading = derived([40, 60, 10, 820, 50])[HEAT]
    assert reading.value is None
    assert reading.reason is Reason.NO_FLOW


def test_a_derived_value_is_as_bad_as_its_worst_input() -> None:
    found = derived([40, np.nan, 180, 820, 50], [0, Reason.SENSOR_FAULT, 0, 0, 0])
    assert found[HEAT].reason is Reason.SENSOR_FAULT
    assert found[LEVEL_EXPECTED].reason is Reason.SENSOR_FAULT
    assert found[HEAT].value is None
    mixed = [Reason.OUT_OF_RANGE, Reason.STALE, 0, 0, 0]
    assert derived([40, np.nan, 180, 820, 50], mixed)[HEAT].reason is Reason.STALE


def test_thirty_kelvin_lift_the_level_by_twenty_millimetres() -> None:
    # The reference's figure: 576 L warmed by 30 K on 0.6 m2 rise by about 20 mm.
    found = derived([60, 70, 180, 840, 50])
    assert found.good(LEVEL_EXPECTED) == pytest.approx(820 + 20.2, abs=0.1)
    assert found.schema[LEVEL_EXPECTED].limits == ()


def test_a_tank_without_flow_or_reference_has_no_derived_points() -> None:
    pumpless = Schema((SCHEMA["coolant_return_temperature"], SCHEMA["level"]))
    unknown = TankFacts(800, 2150, 7e-4, 576, 0.6, None, 40.0)
    assert Deriver(pumpless, unknown).schema.points == pumpless.points


def ramp(
    slope_k_min: float, seconds: int = 60, end_c: float = 48.0
) -> tuple[np.ndarray, np.ndarray]:
    ages = np.arange(-seconds, 1.0)
    return ages, (end_c + ages * slope_k_min / 60).astype(np.float32)


def test_minutes_to_the_next_limit() -> None:
    found = outlook(48.0, [50.0, 55.0, 60.0], *ramp(2.4))
    assert found is not None
    assert found.slope_k_min == pytest.approx(2.4, rel=1e-3)
    assert found.limit_c == 50.0
    assert found.minutes == pytest.approx(2 / 2.4, rel=1e-3)


def test_beyond_one_limit_the_next_one_counts() -> None:
    found = outlook(56.0, [50.0, 55.0, 60.0], *ramp(2.0, end_c=56.0))
    assert found is not None
    assert found.limit_c == 60.0
    assert found.minutes == pytest.approx(2.0, rel=1e-3)


@pytest.mark.parametrize("slope", [0.25, 0.0, -3.0])
def test_what_does_not_heat_has_no_minutes(slope: float) -> None:
    found = outlook(48.0, [50.0], *ramp(slope))
    assert found is not None
    assert found.minutes is None


def test_too_little_is_not_an_answer() -> None:
    assert outlook(48.0, [50.0], *ramp(2.4, seconds=5)) is None
    ages, values = ramp(2.4)
    values[:-3] = np.nan
    assert outlook(48.0, [50.0], ages, values) is None
