"""One GPU read: every scenario's values with sign and unit, and what is asked how often."""

from __future__ import annotations

import pynvml
import pytest

from drivers.gpu.nvml.calls import FAST, SLOW
from drivers.gpu.nvml.reader import Look, identity_of
from drivers.gpu.nvml.ways import GpuLostError, WorkerEndError
from drivers.gpu.points import gpu_points
from drivers.gpu.source import readings
from drivers.points import Reason
from tests.fake_nvml.facts import ENERGY_MJ
from tests.fake_nvml.machine import Code, FieldAnswer
from tests.fake_nvml.scenarios import MISSING_IN_535
from tests.unit.nvml.conftest import Open, reader_of

H100_LOAD = {
    "core_temperature": 59, "memory_temperature": 55, "thermal_margin": 26, "power": 629.45,
    "power_instant": 588.39, "energy": ENERGY_MJ, "utilization": 100, "memory_utilization": 11,
    "throttle_reasons": 0, "performance_state": 0, "sm_clock": 1980, "memory_clock": 2619,
    "memory_used": 19818, "pcie_replay_count": 9, "pcie_generation": 5, "pcie_width": 16,
    "recovery_action": 0, "power_limit": 700, "sm_clock_max": 1980, "memory_total": 81559,
    "ecc_mode": 1, "ecc_corrected_volatile": 0, "ecc_uncorrected_volatile": 0,
    "ecc_corrected_aggregate": 0, "ecc_uncorrected_aggregate": 0, "sram_threshold_exceeded": 0,
    "correctable_remapped_rows": 0, "uncorrectable_remapped_rows": 0, "row_remap_pending": 0,
    "row_remap_failure": 0, "channel_repair_pending": 0, "tpc_repair_pending": 0,
    "unrepairable_memory": 0, "inforom_valid": 1, "pcie_generation_max": 5, "pcie_width_max": 16,
    "nvlink_errors": 0, "fabric_state": 3, "mig_mode": 0,
}  # fmt: skip
NOT_ON_H100 = {
    "hotspot_temperature", "retired_pages_corrected", "retired_pages_uncorrected",
    "retired_pages_pending",
}  # fmt: skip
MARGINS = {"max_operating_margin": 0, "slowdown_margin": -2, "shutdown_margin": -8}
THRESHOLDS = {"max_operating": 87, "slowdown": 89, "shutdown": 95}


def look_at(opened: Open, scenario: str) -> Look:
    opened(scenario)
    return reader_of().look()


def test_the_split_of_fast_and_slow_is_that_of_the_resource_file() -> None:
    own = {"last_xid", "xid_count"}  # the parent counts these
    assert {key for query in SLOW for key in query.keys} == {p.key for p in gpu_points() if p.slow}
    assert {key for query in FAST for key in query.keys} == {
        p.key for p in gpu_points() if not p.slow
    } - own


def test_an_h100_at_work_is_read_as_nvidia_smi_shows_it(opened: Open) -> None:
    look = look_at(opened, "healthy_load")
    assert look.values == pytest.approx(H100_LOAD)
    assert look.missing == dict.fromkeys(NOT_ON_H100, Reason.NOT_SUPPORTED)
    assert look.own_limits == MARGINS


def test_no_value_of_a_healthy_gpu_is_out_of_range(opened: Open) -> None:
    _, reasons = readings(look_at(opened, "healthy_load").values, {}, Reason.NOT_SUPPORTED)
    assert set(reasons) == {Reason.NONE, Reason.NOT_SUPPORTED}


