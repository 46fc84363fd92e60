"""The exporter's text, read by the Prometheus client's own parser."""

from __future__ import annotations

import re

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from drivers.simulator.counters import COUNTERS, PROFILING
from drivers.simulator.exporter import DcgmExporter
from drivers.simulator.gpus import GpuBank
from drivers.simulator.seats import Identity, Seats
from tests.unit.simulator.made import make_plant

LINE = re.compile(
    r'DCGM_FI_(DEV|PROF)_[A-Z_0-9]+\{gpu="\d+",UUID="GPU-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",'
    r'pci_bus_id="00000000:[0-9A-F]{2}:00\.0",device="nvidia\d+",modelName="NVIDIA H100 80GB HBM3",'
    r'hostname="node-7",DCGM_FI_DRIVER_VERSION="580\.126\.09"'
    r'(,err_code="\d+",err_msg="[^"]*")?\} -?\d+(\.\d{6})?'
)
LINK_LINE = re.compile(
    r'DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL\{nvlink="0",gpu="\d+",gpu_uuid="GPU-[^"]+",'
    r'pci_bus_id="[^"]+",device="nvidia\d+",model_name="[^"]+",hostname="node-7",'
    r'DCGM_FI_DRIVER_VERSION="[^"]+"\} \d+'
)


@pytest.fixture
def bank() -> GpuBank:
    made = GpuBank(2, 4, np.random.default_rng(2))
    made.forced_busy[:] = True
    for _ in range(120):
        made.step(0.5, 43.0)
    return made


def seats(bank: GpuBank) -> Seats:
    rng = np.random.default_rng(9)
    bought, spares = (tuple(Identity.draw(rng) for _ in range(4)) for _ in range(2))
    return Seats(bank, 4, bought, spares)


def exporter(bank: GpuBank, *, recommended: bool = False) -> DcgmExporter:
    return DcgmExporter("node-7", seats(bank), recommended=recommended)


def samples(text: str, name: str) -> dict[int, Sample]:
    return {
        int(sample.labels["gpu"]): sample
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.removesuffix("_total") == name.removesuffix("_total")
    }


def test_every_line_has_the_shape_of_the_real_exporter(bank: GpuBank) -> None:
    lines = exporter(bank).exposition().splitlines()
    data = [line for line in lines if not line.startswith("#")]
    assert len(data) == 4 * (len(COUNTERS) + len(PROFILING) + 1)
    for line in data:
        assert (LINE.fullmatch(line) or LINK_LINE.fullmatch(line)) is not None, line
    heads = [line for line in lines if line.startswith("#")]
    assert all(re.match(r"# (HELP|TYPE) DCGM_FI_\w+ .+", line) for line in heads)


def test_the_values_are_those_of_this_hosts_gpus(bank: GpuBank) -> None:
    text = exporter(bank).exposition()
    for gpu in range(4):
        at = 4 + gpu
        for name, expected in (
            ("GPU_TEMP", round(bank.core_c[at])),
            ("MEMORY_TEMP", round(bank.memory_c[at])),
            ("SM_CLOCK", bank.sm_clock_mhz[at]),
            ("MEM_CLOCK", 2619),
            ("XID_ERRORS", 0),
            ("TOTAL_ENERGY_CONSUMPTION", round(bank.energy_j[at] * 1000)),
            ("GPU_UTIL", round(100 * bank.utilisation[at])),
            ("ROW_REMAP_FAILURE", 0),
        ):
            assert samples(text, f"DCGM_FI_DEV_{name}")[gpu].value == expected, name
        power = samples(text, "DCGM_FI_DEV_POWER_USAGE")[gpu].value
        assert power == pytest.approx(bank.power_w[at], abs=1e-6)
        memory = [samples(text, f"DCGM_FI_DEV_FB_{part}")[gpu] for part in ("FREE", "USED")]
        assert sum(sample.value for sample in memory) == 81_559 - 551


def test_types_are_those_of_the_default_counters(bank: GpuBank) -> None:
    families = {f.name: f.type for f in text_string_to_metric_families(exporter(bank).exposition())}
    assert families["DCGM_FI_DEV_GPU_TEMP"] == "gauge"
    assert families["DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"] == "counter"
    assert families["DCGM_FI_PROF_GR_ENGINE_ACTIVE"] == "gauge"
    assert "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL" not in families


def test_ecc_and_serial_only_with_the_recommended_counters(bank: GpuBank) -> None:
    plain, more = exporter(bank).exposition(), exporter(bank, recommended=True).exposition()
    assert "ECC" not in plain
    assert "SERIAL" not in plain
    assert samples(more, "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL")[0].value == 0
    assert re.fullmatch(
        r"165\d{10}", samples(more, "DCGM_FI_DEV_GPU_TEMP")[0].labels["DCGM_FI_DEV_SERIAL"]
    )


def test_a_lost_gpu_has_no_line_and_the_others_keep_their_numbers(bank: GpuBank) -> None:
    bank.lose(5, visible_s=1.0)
    made = exporter(bank)
    xid = samples(made.exposition(), "DCGM_FI_DEV_XID_ERRORS")[1]
    assert (xid.value, xid.labels["err_code"]) == (79, "79")
    for _ in range(3):
        bank.step(0.5, 43.0)
    text = made.exposition()
    assert 'gpu="1"' not in text
    assert sorted(samples(text, "DCGM_FI_DEV_GPU_TEMP")) == [0, 2, 3]
    bank.off[4:8] = True
    assert made.exposition() == ""


def test_identities_are_distinct_and_repeatable() -> None:
    plants = [make_plant(hosts=8, seed=4) for _ in range(2)]
    texts = ["".join(plant.exposition(host) for host in plant.hosts) for plant in plants]
    uuids = set(re.findall(r'UUID="([^"]+)"', texts[0]))
    assert len(uuids) == 64
    assert texts[0] == texts[1]


def test_32_gpus_have_32_bus_addresses() -> None:
    plant = make_plant(tanks=1, hosts=1, gpus_per_host=32)
    assert len(set(re.findall(r'pci_bus_id="([^"]+)"', plant.exposition("node-1")))) == 32
