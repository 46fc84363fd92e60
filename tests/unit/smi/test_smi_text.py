"""``nvidia-smi -q`` of six drivers and states: every field, sign and unit."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.gpu.points import gpu_points
from drivers.gpu.smi.spec import smi_spec
from drivers.points import Reason
from tests.unit.smi.captures import FOLDER, NA, NOW, UNTOLD, read, saved, text_of, values

H100_LOAD = {
    "core_temperature": 59,
    "hotspot_temperature": UNTOLD,
    "memory_temperature": 55,
    "thermal_margin": 26,
    "power": 629.45,
    "power_instant": 588.39,
    "power_limit": 700,
    "energy": UNTOLD,
    "utilization": 100,
    "memory_utilization": 11,
    "throttle_reasons": 0,
    "performance_state": 0,
    "sm_clock": 1980,
    "sm_clock_max": 1980,
    "memory_clock": 2619,
    "memory_used": 19818,
    "memory_total": 81559,
    "ecc_mode": 1,
    "ecc_corrected_volatile": 0,
    "ecc_uncorrected_volatile": 0,
    "ecc_corrected_aggregate": 0,
    "ecc_uncorrected_aggregate": 0,
    "sram_threshold_exceeded": 0,
    "correctable_remapped_rows": 0,
    "uncorrectable_remapped_rows": 0,
    "row_remap_pending": 0,
    "row_remap_failure": 0,
    "retired_pages_corrected": NA,
    "retired_pages_uncorrected": NA,
    "retired_pages_pending": NA,
    "channel_repair_pending": 0,
    "tpc_repair_pending": 0,
    "unrepairable_memory": 0,
    "inforom_valid": UNTOLD,
    "pcie_replay_count": 9,
    "pcie_generation": 5,
    "pcie_generation_max": 5,
    "pcie_width": 16,
    "pcie_width_max": 16,
    "nvlink_errors": UNTOLD,
    "fabric_state": 3,
    "mig_mode": 0,
    "recovery_action": 0,
    "last_xid": UNTOLD,
    "xid_count": UNTOLD,
}


def test_a_loaded_h100_to_the_last_field() -> None:
    (gpu,) = read(FOLDER / "smi_q_h100.txt")
    assert values(gpu) == H100_LOAD
    assert gpu.index == 0
    assert gpu.own_limits == {
        "max_operating_margin": 0,
        "slowdown_margin": -2,
        "shutdown_margin": -8,
    }
    assert gpu.identity == {
        "uuid": "GPU-5e0c4f2a-9b31-4d77-8c15-3f60a2d4e910",
        "serial": "1650923014407",
        "model": "NVIDIA H100 80GB HBM3",
        "pci_bus_id": "00000000:1A:00.0",
        "driver": "590.48.01",
        "vbios": "96.00.A5.00.01",
        "part_number": "692-2G520-0200-000",
        "inforom": "G520.0200.00.05",
        "module": "7",
        "captured_at": "2026-07-14 08:12:53",
    }


def test_the_time_is_that_of_the_capture() -> None:
    (gpu,) = read(FOLDER / "smi_q_h100.txt")
    assert gpu.measured is not None
    assert gpu.measured.utc_us == 1_784_016_773_000_000  # 2026-07-14 08:12:53 UTC
    ago_s = (NOW.utc_us - gpu.measured.utc_us) / 1e6
    assert gpu.measured.mono_s == pytest.approx(NOW.mono_s - ago_s)


def test_of_several_dumps_the_last_one_counts(tmp_path: Path) -> None:
    idle, load = text_of("smi_q_h100.txt").split("==============NVSMI LOG==============")[1:]
    mark = "==============NVSMI LOG=============="
    (gpu,) = read(saved(tmp_path, mark + load + mark + idle))
    seen = values(gpu)
    assert (seen["core_temperature"], seen["thermal_margin"]) == (41, 46)
    assert (seen["power"], seen["throttle_reasons"], seen["memory_used"]) == (69.85, 1, 0)


def test_ill_and_lost_gpus_between_healthy_numbers() -> None:
    ill, lost, dead = read(FOLDER / "smi_q_worn.txt")
    assert [gpu.index for gpu in (ill, lost, dead)] == [0, 1, 2]
    assert set(values(lost).values()) == {Reason.DEVICE_LOST}
    assert lost.identity == {"pci_bus_id": "00000000:1D:00.0"}
    seen = values(ill)
    expected = {
        "thermal_margin": -3,
        "throttle_reasons": 0b0110_1100,
        "ecc_corrected_volatile": 1043,
        "ecc_uncorrected_volatile": 3,
        "ecc_corrected_aggregate": 20982,
        "ecc_uncorrected_aggregate": 7,
        "sram_threshold_exceeded": 1,
        "channel_repair_pending": 1,
        "correctable_remapped_rows": 4,
        "uncorrectable_remapped_rows": 3,
        "row_remap_pending": 1,
        "row_remap_failure": 0,
        "pcie_replay_count": 1203,
        "recovery_action": 1,
    }
    assert {key: seen[key] for key in expected} == expected
    assert values(dead)["row_remap_failure"] == 1


def test_a_gpu_cut_into_instances_keeps_its_own_numbers() -> None:
    (gpu,) = read(FOLDER / "smi_q_mig.txt")
    seen = values(gpu)
    assert seen["mig_mode"] == 1
    assert seen["utilization"] is seen["memory_utilization"] is NA
    assert (seen["memory_used"], seen["memory_total"]) == (11125, 81559)
    assert seen["ecc_uncorrected_volatile"] == 0, "77 is that of an instance"
    assert seen["row_remap_failure"] is seen["correctable_remapped_rows"] is NA


def test_a_geforce_has_neither_ecc_nor_margin() -> None:
    (gpu,) = read(FOLDER / "smi_q_geforce.txt")
    seen = values(gpu)
    assert gpu.own_limits == {"max_operating": 90, "slowdown": 96, "shutdown": 101}
    assert "serial" not in gpu.identity
    assert (seen["core_temperature"], seen["power"], seen["power_instant"]) == (43, 25.92, 27.74)
    assert (seen["pcie_generation"], seen["pcie_generation_max"]) == (1, 4)
    assert (seen["performance_state"], seen["sm_clock"], seen["throttle_reasons"]) == (8, 210, 1)
    missing = ["thermal_margin", "memory_temperature", "ecc_mode", "ecc_corrected_volatile"]
    missing += ["ecc_uncorrected_aggregate", "row_remap_failure", "fabric_state", "mig_mode"]
    assert {seen[key] for key in missing} == {NA}


def test_the_words_of_driver_610() -> None:
    (gpu,) = read(FOLDER / "smi_q_610.txt")
    seen = values(gpu)
    assert gpu.identity["driver"] == "610.57.04"
    assert (seen["power"], seen["power_limit"]) == (97.75, 250), "before Ampere: no average"
    assert (seen["thermal_margin"], seen["recovery_action"]) == (NA, NA)
    assert (seen["pcie_width"], seen["pcie_width_max"], seen["pcie_generation"]) == (8, 16, 3)
    assert (seen["retired_pages_corrected"], seen["retired_pages_uncorrected"]) == (3, 1)
    assert seen["retired_pages_pending"] == 1
    assert seen["throttle_reasons"] == 0x100
    assert seen["ecc_uncorrected_volatile"] is NA
    assert seen["ecc_uncorrected_aggregate"] is UNTOLD


def test_the_words_of_driver_525() -> None:
    (gpu,) = read(FOLDER / "smi_q_old.txt")
    seen = values(gpu)
    assert gpu.identity["captured_at"] == "2024-03-04 07:05:09"
    assert (seen["power"], seen["power_limit"], seen["power_instant"]) == (391.2, 380, UNTOLD)
    assert (seen["ecc_mode"], seen["utilization"]) == (1, 88)
    assert (seen["ecc_corrected_volatile"], seen["ecc_uncorrected_volatile"]) == (7, 3)
    assert (seen["ecc_corrected_aggregate"], seen["ecc_uncorrected_aggregate"]) == (91, 7)
    assert seen["throttle_reasons"] == 4
    assert gpu.own_limits["shutdown"] == 92


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("N/A", NA),
        ("[N/A]", NA),
        ("Requested functionality has been deprecated", NA),
        ("Unknown Error", Reason.SENSOR_FAULT),
        ("GPU requires reset", Reason.SENSOR_FAULT),
        ("GPU is lost", Reason.DEVICE_LOST),
        ("59 F", Reason.REJECTED),
        ("59", Reason.REJECTED),
        ("5\ufffd C", Reason.REJECTED),
        ("٥٩ C", Reason.REJECTED),
        ("nan C", Reason.REJECTED),
        ("", Reason.REJECTED),
        ("400 C", Reason.OUT_OF_RANGE),
        ("-12 C", -12),
        ("59 C", 59),
    ],
)
def test_what_is_printed_for_a_temperature(
    tmp_path: Path, printed: str, reason: Reason | float
) -> None:
    text = text_of("smi_q_geforce.txt").replace("43 C", printed)
    (gpu,) = read(saved(tmp_path, text))
    assert values(gpu)["core_temperature"] == reason


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("None", 0),
        ("Reset", 1),
        ("GPU Reset", 1),
        ("Reboot", 2),
        ("Node Reboot", 2),
        ("Drain P2P", 3),
        ("Drain and Reset", 4),
        ("Pray", Reason.REJECTED),
    ],
)
def test_recovery_actions_are_words(tmp_path: Path, word: str, number: float) -> None:
    text = text_of("smi_q_worn.txt").replace(": Reset", f": {word}")
    assert values(read(saved(tmp_path, text))[0])["recovery_action"] == number


def test_one_sum_needs_all_its_parts(tmp_path: Path) -> None:
    lines = text_of("smi_q_worn.txt").splitlines(keepends=True)
    first = next(n for n, line in enumerate(lines) if "DRAM Correctable" in line)
    (ill, *_) = read(saved(tmp_path, "".join(lines[:first] + lines[first + 1 :])))
    assert values(ill)["ecc_corrected_volatile"] is UNTOLD
    lines[first] = lines[first].replace("1041", "Unknown Error")
    (ill, *_) = read(saved(tmp_path, "".join(lines)))
    assert values(ill)["ecc_corrected_volatile"] is Reason.SENSOR_FAULT


def test_no_throttle_mask_without_every_reason(tmp_path: Path) -> None:
    text = text_of("smi_q_worn.txt")
    without = "\n".join(line for line in text.split("\n") if "HW Thermal Slowdown" not in line)
    assert values(read(saved(tmp_path, without))[0])["throttle_reasons"] is UNTOLD
    failed = text.replace(
        "HW Slowdown                                    : Active",
        "HW Slowdown                                    : Unknown Error",
    )
    assert values(read(saved(tmp_path, failed))[0])["throttle_reasons"] is Reason.SENSOR_FAULT


def test_a_lost_heading_does_not_lend_its_lines_to_another(tmp_path: Path) -> None:
    text = text_of("smi_q_h100.txt").split("==============NVSMI LOG==============")[2]
    lines = [line for line in text.split("\n") if "GPU Memory Power Readings" not in line]
    (gpu,) = read(saved(tmp_path, "\n".join(lines)))
    assert values(gpu)["power"] is Reason.REJECTED, "629.45 W or 85.83 W: it cannot be told"
    assert values(gpu)["core_temperature"] == 59
    lines = [line for line in text.split("\n") if "    GPU Power Readings" not in line]
    (gpu,) = read(saved(tmp_path, "\n".join(lines)))
    assert values(gpu)["power"] is UNTOLD


def test_every_place_belongs_to_a_point_that_exists() -> None:
    spec = smi_spec()
    keys = {point.key for point in gpu_points()}
    assert {value.key for value in spec.value} <= keys
    assert set(spec.words) <= keys
    assert set(spec.throttle.bits.values()) == set(range(9))
    lines = {tuple(place.rpartition("/")[::2]) for v in spec.value for way in v.at for place in way}
    for section, order in spec.order.items():
        assert {line for of, line in lines if of == section} <= set(order)
