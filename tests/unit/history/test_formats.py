"""Old files open, newer minor versions open, newer major versions are refused."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from console.history.connections import user_version
from console.history.database import Database
from console.history.events import Head
from console.history.logfile import LOG_FORMAT, LOG_NAME, LogFile
from console.history.reader import LogReader
from console.history.status import StorageReason
from console.history.telemetry import TELEMETRY_FORMAT, TELEMETRY_NAME, TelemetryFile
from console.history.telemetry_store.archive import ARCHIVE_FOLDER, ARCHIVE_FORMAT
from console.history.telemetry_store.reader import TelemetryReader
from console.history.telemetry_store.store import TelemetryStore
from console.history.trouble import StorageError
from tests.unit.history.kit import at, draft, fill, opened, raw, snapshot, write

FORMATS = Path(__file__).parent / "formats"


def restore(dump: Path, path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(dump.read_text(encoding="utf-8"))


def tables(path: Path) -> set[tuple[str, ...]]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return set(connection.execute("SELECT type, name, sql FROM sqlite_schema"))


def test_there_is_a_fixture_of_the_present_formats() -> None:
    for known in (LOG_FORMAT, TELEMETRY_FORMAT, ARCHIVE_FORMAT):
        assert (FORMATS / f"{known.name}-{known.major}.{known.minor}.sql").exists()


@pytest.mark.parametrize("dump", sorted(FORMATS.glob("log-*.sql")), ids=lambda path: path.stem)
def test_a_log_of_every_released_format(tmp_path: Path, dump: Path) -> None:
    restore(dump, tmp_path / LOG_NAME)
    with opened(tmp_path) as log:
        assert write(log, draft(3))[0].sequence == 4
        assert user_version(log.connection) == LOG_FORMAT.user_version
    result = LogReader(tmp_path).verify()
    assert (result.ok, result.events) == (True, 4)
    assert tables(tmp_path / LOG_NAME) == tables(_new_log(tmp_path / "new"))


def _new_log(folder: Path) -> Path:
    folder.mkdir()
    fill(folder, 0)
    return folder / LOG_NAME


@pytest.mark.parametrize("archive", sorted(FORMATS.glob("arch*.sql")), ids=lambda path: path.stem)
@pytest.mark.parametrize("dump", sorted(FORMATS.glob("telem*.sql")), ids=lambda path: path.stem)
def test_telemetry_of_every_released_format(tmp_path: Path, dump: Path, archive: Path) -> None:
    """Read as it stands, read after it was opened, and read after it was rolled up: the same."""
    restore(dump, tmp_path / TELEMETRY_NAME)
    (tmp_path / ARCHIVE_FOLDER).mkdir()
    restore(archive, tmp_path / ARCHIVE_FOLDER / "lasting-2026-11.db")
    reader = TelemetryReader(tmp_path)
    before = [46.0, 46.0 + 1 / 3, 46.0 + 2 / 3]
    as_it_stands = reader.range("tank-1", "coolant_return_temperature", 0, 1 << 60)
    assert as_it_stands.values.tolist() == before
    store = TelemetryStore(tmp_path, lambda: at(0))
    store.open()
    assert isinstance(store.anchor, Head)
    store.append([snapshot(3, 47.0, 1.0)], None)
    for roll_up in (lambda: None, store.roll_all):
        roll_up()
        trend = reader.range("tank-1", "coolant_return_temperature", 0, 1 << 60)
        assert trend.values.tolist() == [*before, 47.0]
        level = reader.range("tank-1", "level", 0, 1 << 60)
        assert level.reasons.tolist() == [3, 3, 3, 0]
    store.close()
    with contextlib.closing(sqlite3.connect(tmp_path / TELEMETRY_NAME)) as connection:
        assert user_version(connection) == TELEMETRY_FORMAT.user_version
        assert connection.execute("SELECT count(*) FROM frames").fetchone() == (0,)


@pytest.mark.parametrize("name", [LOG_NAME, TELEMETRY_NAME])
def test_an_empty_file_becomes_a_new_one(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    file: Database = LogFile(tmp_path) if name == LOG_NAME else TelemetryFile(tmp_path)
    file.open()
    assert user_version(file.connection) == file.format.user_version
    assert file.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert file.connection.execute("PRAGMA synchronous").fetchone() == (2,)
    file.close()


def test_a_migration_that_was_cut_short_is_finished(tmp_path: Path) -> None:
    """The power fails between the step and its number in the header."""
    fill(tmp_path, 2)
    with raw(tmp_path) as connection:
        connection.execute("PRAGMA user_version = 0")
    assert [event.sequence for event in fill(tmp_path, 1)] == [3]
    assert LogReader(tmp_path).verify().ok


def test_a_newer_minor_version_is_used_as_it_is(tmp_path: Path) -> None:
    fill(tmp_path, 1)
    with raw(tmp_path) as connection:
        connection.execute("ALTER TABLE events ADD COLUMN later TEXT")
        connection.execute(f"PRAGMA user_version = {LOG_FORMAT.user_version + 7}")
    assert [event.sequence for event in fill(tmp_path, 1)] == [2]
    with raw(tmp_path) as connection:
        assert user_version(connection) == LOG_FORMAT.user_version + 7
    assert LogReader(tmp_path).verify().ok


def test_a_newer_major_version_is_left_alone(tmp_path: Path) -> None:
    fill(tmp_path, 1)
    with raw(tmp_path) as connection:
        connection.execute(f"PRAGMA user_version = {(LOG_FORMAT.major + 1) << 16 | 4}")
    before = (tmp_path / LOG_NAME).read_bytes()
    with pytest.raises(
        StorageError, match=r"newer version of Tankside \(format 2\.4, this"
    ) as caught:
        LogFile(tmp_path).open()
    assert caught.value.reason is StorageReason.ERROR
    assert (tmp_path / LOG_NAME).read_bytes() == before


def test_a_database_of_another_program_is_not_touched(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / LOG_NAME)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(StorageError, match="it is a database of another program") as caught:
        LogFile(tmp_path).open()
    assert caught.value.reason is StorageReason.DAMAGED
    assert {name for _, name, _ in tables(tmp_path / LOG_NAME)} == {"recipes"}


def test_sqlite_utils_is_imported_only_to_migrate(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from console.history.history import History\n"
        "from console.history.logfile import LogFile\n"
        "log = LogFile(Path(sys.argv[1])); log.open(); log.close()\n"
        "print('sqlite_utils' in sys.modules, 'numpy' in sys.modules)\n"
    )
    answers = [
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(2)
    ]
    assert [answer[0] for answer in answers] == ["True", "False"]
    assert answers[1][1] == "False"
