"""Writes tables as TOML the way a person would lay out a register map."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WIDEST = 100
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_ALWAYS_TABLES = frozenset({"transport", "limits", "write", "poll_groups"})


def to_toml(data: Mapping[str, Any]) -> str:
    """Return the TOML text of nested tables of texts, numbers, truths, lists and dates.

    Plain keys first, then tables, then arrays of tables. ``None`` is left out: TOML has none.
    """
    return "\n".join(_table(data, ())).strip() + "\n"


def _table(data: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    later: list[tuple[str, Any]] = []
    for key, value in data.items():
        if value is None:
            continue
        line = f"{_key(key)} = {_inline(value)}"
        if _is_tables(value, line, path) or _is_table(key, value, line):
            later.append((key, value))
        else:
            yield _broken(key, value) if len(line) > _WIDEST else line
    for key, value in later:
        yield from _section(key, value, path)


def _section(key: str, value: Any, path: tuple[str, ...]) -> Iterator[str]:
    inner = (*path, key)
    name = ".".join(_key(part) for part in inner)
    if isinstance(value, Mapping):
        yield f"\n[{name}]"
        yield from _table(value, inner)
    else:
        for entry in value:
            yield f"\n[[{name}]]"
            yield from _table(entry, inner)


def _is_table(key: str, value: Any, line: str) -> bool:
    return isinstance(value, Mapping) and (key in _ALWAYS_TABLES or len(line) > _WIDEST)


def _is_tables(value: Any, line: str, path: tuple[str, ...]) -> bool:
    """A list of tables at the top is an array of tables; inside a point it stays on its line."""
    is_list = isinstance(value, Sequence) and not isinstance(value, str) and len(value) > 0
    if not is_list or not all(isinstance(entry, Mapping) for entry in value):
        return False
    return not path or len(line) > _WIDEST


def _broken(key: str, value: Any) -> str:
    """A long list with an item on each line; anything else as it is."""
    if isinstance(value, str | Mapping) or not isinstance(value, Sequence):
        return f"{_key(key)} = {_inline(value)}"
    items = "".join(f"  {_inline(item)},\n" for item in value)
    return f"{_key(key)} = [\n{items}]"


def _inline(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(k)} = {_inline(v)}" for k, v in value.items() if v is not None)
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(_inline(item) for item in value)}]"
    return str(value)  # whole numbers and dates are written as Python writes them


def _float(value: float) -> str:
    if math.isfinite(value):
        return repr(value)
    return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")


def _text(value: str) -> str:
    return '"' + "".join(_ESCAPES.get(c) or _printable(c) for c in value) + '"'


def _printable(character: str) -> str:
    if ord(character) < 0x20 or ord(character) == 0x7F:
        return f"\\u{ord(character):04X}"
    return character


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)
