"""Register maps for tests, and an independent decoder to compare with: plain Python and struct."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers.files import parse
from drivers.modbus.planner import Block
from drivers.modbus.regmap import RegisterMap

HEADER: dict[str, Any] = {
    "schema": "regmap/1",
    "id": "t",
    "vendor": "v",
    "model": "m",
    "device_class": "other",
    "provenance": "example",
    "source": "test",
}
Memory = Mapping[tuple[str, int], int]
FORMATS = {
    "u16": "H",
    "s16": "h",
    "u32": "I",
    "s32": "i",
    "u64": "Q",
    "s64": "q",
    "f32": "f",
    "f64": "d",
    "bcd16": "H",
    "bcd32": "I",
    "bitfield": "H",
    "unixtime": "I",
    "hhmm": "H",
}
WIDTHS = {kind: struct.calcsize(">" + code) // 2 for kind, code in FORMATS.items()}


def regmap(points: Sequence[dict[str, Any]], **header: Any) -> RegisterMap:
    named = [{"name": point["key"], **point} for point in points]
    return parse(RegisterMap, {**HEADER, **header, "point": named}, Path("t.toml"))


def words_of(blocks: Sequence[Block], memory: Memory) -> NDArray[np.uint16]:
    """What a controller with this memory answers to the reads of a plan, laid end to end."""
    words = [memory.get((b.area.value, a), 0) for b in blocks for a in range(b.address, b.end)]
    return np.array(words, np.uint16)


def decode_one(point: dict[str, Any], header: dict[str, Any], memory: Memory) -> tuple[float, str]:
    """Return ``(value, reason)`` of one point as a person with the manual would work it out."""
    area = point.get("area", "input")
    if area in {"coil", "discrete"}:
        return _judge(float(memory.get((area, point["address"]), 0)), None, point, memory, header)
    byte_order, word_order = (
        point.get(name) or header.get(name, "big") for name in ("byte_order", "word_order")
    )
    kind = "u16" if point["type"] == "bool" else point["type"]
    code = {"bitfield2": "I", "unixtime4": "Q"}.get(f"{kind}{point.get('length', '')}")
    code = code or FORMATS[kind]
    count = struct.calcsize(">" + code) // 2
    words = [memory.get((area, point["address"] + i), 0) for i in range(count)]
    if word_order == "little":
        words.reverse()
    letter = ">" if byte_order == "big" else "<"
    data = b"".join(struct.pack(f"{letter}H", word) for word in words)
    (raw,) = struct.unpack(">" + code, data)
    return _judge(_unpacked(raw, data, kind, point), raw, point, memory, header)


def _unpacked(raw: float, data: bytes, kind: str, point: dict[str, Any]) -> float:
    if kind.startswith("bcd"):
        digits = data.hex()
        return float(digits) if digits.isdecimal() else math.nan
    if kind == "hhmm":
        hours, minutes = data
        return hours * 60.0 + minutes if hours < 24 and minutes < 60 else math.nan
    number = raw
    bits = 8 * len(data)
    if point.get("active_low") or "bit" in point or "mask" in point:
        text = f"{int(raw) & (1 << bits) - 1:0{bits}b}"[::-1]
        flipped = {int(bit) for bit in point.get("active_low", ())}
        text = "".join(str(1 - int(c)) if i in flipped else c for i, c in enumerate(text))
        wanted = [i for i in range(bits) if point.get("mask", 1 << point.get("bit", 99)) >> i & 1]
        if "bit" not in point and "mask" not in point:
            wanted = list(range(bits))
        chosen = [text[i] for i in range(wanted[0], wanted[-1] + 1)]
        chosen = [c if wanted[0] + i in wanted else "0" for i, c in enumerate(chosen)]
        number = int("".join(chosen)[::-1], 2)
        if kind.startswith("s") and chosen[-1] == "1":
            number -= 1 << len(chosen)
    return float(number)


def _judge(
    number: float, raw: float | None, point: dict[str, Any], memory: Memory, header: dict[str, Any]
) -> tuple[float, str]:
    divisor = point.get("divisor", 1.0)
    value = (number - point.get("raw_offset", 0.0)) * point.get("scale", 1.0) / divisor
    value += point.get("offset", 0.0)
    for bit in point.get("quality_from", ()):
        if _is_active(bit, memory, header):
            taken = {"fault": "sensor_fault", "stale": "stale"}.get(bit["meaning"], "sentinel")
            if bit["meaning"] != "uncertain":
                return math.nan, taken
    for sentinel in reversed(point.get("sentinels", ())):
        meant = math.nan if sentinel["raw"] == "nan" else float(sentinel["raw"])
        # As floats: a value has 53 bits, and so has what it is compared with.
        sent = 0.0 if raw is None else float(raw)
        both_nan = math.isnan(sent) and math.isnan(meant)
        if raw is not None and (sent == meant or both_nan):
            return math.nan, "sensor_fault" if sentinel["meaning"] == "fault" else "sentinel"
    if not math.isfinite(value):
        return math.nan, "sensor_fault"
    low, high = point.get("valid", (-math.inf, math.inf))
    doubted = any(_is_active(bit, memory, header) for bit in point.get("quality_from", ()))
    return value, "none" if low <= value <= high and not doubted else "out_of_range"


def _is_active(bit: dict[str, Any], memory: Memory, header: dict[str, Any]) -> bool:
    word = memory.get((bit["area"], bit["address"]), 0)
    if bit["area"] in {"coil", "discrete"}:
        found = word & 1
    else:
        if header.get("byte_order") == "little":
            word = word >> 8 | (word & 0xFF) << 8
        found = word >> bit["bit"] & 1
    return bool(found) is bool(bit.get("active_high", True))


@st.composite
def number_points(draw: st.DrawFn, number: int, address: int) -> dict[str, Any]:
    """A point in a register area with any type, order, scale, field, sentinel and quality bit."""
    kind = draw(st.sampled_from([*FORMATS, "bool"]))
    orders = st.sampled_from([None, "big", "little"])
    point: dict[str, Any] = {
        "key": f"p{number}",
        "area": draw(st.sampled_from(["input", "holding"])),
        "address": address,
        "type": kind,
        "byte_order": draw(orders),
        "word_order": draw(orders),
    }
    bits = 16 * WIDTHS.get(kind, 1)
    if kind == "bitfield" and draw(st.booleans()):
        point["length"], bits = 2, 32
    if kind == "bool":
        point["bit"] = draw(st.integers(0, 15))
    elif kind in {"u16", "s16", "u32", "s32", "bitfield"} and draw(st.booleans()):
        low = draw(st.integers(0, bits - 1))
        point["mask"] = draw(st.integers(1, (1 << bits - low) - 1)) << low
    if kind == "bitfield":
        point["flags"] = {str(bit): "f" for bit in range(bits)}
        point["active_low"] = draw(st.lists(st.integers(0, bits - 1), max_size=3))
    else:
        scalings: list[dict[str, Any]] = [{}, {"scale": 0.5}, {"divisor": 10}, {"scale": -4.0}]
        point |= draw(st.sampled_from(scalings))
        point["offset"] = draw(st.sampled_from([0.0, -40.0, 0.25]))
        point["raw_offset"] = draw(st.sampled_from([0.0, 3000.0]))
    if draw(st.booleans()):
        point["valid"] = draw(st.sampled_from([(-100.0, 100.0), (0.0, 1e6), (-1e9, 1e9)]))
    point["sentinels"] = draw(st.lists(_sentinels(kind), max_size=2, unique_by=lambda s: s["raw"]))
    point["quality_from"] = draw(st.lists(_bits, max_size=2))
    if kind == "bool":
        point["sentinels"] = []
    return {name: value for name, value in point.items() if value is not None}


def _sentinels(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    if kind in {"f32", "f64"}:
        raws: list[Any] = ["nan", -9999, 0]
    else:
        signed = kind.startswith("s")
        top = (1 << 16 * WIDTHS.get(kind, 1) - signed) - 1
        raws = [0, top, 77, *([-top - 1] if signed else [])]
    meanings = st.sampled_from(["fault", "absent", "overrange", "not_ready"])
    return st.fixed_dictionaries({"raw": st.sampled_from(raws), "meaning": meanings})


_bits = st.one_of(
    st.fixed_dictionaries(
        {
            "area": st.sampled_from(["holding", "discrete"]),
            "address": st.integers(900, 902),
            "bit": st.integers(0, 15),
            "active_high": st.booleans(),
            "meaning": st.sampled_from(["fault", "absent", "uncertain", "stale"]),
        }
    )
)
INTERESTING = st.sampled_from([0, 1, 77, 0x7FFF, 0x8000, 0xFFFF, 0x7FC0, 0x7F80, 0x0959, 0x1799])


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[dict[str, Any]], dict[str, Any], dict[Any, int]]:
    """Points, the header's orders, and a controller's memory."""
    points, address = [], 0
    for number in range(draw(st.integers(1, 8))):
        address += draw(st.integers(0, 20))
        points.append(draw(number_points(number, address)))
        address += 4
    if draw(st.booleans()):
        points.append({"key": "coil", "area": "coil", "address": 3, "type": "bool"})
    header = {
        name: draw(st.sampled_from(["big", "little"])) for name in ("byte_order", "word_order")
    }
    places = [(area, a) for area in ("input", "holding") for a in range(address + 1)]
    places += [(area, a) for area in ("holding", "discrete") for a in range(900, 903)]
    words = draw(
        st.lists(
            st.one_of(INTERESTING, st.integers(0, 0xFFFF)),
            min_size=len(places),
            max_size=len(places),
        )
    )
    memory = dict(zip(places, words, strict=True))
    memory = {p: w & 1 if p[0] == "discrete" else w for p, w in memory.items()}
    memory["coil", 3] = draw(st.integers(0, 1))
    return points, header, memory
