"""The same adapter over a real driver, where there is one, beside nvidia-smi at the same moment.

The comparison itself is tested everywhere, over the capture that the fake library is made from.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator

import pytest

from drivers.device import DeviceError
from drivers.gpu.nvml.library import LIBRARY_VARIABLE
from drivers.gpu.nvml.patience import Patience
from drivers.gpu.nvml.source import NvmlSource
from drivers.gpu.smi.captured import CapturedGpu
from drivers.gpu.smi.smi_csv import read_query_csv
from drivers.gpu.source import GpuSample
from drivers.points import Reason
from tests.integration.smi_comparison import ask_nvidia_smi, disagreements

PATIENT = Patience(soft_s=10.0, hard_s=20.0, connect_s=40.0, lookup_s=20.0)
CAPTURED = """\
index, uuid, pci.bus_id, pstate, temperature.gpu, temperature.gpu.tlimit, temperature.memory, \
power.draw [W], power.draw.instant [W], enforced.power.limit [W], memory.used [MiB], \
clocks.current.sm [MHz], ecc.mode.current, ecc.errors.corrected.volatile.total, \
remapped_rows.pending, remapped_rows.failure, pcie.link.gen.gpucurrent, mig.mode.current, \
gpu_recovery_action, retired_pages.pending, inforom.checksum_validation
0, GPU-0a1b2c3d-0000-1111-2222-333344445550, 00000000:1A:00.0, P0, 59, 26, 54, 631.95 W, \
625.68 W, 700.00 W, 19818 MiB, 1980 MHz, Enabled, 0, No, No, 5, Disabled, None, [N/A], valid
"""


@pytest.fixture
async def real() -> AsyncIterator[NvmlSource]:
    source = NvmlSource(library=os.environ.get(LIBRARY_VARIABLE, ""), patience=PATIENT)
    try:
        await source.connect()
        await source.sample()
    except DeviceError as error:
        await source.close()
        pytest.skip(f"needs an NVIDIA GPU: {error}")
    yield source
    await source.close()


def smi() -> list[CapturedGpu]:
    try:
        return ask_nvidia_smi()
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"needs nvidia-smi: {error}")


async def looked_at(source: NvmlSource) -> dict[str, GpuSample]:
    return {sample.key: sample for sample in await source.sample()}


@pytest.mark.peer
async def test_every_field_agrees_with_nvidia_smi(real: NvmlSource) -> None:
    before = {gpu.key: gpu for gpu in smi()}
    ours = await looked_at(real)
    after = {gpu.key: gpu for gpu in smi()}
    assert ours.keys() == before.keys() == after.keys()
    told = {key: disagreements(ours[key], before[key], after[key]) for key in ours}
    assert not any(told.values()), told
    for key, sample in ours.items():
        assert sample.identity.get("serial", "") == after[key].identity.get("serial", "")


@pytest.mark.peer
async def test_ten_looks_at_a_real_gpu_in_a_row(real: NvmlSource) -> None:
    for _ in range(10):
        for sample in await real.sample():
            assert Reason.NONE in sample.reasons
        await asyncio.sleep(0.2)
    assert real.report.abandoned == 0
    assert not real.report.trouble


class TestTheComparison:
    """So that it does not first run where it matters."""

    @pytest.fixture
    async def ours(self) -> AsyncIterator[GpuSample]:
        source = NvmlSource(library="tests.fake_nvml:healthy_load", patience=PATIENT)
        try:
            await source.connect()
            (sample,) = await source.sample()
            yield sample
        finally:
            await source.close()

    def test_the_capture_agrees(self, ours: GpuSample) -> None:
        (captured,) = read_query_csv(CAPTURED)
        assert len(captured.found) >= 15
        assert disagreements(ours, captured, captured) == []

    @pytest.mark.parametrize(
        ("printed", "instead", "key"),
        [
            ("59, 26", "62, 26", "core_temperature"),
            ("59, 26", "59, -26", "thermal_margin"),
            ("631.95 W", "0.63 W", "power"),
            ("19818 MiB", "20297 MiB", "memory_used"),
            ("No, No", "No, Yes", "row_remap_failure"),
            ("None, [N/A]", "None, No", "retired_pages_pending"),
            ("Enabled, 0", "Enabled, [N/A]", "ecc_corrected_volatile"),
            ("P0", "P8", "performance_state"),
        ],
    )
    def test_what_differs_is_named(
        self, ours: GpuSample, printed: str, instead: str, key: str
    ) -> None:
        (captured,) = read_query_csv(CAPTURED.replace(printed, instead))
        (line,) = disagreements(ours, captured, captured)
        assert line.startswith(f"{key}: ")
