"""The write side of the telemetry as one thing: the tail, its rolling up, and what is kept."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from console.history.events import Head
from console.history.telemetry import TelemetryFile
from console.history.telemetry_store.archive import ARCHIVE_FOLDER
from console.history.trouble import explain, trouble_at
from drivers.points import Snapshot, Stamp

if TYPE_CHECKING:
    from console.history.telemetry_store.block import Hour
    from console.history.telemetry_store.roller import Roller
    from console.history.telemetry_store.tail import PointName

BUDGET_S = 0.05
"""How long one turn may go on rolling up; the events wait for no more than that and one step."""
RESERVE_BYTES = 64_000_000
"""So much of the disk is the events' own: telemetry stops before (a twentieth of a small disk)."""
_RESERVE_SHARE = 20
_RETENTION_EVERY_S = 3600.0


class TelemetryStore:
    """All telemetry of a data folder; used by the writer thread alone."""

    def __init__(self, folder: Path, clock: Callable[[], Stamp] = Stamp.now) -> None:
        self.folder = folder
        self._clock = clock
        self._tail = TelemetryFile(folder)
        self._roller: Roller | None = None
        self._retention_at_s = 0.0

    @property
    def path(self) -> Path:
        """The file of the tail, which stands for the telemetry where it is in trouble."""
        return self._tail.path

    @property
    def anchor(self) -> Head | None:
        """How far the event log had come by this store's account."""
        return self._tail.anchor

    def owns(self, path: Path) -> bool:
        """Whether a file is part of the telemetry, so that the event log goes on without it."""
        return path == self._tail.path or path.parent.name == ARCHIVE_FOLDER

    def open(self) -> None:
        """Open or create the tail, and see what is left to be rolled up; raises StorageError."""
        opened_before = self._tail.is_open
        self._tail.open()
        if not opened_before or self._roller is None:
            from console.history.telemetry_store.roller import Roller  # imports numpy: 0.1 s

            if self._roller is not None:
                self._roller.close()
            self._roller = None
            roller = Roller(self.folder, self._tail, lambda: self._clock().mono_s)
            roller.start()
            self._roller = roller

    def close(self) -> None:
        """Close every file; never raises."""
        if self._roller is not None:
            self._roller.close()
            self._roller = None
        self._tail.close()

    def append(self, batch: Sequence[Snapshot], head: Head | None) -> int:
        """Write the snapshots and how far the log has come, on the disk when this returns.

        Returns the number of samples written; raises StorageError, also where only the events'
        reserve of the disk is left.
        """
        if batch:
            self._spare_the_reserve()
        samples = self._tail.append(batch, head)
        if self._roller is not None:
            for snapshot in batch:
                self._roller.note(snapshot.device, snapshot.time.utc_us)
        return samples

    def work(self, budget_s: float = BUDGET_S) -> bool:
        """Roll up what is due, in a slice; whether there is more to do; raises StorageError."""
        if self._roller is None:
            return False
        now = self._clock()
        if now.mono_s >= self._retention_at_s:
            from console.history.telemetry_store.retention import enforce

            self._retention_at_s = now.mono_s + _RETENTION_EVERY_S
            enforce(self.folder, self._roller.forget)
        self._spare_the_reserve()
        return self._roller.work(now.utc_us, budget_s)

    def roll_all(self) -> None:
        """Roll up the whole tail and summarise every day now; raises StorageError."""
        self.open()
        if self._roller is not None:
            self._roller.roll_all()

    def take_in(
        self, part: str, points: Sequence[PointName], hours: Iterable[Hour], *, seal: bool = True
    ) -> None:
        """Add whole hours of a part, as from another laptop, and summarise their days.

        The columns of each hour are numbered from one as ``points`` are. What is there already
        stays; raises StorageError.
        """
        self.open()
        if self._roller is None:
            return
        from console.history.telemetry_store.block import HOUR_US
        from console.history.telemetry_store.tail import TailHour

        classes = self._tail.classify(part, [point.key for point in points])
        for hour in hours:
            number = int(hour.utc_us[0]) // HOUR_US
            self._roller.take_in(part, number, TailHour(hour, tuple(points)), classes)
        if seal:
            self._roller.seal_all()

    def set_aside(self, path: Path, utc_us: int) -> Path:
        """Rename a damaged file of the telemetry; returns the new path; raises StorageError."""
        if path == self._tail.path or self._roller is None:
            return self._tail.set_aside(utc_us)
        archive = self._roller.archive_at(path)
        aside = archive.set_aside(utc_us)
        self._roller.forget(path)
        return aside

    def _spare_the_reserve(self) -> None:
        with trouble_at(self.folder):
            disk = shutil.disk_usage(self.folder)
        if disk.free < min(RESERVE_BYTES, disk.total // _RESERVE_SHARE):
            full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            raise explain(full, self._tail.path)
