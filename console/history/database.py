"""One SQLite file that the console owns: opening, checking, migrating, setting aside."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from console.history.before_migration import copy_before
from console.history.check import BackgroundCheck, quick_check
from console.history.connections import Format, atomic, connect, user_version
from console.history.trouble import cannot_set_aside, damaged, trouble_at

CHECK_AT_ONCE_BYTES = 16 * 1024 * 1024
"""Up to this size a file is checked before the first write (under 0.1 s), else beside it."""
_COMPANIONS = ("-wal", "-shm", "")  # a database in WAL mode is these three files


class Database:
    """A database file and the one read-write connection to it; used by the writer thread alone."""

    format: Format

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None
        self._check: BackgroundCheck | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self._connection is not None

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection; raises sqlite3.ProgrammingError when the file is not open."""
        if self._connection is None:
            raise sqlite3.ProgrammingError(f"{self.path} is not open")
        return self._connection

    def open(self) -> None:
        """Open or create the file, check it and bring it to this version; raises StorageError."""
        if self._connection is not None:
            self._heed_check()
            return
        with trouble_at(self.path):
            connection = connect(self.path)
            try:
                self._prepare(connection)
                self.on_open(connection)
            except BaseException:
                connection.close()
                raise
        self._connection = connection

    def on_open(self, connection: sqlite3.Connection) -> None:
        """Read what the file's owner needs before the first write."""

    def close(self) -> None:
        """Close the connection, folding the write-ahead log into the file; never raises."""
        if self._check is not None:
            self._check.stop()
            self._check = None
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run the block in one transaction, on the disk afterwards; raises StorageError."""
        with trouble_at(self.path), atomic(self.connection) as connection:
            yield connection

    def set_aside(self, utc_us: int) -> Path:
        """Close the file and rename it; returns the new path; raises StorageError if it is held."""
        self.close()
        aside = _free_name(self.path, utc_us)
        try:
            for suffix in _COMPANIONS:  # the main file last: a new one must not meet an old log
                source = self.path.with_name(self.path.name + suffix)
                if source.exists():
                    source.rename(aside.with_name(aside.name + suffix))
        except OSError as error:
            raise cannot_set_aside(self.path, error) from error
        return aside

    def _prepare(self, connection: sqlite3.Connection) -> None:
        found = user_version(connection)
        self.format.refuse_newer(found, self.path)
        self._refuse_foreign(connection)
        self._look_for_damage(connection)
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")  # macOS: fsync alone stops at the drive's cache
        connection.execute("PRAGMA checkpoint_fullfsync = ON")
        connection.execute("PRAGMA journal_size_limit = 16777216")
        connection.execute("PRAGMA foreign_keys = ON")
        if found < self.format.user_version:
            from console.history.migrations import migrate  # imports sqlite-utils: 0.3 s

            if found:
                copy_before(connection, self.path, self.format.user_version)
            migrate(connection, self.format)

    def _heed_check(self) -> None:
        if self._check is not None and self._check.fault:
            raise damaged(self.path, self._check.fault)

    def _refuse_foreign(self, connection: sqlite3.Connection) -> None:
        """Treat a database that is not ours as damage: it is kept under another name."""
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        (found,) = connection.execute("PRAGMA application_id").fetchone()
        if tables and found != self.format.application_id:
            raise damaged(self.path, "it is a database of another program")

    def _look_for_damage(self, connection: sqlite3.Connection) -> None:
        if self.path.stat().st_size > CHECK_AT_ONCE_BYTES:
            self._check = BackgroundCheck(self.path)
            return
        fault = quick_check(connection)
        if fault:
            raise damaged(self.path, fault)


def _free_name(path: Path, utc_us: int) -> Path:
    """Return ``log.damaged-20261121T120411Z.db`` for ``log.db``, numbered where that is taken."""
    moment = datetime.fromtimestamp(utc_us / 1e6, UTC).strftime("%Y%m%dT%H%M%SZ")
    stem = f"{path.stem}.damaged-{moment}"
    number, aside = 1, path.with_name(f"{stem}{path.suffix}")
    while aside.exists():
        number += 1
        aside = path.with_name(f"{stem}-{number}{path.suffix}")
    return aside
