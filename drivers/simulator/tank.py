"""One immersion tank: pumps, fluid, heat exchanger, servers and the sensors that report them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from drivers.simulator.equilibrium import settle
from drivers.simulator.facility import Facility
from drivers.simulator.fluid import Fluid
from drivers.simulator.gpus import GpuBank
from drivers.simulator.hydraulics import Hydraulics, Pump
from drivers.simulator.sensors import SensorBank
from drivers.simulator.stepping import STEP_S, Steps
from drivers.simulator.thermal import FluidBody

IT_SPECIFIC_HEAT_J_KGK = 600.0
SERVERS_OFF_C = 75.0
SERVERS_ON_C = 55.0
DRIP_TRAY_L = 0.5
WANDER_S = 600.0
J_PER_KWH = 3.6e6


@dataclass(frozen=True)
class Word:
    """A state: its word, and its number where a map gives the word none of its own."""

    text: str
    code: int


RUNNING, STOPPED, TRIPPED = Word("running", 1), Word("stopped", 0), Word("tripped", 2)
DRY, LEAK = Word("dry", 0), Word("leak", 1)
CLOSED, OPEN = Word("closed", 0), Word("open", 1)
Value = float | Word
MODEL_UNITS = {
    "coolant_supply_temperature": "Cel",
    "coolant_return_temperature": "Cel",
    "coolant_flow": "L/min",
    "level": "mm",
    "it_power": "kW",
    "facility_supply_temperature": "Cel",
    "facility_return_temperature": "Cel",
    "facility_flow": "L/min",
    "filter[1].delta_pressure": "kPa",
    "ambient_temperature": "Cel",
    "facility_valve_percent": "%",
    "energy": "kW.h",
}
"""The units of a model's readings; those of percentages and states go without saying."""


@dataclass(frozen=True)
class TankParameters:
    """What is built: litres, square metres, kilograms, watts, degrees Celsius.

    ``base_load_w`` is everything in the tank but the GPUs. ``scale`` enlarges pumps, exchanger
    and facility supply for tanks above 50 kW.
    """

    volume_l: float = 576.0
    free_area_m2: float = 0.6
    it_mass_kg: float = 400.0
    slots: int = 12
    level_reference_mm: float = 820.0
    reference_temperature_c: float = 40.0
    base_load_w: float = 47_000.0
    setpoint_c: float = 40.0
    pump_speed: float = 0.76
    facility_c: float = 29.0
    ambient_c: float = 25.0
    filter_factor: float = 1.0
    energy_kwh: float = 0.0
    scale: float = 1.0
    noise: bool = True


