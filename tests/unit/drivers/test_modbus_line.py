"""A line stays in step after anything, and is shared without anybody starving."""

from __future__ import annotations

import asyncio
import itertools
import struct
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.device import DeviceError, DeviceGarbledError, DeviceTimeoutError
from drivers.modbus.frames import ModbusRefusedError
from drivers.modbus.line import Line, Manners
from drivers.modbus.lines import Lines
from drivers.modbus.link import ModbusLink
from drivers.modbus.planner import Block
from drivers.modbus.regmap import Area
from drivers.modbus.url import Endpoint
from tests.house.virtual_time import run_virtually
from tests.unit.drivers.wired import Reply, Server, bare, framed, line_to, linked, right, serve

T = 0.05
"""The time-out of these tests, in seconds."""
UNTAGGED = ["rtu+tcp", "ascii"]
untagged = pytest.mark.parametrize("scheme", UNTAGGED)


def address_of(scheme: str, request: bytes) -> int:
    return int(struct.unpack(">H", bare(scheme, request)[2:4])[0])


async def read(link: ModbusLink, address: int, count: int = 2) -> list[int] | None:
    """The words at an address, None when the read failed; connects where that is needed."""
    try:
        if not link.is_open:
            await link.connect()
        words = await link.read(Block(Area.HOLDING, address, count))
    except DeviceError:
        return None
    return [int(word) for word in words]


def answering_late(scheme: str, lateness: dict[int, float]) -> Callable[[bytes], Reply]:
    """Answers everything; some addresses late, each only the first time.

    What comes later than the line is ever kept quiet comes in order, as from one controller.
    """
    busy_until_s = 0.0

    def answer(request: bytes) -> Reply:
        nonlocal busy_until_s
        now_s = asyncio.get_running_loop().time()
        late_s = lateness.pop(address_of(scheme, request), 0.0)
        if late_s > 2 * T:
            busy_until_s = now_s + late_s
        delay_s = max(late_s, busy_until_s - now_s, 0.0)
        return [(delay_s, framed(scheme, request, right(bare(scheme, request))))]

    return answer


@untagged
@pytest.mark.parametrize("periods_late", [1.2, 1.8, 2.5, 4.0])
async def test_a_late_answer_is_never_handed_to_the_next_question(
    scheme: str, periods_late: float
) -> None:
    answer = answering_late(scheme, {1000: T * periods_late})
    async with linked(answer, T, scheme) as (link, _):
        assert await read(link, 1000) is None
        for _ in range(60):
            assert await read(link, 1100) in (None, [1100, 1101])
            await asyncio.sleep(T / 20)
        assert [1200, 1201] in [await read(link, 1200) for _ in range(6)]


@untagged
async def test_nothing_is_asked_until_the_line_has_been_quiet(scheme: str) -> None:
    times: list[float] = []

    def answer(request: bytes) -> Reply:
        times.append(time.monotonic())
        if len(times) == 1:
            return b""
        return framed(scheme, request, right(bare(scheme, request)))

    async with linked(answer, T, scheme) as (link, _):
        assert await read(link, 1) is None
        assert await read(link, 2) == [2, 3]
    assert times[1] - times[0] >= 2 * T * 0.95  # the time-out, and as long again in silence
    assert len(times) == 3  # the first answer after a time-out is thrown away


@untagged
async def test_bytes_that_nobody_asked_for_are_waited_out(scheme: str) -> None:
    times: list[float] = []

    def answer(request: bytes) -> Reply:
        times.append(time.monotonic())
        frame = framed(scheme, request, right(bare(scheme, request)))
        return [(0.0, frame), (0.02, b"\x55")] if len(times) == 1 else [(0.0, frame)]

    async with linked(answer, T, scheme) as (link, _):
        assert await read(link, 1) == [1, 2]
        await asyncio.sleep(0.03)
        assert await read(link, 2) == [2, 3]
    assert times[1] - times[0] >= 0.02 + T * 0.95


