"""From physical values to the words a controller would hold: the inverse of decoding.

An :class:`Encoder` is compiled once from a register map; an :class:`Image` is everything the
controller answers at one moment, so that a value of several words is never half old.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from drivers.modbus.consistency import used_bits
from drivers.modbus.datatypes import Order
from drivers.modbus.mapspec import RegisterText
from drivers.modbus.regmap import Area, PointSpec, QualityBit, RegisterMap, Sentinel
from drivers.simulator.packing import FLOATS, bounds, packed, unpacked, words_of
from drivers.simulator.scales import Scales
from drivers.simulator.spans import Span, spans_of
from drivers.simulator.tank import Value, Word
from drivers.simulator.texts import registers_of, usual_text

Data = dict[Area, list[bytearray]]
Place = tuple[Area, int]
_HUGE = 1e30
"""Beyond every whole number that registers hold."""


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
    """A register map compiled for writing; ``unknown`` names the points that had no value.

    ``orders`` is what the controller speaks, whatever the map says; ``scales`` holds the registers
    that choose orders, units and scales; ``texts`` what it says of itself, by key (``probe`` for
    the probe register). All three may be changed at any time.
    """

    def __init__(self, regmap: RegisterMap) -> None:
        self.regmap = regmap
        self.spans = {area: spans_of(regmap, area) for area in Area}
        self.scales = Scales(regmap)
        self.orders: tuple[Order, Order] | None = None
        self.texts: dict[str, str] = {}
        self.unknown: tuple[str, ...] = ()
        self._specs = {spec.key: spec for spec in regmap.points}
        self._said = _texts(regmap)
        self._resting = [
            (spec, bit)
            for spec in regmap.points
            for bit in spec.quality_bits
            if not bit.active_high and not _is_a_point(regmap, bit)
        ]

    def image(
        self,
        values: Mapping[str, Value],
        sentinels: Collection[str] = (),
        faulty: Collection[str] = (),
        told: Mapping[str, str] | None = None,
    ) -> Image:
        """Encode values by point key.

        Points in ``sentinels`` are sent as no value, those in ``faulty`` have their fault bits
        active, those in ``told`` their bits of another meaning (``{"level": "stale"}``).
        """
        data: Data = {
            area: [bytearray((s.end - s.start) * (1 if area.is_bits else 2)) for s in spans]
            for area, spans in self.spans.items()
        }
        self._put_texts(data)
        unknown = [spec.key for spec in self.regmap.points if values.get(spec.key) is None]
        self.unknown = tuple(unknown)
        orders = self._orders()
        for spec in self.regmap.points:
            shown = None if spec.key in sentinels else values.get(spec.key)
            self._put(data, spec, self._bits_of(spec, shown, values), orders)
        for place, raw in self.scales.chosen.items():
            self._set_word(data, place, raw, orders[0])
        meanings = dict.fromkeys(faulty, "fault") | dict(told or {})
        self._tell(data, meanings, orders[0])
        frozen = {area: tuple(bytes(part) for part in parts) for area, parts in data.items()}
        return Image(self.spans, frozen)

    def can_show_no_value(self, key: str) -> bool:
        """Whether the map has a way to say that this point's sensor has failed."""
        spec = self._specs[key]
        return bool(spec.sentinels or any(b.meaning == "fault" for b in spec.quality_bits))

    def can_tell(self, key: str, meaning: str) -> bool:
        """Whether the map has a bit of that meaning for a point."""
        return any(bit.meaning == meaning for bit in self._specs[key].quality_bits)

    def _orders(self) -> tuple[Order, Order]:
        return self.orders or self.scales.orders or self.regmap.orders

    def _bits_of(self, spec: PointSpec, value: Value | None, values: Mapping[str, Value]) -> int:
        """Return the bits of a point; what is not a number is sent as missing."""
        if isinstance(value, Word):
            by_word = {word.casefold(): int(raw, 0) for raw, word in spec.states.items()}
            return packed(spec, by_word.get(value.text, value.code))
        if value is None or not math.isfinite(value):
            return _missing(spec)
        return _measured(spec, self.scales.number(spec, value, values))

    def _put(self, data: Data, spec: PointSpec, bits: int, orders: tuple[Order, Order]) -> None:
        """Add a point's bits to its registers, which it may share with others."""
        part, at = self._at(data, spec.area, spec.address)
        if spec.area.is_bits:
            part[at] = bits & 1
            return
        sent = words_of(
            bits, spec.words, spec.byte_order or orders[0], spec.word_order or orders[1]
        )
        for i, byte in enumerate(sent):
            part[at + i] |= byte

    def _put_texts(self, data: Data) -> None:
        for key, text in self._said.items():
            said = self.texts.get(key)
            said = usual_text(text, self.regmap.model) if said is None else said
            part, at = self._at(data, text.area, text.address)
            sent = registers_of(text, said)
            part[at : at + len(sent)] = sent

    def _set_word(self, data: Data, place: Place, raw: int, byte_order: Order) -> None:
        """Write a register that chooses something; the one that chooses orders is always big."""
        part, at = self._at(data, *place)
        chooser = self.regmap.order_register
        if chooser is not None and place == (chooser.area, chooser.address):
            byte_order = "big"
        part[at : at + 2] = (raw & 0xFFFF).to_bytes(2, byte_order)

    def _tell(self, data: Data, meanings: Mapping[str, str], byte_order: Order) -> None:
        """Set every quality bit: those that mean well by 0 to 1, and then those that are active."""
        for spec, bit in self._resting:
            if meanings.get(spec.key) != bit.meaning:
                self._flip(data, bit, byte_order, on=True)
        for key, meaning in meanings.items():
            for bit in self._specs[key].quality_bits:
                if bit.meaning == meaning:
                    self._flip(data, bit, byte_order, on=bit.active_high)

    def _flip(self, data: Data, bit: QualityBit, byte_order: Order, *, on: bool) -> None:
        part, at = self._at(data, bit.area, bit.address)
        mask = 1
        if not bit.area.is_bits:
            at += bit.bit // 8 if byte_order == "little" else 1 - bit.bit // 8
            mask = 1 << bit.bit % 8
        part[at] = part[at] | mask if on else part[at] & ~mask

    def _at(self, data: Data, area: Area, address: int) -> tuple[bytearray, int]:
        for span, part in zip(self.spans[area], data[area], strict=True):
            if span.start <= address < span.end:
                return part, (address - span.start) * (1 if area.is_bits else 2)
        raise ValueError(f"{area.value} {address} is in no span")


