"""The state of rest that a tank starts in, so that a demonstration needs no warm-up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from drivers.simulator.facility import VALVE_LEAST
from drivers.simulator.thermal import CELLS, IT_CONDUCTANCE_W_K

if TYPE_CHECKING:
    from drivers.simulator.tank import TankModel

HOTTEST_C = 150.0


def settle(tank: TankModel) -> None:
    """Put a tank at rest under its present load: at the setpoint if the valve can hold it."""
    setpoint_c = tank.facility.setpoint_c

    def surplus_at_valve(valve: float) -> float:
        return _surplus_w(tank, setpoint_c, valve)

    if surplus_at_valve(1.0) < 0:
        supply_c = _root(lambda c: _surplus_w(tank, c, 1.0), setpoint_c, HOTTEST_C)
        _surplus_w(tank, supply_c, 1.0)
    elif surplus_at_valve(VALVE_LEAST) > 0:
        supply_c = _root(
            lambda c: _surplus_w(tank, c, VALVE_LEAST), tank.facility.supply_c, setpoint_c
        )
        _surplus_w(tank, supply_c, VALVE_LEAST)
    else:
        surplus_at_valve(_root(surplus_at_valve, VALVE_LEAST, 1.0))
    body = tank.body
    body.it_c = body.bulk_c + tank.base_w / IT_CONDUCTANCE_W_K
    tank.gpus.settle(body.bulk_c)


def _surplus_w(tank: TankModel, supply_c: float, valve: float) -> float:
    """Lay the tank out around a supply temperature; return exchanger heat beyond what must go."""
    body, loop, facility = tank.body, tank.hydraulics, tank.facility
    facility.hold(valve)
    body.supply_c, body.cells_c = supply_c, [supply_c] * CELLS
    removed_w = needed_w = 0.0
    for _ in range(6):
        needed_w = tank.it_power_w - body.ambient_loss_w()
        loop.solve(body.return_c, body.bulk_c - facility.supply_c, tank.level_mm)
        rate_w_k = body.capacity_rate_w_k(loop.flow_l_min)
        step_k = needed_w / rate_w_k / CELLS
        body.cells_c = [supply_c + step_k * (i + 1) for i in range(CELLS)]
        removed_w = facility.heat_w(body.return_c, loop.flow_l_min, rate_w_k)
    facility.take(0.0, removed_w, body.return_c)
    return removed_w - needed_w


def _root(surplus: Callable[[float], float], low: float, high: float) -> float:
    """Return where a rising function crosses zero."""
    for _ in range(50):
        middle = (low + high) / 2
        if surplus(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
