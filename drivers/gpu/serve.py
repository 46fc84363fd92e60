"""A small exporter for hosts that have none: looks at the GPUs and serves the last look.

Looking and serving are two things: whoever scrapes gets the last look at once, whatever a GPU is
doing, and no text at all (503) once that look is too old to be called live.
"""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Callable

from drivers.device import DeviceError, DeviceTimeoutError
from drivers.gpu.exporter_page import XidWindow, exporter_page
from drivers.gpu.source import Capability, GpuSource
from drivers.http_server import MetricsProtocol
from drivers.points import Stamp
from drivers.ports import Port

MOST_CONNECTIONS = 64
LOOKS_KEPT = 3.0
SHORTEST_KEPT_S = 5.0
LONGEST_LOOK_S = 30.0
LONGEST_BACK_OFF_S = 30.0


class GpuServer:
    """Serves one source under ``http://HOST:PORT/metrics`` until told to stop.

    ``told`` is called with a sentence when the source fails and an empty one when it works again.
    """

    def __init__(
        self,
        source: GpuSource,
        *,
        host: str = "0.0.0.0",
        port: int = 9400,
        interval_s: float = 1.0,
        told: Callable[[str], None] = lambda _: None,
        clock: Callable[[], Stamp] = Stamp.now,
    ) -> None:
        self._source = source
        self._interval_s = interval_s
        self._told = told
        self._clock = clock
        self._hostname = platform.node() or "unknown"
        self._xids = XidWindow()
        self._page: tuple[str, float] | None = None
        self._is_connected = False
        self._trouble = ""
        self._port = Port(
            lambda registry: MetricsProtocol(registry, self.page),
            host,
            port,
            most=MOST_CONNECTIONS,
        )

    @property
    def port(self) -> int:
        """The port that is listened on; the one given may have been 0."""
        return self._port.number

    def page(self) -> str | None:
        """Return the text of the last look, or None where it is too old to be served."""
        if self._page is None:
            return None
        text, looked_s = self._page
        kept_s = max(LOOKS_KEPT * self._interval_s, SHORTEST_KEPT_S)
        return text if self._clock().mono_s - looked_s <= kept_s else None

    async def open(self) -> None:
        """Listen and look for the first time; raises OSError and DeviceError."""
        await self._port.open()
        try:
            await self._look()
        except BaseException:
            await self.close()
            raise

    async def run(self, stop: asyncio.Event) -> None:
        """Look again and again until ``stop`` is set, then close."""
        looking = asyncio.create_task(self._keep_looking(), name="GPU exporter")
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({looking, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if looking.done():
                looking.result()  # a fault of this program: it must not look like a quiet end
        finally:
            looking.cancel()
            stopping.cancel()
            await asyncio.gather(looking, stopping, return_exceptions=True)
            await self.close()

    async def close(self) -> None:
        """Stop listening and let go of the source."""
        self._port.close()
        await self._source.close()

    async def _keep_looking(self) -> None:
        loop = asyncio.get_running_loop()
        due_s, back_off_s = loop.time(), self._interval_s
        while True:
            due_s = max(due_s + self._interval_s, loop.time())
            await asyncio.sleep(due_s - loop.time())
            try:
                await self._look()
            except DeviceError as error:
                self._say(str(error))
                await asyncio.sleep(back_off_s)
                back_off_s = min(back_off_s * 2, LONGEST_BACK_OFF_S)
            else:
                self._say("")
                back_off_s = self._interval_s

    async def _look(self) -> None:
        """Look once and keep the text; after a DeviceError the next look opens the source anew."""
        started_s = self._clock().mono_s
        try:
            async with asyncio.timeout(LONGEST_LOOK_S):
                if not self._is_connected:
                    await self._source.connect()
                    self._is_connected = True
                samples = await self._source.sample()
        except TimeoutError:
            self._is_connected = False
            raise DeviceTimeoutError(
                f"{self._source.url} has not answered for {LONGEST_LOOK_S:g} s"
            ) from None
        except DeviceError:
            self._is_connected = False
            raise
        self._xids.add(self._source.faults())
        now_s = self._clock().mono_s
        has_events = Capability.EVENTS in self._source.capabilities
        counts = self._xids.counts(now_s) if has_events else None
        look_s, times = now_s - started_s, self._xids.last_s
        text = exporter_page(samples, counts, self._hostname, look_s, times)
        self._page = (text, now_s)

    def _say(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            self._told(trouble)
