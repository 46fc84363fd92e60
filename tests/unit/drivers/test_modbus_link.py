"""Every answer is checked: what pymodbus 3.16 lets pass must not reach a value."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.device import (
    DeviceError,
    DeviceGarbledError,
    DeviceRefusedError,
    DeviceTimeoutError,
)
from drivers.modbus.frames import payload_of
from drivers.modbus.link import ModbusLink
from drivers.modbus.planner import Block
from drivers.modbus.regmap import Area
from drivers.modbus.url import ModbusUrl

FOUR = Block(Area.INPUT, 10, 4)
TIMEOUT_S = 0.15
Answer = Callable[[bytes], bytes | None]
"""From a whole request to the bytes sent back; None hangs up."""


@asynccontextmanager
async def served(answer: Answer, timeout_s: float = TIMEOUT_S) -> AsyncIterator[ModbusLink]:
    served_by: list[asyncio.Task[None] | None] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served_by.append(asyncio.current_task())
        try:
            while request := await reader.readexactly(12):
                reply = answer(request)
                if reply is None:
                    break
                writer.write(reply)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    link = ModbusLink(ModbusUrl("127.0.0.1", port, None), 1, timeout_s)
    try:
        await link.connect()
        yield link
    finally:
        link.close()
        server.close()
        await server.wait_closed()
        await asyncio.gather(*filter(None, served_by))


def frame(
    request: bytes,
    pdu: bytes,
    *,
    transaction: int | None = None,
    unit: int = 1,
    protocol: int = 0,
    length: int | None = None,
) -> bytes:
    tid = struct.unpack(">H", request[:2])[0] if transaction is None else transaction
    size = len(pdu) + 1 if length is None else length
    return struct.pack(">HHHB", tid, protocol, size, unit) + pdu


def registers(*values: int, function: int = 4, count: int | None = None) -> bytes:
    data = struct.pack(f">{len(values)}H", *values)
    return struct.pack(">BB", function, len(data) if count is None else count) + data


GOOD = registers(1, 2, 3, 4)


async def test_a_right_answer_is_its_words() -> None:
    async with served(lambda r: frame(r, GOOD)) as link:
        assert (await link.read(FOUR)).tolist() == [1, 2, 3, 4]
        assert (await link.read(FOUR)).dtype == np.uint16


async def test_bits_are_one_word_each() -> None:
    async with served(lambda r: frame(r, bytes([2, 2, 0b101, 0b1]))) as link:
        assert (await link.read(Block(Area.DISCRETE, 0, 9))).tolist() == [1, 0, 1, 0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda r: frame(r, registers(1, 2, 3, 4, function=3)), id="other function"),
        pytest.param(lambda r: frame(r, registers(1, 2, 3)), id="one register short"),
        pytest.param(lambda r: frame(r, registers(1, 2, 3, 4, 5)), id="one register extra"),
        pytest.param(lambda r: frame(r, bytes([4, 7]) + b"\0" * 7), id="odd byte count"),
        pytest.param(lambda r: frame(r, struct.pack(">BHH", 6, 10, 5120)), id="a write's answer"),
        pytest.param(lambda r: frame(r, GOOD, transaction=0), id="transaction 0"),
        pytest.param(lambda r: frame(r, bytes([2, 1, 5])), id="bits for registers"),
    ],
)
async def test_an_answer_to_another_question_is_refused(answer: Answer) -> None:
    async with served(answer) as link:
        with pytest.raises((DeviceGarbledError, DeviceTimeoutError)):
            await link.read(FOUR)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda r: frame(r, GOOD, transaction=4242), id="other transaction"),
        pytest.param(lambda r: frame(r, GOOD, unit=9), id="other unit"),
        pytest.param(lambda r: frame(r, GOOD, protocol=7), id="other protocol"),
        pytest.param(lambda r: frame(r, GOOD)[:-3], id="truncated"),
        pytest.param(lambda r: b"\xff" * 40, id="garbage"),
        pytest.param(lambda r: b"", id="silence"),
        pytest.param(lambda r: frame(r, bytes([0x84])), id="exception without code"),
    ],
)
async def test_what_is_no_answer_at_all_is_a_device_error(answer: Answer) -> None:
    async with served(answer) as link:
        with pytest.raises(DeviceError):
            await link.read(FOUR)


async def test_an_exception_is_named() -> None:
    async with served(lambda r: frame(r, bytes([0x84, 2]))) as link:
        with pytest.raises(DeviceRefusedError, match=r"input 10 \+4.*illegal data address"):
            await link.read(FOUR)


async def test_a_peer_that_hangs_up_is_known_at_once() -> None:
    async with served(lambda _: None) as link:
        began = time.perf_counter()
        with pytest.raises(DeviceError, match="closed the connection"):
            await link.read(FOUR)
        assert time.perf_counter() - began < TIMEOUT_S / 2


async def test_a_refused_connection_is_a_sentence() -> None:
    link = ModbusLink(ModbusUrl("127.0.0.1", 1, None), 1, TIMEOUT_S)
    with pytest.raises(DeviceError, match=r"127\.0\.0\.1:1 does not accept"):
        await link.connect()
    with pytest.raises(DeviceError, match="not connected"):
        await link.read(FOUR)


async def test_it_works_again_after_connecting_again() -> None:
    answers = iter([None, GOOD])

    def answer(request: bytes) -> bytes | None:
        pdu = next(answers)
        return None if pdu is None else frame(request, pdu)

    async with served(answer) as link:
        with pytest.raises(DeviceError):
            await link.read(FOUR)
        await link.connect()
        assert (await link.read(FOUR)).tolist() == [1, 2, 3, 4]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    position=st.integers(0, 16),
    value=st.integers(0, 255),
    cut=st.integers(0, 17),
    tail=st.binary(max_size=6),
)
def test_no_damaged_header_yields_a_value(position: int, value: int, cut: int, tail: bytes) -> None:
    """Damage anything but the payload: the read fails or returns the payload as sent."""

    def answer(request: bytes) -> bytes:
        sent = bytearray(frame(request, GOOD))
        if position < 9:
            sent[position] = value
        return bytes(sent[: max(cut, 9)]) if cut < 17 else bytes(sent) + tail

    async def read() -> list[int]:
        async with served(answer, timeout_s=0.02) as link:
            return [int(word) for word in await link.read(FOUR)]

    with suppress(DeviceError):
        assert asyncio.run(read()) == [1, 2, 3, 4]


REQUEST = struct.pack(">HHHBBHH", 77, 0, 6, 1, 4, 10, 4)
ANSWER = struct.pack(">HHHB", 77, 0, 11, 1) + GOOD


def test_a_frame_is_complete_or_awaited() -> None:
    assert payload_of(REQUEST, ANSWER) == struct.pack(">4H", 1, 2, 3, 4)
    for size in range(len(ANSWER)):
        assert payload_of(REQUEST, ANSWER[:size]) is None


@given(st.binary(max_size=40) | st.binary(max_size=30).map(lambda tail: ANSWER[:7] + tail))
def test_no_bytes_but_the_answer_are_taken_for_it(received: bytes) -> None:
    try:
        payload = payload_of(REQUEST, received)
    except DeviceError:
        return
    if payload is not None:
        assert received.startswith(ANSWER[:9])
        assert payload == received[9:17]
