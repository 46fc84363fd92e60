"""Register maps in the spirit of MBMap v2: JSON with 0- or 1-based addresses and typed registers.

The full text of that specification could not be had when this was written. Names of keys follow
its public release notes; several spellings of each are read. What MBMap has no key for is kept in
``x_tankside`` extensions, so that a map of ours comes back without loss.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from drivers.modbus.datatypes import TEXT_TYPES, Area
from drivers.modbus.interchange.common import (
    REST,
    Imported,
    Keys,
    first,
    header,
    plain,
    refuse,
    slug,
    type_of,
)
from drivers.modbus.regmap import RegisterMap
from drivers.modbus.units import meant_by

_FOREIGN_TYPES = {
    "u16": "uint16",
    "s16": "int16",
    "u32": "uint32",
    "s32": "int32",
    "u64": "uint64",
    "s64": "int64",
    "f32": "float32",
    "f64": "float64",
    "ascii": "string",
}
_SHARED = (
    "address",
    "length",
    "scale",
    "offset",
    "unit",
    "bit",
    "mask",
    "word_order",
    "byte_order",
)
_AREAS = {
    "coil": Area.COIL,
    "coils": Area.COIL,
    "discrete": Area.DISCRETE,
    "discrete_input": Area.DISCRETE,
    "discreteinput": Area.DISCRETE,
    "input": Area.INPUT,
    "input_register": Area.INPUT,
    "inputregister": Area.INPUT,
    "holding": Area.HOLDING,
    "holding_register": Area.HOLDING,
    "holdingregister": Area.HOLDING,
}
_FUNCTIONS = {1: Area.COIL, 2: Area.DISCRETE, 3: Area.HOLDING, 4: Area.INPUT}


def export_mbmap(regmap: RegisterMap) -> str:
    """Return a map as MBMap JSON that :func:`import_mbmap` reads back without loss."""
    data = plain(regmap)
    registers = [_foreign(dict(entry), "point") for entry in data.pop("point")]
    registers += [_foreign(dict(entry), "identity") for entry in data.pop("identity", ())]
    written = {
        "mbmap": 2,
        "device": {"manufacturer": regmap.vendor, "model": regmap.model},
        "address_base": 0,
        "word_order": regmap.word_order,
        "byte_order": regmap.byte_order,
        "registers": registers,
        REST: data,
    }
    return json.dumps(written, ensure_ascii=False, indent=2) + "\n"


def import_mbmap(text: str, name: str) -> Imported:
    """Return the tables of an MBMap v2 file; raises FileError when it is none."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refuse(f"{name}: not JSON: {error}") from None
    registers = data.get("registers") if isinstance(data, dict) else None
    if not isinstance(registers, list) or not registers:
        raise refuse(f"{name}: an MBMap v2 file is an object with a list of registers")
    found = Imported(_header(data, name))
    keys, base = Keys(), first(data, "address_base", "addressBase", "base") or 0
    for place, register in enumerate(registers, 1):
        try:
            kind, entry = _own(register, base, keys)
        except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
            found.remarks.append(f"register {place}: left out: {error}")
            continue
        found.data.setdefault(kind, []).append(entry)
    if not found.data.get("point"):
        raise refuse(f"{name}: none of its registers could be understood")
    return found


def _foreign(entry: dict[str, Any], kind: str) -> dict[str, Any]:
    register: dict[str, Any] = {"name": entry.pop("key")}
    if "name" in entry:
        register["title"] = entry.pop("name")
    own_type = entry.pop("type", "u16" if kind == "point" else "ascii")
    register["type"] = _FOREIGN_TYPES.get(own_type, own_type)
    register["table"] = entry.pop("area", "input" if kind == "point" else "holding")
    register |= {name: entry.pop(name) for name in _SHARED if name in entry}
    if "states" in entry:
        register["enum"] = entry.pop("states")
    if "flags" in entry:
        register["bits"] = entry.pop("flags")
    if "sentinels" in entry:
        # What MBMap leaves unsaid is "absent"; with us it is "fault".
        register["sentinels"] = [{"meaning": "fault", **s} for s in entry.pop("sentinels")]
    register["access"] = {"w": "write", "rw": "read-write"}.get(entry.pop("access", "r"), "read")
    return register | {REST: {"kind": kind, "type": own_type, **entry}}


