"""Simulated equipment behind a real server on loopback, read by the real device, in one loop."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from drivers.device import DeviceError
from drivers.modbus.device import CompiledMap, ModbusDevice
from drivers.modbus.regmap import RegisterMap
from drivers.points import Snapshot, Stamp
from drivers.ports import Port
from drivers.simulator.effects import TANK_EFFECTS
from drivers.simulator.fault_kinds import Parameter
from drivers.simulator.faults import FAULTS, with_defaults
from drivers.simulator.modbus_server import ModbusProtocol
from drivers.simulator.tank import Value
from drivers.simulator.units import TankUnit
from tests.unit.simulator.made import make_tank


class Clock:
    """Wall clock and monotonic clock that are put forward by hand."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> Stamp:
        now_s = time.monotonic() + self.ahead_s
        return Stamp(int(now_s * 1e6), now_s)


@dataclass
class Served:
    """A controller and the device that reads it; ``still`` holds what is kept from moving."""

    unit: TankUnit
    port: Port
    device: ModbusDevice
    clock: Clock
    still: dict[str, Value] = field(default_factory=dict)
    begun: dict[str, dict[str, Parameter]] = field(default_factory=dict)

    async def poll(self) -> Snapshot:
        """Poll everything, also what is read rarely; connects anew after a failure, as all do."""
        try:
            if not self.device.link.is_open:
                await self.device.connect()
            self.device.reads.forget()
            (snapshot,) = await self.device.poll()
        except DeviceError:
            await self.device.close()
            raise
        return snapshot

    def hold(self, values: Mapping[str, Value]) -> None:
        """Keep quantities where they are said to be."""
        self.still.update(values)
        self.unit.wrongs.stuck.update(values)
        self.unit.changed()

    def truth(self) -> dict[str, Value]:
        """What is so, whatever sensors and controller make of it."""
        return {**self.unit.true_values(), **self.still}

    def advance(self, seconds: float) -> None:
        """Let simulated time and the device's clock pass."""
        self.clock.ahead_s += seconds
        end_s = self.unit.elapsed_s + seconds
        while self.unit.elapsed_s < end_s - 1e-9:
            self.unit.step()

    def begin(self, name: str, **parameters: Any) -> None:
        """Begin a fault."""
        given = self.begun[name] = with_defaults(FAULTS[name], parameters)
        TANK_EFFECTS[name].check(self.unit, given)
        TANK_EFFECTS[name].begin(self.unit, given)

    def end(self, name: str) -> None:
        """End a fault."""
        TANK_EFFECTS[name].end(self.unit, self.begun.pop(name))


@contextlib.asynccontextmanager
async def served(
    regmap: RegisterMap,
    *,
    read_as: RegisterMap | None = None,
    seed: int = 7,
    period_s: float = 1.0,
    **device: Any,
) -> AsyncIterator[Served]:
    """Serve a map over TCP; the device reads it by the same map, or by ``read_as``."""
    unit = TankUnit("tank-1", 1, make_tank(seed, noise=True), regmap, seed)
    port = Port(lambda registry: ModbusProtocol(registry, unit.wire), "127.0.0.1", 0)
    await port.open()
    clock = Clock()
    url = f"tcp://127.0.0.1:{port.number}?unit={regmap.transport.unit_id}"
    compiled = CompiledMap.of(read_as or regmap)
    reader = ModbusDevice("tank-1", url, compiled, period_s=period_s, clock=clock, **device)
    try:
        yield Served(unit, port, reader, clock)
    finally:
        await reader.close()
        port.close()
        await asyncio.sleep(0.01)


def by_key(snapshot: Snapshot) -> Iterator[tuple[str, float | None, str]]:
    """Yield ``(key, value, reason)`` of every point."""
    for reading in snapshot.readings:
        yield reading.point.key, reading.value, reading.reason.word
