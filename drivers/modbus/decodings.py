"""What raw registers may mean: every decoding side by side, and which of them make sense.

The commonest mistakes with a controller nobody has documented are the wrong width, sign, word order
and address by one. Seeing all readings of the same registers at once settles them in a minute.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

Value = int | float | str | None
ORDERS = {
    "ABCD": ("big", "big"),
    "CDAB": ("big", "little"),
    "BADC": ("little", "big"),
    "DCBA": ("little", "little"),
}
"""Name of an order of bytes, first to last, to the map's ``(byte_order, word_order)``."""
_NO_VALUE = {0xFFFF, 0x7FFF, 0x8000}
_MOST_WHOLE = {2: 1e9, 4: 1e15}
_REAL_LOW, _REAL_HIGH = 1e-6, 1e9
_FIRST_S, _LAST_S = 946_684_800, 4_102_444_800  # the years 2000 to 2099


@dataclass(frozen=True, slots=True)
class Decoding:
    """One reading of registers: ``kind`` as in a map, ``order`` of :data:`ORDERS` or empty.

    ``value`` is None where the registers cannot be read so (a BCD digit above 9, not a number).
    """

    kind: str
    order: str
    value: Value
    plausible: bool


@dataclass(frozen=True, slots=True)
class Row:
    """Everything that may begin at one address; ``word`` is the register itself (0 or 1: a bit)."""

    address: int
    word: int
    decodings: tuple[Decoding, ...]
    note: str = ""

    def value(self, kind: str, order: str = "") -> Value:
        """Return one decoding's value; None where there is none such."""
        found = (d.value for d in self.decodings if (d.kind, d.order) == (kind, order))
        return next(found, None)

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


def decode_all(words: Sequence[int], address: int) -> tuple[Row, ...]:
    """Return a row for each register, with every decoding of it and of those that follow."""
    return tuple(_row(words[i:], address + i) for i in range(len(words)))


def bit_rows(bits: Sequence[int], address: int) -> tuple[Row, ...]:
    """Return a row for each coil or discrete input."""
    rows = enumerate(bits)
    return tuple(Row(address + i, b, (Decoding("bool", "", bool(b), True),)) for i, b in rows)


def texts(words: Sequence[int]) -> dict[str, str]:
    """Return all registers read as one text, by order; what is not printable becomes a dot."""
    return {
        order: "".join(chr(b) if 32 <= b < 127 else "·" for b in _bytes(words, order)).rstrip("·")
        for order in ORDERS
    }


def _row(words: Sequence[int], address: int) -> Row:
    found = [*_of_one(words[0])]
    for count in (2, 4):
        if len(words) >= count:
            for order in ORDERS:
                found += _of_several(_bytes(words[:count], order), order)
    note = "often: no value" if words[0] in _NO_VALUE else ""
    return Row(address, words[0], tuple(found), note)


def _of_one(word: int) -> Iterator[Decoding]:
    swapped = int.from_bytes(word.to_bytes(2, "little"))
    for order, number in (("AB", word), ("BA", swapped)):
        data = number.to_bytes(2)
        yield Decoding("u16", order, number, order == "AB")
        yield Decoding("s16", order, int.from_bytes(data, signed=True), order == "AB")
        text = data.decode("latin-1") if all(32 <= byte < 127 for byte in data) else None
        yield Decoding("ascii", order, text, text is not None)
    yield _bcd(word.to_bytes(2), "bcd16", "AB")
    hours, minutes = word >> 8, word & 0xFF
    is_time = hours <= 23 and minutes <= 59
    yield Decoding(
        "hhmm", "AB", f"{hours:02}:{minutes:02}" if is_time else None, is_time and word > 0
    )
    yield Decoding("bitfield", "AB", f"{word:016b}", True)


def _of_several(data: bytes, order: str) -> Iterator[Decoding]:
    words, bits = len(data) // 2, len(data) * 8
    unsigned, signed = int.from_bytes(data), int.from_bytes(data, signed=True)
    most = _MOST_WHOLE[words]
    yield Decoding(f"u{bits}", order, unsigned, unsigned <= most)
    yield Decoding(f"s{bits}", order, signed, abs(signed) <= most)
    (real,) = struct.unpack(">f" if words == 2 else ">d", data)
    sensible = real == 0 or _REAL_LOW <= abs(real) <= _REAL_HIGH
    shown = None if not math.isfinite(real) else _shortest(real) if words == 2 else real
    yield Decoding(f"f{bits}", order, shown, sensible)
    if words == 2:
        yield _bcd(data, "bcd32", order)
    is_time = _FIRST_S <= unsigned < _LAST_S
    when = datetime.fromtimestamp(unsigned, UTC).isoformat() if is_time else None
    yield Decoding("unixtime", order, when, is_time)


def _bcd(data: bytes, kind: str, order: str) -> Decoding:
    digits = data.hex()
    value = int(digits) if digits.isdecimal() else None
    return Decoding(kind, order, value, value is not None and value > 9)


def _shortest(real: float) -> float:
    """The shortest number that is the same 32-bit float: 41.3, not 41.29999923706055."""
    return float(str(np.float32(real)))


def _bytes(words: Sequence[int], order: str) -> bytes:
    byte_order, word_order = ORDERS[order]
    sequence = words if word_order == "big" else words[::-1]
    form = ">" if byte_order == "big" else "<"
    return struct.pack(f"{form}{len(sequence)}H", *sequence)
