"""How recording is going, as the rest of the console sees it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from drivers.points import Stamp


class StorageState(StrEnum):
    """Whether what is told reaches the disk."""

    STARTING = "starting"
    RECORDING = "recording"
    DEGRADED = "degraded"
    CLOSED = "closed"


class StorageReason(StrEnum):
    """What is, or was, the matter."""

    NONE = "none"
    READ_ONLY = "read_only"
    FULL = "full"
    IN_USE = "in_use"
    DAMAGED = "damaged"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class StorageStatus:
    """The state of the storage with one sentence for a person: what, where, what to do.

    ``recording`` with reason ``damaged`` means that a damaged file was set aside and recording
    goes on in a new one; the sentence names both.
    """

    state: StorageState
    reason: StorageReason
    sentence: str
    since: Stamp


@dataclass(frozen=True, slots=True)
class Counters:
    """What has been written and what has not, since start.

    A sample is one value of one point at one moment; a snapshot holds one per point.
    ``events_waiting`` and ``queue_depth`` (snapshots) are in memory now; ``events_lost`` and
    ``dropped`` (samples) found no room there.
    """

    events_written: int = 0
    events_waiting: int = 0
    events_lost: int = 0
    snapshots_written: int = 0
    samples_written: int = 0
    dropped: int = 0
    queue_depth: int = 0
    last_commit_ms: float = 0.0
