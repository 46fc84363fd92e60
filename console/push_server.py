"""A VictoriaMetrics server over HTTP: sending lines, and asking what it has.

No redirects, no proxies, no secrets over an open line, no endless wait; every failure
is one sentence and known to be for good or for now.
"""

from __future__ import annotations

import gzip
import ipaddress
import json
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import numpy as np

from console.push_series import SeriesId, Times, series_id
from console.text import tr
from drivers.device import DeviceError
from drivers.files import FileError
from drivers.gpu.http import Address

if TYPE_CHECKING:
    import httpx

IMPORT, EXPORT, FLUSH = "/api/v1/import", "/api/v1/export", "/internal/force_flush"
MOST_WAIT_S = 300.0
_CONNECT_S = 10.0
_LINE_BYTES = 64 << 20
_SHOWN = 200
_FOR_NOW = {408, 425, 429, 500, 502, 503, 504}


class PushError(DeviceError):
    """The server did not take what it was sent, or did not say what it has: one sentence."""


class PushWaitError(PushError):
    """The same, for now. ``arrived``: what was sent may have arrived; ``wait_s``: as it asked."""

    def __init__(self, sentence: str, *, arrived: bool = True, wait_s: float | None = None) -> None:
        super().__init__(sentence)
        self.arrived = arrived
        self.wait_s = wait_s


class PushTooLargeError(PushError):
    """The server takes no body of this size."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How to reach a server: certificates to trust, a file with a bearer token, the deadline."""

    ca_file: Path | None = None
    token_file: Path | None = None
    timeout_s: float = 60.0


