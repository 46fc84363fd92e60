"""A Modbus TCP server for one unit that can also misbehave as controllers do.

Own code because the library's server cannot make the faults a console must survive and costs a
dozen times more per read (docs/decisions/0004-own-modbus-server-in-simulator.md).
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from drivers.modbus.regmap import Area, Transport
from drivers.ports import Registry, RequestProtocol
from drivers.simulator.registers import Image
from drivers.simulator.spans import Span

HEADER = struct.Struct(">HHHB")
READ = struct.Struct(">BHH")
LEAST_LENGTH, MOST_LENGTH = 2, 254
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, NO_SUCH_UNIT = 1, 2, 3, 11
AREAS = {1: Area.COIL, 2: Area.DISCRETE, 3: Area.HOLDING, 4: Area.INPUT}
MOST_BITS, MOST_REGISTERS = 2000, 125
WRITES = frozenset({5, 6, 15, 16})
MOST_WRITTEN = {Area.COIL: 1968, Area.HOLDING: 123}
COIL_ON = 0xFF00
MOST_WAITING = 64


class Manner(StrEnum):
    """How a controller treats those who ask."""

    NORMAL = "normal"
    SILENT = "silent"
    SLOW = "slow"
    REFUSED = "refused"


@dataclass
class Quirks:
    """Habits of real controllers, none of which this one has unless told.

    ``exception`` answers the next ``exceptions`` requests (every one where that is None).
    ``address_shift`` is added to every address asked for. ``most_registers`` and ``refuses_gaps``
    are limits that the map knows nothing of. A request within ``rest_s`` of an answer is not heard.
    A connection older than ``drops_after_s`` is closed instead of answered. More than
    ``most_clients`` connections are closed as they come (None is what the map says).
    """

    exception: int = 0
    exceptions: int | None = None
    address_shift: int = 0
    most_registers: int | None = None
    refuses_gaps: bool = False
    rest_s: float = 0.0
    drops_after_s: float | None = None
    most_clients: int | None = None


@dataclass
class Unit:
    """What the server speaks for: the present image, the controller's limits and its manner.

    ``write`` takes words and returns 0 or an exception; without it nothing can be written.
    ``spans`` are the addresses that hold something, for those who refuse all others.
    """

    image: Callable[[], Image]
    transport: Transport
    manner: Manner = Manner.NORMAL
    delay_s: float = 0.0
    write: Callable[[Area, int, Sequence[int]], int] | None = None
    spans: Mapping[Area, tuple[Span, ...]] = field(default_factory=dict)
    quirks: Quirks = field(default_factory=Quirks)
    clients: set[ModbusProtocol] = field(default_factory=set)

    @property
    def is_full(self) -> bool:
        """Whether one more client would be too many."""
        own = self.quirks.most_clients
        most = self.transport.max_connections if own is None else own
        return most is not None and len(self.clients) >= most


class ModbusProtocol(RequestProtocol):
    """One client's connection."""

    def __init__(self, registry: Registry, unit: Unit) -> None:
        super().__init__(registry)
        self._unit = unit
        self._waiting: deque[bytes] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._since_s = self._answered_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Sign in, or hang up at once where there are clients enough."""
        super().connection_made(transport)
        self._since_s = time.monotonic()
        if self._unit.is_full:
            self._close()
        else:
            self._unit.clients.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the answers that were still to come."""
        self._unit.clients.discard(self)
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def hang_up(self) -> None:
        """Close the connection, as a controller does that starts anew."""
        self._close()

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
        if self._has_enough():
            self._close()
        elif self._unit.manner is not Manner.SILENT and not self._is_resting():
            answer = answer_to(request, unit_id, self._unit)
            self._reply(HEADER.pack(transaction, 0, len(answer) + 1, unit_id) + answer)
        return True

    def _has_enough(self) -> bool:
        drops_after_s = self._unit.quirks.drops_after_s
        return drops_after_s is not None and time.monotonic() - self._since_s > drops_after_s

    def _is_resting(self) -> bool:
        now_s = time.monotonic()
        if now_s - self._answered_s < self._unit.quirks.rest_s:
            return True
        self._answered_s = now_s
        return False

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
    if exception := _moody(unit.quirks):
        return _refusal(function, exception)
    known = unit.transport.function_codes or (*AREAS, *WRITES)
    if function in WRITES and function in known and unit.write is not None:
        return _written(request, unit.write)
    area = AREAS.get(function) if function in known else None
    if area is None:
        return _refusal(function, ILLEGAL_FUNCTION)
    if len(request) != READ.size:
        return _refusal(function, ILLEGAL_VALUE)
    _, address, count = READ.unpack(request)
    return _read(function, area, (address, count), unit)


