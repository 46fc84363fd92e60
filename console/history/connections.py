"""Connections to SQLite: one that writes, many that only read, and what a file says of itself."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from console.history.trouble import newer, trouble_at

_BUSY_S = 2.0


@dataclass(frozen=True, slots=True)
class Format:
    """What a database file is: ``application_id`` and ``user_version`` (major << 16 | minor).

    A new major version is one that older programs must not touch; a new minor only adds.
    ``name`` is the set of migrations in :mod:`console.history.migrations`.
    """

    name: str
    application_id: int
    major: int
    minor: int

    @property
    def user_version(self) -> int:
        """The number in the file's header."""
        return self.major << 16 | self.minor

    def refuse_newer(self, found: int, path: Path) -> None:
        """Raise StorageError for the number of a major version that is not known here."""
        if found >> 16 > self.major:
            raise newer(path, _version(found), _version(self.user_version))


def connect(path: Path) -> sqlite3.Connection:
    """Return a read-write connection in autocommit mode, creating a file; raises sqlite3.Error."""
    return sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Return a connection that cannot write; raises sqlite3.Error.

    On a medium that cannot be written a WAL database has no place for its index; where nothing
    is left in the write-ahead log the file is then read as it stands.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro"
    try:
        return _connect_uri(uri)
    except sqlite3.OperationalError:
        wal = path.with_name(f"{path.name}-wal")
        if not path.exists() or (wal.exists() and wal.stat().st_size):
            raise
        return _connect_uri(f"{uri}&immutable=1")


@contextlib.contextmanager
def reading(path: Path, known: Format) -> Iterator[sqlite3.Connection | None]:
    """Give a read-only connection for the block, or None where nothing is recorded yet.

    Raises StorageError, also for a file in a format that this version does not know.
    """
    if not path.exists():
        yield None
        return
    with trouble_at(path), contextlib.closing(connect_read_only(path)) as connection:
        connection.text_factory = _lenient_text  # text that someone has spoilt is shown, not fatal
        found = user_version(connection)
        known.refuse_newer(found, path)
        yield connection if found else None


@contextlib.contextmanager
def atomic(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Run the block in a write transaction; any error rolls it back."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        raise


def user_version(connection: sqlite3.Connection) -> int:
    """Return the format number in the file's header; 0 for a new file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _version(number: int) -> str:
    return f"{number >> 16}.{number & 0xFFFF}"


def _connect_uri(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_S, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _lenient_text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
