"""The schemas of the files, as the steps that led to them. Imported only when one is due.

A step that has been released is never changed: a database in the field has already taken it.
Each runs in one transaction with its record in ``_sqlite_migrations``.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from sqlite_utils import Database, Migrations

if TYPE_CHECKING:
    from console.history.connections import Format

_log = Migrations("log")
_telemetry = Migrations("telemetry")
_archive = Migrations("archive")
_SETS = {"log": _log, "telemetry": _telemetry, "archive": _archive}


def migrate(connection: sqlite3.Connection, target: Format) -> None:
    """Take every step that the file has not taken, and number it; raises sqlite3.Error."""
    database = Database(connection, execute_plugins=False)
    connection.execute(f"PRAGMA application_id = {target.application_id:d}")
    _SETS[target.name].apply(database)
    connection.execute(f"PRAGMA user_version = {target.user_version:d}")


@_log()
def log_1_0(db: Database) -> None:
    """Events, chained and append-only, and what this file says of itself."""
    for statement in _LOG_1_0:
        db.execute(statement)


@_log()
def log_1_1(db: Database) -> None:
    """Signed heads, and heads that others keep; batches of other laptops that contradict us."""
    for statement in _LOG_1_1:
        db.execute(statement)


@_telemetry()
def telemetry_1_0(db: Database) -> None:
    """One row per snapshot."""
    for statement in _TELEMETRY_1_0:
        db.execute(statement)


@_telemetry()
def telemetry_1_1(db: Database) -> None:
    """The frames are what is not yet rolled up; to which class of points each point belongs."""
    db.execute(_POINTS_1_1)


@_archive()
def archive_1_0(db: Database) -> None:
    """Hours of parts, compressed, and the summaries of their days."""
    for statement in _ARCHIVE_1_0:
        db.execute(statement)


_LOG_1_0 = (
    "CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    """CREATE TABLE events (
        id TEXT NOT NULL PRIMARY KEY,
        device_id TEXT NOT NULL,
        sequence INTEGER NOT NULL CHECK (sequence > 0),
        utc_us INTEGER NOT NULL,
        mono_us INTEGER NOT NULL,
        boot_id TEXT NOT NULL,
        actor TEXT NOT NULL,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        body TEXT NOT NULL,
        previous_hash TEXT NOT NULL CHECK (length(previous_hash) = 64),
        hash TEXT NOT NULL CHECK (length(hash) = 64),
        UNIQUE (device_id, sequence)
    ) STRICT""",
    "CREATE INDEX events_by_time ON events (utc_us)",
    "CREATE INDEX events_by_kind ON events (kind)",
    "CREATE INDEX events_by_subject ON events (subject)",
    """CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'the log is append-only: an event is never changed'); END""",
    """CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'the log is append-only: an event is never deleted'); END""",
    # INSERT OR REPLACE deletes without asking the trigger above.
    """CREATE TRIGGER events_are_never_replaced BEFORE INSERT ON events
    WHEN EXISTS (SELECT 1 FROM events WHERE id = NEW.id OR rowid = NEW.rowid)
    BEGIN SELECT RAISE(ABORT, 'the log is append-only: an event is never replaced'); END""",
    """CREATE TRIGGER events_follow_each_other BEFORE INSERT ON events
    WHEN NEW.sequence IS NOT 1 + (
        SELECT coalesce(max(sequence), 0) FROM events WHERE device_id = NEW.device_id
    )
    BEGIN SELECT RAISE(ABORT, 'the log is append-only: an event follows the one before'); END""",
)

_SIGNED = """(
    device_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    hash TEXT NOT NULL,
    utc_us INTEGER NOT NULL,
    public_key TEXT NOT NULL,
    signature TEXT NOT NULL,
    PRIMARY KEY (device_id{more})
) STRICT, WITHOUT ROWID"""
_LOG_1_1 = (
    "CREATE TABLE signed_ends " + _SIGNED.format(more=""),
    "CREATE TABLE checkpoints " + _SIGNED.format(more=", sequence"),
    """CREATE TABLE anchors (
        device_id TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        hash TEXT NOT NULL,
        source TEXT NOT NULL,
        utc_us INTEGER NOT NULL,
        PRIMARY KEY (device_id, sequence, hash, source)
    ) STRICT, WITHOUT ROWID""",
    # Whose logs are taken in, and the key that each signs with.
    """CREATE TABLE devices (
        device_id TEXT NOT NULL PRIMARY KEY,
        public_key TEXT NOT NULL,
        name TEXT NOT NULL,
        enrolled_by TEXT NOT NULL,
        utc_us INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    # What contradicts an event that is here already: kept and shown, never taken in.
    """CREATE TABLE quarantine (
        device_id TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        hash TEXT NOT NULL,
        line TEXT NOT NULL,
        source TEXT NOT NULL,
        utc_us INTEGER NOT NULL,
        PRIMARY KEY (device_id, sequence, hash)
    ) STRICT, WITHOUT ROWID""",
)

