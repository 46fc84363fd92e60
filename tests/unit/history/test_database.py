"""Setting aside by name, and checking a big file without making anybody wait."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from console.history import database
from console.history.logfile import LOG_NAME, LogFile
from console.history.status import StorageReason
from console.history.trouble import StorageError
from tests.unit.history.kit import START_US, draft, fill, opened, write

ASIDE = "log.damaged-20261121T120000Z"


def spoil(path: Path) -> None:
    """Overwrite every page but the first, as a failing disk might."""
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)


def damage_of(file: LogFile) -> StorageError:
    with pytest.raises(StorageError) as caught:
        file.open()
    assert caught.value.reason is StorageReason.DAMAGED
    return caught.value


def test_set_aside_takes_all_three_files_and_never_overwrites(tmp_path: Path) -> None:
    for name in (ASIDE, f"{ASIDE}-2"):
        log = LogFile(tmp_path)
        log.open()
        write(log, draft(1))
        connection = log.connection
        for suffix in ("-wal", "-shm"):
            assert (tmp_path / f"{LOG_NAME}{suffix}").exists()
        (tmp_path / f"{LOG_NAME}-wal").write_bytes(b"left by a crash")
        log._connection = None  # as after a crash: nothing is folded in
        assert log.set_aside(START_US) == tmp_path / f"{name}.db"
        assert not list(tmp_path.glob(f"{LOG_NAME}*"))
        assert (tmp_path / f"{name}.db-wal").read_bytes() == b"left by a crash"
        connection.close()


@pytest.mark.parametrize("content", [b"\0" * 8192, b"not a database" * 900])
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    (tmp_path / LOG_NAME).write_bytes(content)
    damage_of(LogFile(tmp_path))


def test_a_file_cut_short(tmp_path: Path) -> None:
    fill(tmp_path, 200)
    path = tmp_path / LOG_NAME
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    damage_of(LogFile(tmp_path))


def test_spoilt_pages_are_found_before_the_first_write(tmp_path: Path) -> None:
    fill(tmp_path, 200)
    spoil(tmp_path / LOG_NAME)
    assert "log.db is damaged" in damage_of(LogFile(tmp_path)).sentence


def reopen_for(log: LogFile, seconds: float) -> None:
    deadline_s = time.monotonic() + seconds
    while time.monotonic() < deadline_s:
        log.open()
        time.sleep(0.01)


def test_a_big_file_opens_at_once_and_its_damage_is_found_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, 400)
    path = tmp_path / LOG_NAME
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xa5" * 4096
    path.write_bytes(content)
    monkeypatch.setattr(database, "CHECK_AT_ONCE_BYTES", 4096)
    log = LogFile(tmp_path)
    log.open()
    try:
        with pytest.raises(StorageError) as caught:
            reopen_for(log, seconds=10)
        assert caught.value.reason is StorageReason.DAMAGED
    finally:
        log.close()


def test_a_check_that_finds_nothing_and_one_that_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, 200)
    monkeypatch.setattr(database, "CHECK_AT_ONCE_BYTES", 0)
    for pause_s in (0.0, 0.2):
        with opened(tmp_path) as log:
            time.sleep(pause_s)
            write(log, draft(1))


def test_a_damaged_file_that_cannot_be_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, 1)

    def refuse(_self: Path, _target: Path) -> Path:
        raise PermissionError(13, "used by another process")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(StorageError, match=r"could not be set aside .*Close the programs"):
        LogFile(tmp_path).set_aside(START_US)
    assert (tmp_path / LOG_NAME).exists()