@untagged
async def test_a_late_answer_ends_the_silence_early_and_teaches_how_slow_it_is(scheme: str) -> None:
    answer = answering_late(scheme, {1: T * 1.2})
    async with linked(answer, T, scheme) as (link, server):
        assert await read(link, 1) is None
        began = time.monotonic()
        assert await read(link, 2) == [2, 3]
        assert time.monotonic() - began < T * 0.8
        assert len(server.asked) == 2


@untagged
async def test_a_question_that_is_cancelled_is_waited_out_too(scheme: str) -> None:
    answer = answering_late(scheme, {1: T * 0.8})
    async with linked(answer, T, scheme) as (link, _):
        reading = asyncio.create_task(link.read(Block(Area.HOLDING, 1, 2)))
        await asyncio.sleep(T / 4)
        reading.cancel()
        assert await read(link, 50) == [50, 51]


@untagged
async def test_reconnecting_does_not_forget_that_an_answer_may_come(scheme: str) -> None:
    """A serial server hands the late answer to whoever is connected by then."""
    late: list[bytes] = []

    def answer(request: bytes) -> Reply:
        frame = framed(scheme, request, right(bare(scheme, request)))
        if address_of(scheme, request) == 1:
            late.append(frame)
            return b""
        pieces = [(0.001, late.pop())] if late else []
        return [*pieces, (0.02, frame)]

    async with linked(answer, T, scheme) as (link, server):
        assert await read(link, 1) is None
        link.close()
        await link.connect()
        for _ in range(4):
            assert await read(link, 70) in (None, [70, 71])
        assert await read(link, 71) == [71, 72]
        assert server.connections == 2


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(
    scheme=st.sampled_from(UNTAGGED),
    faults=st.lists(
        st.sampled_from(["right", "right", "silent", "late", "twice", "cut", "noise", "other"]),
        min_size=3,
        max_size=9,
    ),
    late=st.floats(1.1, 1.6),
)
def test_no_sequence_of_faults_brings_it_out_of_step(
    scheme: str, faults: list[str], late: float
) -> None:
    timeout_s, turn = T, iter(faults)

    def answer(request: bytes) -> Reply:
        frame = framed(scheme, request, right(bare(scheme, request)))
        return {
            "right": [(0.0, frame)],
            "silent": [],
            "late": [(timeout_s * late, frame)],
            "twice": [(0.0, frame + frame)],
            "cut": [(0.0, frame[:-2])],
            "noise": [(0.0, b"\x00" + frame)],
            "other": [(0.0, framed(scheme, request, b"\x83\x02"))],
        }[next(turn, "right")]

    async def ask() -> None:
        async with linked(answer, timeout_s, scheme) as (link, _):
            for number in range(len(faults) + 1):
                address = 100 + 10 * number
                assert await read(link, address) in (None, [address, address + 1])
            await asyncio.sleep(3.2 * timeout_s)
            await read(link, 5)
            assert await read(link, 6) == [6, 7]

    run_virtually(ask())


@untagged
async def test_an_answer_too_many_is_found_out_before_it_can_be_believed(scheme: str) -> None:
    """A gateway that repeats: the copy is not taken for the next answer, and one is left over."""

    def answer(request: bytes) -> Reply:
        frame = framed(scheme, request, right(bare(scheme, request)))
        again = [(0.05, frame)] if address_of(scheme, request) == 10 else []
        return [(0.03, frame), *again]

    async with linked(answer, 0.2, scheme) as (link, _):
        mark = link.mark()
        assert await read(link, 10) == [10, 11]
        assert await read(link, 20) == [20, 21]
        with pytest.raises(DeviceGarbledError, match="nobody had asked for"):
            await link.confirm(mark)
        assert await read(link, 30) == [30, 31]


