"""One question over HTTP to an exporter or a Prometheus server, and every way it can go wrong.

httpx does the protocol; here is what it leaves open: one deadline for the whole answer, a limit on
its size while it arrives, no redirects, no proxies, and one sentence without a password for a
person.
"""

from __future__ import annotations

import asyncio
import base64
import importlib.util
import ssl
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urljoin, urlsplit, urlunsplit

from drivers.device import (
    DeviceError,
    DeviceGarbledError,
    DeviceRefusedError,
    DeviceTimeoutError,
)

if TYPE_CHECKING:
    import httpx

_GZIP = 31  # zlib's number for "gzip wrapping, largest window"
_CONNECT_SHARE = 0.45
_REASONS = {
    401: "wants a user name and a password that it knows",
    403: "does not let us in",
    404: "answers, but has nothing under this address",
    407: "wants a password for a proxy",
    503: "says that it is busy",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: HTTP status, headers in lower case, the body unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Address:
    """An http(s) address without the user name and password it was written with."""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str, default_path: str = "") -> Address:
        """Take an address apart; raises ValueError without showing a password."""
        parts = _split(text)
        shown = without_user(parts)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{urlunsplit(shown)!r} is no http:// or https:// address")
        if parts.path in {"", "/"} and default_path:
            shown = shown._replace(path=default_path)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(urlunsplit(shown._replace(fragment="")), user, password)

    @property
    def is_secure(self) -> bool:
        """Whether it is spoken to over TLS."""
        return self.url.startswith("https:")


