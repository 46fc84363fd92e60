"""A host's exporter over HTTP: dcgm-exporter or nvidia_gpu_exporter, whichever answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from drivers.device import DeviceError
from drivers.gpu.exposition import ExpositionReader
from drivers.gpu.http import Address, HttpGetter
from drivers.gpu.source import Capability, GpuFault, GpuSample
from drivers.gpu.xid_times import XidTimes
from drivers.points import Stamp

MOST_BYTES = 4_000_000
"""An exporter of sixteen GPUs in seven instances each, with every field there is, fills half."""


class ExporterSource:
    """``http(s)://[USER:PASSWORD@]HOST:PORT[/metrics]``; a :class:`~drivers.gpu.source.GpuSource`.

    Raises ValueError for an address that is none. ``timeout_s`` is for the whole answer.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = 1.0,
        ca_file: Path | None = None,
        clock: Callable[[], Stamp] = Stamp.now,
    ) -> None:
        address = Address.parse(url, "/metrics")
        self._getter = HttpGetter(
            address, timeout_s=timeout_s, most_bytes=MOST_BYTES, ca_file=ca_file
        )
        self._clock = clock
        self._reader = ExpositionReader()
        self._xids = XidTimes()

    @property
    def url(self) -> str:
        """Where it is, without the password."""
        return self._getter.url

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Sampling; fault events too once the exporter is one that tells their times."""
        told = {Capability.INVENTORY, Capability.SAMPLE}
        return frozenset(told | {Capability.EVENTS} if self._xids.are_told else told)

    async def connect(self) -> None:
        """Prepare the connection; the first look opens it. Raises DeviceError."""
        await self._getter.open()

    async def inventory(self) -> Sequence[Mapping[str, str]]:
        """Return the identity of each GPU; raises DeviceError."""
        return [sample.identity for sample in await self.sample()]

    async def sample(self) -> Sequence[GpuSample]:
        """Scrape once; raises DeviceError. A GPU that its driver has lost is not in the answer."""
        text = await self._getter.text()
        now = self._clock()
        try:
            samples = self._reader.read(text, now)
        except DeviceError as error:
            raise type(error)(f"{self.url}: {error}") from None
        self._xids.take(self._reader.xids, now)
        return samples

    def faults(self) -> Sequence[GpuFault]:
        """Return the Xids since the last call, where the exporter tells when they happened."""
        return self._xids.new()

    async def close(self) -> None:
        """Drop the connection."""
        await self._getter.close()
