"""Sending the telemetry of a data folder to a VictoriaMetrics server, each sample exactly once.

The unit is a part's hour. What the server has acknowledged is noted in ``push.db`` before the next
samples leave. Where that is not certain (a crash, a lost answer, a late sample among what was
sent) the server is asked what it has of that hour, and gets the rest
(docs/decisions/0016-push.md).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from console.history.push_hours import (
    Month,
    PointHour,
    digest_of,
    is_as_sent,
    months,
    read_hour,
)
from console.history.push_ledger import PartHour, PushLedger, Sent
from console.history.telemetry_store.block import HOUR_US
from console.history.telemetry_store.reader import TelemetryReader
from console.history.telemetry_store.trend import Damage
from console.push_series import Line, Naming, SeriesId, Times, lines_of
from console.push_server import (
    MOST_WAIT_S,
    PushError,
    PushServer,
    PushTooLargeError,
    PushWaitError,
)
from console.text import tr

BODY_BYTES = 4_000_000
"""So much goes out in one request (before it is packed), if no single line is larger."""
_SMALLEST_BODY = 20_000
_MS = 1000
_MOST_NOTED = 100


@dataclass
class PushReport:
    """What a push did: hours of parts looked at and sent, samples (quality included), bytes out.

    ``late`` hours had been sent before and have had samples come in since; ``asked`` is for how
    many the server was asked what it has; ``damaged`` names what could not be read.
    """

    hours: int = 0
    sent_hours: int = 0
    samples: int = 0
    bytes: int = 0
    requests: int = 0
    retries: int = 0
    late: int = 0
    asked: int = 0
    damaged: list[Damage] = field(default_factory=list)


@dataclass(frozen=True)
class PushPlan:
    """What to send and how hard to try.

    ``since_us``: nothing from before that hour; ``compare``: ask for every hour what the server
    has; ``resend``: never ask, send what is in doubt again; ``dry``: send nothing. After
    ``patience_s`` of trouble without an answer the push gives up.
    """

    naming: Naming
    since_us: int | None = None
    compare: bool = False
    resend: bool = False
    dry: bool = False
    patience_s: float = 600.0
    body_bytes: int = BODY_BYTES
    settle_s: float = 30.0


@dataclass(frozen=True)
class _Due:
    """A part's hour that is to be sent."""

    key: PartHour
    found: Sequence[PointHour]
    before: Sent | None
    after: Sent
    ask: bool

    @property
    def is_nothing_new(self) -> bool:
        """Whether it has only been rolled up since it was sent."""
        before = self.before
        return before is not None and not self.ask and before.until_us == self.after.until_us

    @property
    def after_us(self) -> int:
        """Samples up to this moment are with the server; all are looked at where it is asked."""
        return -(1 << 63) if self.before is None or self.ask else self.before.until_us


Told = Callable[[PushReport, PartHour], None]
Held = Mapping[SeriesId, Times]


