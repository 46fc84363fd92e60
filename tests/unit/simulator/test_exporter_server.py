"""Exporters with bad manners: what comes over the wire, without sockets."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from drivers.simulator.exporter_server import ExporterProtocol
from drivers.simulator.plant import Plant
from tests.unit.simulator.made import FakeTransport, Guests, connected, make_plant

GET = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def plant() -> Plant:
    made = make_plant(tanks=1, hosts=1)
    made.advance(5)
    return made


@pytest.fixture
def client(plant: Plant) -> Iterator[tuple[ExporterProtocol, FakeTransport]]:
    host = plant.hosts["node-1"]
    protocol = ExporterProtocol(Guests(), host.page, host.wire)
    yield protocol, connected(protocol)
    protocol.connection_lost(None)
    assert not host.wire.clients


Client = tuple[ExporterProtocol, FakeTransport]


def answer(client: Client, request: bytes = GET) -> tuple[str, bytes]:
    """Head and body of what is answered at once."""
    protocol, transport = client
    transport.sent.clear()
    protocol.data_received(request)
    head, _, body = bytes(transport.sent).partition(b"\r\n\r\n")
    return head.decode(), body


def length(head: str) -> int:
    (line,) = [line for line in head.split("\r\n") if line.startswith("Content-Length: ")]
    return int(line.removeprefix("Content-Length: "))


def readable(body: bytes) -> int:
    return len(list(text_string_to_metric_families(body.decode())))


def test_without_a_fault_it_is_a_plain_exporter(plant: Plant, client: Client) -> None:
    head, body = answer(client)
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert body.decode() == plant.exposition("node-1")
    assert length(head) == len(body)
    assert readable(body) > 30


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ("exporter_html", "200 OK", "text/html"),
        ("exporter_redirects", "302 Found", "text/html"),
    ],
)
def test_a_login_page(plant: Plant, client: Client, fault: str, status: str, kind: str) -> None:
    plant.inject(fault)
    head, body = answer(client)
    assert head.startswith(f"HTTP/1.1 {status}\r\n")
    assert f"Content-Type: {kind}" in head
    assert ("Location: /login" in head) == (fault == "exporter_redirects")
    assert body.startswith(b"<!DOCTYPE html>")
    assert length(head) == len(body)
    plant.clear(fault)
    assert readable(answer(client)[1]) > 30


@pytest.mark.parametrize("way", ["text", "connection"])
def test_cut_short(plant: Plant, client: Client, way: str) -> None:
    whole = len(plant.exposition("node-1"))
    plant.inject("exporter_truncated", parameters={"percent": 40, "way": way})
    head, body = answer(client)
    assert len(body) == math.ceil(whole * 0.4)
    assert length(head) == (len(body) if way == "text" else whole)
    assert client[1].closed == (way == "connection")


def test_a_wrong_way_to_cut_is_refused(plant: Plant) -> None:
    with pytest.raises(ValueError, match="way must be one of"):
        plant.inject("exporter_truncated", parameters={"way": "up"})
    with pytest.raises(ValueError, match="percent must be 0 to 100"):
        plant.inject("exporter_truncated", parameters={"percent": 101})


@pytest.mark.parametrize("kind", ["dcgm", "nvidia_gpu_exporter"])
def test_not_utf8(kind: str) -> None:
    plant = make_plant(tanks=1, hosts=1, exporter=kind)
    plant.inject("exporter_not_utf8")
    host = plant.hosts["node-1"]
    protocol = ExporterProtocol(Guests(), host.page, host.wire)
    head, body = answer((protocol, connected(protocol)))
    protocol.connection_lost(None)
    assert length(head) == len(body)
    with pytest.raises(UnicodeDecodeError):
        body.decode()
    assert "NVIDIA® H100" in body.decode("latin-1")


def test_far_too_long(plant: Plant, client: Client) -> None:
    plant.inject("exporter_huge", parameters={"megabytes": 3})
    head, body = answer(client)
    assert len(body) > 3 * 2**20 - 100
    assert length(head) == len(body)
    assert body.startswith(plant.exposition("node-1").encode())
    assert body.endswith(b"\n")


def test_silent(plant: Plant, client: Client) -> None:
    plant.inject("exporter_silent")
    assert answer(client) == ("", b"")
    assert not client[1].closed
    plant.clear("exporter_silent")
    assert answer(client)[0].startswith("HTTP/1.1 200 OK")


async def test_slow_answers_come_late_and_in_turn(plant: Plant, client: Client) -> None:
    protocol, transport = client
    plant.inject("exporter_slow", parameters={"delay_s": 0.05})
    assert answer(client, GET * 2) == ("", b"")
    assert transport.paused
    await until(lambda: transport.sent.count(b"HTTP/1.1 200 OK") == 2)
    plant.clear("exporter_slow")
    assert answer(client)[0].startswith("HTTP/1.1 200 OK")
    assert protocol._timer is None


async def test_drips(plant: Plant, client: Client) -> None:
    whole = len(plant.exposition("node-1"))
    plant.inject("exporter_drips", parameters={"bytes_per_s": whole * 4})
    head, body = answer(client)
    assert length(head) == whole
    assert 0 < len(body) < whole / 2
    transport = client[1]
    await until(lambda: len(transport.sent) == len(head) + 4 + whole)
    assert bytes(transport.sent).endswith(plant.exposition("node-1").encode()[-200:])


async def test_an_answer_still_to_come_dies_with_its_connection(plant: Plant) -> None:
    plant.inject("exporter_slow", parameters={"delay_s": 0.02})
    host = plant.hosts["node-1"]
    protocol = ExporterProtocol(Guests(), host.page, host.wire)
    transport = connected(protocol)
    protocol.data_received(GET)
    protocol.connection_lost(None)
    await asyncio.sleep(0.05)
    assert not transport.sent


def test_a_client_that_takes_no_answers_is_not_read(plant: Plant, client: Client) -> None:
    protocol, transport = client
    plant.inject("exporter_html")
    protocol.pause_writing()
    assert answer(client)[0] == ""
    assert transport.paused
    protocol.resume_writing()
    assert transport.sent.startswith(b"HTTP/1.1 200 OK")
    assert not transport.paused


def test_many_requests_at_once_are_answered_in_a_loop(plant: Plant, client: Client) -> None:
    plant.inject("exporter_html")
    protocol, transport = client
    protocol.data_received(GET * 3000)
    assert transport.sent.count(b"HTTP/1.1 200 OK") == 3000


def test_a_restart_hangs_up(plant: Plant, client: Client) -> None:
    plant.inject("exporter_restarts")
    assert client[1].closed


def test_two_faults_at_once_and_one_of_them_ends(plant: Plant, client: Client) -> None:
    plant.inject("exporter_html")
    plant.inject("exporter_huge")
    plant.clear("exporter_html")
    head, _ = answer(client)
    assert length(head) > 30 * 2**20


def test_a_host_that_is_off_says_so_whatever_its_manners(plant: Plant, client: Client) -> None:
    plant.inject("exporter_html")
    plant.lift("node-1")
    assert answer(client)[0].startswith("HTTP/1.1 503 ")


async def until(condition: Any, timeout_s: float = 5.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110  what was sent has no event
            await asyncio.sleep(0.005)
