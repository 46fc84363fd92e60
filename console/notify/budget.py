"""How many messages may go out: a sliding window, and what was held back because of it. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from console.alarms.status import Status

QUIET_S = 10.0
"""A burst is over, and summed up, after so long without another message held back."""
_NAMED = 3


@dataclass(slots=True)
class Held:
    """What was held back since the last summary: how many messages, when, the first few of them."""

    count: int = 0
    first_s: float = 0.0
    last_s: float = 0.0
    examples: list[Status] = field(default_factory=list)


class Budget:
    """At most ``messages`` in any ``per_s`` seconds, of one priority on one way out.

    The last free place is for a summary only, so that whatever is held back can be said. Times
    are monotonic seconds; one before the last counts as the last.
    """

    def __init__(self, messages: int, per_s: float) -> None:
        self._messages = messages
        self._per_s = per_s
        self._sent: deque[float] = deque()
        self._now_s = float("-inf")
        self.held = Held()

    def take(self, now_s: float) -> bool:
        """Return whether a message about an alarm may go now, and count it."""
        return self._spend(now_s, leaving=1)

    def take_repeat(self, now_s: float) -> bool:
        """Return the same of a repeated one, which leaves half of the places for what is new."""
        return self._spend(now_s, leaving=max(1, self._messages // 2))

    def hold(self, status: Status, now_s: float) -> None:
        """Note a message that may not go."""
        held = self.held
        if held.count == 0:
            held.first_s = now_s
        held.count += 1
        held.last_s = now_s
        if len(held.examples) < _NAMED:
            held.examples.append(status)

    def take_summary(self, now_s: float) -> Held | None:
        """Return what was held back once the burst is over and there is a place; None otherwise.

        A burst that goes on is summed up once in ``per_s``.
        """
        held = self.held
        is_over = now_s >= min(held.last_s + QUIET_S, held.first_s + self._per_s)
        if held.count == 0 or not is_over or not self._spend(now_s, leaving=0):
            return None
        self.held = Held()
        return held

    def _spend(self, now_s: float, leaving: int) -> bool:
        self._now_s = max(self._now_s, now_s)
        while self._sent and self._sent[0] + self._per_s <= self._now_s:
            self._sent.popleft()
        if self._messages - len(self._sent) <= leaving:
            return False
        self._sent.append(self._now_s)
        return True
