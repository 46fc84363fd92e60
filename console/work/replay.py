"""One order for the events of all laptops: state is a fold over them, however they arrive.

An event behind all others is folded in at once. One that belongs further back, which happens only
when logs of several laptops are brought together, makes the fold begin anew. So the state depends
on the set of events alone, not on the order or the pieces in which it came.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from console.work.events import Happening, Mark, mark_of


class Folded(Protocol):
    """A state that events are folded into, in order."""

    def fold(self, event: Happening, mark: Mark) -> bool:
        """Take the next event; returns whether anything changed. Never raises."""

    def fork(self, event: Happening, mark: Mark) -> None:
        """Note that an event has the number of another one of the same log."""


StateT = TypeVar("StateT", bound=Folded)


class Replay(Generic[StateT]):
    """The events known and the state they make. ``make`` returns an empty state."""

    def __init__(self, make: Callable[[], StateT]) -> None:
        self._make = make
        self._events: dict[Mark, Happening] = {}
        self._order: list[Mark] = []
        self.state = make()

    @property
    def last(self) -> int:
        """The highest number that any known event has."""
        return self._order[-1].number if self._order else 0

    def add(self, event: Happening) -> bool:
        """Take one event; returns whether the state changed. One that is known changes nothing.

        Raises KeyError, TypeError or ValueError for an event without a mark.
        """
        mark = mark_of(event)
        if mark in self._events:
            return False
        self._events[mark] = event
        if not self._order or mark > self._order[-1]:
            self._order.append(mark)
            return self._fold(len(self._order) - 1)
        insort(self._order, mark)
        self._again()
        return True

    def add_all(self, events: Iterable[Happening]) -> None:
        """Take many events in any order at once; those without a mark are left out."""
        for event in events:
            try:
                mark = mark_of(event)
            except (KeyError, TypeError, ValueError):
                continue
            self._events.setdefault(mark, event)
        self._order = sorted(self._events)
        self._again()

    def lacks(self, other: Replay[StateT]) -> Sequence[Happening]:
        """Return what another one knows and this one does not, in order."""
        return [other._events[mark] for mark in other._order if mark not in self._events]

    def events(self) -> Sequence[Happening]:
        """Return everything known, in order."""
        return [self._events[mark] for mark in self._order]

    def _again(self) -> None:
        self.state = self._make()
        for i in range(len(self._order)):
            self._fold(i)

    def _fold(self, i: int) -> bool:
        mark = self._order[i]
        before = self._order[i - 1] if i else None
        event = self._events[mark]
        if before is not None and (before.number, before.log) == (mark.number, mark.log):
            self.state.fork(event, mark)
            return True
        return self.state.fold(event, mark)
