"""The linter finds what is planted, on its line, and survives anything."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.files import FileError
from drivers.modbus.interchange.toml_text import to_toml
from drivers.modbus.lint import lint_file, lint_text
from drivers.modbus.regmap import RegisterMap, map_path, shipped_maps
from tests.unit.drivers.regmaps import HEADER

FILE = Path("mine.toml")
PROBE = {"address": 0, "type": "u16", "expect": "^1$"}
POINT = {"key": "p", "name": "P", "address": 0, "doc_address": "30001", "unit": "1"}


def written(*points: dict[str, Any], **header: Any) -> str:
    numbered = [
        {**POINT, "key": f"p{i}", "name": f"P{i}", "address": i, "doc_address": f"3{i + 1:04d}"}
        for i in range(len(points))
    ]
    merged = [{**base, **point} for base, point in zip(numbered, points, strict=True)]
    return to_toml({**HEADER, "probe": PROBE, **header, "point": merged})


def findings(text: str) -> list[tuple[str, str]]:
    return [(finding.severity, finding.rule) for finding in lint_text(text, FILE)]


def test_a_good_map_has_nothing_wrong() -> None:
    assert findings(written({}, {"type": "s16", "address": 1})) == []


FALLING = {"upper_caution": {"reading": 9}, "upper_fatal": {"reading": 1}}
S16 = {"type": "s16", "divisor": 10}
SENTINEL = [{"raw": 300}]
WRITE = {"min": 0, "max": 10}
HOLDING = {"area": "holding", "doc_address": "40001"}
CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("error", "type-area", {"type": "bool"}),
    ("error", "type-area", {"area": "coil"}),
    ("error", "length", {"length": 3}),
    ("error", "address", {"address": 65535, "type": "u32"}),
    ("error", "scale", {"scale": 0}),
    ("error", "scale", {"scale": 2, "divisor": 10}),
    ("error", "counter", {"type": "f32", "counter": {}}),
    ("error", "field", {"shift": 3}),
    ("error", "field", {"bit": 3, "mask": 8}),
    ("error", "field", {"type": "f32", "bit": 3}),
    ("error", "field", {"bit": 16}),
    ("error", "field", {"mask": 0xF0, "shift": 5}),
    ("error", "words", {"states": {"0": "a"}, "flags": {"0": "b"}}),
    ("error", "words", {"type": "f32", "flags": {"0": "b"}}),
    ("error", "words", {"flags": {"16": "b"}}),
    ("error", "words", {"active_low": [3]}),
    ("error", "words", {"states": {"0": "a"}, "severity": {"1": "fatal"}}),
    ("error", "sentinel", {"sentinels": [{"raw": 70000}]}),
    ("error", "sentinel", {"sentinels": [{"raw": "nan"}]}),
    ("error", "sentinel", {"sentinels": [{"raw": 1.5}]}),
    ("error", "range", {"valid": [10, 0]}),
    ("error", "range", {"display": [10, 10]}),
    ("error", "limits", {"limits": FALLING}),
    ("error", "expression", {"gate": "p0 >"}),
    ("error", "unknown-point", {"gate": "nothing > 1"}),
    ("error", "write", {**HOLDING, "access": "rw"}),
    ("error", "write", {**HOLDING, "write": WRITE}),
    ("error", "write", {"access": "rw", "write": WRITE}),
    ("error", "write", {**HOLDING, "access": "rw", "write": {**WRITE, "fc": 5}}),
    ("error", "write-range", {**HOLDING, "access": "rw", "write": {"min": 0}}),
    ("error", "write-range", {**HOLDING, "access": "rw", "write": {"min": 5, "max": 1}}),
    ("error", "write-range", {**HOLDING, "access": "rw", "write": {"min": 0, "max": 70000}}),
    ("error", "write-bits", {**HOLDING, "bit": 3, "access": "rw", "write": WRITE | {"max": 1}}),
    ("warning", "write-range", {**HOLDING, "valid": [2, 9], "access": "rw", "write": WRITE}),
    ("error", "scale-range", {**S16, "valid": [5000, 6000]}),
    ("warning", "scale-range", {**S16, "valid": [-5000, 100]}),
    ("warning", "scale-range", {"valid": [0, 70000]}),
    ("error", "sentinel-in-range", {"sentinels": SENTINEL, "valid": [0, 1000]}),
    ("warning", "sentinel-in-range", {"sentinels": SENTINEL, "display": [0, 1000]}),
    ("error", "sentinel-state", {"sentinels": SENTINEL, "states": {"300": "on"}, "unit": ""}),
    ("error", "sentinel-twice", {"sentinels": [*SENTINEL, {"raw": 300, "meaning": "absent"}]}),
    ("error", "state-range", {"states": {"70000": "on"}, "unit": ""}),
    ("error", "state-scaled", {"states": {"0": "on"}, "scale": 2, "unit": ""}),
    ("error", "state-scaled", {"flags": {"0": "on"}, "offset": 2, "unit": ""}),
    ("warning", "unit-missing", {"unit": ""}),
    ("error", "unit-unknown", {"unit": "degC"}),
    ("warning", "unit-quantity", {"key": "coolant_temperature", "unit": "kPa"}),
    ("warning", "mixed-order", {"type": "f32", "word_order": "little"}),
    ("warning", "mixed-order", {"word_order": "big"}),
    ("warning", "reference-notation", {"address": 30001}),
    ("warning", "doc-address", {"doc_address": ""}),
    ("warning", "doc-address", {"address": 5}),
    ("warning", "limit-range", {"valid": [0, 9], "limits": {"upper_caution": {"reading": 10}}}),
    ("error", "frozen", {"expected_refresh_s": 60, "frozen_after_s": 30}),
    ("error", "extra_forbidden", {"colour": 1}),
    ("error", "string_pattern_mismatch", {"key": "Bad Key"}),
    ("error", "poll-group", {"poll_group": "slow"}),
    ("error", "unit", {"unit_from": "t"}),
]


@pytest.mark.parametrize(("severity", "rule", "point"), CASES, ids=lambda case: str(case)[:60])
def test_what_is_wrong_with_a_point_is_found_on_its_line(
    severity: str, rule: str, point: dict[str, Any]
) -> None:
    text = written(point)
    found = [f for f in lint_text(text, FILE) if (f.severity, f.rule) == (severity, rule)]
    assert found
    lines = text.splitlines()
    first = lines.index("[[point]]") + 1
    for finding in found:
        assert finding.line is not None
        assert finding.line >= first
        assert finding.place.startswith("point[1]")
        assert str(finding).startswith(f"mine.toml:{finding.line}: {severity}: point[1]")


def test_the_line_is_that_of_the_key() -> None:
    text = written({"unit": "degC", "sentinels": SENTINEL, "valid": [0, 1000]})
    lines = text.splitlines()
    told = {f.rule: lines[(f.line or 0) - 1] for f in lint_text(text, FILE)}
    assert told["unit-unknown"] == 'unit = "degC"'
    assert told["sentinel-in-range"].startswith("sentinels")


UNITS: dict[str, Any] = {"id": "t", "address": 9, "units": {"0": []}}
ATOM = {"atomic_group": "pair"}
NARROW = {"max_read_registers": 9}
COUPLED: list[tuple[str, str, list[dict[str, Any]], dict[str, Any]]] = [
    ("error", "duplicate-key", [{"key": "same"}, {"key": "same"}], {}),
    ("error", "overlap", [{"type": "u32"}, {}], {}),
    ("error", "overlap", [{"bit": 3}, {"address": 0}], {}),
    ("error", "overlap", [{"mask": 0xF0}, {"address": 0, "bit": 4}], {}),
    ("error", "read-limit", [{"type": "u64"}], {"transport": {"max_read_registers": 3}}),
    (
        "error",
        "band",
        [{"type": "u32", "address": 9}],
        {"transport": {"bands": [{"area": "input", "first": 0, "last": 9}]}},
    ),
    ("error", "function-code", [{}], {"transport": {"function_codes": [3]}}),
    ("error", "unknown-point", [{}], {"heartbeat": {"point": "x", "within_s": 9}}),
    ("error", "unknown-point", [{}], {"voted": [{"key": "v", "name": "V", "of": ["p0", "x"]}]}),
    ("error", "voted", [{}, {}], {"voted": [{"key": "v", "name": "V", "of": ["p0", "p0"]}]}),
    (
        "error",
        "voted-unit",
        [{}, {}],
        {"voted": [{"key": "v", "name": "V", "unit": "K", "of": ["p0", "p1"], "max_spread": 1}]},
    ),
    (
        "warning",
        "voted-spread",
        [{}, {}],
        {"voted": [{"key": "v", "name": "V", "unit": "1", "of": ["p0", "p1"]}]},
    ),
    (
        "error",
        "unknown-point",
        [{}],
        {"derived": [{"key": "d", "name": "D", "expression": "p0 + later"}]},
    ),
    ("error", "value_error", [{}], {"derived": [{"key": "d", "name": "D", "expression": "p0 +"}]}),
    ("error", "poll-group", [{}], {"poll_groups": {"slow": 0}}),
    ("warning", "unused", [{}], {"poll_groups": {"slow": 9}}),
    ("warning", "unused", [{}], {"units_register": [UNITS]}),
    ("error", "unit", [{}], {"units_register": [UNITS | {"units": {"0": ["x"]}}]}),
    ("error", "atomic-group", [ATOM, {**ATOM, "area": "holding"}], {}),
    ("error", "atomic-group", [ATOM, {**ATOM, "address": 9}], {"transport": {"max_gap": 4}}),
    ("error", "read-limit", [ATOM, {**ATOM, "address": 9}], {"transport": NARROW}),
    ("warning", "name-twice", [{"name": "A"}, {"name": "A"}], {}),
    ("warning", "identity-missing", [{}], {"probe": {"address": 0, "type": "u16"}}),
    ("warning", "unverified", [{}], {"status": "approved"}),
    (
        "warning",
        "revision",
        [{}],
        {"revlog": [{"revision": 2, "date": "2026-01-01", "what": "new"}]},
    ),
]


@pytest.mark.parametrize(
    ("severity", "rule", "points", "header"), COUPLED, ids=lambda case: str(case)[:50]
)
def test_what_does_not_fit_together_is_found(
    severity: str, rule: str, points: list[dict[str, Any]], header: dict[str, Any]
) -> None:
    text = written(*points, **header)
    found = [f for f in lint_text(text, FILE) if (f.severity, f.rule) == (severity, rule)]
    assert found
    assert all(finding.line for finding in found)


@pytest.mark.parametrize(
    "points",
    [
        [{"bit": 3}, {"address": 0, "bit": 4}],
        [{"mask": 0xF0}, {"address": 0, "mask": 0x0F}],
        [{"type": "bitfield", "flags": {"3": "on"}, "unit": ""}, {"address": 0, "bit": 3}],
        [{"type": "u32"}, {"address": 2}],
        [{}, {"address": 0, "area": "holding"}],
    ],
    ids=str,
)
def test_bits_of_one_register_may_be_points_of_their_own(points: list[dict[str, Any]]) -> None:
    assert "error" not in {severity for severity, _ in findings(written(*points))}


def test_reference_notation_is_translated() -> None:
    text = written({"area": "holding", "address": 400011})
    (finding,) = lint_text(text, FILE)
    assert "write address = 10" in finding.text
    assert 'doc_address = "400011"' in finding.text


def test_manual_addresses_are_read_as_manuals_print_them() -> None:
    good = [
        ("input", 10, "30011", 1),
        ("holding", 10, "400011", 1),
        ("discrete", 4, "10005", 1),
        ("coil", 4, "00005", 1),
        ("holding", 36864, "36864", 0),
        ("holding", 0x0545, "0x0545", 0),
        ("holding", 200, "201", 1),
        ("holding", 7, "40008 (word 3)", 1),
    ]
    for area, address, printed, base in good:
        kind = "bool" if area in {"coil", "discrete"} else "u16"
        point = {"area": area, "address": address, "doc_address": printed, "type": kind}
        assert findings(written(point, address_base=base)) == []
        wrong = written({**point, "address": address + 1}, address_base=base)
        assert ("warning", "doc-address") in findings(wrong) or "word" in printed


def test_bad_toml_is_one_error_with_its_line() -> None:
    (finding,) = lint_text("a = 1\nb = = 2\n", FILE)
    assert (finding.line, finding.rule, finding.severity) == (2, "toml", "error")
    assert lint_text("", FILE)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such file"):
        lint_file(tmp_path / "nothing.toml")


json_like = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
HEADER_KEYS = st.sampled_from(
    [field.alias or name for name, field in RegisterMap.model_fields.items()]
)


@given(st.dictionaries(HEADER_KEYS | st.text(max_size=6), json_like, max_size=8))
def test_any_tables_are_judged_without_a_crash(data: dict[str, Any]) -> None:
    assert any(f.severity == "error" for f in lint_text(to_toml(data), FILE))


@given(st.text(max_size=60) | st.sampled_from(["[[point]]", "point = 3", "[point]\n[[point.a]]"]))
def test_any_text_is_judged_without_a_crash(text: str) -> None:
    assert lint_text(text, FILE)


def _places(node: Any) -> list[tuple[Any, Any]]:
    found = []
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, inner in list(items):
        found.append((node, key))
        if isinstance(inner, dict | list):
            found += _places(inner)
    return found


@given(st.sampled_from(shipped_maps()), st.data())
def test_a_damaged_map_is_judged_without_a_crash(name: str, data: st.DataObject) -> None:
    tables = tomllib.loads(map_path(name).read_text(encoding="utf-8"))
    for _ in range(data.draw(st.integers(1, 4))):
        container, key = data.draw(st.sampled_from(_places(tables)))
        if data.draw(st.booleans()):
            container[key] = data.draw(json_like)
        elif isinstance(container, dict):
            container.pop(key)
            container[data.draw(st.text(max_size=8))] = data.draw(json_like)
    lint_text(to_toml(tables), FILE)
