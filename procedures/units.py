"""Units by UCUM code, as far as a comparison needs them: the same quantity in another unit."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import NamedTuple

import resources


class Unit(NamedTuple):
    """``base = value * factor + offset`` in the SI base of the dimension."""

    dimension: str
    factor: float
    offset: float


@cache
def known_units() -> dict[str, Unit]:
    """Return every unit of ``resources/units.toml`` by code; the empty code is a plain number."""
    table = tomllib.loads(resources.path("units.toml").read_text(encoding="utf-8"))["unit"]
    units = {
        unit["code"]: Unit(unit["dimension"], unit.get("factor", 1.0), unit.get("offset", 0.0))
        for unit in table
    }
    return {"": Unit("number", 1.0, 0.0), **units}


def converted(value: float, have: str, want: str) -> float | None:
    """Return a value in another unit, or None where the two do not measure the same."""
    if have == want:
        return value
    source, target = known_units().get(have), known_units().get(want)
    if source is None or target is None or source.dimension != target.dimension:
        return None
    return (value * source.factor + source.offset - target.offset) / target.factor