def _texts(regmap: RegisterMap) -> dict[str, RegisterText]:
    """Return what is said of the controller, but for registers that hold a point as well."""
    said: dict[str, RegisterText] = {text.key: text for text in regmap.identity}
    if regmap.probe is not None:
        said["probe"] = regmap.probe
    taken = {(s.area, a) for s in regmap.points for a in range(s.address, s.end)}
    return {
        key: text
        for key, text in said.items()
        if not any((text.area, text.address + i) in taken for i in range(text.words))
    }


def _is_a_point(regmap: RegisterMap, bit: QualityBit) -> bool:
    """Whether the bit is shown by itself as well, so that its point decides what it says."""
    mask = 1 if bit.area.is_bits else 1 << bit.bit
    return any(
        spec.area is bit.area and spec.address == bit.address and used_bits(spec) & mask
        for spec in regmap.points
    )


def _measured(spec: PointSpec, number: float) -> int:
    """Keep a measurement inside its type and distinct from every sentinel."""
    if spec.coding.dtype in FLOATS or spec.field is not None:
        return packed(spec, number)
    low, high = bounds(spec)
    raw = round(min(max(number, -_HUGE), _HUGE))
    over = [s.raw for s in spec.sentinels if s.meaning == "overrange"]
    if over and not low <= raw <= high:
        return unpacked(spec, over[0])
    # As floats: whoever reads 64 bits may round them, and then the neighbours are a sentinel too.
    taken = {float(unpacked(spec, sentinel.raw)) for sentinel in spec.sentinels}
    raw = min(max(raw, low), high)
    inward = -1 if raw > 0 else 1
    while float(packed(spec, raw)) in taken:
        raw += inward
    return packed(spec, raw)


def _missing(spec: PointSpec) -> int:
    """Return the bits that the map sends for a point without a value: a sentinel, or zero."""

    def rank(sentinel: Sentinel) -> bool:
        return sentinel.meaning != "absent"

    ranked = sorted(spec.sentinels, key=rank)
    return unpacked(spec, ranked[0].raw) if ranked else 0
