"""A source that says what a test wants, and hangs or fails when told to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from drivers.device import DeviceError
from drivers.gpu.source import Capability, GpuFault, GpuSample, readings, silence
from drivers.points import Reason

UUID = "GPU-5e0c4f2a-9b31-4d77-8c15-3f60a2d4e9{:02x}"


def who(index: int, **more: str) -> dict[str, str]:
    return {
        "uuid": UUID.format(index),
        "serial": f"16509230144{index:02d}",
        "model": "NVIDIA H100 80GB HBM3",
        "pci_bus_id": f"00000000:{0x1A + index:02X}:00.0",
        "driver": "590.48.01",
        "vbios": "96.00.A5.00.01",
        "inforom": "G520.0200.00.05",
        **more,
    }


def gpu(
    index: int,
    found: Mapping[str, float],
    missing: Mapping[str, Reason] | None = None,
    limits: Mapping[str, float] | None = None,
    **more: str,
) -> GpuSample:
    read = readings(found, missing or {}, Reason.NOT_SUPPORTED)
    return GpuSample(index, who(index, **more), *read, limits or {})


def silent(index: int, reason: Reason) -> GpuSample:
    return GpuSample(index, who(index), *silence(reason))


class FakeSource:
    """Answers with ``samples``; waits while ``hangs``; raises ``error`` while there is one."""

    url = "fake://"

    def __init__(self, samples: Sequence[GpuSample] = ()) -> None:
        self.samples = list(samples)
        self.told: list[GpuFault] = []
        self.error: DeviceError | None = None
        self.hangs = False
        self.looks = self.connects = self.closes = 0
        self.capabilities = frozenset({Capability.SAMPLE, Capability.EVENTS})

    async def connect(self) -> None:
        self.connects += 1
        if self.error:
            raise self.error

    async def inventory(self) -> Sequence[Mapping[str, str]]:
        return [sample.identity for sample in self.samples]

    async def sample(self) -> Sequence[GpuSample]:
        self.looks += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.error:
            raise self.error
        return self.samples

    def faults(self) -> Sequence[GpuFault]:
        told, self.told = self.told, []
        return told

    async def close(self) -> None:
        self.closes += 1
