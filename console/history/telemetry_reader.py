"""Trends out of the telemetry file."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from console.history.connections import reading
from console.history.telemetry import TELEMETRY_FORMAT, TELEMETRY_NAME, VALUE_BYTES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Trend:
    """One point over time: ``utc_us`` int64, ``values`` float64 (NaN: none), ``reasons`` uint8."""

    utc_us: NDArray[np.int64]
    values: NDArray[np.float64]
    reasons: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.utc_us)


class TelemetryReader:
    """Reads what is recorded; safe in any thread: each call opens and closes its own connection."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / TELEMETRY_NAME

    def parts(self) -> list[str]:
        """Return the ids of all parts that have been recorded; raises StorageError."""
        with reading(self._path, TELEMETRY_FORMAT) as connection:
            if connection is None:
                return []
            rows = connection.execute("SELECT DISTINCT part FROM series ORDER BY part")
            return [str(part) for (part,) in rows]

    def range(self, part: str, key: str, since_us: int, until_us: int) -> Trend:
        """Return the samples of a point with ``since_us <= time < until_us`` in order of time.

        A part or a point that was never recorded has none. Raises StorageError.
        """
        with reading(self._path, TELEMETRY_FORMAT) as connection:
            rows = _range(connection, part, key, (since_us, until_us)) if connection else []
        return _trend(rows)


def _range(
    connection: sqlite3.Connection, part: str, key: str, between_us: tuple[int, int]
) -> list[tuple[int, bytes, bytes]]:
    """Return ``(time, value, reason)`` rows; the bytes are cut out of the frames by SQLite."""
    rows: list[tuple[int, bytes, bytes]] = []
    for number, position in _series_with(connection, part, key):
        rows += connection.execute(
            "SELECT utc_us, substr(readings, ?, ?), substr(reasons, ?, 1) FROM frames "
            "WHERE series = ? AND utc_us >= ? AND utc_us < ? ORDER BY utc_us, sequence",
            (VALUE_BYTES * position + 1, VALUE_BYTES, position + 1, number, *between_us),
        )
    rows.sort(key=lambda row: row[0])  # a part whose list of points has changed has several series
    return rows


def _series_with(connection: sqlite3.Connection, part: str, key: str) -> list[tuple[int, int]]:
    """Return ``(series, position of the point in its frames)`` for each list that has the point."""
    rows = connection.execute(
        "SELECT series.id, points FROM series JOIN schemas ON schemas.id = series.schema "
        "WHERE part = ? ORDER BY series.id",
        (part,),
    )
    keys = [(number, [point["key"] for point in json.loads(points)]) for number, points in rows]
    return [(number, names.index(key)) for number, names in keys if key in names]


def _trend(rows: list[tuple[int, bytes, bytes]]) -> Trend:
    import numpy as np  # 0.1 s: not before the first trend is asked for

    return Trend(
        np.array([row[0] for row in rows], dtype=np.int64),
        np.frombuffer(b"".join(row[1] for row in rows), dtype="<f8").astype(np.float64),
        np.frombuffer(b"".join(row[2] or b"\0" for row in rows), dtype=np.uint8).copy(),
    )
