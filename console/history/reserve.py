"""Room on the disk that is the events' own: a file that is cut shorter when the disk is full.

Telemetry leaves a margin of free space, but any other program may fill that. What this file
occupies nobody else can take, and what the log needs is given back to the disk piece by piece, so
that little of it can be lost to whoever else is writing.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

RESERVE_NAME = "events.reserve"
RESERVE_BYTES = 8_000_000
"""Some thousands of events; on a small disk a fiftieth of it."""
_SHARE = 50
_PIECES = 8
_AMPLE = 4  # so many times the reserve must be free before it is made
_LOOK_EVERY_S = 30.0
_CHUNK = 1 << 16
_STEP_BYTES = 500_000  # written in one turn of the writer: events wait for no more
_logger = logging.getLogger(__name__)


class EventReserve:
    """The file ``events.reserve``; used by the writer thread alone; never raises."""

    def __init__(self, folder: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.path = folder / RESERVE_NAME
        self._monotonic = monotonic
        self._next_look_s = float("-inf")
        self.in_use = False
        """Whether some of it has been given back and there is no ample room yet."""

    def keep(self) -> None:
        """Make the file whole, a step at a time, where there is ample room; looks now and then."""
        now_s = self._monotonic()
        if now_s < self._next_look_s:
            return
        self._next_look_s = now_s + _LOOK_EVERY_S
        with contextlib.suppress(OSError):
            disk = shutil.disk_usage(self.path.parent)
            wanted, size = min(RESERVE_BYTES, disk.total // _SHARE), self._size()
            if size < wanted and disk.free > _AMPLE * wanted:
                self.in_use = False
                self._grow(min(wanted, size + _STEP_BYTES))
                self._next_look_s = now_s

    def give(self) -> bool:
        """Give a piece of it back to the disk; whether there was any left."""
        size = self._size()
        if not size:
            return False
        piece = max(min(RESERVE_BYTES, size) // _PIECES, _CHUNK)
        try:
            if size <= piece:
                self.path.unlink()
            else:
                os.truncate(self.path, size - piece)
        except OSError as error:
            _logger.warning("%s cannot be given up: %s", self.path, error)
            return False
        self.in_use = True
        return True

    def _size(self) -> int:
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def _grow(self, wanted: int) -> None:
        """Write what is missing: a hole in a file reserves nothing."""
        try:
            with self.path.open("ab") as file:
                while (missing := wanted - file.tell()) > 0:
                    file.write(os.urandom(min(missing, _CHUNK)))  # nor does what compresses well
        except OSError:
            with contextlib.suppress(OSError):
                self.path.unlink()
            raise
