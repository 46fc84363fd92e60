"""Whether the machine's clock was changed: wall time against the time since the machine started.

An isolated laptop has no trusted time. What can be known is that the wall clock moved by itself:
within one start of the machine by comparing it with a clock that nobody can set, across starts by
comparing it with the last event of the log. Both are events, so that a reviewer sees which times
are in doubt (docs/log.md).
"""

from __future__ import annotations

import time
from collections.abc import Callable

from console.history.events import JSON, EventDraft, Kind
from console.history.reader import LogReader
from console.history.trouble import StorageError
from drivers.points import Stamp

TOLERANCE_S = 2.0
"""So far may both clocks differ before it counts: what time services correct by slewing is less."""
EPOCH = "epoch"


def since_boot_s() -> float:
    """Return seconds since the machine was started, sleep included where the system tells them."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class ClockWatch:
    """Looks at both clocks now and then; ``epoch`` counts how often the wall clock was set."""

    def __init__(
        self,
        clock: Callable[[], Stamp],
        record: Callable[[EventDraft], None],
        steady_s: Callable[[], float] = since_boot_s,
    ) -> None:
        self._clock = clock
        self._record = record
        self._steady_s = steady_s
        self._offset_s: float | None = None
        self.epoch = 0

    def begin(self, log: LogReader) -> None:
        """Compare with the last event of the log: time that has gone backwards since is told.

        What was recorded before people confirmed the time says nothing against it.
        """
        try:
            last = log.latest(Kind.CLOCK_CONFIRMED)
        except StorageError:
            return
        now = self._clock()
        behind_s = (last.utc_us - now.utc_us) / 1e6 if last else 0.0
        if last is not None and behind_s > TOLERANCE_S:
            body: dict[str, JSON] = {"behind_s": round(behind_s, 3), "last_utc_us": last.utc_us}
            self._tell(Kind.CLOCK_BACKWARDS, body, now)

    def look(self) -> None:
        """Compare both clocks; a jump of either direction is told once."""
        now = self._clock()
        offset_s = now.utc_us / 1e6 - self._steady_s()
        if self._offset_s is None:
            self._offset_s = offset_s
            return
        moved_s = offset_s - self._offset_s
        if abs(moved_s) <= TOLERANCE_S:
            return
        self._offset_s = offset_s
        before_us = now.utc_us - round(moved_s * 1e6)
        body: dict[str, JSON] = {"moved_s": round(moved_s, 3), "would_be_utc_us": before_us}
        self._tell(Kind.CLOCK_CHANGED, body, now)

    def _tell(self, kind: Kind, body: dict[str, JSON], now: Stamp) -> None:
        self.epoch += 1
        self._record(EventDraft(kind, "clock", {**body, EPOCH: self.epoch}, now))
