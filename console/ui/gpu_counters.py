"""How the counters of a GPU grew in the last hour: errors matter by when they came."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from console.session.session import Session

SPAN_S = 3600.0
_LEAST_S = 300.0
"""A rate over less than five minutes says nothing."""


@dataclass(frozen=True, slots=True)
class Growth:
    """How much a counter grew since ``since_s`` (monotonic); ``last_s`` is the last change, if any.

    A counter that was set back counts from then on.
    """

    grown: float
    since_s: float
    until_s: float
    last_s: float | None

    @property
    def per_hour(self) -> float | None:
        """The rate, None where it was not watched for long enough."""
        watched_s = self.until_s - self.since_s
        return self.grown / watched_s * 3600 if watched_s >= _LEAST_S else None


def growth(session: Session, part: str, key: str) -> Growth | None:
    """Return how a counter of a part grew in the last hour, None where it was not read twice."""
    now_s = session.now().mono_s
    ages, values = session.trends.window(part, key, SPAN_S, now_s)
    good = np.isfinite(values)
    times, counts = ages[good] + now_s, values[good].astype(np.float64)
    if len(counts) < 2:
        return None
    steps = np.diff(counts)
    resets = np.flatnonzero(steps < 0)
    first = int(resets[-1]) + 1 if len(resets) else 0
    changes = np.flatnonzero(steps[first:]) + first + 1
    return Growth(
        grown=float(counts[-1] - counts[first]),
        since_s=float(times[first]),
        until_s=float(times[-1]),
        last_s=float(times[changes[-1]]) if len(changes) else None,
    )
