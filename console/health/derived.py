"""Values that no sensor gives: heat removed and the level that the temperature explains.

Equations: Q = rho cp V dT; dL = beta V dT / A (volumetric expansion over the free surface). A
derived value takes the worst quality of its inputs; heat needs flow, or the difference of two
temperatures in standing fluid would be called heat.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from drivers.points import Point, Reason, Schema, Snapshot

HEAT = "heat_removed"
LEVEL_EXPECTED = "level_expected"
CALCULATED = "calculated"
"""What stands in place of a register."""
_SUPPLY, _RETURN = "coolant_supply_temperature", "coolant_return_temperature"
_FLOW, _LEVEL = "coolant_flow", "level"
_LEAST_FLOW = 0.05
"""Share of the flow's display range below which a temperature difference is not heat."""


@dataclass(frozen=True, slots=True)
class TankFacts:
    """What the equations need of a tank and its fluid."""

    density_kg_m3: float
    specific_heat_j_kgk: float
    expansion_per_k: float
    volume_l: float
    free_area_m2: float
    level_reference_mm: float | None
    reference_temperature_c: float


_Rule = Callable[[Snapshot, TankFacts], float]


class Deriver:
    """Extends each snapshot of one tank by the points that its own points allow."""

    def __init__(self, schema: Schema, facts: TankFacts) -> None:
        self._facts = facts
        self._rules = [
            (rule, tuple(schema.index[key] for key in inputs))
            for point, rule, inputs in self._possible(schema)
        ]
        self.schema = Schema(schema.points + tuple(point for point, _, _ in self._possible(schema)))

    def extend(self, snapshot: Snapshot) -> Snapshot:
        """Return the snapshot with the derived points added behind its own."""
        values, reasons = [], []
        for rule, inputs in self._rules:
            worst = _worst([Reason(int(snapshot.reasons[i])) for i in inputs])
            value = rule(snapshot, self._facts) if worst is Reason.NONE else np.nan
            values.append(value)
            reasons.append(Reason.NO_FLOW if worst is Reason.NONE and np.isnan(value) else worst)
        return replace(
            snapshot,
            schema=self.schema,
            values=np.concatenate((snapshot.values, values)),
            reasons=np.concatenate((snapshot.reasons, np.array(reasons, np.uint8))),
        )

    def _possible(self, schema: Schema) -> list[tuple[Point, _Rule, tuple[str, ...]]]:
        found: list[tuple[Point, _Rule, tuple[str, ...]]] = []
        if all(key in schema for key in (_SUPPLY, _RETURN, _FLOW)):
            found.append((_heat_point(schema), _heat_kw, (_SUPPLY, _RETURN, _FLOW)))
        known = self._facts.level_reference_mm is not None
        if known and all(key in schema for key in (_LEVEL, _RETURN)):
            level = schema[_LEVEL]
            expected = replace(
                level, key=LEVEL_EXPECTED, name="Level expected", limits=(), register=CALCULATED
            )
            found.append((expected, _level_expected_mm, (_RETURN,)))
        return found


def _heat_point(schema: Schema) -> Point:
    power = schema.get("it_power")
    return Point(
        key=HEAT,
        name="Heat removed",
        unit="kW",
        precision=1,
        low=power.low if power else 0.0,
        high=power.high if power else 100.0,
        group="ImmersionUnit",
        register=CALCULATED,
    )


def _worst(reasons: list[Reason]) -> Reason:
    """The reason to give for a value made of others: the worst quality's, first found."""
    order = {"good": 0, "uncertain": 1, "bad": 2}
    return max(reasons, key=lambda reason: order[reason.quality])


def _heat_kw(snapshot: Snapshot, facts: TankFacts) -> float:
    """kW from L/min and K; NaN without enough flow to carry heat."""
    flow = snapshot.values[snapshot.schema.index[_FLOW]]
    if flow < _LEAST_FLOW * snapshot.schema[_FLOW].high:
        return float("nan")
    rise_k = (
        snapshot.values[snapshot.schema.index[_RETURN]]
        - snapshot.values[snapshot.schema.index[_SUPPLY]]
    )
    return float(facts.density_kg_m3 * facts.specific_heat_j_kgk * flow / 6e7 * rise_k)


def _level_expected_mm(snapshot: Snapshot, facts: TankFacts) -> float:
    warmer_k = snapshot.values[snapshot.schema.index[_RETURN]] - facts.reference_temperature_c
    rise_mm = facts.expansion_per_k * facts.volume_l * warmer_k / facts.free_area_m2
    return float((facts.level_reference_mm or 0.0) + rise_mm)
