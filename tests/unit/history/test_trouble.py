"""Every error of the system becomes a reason and a sentence: what, where and what to do."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from pathlib import Path

import pytest

from console.history.status import StorageReason
from console.history.trouble import StorageError, explain, trouble_at
from tests.unit.history.kit import public_folder, unwritable


def sqlite_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("what SQLite says")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (sqlite_error(sqlite3.SQLITE_FULL), StorageReason.FULL),
        (OSError(errno.ENOSPC, "no space"), StorageReason.FULL),
        (sqlite_error(sqlite3.SQLITE_READONLY), StorageReason.READ_ONLY),
        (sqlite_error(sqlite3.SQLITE_READONLY_DBMOVED), StorageReason.READ_ONLY),
        (PermissionError(errno.EACCES, "denied"), StorageReason.READ_ONLY),
        (OSError(errno.EROFS, "read-only file system"), StorageReason.READ_ONLY),
        (sqlite_error(sqlite3.SQLITE_BUSY), StorageReason.IN_USE),
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), StorageReason.IN_USE),
        (sqlite_error(sqlite3.SQLITE_CORRUPT), StorageReason.DAMAGED),
        (sqlite_error(sqlite3.SQLITE_CORRUPT_INDEX), StorageReason.DAMAGED),
        (sqlite_error(sqlite3.SQLITE_NOTADB), StorageReason.DAMAGED),
        (sqlite_error(sqlite3.SQLITE_IOERR_FSYNC), StorageReason.ERROR),
        (sqlite3.ProgrammingError("no code"), StorageReason.ERROR),
        (OSError(errno.EIO, "input/output error"), StorageReason.ERROR),
    ],
)
def test_reasons(tmp_path: Path, error: OSError | sqlite3.Error, reason: StorageReason) -> None:
    trouble = explain(error, tmp_path / "log.db")
    assert trouble.reason is reason
    assert str(tmp_path / "log.db") in trouble.sentence
    assert trouble.sentence.endswith(".")
    assert str(trouble) == trouble.sentence
    assert trouble.detail == str(error)


def test_a_vague_error_on_a_full_disk_is_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=4096)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)
    vague = sqlite_error(sqlite3.SQLITE_IOERR_SHMSIZE)
    assert explain(vague, tmp_path / "log.db").reason is StorageReason.FULL


def test_a_vague_error_in_a_folder_without_access_is_just_that() -> None:
    vague = sqlite_error(sqlite3.SQLITE_CANTOPEN)
    with public_folder() as folder, unwritable(folder):
        assert explain(vague, folder / "log.db").reason is StorageReason.READ_ONLY


def test_only_errors_of_the_system_are_translated(tmp_path: Path) -> None:
    with pytest.raises(StorageError), trouble_at(tmp_path):
        raise PermissionError(errno.EACCES, "denied")
    with pytest.raises(KeyError), trouble_at(tmp_path):
        raise KeyError("a fault of ours")
