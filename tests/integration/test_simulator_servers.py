"""The simulator's servers over real sockets, read by clients that this project did not write."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from pyModbusTCP.client import ModbusClient

from drivers.simulator.options import PlantOptions
from drivers.simulator.serve import Simulator

READ_ALL = struct.pack(">HHHBBHH", 1, 0, 6, 1, 4, 0, 41)
Told = list[dict[str, Any]]


@contextlib.asynccontextmanager
async def simulator(**options: Any) -> AsyncIterator[tuple[Simulator, Told]]:
    """A simulator that keeps time in this test's event loop."""
    told: Told = []
    made = Simulator(PlantOptions(**{"tanks": 2, "hosts": 2, **options}), told.append)
    await made.open()
    running = asyncio.create_task(made.run())
    try:
        yield made, told
    finally:
        made.stop()
        await running
        made.close()
        await asyncio.sleep(0.01)


async def wait_until(condition: Callable[[], object], timeout_s: float = 5.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110  conditions of sockets and lists have no event
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def connection(
    port: int,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, timeout_s: float = 5.0
) -> bytes:
    writer.write(READ_ALL)
    async with asyncio.timeout(timeout_s):
        head = await reader.readexactly(6)
        return head + await reader.readexactly(int.from_bytes(head[4:6], "big"))


class Peer:
    """pyModbusTCP's client, in a thread so that the server's loop can answer."""

    def __init__(self, port: int) -> None:
        self._client = ModbusClient("127.0.0.1", port, unit_id=1, timeout=5.0)

    async def __call__(self, method: str, *arguments: Any) -> Any:
        return await asyncio.to_thread(getattr(self._client, method), *arguments)

    @property
    def refusal(self) -> int:
        return int(self._client.last_except)


async def test_an_independent_client_reads_the_tank() -> None:
    async with simulator() as (made, _):
        peer = Peer(made.tanks["tank-1"])
        words = await peer("read_input_registers", 0, 41)
        bits = await peer("read_discrete_inputs", 0, 2)
        await peer("close")
        true = made.plant.tanks["tank-1"].model.true_values()
    assert words[0] / 10 == pytest.approx(true["coolant_supply_temperature"], abs=0.3)
    assert words[1] / 10 == pytest.approx(true["coolant_return_temperature"], abs=0.3)
    assert words[2] / 10 == pytest.approx(true["coolant_flow"], abs=4)
    assert words[3] / 10 == pytest.approx(true["level"], abs=2)
    assert words[4] / 100 == pytest.approx(true["it_power"], abs=0.5)
    assert words[20] == pytest.approx(76, abs=4)
    assert (words[21], words[23], words[40]) == (1, 1, 0)
    filter_kpa = struct.unpack(">f", struct.pack(">HH", *words[30:32]))[0]
    assert filter_kpa == pytest.approx(true["filter[1].delta_pressure"], abs=0.5)
    assert (words[32] << 16 | words[33]) / 10 > 20_000
    assert bits == [False, False]


async def test_an_independent_client_is_refused_what_is_not_there() -> None:
    async with simulator() as (made, _):
        peer = Peer(made.tanks["tank-2"])
        for method, arguments, code in (
            ("read_input_registers", (41, 1), 2),
            ("read_input_registers", (0, 61), 3),
            ("read_holding_registers", (0, 1), 2),
            ("read_coils", (0, 1), 2),
            ("write_single_register", (0, 5), 1),
            ("write_multiple_registers", (0, [5, 6]), 1),
            ("write_single_coil", (0, True), 1),
            ("write_multiple_coils", (0, [True]), 1),
        ):
            assert not await peer(method, *arguments), method
            assert peer.refusal == code, method
        assert await peer("read_input_registers", 0, 41)
        await peer("close")


async def test_many_clients_at_once_and_pipelining() -> None:
    async with simulator() as (made, _):
        port = made.tanks["tank-1"]

        async def pipeline() -> list[int]:
            async with connection(port) as (reader, writer):
                writer.write(
                    b"".join(struct.pack(">HHHBBHH", n, 0, 6, 1, 4, 0, 1) for n in range(50))
                )
                answers = [await reader.readexactly(11) for _ in range(50)]
            return [int.from_bytes(answer[:2], "big") for answer in answers]

        assert await asyncio.gather(*(pipeline() for _ in range(20))) == [list(range(50))] * 20


async def test_a_silent_controller_also_on_an_open_connection() -> None:
    async with simulator() as (made, told), connection(made.tanks["tank-1"]) as link:
        await ask(*link)
        made.plant.inject("controller_silent")
        with pytest.raises(TimeoutError):
            await ask(*link, timeout_s=0.2)
        async with connection(made.tanks["tank-1"]) as fresh:
            with pytest.raises(TimeoutError):
                await ask(*fresh, timeout_s=0.2)
        async with connection(made.tanks["tank-2"]) as neighbour:
            await ask(*neighbour)
        made.plant.clear("controller_silent")
        assert len(await ask(*link)) == 9 + 82
    assert [(e["fault"], e["target"], e["active"]) for e in told] == [
        ("controller_silent", "tank-1", True),
        ("controller_silent", "tank-1", False),
    ]


async def test_a_slow_controller_answers_late_and_in_order() -> None:
    async with simulator() as (made, _):
        made.plant.inject("controller_slow", parameters={"delay_s": 0.1})
        async with connection(made.tanks["tank-1"]) as (reader, writer):
            started = asyncio.get_running_loop().time()
            writer.write(b"".join(struct.pack(">HHHBBHH", n, 0, 6, 1, 4, 0, 1) for n in range(3)))
            order = [(await reader.readexactly(11))[1] for _ in range(2)]
            made.plant.clear("controller_slow")
            writer.write(struct.pack(">HHHBBHH", 9, 0, 6, 1, 4, 0, 1))
            order += [(await reader.readexactly(11))[1] for _ in range(2)]
            took_s = asyncio.get_running_loop().time() - started
    assert order == [0, 1, 2, 9]
    assert 0.19 < took_s < 3


async def test_a_slow_controller_is_not_a_memory_leak() -> None:
    async with simulator() as (made, _):
        made.plant.inject("controller_slow", parameters={"delay_s": 60})
        async with connection(made.tanks["tank-1"]) as (_, writer):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(flood(writer, megabytes=32), 1.0)
            writer.transport.abort()


async def flood(writer: asyncio.StreamWriter, megabytes: int) -> None:
    """Send so much; a server that stops listening lets no more than its buffers through."""
    for _ in range(megabytes):
        writer.write(READ_ALL * (1_000_000 // len(READ_ALL)))
        await writer.drain()


async def test_a_refusing_controller_drops_its_clients_and_comes_back() -> None:
    async with simulator() as (made, _):
        port = made.tanks["tank-1"]
        async with connection(port) as link:
            await ask(*link)
            made.plant.inject("controller_refused")
            with pytest.raises((OSError, asyncio.IncompleteReadError)):
                await ask(*link)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        made.plant.clear("controller_refused")
        await wait_until(lambda: listens(port))
        assert made.tanks["tank-1"] == port
        async with connection(port) as link:
            await ask(*link)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_a_port_taken_meanwhile_is_said_and_the_rest_goes_on() -> None:
    async with simulator() as (made, told):
        port = made.tanks["tank-1"]
        made.plant.inject("controller_refused")
        with socket.socket() as thief:
            thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            thief.bind(("127.0.0.1", port))
            thief.listen()
            made.plant.clear("controller_refused")
            await wait_until(lambda: any("warning" in line for line in told))
        assert "tank-1 cannot answer again" in str(told[-1])
        async with connection(made.tanks["tank-2"]) as link:
            await ask(*link)


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=300) | st.just(READ_ALL) | st.just(b"GET / HTTP/1.1\r\n\r\n")))
async def test_no_bytes_stop_the_servers(parts: list[bytes]) -> None:
    async with simulator(tanks=1, hosts=1) as (made, _):
        tank, host = made.tanks["tank-1"], made.hosts["node-1"]
        for port in (tank, host):
            async with connection(port) as (_, writer):
                with contextlib.suppress(OSError):
                    writer.write(b"".join(parts))
                    await writer.drain()
        async with connection(tank) as link:
            assert len(await ask(*link)) == 9 + 82
        async with connection(host) as (reader, writer):
            writer.write(b"GET /metrics HTTP/1.1\r\n\r\n")
            assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"


