"""Register maps as a table: ours without loss, and lists as vendors and integrators keep them.

Our own table begins with a line ``# tankside {…}`` that holds everything but the points. Without
it a table of any origin is read: columns by their usual names, register numbers in reference
notation, units as people write them.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from typing import Any

from drivers.modbus.datatypes import TEXT_TYPES, Area
from drivers.modbus.docaddress import reference
from drivers.modbus.interchange.common import (
    Imported,
    Keys,
    first,
    header,
    number,
    plain,
    refuse,
    slug,
    type_of,
)
from drivers.modbus.regmap import RegisterMap
from drivers.modbus.units import meant_by

_MARK = "# tankside "
_TEXTS = (
    "key", "name", "vendor_name", "area", "doc_address", "type", "word_order", "byte_order",
    "unit", "group", "poll_group", "access", "notes",
)  # fmt: skip
_NUMBERS = (
    "address", "length", "bit", "mask", "shift", "raw_offset", "scale", "divisor", "offset",
    "precision",
)  # fmt: skip
_PAIRS = ("display", "valid")
_WORDS = ("states", "flags")
_COLUMNS = (
    *_TEXTS, *_NUMBERS, *(f"{p}_{end}" for p in _PAIRS for end in ("low", "high")), *_WORDS, "more",
)  # fmt: skip
_ALIASES = {
    "key": ("id", "tag", "point"),
    "name": ("description", "label", "signal", "parameter", "title"),
    "address": ("addr", "wire_address", "begin"),
    "doc_address": ("register", "reg", "register_number", "modbus_address", "reference"),
    "area": ("table", "register_type", "regtype", "space", "object_type"),
    "function": ("fc", "function_code", "readfc", "read_fc"),
    "type": ("data_type", "datatype", "format"),
    "scale": ("gain", "factor", "multiplier", "resolution"),
    "unit": ("units", "eu", "uom"),
    "states": ("enum", "values", "floatstatus"),
    "valid_low": ("min", "minimum", "valid_min", "low"),
    "valid_high": ("max", "maximum", "valid_max", "high"),
    "access": ("rw", "r/w", "mode"),
    "notes": ("comment", "comments", "remarks", "note"),
    "length": ("len", "count", "registers", "words", "size"),
}
_WORD = re.compile(r"\s*(-?(?:0x[0-9a-fA-F]+|0b[01]+|\d+))\s*[=:]\s*(.*)", re.DOTALL)
_FUNCTIONS = {1: Area.COIL, 2: Area.DISCRETE, 3: Area.HOLDING, 4: Area.INPUT}
_AREAS = {
    "coil": ("coils", "0x", "do"),
    "discrete": ("discrete_input", "discrete_inputs", "di", "1x"),
    "input": ("input_register", "input_registers", "ai", "3x", "analog_input"),
    "holding": ("holding_register", "holding_registers", "ao", "4x"),
}


def export_csv(regmap: RegisterMap) -> str:
    """Return a map as CSV that :func:`import_csv` reads back without loss."""
    data = plain(regmap)
    points = data.pop("point")
    out = io.StringIO()
    out.write(_MARK + json.dumps(data, ensure_ascii=False) + "\n")
    writer = csv.DictWriter(out, _COLUMNS)
    writer.writeheader()
    for point in points:
        writer.writerow(_row(dict(point)))
    return out.getvalue()


def import_csv(text: str, name: str) -> Imported:
    """Return the tables of a CSV file; raises FileError when there is no point in it."""
    head, body = header(name, f"imported from the table {name}"), text
    is_own = text.startswith(_MARK)
    if is_own:
        first_line, _, body = text.partition("\n")
        try:
            head = json.loads(first_line.removeprefix(_MARK))
        except ValueError as error:
            raise refuse(f"{name}: line 1: the header is not JSON: {error}") from None
    rows = _rows(body, name)
    found = Imported(head)
    if is_own:
        head["point"] = [_own_row(line, row, name) for line, row in rows]
    else:
        _foreign([(line, _stripped(row)) for line, row in rows], found)
    if not head.get("point"):
        raise refuse(f"{name}: there is no row with an address in it")
    return found


def _row(point: dict[str, Any]) -> dict[str, str]:
    row = {column: str(point.pop(column)) for column in (*_TEXTS, *_NUMBERS) if column in point}
    for pair in _PAIRS:
        if pair in point:
            row[f"{pair}_low"], row[f"{pair}_high"] = map(repr, point.pop(pair))
    for name in _WORDS:
        words = point.get(name)
        if words and all(_is_plain(word) for word in words.values()):
            row[name] = "; ".join(f"{raw}={word}" for raw, word in point.pop(name).items())
    if point:
        row["more"] = json.dumps(point, ensure_ascii=False)
    return row


def _is_plain(word: str) -> bool:
    """Whether a word comes back out of a cell as it went in."""
    return bool(word) and word == word.strip() and not any(sign in word for sign in ";\r\n")


def _rows(body: str, name: str) -> list[tuple[int, dict[str, str]]]:
    """Return ``(line, row)`` with normalised column names; the separator is found out."""
    first_line = body.partition("\n")[0]
    separator = max(",;\t", key=first_line.count)
    try:
        table = list(csv.reader(io.StringIO(body), delimiter=separator, strict=True))
    except csv.Error as error:
        raise refuse(f"{name}: not a table: {error}") from None
    if not table:
        return []
    columns = [_column(title) for title in table[0]]
    return [
        (line, dict(zip(columns, cells, strict=False)))
        for line, cells in enumerate(table[1:], 2)
        if any(cell.strip() for cell in cells)
    ]


def _stripped(row: Mapping[str, str]) -> dict[str, str]:
    return {column: cell.strip() for column, cell in row.items()}


def _column(title: str) -> str:
    name = title.strip().lstrip("\ufeff").casefold().replace(" ", "_")
    for column, aliases in _ALIASES.items():
        if name in aliases:
            return column
    return name


def _own_row(line: int, row: Mapping[str, str], name: str) -> dict[str, Any]:
    try:
        return _own_point(row)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise refuse(f"{name}: line {line + 1}: {error}") from None


def _own_point(row: Mapping[str, str]) -> dict[str, Any]:
    point: dict[str, Any] = {name: row[name] for name in _TEXTS if row.get(name)}
    for name in _NUMBERS:
        if row.get(name):
            point[name] = number(row[name])
    for pair in _PAIRS:
        if row.get(f"{pair}_low"):
            point[pair] = [float(row[f"{pair}_low"]), float(row[f"{pair}_high"])]
    for name in _WORDS:
        if row.get(name):
            point[name] = _words(row[name], ";")
    return point | (json.loads(row["more"]) if row.get("more") else {})


def _words(cell: str, separator: str) -> dict[str, str]:
    """``0=stopped; 1=running``, also with colons."""
    pairs = [_WORD.match(part) for part in cell.split(separator)]
    return {pair.group(1): pair.group(2).strip() for pair in pairs if pair}


def _separator(cell: str) -> str:
    """What parts the words of somebody else's table."""
    return ";" if ";" in cell else "\n" if "\n" in cell else ","


