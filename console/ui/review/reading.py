"""What the page reads beside the window: exceptions of the queue, one record, the log's proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal

from console.event_text import event_text
from console.history.reader import LogReader
from console.session.review_reading import Named, Record, elsewhere, read_record, tallies
from console.session.session import Session
from console.session.workplace import Workplace
from console.ui.errands import Errand, Errands
from console.ui.log_reading import Proof
from console.work.orders.model import Order
from console.work.review import Finding
from console.work.reviews.queue import Elsewhere, Item, ItemKind, Sources, queue, runs_in
from procedures.engine.state import Run

PROOF_LASTS_S = 600.0
"""How long a proof of the log is shown before it is made again by itself."""


@dataclass(frozen=True)
class _Counted:
    found: dict[str, tuple[Finding, ...]]


@dataclass(frozen=True)
class _Apart:
    found: tuple[Elsewhere, ...] = ()
    trouble: str = ""


@dataclass(frozen=True)
class _Read:
    record: Record | None = None
    trouble: str = ""
    key: str = ""


@dataclass(frozen=True)
class Proven:
    """What verifying the log found, and when (UTC microseconds)."""

    proof: Proof = field(default_factory=Proof)
    utc_us: int = 0


class ReviewReading(QObject):
    """Asks in threads and tells: ``counted`` of exceptions, ``came`` of a record, ``proven``."""

    counted = Signal()
    came = Signal(object)
    failed = Signal(str, str)
    proven = Signal(object)

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._errands = Errands(self)
        self._errands.answered.connect(self._take)
        self._tallies: dict[str, tuple[Finding, ...]] = {}
        self._asked: dict[str, int] = {}
        self._apart: tuple[Elsewhere, ...] = ()
        self._has_looked_apart = False
        self.is_counting = False
        self.is_reading = False
        self.is_proving = False
        self.last: Proven | None = None

    # ---- the queue ----

    def items(self, place: Workplace) -> tuple[Item, ...]:
        """Return what waits, and begin to count what has not been counted."""
        sources = self._sources(place)
        self._count(place, runs_in(sources))
        if not self._has_looked_apart:
            self.look_apart()
        return queue(sources)

    def findings(self, run: str) -> Sequence[Finding] | None:
        """Return the exceptions of a run, None while they are not counted."""
        return self._tallies.get(run)

    def look_apart(self) -> None:
        """Look for what is kept apart and refused."""
        self._has_looked_apart = True
        folder = self._session.data
        self._errands.send(
            "apart",
            lambda errand: errand.deliver(_Apart(elsewhere(folder, lambda e: event_text(e).what))),
            lambda why: _Apart(self._apart, why),
        )

    def _sources(self, place: Workplace) -> Sources:
        return Sources(
            place.room.book,
            place.room.reviews.book,
            {run.id: run for run in place.runs.runs()},
            place.runs.procedures,
            self._tallies,
            self._apart,
        )

    def _count(self, place: Workplace, runs: Sequence[Run]) -> None:
        """Count the exceptions of runs that are new here or have moved since."""
        wanted = {run.id: run.events for run in runs if self._asked.get(run.id) != run.events}
        named = named_runs(place, list(wanted))
        if self.is_counting or not named:
            return
        self.is_counting = True
        self._asked.update(wanted)
        folder = self._session.data

        def work(errand: Errand) -> None:
            for found in tallies(folder, named):
                errand.deliver(_Counted(dict(found)))
            errand.deliver(_Counted({}))

        self._errands.send("count", work, lambda _why: _Counted({}))

    # ---- one record ----

    def read(self, place: Workplace, key: str, runs: Sequence[str], order: Order | None) -> None:
        """Read the runs of one thing."""
        mine = named_runs(place, runs)
        others = named_runs(place, [run.id for run in place.runs.runs()])
        folder = self._session.data
        self.is_reading = True
        self._errands.send(
            "record",
            lambda errand: errand.deliver(_Read(read_record(folder, key, mine, others, order))),
            lambda why: _Read(None, why, key),
        )

    def prove(self) -> None:
        """Recompute the whole log."""
        reader, clock = LogReader(self._session.data), self._session.now
        self.is_proving = True
        self._errands.send(
            "proof",
            lambda errand: errand.deliver(Proven(Proof(reader.verify()), clock().utc_us)),
            lambda why: Proven(Proof(None, why), clock().utc_us),
        )

    @property
    def is_proof_old(self) -> bool:
        """Whether there is no proof, or none of late."""
        now_us = self._session.now().utc_us
        return self.last is None or now_us - self.last.utc_us > PROOF_LASTS_S * 1e6

    def _take(self, result: object) -> None:
        if isinstance(result, _Counted):
            self._tallies.update(result.found)
            self.is_counting = bool(result.found)
            self.counted.emit()
        elif isinstance(result, _Apart):
            self._apart = result.found
            self.counted.emit()
        elif isinstance(result, Proven):
            self.last, self.is_proving = result, False
            self.proven.emit(result)
        elif isinstance(result, _Read):
            self.is_reading = False
            if result.record is not None:
                self.came.emit(result.record)
            else:
                self.failed.emit(result.key, result.trouble)


def named_runs(place: Workplace, names: Sequence[str]) -> list[Named]:
    """Return runs with the text that each followed; those whose text is not here are left out."""
    known = {run.id: run for run in place.runs.runs()}
    pairs = ((known[name], known[name].revision) for name in names if name in known)
    texts = place.runs.procedures.revisions
    return [(run, texts[digest]) for run, digest in pairs if digest in texts]


def runs_of(place: Workplace, item: Item) -> tuple[str, ...]:
    """Return the runs that a record is about."""
    if item.kind is ItemKind.RUN:
        return (item.id,)
    order = place.room.book.orders.get(item.id) if item.kind is ItemKind.ORDER else None
    return order.runs if order else ()
