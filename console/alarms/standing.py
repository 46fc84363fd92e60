"""What still stands after a restart, read from a log that may hold years.

An alarm that is normal again is remembered by nothing, so of everything that the log tells of it
only the events since it last was normal say how it stands. One pass finds them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from console.alarms.events import AlarmKey, AlarmKind, Happening, key_of
from console.alarms.journal import AlarmBook

_KINDS = frozenset(str(kind) for kind in AlarmKind)
EventT = TypeVar("EventT", bound=Happening)


class Standing(Generic[EventT]):
    """The book as the log leaves it, and the few events that made it so."""

    def __init__(self, events: Iterable[EventT] = ()) -> None:
        self.book = AlarmBook()
        self._kept: dict[AlarmKey, list[tuple[int, EventT]]] = {}
        for number, event in enumerate(events):
            self._take(number, event)

    @property
    def events(self) -> list[EventT]:
        """The events that are still needed, in the order of the log: replayed, they give the book.

        Recorded conditions (``condition.began``) that go on are among them.
        """
        kept = [pair for pairs in self._kept.values() for pair in pairs]
        return [event for _, event in sorted(kept, key=lambda pair: pair[0])]

    def _take(self, number: int, event: EventT) -> None:
        try:
            key = key_of(event)
        except (KeyError, TypeError, AttributeError):
            return  # it names no alarm, so it changes none
        self.book.apply(event)
        if key in self.book or event.kind == AlarmKind.CONDITION_BEGAN:
            self._kept.setdefault(key, []).append((number, event))
        elif event.kind in _KINDS:
            self._kept.pop(key, None)
