"""Rolling the tail up into archives, in slices short enough that no event waits for it.

What is moved is durable in the archive before it leaves the tail; a crash between the two leaves
it in both, which is the same as once. Nothing here keeps state that the files do not hold.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from console.history.connections import reading
from console.history.telemetry import TelemetryFile
from console.history.telemetry_store.archive import (
    ARCHIVE_FORMAT,
    NUMBER_BITS,
    NUMBER_MASK,
    Archive,
    archive_path,
    archives,
)
from console.history.telemetry_store.block import (
    HOUR_US,
    Block,
    BlockError,
    Column,
    Hour,
    encode_block,
)
from console.history.telemetry_store.day import summaries
from console.history.telemetry_store.reasons import ABSENT
from console.history.telemetry_store.tail import (
    PointName,
    TailHour,
    delete_hour,
    pending_hours,
    read_hour,
    series_of,
)
from console.history.telemetry_store.trend import Trend, merged
from console.history.trouble import trouble_at

ROLL_AFTER_S = 900.0
"""So old the first snapshot of a part's hour may become in the tail."""
QUIET_S = 30.0
"""An hour that is over is rolled up after so long without a new snapshot for it."""
SEAL_AFTER_S = 60.0
"""A day that is over gets its summaries after so long without a change."""
_OPEN_ARCHIVES = 6
_HOURS_OF_DAY = 24
_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Waiting:
    """A part's hour in the tail: when its first and its last snapshot came (monotonic s)."""

    first_s: float
    last_s: float


