"""Watches the limits of one part: dwell before a crossing counts, hysteresis before it clears."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from drivers.points import Limit, Point, Schema, Snapshot, Stamp


@dataclass(frozen=True, slots=True)
class Crossing:
    """A limit was crossed, or cleared again."""

    part: str
    point: Point
    limit: Limit
    crossed: bool
    value: float
    time: Stamp


class LimitMonitor:
    """The limits of one part. A value that is not good crosses nothing and clears nothing."""

    def __init__(self, schema: Schema) -> None:
        pairs = [(i, limit) for i, point in enumerate(schema) for limit in point.limits]
        self._schema = schema
        self._limits = [limit for _, limit in pairs]
        self._rows = np.array([i for i, _ in pairs], np.intp)
        self._sign = np.array([1.0 if limit.level.is_upper else -1.0 for limit in self._limits])
        self._reading = np.array([limit.reading for limit in self._limits])
        self._hysteresis = np.array([limit.hysteresis for limit in self._limits])
        self._dwell_s = np.array([limit.dwell_s for limit in self._limits])
        self._crossed = np.zeros(len(pairs), bool)
        self._beyond_since_s = np.full(len(pairs), np.inf)

    def feed(self, snapshot: Snapshot) -> Iterator[Crossing]:
        """Take the next snapshot and yield what changed by it."""
        if not self._limits:
            return
        good = snapshot.reasons[self._rows] == 0
        values = np.where(good, snapshot.values[self._rows], np.nan)
        excess = (values - self._reading) * self._sign
        now_s = snapshot.time.mono_s
        beyond = excess >= 0
        self._beyond_since_s[(excess < 0) | self._crossed] = np.inf
        self._beyond_since_s[beyond & np.isinf(self._beyond_since_s) & ~self._crossed] = now_s
        rises = ~self._crossed & beyond & (now_s - self._beyond_since_s >= self._dwell_s)
        # A limit without hysteresis clears as soon as the value is inside it.
        falls = self._crossed & (excess < 0) & (-excess >= self._hysteresis)
        self._crossed ^= rises | falls
        for i in np.flatnonzero(rises | falls):
            yield Crossing(
                snapshot.device,
                self._schema.points[self._rows[i]],
                self._limits[i],
                bool(rises[i]),
                float(values[i]),
                snapshot.time,
            )
