"""Arithmetic over points, as written in a map: ``(a + b) / 2``, ``coolant_flow > 20``.

A language of numbers, point names, ``+ - * /``, comparisons, ``and or not`` and four functions.
It is parsed here and nowhere evaluated as Python.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Kind = Literal["number", "truth"]
Evaluate = Callable[["NDArray[np.float64]"], float]
_MOST_CHARACTERS = 500
_MOST_NESTING = 30
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<word>[a-z][a-z0-9_]*(?:\[\d+\])?(?:\.[a-z][a-z0-9_]*(?:\[\d+\])?)*)"
    r"|(?P<sign><=|>=|==|!=|[-+*/()<>,]))",
    re.ASCII,
)
_FUNCTIONS: dict[str, Callable[[list[float]], float]] = {
    "min": min,
    "max": max,
    "abs": lambda values: abs(values[0]),
    "avg": lambda values: math.fsum(values) / len(values),
}
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_SUMS = {"+": operator.add, "-": operator.sub}
_TERMS = {"*": operator.mul, "/": operator.truediv}
_RESERVED = {"and", "or", "not"}


@dataclass(frozen=True, slots=True)
class _Node:
    kind: Kind
    run: Callable[[Mapping[str, float]], float]


class Expression:
    """A parsed expression; ``keys`` are the points it asks for, each once, in order."""

    def __init__(self, text: str, keys: tuple[str, ...], node: _Node) -> None:
        self.text = text
        self.keys = keys
        self._node = node

    @classmethod
    def parse(cls, text: str, kind: Kind = "number") -> Expression:
        """Parse a text; raises ValueError saying what was found and what was expected."""
        if len(text) > _MOST_CHARACTERS:
            raise ValueError(f"an expression has at most {_MOST_CHARACTERS} characters")
        parser = _Parser(text)
        node = parser.whole()
        if node.kind != kind:
            wanted = "a number" if kind == "number" else "a condition such as 'coolant_flow > 20'"
            raise ValueError(f"{text!r} is not {wanted}")
        return cls(text, tuple(dict.fromkeys(parser.keys)), node)

    def bind(self, index: Mapping[str, int]) -> Evaluate:
        """Return a function over the values in schema order; raises KeyError for unknown points.

        The function returns 1 or 0 for a condition, NaN where arithmetic has no result.
        """
        where = [(key, index[key]) for key in self.keys]
        run = self._node.run

        def evaluate(values: NDArray[np.float64]) -> float:
            try:
                found = run({key: float(values[i]) for key, i in where})
            except (ZeroDivisionError, OverflowError, ValueError):
                return math.nan
            return found if math.isfinite(found) else math.nan

        return evaluate


class _Parser:
    """Recursive descent; every method consumes tokens and returns what they mean."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._split(text)
        self._at = 0
        self._depth = 0
        self.keys: list[str] = []

    def whole(self) -> _Node:
        node = self._either()
        if self._next():
            raise ValueError(f"{self._next()!r} was not expected in {self._text!r}")
        return node

    @staticmethod
    def _split(text: str) -> list[str]:
        tokens, at = [], 0
        while at < len(text.rstrip()):
            found = _TOKEN.match(text, at)
            if found is None:
                raise ValueError(f"{text[at:].strip()[:10]!r} is not understood in {text!r}")
            tokens.append(found.group().strip())
            at = found.end()
        return tokens

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._next()
        self._at += 1
        return token

    def _expect(self, token: str) -> None:
        if self._take() != token:
            raise ValueError(f"{token!r} is missing in {self._text!r}")

    def _must_be(self, node: _Node, kind: Kind) -> _Node:
        if node.kind != kind:
            raise ValueError(f"numbers and conditions are mixed in {self._text!r}")
        return node

    def _either(self) -> _Node:
        node = self._both()
        while self._next() == "or":
            self._take()
            node = self._joined(node, self._both(), lambda a, b: float(bool(a) or bool(b)))
        return node

    def _both(self) -> _Node:
        node = self._negated()
        while self._next() == "and":
            self._take()
            node = self._joined(node, self._negated(), lambda a, b: float(bool(a) and bool(b)))
        return node

    def _joined(self, a: _Node, b: _Node, join: Callable[[float, float], float]) -> _Node:
        left, right = self._must_be(a, "truth").run, self._must_be(b, "truth").run
        return _Node("truth", lambda values: join(left(values), right(values)))

    def _negated(self) -> _Node:
        if self._next() != "not":
            return self._comparison()
        self._take()
        inner = self._must_be(self._deeper(self._negated), "truth").run
        return _Node("truth", lambda values: 1.0 - inner(values))

    def _comparison(self) -> _Node:
        node = self._sum()
        if self._next() not in _COMPARE:
            return node
        compare = _COMPARE[self._take()]
        left = self._must_be(node, "number").run
        right = self._must_be(self._sum(), "number").run
        return _Node("truth", lambda values: float(compare(left(values), right(values))))

    def _sum(self) -> _Node:
        return self._chain(_SUMS, self._term)

    def _term(self) -> _Node:
        return self._chain(_TERMS, self._factor)

    def _chain(
        self, signs: Mapping[str, Callable[[float, float], float]], part: Callable[[], _Node]
    ) -> _Node:
        node = part()
        while self._next() in signs:
            sign = signs[self._take()]
            node = self._arithmetic(node, part(), sign)
        return node

    def _arithmetic(self, a: _Node, b: _Node, sign: Callable[[float, float], float]) -> _Node:
        left, right = self._must_be(a, "number").run, self._must_be(b, "number").run
        return _Node("number", lambda values: sign(left(values), right(values)))

    def _factor(self) -> _Node:
        token = self._take()
        if token == "-":
            inner = self._must_be(self._deeper(self._factor), "number").run
            return _Node("number", lambda values: -inner(values))
        if token == "(":
            node = self._deeper(self._either)
            self._expect(")")
            return node
        if token[:1].isdigit():
            number = float(token)
            return _Node("number", lambda _: number)
        if token[:1].isalpha() and token not in _RESERVED:
            return self._call(token) if self._next() == "(" else self._point(token)
        raise ValueError(f"a number or a point was expected, found {token!r} in {self._text!r}")

    def _point(self, key: str) -> _Node:
        self.keys.append(key)
        return _Node("number", lambda values: values[key])

    def _call(self, name: str) -> _Node:
        if name not in _FUNCTIONS:
            raise ValueError(f"unknown function {name!r}; allowed are {', '.join(_FUNCTIONS)}")
        function = _FUNCTIONS[name]
        self._expect("(")
        parts = [self._argument()]
        while self._next() == ",":
            self._take()
            parts.append(self._argument())
        self._expect(")")
        if name == "abs" and len(parts) != 1:
            raise ValueError("abs takes one number")
        runs = [part.run for part in parts]
        return _Node("number", lambda values: function([run(values) for run in runs]))

    def _argument(self) -> _Node:
        return self._must_be(self._deeper(self._sum), "number")

    def _deeper(self, part: Callable[[], _Node]) -> _Node:
        self._depth += 1
        if self._depth > _MOST_NESTING:
            raise ValueError(f"more than {_MOST_NESTING} levels of nesting")
        node = part()
        self._depth -= 1
        return node
