"""The latest snapshot of every part, and whether it still counts as live.

Written by the acquisition thread, read by the window's timer; last value wins. Staleness is a
matter of the clock: a part that stops answering turns stale even if its task has died.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from drivers.points import Reason, Schema, Snapshot, Stamp

STALE_PERIODS = 2.5
"""Stale within three periods: half a period is left for the reader's own timer."""


class LinkState(StrEnum):
    """How a device's connection is."""

    CONNECTING = "connecting"
    LIVE = "live"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Link:
    """A device's connection: state, since when, the last error and its counts since start.

    ``errors`` counts the polls that failed by kind of error (:class:`DeviceError`), most first.
    """

    device: str
    url: str
    period_s: float
    state: LinkState = LinkState.CONNECTING
    since: Stamp | None = None
    message: str = ""
    polls: int = 0
    missed: int = 0
    worst_late_s: float = 0.0
    round_trip_s: float = 0.0
    errors: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    device: str
    schema: Schema
    period_s: float


class LatestStore:
    """Latest snapshots by part and links by device; every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._snapshots: dict[str, Snapshot] = {}
        self._parts: dict[str, _Part] = {}
        self._parts_of: dict[str, list[str]] = {}
        self._links: dict[str, Link] = {}
        self._last_known: dict[str, Snapshot] = {}
        self._stale: dict[str, tuple[Snapshot, Reason, Snapshot]] = {}

    def add_device(self, device: str, url: str, period_s: float) -> None:
        """Make a device known before it ever answered."""
        with self._lock:
            self._links[device] = Link(device, url, period_s)
            self._parts_of[device] = []

    def add_part(self, device: str, part: str, schema: Schema) -> None:
        """Make a part known, with no values yet; a part already known is left as it is."""
        with self._lock:
            if part not in self._parts:
                self._parts[part] = _Part(device, schema, self._links[device].period_s)
                self._parts_of[device].append(part)

    def put(self, snapshot: Snapshot) -> None:
        """Keep a snapshot as the latest of its part; its schema becomes the part's."""
        with self._lock:
            before = self._snapshots.get(snapshot.device)
            if before is not None and not _is_silent(before) and _is_silent(snapshot):
                self._last_known[snapshot.device] = before
            self._snapshots[snapshot.device] = snapshot
            about = self._parts[snapshot.device]
            if about.schema is not snapshot.schema:
                self._parts[snapshot.device] = replace(about, schema=snapshot.schema)

    def last_known(self, part: str) -> Snapshot | None:
        """Return the last snapshot of a part in which anything was known; None if there is none.

        Its values are not live: whoever shows them says so, with their time.
        """
        with self._lock:
            snapshot = self._snapshots.get(part)
            if snapshot is None or not _is_silent(snapshot):
                return snapshot
            return self._last_known.get(part)

    def set_link(self, device: str, **changes: object) -> Link:
        """Change fields of a device's link and return it."""
        with self._lock:
            link = replace(self._links[device], **changes)  # type: ignore[arg-type]
            self._links[device] = link
            return link

    def link(self, device: str) -> Link:
        """Return a device's link; raises KeyError for an unknown device."""
        with self._lock:
            return self._links[device]

    def links(self) -> Sequence[Link]:
        """Return every device's link in site order."""
        with self._lock:
            return tuple(self._links.values())

    def parts(self, device: str | None = None) -> Sequence[str]:
        """Return the ids of the parts known, of one device or of all, in site order."""
        with self._lock:
            return tuple(self._parts if device is None else self._parts_of[device])

    def device_of(self, part: str) -> str:
        """Return the device that answers for a part."""
        with self._lock:
            return self._parts[part].device

    def schema(self, part: str) -> Schema:
        """Return a part's points; raises KeyError for an unknown part."""
        with self._lock:
            return self._parts[part].schema

    def view(self, part: str, now: Stamp) -> Snapshot:
        """Return what may be shown of a part at a moment.

        Live values as they are; after 2.5 periods without a sample every value is NaN with reason
        STALE (NO_COMMS once the link is known to be lost), with the time of the last good sample.
        A part that never answered is NOT_YET_READ or NO_COMMS.
        """
        with self._lock:
            about = self._parts[part]
            lost = self._links[about.device].state is LinkState.LOST
            snapshot = self._snapshots.get(part)
            if snapshot is None:
                reason = Reason.NO_COMMS if lost else Reason.NOT_YET_READ
                return self._without_values(part, _empty(part, about.schema, now), reason)
            age_s = now.mono_s - snapshot.time.mono_s
            if age_s <= about.period_s * STALE_PERIODS:
                return snapshot
            return self._without_values(part, snapshot, Reason.NO_COMMS if lost else Reason.STALE)

    def _without_values(self, part: str, snapshot: Snapshot, reason: Reason) -> Snapshot:
        """Cached, because a lost tank is asked for five times a second for hours."""
        kept = self._stale.get(part)
        if kept is None or kept[0] is not snapshot or kept[1] is not reason:
            count = len(snapshot.schema)
            view = replace(
                snapshot,
                values=np.full(count, np.nan),
                reasons=np.full(count, int(reason), np.uint8),
            )
            kept = (snapshot, reason, view)
            self._stale[part] = kept
        return kept[2]


def _is_silent(snapshot: Snapshot) -> bool:
    return bool(np.isnan(snapshot.values).all())


def _empty(part: str, schema: Schema, now: Stamp) -> Snapshot:
    count = len(schema)
    return Snapshot(part, schema, np.full(count, np.nan), np.zeros(count, np.uint8), now)
