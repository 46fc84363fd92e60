"""What each fault does to the plant when it begins and when it is cleared.

``begin`` may be called again for a fault that is already there; it then changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from drivers.simulator.faults import Parameter
from drivers.simulator.modbus_server import Manner
from drivers.simulator.units import HostUnit, TankUnit

UnitT = TypeVar("UnitT")
Given = Mapping[str, Parameter]


class Effect(Generic[UnitT]):
    """A pair of changes to a tank or host; ``check`` raises ValueError where it cannot be done."""

    def __init__(
        self,
        begin: Callable[[UnitT, Given], None],
        end: Callable[[UnitT, Given], None],
        check: Callable[[UnitT, Given], None] = lambda _unit, _given: None,
    ) -> None:
        self.begin = begin
        self.end = end
        self.check = check


def _trip(tank: TankUnit, given: Given) -> None:
    for pump in tank.model.hydraulics.pumps[: int(given["pumps"])]:
        pump.tripped = True


def _restart(tank: TankUnit, _given: Given) -> None:
    for pump in tank.model.hydraulics.pumps:
        pump.tripped = False


def _lose_water(tank: TankUnit, _given: Given) -> None:
    tank.model.facility.lost = True


def _restore_water(tank: TankUnit, _given: Given) -> None:
    tank.model.facility.lost = False


def _leak(tank: TankUnit, given: Given) -> None:
    tank.model.leak_l_min = float(given["l_per_min"])


def _repair(tank: TankUnit, _given: Given) -> None:
    tank.model.repair_leak()


def _check_point(tank: TankUnit, given: Given) -> None:
    tank.check_point(str(given["point"]))


def _stick(tank: TankUnit, given: Given) -> None:
    point = str(given["point"])
    tank.stuck.setdefault(point, tank.model.readings()[point])
    tank.changed()


def _unstick(tank: TankUnit, given: Given) -> None:
    tank.stuck.pop(str(given["point"]), None)
    tank.changed()


def _check_sentinel(tank: TankUnit, given: Given) -> None:
    _check_point(tank, given)
    if not tank.encoder.can_show_no_value(str(given["point"])):
        raise ValueError(f"the register map has no sentinel and no fault bit for {given['point']}")


def _break(tank: TankUnit, given: Given) -> None:
    tank.broken.add(str(given["point"]))
    tank.changed()


def _mend(tank: TankUnit, given: Given) -> None:
    tank.broken.discard(str(given["point"]))
    tank.changed()


def _behave(manner: Manner) -> Callable[[TankUnit, Given], None]:
    def begin(tank: TankUnit, given: Given) -> None:
        tank.wire.manner = manner
        tank.wire.delay_s = float(given.get("delay_s", 0.0))

    return begin


def _gpu(host: HostUnit, given: Given) -> int:
    return host.gpu_at(int(given["gpu"]))


def _check_gpu(host: HostUnit, given: Given) -> None:
    _gpu(host, given)


def _lose_gpu(host: HostUnit, given: Given) -> None:
    host.bank.lose(_gpu(host, given), float(given["visible_s"]))


def _find_gpu(host: HostUnit, given: Given) -> None:
    host.bank.find(_gpu(host, given))


def _block_sink(host: HostUnit, given: Given) -> None:
    gpu = _gpu(host, given)
    host.bank.rth_factor[gpu] = host.bank.rth_factor_most[gpu] = max(float(given["factor"]), 1.0)
    host.bank.forced_busy[gpu] = True


def _drift(host: HostUnit, given: Given) -> None:
    gpu = _gpu(host, given)
    host.bank.rth_drift_per_s[gpu] = float(given["percent_per_min"]) / 100 / 60
    host.bank.rth_factor_most[gpu] = 1 + float(given["most_percent"]) / 100


def _renew_paste(host: HostUnit, given: Given) -> None:
    gpu, bank = _gpu(host, given), host.bank
    bank.rth_factor[gpu], bank.rth_factor_most[gpu] = 1.0, float("inf")
    bank.rth_drift_per_s[gpu], bank.forced_busy[gpu] = 0.0, False


TANK_EFFECTS: dict[str, Effect[TankUnit]] = {
    "pump_trip": Effect(_trip, _restart),
    "facility_water_lost": Effect(_lose_water, _restore_water),
    "slow_leak": Effect(_leak, _repair),
    "sensor_stuck": Effect(_stick, _unstick, _check_point),
    "sensor_sentinel": Effect(_break, _mend, _check_sentinel),
    "controller_silent": Effect(_behave(Manner.SILENT), _behave(Manner.NORMAL)),
    "controller_slow": Effect(_behave(Manner.SLOW), _behave(Manner.NORMAL)),
    "controller_refused": Effect(_behave(Manner.REFUSED), _behave(Manner.NORMAL)),
}
HOST_EFFECTS: dict[str, Effect[HostUnit]] = {
    "gpu_lost": Effect(_lose_gpu, _find_gpu, _check_gpu),
    "gpu_throttling": Effect(_block_sink, _renew_paste, _check_gpu),
    "paste_drift": Effect(_drift, _renew_paste, _check_gpu),
}
