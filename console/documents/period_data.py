"""What a period report is made of, read from a data folder alone."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from console.alarms.metrics import Report, report
from console.alarms.status import ALARM_KINDS
from console.documents.completion_data import LogState, log_state
from console.documents.issue import DocumentError
from console.history.events import Event
from console.history.reader import LogReader
from console.session.running.record import RUN_KINDS
from console.text import tr
from console.work.assets.fluid import Entry
from console.work.assets.stock import Movement
from console.work.book import WorkBook
from console.work.events import KINDS as BOOK_KINDS
from console.work.events import Kind, Moment
from console.work.figures import Window
from console.work.orders.clocks import ServiceClock, service_clocks
from console.work.orders.model import Order
from console.work.orders.rules import State
from console.work.review import FindingKind, counts, exceptions
from procedures.engine.events import WorkKind
from procedures.register_events import Revisions

_USED = frozenset({Kind.STOCK_ISSUED, Kind.STOCK_RETURNED, Kind.STOCK_SCRAPPED})


@dataclass(frozen=True)
class RunFigures:
    """One run that ended in the period: how long it took, how it ended, what was not as planned."""

    id: str
    procedure: str
    seconds: float
    result: str
    findings: Mapping[FindingKind, int]
    is_training: bool


@dataclass(frozen=True)
class Period:
    """Everything of a period. ``orders`` were opened, worked on or closed in it."""

    window: Window
    book: WorkBook
    orders: tuple[Order, ...]
    runs: tuple[RunFigures, ...]
    alarms: Report | None
    per_day: tuple[tuple[int, int], ...]
    log: LogState
    began_us: int

    @property
    def now(self) -> Moment:
        """The end of the period: clocks that still run are counted up to there."""
        return Moment(self.window.until_us, 0, "")

    def used(self) -> Mapping[str, Sequence[Movement]]:
        """Return what left the stores for orders, or came back from them, by part."""
        found: dict[str, list[Movement]] = {}
        for movement in self.book.stock.movements():
            if movement.kind in _USED and self.window.holds(movement.utc_us):
                found.setdefault(movement.part, []).append(movement)
        return dict(sorted(found.items()))

    def fluid(self) -> Mapping[str, Sequence[Entry]]:
        """Return the account of every tank in the period."""
        found = {}
        for tank in self.book.fluid.tanks():
            entries = [e for e in self.book.fluid.entries(tank) if self.window.holds(e.utc_us)]
            if entries:
                found[tank] = entries
        return found

    def clocks(self) -> Iterator[tuple[Order, ServiceClock]]:
        """Yield the service clocks of the orders of the period, as they stood at its end."""
        for order in self.orders:
            if order.state is not State.CANCELLED:
                for clock in service_clocks(order, self.book.rules, self.now):
                    yield order, clock


def read_period(
    folder: Path, since_us: int, until_us: int, *, verify: bool = True, operators: float = 1.0
) -> Period:
    """Read a period of a folder; raises DocumentError for none, and StorageError."""
    if until_us <= since_us:
        raise DocumentError(tr("The period ends before it begins."))
    reader = LogReader(folder)
    book, revisions = WorkBook(), Revisions()
    alarm_kinds = frozenset(map(str, ALARM_KINDS))
    found = reader.of_kinds(BOOK_KINDS | RUN_KINDS | alarm_kinds | frozenset(map(str, WorkKind)))
    book.restore([event for event in found if event.utc_us < until_us])
    for event in found:
        revisions.take(event)
    window = Window(since_us, until_us)
    first = next(iter(reader.events()), None)
    began_us = first.utc_us if first else until_us
    alarms = [e for e in found if e.kind in alarm_kinds and e.utc_us < until_us]
    return Period(
        window,
        book,
        tuple(order for order in book.orders.all() if _is_in(order, window)),
        tuple(_runs(found, revisions, window)),
        _alarm_report(alarms, max(since_us, began_us), until_us, operators),
        _per_day(alarms, window),
        log_state(reader, verify=verify),
        began_us,
    )


def _alarm_report(
    alarms: Sequence[Event], since_us: int, until_us: int, operators: float
) -> Report | None:
    try:
        return report(alarms, since_us, until_us, operators)
    except ValueError:  # nothing was recorded yet in the whole period
        return None


def _per_day(alarms: Iterable[Event], window: Window) -> tuple[tuple[int, int], ...]:
    """Return the first microsecond of every day with how many alarms were raised in it."""
    day_us = 86_400_000_000
    days = range(window.since_us // day_us, (window.until_us - 1) // day_us + 1)
    raised = dict.fromkeys(days, 0)
    for event in alarms:
        if event.kind == "alarm.raised" and window.holds(event.utc_us):
            raised[event.utc_us // day_us] += 1
    return tuple((day * day_us, count) for day, count in raised.items())


def _is_in(order: Order, window: Window) -> bool:
    moments = [order.opened.utc_us, *(move.at.utc_us for move in order.moves)]
    moments += [span.began.utc_us for span in (*order.labour, *order.downtime)]
    return any(map(window.holds, moments)) or (
        not order.state.is_over and order.opened.utc_us < window.until_us
    )


_ENDS: dict[str, str] = {
    WorkKind.FINISHED: "finished",
    WorkKind.MADE_SAFE: "made safe",
    WorkKind.ABORTED: "aborted",
}


def _runs(events: Sequence[Event], revisions: Revisions, window: Window) -> Iterator[RunFigures]:
    by_run: dict[str, list[Event]] = {}
    for event in events:
        name = event.body.get("run")
        if event.kind in RUN_KINDS and isinstance(name, str):
            by_run.setdefault(name, []).append(event)
    for name, own in by_run.items():
        last, first = own[-1], own[0]
        if first.kind != WorkKind.BEGUN or not window.holds(last.utc_us):
            continue
        revision = revisions.revisions.get(str(first.body.get("revision", "")))
        yield RunFigures(
            name,
            str(first.body.get("procedure", "")),
            (last.utc_us - first.utc_us) / 1e6,
            next((_ENDS[e.kind] for e in reversed(own) if e.kind in _ENDS), "still running"),
            counts(exceptions(revision.procedure, own)) if revision else {},
            first.body.get("training") is True,
        )


def median_s(runs: Iterable[RunFigures]) -> float | None:
    """Return the middle of how long finished runs took; None of none."""
    found = [run.seconds for run in runs if run.result == "finished"]
    return statistics.median(found) if found else None
