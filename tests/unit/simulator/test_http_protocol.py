"""The exporter's HTTP server without sockets."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.http_server import MetricsProtocol
from tests.unit.simulator.made import Guests, connected

PAGE = "# HELP a b\na 1\n"


def answers(data: bytes, page: str | None = PAGE, step: int = 0) -> tuple[str, bool]:
    protocol = MetricsProtocol(Guests(), lambda: page)
    transport = connected(protocol)
    step = step or len(data) or 1
    for start in range(0, len(data), step):
        if not transport.closed:
            protocol.data_received(data[start : start + step])
    protocol.connection_lost(None)
    return transport.sent.decode(), transport.closed


def get(line: str = "GET /metrics HTTP/1.1", **headers: str) -> bytes:
    lines = [line, "Host: x", *(f"{key}: {value}" for key, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def test_the_page_is_served_and_the_connection_kept() -> None:
    text, closed = answers(get())
    head, _, body = text.partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert "Content-Type: text/plain; version=0.0.4; charset=utf-8" in head
    assert f"Content-Length: {len(PAGE)}" in head
    assert body == PAGE
    assert not closed


@pytest.mark.parametrize(
    ("request_bytes", "status", "closes"),
    [
        (get("GET /metrics?name[]=x HTTP/1.1"), 200, False),
        (get(Connection="close"), 200, True),
        (get("GET /metrics HTTP/1.0"), 200, True),
        (get("GET /metrics HTTP/1.0", Connection="keep-alive"), 200, False),
        (get("GET / HTTP/1.1"), 404, False),
        (get("GET http://[ HTTP/1.1"), 404, False),
        (get("POST /metrics HTTP/1.1", **{"Content-Length": "5"}), 405, True),
        (get("GET /metrics HTTP/1.1", **{"Transfer-Encoding": "chunked"}), 200, True),
        (get("GET /metrics"), 400, True),
        (get("GET /metrics FTP/1"), 400, True),
        (b"\r\n\r\n", 400, True),
        (b"x" * 9000, 431, True),
    ],
)
def test_statuses(request_bytes: bytes, status: int, closes: bool) -> None:
    text, closed = answers(request_bytes)
    assert text.startswith(f"HTTP/1.1 {status} ")
    assert closed is closes


def test_head_has_the_length_and_no_body() -> None:
    text, _ = answers(get("HEAD /metrics HTTP/1.1"))
    assert f"Content-Length: {len(PAGE)}" in text
    assert text.endswith("\r\n\r\n")


def test_a_host_that_is_off_is_not_available() -> None:
    assert answers(get(), page=None)[0].startswith("HTTP/1.1 503 ")


@given(st.integers(1, 5), st.integers(1, 60))
def test_pipelined_requests_however_they_are_cut(count: int, step: int) -> None:
    text, closed = answers(get() * count, step=step)
    assert text.count("HTTP/1.1 200 OK") == count
    assert not closed


@given(st.binary(max_size=300), st.integers(1, 50))
def test_any_bytes_are_answered_or_waited_for(data: bytes, step: int) -> None:
    text, _ = answers(data + b"\r\n\r\n", step=step)
    assert re.match(r"HTTP/1\.1 \d{3} ", text)
