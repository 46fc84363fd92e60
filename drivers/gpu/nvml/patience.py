"""How long NVML is waited for, and how often it is tried again."""

from __future__ import annotations

from dataclasses import dataclass

_SHARE_OF_PERIOD = 0.7
_LONGEST_SOFT_S = 2.0


@dataclass(frozen=True, slots=True)
class Patience:
    """Times in seconds.

    After ``soft_s`` a look goes on without a GPU that has not answered; after ``hard_s`` its
    process is ended and abandoned. ``start_s`` is for opening one GPU: without the persistence
    daemon the driver wakes the GPU for that. ``lookup_s`` is for one GPU of the inventory, taken
    every ``rescan_s``. A process is tried again after ``shortest_back_off_s``, doubled up to the
    longest, while fewer than ``most_stuck`` abandoned ones still hang in the driver.
    """

    soft_s: float = 0.7
    hard_s: float = 10.0
    start_s: float = 20.0
    connect_s: float = 4.0
    lookup_s: float = 5.0
    rescan_s: float = 30.0
    slow_every_s: float = 30.0
    last_words_s: float = 1.5
    shortest_back_off_s: float = 1.0
    longest_back_off_s: float = 30.0
    most_stuck: int = 3

    @classmethod
    def for_period(cls, period_s: float) -> Patience:
        """Return the usual times where a look is taken every ``period_s``."""
        return cls(soft_s=min(period_s * _SHARE_OF_PERIOD, _LONGEST_SOFT_S))


class BackOff:
    """1, 2, 4, … seconds up to the longest, from the start again after a success."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._next_s = patience.shortest_back_off_s

    def next_s(self) -> float:
        """Return how long to wait now."""
        now_s = self._next_s
        self._next_s = min(now_s * 2, self._patience.longest_back_off_s)
        return now_s

    def reset(self) -> None:
        """Begin again."""
        self._next_s = self._patience.shortest_back_off_s
