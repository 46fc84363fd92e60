"""One look at the stored telemetry: the files opened for it, read in an order that misses nothing.

The tail is read before the archives: what moves from one to the other meanwhile is met twice,
which is the same as once.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from console.history.connections import reading
from console.history.telemetry import TELEMETRY_FORMAT, TELEMETRY_NAME
from console.history.telemetry_store.archive import (
    ARCHIVE_FORMAT,
    NUMBER_BITS,
    NUMBER_MASK,
    ArchivePath,
    archives,
)
from console.history.telemetry_store.block import HOUR_US, Block, BlockError, cell_of
from console.history.telemetry_store.cells import Cells, of_samples
from console.history.telemetry_store.classes import shipped
from console.history.telemetry_store.day import DAY_US, decode_hours, decode_minutes
from console.history.telemetry_store.decoded import DecodedHours, Key
from console.history.telemetry_store.tail import PointName, series_of, tail_trend
from console.history.telemetry_store.trend import Damage, Trend, no_samples

_AT_ONCE = 400  # ids in one query
_KEPT_BLOCKS = 256
_HOURS_OF_DAY = 24


@dataclass
class ArchiveView:
    """One archive file, open for reading, and the blocks that were read from it."""

    file: ArchivePath
    connection: sqlite3.Connection
    decoded: DecodedHours
    blocks: dict[int, Block | BlockError | None] = field(default_factory=dict)

    def numbers(self, part: str, key: str) -> tuple[int, int] | None:
        """Return the numbers of a part and a point here, or None."""
        query = (
            "SELECT parts.id, points.id FROM parts JOIN points ON points.part = parts.id "
            "WHERE parts.part = ? AND points.key = ?"
        )
        row = self.connection.execute(query, (part, key)).fetchone()
        return (row[0], row[1]) if row else None

    def dirty_days(self, part: int) -> set[int]:
        """Return the days of a part whose summaries are not up to date."""
        query = "SELECT id >> ? FROM dirty WHERE id & ? = ?"
        return {day for (day,) in self.connection.execute(query, (NUMBER_BITS, NUMBER_MASK, part))}

    def load(self, ids: Sequence[int]) -> Iterator[tuple[int, Block | BlockError]]:
        """Give the blocks that there are, in order of their ids; an unreadable one as its error."""
        if len(self.blocks) > _KEPT_BLOCKS:
            self.blocks.clear()
        missing = [number for number in ids if number not in self.blocks]
        self.blocks.update(dict.fromkeys(missing))
        for number, row in self._rows("directory", "blocks", missing):
            self.blocks[number] = row if isinstance(row, BlockError) else _block(row[0])
        for number in ids:
            block = self.blocks.get(number)
            if block is not None:
                yield number, block

    def load_data(self, ids: Sequence[int]) -> None:
        """Read the pieces of blocks whose directories are there."""
        needed = [number for number in ids if getattr(self.blocks[number], "data", 0) is None]
        for number, row in self._rows("data", "blocks", needed):
            block = self.blocks[number]
            if isinstance(row, BlockError):
                self.blocks[number] = row
            elif isinstance(block, Block):
                block.data = row[0]

    def key_of(self, number: int, block: Block | BlockError, point: int) -> Key | None:
        """Return under what a decoded hour is kept; None where the block has no such point."""
        sums = block.checksums(point) if isinstance(block, Block) else None
        return None if sums is None else (str(self.file.path), number, point, *sums)

    def holds(self, number: int, point: int) -> bool:
        """Whether a block has samples of a point."""
        for _, block in self.load([number]):
            entry = block.entry(point) if isinstance(block, Block) else None
            return entry is not None and bool(entry["samples"])
        return False

    def summaries(self, column: str, ids: Sequence[int]) -> dict[int, bytes]:
        """Return ``hours`` or ``minutes`` of the days that there are."""
        rows = self._rows(column, "days", ids)
        return {number: row[0] for number, row in rows if not isinstance(row, BlockError)}

    def _rows(
        self, columns: str, table: str, ids: Sequence[int]
    ) -> Iterator[tuple[int, tuple[bytes, ...] | BlockError]]:
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            query = f"SELECT id, {columns} FROM {table} WHERE id IN "
            try:
                rows = self.connection.execute(f"{query}({', '.join(map(str, some))})").fetchall()
            except sqlite3.DatabaseError:
                yield from self._one_by_one(query, some)
            else:
                for row in rows:
                    yield row[0], row[1:]

    def _one_by_one(
        self, query: str, ids: Sequence[int]
    ) -> Iterator[tuple[int, tuple[bytes, ...] | BlockError]]:
        """Read a damaged file row by row: what is spoilt costs no more than itself."""
        for number in ids:
            try:
                row = self.connection.execute(f"{query}({number})").fetchone()
            except sqlite3.DatabaseError as error:
                yield number, BlockError(str(error))
            else:
                if row is not None:
                    yield number, row[1:]


class View:
    """All files of a data folder that one question needs; use :func:`viewing`."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack, decoded: DecodedHours) -> None:
        self._stack = stack
        self._decoded = decoded
        self.tail = stack.enter_context(reading(folder / TELEMETRY_NAME, TELEMETRY_FORMAT))
        self._has_classes = False
        if self.tail is not None:
            self.tail.execute("BEGIN")  # the tail stays as it is now, before any archive is read
            query = "SELECT 1 FROM sqlite_schema WHERE name = 'points'"
            self._has_classes = bool(self.tail.execute(query).fetchone())
            self.tail.execute("SELECT 1 FROM series").fetchone()
        self._folder = folder
        self._listed: list[ArchivePath] | None = None
        self._open: dict[Path, ArchiveView | None] = {}

    @property
    def files(self) -> list[ArchivePath]:
        """The archives there were when they were first asked for, after the tail was read."""
        if self._listed is None:
            self._listed = archives(self._folder)
        return self._listed

    def tail_between(self, part: str, key: str, since_us: int, until_us: int) -> Trend:
        """Return the samples that are not rolled up."""
        if self.tail is None:
            return no_samples()
        return tail_trend(self.tail, part, key, since_us, until_us)

    def newest_in_tail(self, part: str, key: str) -> int | None:
        """Return the time of the newest sample of a point that is not rolled up."""
        if self.tail is None:
            return None
        query = "SELECT max(utc_us) FROM frames WHERE series = ?"
        times = [
            self.tail.execute(query, (series.number,)).fetchone()[0]
            for series in series_of(self.tail, part)
            if any(point.key == key for point in series.points)
        ]
        return max((time for time in times if time is not None), default=None)

    def parts(self) -> list[str]:
        """Return the ids of all parts."""
        parts: set[str] = set()
        if self.tail is not None:
            parts.update(part for (part,) in self.tail.execute("SELECT part FROM series"))
        for file in self.files:
            archive = self.open(file)
            if archive is not None:
                parts.update(p for (p,) in archive.connection.execute("SELECT part FROM parts"))
        return sorted(parts)

    def keys(self, part: str) -> list[str]:
        """Return the keys of all points that a part has had."""
        keys: dict[str, None] = {}
        if self.tail is not None:
            for series in series_of(self.tail, part):
                keys.update(dict.fromkeys(point.key for point in series.points))
        query = "SELECT key FROM points JOIN parts ON parts.id = points.part WHERE parts.part = ?"
        for file in reversed(self.files):
            archive = self.open(file)
            if archive is not None:
                keys.update((key, None) for (key,) in archive.connection.execute(query, (part,)))
        return list(keys)

    def points(self, part: str) -> list[PointName]:
        """Return key, name and unit of all points that a part has had, as they were told last."""
        points: dict[str, PointName] = {}
        if self.tail is not None:
            for series in reversed(series_of(self.tail, part)):
                for point in series.points:
                    points.setdefault(point.key, point)
        query = (
            "SELECT key, name, unit FROM points JOIN parts ON parts.id = points.part "
            "WHERE parts.part = ? ORDER BY points.id"
        )
        for file in reversed(self.files):
            archive = self.open(file)
            for row in archive.connection.execute(query, (part,)) if archive is not None else ():
                points.setdefault(row[0], PointName(*row))
        return list(points.values())

    def archives_of(
        self, part: str, key: str, since_us: int, until_us: int
    ) -> Iterator[tuple[ArchiveView, int, int]]:
        """Give the archives that may hold a point in a time, with the numbers it has there."""
        wanted = self._class_of(part, key)
        for file in self.files:
            hours = file.hours
            asked = since_us < hours.stop * HOUR_US and until_us > hours.start * HOUR_US
            if asked and file.class_name == wanted:
                archive = self.open(file)
                numbers = archive.numbers(part, key) if archive is not None else None
                if archive is not None and numbers is not None:
                    yield archive, *numbers

    def open(self, file: ArchivePath) -> ArchiveView | None:
        """Open an archive for this look; None where it has just been removed or holds nothing."""
        if file.path not in self._open:
            connection = self._stack.enter_context(reading(file.path, ARCHIVE_FORMAT))
            if connection is not None:
                connection.execute("BEGIN")  # summaries and blocks as of one moment
            self._open[file.path] = (
                ArchiveView(file, connection, self._decoded) if connection else None
            )
        return self._open[file.path]

    def _class_of(self, part: str, key: str) -> str:
        if self.tail is not None and self._has_classes:
            query = "SELECT class FROM points WHERE part = ? AND key = ?"
            row = self.tail.execute(query, (part, key)).fetchone()
            if row is not None:
                return str(row[0])
        return shipped().name_for(key)


