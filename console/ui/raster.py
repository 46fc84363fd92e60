"""Curves as pixels: which rows each column of a curve covers, and the colours into an array.

This replaces drawing polylines: without a GPU, Qt's rasteriser takes four times as long and more
for what is the same picture (tests/benchmarks/test_curves.py).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]
Rows = NDArray[np.int32]
Mask = NDArray[np.bool_]
Pixels = NDArray[np.uint32]

_DASHES = (
    (24, 24),
    (12, 17),
    (12, 15, 18, 21),
    (3, 6),
    (24, 28),
    (12, 15, 18, 21, 24, 27),
)
"""Of each pen, where in turn it is lifted and put down again, in pixels; the last is the period."""
_OFF_SCALE = 3


class Band(NamedTuple):
    """The scale of each curve: row = ``zero + value * slope``, within ``top`` and ``bottom``.

    Arrays of shape (curves, 1); rows count from the top of the picture and include ``bottom``.
    """

    zero: Floats
    slope: Floats
    top: Rows
    bottom: Rows


class Spans(NamedTuple):
    """Rows ``top`` to ``bottom`` of each curve in each column, where ``drawn``."""

    top: Rows
    bottom: Rows
    drawn: Mask

    def part(self, columns: slice) -> Spans:
        """Return some of the columns."""
        return Spans(self.top[:, columns], self.bottom[:, columns], self.drawn[:, columns])


def spans(
    low: Floats, high: Floats, reason: Bytes, band: Band, bridges: NDArray[np.int64], steps: Mask
) -> Spans:
    """Return what the curves cover, joined to lines; all arrays have shape (curves, columns).

    ``bridges`` (curves, 1) is how many columns apart two values are joined; no line crosses a
    column that is bad. ``steps`` (curves, 1) are curves that hold a value until the next.
    """
    drawn = ~np.isnan(low)
    top, bottom = _rows(high, drawn, band), _rows(low, drawn, band)
    _mark_off_scale(low, high, drawn, top, bottom, band)
    if bridges.max(initial=0) > 1 and not drawn.all():
        _bridge(Spans(top, bottom, drawn), (reason != 0) & ~drawn, bridges, steps)
    _join(top, bottom, drawn)
    return Spans(top, bottom, drawn)


def _rows(values: Floats, drawn: Mask, band: Band) -> Rows:
    rows = np.where(drawn, values, 0.0)
    rows *= band.slope
    rows += band.zero
    np.clip(rows, band.top, band.bottom, out=rows)
    return np.rint(rows, out=rows).astype(np.int32)


def _mark_off_scale(
    low: Floats, high: Floats, drawn: Mask, top: Rows, bottom: Rows, band: Band
) -> None:
    """Values beyond the scale lie on its edge, as a bar that is thicker than any line."""
    above = drawn & (high * band.slope + band.zero < band.top - 0.5)
    if above.any():
        np.maximum(bottom, band.top + _OFF_SCALE - 1, out=bottom, where=above)
    below = drawn & (low * band.slope + band.zero > band.bottom + 0.5)
    if below.any():
        np.minimum(top, band.bottom - _OFF_SCALE + 1, out=top, where=below)


def _bridge(of: Spans, bad: Mask, bridges: NDArray[np.int64], steps: Mask) -> None:
    """Fill the columns between two values that belong together: the samples are far apart."""
    columns = of.drawn.shape[1]
    at = np.arange(columns)
    before = np.maximum.accumulate(np.where(of.drawn, at, -1), axis=1)
    after = np.minimum.accumulate(np.where(of.drawn, at, columns)[:, ::-1], axis=1)[:, ::-1]
    hole = ~of.drawn & (before >= 0) & (after < columns) & (after - before <= bridges)
    if not hole.any():
        return
    curve, here = np.nonzero(hole)
    left, right = before[hole], after[hole]
    spoilt = np.cumsum(bad, axis=1)
    sound = spoilt[curve, right] == spoilt[curve, left]
    curve, here, left, right = curve[sound], here[sound], left[sound], right[sound]
    middle = (of.top + of.bottom) / 2
    start, end = middle[curve, left], middle[curve, right]
    share = np.where(steps[curve, 0], 0.0, (here - left) / (right - left))
    row = np.rint(start + (end - start) * share).astype(np.int32)
    of.top[curve, here] = of.bottom[curve, here] = row
    of.drawn[curve, here] = True


def _join(top: Rows, bottom: Rows, drawn: Mask) -> None:
    """Let neighbouring columns touch: each goes half of the way to the other."""
    both = drawn[:, 1:] & drawn[:, :-1]
    falls = np.nonzero(both & (top[:, 1:] > bottom[:, :-1] + 1))
    rises = np.nonzero(both & (top[:, :-1] > bottom[:, 1:] + 1))
    meetings = []
    for (curve, left), by in ((falls, (0, 1)), (rises, (1, 0))):
        upper, lower = (curve, left + by[0]), (curve, left + by[1])
        meetings.append((upper, lower, (bottom[upper] + top[lower]) // 2))
    for upper, lower, middle in meetings:
        bottom[upper] = np.maximum(bottom[upper], middle)
        top[lower] = np.minimum(top[lower], middle + 1)


def thicken(of: Spans, width: int) -> Spans:
    """Return the same lines ``width`` pixels wide, for screens with small pixels."""
    top, bottom, drawn = of.top, of.bottom + (width - 1), of.drawn
    for _ in range(width - 1):
        far = np.iinfo(np.int32).max
        upper = np.where(drawn, top, far)
        lower = np.where(drawn, bottom, -1)
        top, bottom, drawn = upper.copy(), lower.copy(), drawn.copy()
        np.minimum(top[:, 1:], upper[:, :-1], out=top[:, 1:])
        np.maximum(bottom[:, 1:], lower[:, :-1], out=bottom[:, 1:])
        drawn[:, 1:] |= of.drawn[:, :-1]
        of = Spans(top, bottom, drawn)
    return Spans(top, bottom, drawn)


def lone_points(of: Spans) -> None:
    """Make a value between two gaps large enough to be seen: in place."""
    alone = of.drawn.copy()
    alone[:, 1:] &= ~of.drawn[:, :-1]
    alone[:, :-1] &= ~of.drawn[:, 1:]
    of.top[alone] -= 1
    of.bottom[alone] += 1


def dashes(pen: int, first: int, count: int, scale: int) -> Mask:
    """Return in which columns a pen is down; counted absolutely, so that dashes move along."""
    *edges, period = _DASHES[pen % len(_DASHES)]
    phase = (np.arange(count) + first % (period * scale)) // scale % period
    down: Mask = np.searchsorted(np.array(edges), phase, side="right") % 2 == 0
    return down


def paint_spans(of: Spans, colours: Pixels, into: Pixels) -> None:
    """Colour the pixels of an array of shape (rows, columns), later curves over earlier ones.

    ``colours`` has one for each curve; ``into`` may be a part of a wider array.
    """
    height, stride = into.shape[0], into.strides[0] // into.itemsize
    flat = np.lib.stride_tricks.as_strided(
        into, shape=((height - 1) * stride + into.shape[1],), strides=(into.itemsize,)
    )
    curve, column = np.nonzero(of.drawn)
    top = np.clip(of.top[curve, column], 0, height - 1).astype(np.int64)
    length = np.clip(of.bottom[curve, column], 0, height - 1) - top + 1
    ends = np.cumsum(length)
    if not len(ends):
        return
    start = (top - (ends - length)) * stride + column
    pixels = np.repeat(start, length)
    pixels += np.arange(0, ends[-1] * stride, stride)
    flat[pixels] = np.repeat(colours[curve], length)


def hatch(into: Pixels, where: Mask, first: int, colour: int, spacing: int) -> None:
    """Fill whole columns with diagonal lines that move with the columns."""
    columns = np.flatnonzero(where)
    if not len(columns):
        return
    rows = np.arange(into.shape[0])[:, None]
    lines = (rows + columns[None, :] + first % spacing) % spacing == 0
    row, at = np.nonzero(lines)
    into[row, columns[at]] = colour
