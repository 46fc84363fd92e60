"""The internal time step, and how arbitrary spans of time become whole steps."""

from __future__ import annotations

STEP_US = 500_000
STEP_S = STEP_US / 1e6


class Steps:
    """Turns spans of time into whole steps without losing or gaining any."""

    def __init__(self) -> None:
        self._left_us = 0

    def take(self, dt_s: float) -> int:
        """Return how many steps are due after another ``dt_s``; raises ValueError when negative."""
        if not dt_s >= 0:
            raise ValueError(f"time goes forward only, found {dt_s}")
        steps, self._left_us = divmod(self._left_us + round(dt_s * 1e6), STEP_US)
        return steps