CHANGES: dict[str, dict[str, float]] = {
    "healthy_idle": {"core_temperature": 41, "thermal_margin": 46, "power": 69.85,
                     "power_instant": 69.62, "throttle_reasons": 1, "sm_clock": 345,
                     "utilization": 0, "memory_utilization": 0, "memory_used": 0},
    "throttle": {"core_temperature": 90, "thermal_margin": -3, "throttle_reasons": 0x68,
                 "sm_clock": 1200},
    "negative_margin": {"thermal_margin": -5, "throttle_reasons": 4},
    "correctable_storm": {"ecc_corrected_volatile": 5e9, "ecc_corrected_aggregate": 5000001000},
    "remap_pending": {"uncorrectable_remapped_rows": 1, "row_remap_pending": 1,
                      "ecc_uncorrected_aggregate": 1, "recovery_action": 1},
    "remap_failed": {"correctable_remapped_rows": 2, "uncorrectable_remapped_rows": 8,
                     "row_remap_failure": 1, "unrepairable_memory": 1,
                     "sram_threshold_exceeded": 1},
    "nvlink_errors": {"nvlink_errors": 9},
    "gsp_timeout": {"recovery_action": 1},
    "contained_ecc": {"ecc_uncorrected_volatile": 1},
    "corrupted_inforom": {"inforom_valid": 0},
    "driver_590": {},
}  # fmt: skip


@pytest.mark.parametrize(("scenario", "changes"), CHANGES.items())
def test_what_is_the_matter_is_in_the_values(
    opened: Open, scenario: str, changes: dict[str, float]
) -> None:
    assert look_at(opened, scenario).values == pytest.approx(H100_LOAD | changes)


REASONS: dict[str, dict[str, Reason]] = {
    "mig": dict.fromkeys(
        ("utilization", "memory_utilization", "correctable_remapped_rows",
         "uncorrectable_remapped_rows", "row_remap_pending", "row_remap_failure"),
        Reason.NOT_SUPPORTED,
    ),
    "no_permission": dict.fromkeys(
        ("correctable_remapped_rows", "uncorrectable_remapped_rows", "row_remap_pending",
         "row_remap_failure", "sram_threshold_exceeded"),
        Reason.NOT_EXPORTED,
    ),
    "driver_535": dict.fromkeys(
        ("thermal_margin", "channel_repair_pending", "tpc_repair_pending", "unrepairable_memory",
         "recovery_action"),
        Reason.NOT_SUPPORTED,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("scenario", "missing"), REASONS.items())
def test_what_is_not_told_has_its_reason_and_no_value(
    opened: Open, scenario: str, missing: dict[str, Reason]
) -> None:
    look = look_at(opened, scenario)
    assert look.missing == missing | dict.fromkeys(NOT_ON_H100, Reason.NOT_SUPPORTED)
    assert not look.missing.keys() & look.values.keys()


def test_mig_leaves_the_rest(opened: Open) -> None:
    look = look_at(opened, "mig")
    assert (look.values["mig_mode"], look.values["thermal_margin"]) == (1, 24)


def test_a_geforce_has_no_ecc_and_absolute_limits(opened: Open) -> None:
    look = look_at(opened, "geforce")
    assert look.own_limits == {"max_operating": 90, "slowdown": 96, "shutdown": 101}
    told = {"core_temperature": 45, "power": 84.03, "power_instant": 86.41, "memory_used": 1474}
    assert look.values.items() >= told.items()
    gone = {"ecc_mode", "ecc_corrected_volatile", "thermal_margin", "memory_temperature",
            "nvlink_errors", "mig_mode", "row_remap_failure", "fabric_state"}  # fmt: skip
    assert {look.missing[key] for key in gone} == {Reason.NOT_SUPPORTED}


def test_an_old_driver_without_a_margin_gives_both_kinds_of_limits(opened: Open) -> None:
    look = look_at(opened, "driver_535")
    assert look.own_limits == MARGINS | THRESHOLDS
    assert look.values["core_temperature"] == 59  # by the older function
    assert look.values["fabric_state"] == 3


def test_page_retirement_is_read_by_functions_where_fields_are_not_known(opened: Open) -> None:
    values = look_at(opened, "pascal").values
    assert values["retired_pages_corrected"] == 4
    assert values["retired_pages_uncorrected"] == 2
    assert values["retired_pages_pending"] == 1


def test_a_signed_field_that_comes_as_unsigned_is_still_negative(opened: Open) -> None:
    library = opened("healthy_load")
    library.machine.gpus[0].fields[194] = FieldAnswer(1, 2**32 - 2)
    assert reader_of().look().own_limits["slowdown_margin"] == -2


def test_all_ones_is_no_value(opened: Open) -> None:
    library = opened("healthy_load")
    library.machine.gpus[0].calls["nvmlDeviceGetPcieReplayCounter"] = 2**32 - 1
    library.machine.gpus[0].fields[94] = FieldAnswer(1, 2**32 - 1)
    library.machine.gpus[0].calls["nvmlDeviceGetPerformanceState"] = 32
    look = reader_of().look()
    assert look.missing["pcie_replay_count"] is Reason.SENTINEL
    assert look.missing["performance_state"] is Reason.SENTINEL


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (2, Reason.NOT_SUPPORTED),
        (3, Reason.NOT_SUPPORTED),
        (4, Reason.NOT_EXPORTED),
        (10, Reason.NO_COMMS),
        (14, Reason.SENSOR_FAULT),
        (16, Reason.NO_COMMS),
        (25, Reason.NOT_SUPPORTED),
        (27, Reason.NO_COMMS),
        (999, Reason.NO_COMMS),
        (4711, Reason.NO_COMMS),
    ],
)
def test_every_refusal_has_a_reason(opened: Open, code: int, reason: Reason) -> None:
    library = opened("healthy_load")
    library.machine.gpus[0].calls["nvmlDeviceGetMigMode"] = Code(code)
    library.machine.gpus[0].fields[230] = Code(code)
    look = reader_of().look()
    assert look.missing["mig_mode"] is reason
    assert look.missing["recovery_action"] is reason


