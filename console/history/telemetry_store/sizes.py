"""What every point costs on the disk, and how fast a data folder grows."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from console.history.connections import reading
from console.history.telemetry_store.archive import (
    ARCHIVE_FORMAT,
    NUMBER_BITS,
    NUMBER_MASK,
    ArchivePath,
    archives,
)
from console.history.telemetry_store.block import ENTRY, HOUR_US, Block, BlockError
from console.history.telemetry_store.care import FileStats, telemetry_stats
from console.history.telemetry_store.retention import size_of
from console.history.trouble import trouble_at

RECENT_HOURS = 30 * 24
_HOURS_PER_YEAR = 8766


@dataclass
class PointSize:
    """One point in the archives: samples, bytes (its share of the times included), and when.

    ``first_us`` and ``last_us`` are whole hours (UTC microseconds).
    """

    part: str
    key: str
    class_name: str
    samples: int = 0
    bytes: float = 0.0
    first_us: int = 1 << 62
    last_us: int = -(1 << 62)


@dataclass
class Sizes:
    """What a data folder takes: its files, its points, the disk, and bytes per year to come.

    ``growth_bytes`` goes by the newest 30 days and counts only hours in which something was
    recorded; None while nothing is rolled up.
    """

    files: list[FileStats]
    points: list[PointSize]
    log_bytes: int
    free_bytes: int
    growth_bytes: float | None


@dataclass
class _Growth:
    """Bytes of blocks by hour, and of the files that they are in."""

    by_hour: dict[int, int] = field(default_factory=dict)
    blocks: int = 0
    files: int = 0

    def per_year(self) -> float | None:
        if not self.by_hour or not self.blocks:
            return None
        newest = max(self.by_hour)
        recent = [size for hour, size in self.by_hour.items() if hour > newest - RECENT_HOURS]
        return sum(recent) / len(recent) * _HOURS_PER_YEAR * self.files / self.blocks


def sizes_of(folder: Path, log_name: str = "log.db") -> Sizes:
    """Measure a data folder, while a console records or not; raises StorageError."""
    points: dict[tuple[str, str, str], PointSize] = {}
    growth = _Growth()
    for file in archives(folder):
        _measure(file, points, growth)
    with trouble_at(folder):
        free = shutil.disk_usage(folder).free
        log_bytes = size_of(folder / log_name)
    ordered = sorted(points.values(), key=lambda one: (one.part, one.key))
    return Sizes(telemetry_stats(folder), ordered, log_bytes, free, growth.per_year())


def _measure(
    file: ArchivePath, points: dict[tuple[str, str, str], PointSize], growth: _Growth
) -> None:
    with reading(file.path, ARCHIVE_FORMAT) as connection:
        if connection is None:
            return
        growth.files += size_of(file.path)
        parts = dict(connection.execute("SELECT id, part FROM parts"))
        keys = dict(connection.execute("SELECT id, key FROM points"))
        query = "SELECT id, directory, length(data) FROM blocks"
        for number, directory, length in connection.execute(query):
            hour, part = number >> NUMBER_BITS, parts.get(number & NUMBER_MASK, "?")
            taken = len(directory) + length
            growth.by_hour[hour] = growth.by_hour.get(hour, 0) + taken
            growth.blocks += taken
            with contextlib.suppress(BlockError):
                for point, samples, size in _shares(directory):
                    key = keys.get(point, "?")
                    one = points.setdefault(
                        (part, key, file.class_name), PointSize(part, key, file.class_name)
                    )
                    one.samples += samples
                    one.bytes += size
                    one.first_us = min(one.first_us, hour * HOUR_US)
                    one.last_us = max(one.last_us, (hour + 1) * HOUR_US)


def _shares(directory: bytes) -> Iterable[tuple[int, int, float]]:
    """Give point number, samples and bytes of each point; raises BlockError."""
    entries = Block(directory, b"").entries
    common = int(entries["length"][0]) / max(len(entries) - 1, 1) + ENTRY.itemsize
    for entry in entries[1:]:
        yield int(entry["point"]), int(entry["samples"]), int(entry["length"]) + common
