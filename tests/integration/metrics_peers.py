"""Servers for metrics: the real VictoriaMetrics, and one in this process that misbehaves."""

from __future__ import annotations

import gzip
import json
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

Samples = dict[tuple[tuple[str, str], ...], list[tuple[int, float]]]
"""Of each series the samples as the server tells them: milliseconds and value, duplicates too."""


@contextmanager
def victoria_metrics(folder: Path) -> Iterator[str]:
    """VictoriaMetrics as it is shipped, without de-duplication; gives its address."""
    unpacked = Path(sys.prefix, "tankside-peers/usr/bin")  # by the set-up of the tests
    program = shutil.which("victoria-metrics") or shutil.which("victoria-metrics", path=unpacked)
    if program is None:
        pytest.skip("VictoriaMetrics is not installed (Debian: victoria-metrics)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [
        program,
        f"-storageDataPath={folder / 'storage'}",
        f"-httpListenAddr=127.0.0.1:{port}",
        "-retentionPeriod=100y",
        "-memory.allowedBytes=64MiB",
    ]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as server,
    ):
        try:
            _wait_for(url, server)
            yield url
        finally:
            server.kill()


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    until_s = time.monotonic() + 30
    while time.monotonic() < until_s and server.poll() is None:
        try:
            if httpx.get(f"{url}/health", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail("VictoriaMetrics does not start")


def samples_in(url: str, selector: str = '{site!=""}') -> Samples:
    """Everything that a server holds, as it holds it."""
    with httpx.Client(trust_env=False, timeout=30) as client:
        client.get(f"{url}/internal/force_flush").raise_for_status()
        answer = client.get(
            f"{url}/api/v1/export", params={"match[]": selector, "start": "1", "end": "4000000000"}
        )
        answer.raise_for_status()
    found: Samples = defaultdict(list)
    for line in answer.text.splitlines():
        told = json.loads(line)
        pairs = zip(told["timestamps"], told["values"], strict=True)
        found[tuple(sorted(told["metric"].items()))] += sorted(pairs)
    return dict(found)


class FakeServer:
    """Behaves as VictoriaMetrics is documented to; each request may be spoilt by ``trouble``.

    ``trouble`` gets method, path and how many requests came before; it returns a status (with
    headers and text) to answer with, or one of the words below, or None to behave.

    ``swallow``: take it in and cut the line before the answer; ``half``: cut the line in the middle
    of the body; ``hang``: take it in and never answer; ``garble``: answer with what is no JSON.
    """

    def __init__(self, certificate: tuple[Path, Path] | None = None) -> None:
        self.kept: Samples = defaultdict(list)
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.trouble: Callable[[str, str, int], Any] = lambda method, path, number: None
        self.released = threading.Event()
        handler = type("Handler", (_Handler,), {"fake": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = False
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self.scheme = "https"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> FakeServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self._server.server_address[1]}"

    def paths(self, method: str) -> list[str]:
        return [path for asked, path, _ in self.requests if asked == method]

    def take_in(self, body: bytes) -> None:
        for line in body.splitlines():
            told = json.loads(line)
            series = tuple(sorted(told["metric"].items()))
            self.kept[series] += zip(told["timestamps"], told["values"], strict=True)

    def told(self, query: dict[str, list[str]]) -> bytes:
        """What is held of the series with all labels that are asked for."""
        inside = query["match[]"][0].strip("{}")
        wanted = {
            name: json.loads(text)
            for name, text in (pair.split("=", 1) for pair in inside.split(",") if pair)
        }
        low, high = (round(float(query[name][0]) * 1000) for name in ("start", "end"))
        lines = []
        for series, samples in self.kept.items():
            metric = dict(series)
            inside_range = [one for one in sorted(samples) if low <= one[0] <= high]
            if inside_range and wanted.items() <= metric.items():
                times, values = zip(*inside_range, strict=True)
                lines.append(json.dumps({"metric": metric, "values": values, "timestamps": times}))
        return "".join(f"{line}\n" for line in lines).encode()


class _Handler(BaseHTTPRequestHandler):
    fake: FakeServer
    protocol_version = "HTTP/1.1"
    timeout = 10

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        if self._trouble(length):
            return
        self.fake.take_in(gzip.decompress(self.rfile.read(length)))
        self._answer(204, {}, b"")

    def do_GET(self) -> None:
        if self._trouble(0):
            return
        address = urlsplit(self.path)
        body = self.fake.told(parse_qs(address.query)) if "export" in address.path else b"OK"
        self._answer(200, {}, body)

    def _trouble(self, length: int) -> bool:
        path = urlsplit(self.path).path
        number = len(self.fake.requests)
        headers = {name.lower(): text for name, text in self.headers.items()}
        self.fake.requests.append((self.command, path, headers))
        match self.fake.trouble(self.command, path, number):
            case None:
                return False
            case "swallow" | "hang" as word:
                self.fake.take_in(gzip.decompress(self.rfile.read(length)))
                if word == "hang":
                    self.fake.released.wait(10)
                self.close_connection = True
            case "half":
                self.rfile.read(min(length, 20))
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                self.close_connection = True
            case "garble":
                self._answer(200, {}, b"<html>no such thing</html>\n")
            case (int(status), dict(more), bytes(text)):
                self.rfile.read(length)
                self._answer(status, more, text)
        return True

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""
