"""What the page asks the history besides curves: which parts it holds, and since when."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject

from console.ui.errands import Errand, Errands
from console.ui.trend_source import TrendHistory, first_sample_us
from console.ui.trend_strips import Name


@dataclass(frozen=True)
class Recorded:
    """An answer: keys by part that left the site, or the moment of the first sample."""

    parts: Mapping[str, Sequence[str]] | None = None
    first_us: int | None = None
    trouble: str = ""


class RecordReading(Errands):
    """Asks without waiting; ``answered`` carries :class:`Recorded`."""

    def __init__(self, history: TrendHistory, parent: QObject) -> None:
        super().__init__(parent)
        self._history = history

    def parts(self, known: Collection[str]) -> None:
        """Ask for the parts that are recorded and not known, with their points."""

        def work(errand: Errand) -> None:
            gone = [part for part in self._history.parts() if part not in known]
            errand.deliver(Recorded(parts={part: self._history.keys(part) for part in gone}))

        self.send("parts", work, lambda trouble: Recorded(trouble=trouble))

    def first(self, names: Sequence[Name], now_us: int) -> None:
        """Ask when the first sample of some points was."""
        wanted = tuple(names)

        def work(errand: Errand) -> None:
            errand.deliver(Recorded(first_us=first_sample_us(self._history, wanted, now_us)))

        self.send("first", work, lambda trouble: Recorded(trouble=trouble))
