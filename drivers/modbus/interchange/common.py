"""What every importer needs: names into keys, foreign type names into ours, an honest header."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from drivers.files import FileError
from drivers.modbus.regmap import RegisterMap

_NOT_IN_KEY = re.compile(r"[^a-z0-9]+")
_TYPES = {
    "bool": ("bool", "boolean", "bit", "digital", "coil", "bv"),
    "u16": (
        "uint16",
        "uint",
        "word",
        "unsigned",
        "unsignedint",
        "unsigned16",
        "ushort",
        "16bituint",
    ),
    "s16": ("int16", "int", "integer", "short", "signed", "signed16", "sint16", "i16", "16bitint"),
    "u32": ("uint32", "dword", "udint", "ulong", "unsigned32", "32bituint"),
    "s32": ("int32", "dint", "long", "signed32", "sint32", "i32", "32bitint"),
    "u64": ("uint64", "qword", "ulint", "64bituint"),
    "s64": ("int64", "lint", "i64", "64bitint"),
    "f32": ("float32", "float", "real", "single", "ieee754", "32bitfloat"),
    "f64": ("float64", "double", "lreal", "64bitfloat"),
    "bcd16": ("bcd",),
    "bcd32": (),
    "bitfield": ("bitfield16", "flags", "bitmap", "bitmask"),
    "unixtime": ("timestamp", "epoch"),
    "hhmm": (),
    "ascii": ("string", "str", "char", "text"),
    "utf8": ("utf-8",),
    "raw": ("bytes", "hex"),
}
_NAMES = {alias: name for name, aliases in _TYPES.items() for alias in (name, *aliases)}
SIGNED_OF = {"u16": "s16", "u32": "s32", "u64": "s64"}
REST = "x_tankside"


@dataclass
class Imported:
    """Tables in the shape of our own map file, and what could not be carried over, in words."""

    data: dict[str, Any]
    remarks: list[str] = field(default_factory=list)


def type_of(text: str) -> str | None:
    """Return our name of a data type as others write it, or None when it is not known."""
    return _NAMES.get(text.strip().casefold().replace(" ", "").replace("_", ""))


def slug(name: str) -> str:
    """Return a key made of a name: ``Coolant Flow (L/min)`` gives ``coolant_flow_l_min``."""
    key = _NOT_IN_KEY.sub("_", name.casefold()).strip("_")[:60].strip("_")
    return key if key[:1].isalpha() else f"p_{key}".strip("_")


class Keys:
    """Gives each name a key of its own: the second ``flow`` becomes ``flow_2``."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def take(self, wanted: str) -> str:
        """Return the key, or the key with the first free number."""
        key, number = wanted, 2
        while key in self._used:
            key, number = f"{wanted}_{number}", number + 1
        self._used.add(key)
        return key


def header(name: str, source: str) -> dict[str, Any]:
    """Return the header of a map of which only its file is known."""
    return {
        "schema": "regmap/1",
        "id": slug(name).replace("_", "-"),
        "vendor": "unknown",
        "model": name,
        "device_class": "other",
        "provenance": "third_party",
        "source": source,
        "notes": ["Imported; compare every point with the controller before trusting it."],
    }


def plain(regmap: RegisterMap) -> dict[str, Any]:
    """Return a map as plain tables, without what is at its default."""
    dumped: dict[str, Any] = regmap.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return {"schema": dumped.pop("schema", "regmap/1"), **dumped}


def number(text: str) -> int | float:
    """Return the number in a cell; raises ValueError. A decimal comma and 0x are understood."""
    bare = text.strip().replace(" ", "")
    if re.fullmatch(r"-?0x[0-9a-fA-F]+", bare):
        return int(bare, 16)
    return int(bare) if re.fullmatch(r"-?\d+", bare) else float(bare.replace(",", "."))


def first(entry: Mapping[str, Any], *names: str) -> Any:
    """Return the first of several keys that is present and not empty, or None."""
    for name in names:
        value = entry.get(name)
        if value is not None and value != "":
            return value
    return None


Importer = Callable[[str, str], Imported]
"""From a text and the name of its file; raises FileError when it is not of that format."""


def refuse(text: str) -> FileError:
    """Return the error of a file that is not of the format asked for."""
    return FileError(text)
