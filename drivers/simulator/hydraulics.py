"""Two pumps in parallel against filter, heat exchanger and pipes.

Flow is litres per minute, pressure kPa. Coefficients are those of one 50 kW tank; a larger tank
has the same pressures at ``scale`` times the flow. Head follows the affinity laws exactly:
``H = head * n^2 - drop * q^2`` with the speed ``n`` as a fraction of full speed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from drivers.simulator.fluid import REFERENCE_C, Fluid

HEAD_KPA = 240.0
DROP_KPA = 2.99e-3
FILTER_KPA = 0.05
PIPE_LAMINAR_KPA = 0.07
PIPE_TURBULENT_KPA = 5.87e-4
NATURAL_L_MIN = 2.5
COAST_DOWN_S = 1.2
RAMP_PER_S = 0.2
STOPPED = 0.01
INTAKE_DRY_MM = 650.0
INTAKE_WET_MM = 700.0


@dataclass
class Pump:
    """One pump: the speed it is told to run at, and the speed it has."""

    target: float
    speed: float = 0.0
    tripped: bool = False

    def step(self, dt_s: float) -> None:
        """Ramp to the target, or coast down when tripped."""
        if self.tripped:
            self.speed *= math.exp(-dt_s / COAST_DOWN_S)
            self.speed = 0.0 if self.speed < STOPPED else self.speed
        else:
            self.speed = min(self.target, self.speed + RAMP_PER_S * dt_s)


@dataclass
class Hydraulics:
    """The coolant loop of a tank.

    ``clogging`` multiplies the filter's resistance and ``thickening`` the fluid's viscosity; both
    grow by so much per second up to a most while they are told to.
    """

    fluid: Fluid
    pumps: list[Pump]
    scale: float = 1.0
    filter_factor: float = 1.0
    clogging_per_s: float = 0.0
    clogging_most: float = 1.0
    thickening_per_s: float = 0.0
    thickening_most: float = 1.0
    clogging: float = field(default=1.0, init=False)
    thickening: float = field(default=1.0, init=False)
    flow_l_min: float = field(default=0.0, init=False)
    filter_kpa: float = field(default=0.0, init=False)

    def step(self, dt_s: float, hot_c: float, lift_k: float, level_mm: float) -> None:
        """Advance pump speeds and solve the flow; ``lift_k`` is what drives natural circulation."""
        for pump in self.pumps:
            pump.step(dt_s)
        if self.clogging_per_s:
            self.clogging = min(self.clogging + self.clogging_per_s * dt_s, self.clogging_most)
        if self.thickening_per_s:
            grown = self.thickening + self.thickening_per_s * dt_s
            self.thickening = min(grown, self.thickening_most)
        self.solve(hot_c, lift_k, level_mm)

    def solve(self, hot_c: float, lift_k: float, level_mm: float) -> None:
        """Find the flow at which the pumps' head meets the system's resistance."""
        thickness = self.fluid.viscosity_cst(hot_c) / self.fluid.viscosity_cst(REFERENCE_C)
        thickness *= self.thickening
        filter_kpa = FILTER_KPA * self.filter_factor * self.clogging
        laminar = (filter_kpa + PIPE_LAMINAR_KPA) * thickness
        suction = min(max((level_mm - INTAKE_DRY_MM) / (INTAKE_WET_MM - INTAKE_DRY_MM), 0.0), 1.0)
        heads = [HEAD_KPA * pump.speed**2 * suction for pump in self.pumps]
        forced = forced_flow([head for head in heads if head > 0], laminar)
        natural = NATURAL_L_MIN * math.sqrt(max(lift_k, 0.0)) * suction
        unit_flow = max(forced, natural)
        self.flow_l_min = unit_flow * self.scale
        self.filter_kpa = filter_kpa * thickness * unit_flow


def forced_flow(heads: Sequence[float], laminar: float) -> float:
    """Return the flow of pumps with these shut-off heads; each has a check valve."""
    if not heads:
        return 0.0
    if max(heads) - min(heads) < 1e-9:
        turbulent = PIPE_TURBULENT_KPA + DROP_KPA / len(heads) ** 2
        return _positive_root(turbulent, laminar, heads[0])
    low, high = 0.0, max(heads)
    for _ in range(40):
        pressure = (low + high) / 2
        delivered = sum(math.sqrt(max(head - pressure, 0.0) / DROP_KPA) for head in heads)
        if delivered > _positive_root(PIPE_TURBULENT_KPA, laminar, pressure):
            low = pressure
        else:
            high = pressure
    return _positive_root(PIPE_TURBULENT_KPA, laminar, (low + high) / 2)


def _positive_root(square: float, linear: float, pressure: float) -> float:
    """Return q with square q^2 + linear q = pressure."""
    return 2 * pressure / (linear + math.sqrt(linear**2 + 4 * square * pressure))
