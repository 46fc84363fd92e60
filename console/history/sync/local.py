"""A laptop's own log as a ledger: read by anybody, written by the log's one writer alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from console.history.connections import reading
from console.history.events import Event, Head
from console.history.logfile import (
    COLUMNS,
    LOG_FORMAT,
    LOG_NAME,
    LogFile,
    device_id_of,
    event_of,
    head_of,
    insert_events,
)
from console.history.sync.batch import BatchError
from console.history.sync.ledger import Enrolled, cannot_be_added, lines_of
from console.history.trust.heads import Anchor, add_anchor, has_heads, keep_signed, signed_heads
from console.history.trust.keys import SignedHead
from console.text import tr
from drivers.files import FileError


class LocalReader:
    """The chains in ``log.db``; :mod:`console.history.sync.ledger` says what each method is."""

    def __init__(self, connection: sqlite3.Connection, own: str) -> None:
        self._connection = connection
        self._own = own

    @property
    def own(self) -> str:
        """The chain that this console writes."""
        return self._own

    def ends(self) -> Mapping[str, SignedHead]:
        """The newest signed head of every chain."""
        return {one.head.device_id: one for one in signed_heads(self._connection)}

    def head(self, device_id: str) -> Head:
        """The end of a chain."""
        return head_of(self._connection, device_id)

    def hashes(self, device_id: str, first: int, last: int) -> Mapping[int, str]:
        """The hashes of events that are here."""
        query = "SELECT sequence, hash FROM events WHERE device_id = ? AND sequence BETWEEN ? AND ?"
        rows = self._connection.execute(query, (device_id, first, last))
        return {int(number): str(digest) for number, digest in rows}

    def devices(self) -> Mapping[str, Enrolled]:
        """Whose logs are taken in."""
        rows = self._connection.execute("SELECT device_id, public_key, name FROM devices")
        return {str(row[0]): Enrolled(*map(str, row)) for row in rows}

    def events(self, device_id: str, after: int, until: int) -> Sequence[Event]:
        """Events of a chain, in order."""
        query = (
            f"SELECT {COLUMNS} FROM events WHERE device_id = ? AND sequence > ? AND sequence <= ? "
            "ORDER BY sequence"
        )
        return [event_of(row) for row in self._connection.execute(query, (device_id, after, until))]

    def signed_heads(self, device_id: str) -> Sequence[SignedHead]:
        """The signed heads of a chain."""
        found = signed_heads(self._connection)
        return [one for one in found if one.head.device_id == device_id]

    def quarantined(self) -> Sequence[tuple[str, int, str]]:
        """Return device, number and source of what contradicts others."""
        query = "SELECT device_id, sequence, source FROM quarantine ORDER BY 1, 2"
        return [(str(d), int(n), str(s)) for d, n, s in self._connection.execute(query)]


class LocalLedger(LocalReader):
    """The same with what only the writer may do (``History.submit``)."""

    def __init__(self, log: LogFile) -> None:
        super().__init__(log.connection, log.head.device_id if log.head else "")
        self._log = log

    def transaction(self) -> AbstractContextManager[object]:
        """One transaction of the file."""
        return self._log.transaction()

    def enrol(self, device: Enrolled, by: str, utc_us: int) -> None:
        """Let a laptop's log be taken in; another key takes the place of the one before.

        Raises FileError for this laptop itself: its own events would be taken for another's.
        """
        if device.device_id == self.own:
            raise FileError(tr("{device} is this laptop itself.", device=device.device_id))
        with self._log.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO devices VALUES (?, ?, ?, ?, ?)",
                (device.device_id, device.public_key, device.name, by, utc_us),
            )

    def append(self, events: Sequence[Event], end: SignedHead) -> None:
        """Add events of another laptop, within a transaction; BatchError for an id taken twice."""
        try:
            insert_events(self._connection, events)
        except sqlite3.IntegrityError as error:
            raise BatchError(cannot_be_added(events, error)) from None
        keep_signed(self._connection, end)

    def quarantine(self, events: Iterable[Event], source: str, utc_us: int) -> None:
        """Keep events that contradict others, within a transaction."""
        kept = list(events)
        rows = [
            (event.device_id, event.sequence, event.hash, line, source, utc_us)
            for event, line in zip(kept, lines_of(kept), strict=True)
        ]
        query = "INSERT OR IGNORE INTO quarantine VALUES (?, ?, ?, ?, ?, ?)"
        self._connection.executemany(query, rows)

    def keep_receipt(self, head: Head, source: str, utc_us: int) -> None:
        """Keep what somebody else has of a chain, as an anchor."""
        with self._log.transaction() as connection:
            add_anchor(connection, Anchor(head, source), utc_us)


@contextmanager
def reading_ledger(folder: Path) -> Iterator[LocalReader]:
    """Yield a folder's log for reading, beside a console that records there.

    Raises StorageError, and FileError where nothing has been signed yet.
    """
    with reading(folder / LOG_NAME, LOG_FORMAT) as connection:
        if connection is None or not has_heads(connection):
            raise FileError(tr("{folder}: nothing has been recorded there yet", folder=folder))
        yield LocalReader(connection, device_id_of(connection))
