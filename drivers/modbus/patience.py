"""How much of a shared line a silent unit may cost.

Every time-out keeps the line busy for nothing. Units that fell silent are therefore asked only so
often that all of them together take at most a fifth of the line, as long as another unit answers;
with nobody answering there is nobody to protect, and everyone is asked as often as they like.
"""

from __future__ import annotations

from dataclasses import dataclass

SHARE = 0.2
"""The part of a line's time that silent units may take from those that answer."""
_FAILURES_UNTIL_SILENT = 2


@dataclass(slots=True)
class _Unit:
    failures: int = 0
    answers: bool = False
    not_before_s: float = 0.0


class Patience:
    """Which unit may be asked when; times in seconds of one clock."""

    def __init__(self) -> None:
        self._units: dict[int, _Unit] = {}

    def answered(self, unit: int) -> None:
        """Note an answer of any kind."""
        self._units[unit] = _Unit(answers=True)

    def gave_up(self, unit: int, cost_s: float, now_s: float) -> None:
        """Note a question that took the line for ``cost_s`` without an answer."""
        state = self._units.setdefault(unit, _Unit())
        state.failures += 1
        state.answers = False
        silent = sum(1 for each in self._units.values() if self._is_silent(each))
        state.not_before_s = now_s + cost_s / SHARE * max(silent, 1)

    def hold_s(self, unit: int, now_s: float) -> float:
        """Return how long a unit still has to be left alone; 0 when it may be asked."""
        state = self._units.get(unit)
        if state is None or not self._is_silent(state):
            return 0.0
        if not any(each.answers for each in self._units.values()):
            return 0.0
        return max(state.not_before_s - now_s, 0.0)

    @staticmethod
    def _is_silent(state: _Unit) -> bool:
        return state.failures >= _FAILURES_UNTIL_SILENT
