"""Every block of an archive that can still be read, also where the file itself is damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from console.history.telemetry_store.archive import NUMBER_BITS

Row = tuple[bytes, bytes]


def blocks_in(
    connection: sqlite3.Connection, parts: Iterable[int], hours: range
) -> Iterator[tuple[int, Row | sqlite3.DatabaseError]]:
    """Give id and content of each block in order of ids; an error for what cannot be read.

    SQLite ends a walk at the first page that is no page. What lies behind it is then looked up
    block by block, for every part and hour that may be there.
    """
    last = -(1 << 63)
    try:
        for number, directory, data in connection.execute("SELECT * FROM blocks ORDER BY id"):
            last = number
            yield number, (directory, data)
    except sqlite3.DatabaseError:
        yield from _looked_up(connection, sorted(parts), hours, last)


def _looked_up(
    connection: sqlite3.Connection, parts: list[int], hours: range, after: int
) -> Iterator[tuple[int, Row | sqlite3.DatabaseError]]:
    query = "SELECT directory, data FROM blocks WHERE id = ?"
    for number in (hour << NUMBER_BITS | part for hour in hours for part in parts):
        if number <= after:
            continue
        try:
            row = connection.execute(query, (number,)).fetchone()
        except sqlite3.DatabaseError as error:
            yield number, error
        else:
            if row is not None:
                yield number, row
