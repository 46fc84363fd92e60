"""The maps that are shipped: sound, honest about where they are from, and as published."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import resources
from drivers.modbus.decoder import Decoder
from drivers.modbus.identity import mismatch, text_of
from drivers.modbus.lint import lint_file
from drivers.modbus.planner import plan
from drivers.modbus.regmap import load_map, map_path, shipped_maps
from drivers.modbus.schema import regmap_schema
from drivers.points import Reason
from tests.unit.drivers.regmaps import words_of

EXPECTED = {
    "dry-cooler": "dry_cooler",
    "generic-single-phase": "immersion_tank",
    "generic-two-phase": "immersion_tank",
    "grundfos-cim500": "pump_vfd",
    "level-float-switch": "level_sensor",
    "ocp-orv3-rpu": "rpu",
    "ocp-orv3-rpu2": "rpu",
    "pumpless-tank": "immersion_tank",
    "rack-pdu": "pdu",
    "vertiv-xdu1350b": "cdu",
}


def test_all_promised_maps_are_here() -> None:
    assert {name: load_map(name).device_class for name in shipped_maps()} == EXPECTED


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_shipped_map_has_nothing_wrong_and_says_where_it_is_from(name: str) -> None:
    assert lint_file(map_path(name)) == []
    found = load_map(name)
    assert found.verified is None
    assert not found.verified_on_hardware
    assert found.status == "draft"
    assert found.notes
    if found.provenance == "example":
        assert found.vendor == "Tankside"
        assert "example" in found.model
    else:
        assert any(source.url.startswith("https://") for source in found.source)


def read(name: str, memory: dict[tuple[str, int], int]) -> dict[str, Any]:
    found = load_map(name)
    blocks = plan(found)
    values, reasons = Decoder(found, blocks).decode(words_of(blocks, memory))
    keys = found.schema_of_points.index
    return {
        key: (round(float(values[i]), 6), Reason(int(reasons[i])).word) for key, i in keys.items()
    }


def test_vertiv_registers_mean_what_the_points_list_says() -> None:
    memory = {
        ("input", 0): 5,
        ("input", 10): 182,
        ("input", 14): 0xFFF6,
        ("input", 18): 701,
        ("input", 26): 0xFF9C,
        ("input", 31): 1200,
        ("discrete", 20): 1,
        ("discrete", 38): 1,
        ("holding", 0): 300,
    }
    found = read("vertiv-xdu1350b", memory)
    assert found["mode"] == (5, "none")
    assert found["facility_supply_temperature"] == (18.2, "none")
    assert found["coolant_supply_temperature"] == (-1.0, "none")
    assert found["coolant_return_temperature"] == (70.1, "out_of_range")
    assert found["coolant_delta_pressure"] == (-1.0, "none")
    assert found["coolant_flow"] == (1200, "none")
    assert found["facility_flow"][1] == "sensor_fault"
    assert found["leak[1].state"] == (1, "none")
    assert found["coolant_setpoint_temperature"] == (30, "none")
    assert found["coolant_supply_deviation"] == (-31, "none")
    write = next(p for p in load_map("vertiv-xdu1350b").points if p.write).write
    assert write is not None
    assert (write.fc, write.min, write.max) == (6, 10, 55)


def test_rpu_registers_mean_what_the_public_map_says() -> None:
    memory = {
        ("holding", 36864): 523,
        ("holding", 36865): 451,
        ("holding", 36866): 0xFFFB,
        ("holding", 36881): 61234,
        ("holding", 36912): 1,
        ("holding", 36913): 2,
        ("holding", 37376): 1 << 4 | 1 << 15,
        ("holding", 37378): 1 << 9,
    }
    found = read("ocp-orv3-rpu", memory)
    assert found["coolant_flow"][1] == "sensor_fault"
    assert found["coolant_supply_temperature"] == (45.1, "none")
    assert found["coolant_return_temperature"] == (-0.5, "none")
    assert found["cooling_power"] == (6123.4, "none")
    assert found["pump[1].run_time"] == (65538, "none")
    assert found["door.bladder_level"][1] == "sensor_fault"
    assert found["sensor_faults"] == (1 << 4 | 1 << 15, "none")
    assert [n for n in range(1, 13) if found[f"leak[{n}].state"][0]] == [10]


def test_rpu2_registers_mean_what_the_public_map_says() -> None:
    memory = {("holding", 246): 7, ("holding", 243): 1, ("holding", 37520): 0b1001}
    memory |= {("holding", 37527): 401, ("holding", 37530): 0b10}
    found = read("ocp-orv3-rpu2", memory)
    assert found["up_time"] == (2**48 + 7, "none")
    assert found["pump_rack.level_switches"] == (9, "none")
    assert found["coolant_flow"] == (40.1, "none")
    assert found["fan_rack[1].flow"][1] == "sensor_fault"
    point = load_map("ocp-orv3-rpu2").schema_of_points["pump_rack.level_switches"]
    assert point.words(9) == "high, low"


def test_grundfos_setpoints_are_shares_of_another_register() -> None:
    memory = {("input", 210): 16000, ("input", 307): 4500, ("input", 337): 65535}
    memory |= {("input", 311): 1, ("input", 312): 5, ("input", 303): 65535}
    memory |= {("input", 200): 1 << 9 | 1 << 10}
    found = read("grundfos-cim500", memory)
    assert found["setpoint_in_force"] == (7.2, "none")
    assert found["setpoint_given"][1] == "sentinel"
    assert found["pump[1].power"] == (65541, "none")
    assert found["pump[1].speed"][1] == "sentinel"
    assert (found["pump[1].state"][0], found["pump[1].alarm"][0]) == (1, 1)
    absent = read("grundfos-cim500", {**memory, ("input", 210): 65535})
    assert absent["setpoint_in_force"][1] == "not_supported"


def test_the_dry_cooler_uses_its_odd_codings() -> None:
    memory = {("holding", 5): 3455, ("holding", 7): 0x1711, ("holding", 8): 0x0012}
    memory |= {("holding", 9): 0x3456, ("holding", 284): 1650, ("holding", 259): 250}
    found = read("dry-cooler", memory)
    assert found["demand_percent"] == (45.5, "none")
    assert found["clock"] == (23 * 60 + 17, "none")
    assert found["run_time"] == (123456, "none")
    assert found["fan[1].current"] == (2.5, "none")
    assert found["fan_power"] == (0, "none")


def test_float_switches_fail_safe() -> None:
    covered = {("discrete", 0): 1, ("discrete", 1): 1, ("discrete", 4): 1}
    found = read("level-float-switch", covered)
    assert found["level_step"] == (2, "none")
    without_supply = read("level-float-switch", {})
    assert {why for key, (_, why) in without_supply.items() if key != "supply.state"} == {
        "sensor_fault"
    }
    point = load_map("level-float-switch").schema_of_points["level_low_low.state"]
    assert [(limit.level.word, limit.reading) for limit in point.limits] == [("upper_fatal", 1)]


def test_the_rack_pdu_takes_scale_and_unit_from_registers() -> None:
    memory = {("holding", 0): 2304, ("holding", 20): 0xFFFF, ("holding", 1): 152}
    memory |= {("holding", 21): 0x8000, ("holding", 30): 770, ("holding", 60): 1}
    memory |= {("holding", 50): 0b101}
    found = read("rack-pdu", memory)
    assert found["phase[1].voltage"] == (230.4, "none")
    assert found["phase[1].current"][1] == "not_supported"
    assert found["air_inlet_temperature"] == (25.0, "none")
    assert [found[f"outlet[{n}].state"][0] for n in (1, 2, 3)] == [1, 0, 1]
    model = load_map("rack-pdu").identity[0]
    text = text_of(model, np.array([0x5052, 0x5544, 0, 0, 0, 0, 0, 0], np.uint16))
    assert text == "RPDU"
    assert not mismatch(model, text)
    assert mismatch(model, "XDU")


def test_the_two_phase_tank_votes() -> None:
    def swapped(address: int, value: float) -> dict[tuple[str, int], int]:
        high, low = np.array([value], ">f4").view(">u2").tolist()
        return {("input", address): low, ("input", address + 1): high}

    memory = {**swapped(0, 49.0), **swapped(2, 50.0), **swapped(4, 90.0), **swapped(6, 51.0)}
    found = read("generic-two-phase", memory)
    assert found["bath_temperature"] == (50.0, "disagree")
    assert found["vapour_temperature"] == (51.0, "none")


def test_the_schema_for_editors_is_current() -> None:
    kept = resources.path("schemas", "regmap.schema.json").read_text(encoding="utf-8")
    assert kept == regmap_schema(), "run: tankside regmap schema -o resources/schemas/…"
