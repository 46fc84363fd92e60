"""``nvidia-smi --query-gpu``: heading, units, and what stands in place of a value."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from drivers.device import DeviceGarbledError
from drivers.gpu.smi.smi_csv import MOST_UNNAMED
from drivers.points import Reason
from tests.unit.smi.captures import FOLDER, NA, UNTOLD, read, saved, text_of, values
from tests.unit.smi.test_smi_text import H100_LOAD

CSV = "smi_query.csv"
UUID = "GPU-5e0c4f2a-9b31-4d77-8c15-3f60a2d4e910"
FROM_CSV = {
    **H100_LOAD,
    "memory_temperature": 54,
    "power": 631.95,
    "power_instant": 625.68,
    "retired_pages_uncorrected": UNTOLD,
    "channel_repair_pending": UNTOLD,
    "tpc_repair_pending": UNTOLD,
    "unrepairable_memory": UNTOLD,
    "inforom_valid": 1,
    "pcie_replay_count": UNTOLD,
}


def without_units(text: str) -> str:
    """As ``nounits`` prints it: the heading keeps them."""
    head, *rows = text.split("\n")
    return "\n".join([head, *(re.sub(r" (W|MHz|MiB|%)(?=,|$)", "", row) for row in rows)])


@pytest.mark.parametrize("form", [str, without_units])
def test_both_rows_to_the_last_field(tmp_path: Path, form: type[str]) -> None:
    datacentre, geforce = read(saved(tmp_path, form(text_of(CSV))))
    assert values(datacentre) == FROM_CSV
    assert datacentre.identity == {
        "uuid": UUID,
        "serial": "1650923014407",
        "model": "NVIDIA H100 80GB HBM3",
        "pci_bus_id": "00000000:1A:00.0",
        "driver": "590.48.01",
        "vbios": "96.00.A5.00.01",
        "inforom": "G520.0200.00.05",
        "module": "7",
        "captured_at": "2026-07-14 08:12:53",
    }
    seen = values(geforce)
    assert geforce.index == 1
    assert (seen["power"], seen["throttle_reasons"], seen["sm_clock"]) == (84.24, 0x48, 2805)
    assert (seen["performance_state"], seen["memory_total"], seen["pcie_generation"]) == (
        2,
        16376,
        4,
    )
    missing = ("thermal_margin", "memory_temperature", "ecc_mode", "row_remap_failure", "mig_mode")
    assert {seen[key] for key in missing} == {NA}


def test_without_a_heading_only_when_the_columns_are_told(tmp_path: Path) -> None:
    head, *rows = text_of(CSV).rstrip("\n").split("\n")
    bare = saved(tmp_path, without_units("\n".join(["", *rows, ""])).lstrip("\n"))
    with pytest.raises(DeviceGarbledError, match="the columns must be told"):
        read(bare)
    columns = [cell.partition(" [")[0] for cell in head.split(", ")]
    datacentre, _ = read(bare, columns)
    assert values(datacentre) == FROM_CSV


@pytest.mark.parametrize(
    ("heading", "cell", "expected"),
    [
        ("power.draw [W]", "61.20 W", 61.2),
        ("power.draw [W]", "61.20", 61.2),
        ("power.draw", "61.20 W", 61.2),
        ("power.draw", "61.20", Reason.REJECTED),
        ("power.draw [mW]", "61200", Reason.REJECTED),
        ("power.draw [mW]", "[N/A]", NA),
        ("power.draw [W]", "61200 mW", Reason.REJECTED),
        ("power.draw [W]", "61;20 W", Reason.REJECTED),
        ("power.draw [W]", "[Not Supported]", NA),
        ("power.draw [W]", "[Unknown Error]", Reason.SENSOR_FAULT),
        ("power.draw [W]", "[GPU is lost]", Reason.DEVICE_LOST),
        ("power.draw [W]", "[GPU requires reset]", Reason.SENSOR_FAULT),
        ("power.draw [W]", "[Insufficient Permissions]", UNTOLD),
        ("power.draw [W]", "99999 W", Reason.OUT_OF_RANGE),
        ("gpu.power.draw.average [W]", "61.20 W", 61.2),
    ],
)
def test_units_are_checked(tmp_path: Path, heading: str, cell: str, expected: float) -> None:
    (gpu,) = read(saved(tmp_path, f"uuid, {heading}\n{UUID}, {cell}\n"))
    assert values(gpu)["power"] == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("0x0000000000000000", 0),
        ("0x0000000000000004", 4),
        ("0x00000000000000E8", 0xE8),
        ("4", Reason.REJECTED),
        ("0xZZ", Reason.REJECTED),
        ("Active", Reason.REJECTED),
        ("[N/A]", NA),
    ],
)
def test_throttle_masks_are_hex(tmp_path: Path, cell: str, expected: float) -> None:
    name = "clocks_throttle_reasons.active"
    (gpu,) = read(saved(tmp_path, f"uuid, {name}\n{UUID}, {cell}\n"))
    assert values(gpu)["throttle_reasons"] == expected


def test_a_gpu_that_fell_off_between_the_rows(tmp_path: Path) -> None:
    text = (
        "index, pci.bus_id, temperature.gpu\n"
        "0, 00000000:01:00.0, 44\n"
        "Unable to determine the device handle for GPU 0000:02:00.0: GPU is lost.  "
        "Reboot the system to recover this GPU\n"
        "2, 00000000:03:00.0, [GPU is lost]\n"
    )
    first, lost, third = read(saved(tmp_path, text))
    assert (lost.index, lost.identity["pci_bus_id"]) == (1, "00000000:02:00.0")
    assert set(values(lost).values()) == {Reason.DEVICE_LOST}
    assert values(first)["core_temperature"] == 44
    assert values(third)["core_temperature"] is Reason.DEVICE_LOST


def test_a_loop_leaves_the_last_row_of_each(tmp_path: Path) -> None:
    rows = "".join(f"{gpu}, {30 + t}\n" for t in range(5) for gpu in (0, 1))
    samples = read(saved(tmp_path, "index, temperature.gpu\n" + rows))
    assert [(gpu.index, values(gpu)["core_temperature"]) for gpu in samples] == [(0, 34), (1, 34)]
    assert samples[0].measured is None


def test_rows_without_a_name_are_one_gpu_each_within_reason(tmp_path: Path) -> None:
    head = "temperature.gpu, power.draw [W]\n"
    samples = read(saved(tmp_path, head + "41, 70.00 W\n42, 71.00 W\n"))
    assert [values(gpu)["core_temperature"] for gpu in samples] == [41, 42]
    with pytest.raises(DeviceGarbledError, match="query index or uuid as well"):
        read(saved(tmp_path, head + "41, 70.00 W\n" * (MOST_UNNAMED + 1)))


def test_other_queries_in_the_same_file_are_not_gpus(tmp_path: Path) -> None:
    text = (
        "gpu_uuid, pid, process_name\n"
        f"{UUID}, 4711, /opt/train\n"
        "uuid, temperature.gpu\n"
        f"{UUID}, 44\n"
        "timestamp, gpu_uuid, retired_pages.cause\n"
        f"2026/07/14 08:12:53.353, {UUID}, Double Bit ECC\n"
    )
    (gpu,) = read(saved(tmp_path, text))
    assert values(gpu)["core_temperature"] == 44


def test_the_last_number_of_a_cut_file_is_left_out(tmp_path: Path) -> None:
    (gpu,) = read(saved(tmp_path, f"uuid, temperature.gpu, power.limit [W]\n{UUID}, 44, 70"))
    assert (values(gpu)["core_temperature"], values(gpu)["power_limit"]) == (44, UNTOLD)


def test_the_columns_used_exist(tmp_path: Path) -> None:
    assert values(read(FOLDER / CSV)[0])["power_limit"] == 700
    told = "index, remapped_rows.sbe, remapped_rows.dbe, retired_pages.sbe, retired_pages.dbe\n"
    (gpu,) = read(saved(tmp_path, told + "0, 1, 2, 3, 4\n"))
    keys = ["correctable_remapped_rows", "uncorrectable_remapped_rows"]
    keys += ["retired_pages_corrected", "retired_pages_uncorrected"]
    assert [values(gpu)[key] for key in keys] == [1, 2, 3, 4]
