"""Everything that awaits a reviewer, by risk and age."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from console.work.book import WorkBook
from console.work.orders.model import Order
from console.work.orders.rules import State
from console.work.review import Finding, FindingKind
from console.work.reviews.book import ReviewBook
from console.work.reviews.desk import review_since_us
from console.work.reviews.findings import (
    counted,
    late_entries,
    order_findings,
    signal_of,
    weight_of,
)
from console.work.reviews.kinds import ReviewKind
from console.work.reviews.table import shipped_table
from procedures.engine.state import Run
from procedures.register import RevisionState
from procedures.register_events import Revisions

_FEW = 3
"""How much what has no exceptions to count weighs."""
WAITING = frozenset({State.REVIEW, State.RETURNED})


class ItemKind(StrEnum):
    """What sort of thing waits."""

    ORDER = "order"
    RUN = "run"
    PROCEDURE = "procedure"
    CHANGE = "change"
    CONFLICT = "conflict"
    QUARANTINE = "quarantine"
    TRAINING = "training"


class Grade(StrEnum):
    """How soon somebody should look at it."""

    HIGH = "high"
    MIDDLE = "middle"
    LOW = "low"
    UNKNOWN = "unknown"


GRADE_NAMES = {
    Grade.HIGH: "high",
    Grade.MIDDLE: "medium",
    Grade.LOW: "low",
    Grade.UNKNOWN: "being counted",
}
"""How grave it may be; a key of the catalogue each."""
ITEM_NAMES = {
    ItemKind.ORDER: "Order",
    ItemKind.RUN: "Run without an order",
    ItemKind.PROCEDURE: "Procedure in review",
    ItemKind.CHANGE: "Change of a procedure asked for",
    ItemKind.CONFLICT: "Contradiction",
    ItemKind.QUARANTINE: "Events kept apart",
    ItemKind.TRAINING: "Result of a training refused",
}
"""What waits; a key of the catalogue each."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits since ``since_us``. ``exceptions`` None: they are not counted yet.

    ``id`` is the number of the order, or what else names the thing; ``key`` names it in the queue.
    """

    kind: ItemKind
    id: str
    title: str
    about: str
    since_us: int
    points: int
    exceptions: int | None = 0
    priority: int = 0
    is_returned: bool = False
    by: str = ""

    @property
    def key(self) -> str:
        """What names it in the queue and, where there is no order, in the log."""
        return self.id if self.kind is ItemKind.ORDER else f"{self.kind}:{self.id}"

    @property
    def grade(self) -> Grade:
        """Its risk in a word."""
        table = shipped_table()
        if self.exceptions is None:
            return Grade.UNKNOWN
        if self.points >= table.high_from:
            return Grade.HIGH
        return Grade.MIDDLE if self.points >= table.middle_from else Grade.LOW

    @property
    def is_clean(self) -> bool:
        """Whether it has no exception at all, and that is known."""
        return self.exceptions == 0


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Something that the book of work knows nothing of: kept apart, or refused."""

    kind: ItemKind
    id: str
    title: str
    about: str
    since_us: int
    by: str = ""


Tallies = Mapping[str, Sequence[Finding]]
"""The exceptions of each run that has been read, by run."""


@dataclass(frozen=True)
class Sources:
    """Where the queue is made from, as it is on the disk."""

    book: WorkBook
    reviews: ReviewBook
    runs: Mapping[str, Run]
    revisions: Revisions
    tallies: Tallies
    elsewhere: Sequence[Elsewhere] = ()


def queue(found: Sources) -> tuple[Item, ...]:
    """Return everything that waits, the gravest first, and of two alike the older."""
    items = [
        *_orders(found),
        *_runs(found),
        *_procedures(found),
        *_changes(found),
        *_conflicts(found),
        *_elsewhere(found),
    ]
    return tuple(sorted(items, key=lambda one: (-one.points, one.since_us, one.key)))


