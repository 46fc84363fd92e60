"""How each transport wraps a question and finds the answer in the bytes that came back.

Nothing is guessed: bytes that are not exactly a frame, or not the frame that can come next, are an
error at once. Who resynchronises, and how, is decided in :mod:`drivers.modbus.wire`.
"""

from __future__ import annotations

import binascii
import struct
from dataclasses import dataclass
from typing import Protocol

from drivers.device import DeviceGarbledError
from drivers.modbus.checksums import crc16, lrc
from drivers.modbus.frames import answer_size

_MBAP = struct.Struct(">HHHB")
_LEAST_LENGTH, _MOST_LENGTH = 2, 254
_MOST_ASCII = 513
_HEX = frozenset(b"0123456789ABCDEFabcdef")


@dataclass(frozen=True, slots=True)
class Question:
    """A request to one unit; ``tag`` is the transaction number where the transport has one."""

    tag: int
    unit: int
    pdu: bytes


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole frame as received, its check sum verified; ``tag`` is 0 where there is none."""

    tag: int
    unit: int
    pdu: bytes


class Framing(Protocol):
    """One way of putting PDUs on a line."""

    tagged: bool
    """Whether an answer names the question it belongs to."""

    def wrap(self, question: Question) -> bytes:
        """Return the bytes that ask a question."""
        ...

    def take(self, received: bytearray, question: Question | None) -> Frame | None:
        """Remove a whole frame from the front of ``received``; None while it is incomplete.

        ``question`` is what an untagged frame must answer. Raises DeviceGarbledError for bytes
        that are no frame, or none that answers it.
        """
        ...

    def size(self, pdu_size: int) -> int:
        """Return how many bytes a frame around a PDU of that size takes on the line."""
        ...


class TcpFraming:
    """Modbus TCP and Modbus security: a header with transaction, length and unit."""

    tagged = True

    def wrap(self, question: Question) -> bytes:
        """Return header and PDU."""
        return _MBAP.pack(question.tag, 0, len(question.pdu) + 1, question.unit) + question.pdu

    def take(self, received: bytearray, question: Question | None) -> Frame | None:
        """See :class:`Framing`; any transaction is taken."""
        if len(received) < 6:
            return None
        tag, protocol, length = struct.unpack_from(">HHH", received)
        if protocol != 0 or not _LEAST_LENGTH <= length <= _MOST_LENGTH:
            raise DeviceGarbledError("the answer is not a Modbus TCP frame")
        end = 6 + length
        if len(received) < end:
            return None
        frame = Frame(tag, received[6], bytes(received[7:end]))
        del received[:end]
        return frame

    def size(self, pdu_size: int) -> int:
        """Header and PDU."""
        return _MBAP.size + pdu_size


class RtuFraming:
    """Unit, PDU and CRC; where a frame ends only its question tells."""

    tagged = False

    def wrap(self, question: Question) -> bytes:
        """Return unit, PDU and CRC."""
        body = bytes((question.unit,)) + question.pdu
        return body + crc16(body)

    def take(self, received: bytearray, question: Question | None) -> Frame | None:
        """See :class:`Framing`."""
        if question is None:
            raise DeviceGarbledError("bytes that nobody asked for")
        _must_be_unit(received[0], question)
        if len(received) < 3:
            return None
        size = _rtu_size(received, question)
        if len(received) < size:
            return None
        if len(received) > size:
            raise DeviceGarbledError("more bytes came back than were asked for")
        if crc16(received[:-2]) != received[-2:]:
            raise DeviceGarbledError("the check sum of the answer is wrong")
        frame = Frame(0, received[0], bytes(received[1:-2]))
        received.clear()
        return frame

    def size(self, pdu_size: int) -> int:
        """Unit, PDU and CRC."""
        return pdu_size + 3


class AsciiFraming:
    """A colon, unit, PDU and LRC in hexadecimal, carriage return, line feed."""

    tagged = False

    def wrap(self, question: Question) -> bytes:
        """Return the whole line."""
        body = bytes((question.unit,)) + question.pdu
        return b":" + (body + bytes((lrc(body),))).hex().upper().encode("ascii") + b"\r\n"

    def take(self, received: bytearray, question: Question | None) -> Frame | None:
        """See :class:`Framing`."""
        if question is None:
            raise DeviceGarbledError("bytes that nobody asked for")
        end = received.find(b"\r\n")
        text = received[1:end] if end >= 0 else received[1:].rstrip(b"\r")
        if received[0] != ord(":") or len(received) > _MOST_ASCII or not _HEX.issuperset(text):
            raise DeviceGarbledError("the answer is not a Modbus ASCII frame")
        if end < 0:
            return None
        if len(received) > end + 2:
            raise DeviceGarbledError("more bytes came back than were asked for")
        if len(text) % 2 or len(text) < 6:
            raise DeviceGarbledError("the answer is not a Modbus ASCII frame")
        body = binascii.unhexlify(bytes(text))
        if lrc(body[:-1]) != body[-1]:
            raise DeviceGarbledError("the check sum of the answer is wrong")
        _must_be_unit(body[0], question)
        received.clear()
        return Frame(0, body[0], body[1:-1])

    def size(self, pdu_size: int) -> int:
        """Two characters per byte of unit, PDU and LRC, and three around them."""
        return 2 * (pdu_size + 2) + 3


def _must_be_unit(unit: int, question: Question) -> None:
    if unit != question.unit:
        raise DeviceGarbledError(f"unit {unit} answered for unit {question.unit}")


def _rtu_size(received: bytearray, question: Question) -> int:
    """How long the frame will be; raises DeviceGarbledError where it cannot be the answer."""
    function, asked = received[1], question.pdu[0]
    if function == asked | 0x80:
        return 5
    if function != asked:
        raise DeviceGarbledError(f"the answer is function {function} where {asked} was asked")
    size = answer_size(question.pdu) + 3
    if asked <= 4 and received[2] != size - 5:
        raise DeviceGarbledError("the answer does not have the shape that was asked for")
    return size


FRAMINGS: dict[str, type[Framing]] = {
    "tcp": TcpFraming,
    "tls": TcpFraming,
    "rtu+tcp": RtuFraming,
    "rtu": RtuFraming,
    "ascii": AsciiFraming,
}
"""The framing of each URL scheme."""