class Roller:
    """Moves what is due from the tail into the archives; used by the writer thread alone."""

    def __init__(
        self, folder: Path, tail: TelemetryFile, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = folder
        self._tail = tail
        self._monotonic = monotonic
        self._waiting: dict[tuple[str, int], _Waiting] = {}
        self._found: Iterator[tuple[str, int]] = iter(())
        self._unsealed: dict[tuple[Path, int], float] = {}
        self._archives: dict[Path, Archive] = {}
        self._unread: deque[Path] = deque()

    def start(self) -> None:
        """Find what an earlier run has left, once the tail is open."""
        self.close()
        self._waiting.clear()
        self._unsealed.clear()
        with trouble_at(self._tail.path):
            found = list(pending_hours(self._tail.connection))
        self._found = iter(dict.fromkeys(found))
        self._unread = deque(one.path for one in archives(self._folder) if not one.damaged)

    def close(self) -> None:
        """Close every archive; never raises."""
        for archive in self._archives.values():
            archive.close()
        self._archives.clear()

    def archive_at(self, path: Path) -> Archive:
        """Return the archive with this path, opened or not."""
        return self._archives.get(path) or Archive(path)

    def forget(self, path: Path) -> None:
        """Close an archive that is to be renamed or removed, and what waited to be done there."""
        archive = self._archives.pop(path, None)
        if archive is not None:
            archive.close()
        self._unsealed = {key: at for key, at in self._unsealed.items() if key[0] != path}

    def note(self, part: str, utc_us: int) -> None:
        """Say that a snapshot of a part is in the tail."""
        now_s = self._monotonic()
        waiting = self._waiting.get((part, utc_us // HOUR_US))
        if waiting is None:
            self._waiting[part, utc_us // HOUR_US] = _Waiting(now_s, now_s)
        else:
            waiting.last_s = now_s

    def work(self, now_utc_us: int, budget_s: float) -> bool:
        """Do what is due until the budget is spent; whether there is more; raises StorageError.

        One step may take longer than the budget: an hour of one part, or the summaries of a day.
        """
        until_s = self._monotonic() + budget_s
        for step in self._steps(now_utc_us):
            step()
            if self._monotonic() >= until_s:
                return True
        return False

    def roll_all(self) -> None:
        """Roll up everything that is in the tail, and summarise every day that has changed."""
        self.start()
        for part, hour in self._found:
            self.roll(part, hour)
        self.seal_all()

    def seal_all(self) -> None:
        """Summarise every day that has changed, today as well; raises StorageError."""
        while self._unread:
            self._look_for_unsealed(self._unread[0])
        for path, number in list(self._unsealed):
            self.seal(path, number)

    def roll(self, part: str, hour: int) -> None:
        """Move an hour of a part into its archives; raises StorageError."""
        with trouble_at(self._tail.path):
            series = series_of(self._tail.connection, part)
            found = read_hour(self._tail.connection, series, hour)
            classes = self._tail.classes_of(part)
        if found is not None:
            self.take_in(part, hour, found, classes)
            with self._tail.transaction() as connection:
                delete_hour(connection, series, hour)
        self._waiting.pop((part, hour), None)

    def take_in(self, part: str, hour: int, found: TailHour, classes: dict[str, str]) -> None:
        """Add an hour of a part to the archives of its points' classes; raises StorageError."""
        for class_name in sorted({classes[point.key] for point in found.points}):
            self._store(part, hour, _of_class(found, classes, class_name), class_name)

    def seal(self, path: Path, number: int) -> None:
        """Make the summaries of a part's day; raises StorageError."""
        archive = self._open(path)
        day, part = number >> NUMBER_BITS, number & NUMBER_MASK
        with archive.transaction() as connection:
            for point, trend in _day_of(connection, day, part).items():
                hours, minutes = summaries(trend, day)
                connection.execute(
                    "INSERT OR REPLACE INTO days VALUES (?, ?, ?)",
                    (day << NUMBER_BITS | point, hours, minutes),
                )
            connection.execute("DELETE FROM dirty WHERE id = ?", (number,))
        self._unsealed.pop((path, number), None)

    def _steps(self, now_utc_us: int) -> Iterator[Callable[[], None]]:
        for part, hour in self._found:
            yield partial(self._roll_or_leave, part, hour)
        for part, hour in self._due(now_utc_us // HOUR_US):
            yield partial(self._roll_or_leave, part, hour)
        while self._unread:
            yield partial(self._look_for_unsealed, self._unread[0])
        today = now_utc_us // HOUR_US // _HOURS_OF_DAY
        quiet_s = self._monotonic() - SEAL_AFTER_S
        for (path, number), at_s in list(self._unsealed.items()):
            if number >> NUMBER_BITS != today and at_s <= quiet_s:
                yield partial(self.seal, path, number)

    def _due(self, hour_now: int) -> list[tuple[str, int]]:
        now_s = self._monotonic()
        return [
            (part, hour)
            for (part, hour), waiting in self._waiting.items()
            if now_s - waiting.first_s >= ROLL_AFTER_S
            or (hour != hour_now and now_s - waiting.last_s >= QUIET_S)
        ]

    def _roll_or_leave(self, part: str, hour: int) -> None:
        """Roll an hour up; one that this program cannot handle stays in the tail."""
        long_ago = _Waiting(float("-inf"), float("-inf"))
        self._waiting.setdefault((part, hour), long_ago)  # to be tried again where the disk fails
        try:
            self.roll(part, hour)
        except (ValueError, KeyError, OverflowError):
            _logger.exception("hour %d of %r stays as it is", hour, part)
            self._waiting.pop((part, hour), None)

    def _store(self, part: str, hour: int, found: TailHour, class_name: str) -> None:
        path = archive_path(self._folder, class_name, hour)
        archive = self._open(path)
        try:
            with archive.transaction() as connection:
                number = self._merge(archive, connection, part, hour, found)
        except BaseException:
            archive.forget()
            self.forget(path)
            raise
        self._unsealed[path, number] = self._monotonic()

    def _merge(
        self,
        archive: Archive,
        connection: sqlite3.Connection,
        part: str,
        hour: int,
        found: TailHour,
    ) -> int:
        """Write the hour with what was there before; return the number of the part's day."""
        part_number = archive.part(connection, part)
        numbers = {
            local: archive.point(connection, part_number, point.key, point.name, point.unit)
            for local, point in enumerate(found.points, 1)
        }
        new = Hour(
            found.hour.utc_us,
            {numbers[local]: column for local, column in found.hour.columns.items()},
        )
        number = hour << NUMBER_BITS | part_number
        old = _stored(connection, number)
        whole = _united(old, new) if old else new
        rows = encode_block(whole)
        _prove(Block(*rows), whole)
        connection.execute("INSERT OR REPLACE INTO blocks VALUES (?, ?, ?)", (number, *rows))
        day = hour // _HOURS_OF_DAY << NUMBER_BITS | part_number
        connection.execute("INSERT OR IGNORE INTO dirty VALUES (?)", (day,))
        return day

    def _open(self, path: Path) -> Archive:
        archive = self._archives.pop(path, None) or Archive(path)
        while len(self._archives) >= _OPEN_ARCHIVES:
            self._archives.pop(next(iter(self._archives))).close()
        archive.open()
        self._archives[path] = archive
        return archive

    def _look_for_unsealed(self, path: Path) -> None:
        with reading(path, ARCHIVE_FORMAT) as connection:  # an old month is not opened to write
            rows = connection.execute("SELECT id FROM dirty").fetchall() if connection else []
        for (number,) in rows:
            self._unsealed.setdefault((path, number), self._monotonic())
        self._unread.popleft()


def _of_class(found: TailHour, classes: dict[str, str], class_name: str) -> TailHour:
    """Return the points of one class, numbered anew, at the times at which any of them is there."""
    chosen = [
        (point, found.hour.columns[number])
        for number, point in enumerate(found.points, 1)
        if classes[point.key] == class_name
    ]
    columns = dict(enumerate((column for _, column in chosen), 1))
    points: tuple[PointName, ...] = tuple(point for point, _ in chosen)
    there = np.zeros(len(found.hour.utc_us), np.bool_)
    for column in columns.values():
        there |= column.reasons != ABSENT
    if there.all():
        return TailHour(Hour(found.hour.utc_us, columns), points)
    cut = {n: Column(column.values[there], column.reasons[there]) for n, column in columns.items()}
    return TailHour(Hour(found.hour.utc_us[there], cut), points)


def _stored(connection: sqlite3.Connection, number: int) -> Hour | None:
    """Return what an archive holds of an hour; what is damaged in it is kept elsewhere."""
    query = "SELECT directory, data FROM blocks WHERE id = ?"
    row = connection.execute(query, (number,)).fetchone()
    if row is None:
        return None
    columns: dict[int, Column] = {}
    try:
        block = Block(*row)
        utc_us = block.utc_us
        points = block.points
    except BlockError as error:
        _keep_damage(connection, number, 0, error, row)
        return None
    for point in points:
        try:
            column = block.column(point)
        except BlockError as error:
            _keep_damage(connection, number, point, error, row)
        else:
            if column is not None:
                columns[point] = column
    return Hour(utc_us, columns)


def _keep_damage(
    connection: sqlite3.Connection,
    number: int,
    point: int,
    error: BlockError,
    row: tuple[bytes, bytes],
) -> None:
    _logger.error("block %d, point %d: %s", number, point, error)
    connection.execute(
        "INSERT INTO damage (block, point, detail, directory, data) VALUES (?, ?, ?, ?, ?)",
        (number, point, str(error), *row),
    )


def _prove(block: Block, hour: Hour) -> None:
    """Read back what is about to replace the snapshots; ValueError unless it is the same."""
    same = np.array_equal(block.utc_us, hour.utc_us)
    for point, column in hour.columns.items():
        back = block.column(point)
        same &= back is not None and np.array_equal(back.reasons, column.reasons)
        same &= back is not None and back.values.tobytes() == column.values.tobytes()
    if not same:
        raise ValueError("an hour would not come back as it was recorded")


def _united(old: Hour, new: Hour) -> Hour:
    """Return the samples of both; where both have one at a moment, that of ``old``."""
    utc_us = np.union1d(old.utc_us, new.utc_us)
    at_old, at_new = np.searchsorted(utc_us, old.utc_us), np.searchsorted(utc_us, new.utc_us)
    columns = {}
    for point in sorted({*old.columns, *new.columns}):
        below, above = new.columns.get(point), old.columns.get(point)
        columns[point] = _placed(len(utc_us), (at_new, below), (at_old, above))
    return Hour(utc_us, columns)


def _placed(count: int, *layers: tuple[NDArray[np.intp], Column | None]) -> Column:
    """Lay columns over each other, the last one uppermost."""
    values, reasons = np.full(count, np.nan), np.full(count, ABSENT, np.uint8)
    for at, column in layers:
        if column is not None:
            there = column.reasons != ABSENT
            values[at[there]] = column.values[there]
            reasons[at[there]] = column.reasons[there]
    return Column(values, reasons)


def _day_of(connection: sqlite3.Connection, day: int, part: int) -> dict[int, Trend]:
    """Return the samples of every point of a part in a day."""
    hours = [(day * _HOURS_OF_DAY + hour) << NUMBER_BITS | part for hour in range(_HOURS_OF_DAY)]
    trends: dict[int, list[Trend]] = {}
    query = f"SELECT id, directory, data FROM blocks WHERE id IN ({', '.join(map(str, hours))})"
    for number, directory, data in connection.execute(query):
        try:
            block = Block(directory, data)
            points = block.points
        except BlockError as error:
            _logger.warning("block %d is left out of its day: %s", number, error)
            continue
        for point in points:
            try:
                trend = block.trend(point)
            except BlockError as error:
                _logger.warning("block %d, point %d: %s", number, point, error)
            else:
                trends.setdefault(point, []).extend([trend] if trend is not None else [])
    return {point: merged(parts) for point, parts in trends.items()}
