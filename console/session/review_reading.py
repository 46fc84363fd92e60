"""Reading what a reviewer looks at: runs out of the log, what is usual, what is kept apart.

Everything here reads files and belongs in a thread of its own; all raise StorageError.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from console.history.events import Event
from console.history.reader import LogReader
from console.history.sync.local import reading_ledger
from console.session.running.record import RUN_KINDS, RecordKind
from console.text import tr
from console.work.orders.model import Order
from console.work.review import Finding, exceptions
from console.work.reviews.findings import CLOCKS, clock_findings
from console.work.reviews.queue import Elsewhere, ItemKind
from console.work.reviews.steps import StepRecord, step_records
from console.work.step_times import Usual, step_times, usual_times
from drivers.files import FileError
from procedures.engine.state import Run
from procedures.revision import Revision

KINDS = RUN_KINDS | {str(kind) for kind in RecordKind}
REFUSED_TRAINING = "training.refused"
_ALL = 1_000_000
_NORM_RUNS = 20
Named = tuple[Run, Revision]
"""A run with the text it followed."""


@dataclass(frozen=True)
class RunRecord:
    """One run as the log has it. ``usual`` is what its steps took in ``norm_runs`` other runs."""

    run: Run
    revision: Revision
    events: tuple[Event, ...]
    findings: tuple[Finding, ...]
    steps: tuple[StepRecord, ...]
    usual: Mapping[str, Usual] = field(default_factory=dict)
    norm_runs: int = 0

    @property
    def span_us(self) -> tuple[int, int]:
        """From when to when it was worked on, UTC microseconds."""
        times = [event.utc_us for event in self.events] or [self.run.at.utc_us]
        return min(times), max(times)

    def step(self, key: str) -> StepRecord | None:
        """Return one visit of a step by its key."""
        return next((one for one in self.steps if one.key == key), None)


@dataclass(frozen=True)
class Record:
    """What is known of one thing in review: its runs, and clocks that were set meanwhile."""

    key: str
    runs: tuple[RunRecord, ...]
    clocks: tuple[Finding, ...] = ()

    def run(self, name: str) -> RunRecord | None:
        """Return one run by its id."""
        return next((one for one in self.runs if one.run.id == name), None)


def read_record(
    folder: Path, key: str, mine: Sequence[Named], others: Sequence[Named], order: Order | None
) -> Record:
    """Read the runs of one thing; ``others`` are earlier runs, for what a step usually takes."""
    reader = LogReader(folder)
    norms = [pair for pair in others if _is_norm(pair[0], mine)][-_NORM_RUNS:]
    events = events_by_run(reader, [run for run, _ in (*mine, *norms)])
    runs = tuple(_run_record(run, revision, events, norms) for run, revision in mine)
    spans = [run.span_us for run in runs]
    if not spans and order is not None:
        ends = [move.at.utc_us for move in order.moves]
        spans = [(order.opened.utc_us, max(ends, default=order.opened.utc_us))]
    return Record(key, runs, _clocks(reader, spans))


def _is_norm(run: Run, mine: Sequence[Named]) -> bool:
    names = {one.id for one, _ in mine}
    procedures = {one.procedure for one, _ in mine}
    return run.is_over and not run.training and run.id not in names and run.procedure in procedures


def _run_record(
    run: Run, revision: Revision, events: Mapping[str, Sequence[Event]], norms: Sequence[Named]
) -> RunRecord:
    own, procedure = events.get(run.id, ()), revision.procedure
    alike = [(other, text) for other, text in norms if other.procedure == run.procedure]
    times = [step_times(text.procedure, events.get(other.id, ())) for other, text in alike]
    return RunRecord(
        run,
        revision,
        tuple(own),
        exceptions(procedure, own),
        step_records(procedure, own),
        usual_times(times),
        len(alike),
    )


def events_by_run(reader: LogReader, runs: Iterable[Run]) -> Mapping[str, Sequence[Event]]:
    """Return the events of some runs, oldest first; one reading for each tank or server."""
    wanted = {run.id: run.subject for run in runs}
    found: dict[str, list[Event]] = {name: [] for name in wanted}
    for subject in dict.fromkeys(wanted.values()):
        newest_first = reader.page(subjects={subject}, kinds=KINDS, limit=_ALL)
        for event in reversed(newest_first):
            name = str(event.body.get("run", ""))
            if name in found:
                found[name].append(event)
    return found


def _clocks(reader: LogReader, spans: Sequence[tuple[int, int]]) -> tuple[Finding, ...]:
    if not spans:
        return ()
    since, until = min(first for first, _ in spans), max(last for _, last in spans)
    found = reader.page(kinds=CLOCKS, since_us=since, until_us=until + 1, limit=1000)
    return clock_findings(reversed(found))


def tallies(folder: Path, runs: Sequence[Named]) -> Iterator[Mapping[str, tuple[Finding, ...]]]:
    """Yield the exceptions of runs, one tank or server after the other."""
    reader = LogReader(folder)
    by_subject: dict[str, list[Named]] = {}
    for run, revision in runs:
        by_subject.setdefault(run.subject, []).append((run, revision))
    for group in by_subject.values():
        events = events_by_run(reader, [run for run, _ in group])
        yield {
            run.id: exceptions(revision.procedure, events.get(run.id, ()))
            for run, revision in group
        }


def _kind(event: Event) -> str:
    return event.kind


def elsewhere(folder: Path, words: Callable[[Event], str] = _kind) -> tuple[Elsewhere, ...]:
    """Return what other laptops brought that contradicts, and results of trainings refused.

    ``words`` says what an event tells.
    """
    refused = LogReader(folder).of_kinds({REFUSED_TRAINING})
    return (
        *_apart(folder),
        *(
            Elsewhere(ItemKind.TRAINING, one.id, words(one), one.subject, one.utc_us, one.actor)
            for one in refused
        ),
    )


def _apart(folder: Path) -> Iterator[Elsewhere]:
    """Yield the logs of which something is in quarantine, one for each and where it came from."""
    try:
        with reading_ledger(folder) as ledger:
            kept = ledger.quarantined()
    except FileError:  # nothing has been signed here: nothing was ever taken in
        return
    counts = Counter((device, source) for device, _, source in kept)
    for (device, source), count in counts.items():
        first = min(number for one, number, _ in kept if one == device)
        title = tr("{count} events of the log {log}", count=count, log=device[:8])
        yield Elsewhere(ItemKind.QUARANTINE, f"{device}:{first}", title, source, 0)
