"""The recent past of every point, in memory: what sparklines and live plots are drawn from.

One ring per part: float32 of shape ``(points, samples)`` beside float64 sample times. A value
that was not good is NaN, and an outage is one column of NaN, so that gaps stay gaps.
"""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from drivers.points import Schema, Snapshot

Floats = NDArray[np.float64]
_FIRST_COLUMNS = 256
_GAP_PERIODS = 2.5


class _Ring:
    """Columns of samples; grows by doubling up to its capacity, then overwrites the oldest."""

    def __init__(self, points: int, capacity: int, period_s: float) -> None:
        self._capacity = capacity
        self._gap_s = period_s * _GAP_PERIODS
        columns = min(_FIRST_COLUMNS, capacity)
        self._times: Floats = np.empty(columns)
        self._values: NDArray[np.float32] = np.empty((points, columns), np.float32)
        self._next = 0
        self._count = 0
        self._last_s = -np.inf

    def append(self, time_s: float, values: Floats) -> None:
        if time_s <= self._last_s:
            return
        if time_s - self._last_s > self._gap_s and self._count:
            self._put((self._last_s + time_s) / 2, np.nan)
        self._put(time_s, values)
        self._last_s = time_s

    def since(self, row: int, start_s: float) -> tuple[Floats, NDArray[np.float32]]:
        order = self._order()
        times = self._times[order]
        first = int(np.searchsorted(times, start_s))
        return times[first:], self._values[row, order[first:]]

    def _put(self, time_s: float, values: Floats | float) -> None:
        columns = len(self._times)
        if self._count == columns and columns < self._capacity:
            self._grow(min(columns * 2, self._capacity))
        self._times[self._next] = time_s
        self._values[:, self._next] = values
        self._next = (self._next + 1) % len(self._times)
        self._count = min(self._count + 1, len(self._times))

    def _grow(self, columns: int) -> None:
        order = self._order()
        times, values = np.empty(columns), np.empty((len(self._values), columns), np.float32)
        times[: self._count], values[:, : self._count] = self._times[order], self._values[:, order]
        self._times, self._values, self._next = times, values, self._count

    def _order(self) -> NDArray[np.intp]:
        """The positions of the samples from oldest to newest."""
        return np.arange(self._next - self._count, self._next) % len(self._times)


def _same_points(one: Schema, other: Schema) -> bool:
    """Whether rows mean the same: a GPU of another model has other limits for the same points."""
    return one is other or list(one.index) == list(other.index)


class TrendStore:
    """Rings by part; appended by the acquisition thread, read by the window."""

    def __init__(self, span_s: float = 3600.0) -> None:
        self.span_s = span_s
        self._lock = threading.Lock()
        self._rings: dict[str, tuple[_Ring, Schema]] = {}
        self._whose: dict[str, str] = {}

    def append(self, snapshot: Snapshot, period_s: float) -> None:
        """Add a snapshot; one older than the last of its part is left out.

        Another GPU in the same place begins anew: its counters go on from where its own were.
        """
        values = np.where(snapshot.reasons == 0, snapshot.values, np.nan)
        with self._lock:
            known = self._rings.get(snapshot.device)
            is_other = self._is_other(snapshot)
            if known is None or is_other or not _same_points(known[1], snapshot.schema):
                ring = _Ring(len(snapshot.schema), int(self.span_s / period_s) + 2, period_s)
                known = (ring, snapshot.schema)
            self._rings[snapshot.device] = (known[0], snapshot.schema)
            known[0].append(snapshot.time.mono_s, values)

    def _is_other(self, snapshot: Snapshot) -> bool:
        """Whether it is of another piece of equipment than the part's last one."""
        uuid = snapshot.identity.get("uuid", "")
        before = self._whose.get(snapshot.device, "")
        if uuid:
            self._whose[snapshot.device] = uuid
        return bool(uuid and before) and uuid != before

    def window(
        self, part: str, key: str, span_s: float, now_s: float
    ) -> tuple[Floats, NDArray[np.float32]]:
        """Return ``(age_s, values)`` of the last ``span_s`` seconds, oldest first; ages are <= 0.

        Both arrays are empty where nothing was recorded or the part has no such point.
        """
        with self._lock:
            known = self._rings.get(part)
            if known is None or key not in known[1]:
                return np.empty(0), np.empty(0, np.float32)
            times, values = known[0].since(known[1].index[key], now_s - span_s)
        return times - now_s, values

    def spark(self, part: str, key: str, span_s: float, now_s: float, buckets: int) -> Floats:
        """Return shape ``(2, buckets)``: lowest and highest value of each equal slice of the span.

        NaN where a slice holds no good value. This is what a small trend needs, whatever the rate.
        """
        ages, values = self.window(part, key, span_s, now_s)
        found = np.full((2, buckets), np.nan)
        good = np.isfinite(values)
        if not good.any():
            return found
        slot = np.clip(((ages[good] + span_s) / span_s * buckets).astype(int), 0, buckets - 1)
        starts = np.flatnonzero(np.r_[True, slot[1:] != slot[:-1]])
        found[0, slot[starts]] = np.minimum.reduceat(values[good], starts)
        found[1, slot[starts]] = np.maximum.reduceat(values[good], starts)
        return found
