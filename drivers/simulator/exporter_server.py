"""An exporter on the wire as the field knows them: slow, cut short, replaced by a login page."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.http_server import CONTENT_TYPE, MetricsProtocol
from drivers.ports import Registry

DRIP_S = 0.1
PAGE = (
    "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\n"
    '<body><form method="post" action="/login"><input name="user"></form></body></html>\n'
)
PADDING = b'DCGM_FI_DEV_PADDING{gpu="0"} 0\n'


@dataclass
class Manners:
    """What a host's exporter does on the wire, in real time.

    ``delay_s`` infinite never answers; ``bytes_per_s`` None sends all at once; ``kept`` is the
    share of the text that is sent, whether the length told is that of the whole (``hangs_up``) or
    of what is left; ``padding_bytes`` are added.
    """

    delay_s: float = 0.0
    bytes_per_s: float | None = None
    kept: float = 1.0
    hangs_up: bool = False
    is_page: bool = False
    is_latin: bool = False
    redirects: bool = False
    padding_bytes: int = 0


@dataclass
class Wire:
    """What the servers of one host share: its manners, and who is connected."""

    manners: Manners = field(default_factory=Manners)
    clients: set[ExporterProtocol] = field(default_factory=set)

    def hang_up(self) -> None:
        """Drop every connection, as an exporter does that starts anew."""
        for client in tuple(self.clients):
            client.hang_up()


class ExporterProtocol(MetricsProtocol):
    """One scraper's connection to an exporter that may have bad manners."""

    def __init__(self, registry: Registry, page: Callable[[], str | None], wire: Wire) -> None:
        super().__init__(registry, page)
        self._wire = wire
        self._timer: asyncio.TimerHandle | None = None
        self._is_full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Sign in."""
        super().connection_made(transport)
        self._wire.clients.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the answer that was still to come."""
        self._wire.clients.discard(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Take no requests while the client does not take answers."""
        self._is_full = True
        super().pause_writing()

    def resume_writing(self) -> None:
        """Take requests again, unless an answer is still to come."""
        self._is_full = False
        super().resume_writing()

    def hang_up(self) -> None:
        """Close the connection."""
        self._close()

    def _metrics(self, *, head_only: bool, close: bool) -> None:
        delay_s = self._wire.manners.delay_s
        if self._wire.manners == Manners():
            super()._metrics(head_only=head_only, close=close)
        elif delay_s == math.inf:
            return
        elif delay_s > 0:
            self._block()
            self._later(delay_s, lambda: self._misbehave(head_only=head_only, close=close))
        else:
            self._misbehave(head_only=head_only, close=close)

    def _misbehave(self, *, head_only: bool, close: bool) -> None:
        text = self._page()
        if text is None:
            super()._metrics(head_only=head_only, close=close)
            self._unblock()
            return
        manners = self._wire.manners
        head, body = answer(text, manners, close=close)
        self._send(head)
        ends = close or manners.hangs_up
        self._drip(b"" if head_only else body, ends=ends)

    def _drip(self, body: bytes, *, ends: bool) -> None:
        """Send what is left, as much at a time as the exporter gives."""
        rate = self._wire.manners.bytes_per_s
        part = len(body) if rate is None else max(round(rate * DRIP_S), 1)
        self._send(body[:part])
        if len(body) > part:
            self._block()
            self._later(DRIP_S, lambda: self._drip(body[part:], ends=ends))
        elif ends:
            self._close()
        else:
            self._unblock()

    def _later(self, delay_s: float, call: Callable[[], None]) -> None:
        def due() -> None:
            self._timer = None
            call()

        self._timer = asyncio.get_running_loop().call_later(delay_s, due)

    def _unblock(self) -> None:
        if self._blocked and self._timer is None and not self._is_full:
            super()._unblock()


def answer(text: str, manners: Manners, *, close: bool) -> tuple[bytes, bytes]:
    """Return head and body of an answer with these manners; ``close`` is what the head says."""
    body = _body(text, manners)
    kept = body[: math.ceil(len(body) * manners.kept)]
    length = len(body) if manners.hangs_up else len(kept)
    status = "302 Found\r\nLocation: /login" if manners.redirects else "200 OK"
    kind = "text/html; charset=utf-8" if manners.is_page or manners.redirects else CONTENT_TYPE
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n"
        f"Connection: {'close' if close else 'keep-alive'}\r\n\r\n"
    )
    return head.encode("latin-1"), kept


def _body(text: str, manners: Manners) -> bytes:
    if manners.is_page or manners.redirects:
        return PAGE.encode()
    body = text.encode()
    if manners.is_latin:  # a name with a registered sign, as an old Windows would write it
        body = body.replace(b'"NVIDIA ', b'"NVIDIA\xae ')
    return body + PADDING * (manners.padding_bytes // len(PADDING))
