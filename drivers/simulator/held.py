"""What was written into a simulated controller, and how long it keeps it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from drivers.modbus.regmap import Area, PointSpec, RegisterMap
from drivers.simulator.registers import Image

ILLEGAL_ADDRESS = 2


@dataclass
class _Word:
    spec: PointSpec
    word: int
    at_s: float


class Held:
    """Registers and coils by place, as written. ``overwritten_after_s`` is how soon the controller
    puts its own value back (dew-point control does so), None where it never does.
    """

    def __init__(self, regmap: RegisterMap) -> None:
        self._places = {
            (spec.area, address): spec
            for spec in regmap.points
            if spec.write is not None
            for address in range(spec.address, spec.end)
        }
        self._words: dict[tuple[Area, int], _Word] = {}
        self.overwritten_after_s: float | None = None

    @property
    def takes_anything(self) -> bool:
        """Whether the map allows any write at all."""
        return bool(self._places)

    def write(self, area: Area, address: int, words: Sequence[int], now_s: float) -> int:
        """Take words; returns 0, or the exception that refuses them all."""
        places = [(area, address + i) for i in range(len(words))]
        if any(place not in self._places for place in places):
            return ILLEGAL_ADDRESS
        for place, word in zip(places, words, strict=True):
            self._words[place] = _Word(self._places[place], word, now_s)
        return 0

    def restart(self) -> None:
        """Forget what is held in volatile memory: the power was cut."""
        self._words = {
            place: held
            for place, held in self._words.items()
            if held.spec.write is not None and not held.spec.write.volatile
        }

    def over(self, image: Image, now_s: float) -> Image:
        """Return an image with everything in it that is still held."""
        self._words = {p: h for p, h in self._words.items() if now_s - h.at_s < self._keeps_s(h)}
        if not self._words:
            return image
        data = {area: [bytearray(part) for part in parts] for area, parts in image.data.items()}
        for (area, address), held in self._words.items():
            width = 1 if area.is_bits else 2
            for span, part in zip(image.spans[area], data[area], strict=True):
                if span.start <= address < span.end:
                    at = (address - span.start) * width
                    part[at : at + width] = held.word.to_bytes(width)
        return Image(image.spans, {a: tuple(map(bytes, parts)) for a, parts in data.items()})

    def _keeps_s(self, held: _Word) -> float:
        kept = held.spec.write.keepalive_s if held.spec.write else None
        return min(math.inf if t is None else t for t in (kept, self.overwritten_after_s))
