"""Samples of one point as they were recorded, and what is known to be missing from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch that cannot be read: ``from_us <= time < until_us`` (UTC), which file, and why."""

    file: str
    part: str
    key: str
    from_us: int
    until_us: int
    detail: str


@dataclass(frozen=True)
class Trend:
    """One point over time: ``utc_us`` int64, ``values`` float64 (NaN: none), ``reasons`` uint8.

    The times rise; no two are equal. ``damaged`` names what could not be read.
    """

    utc_us: NDArray[np.int64]
    values: NDArray[np.float64]
    reasons: NDArray[np.uint8]
    damaged: tuple[Damage, ...] = ()

    def __len__(self) -> int:
        return len(self.utc_us)

    def between(self, since_us: int, until_us: int) -> Trend:
        """Return the samples with ``since_us <= time < until_us``."""
        low, high = np.searchsorted(self.utc_us, (since_us, until_us))
        if low == 0 and high == len(self.utc_us):
            return self
        cut = slice(int(low), int(high))
        return Trend(self.utc_us[cut], self.values[cut], self.reasons[cut], self.damaged)


def no_samples(*damaged: Damage) -> Trend:
    """Return a trend without samples."""
    return Trend(np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint8), damaged)


def merged(trends: Sequence[Trend]) -> Trend:
    """Return all samples in order of time; of several at one moment, that of the first trend."""
    damaged = tuple(one for trend in trends for one in trend.damaged)
    filled = [trend for trend in trends if len(trend)]
    if not filled:
        return no_samples(*damaged)
    if len(filled) == 1:
        only = filled[0]
        return Trend(only.utc_us, only.values, only.reasons, damaged)
    # One piece of memory for both: of two, glibc gives one back each time, and taking it anew
    # costs more than all the rest (0.6 ms for a day).
    both = np.empty((2, sum(map(len, filled))), np.int64)
    utc_us, values = both[0], both[1].view(np.float64)
    np.concatenate([trend.utc_us for trend in filled], out=utc_us)
    np.concatenate([trend.values for trend in filled], out=values)
    reasons = np.concatenate([trend.reasons for trend in filled])
    if not _follow(filled):
        order = np.argsort(utc_us, kind="stable")
        utc_us = utc_us[order]
        first = np.concatenate(([True], utc_us[1:] != utc_us[:-1]))
        kept = order[first]
        utc_us, values, reasons = utc_us[first], values[kept], reasons[kept]
    return Trend(utc_us, values, reasons, damaged)


def _follow(filled: Sequence[Trend]) -> bool:
    """Whether each trend begins after the one before has ended: then their times rise together."""
    return all(one.utc_us[-1] < other.utc_us[0] for one, other in pairwise(filled))
