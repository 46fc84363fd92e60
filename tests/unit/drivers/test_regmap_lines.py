"""The line of every key of a TOML text, and texts that read back as they were written."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.interchange.toml_text import to_toml
from drivers.modbus.regmap import map_path, shipped_maps
from drivers.toml_lines import Lines

TRICKY = '''# a comment with [a.table] and key = 1
top = 1 # [not.a.table]
"quoted key" = "a # no comment, a ] and a }"
'single' = 'C:\\\\path'
dotted.key."with.dot" = true
long = """
line = 3
[[nothing]] \\""" still
"""
literal = \'\'\'
x = 4\'\'\'
array = [
  1, # one
  [2, 3],
  { a = 4, b = [5,
    6] },
]

[table]
at = 1979-05-27 07:32:00
[table.sub."x y"]
n = 0x1F
[[list]]
k = 1
[[list.inner]]
k = 2
[[list.inner]]
k = 3
[[list]]
[list.inner]
k = 4
'''
EXPECTED = {
    ("top",): 2,
    ("quoted key",): 3,
    ("single",): 4,
    ("dotted",): 5,
    ("dotted", "key"): 5,
    ("dotted", "key", "with.dot"): 5,
    ("long",): 6,
    ("literal",): 10,
    ("array",): 12,
    ("array", 0): 13,
    ("array", 1, 1): 14,
    ("array", 2, "a"): 15,
    ("array", 2, "b", 1): 16,
    ("table",): 19,
    ("table", "at"): 20,
    ("table", "sub"): 21,
    ("table", "sub", "x y", "n"): 22,
    ("list",): 23,
    ("list", 0): 23,
    ("list", 0, "k"): 24,
    ("list", 0, "inner", 0, "k"): 26,
    ("list", 0, "inner", 1, "k"): 28,
    ("list", 1): 29,
    ("list", 1, "inner", "k"): 31,
}


def test_every_kind_of_key_is_found() -> None:
    tomllib.loads(TRICKY)
    lines = Lines(TRICKY)
    assert {path: lines.of(path) for path in EXPECTED} == EXPECTED


def test_what_is_not_there_is_where_its_table_is() -> None:
    lines = Lines(TRICKY)
    assert lines.of(("list", 0, "missing")) == 23
    assert lines.of(("list", 1, "inner", "missing", 3)) == 30
    assert lines.of(("nowhere",)) is None
    assert lines.of(()) is None


def paths(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    if isinstance(node, dict):
        for key, inner in node.items():
            yield from paths(inner, (*path, key))
    elif isinstance(node, list):
        for place, inner in enumerate(node):
            yield from paths(inner, (*path, place))


@pytest.mark.parametrize("name", shipped_maps())
def test_every_key_of_a_shipped_map_is_on_the_line_that_is_told(name: str) -> None:
    text = map_path(name).read_text(encoding="utf-8")
    lines, written = Lines(text), text.splitlines()
    for path in paths(tomllib.loads(text)):
        line = lines.of(path)
        assert line is not None
        if isinstance(path[-1], str):
            assert path[-1] in written[line - 1], path
        else:
            before = lines.of(path[:-1])
            assert before is not None
            assert before <= line


scalars = (
    st.text(max_size=20)
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.booleans()
    | st.dates(min_value=date(1000, 1, 1))
    | st.times().map(lambda t: time(t.hour, t.minute, t.second))
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=25,
)
tables = st.dictionaries(st.text(max_size=8) | st.sampled_from(["point", "limits"]), values)


@given(tables)
def test_anything_is_written_so_that_it_reads_back_and_every_key_has_a_line(
    data: dict[str, Any],
) -> None:
    text = to_toml(data)
    assert tomllib.loads(text) == data
    lines = Lines(text)
    count = len(text.split("\n"))
    for path in paths(data):
        line = lines.of(path)
        assert line is not None, path
        assert 1 <= line <= count