def runs_in(found: Sources) -> tuple[Run, ...]:
    """Return the runs that things in the queue are about."""
    mine = [found.runs[run] for order in _waiting(found) for run in order.runs if run in found.runs]
    return (*mine, *_loose(found))


def _waiting(found: Sources) -> list[Order]:
    return [order for order in found.book.orders.open() if order.state in WAITING]


def _orders(found: Sources) -> Iterator[Item]:
    late = late_entries(found.book)
    for order in _waiting(found):
        own = order_findings(order, found.book, late)
        yield Item(
            ItemKind.ORDER,
            order.number,
            order.title,
            order.about,
            review_since_us(order),
            points=_points(found, order.runs, own) + _of_priority(order),
            exceptions=_count(found, order.runs, own),
            priority=order.priority,
            is_returned=order.state is State.RETURNED,
        )


def _of_priority(order: Order) -> int:
    return shipped_table().priority.get(order.priority, 0)


def _points(found: Sources, runs: Iterable[str], own: Sequence[Finding]) -> int:
    table, total = shipped_table(), weight_of(own)
    for name in runs:
        total += weight_of(found.tallies.get(name, ()))
        run = found.runs.get(name)
        revision = found.revisions.revisions.get(run.revision) if run else None
        total += table.signal.get(signal_of(revision.procedure if revision else None), 0)
    return total


def _count(found: Sources, runs: Iterable[str], own: Sequence[Finding]) -> int | None:
    total = counted(own)
    for name in runs:
        if name not in found.tallies:
            if name in found.runs:
                return None
            total += 1  # a run that the order names and the log does not hold
            continue
        total += counted(found.tallies[name])
    return total


def _loose(found: Sources) -> Iterator[Run]:
    """Yield the runs that ended and belong to no order, until somebody concluded their review."""
    ordered = {run for order in found.book.orders.all() for run in order.runs}
    for run in found.runs.values():
        is_done = found.reviews.settled(f"{ItemKind.RUN}:{run.id}") is not None
        if run.is_over and not run.training and run.id not in ordered and not is_done:
            yield run


def _runs(found: Sources) -> Iterator[Item]:
    for run in _loose(found):
        yield Item(
            ItemKind.RUN,
            run.id,
            run.procedure,
            run.subject,
            run.at.utc_us,
            points=_points(found, [run.id], ()),
            exceptions=_count(found, [run.id], ()),
            by=run.lead,
        )


def _procedures(found: Sources) -> Iterator[Item]:
    for name, register in found.revisions.registers.items():
        for digest in dict.fromkeys(entry.digest for entry in register.entries):
            if register.state(digest) is not RevisionState.REVIEW:
                continue
            entry = [one for one in register.entries if one.digest == digest][-1]
            yield Item(ItemKind.PROCEDURE, digest, name, name, entry.utc_us, points=2, by=entry.by)


def _changes(found: Sources) -> Iterator[Item]:
    for one in found.reviews.everything(ReviewKind.CHANGE_ASKED):
        if is_change_open(found.revisions, one.procedure, one.revision):
            yield Item(
                ItemKind.CHANGE, one.id, one.text, one.procedure, one.utc_us, points=_FEW, by=one.by
            )


def is_change_open(revisions: Revisions, procedure: str, revision: str) -> bool:
    """Whether the revision that a change was asked of is still the one in force."""
    in_force = revisions.in_force(procedure)
    return in_force is None or in_force.digest == revision


def _conflicts(found: Sources) -> Iterator[Item]:
    for one in found.book.conflicts.open():
        points = shipped_table().weight[FindingKind.CONFLICT]
        yield Item(
            ItemKind.CONFLICT, one.id, one.kind, one.subject, one.utc_us, points, 1, by=one.actor
        )


def _elsewhere(found: Sources) -> Iterator[Item]:
    points = {ItemKind.QUARANTINE: shipped_table().high_from}
    for one in found.elsewhere:
        weight = points.get(one.kind, _FEW)
        item = Item(one.kind, one.id, one.title, one.about, one.since_us, weight, 1, by=one.by)
        if found.reviews.settled(item.key) is None:
            yield item
