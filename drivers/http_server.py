"""The smallest HTTP/1.1 server that a scraper needs: GET and HEAD of /metrics, keep-alive."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from drivers.ports import Registry, RequestProtocol

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
MOST_HEADER = 8192
END = b"\r\n\r\n"


class MetricsProtocol(RequestProtocol):
    """One scraper's connection; ``page`` returns the text, or None while the host is off."""

    def __init__(self, registry: Registry, page: Callable[[], str | None]) -> None:
        super().__init__(registry)
        self._page = page

    def take(self) -> bool:
        """Answer the next request; one that cannot be understood ends the connection."""
        end = self._buffer.find(END)
        if end < 0:
            if len(self._buffer) > MOST_HEADER:
                self._answer("431 Request Header Fields Too Large", "", close=True)
            return False
        head = bytes(self._buffer[:end]).decode("latin-1")
        del self._buffer[: end + len(END)]
        self._respond(head.split("\r\n"))
        return True

    def _respond(self, lines: list[str]) -> None:
        words = lines[0].split(" ")
        headers = dict(_header(line) for line in lines[1:])
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            self._answer("400 Bad Request", "not HTTP/1.1\n", close=True)
            return
        method, target, version = words
        has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        wish = headers.get("connection", "").lower()
        close = has_body or wish == "close" or (version == "HTTP/1.0" and wish != "keep-alive")
        if method not in {"GET", "HEAD"}:
            self._answer("405 Method Not Allowed", "GET /metrics\n", close=close)
        elif _path(target) != "/metrics":
            self._answer("404 Not Found", "GET /metrics\n", close=close)
        else:
            self._metrics(head_only=method == "HEAD", close=close)

    def _metrics(self, *, head_only: bool, close: bool) -> None:
        page = self._page()
        status = "503 Service Unavailable" if page is None else "200 OK"
        self._answer(status, page or "", close=close, head_only=head_only)

    def _answer(
        self, status: str, body: str, *, close: bool = False, head_only: bool = False
    ) -> None:
        data = body.encode()
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: {CONTENT_TYPE}\r\nContent-Length: {len(data)}\r\n"
            f"Connection: {'close' if close else 'keep-alive'}\r\n\r\n"
        )
        self._send(head.encode("latin-1") + (b"" if head_only else data))
        if close:
            self._close()


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


def _path(target: str) -> str:
    try:
        return urlsplit(target).path
    except ValueError:
        return ""
