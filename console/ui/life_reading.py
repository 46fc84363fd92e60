"""Reading a whole life from the log, beside the window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QObject

from console.history.events import Event
from console.history.reader import LogReader
from console.ui.errands import Errand, Errands
from console.work.life import Life, found_in

MOST = 2000
"""So many of the newest events are shown; a tank of ten years has more."""


@dataclass(frozen=True)
class LifeFound:
    """The events of a life, newest first; ``is_cut`` where there are older ones."""

    life: Life
    events: tuple[Event, ...] = ()
    is_cut: bool = False
    trouble: str = ""


class LifeReading(Errands):
    """Asks the log without ever waiting for it; ``answered`` carries :class:`LifeFound`."""

    def __init__(self, log: LogReader, parent: QObject) -> None:
        super().__init__(parent)
        self._log = log

    def ask(self, life: Life) -> None:
        """Ask for the events of a life; a question before it is given up."""
        self.send(
            "life",
            lambda errand: self._read(errand, life),
            lambda trouble: LifeFound(life, trouble=trouble),
        )

    def _read(self, errand: Errand, life: Life) -> None:
        errand.deliver(read_life(self._log, life))


def read_life(log: LogReader, life: Life, most: int = MOST) -> LifeFound:
    """Return the newest events of a life; raises StorageError."""
    pages = list(_pages(log, life, most))
    several = sorted(
        (event for page in pages for event in page),
        key=lambda event: (event.utc_us, event.device_id, event.sequence),
        reverse=True,
    )
    found = [cast(Event, event) for event in found_in(life, several)]
    is_cut = len(found) > most or any(len(page) == most for page in pages)
    return LifeFound(life, tuple(found[:most]), is_cut)


def _pages(log: LogReader, life: Life, most: int) -> Iterator[list[Event]]:
    """Yield what may be of a life: by its places, by its serial number, by its orders."""
    for span in life.spans:
        yield log.page(
            subjects=[span.part],
            kinds=span.kinds,
            since_us=span.since_us,
            until_us=span.until_us,
            limit=most,
        )
    if life.serial:
        yield log.page(subjects=[life.serial], limit=most)
        yield log.page(life.serial, limit=most)
    if life.orders:
        yield log.page(subjects=life.orders[-most:], limit=most)
