"""The data folder as one thing: its lock, the log and the telemetry, opened and closed together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from console.history.events import Event, Head, Kind
from console.history.feed import Waiting
from console.history.lock import FolderLock
from console.history.logfile import LogFile, head_of_file, holds, set_aside_chains
from console.history.reader import LogReader
from console.history.reserve import EventReserve
from console.history.status import StorageReason
from console.history.telemetry import anchor_in
from console.history.telemetry_store.store import TelemetryStore
from console.history.trouble import StorageError, trouble_at
from console.history.trust.heads import signed_end
from drivers.points import Stamp

if TYPE_CHECKING:
    from console.history.telemetry_store.scrub import FileDamage, Scrubber

T = TypeVar("T")


class Store:
    """What the writer thread owns; used by no other thread."""

    def __init__(self, folder: Path, clock: Callable[[], Stamp]) -> None:
        self.folder = folder
        self._clock = clock
        self.log = LogFile(folder, clock)
        self.telemetry = TelemetryStore(folder, clock)
        self._reserve = EventReserve(folder)
        self._scrubber: Scrubber | None = None
        self._lock = FolderLock(folder)
        self._log_was_set_aside = False

    def open_log(self) -> None:
        """Create the folder, take its lock and open the log, unless done; raises StorageError."""
        with trouble_at(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        self._on_the_reserve(self.log.open)

    def append_events(self, batch: Sequence[Waiting]) -> list[Event]:
        """Record events as :meth:`LogFile.append` does; on a full disk in the events' reserve."""
        events = self._on_the_reserve(lambda: self.log.append(batch))
        if self._reserve.in_use:
            self.log.fold_in()  # so that the write-ahead log grows no further
        return events

    def new_damage(self) -> list[FileDamage]:
        """Read on in the archives; returns what was found damaged and is not in the log yet."""
        if self._scrubber is None:
            from console.history.telemetry_store.scrub import Scrubber  # imports numpy: 0.1 s

            self._scrubber = Scrubber(self.folder, lambda: self._clock().mono_s)
        return [one for one in self._scrubber.work() if not self._is_known(one)]

    def keep_reserve(self) -> None:
        """See to it that the events have their reserve of the disk; never raises."""
        self._reserve.keep()

    def close(self) -> None:
        """Close all files and give the folder up; never raises."""
        self.close_files()
        self._lock.release()

    def close_files(self) -> None:
        """Close all files, to be opened afresh; the folder stays ours."""
        self.telemetry.close()
        self.log.close()

    def missing_end(self) -> Head | None:
        """Return where the log had come to, by its signature or the telemetry file, if it lacks it.

        Then it was cut off, written anew, restored from an old copy or removed; going on would
        bless that with a new signature. Raises StorageError.
        """
        if self._log_was_set_aside:
            return None
        with trouble_at(self.log.path):
            log, own = self.log.connection, self.log.head
            signed = signed_end(log, own.device_id) if own else None
            ends = [signed.head if signed else None, self.telemetry.anchor]
            aside = set_aside_chains(log)
            for end in ends:
                if end and end.sequence and end.device_id not in aside and not holds(log, end):
                    return end
        return None

    def set_aside(self, path: Path) -> tuple[Path, Head | None]:
        """Rename a damaged file; returns its new path and, for the log, the last end that is known.

        Raises StorageError when another program keeps the file from being renamed.
        """
        head, utc_us = self.log.head, self._clock().utc_us
        if self.telemetry.owns(path):
            return self.telemetry.set_aside(path, utc_us), None
        aside = self.log.set_aside(utc_us)
        self.log.head = None
        self._log_was_set_aside = True
        return aside, head or head_of_file(aside) or anchor_in(self.folder)

    def _is_known(self, damage: FileDamage) -> bool:
        told = damage.body()
        events = LogReader(self.folder).of_kinds([Kind.TELEMETRY_DAMAGED], taken_in=False)
        return any(event.body == told for event in events)

    def _on_the_reserve(self, work: Callable[[], T]) -> T:
        """Do the work, again and again while the disk is full and the reserve lasts."""
        failed = False
        while True:
            try:
                return work()
            except StorageError as trouble:
                if trouble.reason is not StorageReason.FULL:
                    raise
                if failed and not self._reserve.give():
                    raise
                failed = True
                # An event takes ten times its size in the write-ahead log, which is used anew
                # once it is folded in.
                while not self.log.fold_in() and self._reserve.give():
                    pass
