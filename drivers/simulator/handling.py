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


ACTS: dict[str, _Act] = {
    "drain": _load(0.0),
    "burn_in": _load(BURN_IN),
    "schedule": _load(math.nan),
    "power_off": _power(on=False),
    "power_on": _power(on=True),
    "open_lid": _lid(is_open=True),
    "close_lid": _lid(is_open=False),
    "hoist": _hoist,
}
"""drain: no job is left and none comes; burn_in: full load; schedule: jobs come and go again;
hoist: the share (``amount``) of the server that is out of the fluid."""


def handle(host: HostUnit, act: str, amount: float = 1.0) -> None:
    """Do one act; raises ValueError naming those that there are."""
    if act not in ACTS:
        raise ValueError(f"there is no act {act!r}; allowed are {', '.join(ACTS)}")
    ACTS[act](host, amount)
