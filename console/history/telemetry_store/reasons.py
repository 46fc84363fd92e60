"""Why values are not good, as runs; and the holes, where a point was not in the snapshot at all."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

Reasons = NDArray[np.uint8]

ABSENT = 255
"""Stands for a moment at which the point has no sample; never leaves this package."""
_RUNS, _EACH = b"\1", b"\2"


def encode_reasons(reasons: Reasons) -> bytes:
    """Return the runs of equal reasons, or nothing where every value is good."""
    if not reasons.any():
        return b""
    starts = np.flatnonzero(np.diff(reasons, prepend=np.uint8(reasons[0] ^ 1)))
    runs = starts.astype("<u4").tobytes() + reasons[starts].tobytes()
    each = _EACH + zlib.compress(reasons.tobytes())
    return min(_RUNS + zlib.compress(runs), each, key=len)


def decode_reasons(data: bytes, count: int) -> Reasons:
    """Return ``count`` reasons; raises ValueError for what is no such list."""
    if not data:
        return np.zeros(count, np.uint8)
    try:
        body = zlib.decompress(data[1:])
    except zlib.error as error:
        raise ValueError(f"not a list of reasons: {error}") from error
    if data[:1] == _EACH:
        each = np.frombuffer(body, np.uint8)
    else:
        number = len(body) // 5
        starts = np.frombuffer(body, "<u4", number).astype(np.int64)
        lengths = np.diff(starts, append=count)
        if number == 0 or starts[0] != 0 or (lengths <= 0).any():
            raise ValueError("the runs of reasons do not fit")
        each = np.repeat(np.frombuffer(body, np.uint8, number, 4 * number), lengths)
    if len(each) != count:
        raise ValueError("a list of reasons is cut short")
    return each
