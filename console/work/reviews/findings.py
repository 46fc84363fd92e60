"""What of an order was not as planned beyond its runs: returns, late entries, clocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from console.work.book import WorkBook
from console.work.events import Happening
from console.work.orders.model import Order
from console.work.orders.rules import State
from console.work.review import Finding, FindingKind
from console.work.reviews.table import ReviewTable, shipped_table
from procedures.spec import Procedure

Late = Mapping[str, Sequence[Finding]]
CLOCKS = frozenset({"clock.changed", "clock.backwards"})
"""Events of a console that say that its clock was set."""


class _Weighed(Protocol):
    @property
    def kind(self) -> FindingKind: ...


def order_findings(order: Order, book: WorkBook, late: Late | None = None) -> tuple[Finding, ...]:
    """Return what was not as planned about an order itself, in order of time.

    ``late`` spares looking for late entries again where many orders are looked at.
    """
    late = late_entries(book) if late is None else late
    found = [
        *_without_run(order),
        *_returned(order),
        *late.get(order.number, ()),
        *_conflicts(order, book),
    ]
    return tuple(sorted(found, key=lambda one: one.utc_us))


def clock_findings(events: Iterable[Happening]) -> tuple[Finding, ...]:
    """Return the times at which the clock of a console was set, from its events."""
    return tuple(
        Finding(FindingKind.CLOCK, "", 0, event.actor, event.utc_us, seconds=_moved_s(event.body))
        for event in events
        if event.kind in CLOCKS
    )


def _moved_s(body: Mapping[str, Any]) -> float | None:
    for name, sign in (("moved_s", 1), ("behind_s", -1)):
        if isinstance(body.get(name), int | float):
            return sign * float(body[name])
    return None


def _returned(order: Order) -> Iterator[Finding]:
    for move in order.moves:
        if move.to is State.RETURNED:
            yield Finding(FindingKind.RETURNED, "", 0, move.by, move.at.utc_us, text=move.reason)


def _without_run(order: Order) -> Iterator[Finding]:
    """Yield that a procedure was to be followed and nothing says that it was."""
    if order.procedure is not None and not order.runs:
        done = [move for move in order.moves if move.to is State.REVIEW]
        by, at_us = (done[-1].by, done[-1].at.utc_us) if done else ("", order.opened.utc_us)
        yield Finding(FindingKind.NO_RUN, "", 0, by, at_us, about=order.procedure.id)


def late_entries(book: WorkBook, table: ReviewTable | None = None) -> Late:
    """Return what was written down long after it happened, as from paper, by order."""
    table = table or shipped_table()
    found: dict[str, list[Finding]] = {}
    for event in book.events():
        happened = event.body.get("occurred_us")
        if not isinstance(happened, int) or isinstance(happened, bool):
            continue
        late_s = (event.utc_us - happened) / 1e6
        if late_s >= table.late_entry_s:
            number = str(event.body.get("order") or event.subject)
            found.setdefault(number, []).append(_late(event, late_s))
    return found


def _late(event: Happening, late_s: float) -> Finding:
    return Finding(
        FindingKind.LATE_ENTRY,
        "",
        0,
        event.actor,
        event.utc_us,
        about=event.kind,
        text=event.subject,
        seconds=late_s,
    )


def _conflicts(order: Order, book: WorkBook) -> Iterator[Finding]:
    for one in book.conflicts.open(order.number):
        yield Finding(
            FindingKind.CONFLICT, "", 0, one.actor, one.utc_us, about=one.kind, text=one.id
        )


def weight_of(findings: Iterable[_Weighed], table: ReviewTable | None = None) -> int:
    """Return how heavy exceptions are together; 0 where none counts."""
    table = table or shipped_table()
    return sum(table.weight[one.kind] for one in findings)


def counted(findings: Iterable[Finding], table: ReviewTable | None = None) -> int:
    """Return how many exceptions count."""
    table = table or shipped_table()
    return sum(table.weight[one.kind] > 0 for one in findings)


def signal_of(procedure: Procedure | None) -> str:
    """Return the gravest signal word of a procedure's hazards; empty where it has none."""
    words = {hazard.signal for hazard in procedure.hazards.values()} if procedure else set()
    return next((word for word in ("danger", "warning", "caution", "notice") if word in words), "")