@pytest.mark.parametrize("code", [1, 18])
def test_what_ends_nvml_ends_the_worker(opened: Open, code: int) -> None:
    library = opened("healthy_load")
    library.machine.gpus[0].calls["nvmlDeviceGetMigMode"] = Code(code)
    with pytest.raises(WorkerEndError) as found:
        reader_of().look()
    assert found.value.code == code


def test_nothing_is_asked_of_a_gpu_after_it_was_lost(opened: Open) -> None:
    library = opened("healthy_load")
    reader = reader_of()
    reader.look()
    library.asked.clear()
    library.machine.gpus[0].lost_after_s = 0.0
    with pytest.raises(GpuLostError):
        reader.look()
    assert len(library.asked) == 1
    with pytest.raises(AssertionError, match="lost"):  # the fake does notice
        reader.look()


def test_a_gpu_lost_in_the_middle_of_a_look_is_not_asked_for_the_rest(opened: Open) -> None:
    library = opened("healthy_load")
    library.machine.gpus[0].calls["nvmlDeviceGetPowerUsage"] = Code(15)
    with pytest.raises(GpuLostError):
        reader_of().look()
    assert library.asked[-1] == "nvmlDeviceGetPowerUsage"


def test_slow_points_are_read_every_half_minute_and_shown_between(opened: Open) -> None:
    library = opened("healthy_load")
    now_s = [100.0]
    reader = reader_of(clock=lambda: now_s[0])
    first = reader.look()
    assert set(first.took_s) == {"fast", "slow"}
    library.machine.gpus[0].calls["nvmlDeviceGetRemappedRows"] = (0, 1, 1, 0)
    library.machine.gpus[0].calls["nvmlDeviceGetMarginTemperature"] = {"marginTemperature": -1}
    now_s[0] += 29.9
    library.asked.clear()
    between = reader.look()
    assert "nvmlDeviceGetRemappedRows" not in library.asked
    assert between.values["row_remap_pending"] == 0
    assert between.values["thermal_margin"] == -1
    assert between.own_limits == first.own_limits
    assert set(between.took_s) == {"fast"}
    now_s[0] += 0.1
    assert reader.look().values["row_remap_pending"] == 1


def test_one_look_asks_for_all_its_fields_at_once(opened: Open) -> None:
    library = opened("healthy_load")
    reader = reader_of()
    reader.look()
    library.asked.clear()
    reader.look()
    assert library.asked.count("nvmlDeviceGetFieldValues") == 1
    assert len(library.asked) <= 15


