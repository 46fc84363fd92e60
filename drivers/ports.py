"""Listening ports and request-by-request protocols, shared by every server of this program.

A client may send anything, at any speed, and may never read the answers: a connection holds at
most one read's worth of unanswered bytes and stops reading while its answers are not taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

BACKLOG = 64


class Registry(Protocol):
    """Where connections sign in and out."""

    def joined(self, transport: asyncio.Transport) -> None:
        """Remember an open connection."""
        ...

    def left(self, transport: asyncio.Transport) -> None:
        """Forget a closed one."""
        ...


class RequestProtocol(asyncio.Protocol):
    """Takes requests off the stream one after the other; subclasses say what a request is."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._buffer = bytearray()
        self._blocked = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Sign in."""
        self._transport = cast("asyncio.Transport", transport)
        self._registry.joined(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Sign out."""
        if self._transport is not None:
            self._registry.left(self._transport)
        self._transport = None
        self._buffer.clear()

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._buffer += data
        self._serve()

    def pause_writing(self) -> None:
        """Stop taking requests while the client does not take answers."""
        self._block()

    def resume_writing(self) -> None:
        """Take requests again."""
        self._unblock()

    def take(self) -> bool:
        """Take one request off ``self._buffer`` and answer it; False when none is complete."""
        raise NotImplementedError

    def _serve(self) -> None:
        while self._is_open and not self._blocked and self.take():
            pass

    def _block(self) -> None:
        self._blocked = True
        if self._transport is not None and self._is_open:
            self._transport.pause_reading()

    def _unblock(self) -> None:
        self._blocked = False
        self._serve()
        if self._transport is not None and self._is_open and not self._blocked:
            self._transport.resume_reading()

    def _send(self, answer: bytes) -> None:
        if self._transport is not None and self._is_open:
            self._transport.write(answer)

    def _close(self) -> None:
        self._buffer.clear()
        if self._transport is not None:
            self._transport.close()

    @property
    def _is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()


class Port:
    """One port that can be closed and opened again on the same number.

    Where ``most`` connections are open, a new one ends the one that has been open longest: who
    opens many and says nothing keeps nobody out.
    """

    def __init__(
        self,
        make: Callable[[Registry], RequestProtocol],
        host: str,
        port: int,
        *,
        most: int | None = None,
    ) -> None:
        self._make = make
        self._host = host
        self._most = most
        self.number = port
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Transport, None] = {}  # in the order in which they came

    def joined(self, transport: asyncio.Transport) -> None:
        """Remember an open connection."""
        self._open[transport] = None
        if self._most is not None and len(self._open) > self._most:
            oldest = next(iter(self._open))
            del self._open[oldest]
            oldest.abort()

    def left(self, transport: asyncio.Transport) -> None:
        """Forget a closed one."""
        self._open.pop(transport, None)

    async def open(self) -> None:
        """Listen; raises OSError where the port is taken. A port of 0 becomes the one given."""
        if self._server is not None:
            return
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: self._make(self), self._host, self.number, backlog=BACKLOG
        )
        self.number = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Stop listening and drop every connection at once."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for transport in tuple(self._open):
            transport.abort()
