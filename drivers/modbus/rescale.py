"""Scales and units that the controller itself chooses, read in the same cycle as the values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.modbus.consistency import unit_in_force
from drivers.modbus.datatypes import coding
from drivers.modbus.pointspec import PointSpec
from drivers.modbus.rawwords import Numbers, RawItem
from drivers.modbus.regmap import RegisterMap
from drivers.modbus.units import conversion

_MOST_EXPONENT = 10


@dataclass(frozen=True, slots=True)
class _Choice:
    """One units register: where its number stands and what each number makes of its points.

    ``targets`` are positions of points, ``factors`` the ``(a, b)`` of each target by raw number.
    """

    at: int
    targets: NDArray[np.intp]
    factors: dict[int, tuple[Numbers, Numbers]]


def rescaled(specs: Sequence[PointSpec]) -> list[int]:
    """Return which points have a scale or a unit that is read."""
    return [i for i, spec in enumerate(specs) if spec.scale_from or spec.unit_from]


def helper_items(regmap: RegisterMap) -> list[RawItem]:
    """Return the registers to read for it: one per scaled point, then one per units register."""
    scales = [spec.scale_from for spec in regmap.readable if spec.scale_from]
    items = [RawItem(s.area, s.address, coding(s.type)) for s in scales]
    used = {spec.unit_from for spec in regmap.readable}
    registers = [r for r in regmap.units_registers if r.id in used]
    return items + [RawItem(r.area, r.address, coding("u16")) for r in registers]


class Rescaler:
    """``position`` gives where points and then the helper items stand in the raw numbers."""

    def __init__(self, regmap: RegisterMap, position: NDArray[np.intp]) -> None:
        specs = regmap.readable
        scaled = [(position[i], s.scale_from) for i, s in enumerate(specs) if s.scale_from]
        first = len(specs)
        self._targets = np.array([at for at, _ in scaled], np.intp)
        self._sources = position[first : first + len(scaled)]
        self._is_exponent = np.array([s.kind == "exponent" for _, s in scaled], bool)
        self._scales = np.array([s.scale for _, s in scaled])
        self._absent = [(i, raw) for i, (_, s) in enumerate(scaled) for raw in s.sentinels]
        self._choices = _choices(regmap, position, first + len(scaled))

    def convert(self, raw: Numbers, values: Numbers) -> list[NDArray[np.intp]]:
        """Turn values into the units of their points, in place; return what cannot be told."""
        unknown = []
        for choice in self._choices:
            factors = choice.factors.get(int(raw[choice.at]))
            if factors is None:
                unknown.append(choice.targets)
            else:
                values[choice.targets] = values[choice.targets] * factors[0] + factors[1]
        return unknown

    def multiply(self, raw: Numbers, values: Numbers) -> list[NDArray[np.intp]]:
        """Multiply values by what their scale registers say, in place; return what is untold."""
        if not self._targets.size:
            return []
        numbers = raw[self._sources]
        unknown = self._is_exponent & (np.abs(numbers) > _MOST_EXPONENT)
        for i, sentinel in self._absent:
            unknown[i] |= int(numbers[i]) & 0xFFFF == sentinel & 0xFFFF
        exponents = np.where(self._is_exponent & ~unknown, numbers, 0)
        factors = np.where(self._is_exponent, 1.0, numbers * self._scales)
        # Dividing by ten is exact where multiplying by a tenth is not.
        grown = values[self._targets] * factors * 10.0 ** np.maximum(exponents, 0)
        values[self._targets] = grown / 10.0 ** np.maximum(-exponents, 0)
        return [self._targets[unknown]]


def _choices(regmap: RegisterMap, position: NDArray[np.intp], first: int) -> tuple[_Choice, ...]:
    choices = []
    used = {spec.unit_from for spec in regmap.readable}
    registers = [r for r in regmap.units_registers if r.id in used]
    for number, register in enumerate(registers):
        own = [
            (position[i], s) for i, s in enumerate(regmap.readable) if s.unit_from == register.id
        ]
        factors = {}
        for raw, codes in register.units.items():
            pairs = [conversion(unit_in_force(s.unit, codes) or s.unit, s.unit) for _, s in own]
            a, b = np.array(pairs).T
            factors[int(raw, 0) & 0xFFFF] = (a, b)
        targets = np.array([at for at, _ in own], np.intp)
        choices.append(_Choice(int(position[first + number]), targets, factors))
    return tuple(choices)
