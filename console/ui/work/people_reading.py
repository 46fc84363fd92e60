"""Reading the results of trainings beside the window: they lie in the log and beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject

from console.training.standing import Standing, results_of
from console.ui.errands import Errand, Errands


@dataclass(frozen=True, slots=True)
class Results:
    """The results of everybody's trainings, oldest first, or why they cannot be read."""

    all: Sequence[Standing] = ()
    trouble: str = ""


class TrainingReading(Errands):
    """Asks without ever waiting; ``answered`` carries :class:`Results`."""

    def __init__(self, site: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._site = site

    def ask(self) -> None:
        """Ask for the results as they are now."""
        self.send("trainings", self._read, lambda trouble: Results(trouble=trouble))

    def _read(self, errand: Errand) -> None:
        errand.deliver(Results(results_of(self._site)))
