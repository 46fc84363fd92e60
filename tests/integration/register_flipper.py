"""Many small controllers in one process, one register of each going bad at a known moment.

Prints the ports as JSON, then ``unit monotonic_s`` for each register as it changes.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time

from drivers.modbus.mapspec import Transport
from drivers.modbus.regmap import Area
from drivers.ports import Port
from drivers.simulator.modbus_server import ModbusProtocol, Unit
from drivers.simulator.registers import Image
from drivers.simulator.spans import Span

POINTS, NORMAL, BAD = 60, 40, 90
SETTLE_S, SPREAD_S = 5.0, 10.0


class Controller:
    """Sixty input registers at 40; the first one goes to 90."""

    def __init__(self) -> None:
        self.bad = False
        self.unit = Unit(self.image, Transport())
        self.port = Port(lambda registry: ModbusProtocol(registry, self.unit), "127.0.0.1", 0)

    def image(self) -> Image:
        first = BAD if self.bad else NORMAL
        data = b"".join(n.to_bytes(2, "big") for n in (first, *[NORMAL] * (POINTS - 1)))
        return Image({Area.INPUT: (Span(0, POINTS),)}, {Area.INPUT: (data,)})


async def main(count: int) -> None:
    """Serve, wait until the console is settled, flip one register after another."""
    units = [Controller() for _ in range(count)]
    for unit in units:
        await unit.port.open()
    print(json.dumps([unit.port.number for unit in units]), flush=True)  # noqa: T201  the parent reads it
    rng = random.Random(4)
    await asyncio.to_thread(sys.stdin.readline)
    moments = sorted((SETTLE_S + rng.random() * SPREAD_S, n) for n in range(count))
    began_s = time.monotonic()
    for moment_s, n in moments:
        await asyncio.sleep(max(0.0, began_s + moment_s - time.monotonic()))
        units[n].bad = True
        print(n, time.monotonic(), flush=True)  # noqa: T201  the parent reads it
    print("done", flush=True)  # noqa: T201  the parent reads it
    await asyncio.to_thread(sys.stdin.readline)
    for unit in units:
        unit.port.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
