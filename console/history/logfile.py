"""The event log's file: appending to the chain, and reading rows back as events."""

from __future__ import annotations

import contextlib
import json
import logging
import sqlite3
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from console.history.boot import boot_id
from console.history.connections import Format, atomic, connect_read_only
from console.history.database import Database
from console.history.events import NO_HASH, Event, EventDraft, Head, Kind, canonical, seal
from console.history.feed import Waiting
from console.history.trust.heads import has_heads, sign_end, signed_end
from console.history.trust.keys import DeviceKey, KeyFileError
from drivers.points import Stamp

LOG_NAME = "log.db"
LOG_FORMAT = Format("log", application_id=0x546B734C, major=1, minor=1)  # "TksL"
COLUMNS = (
    "id, device_id, sequence, utc_us, mono_us, boot_id, actor, kind, subject, body, "
    "previous_hash, hash"
)
_INSERT = f"INSERT INTO events ({COLUMNS}) VALUES ({', '.join('?' * 12)})"
_KNOWN_AT_ONCE = 500  # SQLite allows 999 parameters where it is old
_logger = logging.getLogger(__name__)


class LogFile(Database):
    """``log.db``: the append-only, hash-chained events."""

    format = LOG_FORMAT

    def __init__(self, folder: Path, clock: Callable[[], Stamp] = Stamp.now) -> None:
        super().__init__(folder / LOG_NAME)
        self.head: Head | None = None
        self._folder = folder
        self._clock = clock
        self._unsure = False
        self._key: DeviceKey | None = None

    def on_open(self, connection: sqlite3.Connection) -> None:
        """Find the end of this installation's chain; a new file gets its device id here."""
        with atomic(connection):
            self.head = head_of(connection, device_id_of(connection) or _adopt(connection))
            self._key = self._found_key()
            self._sign_unsigned(connection, self.head)
        self._unsure = True

    def append(self, batch: Sequence[Waiting]) -> list[Event]:
        """Record the batch in its order, in one transaction; returns its events once on the disk.

        Raises StorageError, and then nothing of the batch is recorded as far as is known: an
        error while syncing may hide a success, so after opening again what is there is not
        recorded twice.
        """
        with self.transaction() as connection:
            known = _already_there(connection, batch) if self._unsure else []
            events, head = self._insert(connection, batch[len(known) :], self._known_head())
        self.head, self._unsure = head, False
        return known + events

    def fold_in(self) -> bool:
        """Move what can be moved from the write-ahead log into the file, so that it is used anew.

        Whether the disk had room for that; never raises.
        """
        try:
            self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.Error:
            return False
        return True

    def begin_new_chain(self, first: Waiting) -> list[Event]:
        """Give this log a new device id, where going on would fork the old chain, and record why.

        Both in one transaction; returns the event; raises StorageError.
        """
        with self.transaction() as connection:
            head = Head(_adopt(connection), 0, NO_HASH)
            events, self.head = self._insert(connection, [first], head)
        return events

    def _insert(
        self, connection: sqlite3.Connection, batch: Sequence[Waiting], head: Head
    ) -> tuple[list[Event], Head]:
        rows: list[tuple[object, ...]] = []
        events: list[Event] = []
        for waiting in batch:
            event, body = self._seal(waiting, head)
            head = Head(event.device_id, event.sequence, event.hash)
            events.append(event)
            rows.append(_row(event, body))
        connection.executemany(_INSERT, rows)
        if events and self._key:
            sign_end(connection, self._key, _before(events[0]), head, self._now_us())
        return events, head

    def _sign_unsigned(self, connection: sqlite3.Connection, head: Head) -> None:
        """Sign the end of a log that an earlier version wrote, or wrote on without its key."""
        if self._key is None or head.sequence == 0:
            return
        signed = signed_end(connection, head.device_id)
        if signed is None:
            sign_end(connection, self._key, Head(head.device_id, 0, NO_HASH), head, self._now_us())

    def _found_key(self) -> DeviceKey | None:
        """Return the key; without one events are recorded all the same, unsigned."""
        try:
            return DeviceKey.of(self._folder)
        except KeyFileError as error:
            _logger.error("events are recorded unsigned: %s", error)  # noqa: TRY400  it says it all
            return None

    def _now_us(self) -> int:
        return self._clock().utc_us

    def _known_head(self) -> Head:
        if self.head is None:
            raise sqlite3.ProgrammingError(f"{self.path} is not open")
        return self.head

    def _seal(self, waiting: Waiting, head: Head) -> tuple[Event, str]:
        try:
            return seal(waiting.draft, waiting.id, head, boot_id())
        except Exception:  # a draft of wrong types must not stop the log for good
            _logger.exception("an event cannot be recorded as it was told")
            told = {"told": repr(waiting.draft)[:1000]}
            substitute = EventDraft(Kind.EVENT_UNREADABLE, "", told, self._clock())
            return seal(substitute, waiting.id, head, boot_id())


