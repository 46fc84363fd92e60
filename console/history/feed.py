"""The events on their way: told by any thread, waiting for the disk, then shown.

An entry is published as recorded only after its transaction is on the disk. What the disk has
not taken within a second, or cannot take at all, is published as not recorded, so that the
operator is still told; when it becomes durable it is published again under the same id.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from threading import Lock

from console.history.events import Event, EventDraft, uuid7

LATE_S = 1.0
"""How long an event may wait for the disk before it is shown as not recorded."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One line for a person: the event, or its draft while it is not recorded."""

    id: str
    event: Event | EventDraft
    recorded: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that is not yet on the disk, and since when (monotonic seconds)."""

    id: str
    draft: EventDraft
    since_s: float


class EventFeed:
    """A numbered stream of :class:`FeedEntry` with the queue that feeds it; safe in any thread.

    At most ``room`` events wait for the disk, the newest ones beyond that are told but lost (and
    counted); at most ``kept`` published entries stay readable. Nothing here waits for a disk.
    """

    def __init__(
        self,
        *,
        room: int = 50_000,
        kept: int = 10_000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lock = Lock()
        self._room = room
        self._monotonic = monotonic
        self._waiting: deque[Waiting] = deque()
        self._late_from = 0  # so many at the front of the queue have been told
        self._entries: deque[FeedEntry] = deque(maxlen=kept)
        self._published = 0
        self._lost = 0
        self._failing = False
        self._closed = False

    def since(self, number: int) -> tuple[list[FeedEntry], int]:
        """Return the entries published after ``number`` (0: all still kept) and the new number."""
        with self._lock:
            self._tell_late()
            count = min(max(self._published - number, 0), len(self._entries))
            newest = list(islice(reversed(self._entries), count))
            return newest[::-1], self._published

    @property
    def waiting(self) -> int:
        """How many events are in memory only."""
        return len(self._waiting)

    @property
    def lost(self) -> int:
        """How many events found no room in memory while the disk took none."""
        return self._lost

    def offer(self, draft: EventDraft) -> bool:
        """Take an event in; False when there is no room and it will never be recorded."""
        waiting = Waiting(uuid7(draft.time.utc_us), draft, self._monotonic())
        with self._lock:
            if self._closed or len(self._waiting) >= self._room:
                self._lost += 1
                self._publish(FeedEntry(waiting.id, draft, recorded=False))
                return False
            self._waiting.append(waiting)
            return True

    def jump_queue(self, draft: EventDraft) -> None:
        """Take in an event that is to be recorded before all that wait (only the writer does)."""
        first = Waiting(uuid7(draft.time.utc_us), draft, self._monotonic())
        with self._lock:
            self._waiting.appendleft(first)
            if self._late_from:  # those behind it have been told; what comes first must be too
                self._tell(first)

    def first_waiting(self, limit: int) -> list[Waiting]:
        """Return the events to be recorded next, oldest first."""
        with self._lock:
            return list(islice(self._waiting, limit))

    def confirm(self, events: Sequence[Event]) -> None:
        """Publish what is now on the disk: exactly the first of those that wait, in order."""
        with self._lock:
            for event in events:
                self._waiting.popleft()
                self._publish(FeedEntry(event.id, event, recorded=True))
            self._late_from = max(self._late_from - len(events), 0)

    def set_failing(self, failing: bool) -> None:
        """Say whether the disk takes nothing at present: then events are told at once."""
        with self._lock:
            self._failing = failing

    def close(self) -> int:
        """Refuse further events; return how many are left that never reached the disk."""
        with self._lock:
            self._closed = True
            return len(self._waiting)

    def _tell_late(self) -> None:
        """Publish, as not recorded, what has waited too long; called with the lock held."""
        hopeless = self._failing or self._closed
        limit_s = self._monotonic() - LATE_S
        for waiting in islice(self._waiting, self._late_from, None):
            if not hopeless and waiting.since_s > limit_s:
                break
            self._tell(waiting)

    def _tell(self, waiting: Waiting) -> None:
        self._late_from += 1
        self._publish(FeedEntry(waiting.id, waiting.draft, recorded=False))

    def _publish(self, entry: FeedEntry) -> None:
        self._entries.append(entry)
        self._published += 1
