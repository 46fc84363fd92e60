"""Floods after EEMUA 191: from more than ten alarms in ten minutes until ten with under five."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

WINDOW_US = 600_000_000
STARTS_ABOVE = 10
ENDS_BELOW = 5


@dataclass(frozen=True, slots=True)
class Flood:
    """A flood: when it began and, once it is over, when it ended; UTC microseconds."""

    began_us: int
    ended_us: int | None
    alarms: int


class FloodMeter:
    """Follows how many alarms the last ten minutes brought. Time never runs backwards in it."""

    def __init__(self) -> None:
        self._recent: deque[int] = deque()
        self._now_us = 0
        self._began_us: int | None = None
        self._alarms = 0
        self.floods: list[Flood] = []
        self.peak = 0

    @property
    def recent(self) -> int:
        """How many were announced in the ten minutes before the last moment told."""
        return len(self._recent)

    @property
    def is_flood(self) -> bool:
        """Whether the list should be summarised now."""
        return self._began_us is not None

    def add(self, utc_us: int) -> None:
        """Count an alarm that was announced."""
        self.advance(utc_us)
        self._recent.append(self._now_us)
        self.peak = max(self.peak, len(self._recent))
        self._alarms += 1
        if self._began_us is None and len(self._recent) > STARTS_ABOVE:
            self._began_us, self._alarms = self._now_us, len(self._recent)

    def advance(self, utc_us: int) -> None:
        """Move on to a moment; alarms older than ten minutes no longer count."""
        self._now_us = max(self._now_us, utc_us)
        while self._recent and self._recent[0] + WINDOW_US <= self._now_us:
            left_us = self._recent.popleft() + WINDOW_US
            if self._began_us is not None and len(self._recent) < ENDS_BELOW:
                self.floods.append(Flood(self._began_us, left_us, self._alarms))
                self._began_us = None

    def finish(self, utc_us: int) -> list[Flood]:
        """Return every flood up to a moment, one that still goes on without an end."""
        self.advance(utc_us)
        if self._began_us is None:
            return self.floods
        return [*self.floods, Flood(self._began_us, None, self._alarms)]


def floods(times_us: Iterable[int], until_us: int) -> list[Flood]:
    """Return the floods among announcements given in any order."""
    meter = FloodMeter()
    for time_us in sorted(times_us):
        meter.add(time_us)
    return meter.finish(until_us)
