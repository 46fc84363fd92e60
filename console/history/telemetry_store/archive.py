"""The files of the rolled-up telemetry: one for each class of points and month."""

from __future__ import annotations

import re
import sqlite3
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from console.history.connections import Format
from console.history.database import Database
from console.history.trouble import trouble_at

ARCHIVE_FOLDER = "telemetry"
ARCHIVE_FORMAT = Format("archive", application_id=0x546B7341, major=1, minor=0)  # "TksA"
NUMBER_BITS = 24
"""A block's id is ``hour << 24 | part``, a day's ``day << 24 | point``: appended in order of time,
which fills pages to the end."""
NUMBER_MASK = (1 << NUMBER_BITS) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAME = re.compile(r"^([a-z]+)-(\d{4}-(?:0[1-9]|1[0-2]))(\.damaged-.*)?\.db$")


@dataclass(frozen=True, slots=True)
class ArchivePath:
    """A file with the class and the month (``2026-11``) in its name; damaged: it was set aside."""

    path: Path
    class_name: str
    month: str
    damaged: bool

    @property
    def hours(self) -> range:
        """The hours since 1970 that belong into the file."""
        year, month = int(self.month[:4]), int(self.month[5:])
        first = (datetime(year, month, 1, tzinfo=UTC) - _EPOCH).days * 24
        return range(first, first + monthrange(year, month)[1] * 24)


class Archive(Database):
    """One file as the writer sees it."""

    format = ARCHIVE_FORMAT

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._parts: dict[str, int] = {}
        self._points: dict[tuple[int, str], int] = {}

    def open(self) -> None:
        """Open or create the file and its folder; raises StorageError."""
        if not self.is_open:
            with trouble_at(self.path):
                self.path.parent.mkdir(exist_ok=True)
        super().open()

    def on_open(self, connection: sqlite3.Connection) -> None:
        """Read the numbers of parts and points."""
        self.forget()
        self._parts.update(connection.execute("SELECT part, id FROM parts"))
        for number, part, key in connection.execute("SELECT id, part, key FROM points"):
            self._points[part, key] = number

    def forget(self) -> None:
        """Forget numbers that a failed transaction may have taken back."""
        self._parts.clear()
        self._points.clear()

    def part(self, connection: sqlite3.Connection, part: str) -> int:
        """Return the number of a part, given on first sight."""
        if part not in self._parts:
            connection.execute("INSERT OR IGNORE INTO parts (part) VALUES (?)", (part,))
            row = connection.execute("SELECT id FROM parts WHERE part = ?", (part,)).fetchone()
            self._parts[part] = int(row[0])
        return self._parts[part]

    def point(
        self, connection: sqlite3.Connection, part: int, key: str, name: str, unit: str
    ) -> int:
        """Return the number of a point of a part, given on first sight."""
        if (part, key) not in self._points:
            connection.execute(
                "INSERT OR IGNORE INTO points (part, key, name, unit) VALUES (?, ?, ?, ?)",
                (part, key, name, unit),
            )
            query = "SELECT id FROM points WHERE part = ? AND key = ?"
            self._points[part, key] = int(connection.execute(query, (part, key)).fetchone()[0])
        return self._points[part, key]


def archive_path(folder: Path, class_name: str, hour: int) -> Path:
    """Return the file of a class that an hour (since 1970) belongs to; raises OverflowError."""
    return folder / ARCHIVE_FOLDER / f"{class_name}-{month_of(hour)}.db"


def month_of(hour: int) -> str:
    """Return ``2026-11`` for an hour since 1970; OverflowError beyond the years 1 to 9999."""
    moment = _EPOCH + timedelta(hours=hour)
    return f"{moment.year:04d}-{moment.month:02d}"


def archives(folder: Path) -> list[ArchivePath]:
    """Return all archive files of a data folder, the oldest month first."""
    found = []
    where = folder / ARCHIVE_FOLDER
    if where.is_dir():
        for path in where.iterdir():
            match = _NAME.match(path.name)
            if match:
                found.append(ArchivePath(path, match[1], match[2], bool(match[3])))
    return sorted(found, key=lambda one: (one.month, one.class_name, one.damaged, one.path.name))