class HttpGetter:
    """One connection to one address, kept open between questions; used by exactly one task."""

    def __init__(
        self,
        address: Address,
        *,
        timeout_s: float,
        most_bytes: int,
        ca_file: Path | None = None,
        gzip: bool = False,
    ) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._most_bytes = most_bytes
        self._ca_file = ca_file
        self._encodings = "gzip" if gzip else "identity"
        self._transport: httpx.AsyncHTTPTransport | None = None
        self._headers: Mapping[str, str] = {}
        self._urls: dict[str, httpx.URL] = {}
        self._has_answered = False

    @property
    def url(self) -> str:
        """The address, for messages; without the password."""
        return self._address.url

    async def open(self) -> None:
        """Prepare the connection, which the first question opens; raises DeviceError."""
        import httpx  # a quarter of a second, which the window need not wait for

        _stop_searching()
        await self.close()
        # The transport by itself: what httpx's client adds is not wanted here (redirects, cookies,
        # proxies and passwords of the environment), and costs an eighth of a scrape.
        self._transport = httpx.AsyncHTTPTransport(
            verify=self._trusted() if self._address.is_secure else False, trust_env=False
        )
        self._headers = self._own_headers()

    async def close(self) -> None:
        """Drop the connection; never raises, never waits for the peer."""
        transport, self._transport = self._transport, None
        self._has_answered = False
        if transport is not None:
            with suppress(Exception):
                async with asyncio.timeout(1.0):
                    await transport.aclose()
                    # httpx leaves the end of an answer that was given up to the loop.
                    await asyncio.sleep(0)

    async def text(self) -> str:
        """Return the text at the address; raises DeviceError in one sentence."""
        answer = await self.ask()
        self.check_status(answer)
        kind = answer.headers.get("content-type", "")
        start = answer.body[:200].lstrip().lower()
        if "html" in kind or start.startswith((b"<!doctype html", b"<html")):
            raise DeviceGarbledError(f"{self.url} is a web page, not an exporter")
        try:
            return answer.body.decode()
        except UnicodeDecodeError:
            raise DeviceGarbledError(f"{self.url} answered with what is no UTF-8 text") from None

    async def ask(self, path: str = "", form: Mapping[str, str] | None = None) -> Answer:
        """Ask for what is at the address with ``path`` appended, with ``form`` by POST.

        Any status is an answer. Raises DeviceTimeoutError when the whole answer is not there in
        time, DeviceGarbledError for one that is no HTTP, too large or cut short, else DeviceError.
        """
        if self._transport is None:
            raise DeviceError(f"{self.url} is not connected")
        with self._sentences():
            async with asyncio.timeout(self._timeout_s):
                answer = await self._ask_again(self._transport, path, form)
        self._has_answered = True
        return answer

    def check_status(self, answer: Answer) -> None:
        """Raise DeviceRefusedError unless the answer is what was asked for."""
        status = answer.status
        if 300 <= status < 400:
            place = _shown(self.url, answer.headers.get("location", ""))
            raise DeviceRefusedError(
                f"{self.url} does not answer itself but points to {place}; "
                "if that is right, write it in its place"
            )
        if status != 200:
            reason = _REASONS.get(status, "answered with an error")
            raise DeviceRefusedError(f"{self.url} {reason} (HTTP status {status})")

    async def _ask_again(
        self, transport: httpx.AsyncHTTPTransport, path: str, form: Mapping[str, str] | None
    ) -> Answer:
        """A kept connection that its peer has closed meanwhile is found out by asking."""
        import httpx

        gone = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)
        if self._has_answered:
            self._has_answered = False
            with suppress(*gone):
                return await self._ask_once(transport, path, form)
        return await self._ask_once(transport, path, form)

    async def _ask_once(
        self, transport: httpx.AsyncHTTPTransport, path: str, form: Mapping[str, str] | None
    ) -> Answer:
        response = await transport.handle_async_request(self._request(path, form))
        try:
            headers = {name.lower(): value for name, value in response.headers.items()}
            body = _Body(self.url, self._most_bytes, headers.get("content-encoding", ""))
            async for chunk in response.aiter_raw():
                body.add(chunk)
            return Answer(response.status_code, headers, body.whole())
        finally:
            await response.aclose()

    def _request(self, path: str, form: Mapping[str, str] | None) -> httpx.Request:
        import httpx

        if path not in self._urls:  # of two paths at most; taking one apart is dear
            self._urls[path] = httpx.URL(_joined(self._address.url, path))
        return httpx.Request(
            "GET" if form is None else "POST",
            self._urls[path],
            headers=self._headers,
            data=form,
            # One deadline around everything takes the place of httpx's four; but cancelled in
            # the middle of a TLS handshake it leaves the connection open for ever (0.28), so
            # connecting and shaking hands end by themselves before.
            extensions={"timeout": {"connect": self._timeout_s * _CONNECT_SHARE}},
        )

    def _own_headers(self) -> dict[str, str]:
        headers = {"Accept-Encoding": self._encodings, "User-Agent": "tankside"}
        who = self._address
        if who.user or who.password:
            word = base64.b64encode(f"{who.user}:{who.password}".encode()).decode()
            headers["Authorization"] = f"Basic {word}"
        return headers

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        """Turn what goes wrong into one sentence for a person."""
        import httpx

        try:
            yield
        except DeviceError:
            raise
        except (TimeoutError, httpx.TimeoutException):
            raise DeviceTimeoutError(
                f"{self.url} did not answer within {self._timeout_s:g} s"
            ) from None
        except (httpx.RemoteProtocolError, httpx.DecodingError) as error:
            raise DeviceGarbledError(f"{self.url}: {_garbled(str(error))}") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise DeviceError(f"{self.url} {_reason(error)}") from None

    def _trusted(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._ca_file)
        except (OSError, ssl.SSLError) as error:
            raise DeviceError(
                f"{self.url}: the certificates in {self._ca_file} cannot be used: {error}"
            ) from None


