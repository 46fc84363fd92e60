"""The tanks and hosts that follow from a plant's options and seed."""

from __future__ import annotations

import numpy as np

from drivers.modbus.regmap import RegisterMap
from drivers.simulator.exporter import DcgmExporter, HostExporter
from drivers.simulator.fluid import Fluid
from drivers.simulator.gpus import DYNAMIC_W, IDLE_W, GpuBank
from drivers.simulator.options import PlantOptions
from drivers.simulator.seats import Identity, Seats
from drivers.simulator.smi_exporter import SmiExporter
from drivers.simulator.tank import TankModel, TankParameters
from drivers.simulator.units import HostUnit, TankUnit
from drivers.simulator.workload import BUSY_AT_START, INTENSITY

USUAL_SLOTS = 12
RATED_W = 55_000.0
USUAL_LOAD_W = (45_000.0, 54_000.0)
HOST_OVERHEAD_W = 1_000.0
HOST_MASS_KG = 50.0
CHASSIS_L, GPU_L = 6.0, 3.0
EVERY_SMI, EVERY_DEFAULT = 4, 6


def build(
    options: PlantOptions, regmap: RegisterMap, fluid: Fluid
) -> tuple[list[TankUnit], list[HostUnit]]:
    """Build the tanks, and the hosts spread over them in turn."""
    tanks, hosts = [], []
    for number in range(1, options.tanks + 1):
        seats = range(number, options.hosts + 1, options.tanks)
        tank = _tank(options, number, len(seats), regmap, fluid)
        tanks.append(tank)
        hosts += [_host(options, tank, host, slot) for slot, host in enumerate(seats, 1)]
    return tanks, sorted(hosts, key=lambda host: host.number)


def draw_parameters(rng: np.random.Generator, hosts: int, gpus_per_host: int) -> TankParameters:
    """Draw a tank for so many hosts: no two are quite alike."""
    gpu_w = BUSY_AT_START * (IDLE_W + DYNAMIC_W * sum(INTENSITY) / 2) * hosts * gpus_per_host
    base_w = max(rng.uniform(*USUAL_LOAD_W) - gpu_w, HOST_OVERHEAD_W * (hosts + 1))
    return TankParameters(
        it_mass_kg=max(400.0, HOST_MASS_KG * hosts),
        slots=max(USUAL_SLOTS, hosts),
        level_reference_mm=round(rng.uniform(814, 822), 1),
        base_load_w=base_w,
        pump_speed=rng.uniform(0.74, 0.79),
        facility_c=rng.uniform(27.0, 30.5),
        ambient_c=rng.uniform(22.0, 26.0),
        filter_factor=rng.uniform(0.9, 1.35),
        energy_kwh=rng.uniform(20_000, 400_000),
        scale=max(1.0, (gpu_w + base_w) / RATED_W),
    )


def _tank(
    options: PlantOptions, number: int, hosts: int, regmap: RegisterMap, fluid: Fluid
) -> TankUnit:
    rng = np.random.default_rng((options.seed, 0, number))
    parameters = draw_parameters(rng, hosts, options.gpus_per_host)
    bank = GpuBank(hosts, options.gpus_per_host, np.random.default_rng((options.seed, 1, number)))
    model = TankModel(parameters, fluid, bank, rng)
    return TankUnit(f"tank-{number}", number, model, regmap, options.seed * 1000)


def _host(options: PlantOptions, tank: TankUnit, number: int, slot: int) -> HostUnit:
    rng = np.random.default_rng((options.seed, 2, number))
    name, gpus = f"node-{number}", options.gpus_per_host
    bought, spares = (tuple(Identity.draw(rng) for _ in range(gpus)) for _ in range(2))
    seats = Seats(tank.model.gpus, (slot - 1) * gpus, bought, spares)
    displaced_l = CHASSIS_L + GPU_L * gpus
    return HostUnit(
        name, number, tank, slot, seats, displaced_l, _exporter(options, name, number, seats)
    )


def _exporter(options: PlantOptions, name: str, number: int, seats: Seats) -> HostExporter:
    """Return a host's exporter; where kinds are mixed, those of the rarer kind are spread out."""
    kind, counters = options.exporter, options.counters
    if kind == "nvidia_gpu_exporter" or (kind == "mixed" and number % EVERY_SMI == 0):
        return SmiExporter(seats)
    recommended = counters == "recommended" or (counters == "mixed" and number % EVERY_DEFAULT != 0)
    return DcgmExporter(name, seats, recommended=recommended)
