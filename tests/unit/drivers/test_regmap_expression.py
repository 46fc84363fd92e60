"""Expressions compute what Python computes, and refuse everything else in words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from drivers.modbus.expression import Expression

KEYS = ["flow", "pump[1].speed", "lid.state"]
INDEX = {key: i for i, key in enumerate(KEYS)}
Tree = tuple[str, float]
OPERATORS = ["+", "-", "*", "/", "min", "max", "avg", "abs"]


def number_or_zero(found: Expression) -> float:
    """Evaluate with every point at 1; what has no result counts as 0."""
    index = dict.fromkeys(found.keys, 0)
    value = found.bind(index)(np.array([1.0]))
    return 0.0 if math.isnan(value) else value


def number(text: str, values: list[float]) -> float:
    return Expression.parse(text).bind(INDEX)(np.array(values))


@st.composite
def trees(draw: st.DrawFn, values: list[float], depth: int = 4) -> Tree:
    """A text and what it must give, worked out beside it without the parser."""
    if depth == 0 or draw(st.booleans()):
        if draw(st.booleans()):
            i = draw(st.integers(0, len(KEYS) - 1))
            return KEYS[i], values[i]
        constant = draw(st.integers(0, 1000)) / 8
        return f"{constant}", constant
    (a, left), (b, right) = draw(trees(values, depth - 1)), draw(trees(values, depth - 1))
    sign = draw(st.sampled_from(OPERATORS))
    text, value = {
        "abs": (f"abs(-({a}))", abs(-left)),
        "avg": (f"avg({a}, {b})", (left + right) / 2),
        "min": (f"min({a},{b})", min(left, right)),
        "max": (f"max({a},{b})", max(left, right)),
        "+": (f"({a} + {b})", left + right),
        "-": (f"({a} - {b})", left - right),
        "*": (f"({a} * {b})", left * right),
        "/": (f"({a} / {b})", left / right if right else math.nan),
    }[sign]
    has_none = math.isnan(left) or (math.isnan(right) and sign != "abs")
    return text, math.nan if has_none else value


@given(st.data(), st.lists(st.integers(-100, 100), min_size=3, max_size=3))
def test_arithmetic_is_right(data: st.DataObject, given_values: list[int]) -> None:
    values = [float(v) for v in given_values]
    text, expected = data.draw(trees(values))
    assume(len(text) <= 500)
    assert number(text, values) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("8 / 4 / 2", 1),
        ("8 - 4 - 2", 2),
        ("-flow + 2", -8),
        ("--flow", 10),
        ("2 * -flow", -20),
        ("pump[1].speed / flow", 2),
        ("1e3 + 1.5E-1", 1000.15),
    ],
)
def test_the_usual_precedence_holds(text: str, expected: float) -> None:
    assert number(text, [10, 20, 1]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("flow > 5", True),
        ("flow <= 5", False),
        ("flow > 5 and lid.state == 0", False),
        ("flow > 5 or lid.state == 0", True),
        ("not flow > 5", False),
        ("not (flow > 5 and lid.state != 1)", True),
        ("flow > 50 or flow > 5 and lid.state == 1", True),
        ("flow / 0 > 1", False),
    ],
)
def test_conditions(text: str, expected: bool) -> None:
    evaluate = Expression.parse(text, "truth").bind(INDEX)
    assert (evaluate(np.array([10.0, 20.0, 1.0])) == 1.0) is expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected, found ''"),
        ("flow +", "a number or a point was expected"),
        ("(flow", "')' is missing"),
        ("flow flow", "not expected"),
        ("flow > 5", "is not a number"),
        ("1 < flow < 2", "not expected"),
        ("(flow > 1) + 2", "mixed"),
        ("sin(flow)", "unknown function 'sin'; allowed are min, max, abs, avg"),
        ("abs(flow, 1)", "abs takes one number"),
        ("__import__('os')", "not understood"),
        ("flow ** 2", "expected"),
        ("flow; 1", "not understood"),
        ("and", "expected"),
        ("(" * 40 + "1" + ")" * 40, "levels of nesting"),
        ("-" * 40 + "1", "levels of nesting"),
        ("1+" * 300 + "1", "at most 500 characters"),
    ],
)
def test_nonsense_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the words are compared below
        Expression.parse(text)
    assert words in str(caught.value)


@given(st.text(alphabet="flow01.[]()+-*/<>=!, andorntxm", max_size=40) | st.text(max_size=40))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    kinds: list[Any] = ["number", "truth"]
    for kind in kinds:
        try:
            found = Expression.parse(text, kind)
        except ValueError:
            continue
        assert math.isfinite(number_or_zero(found))


def test_the_points_asked_for_are_named_once() -> None:
    assert Expression.parse("flow + flow * lid.state").keys == ("flow", "lid.state")
    with pytest.raises(KeyError):
        Expression.parse("level").bind(INDEX)
