"""Readings to bytes and back, bit for bit: whole numbers of a decimal step where they are that.

A controller says an integer; the map makes ``integer * multiply / divide + offset`` of it. What
reaches the store is the double, so the integer is found again: ``round(value * 10**p)``, with the
few units in the last place by which an offset or a product misses the decimal kept beside it.
What is no decimal is kept as float32 where that loses nothing, else as float64.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from console.history.telemetry_store.ints import Ints, decode_ints, encode_ints

Values = NDArray[np.float64]

_HEAD = struct.Struct("<BBIq")  # codec, decimals, length of the first list, common factor
_DECIMAL, _SINGLE, _DOUBLE = 1, 2, 3
_MOST_DECIMALS = 6
_MOST_ULPS = 127
_EXACT = float(1 << 52)  # integers below it are exact in a double
_PROBE = 16


def encode_values(values: Values) -> bytes:
    """Return the shortest form that gives the same 64 bits for each value, NaN included."""
    if len(values) == 0:
        return b""
    best = _as_decimal(values)
    if best is None or len(best) > 2 * len(values):
        floats = _as_float(values)
        if best is None or len(floats) < len(best):
            return floats
    return best


def decode_values(data: bytes) -> Values:
    """Return what :func:`encode_values` was given; raises ValueError for anything else."""
    if not data:
        return np.empty(0, np.float64)
    try:
        codec, decimals, length, factor = _HEAD.unpack_from(data)
    except struct.error as error:
        raise ValueError(f"not a list of readings: {error}") from error
    body = data[_HEAD.size :]
    if codec == _DECIMAL and decimals <= _MOST_DECIMALS:
        return _from_decimal(body, decimals, length, factor)
    if codec == _SINGLE:
        return _unordered(decode_ints(body).astype(np.int32)).astype(np.float64)
    if codec == _DOUBLE:
        return decode_ints(body).view(np.float64)
    raise ValueError(f"unknown way of writing readings: {codec}")


def _as_decimal(values: Values) -> bytes | None:
    for decimals in range(_MOST_DECIMALS + 1):
        if _split(values[:_PROBE], decimals) is None:
            continue
        found = _split(values, decimals)
        if found is not None:
            return _pack_decimal(decimals, *found)
    return None


def _pack_decimal(decimals: int, whole: Ints, ulps: Ints) -> bytes:
    factor = max(int(np.gcd.reduce(whole - whole[0])), 1)
    first = int(whole[0])
    steps = (whole - first) // factor
    body = struct.pack("<q", first) + encode_ints(steps)
    beside = encode_ints(ulps) if ulps.any() else b""
    return _HEAD.pack(_DECIMAL, decimals, len(body), factor) + body + beside


def _from_decimal(body: bytes, decimals: int, length: int, factor: int) -> Values:
    try:
        (first,) = struct.unpack_from("<q", body)
    except struct.error as error:
        raise ValueError(f"not a list of readings: {error}") from error
    whole = decode_ints(body[8:length])
    if factor != 1:
        whole *= factor
    if first:
        whole += first
    values = whole.astype(np.float64)
    if decimals:
        values /= 10.0**decimals
    if length < len(body):
        ulps = decode_ints(body[length:])
        if len(ulps) != len(values):
            raise ValueError("a list of readings is cut short")
        values = (values.view(np.int64) + ulps).view(np.float64)
    return values


def _split(values: Values, decimals: int) -> tuple[Ints, Ints] | None:
    """Return the integers and the units in the last place by which they miss, or None."""
    scale = 10.0**decimals
    with np.errstate(all="ignore"):
        rounded = np.rint(values * scale)
    if not (np.abs(rounded) < _EXACT).all():  # also for what is not finite
        return None
    whole = rounded.astype(np.int64)
    ulps = np.subtract(values.view(np.int64), (whole.astype(np.float64) / scale).view(np.int64))
    return (whole, ulps) if ((ulps >= -_MOST_ULPS) & (ulps <= _MOST_ULPS)).all() else None


def _as_float(values: Values) -> bytes:
    with np.errstate(all="ignore"):
        single = values.astype(np.float32)
        same = np.array_equal(single.astype(np.float64).view(np.int64), values.view(np.int64))
    if same:
        return _HEAD.pack(_SINGLE, 0, 0, 1) + encode_ints(_ordered(single))
    return _HEAD.pack(_DOUBLE, 0, 0, 1) + encode_ints(values.view(np.int64))


def _ordered(single: NDArray[np.float32]) -> Ints:
    """Return the bits as integers that rise as the numbers do."""
    bits = single.view(np.int32)
    return np.where(bits < 0, bits ^ np.int32(0x7FFFFFFF), bits).astype(np.int64)


def _unordered(ordered: NDArray[np.int32]) -> NDArray[np.float32]:
    return np.where(ordered < 0, ordered ^ np.int32(0x7FFFFFFF), ordered).view(np.float32)
