"""Looking for damage in a database file, without making anybody wait for a big one."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from pathlib import Path

from console.history.connections import connect_read_only

_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def quick_check(connection: sqlite3.Connection) -> str:
    """Return the first fault that SQLite finds in the file's structure, or nothing."""
    (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    fault = str(answer).removeprefix("*** in database main ***").strip()
    return "" if fault == "ok" else fault


class BackgroundCheck:
    """A quick check of a big file in a thread of its own, beside the writer.

    ``fault`` is empty until, and unless, damage is found. Trouble in merely reading the file is
    not damage: the writer will meet it too and say what it is.
    """

    def __init__(self, path: Path) -> None:
        self.fault = ""
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="history-check", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 0.5) -> None:
        """End the check; returns after the time-out even where the disk hangs."""
        self._stopping.set()
        connection = self._connection
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.interrupt()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            with contextlib.closing(connect_read_only(self._path)) as connection:
                self._connection = connection
                if not self._stopping.is_set():
                    self.fault = quick_check(connection)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
                self.fault = str(error)
        except OSError:
            pass
        finally:
            self._connection = None