def _before(first: Event) -> Head:
    return Head(first.device_id, first.sequence - 1, first.previous_hash)


def insert_events(connection: sqlite3.Connection, events: Sequence[Event]) -> None:
    """Add events of another chain, sealed elsewhere, within a transaction; raises sqlite3.Error."""
    connection.executemany(_INSERT, [_row(event, canonical(event.body)) for event in events])


def event_of(row: Sequence[object]) -> Event:
    """Return the event in a row of COLUMNS; a body that someone has spoilt is shown as it is."""
    values = list(row)
    try:
        body = json.loads(str(values[9]))
    except (ValueError, RecursionError):
        body = None
    values[9] = body if isinstance(body, dict) else {"unreadable": str(values[9])}
    return Event(*values)  # type: ignore[arg-type]  # the table is STRICT


def head_of_file(path: Path) -> Head | None:
    """Return the end of the chain in a file that may be damaged; None where it cannot be read."""
    with (
        contextlib.suppress(sqlite3.Error, OSError, ValueError),
        contextlib.closing(connect_read_only(path)) as connection,
    ):
        device_id = device_id_of(connection)
        return head_of(connection, device_id) if device_id else None
    return None


def device_id_of(connection: sqlite3.Connection) -> str:
    """Return which chain this installation appends to, or nothing; raises sqlite3.Error."""
    row = connection.execute("SELECT value FROM meta WHERE name = 'device_id'").fetchone()
    return str(row[0]) if row else ""


def head_of(connection: sqlite3.Connection, device_id: str) -> Head:
    """Return the end of a chain; raises sqlite3.Error."""
    row = connection.execute(
        "SELECT sequence, hash FROM events WHERE device_id = ? ORDER BY sequence DESC LIMIT 1",
        (device_id,),
    ).fetchone()
    return Head(device_id, *row) if row else Head(device_id, 0, NO_HASH)


def holds(connection: sqlite3.Connection, head: Head) -> bool:
    """Whether the event that ``head`` names is in the log; raises sqlite3.Error."""
    query = "SELECT 1 FROM events WHERE device_id = ? AND sequence = ? AND hash = ?"
    return bool(connection.execute(query, (head.device_id, head.sequence, head.hash)).fetchone())


def _already_there(connection: sqlite3.Connection, batch: Sequence[Waiting]) -> list[Event]:
    """Return the events of the batch that are in the file: its first, as they were written so."""
    ids = [waiting.id for waiting in batch[:_KNOWN_AT_ONCE]]
    marks = ", ".join("?" * len(ids))
    query = f"SELECT {COLUMNS} FROM events WHERE id IN ({marks}) ORDER BY rowid"
    return [event_of(row) for row in connection.execute(query, ids)]


def set_aside_chains(connection: sqlite3.Connection) -> set[str]:
    """Return the device ids of earlier logs that this one says were set aside as damaged.

    What other laptops say of logs is not asked: they could say it of this one.
    """
    query = (
        "SELECT json_extract(body, '$.device_id') FROM events WHERE kind = ? AND json_valid(body)"
    )
    if has_heads(connection):
        query += " AND device_id NOT IN (SELECT device_id FROM devices)"
    rows = connection.execute(query, (str(Kind.LOG_SET_ASIDE),))
    return {str(device_id) for (device_id,) in rows if device_id}


def _row(event: Event, body: str) -> tuple[object, ...]:
    return (
        event.id,
        event.device_id,
        event.sequence,
        event.utc_us,
        event.mono_us,
        event.boot_id,
        event.actor,
        event.kind,
        event.subject,
        body,
        event.previous_hash,
        event.hash,
    )


def _adopt(connection: sqlite3.Connection) -> str:
    device_id = str(uuid.uuid4())
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('device_id', ?)", (device_id,))
    return device_id
