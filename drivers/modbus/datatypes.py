"""How numbers and texts are coded in registers: the areas, the data types, the byte orders."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field


def _on_the_wire(given: Any) -> Any:
    """Refuse numbers as manuals print them (400011), saying what to write instead."""
    text = str(given)
    if isinstance(given, int) and given > 65535 and len(text) == 6 and text[0] in "134":
        wire = int(text[1:]) - 1
        if 0 <= wire <= 65535:
            raise ValueError(
                f"an address on the wire is at most 65535; {text} is reference notation: write "
                f'address = {wire} and doc_address = "{text}"'
            )
    return given


Order = Literal["big", "little"]
Address = Annotated[
    int, BeforeValidator(_on_the_wire, json_schema_input_type=int), Field(ge=0, le=65535)
]
DataType = Literal[
    "bool",
    "u16",
    "s16",
    "u32",
    "s32",
    "u64",
    "s64",
    "f32",
    "f64",
    "bcd16",
    "bcd32",
    "bitfield",
    "unixtime",
    "hhmm",
]
TextType = Literal[
    "ascii", "utf8", "raw", "u16", "s16", "u32", "s32", "u64", "s64", "bcd16", "bcd32"
]
F32_MOST = 3.4028234663852886e38
F64_MOST = 1.7976931348623157e308


class Area(StrEnum):
    """The four Modbus address spaces."""

    COIL = "coil"
    DISCRETE = "discrete"
    INPUT = "input"
    HOLDING = "holding"

    @property
    def is_bits(self) -> bool:
        """Whether one address is one bit."""
        return self in {Area.COIL, Area.DISCRETE}

    @property
    def read_function(self) -> int:
        """The function code that reads it."""
        return _READ_FUNCTIONS[self]

    @property
    def leading_digit(self) -> str:
        """The digit that manuals print before the number: 4 for ``40001``."""
        return _LEADING_DIGITS[self]


_READ_FUNCTIONS = {Area.COIL: 1, Area.DISCRETE: 2, Area.HOLDING: 3, Area.INPUT: 4}
_LEADING_DIGITS = {Area.COIL: "0", Area.DISCRETE: "1", Area.INPUT: "3", Area.HOLDING: "4"}


@dataclass(frozen=True, slots=True)
class Coding:
    """How the words of a value, most significant first, become one raw number.

    ``dtype`` is numpy's name of it; ``low`` and ``high`` bound what can be coded.
    """

    words: int
    dtype: str
    low: float
    high: float

    @property
    def bits(self) -> int:
        """The width of the raw number."""
        return self.words * 16

    @property
    def is_integer(self) -> bool:
        """Whether raw numbers are whole."""
        return self.dtype[0] in "ui"


def _unsigned(words: int) -> Coding:
    return Coding(words, f"u{words * 2}", 0, 2 ** (words * 16) - 1)


def _signed(words: int) -> Coding:
    half = 2 ** (words * 16 - 1)
    return Coding(words, f"i{words * 2}", -half, half - 1)


_CODINGS: dict[str, Coding] = {
    "bool": Coding(1, "u2", 0, 1),
    "u16": _unsigned(1),
    "s16": _signed(1),
    "u32": _unsigned(2),
    "s32": _signed(2),
    "u64": _unsigned(4),
    "s64": _signed(4),
    "f32": Coding(2, "f4", -F32_MOST, F32_MOST),
    "f64": Coding(4, "f8", -F64_MOST, F64_MOST),
    "bcd16": Coding(1, "u2", 0, 9999),
    "bcd32": Coding(2, "u4", 0, 99_999_999),
    "bitfield": _unsigned(1),
    "unixtime": _unsigned(2),
    "hhmm": Coding(1, "u2", 0, 23 * 60 + 59),
}
_LONGER: dict[tuple[str, int], Coding] = {
    ("bitfield", 2): _unsigned(2),
    ("unixtime", 4): _unsigned(4),
}
WORDS: dict[str, int] = {name: coding.words for name, coding in _CODINGS.items()}
"""How many registers (or bits) a value of each type takes where the map gives no length."""
TEXT_TYPES = frozenset({"ascii", "utf8", "raw"})


def coding(kind: str, length: int | None = None) -> Coding:
    """Return how a type is coded; raises ValueError where it cannot have that many registers."""
    own = _CODINGS[kind]
    if length is None or length == own.words:
        return own
    if (kind, length) in _LONGER:
        return _LONGER[kind, length]
    allowed = sorted({own.words, *(n for name, n in _LONGER if name == kind)})
    raise ValueError(f"length {length} does not fit type {kind!r}; allowed is {allowed}")