@untagged
async def test_blocks_that_hold_the_same_are_read_all_the_same(scheme: str) -> None:
    async with linked(lambda r: framed(scheme, r, b"\x03\x04\0\0\0\0"), 0.2, scheme) as (link, _):
        mark = link.mark()
        for address in (10, 20, 30):
            assert await read(link, address) == [0, 0]
        await link.confirm(mark)


def links_of(server: Server, units: int, timeout_s: float, **manners: float) -> list[ModbusLink]:
    line = line_to(server)
    given_manners = Manners(worst_latency_s=timeout_s, **manners)  # type: ignore[arg-type]
    return [ModbusLink(line, unit, timeout_s, given_manners) for unit in range(1, units + 1)]


@pytest.mark.parametrize("scheme", ["tcp", "rtu+tcp", "ascii"])
async def test_units_behind_a_gateway_share_one_connection_one_at_a_time(scheme: str) -> None:
    under_way, most = 0, 0

    def answer(request: bytes) -> Reply:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)

        def done() -> None:
            nonlocal under_way
            under_way -= 1

        asyncio.get_running_loop().call_later(0.004, done)
        return [(0.005, framed(scheme, request, right(bare(scheme, request))))]

    async with serve(answer, scheme) as server:
        links = links_of(server, 5, 1.0)
        for link in links:
            await link.connect()
        found = await asyncio.gather(*(read(link, 10 * link.unit) for link in links * 3))
        assert found == [[10 * n, 10 * n + 1] for n in (1, 2, 3, 4, 5)] * 3
        assert [asked[0] for asked in server.asked] == [1, 2, 3, 4, 5] * 3  # in the order asked
        assert (server.connections, most) == (1, 1)
        for link in links[:-1]:
            link.close()
        assert await read(links[-1], 1) == [1, 2]  # still held by the last
        links[-1].close()
        await asyncio.sleep(0.02)
        assert server.open == 0


async def test_more_in_flight_where_every_map_allows_it() -> None:
    def answer(request: bytes) -> Reply:
        return [(0.03, framed("tcp", request, right(bare("tcp", request))))]

    async with serve(answer) as server:
        line = line_to(server)
        links = [ModbusLink(line, unit, 1.0, Manners(in_flight=4)) for unit in range(1, 5)]
        await links[0].connect()
        began = time.monotonic()
        found = await asyncio.gather(*(read(link, link.unit) for link in links))
        assert time.monotonic() - began < 0.09
        assert found == [[n, n + 1] for n in range(1, 5)]
        line.join(9, Manners(in_flight=1))
        assert line.in_flight == 1
        line.let_go(links[0])


@pytest.mark.parametrize("scheme", ["tcp", "rtu+tcp"])
def test_a_silent_unit_neither_breaks_nor_starves_the_others(scheme: str) -> None:
    run_virtually(share_with_a_silent_unit(scheme))


async def share_with_a_silent_unit(scheme: str) -> None:
    asked: Counter[int] = Counter()

    def answer(request: bytes) -> Reply:
        unit = bare(scheme, request)[0]
        asked[unit] += 1
        return b"" if unit == 3 else framed(scheme, request, right(bare(scheme, request)))

    answered: Counter[int] = Counter()

    async def poll(link: ModbusLink, until_s: float) -> None:
        loop = asyncio.get_running_loop()
        while loop.time() < until_s:
            await asyncio.sleep(0.02)
            with suppress(DeviceError):
                await link.connect()
                await link.read(Block(Area.HOLDING, 1, 2))
                answered[link.unit] += 1

    async with serve(answer, scheme) as server:
        links = links_of(server, 4, T)
        run_s = 30.0
        until_s = asyncio.get_running_loop().time() + run_s
        await asyncio.gather(*(poll(link, until_s) for link in links))
        assert server.connections == 1
        for link in links:
            link.close()
    busy_s = (asked[3] - 2) * 2 * T  # each costs a time-out and a silence; two before it counts
    assert busy_s <= 0.25 * run_s
    assert asked[3] >= 4  # and it is not given up either
    least = 0.5 * run_s / 0.025
    assert all(answered[unit] > least for unit in (1, 2, 4)), answered


