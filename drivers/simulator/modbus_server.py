"""A Modbus TCP server for one unit, read-only, that can also misbehave as controllers do.

Own code because the library's server cannot make the faults a console must survive and costs a
dozen times more per read (docs/decisions/0004-own-modbus-server-in-simulator.md).
"""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from drivers.modbus.regmap import Area, Transport
from drivers.simulator.registers import Image
from drivers.simulator.wire import Registry, RequestProtocol

HEADER = struct.Struct(">HHHB")
READ = struct.Struct(">BHH")
LEAST_LENGTH, MOST_LENGTH = 2, 254
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, NO_SUCH_UNIT = 1, 2, 3, 11
AREAS = {1: Area.COIL, 2: Area.DISCRETE, 3: Area.HOLDING, 4: Area.INPUT}
MOST_BITS, MOST_REGISTERS = 2000, 125
MOST_WAITING = 64


class Manner(StrEnum):
    """How a controller treats those who ask."""

    NORMAL = "normal"
    SILENT = "silent"
    SLOW = "slow"
    REFUSED = "refused"


@dataclass
class Unit:
    """What the server speaks for: the present image, the controller's limits and its manner."""

    image: Callable[[], Image]
    transport: Transport
    manner: Manner = Manner.NORMAL
    delay_s: float = 0.0


class ModbusProtocol(RequestProtocol):
    """One client's connection."""

    def __init__(self, registry: Registry, unit: Unit) -> None:
        super().__init__(registry)
        self._unit = unit
        self._waiting: deque[bytes] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the answers that were still to come."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def take(self) -> bool:
        """Answer the next request; a stream that is not Modbus TCP cannot recover and is closed."""
        if len(self._buffer) < HEADER.size:
            return False
        transaction, protocol, length, unit_id = HEADER.unpack_from(self._buffer)
        if protocol != 0 or not LEAST_LENGTH <= length <= MOST_LENGTH:
            self._close()
            return False
        end = HEADER.size - 1 + length
        if len(self._buffer) < end:
            return False
        request = bytes(self._buffer[HEADER.size : end])
        del self._buffer[:end]
        if self._unit.manner is not Manner.SILENT:
            answer = answer_to(request, unit_id, self._unit)
            self._reply(HEADER.pack(transaction, 0, len(answer) + 1, unit_id) + answer)
        return True

    def _reply(self, frame: bytes) -> None:
        """Send now, or in its turn when the controller is slow or older answers are waiting."""
        if self._unit.manner is not Manner.SLOW and not self._waiting:
            self._send(frame)
            return
        self._waiting.append(frame)
        if len(self._waiting) >= MOST_WAITING:
            self._block()
        if self._timer is None:
            self._wait()

    def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(max(self._unit.delay_s, 0.0), self._release)

    def _release(self) -> None:
        self._timer = None
        frame = self._waiting.popleft()
        if self._unit.manner is not Manner.SILENT:
            self._send(frame)
        if self._waiting:
            self._wait()
        if self._blocked and len(self._waiting) < MOST_WAITING // 2:
            self._unblock()


def answer_to(request: bytes, unit_id: int, unit: Unit) -> bytes:
    """Return the answer to a request without its header: the data, or an exception."""
    function = request[0]
    if unit_id not in {unit.transport.unit_id, 0, 255}:
        return _refusal(function, NO_SUCH_UNIT)
    area = AREAS.get(function)
    if area is None:
        return _refusal(function, ILLEGAL_FUNCTION)
    if len(request) != READ.size:
        return _refusal(function, ILLEGAL_VALUE)
    _, address, count = READ.unpack(request)
    most = unit.transport.max_read_bits if area.is_bits else unit.transport.max_read_registers
    if not 1 <= count <= min(most, MOST_BITS if area.is_bits else MOST_REGISTERS):
        return _refusal(function, ILLEGAL_VALUE)
    data = unit.image().read(area, address, count)
    if data is None:
        return _refusal(function, ILLEGAL_ADDRESS)
    body = pack_bits(data) if area.is_bits else data
    return bytes((function, len(body))) + body


def pack_bits(bits: bytes) -> bytes:
    """Pack bytes of 0 and 1 into bits, the first in the lowest bit of the first byte."""
    padded = bits + bytes(-len(bits) % 8)
    return bytes(
        sum(padded[start + i] << i for i in range(8)) for start in range(0, len(padded), 8)
    )


def _refusal(function: int, code: int) -> bytes:
    return bytes((function | 0x80, code))
