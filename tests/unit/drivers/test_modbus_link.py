"""Every answer is checked, in every transport: what libraries let pass must not reach a value."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.device import DeviceError, DeviceGarbledError, DeviceTimeoutError
from drivers.modbus.frames import ModbusRefusedError, payload_of, read_request
from drivers.modbus.line import Line
from drivers.modbus.link import ModbusLink
from drivers.modbus.planner import Block
from drivers.modbus.regmap import Area
from drivers.modbus.url import Endpoint
from tests.unit.drivers.wired import (
    TIMEOUT_S,
    bare,
    framed,
    linked,
    registers,
    right,
    tcp,
)

FOUR = Block(Area.INPUT, 10, 4)
GOOD = registers(10, 11, 12, 13)
SCHEMES = ["tcp", "rtu+tcp", "ascii"]
every_transport = pytest.mark.parametrize("scheme", SCHEMES)


@every_transport
async def test_a_right_answer_is_its_words(scheme: str) -> None:
    async with linked(lambda r: framed(scheme, r, right(bare(scheme, r))), scheme=scheme) as (
        link,
        _,
    ):
        assert (await link.read(FOUR)).tolist() == [10, 11, 12, 13]
        assert (await link.read(Block(Area.HOLDING, 7, 125))).tolist() == list(range(7, 132))
        assert (await link.read(FOUR)).dtype == np.uint16


@every_transport
async def test_bits_are_one_word_each(scheme: str) -> None:
    async with linked(lambda r: framed(scheme, r, right(bare(scheme, r))), scheme=scheme) as (
        link,
        _,
    ):
        assert (await link.read(Block(Area.DISCRETE, 0, 9))).tolist() == [0, 1, 0, 1, 0, 1, 0, 1, 0]
        assert (await link.read(Block(Area.COIL, 1, 3))).tolist() == [1, 0, 1]


@every_transport
@pytest.mark.parametrize(
    "pdu",
    [
        pytest.param(registers(1, 2, 3, 4, function=3), id="other function"),
        pytest.param(registers(1, 2, 3), id="one register short"),
        pytest.param(registers(1, 2, 3, 4, 5), id="one register extra"),
        pytest.param(bytes([4, 7]) + b"\0" * 7, id="odd byte count"),
        pytest.param(registers(1, 2, 3, 4, count=6), id="byte count below the bytes"),
        pytest.param(struct.pack(">BHH", 6, 10, 5120), id="a write's answer"),
        pytest.param(bytes([2, 1, 5]), id="bits for registers"),
        pytest.param(bytes([0x83, 2]), id="exception of another function"),
        pytest.param(bytes([0x84]), id="exception without code"),
        pytest.param(bytes([0x84, 2, 2]), id="exception and more"),
        pytest.param(b"", id="nothing"),
    ],
)
async def test_an_answer_to_another_question_is_refused(scheme: str, pdu: bytes) -> None:
    async with linked(lambda r: framed(scheme, r, pdu), scheme=scheme) as (link, _):
        with pytest.raises((DeviceGarbledError, DeviceTimeoutError)):
            await link.read(FOUR)


@pytest.mark.parametrize(
    ("answer", "at_once"),
    [
        pytest.param(lambda r: tcp(r, GOOD, transaction=0), True, id="transaction 0"),
        pytest.param(lambda r: tcp(r, GOOD, transaction=4242), False, id="other transaction"),
        pytest.param(lambda r: tcp(r, GOOD, unit=9), True, id="other unit"),
        pytest.param(lambda r: tcp(r, GOOD, protocol=7), True, id="other protocol"),
        pytest.param(lambda r: tcp(r, GOOD, length=0), True, id="no length"),
        pytest.param(lambda r: tcp(r, GOOD, length=9999), True, id="absurd length"),
        pytest.param(lambda r: tcp(r, GOOD)[:-3], False, id="truncated"),
        pytest.param(lambda _: b"\xff" * 40, True, id="garbage"),
        pytest.param(lambda r: b"\xff\xff" + tcp(r, GOOD), True, id="garbage before it"),
        pytest.param(lambda _: b"", False, id="silence"),
    ],
)
async def test_what_is_no_answer_on_tcp(answer: Callable[[bytes], bytes], at_once: bool) -> None:
    async with linked(answer) as (link, _):
        began = time.perf_counter()
        with pytest.raises((DeviceGarbledError, DeviceTimeoutError)):
            await link.read(FOUR)
        assert (time.perf_counter() - began < TIMEOUT_S * 0.8) is at_once


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda f: bytes([9]) + f[1:], id="other unit"),
        pytest.param(lambda f: f[:-3], id="truncated"),
        pytest.param(lambda f: f[:-1] + bytes([f[-1] ^ 1]), id="wrong check sum"),
        pytest.param(lambda f: b"\x00\x00" + f, id="two bytes of noise before it"),
        pytest.param(lambda f: f + b"\x00", id="a byte of noise after it"),
        pytest.param(lambda f: f + f, id="twice"),
        pytest.param(lambda _: b"\xff" * 300, id="garbage"),
        pytest.param(lambda _: b"", id="silence"),
    ],
)
@pytest.mark.parametrize("scheme", ["rtu+tcp", "ascii"])
async def test_what_is_no_answer_without_a_header(
    scheme: str, damage: Callable[[bytes], bytes]
) -> None:
    async with linked(lambda r: damage(framed(scheme, r, GOOD)), scheme=scheme) as (link, _):
        with pytest.raises((DeviceGarbledError, DeviceTimeoutError)):
            await link.read(FOUR)


@every_transport
async def test_an_exception_is_named(scheme: str) -> None:
    async with linked(lambda r: framed(scheme, r, bytes([0x84, 2])), scheme=scheme) as (link, _):
        with pytest.raises(ModbusRefusedError, match=r"input 10 \+4.*illegal data address") as told:
            await link.read(FOUR)
        assert told.value.code == 2


@every_transport
async def test_an_answer_byte_by_byte_is_an_answer(scheme: str) -> None:
    def answer(request: bytes) -> list[tuple[float, bytes]]:
        frame = framed(scheme, request, GOOD)
        return [(i * 0.001, frame[i : i + 1]) for i in range(len(frame))]

    async with linked(answer, timeout_s=2.0, scheme=scheme) as (link, _):
        assert (await link.read(FOUR)).tolist() == [10, 11, 12, 13]


@every_transport
async def test_a_peer_that_hangs_up_is_known_at_once(scheme: str) -> None:
    async with linked(lambda _: None, scheme=scheme) as (link, _):
        began = time.perf_counter()
        with pytest.raises(DeviceError, match="closed the connection"):
            await link.read(FOUR)
        assert time.perf_counter() - began < TIMEOUT_S / 2
        assert not link.is_open
        with pytest.raises(DeviceError, match="closed the connection"):
            await link.read(FOUR)


async def test_a_peer_that_resets_the_connection_is_known_at_once() -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(12)
        peer = writer.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    server = await asyncio.start_server(reset, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    link = ModbusLink(Line(Endpoint("tcp", "127.0.0.1", port)), 1, 1.0)
    await link.connect()
    began = time.perf_counter()
    with pytest.raises(DeviceError, match="closed the connection"):
        await link.read(FOUR)
    assert time.perf_counter() - began < 0.5
    link.close()
    server.close()
    await server.wait_closed()


async def test_a_refused_connection_is_a_sentence() -> None:
    link = ModbusLink(Line(Endpoint("tcp", "127.0.0.1", 1)), 1, TIMEOUT_S)
    with pytest.raises(DeviceError, match=r"127\.0\.0\.1:1 does not accept .*: connection refused"):
        await link.connect()
    with pytest.raises(DeviceError, match="not connected"):
        await link.read(FOUR)


@every_transport
async def test_it_works_again_after_connecting_again(scheme: str) -> None:
    answers = iter([None, GOOD])

    def answer(request: bytes) -> bytes | None:
        pdu = next(answers)
        return None if pdu is None else framed(scheme, request, pdu)

    async with linked(answer, scheme=scheme) as (link, server):
        with pytest.raises(DeviceError):
            await link.read(FOUR)
        await link.connect()
        assert (await link.read(FOUR)).tolist() == [10, 11, 12, 13]
        assert server.connections == 2


async def test_a_late_answer_on_tcp_is_dropped_by_its_number() -> None:
    def answer(request: bytes) -> list[tuple[float, bytes]]:
        address = struct.unpack(">H", request[8:10])[0]
        return [
            (TIMEOUT_S * 1.3 if address == 10 else 0, tcp(request, right(bare("tcp", request))))
        ]

    async with linked(answer) as (link, server):
        with pytest.raises(DeviceTimeoutError):
            await link.read(FOUR)
        for _ in range(60):
            assert (await link.read(Block(Area.INPUT, 50, 4))).tolist() == [50, 51, 52, 53]
            await asyncio.sleep(0.002)
        assert server.connections == 1


async def test_a_doubled_answer_on_tcp_is_dropped_by_its_number() -> None:
    def answer(request: bytes) -> list[tuple[float, bytes]]:
        frame = tcp(request, right(bare("tcp", request)))
        return [(0, frame), (0, frame), (0.003, frame)]

    async with linked(answer) as (link, _):
        for start in range(30):
            words = await link.read(Block(Area.INPUT, start, 2))
            assert words.tolist() == [start, start + 1]


async def test_a_late_answer_numbered_one_too_high_is_not_the_next_one() -> None:
    def answer(request: bytes) -> list[tuple[float, bytes]]:
        number = struct.unpack(">H", request[:2])[0]
        pdu = right(bare("tcp", request))
        return [
            (0.02, tcp(request, pdu)),
            (0.03, tcp(request, pdu, transaction=(number + 1) & 0xFFFF)),
        ]

    async with linked(answer, timeout_s=1.0) as (link, _):
        for start in range(0, 20, 2):
            words = await link.read(Block(Area.INPUT, start, 2))
            assert words.tolist() == [start, start + 1]


async def test_an_answer_cut_short_is_not_completed_by_the_next() -> None:
    first = True

    def answer(request: bytes) -> bytes:
        nonlocal first
        frame = tcp(request, right(bare("tcp", request)))
        cut, first = frame[:-3] if first else frame, False
        return cut

    async with linked(answer) as (link, _):
        with pytest.raises(DeviceTimeoutError):
            await link.read(FOUR)
        assert not link.is_open  # half a frame is left: nothing after it can be trusted
        await link.connect()
        assert (await link.read(FOUR)).tolist() == [10, 11, 12, 13]


async def test_an_answer_filled_up_from_another_frame_is_refused() -> None:
    def answer(request: bytes) -> list[tuple[float, bytes]]:
        frame = tcp(request, right(bare("tcp", request)))
        return [(0, frame[:-3]), (0.01, tcp(request, GOOD, transaction=7)[:5])]

    async with linked(answer) as (link, _):
        with pytest.raises(DeviceGarbledError):
            await link.read(FOUR)


async def test_cancelling_a_read_leaves_the_link_in_step() -> None:
    def answer(request: bytes) -> list[tuple[float, bytes]]:
        return [(0.03, tcp(request, right(bare("tcp", request))))]

    async with linked(answer) as (link, _):
        reading = asyncio.create_task(link.read(Block(Area.INPUT, 90, 4)))
        await asyncio.sleep(0.01)
        reading.cancel()
        assert (await link.read(FOUR)).tolist() == [10, 11, 12, 13]


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    scheme=st.sampled_from(SCHEMES),
    position=st.integers(0, 40),
    value=st.integers(0, 255),
    cut=st.integers(0, 40),
    tail=st.binary(max_size=6),
)
def test_no_damaged_frame_yields_a_value(
    scheme: str, position: int, value: int, cut: int, tail: bytes
) -> None:
    """Damage anything: the read fails or returns what was sent.

    On TCP the payload itself has no check sum, so there the damage spares it.
    """

    def answer(request: bytes) -> bytes:
        sent = bytearray(framed(scheme, request, GOOD))
        if position < (9 if scheme == "tcp" else len(sent)):
            sent[position] = value
        return bytes(sent[:cut]) if cut < len(sent) else bytes(sent) + tail

    async def read() -> list[int]:
        async with linked(answer, timeout_s=0.02, scheme=scheme) as (link, _):
            return [int(word) for word in await link.read(FOUR)]

    with suppress(DeviceError):
        assert asyncio.run(read()) == [10, 11, 12, 13]


@given(st.binary(max_size=20) | st.binary(max_size=12).map(lambda tail: GOOD[:2] + tail))
def test_no_pdu_but_the_answer_is_taken_for_it(received: bytes) -> None:
    try:
        payload = payload_of(read_request(Area.INPUT, 10, 4), received)
    except DeviceError:
        return
    assert received[:2] == GOOD[:2]
    assert payload == received[2:10]
    assert len(received) == 10