async def test_a_unit_that_answers_again_is_asked_like_the_others() -> None:
    silent = True

    def answer(request: bytes) -> Reply:
        if silent and bare("rtu+tcp", request)[0] == 2:
            return b""
        return framed("rtu+tcp", request, right(bare("rtu+tcp", request)))

    async with serve(answer, "rtu+tcp") as server:
        one, two = links_of(server, 2, T)
        await one.connect()
        await two.connect()
        assert await read(one, 1) == [1, 2]
        for _ in range(2):
            with pytest.raises(DeviceTimeoutError, match="did not answer"):
                await two.read(Block(Area.HOLDING, 1, 2))
        asked = len(server.asked)
        with pytest.raises(DeviceTimeoutError, match="keep their turn"):
            await two.read(Block(Area.HOLDING, 1, 2))
        assert len(server.asked) == asked
        silent = False
        await asyncio.sleep(2 * T / 0.2 + T)
        assert await read(two, 1) == [1, 2]
        assert await read(two, 1) == [1, 2]
        one.close()
        two.close()


async def test_with_nobody_answering_nobody_is_held_back() -> None:
    async with serve(lambda _: b"") as server:
        one, two = links_of(server, 2, T)
        for _ in range(3):
            for link in (one, two):
                await link.connect()
                assert await read(link, 1) is None
        assert len(server.asked) == 6
        assert server.connections >= 2  # half open for all we know: it is opened anew
        one.close()
        two.close()


async def test_behind_a_slow_gateway_the_others_wait_for_it_instead_of_failing() -> None:
    """The gateway asks its own line for 3 time-outs before it gives a unit up."""
    loop_free_s = 0.0

    def answer(request: bytes) -> Reply:
        nonlocal loop_free_s
        now_s = asyncio.get_running_loop().time()
        start_s = max(now_s, loop_free_s)
        silent = bare("tcp", request)[0] == 2
        loop_free_s = start_s + (3 * T if silent else 0.002)
        pdu = b"\x83\x0b" if silent else right(bare("tcp", request))
        return [(loop_free_s - now_s, framed("tcp", request, pdu))]

    async with serve(answer) as server:
        one, two = links_of(server, 2, T)
        await one.connect()
        await two.connect()
        assert await read(two, 1) is None
        await asyncio.sleep(3 * T)  # the gateway's late refusal teaches how slow it is
        assert await read(one, 1) == [1, 2]
        assert await read(two, 1) is None
        assert await read(one, 1) == [1, 2]
        one.close()
        two.close()


async def test_the_pace_and_the_pause_of_the_most_demanding_map_are_kept() -> None:
    times: list[float] = []

    def answer(request: bytes) -> Reply:
        times.append(time.monotonic())
        return framed("tcp", request, right(bare("tcp", request)))

    async with serve(answer) as server:
        line = line_to(server)
        one = ModbusLink(line, 1, 1.0, Manners(inter_request_s=0.03))
        two = ModbusLink(line, 2, 1.0, Manners(pause_after_connect_s=0.08))
        connected_s = time.monotonic()
        await one.connect()
        for link in (one, two, one):
            await read(link, 1)
        line.let_go(one)
    assert times[0] - connected_s >= 0.079
    assert min(b - a for a, b in itertools.pairwise(times)) >= 0.029


async def test_twenty_units_behind_a_dead_gateway_make_one_attempt() -> None:
    line = Line(Endpoint("tcp", "127.0.0.1", 1), _count_refusals)
    _attempts.clear()
    links = [ModbusLink(line, unit, 0.5) for unit in range(20)]
    told = await asyncio.gather(*(link.connect() for link in links), return_exceptions=True)
    assert all(isinstance(error, DeviceError) for error in told)
    assert len({str(error) for error in told}) == 1
    assert 1 <= len(_attempts) <= 2  # the first is alone when it fails


