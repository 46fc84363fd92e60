"""Controllers made from register maps: what one would answer whose every value is in order."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping

from drivers.modbus.datatypes import Area
from drivers.modbus.encode import words_of
from drivers.modbus.mapspec import RegisterText
from drivers.modbus.pointspec import PointSpec
from drivers.modbus.regmap import RegisterMap
from tests.unit.drivers.wired import Reply, bare, framed

NAMES = ("TWO-PHASE TANK 100", "RPDU-48", "1042", "1", "7", "RPU 2", "CDU")
"""Texts of which one is what any shipped map expects."""
Memory = Mapping[tuple[Area, int], int]


def memory_of(regmap: RegisterMap) -> dict[tuple[Area, int], int]:
    """Registers and bits of a controller that the map describes, all in order."""
    memory: dict[tuple[Area, int], int] = {}
    for spec in regmap.readable:
        for i, word in enumerate(_words(spec, regmap)):
            place = spec.area, spec.address + i
            memory[place] = memory.get(place, 0) | word
    for text in (*regmap.identity, *([regmap.probe] if regmap.probe else [])):
        if isinstance(text, RegisterText) and (text.area, text.address) not in memory:
            memory |= {(text.area, text.address + i): w for i, w in enumerate(_text(text))}
    return memory


def _words(spec: PointSpec, regmap: RegisterMap) -> tuple[int, ...]:
    orders = spec.byte_order or regmap.byte_order, spec.word_order or regmap.word_order
    return words_of(spec, _raw(spec), *orders)


def _raw(spec: PointSpec) -> float:
    """A raw number in the middle of what is shown, the second state, no flags."""
    if spec.area.is_bits or spec.flags or spec.field:
        return 0
    if spec.states:
        return sorted(int(raw, 0) for raw in spec.states)[min(1, len(spec.states) - 1)]
    low = max(spec.display[0], spec.valid[0] if spec.valid else spec.display[0])
    high = min(spec.display[1], spec.valid[1] if spec.valid else spec.display[1])
    raw = (low + 0.4 * (high - low) - spec.offset) / spec.factor + spec.raw_offset
    raw = min(max(raw, spec.coding.low), spec.coding.high)
    return round(raw) if spec.coding.is_integer else raw


def _text(spec: RegisterText) -> tuple[int, ...]:
    is_text = spec.type in {"ascii", "utf8", "raw"}
    possible = NAMES if is_text else [name for name in NAMES if name.isdecimal()]
    text = next(name for name in possible if re.search(spec.expect, name))
    if is_text:
        data = text.encode().ljust(2 * spec.words, b"\0")[: 2 * spec.words]
    else:
        data = int(text).to_bytes(2 * spec.words)
    words = struct.unpack(f">{spec.words}H", data)
    words = words if spec.word_order == "big" else words[::-1]
    swap = spec.byte_order == "little"
    return tuple((w >> 8 | (w & 0xFF) << 8) if swap else w for w in words)


class MappedController:
    """Answers from a memory; what is far from anything in it is refused, as real ones do."""

    def __init__(
        self, memory: Memory, scheme: str = "tcp", *, units: set[int] | None = None
    ) -> None:
        self.memory = dict(memory)
        self.functions: list[int] = []
        self._scheme = scheme
        self._units = units

    def __call__(self, request: bytes) -> Reply:
        unit, function, address, count = struct.unpack(">BBHH", bare(self._scheme, request)[:6])
        self.functions.append(function)
        if self._units is not None and unit not in self._units:
            return b""
        area = {1: Area.COIL, 2: Area.DISCRETE, 3: Area.HOLDING, 4: Area.INPUT}[function]
        own = [at for own, at in self.memory if own is area]
        inside = own and min(own) <= address and address + count <= max(own) + 1
        if not inside:
            return framed(self._scheme, request, bytes((function | 0x80, 2)))
        words = [self.memory.get((area, address + i), 0) for i in range(count)]
        if area.is_bits:
            size = (count + 7) // 8
            bits = sum((word & 1) << i for i, word in enumerate(words)).to_bytes(size, "little")
            return framed(self._scheme, request, bytes((function, size)) + bits)
        data = struct.pack(f">{count}H", *words)
        return framed(self._scheme, request, bytes((function, len(data))) + data)
