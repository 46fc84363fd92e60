"""All GPUs of one tank, as arrays: temperature, power, clocks and throttling in a closed loop.

The part modelled is a 700 W accelerator with the limits of an H100 SXM. Every array has shape
``(hosts * gpus_per_host,)``, hosts one after the other.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from drivers.simulator.gpu_health import OFF_THE_BUS, GpuHealth
from drivers.simulator.workload import Workload

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

POWER_LIMIT_W = 700.0
IDLE_W = 70.0
DYNAMIC_W = 610.0
CLOCK_EXPONENT = 2.4
SM_CLOCK_MHZ = 1980.0
SM_IDLE_MHZ = 345.0
MEM_CLOCK_MHZ = 2619
CLOCK_STEP_MHZ = 15.0
RTH_K_W = 0.050
LAG_S = 20.0
RAMP_S = 2.0
SLOWDOWN_C = 87.0
HARDWARE_SLOWDOWN_C = 89.0
SHUTDOWN_C = 95.0
RESTART_C = 60.0
RECOVER_C = 86.0
LEAST_CLOCK = 0.25

IDLE, POWER_CAP, HW_SLOWDOWN, SW_THERMAL, HW_THERMAL = 0x1, 0x4, 0x8, 0x20, 0x40


class GpuBank:
    """The GPUs of one tank. ``rth_factor`` above 1 is a worse path from die to fluid."""

    def __init__(self, hosts: int, gpus_per_host: int, rng: np.random.Generator) -> None:
        count = hosts * gpus_per_host
        self.count = count
        self.workload = Workload(hosts, gpus_per_host, rng)
        self.rth_k_w = np.clip(rng.normal(RTH_K_W, 0.003, count), 0.042, 0.060)
        self.heat_capacity_j_k = LAG_S / self.rth_k_w
        self.rth_factor = np.ones(count)
        self.rth_drift_per_s = np.zeros(count)
        self.rth_factor_most = np.full(count, np.inf)
        self.forced_busy = np.zeros(count, np.bool_)
        self.lost = np.zeros(count, np.bool_)
        self.hidden_in_s = np.full(count, np.inf)
        self.off = np.zeros(count, np.bool_)
        self.shut_down = np.zeros(count, np.bool_)
        self.health = GpuHealth(count, rng)
        self._dynamic_w = rng.normal(DYNAMIC_W, 18.0, count)
        self._memory_ratio = np.clip(rng.normal(0.90, 0.04, count), 0.75, 1.05)
        self.utilisation = self.workload.demand.copy()
        self.thermal_clock = np.ones(count)
        self.clock = np.ones(count)
        self.power_w = np.zeros(count)
        self.energy_j = rng.uniform(1e9, 2e10, count)
        self.core_c = np.full(count, 40.0)
        self._fluid_c = 40.0
        self._set_power()

    @property
    def power_total_w(self) -> float:
        """The electrical power of all GPUs."""
        return float(self.power_w.sum())

    @property
    def stored_j(self) -> float:
        """The heat in the GPUs above 0 Cel."""
        return float(self.heat_capacity_j_k @ self.core_c)

    @property
    def memory_c(self) -> Floats:
        """The temperature of the memory stacks."""
        rise: Floats = self._memory_ratio * (self.core_c - self._fluid_c)
        return self._fluid_c + rise

    @property
    def margin_k(self) -> Floats:
        """The distance of the hottest spot to the slowdown temperature; negative above it."""
        hottest: Floats = self.core_c + self.health.hotspot_k * self.power_w / POWER_LIMIT_W
        return SLOWDOWN_C - hottest

    @property
    def visible(self) -> Flags:
        """Which GPUs their driver still answers for."""
        return (self.hidden_in_s > 0) & ~(self.shut_down | self.off)

    @property
    def sm_clock_mhz(self) -> Floats:
        """The clock of the multiprocessors, in the steps real parts have."""
        running = np.round(self.clock * SM_CLOCK_MHZ / CLOCK_STEP_MHZ) * CLOCK_STEP_MHZ
        return np.where(self.utilisation > 0.01, running, SM_IDLE_MHZ)

    @property
    def clocks_event_reasons(self) -> NDArray[np.int64]:
        """The bit mask that NVML calls clocks event reasons."""
        busy = self.utilisation > 0.01
        hot = self.core_c >= HARDWARE_SLOWDOWN_C
        capped = busy & (self.clock < self.thermal_clock) & (self.clock < 0.999) & ~hot
        slowed = busy & (self.thermal_clock < 0.999)
        reasons = np.zeros(self.count, np.int64)
        for which, bits in (
            (~busy, IDLE),
            (capped, POWER_CAP),
            (slowed, SW_THERMAL),
            (hot, HW_SLOWDOWN | HW_THERMAL),
        ):
            reasons[which] |= bits
        return reasons

    def settle(self, fluid_c: float) -> None:
        """Put every die at rest in fluid of this temperature."""
        self._fluid_c = fluid_c
        self.core_c = fluid_c + self.rth_k_w * self.rth_factor * self.power_w

    def step(self, dt_s: float, fluid_c: float) -> float:
        """Advance by ``dt_s`` in fluid of ``fluid_c``; return the joules given to the fluid."""
        self._fluid_c = fluid_c
        self.workload.step(dt_s)
        self._set_utilisation(dt_s)
        self._throttle(dt_s)
        self._set_power()
        self.rth_factor = np.minimum(
            self.rth_factor + self.rth_drift_per_s * dt_s, self.rth_factor_most
        )
        resistance = self.rth_k_w * self.rth_factor
        rest = fluid_c + resistance * self.power_w
        left = np.exp(-dt_s / (resistance * self.heat_capacity_j_k))
        core_c = rest + (self.core_c - rest) * left
        kept_j = float(self.heat_capacity_j_k @ (core_c - self.core_c))
        self.core_c = core_c
        self.energy_j += self.power_w * dt_s
        self.health.step(dt_s)
        self.hidden_in_s -= dt_s
        return self.power_total_w * dt_s - kept_j

    def lose(self, gpu: int, visible_s: float, xid: int | None = OFF_THE_BUS) -> None:
        """Drop a GPU off the bus: its Xid, if any, shows for ``visible_s``; then nothing does."""
        if not self.lost[gpu]:
            self.lost[gpu], self.hidden_in_s[gpu] = True, visible_s
            if xid is not None:
                self.health.tell(gpu, xid)

    def find(self, gpu: int) -> None:
        """Bring a lost GPU back as after a restart: its counters begin again."""
        self.lost[gpu], self.hidden_in_s[gpu] = False, np.inf
        self.health.forget_xids(range(gpu, gpu + 1))
        self.energy_j[gpu] = 0.0

    def _set_utilisation(self, dt_s: float) -> None:
        wanted = np.where(self.forced_busy, 1.0, self.workload.demand)
        wanted[self.lost | self.health.hung | self.shut_down | self.off] = 0.0
        self.utilisation += (wanted - self.utilisation) * (1 - math.exp(-dt_s / RAMP_S))

    def _throttle(self, dt_s: float) -> None:
        excess_k = self.core_c - SLOWDOWN_C
        change = np.where(
            excess_k > 0, -0.02 * excess_k, np.where(self.core_c < RECOVER_C, 0.004, 0.0)
        )
        self.thermal_clock = np.clip(self.thermal_clock + change * dt_s, LEAST_CLOCK, 1.0)
        self.shut_down = (self.core_c >= SHUTDOWN_C) | (self.shut_down & (self.core_c > RESTART_C))

    def _set_power(self) -> None:
        load_w = np.maximum(self._dynamic_w * self.utilisation, 1e-9)
        cap = ((POWER_LIMIT_W - IDLE_W) / load_w) ** (1 / CLOCK_EXPONENT)
        hot = np.where(self.core_c >= HARDWARE_SLOWDOWN_C, 0.5, 1.0)
        self.clock = np.minimum(np.minimum(cap, self.thermal_clock), hot)
        self.power_w = IDLE_W + load_w * self.clock**CLOCK_EXPONENT
        self.power_w[self.shut_down | self.off] = 0.0
