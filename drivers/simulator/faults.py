"""Faults on demand, as data: what each is called, what it does, and what it may be aimed at."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from drivers.simulator.fault_kinds import (
    CONTROLLER_FAULTS,
    PHYSICAL_FAULTS,
    FaultKind,
    Parameter,
)
from drivers.simulator.host_fault_kinds import EXPORTER_FAULTS, GPU_FAULTS

FORM = "NAME[:TARGET]@SECONDS[+DURATION][,PARAMETER=VALUE]…"
_SPEC = re.compile(
    r"(?P<name>[^:@,+]+)(?::(?P<target>[^:@,+]+))?@(?P<at>[^:@,+]+)(?:\+(?P<lasts>[^:@,+]+))?"
    r"(?P<parameters>(?:,[^,]+)*)"
)


FAULTS: dict[str, FaultKind] = {
    kind.name: kind
    for kind in (
        FaultKind(
            "pump_trip",
            "A coolant pump trips and coasts down; the other one, if any, carries on at its speed.",
            "tank",
            {"pumps": 1},
        ),
        FaultKind(
            "facility_water_lost",
            "Facility water stops, so that the tank heats up with nothing to cool it.",
            "tank",
        ),
        FaultKind(
            "slow_leak",
            "Fluid is lost; the drip tray gets wet. Clearing it repairs, dries and tops up.",
            "tank",
            {"l_per_min": 2.0},
        ),
        FaultKind(
            "sensor_stuck",
            "A sensor keeps showing its last value.",
            "tank",
            {"point": "coolant_return_temperature"},
        ),
        FaultKind(
            "sensor_sentinel",
            "A sensor's wire breaks: the controller sends its sentinel and sets its fault bit.",
            "tank",
            {"point": "level"},
        ),
        FaultKind(
            "controller_silent",
            "The controller accepts connections and requests and never answers.",
            "tank",
        ),
        FaultKind(
            "controller_slow",
            "The controller answers every request after a delay in real time.",
            "tank",
            {"delay_s": 0.4},
        ),
        FaultKind(
            "controller_refused",
            "The controller closes its connections and refuses new ones.",
            "tank",
        ),
        *CONTROLLER_FAULTS,
        *PHYSICAL_FAULTS,
        *GPU_FAULTS,
        *EXPORTER_FAULTS,
    )
}


@dataclass(frozen=True)
class FaultSpec:
    """A fault planned for a moment of simulated time; ``duration_s`` None lasts until cleared."""

    name: str
    at_s: float
    target: str | None = None
    duration_s: float | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> FaultSpec:
        """Read :data:`FORM`; raises ValueError naming what is allowed."""
        match = _SPEC.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"a fault is written {FORM}, found {text!r}")
        name = match["name"]
        kind = fault_kind(name)
        lasts = match["lasts"]
        return cls(
            name,
            _seconds(match["at"], text),
            match["target"],
            None if lasts is None else _seconds(lasts, text),
            _parameters(kind, match["parameters"]),
        )

    def __str__(self) -> str:
        target = f":{self.target}" if self.target else ""
        lasts = "" if self.duration_s is None else f"+{_plain(self.duration_s)}"
        extra = "".join(f",{key}={value}" for key, value in self.parameters.items())
        return f"{self.name}{target}@{_plain(self.at_s)}{lasts}{extra}"


@dataclass(frozen=True)
class FaultEvent:
    """A fault that began or ended, at seconds of simulated time since the start."""

    name: str
    target: str
    at_s: float
    active: bool
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


def fault_kind(name: str) -> FaultKind:
    """Return a fault by name; raises ValueError naming those that there are."""
    if name not in FAULTS:
        raise ValueError(f"unknown fault {name!r}; allowed are {', '.join(FAULTS)}")
    return FAULTS[name]


def with_defaults(kind: FaultKind, given: Mapping[str, object]) -> dict[str, Parameter]:
    """Return all parameters of a fault; raises ValueError for an unknown one or a wrong type."""
    unknown = sorted(set(given) - set(kind.parameters))
    if unknown:
        allowed = ", ".join(kind.parameters) or "none"
        raise ValueError(f"{kind.name} has no parameter {unknown[0]!r}; allowed are {allowed}")
    converted = {key: _convert(kind, key, value) for key, value in given.items()}
    return {**kind.parameters, **converted}


def _parameters(kind: FaultKind, text: str) -> dict[str, Parameter]:
    pairs = [part.partition("=") for part in text.split(",") if part]
    given = {key.strip(): value.strip() for key, _, value in pairs}
    complete = with_defaults(kind, given)
    return {key: complete[key] for key in given}


def _convert(kind: FaultKind, key: str, value: object) -> Parameter:
    wanted = type(kind.parameters[key])
    try:
        converted: Parameter = wanted(str(value))
    except ValueError:
        converted = math.nan
    if isinstance(converted, str) or 0 <= converted < math.inf:
        return converted
    like = f"{wanted.__name__} like {kind.parameters[key]!r}"
    raise ValueError(f"{kind.name} {key} must be a {like}, found {value!r}")


def _plain(number: float) -> str:
    """Write a number so that it is read back as the same: 30, 1.5, 1e-05."""
    return repr(float(number)).removesuffix(".0")


def _seconds(text: str, whole: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e9:
        raise ValueError(f"seconds must be a number from 0, found {text!r} in {whole!r}")
    return value
