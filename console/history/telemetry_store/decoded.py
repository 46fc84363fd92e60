"""Hours that have been decoded already: a plot that is panned or drawn again inflates nothing."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from console.history.telemetry_store.trend import Trend

ROOM_BYTES = 48_000_000
"""Some 800 hours of one point at 1 Hz."""
_BYTES_PER_SAMPLE = 17

Key = tuple[str, int, int, int, int]
"""File, block, point, and the checksums of its times and its column: other bytes, another key."""


class DecodedHours:
    """The most recently used hours, at most ``room_bytes`` of them; safe in any thread."""

    def __init__(self, room_bytes: int = ROOM_BYTES) -> None:
        self._lock = Lock()
        self._trends: OrderedDict[Key, Trend] = OrderedDict()
        self._room = room_bytes // _BYTES_PER_SAMPLE
        self._samples = 0

    def get(self, key: Key) -> Trend | None:
        """Return an hour that was put in, if it is still there."""
        with self._lock:
            trend = self._trends.get(key)
            if trend is not None:
                self._trends.move_to_end(key)
            return trend

    def put(self, key: Key, trend: Trend) -> None:
        """Keep an hour; its arrays become read-only, for all who get it share them."""
        for array in (trend.utc_us, trend.values, trend.reasons):
            array.flags.writeable = False
        with self._lock:
            if key not in self._trends:
                self._trends[key] = trend
                self._samples += len(trend)
            while self._samples > self._room:
                _, oldest = self._trends.popitem(last=False)
                self._samples -= len(oldest)
