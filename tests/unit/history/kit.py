"""What the tests of the history share: a clock, drafts, snapshots, a filled log."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from console.history.events import JSON, Event, EventDraft
from console.history.feed import EventFeed
from console.history.logfile import LOG_NAME, LogFile
from drivers.points import Point, Schema, Snapshot, Stamp

START_US = 1_795_262_400_000_000  # 2026-11-21 12:00:00 UTC
SCHEMA = Schema(
    (Point("coolant_return_temperature", "Return", "Cel"), Point("level", "Level", "mm"))
)


def at(seconds: float) -> Stamp:
    """A moment so many seconds after START_US."""
    return Stamp(START_US + round(seconds * 1e6), 100.0 + seconds)


def draft(number: int = 0, subject: str = "tank-1", **body: JSON) -> EventDraft:
    return EventDraft("device.lost", subject, body or {"number": number}, at(number))


def snapshot(
    seconds: float, *values: float, part: str = "tank-1", schema: Schema = SCHEMA
) -> Snapshot:
    array = np.array(values or (46.2, float("nan")))
    reasons = np.where(np.isnan(array), 3, 0).astype(np.uint8)
    return Snapshot(part, schema, array, reasons, at(seconds), sequence=round(seconds * 10))


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[LogFile]:
    log = LogFile(folder, lambda: at(0))
    log.open()
    try:
        yield log
    finally:
        log.close()


def write(log: LogFile, *drafts: EventDraft) -> list[Event]:
    """Record drafts in one transaction."""
    feed = EventFeed()
    for one in drafts:
        feed.offer(one)
    return log.append(feed.first_waiting(len(drafts)))


def fill(folder: Path, count: int = 5) -> list[Event]:
    """Make a log of ``count`` events, each in a transaction of its own."""
    with opened(folder) as log:
        return [event for number in range(count) for event in write(log, draft(number))]


@contextlib.contextmanager
def raw(folder: Path, *, unguarded: bool = False) -> Iterator[sqlite3.Connection]:
    """The log as any other program sees it; ``unguarded``: after dropping every trigger."""
    with contextlib.closing(sqlite3.connect(folder / LOG_NAME, isolation_level=None)) as connection:
        if unguarded:
            names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
            for (name,) in names.fetchall():
                connection.execute(f"DROP TRIGGER {name}")
        yield connection


@contextlib.contextmanager
def public_folder() -> Iterator[Path]:
    """A folder that any user can reach, as pytest's own cannot be reached by nobody."""
    folder = Path(tempfile.mkdtemp(prefix="tankside-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


@contextlib.contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """Take write access to a public folder away; root, whom nothing is refused, becomes nobody."""
    if sys.platform == "win32":
        pytest.skip("folder permissions work otherwise there")
    is_root = os.geteuid() == 0
    folder.chmod(0o555)
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o755)
