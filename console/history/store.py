"""The data folder as one thing: its lock, the log and the telemetry, opened and closed together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from console.history.events import Head
from console.history.lock import FolderLock
from console.history.logfile import LogFile, head_of_file, holds, set_aside_chains
from console.history.telemetry import anchor_in
from console.history.telemetry_store.store import TelemetryStore
from console.history.trouble import trouble_at
from drivers.points import Stamp


class Store:
    """What the writer thread owns; used by no other thread."""

    def __init__(self, folder: Path, clock: Callable[[], Stamp]) -> None:
        self.folder = folder
        self._clock = clock
        self.log = LogFile(folder, clock)
        self.telemetry = TelemetryStore(folder, clock)
        self._lock = FolderLock(folder)
        self._log_was_set_aside = False

    def open_log(self) -> None:
        """Create the folder, take its lock and open the log, unless done; raises StorageError."""
        with trouble_at(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        self.log.open()

    def close(self) -> None:
        """Close all files and give the folder up; never raises."""
        self.close_files()
        self._lock.release()

    def close_files(self) -> None:
        """Close all files, to be opened afresh; the folder stays ours."""
        self.telemetry.close()
        self.log.close()

    def missing_end(self) -> Head | None:
        """Return where the log had come to, by the telemetry file's account, if it lacks that.

        Then it was cut off, restored from an old copy or removed. Raises StorageError.
        """
        anchor = self.telemetry.anchor
        if anchor is None or anchor.sequence == 0 or self._log_was_set_aside:
            return None
        with trouble_at(self.log.path):
            log = self.log.connection
            known = holds(log, anchor) or anchor.device_id in set_aside_chains(log)
        return None if known else anchor

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