def _foreign(rows: list[tuple[int, dict[str, str]]], found: Imported) -> None:
    keys = Keys()
    for line, row in rows:
        try:
            entry = _foreign_point(row, keys)
        except (ValueError, OverflowError) as error:
            found.remarks.append(f"line {line}: left out: {error}")
            continue
        kind = "identity" if entry["type"] in TEXT_TYPES else "point"
        found.data.setdefault(kind, []).append(entry)


def _foreign_point(row: Mapping[str, str], keys: Keys) -> dict[str, Any]:
    area, address, printed = _place(row)
    name = first(row, "name", "key") or f"{area.value} {address}"
    kind = type_of(row.get("type", "")) if row.get("type") else "bool" if area.is_bits else "u16"
    if kind is None:
        raise ValueError(f"type {row['type']!r} is not known")
    key = keys.take(slug(first(row, "key", "name") or name))
    entry: dict[str, Any] = {"key": key, "name": name, "area": area.value, "address": address}
    entry |= {"doc_address": printed, "type": kind}
    if kind in TEXT_TYPES:
        return entry | {"length": int(number(row.get("length") or "1"))}
    for column in ("bit", "mask", "shift", "raw_offset", "scale", "divisor", "offset"):
        if row.get(column):
            entry[column] = number(row[column])
    if row.get("unit"):
        entry["unit"] = meant_by(row["unit"])
    if row.get("states"):
        entry["states"] = _words(row["states"], _separator(row["states"]))
    low, high = row.get("valid_low"), row.get("valid_high")
    if low and high and kind != "bool":
        entry["valid"] = entry["display"] = [number(low), number(high)]
    return entry | ({"notes": row["notes"]} if row.get("notes") else {})


def _place(row: Mapping[str, str]) -> tuple[Area, int, str]:
    """Return area, wire address and printed number from whichever columns there are."""
    area = _area(row)
    wire, printed = row.get("address", ""), row.get("doc_address", "")
    by_reference = reference(printed or wire)
    if by_reference is not None and (area is None or area is by_reference[0]):
        if wire and printed:
            return by_reference[0], int(number(wire)), printed
        return by_reference[0], by_reference[1], printed or wire
    if wire:
        return area or Area.HOLDING, int(number(wire)), printed
    if printed:
        return area or Area.HOLDING, int(number(printed)) - 1, printed
    raise ValueError("no address")


def _area(row: Mapping[str, str]) -> Area | None:
    text = row.get("area", "").casefold().replace(" ", "_")
    for name, aliases in _AREAS.items():
        if text == name or text in aliases:
            return Area(name)
    function = row.get("function", "").lstrip("0")
    return _FUNCTIONS.get(int(function)) if function.isdecimal() else None
