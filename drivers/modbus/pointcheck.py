"""What one point of a map must satisfy by itself; each broken rule names its key."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from drivers.files import Fault, faults_error
from drivers.modbus.datatypes import Area, coding
from drivers.modbus.expression import Expression

if TYPE_CHECKING:
    from drivers.modbus.pointspec import PointSpec

_FIELDS_FIT = frozenset({"bool", "u16", "s16", "u32", "s32", "bitfield"})
_FLAGS_FIT = frozenset({"u16", "u32", "bitfield"})
_WRITES = {Area.COIL: (5, 15), Area.HOLDING: (6, 16)}


def check_point(spec: PointSpec) -> None:
    """Raise the error that names every rule that the point breaks."""
    found = list(_coding(spec))
    if not found:  # what follows asks how the point is coded
        for rule in (_scaling, _field, _words, _sentinels, _ranges, _gate, _access):
            found += rule(spec)
    if found:
        raise faults_error(found)


def as_coded(spec: PointSpec, raw: float) -> float:
    """Return a raw number as the decoder sees it: 0x8000 of a signed register is -32768.

    Numbers of more than 53 bits are rounded as every value is.
    """
    code = spec.coding
    if not code.is_integer or not math.isfinite(raw):
        return float(raw)
    whole = int(raw)
    is_unsigned_way = code.dtype[0] == "i" and code.high < whole < 2**code.bits
    return float(whole - 2**code.bits if is_unsigned_way else whole)


def _coding(spec: PointSpec) -> Iterator[Fault]:
    try:
        words = coding(spec.type, spec.length).words
    except ValueError as error:
        yield Fault(("length",), "length", str(error))
        return
    if spec.area.is_bits and spec.type != "bool":
        text = f"type {spec.type!r} does not fit area {spec.area.value!r}; allowed is 'bool'"
        yield Fault(("type",), "type-area", text)
    if not spec.area.is_bits and spec.type == "bool" and spec.bit is None:
        text = f"type 'bool' does not fit area {spec.area.value!r} unless bit says which one"
        yield Fault(("type",), "type-area", text)
    if spec.address + words > 65536:
        text = f"address {spec.address} leaves no room for {words} registers"
        yield Fault(("address",), "address", text)


def _scaling(spec: PointSpec) -> Iterator[Fault]:
    if spec.scale == 0 or not math.isfinite(spec.scale):
        yield Fault(("scale",), "scale", "scale must not be 0 and must be finite")
    if spec.divisor is not None and (spec.divisor == 0 or not math.isfinite(spec.divisor)):
        yield Fault(("divisor",), "scale", "divisor must not be 0 and must be finite")
    if spec.divisor is not None and spec.scale != 1.0:
        yield Fault(("divisor",), "scale", "give scale or divisor, not both")
    if not (math.isfinite(spec.offset) and math.isfinite(spec.raw_offset)):
        yield Fault(("offset",), "scale", "offsets must be finite")
    if spec.counter is not None and not spec.coding.is_integer:
        yield Fault(("counter",), "counter", f"a counter cannot be of type {spec.type!r}")


def _field(spec: PointSpec) -> Iterator[Fault]:
    if spec.shift is not None and spec.mask is None:
        yield Fault(("shift",), "field", "shift needs a mask")
    if spec.bit is not None and spec.mask is not None:
        yield Fault(("bit",), "field", "give bit or mask, not both")
    place = "bit" if spec.bit is not None else "mask"
    if spec.field is None:
        return
    mask, shift = spec.field
    if spec.type not in _FIELDS_FIT or spec.area.is_bits:
        text = f"{place} does not fit type {spec.type!r} in area {spec.area.value!r}"
        yield Fault((place,), "field", text)
    elif mask >> spec.coding.bits:
        text = f"{place} reaches beyond the {spec.coding.bits} bits of type {spec.type!r}"
        yield Fault((place,), "field", text)
    elif mask >> shift == 0 or mask & ((1 << shift) - 1):
        yield Fault(("shift",), "field", f"shift {shift} drops bits of mask {mask:#x}")


def _words(spec: PointSpec) -> Iterator[Fault]:
    """States and flags and what is said of them."""
    if spec.states and spec.flags:
        yield Fault(("flags",), "words", "a point has states or flags, not both")
    if spec.flags and spec.type not in _FLAGS_FIT:
        yield Fault(("flags",), "words", f"flags do not fit type {spec.type!r}")
    width = spec.coding.bits if spec.coding.is_integer else 0
    for text in spec.flags:
        if not 0 <= int(text, 0) < width:
            yield Fault(("flags", text), "words", f"bit {text} is not in 0 to {width - 1}")
    for bit in spec.active_low:
        if not 0 <= bit < width or not (spec.flags or spec.bit == bit):
            yield Fault(("active_low",), "words", f"bit {bit} is neither a flag nor the bit")
    known = {int(text, 0) for text in (*spec.states, *spec.flags)}
    for text in spec.severity:
        if int(text, 0) not in known:
            words = "is neither a state nor a flag of this point"
            yield Fault(("severity", text), "words", f"{text} {words}")


def _sentinels(spec: PointSpec) -> Iterator[Fault]:
    for number, sentinel in enumerate(spec.sentinels):
        place = ("sentinels", number, "raw")
        if spec.type == "bool":
            yield Fault(place, "sentinel", "a single bit has no sentinel")
        elif sentinel.raw == "nan" or not math.isfinite(sentinel.raw):
            if spec.coding.is_integer:
                yield Fault(place, "sentinel", f"type {spec.type!r} has no {sentinel.raw}")
        elif spec.coding.is_integer and not _fits(spec, sentinel.raw):
            text = f"{sentinel.raw} cannot be coded as type {spec.type!r}"
            yield Fault(place, "sentinel", text)


def _fits(spec: PointSpec, raw: float) -> bool:
    low = spec.coding.low if spec.coding.dtype[0] == "i" else 0
    return raw == int(raw) and low <= int(raw) < 2**spec.coding.bits


def _ranges(spec: PointSpec) -> Iterator[Fault]:
    for name, span in (("display", spec.display), ("valid", spec.valid)):
        if span is not None and not span[0] < span[1]:
            text = f"the first number must be below the second, found {list(span)}"
            yield Fault((name,), "range", text)
    try:
        spec.limits.limits()
    except ValueError as error:
        yield Fault(("limits",), "limits", str(error))


def _gate(spec: PointSpec) -> Iterator[Fault]:
    if not spec.gate:
        return
    try:
        Expression.parse(spec.gate, "truth")
    except ValueError as error:
        yield Fault(("gate",), "expression", str(error))


def _access(spec: PointSpec) -> Iterator[Fault]:
    write = spec.write
    if write is None:
        if spec.access != "r":
            yield Fault(("access",), "write", f"access {spec.access!r} needs a write table")
        return
    if spec.access == "r":
        yield Fault(("write",), "write", "a write table needs access 'rw' or 'w'")
    allowed = _WRITES.get(spec.area, ())
    if not allowed:
        yield Fault(("write",), "write", f"area {spec.area.value!r} cannot be written")
    elif write.fc is not None and write.fc not in allowed:
        text = f"fc {write.fc} does not write area {spec.area.value!r}; allowed is {list(allowed)}"
        yield Fault(("write", "fc"), "write", text)
    if spec.type != "bool" and not write.values and (write.min is None or write.max is None):
        yield Fault(("write",), "write-range", "a number that may be written needs min and max")
    if write.min is not None and write.max is not None and write.min > write.max:
        yield Fault(("write", "min"), "write-range", "min must not be above max")