_attempts: list[str] = []


async def _count_refusals(endpoint: Endpoint, _: object) -> None:
    _attempts.append(endpoint.name)
    raise ConnectionRefusedError


async def test_an_unfinished_connection_is_given_up_in_time() -> None:
    async def never(_: Endpoint, __: object) -> None:
        await asyncio.sleep(60)

    line = Line(Endpoint("tcp", "127.0.0.1", 1), never)
    with pytest.raises(DeviceError, match=r"does not accept the connection: no answer within"):
        await line.open(object(), 0.02)


async def test_a_write_is_not_repeated_to_get_in_step() -> None:
    async with linked(lambda _: b"", T, "rtu+tcp") as (link, server):
        assert await read(link, 1) is None
        asked = len(server.asked)
        with pytest.raises(DeviceError, match="read again before it is written"):
            await link.write(6, 1, [5])
        assert len(server.asked) == asked


@pytest.mark.parametrize("scheme", ["tcp", "rtu+tcp", "ascii"])
async def test_writes_are_confirmed_exactly(scheme: str) -> None:
    def echo(request: bytes) -> Reply:
        return framed(scheme, request, bare(scheme, request)[1:6])

    async with linked(echo, 1.0, scheme) as (link, server):
        await link.write(5, 3, [1])
        await link.write(6, 4, [777])
        await link.write(15, 5, [1, 0, 1])
        await link.write(16, 6, [1, 2])
        assert [asked[1:].hex() for asked in server.asked] == [
            "050003ff00",
            "0600040309",
            "0f000500030105",
            "10000600020400010002",
        ]


@pytest.mark.parametrize("answer", [b"\x06\x00\x04\x03\x08", b"\x06\x00\x05\x03\x09", b"\x86\x02"])
async def test_a_write_that_is_confirmed_otherwise_has_failed(answer: bytes) -> None:
    async with linked(lambda r: framed("tcp", r, answer)) as (link, _):
        with pytest.raises((DeviceGarbledError, ModbusRefusedError)):
            await link.write(6, 4, [777])


@pytest.mark.parametrize("scheme", UNTAGGED)
async def test_an_adapter_that_returns_what_is_sent(scheme: str) -> None:
    async with serve(lambda r: r + framed(scheme, r, right(bare(scheme, r))), scheme) as server:
        line = line_to(server)
        object.__setattr__(line.endpoint, "echo", True)
        link = ModbusLink(line, 1, 0.5)
        await link.connect()
        assert await read(link, 9) == [9, 10]
        link.close()
    async with serve(lambda r: framed(scheme, r, right(bare(scheme, r))), scheme) as server:
        line = line_to(server)
        object.__setattr__(line.endpoint, "echo", True)
        link = ModbusLink(line, 1, 0.5)
        await link.connect()
        with pytest.raises(DeviceGarbledError, match="does not return what is sent"):
            await link.read(Block(Area.HOLDING, 9, 2))
        link.close()


def test_one_place_has_one_line_and_one_setting() -> None:
    lines = Lines()
    first = lines.line(Endpoint("tcp", "Gateway", 502))
    assert lines.line(Endpoint("tcp", "Gateway", 502)) is first
    assert lines.line(Endpoint("tcp", "Gateway", 503)) is not first
    lines.line(Endpoint("rtu", device="/dev/ttyUSB0", baud=9600))
    with pytest.raises(ValueError, match=r"rtu 9600 8N1; it cannot be rtu 19200 8N1"):
        lines.line(Endpoint("rtu", device="/dev/ttyUSB0", baud=19200))
    with pytest.raises(ValueError, match="already used as tcp"):
        lines.line(Endpoint("rtu+tcp", "Gateway", 502))
