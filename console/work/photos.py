"""Photos of the work: files named by their hash, kept in the data folder and never changed.

``data/photos/<aa>/<sha256>.<jpg|png|webp>``: on the disk before anybody hears of it, so that an
event of the log never names a photo that a power cut took. The same picture is kept once.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from console.text import tr
from console.work.events import Refused
from console.work.pictures import read_picture, small_picture

PHOTO_FOLDER = "photos"
MOST_BYTES = 30_000_000
_SUFFIXES = (".jpg", ".png", ".webp")
_PIECE = 1 << 20
_THUMBNAILS = 64


class PhotoError(Refused):
    """A photo that cannot be taken, kept or found; one sentence says why."""


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """A photo that is kept: ``size`` in bytes, ``metadata`` none, kept or removed.

    ``original`` is the SHA-256 of the file as it was given, the same where nothing was removed.
    """

    sha256: str
    media_type: str
    size: int
    width_px: int
    height_px: int
    path: Path
    metadata: str
    original: str


@dataclass(frozen=True, slots=True)
class PhotoCheck:
    """What was read back, and by file or hash everything that is wrong."""

    files: int
    bytes: int
    faults: tuple[tuple[str, str], ...]

    @property
    def ok(self) -> bool:
        """Whether every photo is there and as it was taken."""
        return not self.faults


class PhotoStore:
    """The photos of one data folder; safe from any thread."""

    def __init__(self, folder: Path, *, keep_exif: bool = False) -> None:
        self.folder = folder / PHOTO_FOLDER
        self._keep_exif = keep_exif
        self._small = lru_cache(maxsize=_THUMBNAILS)(self._make_small)

    def take(self, path: Path) -> StoredPhoto:
        """Keep a picture file; raises Refused with the sentence to show, and keeps nothing."""
        content = _content_of(path)
        return self.put(content)

    def put(self, content: bytes) -> StoredPhoto:
        """Keep a picture given as bytes; raises Refused."""
        picture = read_picture(content, keep_exif=self._keep_exif)
        digest = hashlib.sha256(picture.content).hexdigest()
        path = self.folder / digest[:2] / f"{digest}{picture.suffix}"
        if not (path.is_file() and _hash_of(path) == digest):
            _write(path, picture.content)
        return StoredPhoto(
            digest,
            picture.media_type,
            len(picture.content),
            picture.width_px,
            picture.height_px,
            path,
            picture.metadata,
            hashlib.sha256(content).hexdigest(),
        )

    def path_of(self, sha256: str) -> Path:
        """Return where a photo is; raises PhotoError where it is not here."""
        places = (self.folder / sha256[:2] / f"{sha256}{suffix}" for suffix in _SUFFIXES)
        found = next((path for path in places if path.is_file()), None)
        if found is None:
            raise PhotoError(tr("The photo {sha256} is not in this folder.", sha256=sha256[:12]))
        return found

    def holds(self, sha256: str) -> bool:
        """Whether a photo is here."""
        with contextlib.suppress(PhotoError):
            return self.path_of(sha256).is_file()
        return False

    def open(self, sha256: str) -> BinaryIO:
        """Open a photo for reading, to be closed by the caller; raises PhotoError."""
        path = self.path_of(sha256)
        if _hash_of(path) != sha256:
            raise PhotoError(tr("The photo {sha256} is damaged.", sha256=sha256[:12]))
        return path.open("rb")

    def thumbnail(self, sha256: str, edge_px: int = 320) -> bytes:
        """Return a photo as a JPEG no larger than ``edge_px``, the right way up; Refused."""
        return self._small(sha256, edge_px)

    def verify(self, expected: Iterable[str] = ()) -> PhotoCheck:
        """Read every photo back; ``expected`` are hashes that must be here. Never raises."""
        faults: list[tuple[str, str]] = []
        seen: set[str] = set()
        size = 0
        for path in self._files():
            name = path.relative_to(self.folder).as_posix()
            try:
                size += path.stat().st_size
                is_whole = _hash_of(path) == path.stem
            except OSError as error:
                faults.append((name, str(error)))
                continue
            seen.add(path.stem)
            if not is_whole:
                faults.append((name, tr("is not what was taken")))
        faults += [(one, tr("is missing")) for one in sorted(set(expected) - seen)]
        return PhotoCheck(len(seen), size, tuple(faults))

    def _files(self) -> Iterator[Path]:
        yield from sorted(p for p in self.folder.glob("??/*") if p.suffix in _SUFFIXES)

    def _make_small(self, sha256: str, edge_px: int) -> bytes:
        with self.open(sha256) as file:
            return small_picture(file.read(), edge_px)


def _content_of(path: Path) -> bytes:
    """Return what a file holds; refuses before reading what is no file or too large."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise PhotoError(tr("{file} is a folder, not a picture.", file=path.name))
        if not stat.S_ISREG(found.st_mode):  # a pipe would be read for ever
            raise PhotoError(tr("{file} is no file.", file=path.name))
        _refuse_size(found.st_size, path)
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (FileNotFoundError, ValueError):  # the latter: a name that no file can have
        raise PhotoError(tr("There is no file {file}.", file=path.name)) from None
    except OSError as error:
        raise PhotoError(
            tr("{file} cannot be read: {error}.", file=path.name, error=error.strerror or error)
        ) from None
    _refuse_size(len(content), path)
    return content


def _refuse_size(size: int, path: Path) -> None:
    if size == 0:
        raise PhotoError(tr("{file} is empty.", file=path.name))
    if size > MOST_BYTES:
        raise PhotoError(
            tr(
                "{file} has {size} MB; a photo has at most {most} MB.",
                file=path.name,
                size=round(size / 1e6),
                most=MOST_BYTES // 1_000_000,
            )
        )


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, on the disk before it has its name."""
    beside = path.with_name(f"{path.stem}.{uuid4().hex}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
            _sync_folder(folder)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise PhotoError(
            tr("The photo cannot be kept: {error}.", error=error.strerror or error)
        ) from None


def _sync_folder(folder: Path) -> None:
    """Have a folder's names on the disk, where the system lets folders be opened."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _hash_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
