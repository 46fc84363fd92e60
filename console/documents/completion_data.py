"""What a completion report is made of, read from a data folder alone: no session, no network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from console.documents.issue import DocumentError
from console.documents.sheet import LogEnd
from console.history.events import NO_HASH, Event
from console.history.reader import LogReader
from console.history.telemetry_reader import TelemetryReader
from console.history.trouble import StorageError
from console.session.running.evidence import proves
from console.session.running.record import KINDS as RUN_KINDS
from console.session.running.record import RecordKind
from console.text import tr
from console.work.book import WorkBook
from console.work.events import KINDS as BOOK_KINDS
from console.work.events import Refused
from console.work.orders.model import Order
from console.work.photos import PhotoStore
from console.work.review import Finding, exceptions
from console.work.reviews.findings import CLOCKS, clock_findings, order_findings
from console.work.reviews.kinds import KINDS as REVIEW_KINDS
from console.work.step_times import StepTime, Usual, step_times, usual_times
from procedures.engine.apply import ReplayError, replay
from procedures.engine.events import WorkKind
from procedures.engine.state import Run
from procedures.register_events import Revisions
from procedures.revision import Revision
from procedures.spec import Procedure

_ALARMS = frozenset({"alarm.raised", "alarm.cleared", "alarm.suppressed"})
_PAPER = frozenset({"document.printed"})
_CLOCK_ROOM_US = 3_600_000_000
"""A clock that was set so long before or after the work is told with it."""
_BROKEN = (KeyError, TypeError, ValueError, AttributeError, ReplayError)


@dataclass(frozen=True)
class RunFile:
    """One run as the log has it. ``run`` and ``revision`` are None where they cannot be made."""

    id: str
    events: tuple[Event, ...]
    run: Run | None
    revision: Revision | None
    findings: tuple[Finding, ...]
    times: tuple[StepTime, ...]
    usual: Mapping[str, Usual] = field(default_factory=dict)
    unproven: tuple[str, ...] = ()

    @property
    def procedure(self) -> Procedure | None:
        """The procedure that was followed, where its text is in the log."""
        return self.revision.procedure if self.revision else None

    @property
    def began_us(self) -> int:
        """When it was begun, UTC microseconds."""
        return self.events[0].utc_us if self.events else 0

    @property
    def ended_us(self) -> int:
        """When its last event happened, UTC microseconds."""
        return max((event.utc_us for event in self.events), default=0)

    def of_kind(self, *kinds: str) -> list[Event]:
        """Return its events of some kinds, oldest first."""
        return [event for event in self.events if event.kind in kinds]


@dataclass(frozen=True)
class LogState:
    """The end of the log, and whether all of it was recomputed and found as it was recorded."""

    end: LogEnd
    is_whole: bool | None
    fault: str = ""


@dataclass(frozen=True)
class Completion:
    """An order with everything that was recorded about it.

    ``extract`` holds its events in the order of the log, ``altered`` the ids of those whose hash is
    not that of their content, ``alarms`` what the parts worked on raised meanwhile, ``own`` what
    was not as planned about the order itself, ``lost`` the photos that are not as they were taken.
    """

    order: Order
    book: WorkBook
    runs: tuple[RunFile, ...]
    extract: tuple[Event, ...]
    altered: frozenset[str]
    alarms: tuple[Event, ...]
    own: tuple[Finding, ...]
    lost: tuple[tuple[Event, str], ...]
    log: LogState
    telemetry: TelemetryReader
    photos: PhotoStore

    @property
    def span_us(self) -> tuple[int, int]:
        """From when to when there was work, UTC microseconds; from the order's own where no run."""
        if self.runs:
            return min(r.began_us for r in self.runs), max(r.ended_us for r in self.runs)
        return self.order.opened.utc_us, max(e.utc_us for e in self.extract)


def read_completion(folder: Path, number: str, *, verify: bool = True) -> Completion:
    """Read an order of a folder; raises DocumentError where there is none and StorageError.

    ``verify`` recomputes the whole log, which takes a second for some 50 000 events.
    """
    reader = LogReader(folder)
    book, revisions = WorkBook(), Revisions()
    kinds = BOOK_KINDS | RUN_KINDS | _ALARMS | _PAPER | CLOCKS | REVIEW_KINDS
    found = reader.of_kinds(kinds)
    book.restore(found)
    order = book.orders.get(number)
    if order is None:
        raise DocumentError(tr("There is no order {number}.", number=number))
    for event in found:
        revisions.take(event)
    telemetry = TelemetryReader(folder)
    runs = _runs(found, order.runs, revisions, telemetry)
    extract = tuple(event for event in found if _is_of(event, order))
    photos = PhotoStore(folder)
    return Completion(
        order,
        book,
        runs,
        extract,
        frozenset(event.id for event in extract if not _is_as_recorded(event)),
        _alarms(found, order, runs),
        (*order_findings(order, book), *_clocks(found, runs)),
        tuple(_lost(runs, photos)),
        log_state(reader, verify=verify),
        telemetry,
        photos,
    )


