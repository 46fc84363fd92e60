"""The columns of all curves of a view: fed with samples, moved along, stretched while waiting.

Minimum, maximum and reasons of a column do not change when the same sample comes twice: what is
stored and what is live may overlap, and the line has no seam.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from console.ui.curves.model import Bytes, Columns, Floats, Grid

Ints = NDArray[np.int64]
_SPREAD = 1.5  # columns stretched by this much are still joined to one another


@dataclass(frozen=True)
class Latest:
    """The newest sample of each curve; a time of 0 where there is none yet."""

    utc_us: Ints
    values: Floats
    reasons: Bytes

    @classmethod
    def of(cls, curves: int) -> Latest:
        """Return that of so many curves, of which nothing is known."""
        return cls(np.zeros(curves, np.int64), np.full(curves, np.nan), np.zeros(curves, np.uint8))

    def take(self, curves: Ints, utc_us: Ints, values: Floats, reasons: Bytes) -> bool:
        """Take samples that are not older than those known; returns whether any differs."""
        newer = utc_us >= self.utc_us[curves]
        if not newer.all():
            curves, utc_us = curves[newer], utc_us[newer]
            values, reasons = values[newer], reasons[newer]
        before = self.values.copy(), self.reasons.copy()
        self.utc_us[curves], self.values[curves], self.reasons[curves] = utc_us, values, reasons
        same = np.array_equal(before[0], self.values, equal_nan=True)
        return not (same and np.array_equal(before[1], self.reasons))


class ColumnStore:
    """Least and greatest value, sum, count and worst reason of each column: (curves, columns)."""

    def __init__(self, curves: int, grid: Grid) -> None:
        self._curves = curves
        self.stretched_us = 0
        """How wide the columns were that were stretched to the present ones; 0 if none were."""
        self._reset(grid)

    def _reset(self, grid: Grid) -> None:
        shape = (self._curves, grid.count)
        self.grid = grid
        self.low, self.high = np.full(shape, np.nan), np.full(shape, np.nan)
        self.total = np.zeros(shape)
        self.count = np.zeros(shape, np.int32)
        self.reason = np.zeros(shape, np.uint8)

    @property
    def spread_us(self) -> int:
        """The distance that is joined whatever a curve says, because columns were stretched."""
        return int(self.stretched_us * _SPREAD)

    @property
    def empty(self) -> bool:
        """Whether nothing is known in any column."""
        return not (self.count.any() or self.reason.any())

    def clear(self, grid: Grid) -> None:
        """Forget everything and take another grid."""
        self.stretched_us = 0
        self._reset(grid)

    def move(self, first: int) -> int:
        """Move to other columns of the same width; returns by how many to the right."""
        n = first - self.grid.first
        grid = replace(self.grid, first=first)
        if abs(n) >= grid.count:
            self._reset(grid)
            return n
        self.grid = grid
        for array, empty in self._arrays():
            _shift(array, n, empty)
        return n

    def stretch(self, grid: Grid) -> None:
        """Take another grid and keep what is known, as well as it fits."""
        old, lows, highs, totals = self.grid, self.low, self.high, self.total
        counts, reasons = self.count, self.reason
        coarse = max(old.step_us, self.stretched_us) if self.stretched_us else old.step_us
        self._reset(grid)
        middles = (np.arange(old.count) + old.first) * old.step_us + old.step_us // 2
        slots = middles // grid.step_us - grid.first
        kept = np.flatnonzero((slots >= 0) & (slots < grid.count))
        told = bool(counts.any() or reasons.any())
        self.stretched_us = coarse if told and coarse > grid.step_us else 0
        if not len(kept):
            return
        a, b = int(kept[0]), int(kept[-1]) + 1
        slots = slots[a:b]
        starts = np.flatnonzero(np.r_[True, slots[1:] != slots[:-1]])
        to = slots[starts]
        self.low[:, to] = np.fmin.reduceat(lows[:, a:b], starts, axis=1)
        self.high[:, to] = np.fmax.reduceat(highs[:, a:b], starts, axis=1)
        self.reason[:, to] = np.maximum.reduceat(reasons[:, a:b], starts, axis=1)
        self.total[:, to] = np.add.reduceat(totals[:, a:b], starts, axis=1)
        self.count[:, to] = np.add.reduceat(counts[:, a:b], starts, axis=1)

    def mean(self, curve: int, slot: int) -> float:
        """Return the mean of a column, NaN where it holds no value."""
        count = int(self.count[curve, slot])
        return float(self.total[curve, slot]) / count if count else float("nan")

    def put(self, curve: int, columns: Columns) -> None:
        """Set all columns of a curve; raises ValueError where they are not as many."""
        for array, values in (
            (self.low, columns.minimum),
            (self.high, columns.maximum),
            (self.total, columns.mean),
            (self.reason, columns.reason),
        ):
            if len(values) != self.grid.count:
                raise ValueError(f"{len(values)} columns came where {self.grid.count} were asked")
            array[curve] = values
        known = np.isfinite(columns.mean)
        self.count[curve] = known
        self.total[curve, ~known] = 0.0

    def append(
        self, curves: Ints, utc_us: Ints, values: Floats, reasons: Bytes
    ) -> tuple[int, int] | None:
        """Add samples, each of one curve; returns the columns that now look different.

        All four have the same shape. A sample whose reason makes it bad has the value NaN. None
        is returned where nothing looks different: outside of the grid, or within what is there.
        """
        slots = utc_us // self.grid.step_us - self.grid.first
        inside = (slots >= 0) & (slots < self.grid.count)
        if not inside.all():
            curves, slots = curves[inside], slots[inside]
            values, reasons = values[inside], reasons[inside]
        if not len(slots):
            return None
        at = (curves, slots)
        before = self.low[at], self.high[at], self.reason[at]
        np.fmin.at(self.low, at, values)
        np.fmax.at(self.high, at, values)
        np.maximum.at(self.reason, at, reasons)
        good = ~np.isnan(values)
        np.add.at(self.count, at, good)
        np.add.at(self.total, at, np.where(good, values, 0.0))
        same = (self.low[at] == before[0]) | ~good
        same &= (self.high[at] == before[1]) | ~good
        same &= self.reason[at] == before[2]
        changed = slots[~same]
        return (int(changed.min()), int(changed.max()) + 1) if len(changed) else None

    def _arrays(self) -> list[tuple[NDArray[np.generic], float]]:
        return [
            (self.low, np.nan),
            (self.high, np.nan),
            (self.total, 0),
            (self.count, 0),
            (self.reason, 0),
        ]


def _shift(array: NDArray[np.generic], n: int, empty: float) -> None:
    """Move rows left by ``n`` (right if negative). Flat, one move of memory does all rows."""
    flat = array.reshape(-1)
    if n > 0:
        flat[:-n] = flat[n:]
        array[:, -n:] = empty
    elif n < 0:
        flat[-n:] = flat[:n]
        array[:, :-n] = empty
