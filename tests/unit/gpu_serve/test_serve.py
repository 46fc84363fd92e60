"""The exporter of our own on a real port: live, hung, failing, and under attack."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from drivers.device import DeviceError
from drivers.gpu.device import GpuDevice
from drivers.gpu.exporter_source import ExporterSource
from drivers.gpu.serve import MOST_CONNECTIONS, SHORTEST_KEPT_S, GpuServer
from drivers.gpu.source import GpuFault
from drivers.points import Reason, Stamp
from tests.unit.gpu_serve.fake_source import UUID, FakeSource, gpu
from tests.unit.gpu_serve.test_exporter_page import LOADED, good

GET = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
HOSTILE = [
    b"\x00\xff" * 4000,
    b"GET /metrics HTTP/1.1\r\n" + b"X: y\r\n" * 3000,
    b"POST /metrics HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n" + b"a" * 5000,
    b"GET /../../etc/passwd HTTP/1.1\r\n\r\n",
    b"GET http://[/metrics HTTP/1.1\r\n\r\n",
    b"GET /metrics HTTP/9.9\r\n\r\n",
    b"\r\n\r\n" * 500,
    b"GET /metrics HTTP/1.1\r\n",
    GET * 200,
]


class Watch:
    """A clock that stands where a test puts it."""

    def __init__(self) -> None:
        self.mono_s = 1000.0

    def __call__(self) -> Stamp:
        return Stamp(1_800_000_000_000_000, self.mono_s)


@asynccontextmanager
async def serving(
    source: FakeSource, watch: Watch | None = None, told: list[str] | None = None
) -> AsyncIterator[GpuServer]:
    server = GpuServer(
        source,
        host="127.0.0.1",
        port=0,
        interval_s=0.02,
        told=(told if told is not None else []).append,
        clock=watch or Stamp.now,
    )
    await server.open()
    stop = asyncio.Event()
    running = asyncio.create_task(server.run(stop))
    try:
        yield server
    finally:
        stop.set()
        await asyncio.wait_for(running, 1.0)


async def status(server: GpuServer) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(GET)
    line = await asyncio.wait_for(reader.readline(), 2.0)
    writer.close()
    await writer.wait_closed()
    return line.decode().strip().removeprefix("HTTP/1.1 ")


async def is_closed(reader: asyncio.StreamReader) -> bool:
    try:
        return await asyncio.wait_for(reader.read(1), 1.0) == b""
    except ConnectionError:
        return True


async def eventually(is_so: Callable[[], bool]) -> None:
    for _ in range(600):
        if is_so():
            return
        await asyncio.sleep(0.005)
    raise TimeoutError


async def look_again(source: FakeSource, times: int = 2) -> None:
    """Wait for whole looks that began after now."""
    enough = source.looks + times
    await eventually(lambda: source.looks >= enough)


async def test_it_is_an_exporter_like_any_other() -> None:
    source = FakeSource([gpu(0, LOADED), gpu(1, {"power": 70.0, "last_xid": 0.0})])
    async with serving(source) as server:
        reader = ExporterSource(f"http://127.0.0.1:{server.port}/metrics", timeout_s=2.0)
        await reader.connect()
        first, second = await reader.sample()
        source.told = [GpuFault(UUID.format(1), 79, "", Stamp.now())]
        await look_again(source)
        _, after = await reader.sample()
        await reader.close()
    assert good(first) == {**LOADED, "xid_count": 0.0}
    assert good(second)["power"] == 70.0
    assert good(after)["xid_count"] == 1
    assert source.closes == 1


async def test_a_hung_gpu_blocks_nobody_and_is_not_served_as_live() -> None:
    watch, source = Watch(), FakeSource([gpu(0, LOADED)])
    async with serving(source, watch) as server:
        assert await status(server) == "200 OK"
        source.hangs = True
        await look_again(source, 1)
        assert await status(server) == "200 OK"
        watch.mono_s += SHORTEST_KEPT_S + 0.1
        assert await status(server) == "503 Service Unavailable"


async def test_a_source_that_fails_is_opened_again() -> None:
    told: list[str] = []
    source = FakeSource([gpu(0, LOADED)])
    async with serving(source, told=told) as server:
        source.error = DeviceError("the driver is gone")
        await eventually(lambda: len(told) == 1)
        assert told == ["the driver is gone"]
        source.error = None
        await eventually(lambda: len(told) == 2)
        assert told == ["the driver is gone", ""]
        assert await status(server) == "200 OK"
    assert source.connects >= 2


async def test_no_gpu_to_begin_with_is_an_error_and_leaves_nothing_open() -> None:
    source = FakeSource()
    source.error = DeviceError("there is no driver")
    server = GpuServer(source, host="127.0.0.1", port=0)
    with pytest.raises(DeviceError, match="there is no driver"):
        await server.open()
    assert source.closes == 1
    with pytest.raises(OSError, match=r"refused|Connect call failed"):
        await asyncio.open_connection("127.0.0.1", server.port)


@pytest.mark.parametrize("request_bytes", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_requests(request_bytes: bytes) -> None:
    async with serving(FakeSource([gpu(0, LOADED)])) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(request_bytes)
        assert await status(server) == "200 OK"
        writer.transport.abort()


async def test_a_crowd_that_says_nothing_keeps_nobody_out() -> None:
    async with serving(FakeSource([gpu(0, LOADED)])) as server:
        crowd = [
            await asyncio.open_connection("127.0.0.1", server.port)
            for _ in range(MOST_CONNECTIONS + 20)
        ]
        assert await status(server) == "200 OK"
        assert await is_closed(crowd[0][0]), "the oldest one made room"
        for _, writer in crowd:
            writer.transport.abort()


async def test_a_port_that_is_taken() -> None:
    async with serving(FakeSource([gpu(0, LOADED)])) as server:
        second = GpuServer(FakeSource(), host="127.0.0.1", port=server.port)
        with pytest.raises(OSError, match=r"address already in use|10048"):
            await second.open()


async def test_a_fault_of_ours_does_not_end_quietly() -> None:
    class Broken(FakeSource):
        def faults(self) -> Sequence[GpuFault]:
            if self.looks > 1:
                raise RuntimeError("a fault of ours")
            return []

    server = GpuServer(Broken([gpu(0, LOADED)]), host="127.0.0.1", port=0, interval_s=0.01)
    await server.open()
    with pytest.raises(RuntimeError, match="a fault of ours"):
        await asyncio.wait_for(server.run(asyncio.Event()), 2.0)


async def test_the_xid_of_a_gpu_that_is_lost_with_it_reaches_who_scrapes() -> None:
    source = FakeSource([gpu(0, LOADED), gpu(1, LOADED)])
    source.told = [GpuFault(UUID.format(0), 13, "", Stamp.now())]
    async with serving(source) as server:
        url = f"http://127.0.0.1:{server.port}"
        host = GpuDevice("n", ExporterSource(url, timeout_s=2.0))
        await host.connect()
        assert [s.happenings for s in await host.poll()] == [(), ()], "what was before is no news"
        source.samples[1].reasons[:] = Reason.DEVICE_LOST
        source.told = [GpuFault(UUID.format(1), 79, "", Stamp.now())]
        await look_again(source)
        _, lost = await host.poll()
        await host.close()
    assert (lost.reasons == Reason.DEVICE_LOST).all()
    assert [happened.body["code"] for happened in lost.happenings] == [79]


async def test_a_gpu_that_is_lost_while_served_vanishes() -> None:
    source = FakeSource([gpu(0, LOADED), gpu(1, LOADED)])
    async with serving(source) as server:
        reader = ExporterSource(f"http://127.0.0.1:{server.port}", timeout_s=2.0)
        await reader.connect()
        assert len(await reader.sample()) == 2
        lost = source.samples[1]
        lost.reasons[:] = Reason.DEVICE_LOST
        await look_again(source)
        (left,) = await reader.sample()
        await reader.close()
    assert left.identity["uuid"] == UUID.format(0)