def _header(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    own = data.get(REST)
    if isinstance(own, dict):
        return {key: value for key, value in own.items() if key not in {"point", "identity"}}
    told_of = data.get("device")
    device: Mapping[str, Any] = told_of if isinstance(told_of, dict) else data
    found = header(name, f"imported from the MBMap file {name}")
    found["vendor"] = str(first(device, "manufacturer", "vendor") or "unknown")
    found["model"] = str(first(device, "model", "name") or name)
    for order in ("word_order", "byte_order"):
        told = str(first(data, order, _camel(order)) or "big").casefold()
        found[order] = "little" if told.startswith(("little", "lsw", "least", "low")) else "big"
    found["address_base"] = 1 if first(data, "address_base", "addressBase", "base") == 1 else 0
    return found


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def _own(register: Mapping[str, Any], base: int, keys: Keys) -> tuple[str, dict[str, Any]]:
    rest = dict(register.get(REST) or {})
    kind = rest.pop("kind", "")
    own_type = rest.pop("type", None) or type_of(str(register.get("type", "uint16")))
    if own_type is None:
        raise ValueError(f"type {register.get('type')!r} is not known")
    kind = kind or ("identity" if own_type in TEXT_TYPES else "point")
    if kind not in {"point", "identity"}:
        raise ValueError(f"kind {kind!r} is not known")
    title = first(register, "title", "label", "description")
    wanted = str(first(register, "name", "id") or title)
    key = wanted if REST in register else keys.take(slug(wanted))
    entry: dict[str, Any] = {"key": key}
    if title is not None or kind == "point":
        entry["name"] = str(title or wanted)
    entry |= {"area": _area(register).value, "address": int(register["address"]) - base}
    entry["type"] = own_type
    entry |= {name: register[name] for name in _SHARED[1:] if register.get(name) is not None}
    if entry.get("unit"):
        entry["unit"] = meant_by(str(entry["unit"]))
    entry |= _meanings(register)
    if REST not in register:
        entry["doc_address"] = str(register["address"])
        access = str(register.get("access", "")).casefold()
        if "w" in access:
            entry["notes"] = f"access {register['access']!r}: read only here until a range is given"
    if register.get("access") in {"write", "read-write"} and REST in register:
        entry["access"] = "w" if register["access"] == "write" else "rw"
    return kind, entry | rest


def _area(register: Mapping[str, Any]) -> Area:
    told = first(register, "table", "area", "register_type", "registerType", "function")
    if isinstance(told, int):
        return _FUNCTIONS[told]
    return _AREAS[str(told or "holding").casefold().replace(" ", "_").replace("-", "_")]


def _meanings(register: Mapping[str, Any]) -> dict[str, Any]:
    """Enumerations and bits by number, sentinels as numbers or as tables."""
    found: dict[str, Any] = {}
    for name, aliases in (("states", ("enum", "enums", "values")), ("flags", ("bits", "flags"))):
        words = first(register, *aliases)
        if isinstance(words, dict):
            found[name] = {str(raw): _word(word) for raw, word in words.items()}
    sentinels = register.get("sentinels")
    if isinstance(sentinels, list):
        found["sentinels"] = [_sentinel(entry) for entry in sentinels]
    return found


def _word(word: Any) -> str:
    return str(first(word, "name", "label", "title") if isinstance(word, dict) else word)


def _sentinel(entry: Any) -> dict[str, Any]:
    if not isinstance(entry, dict):
        return {"raw": entry, "meaning": "absent"}
    raw = first(entry, "raw", "value")
    meaning = str(entry.get("meaning", "absent"))
    known = {"absent", "fault", "overrange", "not_ready"}
    return {"raw": raw, "meaning": meaning if meaning in known else "absent"}
