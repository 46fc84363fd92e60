"""The facility side: heat exchanger, water, and the valve that regulates supply temperature."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

WATER_J_LK = 4150.0
OIL_SIDE_W_K = 8000.0
OIL_SIDE_AT_L_MIN = 280.0
WATER_SIDE_W_K = 20_000.0
WATER_SIDE_AT_L_MIN = 100.0
FULL_FLOW_L_MIN = 180.0
VALVE_LEAST = 0.15
VALVE_PER_S = 0.05
GAIN_PER_K = 0.25
RESET_S = 240.0
SHUT_OFF_S = 2.0
STAGNANT_S = 300.0


def effectiveness(ua_w_k: float, hot_w_k: float, cold_w_k: float) -> float:
    """Return the effectiveness of a counter-flow exchanger from the two streams' capacity rates."""
    least, most = sorted((hot_w_k, cold_w_k))
    if least <= 0:
        return 0.0
    ntu, ratio = ua_w_k / least, least / most
    if ratio > 0.9999:
        return ntu / (1 + ntu)
    decay = math.exp(-ntu * (1 - ratio))
    return (1 - decay) / (1 - ratio * decay)


def clamp(value: float, low: float, high: float) -> float:
    """Return the value, or the limit that it passes."""
    return min(max(value, low), high)


@dataclass
class Facility:
    """Facility water of one tank; flows in L/min, temperatures in Cel.

    ``fouling`` is the part of the exchanger's conductance that is lost; it grows while told to.
    """

    supply_c: float
    setpoint_c: float
    scale: float = 1.0
    lost: bool = False
    valve: float = 0.5
    return_c: float = 0.0
    flow_l_min: float = 0.0
    fouling: float = 0.0
    fouling_per_s: float = 0.0
    fouling_most: float = 0.0
    _integral: float = field(default=0.5, repr=False)

    def heat_w(self, hot_c: float, oil_l_min: float, oil_w_k: float) -> float:
        """Return the heat that the exchanger takes from oil entering at ``hot_c``."""
        if self.flow_l_min < 0.1 or oil_l_min < 0.1:
            return 0.0
        oil_side = OIL_SIDE_W_K * (oil_l_min / self.scale / OIL_SIDE_AT_L_MIN) ** 0.6
        water_side = WATER_SIDE_W_K * (self.flow_l_min / self.scale / WATER_SIDE_AT_L_MIN) ** 0.8
        ua = self.scale * (1 - self.fouling) / (1 / oil_side + 1 / water_side)
        water_w_k = self.flow_l_min / 60 * WATER_J_LK
        least = min(oil_w_k, water_w_k)
        return effectiveness(ua, oil_w_k, water_w_k) * least * (hot_c - self.supply_c)

    def step(self, dt_s: float, measured_supply_c: float) -> None:
        """Move the valve, and the flow with it, to hold the measured supply temperature."""
        if self.fouling_per_s:
            self.fouling = min(self.fouling + self.fouling_per_s * dt_s, self.fouling_most)
        error_k = measured_supply_c - self.setpoint_c
        wanted = self._integral + GAIN_PER_K * error_k
        if VALVE_LEAST < wanted < 1 or (wanted <= VALVE_LEAST) == (error_k > 0):
            self._integral += GAIN_PER_K * error_k * dt_s / RESET_S
        travel = clamp(wanted, VALVE_LEAST, 1.0) - self.valve
        self.valve += clamp(travel, -VALVE_PER_S * dt_s, VALVE_PER_S * dt_s)
        rest_l_min = 0.0 if self.lost else self.full_flow()
        self.flow_l_min += (rest_l_min - self.flow_l_min) * (1 - math.exp(-dt_s / SHUT_OFF_S))

    def take(self, dt_s: float, heat_w: float, hot_c: float) -> None:
        """Warm the water by the heat taken; standing water creeps to the oil's temperature."""
        if self.flow_l_min >= 1:
            self.return_c = self.supply_c + heat_w / (self.flow_l_min / 60 * WATER_J_LK)
        else:
            self.return_c += (hot_c - self.return_c) * dt_s / STAGNANT_S

    def full_flow(self) -> float:
        """Return the flow that the valve lets through while the facility delivers."""
        return self.valve * FULL_FLOW_L_MIN * self.scale

    def hold(self, valve: float) -> None:
        """Put valve, controller and flow at rest at one position."""
        self.valve = self._integral = valve
        self.flow_l_min = self.full_flow()
