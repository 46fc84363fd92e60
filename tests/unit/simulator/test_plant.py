"""The plant: layout, determinism, time, and what each fault looks like from outside."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from console.site import check_site
from drivers.files import FileError
from drivers.modbus.regmap import Area
from drivers.simulator.faults import FaultEvent, FaultSpec
from drivers.simulator.modbus_server import Manner
from drivers.simulator.options import PlantOptions
from drivers.simulator.plant import Plant
from drivers.simulator.site_file import hall_name, to_toml
from tests.unit.simulator.made import make_plant

SENSOR_FAULTS = 40


def word(plant: Plant, address: int, tank: str = "tank-1") -> int:
    data = plant.registers(tank).read(Area.INPUT, address, 1)
    assert data is not None
    return int.from_bytes(data, "big")


def temperature(plant: Plant, tank: str = "tank-1") -> float:
    return word(plant, 1, tank) / 10


def uuid_of(plant: Plant) -> str:
    return gpu_lines(plant, "node-2", 0)[0].split('UUID="')[1].split('"')[0]


def all_registers(plant: Plant) -> list[bytes | None]:
    return [plant.registers(tank).read(Area.INPUT, 0, 41) for tank in plant.tanks]


def gpu_lines(plant: Plant, host: str, gpu: int) -> list[str]:
    return [line for line in plant.exposition(host).splitlines() if f'gpu="{gpu}"' in line]


def metric(plant: Plant, host: str, gpu: int, field: str) -> float:
    (line,) = [line for line in gpu_lines(plant, host, gpu) if line.startswith(field + "{")]
    return float(line.split()[-1])


class TestLayout:
    def test_hosts_are_spread_over_tanks_in_turn(self) -> None:
        plant = make_plant(tanks=3, hosts=7)
        where = {host.id: (host.tank.id, host.slot) for host in plant.hosts.values()}
        assert where["node-1"] == ("tank-1", 1)
        assert where["node-3"] == ("tank-3", 1)
        assert where["node-4"] == ("tank-1", 2)
        assert where["node-7"] == ("tank-1", 3)
        assert list(where) == [f"node-{n}" for n in range(1, 8)]

    def test_the_site_file_is_one_the_console_accepts(self) -> None:
        plant = make_plant(tanks=12, hosts=30)
        tank_ports = {tank: 5000 + i for i, tank in enumerate(plant.tanks)}
        host_ports = {host: 9400 + i for i, host in enumerate(plant.hosts)}
        text = plant.site_toml(tank_ports, host_ports)
        site = check_site(tomllib.loads(text), Path("demo.toml")).site
        assert [tank.id for tank in site.tank] == list(plant.tanks)
        assert site.tank[0].hall == "Hall A"
        assert site.tank[10].hall == "Hall B"
        assert site.tank[2].name == "Tank 3"
        assert site.tank[2].url == "tcp://127.0.0.1:5002?unit=1"
        assert site.host[3].url == "http://127.0.0.1:9403/metrics"
        assert (site.host[12].tank, site.host[12].slot, site.host[12].gpus) == ("tank-1", 2, 8)
        bought = plant.hosts["node-13"].seats.bought
        assert [gpu.slot for gpu in site.host[12].gpu] == list(range(8))
        assert [(gpu.uuid, gpu.serial) for gpu in site.host[12].gpu] == [
            (who.uuid, who.serial) for who in bought
        ]
        assert {gpu.model for gpu in site.host[12].gpu} == {"NVIDIA H100 80GB HBM3"}
        true = plant.tanks["tank-5"].model.parameters
        assert site.tank[4].level_reference_mm == true.level_reference_mm
        assert site.tank[4].volume_l == true.volume_l
        assert tomllib.loads(text) == plant.site(tank_ports, host_ports)

    def test_many_hosts_in_a_tank_get_their_slots(self) -> None:
        plant = make_plant(tanks=1, hosts=40, gpus_per_host=1)
        site = plant.site({"tank-1": 1}, dict.fromkeys(plant.hosts, 1))
        assert check_site(site, Path("x.toml")).site.tank[0].slots == 40

    def test_halls_hold_ten_tanks(self) -> None:
        assert [hall_name(n) for n in (1, 10, 11, 260, 261)] == [
            "Hall A",
            "Hall A",
            "Hall B",
            "Hall Z",
            "Hall AA",
        ]

    def test_toml_escapes_what_people_write(self) -> None:
        tables = {"site": {"name": 'a "b" \\ c\nd µ', "on": True, "n": 3, "x": 0.5}}
        assert tomllib.loads(to_toml(tables)) == tables

    def test_healthy_tanks_violate_no_limit_and_no_two_are_alike(self) -> None:
        plant = make_plant(tanks=24, hosts=96)
        schema = plant.tanks["tank-1"].encoder.regmap.schema_of_points
        for _ in range(20):
            plant.advance(30)
            for tank in plant.tanks.values():
                for key, value in tank.model.readings().items():
                    if isinstance(value, float) and key in schema:
                        crossed = [x for x in schema[key].limits if x.violated_by(value)]
                        assert not crossed, (tank.id, key, value)
        flows = {round(t.model.hydraulics.flow_l_min, 2) for t in plant.tanks.values()}
        loads = [t.model.it_power_w / 1000 for t in plant.tanks.values()]
        assert len(flows) == 24
        assert 40 < min(loads) < max(loads) < 56
        assert max(loads) - min(loads) > 4

    @pytest.mark.parametrize("hosts", [6, 12])
    def test_a_fuller_tank_is_built_larger_and_stays_healthy(self, hosts: int) -> None:
        plant = make_plant(tanks=1, hosts=hosts, gpus_per_host=16)
        plant.advance(300)
        model = plant.tanks["tank-1"].model
        assert model.body.supply_c == pytest.approx(40, abs=1)
        assert model.body.return_c < 49


class TestTime:
    def test_the_same_options_give_the_same_plant(self) -> None:
        first, same, other = (make_plant(seed=s) for s in (7, 7, 8))
        for plant in (first, same, other):
            plant.advance(60)
        assert all_registers(first) == all_registers(same)
        assert first.exposition("node-2") == same.exposition("node-2")
        assert all_registers(first) != all_registers(other)
        assert uuid_of(first) == uuid_of(same) != uuid_of(other)

    def test_how_time_is_cut_up_makes_no_difference_with_faults(self) -> None:
        faults = (FaultSpec.parse("pump_trip:tank-2@7.3+5"), FaultSpec.parse("gpu_lost@3"))
        whole, parts = (make_plant(faults=faults) for _ in range(2))
        whole.advance(20)
        for _ in range(200):
            parts.advance(0.1)
        assert whole.elapsed_s == parts.elapsed_s == 20
        assert all_registers(whole) == all_registers(parts)
        assert whole.exposition("node-1") == parts.exposition("node-1")

    def test_asking_does_not_change_what_happens(self) -> None:
        asked, left_alone = make_plant(), make_plant()
        for _ in range(10):
            asked.advance(1)
            left_alone.advance(1)
            all_registers(asked)
            asked.exposition("node-1")
        assert all_registers(asked) == all_registers(left_alone)

    def test_a_fault_in_one_tank_leaves_the_future_of_others_alone(self) -> None:
        hurt, whole = make_plant(), make_plant()
        hurt.inject("pump_trip", "tank-1")
        for plant in (hurt, whole):
            plant.advance(60)
        assert all_registers(hurt)[1] == all_registers(whole)[1]

    def test_planned_faults_begin_and_end_on_time(self) -> None:
        seen: list[FaultEvent] = []
        spec = FaultSpec.parse("slow_leak:tank-2@10+5,l_per_min=9")
        plant = Plant(PlantOptions(tanks=2, hosts=0, faults=(spec,)), seen.append)
        plant.advance(9.5)
        assert seen == []
        plant.advance(1)
        assert [(e.name, e.target, e.at_s, e.active) for e in seen] == [
            ("slow_leak", "tank-2", 10.0, True)
        ]
        assert seen[0].parameters == {"l_per_min": 9.0}
        assert list(plant.active_faults) == seen
        plant.advance(5)
        assert (seen[1].at_s, seen[1].active) == (15.0, False)
        assert len(plant.active_faults) == 0

    def test_an_early_end_is_not_ended_again_in_its_successor(self) -> None:
        plant = make_plant()
        plant.inject("pump_trip", duration_s=10)
        plant.clear("pump_trip")
        plant.inject("pump_trip")
        plant.advance(30)
        assert len(plant.active_faults) == 1


class TestAim:
    def test_without_target_the_first_tank_or_host(self) -> None:
        plant = make_plant()
        assert plant.inject("pump_trip").target == "tank-1"
        assert plant.inject("gpu_lost").target == "node-1"
        assert plant.inject("paste_drift", "tank-2").target == "node-2"

    @pytest.mark.parametrize(
        ("name", "target", "parameters", "message"),
        [
            ("melt", None, {}, "unknown fault 'melt'; allowed are pump_trip"),
            ("pump_trip", "tank-9", {}, "no tank 'tank-9'; allowed are tank-1, tank-2"),
            ("pump_trip", "node-1", {}, "no tank 'node-1'"),
            ("gpu_lost", "node-9", {}, "no host 'node-9'; allowed are node-1"),
            ("gpu_lost", None, {"gpu": 8}, "node-1 has GPUs 0 to 7, found 8"),
            ("sensor_stuck", None, {"point": "depth"}, "no point 'depth'; allowed are coolant_"),
            ("sensor_sentinel", None, {"point": "pump[1].state"}, "no sentinel and no fault bit"),
            ("pump_trip", None, {"x": 1}, "no parameter 'x'"),
        ],
    )
    def test_a_wrong_aim_says_what_is_allowed(
        self, name: str, target: str | None, parameters: dict[str, Any], message: str
    ) -> None:
        plant = make_plant()
        with pytest.raises(ValueError) as caught:  # noqa: PT011  the message is compared below
            plant.inject(name, target, parameters=parameters)
        assert message in str(caught.value)
        assert plant.active_faults == ()

    def test_a_planned_fault_is_checked_at_the_start(self) -> None:
        with pytest.raises(ValueError, match="no tank 'tank-9'"):
            make_plant(faults=(FaultSpec.parse("pump_trip:tank-9@30"),))

    def test_gpu_faults_need_gpus(self) -> None:
        with pytest.raises(ValueError, match="no host"):
            make_plant(hosts=0).inject("gpu_lost")
        with pytest.raises(ValueError, match="has GPUs"):
            make_plant(gpus_per_host=0).inject("gpu_lost")

    def test_clearing_what_is_not_there_is_no_error(self) -> None:
        assert make_plant().clear("pump_trip", "tank-2") == ()

    def test_a_map_that_is_not_shipped_is_refused(self) -> None:
        with pytest.raises(FileError, match="no register map 'nothing'"):
            make_plant(map="nothing")

    def test_many_targets_are_not_all_listed(self) -> None:
        with pytest.raises(ValueError, match="tank-6 … tank-40"):
            make_plant(tanks=40).inject("pump_trip", "x")


class TestFaults:
    def test_pump_trip(self) -> None:
        plant = make_plant()
        plant.inject("pump_trip")
        plant.advance(30)
        assert word(plant, 21) == 2
        assert word(plant, 20) == 0
        assert word(plant, 2) < 2000
        plant.clear("pump_trip")
        plant.advance(60)
        assert word(plant, 21) == 1
        assert word(plant, 2) > 2500

    def test_pump_trip_of_both(self) -> None:
        plant = make_plant()
        plant.inject("pump_trip", parameters={"pumps": 2})
        plant.advance(120)
        assert (word(plant, 21), word(plant, 23)) == (2, 2)
        assert word(plant, 2) < 200

    def test_facility_water_lost(self) -> None:
        plant = make_plant()
        before = temperature(plant)
        plant.inject("facility_water_lost")
        plant.advance(240)
        assert word(plant, 12) < 5
        assert temperature(plant) > before + 6
        plant.clear("facility_water_lost")
        plant.advance(900)
        assert temperature(plant) == pytest.approx(before, abs=1.5)

    def test_slow_leak(self) -> None:
        plant = make_plant()
        before = word(plant, 3)
        plant.inject("slow_leak")
        plant.advance(300)
        assert before - word(plant, 3) == pytest.approx(167, abs=15)
        assert plant.registers("tank-1").read(Area.DISCRETE, 0, 1) == b"\1"
        plant.clear("slow_leak")
        plant.advance(60)
        assert plant.registers("tank-1").read(Area.DISCRETE, 0, 1) == b"\0"
        assert word(plant, 3) == pytest.approx(before, abs=15)

    def test_sensor_stuck(self) -> None:
        plant = make_plant()
        plant.inject("sensor_stuck")
        stuck = temperature(plant)
        plant.inject("facility_water_lost")
        plant.advance(120)
        assert temperature(plant) == stuck
        assert word(plant, 0) / 10 > 43
        assert word(plant, SENSOR_FAULTS) == 0
        plant.clear("sensor_stuck")
        assert temperature(plant) > stuck + 2

    def test_sensor_sentinel(self) -> None:
        plant = make_plant()
        plant.inject("sensor_sentinel")
        plant.inject("sensor_sentinel", parameters={"point": "coolant_flow"})
        assert word(plant, 3) == 0x8000
        assert word(plant, 2) == 0xFFFF
        assert word(plant, SENSOR_FAULTS) == 0b1100
        assert len(plant.clear("sensor_sentinel")) == 2
        assert word(plant, 3) != 0x8000
        assert word(plant, SENSOR_FAULTS) == 0

    @pytest.mark.parametrize("manner", ["silent", "slow", "refused"])
    def test_controller_manners(self, manner: str) -> None:
        plant = make_plant()
        plant.inject(f"controller_{manner}", "tank-2")
        assert plant.tanks["tank-2"].wire.manner == manner
        assert plant.tanks["tank-1"].wire.manner is Manner.NORMAL
        assert (plant.tanks["tank-2"].wire.delay_s > 0) == (manner == "slow")
        plant.clear(f"controller_{manner}", "tank-2")
        assert plant.tanks["tank-2"].wire.manner is Manner.NORMAL

    def test_ending_one_of_two_overlapping_faults_leaves_the_other(self) -> None:
        plant = make_plant()
        plant.inject("controller_slow")
        plant.inject("controller_silent")
        plant.clear("controller_silent")
        assert plant.tanks["tank-1"].wire.manner is Manner.SLOW
        plant.inject("gpu_throttling")
        plant.inject("paste_drift")
        plant.clear("paste_drift")
        assert plant.hosts["node-1"].bank.rth_factor[0] == 1.9

    def test_gpu_lost(self) -> None:
        plant = make_plant()
        plant.advance(5)
        plant.inject("gpu_lost", "node-3", parameters={"gpu": 5})
        plant.advance(1)
        assert metric(plant, "node-3", 5, "DCGM_FI_DEV_XID_ERRORS") == 79
        assert 'err_msg="GPU has fallen off the bus"' in plant.exposition("node-3")
        plant.advance(5)
        assert gpu_lines(plant, "node-3", 5) == []
        assert len(gpu_lines(plant, "node-3", 4)) > 20
        assert len(gpu_lines(plant, "node-1", 5)) > 20
        plant.clear("gpu_lost", "node-3")
        assert metric(plant, "node-3", 5, "DCGM_FI_DEV_XID_ERRORS") == 0

    def test_the_xid_shows_for_seconds_of_the_real_clock(self) -> None:
        plant = make_plant(speed=10)
        plant.inject("gpu_lost")
        plant.advance(49)
        assert metric(plant, "node-1", 0, "DCGM_FI_DEV_XID_ERRORS") == 79
        plant.advance(2)
        assert gpu_lines(plant, "node-1", 0) == []

    def test_gpu_throttling(self) -> None:
        plant = make_plant()
        plant.hosts["node-2"].bank.workload.busy[:] = False
        plant.inject("gpu_throttling", "node-2", parameters={"gpu": 1})
        plant.advance(15)
        assert metric(plant, "node-2", 1, "DCGM_FI_DEV_GPU_UTIL") == 100
        plant.advance(225)
        reasons = int(metric(plant, "node-2", 1, "DCGM_FI_DEV_CLOCKS_EVENT_REASONS"))
        assert reasons & 0x20
        assert metric(plant, "node-2", 1, "DCGM_FI_DEV_GPU_TEMP") in {86, 87, 88}
        assert metric(plant, "node-2", 1, "DCGM_FI_DEV_POWER_USAGE") < 560
        plant.clear("gpu_throttling", "node-2")
        plant.advance(240)
        reasons = int(metric(plant, "node-2", 1, "DCGM_FI_DEV_CLOCKS_EVENT_REASONS"))
        assert not reasons & 0x20

    def test_paste_drift(self) -> None:
        plant = make_plant()
        bank = plant.hosts["node-1"].bank
        bank.forced_busy[:2] = True
        plant.inject("paste_drift")
        plant.advance(300)

        def resistance(gpu: int) -> float:
            fluid_c = plant.tanks["tank-1"].model.body.bulk_c
            return float((bank.core_c[gpu] - fluid_c) / bank.power_w[gpu])

        healthy = float(bank.rth_k_w[0])
        assert resistance(0) == pytest.approx(healthy * 1.2, rel=0.03)
        assert resistance(1) == pytest.approx(float(bank.rth_k_w[1]), rel=0.03)
        plant.clear("paste_drift")
        plant.advance(300)
        bank.forced_busy[0] = True
        plant.advance(120)
        assert resistance(0) == pytest.approx(healthy, rel=0.03)

    def test_the_same_fault_twice_is_one_fault(self) -> None:
        seen: list[FaultEvent] = []
        plant = Plant(PlantOptions(tanks=1, hosts=0), seen.append)
        assert plant.inject("pump_trip") is plant.inject("pump_trip")
        assert len(seen) == 1


class TestLift:
    def test_lifting_a_server_lowers_the_level_by_what_it_displaced(self) -> None:
        plant = make_plant()
        model = plant.tanks["tank-1"].model
        before_mm = model.level_mm
        plant.lift("node-1")
        assert before_mm - model.level_mm == pytest.approx(30 / 0.6, abs=0.01)
        assert plant.exposition("node-1") == ""
        assert plant.hosts["node-1"].page() is None
        plant.advance(60)
        assert plant.registers("tank-1").read(Area.DISCRETE, 1, 1) == b"\1"
        assert word(plant, 3) / 10 == pytest.approx(before_mm - 50, abs=2)
        plant.lower("node-1")
        plant.lower("node-1")
        assert model.level_mm == pytest.approx(before_mm, abs=1.5)
        plant.advance(1)
        assert plant.registers("tank-1").read(Area.DISCRETE, 1, 1) == b"\0"
        assert len(gpu_lines(plant, "node-1", 0)) > 20

    def test_a_lifted_server_draws_no_power(self) -> None:
        plant = make_plant(hosts=2)
        before_w = plant.tanks["tank-2"].model.gpus.power_total_w
        plant.lift("node-2")
        plant.advance(1)
        assert before_w > 500
        assert plant.tanks["tank-2"].model.gpus.power_total_w == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tanks": 0}, "tanks must be 1 to 600, found 0"),
        ({"hosts": 200}, "hosts must be 0 to 120"),
        ({"gpus_per_host": 33}, "gpus per host must be 0 to 32"),
        ({"seed": -1}, "seed must be"),
        ({"speed": float("nan")}, "speed must be"),
        ({"speed": 0}, "speed must be"),
        ({"modbus_port": 65535}, "modbus port must be 1 to 65534"),
        ({"gpu_port": -5}, "gpu port must be"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_plant(**options)