class _Body:
    """A body as it arrives; never larger than allowed, not even while it is unpacked."""

    def __init__(self, url: str, most_bytes: int, encoding: str) -> None:
        self._url, self._most_bytes = url, most_bytes
        if encoding.strip().lower() not in {"", "identity", "gzip", "x-gzip"}:
            raise DeviceGarbledError(f"{url} answered in an encoding that was not asked for")
        packed = encoding.strip().lower() in {"gzip", "x-gzip"}
        self._unpack = zlib.decompressobj(_GZIP) if packed else None
        self._size = 0
        self._chunks: list[bytes] = []

    def add(self, chunk: bytes) -> None:
        """Take what came; raises DeviceGarbledError when it is too much."""
        if self._unpack:
            try:
                chunk = self._unpack.decompress(chunk, self._most_bytes - self._size + 1)
            except zlib.error:
                raise DeviceGarbledError(
                    f"{self._url} answered with what cannot be unpacked"
                ) from None
        self._size += len(chunk)
        if self._size > self._most_bytes:
            raise DeviceGarbledError(
                f"{self._url} answered with more than {self._most_bytes} bytes"
            )
        self._chunks.append(chunk)

    def whole(self) -> bytes:
        """Return the body; raises DeviceGarbledError where its end is missing."""
        if self._unpack and not self._unpack.eof:
            raise DeviceGarbledError(f"{self._url}: its answer is cut short")
        return b"".join(self._chunks)


def _stop_searching() -> None:
    """Note that sniffio is not installed: httpcore looks for it on the disk four times a request.

    That was a sixth of what scraping costs. An entry of None is how Python itself notes it.
    """
    if "sniffio" not in sys.modules and importlib.util.find_spec("sniffio") is None:
        sys.modules["sniffio"] = None  # type: ignore[assignment]


def without_user(parts: SplitResult) -> SplitResult:
    """Return a split address without user name and password."""
    return parts._replace(netloc=parts.netloc.rpartition("@")[2])


def _split(text: str) -> SplitResult:
    """``urlsplit`` whose complaints show no password."""
    try:
        parts = urlsplit(text.strip())
        _ = parts.port
    except ValueError:
        raise ValueError("not an address: its host or port cannot be read") from None
    return parts


def _joined(url: str, path: str) -> str:
    return url.rstrip("/") + path if path else url


def _shown(base: str, place: str) -> str:
    """Somebody else's address in our sentence: no password, no control characters, not endless."""
    try:
        text = urlunsplit(without_user(urlsplit(urljoin(base, place))))
    except ValueError:
        text = "an address that is none"
    return "".join(c for c in text if c.isprintable())[:200]


def _garbled(error: str) -> str:
    if "without sending complete" in error or "IncompleteRead" in error:
        return "its answer is cut short"
    if "disconnected without" in error:
        return "it took the question and hung up"
    return "it does not speak HTTP"


def _reason(error: BaseException) -> str:
    """What went wrong, from the innermost error that says something."""
    chain: list[BaseException] = []
    seen: BaseException | None = error
    while seen is not None and seen not in chain:
        chain.append(seen)
        seen = seen.__cause__ or seen.__context__
    for each in reversed(_flat(chain)):
        if isinstance(each, ssl.SSLCertVerificationError):
            return f"shows a certificate that is not trusted: {each.verify_message}"
        if isinstance(each, ssl.SSLError):
            return "does not speak TLS as it should; is it an http:// address?"
        if isinstance(each, ConnectionRefusedError):
            return "refuses the connection: nothing listens there"
        if isinstance(each, OSError) and not isinstance(each, TimeoutError):
            return _network_reason(each)
    return f"cannot be asked: {str(error) or type(error).__name__}"


def _network_reason(error: OSError) -> str:
    import socket

    if isinstance(error, socket.gaierror):
        return "cannot be found: no host has that name"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "hung up"
    return f"cannot be reached: {error.strerror or error}"


def _flat(errors: list[BaseException]) -> list[BaseException]:
    """With what is inside exception groups: several addresses of one host may fail each."""
    flat: list[BaseException] = []
    for error in errors:
        flat.append(error)
        if isinstance(error, BaseExceptionGroup):
            flat += _flat(list(error.exceptions))
    return flat
