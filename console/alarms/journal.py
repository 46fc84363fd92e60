"""The alarms as the window shows them, rebuilt from published events and from nothing else.

The book changes only when an event is published, and events are published once they are on disk:
the window never shows an alarm that a restart would not know of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from console.alarms.events import AlarmKey, AlarmKind, Happening, key_of
from console.alarms.flood import FloodMeter
from console.alarms.severity import PRIORITIES, Severity
from console.alarms.states import State
from console.alarms.status import ALARM_KINDS, Status, advance


@dataclass(frozen=True, slots=True)
class Group:
    """What belongs together: the alarm that came first, and those that followed from it."""

    first: Status
    others: Sequence[Status]


class AlarmBook:
    """Every alarm that is not simply normal."""

    def __init__(self) -> None:
        self._statuses: dict[AlarmKey, Status] = {}
        self._flood = FloodMeter()
        self.last_us = 0

    def apply(self, event: Happening) -> bool:
        """Take one event; returns whether the book changed. What it cannot read changes nothing."""
        if event.kind not in ALARM_KINDS:
            return False
        try:
            key = key_of(event)
            before = self._statuses.get(key, Status(key))
            after = advance(before, event)
        except (KeyError, ValueError, TypeError, AttributeError):
            return False
        self.last_us = max(self.last_us, event.utc_us)
        if event.kind == AlarmKind.RAISED and after.state is State.UNACKNOWLEDGED:
            self._flood.add(event.utc_us)
        if after.is_over:
            return self._statuses.pop(key, None) is not None
        self._statuses[key] = after
        return after != before

    def restore(self, events: Iterable[Happening]) -> None:
        """Take what the log holds, oldest first."""
        for event in events:
            self.apply(event)

    def take_over(self, other: AlarmBook) -> None:
        """Become what another book is; that one is not used any more."""
        self._statuses, self._flood, self.last_us = other._statuses, other._flood, other.last_us

    def __contains__(self, key: AlarmKey) -> bool:
        """Whether something is to be remembered of an alarm."""
        return key in self._statuses

    def get(self, key: AlarmKey) -> Status:
        """Return an alarm; one that the book does not hold is normal."""
        return self._statuses.get(key) or Status(key)

    def statuses(self) -> Sequence[Status]:
        """Return everything it holds, in no particular order."""
        return list(self._statuses.values())

    def alarms(self) -> Sequence[Status]:
        """Return what is announced by need: unacknowledged first, by priority, newest first."""
        return sorted(self._announced(), key=_by_need)

    def highest(self) -> Status | None:
        """Return the one to show first, or None when there is nothing."""
        return min(self._announced(), key=_by_need, default=None)

    def counts(self) -> Mapping[int, int]:
        """Return how many are active and announced, by priority; each alarm counts once."""
        active = [status.priority for status in self._announced() if status.active]
        return {priority: active.count(priority) for priority in PRIORITIES}

    def unacknowledged(self) -> Severity:
        """Return the worst that nobody has acknowledged, announced or set aside."""
        return max((s.unacknowledged for s in self._statuses.values()), default=Severity.OK)

    def of(self, subjects: Iterable[str]) -> Sequence[Status]:
        """Return the announced alarms of some parts, in the same order as :meth:`alarms`."""
        wanted = set(subjects)
        return [status for status in self.alarms() if status.subject in wanted]

    def shelved(self) -> Sequence[Status]:
        """Return what is on the shelf, the next to come back first."""
        return sorted(self._in(State.SHELVED), key=lambda status: status.until_us)

    def suppressed(self) -> Sequence[Status]:
        """Return what rules and work orders hold back, the latest first."""
        return sorted(self._in(State.SUPPRESSED), key=lambda status: -status.aside_us)

    def out_of_service(self) -> Sequence[Status]:
        """Return what is out of service, the longest first."""
        return sorted(self._in(State.OUT_OF_SERVICE), key=lambda status: status.aside_us)

    def groups(self) -> Sequence[Group]:
        """Return the announced alarms by what came first, groups in the order of their worst.

        What a rule suppressed is among the others of its group, so that it can be looked up.
        """
        heads: dict[AlarmKey, list[Status]] = {}
        for status in [*self.alarms(), *self.suppressed()]:
            first = status.first_out if status.first_out in self._statuses else None
            heads.setdefault(first or status.key, []).append(status)
        found = [self._group(key, members) for key, members in heads.items()]
        return [group for group in found if not self._is_hidden(group)]

    def in_flood(self, now_us: int) -> bool:
        """Return whether alarms come faster than anybody can read them."""
        self._flood.advance(now_us)
        return self._flood.is_flood

    def recent(self, now_us: int) -> int:
        """Return how many alarms the last ten minutes announced."""
        self._flood.advance(now_us)
        return self._flood.recent

    def _announced(self) -> Iterable[Status]:
        aside = (State.NORMAL, State.SHELVED, State.SUPPRESSED, State.OUT_OF_SERVICE)
        return [status for status in self._statuses.values() if status.state not in aside]

    def _in(self, state: State) -> Iterable[Status]:
        return [status for status in self._statuses.values() if status.state is state]

    def _group(self, first: AlarmKey, members: Sequence[Status]) -> Group:
        others = [status for status in members if status.key != first]
        return Group(self.get(first), others)

    def _is_hidden(self, group: Group) -> bool:
        """A group of nothing but suppressed alarms is not shown: their list is elsewhere."""
        return all(s.state.is_set_aside for s in (group.first, *group.others))


def _by_need(status: Status) -> tuple[bool, int, int]:
    return (status.acknowledged, status.priority, -status.raised_us)
