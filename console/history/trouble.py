"""What can be wrong with a folder, a disk or a database, in words a person can act on."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from console.history.status import StorageReason
from console.text import tr

_PRIMARY = 0xFF  # the low byte of an extended SQLite result code
_FULL_ERRNO = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_READ_ONLY_ERRNO = {errno.EROFS, errno.EACCES, errno.EPERM}
_NO_ROOM_BYTES = 128 * 1024  # less than SQLite needs to open a database


class StorageError(Exception):
    """Recording cannot go on: the reason, the file or folder, a sentence for a person, and the
    words of the system or of SQLite.
    """

    def __init__(self, reason: StorageReason, sentence: str, path: Path, detail: str = "") -> None:
        super().__init__(sentence)
        self.detail = detail
        self.reason = reason
        self.sentence = sentence
        self.path = path


@contextlib.contextmanager
def trouble_at(path: Path) -> Iterator[None]:
    """Turn errors of the system and of SQLite inside the block into :class:`StorageError`."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise explain(error, path) from error


def explain(error: OSError | sqlite3.Error, path: Path) -> StorageError:
    """Return the trouble that an error on a file or folder stands for."""
    reason = _reason_of_os(error) if isinstance(error, OSError) else _reason_of_sqlite(error)
    if reason is StorageReason.ERROR:
        reason = _reason_of_folder(path if path.is_dir() else path.parent)
    return StorageError(reason, _sentence(reason, path, error), path, str(error))


def damaged(path: Path, detail: str) -> StorageError:
    """Return the trouble of a database whose content cannot be trusted."""
    return explain(_with_code(sqlite3.DatabaseError(detail), sqlite3.SQLITE_CORRUPT), path)


def in_use(folder: Path, pid: int | None) -> StorageError:
    """Return the trouble of a folder that another console holds."""
    if pid is None:
        sentence = tr(
            "The folder {folder} is in use by another console, so this one records nothing. "
            "Close the other one; this one then takes over.",
            folder=folder,
        )
    else:
        sentence = tr(
            "The folder {folder} is in use by another console (process {pid}), so this one records "
            "nothing. Close the other one; this one then takes over.",
            folder=folder,
            pid=pid,
        )
    return StorageError(StorageReason.IN_USE, sentence, folder)


def cannot_set_aside(path: Path, error: OSError) -> StorageError:
    """Return the trouble of a damaged file that another program keeps from being renamed."""
    sentence = tr(
        "{file} is damaged and could not be set aside ({error}). Close the programs that have it "
        "open; recording then goes on by itself in a new file.",
        file=path,
        error=error,
    )
    return StorageError(StorageReason.DAMAGED, sentence, path, str(error))


def newer(path: Path, found: str, known: str) -> StorageError:
    """Return the trouble of a file that a later version of this program has written."""
    sentence = tr(
        "{file} was written by a newer version of Tankside (format {found}, this one knows "
        "{known}), so it is left alone. Install the newer version, or start with another folder.",
        file=path,
        found=found,
        known=known,
    )
    return StorageError(StorageReason.ERROR, sentence, path)


def _with_code(error: sqlite3.Error, code: int) -> sqlite3.Error:
    error.sqlite_errorcode = code
    return error


def _reason_of_os(error: OSError) -> StorageReason:
    if error.errno in _FULL_ERRNO:
        return StorageReason.FULL
    return StorageReason.READ_ONLY if error.errno in _READ_ONLY_ERRNO else StorageReason.ERROR


def _reason_of_sqlite(error: sqlite3.Error) -> StorageReason:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY
    return {
        sqlite3.SQLITE_FULL: StorageReason.FULL,
        sqlite3.SQLITE_READONLY: StorageReason.READ_ONLY,
        sqlite3.SQLITE_PERM: StorageReason.READ_ONLY,
        sqlite3.SQLITE_BUSY: StorageReason.IN_USE,
        sqlite3.SQLITE_LOCKED: StorageReason.IN_USE,
        sqlite3.SQLITE_CORRUPT: StorageReason.DAMAGED,
        sqlite3.SQLITE_NOTADB: StorageReason.DAMAGED,
    }.get(code, StorageReason.ERROR)


def _reason_of_folder(folder: Path) -> StorageReason:
    """Look at the folder where SQLite says no more than "disk I/O error" or "unable to open"."""
    with contextlib.suppress(OSError):
        if shutil.disk_usage(folder).free < _NO_ROOM_BYTES:
            return StorageReason.FULL
        if not os.access(folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            return StorageReason.READ_ONLY
    return StorageReason.ERROR


def _sentence(reason: StorageReason, path: Path, error: Exception) -> str:
    if reason is StorageReason.FULL:
        return tr(
            "The disk that holds {file} is full, so recording has paused; what is written is safe. "
            "Free some space and recording goes on by itself.",
            file=path,
        )
    if reason is StorageReason.READ_ONLY:
        return tr(
            "{file} cannot be written, so nothing is recorded there. Give this user write access "
            "to it, or start with another folder.",
            file=path,
        )
    if reason is StorageReason.IN_USE:
        return tr(
            "{file} is locked by another program, so recording has paused. Close that program and "
            "recording goes on by itself.",
            file=path,
        )
    if reason is StorageReason.DAMAGED:
        return tr("{file} is damaged: {error}.", file=path, error=error)
    return tr(
        "{file} cannot be used: {error}. Nothing is recorded there until this is put right.",
        file=path,
        error=error,
    )
