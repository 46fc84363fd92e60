"""A database is copied before a newer version changes its form."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path
from typing import NamedTuple

import pytest

from console.history.before_migration import copy_before
from console.history.connections import user_version
from console.history.logfile import LOG_FORMAT
from tests.house.logs import Expected
from tests.unit.history.kit import opened

TARGET = 1 << 16 | 1


class Usage(NamedTuple):
    """What shutil.disk_usage returns."""

    total: int
    used: int
    free: int


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with contextlib.closing(sqlite3.connect(tmp_path / "log.db")) as made:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute(f"PRAGMA user_version = {1 << 16}")
        made.execute("CREATE TABLE events (id INTEGER)")
        made.execute("INSERT INTO events VALUES (7)")
        made.commit()
    return tmp_path / "log.db"


def copied(path: Path) -> Path | None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return copy_before(connection, path, TARGET)


def test_the_copy_is_whole_and_in_the_old_form(path: Path) -> None:
    copy = copied(path)
    assert copy == path.with_name("log.before-1.1.db")
    with contextlib.closing(sqlite3.connect(copy)) as found:
        assert found.execute("SELECT id FROM events").fetchall() == [(7,)]
        assert user_version(found) == 1 << 16
    assert not [file for file in path.parent.iterdir() if file.name.endswith(".new")]


def test_a_second_try_keeps_the_first_copy(path: Path) -> None:
    copied(path)
    with contextlib.closing(sqlite3.connect(path)) as changed:
        changed.execute("DELETE FROM events")
        changed.commit()
    copy = copied(path)
    assert copy is not None
    with contextlib.closing(sqlite3.connect(copy)) as found:
        assert found.execute("SELECT id FROM events").fetchall() == [(7,)]


def test_without_room_it_says_so_and_recording_goes_on(
    path: Path, monkeypatch: pytest.MonkeyPatch, expected_logs: Expected
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(1, 1, 1000))
    expected_logs("migrated without a copy")
    assert copied(path) is None
    assert path.exists()


def test_a_log_of_the_form_before_is_copied_when_it_is_opened(tmp_path: Path) -> None:
    dump = Path(__file__).parent / "formats" / "log-1.0.sql"
    with contextlib.closing(sqlite3.connect(tmp_path / "log.db")) as made:
        made.executescript(dump.read_text(encoding="utf-8"))
        before = user_version(made)
        rows = made.execute("SELECT id, hash FROM events ORDER BY rowid").fetchall()
    with opened(tmp_path) as log:
        assert user_version(log.connection) > before
    name = f"log.before-{LOG_FORMAT.major}.{LOG_FORMAT.minor}.db"
    with contextlib.closing(sqlite3.connect(tmp_path / name)) as copy:
        assert user_version(copy) == before
        assert copy.execute("SELECT id, hash FROM events ORDER BY rowid").fetchall() == rows
