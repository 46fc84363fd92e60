"""Count, least, greatest, sum and quality over stretches of time: what every zoom is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.history.telemetry_store.trend import Trend

Edges = NDArray[np.int64]


@dataclass(frozen=True)
class Cells:
    """One entry per stretch, ordered by ``start_us``.

    ``samples`` counts all samples, ``valued`` those with a value, ``flagged`` those that are not
    good; ``reason`` is the greatest reason number among them (0: none). ``minimum``, ``maximum``
    and ``total`` are over the values; NaN (and 0.0 for the total) where there is none.
    """

    start_us: NDArray[np.int64]
    samples: NDArray[np.int64]
    valued: NDArray[np.int64]
    flagged: NDArray[np.int64]
    reason: NDArray[np.uint8]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    total: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.start_us)

    @classmethod
    def none(cls) -> Cells:
        """Return no cells."""
        counts, values = np.empty(0, np.int64), np.empty(0)
        return cls(counts, counts, counts, counts, np.empty(0, np.uint8), values, values, values)

    @property
    def mean(self) -> NDArray[np.float64]:
        """The mean of the values; NaN where there is none."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.valued > 0, self.total / self.valued, np.nan)

    def take(self, which: NDArray[np.bool_] | slice) -> Cells:
        """Return some of the cells."""
        return Cells(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


def joined(parts: Sequence[Cells]) -> Cells:
    """Return all cells in order of time."""
    if len(parts) == 1:
        return parts[0]
    names = list(Cells.__dataclass_fields__)
    if not parts:
        return Cells.none()
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    start_us = columns["start_us"]
    if (start_us[1:] >= start_us[:-1]).all():
        return Cells(**columns)
    order = np.argsort(start_us, kind="stable")
    return Cells(**{name: column[order] for name, column in columns.items()})


def of_samples(trend: Trend, edges: Edges) -> Cells:
    """Return one cell for each stretch ``edges[i] <= time < edges[i + 1]``."""
    at = np.searchsorted(trend.utc_us, edges)
    plain = not trend.reasons.any()
    missing = np.isnan(trend.values)
    if plain and not missing.any():
        samples = np.diff(at)
        minimum, maximum, total = _reduced(trend.values, trend.values, trend.values, at)
        zeros = np.zeros(len(samples), np.int64)
        return Cells(
            edges[:-1], samples, samples, zeros, zeros.astype(np.uint8), minimum, maximum, total
        )
    ones = np.ones(len(trend), np.int64)
    return _gathered(
        Cells(
            trend.utc_us,
            ones,
            (~missing).astype(np.int64),
            (trend.reasons != 0).astype(np.int64),
            trend.reasons,
            trend.values,
            trend.values,
            np.where(missing, 0.0, trend.values),
        ),
        at,
        edges,
    )


def of_cells(cells: Cells, edges: Edges) -> Cells:
    """Return coarser cells: each of ``cells`` counts whole where it starts."""
    return _gathered(cells, np.searchsorted(cells.start_us, edges), edges)


def _gathered(cells: Cells, at: NDArray[np.intp], edges: Edges) -> Cells:
    minimum, maximum, total = _reduced(cells.minimum, cells.maximum, cells.total, at)
    return Cells(
        edges[:-1],
        _summed(cells.samples, at),
        _summed(cells.valued, at),
        _summed(cells.flagged, at),
        _greatest(cells.reason, at),
        minimum,
        maximum,
        total,
    )


def _reduced(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    values: NDArray[np.float64],
    at: NDArray[np.intp],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    filled, starts, end = _stretches(at)
    minimum, maximum = np.full(len(filled), np.nan), np.full(len(filled), np.nan)
    total = np.zeros(len(filled))
    if len(starts):
        with np.errstate(invalid="ignore", over="ignore"):  # of infinities
            minimum[filled] = np.fmin.reduceat(low[:end], starts)
            maximum[filled] = np.fmax.reduceat(high[:end], starts)
            total[filled] = np.add.reduceat(values[:end], starts)
    return minimum, maximum, total


def _summed(counts: NDArray[np.int64], at: NDArray[np.intp]) -> NDArray[np.int64]:
    running = np.concatenate(([0], np.cumsum(counts)))
    return np.diff(running[at])


def _greatest(reasons: NDArray[np.uint8], at: NDArray[np.intp]) -> NDArray[np.uint8]:
    filled, starts, end = _stretches(at)
    greatest = np.zeros(len(filled), np.uint8)
    if len(starts):
        greatest[filled] = np.maximum.reduceat(reasons[:end], starts)
    return greatest


def _stretches(at: NDArray[np.intp]) -> tuple[NDArray[np.bool_], NDArray[np.intp], int]:
    """Return which stretches hold anything, where those start, and where the last one ends."""
    filled = at[1:] > at[:-1]
    return filled, at[:-1][filled], int(at[-1])
