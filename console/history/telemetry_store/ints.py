"""Whole numbers to bytes and back: predicted, packed as narrow as they fit, deflated.

A packed byte holds four, two or one prediction errors, so that the Huffman stage of deflate sees
groups of samples: smaller than one byte per sample, and quicker to inflate because there is less.
Every way that fits is tried; the shortest wins. Measured: docs/decisions/0011-telemetry-store.md.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_HEAD = struct.Struct("<BBIqq")  # order, bits, count, base, step
_PLANE = struct.Struct("<I")
_RAW = _PLANE.pack(0)
_SAME, _LEVELS, _STEPS = 0, 1, 2  # all one line; distances to the line; steps along it
_WIDTHS = {0, 2, 4, 8, 16, 32, 64}
_MOST = 1 << 24  # numbers in a list: an hour of one point has thousands
_UNPACK = {
    2: np.array([[(b >> s & 3) - 2 for s in (0, 2, 4, 6)] for b in range(256)], np.int8),
    4: np.array([[(b >> s & 15) - 8 for s in (0, 4)] for b in range(256)], np.int8),
}


def encode_ints(numbers: Ints) -> bytes:
    """Return the shortest form found; any int64 comes back; ValueError for more than 16 million."""
    if len(numbers) == 0:
        return b""
    if len(numbers) > _MOST:
        raise ValueError(f"{len(numbers)} numbers are more than one list holds")
    base, step = int(numbers[0]), _common_step(numbers)
    off = numbers - _line(base, step, len(numbers))
    if not off.any():
        return _HEAD.pack(_SAME, 0, len(numbers), base, step)
    middle = (int(off.min()) + int(off.max())) // 2
    levels = off - _wrapped(middle)
    steps = np.diff(off, prepend=off[:1])
    best = min(
        (
            (order, bits, body)
            for order, errors in ((_LEVELS, levels), (_STEPS, steps))
            for bits, body in _bodies(errors)
        ),
        key=lambda way: len(way[2]),
    )
    order, bits, body = best
    base = int(_wrapped(base + middle)) if order == _LEVELS else base
    return _HEAD.pack(order, bits, len(numbers), base, step) + body


def decode_ints(data: bytes) -> Ints:
    """Return what :func:`encode_ints` was given; raises ValueError for anything else."""
    if not data:
        return np.empty(0, np.int64)
    try:
        order, bits, count, base, step = _HEAD.unpack_from(data)
        if order not in {_SAME, _LEVELS, _STEPS} or count > _MOST or bits not in _WIDTHS:
            raise ValueError("not a list of whole numbers")
        if order == _SAME:
            return _line(base, step, count)
        errors = _unpacked(data[_HEAD.size :], bits, count)
    except (struct.error, zlib.error, KeyError) as error:
        raise ValueError(f"not a list of whole numbers: {error}") from error
    if len(errors) != count:
        raise ValueError("a list of whole numbers is cut short")
    if order == _LEVELS:
        off = errors.astype(np.int64)
        off += base
    else:
        off = np.cumsum(errors, dtype=np.int64)
        off += base
    if step:
        off += _line(0, step, count)
    return off


def _bodies(errors: Ints) -> Iterator[tuple[int, bytes]]:
    """Give the deflated bytes for the narrowest widths that hold every error, 2 bits to 64."""
    low, high = int(errors.min()), int(errors.max())
    tried = 0
    for bits in (2, 4, 8, 16, 32, 64):
        if low < -(1 << bits - 1) or high >= 1 << bits - 1:
            continue
        yield bits, _planes(errors, bits) if bits > 8 else zlib.compress(_packed(errors, bits))
        tried += 1
        if bits >= 8 or tried == 3:
            return


def _planes(errors: Ints, bits: int) -> bytes:
    """Return the bytes of each weight for themselves; those of pure noise as they are."""
    folded = ((errors << 1) ^ (errors >> 63)).astype(f"<u{bits // 8}")  # small either way: small
    planes = folded.view(np.uint8).reshape(-1, bits // 8).T
    parts = []
    for plane in planes:
        raw = plane.tobytes()
        body = zlib.compress(raw)
        parts.append(_PLANE.pack(len(body)) + body if len(body) < len(raw) else _RAW + raw)
    return b"".join(parts)


def _from_planes(data: bytes, bits: int, count: int) -> Ints:
    planes = np.empty((count, bits // 8), np.uint8)
    at = 0
    for column in range(bits // 8):
        (length,) = _PLANE.unpack_from(data, at)
        at += _PLANE.size
        if length == 0:
            planes[:, column] = np.frombuffer(data, np.uint8, count, at)
            at += count
        else:
            plane = zlib.decompress(data[at : at + length])
            planes[:, column] = np.frombuffer(plane, np.uint8)
            at += length
    folded = planes.view(f"<u{bits // 8}").ravel().astype(np.uint64)
    return ((folded >> np.uint64(1)) ^ (~(folded & np.uint64(1)) + np.uint64(1))).view(np.int64)


def _packed(errors: Ints, bits: int) -> bytes:
    if bits == 8:
        return errors.astype(np.int8).tobytes()
    per_byte = 8 // bits
    shifted = np.zeros(-(-len(errors) // per_byte) * per_byte, np.uint8)
    shifted[: len(errors)] = errors + (1 << bits - 1)
    rows = shifted.reshape(-1, per_byte)
    packed = rows[:, 0].copy()
    for column in range(1, per_byte):
        packed |= rows[:, column] << np.uint8(column * bits)
    return packed.tobytes()


def _unpacked(body: bytes, bits: int, count: int) -> NDArray[np.int8] | Ints:
    if bits > 8:
        return _from_planes(body, bits, count)
    inflated = np.frombuffer(zlib.decompress(body), np.uint8)
    return inflated.view(np.int8) if bits == 8 else _UNPACK[bits][inflated].ravel()[:count]


def _common_step(numbers: Ints) -> int:
    """Return the usual difference where the numbers rise like a clock, else 0."""
    if len(numbers) < 3:
        return 0
    step = int(np.median(np.diff(numbers)))
    spread = int(numbers[-1]) - int(numbers[0])
    return step if step > 0 and spread >= step * (len(numbers) - 1) // 2 else 0


def _line(base: int, step: int, count: int) -> Ints:
    if step == 0:
        return np.full(count, base, np.int64)
    return np.arange(count, dtype=np.int64) * step + base


def _wrapped(number: int) -> np.int64:
    return np.int64((number + (1 << 63)) % (1 << 64) - (1 << 63))
