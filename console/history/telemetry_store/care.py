"""Looking after the stored telemetry: proving that it can be read, and saying what there is."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from console.history.check import quick_check
from console.history.connections import reading
from console.history.telemetry import TELEMETRY_FORMAT, TELEMETRY_NAME
from console.history.telemetry_store.archive import (
    ARCHIVE_FORMAT,
    NUMBER_BITS,
    NUMBER_MASK,
    ArchivePath,
    archives,
)
from console.history.telemetry_store.block import HOUR_US, Block, BlockError
from console.history.telemetry_store.day import DAY_US, decode_hours, decode_minutes
from console.history.telemetry_store.retention import size_of
from console.history.telemetry_store.salvage import Row, blocks_in
from console.history.telemetry_store.trend import Damage
from console.history.trouble import StorageError


@dataclass(frozen=True, slots=True)
class TelemetryCheck:
    """What was read (files, hours of parts, samples) and everything that is wrong with it."""

    files: int
    blocks: int
    samples: int
    faults: tuple[Damage, ...]

    @property
    def ok(self) -> bool:
        """Whether everything that was recorded can be read."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class FileStats:
    """One file: bytes on the disk, rows (hours of parts; in the tail snapshots), samples, and the
    first and the last moment (UTC microseconds; None where there is none).
    """

    path: Path
    bytes: int
    rows: int
    samples: int
    first_us: int | None
    last_us: int | None


def verify_telemetry(folder: Path) -> TelemetryCheck:
    """Read everything that a data folder holds, sample by sample; never raises for damage."""
    faults: list[Damage] = []
    files = archives(folder)
    tail_samples = _verify_tail(folder / TELEMETRY_NAME, faults)
    blocks = samples = 0
    for file in files:
        counted = _verify_archive(file, faults)
        blocks, samples = blocks + counted[0], samples + counted[1]
    return TelemetryCheck(len(files) + 1, blocks, samples + tail_samples, tuple(faults))


def telemetry_stats(folder: Path) -> list[FileStats]:
    """Return the figures of the tail and of every archive; raises StorageError."""
    tail = folder / TELEMETRY_NAME
    stats = []
    with reading(tail, TELEMETRY_FORMAT) as connection:
        if connection is not None:
            query = (
                "SELECT count(*), total(length(readings)) / 8, min(utc_us), max(utc_us) FROM frames"
            )
            rows, samples, first_us, last_us = connection.execute(query).fetchone()
            stats.append(FileStats(tail, size_of(tail), rows, int(samples), first_us, last_us))
    for file in archives(folder):
        with reading(file.path, ARCHIVE_FORMAT) as connection:
            if connection is not None:
                stats.append(_archive_stats(file.path, connection))
    return stats


def _archive_stats(path: Path, connection: sqlite3.Connection) -> FileStats:
    rows = samples = 0
    hours: list[int] = []
    for number, directory in connection.execute("SELECT id, directory FROM blocks ORDER BY id"):
        rows += 1
        hours.append(number >> NUMBER_BITS)
        with contextlib.suppress(BlockError):
            samples += int(Block(directory, b"").entries["samples"][1:].sum())
    first_us = hours[0] * HOUR_US if hours else None
    last_us = (hours[-1] + 1) * HOUR_US if hours else None
    return FileStats(path, size_of(path), rows, samples, first_us, last_us)


def _verify_tail(path: Path, faults: list[Damage]) -> int:
    samples = 0
    with _told(path, faults), reading(path, TELEMETRY_FORMAT) as connection:
        if connection is not None:
            fault = quick_check(connection)
            if fault:
                faults.append(_of_file(path, fault))
            query = "SELECT total(length(readings)) / 8 FROM frames"
            samples = int(connection.execute(query).fetchone()[0])
    return samples


def _verify_archive(file: ArchivePath, faults: list[Damage]) -> tuple[int, int]:
    blocks = samples = 0
    with _told(file.path, faults), reading(file.path, ARCHIVE_FORMAT) as connection:
        if connection is None:
            return 0, 0
        fault = quick_check(connection)
        if fault:
            faults.append(_of_file(file.path, fault))
        parts = dict(connection.execute("SELECT id, part FROM parts"))
        keys = dict(connection.execute("SELECT id, key FROM points"))
        for number, row in blocks_in(connection, parts, file.hours):
            hour, part = number >> NUMBER_BITS, parts.get(number & NUMBER_MASK, "?")
            blocks += 1
            for key, detail, count in _verify_block(row, keys):
                samples += count
                if detail:
                    from_us = hour * HOUR_US
                    until_us = from_us + HOUR_US
                    faults.append(Damage(file.path.name, part, key, from_us, until_us, detail))
        _verify_days(file, connection, faults)
    return blocks, samples


def _verify_block(
    row: Row | sqlite3.DatabaseError, keys: dict[int, str]
) -> Iterator[tuple[str, str, int]]:
    """Give ``(key, fault or nothing, readable samples)`` of each point of a block."""
    if isinstance(row, sqlite3.DatabaseError):
        yield "", str(row), 0
        return
    try:
        block = Block(*row)
        points, moments = block.points, len(block.utc_us)
    except BlockError as error:
        yield "", str(error), 0
        return
    for point in points:
        try:
            trend = block.trend(point)
        except BlockError as error:
            yield keys.get(point, "?"), str(error), 0
        else:
            count = len(trend) if trend is not None else 0
            yield keys.get(point, "?"), "" if count <= moments else "too many samples", count


def _verify_days(file: ArchivePath, connection: sqlite3.Connection, faults: list[Damage]) -> None:
    query = "SELECT points.id, parts.part, key FROM points JOIN parts ON parts.id = points.part"
    names = {number: (part, key) for number, part, key in connection.execute(query)}
    for number, hours, minutes in connection.execute("SELECT * FROM days"):
        try:
            decode_hours([hours])
            decode_minutes(minutes)
        except BlockError as error:
            from_us = (number >> NUMBER_BITS) * DAY_US
            part, key = names.get(number & NUMBER_MASK, ("?", "?"))
            detail = f"the summary of the day: {error}"
            faults.append(Damage(file.path.name, part, key, from_us, from_us + DAY_US, detail))


@contextlib.contextmanager
def _told(path: Path, faults: list[Damage]) -> Iterator[None]:
    """Note what keeps a file from being read to its end."""
    try:
        yield
    except StorageError as error:
        faults.append(_of_file(path, error.detail or error.sentence))


def _of_file(path: Path, detail: str) -> Damage:
    return Damage(path.name, "", "", 0, 0, detail)
