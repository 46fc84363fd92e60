"""Whether a value may be trusted: ranges, sentinels, and bits elsewhere that speak of it.

A frame in which nothing is wrong is recognised by a handful of array operations; only a frame in
which something is wrong is looked at in detail.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from drivers.modbus.datatypes import F64_MOST, Order
from drivers.modbus.fields import is_coded
from drivers.modbus.planner import Block
from drivers.modbus.pointcheck import as_coded
from drivers.modbus.pointspec import PointSpec
from drivers.modbus.rawwords import Numbers, Words, locator
from drivers.points import Reason

Positions = NDArray[np.intp]
Scale = Callable[[PointSpec, float], float]


class Judge:
    """Compiled once for points at ``position``; ``scale`` makes a value of a raw number."""

    def __init__(
        self,
        specs: Sequence[PointSpec],
        position: Positions,
        total: int,
        blocks: Sequence[Block],
        scale: Scale,
    ) -> None:
        self._low, self._high = np.full(total, -np.inf), np.full(total, np.inf)
        for i, spec in enumerate(specs):
            self._low[position[i]], self._high[position[i]] = spec.valid or (-np.inf, np.inf)
        self._sentinels = _Sentinels(specs, position)
        self._bits = _Bits(specs, position, blocks)
        self.unjudged = self._bits.unread
        self._clean_low, self._clean_high = self._low.copy(), self._high.copy()
        self._doubtful = self._narrow(specs, position, scale)
        # Infinity is no measurement: the widest clean range ends at the last finite number.
        np.clip(self._clean_low, -F64_MOST, F64_MOST, out=self._clean_low)
        np.clip(self._clean_high, -F64_MOST, F64_MOST, out=self._clean_high)

    def is_clean(self, whole: Numbers, values: Numbers, words: Words, order: Order) -> bool:
        """Return True only if every value is finite, in range, no sentinel and not spoken of."""
        inside = (values >= self._clean_low) & (values <= self._clean_high)
        if np.count_nonzero(inside) < len(values):
            return False
        if self._doubtful is not None:
            where, raws = self._doubtful
            if np.count_nonzero(whole.take(where) == raws):
                return False
        return not self._bits.any_active(words, order)

    def judge(
        self, whole: Numbers, values: Numbers, words: Words, order: Order
    ) -> NDArray[np.uint8]:
        """Return the reason of every value, and take away in place those that mean nothing."""
        reasons = np.zeros(len(values), np.uint8)
        reasons[~((values >= self._low) & (values <= self._high))] = Reason.OUT_OF_RANGE
        broken = ~np.isfinite(values)
        values[broken], reasons[broken] = np.nan, Reason.SENSOR_FAULT
        self._sentinels.apply(whole, values, reasons)
        self._bits.apply(words, order, values, reasons)
        return reasons

    def _narrow(
        self, specs: Sequence[PointSpec], position: Positions, scale: Scale
    ) -> tuple[Positions, Numbers] | None:
        """Shut sentinels out of the clean range; return those that stand in the middle of it."""
        doubtful = [
            (at, raw)
            for at, spec in zip(position.tolist(), specs, strict=True)
            for raw in _raws(spec)
            if not math.isnan(raw) and not self._shut_out(spec, at, raw, scale)
        ]
        if not doubtful:
            return None
        where, raws = zip(*doubtful, strict=True)
        return np.array(where, np.intp), np.array(raws)

    def _shut_out(self, spec: PointSpec, at: int, raw: float, scale: Scale) -> bool:
        if is_coded(spec) or spec.scale_from or spec.unit_from:
            return False
        value = scale(spec, raw)
        if not self._clean_low[at] <= value <= self._clean_high[at]:
            return True
        if not spec.coding.is_integer or raw not in {spec.coding.low, spec.coding.high}:
            return False
        # No number lies beyond the first or last one of the type, so a bound may be drawn there.
        if (raw == spec.coding.high) == (spec.factor > 0):
            self._clean_high[at] = np.nextafter(value, -np.inf)
        else:
            self._clean_low[at] = np.nextafter(value, np.inf)
        return True


def _raws(spec: PointSpec) -> list[float]:
    """The raw numbers of a point that are no measurements, as the decoder sees them."""
    raws = [math.nan if s.raw == "nan" else as_coded(spec, s.raw) for s in spec.sentinels]
    return [float(np.float32(raw)) for raw in raws] if spec.type == "f32" else raws


class _Sentinels:
    def __init__(self, specs: Sequence[PointSpec], position: Positions) -> None:
        rows = [
            (position[i], raw, int(sentinel.reason))
            for i, spec in enumerate(specs)
            for sentinel, raw in zip(spec.sentinels, _raws(spec), strict=True)
        ]
        self._where = np.array([row[0] for row in rows], np.intp)
        self._raws = np.array([row[1] for row in rows], float)
        self._reasons = np.array([row[2] for row in rows], np.uint8)
        self._is_nan = np.isnan(self._raws)

    def apply(self, whole: Numbers, values: Numbers, reasons: NDArray[np.uint8]) -> None:
        sent = whole[self._where]
        hit = (sent == self._raws) | (self._is_nan & np.isnan(sent))
        values[self._where[hit]] = np.nan
        reasons[self._where[hit]] = self._reasons[hit]


class _Bits:
    """Quality bits; ``unread`` are the positions of points whose bits no block covers."""

    def __init__(
        self, specs: Sequence[PointSpec], position: Positions, blocks: Sequence[Block]
    ) -> None:
        locate = locator(blocks)
        rows, unread = [], []
        for i, spec in enumerate(specs):
            for bit in spec.quality_bits:
                at = locate(bit.area, bit.address, 1)
                if at is None:
                    unread.append(int(position[i]))
                else:
                    rows.append((int(position[i]), at, bit))
        self.unread = unread
        self._targets = np.array([row[0] for row in rows], np.intp)
        self._where = np.array([row[1] for row in rows], np.intp)
        self._flip = np.array([0 if row[2].active_high else 0xFFFF for row in rows], np.uint16)
        self._reasons = np.array([int(row[2].reason) for row in rows], np.uint8)
        self._keeps = np.array([row[2].keeps_value for row in rows], bool)
        in_word = [0 if row[2].area.is_bits else row[2].bit for row in rows]
        # Bit 3 of a register sent with its bytes swapped arrives as bit 11.
        swapped = [
            n if row[2].area.is_bits else n ^ 8 for n, row in zip(in_word, rows, strict=True)
        ]
        self._masks = {
            "big": np.array([1 << n for n in in_word], np.uint16),
            "little": np.array([1 << n for n in swapped], np.uint16),
        }

    def any_active(self, words: Words, order: Order) -> bool:
        return bool(self._where.size) and bool(np.count_nonzero(self._active(words, order)))

    def apply(
        self, words: Words, order: Order, values: Numbers, reasons: NDArray[np.uint8]
    ) -> None:
        if not self._where.size:
            return
        # From the last to the first: where several speak of a point, the first named decides.
        active = np.flatnonzero(self._active(words, order))[::-1]
        taken = active[~self._keeps[active]]
        values[self._targets[taken]] = np.nan
        reasons[self._targets[taken]] = self._reasons[taken]
        doubted = active[self._keeps[active]]
        doubted = doubted[reasons[self._targets[doubted]] == Reason.NONE]
        reasons[self._targets[doubted]] = self._reasons[doubted]

    def _active(self, words: Words, order: Order) -> NDArray[np.uint16]:
        found: NDArray[np.uint16] = (words.take(self._where) ^ self._flip) & self._masks[order]
        return found
