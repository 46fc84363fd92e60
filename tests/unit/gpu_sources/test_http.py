"""Every way a host can fail to answer is one clear sentence, in time, without a password."""

from __future__ import annotations

import asyncio
import gzip
import re
import socket
import ssl
import time
from contextlib import suppress
from pathlib import Path

import pytest
import trustme

from drivers.device import (
    DeviceError,
    DeviceGarbledError,
    DeviceRefusedError,
    DeviceTimeoutError,
)
from drivers.gpu.exporter_source import MOST_BYTES, ExporterSource
from drivers.gpu.http import Address, HttpGetter
from drivers.gpu.source import Capability
from tests.unit.gpu_sources.made import UUID, good, temperature, text_of
from tests.unit.gpu_sources.web import Handler, answer, serving

TEXT = temperature(59)
TIMEOUT_S, LONG_TIMEOUT_S = 0.3, 5.0
BOMB = gzip.compress(b"a" * (MOST_BYTES * 10))


async def scrape(
    handler: Handler | bytes,
    path: str = "/metrics",
    user: str = "",
    timeout_s: float = LONG_TIMEOUT_S,
) -> dict[str, float]:
    async with serving(handler) as port:
        source = ExporterSource(f"http://{user}127.0.0.1:{port}{path}", timeout_s=timeout_s)
        await source.connect()
        try:
            (gpu,) = await source.sample()
            return good(gpu)
        finally:
            await source.close()


async def hangs(_question: bytes, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3600)


async def drips(_question: bytes, writer: asyncio.StreamWriter) -> None:
    for byte in answer(TEXT):
        writer.write(bytes((byte,)))
        await writer.drain()
        await asyncio.sleep(0.05)


