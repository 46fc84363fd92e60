"""From one raw number to the registers that hold it, whatever their type and order.

Written without the decoder's code, so that a test which reads one with the other means something.
"""

from __future__ import annotations

import math
import struct

from drivers.modbus.datatypes import F32_MOST, F64_MOST, Order
from drivers.modbus.pointspec import PointSpec

FLOATS = {"f4": (">f", F32_MOST), "f8": (">d", F64_MOST)}


def bounds(spec: PointSpec) -> tuple[int, int]:
    """Return the least and the greatest whole number that the point's bits can hold."""
    if spec.field is None:
        return int(spec.coding.low), int(spec.coding.high)
    mask, shift = spec.field
    width = (mask >> shift).bit_length()
    if spec.coding.dtype[0] == "i":
        return -(1 << (width - 1)), (1 << (width - 1)) - 1
    return 0, mask >> shift


def packed(spec: PointSpec, number: float) -> int:
    """Return the bits of all registers of a point as one number, most significant word first.

    The number is kept inside what the type can hold. Bits that belong to others are 0.
    """
    kind = spec.coding.dtype
    if kind in FLOATS:
        form, most = FLOATS[kind]
        inside = number if math.isnan(number) else min(max(number, -most), most)
        return int.from_bytes(struct.pack(form, inside))
    low, high = bounds(spec)
    whole = round(min(max(number, low), high))
    whole = min(max(whole, low), high)  # a float near 2**64 rounds beyond it
    if spec.type.startswith("bcd"):
        return int(str(whole), 16)
    if spec.type == "hhmm":
        return whole // 60 << 8 | whole % 60
    mask, shift = spec.field or ((1 << spec.coding.bits) - 1, 0)
    return (whole << shift & mask) ^ (spec.inverted & mask)


def unpacked(spec: PointSpec, sentinel: float | str) -> int:
    """Return the bits of a number that stands for no measurement, as the map writes it."""
    kind = spec.coding.dtype
    if kind in FLOATS:
        return int.from_bytes(struct.pack(FLOATS[kind][0], float(sentinel)))
    return int(sentinel) & (1 << spec.coding.bits) - 1


def words_of(bits: int, count: int, byte_order: Order, word_order: Order) -> bytes:
    """Return registers as they go over the wire, two bytes each."""
    data = bits.to_bytes(2 * count)
    words = [data[i : i + 2] for i in range(0, len(data), 2)]
    if word_order == "little":
        words.reverse()
    if byte_order == "little":
        words = [word[::-1] for word in words]
    return b"".join(words)