class Pusher:
    """One push; ``wait`` and ``monotonic`` are the clock's, ``told`` hears of every hour."""

    def __init__(
        self,
        folder: Path,
        server: PushServer,
        plan: PushPlan,
        *,
        told: Told | None = None,
        wait: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._server = server
        self._plan = plan
        self._told = told or (lambda report, key: None)
        self._wait = wait
        self._monotonic = monotonic
        self._reader = TelemetryReader(folder)
        self._body_bytes = plan.body_bytes
        self._report = PushReport()

    def run(self) -> PushReport:
        """Send what the server does not have; raises PushError and StorageError.

        What was acknowledged before an error stays so.
        """
        target = target_of(self._server.url, self._plan.naming.common)
        with PushLedger(self._folder, target, dry=self._plan.dry) as ledger:
            seen = {} if self._plan.compare else ledger.stamps()
            for month in months(self._folder, seen, self._plan.since_us):
                self._send_month(ledger, month)
        return self._report

    def _send_month(self, ledger: PushLedger, month: Month) -> None:
        if not month.hours:
            return
        numbers = [hour for hour, _ in month.hours]
        known = ledger.of_hours(range(min(numbers), max(numbers) + 1))
        group: list[_Due] = []
        size = 0
        for key, blocks in month.hours.items():
            self._report.hours += 1
            due = self._due(key, blocks, known.get(key))
            if due is not None and due.is_nothing_new:
                ledger.acknowledge([(key, due.after)])
            elif due is not None:
                group.append(due)
                size += sum(len(one.trend) for one in due.found) * 24  # a guess will do
            if size >= self._body_bytes:
                self._send_group(ledger, group)
                group, size = [], 0
        self._send_group(ledger, group)
        if month.stamps:
            ledger.done_with(dict(month.stamps))

    def _due(self, key: PartHour, blocks: int, before: Sent | None) -> _Due | None:
        hour, part = key
        settled = before is not None and not before.in_doubt and blocks != 0
        if before is not None and settled and before.blocks == blocks and not self._plan.compare:
            return None
        found = read_hour(self._reader, part, hour)
        for one in found:
            room = _MOST_NOTED - len(self._report.damaged)
            self._report.damaged += one.trend.damaged[: max(room, 0)]
        until_us = max((int(one.trend.utc_us[-1]) for one in found if len(one.trend)), default=None)
        if until_us is None:
            return None
        after = Sent(until_us, *digest_of(found), blocks)
        late = before is not None and not before.in_doubt and not is_as_sent(found, before)
        doubtful = before is not None and (before.in_doubt or late)
        self._report.late += late
        return _Due(key, found, before, after, doubtful or self._plan.compare)

    def _send_group(self, ledger: PushLedger, group: Sequence[_Due]) -> None:
        """Send some hours and have them acknowledged, however often that takes."""
        if not group:
            return
        ledger.begin((due.key, due.before) for due in group)
        patience = _Patience(self._plan.patience_s, self._monotonic)
        doubtful = False
        while True:
            try:
                self._try(group, doubtful=doubtful)
                break
            except PushTooLargeError:
                if self._body_bytes <= _SMALLEST_BODY:
                    raise
                self._body_bytes //= 2
                doubtful = True
            except PushWaitError as trouble:
                doubtful |= trouble.arrived
                self._wait(patience.next_wait_s(trouble))
            self._report.retries += 1
        ledger.acknowledge((due.key, due.after) for due in group)
        self._report.sent_hours += len(group)
        for due in group:
            self._told(self._report, due.key)

    def _try(self, group: Sequence[_Due], *, doubtful: bool) -> None:
        if not self._plan.dry and (doubtful or any(due.ask for due in group)):
            self._settle()
        lines = (line for due in group for line in self._lines(due, doubtful=doubtful))
        for body, samples in bodies(lines, self._body_bytes):
            if not self._plan.dry:
                self._report.bytes += self._server.send(body)
            self._report.requests += 1
            self._report.samples += samples

    def _settle(self) -> None:
        """See to it that the server shows what it has taken in."""
        if not self._plan.resend and not self._server.flush():
            self._wait(self._plan.settle_s)

    def _lines(self, due: _Due, *, doubtful: bool) -> Iterator[Line]:
        hour, part = due.key
        held: Held = {}
        if (due.ask or doubtful) and not self._plan.resend and not self._plan.dry:
            labels = {**self._plan.naming.common, "part": part}
            from_ms = hour * HOUR_US // _MS
            held = self._server.held(labels, from_ms, from_ms + HOUR_US // _MS)
            self._report.asked += 1
        return lines_of(self._plan.naming, part, due.found, due.after_us, held)


class _Patience:
    """How long to wait before the next try: longer each time, with some chance in it."""

    def __init__(self, patience_s: float, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._until_s = monotonic() + patience_s
        self._next_s = 0.5

    def next_wait_s(self, trouble: PushWaitError) -> float:
        """Return how long to wait; raises PushError when that would be for too long."""
        self._next_s = min(self._next_s * 2, 60.0)
        wanted_s = trouble.wait_s if trouble.wait_s is not None else self._next_s
        wait_s = min(wanted_s, MOST_WAIT_S) * random.uniform(1.0, 1.25)
        if self._monotonic() + wait_s > self._until_s:
            raise PushError(
                tr(
                    "{trouble}. The push has given up; what was acknowledged is noted, and the "
                    "next push goes on from there.",
                    trouble=trouble,
                )
            ) from trouble
        return wait_s


def bodies(lines: Iterator[Line], most_bytes: int) -> Iterator[tuple[bytes, int]]:
    """Join lines to bodies of at most ``most_bytes``, if no single line is larger."""
    some: list[bytes] = []
    size = samples = 0
    for line in lines:
        if some and size + len(line.text) > most_bytes:
            yield b"".join(some), samples
            some, size, samples = [], 0, 0
        some.append(line.text)
        size += len(line.text)
        samples += line.samples
    if some:
        yield b"".join(some), samples


def target_of(url: str, common: Mapping[str, str]) -> str:
    """Return the name of a target: the same series at the same address are the same target."""
    return " ".join([url, *(f"{name}={text}" for name, text in sorted(common.items()))])
