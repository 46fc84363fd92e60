"""Putting a bundle in place: the new folder beside the old one, then both names changed at once.

``FOLDER`` is the site in use, ``FOLDER.before`` the one kept to go back to, ``FOLDER.new`` one that
is not finished. A cut of power between the two renamings leaves ``FOLDER.before`` alone, and the
next call puts it back.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from console.bundle.archive import Bundle
from console.bundle.gather import check_site_folder
from console.bundle.manifest import SITE_FILE
from console.text import tr
from drivers.files import FileError

RECORD = "bundle.json"


def stage(bundle: Bundle, folder: Path) -> Path:
    """Unpack a bundle beside a site's folder and check it as a site; returns where it lies.

    Raises FileError where it cannot be written or is no site that this version can open.
    """
    staged = _beside(folder, "new")
    try:
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        for name, content in bundle.contents.items():
            path = staged / name
            path.parent.mkdir(exist_ok=True)
            _write(path, content)
        _write(staged / RECORD, json.dumps(record_of(bundle), indent=1, sort_keys=True).encode())
    except OSError as error:
        raise FileError(f"{staged}: cannot be written: {error.strerror or error}") from None
    try:
        check_site_folder(staged / SITE_FILE)
    except FileError:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    return staged


def exchange(folder: Path, staged: Path) -> None:
    """Put a staged site in use, keep the one before; raises FileError with the old one in use."""
    before = _beside(folder, "before")
    try:
        recover(folder)
        if folder.exists():
            shutil.rmtree(before, ignore_errors=True)
            folder.rename(before)
        staged.rename(folder)
        _sync(folder.parent)
    except OSError as error:
        recover(folder)
        raise FileError(f"{folder}: cannot be exchanged: {error.strerror or error}") from None


def roll_back(folder: Path) -> None:
    """Exchange the site in use and the one kept before it; raises FileError where there is none."""
    before, aside = _beside(folder, "before"), _beside(folder, "new")
    recover(folder)
    if not (before / SITE_FILE).is_file():
        raise FileError(tr("{folder}: nothing is kept to go back to", folder=folder))
    try:
        shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)
        before.rename(folder)
        aside.rename(before)
        _sync(folder.parent)
    except OSError as error:
        recover(folder)
        raise FileError(f"{folder}: cannot be exchanged: {error.strerror or error}") from None


def recover(folder: Path) -> None:
    """End an exchange that was cut off: where no site is in use, the one before is again."""
    before = _beside(folder, "before")
    if not folder.exists() and before.is_dir():
        before.rename(folder)


def record_of(bundle: Bundle) -> dict[str, Any]:
    """Return what is kept beside a site of the bundle it came from."""
    return {
        "site": bundle.manifest.site,
        "number": bundle.manifest.number,
        "digest": bundle.digest,
        "key": bundle.signature.public_key,
        "made_utc_us": bundle.manifest.made_utc_us,
    }


def record_at(folder: Path) -> dict[str, Any]:
    """Return the record of a site's folder; empty for one that came from no bundle."""
    try:
        found = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _beside(folder: Path, what: str) -> Path:
    return folder.with_name(f"{folder.name}.{what}")


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Have a folder's names on the disk, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
