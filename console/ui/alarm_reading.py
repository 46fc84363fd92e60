"""Working out the figures of the alarms beside the window, from the log."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject

from console.alarm_report import AlarmLog, read_report
from console.alarms.metrics import Report
from console.ui.errands import Errand, Errands

__all__ = ["AlarmLog", "FiguresReading", "ReportFound"]


@dataclass(frozen=True)
class ReportFound:
    """The report of so many days, or why there is none."""

    days: float
    report: Report | None = None
    trouble: str = ""


class FiguresReading(Errands):
    """Asks the log without ever waiting for it; ``answered`` carries :class:`ReportFound`."""

    def __init__(self, log: AlarmLog, parent: QObject) -> None:
        super().__init__(parent)
        self._log = log

    def ask(self, days: float, now_us: int) -> None:
        """Ask for the days before a moment; a question before it is given up."""
        self.send(
            "report",
            lambda errand: self._read(errand, days, now_us),
            lambda trouble: ReportFound(days, trouble=trouble),
        )

    def _read(self, errand: Errand, days: float, now_us: int) -> None:
        errand.deliver(ReportFound(days, read_report(self._log, days, now_us)))
