"""From a value to the words that a controller is to be given: the way back of the decoder."""

from __future__ import annotations

import math
import struct

from drivers.modbus.datatypes import Order
from drivers.modbus.pointspec import PointSpec

_STRUCT = {"f4": ">f", "f8": ">d"}
_NEAR = 1e-6


class EncodeError(ValueError):
    """A value that the registers cannot hold; the sentence says why and what is near."""


def raw_of(spec: PointSpec, value: float, factor: float, offset: float) -> float:
    """Return the raw number for a value of ``(raw - raw_offset) * factor + offset``.

    Raises EncodeError where registers of whole numbers cannot hold it exactly, or at all.
    """
    raw = (value - offset) / factor + spec.raw_offset
    if spec.coding.is_integer:
        near = round(raw)
        if abs(raw - near) > _NEAR * max(abs(raw), 1.0):
            nearest = (near - spec.raw_offset) * factor + offset
            raise EncodeError(
                f"{value:g} is finer than the controller can hold; the nearest is {nearest:g}"
            )
        raw = near
    low, high = _bounds(spec)
    if not (math.isfinite(raw) and low <= raw <= high):
        raise EncodeError(f"{value:g} does not fit into {spec.type} registers")
    return raw


def words_of(spec: PointSpec, raw: float, byte_order: Order, word_order: Order) -> tuple[int, ...]:
    """Return the registers that hold a raw number; bits of a field are in their place."""
    if not spec.coding.is_integer:
        data = struct.pack(_STRUCT[spec.coding.dtype], raw)
        return _in_order(spec, int.from_bytes(data), byte_order, word_order)
    number = int(raw)
    if spec.type.startswith("bcd"):
        number = int(str(number), 16)
    elif spec.type == "hhmm":
        number = (number // 60) << 8 | number % 60
    if spec.field is not None:
        mask, shift = spec.field
        number = ((number << shift) ^ spec.inverted) & mask
    else:
        number ^= spec.inverted
    return _in_order(spec, number & (1 << spec.coding.bits) - 1, byte_order, word_order)


def mask_words(spec: PointSpec, byte_order: Order, word_order: Order) -> tuple[int, ...]:
    """Return the bits of the registers that belong to a point."""
    mask = spec.field[0] if spec.field else (1 << spec.coding.bits) - 1
    return _in_order(spec, mask, byte_order, word_order)


def _in_order(
    spec: PointSpec, number: int, byte_order: Order, word_order: Order
) -> tuple[int, ...]:
    words = struct.unpack(f">{spec.words}H", number.to_bytes(spec.words * 2))
    if word_order == "little":
        words = words[::-1]
    if byte_order == "little" and not spec.area.is_bits:
        words = tuple(int.from_bytes(word.to_bytes(2, "little")) for word in words)
    return words


def _bounds(spec: PointSpec) -> tuple[float, float]:
    if spec.field is None:
        return spec.coding.low, spec.coding.high
    mask, shift = spec.field
    most = mask >> shift
    return (-(most // 2) - 1, most // 2) if spec.coding.dtype[0] == "i" else (0, most)
