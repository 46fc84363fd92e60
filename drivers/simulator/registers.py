"""From physical values to the words a controller would hold: the inverse of decoding.

An :class:`Encoder` is compiled once from a register map; an :class:`Image` is everything the
controller answers at one moment, so that a value of several words is never half old.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from drivers.modbus.regmap import Area, PointSpec, RegisterMap
from drivers.simulator.tank import Value, Word

_FORMATS = {"u16": ">H", "s16": ">h", "u32": ">I", "s32": ">i", "f32": ">f"}
_RANGES = {
    "u16": (0, 0xFFFF),
    "s16": (-0x8000, 0x7FFF),
    "u32": (0, 0xFFFF_FFFF),
    "s32": (-0x8000_0000, 0x7FFF_FFFF),
}
_F32_MOST = 3.4e38


@dataclass(frozen=True, slots=True)
class Span:
    """A run of addresses that the controller answers; ``end`` is the first it does not."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Image:
    """What a controller answers: bytes per span, two for a register and one for a bit."""

    spans: Mapping[Area, tuple[Span, ...]]
    data: Mapping[Area, tuple[bytes, ...]]

    def read(self, area: Area, address: int, count: int) -> bytes | None:
        """Return the bytes of ``count`` addresses, or None where one of them is not answered."""
        width = 1 if area.is_bits else 2
        for span, data in zip(self.spans.get(area, ()), self.data.get(area, ()), strict=True):
            if span.start <= address and address + count <= span.end:
                return data[(address - span.start) * width : (address - span.start + count) * width]
        return None


class Encoder:
    """A register map compiled for writing; ``unknown`` names the points that had no value."""

    def __init__(self, regmap: RegisterMap) -> None:
        self.regmap = regmap
        self.spans = {area: _spans(regmap, area) for area in Area}
        self._specs = {spec.key: spec for spec in regmap.points}
        self.unknown: tuple[str, ...] = ()

    def image(
        self,
        values: Mapping[str, Value],
        sentinels: Collection[str] = (),
        faulty: Collection[str] = (),
    ) -> Image:
        """Encode values by point key, ``sentinels`` as no value, ``faulty`` with their bit set."""
        data = {
            area: [bytearray((s.end - s.start) * (1 if area.is_bits else 2)) for s in spans]
            for area, spans in self.spans.items()
        }
        unknown = []
        for spec in self.regmap.points:
            value = values.get(spec.key)
            if value is None:
                unknown.append(spec.key)
            shown = None if spec.key in sentinels else value
            self._put(data, spec.area, spec.address, self._encode(spec, shown))
        self.unknown = tuple(unknown)
        for key in faulty:
            self._raise_fault(data, self._specs[key])
        frozen = {area: tuple(bytes(part) for part in parts) for area, parts in data.items()}
        return Image(self.spans, frozen)

    def can_show_no_value(self, key: str) -> bool:
        """Whether the map has a way to say that this point's sensor has failed."""
        spec = self._specs[key]
        return bool(spec.sentinels or spec.sensor_fault)

    def _encode(self, spec: PointSpec, value: Value | None) -> bytes:
        raw = _missing(spec) if value is None else _raw(spec, value)
        if spec.type == "bool":
            return bytes((1 if raw else 0,))
        return self._ordered(spec, struct.pack(_FORMATS[spec.type], raw))

    def _ordered(self, spec: PointSpec, most_significant_first: bytes) -> bytes:
        data = most_significant_first
        if (spec.word_order or self.regmap.word_order) == "little":
            data = data[2:] + data[:2]
        if self.regmap.byte_order == "little":
            data = b"".join(data[i : i + 2][::-1] for i in range(0, len(data), 2))
        return data

    def _put(self, data: dict[Area, list[bytearray]], area: Area, address: int, raw: bytes) -> None:
        part, at = self._at(data, area, address)
        part[at : at + len(raw)] = raw

    def _raise_fault(self, data: dict[Area, list[bytearray]], spec: PointSpec) -> None:
        fault = spec.sensor_fault
        if fault is None:
            return
        part, at = self._at(data, fault.area, fault.address)
        if fault.area.is_bits:
            part[at] = 1
            return
        low_byte_first = self.regmap.byte_order == "little"
        byte = fault.bit // 8 if low_byte_first else 1 - fault.bit // 8
        part[at + byte] |= 1 << fault.bit % 8

    def _at(
        self, data: dict[Area, list[bytearray]], area: Area, address: int
    ) -> tuple[bytearray, int]:
        for span, part in zip(self.spans[area], data[area], strict=True):
            if span.start <= address < span.end:
                return part, (address - span.start) * (1 if area.is_bits else 2)
        raise ValueError(f"{area.value} {address} is in no span")


def _spans(regmap: RegisterMap, area: Area) -> tuple[Span, ...]:
    """Return what is answered: the points, and the holes that the map says may be read across."""
    used = [(s.address, s.address + s.words) for s in regmap.points if s.area is area]
    bits = [s.sensor_fault for s in regmap.points if s.sensor_fault]
    used += [(bit.address, bit.address + 1) for bit in bits if bit.area is area]
    spans: list[Span] = []
    for start, end in sorted(used):
        if spans and start - spans[-1].end <= regmap.transport.max_gap:
            spans[-1] = Span(spans[-1].start, max(end, spans[-1].end))
        else:
            spans.append(Span(start, end))
    return tuple(spans)


def _raw(spec: PointSpec, value: Value) -> float:
    """Return the raw number of a value; what is not a number is sent as missing."""
    if isinstance(value, Word):
        by_word = {word.casefold(): int(raw, 0) for raw, word in spec.states.items()}
        return by_word.get(value.text, value.code)
    if not math.isfinite(value):
        return _missing(spec)
    exact = min(max((value - spec.offset) / spec.scale, -_F32_MOST), _F32_MOST)
    if spec.type == "f32":
        return exact
    if spec.type == "bool":
        return float(exact >= 0.5)
    return _within(spec, round(exact))


def _within(spec: PointSpec, raw: int) -> int:
    """Keep a measurement inside its type and distinct from every sentinel."""
    low, high = _RANGES[spec.type]
    over = [s.raw for s in spec.sentinels if s.meaning == "overrange"]
    if over and not low <= raw <= high:
        return over[0]
    taken = {sentinel.raw for sentinel in spec.sentinels}
    raw = min(max(raw, low), high)
    inward = -1 if raw > 0 else 1
    while raw in taken:
        raw += inward
    return raw


def _missing(spec: PointSpec) -> float:
    """Return what the map sends for a point without a value: a sentinel, or zero."""
    ranked = sorted(spec.sentinels, key=lambda s: s.meaning != "absent")
    if not ranked:
        return 0
    raw = ranked[0].raw
    if spec.type not in _RANGES:
        return raw
    low, high = _RANGES[spec.type]
    return low + (raw - low) % (high - low + 1)  # 0x8000 for a signed register is written -32768
