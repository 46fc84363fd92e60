"""What a range of any length comes to on a screen: least, greatest and mean of each pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.history.telemetry_store.cells import Cells
from console.history.telemetry_store.day import HOUR_US, MINUTE_US
from console.history.telemetry_store.trend import Damage

MOST_PIXELS = 100_000
_CELLS_PER_PIXEL = 2
FIRST_US = -62_135_596_800_000_000
LAST_US = 253_402_300_800_000_000


@dataclass(frozen=True)
class Envelope:
    """One point over time in as many stretches as were asked for.

    Stretch ``i`` is ``edges_us[i] <= time < edges_us[i + 1]`` (UTC; the edges are moved to whole
    minutes or hours where a stretch is long, by less than half a stretch). ``minimum``,
    ``maximum``, ``mean`` are float64, NaN where there is no value; ``count`` is how many values,
    ``flagged`` how many samples that are not good, ``reason`` the greatest reason number among
    them. ``resolution_us`` is 0 where every sample was looked at, else the minute or the hour
    whose summaries were; a mean from minutes is exact to one part in ten million.
    """

    edges_us: NDArray[np.int64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    mean: NDArray[np.float64]
    count: NDArray[np.int64]
    flagged: NDArray[np.int64]
    reason: NDArray[np.uint8]
    resolution_us: int = 0
    damaged: tuple[Damage, ...] = ()

    def __len__(self) -> int:
        return len(self.count)


@dataclass(frozen=True)
class Statistics:
    """A range of a point in figures; ``minimum``, ``maximum``, ``mean`` are NaN without a value.

    ``samples`` counts all, ``count`` those with a value, ``flagged`` those that are not good.
    """

    samples: int
    count: int
    flagged: int
    minimum: float
    maximum: float
    mean: float
    damaged: tuple[Damage, ...] = ()


def level_for(since_us: int, until_us: int, pixels: int) -> int:
    """Return which summaries do for a range: 0 (none: the samples), a minute or an hour."""
    width_us = (until_us - since_us) // pixels
    if width_us >= _CELLS_PER_PIXEL * HOUR_US:
        return HOUR_US
    return MINUTE_US if width_us >= _CELLS_PER_PIXEL * MINUTE_US else 0


def edges_of(since_us: int, until_us: int, pixels: int, level_us: int) -> NDArray[np.int64]:
    """Return ``pixels + 1`` rising edges from before ``since_us`` to after ``until_us``."""
    span = until_us - since_us
    at = np.arange(pixels + 1, dtype=np.int64)
    edges = since_us + at * (span // pixels) + at * (span % pixels) // pixels
    if level_us:
        edges = (edges + level_us // 2) // level_us * level_us
        edges[0] = since_us // level_us * level_us
        edges[-1] = -(-until_us // level_us) * level_us
    return edges


def envelope_of(
    cells: Cells, edges: NDArray[np.int64], level_us: int, damaged: tuple[Damage, ...]
) -> Envelope:
    """Return the cells of the pixels as what a plot needs."""
    return Envelope(
        edges,
        cells.minimum,
        cells.maximum,
        cells.mean,
        cells.valued,
        cells.flagged,
        cells.reason,
        level_us,
        damaged,
    )


def clamped(since_us: int, until_us: int) -> tuple[int, int]:
    """Return the part of a range that lies in the years 1 to 9999."""
    return max(since_us, FIRST_US), min(until_us, LAST_US)