def _moody(quirks: Quirks) -> int:
    """Return the exception that the controller answers with whatever is asked, or 0."""
    if quirks.exceptions is None or not quirks.exception:
        return quirks.exception
    quirks.exceptions -= 1
    return quirks.exception if quirks.exceptions >= 0 else 0


def _read(function: int, area: Area, asked: tuple[int, int], unit: Unit) -> bytes:
    (address, count), quirks = asked, unit.quirks
    most = unit.transport.max_read_bits if area.is_bits else unit.transport.max_read_registers
    if quirks.most_registers is not None and not area.is_bits:
        most = quirks.most_registers
    if not 1 <= count <= min(most, MOST_BITS if area.is_bits else MOST_REGISTERS):
        return _refusal(function, ILLEGAL_VALUE)
    first = address + quirks.address_shift
    whole = any(s.start <= first and first + count <= s.end for s in unit.spans.get(area, ()))
    data = None if quirks.refuses_gaps and not whole else unit.image().read(area, first, count)
    if data is None and quirks.address_shift:  # such a controller has registers all around
        data = _around(unit.image(), area, first, count)
    if data is None:
        return _refusal(function, ILLEGAL_ADDRESS)
    body = pack_bits(data) if area.is_bits else data
    return bytes((function, len(body))) + body


def _around(image: Image, area: Area, first: int, count: int) -> bytes:
    nothing = bytes(1 if area.is_bits else 2)
    return b"".join(image.read(area, first + i, 1) or nothing for i in range(count))


def _written(request: bytes, write: Callable[[Area, int, Sequence[int]], int]) -> bytes:
    """Carry out a write by function 5, 6, 15 or 16; the answer repeats what was asked."""
    function = request[0]
    area = Area.COIL if function in {5, 15} else Area.HOLDING
    if len(request) < READ.size:
        return _refusal(function, ILLEGAL_VALUE)
    _, address, second = READ.unpack_from(request)
    words: list[int] | None = None
    if function in {5, 6} and len(request) == READ.size:
        words = [int(second == COIL_ON)] if function == 5 else [second]
        if function == 5 and second not in {COIL_ON, 0}:
            words = None
    elif function in {15, 16} and len(request) > READ.size:
        words = _many(area, second, request[READ.size :])
    if words is None:
        return _refusal(function, ILLEGAL_VALUE)
    refusal = write(area, address, words)
    return _refusal(function, refusal) if refusal else request[: READ.size]


def _many(area: Area, count: int, counted: bytes) -> list[int] | None:
    """Return the words (or bits) of a write of several, or None where its counts do not agree."""
    size, data = counted[0], counted[1:]
    wanted = (count + 7) // 8 if area.is_bits else 2 * count
    if not 1 <= count <= MOST_WRITTEN[area] or size != wanted or len(data) != wanted:
        return None
    if area.is_bits:
        return [data[i // 8] >> i % 8 & 1 for i in range(count)]
    return [int.from_bytes(data[i : i + 2]) for i in range(0, len(data), 2)]


def pack_bits(bits: bytes) -> bytes:
    """Pack bytes of 0 and 1 into bits, the first in the lowest bit of the first byte."""
    padded = bits + bytes(-len(bits) % 8)
    return bytes(
        sum(padded[start + i] << i for i in range(8)) for start in range(0, len(padded), 8)
    )


def _refusal(function: int, code: int) -> bytes:
    return bytes((function | 0x80, code))
