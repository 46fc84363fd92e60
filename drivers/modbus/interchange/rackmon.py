"""Reads the register maps of OpenBMC's rackmon, as JSON or as its CSV (REGISTER_MAP.md there).

rackmon says little of units: they are taken from the unit column, or else guessed from the name
(``…_Temp_C``, ``…_LPM``), which is said in the notes of the map.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from drivers.modbus.interchange.common import (
    SIGNED_OF,
    Imported,
    Keys,
    first,
    header,
    number,
    refuse,
    slug,
)
from drivers.modbus.units import known_units, meant_by

_INTEGERS = {1: "u16", 2: "u32", 4: "u64"}
_SUFFIXES = {
    "_lpm": "L/min",
    "_c": "Cel",
    "_kpa": "kPa",
    "_w": "W",
    "_v": "V",
    "_a": "A",
    "_pct": "%",
    "_rpm": "{rpm}",
    "_hz": "Hz",
}
_WIDEST_FLAGS = 2
_MOST_REGISTERS = 125
_TRUE = {"true", "1", "yes"}


def import_rackmon(text: str, name: str) -> Imported:
    """Return the tables of a rackmon map; raises FileError when it is none."""
    is_json = text.lstrip().startswith("{")
    described = _json(text, name) if is_json else _table(text, name)
    registers = described.get("registers")
    if not isinstance(registers, list) or not registers:
        raise refuse(f"{name}: there are no registers in it")
    found = Imported(
        header(str(described.get("name", name)), f"OpenBMC rackmon register map {name}")
    )
    found.data["device_class"] = "other"
    found.data["address_base"] = 0
    _transport(described, found.data)
    keys = Keys()
    for place, register in enumerate(registers, 1):
        _register(register, place, keys, found)
    if not found.data.get("point"):
        raise refuse(f"{name}: none of its registers could be understood")
    return found


def _json(text: str, name: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refuse(f"{name}: not JSON: {error}") from None
    if not isinstance(data, dict):
        raise refuse(f"{name}: an object was expected")
    return data


def _table(text: str, name: str) -> dict[str, Any]:
    rows = csv.DictReader(io.StringIO(text))
    try:
        if "begin" not in (rows.fieldnames or ()):
            raise refuse(f"{name}: the first line of a rackmon table names its columns")
        return {"registers": list(_csv(rows))}
    except csv.Error as error:
        raise refuse(f"{name}: not a table: {error}") from None


def _csv(rows: Iterable[Mapping[str | Any, str | Any]]) -> Iterator[dict[str, Any]]:
    """A row per register; rows with only a flag belong to the register above."""
    register: dict[str, Any] = {}
    for row in rows:
        cells = {key: value for key, value in row.items() if key and value}
        if cells.get("begin"):
            if register:
                yield register
            register = dict(cells)
        elif register and cells.get("flags_bit"):
            flag = [cells["flags_bit"], cells.get("flags_name", "")]
            register.setdefault("flags", []).append(flag)
    if register:
        yield register


def _transport(described: Mapping[str, Any], data: dict[str, Any]) -> None:
    """rackmon speaks RTU and holding registers only, 8 data bits and one stop bit."""
    line: dict[str, Any] = {"protocol": "rtu", "function_codes": [3, 6, 16]}
    baud = first(described, "preferred_baudrate", "baudrate", "default_baudrate")
    line["baud"] = int(baud or 19200)
    line["parity"] = str(described.get("parity", "EVEN"))[:1].upper()
    ranges = described.get("address_range")
    if isinstance(ranges, list) and ranges and isinstance(ranges[0], list):
        line["unit_id"] = ranges[0][0]
    data["transport"] = line
    if isinstance(described.get("probe_register"), int):
        probe = {"area": "holding", "address": described["probe_register"]}
        data["probe"] = {**probe, "type": "raw", "length": 1}


def _register(register: Any, place: int, keys: Keys, found: Imported) -> None:
    try:
        entries = [_entry(part, keys) for part in _parts(register)]
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        found.remarks.append(f"register {place}: left out: {error!r}")
        return
    for kind, entry in entries:
        found.data.setdefault(kind, []).append(entry)
        if entry.get("unit") and not register.get("unit"):
            found.remarks.append(f"{entry['key']}: unit {entry['unit']!r} is guessed from the name")


def _parts(register: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Flags over more than two registers become one point for each register that has some."""
    length = int(register.get("length") or 1)
    if str(register.get("format")).upper() != "FLAGS" or length <= _WIDEST_FLAGS:
        return [register]
    if length > _MOST_REGISTERS:
        raise ValueError(f"{length} registers are more than one read")
    parts: list[Mapping[str, Any]] = []
    for place_in in range(length):
        lowest = 16 * (length - 1 - place_in)  # bits count from the last register's lowest
        own = [[int(b) - lowest, w] for b, w in register["flags"] if 0 <= int(b) - lowest < 16]
        place = {"begin": int(register["begin"]) + place_in, "length": 1}
        if own:
            name = f"{register['name']}_{place_in + 1}"
            parts.append({**register, **place, "flags": own, "name": name})
    return parts


def _entry(register: Mapping[str, Any], keys: Keys) -> tuple[str, dict[str, Any]]:
    name, address = str(register["name"]).strip(), int(register["begin"])
    length, form = int(register.get("length") or 1), str(register.get("format") or "RAW").upper()
    entry: dict[str, Any] = {
        "key": keys.take(slug(name)),
        "name": name.replace("_", " "),
        "area": "holding",
        "address": address,
        "doc_address": str(address),
    }
    if form in {"STRING", "RAW"}:
        kind = "ascii" if form == "STRING" else "raw"
        return "identity", entry | {"type": kind, "length": length, "allow_blank": True}
    entry["vendor_name"] = name
    if form == "FLAGS":
        return "point", entry | _flags(register, length)
    if form not in {"INTEGER", "LONG", "FLOAT"} or length not in _INTEGERS:
        raise ValueError(f"{name}: {form} of {length} registers is not understood")
    kind = _INTEGERS[length]
    is_signed = str(register.get("sign", "")).casefold() in _TRUE
    entry["type"] = SIGNED_OF[kind] if is_signed else kind
    if str(register.get("endian", "B")).upper() == "L":
        entry |= {"byte_order": "little", "word_order": "little", "notes": "little endian"}
    return "point", entry | _numbers(register, form) | _unit(register, name)


def _flags(register: Mapping[str, Any], length: int) -> dict[str, Any]:
    flags: Iterable[Any] = register.get("flags") or ()
    words = {str(int(bit)): str(word).strip().replace("_", " ") for bit, word in flags}
    return {"type": "bitfield", "length": length, "flags": dict(sorted(words.items(), key=_bit))}


def _bit(item: tuple[str, str]) -> int:
    return int(item[0])


def _numbers(register: Mapping[str, Any], form: str) -> dict[str, Any]:
    """A FLOAT is fixed point: ``raw / 2**precision * scale + shift``."""
    if form != "FLOAT":
        return {}
    scale = float(number(str(register.get("scale") or "1")))
    scale /= 2 ** int(register.get("precision") or 0)
    shift = float(number(str(register.get("shift") or "0")))
    return {"scale": scale} | ({"offset": shift} if shift else {})


def _unit(register: Mapping[str, Any], name: str) -> dict[str, Any]:
    told = meant_by(str(register.get("unit") or ""))
    if told in known_units():
        return {"unit": told}
    for suffix, unit in _SUFFIXES.items():
        if name.casefold().strip().endswith(suffix):
            return {"unit": unit}
    return {}
