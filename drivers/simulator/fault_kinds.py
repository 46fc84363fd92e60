"""What real controllers and real tanks do wrong, as data; :mod:`.effects` says how it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Parameter = float | int | str


@dataclass(frozen=True)
class FaultKind:
    """A fault that can be asked for. ``parameters`` holds every parameter with its default."""

    name: str
    description: str
    applies_to: Literal["tank", "host"]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


CONTROLLER_FAULTS: tuple[FaultKind, ...] = (
    FaultKind(
        "words_swapped",
        "The controller sends the words of every longer value in the other order than its map.",
        "tank",
    ),
    FaultKind(
        "bytes_swapped",
        "The controller sends the bytes of every register in the other order than its map.",
        "tank",
    ),
    FaultKind(
        "order_changed",
        "Somebody changes the register that chooses byte and word order.",
        "tank",
        {"code": 1},
    ),
    FaultKind(
        "units_changed",
        "Somebody changes the register that chooses units.",
        "tank",
        {"code": 1},
    ),
    FaultKind(
        "address_shift",
        "The controller counts its registers from one address up or down.",
        "tank",
        {"way": "up"},
    ),
    FaultKind(
        "controller_exception",
        "The controller answers requests with an exception: so many of them, or all for 0.",
        "tank",
        {"code": 4, "requests": 0},
    ),
    FaultKind(
        "short_reads",
        "The controller refuses reads of more registers than its map says.",
        "tank",
        {"most": 21},
    ),
    FaultKind(
        "gaps_refused",
        "The controller refuses every read that touches a register without a meaning.",
        "tank",
    ),
    FaultKind(
        "clients_refused",
        "The controller hangs up on more clients than it likes.",
        "tank",
        {"most": 1},
    ),
    FaultKind(
        "needs_rest",
        "The controller does not hear a request that follows the one before too closely.",
        "tank",
        {"rest_s": 0.02},
    ),
    FaultKind(
        "connection_drops",
        "The controller drops every connection after a while, in real time.",
        "tank",
        {"after_s": 5.0},
    ),
    FaultKind("identity_blank", "The controller answers texts with padding only.", "tank"),
    FaultKind(
        "slow_refresh",
        "A gateway answers every poll and asks the equipment itself only now and then.",
        "tank",
        {"refresh_s": 120.0},
    ),
    FaultKind(
        "sensor_failed",
        "A sensor fails: its value freezes, and only its fault bit says so.",
        "tank",
        {"point": "coolant_return_temperature"},
    ),
    FaultKind(
        "sensor_reads",
        "A sensor shows a value of its own: a tachometer that says 0, a wild number.",
        "tank",
        {"point": "pump[1].speed_percent", "value": 0.0},
    ),
    FaultKind(
        "sensor_drift",
        "A sensor drifts away from what it measures, upwards.",
        "tank",
        {"point": "coolant_supply_temperature", "per_min": 0.5},
    ),
    FaultKind(
        "quality_told",
        "The controller sets a bit that says something of a value: uncertain, stale, absent.",
        "tank",
        {"point": "level", "meaning": "uncertain"},
    ),
    FaultKind(
        "setpoint_overwritten",
        "The controller puts its own value back over whatever is written.",
        "tank",
        {"after_s": 1.0},
    ),
    FaultKind(
        "controller_restart",
        "The controller starts anew: connections are dropped, volatile writes forgotten.",
        "tank",
    ),
    FaultKind("clock_wrong", "The controller's clock is ahead.", "tank", {"seconds": 600.0}),
)
PHYSICAL_FAULTS: tuple[FaultKind, ...] = (
    FaultKind(
        "pump_changeover",
        "A coolant pump trips and the other one speeds up to stand in for it.",
        "tank",
    ),
    FaultKind(
        "exchanger_fouling",
        "The heat exchanger fouls and carries less heat little by little.",
        "tank",
        {"percent_per_min": 5.0, "most_percent": 60.0},
    ),
    FaultKind(
        "filter_clogging",
        "The filter clogs: more pressure is lost over it, and less flows.",
        "tank",
        {"percent_per_min": 50.0, "most_percent": 600.0},
    ),
    FaultKind(
        "fluid_thickening",
        "The fluid ages and thickens: less flows at the same pump speed.",
        "tank",
        {"percent_per_min": 20.0, "most_percent": 300.0},
    ),
)
