"""Servers made of a function: from the bytes of a question to the bytes sent back."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from drivers.modbus.checksums import crc16, lrc
from drivers.modbus.line import Line, Manners
from drivers.modbus.link import ModbusLink
from drivers.modbus.url import Endpoint

TIMEOUT_S = 0.15
Reply = bytes | None | Sequence[tuple[float, bytes]]
"""Bytes; None to hang up; or ``(seconds later, bytes)`` for each piece."""
Answer = Callable[[bytes], Reply]


@dataclass
class Server:
    """What was asked, and by how many connections; made by :func:`serve`."""

    answer: Answer
    scheme: str
    port: int = 0
    asked: list[bytes] = field(default_factory=list)
    """Every question as its PDU with the unit in front, whatever the transport."""
    connections: int = 0
    open: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _handlers: set[asyncio.Task[None]] = field(default_factory=set)
    _pieces: set[asyncio.Task[None]] = field(default_factory=set)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.writers.append(writer)
        task = asyncio.current_task()
        if task:
            self._handlers.add(task)
        try:
            while True:
                request = await self._request(reader)
                self.asked.append(bare(self.scheme, request))
                reply = self.answer(request)
                if reply is None:
                    break
                if isinstance(reply, bytes):
                    writer.write(reply)
                    continue
                for delay_s, piece in reply:
                    later = asyncio.create_task(_later(writer, delay_s, piece))
                    self._pieces.add(later)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _request(self, reader: asyncio.StreamReader) -> bytes:
        if self.scheme == "ascii":
            return await reader.readuntil(b"\r\n")
        if self.scheme == "tcp":
            head = await reader.readexactly(6)
            return head + await reader.readexactly(struct.unpack(">H", head[4:])[0])
        head = await reader.readexactly(7)
        more = head[6] + 2 if head[1] in {15, 16} else 1
        return head + await reader.readexactly(more)

    async def end(self) -> None:
        for writer in self.writers:
            writer.close()
        for task in self._pieces:
            task.cancel()
        await asyncio.gather(*self._handlers, *self._pieces, return_exceptions=True)


async def _later(writer: asyncio.StreamWriter, delay_s: float, data: bytes) -> None:
    if delay_s:
        await asyncio.sleep(delay_s)
    if not writer.is_closing():
        writer.write(data)


@asynccontextmanager
async def serve(answer: Answer, scheme: str = "tcp") -> AsyncIterator[Server]:
    """A server on loopback; ``scheme`` is tcp, rtu+tcp or (for tests) ascii over TCP."""
    server = Server(answer, scheme)
    listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        await server.end()
        await listening.wait_closed()


async def _open_ascii(endpoint: Endpoint, wire: asyncio.Protocol) -> None:
    loop = asyncio.get_running_loop()
    await loop.create_connection(lambda: wire, endpoint.host, endpoint.port)


def line_to(server: Server) -> Line:
    """A line to a server; ASCII goes over TCP here, so that bytes can be seen and delayed."""
    if server.scheme == "ascii":
        return Line(_AsciiOverTcp("ascii", host="127.0.0.1", port=server.port), _open_ascii)
    return Line(Endpoint(server.scheme, host="127.0.0.1", port=server.port))


class _AsciiOverTcp(Endpoint):
    @property
    def is_serial(self) -> bool:
        return False


@asynccontextmanager
async def linked(
    answer: Answer, timeout_s: float = TIMEOUT_S, scheme: str = "tcp"
) -> AsyncIterator[tuple[ModbusLink, Server]]:
    """A connected link to unit 1 of such a server."""
    async with serve(answer, scheme) as server:
        link = ModbusLink(line_to(server), 1, timeout_s, Manners(worst_latency_s=timeout_s))
        try:
            await link.connect()
            yield link, server
        finally:
            link.close()


def bare(scheme: str, frame: bytes) -> bytes:
    """Unit and PDU of a whole frame."""
    if scheme == "tcp":
        return frame[6:]
    return frame[:-2] if scheme == "rtu+tcp" else bytes.fromhex(frame[1:-4].decode())


def tcp(
    request: bytes,
    pdu: bytes,
    *,
    transaction: int | None = None,
    unit: int | None = None,
    protocol: int = 0,
    length: int | None = None,
) -> bytes:
    """A Modbus TCP answer to a request, right but for what is given."""
    tag = struct.unpack(">H", request[:2])[0] if transaction is None else transaction
    size = len(pdu) + 1 if length is None else length
    return struct.pack(">HHHB", tag, protocol, size, request[6] if unit is None else unit) + pdu


def rtu(pdu: bytes, unit: int = 1) -> bytes:
    """An RTU frame."""
    body = bytes((unit,)) + pdu
    return body + crc16(body)


def ascii_frame(pdu: bytes, unit: int = 1) -> bytes:
    """An ASCII frame."""
    body = bytes((unit,)) + pdu
    return f":{(body + bytes((lrc(body),))).hex().upper()}\r\n".encode()


def framed(scheme: str, request: bytes, pdu: bytes) -> bytes:
    """The right frame around an answer, in any transport."""
    unit = bare(scheme, request)[0]
    if scheme == "tcp":
        return tcp(request, pdu)
    return rtu(pdu, unit) if scheme == "rtu+tcp" else ascii_frame(pdu, unit)


def registers(*values: int, function: int = 4, count: int | None = None) -> bytes:
    """The PDU of an answer with registers."""
    data = struct.pack(f">{len(values)}H", *values)
    return struct.pack(">BB", function, len(data) if count is None else count) + data


def right(request: bytes) -> bytes:
    """The PDU of the right answer to unit-and-PDU: each register holds its own address."""
    function, address, count = request[1], *struct.unpack(">HH", request[2:6])
    if function in {1, 2}:
        bits: int = sum(((address + i) & 1) << i for i in range(count))
        return bytes((function, (count + 7) // 8)) + bits.to_bytes((count + 7) // 8, "little")
    return registers(*((address + i) & 0xFFFF for i in range(count)), function=function)
