"""What a server has acknowledged: a small file beside the telemetry, written by ``data push``.

One row per target, part and hour. A row is **in doubt** from before its samples leave until the
server has acknowledged them: after a crash or a lost answer the server is asked what it has.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from console.history.connections import (
    Format,
    atomic,
    connect,
    connect_read_only,
    user_version,
)
from console.history.status import StorageReason
from console.history.trouble import StorageError, damaged, trouble_at
from console.text import tr

LEDGER_NAME = "push.db"
LEDGER_FORMAT = Format("push", application_id=0x546B7350, major=1, minor=0)  # "TksP"
_SCHEMA = (
    "CREATE TABLE targets (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT",
    "CREATE TABLE parts (id INTEGER PRIMARY KEY, part TEXT NOT NULL UNIQUE) STRICT",
    """CREATE TABLE hours (
        target INTEGER NOT NULL REFERENCES targets (id),
        hour INTEGER NOT NULL,
        part INTEGER NOT NULL REFERENCES parts (id),
        until_us INTEGER NOT NULL,
        samples INTEGER NOT NULL,
        digest INTEGER NOT NULL,
        blocks INTEGER NOT NULL,
        in_doubt INTEGER NOT NULL,
        PRIMARY KEY (target, hour, part)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE files (
        target INTEGER NOT NULL REFERENCES targets (id),
        file TEXT NOT NULL,
        stamp TEXT NOT NULL,
        PRIMARY KEY (target, file)
    ) STRICT, WITHOUT ROWID""",
)
_INSERT_HOUR = "INSERT OR REPLACE INTO hours VALUES (?, ?, ?, ?, ?, ?, ?, ?)"

PartHour = tuple[int, str]
"""An hour since 1970 and a part."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a server has of a part's hour: all samples up to ``until_us`` (UTC microseconds).

    ``samples`` and ``digest`` tell whether one has come in before that moment since; ``blocks``
    is the checksum of what is rolled up, 0 while the hour was not wholly so. ``in_doubt``: samples
    are on their way, and whether they have arrived is not known.
    """

    until_us: int
    samples: int
    digest: int
    blocks: int
    in_doubt: bool = False


class PushLedger:
    """The ledger of one target; holds the file for itself, so that two never push at once.

    A ``dry`` one starts from what the file holds and keeps what it learns to itself.

    Every method raises StorageError.
    """

    def __init__(self, folder: Path, target: str, *, dry: bool = False) -> None:
        self.path = folder / LEDGER_NAME
        self._dry = dry
        self._target_name = target
        self._target = 0
        self._connection: sqlite3.Connection | None = None
        self._parts: dict[str, int] = {}

    def __enter__(self) -> Self:
        try:
            with trouble_at(self.path), contextlib.ExitStack() as stack:
                connection = stack.enter_context(contextlib.closing(self._connected()))
                self._prepare(connection)
                stack.pop_all()
        except StorageError as trouble:
            raise _in_our_words(trouble) from trouble
        self._connection = connection
        return self

    def __exit__(self, *_: object) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def of_hours(self, hours: range) -> dict[PartHour, Sent]:
        """Return what is known of these hours."""
        query = (
            "SELECT hour, parts.part, until_us, samples, digest, blocks, in_doubt FROM hours "
            "JOIN parts ON parts.id = hours.part WHERE target = ? AND hour >= ? AND hour < ?"
        )
        with trouble_at(self.path):
            rows = self._open.execute(query, (self._target, hours.start, hours.stop)).fetchall()
        return {
            (hour, part): Sent(until_us, samples, digest, blocks, bool(in_doubt))
            for hour, part, until_us, samples, digest, blocks, in_doubt in rows
        }

    def begin(self, batch: Iterable[tuple[PartHour, Sent | None]]) -> None:
        """Note, on the disk before this returns, that samples of these hours go out.

        The second of each pair is what was known of the hour before.
        """
        nothing = Sent(-(1 << 63), 0, 0, 0)
        self._put([(hour, replace(sent or nothing, in_doubt=True)) for hour, sent in batch])

    def acknowledge(self, batch: Iterable[tuple[PartHour, Sent]]) -> None:
        """Note, on the disk before this returns, that the server has taken these hours in."""
        self._put(batch)

    def stamps(self) -> dict[str, str]:
        """Return of which files everything was acknowledged, and how they looked then."""
        with trouble_at(self.path):
            query = "SELECT file, stamp FROM files WHERE target = ?"
            return dict(self._open.execute(query, (self._target,)).fetchall())

    def done_with(self, stamps: dict[str, str]) -> None:
        """Note that everything in these files is acknowledged."""
        rows = [(self._target, file, stamp) for file, stamp in stamps.items()]
        with trouble_at(self.path), atomic(self._open) as connection:
            connection.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", rows)

    @property
    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise sqlite3.ProgrammingError(f"{self.path} is not open")
        return self._connection

    def _connected(self) -> sqlite3.Connection:
        if not self._dry:
            return connect(self.path)
        copy = sqlite3.connect(":memory:", isolation_level=None)
        if self.path.exists():
            with contextlib.closing(connect_read_only(self.path)) as source:
                source.backup(copy)
        return copy

    def _put(self, batch: Iterable[tuple[PartHour, Sent]]) -> None:
        with trouble_at(self.path), atomic(self._open) as connection:
            connection.executemany(
                _INSERT_HOUR,
                [
                    (
                        self._target,
                        hour,
                        self._number(connection, part),
                        sent.until_us,
                        sent.samples,
                        sent.digest,
                        sent.blocks,
                        sent.in_doubt,
                    )
                    for (hour, part), sent in batch
                ],
            )

    def _number(self, connection: sqlite3.Connection, part: str) -> int:
        if part not in self._parts:
            connection.execute("INSERT OR IGNORE INTO parts (part) VALUES (?)", (part,))
            row = connection.execute("SELECT id FROM parts WHERE part = ?", (part,)).fetchone()
            self._parts[part] = int(row[0])
        return self._parts[part]

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchone()
        LEDGER_FORMAT.refuse_newer(user_version(connection), self.path)
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")
        with atomic(connection):  # from here on the file is held
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            (found,) = connection.execute("PRAGMA application_id").fetchone()
            if tables and found != LEDGER_FORMAT.application_id:
                raise damaged(self.path, "it is a database of another program")
            if not tables:
                for statement in _SCHEMA:
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {LEDGER_FORMAT.application_id:d}")
                connection.execute(f"PRAGMA user_version = {LEDGER_FORMAT.user_version:d}")
            connection.execute(
                "INSERT OR IGNORE INTO targets (name) VALUES (?)", (self._target_name,)
            )
            row = connection.execute(
                "SELECT id FROM targets WHERE name = ?", (self._target_name,)
            ).fetchone()
        self._target = int(row[0])


def _in_our_words(trouble: StorageError) -> StorageError:
    """Return the trouble as it concerns pushing; the ledger is no part of the recording."""
    if trouble.reason is StorageReason.IN_USE:
        sentence = tr("{file} is in use: another push is under way.", file=trouble.path)
    elif trouble.reason is StorageReason.DAMAGED:
        sentence = tr(
            "{file} is damaged. Remove it and push with --compare: the server is then asked what "
            "it has.",
            file=trouble.path,
        )
    else:
        return trouble
    return StorageError(trouble.reason, sentence, trouble.path, trouble.detail)
