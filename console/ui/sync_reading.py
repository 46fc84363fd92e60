"""What the sync page asks of the disk, beside the window."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject

from console.history.reader import LogReader
from console.history.sync.ledger import Enrolled
from console.history.sync.overview import SyncOverview, read_overview
from console.session.session import Session
from console.session.workplace import Workplace
from console.ui.errands import Errand, Errands
from console.ui.log_reading import Proof
from console.work.events import Refused
from drivers.files import FileError


@dataclass(frozen=True)
class OverviewFound:
    """What is known of other laptops, or why not."""

    overview: SyncOverview | None = None
    trouble: str = ""


@dataclass(frozen=True)
class LetIn:
    """A laptop that was let in, or why not."""

    device: Enrolled | None = None
    trouble: str = ""


class SyncReading(Errands):
    """``answered`` carries OverviewFound, LetIn or Proof."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session

    def ask(self) -> None:
        """Ask for what is known."""
        folder = self._session.data
        self.send(
            "overview",
            lambda errand: errand.deliver(OverviewFound(read_overview(folder))),
            lambda trouble: OverviewFound(trouble=trouble),
        )

    def let_in(self, place: Workplace, device: Enrolled, by: str) -> None:
        """Let a laptop's log be taken in."""
        self.send(
            "enrol",
            lambda errand: _let_in(errand, place, device, by),
            lambda trouble: LetIn(trouble=trouble),
        )

    def verify(self) -> None:
        """Ask for the proof of everything that is here."""
        log = LogReader(self._session.data)
        self.send(
            "verify",
            lambda errand: errand.deliver(Proof(log.verify())),
            lambda trouble: Proof(trouble=trouble),
        )


def _let_in(errand: Errand, place: Workplace, device: Enrolled, by: str) -> None:
    try:
        told = place.sync.enrol(device.device_id, device.public_key, device.name, by)
    except (Refused, FileError) as refusal:
        errand.deliver(LetIn(trouble=str(refusal)))
    else:
        errand.deliver(LetIn(told))
