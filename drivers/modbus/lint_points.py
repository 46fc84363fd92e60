"""Rules of the linter for one point: can its registers hold what the map says of it?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from drivers.modbus.docaddress import looks_printed, wire_addresses
from drivers.modbus.fields import is_coded
from drivers.modbus.pointcheck import as_coded
from drivers.modbus.pointspec import PointSpec
from drivers.modbus.regmap import RegisterMap
from drivers.modbus.units import known_units, spelled_like

Place = tuple[str | int, ...]
_QUANTITIES = {
    "temperature": "temperature",
    "flow": "volume flow",
    "pressure": "pressure",
    "power": "power",
    "energy": "energy",
    "percent": "number",
    "voltage": "voltage",
    "current": "current",
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """A broken rule: where in the file, how bad, and a sentence."""

    path: Place
    rule: str
    severity: Literal["error", "warning"]
    text: str


def rules_of_point(spec: PointSpec, regmap: RegisterMap) -> Iterator[Doubt]:
    """Yield the doubts about one point, with paths that begin at the point."""
    yield from _valid_range(spec)
    yield from _sentinels(spec)
    yield from _states(spec)
    yield from _writes(spec)
    yield from unit_doubts(spec.key, spec.unit, needed=_needs_unit(spec))
    yield from _orders(spec, regmap)
    yield from _addresses(spec, regmap)
    yield from limit_doubts(spec)
    yield from _watching(spec, regmap)


def raw_range(spec: PointSpec) -> tuple[float, float]:
    """Return the lowest and the highest raw number that a point can show."""
    if spec.field is None:
        return spec.coding.low, spec.coding.high
    mask, shift = spec.field
    top = mask >> shift
    if spec.coding.dtype[0] == "u":
        return 0, top
    half = 1 << (top.bit_length() - 1)
    return -half, half - 1


def value_range(spec: PointSpec) -> tuple[float, float]:
    """Return the lowest and the highest value that a point can show, in its unit."""
    ends = [(raw - spec.raw_offset) * spec.factor + spec.offset for raw in raw_range(spec)]
    return min(ends), max(ends)


def _value(spec: PointSpec, raw: float) -> float:
    return (raw - spec.raw_offset) * spec.factor + spec.offset


def _is_rescaled(spec: PointSpec) -> bool:
    return spec.scale_from is not None or spec.unit_from is not None


def _valid_range(spec: PointSpec) -> Iterator[Doubt]:
    if spec.valid is None or _is_rescaled(spec) or spec.type == "hhmm":
        return
    low, high = value_range(spec)
    shown = f"type {spec.type!r} with this scale holds {low:g} to {high:g}"
    if spec.valid[1] < low or spec.valid[0] > high:
        yield Doubt(("valid",), "scale-range", "error", f"{shown}: nothing is ever valid")
        return
    # An unsigned number cannot fall below zero: a lower end under it is only generous.
    is_signed = spec.coding.dtype[0] != "u"
    never = [end for end in spec.valid if end > high or (end < low and is_signed)]
    if any(math.isfinite(end) for end in never):
        yield Doubt(("valid",), "scale-range", "warning", f"{shown}: {never} is never reached")


def _sentinels(spec: PointSpec) -> Iterator[Doubt]:
    states = {int(raw, 0) for raw in spec.states}
    seen: set[float] = set()
    for number, sentinel in enumerate(spec.sentinels):
        raw = math.nan if sentinel.raw == "nan" else as_coded(spec, sentinel.raw)
        place: Place = ("sentinels", number)
        if raw in seen:
            yield Doubt(place, "sentinel-twice", "error", f"{sentinel.raw} has two meanings")
        seen.add(raw)
        if raw in states or (spec.states and sentinel.raw in states):
            text = f"{sentinel.raw} is a state and a sentinel at once"
            yield Doubt(place, "sentinel-state", "error", text)
        if math.isnan(raw) or is_coded(spec) or _is_rescaled(spec) or spec.states:
            continue
        low, high = spec.valid or spec.display
        value = _value(spec, raw)
        if low <= value <= high:
            within = f"valid {list(spec.valid)}" if spec.valid else f"display {list(spec.display)}"
            text = f"the sentinel {sentinel.raw} is {value:g}, inside {within}"
            severity: Literal["error", "warning"] = "error" if spec.valid else "warning"
            yield Doubt(place, "sentinel-in-range", severity, text)


def _states(spec: PointSpec) -> Iterator[Doubt]:
    low, high = raw_range(spec)
    for raw in spec.states:
        if not low <= int(raw, 0) <= high:
            text = f"state {raw} can never be: raw numbers are {low:g} to {high:g}"
            yield Doubt(("states", raw), "state-range", "error", text)
    if spec.states and (spec.factor != 1 or spec.offset or spec.raw_offset):
        text = "states are raw numbers; scale and offsets would change them"
        yield Doubt(("states",), "state-scaled", "error", text)
    if spec.flags and (spec.factor != 1 or spec.offset or spec.raw_offset):
        text = "flags are bits of the raw number; scale and offsets would change them"
        yield Doubt(("flags",), "state-scaled", "error", text)


def _writes(spec: PointSpec) -> Iterator[Doubt]:
    write = spec.write
    if write is None:
        return
    low, high = value_range(spec)
    for name, end in (("min", write.min), ("max", write.max)):
        if end is None:
            continue
        if not low <= end <= high and not _is_rescaled(spec):
            text = f"{end:g} cannot be written: the register holds {low:g} to {high:g}"
            yield Doubt(("write", name), "write-range", "error", text)
        elif spec.valid and not spec.valid[0] <= end <= spec.valid[1]:
            text = f"{end:g} is outside valid {list(spec.valid)}"
            yield Doubt(("write", name), "write-range", "warning", text)
    for raw in write.values:
        if not raw_range(spec)[0] <= int(raw, 0) <= raw_range(spec)[1]:
            yield Doubt(("write", "values", raw), "write-range", "error", f"{raw} does not fit")
    if spec.field is not None and not write.read_modify_write:
        text = "writing one bit of a register changes the others unless read_modify_write = true"
        yield Doubt(("write",), "write-bits", "error", text)


def _needs_unit(spec: PointSpec) -> bool:
    is_word = bool(spec.states or spec.flags) or spec.type in {"bool", "bitfield"}
    return not is_word and spec.bit is None


def unit_doubts(key: str, unit: str, *, needed: bool) -> Iterator[Doubt]:
    """Yield what is doubtful about the unit of any point, measured or calculated."""
    if not unit:
        if needed:
            yield Doubt(
                (), "unit-missing", "warning", 'no unit; write unit = "1" for a bare number'
            )
        return
    if unit not in known_units():
        text = f"unknown UCUM unit {unit!r}{spelled_like(unit)}"
        yield Doubt(("unit",), "unit-unknown", "error", text)
        return
    last = key.rpartition(".")[2].partition("[")[0]
    quantity = last.rpartition("_")[2]
    expected, found = _QUANTITIES.get(quantity), known_units()[unit].dimension
    if expected and found != expected:
        text = f"{key!r} sounds like a {expected}, {unit!r} is a {found}"
        yield Doubt(("unit",), "unit-quantity", "warning", text)


def _orders(spec: PointSpec, regmap: RegisterMap) -> Iterator[Doubt]:
    for name, own, shared in (
        ("word_order", spec.word_order, regmap.word_order),
        ("byte_order", spec.byte_order, regmap.byte_order),
    ):
        if own is not None and own != shared and not spec.notes:
            text = f"{name} {own!r} where the map has {shared!r}: say why in notes"
            yield Doubt((name,), "mixed-order", "warning", text)
    if spec.word_order is not None and spec.words == 1:
        text = "word_order does nothing to a value of one register"
        yield Doubt(("word_order",), "mixed-order", "warning", text)


def _addresses(spec: PointSpec, regmap: RegisterMap) -> Iterator[Doubt]:
    printed = spec.doc_address or str(spec.address)
    is_literal = regmap.address_base == 0 and printed == str(spec.address)
    if looks_printed(spec.address, spec.area) and not is_literal:
        text = f"{spec.address} looks like reference notation; an address counts from 0 on the wire"
        yield Doubt(("address",), "reference-notation", "warning", text)
    if not spec.doc_address:
        yield Doubt((), "doc-address", "warning", "no doc_address: nobody finds it in the manual")
        return
    possible = wire_addresses(spec.doc_address, spec.area, regmap.address_base)
    if possible and spec.address not in possible:
        allowed = " or ".join(str(address) for address in sorted(possible))
        text = (
            f"the manual's {spec.doc_address} is {spec.area.value} {allowed} on the wire "
            f"(address_base = {regmap.address_base}), not {spec.address}"
        )
        yield Doubt(("address",), "doc-address", "warning", text)


def limit_doubts(spec: PointSpec) -> Iterator[Doubt]:
    """Yield limits that no valid value can cross, and hysteresis that never clears."""
    for limit in spec.limits.limits():
        place: Place = ("limits", limit.level.word)
        if spec.valid and not spec.valid[0] <= limit.reading <= spec.valid[1]:
            text = f"{limit.reading:g} is outside valid {list(spec.valid)}: it is never crossed"
            yield Doubt(place, "limit-range", "warning", text)


def _watching(spec: PointSpec, regmap: RegisterMap) -> Iterator[Doubt]:
    if spec.frozen_after_s is None:
        return
    period_s = max(regmap.period_s(spec), spec.expected_refresh_s or 0.0)
    if spec.frozen_after_s <= period_s:
        text = f"a value that is new every {period_s:g} s would be called frozen while it is alive"
        yield Doubt(("frozen_after_s",), "frozen", "error", text)
