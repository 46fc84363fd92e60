"""Many hosts, some in every kind of trouble: the others keep their period and lose no sample."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack

from console.acquisition.latest import LatestStore, LinkState
from console.acquisition.poller import Poller
from drivers.gpu.device import GpuDevice
from drivers.gpu.exporter_source import MOST_BYTES, ExporterSource
from drivers.points import Reason, Schema, Snapshot
from tests.benchmarks.exporter_hosts import exposition
from tests.unit.gpu_sources.web import Handler, answer, serving

HEALTHY, GPUS, PERIOD_S, WATCHED_S = 12, 8, 0.4, 4.0
MOST_LATE_S = 1.0  # of a busy machine; who waits for a sick host waits for two seconds


class Received:
    """What reached the console, by host."""

    def __init__(self) -> None:
        self.good: Counter[str] = Counter()
        self.links: dict[str, tuple[LinkState, str]] = {}

    def add_part(self, device: str, part: str, schema: Schema) -> None: ...

    def accept(self, device: str, snapshots: Sequence[Snapshot]) -> None:
        live = [s for s in snapshots if s["core_temperature"].reason is Reason.NONE]
        assert len(live) == GPUS
        self.good[device] += 1

    def link_changed(self, device: str, state: LinkState, message: str) -> None:
        self.links[device] = (state, message)

    def tick(self) -> None:
        pass


async def mute(_question: bytes, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3600)


async def drips(_question: bytes, writer: asyncio.StreamWriter) -> None:
    for byte in answer(exposition(0, GPUS)):
        writer.write(bytes((byte,)))
        await writer.drain()
        await asyncio.sleep(0.1)


async def hangs_up(_question: bytes, writer: asyncio.StreamWriter) -> None:
    writer.close()


TROUBLE: dict[str, tuple[Handler | bytes, str]] = {
    "mute": (mute, "did not answer within"),
    "drips": (drips, "did not answer within"),
    "hangs-up": (hangs_up, "hung up"),
    "huge": (answer("a" * 10 * MOST_BYTES), "more than 4000000 bytes"),
    "html": (answer("<html>"), "is a web page"),
    "moved": (answer("", "301 Moved", more="Location: /login\r\n"), "points to"),
    "cut": (answer(exposition(0, GPUS)[:-1]), "cut short"),
}


async def _load_what_is_loaded_once() -> None:
    """The first look of a process loads httpx and the parser: a quarter of a second."""
    async with serving(answer(exposition(0, GPUS))) as port:
        source = ExporterSource(f"http://127.0.0.1:{port}", timeout_s=5.0)
        await source.connect()
        await source.sample()
        await source.close()


async def test_hosts_in_trouble_delay_no_other() -> None:
    latest, received = LatestStore(), Received()
    async with AsyncExitStack() as stack:
        hosts: dict[str, Handler | bytes] = {
            f"host-{n}": answer(exposition(n, GPUS)) for n in range(HEALTHY)
        }
        hosts |= {name: handler for name, (handler, _) in TROUBLE.items()}
        await _load_what_is_loaded_once()
        pollers = []
        for number, (name, handler) in enumerate(hosts.items()):
            port = await stack.enter_async_context(serving(handler))
            source = ExporterSource(f"http://127.0.0.1:{port}", timeout_s=PERIOD_S * 0.8)
            device = GpuDevice(name, source, period_s=PERIOD_S)
            latest.add_device(name, device.url, PERIOD_S)
            phase_s = PERIOD_S * number / len(hosts)
            pollers.append(asyncio.create_task(Poller(device, latest, received, phase_s).run()))
        await asyncio.sleep(WATCHED_S)
        for poller in pollers:
            poller.cancel()
        await asyncio.gather(*pollers, return_exceptions=True)
    links = {link.device: link for link in latest.links()}
    for n in range(HEALTHY):
        link = links[f"host-{n}"]
        assert received.links[link.device] == (LinkState.LIVE, "")
        assert link.missed <= 1  # of ten, on a machine that does other things too
        assert link.worst_late_s < MOST_LATE_S
        assert received.good[link.device] >= WATCHED_S / PERIOD_S - 2
    for name, (_, words) in TROUBLE.items():
        state, message = received.links[name]
        assert state is LinkState.LOST
        assert words in message
        assert received.good[name] == 0
        assert links[name].polls < WATCHED_S / PERIOD_S - 1  # it is asked less often
    worst_ms = max(links[f"host-{n}"].worst_late_s for n in range(HEALTHY)) * 1000
    print(f"\nworst {worst_ms:.0f} ms late")  # noqa: T201  what this is run for
