"""The tank as a whole: energy, rest, heating rate, level, and the signatures of its faults."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.simulator.tank import DRY, LEAK, TRIPPED, TankModel
from tests.unit.simulator.made import make_tank

LITRES_TO_MM = 1 / 0.6


def unexplained_j(tank: TankModel, before_j: float) -> float:
    """Heat stored beyond what went in, less what left by exchanger, walls and leak."""
    kept_j = tank.heat_in_j - tank.removed_j - tank.body.lost_to_ambient_j - tank.body.leaked_j
    return tank.stored_j - before_j - kept_j


@settings(max_examples=25)
@given(
    seed=st.integers(0, 1000),
    hosts=st.integers(0, 12),
    volume_l=st.floats(300, 2000),
    base_load_w=st.floats(1e3, 9e4),
    facility_c=st.floats(10, 38),
    fault=st.sampled_from(["none", "pumps", "water", "leak"]),
)
def test_energy_is_kept_whatever_happens(
    seed: int, hosts: int, volume_l: float, base_load_w: float, facility_c: float, fault: str
) -> None:
    tank = make_tank(
        seed,
        hosts=hosts,
        noise=True,
        volume_l=volume_l,
        base_load_w=base_load_w,
        facility_c=facility_c,
    )
    before_j = tank.stored_j
    tank.advance(30)
    for pump in tank.hydraulics.pumps:
        pump.tripped = fault == "pumps"
    tank.facility.lost = fault == "water"
    tank.leak_l_min = 3.0 if fault == "leak" else 0.0
    tank.advance(120)
    tank.repair_leak()
    tank.advance(30)
    assert unexplained_j(tank, before_j) == pytest.approx(0, abs=1e-7 * tank.stored_j)


@settings(max_examples=20)
@given(
    base_load_w=st.floats(5e3, 6e4),
    facility_c=st.floats(15, 32),
    pump_speed=st.floats(0.6, 0.9),
    scale=st.floats(1, 4),
)
def test_it_starts_at_rest(
    base_load_w: float, facility_c: float, pump_speed: float, scale: float
) -> None:
    tank = make_tank(
        base_load_w=base_load_w, facility_c=facility_c, pump_speed=pump_speed, scale=scale
    )
    start = tank.true_values()
    tank.advance(600)
    for key, value in tank.true_values().items():
        assert value == pytest.approx(start[key], rel=5e-4, abs=1e-3), key
    assert start["coolant_supply_temperature"] <= 40.001


def test_with_gpus_under_steady_load_it_starts_at_rest_too(monkeypatch: pytest.MonkeyPatch) -> None:
    tank = make_tank(hosts=8, base_load_w=8_000.0)
    monkeypatch.setattr(tank.gpus.workload, "step", lambda _dt_s: None)
    before_c, supply_c = tank.gpus.core_c.copy(), tank.body.supply_c
    tank.advance(300)
    assert tank.gpus.core_c == pytest.approx(before_c, abs=0.02)
    assert tank.body.supply_c == pytest.approx(supply_c, abs=0.02)


def test_a_load_beyond_the_exchanger_rests_above_the_setpoint() -> None:
    tank = make_tank(base_load_w=120_000.0, facility_c=32.0)
    assert tank.facility.valve == pytest.approx(1.0)
    assert tank.body.supply_c > 41


def test_cold_facility_water_and_little_load_rest_below_the_setpoint() -> None:
    tank = make_tank(base_load_w=1_000.0, facility_c=15.0)
    assert tank.body.supply_c < 39.9
    start_c = tank.body.supply_c
    tank.advance(600)
    assert tank.body.supply_c == pytest.approx(start_c, abs=0.05)


@pytest.mark.parametrize(("load_kw", "k_per_min"), [(25, 1.2), (50, 2.4), (100, 4.9)])
def test_without_facility_water_it_heats_as_documented(load_kw: float, k_per_min: float) -> None:
    tank = make_tank(base_load_w=load_kw * 1000, volume_l=576, it_mass_kg=400)
    tank.facility.lost = True
    tank.advance(90)
    first_c = tank.body.bulk_c
    tank.advance(60)
    assert tank.body.bulk_c - first_c == pytest.approx(k_per_min, rel=0.1)


def test_gpus_in_the_tank_heat_it_at_the_same_rate() -> None:
    tank = make_tank(hosts=8, base_load_w=10_000.0)
    tank.gpus.forced_busy[:] = True
    tank.facility.lost = True
    tank.advance(120)
    first_c, first_j = tank.body.bulk_c, tank.heat_in_j
    tank.advance(60)
    power_kw = (tank.heat_in_j - first_j) / 60e3
    assert power_kw > 45
    assert tank.body.bulk_c - first_c == pytest.approx(2.4 * power_kw / 50, rel=0.1)


def test_healthy_values_are_those_of_a_real_tank() -> None:
    tank = make_tank(noise=True)
    tank.advance(60)
    shown = tank.readings()
    assert shown["coolant_supply_temperature"] == pytest.approx(40, abs=0.5)
    assert shown["coolant_return_temperature"] == pytest.approx(46, abs=1)
    assert shown["coolant_flow"] == pytest.approx(285, abs=10)
    assert shown["level"] == pytest.approx(822, abs=3)
    assert shown["it_power"] == pytest.approx(50, abs=1)
    assert shown["filter[1].delta_pressure"] == pytest.approx(12, abs=2)
    assert shown["leak[1].state"] == DRY


def test_the_flow_carries_the_heat_that_the_servers_give() -> None:
    tank = make_tank()
    true = tank.true_values()
    rho, cp = 793.0, 2120.0
    spread_k = true["coolant_return_temperature"] - true["coolant_supply_temperature"]
    heat_kw = rho * cp * true["coolant_flow"] / 6e7 * spread_k
    assert heat_kw == pytest.approx(true["it_power"], rel=0.02)


def test_one_pump_tripped() -> None:
    tank = make_tank()
    before = tank.true_values()
    tank.hydraulics.pumps[0].tripped = True
    tank.advance(600)
    after = tank.true_values()
    assert after["coolant_flow"] < 200
    assert after["coolant_return_temperature"] > before["coolant_return_temperature"] + 2
    assert after["coolant_supply_temperature"] == pytest.approx(40, abs=0.5)
    assert tank.readings()["pump[1].state"] == TRIPPED
    assert tank.readings()["pump[1].speed_percent"] == 0
    assert tank.readings()["pump[2].speed_percent"] == pytest.approx(76)


def test_all_pumps_tripped_gpus_throttle_and_draw_less() -> None:
    tank = make_tank(hosts=8, base_load_w=10_000.0)
    tank.gpus.forced_busy[:] = True
    tank.advance(60)
    before_w, before_c = tank.gpus.power_total_w, float(tank.gpus.core_c.mean())
    for pump in tank.hydraulics.pumps:
        pump.tripped = True
    tank.advance(60)
    after = tank.true_values()
    assert after["coolant_flow"] < 20
    assert after["coolant_return_temperature"] - after["coolant_supply_temperature"] > 12
    assert tank.gpus.core_c.mean() > before_c + 2
    tank.advance(1200)
    assert tank.gpus.power_total_w < 0.8 * before_w
    assert 84 < tank.gpus.core_c.max() < 90


def test_it_recovers_when_the_pumps_come_back() -> None:
    tank = make_tank()
    for pump in tank.hydraulics.pumps:
        pump.tripped = True
    tank.advance(300)
    for pump in tank.hydraulics.pumps:
        pump.tripped = False
    tank.advance(1800)
    assert tank.body.supply_c == pytest.approx(40, abs=0.3)


def test_servers_protect_themselves_in_fluid_that_is_too_hot() -> None:
    tank = make_tank()
    tank.facility.lost = True
    tank.advance(3600)
    assert tank.it_power_w == 0
    assert 75 < tank.body.bulk_c < 80
    tank.facility.lost = False
    tank.advance(3600)
    assert tank.it_power_w == pytest.approx(50_000)


def test_a_leak_lowers_the_level_by_litres_over_area_and_wets_the_tray() -> None:
    tank = make_tank()
    before_mm = tank.level_mm
    tank.leak_l_min = 2.0
    tank.advance(10)
    assert tank.readings()["leak[1].state"] == DRY
    tank.advance(590)
    assert before_mm - tank.level_mm == pytest.approx(20 * LITRES_TO_MM, rel=0.02)
    assert tank.readings()["leak[1].state"] == LEAK
    tank.repair_leak()
    tank.advance(60)
    assert tank.level_mm == pytest.approx(before_mm, abs=0.5)
    assert tank.readings()["leak[1].state"] == DRY


def test_a_leak_ends_before_the_fluid_is_all_gone() -> None:
    tank = make_tank()
    tank.leak_l_min = 500.0
    tank.advance(600)
    assert tank.body.mass_kg == pytest.approx(0.1 * 576 * 0.793, rel=1e-6)
    assert tank.level_mm >= 0
    assert tank.hydraulics.flow_l_min == 0


def test_warmth_lifts_the_level_by_expansion() -> None:
    tank = make_tank()
    before_mm, before_c = tank.level_mm, tank.body.bulk_c
    tank.facility.lost = True
    tank.advance(600)
    grown_mm = 7e-4 * 576 * (tank.body.bulk_c - before_c) * LITRES_TO_MM
    assert grown_mm > 10
    assert tank.level_mm - before_mm == pytest.approx(grown_mm, rel=0.05)


def test_the_reference_level_is_that_at_the_reference_temperature() -> None:
    tank = make_tank(level_reference_mm=815.0)
    compensated_mm = tank.level_mm - 7e-4 * 576 * (tank.body.bulk_c - 40) * LITRES_TO_MM
    assert compensated_mm == pytest.approx(815.0, abs=0.2)


def test_energy_counts_kilowatt_hours() -> None:
    tank = make_tank(energy_kwh=1000.0)
    tank.advance(3600)
    assert tank.readings()["energy"] == pytest.approx(1050.0, abs=0.1)


def test_the_same_seed_gives_the_same_tank_and_another_does_not() -> None:
    first, same, other = (make_tank(seed, hosts=2, noise=True) for seed in (5, 5, 6))
    for tank in (first, same, other):
        tank.advance(120)
    assert first.readings() == same.readings()
    assert first.gpus.core_c.tolist() == same.gpus.core_c.tolist()
    assert first.readings() != other.readings()


def test_how_time_is_cut_up_makes_no_difference() -> None:
    whole, parts = make_tank(hosts=2, noise=True), make_tank(hosts=2, noise=True)
    whole.advance(30)
    for _ in range(300):
        parts.advance(0.1)
    assert whole.readings() == parts.readings()


@pytest.mark.parametrize("dt_s", [-1.0, float("nan")])
def test_time_goes_forward_only(dt_s: float) -> None:
    with pytest.raises(ValueError, match="forward"):
        make_tank().advance(dt_s)
