"""What is remembered of one controller between two polls: what stands still, what differs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass
class FreshnessMemory:
    """The last raw number of each watched point and since when it has not changed."""

    last: NDArray[np.float64]
    since_s: NDArray[np.float64]


@dataclass
class VoteMemory:
    """Which sensors are left out, since when sensors differ, since when a left-out one agrees."""

    left_out: set[int] = field(default_factory=set)
    differ_since_s: float | None = None
    agree_since_s: dict[int, float] = field(default_factory=dict)


@dataclass
class Memory:
    """Belongs to one controller; never shared between two that speak the same map."""

    freshness: FreshnessMemory
    votes: list[VoteMemory]
