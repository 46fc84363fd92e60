"""Reading all archives back in the background, so that damage is known before someone needs it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from console.history.connections import reading
from console.history.events import JSON
from console.history.telemetry_store.archive import (
    ARCHIVE_FORMAT,
    NUMBER_BITS,
    NUMBER_MASK,
    ArchivePath,
    archives,
)
from console.history.telemetry_store.block import HOUR_US, Block, BlockError
from console.history.telemetry_store.trend import Damage
from console.history.trouble import StorageError

EVERY_S = 86_400.0
FIRST_AFTER_S = 60.0
BUDGET_S = 0.01
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class FileDamage:
    """What is wrong with one file: how many hours of points, and the first of them."""

    count: int
    first: Damage

    def body(self) -> dict[str, JSON]:
        """Return it as the body of an event."""
        first = self.first
        return {
            "file": first.file,
            "count": self.count,
            "part": first.part,
            "key": first.key,
            "from_utc_us": first.from_us,
            "until_utc_us": first.until_us,
            "detail": first.detail,
        }


class Scrubber:
    """Checks every block once a day, a few milliseconds at a time; used by one thread."""

    def __init__(self, folder: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._monotonic = monotonic
        self._next_s = monotonic() + FIRST_AFTER_S
        self._walk: Iterator[FileDamage | None] | None = None

    def work(self, budget_s: float = BUDGET_S) -> list[FileDamage]:
        """Read on for a while; returns the damage of the files that were finished."""
        until_s = self._monotonic() + budget_s
        if self._walk is None:
            if self._monotonic() < self._next_s:
                return []
            self._walk = self._all()
        found = []
        for damage in self._walk:
            if damage is not None:
                found.append(damage)
            if self._monotonic() >= until_s:
                return found
        self._walk, self._next_s = None, self._monotonic() + EVERY_S
        return found

    def _all(self) -> Iterator[FileDamage | None]:
        for file in archives(self._folder):
            faults: list[Damage] = []
            try:
                for some in _faults(file):
                    faults += some
                    yield None
            except StorageError as error:
                faults.append(Damage(file.path.name, "", "", 0, 0, error.detail or error.sentence))
            yield FileDamage(len(faults), faults[0]) if faults else None


def _faults(file: ArchivePath) -> Iterator[list[Damage]]:
    """Give the faults of some blocks at a time; the file is closed between."""
    after = -(1 << 63)
    while True:
        with reading(file.path, ARCHIVE_FORMAT) as connection:
            if connection is None:
                return
            parts = dict(connection.execute("SELECT id, part FROM parts"))
            keys = dict(connection.execute("SELECT id, key FROM points"))
            names = _Names(file.path.name, parts, keys)
            if after == -(1 << 63):
                lost = connection.execute("SELECT block, point, detail FROM damage").fetchall()
                yield [names.damage(*row) for row in lost]
            query = "SELECT * FROM blocks WHERE id > ? ORDER BY id LIMIT ?"
            rows = connection.execute(query, (after, _AT_ONCE)).fetchall()
        yield [names.damage(row[0], *fault) for row in rows for fault in _faults_of(*row[1:])]
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1][0]


def _faults_of(directory: bytes, data: bytes) -> list[tuple[int, str]]:
    try:
        return Block(directory, data).faults()
    except BlockError as error:
        return [(0, str(error))]


@dataclass(frozen=True)
class _Names:
    file: str
    parts: dict[int, str]
    keys: dict[int, str]

    def damage(self, block: int, point: int, detail: str) -> Damage:
        from_us = (block >> NUMBER_BITS) * HOUR_US
        part = self.parts.get(block & NUMBER_MASK, "?")
        return Damage(self.file, part, self.keys.get(point, ""), from_us, from_us + HOUR_US, detail)
