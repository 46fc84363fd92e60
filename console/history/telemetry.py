"""The tail of the telemetry: one row per snapshot, durable within a second, until it is rolled up.

``telemetry.db`` stands beside the log so that damage to it never touches the log. It is small: a
quarter of an hour of snapshots, then :mod:`console.history.telemetry_store` moves them into the
archives. Up to format 1.0 it held everything; such a file is simply a long tail.
Measured with 60 parts of 40 points at 1 Hz: 10.0 bytes per sample, 0.9 ms per second of writing.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from weakref import WeakKeyDictionary

from console.history.boot import boot_id
from console.history.connections import Format, atomic, reading
from console.history.database import Database
from console.history.events import Head, canonical, sha256
from console.history.trouble import StorageError
from drivers.points import Schema, Snapshot, Stamp

TELEMETRY_NAME = "telemetry.db"
TELEMETRY_FORMAT = Format("telemetry", application_id=0x546B7354, major=1, minor=1)  # "TksT"
VALUE_BYTES = 8
_FIRST_US = -62_135_596_800_000_000  # the beginning of the year 1, from where months have names
_SPAN_US = 315_537_897_600_000_000  # to the end of the year 9999
_logger = logging.getLogger(__name__)


class TelemetryFile(Database):
    """``telemetry.db`` as the writer sees it."""

    format = TELEMETRY_FORMAT

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / TELEMETRY_NAME)
        self.anchor: Head | None = None
        self._series: WeakKeyDictionary[Schema, dict[str, int]] = WeakKeyDictionary()
        self._session = 0

    def on_open(self, connection: sqlite3.Connection) -> None:
        """Forget what an earlier file knew, and read how far the log had come by its account."""
        self._series.clear()
        self._session = 0
        self.anchor = anchor_of(connection)
        self._classify_what_is_old(connection)

    def classes_of(self, part: str) -> dict[str, str]:
        """Return the class of every point of a part by its key; raises sqlite3.Error."""
        query = "SELECT key, class FROM points WHERE part = ?"
        return dict(self.connection.execute(query, (part,)).fetchall())

    def classify(self, part: str, keys: Sequence[str]) -> dict[str, str]:
        """Give points their class for good; returns :meth:`classes_of`; raises StorageError."""
        with self.transaction() as connection:
            _classify(connection, part, keys)
            return self.classes_of(part)

    def append(self, batch: Sequence[Snapshot], head: Head | None) -> int:
        """Write the snapshots and how far the log has come, in one transaction.

        Returns the number of samples written. A snapshot already there (same part, time and
        sequence) is not written twice. Raises StorageError.
        """
        if not batch and head == self.anchor:
            return 0
        samples = 0
        try:
            with self.transaction() as connection:
                for snapshot in batch:
                    samples += self._insert(connection, snapshot)
                if head is not None:
                    connection.execute(
                        "INSERT OR REPLACE INTO anchor VALUES (1, ?, ?, ?)",
                        (head.device_id, head.sequence, head.hash),
                    )
        except BaseException:
            self._series.clear()  # numbers given inside the transaction went with it
            self._session = 0
            raise
        self.anchor = head or self.anchor
        return samples

    def _insert(self, connection: sqlite3.Connection, snapshot: Snapshot) -> int:
        try:
            readings, reasons = _frame(snapshot)
        except (TypeError, ValueError, AttributeError):
            _logger.exception("a snapshot of %r cannot be stored", snapshot.device)
            return 0
        connection.execute(
            # What was recorded first at a moment stays: a second telling is no second sample.
            "INSERT OR IGNORE INTO frames SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 "
            "WHERE NOT EXISTS (SELECT 1 FROM frames WHERE series = ?1 AND utc_us = ?2)",
            (
                self._number_of(connection, snapshot),
                snapshot.time.utc_us,
                snapshot.sequence,
                int(snapshot.time.mono_s * 1e6),
                self._session or self._begin_session(connection, snapshot.time),
                readings,
                reasons,
            ),
        )
        return len(snapshot.schema)

    def _number_of(self, connection: sqlite3.Connection, snapshot: Snapshot) -> int:
        """Return the number of a part with its list of points, given on first sight."""
        numbers = self._series.setdefault(snapshot.schema, {})
        if snapshot.device not in numbers:
            digest, points = _describe(snapshot.schema)
            connection.execute(
                "INSERT OR IGNORE INTO schemas (digest, points) VALUES (?, ?)", (digest, points)
            )
            connection.execute(
                "INSERT OR IGNORE INTO series (part, schema) "
                "SELECT ?, id FROM schemas WHERE digest = ?",
                (snapshot.device, digest),
            )
            (numbers[snapshot.device],) = connection.execute(
                "SELECT series.id FROM series JOIN schemas ON schemas.id = series.schema "
                "WHERE part = ? AND digest = ?",
                (snapshot.device, digest),
            ).fetchone()
            _classify(connection, snapshot.device, snapshot.schema.index)
        return numbers[snapshot.device]

    def _classify_what_is_old(self, connection: sqlite3.Connection) -> None:
        """Give the points of a file from before format 1.1 their classes."""
        query = (
            "SELECT part, points FROM series JOIN schemas ON schemas.id = series.schema "
            "WHERE part NOT IN (SELECT part FROM points)"
        )
        rows = connection.execute(query).fetchall()
        if rows:
            with atomic(connection):
                for part, points in rows:
                    _classify(connection, part, [point["key"] for point in json.loads(points)])

    def _begin_session(self, connection: sqlite3.Connection, time: Stamp) -> int:
        cursor = connection.execute(
            "INSERT INTO sessions (boot_id, started_utc_us) VALUES (?, ?)", (boot_id(), time.utc_us)
        )
        self._session = int(cursor.lastrowid or 0)
        return self._session


def _frame(snapshot: Snapshot) -> tuple[bytes, bytes]:
    """Return the values as little-endian float64, and the reasons unless all are good."""
    if not 0 <= snapshot.time.utc_us - _FIRST_US < _SPAN_US:
        raise ValueError("a snapshot is from the years 1 to 9999")
    readings = snapshot.values.astype("<f8", copy=False).tobytes()
    if len(readings) != VALUE_BYTES * len(snapshot.schema):
        raise ValueError("a snapshot holds one value for each point of its schema")
    return readings, snapshot.reasons.tobytes() if snapshot.reasons.any() else b""


def _classify(connection: sqlite3.Connection, part: str, keys: Iterable[str]) -> None:
    """Note the class of each point for good: it says in which files the point is found."""
    from console.history.telemetry_store.classes import shipped  # reads a file with pydantic

    classes = shipped()
    connection.executemany(
        "INSERT OR IGNORE INTO points VALUES (?, ?, ?)",
        [(part, key, classes.name_for(key)) for key in keys],
    )


def _describe(schema: Schema) -> tuple[str, str]:
    """Return the digest of a list of points, and the list as text."""
    points = canonical([{"key": p.key, "name": p.name, "unit": p.unit} for p in schema])
    return sha256(points), points


def anchor_in(folder: Path) -> Head | None:
    """Return how far the log in a folder had come; None where that is not known; never raises."""
    with (
        contextlib.suppress(StorageError),
        reading(folder / TELEMETRY_NAME, TELEMETRY_FORMAT) as connection,
    ):
        return anchor_of(connection) if connection else None
    return None


def anchor_of(connection: sqlite3.Connection) -> Head | None:
    """Return how far the log had come by this file's account; raises sqlite3.Error."""
    row = connection.execute("SELECT device_id, sequence, hash FROM anchor").fetchone()
    return Head(*row) if row else None
