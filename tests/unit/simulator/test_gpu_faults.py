"""Faults of GPUs, as both kinds of exporter tell them; read by the Prometheus client's parser."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from drivers.gpu.points import gpu_points
from drivers.simulator.faults import FaultSpec
from drivers.simulator.plant import Plant
from tests.unit.simulator.made import NOW_S, make_plant

DEV = "DCGM_FI_DEV_"
SMI = "nvidia_smi_"
COUNT = "DCGM_EXP_XID_ERRORS_COUNT"


def samples(plant: Plant, host: str, name: str) -> list[Sample]:
    """The samples of one metric; the parser adds ``_total`` to the names of counters."""
    wanted = name.removesuffix("_TOTAL").removesuffix("_total")
    return [
        sample
        for family in text_string_to_metric_families(plant.exposition(host))
        for sample in family.samples
        if sample.name.removesuffix("_total").removesuffix("_TOTAL") == wanted
    ]


class Reader:
    """Reads one GPU of a host by UUID, in either format."""

    def __init__(self, plant: Plant, host: str, seat: int) -> None:
        self.plant, self.host = plant, host
        self.uuid = plant.hosts[host].seats.bought[seat].uuid

    def dcgm(self, field: str) -> float:
        (found,) = self.all(DEV + field, "UUID", self.uuid)
        return float(found.value)

    def smi(self, name: str) -> float:
        (found,) = self.all(SMI + name, "uuid", self.uuid.removeprefix("GPU-"))
        return float(found.value)

    def all(self, name: str, label: str, value: str) -> list[Sample]:
        return [s for s in samples(self.plant, self.host, name) if s.labels[label] == value]


@pytest.fixture
def plant() -> Plant:
    """node-4 speaks through nvidia_gpu_exporter, the others through dcgm-exporter."""
    made = make_plant(exporter="mixed", counters="recommended")
    made.advance(5)
    return made


def on_both(plant: Plant, fault: str, **parameters: Any) -> tuple[Reader, Reader]:
    """Begin a fault on GPU 2 of a host of each kind."""
    for host in ("node-1", "node-4"):
        plant.inject(fault, host, parameters={"gpu": 2, **parameters})
    return Reader(plant, "node-1", 2), Reader(plant, "node-4", 2)


def clear_both(plant: Plant, fault: str) -> None:
    for host in ("node-1", "node-4"):
        plant.clear(fault, host)


@pytest.mark.parametrize("kind", ["dcgm", "nvidia_gpu_exporter"])
def test_every_point_that_an_h100_answers_is_shown(kind: str) -> None:
    plant = make_plant(exporter=kind, counters="recommended")
    plant.inject("gpu_xid", parameters={"code": 31})
    text = plant.exposition("node-1")
    names = set(re.findall(r"^([A-Za-z_]+)\{", text, re.MULTILINE))
    for spec in gpu_points():
        if kind == "dcgm":
            known = set(spec.dcgm[:1])
        else:
            known = {spec.exporter.name} if spec.exporter else set()
        if spec.key.startswith("retired_pages"):
            assert not known & names, spec.key
        elif known:
            assert known <= names, spec.key


def test_only_the_default_counters_where_nobody_asked_for_more() -> None:
    plant = make_plant(hosts=6)
    plain, more = plant.exposition("node-6"), plant.exposition("node-5")
    for field in ("GPU_TEMP_LIMIT", "ECC_SBE_VOL_TOTAL", "CLOCKS_EVENT_REASONS", "PCIE_LINK_WIDTH"):
        assert f"{DEV}{field}{{" not in plain
        assert f"{DEV}{field}{{" in more
    assert "SERIAL" not in plain
    assert (
        make_plant(hosts=6, counters="recommended").exposition("node-6").count(f"{DEV}FB_TOTAL{{")
    )
    assert f"{DEV}FB_TOTAL{{" not in make_plant(counters="default").exposition("node-1")


def test_the_margin_is_signed(plant: Plant) -> None:
    dcgm, smi = Reader(plant, "node-1", 0), Reader(plant, "node-4", 0)
    for reader, temperature, margin in (
        (dcgm, dcgm.dcgm("GPU_TEMP"), dcgm.dcgm("GPU_TEMP_LIMIT")),
        (smi, smi.smi("temperature_gpu"), smi.smi("temperature_gpu_tlimit")),
    ):
        assert 81 < temperature + margin < 88, reader.host
    for host in ("node-1", "node-4"):
        unit = plant.hosts[host]
        unit.bank.core_c[unit.seats.slice] = 92.0
    assert -10 < dcgm.dcgm("GPU_TEMP_LIMIT") <= -5
    assert -10 < smi.smi("temperature_gpu_tlimit") <= -5


class TestXids:
    def test_the_gauge_names_code_and_words_and_stays(self, plant: Plant) -> None:
        dcgm, smi = on_both(plant, "gpu_xid", code=31)
        plant.advance(3600)
        (gauge,) = dcgm.all(f"{DEV}XID_ERRORS", "UUID", dcgm.uuid)
        assert (gauge.value, gauge.labels["err_code"]) == (31, "31")
        assert gauge.labels["err_msg"] == "GPU memory page fault"
        others = [s for s in samples(plant, "node-1", f"{DEV}XID_ERRORS") if s != gauge]
        assert {(s.value, s.labels["err_code"], s.labels["err_msg"]) for s in others} == {
            (0, "0", "No Error")
        }
        (counter,) = samples(plant, "node-4", f"{SMI}xid_errors_total")
        assert (counter.value, counter.labels["xid"]) == (1, "31")
        assert counter.labels["uuid"] == smi.uuid.removeprefix("GPU-")
        clear_both(plant, "gpu_xid")
        assert dcgm.dcgm("XID_ERRORS") == 0

    def test_a_code_that_nobody_knows_is_told_as_that(self, plant: Plant) -> None:
        dcgm, _ = on_both(plant, "gpu_xid", code=171)
        (gauge,) = dcgm.all(f"{DEV}XID_ERRORS", "UUID", dcgm.uuid)
        assert (gauge.value, gauge.labels["err_msg"]) == (171, "Unknown Error")

    @pytest.mark.parametrize("code", [48, 94, 95])
    def test_uncorrected_errors(self, plant: Plant, code: int) -> None:
        dcgm, smi = on_both(plant, "gpu_xid", code=code)
        for count in (
            dcgm.dcgm("ECC_DBE_VOL_TOTAL"),
            dcgm.dcgm("ECC_DBE_AGG_TOTAL"),
            smi.smi("ecc_errors_uncorrected_volatile_total"),
            smi.smi("ecc_errors_uncorrected_aggregate_total"),
        ):
            assert count >= 1
        lifetime = dcgm.dcgm("ECC_DBE_AGG_TOTAL")
        clear_both(plant, "gpu_xid")
        assert dcgm.dcgm("ECC_DBE_VOL_TOTAL") == 0
        assert dcgm.dcgm("ECC_DBE_AGG_TOTAL") == lifetime
        assert Reader(plant, "node-1", 3).dcgm("ECC_DBE_AGG_TOTAL") == 0

    def test_a_remap_waits_for_a_reset(self, plant: Plant) -> None:
        dcgm, smi = on_both(plant, "gpu_xid", code=63)
        assert dcgm.dcgm("ROW_REMAP_PENDING") == smi.smi("remapped_rows_pending") == 1
        assert dcgm.dcgm("UNCORRECTABLE_REMAPPED_ROWS") == 1
        assert smi.smi("remapped_rows_uncorrectable") == 1
        assert dcgm.dcgm("ROW_REMAP_FAILURE") == smi.smi("remapped_rows_failure") == 0
        clear_both(plant, "gpu_xid")
        assert dcgm.dcgm("ROW_REMAP_PENDING") == smi.smi("remapped_rows_pending") == 0
        assert dcgm.dcgm("UNCORRECTABLE_REMAPPED_ROWS") == 1

    def test_a_remap_fails(self, plant: Plant) -> None:
        dcgm, smi = on_both(plant, "gpu_xid", code=64)
        assert dcgm.dcgm("ROW_REMAP_FAILURE") == smi.smi("remapped_rows_failure") == 1
        assert smi.smi("gpu_recovery_action") == 1

    def test_links_err(self, plant: Plant) -> None:
        dcgm, _ = on_both(plant, "gpu_xid", code=74)
        kinds = ("CRC_FLIT", "CRC_DATA", "REPLAY", "RECOVERY")
        assert all(dcgm.dcgm(f"NVLINK_{kind}_ERROR_COUNT_TOTAL") > 0 for kind in kinds)
        other = Reader(plant, "node-1", 1)
        assert all(other.dcgm(f"NVLINK_{kind}_ERROR_COUNT_TOTAL") == 0 for kind in kinds)

    @pytest.mark.parametrize("code", [119, 120])
    def test_a_gpu_hangs(self, plant: Plant, code: int) -> None:
        for host in ("node-1", "node-4"):
            unit = plant.hosts[host]
            unit.bank.forced_busy[unit.seats.slice] = True
        dcgm, smi = on_both(plant, "gpu_xid", code=code)
        plant.advance(30)
        assert dcgm.dcgm("GPU_UTIL") == smi.smi("utilization_gpu_ratio") == 0
        assert dcgm.dcgm("POWER_USAGE") < 80
        assert Reader(plant, "node-1", 3).dcgm("GPU_UTIL") > 95
        clear_both(plant, "gpu_xid")
        plant.advance(30)
        assert dcgm.dcgm("GPU_UTIL") > 95

    def test_79_is_a_gpu_that_is_lost(self, plant: Plant) -> None:
        dcgm, smi = on_both(plant, "gpu_xid", code=79, visible_s=5)
        plant.advance(2)
        assert dcgm.dcgm("XID_ERRORS") == 79
        plant.advance(4)
        assert dcgm.uuid not in plant.exposition("node-1")
        assert smi.all(f"{SMI}temperature_gpu", "uuid", smi.uuid.removeprefix("GPU-")) == []
        (counter,) = samples(plant, "node-4", f"{SMI}xid_errors_total")
        assert (counter.value, counter.labels["xid"]) == (1, "79")
        clear_both(plant, "gpu_xid")
        assert dcgm.dcgm("XID_ERRORS") == 0
        assert smi.smi("temperature_gpu") > 30

    def test_visible_seconds_are_those_of_the_real_clock(self) -> None:
        plant = make_plant(speed=10)
        plant.inject("gpu_xid", parameters={"code": 79})
        plant.advance(45)
        assert Reader(plant, "node-1", 0).dcgm("XID_ERRORS") == 79

    def test_two_xids_on_one_gpu_stand_apart(self, plant: Plant) -> None:
        dcgm = Reader(plant, "node-1", 2)
        plant.inject("gpu_xid", "node-1", parameters={"gpu": 2, "code": 63}, duration_s=10)
        plant.inject("gpu_xid", "node-1", parameters={"gpu": 2, "code": 64})
        assert dcgm.dcgm("XID_ERRORS") == 64
        plant.advance(11)
        assert dcgm.dcgm("ROW_REMAP_PENDING") == 0
        assert (dcgm.dcgm("ROW_REMAP_FAILURE"), dcgm.dcgm("XID_ERRORS")) == (1, 64)

    def test_an_xid_may_come_again_and_again(self, plant: Plant) -> None:
        now_s = [NOW_S]
        for tank in plant.tanks.values():
            tank.model.gpus.health.clock = lambda: now_s[0]
        dcgm, _ = on_both(plant, "gpu_xid", code=94, every_s=10)
        plant.advance(29)
        now_s[0] += 250
        plant.advance(2)
        (counted,) = dcgm.all(COUNT, "UUID", dcgm.uuid)
        assert (counted.value, counted.labels["xid"]) == (4, "94")
        assert counted.labels["window_size_in_ms"] == "300000"
        assert dcgm.dcgm("ECC_DBE_VOL_TOTAL") == 1
        now_s[0] += 100
        (counted,) = dcgm.all(COUNT, "UUID", dcgm.uuid)
        assert counted.value == 1
        (total,) = samples(plant, "node-4", f"{SMI}xid_errors_total")
        (last,) = samples(plant, "node-4", f"{SMI}xid_last_timestamp_seconds")
        assert (total.value, last.value) == (4, NOW_S + 250)
        clear_both(plant, "gpu_xid")
        plant.advance(60)
        now_s[0] += 300
        (none,) = dcgm.all(COUNT, "UUID", dcgm.uuid)
        assert none.value == 0
        assert "xid" not in none.labels
        (total,) = samples(plant, "node-4", f"{SMI}xid_errors_total")
        assert total.value == 4

    @pytest.mark.parametrize("code", [0, 1000])
    def test_a_code_out_of_range_is_refused(self, plant: Plant, code: int) -> None:
        with pytest.raises(ValueError, match="code must be 1 to 999"):
            plant.inject("gpu_xid", parameters={"code": code})


class TestMemoryAndLink:
    def test_a_storm_of_corrected_errors_grows_with_time(self, plant: Plant) -> None:
        dcgm, smi = on_both(plant, "ecc_storm", per_second=100)
        before = dcgm.dcgm("ECC_SBE_AGG_TOTAL")
        plant.advance(10)
        assert dcgm.dcgm("ECC_SBE_VOL_TOTAL") == 1000
        assert dcgm.dcgm("ECC_SBE_AGG_TOTAL") == before + 1000
        assert smi.smi("ecc_errors_corrected_volatile_total") == 1000
        assert Reader(plant, "node-1", 3).dcgm("ECC_SBE_VOL_TOTAL") == 0
        clear_both(plant, "ecc_storm")
        plant.advance(10)
        assert dcgm.dcgm("ECC_SBE_VOL_TOTAL") == 1000

    def test_a_narrow_link(self, plant: Plant) -> None:
        dcgm, smi = on_both(plant, "pcie_narrow", width=4)
        assert (dcgm.dcgm("PCIE_LINK_WIDTH"), dcgm.dcgm("PCIE_MAX_LINK_WIDTH")) == (4, 16)
        assert (smi.smi("pcie_link_width_current"), smi.smi("pcie_link_width_max")) == (4, 16)
        assert Reader(plant, "node-1", 1).dcgm("PCIE_LINK_WIDTH") == 16
        clear_both(plant, "pcie_narrow")
        assert dcgm.dcgm("PCIE_LINK_WIDTH") == 16
        with pytest.raises(ValueError, match="width must be one of"):
            plant.inject("pcie_narrow", parameters={"width": 5})

    def test_replays_grow_with_time(self, plant: Plant) -> None:
        dcgm = Reader(plant, "node-1", 2)
        before = dcgm.dcgm("PCIE_REPLAY_COUNTER")
        plant.advance(60)
        assert dcgm.dcgm("PCIE_REPLAY_COUNTER") == before
        plant.inject("pcie_replays", parameters={"gpu": 2, "per_minute": 30})
        plant.advance(60)
        assert dcgm.dcgm("PCIE_REPLAY_COUNTER") == before + 30


class TestSeats:
    def test_another_gpu_sits_at_the_same_address(self, plant: Plant) -> None:
        plant.inject("gpu_xid", parameters={"gpu": 2, "code": 63})
        before = samples(plant, "node-1", f"{DEV}GPU_TEMP")[2].labels
        on_both(plant, "gpu_swapped")
        plant.inject("gpu_swapped", "node-1", parameters={"gpu": 2})
        after = samples(plant, "node-1", f"{DEV}GPU_TEMP")[2].labels
        assert after["pci_bus_id"] == before["pci_bus_id"]
        assert after["UUID"] != before["UUID"]
        assert after["DCGM_FI_DEV_SERIAL"] != before["DCGM_FI_DEV_SERIAL"]
        fresh = {s.labels["UUID"]: s.value for s in samples(plant, "node-1", f"{DEV}XID_ERRORS")}
        assert fresh[after["UUID"]] == 0
        about = samples(plant, "node-4", f"{SMI}gpu_info")[2].labels
        spare = plant.hosts["node-4"].seats.identities[2]
        assert (about["uuid"], about["serial"]) == (spare.uuid.removeprefix("GPU-"), spare.serial)
        listed = plant.site(dict.fromkeys(plant.tanks, 1), dict.fromkeys(plant.hosts, 1))["host"]
        assert listed[0]["gpu"][2]["uuid"] == before["UUID"]
        clear_both(plant, "gpu_swapped")
        assert samples(plant, "node-1", f"{DEV}GPU_TEMP")[2].labels == before
        assert Reader(plant, "node-1", 2).dcgm("XID_ERRORS") == 63

    def test_a_gpu_vanishes_without_an_xid(self, plant: Plant) -> None:
        dcgm, smi = on_both(plant, "gpu_vanishes")
        assert dcgm.uuid not in plant.exposition("node-1")
        assert smi.uuid.removeprefix("GPU-") not in plant.exposition("node-4")
        assert {s.value for s in samples(plant, "node-1", f"{DEV}XID_ERRORS")} == {0}
        assert len(samples(plant, "node-1", f"{DEV}GPU_TEMP")) == 7
        clear_both(plant, "gpu_vanishes")
        assert dcgm.dcgm("XID_ERRORS") == 0

    def test_a_restart_forgets_xids_and_numbers_move_up(self, plant: Plant) -> None:
        plant.inject("gpu_xid", "node-1", parameters={"gpu": 5, "code": 13})
        plant.inject("gpu_xid", "node-4", parameters={"gpu": 5, "code": 13})
        plant.inject("gpu_xid", "node-3", parameters={"gpu": 5, "code": 13})
        on_both(plant, "gpu_vanishes")
        numbers = {s.labels["gpu"] for s in samples(plant, "node-1", f"{DEV}GPU_TEMP")}
        assert numbers == set("0134567")
        plant.inject("exporter_restarts", "node-1")
        plant.inject("exporter_restarts", "node-4")
        found = samples(plant, "node-1", f"{DEV}XID_ERRORS")
        assert [s.labels["gpu"] for s in found] == list("0123456")
        assert {s.value for s in found} == {0}
        assert found[2].labels["UUID"] == plant.hosts["node-1"].seats.bought[3].uuid
        assert found[2].labels["pci_bus_id"] == "00000000:5D:00.0"
        assert samples(plant, "node-4", f"{SMI}xid_errors_total") == []
        index = {
            s.labels["serial"]: s.labels["index"]
            for s in samples(plant, "node-4", f"{SMI}gpu_info")
        }
        assert index[plant.hosts["node-4"].seats.bought[7].serial] == "6"
        assert Reader(plant, "node-3", 5).dcgm("XID_ERRORS") == 13
        plant.inject("gpu_xid", "node-1", parameters={"gpu": 6, "code": 43})
        plant.inject("paste_drift", "node-1")
        plant.clear("paste_drift", "node-1")
        assert Reader(plant, "node-1", 6).dcgm("XID_ERRORS") == 43
        plant.clear("gpu_vanishes", "node-1")
        assert len(samples(plant, "node-1", f"{DEV}GPU_TEMP")) == 8

    def test_a_server_lowered_again_has_started_anew(self, plant: Plant) -> None:
        on_both(plant, "gpu_xid", code=13)
        plant.lift("node-1")
        assert plant.hosts["node-1"].page() is None
        plant.lower("node-1")
        assert Reader(plant, "node-1", 2).dcgm("XID_ERRORS") == 0
        assert len(samples(plant, "node-1", f"{DEV}GPU_TEMP")) == 8


class TestSmiFormat:
    def test_numbers_are_written_as_go_does_and_in_si_units(self, plant: Plant) -> None:
        text = plant.exposition("node-4")
        uuid = plant.hosts["node-4"].seats.bought[0].uuid.removeprefix("GPU-")
        for line in (
            f'nvidia_smi_clocks_max_sm_clock_hz{{uuid="{uuid}"}} 1.98e+09',
            f'nvidia_smi_memory_total_bytes{{uuid="{uuid}"}} 8.5520809984e+10',
            f'nvidia_smi_enforced_power_limit_watts{{uuid="{uuid}"}} 700',
            f'nvidia_smi_pstate{{uuid="{uuid}"}} 0',
            "nvidia_smi_last_collect_success 1",
            "nvidia_smi_failed_scrapes_total 0",
        ):
            assert f"\n{line}\n" in text, line
        assert "GPU-" not in text
        assert "RETIRED" not in text.upper()

    def test_the_same_gpu_reads_alike_in_both_formats(self) -> None:
        options = {"tanks": 1, "hosts": 1, "counters": "recommended"}
        plants = [make_plant(**options, exporter=kind) for kind in ("dcgm", "nvidia_gpu_exporter")]
        for plant in plants:
            plant.advance(30)
        dcgm, smi = (Reader(plant, "node-1", 3) for plant in plants)
        for field, name, scale in (
            ("GPU_TEMP", "temperature_gpu", 1),
            ("GPU_TEMP_LIMIT", "temperature_gpu_tlimit", 1),
            ("SM_CLOCK", "clocks_current_sm_clock_hz", 1e6),
            ("FB_USED", "memory_used_bytes", 2**20),
            ("CLOCKS_EVENT_REASONS", "clocks_event_reasons_active", 1),
            ("ECC_SBE_AGG_TOTAL", "ecc_errors_corrected_aggregate_total", 1),
        ):
            assert dcgm.dcgm(field) * scale == smi.smi(name), name
        assert smi.smi("power_draw_watts") == pytest.approx(dcgm.dcgm("POWER_USAGE"), abs=0.005)
        joules = dcgm.dcgm("TOTAL_ENERGY_CONSUMPTION") / 1000
        assert smi.smi("energy_joules_total") == pytest.approx(joules, rel=1e-9)

    def test_without_any_gpu_the_collection_has_failed(self, plant: Plant) -> None:
        plant.exposition("node-4")
        for gpu in range(8):
            plant.inject("gpu_vanishes", "node-4", parameters={"gpu": gpu})
        health = plant.hosts["node-4"].bank.health
        health.clock = lambda: NOW_S + 60
        (success,) = samples(plant, "node-4", f"{SMI}last_collect_success")
        assert success.value == 0
        (when,) = samples(plant, "node-4", f"{SMI}last_collect_success_timestamp_seconds")
        assert when.value == NOW_S
        assert samples(plant, "node-4", f"{SMI}gpu_info") == []


@pytest.mark.parametrize("kind", ["dcgm", "nvidia_gpu_exporter", "mixed"])
def test_the_same_seed_and_faults_give_the_same_text(kind: str) -> None:
    faults = "ecc_storm@2 gpu_swapped@3,gpu=4 gpu_xid@4,gpu=1,code=119 exporter_restarts@5"
    specs = tuple(FaultSpec.parse(text) for text in faults.split())

    def told(seed: int) -> str:
        plant = make_plant(exporter=kind, faults=specs, seed=seed)
        plant.advance(20)
        return "".join(map(plant.exposition, plant.hosts))

    assert told(3) == told(3)
    assert told(3) != told(4)


def test_faults_of_one_host_do_not_change_another() -> None:
    quiet, loud = make_plant(tanks=1, hosts=4), make_plant(tanks=1, hosts=4)
    begin: list[Callable[[], object]] = [
        lambda: loud.inject("ecc_storm", "node-2"),
        lambda: loud.inject("gpu_swapped", "node-2"),
        lambda: loud.inject("gpu_vanishes", "node-2", parameters={"gpu": 3}),
        lambda: loud.inject("exporter_restarts", "node-2"),
    ]
    for call in begin:
        call()
    assert loud.exposition("node-1") == quiet.exposition("node-1")
    assert loud.exposition("node-3") == quiet.exposition("node-3")
    assert loud.exposition("node-2") != quiet.exposition("node-2")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"exporter": "node"}, "exporter must be dcgm, nvidia_gpu_exporter or mixed, found 'node'"),
        ({"counters": "all"}, "counters must be default, recommended or mixed, found 'all'"),
    ],
)
def test_a_wrong_choice_is_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_plant(**options)