class PushServer:
    """One server, from one thread."""

    def __init__(self, url: str, options: ServerOptions | None = None) -> None:
        self._options = options or ServerOptions()
        try:
            self._address = Address.parse(url.strip().rstrip("/").removesuffix(IMPORT))
        except ValueError as error:
            raise FileError(str(error)) from None
        self._client: httpx.Client | None = None

    @property
    def url(self) -> str:
        """The address without user name and password."""
        return self._address.url.rstrip("/")

    def __enter__(self) -> Self:
        import httpx

        who = self._address
        headers = {"User-Agent": "tankside"} | self._token()
        if (who.password or "Authorization" in headers) and not self._is_private():
            raise FileError(
                tr("{url}: a password or token is sent over https:// only", url=self.url)
            )
        self._client = httpx.Client(
            auth=httpx.BasicAuth(who.user, who.password) if who.user or who.password else None,
            timeout=httpx.Timeout(self._options.timeout_s, connect=_CONNECT_S),
            follow_redirects=False,
            trust_env=False,
            verify=self._trusted() if who.is_secure else False,
            headers=headers,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def send(self, body: bytes) -> int:
        """Have the server take lines in; returns the bytes that went out; raises PushError."""
        packed = gzip.compress(body, 1)
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        with self._asking("POST", IMPORT, content=packed, headers=headers):
            return len(packed)

    def flush(self) -> bool:
        """Have the server make what it took in readable; whether it does; raises PushWaitError."""
        try:
            with self._asking("GET", FLUSH):
                return True
        except PushWaitError:
            raise
        except PushError:
            return False

    def held(self, labels: Mapping[str, str], from_ms: int, until_ms: int) -> dict[SeriesId, Times]:
        """Return which samples the server has: of each series the times, ``from <= time < until``.

        Raises PushError.
        """
        chosen = ",".join(
            f"{name}={json.dumps(text, ensure_ascii=False)}"
            for name, text in sorted(labels.items())
        )
        query = {
            "match[]": f"{{{chosen}}}",
            "start": f"{from_ms / 1000:.3f}",
            "end": f"{(until_ms - 1) / 1000:.3f}",
        }
        held: dict[SeriesId, list[int]] = {}
        with self._asking("GET", EXPORT, params=query) as answer:
            for line in self._lines(answer):
                metric, times = self._series(line)
                held.setdefault(metric, []).extend(times)
        return {metric: np.array(times, np.int64) for metric, times in held.items()}

    def _series(self, line: bytes) -> tuple[SeriesId, list[int]]:
        try:
            told = json.loads(line)
            times = [int(at) for at in told["timestamps"]]
            return series_id({str(k): str(v) for k, v in told["metric"].items()}), times
        except (ValueError, KeyError, TypeError, AttributeError):
            raise self._garbled() from None

    def _lines(self, answer: httpx.Response) -> Iterator[bytes]:
        began_s, rest = time.monotonic(), b""
        for piece in answer.iter_bytes():
            *lines, rest = (rest + piece).split(b"\n")
            if len(rest) > _LINE_BYTES:
                raise self._garbled()
            if time.monotonic() - began_s > self._options.timeout_s * 10:
                raise PushWaitError(tr("{url} answers too slowly", url=self.url))
            yield from filter(None, lines)
        if rest:
            yield rest

    @contextmanager
    def _asking(self, method: str, path: str, **given: Any) -> Iterator[httpx.Response]:
        import httpx

        if self._client is None:
            raise PushError(f"{self.url} is not connected")
        try:
            with self._client.stream(method, self.url + path, **given) as answer:
                self._check(answer)
                yield answer
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            sentence = tr("{url} cannot be reached: {why}", url=self.url, why=error)
            raise PushWaitError(sentence, arrived=False) from None
        except httpx.TimeoutException:
            sentence = tr(
                "{url} did not answer within {time} s",
                url=self.url,
                time=f"{self._options.timeout_s:g}",
            )
            raise PushWaitError(sentence) from None
        except httpx.TransportError as error:
            sentence = tr("{url} broke off: {why}", url=self.url, why=error)
            raise PushWaitError(sentence) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise PushError(f"{self.url}: {error}") from None

    def _check(self, answer: httpx.Response) -> None:
        status = answer.status_code
        if status in {200, 204}:
            return
        if 300 <= status < 400:
            raise PushError(
                tr(
                    "{url} points to another address ({status}); if that is right, write it in "
                    "its place",
                    url=self.url,
                    status=status,
                )
            )
        said = self._said(answer)
        if status == 413:
            raise PushTooLargeError(
                tr("{url} does not take so much at once: {said}", url=self.url, said=said)
            )
        sentence = tr(
            "{url} answered with HTTP status {status}: {said}",
            url=self.url,
            status=status,
            said=said or answer.reason_phrase,
        )
        if status in _FOR_NOW:
            raise PushWaitError(sentence, wait_s=_wait_s(answer.headers.get("retry-after", "")))
        raise PushError(sentence)

    def _said(self, answer: httpx.Response) -> str:
        """Return the beginning of what a refusal says, in one line."""
        text = b""
        for piece in answer.iter_bytes():
            text += piece
            if len(text) > _SHOWN * 4:
                break
        line = " ".join(text.decode("utf-8", "replace").split())
        return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"

    def _garbled(self) -> PushError:
        return PushError(tr("{url} does not say what it has as VictoriaMetrics does", url=self.url))

    def _token(self) -> dict[str, str]:
        path = self._options.token_file
        if path is None:
            return {}
        try:
            token = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise FileError(tr("{path}: cannot be read: {error}", path=path, error=error)) from None
        if not token or any(not "!" <= letter <= "~" for letter in token):
            raise FileError(tr("{path}: holds no token", path=path))
        return {"Authorization": f"Bearer {token}"}

    def _is_private(self) -> bool:
        """Whether nobody can listen: TLS, or this very machine."""
        host = urlsplit(self.url).hostname or ""
        if self._address.is_secure or host == "localhost":
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    def _trusted(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._options.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise FileError(
                tr("{path}: cannot be read: {error}", path=self._options.ca_file, error=error)
            ) from None


def _wait_s(header: str) -> float | None:
    try:
        return min(max(float(header), 0.0), MOST_WAIT_S)
    except ValueError:
        return None
