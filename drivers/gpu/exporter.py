"""A host's exporter over HTTP, as a pollable device that speaks for every GPU in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from drivers.device import DeviceError, DeviceGarbledError, DeviceRefusedError, DeviceTimeoutError
from drivers.gpu.exposition import GpuSample, read_exposition
from drivers.gpu.points import gpu_schema
from drivers.points import Reason, Schema, Snapshot, Stamp

if TYPE_CHECKING:
    import httpx

_MOST_BYTES = 16_000_000


class ExporterDevice:
    """Scrapes one exporter. A GPU once seen, or promised by the site file, and absent is lost."""

    def __init__(
        self,
        device_id: str,
        url: str,
        *,
        expected_gpus: int | None = None,
        period_s: float = 2.0,
        timeout_s: float = 1.0,
        clock: Callable[[], Stamp] = Stamp.now,
    ) -> None:
        self.id = device_id
        self.url = url
        self.period_s = period_s
        self._timeout_s = min(timeout_s, period_s * 0.8)
        self._clock = clock
        self._client: httpx.AsyncClient | None = None
        self._sequence = 0
        self._identity: dict[int, dict[str, str]] = {i: {} for i in range(expected_gpus or 0)}

    @property
    def parts(self) -> Sequence[tuple[str, Schema]]:
        """One part per GPU expected or ever seen, in index order."""
        return tuple((self._part(i), gpu_schema()) for i in sorted(self._identity))

    async def connect(self) -> None:
        """Prepare the connection; the first poll opens it."""
        import httpx  # a tenth of a second, which the window need not wait for

        await self.close()
        # No proxy from the environment: equipment is on the local network.
        self._client = httpx.AsyncClient(timeout=self._timeout_s, trust_env=False)

    async def poll(self) -> Sequence[Snapshot]:
        """Scrape once; raises DeviceError."""
        return self.accept(await self._scrape())

    def accept(self, text: str) -> Sequence[Snapshot]:
        """Return a snapshot of every known GPU from a text; raises DeviceGarbledError."""
        found = read_exposition(text)
        if not found and not self._identity:
            raise DeviceGarbledError(f"{self.url} answered, but names no GPU")
        self._sequence += 1
        now = self._clock()
        for index, gpu in found.items():
            if gpu.identity != self._identity.get(index):
                self._identity[index] = gpu.identity
        return tuple(self._snapshot(i, found.get(i), now) for i in sorted(self._identity))

    async def close(self) -> None:
        """Drop the connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _part(self, index: int) -> str:
        return f"{self.id}/gpu{index}"

    def _snapshot(self, index: int, gpu: GpuSample | None, now: Stamp) -> Snapshot:
        schema = gpu_schema()
        if gpu is None:
            values = np.full(len(schema), np.nan)
            reasons = np.full(len(schema), int(Reason.DEVICE_LOST), np.uint8)
        else:
            values, reasons = gpu.decode()
        identity = self._identity[index]
        return Snapshot(self._part(index), schema, values, reasons, now, self._sequence, identity)

    async def _scrape(self) -> str:
        import httpx

        if self._client is None:
            raise DeviceError(f"{self.url} is not connected")
        try:
            answer = await self._client.get(self.url)
        except httpx.TimeoutException:
            raise DeviceTimeoutError(
                f"{self.url} did not answer within {self._timeout_s:g} s"
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise DeviceError(f"{self.url}: {str(error) or type(error).__name__}") from None
        if answer.status_code != 200:
            raise DeviceRefusedError(f"{self.url} answered with HTTP status {answer.status_code}")
        if len(answer.content) > _MOST_BYTES:
            raise DeviceGarbledError(f"{self.url} answered with more than {_MOST_BYTES} bytes")
        return answer.text
