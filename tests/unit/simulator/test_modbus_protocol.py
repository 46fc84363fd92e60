"""The Modbus server without sockets: answers, refusals, and any bytes at all."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.regmap import Area, Transport
from drivers.simulator.modbus_server import (
    MOST_WAITING,
    Manner,
    ModbusProtocol,
    Unit,
    answer_to,
    pack_bits,
)
from drivers.simulator.registers import Image
from drivers.simulator.spans import Span
from tests.unit.simulator.made import Guests, connected

REGISTERS = struct.pack(">5H", 1, 2, 3, 4, 0xFFFE)
BITS = bytes([1, 0, 0, 1, 1, 0, 1, 0, 0, 1])
IMAGE = Image(
    {area: (Span(100, 105 if not area.is_bits else 110),) for area in Area},
    {area: (BITS if area.is_bits else REGISTERS,) for area in Area},
)


def unit(manner: Manner = Manner.NORMAL, **transport: int) -> Unit:
    return Unit(lambda: IMAGE, Transport(**transport), manner, delay_s=0.0)


def frame(
    pdu: bytes, *, transaction: int = 7, protocol: int = 0, unit_id: int = 1, length: int = -1
) -> bytes:
    size = len(pdu) + 1 if length < 0 else length
    return struct.pack(">HHHB", transaction, protocol, size, unit_id) + pdu


def read(function: int, address: int, count: int) -> bytes:
    return struct.pack(">BHH", function, address, count)


def answers(data: bytes, made: Unit | None = None, step: int = 0) -> tuple[bytes, bool]:
    protocol = ModbusProtocol(Guests(), made or unit())
    transport = connected(protocol)
    step = step or len(data) or 1
    for start in range(0, len(data), step):
        if not transport.closed:
            protocol.data_received(data[start : start + step])
    protocol.connection_lost(None)
    return bytes(transport.sent), transport.closed


def frames(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    while data:
        transaction, protocol, length, unit_id = struct.unpack_from(">HHHB", data)
        assert protocol == 0
        yield transaction, unit_id, data[7 : 6 + length]
        data = data[6 + length :]


@pytest.mark.parametrize(
    ("request_pdu", "answer"),
    [
        (read(4, 100, 5), b"\4\12" + REGISTERS),
        (read(3, 102, 2), b"\3\4\0\3\0\4"),
        (read(2, 100, 10), b"\2\2" + bytes([0b01011001, 0b10])),
        (read(1, 103, 1), b"\1\1\1"),
        (read(4, 99, 2), b"\x84\2"),
        (read(4, 104, 2), b"\x84\2"),
        (read(4, 65535, 2), b"\x84\2"),
        (read(1, 109, 2), b"\x81\2"),
        (read(4, 100, 0), b"\x84\3"),
        (read(4, 100, 126), b"\x84\3"),
        (read(2, 100, 2001), b"\x82\3"),
        (read(4, 100, 1)[:-1], b"\x84\3"),
        (read(4, 100, 1) + b"\0", b"\x84\3"),
        (struct.pack(">BHH", 5, 100, 0xFF00), b"\x85\1"),
        (struct.pack(">BHH", 6, 100, 1), b"\x86\1"),
        (b"\x0f\0\x64\0\1\1\1", b"\x8f\1"),
        (b"\x10\0\x64\0\1\2\0\1", b"\x90\1"),
        (b"\x2b\x0e\1\0", b"\xab\1"),
        (b"\0", b"\x80\1"),
        (b"\x84", b"\x84\1"),
    ],
)
def test_answers_and_refusals(request_pdu: bytes, answer: bytes) -> None:
    assert answer_to(request_pdu, 1, unit()) == answer
    data, closed = answers(frame(request_pdu))
    assert list(frames(data)) == [(7, 1, answer)]
    assert not closed


def test_the_controllers_own_limits_are_kept() -> None:
    small = unit(max_read_registers=3, max_read_bits=4)
    assert answer_to(read(4, 100, 3), 1, small)[0] == 4
    assert answer_to(read(4, 100, 4), 1, small) == b"\x84\3"
    assert answer_to(read(2, 100, 5), 1, small) == b"\x82\3"


def test_another_unit_is_not_here() -> None:
    made = unit(unit_id=17)
    assert answer_to(read(4, 100, 1), 17, made)[0] == 4
    assert answer_to(read(4, 100, 1), 255, made)[0] == 4
    assert answer_to(read(4, 100, 1), 1, made) == b"\x84\x0b"


@given(st.lists(st.tuples(st.integers(0, 65535), st.integers(95, 110)), max_size=20), st.data())
def test_pipelined_requests_are_answered_in_order_however_they_are_cut(
    asked: list[tuple[int, int]], data: st.DataObject
) -> None:
    stream = b"".join(frame(read(4, address, 1), transaction=t) for t, address in asked)
    sent, closed = answers(stream, step=data.draw(st.integers(1, max(len(stream), 1))))
    assert not closed
    expected = [(t, 1, answer_to(read(4, address, 1), 1, unit())) for t, address in asked]
    assert list(frames(sent)) == expected


@pytest.mark.parametrize(
    "bad",
    [
        frame(read(4, 100, 1), protocol=1),
        frame(b"", length=1),
        frame(b"", length=0),
        frame(b"", length=255),
        frame(b"", length=65535),
    ],
)
def test_what_is_not_modbus_ends_the_connection(bad: bytes) -> None:
    good = frame(read(4, 100, 1))
    sent, closed = answers(good + bad + good)
    assert closed
    assert len(list(frames(sent))) == 1


@given(st.binary(max_size=600), st.integers(1, 40), st.sampled_from([Manner.NORMAL, Manner.SILENT]))
def test_any_bytes_are_answered_in_frames_or_dropped(
    data: bytes, step: int, manner: Manner
) -> None:
    sent, _ = answers(data, unit(manner), step)
    for _, _, pdu in frames(sent):
        assert pdu[0] & 0x80 or pdu[1] == len(pdu) - 2
    if manner is Manner.SILENT:
        assert sent == b""


@given(st.binary(min_size=1, max_size=253), st.integers(0, 255))
def test_any_request_gets_one_answer_to_its_function(pdu: bytes, unit_id: int) -> None:
    sent, closed = answers(frame(pdu, unit_id=unit_id))
    ((transaction, said, answer),) = frames(sent)
    assert (transaction, said, answer[0] & 0x7F) == (7, unit_id, pdu[0] & 0x7F)
    assert not closed


def test_a_client_that_takes_no_answers_is_no_longer_listened_to() -> None:
    protocol = ModbusProtocol(Guests(), unit())
    transport = connected(protocol)
    protocol.pause_writing()
    assert transport.paused
    protocol.data_received(frame(read(4, 100, 1)) * 3)
    assert transport.sent == b""
    protocol.resume_writing()
    assert len(list(frames(bytes(transport.sent)))) == 3
    assert not transport.paused


async def test_a_slow_controller_lets_only_so_many_wait() -> None:
    made = unit(Manner.SLOW)
    protocol = ModbusProtocol(Guests(), made)
    transport = connected(protocol)
    paused = []
    for count in (MOST_WAITING - 1, 100):
        protocol.data_received(frame(read(4, 100, 1)) * count)
        paused.append(transport.paused)
    assert paused == [False, True]
    async with asyncio.timeout(5):
        while len(transport.sent) < 11 * (MOST_WAITING + 99):  # noqa: ASYNC110  it has no event
            await asyncio.sleep(0)
    assert not transport.paused
    assert len(list(frames(bytes(transport.sent)))) == MOST_WAITING + 99


def test_connections_sign_in_and_out() -> None:
    guests = Guests()
    protocol = ModbusProtocol(guests, unit())
    transport = connected(protocol)
    assert guests.present == {transport}
    protocol.data_received(frame(b"", length=0))
    assert transport.closed
    protocol.connection_lost(None)
    assert guests.present == set()
    protocol.data_received(b"late")


@given(st.binary(max_size=30).map(lambda data: bytes(b & 1 for b in data)))
def test_bits_are_packed_lowest_first(bits: bytes) -> None:
    packed = pack_bits(bits)
    assert len(packed) == (len(bits) + 7) // 8
    assert [packed[i // 8] >> (i % 8) & 1 for i in range(len(bits))] == list(bits)
