"""Handing a message to an address on the network: POST of JSON, one deadline, a few attempts.

No redirects and nothing of the environment (proxies, passwords): the alarm goes where the site file
says, or not at all, and then that is said.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Mapping
from pathlib import Path

from console.notify.message import Failure, Message

WAITS_S = (1.0, 4.0)
"""Between attempts; only for what may pass by itself: no answer, and status 408, 429 and 5xx."""
_POLL_S = 0.1
_CONNECT_SHARE = 0.45
_MOST_TOKEN_BYTES = 8192
_PASSING = frozenset({"no_answer", "unreachable", "garbled"})


class WebhookSender:
    """Posts each message to ``url``; the token is read anew each time, so that it can change."""

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float,
        token_file: Path | None = None,
        ca_file: Path | None = None,
        waits_s: tuple[float, ...] = WAITS_S,
    ) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._token_file = token_file
        self._ca_file = ca_file
        self._waits_s = waits_s

    def send(self, message: Message, stop: threading.Event) -> Failure | None:
        """Post it, again after a while where that may help; why it failed at last, or None.

        The message has one ``id`` in all attempts: whoever takes it twice can tell.
        """
        body = json.dumps(message.as_json(), ensure_ascii=False).encode("utf-8", "replace")
        failure = self._attempt(body, stop)
        for wait_s in self._waits_s:
            if failure is None or not _may_pass(failure) or stop.wait(wait_s):
                break
            failure = self._attempt(body, stop)
        return failure

    def _attempt(self, body: bytes, stop: threading.Event) -> Failure | None:
        try:
            headers = {"Content-Type": "application/json", "User-Agent": "tankside"}
            headers |= self._authorization()
            trusted = self._trusted()
        except _UnusableError as error:
            return error.failure
        return asyncio.run(self._until_stopped(body, headers, trusted, stop))

    async def _until_stopped(
        self,
        body: bytes,
        headers: Mapping[str, str],
        trusted: ssl.SSLContext | bool,
        stop: threading.Event,
    ) -> Failure | None:
        task = asyncio.create_task(self._post(body, headers, trusted))
        while not task.done():
            await asyncio.wait({task}, timeout=_POLL_S)
            if stop.is_set() and not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=1.0)
                return Failure("stopped")
        return task.result()

    async def _post(
        self, body: bytes, headers: Mapping[str, str], trusted: ssl.SSLContext | bool
    ) -> Failure | None:
        import httpx

        # One deadline around everything takes the place of httpx's four; but cancelled in the
        # middle of a TLS handshake it leaves the connection open, so connecting ends before.
        timeout = httpx.Timeout(None, connect=self._timeout_s * _CONNECT_SHARE)
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                httpx.AsyncClient(
                    timeout=timeout, follow_redirects=False, trust_env=False, verify=trusted
                ) as client,
                client.stream("POST", self._url, content=body, headers=headers) as answer,
            ):
                status = answer.status_code  # what it says besides is of no use to anybody
        except (TimeoutError, httpx.TimeoutException):
            return Failure("no_answer", {"seconds": f"{self._timeout_s:g}"})
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            return _network_failure(error)
        return _status_failure(status)

    def _authorization(self) -> dict[str, str]:
        """Return the header with the token; raises _UnusableError where it cannot be read."""
        if self._token_file is None:
            return {}
        try:
            with self._token_file.open("rb") as file:
                token = file.read(_MOST_TOKEN_BYTES + 1).decode("ascii").strip()
        except (OSError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or "not ASCII"
            raise _UnusableError(Failure("token", {"why": why})) from None
        if not token or not token.isprintable() or len(token) > _MOST_TOKEN_BYTES:
            raise _UnusableError(Failure("token", {"why": str(self._token_file)}))
        return {"Authorization": f"Bearer {token}"}

    def _trusted(self) -> ssl.SSLContext | bool:
        if not self._url.startswith("https:"):
            return False
        try:
            return ssl.create_default_context(cafile=self._ca_file)
        except (OSError, ssl.SSLError) as error:
            values = {"file": str(self._ca_file), "why": error.strerror or str(error)}
            raise _UnusableError(Failure("trust", values)) from None


class _UnusableError(Exception):
    """Something that a message needs is not there."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code)
        self.failure = failure


def _may_pass(failure: Failure) -> bool:
    status = failure.values.get("status")
    busy = isinstance(status, int) and (status in {408, 429} or status >= 500)
    return failure.code in _PASSING or (failure.code == "status" and busy)


def _status_failure(status: int) -> Failure | None:
    if 200 <= status < 300:
        return None
    return Failure("redirect" if 300 <= status < 400 else "status", {"status": status})


def _network_failure(error: Exception) -> Failure:
    import httpx

    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Failure("certificate", {"why": cause.verify_message})
    if isinstance(error, httpx.RemoteProtocolError):
        return Failure("garbled")
    return Failure("unreachable", {"why": str(error) or type(error).__name__})


def _causes(error: BaseException) -> list[BaseException]:
    """Return an error and what led to it, innermost last."""
    found: list[BaseException] = []
    each: BaseException | None = error
    while each is not None and each not in found:
        found.append(each)
        each = each.__cause__ or each.__context__
    return found