async def test_the_exporter_is_read_by_an_http_client() -> None:
    async with simulator() as (made, _), httpx.AsyncClient(trust_env=False) as client:
        url = f"http://127.0.0.1:{made.hosts['node-2']}/metrics"
        answer = await client.get(url)
        again = await client.get(url)
        nothing = await client.get(url.replace("metrics", "x"))
        made.plant.lift("node-2")
        off = await client.get(url)
        bank = made.plant.hosts["node-2"].bank
    assert (answer.status_code, again.status_code) == (200, 200)
    assert (nothing.status_code, off.status_code) == (404, 503)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    temperatures = {
        sample.labels["gpu"]: sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.name == "DCGM_FI_DEV_GPU_TEMP"
    }
    assert sorted(temperatures) == [str(n) for n in range(8)]
    assert all(40 < value < 87 for value in temperatures.values())
    assert bank.count == 8


async def test_time_goes_by_at_the_speed_asked_for() -> None:
    async with simulator(speed=50) as (made, told):
        await asyncio.sleep(0.5)
        before_s, began = made.plant.elapsed_s, asyncio.get_running_loop().time()
        await asyncio.sleep(1.5)
        ratio = (made.plant.elapsed_s - before_s) / (asyncio.get_running_loop().time() - began)
    assert ratio == pytest.approx(50, rel=0.2)
    assert told == []


async def test_a_speed_out_of_reach_is_said_and_servers_still_answer() -> None:
    async with simulator(speed=10_000, tanks=20) as (made, told):
        await wait_until(lambda: told)
        async with connection(made.tanks["tank-20"]) as link:
            await ask(*link)
    assert "too slow" in told[0]["warning"]


async def test_an_http_client_sees_what_an_exporter_does_wrong() -> None:
    async with (
        simulator(hosts=1, exporter="nvidia_gpu_exporter") as (made, _),
        httpx.AsyncClient(trust_env=False, timeout=0.3) as client,
    ):
        url = f"http://127.0.0.1:{made.hosts['node-1']}/metrics"

        def change(fault: str, **parameters: Any) -> None:
            for event in made.plant.active_faults:
                made.plant.clear(event.name, event.target)
            made.plant.inject(fault, parameters=parameters)

        assert "nvidia_smi_last_collect_success 1\n" in (await client.get(url)).text
        change("exporter_redirects")
        assert (await client.get(url)).status_code == 302
        change("exporter_truncated", way="connection")
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(url)
        for fault in ("exporter_slow", "exporter_silent"):
            change(fault)
            with pytest.raises(httpx.ReadTimeout):
                await client.get(url)
        change("exporter_huge", megabytes=8)
        async with client.stream("GET", url) as response:
            assert len(await response.aread()) > 8 * 2**20 - 100
        change("exporter_restarts")
        await asyncio.sleep(0.05)  # until the client sees that its connection is gone
        assert (await client.get(url)).status_code == 200
