"""How controllers go wrong on the wire and in what they say; see :mod:`.fault_kinds`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drivers.modbus.datatypes import Order
from drivers.simulator.effect import Effect, Given
from drivers.simulator.modbus_server import Quirks
from drivers.simulator.units import TankUnit

_OTHER: dict[Order, Order] = {"big": "little", "little": "big"}


def _quirk(**changes: Callable[[Given], Any]) -> Effect[TankUnit]:
    """Return the effect that sets habits of the server, and back again."""

    def begin(tank: TankUnit, given: Given) -> None:
        for name, of in changes.items():
            setattr(tank.wire.quirks, name, of(given))

    def end(tank: TankUnit, _given: Given) -> None:
        usual = Quirks()
        for name in changes:
            setattr(tank.wire.quirks, name, getattr(usual, name))

    return Effect(begin, end)


def _swap(*, words: bool) -> Effect[TankUnit]:
    def begin(tank: TankUnit, _given: Given) -> None:
        byte_order, word_order = tank.encoder.regmap.orders
        swapped = (byte_order, _OTHER[word_order]) if words else (_OTHER[byte_order], word_order)
        tank.encoder.orders = swapped
        tank.changed()

    def end(tank: TankUnit, _given: Given) -> None:
        tank.encoder.orders = None
        tank.changed()

    return Effect(begin, end)


def _choose(*, units: bool) -> Effect[TankUnit]:
    """Return the effect that changes the first register that chooses orders, or units."""

    def place(tank: TankUnit) -> Any:
        regmap = tank.encoder.regmap
        chooser = next(iter(regmap.units_registers), None) if units else regmap.order_register
        if chooser is None:
            raise ValueError(f"the register map of {tank.id} has no such register")
        return chooser

    def begin(tank: TankUnit, given: Given) -> None:
        chooser = place(tank)
        tank.encoder.scales.chosen[chooser.area, chooser.address] = int(given["code"])
        tank.changed()

    def end(tank: TankUnit, _given: Given) -> None:
        chooser = place(tank)
        at = chooser.area, chooser.address
        tank.encoder.scales.chosen[at] = tank.encoder.scales.usual[at]
        tank.changed()

    def check(tank: TankUnit, _given: Given) -> None:
        place(tank)

    return Effect(begin, end, check)


def _check_point(tank: TankUnit, given: Given) -> None:
    tank.spec(str(given["point"]))


def _fail(tank: TankUnit, given: Given) -> None:
    point = str(given["point"])
    tank.wrongs.stuck.setdefault(point, tank.values()[point])
    tank.wrongs.failed.add(point)
    tank.changed()


def _check_bit(tank: TankUnit, given: Given) -> None:
    _check_point(tank, given)
    point, meaning = str(given["point"]), str(given.get("meaning", "fault"))
    if not tank.encoder.can_tell(point, meaning):
        raise ValueError(f"the register map has no bit that calls {point} {meaning}")


def _show(tank: TankUnit, given: Given) -> None:
    tank.wrongs.stuck[str(given["point"])] = float(given["value"])
    tank.changed()


def _free(tank: TankUnit, given: Given) -> None:
    point = str(given["point"])
    tank.wrongs.stuck.pop(point, None)
    tank.wrongs.failed.discard(point)
    tank.changed()


def _drift(tank: TankUnit, given: Given) -> None:
    rate = float(given["per_min"]) / 60
    tank.wrongs.drifting.setdefault(str(given["point"]), (rate, tank.elapsed_s))


def _calibrate(tank: TankUnit, given: Given) -> None:
    tank.wrongs.drifting.pop(str(given["point"]), None)
    tank.changed()


def _tell(tank: TankUnit, given: Given) -> None:
    tank.wrongs.told[str(given["point"])] = str(given["meaning"])
    tank.changed()


def _untell(tank: TankUnit, given: Given) -> None:
    tank.wrongs.told.pop(str(given["point"]), None)
    tank.changed()


def _blank(tank: TankUnit, _given: Given) -> None:
    regmap = tank.encoder.regmap
    tank.encoder.texts = dict.fromkeys((*(text.key for text in regmap.identity), "probe"), "")
    tank.changed()


def _name(tank: TankUnit, _given: Given) -> None:
    tank.encoder.texts = {}
    tank.changed()


def _refresh(tank: TankUnit, given: Given) -> None:
    tank.image()
    tank.wrongs.refresh_s = float(given["refresh_s"])


def _refresh_always(tank: TankUnit, _given: Given) -> None:
    tank.wrongs.refresh_s = 0.0
    tank.changed()


def _overwrite(tank: TankUnit, given: Given) -> None:
    tank.held.overwritten_after_s = float(given["after_s"])


def _keep(tank: TankUnit, _given: Given) -> None:
    tank.held.overwritten_after_s = None


def _restart(tank: TankUnit, _given: Given) -> None:
    tank.held.restart()
    for client in tuple(tank.wire.clients):
        client.hang_up()
    tank.changed()


def _check_clock(tank: TankUnit, _given: Given) -> None:
    clocks = [s for s in tank.encoder.regmap.points if s.type in {"unixtime", "hhmm"}]
    if tank.bench is None or not clocks:
        raise ValueError(f"the register map of {tank.id} has no clock")


def _set_clock(tank: TankUnit, seconds: float) -> None:
    if tank.bench is not None:
        tank.bench.clock_drift_s = seconds
    tank.changed()


CONTROLLER_EFFECTS: dict[str, Effect[TankUnit]] = {
    "words_swapped": _swap(words=True),
    "bytes_swapped": _swap(words=False),
    "order_changed": _choose(units=False),
    "units_changed": _choose(units=True),
    "address_shift": _quirk(address_shift=lambda given: 1 if given["way"] == "up" else -1),
    "controller_exception": _quirk(
        exception=lambda given: int(given["code"]),
        exceptions=lambda given: int(given["requests"]) or None,
    ),
    "short_reads": _quirk(most_registers=lambda given: int(given["most"])),
    "gaps_refused": _quirk(refuses_gaps=lambda _given: True),
    "clients_refused": _quirk(most_clients=lambda given: int(given["most"])),
    "needs_rest": _quirk(rest_s=lambda given: float(given["rest_s"])),
    "connection_drops": _quirk(drops_after_s=lambda given: float(given["after_s"])),
    "identity_blank": Effect(_blank, _name),
    "slow_refresh": Effect(_refresh, _refresh_always),
    "sensor_failed": Effect(_fail, _free, _check_bit),
    "sensor_reads": Effect(_show, _free, _check_point),
    "sensor_drift": Effect(_drift, _calibrate, _check_point),
    "quality_told": Effect(_tell, _untell, _check_bit),
    "setpoint_overwritten": Effect(_overwrite, _keep),
    "controller_restart": Effect(_restart, lambda _tank, _given: None),
    "clock_wrong": Effect(
        lambda tank, given: _set_clock(tank, float(given["seconds"])),
        lambda tank, _given: _set_clock(tank, 0.0),
        _check_clock,
    ),
}