_TELEMETRY_1_0 = (
    """CREATE TABLE schemas (
        id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, points TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE series (
        id INTEGER PRIMARY KEY,
        part TEXT NOT NULL,
        schema INTEGER NOT NULL REFERENCES schemas (id),
        UNIQUE (part, schema)
    ) STRICT""",
    """CREATE TABLE sessions (
        id INTEGER PRIMARY KEY, boot_id TEXT NOT NULL, started_utc_us INTEGER NOT NULL
    ) STRICT""",
    # Clustered by series: a trend reads neighbouring pages. Measured against a rowid table with
    # an index: 10.0 against 9.9 bytes per sample, a range read in 1.2 against 3.2 ms.
    """CREATE TABLE frames (
        series INTEGER NOT NULL,
        utc_us INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        mono_us INTEGER NOT NULL,
        session INTEGER NOT NULL,
        readings BLOB NOT NULL,
        reasons BLOB NOT NULL,
        PRIMARY KEY (series, utc_us, sequence)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE anchor (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        device_id TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        hash TEXT NOT NULL
    ) STRICT""",
)

_POINTS_1_1 = """CREATE TABLE points (
    part TEXT NOT NULL, key TEXT NOT NULL, class TEXT NOT NULL, PRIMARY KEY (part, key)
) STRICT, WITHOUT ROWID"""

_ARCHIVE_1_0 = (
    "CREATE TABLE parts (id INTEGER PRIMARY KEY, part TEXT NOT NULL UNIQUE) STRICT",
    """CREATE TABLE points (
        id INTEGER PRIMARY KEY,
        part INTEGER NOT NULL REFERENCES parts (id),
        key TEXT NOT NULL,
        name TEXT NOT NULL,
        unit TEXT NOT NULL,
        UNIQUE (part, key)
    ) STRICT""",
    # id: hours since 1970 << 24 | part
    """CREATE TABLE blocks (
        id INTEGER PRIMARY KEY, directory BLOB NOT NULL, data BLOB NOT NULL
    ) STRICT""",
    # id: days since 1970 << 24 | point; the hours first, so that they are read without the rest
    "CREATE TABLE days (id INTEGER PRIMARY KEY, hours BLOB NOT NULL, minutes BLOB NOT NULL) STRICT",
    # id: days since 1970 << 24 | part: blocks have changed since the summaries were made, if any
    "CREATE TABLE dirty (id INTEGER PRIMARY KEY) STRICT",
    # What could not be read when it was to be rewritten, as it was found.
    """CREATE TABLE damage (
        id INTEGER PRIMARY KEY,
        block INTEGER NOT NULL,
        point INTEGER NOT NULL,
        detail TEXT NOT NULL,
        directory BLOB NOT NULL,
        data BLOB NOT NULL
    ) STRICT""",
)
