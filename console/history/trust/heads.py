"""Signed heads in the log's file: the newest of each chain, and one for every 256 events.

They are written in the transaction of the events that they sign, so that an event is never on the
disk without them. Heads that others brought (a receipt, a second file, a sheet of paper) are kept
beside them as anchors: a log that does not hold what an anchor names was cut off or forged.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from console.history.events import Head
from console.history.trust.keys import DeviceKey, SignedHead

EVERY = 256
"""How many events there are between two signed heads that are kept for good."""
_COLUMNS = "device_id, sequence, hash, utc_us, public_key, signature"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head that was kept elsewhere, and where: ``receipt``, ``file``, ``paper``."""

    head: Head
    source: str


def sign_end(
    connection: sqlite3.Connection, key: DeviceKey, before: Head, head: Head, utc_us: int
) -> None:
    """Sign the end of a chain that has grown from ``before`` to ``head``; raises sqlite3.Error."""
    signed = key.sign_head(head, utc_us)
    keep_signed(connection, signed, for_good=False)
    if head.sequence // EVERY > before.sequence // EVERY or before.sequence == 0:
        _keep(connection, "INSERT OR IGNORE INTO checkpoints", signed)


def keep_signed(
    connection: sqlite3.Connection, signed: SignedHead, *, for_good: bool = True
) -> None:
    """Keep a signed head as the newest of its chain and, unless told, among those that stay."""
    _keep(connection, "INSERT OR REPLACE INTO signed_ends", signed)
    if for_good:
        _keep(connection, "INSERT OR IGNORE INTO checkpoints", signed)


def _keep(connection: sqlite3.Connection, insert: str, signed: SignedHead) -> None:
    row = _row(signed)
    connection.execute(f"{insert} ({_COLUMNS}) VALUES ({', '.join('?' * len(row))})", row)


def signed_end(connection: sqlite3.Connection, device_id: str) -> SignedHead | None:
    """Return the newest signed head of a chain; raises sqlite3.Error."""
    query = f"SELECT {_COLUMNS} FROM signed_ends WHERE device_id = ?"
    row = connection.execute(query, (device_id,)).fetchone()
    return _of(row) if row else None


def signed_heads(connection: sqlite3.Connection) -> Iterator[SignedHead]:
    """Yield every signed head of every chain, oldest first; raises sqlite3.Error."""
    query = (
        f"SELECT {_COLUMNS} FROM checkpoints UNION SELECT {_COLUMNS} FROM signed_ends "
        "ORDER BY device_id, sequence"
    )
    for row in connection.execute(query):
        yield _of(row)


def add_anchor(connection: sqlite3.Connection, anchor: Anchor, utc_us: int) -> None:
    """Keep what somebody else knows of a chain; twice the same is once; raises sqlite3.Error."""
    head = anchor.head
    connection.execute(
        "INSERT OR IGNORE INTO anchors (device_id, sequence, hash, source, utc_us) "
        "VALUES (?, ?, ?, ?, ?)",
        (head.device_id, head.sequence, head.hash, anchor.source, utc_us),
    )


def anchors(connection: sqlite3.Connection) -> list[Anchor]:
    """Return every anchor, oldest chain position first; raises sqlite3.Error."""
    query = "SELECT device_id, sequence, hash, source FROM anchors ORDER BY device_id, sequence"
    return [
        Anchor(Head(str(d), int(s), str(h)), str(src)) for d, s, h, src in connection.execute(query)
    ]


def has_heads(connection: sqlite3.Connection) -> bool:
    """Whether the file has places for signed heads; logs of version 1.0 have none."""
    query = "SELECT count(*) FROM sqlite_schema WHERE name = 'signed_ends'"
    return bool(connection.execute(query).fetchone()[0])


def _row(signed: SignedHead) -> tuple[object, ...]:
    head = signed.head
    return (
        head.device_id,
        head.sequence,
        head.hash,
        signed.utc_us,
        signed.public_key,
        signed.signature,
    )


def _of(row: tuple[object, ...]) -> SignedHead:
    device_id, sequence, hash_, utc_us, public_key, signature = row
    head = Head(str(device_id), int(str(sequence)), str(hash_))
    return SignedHead(head, int(str(utc_us)), str(public_key), str(signature))
