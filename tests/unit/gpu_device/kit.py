"""A source that says what a test wants it to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drivers.gpu.device import GpuDevice
from drivers.gpu.roster import ExpectedGpu
from drivers.gpu.source import Capability, GpuFault, GpuSample, readings
from drivers.points import Reason, Stamp

H100 = "NVIDIA H100 80GB HBM3"


def at(seconds: float) -> Stamp:
    return Stamp(1_700_000_000_000_000 + round(seconds * 1e6), seconds)


def gpu(
    index: int,
    name: str = "",
    *,
    bus: str = "",
    serial: str = "",
    model: str = H100,
    measured: Stamp | None = None,
    **values: float,
) -> GpuSample:
    """A GPU called ``GPU-<name>`` at a place on the bus that follows from its first number."""
    name = name or f"{index}"
    identity = {"uuid": f"GPU-{name}", "pci_bus_id": bus or f"0000:{index + 16:02x}:00.0"}
    identity |= {"model": model} if model else {}
    identity |= {"serial": serial} if serial else {}
    found = {"core_temperature": 60.0, **values}
    return GpuSample(index, identity, *readings(found, {}, Reason.NOT_EXPORTED), measured=measured)


class SaidSource:
    """Answers with ``says``; ``told`` are the faults of the next look."""

    url = "said://here"

    def __init__(self, *capabilities: Capability) -> None:
        self.capabilities = frozenset({Capability.SAMPLE, *capabilities})
        self.says: Sequence[GpuSample] = ()
        self.told: list[GpuFault] = []

    async def connect(self) -> None:
        pass

    async def inventory(self) -> Sequence[Mapping[str, str]]:
        return [sample.identity for sample in self.says]

    async def sample(self) -> Sequence[GpuSample]:
        return self.says

    def faults(self) -> Sequence[GpuFault]:
        told, self.told = self.told, []
        return told

    async def close(self) -> None:
        pass


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> Stamp:
        return at(self.seconds)


def device(
    *capabilities: Capability, expected: Sequence[ExpectedGpu] = ()
) -> tuple[GpuDevice, SaidSource, Clock]:
    source, clock = SaidSource(*capabilities), Clock()
    return GpuDevice("node-1", source, expected=expected, clock=clock), source, clock
