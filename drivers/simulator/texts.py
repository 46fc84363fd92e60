"""What a simulated controller says of itself: the texts and numbers of identity and probe."""

from __future__ import annotations

import re
from functools import cache

from drivers.modbus.datatypes import TEXT_TYPES, coding
from drivers.modbus.mapspec import IdentityText, RegisterText
from drivers.simulator.packing import words_of

_LITERAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _./-]*")
_MOST_TRIED = 65_536


def registers_of(spec: RegisterText, text: str) -> bytes:
    """Return the registers that read as a text; raises ValueError where it does not fit."""
    size = 2 * spec.words
    if spec.type in TEXT_TYPES:
        encoding = "utf-8" if spec.type == "utf8" else "latin-1"
        data = bytes.fromhex(text) if spec.type == "raw" else text.encode(encoding)
        if len(data) > size:
            raise ValueError(f"{text!r} does not fit into {spec.words} registers")
        bits = int.from_bytes(data.ljust(size, b"\0"))
    elif spec.type.startswith("bcd"):
        bits = int(text or "0", 16)
    else:
        bits = int(text or "0") & (1 << 8 * size) - 1
    return words_of(bits, spec.words, spec.byte_order, spec.word_order)


@cache
def usual_text(spec: RegisterText, model: str) -> str:
    """Return a text that the map expects there; raises ValueError where none can be thought of."""
    for text in _candidates(spec, model):
        if spec.type in TEXT_TYPES and len(text.encode()) > 2 * spec.words:
            continue
        if not spec.expect or re.search(spec.expect, text):
            return text
    raise ValueError(f"no text for {spec.expect!r} can be guessed; give the identity")


def _candidates(spec: RegisterText, model: str) -> list[str]:
    if spec.type == "raw":
        return ["", "5a" * 2 * spec.words]
    if spec.type not in TEXT_TYPES:
        code = coding(spec.type, spec.length)
        digits = 2 * code.words * 2
        if spec.type.startswith("bcd"):
            return ["20250117".rjust(digits, "0")[-digits:], "0" * digits]
        return [str(number) for number in range(min(int(code.high), _MOST_TRIED - 1) + 1)]
    key = spec.key if isinstance(spec, IdentityText) else ""
    own = {"model": model, "made_on": "20250117", "firmware": "1.4.2"}.get(key, "")
    if not own and key:
        own = f"SIM-{sum(key.encode()) * 7919 % 100_000:05}"
    room = 2 * spec.words
    return [own[:room], model[:room], *_LITERAL.findall(spec.expect), "1", "A", ""]
