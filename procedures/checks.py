"""Comparisons of live values with limits: ``tank.coolant_return_temperature <= 50 Cel``.

A check is one comparison or several joined by ``or``. Each names a subject of the procedure, a
point of it, and a limit with its unit. ``[*]`` stands for every number; of several values all must
fit unless the comparison begins with ``any``. ``between 1 and 2 mm`` takes both ends in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Quantifier = Literal["all", "any"]
Operator = Literal["<", "<=", ">", ">=", "==", "!=", "between"]
_MOST_CHARACTERS = 400
_NUMBER = r"-?\d+(?:\.\d+)?"
_COMPARISON = re.compile(
    r"(?:(?P<quantifier>all|any)\s+)?"
    r"(?P<subject>[a-z][a-z0-9_]*)\."
    r"(?P<point>[a-z][a-z0-9_]*(?:\[(?:\d+|\*)\])?(?:\.[a-z][a-z0-9_]*(?:\[(?:\d+|\*)\])?)*)\s*"
    rf"(?:between\s+(?P<low>{_NUMBER})\s+and\s+(?P<high>{_NUMBER})"
    rf"|(?P<op><=|>=|==|!=|<|>)\s*(?:(?P<number>{_NUMBER})|(?P<state>[a-z][a-z0-9 _-]*)))"
    r"\s*(?P<unit>\S+)?",
    re.ASCII,
)
_OPERATORS: dict[str, Operator] = {
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
    "==": "==",
    "!=": "!=",
}
HELP = (
    "write it like 'tank.coolant_return_temperature <= 50 Cel', "
    "'tank.level between 790 and 850 mm' or 'all tank.leak[*].state == dry'"
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison. Either ``state`` is a word, or ``low``/``high`` bound a number in ``unit``.

    Of ``<`` and ``<=`` only ``high`` is given, of ``>`` and ``>=`` only ``low``, of ``==`` and
    ``!=`` both, equal.
    """

    subject: str
    point: str
    operator: Operator
    low: float | None = None
    high: float | None = None
    state: str = ""
    unit: str = ""
    quantifier: Quantifier = "all"

    def accepts(self, value: float) -> bool:
        """Whether a number, in this comparison's unit, fits."""
        low = -float("inf") if self.low is None else self.low
        high = float("inf") if self.high is None else self.high
        match self.operator:
            case "<":
                return value < high
            case ">":
                return value > low
            case "!=":
                return value != low
            case _:
                return low <= value <= high

    def accepts_word(self, word: str) -> bool:
        """Whether the word of a state fits; only ``==`` and ``!=`` compare words."""
        return (word == self.state) is (self.operator == "==")

    @property
    def limit(self) -> str:
        """The limit without what is compared: ``<= 50 Cel``."""
        unit = f" {self.unit}" if self.unit else ""
        if self.operator == "between":
            return f"between {plain(self.low)} and {plain(self.high)}{unit}"
        bound = self.low if self.high is None else self.high
        return f"{self.operator} {self.state or plain(bound)}{unit}"

    def __str__(self) -> str:
        every = "any " if self.quantifier == "any" else ""
        return f"{every}{self.subject}.{self.point} {self.limit}"


@dataclass(frozen=True, slots=True)
class Check:
    """Comparisons of which one is enough."""

    either: tuple[Comparison, ...]

    def __str__(self) -> str:
        return " or ".join(str(comparison) for comparison in self.either)


@lru_cache(maxsize=4096)
def parse_check(text: str) -> Check:
    """Parse a check; raises ValueError saying what was found and how to write it."""
    if len(text) > _MOST_CHARACTERS:
        raise ValueError(f"a check has at most {_MOST_CHARACTERS} characters")
    return Check(tuple(_comparison(part.strip()) for part in re.split(r"\s+or\s+", text.strip())))


def _comparison(text: str) -> Comparison:
    found = _COMPARISON.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not understood; {HELP}")
    part = found.groupdict()
    quantifier: Quantifier = "any" if part["quantifier"] == "any" else "all"
    subject, point, unit = part["subject"], part["point"], part["unit"] or ""
    if part["low"] is not None:
        low, high = float(part["low"]), float(part["high"])
        if low > high:
            raise ValueError(f"{text!r} can never be met; the smaller number comes first")
        return Comparison(subject, point, "between", low, high, "", unit, quantifier)
    operator = _OPERATORS[str(part["op"])]
    if part["state"] is not None:
        if operator not in {"==", "!="} or unit:
            raise ValueError(f"{text!r} compares a word; only == and != do, without a unit")
        state = part["state"].strip()
        return Comparison(subject, point, operator, state=state, quantifier=quantifier)
    bound = float(part["number"])
    low_of = None if operator in {"<", "<="} else bound
    high_of = None if operator in {">", ">="} else bound
    return Comparison(subject, point, operator, low_of, high_of, "", unit, quantifier)


def plain(number: float | None) -> str:
    """Write a number as a person does: ``50`` and not ``50.0``."""
    return "" if number is None else f"{number:.12g}"