def test_a_missing_function_is_looked_for_once(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = opened("driver_535")
    looked_for: list[str] = []
    exports = library.machine.exports

    def counted(function: str) -> bool:
        looked_for.append(function)
        return exports(function)

    monkeypatch.setattr(library.machine, "exports", counted)
    reader = reader_of(slow_every_s=0.0)
    for _ in range(5):
        reader.look()
    absent = [name for name in looked_for if name in MISSING_IN_535]
    assert sorted(absent) == sorted(set(absent))
    assert reader.absent >= {"nvmlDeviceGetTemperatureV", "nvmlDeviceGetMarginTemperature"}


def test_a_binding_without_a_function_is_like_a_driver_without_it(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened("healthy_load")
    for name in ("nvmlDeviceGetTemperatureV", "nvmlDeviceGetRepairStatus"):
        monkeypatch.delattr(pynvml, name)
    monkeypatch.delattr(pynvml, "NVML_FI_DEV_GET_GPU_RECOVERY_ACTION")
    look = reader_of().look()
    assert look.values["core_temperature"] == 59
    assert look.missing["tpc_repair_pending"] is Reason.NOT_SUPPORTED
    assert look.missing["recovery_action"] is Reason.NOT_SUPPORTED


def test_identity(opened: Open) -> None:
    opened("healthy_load")
    found = identity_of(pynvml, pynvml.nvmlDeviceGetHandleByIndex(0))
    assert found.pop("hostname")
    assert found == {
        "uuid": "GPU-0a1b2c3d-0000-1111-2222-333344445550",
        "pci_bus_id": "00000000:1A:00.0",
        "serial": "1650000000000",
        "model": "NVIDIA H100 80GB HBM3",
        "driver": "590.48.01",
        "vbios": "96.00.A5.00.01",
        "part_number": "692-2G520-0200-000",
        "inforom": "G520.0200.00.05",
        "module": "7",
    }


def test_identity_names_only_what_is_known(opened: Open) -> None:
    opened("geforce")
    found = identity_of(pynvml, pynvml.nvmlDeviceGetHandleByIndex(0))
    assert not {"serial", "part_number"} & found.keys()
    assert found["uuid"].startswith("GPU-4080")


def test_two_gpus_do_not_share_the_buffer_of_their_module(opened: Open) -> None:
    library = opened("eight")
    for i, gpu in enumerate(library.machine.gpus):
        gpu.calls["nvmlDeviceGetModuleId"] = i + 1
    found = [identity_of(pynvml, pynvml.nvmlDeviceGetHandleByIndex(i))["module"] for i in range(8)]
    assert found == [str(i + 1) for i in range(8)]
    default = pynvml.nvmlDeviceGetModuleId.__defaults__[0]
    assert default.value == 0  # the binding's own buffer was never written to


def test_blackwell_links_are_counted_by_their_own_fields(opened: Open) -> None:
    library = opened("healthy_load")
    gpu = library.machine.gpus[0]
    for field, scope in [key for key in gpu.fields if isinstance(key, tuple)]:
        del gpu.fields[field, scope]
    gpu.fields |= {(208, 0): FieldAnswer(3, 4), (215, 17): FieldAnswer(3, 1)}
    assert reader_of().look().values["nvlink_errors"] == 5


def test_older_links_are_counted_one_by_one(opened: Open) -> None:
    library = opened("healthy_load")
    gpu = library.machine.gpus[0]
    for field, scope in [key for key in gpu.fields if isinstance(key, tuple)]:
        del gpu.fields[field, scope]
    gpu.fields[91] = FieldAnswer(1, 2)
    gpu.calls |= {("nvmlDeviceGetNvLinkErrorCounter", 1, 0): 6}
    assert reader_of().look().values["nvlink_errors"] == 6
    gpu.fields |= {38: FieldAnswer(3, 2), 52: FieldAnswer(3, 3)}
    assert reader_of().look().values["nvlink_errors"] == 5
