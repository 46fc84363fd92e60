"""When shelves end. No clock may ever prolong one.

While the console runs, whichever comes first counts: so many seconds by the monotonic clock, or
the promised time on the wall; and a wall clock that is put back ends every shelf at once, because
a restart could not tell any more how long it had lasted. After a restart the wall clock must
answer, together with the monotonic clock where the machine has not been restarted; a wall clock
that stands before anything the log knows of has gone backwards, and then the shelf ends at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from console.alarms.events import AlarmKey
from drivers.points import Stamp

PUT_BACK_S = 1.0
"""How far the wall clock may fall behind the monotonic one: time servers correct it by less."""


@dataclass(frozen=True, slots=True)
class _End:
    """When a shelf ends, by both clocks, and how far they were apart when it began."""

    mono_s: float
    until_us: int
    apart_s: float

    def is_over(self, now: Stamp) -> bool:
        is_put_back = _apart_s(now) < self.apart_s - PUT_BACK_S
        return now.mono_s >= self.mono_s or now.utc_us >= self.until_us or is_put_back


@dataclass(frozen=True, slots=True)
class Moment:
    """When an event was recorded, by both clocks; ``boot_id`` says to which start mono belongs."""

    utc_us: int
    mono_us: int = 0
    boot_id: str = ""


class Shelves:
    """The deadlines of what is on the shelf."""

    def __init__(self) -> None:
        self._ends: dict[AlarmKey, _End] = {}

    def put(self, key: AlarmKey, duration_s: float, now: Stamp) -> int:
        """Start a shelf; returns when it ends at the latest, UTC microseconds."""
        until_us = now.utc_us + round(duration_s * 1e6)
        self._ends[key] = _End(now.mono_s + duration_s, until_us, _apart_s(now))
        return until_us

    def resume(
        self, key: AlarmKey, shelved: Moment, until_us: int, now: Moment, last_us: int
    ) -> bool:
        """Take a shelf up after a restart; False where it is over or time cannot be trusted.

        ``last_us`` is the latest time of anything in the log.
        """
        went_back = now.utc_us < max(shelved.utc_us, last_us)
        duration_us = until_us - shelved.utc_us
        left_us = min(until_us - now.utc_us, duration_us)
        if shelved.boot_id and shelved.boot_id == now.boot_id:
            left_us = min(left_us, duration_us - (now.mono_us - shelved.mono_us))
        if went_back or left_us <= 0:
            return False
        here = Stamp(now.utc_us, now.mono_us / 1e6)
        self._ends[key] = _End(here.mono_s + left_us / 1e6, until_us, _apart_s(here))
        return True

    def drop(self, key: AlarmKey) -> None:
        """Forget a shelf that was ended by hand."""
        self._ends.pop(key, None)

    def due(self, now: Stamp) -> Iterable[AlarmKey]:
        """Return the shelves that are over."""
        return [key for key, end in self._ends.items() if end.is_over(now)]


def _apart_s(now: Stamp) -> float:
    """How far the wall clock is ahead of the monotonic one, s."""
    return now.utc_us / 1e6 - now.mono_s
