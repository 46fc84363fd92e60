"""Which rows the alarms page shows: grouped by what came first, filtered, summarised in a flood.

No widgets in here: what is shown is decided by the book, the filter and what is unfolded alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from console.alarms.events import AlarmKey
from console.alarms.journal import AlarmBook, Group
from console.alarms.status import Status

PlaceOf = Callable[[str], str]


class Tab(StrEnum):
    """The lists there are, and the figures."""

    ALL = "all"
    ACTIVE = "active"
    UNACKNOWLEDGED = "unacknowledged"
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out_of_service"
    FIGURES = "figures"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person wants to see: a list, one priority (0 any), one tank or device ("" any)."""

    tab: Tab = Tab.ALL
    priority: int = 0
    place: str = ""

    def lets(self, status: Status, place_of: PlaceOf) -> bool:
        """Return whether priority and place let an alarm through."""
        is_meant = not self.priority or status.priority == self.priority
        return is_meant and (not self.place or place_of(status.subject) == self.place)


@dataclass(frozen=True, slots=True)
class Row:
    """One line: an alarm, or in a flood a place's whole group, by its cause.

    ``beneath`` are the consequences that belong to it, ``unfolded`` whether they follow as rows of
    ``depth`` 1. A ``summary`` stands for all of them.
    """

    status: Status
    beneath: tuple[Status, ...] = ()
    unfolded: bool = False
    depth: int = 0
    summary: bool = False
    place: str = ""

    @property
    def key(self) -> AlarmKey:
        """What names the row across refreshes."""
        return self.status.key

    @property
    def waiting(self) -> int:
        """How many alarms beneath it nobody has acknowledged."""
        return sum(1 for status in self.beneath if not status.acknowledged)

    @property
    def worst_waiting(self) -> Status | None:
        """The most urgent alarm beneath it that nobody has acknowledged."""
        waiting = [status for status in self.beneath if not status.acknowledged]
        return min(waiting, key=lambda status: status.priority, default=None)

    @property
    def whole(self) -> tuple[Status, ...]:
        """Everything that it stands for."""
        return (self.status, *self.beneath)


def rows_of(
    book: AlarmBook,
    chosen: Chosen,
    unfolded: Collection[AlarmKey],
    place_of: PlaceOf,
    *,
    summarise: bool = False,
) -> list[Row]:
    """Return the rows of a list; ``summarise`` makes one of each place's group."""
    if chosen.tab is not Tab.ALL or chosen.priority:
        return [Row(s) for s in flat(book, chosen.tab) if chosen.lets(s, place_of)]
    groups = [g for g in book.groups() if chosen.lets(g.first, place_of)]
    if summarise and not chosen.place:
        return _summaries(groups, place_of)
    rows: list[Row] = []
    for group in groups:
        is_open = group.first.key in unfolded and bool(group.others)
        rows.append(Row(group.first, tuple(group.others), unfolded=is_open))
        rows += [Row(status, depth=1) for status in group.others] if is_open else []
    return rows


def flat(book: AlarmBook, tab: Tab) -> Sequence[Status]:
    """Return the alarms of a list, ungrouped, in the order of need."""
    match tab:
        case Tab.SHELVED:
            return book.shelved()
        case Tab.SUPPRESSED:
            return book.suppressed()
        case Tab.OUT_OF_SERVICE:
            return book.out_of_service()
        case Tab.ACTIVE:
            return [status for status in book.alarms() if status.active]
        case Tab.UNACKNOWLEDGED:
            return [status for status in book.alarms() if not status.acknowledged]
    return book.alarms()


def counts(book: AlarmBook) -> dict[Tab, int]:
    """Return how many alarms each list holds."""
    return {tab: len(flat(book, tab)) for tab in Tab if tab is not Tab.FIGURES}


def to_acknowledge(rows: Iterable[Row]) -> list[Status]:
    """Return the alarms that these rows show and nobody has acknowledged.

    What is folded or summarised is not shown, so it is not among them.
    """
    return [
        row.status for row in rows if row.status.state.awaits_acknowledgement and not row.summary
    ]


def _summaries(groups: Sequence[Group], place_of: PlaceOf) -> list[Row]:
    """One row for each place and group name, in the order of the worst in it."""
    found: dict[tuple[str, str], list[Status]] = {}
    for group in groups:
        key = (place_of(group.first.subject), group.first.group)
        found.setdefault(key, []).extend((group.first, *group.others))
    rows = []
    for (place, _), statuses in found.items():
        announced = [s for s in statuses if not s.state.is_set_aside] or statuses
        first = min(announced, key=lambda status: status.raised_us)
        others = tuple(status for status in statuses if status is not first)
        rows.append(Row(first, others, summary=bool(others), place=place))
    return rows