@contextlib.contextmanager
def viewing(folder: Path, decoded: DecodedHours) -> Iterator[View]:
    """Open what a question needs, and close it after; raises StorageError."""
    with contextlib.ExitStack() as stack:
        yield View(folder, stack, decoded)


def trends_in(
    archive: ArchiveView, numbers: tuple[int, int], hours: Sequence[int], name: tuple[str, str]
) -> Iterator[Trend]:
    """Give the samples of a point in these hours; for an unreadable hour a trend that says so."""
    part, point = numbers
    blocks = dict(archive.load([hour << NUMBER_BITS | part for hour in hours]))
    keys = {number: archive.key_of(number, block, point) for number, block in blocks.items()}
    known = {number: archive.decoded.get(key) for number, key in keys.items() if key is not None}
    archive.load_data([number for number, trend in known.items() if trend is None])
    for number in blocks:
        try:
            trend = known.get(number)
            if trend is None:
                trend = _decode(archive.blocks[number], point)
        except BlockError as error:
            from_us = (number >> NUMBER_BITS) * HOUR_US
            file = archive.file.path.name
            yield no_samples(Damage(file, *name, from_us, from_us + HOUR_US, str(error)))
        else:
            key = keys[number]
            if trend is not None and key is not None:
                archive.decoded.put(key, trend)
                yield trend


