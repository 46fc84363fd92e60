"""Working out the figures beside the window: orders and equipment as they are, runs by the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject

from console.history.reader import LogReader
from console.session.running.record import RUN_KINDS
from console.session.session import Session
from console.session.workplace import Workplace
from console.ui.errands import Errand, Errands
from console.work.figures_report import (
    PERIODS_DAYS,
    FiguresReport,
    figures_report,
    window_of,
)
from console.work.step_norms import ProcedureNorms, step_norms


@dataclass(frozen=True)
class FiguresFound:
    """The figures of a period, or why there are none."""

    period: str
    report: FiguresReport | None = None
    norms: Sequence[ProcedureNorms] = ()
    trouble: str = ""


class FiguresReading(Errands):
    """Asks without ever waiting; ``answered`` carries :class:`FiguresFound`."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session

    def ask(self, place: Workplace, period: str) -> None:
        """Ask for the figures of a period; a question before it is given up."""
        self.send(
            "figures",
            lambda errand: self._read(errand, place, period),
            lambda trouble: FiguresFound(period, trouble=trouble),
        )

    def _read(self, errand: Errand, place: Workplace, period: str) -> None:
        book = place.room.book
        now = place.room.desk.now()
        window = window_of(book, PERIODS_DAYS[period], now.utc_us)
        report = figures_report(book, window, now, _wanted(place))
        if errand.cancelled:
            return
        # Copied: the window's thread may add one meanwhile.
        revisions = {d: place.runs.procedures.revisions.get(d) for d in _digests(place)}
        known = {digest: found for digest, found in revisions.items() if found is not None}
        events = LogReader(self._session.data).each_of_kinds(RUN_KINDS)
        errand.deliver(FiguresFound(period, report, step_norms(events, known, window)))


def _digests(place: Workplace) -> set[str]:
    """Return the texts of everything that was ever begun here."""
    return {run.revision for run in place.runs.runs()} | {
        one.run.revision for one in place.elsewhere
    }


def _wanted(place: Workplace) -> set[str]:
    """Return the qualifications that procedures in force ask for."""
    found: set[str] = set()
    for name in list(place.runs.procedures.registers):
        revision = place.runs.procedures.in_force(name)
        if revision is not None:
            people = revision.procedure.requires.people
            found.update(name for one in people for name in one.qualifications)
    return found