def log_state(reader: LogReader, *, verify: bool) -> LogState:
    """Return the end of a log and, if asked, whether it is whole; raises StorageError."""
    last = reader.page(limit=1)
    end = (
        LogEnd(last[0].device_id, reader.count(), last[0].hash) if last else LogEnd("", 0, NO_HASH)
    )
    if not verify:
        return LogState(end, None)
    result = reader.verify()
    if result.first_bad is None:
        return LogState(end, result.ok)
    sequence, _, why = result.first_bad
    return LogState(end, False, tr("event {number}: {why}", number=sequence, why=why))


def _is_as_recorded(event: Event) -> bool:
    try:
        return event.hash_of_content() == event.hash
    except (TypeError, ValueError):
        return False


def _is_of(event: Event, order: Order) -> bool:
    """Whether an event belongs to an order: of itself, of one of its runs, done on its account."""
    body = event.body
    if event.kind in _ALARMS:
        return False
    return (
        event.subject == order.number
        or body.get("order") == order.number
        or (event.kind in RUN_KINDS and body.get("run") in order.runs)
    )


def _runs(
    events: Sequence[Event],
    names: Sequence[str],
    revisions: Revisions,
    telemetry: TelemetryReader,
) -> tuple[RunFile, ...]:
    by_run: dict[str, list[Event]] = {}
    for event in events:
        if event.kind in RUN_KINDS and isinstance(event.body.get("run"), str):
            by_run.setdefault(str(event.body["run"]), []).append(event)
    return tuple(_run_file(name, by_run, revisions, telemetry) for name in names if name in by_run)


def _run_file(
    name: str, by_run: Mapping[str, list[Event]], revisions: Revisions, telemetry: TelemetryReader
) -> RunFile:
    events = by_run[name]
    digest = str(events[0].body.get("revision", ""))
    revision = revisions.revisions.get(digest)
    procedure = revision.procedure if revision else _nothing_known()
    run = _or_none(lambda: replay(e for e in events if e.kind in set(WorkKind)))
    return RunFile(
        name,
        tuple(events),
        run,
        revision,
        exceptions(procedure, events),
        step_times(procedure, events),
        _usual(by_run, name, str(events[0].body.get("procedure", "")), procedure),
        _unproven(events, telemetry),
    )


@dataclass(frozen=True)
class _NoProcedure:
    """A procedure whose text is not in the log: none of its steps is known."""

    steps: Mapping[str, Any] = field(default_factory=dict)


def _nothing_known() -> Procedure:
    return cast("Procedure", _NoProcedure())


def _or_none(make: Callable[[], Run | None]) -> Run | None:
    try:
        return make()
    except _BROKEN:
        return None


def _usual(
    by_run: Mapping[str, list[Event]], name: str, procedure: str, spec: Procedure
) -> Mapping[str, Usual]:
    """Return what was usual in the other runs of the same procedure."""
    others = [
        events
        for other, events in by_run.items()
        if other != name and events[0].body.get("procedure") == procedure
    ]
    return usual_times(step_times(spec, events) for events in others)


def _unproven(events: Iterable[Event], telemetry: TelemetryReader) -> tuple[str, ...]:
    """Return the steps whose telemetry is no longer what was hashed when they ended."""
    found = []
    for event in events:
        if event.kind != RecordKind.EVIDENCE:
            continue
        try:
            is_proven = proves(telemetry, event.body)
        except (StorageError, *_BROKEN):
            is_proven = False
        if not is_proven:
            found.append(str(event.body.get("step", "")))
    return tuple(dict.fromkeys(found))


def _clocks(events: Sequence[Event], runs: Sequence[RunFile]) -> tuple[Finding, ...]:
    """Return the times at which the clock was set around the work."""
    if not runs:
        return ()
    since = min(run.began_us for run in runs) - _CLOCK_ROOM_US
    until = max(run.ended_us for run in runs) + _CLOCK_ROOM_US
    return clock_findings(event for event in events if since <= event.utc_us <= until)


def _lost(runs: Sequence[RunFile], photos: PhotoStore) -> Iterator[tuple[Event, str]]:
    for run in runs:
        for event in run.of_kind(WorkKind.PHOTO_TAKEN):
            try:
                photos.open(str(event.body.get("sha256", ""))).close()
            except (Refused, OSError) as why:
                yield event, str(why)


def _alarms(events: Iterable[Event], order: Order, runs: Sequence[RunFile]) -> tuple[Event, ...]:
    """Return the alarms that the equipment raised while there was work on it."""
    if not runs:
        return ()
    since = min(run.began_us for run in runs)
    until = max(run.ended_us for run in runs)
    parts = {order.about, order.about.partition("/")[0]}
    for file in runs:
        if file.run:
            parts |= {part for parts in file.run.subjects.values() for part in parts}
    return tuple(
        event
        for event in events
        if event.kind in _ALARMS and since <= event.utc_us <= until and event.subject in parts
    )
