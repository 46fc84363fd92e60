"""Fewer points for the same picture: what a trend needs at the width it is drawn with.

Buckets are slices of absolute time, not of age: the shape of a curve then stays as it is while it
moves left, where buckets of age would make every peak flicker.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Samples = NDArray[np.floating]


def decimated(times_s: Floats, values: Samples, bucket_s: float) -> tuple[Floats, Floats]:
    """Return at most lowest and highest of each bucket, and NaN behind a bucket with a gap.

    ``times_s`` rise, ``values`` has the same shape with NaN where nothing was known. Both results
    are float64 and hold at most three points for each bucket that holds a sample. Every extreme
    is kept, in the order in which the bucket rose or fell; no line ever crosses a gap.
    """
    y = np.asarray(values, np.float64)
    if not len(times_s):
        return np.asarray(times_s, np.float64), y
    slots = np.floor(times_s / bucket_s)
    starts = np.flatnonzero(np.r_[True, slots[1:] != slots[:-1]])
    ends = np.r_[starts[1:], len(times_s)] - 1
    finite = np.isfinite(y)
    low = np.minimum.reduceat(np.where(finite, y, np.inf), starts)
    high = np.maximum.reduceat(np.where(finite, y, -np.inf), starts)
    falls = y[ends] < y[starts]
    known = np.logical_or.reduceat(finite, starts)
    gap = ~np.logical_and.reduceat(finite, starts)
    nothing = np.full(len(starts), np.nan)
    x = np.stack((times_s[starts], times_s[ends], times_s[ends]), axis=1)
    found = np.stack((np.where(falls, high, low), np.where(falls, low, high), nothing), axis=1)
    # A bucket of one sample is one point, or it would hide from the widening of lone points.
    kept = np.stack((known, known & (ends > starts), gap), axis=1)
    return x[kept], found[kept]


def thinned(
    times_s: Floats, values: Samples, span_s: float, width_px: int
) -> tuple[Floats, Floats]:
    """Return the points to draw for a span this wide on screen: at most two for each pixel.

    Samples that are few enough are returned as they are. A lone sample between two gaps would
    draw no line; it is widened to one pixel so that it is seen.
    """
    if len(times_s) > 2 * width_px:
        # Two pixels for at most three points.
        times_s, values = decimated(times_s, values, 2 * span_s / max(width_px, 1))
    return _with_lone_points(times_s, np.asarray(values, np.float64), span_s / max(width_px, 1))


def _with_lone_points(times_s: Floats, values: Floats, pixel_s: float) -> tuple[Floats, Floats]:
    known = np.isfinite(values)
    beside = np.r_[False, known[:-1]] | np.r_[known[1:], False]
    lone = np.flatnonzero(known & ~beside)
    if not len(lone):
        return times_s, values
    return (
        np.insert(times_s, lone + 1, times_s[lone] + pixel_s),
        np.insert(values, lone + 1, values[lone]),
    )
