"""Dropping old telemetry: whole months, by removing their files."""

from __future__ import annotations

import logging
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

from console.history.telemetry_store.archive import ArchivePath, archives
from console.history.telemetry_store.classes import Classes, PointClass, shipped

ALWAYS_KEPT = 2
"""So many of the newest months stay whatever the limits say."""
_COMPANIONS = ("-wal", "-shm", "")
_logger = logging.getLogger(__name__)


def enforce(
    folder: Path, let_go: Callable[[Path], None], classes: Classes | None = None
) -> list[Path]:
    """Remove the months beyond the limits of their class; returns the files that are gone.

    ``let_go`` closes a file that is about to be removed. One that another program holds is left
    for the next time. Never raises.
    """
    found = archives(folder)
    gone = []
    for one in (classes or shipped()).classes:
        for file in _too_old([file for file in found if file.class_name == one.name], one):
            let_go(file.path)
            if _remove(file.path):
                gone.append(file.path)
    return gone


def _too_old(files: list[ArchivePath], limits: PointClass) -> list[ArchivePath]:
    months = [list(group) for _, group in groupby(files, key=lambda file: file.month)]
    kept = max(limits.keep_months, ALWAYS_KEPT) if limits.keep_months else len(months)
    dropped = months[: max(len(months) - kept, 0)]
    rest = months[len(dropped) :]
    while limits.budget_bytes and len(rest) > ALWAYS_KEPT and _size(rest) > limits.budget_bytes:
        dropped.append(rest.pop(0))
    return [file for month in dropped for file in month]


def _size(months: list[list[ArchivePath]]) -> int:
    return sum(size_of(file.path) for month in months for file in month)


def size_of(path: Path) -> int:
    """Return the bytes that a database and its companions take."""
    total = 0
    for suffix in _COMPANIONS:
        companion = path.with_name(path.name + suffix)
        if companion.exists():
            total += companion.stat().st_size
    return total


def _remove(path: Path) -> bool:
    try:
        for suffix in reversed(_COMPANIONS):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    except OSError as error:
        _logger.warning("%s is beyond its time and could not be removed: %s", path, error)
        return False
    _logger.info("%s was beyond its time and is removed", path)
    return True
