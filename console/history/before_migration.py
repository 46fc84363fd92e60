"""A copy of a database before a newer version of the console changes its form.

``log.db`` in form 1.0 is copied to ``log.before-1.1.db`` before it becomes 1.1. Going back to the
older version then costs what was recorded since, and nothing else.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import sqlite3
from pathlib import Path

_SPARE_BYTES = 64 * 2**20
_logger = logging.getLogger(__name__)


def copy_before(connection: sqlite3.Connection, path: Path, target: int) -> Path | None:
    """Copy an open database beside itself, whole or not at all; returns where, None without room.

    ``target`` is the number of the form it is about to take (major << 16 | minor). A copy made by
    an earlier try is kept: it is the older. Without room for a copy the console records all the
    same and its log file says so. Raises sqlite3.Error, OSError.
    """
    name = f"{path.stem}.before-{target >> 16}.{target & 0xFFFF}{path.suffix}"
    kept, draft = path.with_name(name), path.with_name(f".{name}.new")
    if kept.exists():
        return kept
    if shutil.disk_usage(path.parent).free < path.stat().st_size + _SPARE_BYTES:
        _logger.warning("%s is migrated without a copy: the disk has no room for one", path)
        return None
    draft.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(draft)) as copy:
        connection.backup(copy)
    draft.replace(kept)
    return kept
