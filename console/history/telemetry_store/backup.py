"""A copy of a data folder, taken while a console records there, and its life elsewhere."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from console.history.attachments import attachments, copy_attachment
from console.history.check import quick_check
from console.history.connections import connect, connect_read_only
from console.history.events import EventDraft, Kind
from console.history.feed import EventFeed
from console.history.lock import FolderLock
from console.history.logfile import LOG_NAME, LogFile
from console.history.status import StorageReason
from console.history.telemetry import TELEMETRY_NAME
from console.history.telemetry_store.archive import ARCHIVE_FOLDER, archives
from console.history.trouble import StorageError, trouble_at
from console.text import tr
from drivers.points import Stamp

LOG_RESTORED = Kind.LOG_RESTORED
_PAGES = 2000  # copied at once: between them the console writes
_PAUSE_S = 0.002


def backup(
    folder: Path,
    target: Path,
    told: Callable[[Path], None] | None = None,
    faulty: Callable[[Path, str], None] | None = None,
) -> list[Path]:
    """Copy all databases and photos of a data folder into a new folder; returns the copies.

    Safe while a console records: each file is copied as of one moment. The tail goes first, so
    that what is rolled up meanwhile is in it; the log after it, so that it holds all that the tail
    says it does; photos last, each of which was there before the log named it. ``told`` hears of
    each copy, ``faulty`` of each file that is damaged and was copied as it is, with SQLite's words.
    The folder appears under its name when it is complete.
    Raises StorageError, also where ``target`` exists.
    """
    if target.exists():
        raise _taken(target)
    if not any(source.exists() for source in _sources(folder)):
        sentence = tr("{folder}: nothing has been recorded there", folder=folder)
        raise StorageError(StorageReason.ERROR, sentence, folder)
    unfinished = target.with_name(f"{target.name}.unfinished")
    with trouble_at(unfinished):
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
    copies = []
    for source in _sources(folder):
        copy = unfinished / source.relative_to(folder)
        if source.exists():  # else it was beyond its time and has just been removed
            fault = _copy(source, copy)
            if fault and faulty is not None:
                faulty(source, fault)
            copies.append(target / source.relative_to(folder))
            if told is not None:
                told(copies[-1])
    for source in attachments(folder):
        fault = copy_attachment(source, unfinished / source.relative_to(folder))
        if fault and faulty is not None:
            faulty(source, fault)
        copies.append(target / source.relative_to(folder))
        if told is not None:
            told(copies[-1])
    with trouble_at(target):
        _sync(unfinished)
        unfinished.rename(target)
    return copies


def restore(
    source: Path,
    folder: Path,
    clock: Callable[[], Stamp] = Stamp.now,
    *,
    told_as: Path | None = None,
) -> tuple[list[Path], str]:
    """Copy a backup into a data folder that holds no log yet; returns the files and the device id.

    The copy gets a **new device id**: two laptops that go on from one backup write two chains.
    The first event of the new chain says where it comes from: ``told_as`` where ``source`` is
    only in passing. Raises StorageError.
    """
    if not (source / LOG_NAME).exists():
        sentence = tr("{folder} is no backup: it holds no {file}.", folder=source, file=LOG_NAME)
        raise StorageError(StorageReason.ERROR, sentence, source)
    with trouble_at(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FolderLock(folder)
        lock.acquire()
    try:
        if (folder / LOG_NAME).exists() or (folder / TELEMETRY_NAME).exists():
            raise _taken(folder)
        files = []
        for one in _sources(source):
            if one.exists():
                _copy(one, folder / one.relative_to(source))
                files.append(folder / one.relative_to(source))
        for one in attachments(source):
            copy_attachment(one, folder / one.relative_to(source))
            files.append(folder / one.relative_to(source))
        return files, _new_device_id(folder, told_as or source, clock)
    finally:
        lock.release()


def _new_device_id(folder: Path, source: Path, clock: Callable[[], Stamp]) -> str:
    log = LogFile(folder, clock)
    log.open()
    try:
        head = log.head
        body = {"backup": str(source), "device_id": head.device_id if head else ""}
        feed = EventFeed()
        feed.offer(EventDraft(LOG_RESTORED, "log", {**body}, clock()))
        (event,) = log.begin_new_chain(feed.first_waiting(1)[0])
        return event.device_id
    finally:
        log.close()


def _sources(folder: Path) -> Iterator[Path]:
    """Give the files to copy, in an order that loses nothing while a console records.

    The archives are looked for after the tail has been copied: what is rolled up into a new one
    meanwhile is in the tail's copy or in that.
    """
    yield folder / TELEMETRY_NAME
    for file in archives(folder):
        yield file.path
    yield folder / LOG_NAME


def _copy(source: Path, copy: Path) -> str:
    """Copy a database; returns what is wrong with it, where the copy is as wrong as the source."""
    with trouble_at(copy.parent):
        copy.parent.mkdir(parents=True, exist_ok=True)
    with (
        trouble_at(source),
        contextlib.closing(connect_read_only(source)) as reader,
        contextlib.closing(connect(copy)) as writer,
    ):
        reader.execute("BEGIN")  # one moment: else every commit of the console starts it anew
        reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        reader.backup(writer, pages=_PAGES, sleep=_PAUSE_S)
        writer.execute("PRAGMA journal_mode = DELETE").fetchone()  # one file, on any medium
        fault = quick_check(writer)
        if fault and not quick_check(reader):
            raise sqlite3.DatabaseError(fault)
        return fault


def _sync(folder: Path) -> None:
    """Have the copies on the disk before the folder gets its name."""
    for path in [*folder.glob("*.db"), *folder.glob(f"{ARCHIVE_FOLDER}/*.db")]:
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def _taken(folder: Path) -> StorageError:
    sentence = tr("{folder} is there already; give a folder that is not.", folder=folder)
    return StorageError(StorageReason.ERROR, sentence, folder)
