"""What each fault does to the plant when it begins and when it is cleared.

``begin`` may be called again for a fault that is already there; it then changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from drivers.simulator.controller_effects import CONTROLLER_EFFECTS
from drivers.simulator.effect import Effect, Given
from drivers.simulator.modbus_server import Manner
from drivers.simulator.units import TankUnit


def _check_tank(tank: TankUnit, _given: Given) -> None:
    if not tank.is_tank:
        raise ValueError(f"{tank.id} is no tank whose physics is simulated")


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
    tank.spec(str(given["point"]))


def _stick(tank: TankUnit, given: Given) -> None:
    point = str(given["point"])
    tank.wrongs.stuck.setdefault(point, tank.values()[point])
    tank.changed()


def _unstick(tank: TankUnit, given: Given) -> None:
    tank.wrongs.stuck.pop(str(given["point"]), None)
    tank.changed()


def _check_sentinel(tank: TankUnit, given: Given) -> None:
    _check_point(tank, given)
    if not tank.encoder.can_show_no_value(str(given["point"])):
        raise ValueError(f"the register map has no sentinel and no fault bit for {given['point']}")


def _break(tank: TankUnit, given: Given) -> None:
    tank.wrongs.broken.add(str(given["point"]))
    tank.changed()


def _mend(tank: TankUnit, given: Given) -> None:
    tank.wrongs.broken.discard(str(given["point"]))
    tank.changed()


def _behave(manner: Manner) -> Callable[[TankUnit, Given], None]:
    def begin(tank: TankUnit, given: Given) -> None:
        tank.wire.manner = manner
        tank.wire.delay_s = float(given.get("delay_s", 0.0))

    return begin


def _change_over(tank: TankUnit, _given: Given) -> None:
    first, *others = tank.model.hydraulics.pumps
    first.tripped = True
    for pump in others:
        pump.target = 1.0


def _change_back(tank: TankUnit, _given: Given) -> None:
    for pump in tank.model.hydraulics.pumps:
        pump.tripped, pump.target = False, tank.model.parameters.pump_speed
        pump.speed = min(pump.speed, pump.target)


def _rate(given: Given) -> tuple[float, float]:
    return float(given["percent_per_min"]) / 100 / 60, float(given["most_percent"]) / 100


def _foul(tank: TankUnit, given: Given) -> None:
    rate, most = _rate(given)
    tank.model.facility.fouling_per_s, tank.model.facility.fouling_most = rate, min(most, 0.99)


def _clean(tank: TankUnit, _given: Given) -> None:
    tank.model.facility.fouling_per_s = tank.model.facility.fouling = 0.0


def _clog(tank: TankUnit, given: Given) -> None:
    rate, most = _rate(given)
    tank.model.hydraulics.clogging_per_s, tank.model.hydraulics.clogging_most = rate, 1 + most


def _change_filter(tank: TankUnit, _given: Given) -> None:
    tank.model.hydraulics.clogging_per_s, tank.model.hydraulics.clogging = 0.0, 1.0


def _thicken(tank: TankUnit, given: Given) -> None:
    rate, most = _rate(given)
    tank.model.hydraulics.thickening_per_s, tank.model.hydraulics.thickening_most = rate, 1 + most


def _change_fluid(tank: TankUnit, _given: Given) -> None:
    tank.model.hydraulics.thickening_per_s, tank.model.hydraulics.thickening = 0.0, 1.0


TANK_EFFECTS: dict[str, Effect[TankUnit]] = {
    "pump_trip": Effect(_trip, _restart, _check_tank),
    "facility_water_lost": Effect(_lose_water, _restore_water, _check_tank),
    "slow_leak": Effect(_leak, _repair, _check_tank),
    "sensor_stuck": Effect(_stick, _unstick, _check_point),
    "sensor_sentinel": Effect(_break, _mend, _check_sentinel),
    "controller_silent": Effect(_behave(Manner.SILENT), _behave(Manner.NORMAL)),
    "controller_slow": Effect(_behave(Manner.SLOW), _behave(Manner.NORMAL)),
    "controller_refused": Effect(_behave(Manner.REFUSED), _behave(Manner.NORMAL)),
    "pump_changeover": Effect(_change_over, _change_back, _check_tank),
    "exchanger_fouling": Effect(_foul, _clean, _check_tank),
    "filter_clogging": Effect(_clog, _change_filter, _check_tank),
    "fluid_thickening": Effect(_thicken, _change_fluid, _check_tank),
    **CONTROLLER_EFFECTS,
}
