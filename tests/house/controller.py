"""A controller to be asked over a real connection: served beside the test, in a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from drivers.ports import Port
from drivers.simulator.modbus_server import Manner, ModbusProtocol, Unit
from drivers.simulator.options import PlantOptions
from drivers.simulator.plant import Plant

MAP = "generic-single-phase"


@dataclass
class Controller:
    """Where it listens, and how it behaves: ``unit.manner`` may be changed at any time."""

    port: int
    unit: Unit
    plant: Plant

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self.port}?unit=1"


@contextmanager
def controller(manner: Manner = Manner.NORMAL) -> Iterator[Controller]:
    """Serve one simulated tank, a minute old."""
    from drivers.modbus.regmap import load_map

    plant = Plant(PlantOptions(tanks=1, hosts=1, gpus_per_host=2, seed=3), lambda _: None)
    plant.advance(60)
    tank = next(iter(plant.tanks))
    unit = Unit(lambda: plant.registers(tank), load_map(MAP).transport, manner)
    stop, ready = asyncio.Event(), threading.Event()
    loops: list[asyncio.AbstractEventLoop] = []
    port = Port(lambda registry: ModbusProtocol(registry, unit), "127.0.0.1", 0)

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        await port.open()
        ready.set()
        await stop.wait()
        port.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="controller")
    thread.start()
    if not ready.wait(10):
        raise TimeoutError("the controller did not start")
    try:
        yield Controller(port.number, unit, plant)
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join(10)
