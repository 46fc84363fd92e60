"""One sync of a data folder with a folder, a stick or the central log, beside a recording console.

Reading, the stick and the network are waited for in the caller's thread; only what is taken in goes
through the log's one writer, a batch at a time, so that no event of this console waits for a stick.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from console.history.history import History
from console.history.logfile import LogFile
from console.history.sync.batch import Batch
from console.history.sync.exchange import Carried, carry, taking
from console.history.sync.folder import SyncFolder
from console.history.sync.ledger import Enrolled, Taken, foreign_key, own_keys, take
from console.history.sync.local import LocalLedger, LocalReader, reading_ledger
from console.history.sync.target import is_central
from console.history.trust.keys import SignedHead
from console.text import tr
from drivers.files import FileError

T = TypeVar("T")
_WRITE_S = 60.0
Progress = Callable[[str, int], None]
"""Told of every batch taken in: whose it is, and how many events were new."""


@dataclass
class SyncReport:
    """What a sync did: events that went out, that came in by device, what was refused and why.

    ``receipts`` is how many others confirmed how far they hold this laptop's log; ``quarantine``
    is how many contradicting events are kept here, ``kept_apart`` those that this sync brought, by
    laptop and number.
    """

    sent: int = 0
    taken: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    receipts: int = 0
    quarantine: int = 0
    kept_apart: list[tuple[str, int]] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was refused."""
        return not self.refused


class SyncService:
    """Brings one data folder together with others; not to be used in the window's thread."""

    def __init__(
        self,
        history: History,
        site: str,
        clock_us: Callable[[], int],
        progress: Progress = lambda _device, _count: None,
    ) -> None:
        self._history = history
        self._site = site
        self._clock_us = clock_us
        self._progress = progress

    def sync(self, target: str) -> SyncReport:
        """Send what ``target`` lacks and take what it has; raises FileError, StorageError.

        ``target`` is a folder or the URL of a PostgreSQL server.
        """
        report, before = SyncReport(), set(self._quarantined())
        if is_central(target):
            self._with_central(target, report)
        else:
            self._with_folder(Path(target), report)
        after = self._quarantined()
        report.quarantine = len(after)
        report.kept_apart = [one for one in after if one not in before]
        return report

    def enrol(self, device: Enrolled, by: str) -> None:
        """Let a laptop's log be taken in here from now on."""
        now_us = self._clock_us()
        self._wait(self._history.submit(lambda log: LocalLedger(log).enrol(device, by, now_us)))

    def _quarantined(self) -> list[tuple[str, int]]:
        with reading_ledger(self._history.folder) as reader:
            return [(device, number) for device, number, _ in reader.quarantined()]

    def _with_central(self, url: str, report: SyncReport) -> None:
        from console.history.sync.central import CentralLog

        central = CentralLog(url)
        try:
            with reading_ledger(self._history.folder) as reader:
                up = carry(reader, central, self._site, taking(central, reader.own, self._clock_us))
                self._note(report, up, sent=True)
                self._note(report, carry(central, reader, self._site, self._taker(url)))
                held = central.ends().get(reader.own)
                if held is not None and held.is_genuine:
                    self._receipt(report, held, "central", reader)
        finally:
            central.close()

    def _with_folder(self, folder: Path, report: SyncReport) -> None:
        if not folder.is_dir():
            raise FileError(tr("{folder}: there is no such folder", folder=folder))
        meeting = SyncFolder(folder, self._site)
        with reading_ledger(self._history.folder) as reader:
            try:
                report.sent = meeting.put_all(reader, report.refused)
            except FileError as trouble:  # full, or only to be read: what is there comes in
                report.refused[reader.own] = str(trouble)
            self._note(report, meeting.take_all(reader, self._taker(str(folder))))
        with reading_ledger(self._history.folder) as reader:
            try:
                meeting.tell_held(reader.own, reader.ends())
            except FileError as trouble:
                report.refused.setdefault(reader.own, str(trouble))
            for who, held in meeting.receipts(reader.own, reader.own):
                self._receipt(report, held, who, reader)

    def _note(self, report: SyncReport, done: Carried, *, sent: bool = False) -> None:
        report.refused |= done.refused
        if sent:
            report.sent += done.events
            return
        for device, count in done.new.items():
            report.taken[device] = report.taken.get(device, 0) + count

    def _taker(self, source: str) -> Callable[[Batch], Taken]:
        def taker(batch: Batch) -> Taken:
            def job(log: LogFile) -> Taken:
                return take(LocalLedger(log), batch, source, self._clock_us())

            taken = self._wait(self._history.submit(job))
            self._progress(taken.device_id, taken.new)
            return taken

        return taker

    def _receipt(self, report: SyncReport, held: SignedHead, who: str, reader: LocalReader) -> None:
        """Keep what somebody holds of this log as an anchor; a head that is not ours is told.

        An anchor stays for ever, so only what this log's own key signed becomes one.
        """
        if held.public_key not in own_keys(reader):
            report.refused.setdefault(who, foreign_key(held.public_key))
            return
        head = held.head
        here = reader.hashes(head.device_id, head.sequence, head.sequence)
        if here.get(head.sequence) != head.hash:
            report.refused.setdefault(
                who, tr("It holds event {number} of this log.", number=head.sequence)
            )
        now_us, source = self._clock_us(), f"receipt {who}"
        self._wait(
            self._history.submit(lambda log: LocalLedger(log).keep_receipt(head, source, now_us))
        )
        report.receipts += 1

    def _wait(self, future: Future[T]) -> T:
        try:
            return future.result(_WRITE_S)
        except TimeoutError:
            sentence = self._history.status.sentence or tr("The log does not take anything now.")
            raise FileError(sentence) from None
