"""When a line must be left in peace: as long as an answer that was given up may still come."""

from __future__ import annotations

from collections import Counter

_MOST_LATENCY_S = 10.0
_MARGIN = 1.2


class Stillness:
    """What one line still owes, and until when it has to be quiet; times in seconds of one clock.

    ``worst_latency_s`` is how late an answer may come; late answers teach it.
    """

    def __init__(self) -> None:
        self.worst_latency_s = 0.0
        self._is_wanted = False
        self._since_s = 0.0
        self._owed: Counter[int] = Counter()
        self._strays_seen = 0

    def expect(self, worst_latency_s: float) -> None:
        """Learn how slow a unit may be."""
        self.worst_latency_s = max(self.worst_latency_s, worst_latency_s)

    def begin(self, now_s: float) -> None:
        """Want silence from now on."""
        self._is_wanted, self._since_s = True, now_s

    def gave_up(self, unit: int, now_s: float) -> None:
        """Want silence after a question that a unit still owes the answer to."""
        self.begin(now_s)
        self._owed[unit] += 1

    def note_strays(self, strays: int, heard_s: float) -> None:
        """Want silence since the last byte, where more came unasked than was known."""
        if strays != self._strays_seen:
            self._strays_seen = strays
            self.begin(heard_s)

    def came_late(self, unit: int, age_s: float) -> None:
        """Take a late answer into account: without another debt there is nothing to wait for."""
        self.expect(min(_MARGIN * age_s, _MOST_LATENCY_S))
        self._owed[unit] -= 1
        if self._owed[unit] <= 0:
            del self._owed[unit]
            self._is_wanted = False

    def owes(self, unit: int) -> bool:
        """Whether the next answer of a unit may be to an earlier question."""
        return unit in self._owed

    def forgive(self, unit: int) -> None:
        """Forget what a unit owes: its next answer was thrown away."""
        self._owed.pop(unit, None)

    def lasts_s(self, heard_s: float, now_s: float) -> float:
        """Return how much longer the line has to be quiet; ends the stillness when it is over."""
        if not self._is_wanted:
            return 0.0
        left_s = max(self._since_s, heard_s) + self.worst_latency_s - now_s
        self._is_wanted = left_s > 0
        return max(left_s, 0.0)
