"""A plant: tanks and hosts in simulated time, with faults on demand. No sockets, no clock."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from drivers.modbus.regmap import load_map
from drivers.simulator.effects import TANK_EFFECTS
from drivers.simulator.fault_kinds import Parameter
from drivers.simulator.faults import (
    FaultEvent,
    FaultSpec,
    fault_kind,
    with_defaults,
)
from drivers.simulator.fluid import load_fluid
from drivers.simulator.handling import handle
from drivers.simulator.host_effects import HOST_EFFECTS
from drivers.simulator.layout import build
from drivers.simulator.options import PlantOptions
from drivers.simulator.registers import Image
from drivers.simulator.site_file import site_tables, to_toml
from drivers.simulator.stepping import STEP_S, Steps
from drivers.simulator.units import HostUnit, TankUnit

FLUID = "gtl-light"
OnFault = Callable[[FaultEvent], None]
_Key = tuple[str, str, str]


class Plant:
    """Everything simulated. ``on_fault`` is called for every fault that begins or ends.

    ``clock`` tells the seconds since 1970 that some exporters write beside an Xid.
    Raises FileError for a register map that cannot be used, ValueError for a fault that is aimed
    at something that does not exist.
    """

    def __init__(
        self,
        options: PlantOptions,
        on_fault: OnFault | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.options = options
        self.on_fault = on_fault
        tanks, hosts = build(options, load_map(options.map), load_fluid(FLUID))
        for tank in tanks:
            tank.model.gpus.health.clock = clock
        self.tanks: dict[str, TankUnit] = {tank.id: tank for tank in tanks}
        self.hosts: dict[str, HostUnit] = {host.id: host for host in hosts}
        self._active: dict[_Key, FaultEvent] = {}
        self._steps = Steps()
        self._done = 0
        self._order = count()
        self._planned: list[tuple[float, int, FaultSpec]] = []
        self._ending: list[tuple[float, int, _Key, FaultEvent]] = []
        for spec in options.faults:
            self._aim(spec.name, spec.target, spec.parameters)
            heapq.heappush(self._planned, (spec.at_s, next(self._order), spec))

    @property
    def elapsed_s(self) -> float:
        """Simulated seconds since the start, in whole internal steps."""
        return self._done * STEP_S

    @property
    def active_faults(self) -> tuple[FaultEvent, ...]:
        """The faults that are there now, oldest first."""
        return tuple(self._active.values())

    def advance(self, dt_s: float) -> None:
        """Advance everything by ``dt_s`` of simulated time; parts of a step are kept for later."""
        for _ in range(self._steps.take(dt_s)):
            self._apply_due()
            for tank in self.tanks.values():
                tank.step()
            self._done += 1
        self._apply_due()

    def inject(
        self,
        name: str,
        target: str | None = None,
        *,
        duration_s: float | None = None,
        parameters: Mapping[str, object] | None = None,
    ) -> FaultEvent:
        """Begin a fault now and return it; one that is already there is returned as it is.

        Without a target it hits the first tank or host. Raises ValueError naming what is allowed.
        """
        unit, given = self._aim(name, target, parameters or {})
        key = (name, unit.id, _aspect(given))
        if key in self._active:
            return self._active[key]
        event = self._active[key] = FaultEvent(name, unit.id, self.elapsed_s, True, given)
        self._begin(event)
        if duration_s is not None:
            heapq.heappush(
                self._ending, (self.elapsed_s + duration_s, next(self._order), key, event)
            )
        self._tell(event)
        return event

    def clear(self, name: str, target: str | None = None) -> tuple[FaultEvent, ...]:
        """End every fault of that name on the target and return their ends; none is no error."""
        unit, _ = self._aim(name, target, {})
        keys = [key for key in self._active if key[:2] == (name, unit.id)]
        return tuple(self._end(key) for key in keys)

    def lift(self, host_id: str) -> None:
        """Lift a host out of its tank: lid open, level down, GPUs gone."""
        self._host(host_id).lift(out=True)

    def lower(self, host_id: str) -> None:
        """Lower a host back into its tank."""
        self._host(host_id).lift(out=False)

    def handle(self, act: str, host_id: str, amount: float = 1.0) -> None:
        """Do one act of work on a host (:data:`drivers.simulator.handling.ACTS`); ValueError."""
        handle(self._host(host_id), act, amount)

    def registers(self, tank_id: str) -> Image:
        """Return what a tank's controller holds now; raises KeyError for an unknown tank."""
        return self.tanks[tank_id].image()

    def exposition(self, host_id: str) -> str:
        """Return what a host's exporter shows now; raises KeyError for an unknown host."""
        return self.hosts[host_id].page() or ""

    def site(self, tank_ports: Mapping[str, int], host_ports: Mapping[str, int]) -> dict[str, Any]:
        """Return the tables of the site file that reads this plant on these ports."""
        tanks, hosts = list(self.tanks.values()), list(self.hosts.values())
        return site_tables(tanks, hosts, (self.options.map, FLUID), tank_ports, host_ports)

    def site_toml(self, tank_ports: Mapping[str, int], host_ports: Mapping[str, int]) -> str:
        """Return the text of that site file."""
        return to_toml(self.site(tank_ports, host_ports))

    def _apply_due(self) -> None:
        while self._planned and self._planned[0][0] <= self.elapsed_s:
            spec = heapq.heappop(self._planned)[2]
            self.inject(
                spec.name, spec.target, duration_s=spec.duration_s, parameters=spec.parameters
            )
        while self._ending and self._ending[0][0] <= self.elapsed_s:
            _, _, key, event = heapq.heappop(self._ending)
            if self._active.get(key) is event:
                self._end(key)

    def _aim(
        self, name: str, target: str | None, parameters: Mapping[str, object]
    ) -> tuple[TankUnit | HostUnit, dict[str, Parameter]]:
        kind = fault_kind(name)
        given = with_defaults(kind, parameters)
        if kind.applies_to == "tank":
            tank = self._tank(target)
            TANK_EFFECTS[name].check(tank, given)
            return tank, given
        host = self._host(target)
        HOST_EFFECTS[name].check(host, given)
        return host, given

    def _begin(self, event: FaultEvent) -> None:
        given = dict(event.parameters)
        if event.name in TANK_EFFECTS:
            TANK_EFFECTS[event.name].begin(self.tanks[event.target], given)
            return
        if "visible_s" in given:  # people read it in real seconds, whatever the speed
            given["visible_s"] = float(given["visible_s"]) * max(self.options.speed, 1.0)
        HOST_EFFECTS[event.name].begin(self.hosts[event.target], given)

    def _end(self, key: _Key) -> FaultEvent:
        begun = self._active.pop(key)
        if begun.name in TANK_EFFECTS:
            TANK_EFFECTS[begun.name].end(self.tanks[begun.target], begun.parameters)
        else:
            HOST_EFFECTS[begun.name].end(self.hosts[begun.target], begun.parameters)
        for other in self._active.values():
            if other.target == begun.target:
                self._begin(other)
        ended = FaultEvent(begun.name, begun.target, self.elapsed_s, False, begun.parameters)
        self._tell(ended)
        return ended

    def _tell(self, event: FaultEvent) -> None:
        if self.on_fault is not None:
            self.on_fault(event)

    def _tank(self, target: str | None) -> TankUnit:
        if target is None:
            return next(iter(self.tanks.values()))
        if target not in self.tanks:
            raise ValueError(f"there is no tank {target!r}; allowed are {_some(self.tanks)}")
        return self.tanks[target]

    def _host(self, target: str | None) -> HostUnit:
        """Return a host by its id, or the first one of a tank, or the first of all."""
        inside = [h for h in self.hosts.values() if target in {None, h.id, h.tank.id}]
        if not inside:
            known = _some([*self.hosts, *self.tanks])
            raise ValueError(f"there is no host {target!r}; allowed are {known}")
        return inside[0]


def _aspect(given: Mapping[str, Parameter]) -> str:
    """Name what makes a fault another one of its kind on the same tank or host."""
    if "gpu" in given:
        return f"{given['gpu']} {given.get('code', '')}"
    return str(given.get("point", ""))


def _some(ids: Mapping[str, object] | list[str]) -> str:
    """Name the ids, or the first and last of many."""
    names = list(ids)
    return ", ".join(names) if len(names) <= 12 else f"{', '.join(names[:6])} … {names[-1]}"
