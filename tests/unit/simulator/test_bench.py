"""Values for any map: repeatable, slow, well inside what the map calls normal."""

from __future__ import annotations

import pytest

from drivers.modbus.regmap import load_map, shipped_maps
from drivers.simulator.bench import Bench
from drivers.simulator.effects import TANK_EFFECTS
from drivers.simulator.faults import FAULTS
from drivers.simulator.host_effects import HOST_EFFECTS
from tests.unit.simulator.made import make_plant
from tests.unit.simulator.test_registers import make_map


@pytest.mark.parametrize("name", shipped_maps())
def test_the_same_seed_gives_the_same_values_and_another_seed_others(name: str) -> None:
    regmap = load_map(name)
    first, again, other = Bench(regmap, 1), Bench(regmap, 1), Bench(regmap, 2)
    assert first.values(33.5) == again.values(33.5)
    if any(not (s.states or s.flags) for s in regmap.points):
        assert first.values(33.5) != other.values(33.5)


@pytest.mark.parametrize("name", shipped_maps())
def test_values_stay_inside_and_move_slowly(name: str) -> None:
    regmap = load_map(name)
    bench = Bench(regmap, 5)
    before = bench.values(0.0)
    for at_s in range(1, 600, 7):
        now = bench.values(float(at_s))
        for spec in regmap.points:
            value, last = now[spec.key], before[spec.key]
            assert isinstance(value, float)
            assert isinstance(last, float)
            low, high = spec.valid or spec.display
            measured = spec.unit not in {"", "1"} and not spec.counter and spec.type != "unixtime"
            if measured:
                assert low <= value <= high, spec.key
                assert not any(limit.violated_by(value) for limit in spec.limits.limits())
            if measured and spec.type != "hhmm":
                assert abs(value - last) <= 0.01 * (high - low), spec.key
        before = now


def test_a_counter_grows_and_rolls_over_and_a_heartbeat_beats_every_second() -> None:
    regmap = make_map(
        {"key": "energy", "address": 0, "unit": "kW.h", "counter": {"rollover_raw": 10}},
        {"key": "beat", "address": 1, "unit": "1", "counter": {}},
        heartbeat={"point": "beat", "within_s": 5},
    )
    bench = Bench(regmap)
    beats = [bench.values(float(s))["beat"] for s in range(5)]
    assert len(set(beats)) == 5
    energies = {bench.values(float(s))["energy"] for s in range(0, 2000, 100)}
    assert energies == {float(n) for n in range(10)}


def test_the_registers_that_bits_share_say_the_same_as_the_bits() -> None:
    regmap = load_map("grundfos-cim500")
    values = Bench(regmap).values(0.0)
    assert values["pump[1].state"] == 1.0
    assert values["status"] == float(1 << 9)


@pytest.mark.parametrize("name", shipped_maps())
def test_a_plant_can_be_built_of_every_map(name: str) -> None:
    plant = make_plant(map=name, tanks=2)
    plant.advance(5)
    unit = plant.tanks["tank-1"]
    assert unit.encoder.unknown == ()
    assert unit.is_tank is (load_map(name).device_class == "immersion_tank")
    if name != "level-float-switch":  # which has nothing but states
        assert plant.registers("tank-1") != plant.registers("tank-2")
    assert plant.site({"tank-1": 1, "tank-2": 2}, dict.fromkeys(plant.hosts, 3))["tank"]


def test_physics_cannot_go_wrong_where_there_is_none() -> None:
    plant = make_plant(map="rack-pdu")
    for name in ("pump_trip", "slow_leak", "filter_clogging", "exchanger_fouling"):
        with pytest.raises(ValueError, match="no tank whose physics is simulated"):
            plant.inject(name)
    with pytest.raises(ValueError, match="has no point 'level'; allowed are phase"):
        plant.inject("sensor_drift", parameters={"point": "level"})
    with pytest.raises(ValueError, match="has no such register"):
        plant.inject("order_changed")
    with pytest.raises(ValueError, match="has no clock"):
        make_plant().inject("clock_wrong")
    with pytest.raises(ValueError, match="no bit that calls level stale"):
        make_plant().inject("quality_told", parameters={"meaning": "stale"})


def test_every_fault_has_an_effect_and_every_effect_a_fault() -> None:
    kinds = {name: kind.applies_to for name, kind in FAULTS.items()}
    assert kinds == {**dict.fromkeys(TANK_EFFECTS, "tank"), **dict.fromkeys(HOST_EFFECTS, "host")}


NOT_IN_THE_GENERIC_MAP = {"order_changed", "units_changed", "quality_told", "clock_wrong"}


@pytest.mark.parametrize("name", sorted(set(TANK_EFFECTS) - NOT_IN_THE_GENERIC_MAP))
def test_every_fault_of_a_tank_ends_as_if_it_had_never_been(name: str) -> None:
    """Physics takes its time and is looked at elsewhere; a leak's end tops the tank up."""
    plant = make_plant(tanks=1, hosts=0)
    unit = plant.tanks["tank-1"]
    before, quirks = unit.image(), repr(unit.wire.quirks)
    plant.inject(name)
    unit.image()
    (ended,) = plant.clear(name)
    assert ended.active is False
    assert repr(unit.wire.quirks) == quirks
    if name != "slow_leak":
        assert unit.image() == before
