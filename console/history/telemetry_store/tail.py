"""The tail: the snapshots in ``telemetry.db`` that are not yet rolled up, read by part and hour."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.history.telemetry_store.block import HOUR_US, Column, Hour
from console.history.telemetry_store.reasons import ABSENT
from console.history.telemetry_store.trend import Trend, merged

VALUE_BYTES = 8
_logger = logging.getLogger(__name__)

Frame = tuple[int, bytes, bytes]


@dataclass(frozen=True, slots=True)
class PointName:
    """What a list of points says of one: key, English name, UCUM unit."""

    key: str
    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class Series:
    """A part with one of the lists of points it has had."""

    number: int
    points: tuple[PointName, ...]


@dataclass(frozen=True)
class TailHour:
    """All frames of a part in an hour; the columns of ``hour`` are numbered as ``points`` are."""

    hour: Hour
    points: tuple[PointName, ...]


def series_of(connection: sqlite3.Connection, part: str) -> list[Series]:
    """Return the lists of points that a part has had, in the order in which they were seen."""
    rows = connection.execute(
        "SELECT series.id, points FROM series JOIN schemas ON schemas.id = series.schema "
        "WHERE part = ? ORDER BY series.id",
        (part,),
    )
    return [Series(number, _points(text)) for number, text in rows]


def pending_hours(connection: sqlite3.Connection) -> Iterator[tuple[str, int]]:
    """Give every part and hour (since 1970) that has frames, by one look-up each."""
    query = "SELECT utc_us FROM frames WHERE series = ? AND utc_us >= ? ORDER BY utc_us LIMIT 1"
    for number, part in connection.execute("SELECT id, part FROM series").fetchall():
        row = connection.execute(query, (number, -(1 << 63))).fetchone()
        while row:
            hour = row[0] // HOUR_US
            yield part, hour
            row = connection.execute(query, (number, (hour + 1) * HOUR_US)).fetchone()


def tail_trend(
    connection: sqlite3.Connection, part: str, key: str, since_us: int, until_us: int
) -> Trend:
    """Return the samples of a point that are not yet rolled up, ``since_us <= time < until_us``."""
    trends = []
    for series in series_of(connection, part):
        keys = [point.key for point in series.points]
        if key in keys:
            position = keys.index(key)
            rows = connection.execute(
                "SELECT utc_us, substr(readings, ?, ?), substr(reasons, ?, 1) FROM frames "
                "WHERE series = ? AND utc_us >= ? AND utc_us < ? ORDER BY utc_us, sequence",
                (
                    VALUE_BYTES * position + 1,
                    VALUE_BYTES,
                    position + 1,
                    series.number,
                    since_us,
                    until_us,
                ),
            ).fetchall()
            if rows:
                trends.append(_trend(rows))
    return merged(trends)


def read_hour(
    connection: sqlite3.Connection, series: Sequence[Series], hour: int
) -> TailHour | None:
    """Return all frames of a part in an hour, or None where there are none."""
    lists = [(one, frames) for one in series if (frames := _frames(connection, one, hour))]
    if not lists:
        return None
    points: dict[str, PointName] = {}
    for one, _ in lists:
        for point in one.points:
            points.setdefault(point.key, point)
    utc_us = np.unique(np.concatenate([_times(frames) for _, frames in lists]))
    numbers = {key: number for number, key in enumerate(points, 1)}
    columns = {number: _empty(len(utc_us)) for number in numbers.values()}
    for one, frames in reversed(lists):  # of two samples of one moment the first list's stays
        _fill(columns, [numbers[point.key] for point in one.points], utc_us, frames)
    return TailHour(Hour(utc_us, columns), tuple(points.values()))


def delete_hour(connection: sqlite3.Connection, series: Sequence[Series], hour: int) -> None:
    """Delete the frames of a part in an hour; raises sqlite3.Error."""
    for one in series:
        connection.execute(
            "DELETE FROM frames WHERE series = ? AND utc_us >= ? AND utc_us < ?",
            (one.number, hour * HOUR_US, (hour + 1) * HOUR_US),
        )


def _frames(connection: sqlite3.Connection, series: Series, hour: int) -> list[Frame]:
    rows = connection.execute(
        "SELECT utc_us, readings, reasons FROM frames "
        "WHERE series = ? AND utc_us >= ? AND utc_us < ? ORDER BY utc_us, sequence",
        (series.number, hour * HOUR_US, (hour + 1) * HOUR_US),
    )
    width = len(series.points)
    frames: list[Frame] = []
    for utc_us, readings, reasons in rows:
        if len(readings) != VALUE_BYTES * width or len(reasons) not in {0, width}:
            _logger.error("a snapshot of series %d at %d us is spoilt", series.number, utc_us)
        elif not frames or frames[-1][0] != utc_us:
            frames.append((utc_us, readings, reasons or bytes(width)))
    return frames


def _fill(
    columns: dict[int, Column],
    numbers: Sequence[int],
    utc_us: NDArray[np.int64],
    frames: list[Frame],
) -> None:
    width = len(numbers)
    values = np.frombuffer(b"".join(frame[1] for frame in frames), "<f8").reshape(-1, width)
    reasons = np.frombuffer(b"".join(frame[2] for frame in frames), np.uint8).reshape(-1, width)
    at = np.searchsorted(utc_us, _times(frames))
    for position, number in enumerate(numbers):
        columns[number].values[at] = values[:, position]
        columns[number].reasons[at] = reasons[:, position]


def _empty(count: int) -> Column:
    return Column(np.full(count, np.nan), np.full(count, ABSENT, np.uint8))


def _times(frames: list[Frame]) -> NDArray[np.int64]:
    return np.array([frame[0] for frame in frames], np.int64)


def _trend(rows: list[Frame]) -> Trend:
    utc_us = np.array([row[0] for row in rows], np.int64)
    values = np.frombuffer(b"".join(row[1] for row in rows), "<f8").astype(np.float64)
    reasons = np.frombuffer(b"".join(row[2] or b"\0" for row in rows), np.uint8)
    if len(rows) > 1 and not (utc_us[1:] > utc_us[:-1]).all():
        first = np.concatenate(([True], utc_us[1:] != utc_us[:-1]))
        utc_us, values, reasons = utc_us[first], values[first], reasons[first]
    return Trend(utc_us, values, reasons)


def _points(text: str) -> tuple[PointName, ...]:
    return tuple(
        PointName(str(one["key"]), str(one.get("name", "")), str(one.get("unit", "")))
        for one in json.loads(text)
    )