class TankModel:
    """A tank in motion; deterministic for its parameters, GPUs and generator."""

    def __init__(
        self, parameters: TankParameters, fluid: Fluid, gpus: GpuBank, rng: np.random.Generator
    ) -> None:
        p = self.parameters = parameters
        self.gpus = gpus
        gpu_j_k = float(gpus.heat_capacity_j_k.sum())
        it_j_k = max(p.it_mass_kg * IT_SPECIFIC_HEAT_J_KGK - gpu_j_k, 1e3)
        self.body = FluidBody(fluid, p.volume_l, it_j_k, p.ambient_c, p.scale)
        pumps = [Pump(p.pump_speed, p.pump_speed) for _ in range(2)]
        self.hydraulics = Hydraulics(fluid, pumps, p.scale, p.filter_factor)
        self.facility = Facility(p.facility_c, p.setpoint_c, p.scale)
        self.sensors = SensorBank(rng)
        self.leak_l_min = 0.0
        self.leaked_l = 0.0
        self.lid_open = False
        self.lifted_l = 0.0
        self.others_off = False
        self.base_w = p.base_load_w
        self.heat_in_j = 0.0
        self.removed_j = 0.0
        self._base_on = True
        self._walk = rng.standard_normal(2) if p.noise else np.zeros(2)
        self._rng = rng
        self._steps = Steps()
        self._settle()

    @property
    def it_power_w(self) -> float:
        """The electrical power of all servers."""
        return self.base_w + self.gpus.power_total_w

    @property
    def level_mm(self) -> float:
        """The true height of the surface: by fluid mass, temperature, and what was lifted out."""
        p = self.parameters
        change_l = self.body.volume_now_l - p.volume_l - self.lifted_l
        return max(p.level_reference_mm + change_l / p.free_area_m2, 0.0)

    @property
    def stored_j(self) -> float:
        """All heat in the tank above 0 Cel."""
        return self.body.stored_j + self.gpus.stored_j

    def advance(self, dt_s: float) -> None:
        """Advance by ``dt_s`` in whole internal steps; what is left over is kept for later."""
        for _ in range(self._steps.take(dt_s)):
            self.step()

    def step(self) -> None:
        """Advance by one internal step."""
        body, loop = self.body, self.hydraulics
        self._wander()
        gpu_j = self.gpus.step(STEP_S, body.bulk_c)
        loop.step(STEP_S, body.return_c, body.bulk_c - self.facility.supply_c, self.level_mm)
        rate_w_k = body.capacity_rate_w_k(loop.flow_l_min)
        removed_w = self.facility.heat_w(body.return_c, loop.flow_l_min, rate_w_k)
        self.facility.take(STEP_S, removed_w, body.return_c)
        body.step(STEP_S, rate_w_k, removed_w, self.base_w, gpu_j)
        self.facility.step(STEP_S, self.sensors.lagged("coolant_supply_temperature"))
        if self.leak_l_min:
            self._leak()
        self.heat_in_j += self.it_power_w * STEP_S
        self.removed_j += removed_w * STEP_S
        self.sensors.step(STEP_S, self.true_values())

    def repair_leak(self) -> None:
        """Stop the leak, dry the drip tray and top the tank up."""
        self.leak_l_min = self.leaked_l = 0.0
        self.body.top_up()

    def true_values(self) -> dict[str, float]:
        """Return what the analogue sensors measure, by point key and without lag or noise."""
        body, facility, loop = self.body, self.facility, self.hydraulics
        return {
            "coolant_supply_temperature": body.supply_c,
            "coolant_return_temperature": body.return_c,
            "coolant_flow": loop.flow_l_min,
            "level": self.level_mm,
            "it_power": self.it_power_w / 1000,
            "facility_supply_temperature": facility.supply_c,
            "facility_return_temperature": facility.return_c,
            "facility_flow": facility.flow_l_min,
            "filter[1].delta_pressure": loop.filter_kpa,
            "ambient_temperature": self.parameters.ambient_c,
        }

    def readings(self) -> dict[str, Value]:
        """Return what the controller knows, by point key in the units of docs/architecture.md."""
        values: dict[str, Value] = dict(self.sensors.readings())
        for number, pump in enumerate(self.hydraulics.pumps, 1):
            values[f"pump[{number}].speed_percent"] = 100 * pump.speed
            running = RUNNING if pump.speed > 0 else STOPPED
            values[f"pump[{number}].state"] = TRIPPED if pump.tripped else running
        values["facility_valve_percent"] = 100 * self.facility.valve
        values["energy"] = self.parameters.energy_kwh + self.heat_in_j / J_PER_KWH
        values["sensor_faults"] = 0.0
        values["leak[1].state"] = LEAK if self.leaked_l >= DRIP_TRAY_L else DRY
        values["lid.state"] = OPEN if self.lid_open else CLOSED
        return values

    def _leak(self) -> None:
        litres = self.leak_l_min * STEP_S / 60
        self.body.leak(litres)
        self.leaked_l += litres

    def _wander(self) -> None:
        """Let base load and facility temperature drift; servers stop in fluid that is too hot."""
        p, hot_c = self.parameters, self.body.bulk_c
        if p.noise:
            keep = math.exp(-STEP_S / WANDER_S)
            self._walk = self._walk * keep + self._rng.standard_normal(2) * math.sqrt(1 - keep**2)
        self._base_on = hot_c < (SERVERS_OFF_C if self._base_on else SERVERS_ON_C)
        runs = self._base_on and not self.others_off
        self.base_w = p.base_load_w * (1 + 0.006 * float(self._walk[0])) if runs else 0.0
        self.facility.supply_c = p.facility_c + 0.15 * float(self._walk[1])

    def _settle(self) -> None:
        """Start at rest: the state in which nothing would change if the load did not."""
        self._wander()
        settle(self)
        self.sensors.settle(self.true_values())
