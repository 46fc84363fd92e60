"""A backup as one file: a zip that any system opens, holding what a data folder holds."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from console.history.attachments import MEMBER
from console.history.logfile import LOG_NAME
from console.history.status import StorageReason
from console.history.telemetry_store.backup import backup
from console.history.trouble import StorageError, trouble_at
from console.text import tr

SUFFIX = ".zip"
_MEMBER = re.compile(r"^(log|telemetry)\.db$|^telemetry/[a-z]+-\d{4}-\d{2}(\.damaged-[\w-]+)?\.db$")
_PIECE = 1 << 20


def is_packed(path: Path) -> bool:
    """Whether a path names a backup in one file."""
    return path.suffix.lower() == SUFFIX


def pack(
    folder: Path,
    target: Path,
    told: Callable[[Path], None] | None = None,
    faulty: Callable[[Path, str], None] | None = None,
) -> list[str]:
    """Back a data folder up into one file, safe while a console records; returns what is in it.

    ``told`` and ``faulty`` are as for :func:`backup`. The file appears under its name when it is
    complete and on the disk. Raises StorageError.
    """
    if target.exists():
        sentence = tr("{folder} is there already; give a folder that is not.", folder=target)
        raise StorageError(StorageReason.ERROR, sentence, target)
    unfinished = target.with_name(f"{target.name}.unfinished")
    copy = target.with_name(f"{target.name}.copy")
    with trouble_at(target):
        unfinished.unlink(missing_ok=True)
        shutil.rmtree(copy, ignore_errors=True)
    try:
        files = backup(folder, copy, told, faulty)
        names = [file.relative_to(copy).as_posix() for file in files]
        with trouble_at(target):
            with unfinished.open("wb") as stream:
                _write(stream, copy, names)
            unfinished.rename(target)
    finally:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.rmtree(copy.with_name(f"{copy.name}.unfinished"), ignore_errors=True)
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
    return names


@contextlib.contextmanager
def unpacked(source: Path, beside: Path | None = None) -> Iterator[Path]:
    """Give a backup as a folder for the block: itself, or a zip's content in a passing folder.

    ``beside`` is next to where that folder is made, by default the zip. Raises StorageError.
    """
    if not source.is_file():
        yield source
        return
    place = (beside or source).absolute().parent
    with trouble_at(place):
        place.mkdir(parents=True, exist_ok=True)
        passing = Path(tempfile.mkdtemp(prefix=".tankside-", dir=place))
    try:
        _extract(source, passing)
        yield passing
    finally:
        shutil.rmtree(passing, ignore_errors=True)


def _write(stream: BinaryIO, copy: Path, names: list[str]) -> None:
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for name in names:
            packed.write(copy / name, name)
    stream.flush()
    os.fsync(stream.fileno())


def _extract(source: Path, folder: Path) -> None:
    """Write the files of a backup that a zip holds, and nothing else, into a folder."""
    try:
        with trouble_at(source), zipfile.ZipFile(source) as packed:
            members = [one for one in packed.infolist() if _is_member(one.filename)]
            if not any(one.filename == LOG_NAME for one in members):
                raise _no_backup(source)
            for one in members:
                path = folder / one.filename
                path.parent.mkdir(parents=True, exist_ok=True)
                with packed.open(one) as inside, path.open("wb") as out:
                    shutil.copyfileobj(inside, out, _PIECE)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _no_backup(source, str(error)) from error


def _is_member(name: str) -> bool:
    return bool(_MEMBER.match(name) or MEMBER.fullmatch(name))


def _no_backup(source: Path, detail: str = "") -> StorageError:
    sentence = tr("{folder} is no backup: it holds no {file}.", folder=source, file=LOG_NAME)
    if detail:
        sentence = tr("{file} is damaged: {error}.", file=source, error=detail)
    return StorageError(StorageReason.DAMAGED, sentence, source, detail)