def _decode(block: Block | BlockError | None, point: int) -> Trend | None:
    if isinstance(block, BlockError):
        raise block
    return None if block is None else block.trend(point)


def cells_in(
    archive: ArchiveView,
    numbers: tuple[int, int],
    days: range,
    name: tuple[str, str],
    level_us: int,
) -> tuple[list[Cells], list[Damage]]:
    """Return the cells of ``level_us`` (an hour or a minute) of a point in these days."""
    part, point = numbers
    dirty = archive.dirty_days(part)
    clean = [day << NUMBER_BITS | point for day in days if day not in dirty]
    column = "hours" if level_us == HOUR_US else "minutes"
    rows = archive.summaries(column, clean)
    cells: list[Cells] = []
    spoilt = {day for day in dirty if day in days}
    if level_us == HOUR_US:
        try:
            cells = [decode_hours(list(rows.values()))] if rows else []
        except BlockError:
            spoilt |= _decoded(rows, cells, lambda row: decode_hours([row]))
    else:
        spoilt |= _decoded(rows, cells, decode_minutes)
    damaged: list[Damage] = []
    for day in sorted(spoilt):
        if level_us == HOUR_US:
            cells += _hours_of(archive, numbers, day)
        else:
            for trend in trends_in(archive, numbers, _hours(day), name):
                damaged += trend.damaged
                cells.append(of_samples(trend, _grid(day, level_us)))
    return cells, damaged


def _hours_of(archive: ArchiveView, numbers: tuple[int, int], day: int) -> list[Cells]:
    """Return the hours of a day as the directories of its blocks have them."""
    part, point = numbers
    cells = []
    for number, block in archive.load([hour << NUMBER_BITS | part for hour in _hours(day)]):
        entry = block.entry(point) if isinstance(block, Block) else None
        if entry is not None:
            cells.append(cell_of(entry, (number >> NUMBER_BITS) * HOUR_US))
    return cells


def _decoded(
    rows: dict[int, bytes], cells: list[Cells], decode: Callable[[bytes], Cells]
) -> set[int]:
    """Add the cells of each row; return the days of those that are spoilt."""
    spoilt = set()
    for number, row in rows.items():
        try:
            cells.append(decode(row))
        except BlockError:
            spoilt.add(number >> NUMBER_BITS)
    return spoilt


def _hours(day: int) -> range:
    return range(day * _HOURS_OF_DAY, (day + 1) * _HOURS_OF_DAY)


def _grid(day: int, level_us: int) -> NDArray[np.int64]:
    return np.arange(DAY_US // level_us + 1) * level_us + day * DAY_US


def _block(directory: bytes) -> Block | BlockError:
    try:
        return Block(directory, None)
    except BlockError as error:
        return error
