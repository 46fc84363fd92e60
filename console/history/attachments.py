"""Files that events of the log name by their hash: photos, in a folder beside the log.

Who takes them and looks at them is ``console.work.photos``; here they are copied and counted with
everything else that a data folder holds. A file whose content has not the SHA-256 that is its name
is damaged.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.history.trouble import trouble_at
from console.text import tr

ATTACHMENT_FOLDER = "photos"
MEMBER = re.compile(r"photos/([0-9a-f]{2})/\1[0-9a-f]{62}\.(jpg|png|webp)")
"""The name of such a file within a data folder or a packed backup."""
NAMING_KINDS = frozenset({"work.photo_taken"})
"""The kinds of event that name such a file, by the member ``sha256``."""
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class AttachmentCheck:
    """What was read back, and by name or hash everything that is wrong with it."""

    files: int
    bytes: int
    faults: tuple[tuple[str, str], ...]

    @property
    def ok(self) -> bool:
        """Whether every file that an event names is there and is what it was."""
        return not self.faults


def attachments(folder: Path) -> list[Path]:
    """Return the files of a data folder, by name; what is not named like one is passed over."""
    found = (folder / ATTACHMENT_FOLDER).glob("??/*")
    return sorted(path for path in found if MEMBER.fullmatch(path.relative_to(folder).as_posix()))


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file's content, 64 hex digits; raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def copy_attachment(source: Path, copy: Path) -> str:
    """Copy a file; returns what is wrong with it, empty for nothing. Raises StorageError."""
    digest = hashlib.sha256()
    with trouble_at(copy):
        copy.parent.mkdir(parents=True, exist_ok=True)
    with trouble_at(source), source.open("rb") as reader, copy.open("wb") as writer:
        while piece := reader.read(_PIECE):
            digest.update(piece)
            writer.write(piece)
        writer.flush()
        os.fsync(writer.fileno())
    return "" if digest.hexdigest() == source.stem else tr("is not what was taken")


def verify_attachments(folder: Path, named: Iterator[Mapping[str, Any]]) -> AttachmentCheck:
    """Read every file back; ``named`` are the bodies of events that name one. Never raises."""
    faults: list[tuple[str, str]] = []
    seen: set[str] = set()
    size = 0
    for path in attachments(folder):
        name = path.relative_to(folder).as_posix()
        seen.add(path.stem)
        try:
            size += path.stat().st_size
            if hash_of(path) != path.stem:
                faults.append((name, tr("is not what was taken")))
        except OSError as error:
            faults.append((name, str(error)))
    # Scripted people without a folder for photos name pictures that they do not keep.
    kept = (body for body in named if body.get("metadata") or body.get("signed"))
    wanted = {str(body.get("sha256")) for body in kept}
    faults += [(one, tr("is missing")) for one in sorted(wanted - seen)]
    return AttachmentCheck(len(seen), size, tuple(faults))
