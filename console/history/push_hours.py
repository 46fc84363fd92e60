"""What there is to send: every part's hour that holds samples, and how it stands to what was sent.

A late sample (a laptop back-filling) changes the digest of an hour that was sent already; that is
how it is noticed, however long ago its hour was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from console.history.connections import reading
from console.history.push_ledger import PartHour, Sent
from console.history.telemetry import TELEMETRY_FORMAT, TELEMETRY_NAME
from console.history.telemetry_store.archive import (
    ARCHIVE_FORMAT,
    NUMBER_BITS,
    NUMBER_MASK,
    ArchivePath,
    archives,
)
from console.history.telemetry_store.block import HOUR_US
from console.history.telemetry_store.reader import TelemetryReader
from console.history.telemetry_store.tail import PointName, pending_hours
from console.history.telemetry_store.trend import Trend
from console.history.trouble import trouble_at

_MIX = np.uint64(0x9E3779B97F4A7C15)  # spreads times over 64 bits before they are summed
_COMPANIONS = ("", "-wal")


@dataclass(frozen=True)
class Month:
    """The hours of one month that hold samples, each with a checksum of what is rolled up.

    The checksum is 0 where samples are not yet rolled up. ``stamps`` is how the month's files
    looked before they were read; empty where such samples remain.
    """

    hours: Mapping[PartHour, int]
    stamps: Mapping[str, str]


@dataclass(frozen=True)
class PointHour:
    """An hour of one point: what it is, and its samples."""

    point: PointName
    trend: Trend


def months(folder: Path, seen: Mapping[str, str], since_us: int | None = None) -> Iterator[Month]:
    """Give what there is, the oldest month first; raises StorageError.

    A month whose files look as in ``seen`` is left out, as is what lies before ``since_us``
    (whole hours).
    """
    since_hour = -(1 << 63) if since_us is None else since_us // HOUR_US
    tail = _in_tail(folder)  # first: what is rolled up meanwhile is met twice, not never
    for _, found in groupby(archives(folder), key=lambda file: file.month):
        files = list(found)
        span = files[0].hours
        fresh = {one for one in tail if one[0] in span}
        tail -= fresh
        stamps = {str(file.path.relative_to(folder)): _stamp(file.path) for file in files}
        if not fresh and all(seen.get(name) == stamp for name, stamp in stamps.items()):
            continue
        hours: dict[PartHour, int] = {}
        for file in files:
            _add(file, hours)
        hours.update(dict.fromkeys(fresh, 0))
        wanted = {key: sums for key, sums in hours.items() if key[0] >= since_hour}
        whole = not fresh and since_us is None
        yield Month(dict(sorted(wanted.items())), stamps if whole else {})
    rest = sorted(one for one in tail if one[0] >= since_hour)
    if rest:
        yield Month(dict.fromkeys(rest, 0), {})


def read_hour(reader: TelemetryReader, part: str, hour: int) -> list[PointHour]:
    """Return every point of a part that has samples in an hour; raises StorageError."""
    points = reader.points(part)
    names = [(part, point.key) for point in points]
    trends = reader.ranges(names, hour * HOUR_US, (hour + 1) * HOUR_US)
    found = map(PointHour, points, trends)
    return [one for one in found if len(one.trend) or one.trend.damaged]


def digest_of(found: Sequence[PointHour], until_us: int | None = None) -> tuple[int, int]:
    """Return how many samples there are up to ``until_us``, and a sum that depends on their times.

    The same samples give the same two numbers in whatever order they came.
    """
    samples, total = 0, 0
    for one in found:
        times = one.trend.utc_us
        if until_us is not None:
            times = times[: int(np.searchsorted(times, until_us, "right"))]
        samples += len(times)
        total += int(_mixed(times).sum(dtype=np.uint64)) * (2 * crc32(one.point.key.encode()) + 1)
    return samples, total % (1 << 63)


def is_as_sent(found: Sequence[PointHour], sent: Sent) -> bool:
    """Whether nothing has come in among what was sent."""
    return digest_of(found, sent.until_us) == (sent.samples, sent.digest)


def _mixed(times: NDArray[np.int64]) -> NDArray[np.uint64]:
    mixed = times.view(np.uint64) * _MIX
    mixed ^= mixed >> np.uint64(29)
    return mixed * _MIX


def _in_tail(folder: Path) -> set[PartHour]:
    path = folder / TELEMETRY_NAME
    with reading(path, TELEMETRY_FORMAT) as connection:
        if connection is None:
            return set()
        return {(hour, part) for part, hour in pending_hours(connection)}


def _add(file: ArchivePath, hours: dict[PartHour, int]) -> None:
    """Add the hours of a file; those of several classes of points count together."""
    with reading(file.path, ARCHIVE_FORMAT) as connection:
        if connection is None:
            return
        parts = dict(connection.execute("SELECT id, part FROM parts"))
        for number, checksum in connection.execute(
            "SELECT id, substr(directory, 1, 4) FROM blocks"
        ):
            key = (number >> NUMBER_BITS, parts.get(number & NUMBER_MASK, ""))
            salted = int.from_bytes(checksum, "little") * 2654435761 + len(file.class_name)
            hours[key] = (hours.get(key, 1) + salted) % (1 << 62) or 1


def _stamp(path: Path) -> str:
    found = []
    for suffix in _COMPANIONS:
        companion = path.with_name(path.name + suffix)
        with trouble_at(path):
            stat = companion.stat() if companion.exists() else None
            if stat is not None and stat.st_size:  # readers leave an empty one behind
                found.append(f"{stat.st_size}:{stat.st_mtime_ns}")
    return " ".join(found)
