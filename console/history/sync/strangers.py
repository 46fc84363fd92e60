"""Laptops that left their logs where logs meet, and that nobody has let in here yet.

What a stick says of a key proves nothing: people compare its fingerprint with the laptop's own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

from console.history.sync.batch import BatchError
from console.history.sync.folder import SyncFolder
from console.history.sync.ledger import Enrolled
from console.history.sync.target import is_central
from drivers.files import FileError


def strangers_at(target: str, site: str, known: Collection[str]) -> Sequence[Enrolled]:
    """Return the laptops at a meeting place that are not among those known; raises FileError.

    Their names are those of the central log; a stick tells none.
    """
    if is_central(target):
        return _in_central(target, known)
    meeting = SyncFolder(Path(target), site)
    found: dict[str, Enrolled] = {}
    for file in reversed(meeting.files()):
        if file.device_id in known or file.device_id in found:
            continue
        with suppress(BatchError, FileError):  # a spoilt file says nothing of its laptop
            batch = meeting.read(file.path)
            if batch.device_id == file.device_id:
                key = batch.end.public_key
                found[file.device_id] = Enrolled(file.device_id, key, "")
    return sorted(found.values(), key=lambda one: one.device_id)


def _in_central(url: str, known: Collection[str]) -> Sequence[Enrolled]:
    from console.history.sync.central import CentralLog

    central = CentralLog(url)
    try:
        enrolled = central.devices()
    finally:
        central.close()
    return [one for device, one in sorted(enrolled.items()) if device not in known]
