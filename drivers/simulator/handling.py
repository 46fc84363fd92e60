"""What hands do to a simulated server and its tank during work, one act at a time.

``Plant.lift`` does all at once, for faults and demonstrations; guided work needs the single acts.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from drivers.simulator.units import HostUnit

BURN_IN = 1.0
_Act = Callable[[HostUnit, float], None]


def _load(share: float) -> _Act:
    def act(host: HostUnit, _amount: float) -> None:
        host.force_load(share)

    return act


def _power(*, on: bool) -> _Act:
    def act(host: HostUnit, _amount: float) -> None:
        host.power(on=on)

    return act


def _lid(*, is_open: bool) -> _Act:
    def act(host: HostUnit, _amount: float) -> None:
        host.tank.model.lid_open = is_open

    return act


def _hoist(host: HostUnit, amount: float) -> None:
    if not 0 <= amount <= 1:
        raise ValueError(f"hoist takes the share that is out of the fluid, 0 to 1, found {amount}")
    host.hoist(amount)


def _setpoint(host: HostUnit, amount: float) -> None:
    if not 20 <= amount <= 60:
        raise ValueError(f"setpoint takes a supply temperature of 20 to 60 Cel, found {amount}")
    host.tank.model.facility.setpoint_c = amount


def _others(*, on: bool) -> _Act:
    def act(host: HostUnit, _amount: float) -> None:
        host.tank.model.others_off = not on

    return act


def _pour(host: HostUnit, amount: float) -> None:
    if not 0 <= amount <= 100:
        raise ValueError(f"pour takes litres, 0 to 100, found {amount}")
    host.tank.model.body.leak(-amount)


ACTS: dict[str, _Act] = {
    "drain": _load(0.0),
    "burn_in": _load(BURN_IN),
    "schedule": _load(math.nan),
    "power_off": _power(on=False),
    "power_on": _power(on=True),
    "open_lid": _lid(is_open=True),
    "close_lid": _lid(is_open=False),
    "hoist": _hoist,
    "setpoint": _setpoint,
    "pour": _pour,
    "others_off": _others(on=False),
    "others_on": _others(on=True),
}
"""drain: no job is left and none comes; burn_in: full load; schedule: jobs come and go again;
hoist: the share (``amount``) of the server that is out of the fluid; setpoint: the temperature of
the supply that the tank is turned to, Cel; pour: so many litres of fluid into the tank; others_off:
everything in the tank but its GPU servers is switched off."""


def handle(host: HostUnit, act: str, amount: float = 1.0) -> None:
    """Do one act; raises ValueError naming those that there are."""
    if act not in ACTS:
        raise ValueError(f"there is no act {act!r}; allowed are {', '.join(ACTS)}")
    ACTS[act](host, amount)
