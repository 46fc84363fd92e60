"""Values that were read just now and are old all the same.

A gateway may answer every poll and ask its own device once in an hour. Three things can be known
of that, and a map says which: a heartbeat that must change; a measurement that never stands still
this long while it is alive; and how old a value may be (``expected_refresh_s``), which is shown and
proves nothing. A value that merely did not change is not called stale.
"""

from __future__ import annotations

import numpy as np

from drivers.modbus.memory import FreshnessMemory
from drivers.modbus.rawwords import Numbers
from drivers.modbus.regmap import RegisterMap
from drivers.points import Reason


class Freshness:
    """Compiled once; ``is_needed`` only where the map watches something."""

    def __init__(self, regmap: RegisterMap) -> None:
        specs = regmap.readable
        watched = [(i, s.frozen_after_s) for i, s in enumerate(specs) if s.frozen_after_s]
        keys = [spec.key for spec in specs]
        self._beat = len(watched) if regmap.heartbeat else None
        if regmap.heartbeat:
            watched.append((keys.index(regmap.heartbeat.point), regmap.heartbeat.within_s))
        self._where = np.array([i for i, _ in watched], np.intp)
        self._after_s = np.array([after_s for _, after_s in watched], float)
        self.is_needed = bool(watched)

    def memory(self) -> FreshnessMemory:
        """Return the memory of a controller that was never asked."""
        count = len(self._where)
        return FreshnessMemory(np.full(count, np.nan), np.zeros(count))

    def apply(
        self,
        raw: Numbers,
        values: Numbers,
        reasons: np.typing.NDArray[np.uint8],
        memory: FreshnessMemory,
        at_s: float,
    ) -> None:
        """Take away, in place, what has stood still for too long."""
        if not self.is_needed:
            return
        numbers = raw[self._where]
        changed = numbers != memory.last  # the first poll always differs from NaN
        memory.last = numbers
        memory.since_s[changed] = at_s
        still = at_s - memory.since_s > self._after_s
        if self._beat is not None and still[self._beat]:
            stale = np.arange(len(values))
        else:
            stale = self._where[still]
        stale = stale[(reasons[stale] == Reason.NONE) | (reasons[stale] == Reason.OUT_OF_RANGE)]
        values[stale], reasons[stale] = np.nan, Reason.STALE
