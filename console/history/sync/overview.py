"""What a data folder knows of other laptops: who may bring a log, what contradicts, what is proven.

Read beside a recording console; nothing here writes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from console.history.connections import reading
from console.history.events import Event, Head
from console.history.logfile import COLUMNS, LOG_FORMAT, LOG_NAME, device_id_of, event_of, head_of
from console.history.sync.ledger import Enrolled
from console.history.trust.heads import Anchor, has_heads
from console.history.trust.keys import DeviceKey, KeyFileError, fingerprint


@dataclass(frozen=True, slots=True)
class Laptop:
    """A laptop whose log is taken in: who let it in and when (UTC), how far its log is here."""

    device: Enrolled
    by: str
    since_us: int
    head: Head
    told_us: int

    @property
    def fingerprint(self) -> str:
        """What people compare of its key."""
        return fingerprint(self.device.public_key)


@dataclass(frozen=True, slots=True)
class Claim:
    """An event as somebody tells it; not proven."""

    kind: str
    subject: str
    actor: str
    utc_us: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KeptApart:
    """Two events with one number: what is here, and what ``source`` brought; None: not readable."""

    device_id: str
    sequence: int
    here: Event | None
    claimed: Claim | None
    source: str
    utc_us: int


@dataclass(frozen=True, slots=True)
class KeptAnchor:
    """A head of a log that was kept elsewhere, and when it came back (UTC)."""

    anchor: Anchor
    utc_us: int


@dataclass(frozen=True, slots=True)
class SyncOverview:
    """Everything that is known here; ``public_key`` is empty while this laptop has none."""

    device_id: str = ""
    public_key: str = ""
    head: Head | None = None
    laptops: tuple[Laptop, ...] = ()
    kept_apart: tuple[KeptApart, ...] = ()
    anchors: tuple[KeptAnchor, ...] = field(default=())

    @property
    def fingerprint(self) -> str:
        """What people compare of this laptop's key; empty while it has none."""
        return fingerprint(self.public_key) if self.public_key else ""


def read_overview(folder: Path) -> SyncOverview:
    """Return what a folder knows; raises StorageError."""
    with reading(folder / LOG_NAME, LOG_FORMAT) as connection:
        if connection is None or not has_heads(connection):
            return SyncOverview()
        own = device_id_of(connection)
        key = None
        with suppress(KeyFileError):
            key = DeviceKey.found(folder)
        return SyncOverview(
            own,
            key.public if key else "",
            head_of(connection, own),
            tuple(_laptops(connection)),
            tuple(_kept_apart(connection)),
            tuple(_anchors(connection)),
        )


def _laptops(connection: sqlite3.Connection) -> Sequence[Laptop]:
    rows = connection.execute(
        "SELECT device_id, public_key, name, enrolled_by, utc_us, "
        "(SELECT max(e.utc_us) FROM events e WHERE e.device_id = d.device_id AND e.sequence = "
        "(SELECT max(sequence) FROM events WHERE device_id = d.device_id)) "
        "FROM devices d ORDER BY name, device_id"
    ).fetchall()
    return [
        Laptop(
            Enrolled(str(device), str(key), str(name)),
            str(by),
            int(since_us),
            head_of(connection, str(device)),
            int(told_us or 0),
        )
        for device, key, name, by, since_us, told_us in rows
    ]


def _kept_apart(connection: sqlite3.Connection) -> Sequence[KeptApart]:
    rows = connection.execute(
        "SELECT device_id, sequence, line, source, utc_us FROM quarantine ORDER BY device_id, "
        "sequence, hash"
    ).fetchall()
    query = f"SELECT {COLUMNS} FROM events WHERE device_id = ? AND sequence = ?"
    found = []
    for device, number, line, source, utc_us in rows:
        row = connection.execute(query, (device, number)).fetchone()
        here = event_of(row) if row else None
        found.append(
            KeptApart(str(device), int(number), here, _claim(str(line)), str(source), int(utc_us))
        )
    return found


def _claim(line: str) -> Claim | None:
    """Read an event that nobody vouches for; what is not as it should be is None."""
    try:
        told = json.loads(line)
        body = told["body"]
        if not isinstance(body, Mapping):
            return None
        words = (str(told["kind"]), str(told["subject"]), str(told["actor"]))
        return Claim(*words, int(told["utc_us"]), body)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _anchors(connection: sqlite3.Connection) -> Sequence[KeptAnchor]:
    rows = connection.execute(
        "SELECT device_id, sequence, hash, source, utc_us FROM anchors "
        "ORDER BY utc_us DESC, device_id, sequence DESC"
    )
    return [
        KeptAnchor(Anchor(Head(str(d), int(n), str(h)), str(source)), int(utc_us))
        for d, n, h, source, utc_us in rows
    ]