async def hangs_up(_question: bytes, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def stops_short(_question: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(answer(TEXT)[:-20])
    writer.close()


async def never_ends(_question: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"10000\r\n" + b"a" * 0x10000 + b"\r\n")
        await writer.drain()


async def unpacks_endlessly(_question: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(answer(BOMB, more="Content-Encoding: gzip\r\n"))
    await writer.drain()


async def test_an_answer_is_read() -> None:
    assert await scrape(answer(TEXT)) == {"core_temperature": 59}
    windows = text_of("dcgm_old").replace("\n", "\r\n")
    assert (await scrape(answer(windows)))["core_temperature"] == 44


async def test_the_path_need_not_be_written() -> None:
    seen: list[bytes] = []

    async def note(question: bytes, writer: asyncio.StreamWriter) -> None:
        seen.append(question)
        writer.write(answer(TEXT))

    for path in ("", "/", "/metrics", "/gpus?node=3"):
        await scrape(note, path)
    asked = [question.split(b" ")[1] for question in seen]
    assert asked == [b"/metrics", b"/metrics", b"/metrics", b"/gpus?node=3"]


@pytest.mark.parametrize("parts", [1, 3])
async def test_packed_text_is_unpacked(parts: int) -> None:
    packed = gzip.compress(TEXT.encode())

    async def packs(_question: bytes, writer: asyncio.StreamWriter) -> None:
        whole = answer(packed, more="Content-Encoding: gzip\r\n")
        for i in range(0, len(whole), len(whole) // parts + 1):
            writer.write(whole[i : i + len(whole) // parts + 1])
            await writer.drain()
            await asyncio.sleep(0.01)

    assert await scrape(packs) == {"core_temperature": 59}


@pytest.mark.parametrize(
    ("handler", "kind", "words"),
    [
        (hangs, DeviceTimeoutError, "did not answer within 0.3 s"),
        (drips, DeviceTimeoutError, "did not answer within 0.3 s"),
        (hangs_up, DeviceGarbledError, "took the question and hung up"),
        (stops_short, DeviceGarbledError, "cut short"),
        (never_ends, DeviceGarbledError, "more than 4000000 bytes"),
        (unpacks_endlessly, DeviceGarbledError, "more than 4000000 bytes"),
        (answer("a" * MOST_BYTES * 10), DeviceGarbledError, "more than 4000000 bytes"),
        (answer(TEXT[:-1]), DeviceGarbledError, "cut short"),
        (answer(TEXT.encode() + b"\xff\n"), DeviceGarbledError, "no UTF-8 text"),
        (answer("<!DOCTYPE html><p>", kind="x/y"), DeviceGarbledError, "is a web page"),
        (answer("Sign in", kind="text/html"), DeviceGarbledError, "is a web page"),
        (answer("node_load1 1\n"), DeviceGarbledError, "names no GPU"),
        (answer("DCGM_FI_DEV_GPU_TEMP{b 1\n"), DeviceGarbledError, "cannot be read"),
        (
            answer(b"<html> not packed", more="Content-Encoding: gzip\r\n"),
            DeviceGarbledError,
            "unpacked",
        ),
        (
            answer(gzip.compress(b"abc" * 999)[:-9], more="Content-Encoding: gzip\r\n"),
            DeviceGarbledError,
            "cut short",
        ),
        (answer(b"x", more="Content-Encoding: br\r\n"), DeviceGarbledError, "not asked for"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", DeviceGarbledError, "does not speak HTTP"),
        (answer("", "401 No"), DeviceRefusedError, "wants a user name and a password"),
        (answer("", "403 No"), DeviceRefusedError, "does not let us in"),
        (answer("", "404 No"), DeviceRefusedError, "has nothing under this address"),
        (answer("<html>", "500 No"), DeviceRefusedError, "HTTP status 500"),
        (answer("", "204 No"), DeviceRefusedError, "HTTP status 204"),
    ],
)
async def test_each_trouble_is_one_sentence(
    handler: Handler | bytes, kind: type[DeviceError], words: str
) -> None:
    timeout_s = TIMEOUT_S if kind is DeviceTimeoutError else LONG_TIMEOUT_S
    began = time.monotonic()
    with pytest.raises(DeviceError, match=words) as caught:
        await scrape(handler, user="tank:s3cret@", timeout_s=timeout_s)
    assert type(caught.value) is kind
    assert time.monotonic() - began < timeout_s + 2.0
    said = str(caught.value)
    assert re.match(r"http://127\.0\.0\.1:\d+/metrics", said)
    assert "s3cret" not in said
    assert "\n" not in said
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://user:s3cret@other:9400/m", "points to https://other:9400/m;"),
        ("/login?next=/metrics", r"points to http://127.0.0.1:\d+/login\?next=/metrics;"),
        ("http://evil/\u202e" + "a" * 999, r"points to http://evil/\S+a+;"),
        ("http://[bad", "points to"),
    ],
)
async def test_a_redirect_is_not_followed_but_named(location: str, shown: str) -> None:
    elsewhere = answer("", "302 Found", more=f"Location: {location}\r\n")
    with pytest.raises(DeviceError, match=shown) as caught:
        await scrape(elsewhere)
    assert len(str(caught.value)) < 400
    assert "s3cret" not in str(caught.value)


async def test_nobody_there_is_said() -> None:
    with socket.socket() as taken:  # bound and not listening: nobody else gets it
        taken.bind(("127.0.0.1", 0))
        source = ExporterSource(f"http://127.0.0.1:{taken.getsockname()[1]}")
        await source.connect()
        with pytest.raises(DeviceError, match="nothing listens there"):
            await source.sample()
        await source.close()


async def test_a_name_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*_args: object, **_kwargs: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    source = ExporterSource("http://no-such-host:9400")
    await source.connect()
    with pytest.raises(DeviceError, match="no host has that name"):
        await source.sample()
    await source.close()


async def test_before_connecting_it_says_so() -> None:
    with pytest.raises(DeviceError, match="is not connected"):
        await ExporterSource("http://h:1").sample()


async def test_the_name_and_password_are_sent_and_not_shown() -> None:
    async def asks(question: bytes, writer: asyncio.StreamWriter) -> None:
        # "tank:p@ss" as RFC 7617 writes it
        knows = b"authorization: basic dgfuazpwqhnz" in question.lower()
        writer.write(answer(TEXT) if knows else answer("", "401 Who"))

    assert await scrape(asks, user="tank:p%40ss@") == {"core_temperature": 59}
    source = ExporterSource("http://tank:p%40ss@h:9400/metrics")
    assert source.url == "http://h:9400/metrics"
    assert "p@ss" not in repr(Address.parse("http://tank:p%40ss@h"))


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert await scrape(answer(TEXT)) == {"core_temperature": 59}


async def test_a_connection_closed_meanwhile_is_opened_again() -> None:
    connections = 0

    async def once(_question: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        writer.write(answer(TEXT))
        await writer.drain()
        writer.close()

    async with serving(once) as port:
        source = ExporterSource(f"http://127.0.0.1:{port}", timeout_s=LONG_TIMEOUT_S)
        await source.connect()
        for _ in range(3):
            assert len(await source.sample()) == 1
        await source.close()
    assert connections == 3


async def test_a_connection_is_kept() -> None:
    writers: set[asyncio.StreamWriter] = set()

    async def note(_question: bytes, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        writer.write(answer(TEXT))

    async with serving(note) as port:
        source = ExporterSource(f"http://127.0.0.1:{port}", timeout_s=LONG_TIMEOUT_S)
        await source.connect()
        for _ in range(3):
            await source.sample()
        await source.close()
    assert len(writers) == 1


async def test_after_trouble_the_next_look_works() -> None:
    handlers = iter([hangs, hangs_up, None])

    async def first_trouble(question: bytes, writer: asyncio.StreamWriter) -> None:
        handler = next(handlers)
        if handler:
            await handler(question, writer)
        else:
            writer.write(answer(TEXT))

    async with serving(first_trouble) as port:
        source = ExporterSource(f"http://127.0.0.1:{port}", timeout_s=TIMEOUT_S)
        await source.connect()
        for _ in range(2):
            with pytest.raises(DeviceError):
                await source.sample()
        identities = await source.inventory()
        assert [identity["uuid"] for identity in identities] == [UUID.format(0)]
        assert source.capabilities == {Capability.INVENTORY, Capability.SAMPLE}
        assert source.faults() == []
        await source.close()
        await source.close()


@pytest.mark.parametrize("url", ["http://", "ftp://h/", "h:9400", "http://h:port/", "http://[::1"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="address") as caught:
        ExporterSource(url.replace("//", "//user:s3cret@"))
    assert "s3cret" not in str(caught.value)


class TestTls:
    @pytest.fixture
    def authority(self) -> trustme.CA:
        return trustme.CA()

    def server(self, authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        return context

    async def look(self, port: int, ca_file: Path | None, scheme: str = "https") -> int:
        source = ExporterSource(
            f"{scheme}://u:s3cret@127.0.0.1:{port}", timeout_s=2.0, ca_file=ca_file
        )
        try:
            await source.connect()
            return len(await source.sample())
        finally:
            await source.close()

    async def test_a_certificate_of_the_sites_own_authority(
        self, authority: trustme.CA, tmp_path: Path
    ) -> None:
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        async with serving(answer(TEXT), self.server(authority)) as port:
            assert await self.look(port, tmp_path / "ca.pem") == 1

    async def test_an_unknown_authority_is_one_sentence(self, authority: trustme.CA) -> None:
        async with serving(answer(TEXT), self.server(authority)) as port:
            with pytest.raises(DeviceError, match="a certificate that is not trusted:") as caught:
                await self.look(port, None)
        assert "s3cret" not in str(caught.value)
        assert "_ssl.c" not in str(caught.value)

    async def test_a_certificate_of_another_host_is_one_sentence(
        self, authority: trustme.CA, tmp_path: Path
    ) -> None:
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        async with serving(answer(TEXT), self.server(authority, "other.example")) as port:
            with pytest.raises(DeviceError, match=r"not trusted: .*mismatch"):
                await self.look(port, tmp_path / "ca.pem")

    async def test_a_host_without_tls_is_one_sentence(self) -> None:
        async def any_bytes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(10)
            writer.write(answer("", "400 Bad"))
            writer.close()

        server = await asyncio.start_server(any_bytes, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(DeviceError, match="does not speak TLS"):
            await self.look(port, None)
        server.close()
        await server.wait_closed()

    async def test_a_tls_host_that_never_shakes_hands(self) -> None:
        ended = asyncio.Event()

        async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError):
                while await reader.read(1000):
                    pass
            writer.close()
            ended.set()

        server = await asyncio.start_server(mute, "127.0.0.1", 0)
        source = ExporterSource(
            f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", timeout_s=0.2
        )
        await source.connect()
        with pytest.raises(DeviceTimeoutError):
            await source.sample()
        await source.close()
        await asyncio.wait_for(ended.wait(), 2)
        server.close()

    @pytest.mark.parametrize("text", [None, "no certificate"])
    async def test_a_ca_file_that_is_none_is_said(self, tmp_path: Path, text: str | None) -> None:
        if text:
            (tmp_path / "ca.pem").write_text(text)
        with pytest.raises(DeviceError, match=r"ca\.pem cannot be used"):
            await self.look(1, tmp_path / "ca.pem")


async def test_closing_does_not_wait_for_the_peer() -> None:
    async with serving(hangs) as port:
        getter = HttpGetter(
            Address.parse(f"http://127.0.0.1:{port}"), timeout_s=60.0, most_bytes=100
        )
        await getter.open()
        asking = asyncio.create_task(getter.text())
        await asyncio.sleep(0.05)
        began = time.monotonic()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await getter.close()
        assert time.monotonic() - began < 1.0
