"""Prometheus' query API: how a source is written, questions, and answers taken apart."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from drivers.device import DeviceGarbledError, DeviceRefusedError
from drivers.gpu.http import Address, Answer, HttpGetter, without_user
from drivers.gpu.series import Use, metrics

MOST_BYTES = 32_000_000
"""Five minutes of two hundred GPUs scraped every second fit."""
_SCHEME = "prometheus+"
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Target:
    """Where to ask and for what: ``selector`` is the inside of PromQL's braces."""

    address: Address
    selector: str
    shown: str

    @classmethod
    def parse(cls, text: str) -> Target:
        """Take ``prometheus+http(s)://HOST:9090[/PREFIX]?LABEL=VALUE&…`` apart.

        Raises ValueError, which shows no password.
        """
        if not text.startswith(_SCHEME):
            raise ValueError("a Prometheus source begins with prometheus+http:// or +https://")
        plain = text.removeprefix(_SCHEME)
        address = Address.parse(plain)
        parts = urlsplit(plain)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        wrong = [name for name, _ in pairs if name == "__name__" or not _LABEL.fullmatch(name)]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is no label of Prometheus")
        if not pairs:
            raise ValueError("say which GPUs: add ?instance=HOST:9400 or another label")
        base = urlunsplit(urlsplit(address.url)._replace(query=""))
        # PromQL takes the escapes of JSON.
        selector = ",".join(f"{n}={json.dumps(v, ensure_ascii=False)}" for n, v in pairs)
        shown = _SCHEME + urlunsplit(without_user(parts)._replace(fragment=""))
        return cls(Address(base, address.user, address.password), selector, shown)


@dataclass(frozen=True, slots=True)
class Row:
    """One series of an answer: its name, labels, and ``(seconds since 1970, value)`` in order."""

    name: str
    labels: Mapping[str, str]
    samples: list[tuple[float, float]]

    @property
    def scraped_from(self) -> tuple[str, str]:
        """What was scraped: job and instance."""
        return self.labels.get("job", ""), self.labels.get("instance", "")


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: its series, and the server's own time where it says that."""

    rows: list[Row]
    server_s: float | None


class PrometheusApi:
    """Asks one server for series that say something of GPUs; used by exactly one task."""

    def __init__(self, target: Target, *, timeout_s: float, ca_file: Path | None = None) -> None:
        self._getter = HttpGetter(
            target.address, timeout_s=timeout_s, most_bytes=MOST_BYTES, ca_file=ca_file, gzip=True
        )
        self._selector = target.selector

    async def open(self) -> None:
        """Prepare the connection; raises DeviceError."""
        await self._getter.open()

    async def close(self) -> None:
        """Drop the connection; never raises."""
        await self._getter.close()

    async def raw(self, names: str, window_s: float) -> Told:
        """Return every sample of the last ``window_s`` with its true time; raises DeviceError.

        An instant query of the series themselves would give the time of the question instead, and
        go on giving the last value for five minutes.
        """
        return await self._ask("/api/v1/query", {"query": self._range(names, window_s)})

    async def stepped(
        self, names: str, window_s: float, start_s: float, end_s: float, step_s: float
    ) -> Told:
        """Return the last sample within ``window_s`` before each step; raises DeviceError."""
        form = {
            "query": f"last_over_time({self._range(names, window_s)})",
            "start": f"{start_s:.3f}",
            "end": f"{end_s:.3f}",
            "step": f"{step_s:.3f}",
        }
        return await self._ask("/api/v1/query_range", form)

    def _range(self, names: str, window_s: float) -> str:
        return f'{{__name__=~"{names}",{self._selector}}}[{round(window_s * 1000)}ms]'

    async def _ask(self, path: str, form: Mapping[str, str]) -> Told:
        answer = await self._getter.ask(path, form)
        if not 300 <= answer.status < 400:
            self._check_error(answer)
        self._getter.check_status(answer)
        try:
            rows = list(_rows(json.loads(answer.body)))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise DeviceGarbledError(
                f"{self._getter.url} answered, but not as Prometheus does"
            ) from None
        return Told(rows, _date_s(answer))

    def _check_error(self, answer: Answer) -> None:
        """Say what the server itself says is wrong, with whatever status it comes."""
        try:
            told = json.loads(answer.body)
        except (ValueError, RecursionError):
            return
        if isinstance(told, dict) and told.get("status") == "error":
            text = "".join(c for c in str(told.get("error")) if c.isprintable())
            raise DeviceRefusedError(f"{self._getter.url} refuses the query: {text[:200]}")


def names_of(points: frozenset[int] | None = None) -> str:
    """Return PromQL's pattern for the series of some points of the schema, or for all we know."""
    wanted = [
        name
        for name, metric in metrics().items()
        if points is None or metric.point in points or metric.use is Use.COLLECTED
    ]
    return "|".join(sorted(wanted))


def _rows(told: object) -> Iterator[Row]:
    if not isinstance(told, dict) or told["status"] != "success":
        raise ValueError
    if told["data"]["resultType"] != "matrix":
        raise ValueError
    for series in told["data"]["result"]:
        labels = {str(name): str(text) for name, text in series["metric"].items()}
        # Values are strings, among them NaN and +Inf; a histogram has none.
        samples = [(float(time_s), float(value)) for time_s, value in series.get("values", ())]
        if not all(math.isfinite(time_s) for time_s, _ in samples):
            raise ValueError
        if samples:
            yield Row(labels.get("__name__", ""), labels, samples)


def _date_s(answer: Answer) -> float | None:
    try:
        return parsedate_to_datetime(answer.headers["date"]).timestamp()
    except (KeyError, ValueError, TypeError, OverflowError):
        return None
