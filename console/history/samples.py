"""The snapshots on their way to the telemetry file: bounded, in order, losses counted."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from threading import Lock

from drivers.points import Snapshot

_QUIET_S = 2.0  # no loss for this long: the overflow has ended
_REPORT_EVERY_S = 60.0  # while it lasts


@dataclass(slots=True)
class Dropped:
    """One stretch of overflow: what was lost and from when to when (UTC microseconds)."""

    from_utc_us: int
    until_utc_us: int
    snapshots: int = 0
    samples: int = 0
    first_s: float = 0.0
    last_s: float = 0.0


class SampleQueue:
    """At most ``room`` snapshots; one that finds no room is counted, never waited for."""

    def __init__(self, room: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._lock = Lock()
        self._room = room
        self._monotonic = monotonic
        self._queue: deque[Snapshot] = deque()
        self._stretch: Dropped | None = None
        self._dropped = 0
        self._closed = False

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def dropped(self) -> int:
        """How many samples (values) were lost since start; once closed, also what was left."""
        return self._dropped

    def put(self, snapshot: Snapshot) -> bool:
        """Take a snapshot in from any thread; False when it is lost."""
        with self._lock:
            if len(self._queue) < self._room and not self._closed:
                self._queue.append(snapshot)
                return True
            self._count(snapshot)
            return False

    def first(self, limit: int) -> list[Snapshot]:
        """Return the oldest snapshots, which stay until :meth:`done`."""
        with self._lock:
            return list(islice(self._queue, limit))

    def done(self, count: int) -> None:
        """Forget the oldest ``count``: they are on the disk."""
        with self._lock:
            for _ in range(count):
                self._queue.popleft()

    def close(self) -> int:
        """Refuse further snapshots; return how many are left that never reached the disk."""
        with self._lock:
            self._closed = True
            self._dropped += sum(len(snapshot.schema) for snapshot in self._queue)
            return len(self._queue)

    def report(self, *, at_once: bool = False) -> Dropped | None:
        """Return the losses to be told now: when an overflow has ended, and once a minute in it."""
        with self._lock:
            stretch, now_s = self._stretch, self._monotonic()
            if stretch is None:
                return None
            ended = now_s - stretch.last_s >= _QUIET_S
            if not (at_once or ended or now_s - stretch.first_s >= _REPORT_EVERY_S):
                return None
            self._stretch = None
            return stretch

    def _count(self, snapshot: Snapshot) -> None:
        now_s, utc_us = self._monotonic(), snapshot.time.utc_us
        stretch = self._stretch = self._stretch or Dropped(utc_us, utc_us, first_s=now_s)
        stretch.until_utc_us, stretch.last_s = utc_us, now_s
        stretch.snapshots += 1
        stretch.samples += len(snapshot.schema)
        self._dropped += len(snapshot.schema)
