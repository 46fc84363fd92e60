"""The engine's own book, and the events that were made since the caller last took them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.alarms.events import SYSTEM, AlarmEvent, AlarmKey, AlarmKind
from console.alarms.journal import AlarmBook
from console.alarms.status import Status
from console.alarms.telling import Body
from drivers.points import Stamp


class Ledger:
    """Writes events and follows them at once, so that the next decision knows of the last."""

    def __init__(self, place_of: Callable[[str], str]) -> None:
        self.book = AlarmBook()
        self._place_of = place_of
        self._made: list[AlarmEvent] = []
        self._by_place: dict[str, list[Status]] | None = None

    def write(
        self, kind: AlarmKind, key: AlarmKey, body: Body, now: Stamp, actor: str = SYSTEM
    ) -> Status:
        """Make an event; returns the alarm as it stands after it."""
        event = AlarmEvent(kind, key.subject, body, now, actor)
        self.book.apply(event)
        self._by_place = None
        self._made.append(event)
        return self.book.get(key)

    def take(self) -> Sequence[AlarmEvent]:
        """Return the events made since the last call, oldest first."""
        made, self._made = self._made, []
        return made

    def forget_places(self) -> None:
        """Take note that the book was changed from outside."""
        self._by_place = None

    @property
    def has_news(self) -> bool:
        """Whether there is something to take."""
        return bool(self._made)

    def beside(self, subject: str) -> Sequence[Status]:
        """Return the alarms in the same place as a part: a tank, its hosts and their GPUs."""
        if self._by_place is None:
            self._by_place = {}
            for status in self.book.statuses():
                self._by_place.setdefault(self._place_of(status.subject), []).append(status)
        return self._by_place.get(self._place_of(subject), ())

    def first_out(self, subject: str, group: str) -> AlarmKey | None:
        """Return the alarm that came first in a group that is going on there; None if none is."""
        if not group:
            return None
        members = [s for s in self.beside(subject) if s.group == group and s.active]
        if not members:
            return None
        first = min(members, key=lambda status: status.raised_us)
        return first.first_out or first.key
