"""The simulator as a process: servers, real time, JSON lines out, JSON-line commands in.

Out: ``{"ready": {"site_toml", "tanks": {id: port}, "hosts": {id: port}}}`` once, then
``{"fault", "target", "at_s", "active", "parameters"}`` for every fault that begins or ends,
``{"warning": …}`` and ``{"error": …}``. In: ``{"inject": name, "target": id, "duration_s": s,
"parameters": {…}}``, ``{"clear": name, "target": id}``, ``{"lift": host}``, ``{"lower": host}``,
``{"handle": act, "target": host, "amount": x}`` (:mod:`.handling`).
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.files import FileError
from drivers.ports import Port
from drivers.simulator.commands import CommandReader, obey
from drivers.simulator.exporter_server import ExporterProtocol
from drivers.simulator.faults import FaultEvent
from drivers.simulator.modbus_server import Manner, ModbusProtocol
from drivers.simulator.options import Command, PlantOptions, read_arguments
from drivers.simulator.plant import Plant
from drivers.simulator.site_file import LOOPBACK
from drivers.simulator.stepping import STEP_S
from drivers.simulator.units import HostUnit, TankUnit

TICK_S = 0.1
MOST_BEHIND_S = 1.0
BUSY_S = 0.05
OPEN_FILES = 8192

Emit = Callable[[dict[str, Any]], None]


class Simulator:
    """A plant behind its ports, kept at real time times the speed until :meth:`stop`."""

    def __init__(self, options: PlantOptions, emit: Emit) -> None:
        self._emit = emit
        self.plant = Plant(options, self._on_fault)
        first_tank, first_host = options.modbus_port, options.gpu_port
        self._tank_ports = {
            tank.id: _modbus(tank, first_tank and first_tank + i)
            for i, tank in enumerate(self.plant.tanks.values())
        }
        self._host_ports = {
            host.id: _metrics(host, first_host and first_host + i)
            for i, host in enumerate(self.plant.hosts.values())
        }
        self._refusing: set[str] = set()
        self._stopping = asyncio.Event()
        self._warned = False

    @property
    def tanks(self) -> dict[str, int]:
        """The port of every tank."""
        return {key: port.number for key, port in self._tank_ports.items()}

    @property
    def hosts(self) -> dict[str, int]:
        """The port of every host."""
        return {key: port.number for key, port in self._host_ports.items()}

    @property
    def site_toml(self) -> str:
        """The site file that reads what is served."""
        return self.plant.site_toml(self.tanks, self.hosts)

    async def open(self) -> None:
        """Open every port; raises OSError naming one that is taken."""
        for port in (*self._tank_ports.values(), *self._host_ports.values()):
            await port.open()

    def close(self) -> None:
        """Close every port and drop every connection."""
        for port in (*self._tank_ports.values(), *self._host_ports.values()):
            port.close()

    def stop(self) -> None:
        """Let :meth:`run` return."""
        self._stopping.set()

    async def run(self) -> None:
        """Keep time until stopped, on absolute deadlines."""
        loop = asyncio.get_running_loop()
        last_s = deadline_s = loop.time()
        while not self._stopping.is_set():
            deadline_s = max(deadline_s + TICK_S, loop.time())
            await self._sleep(deadline_s - loop.time())
            now_s = loop.time()
            self._advance(min(now_s - last_s, MOST_BEHIND_S))
            last_s = now_s
            await self._reopen()

    def _advance(self, real_s: float) -> None:
        """Catch up in steps, but give the servers their turn when the computer cannot keep up."""
        due_s = real_s * self.plant.options.speed
        until_s = asyncio.get_running_loop().time() + BUSY_S
        while due_s > 0 and asyncio.get_running_loop().time() < until_s:
            self.plant.advance(min(due_s, STEP_S))
            due_s -= STEP_S
        if due_s > 0 and not self._warned:
            self._warned = True
            self._emit({"warning": "this computer is too slow for the speed asked for"})

    async def _sleep(self, delay_s: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), delay_s)
        except TimeoutError:
            return

    async def _reopen(self) -> None:
        for tank_id in tuple(self._refusing):
            if self.plant.tanks[tank_id].wire.manner is not Manner.REFUSED:
                self._refusing.discard(tank_id)
                try:
                    await self._tank_ports[tank_id].open()
                except OSError as error:
                    self._emit({"warning": f"{tank_id} cannot answer again: {error}"})

    def _on_fault(self, event: FaultEvent) -> None:
        tank = self.plant.tanks.get(event.target)
        if tank is not None and tank.wire.manner is Manner.REFUSED:
            self._refusing.add(tank.id)
            self._tank_ports[tank.id].close()
        self._emit(
            {
                "fault": event.name,
                "target": event.target,
                "at_s": event.at_s,
                "active": event.active,
                "parameters": dict(event.parameters),
            }
        )


async def serve(command: Command, emit: Emit) -> int:
    """Serve until told to stop; return the exit code: 2 where it could not start."""
    try:
        simulator = Simulator(command.options, emit)
        await simulator.open()
    except (ValueError, FileError, OSError) as error:
        emit({"error": str(error)})
        return 2
    try:
        _write_site(command.site_out, simulator.site_toml)
        _stop_on_signals(asyncio.get_running_loop(), simulator.stop)
        reader = CommandReader(
            asyncio.get_running_loop(),
            lambda line: obey(simulator.plant, line, emit),
            simulator.stop if command.attached else None,
        )
        if command.attached or not _is_terminal():
            reader.start()
        emit(
            {
                "ready": {
                    "site_toml": simulator.site_toml,
                    "tanks": simulator.tanks,
                    "hosts": simulator.hosts,
                }
            }
        )
        await simulator.run()
    except OSError as error:  # the site file cannot be written, or nobody reads our lines any more
        _try(emit, {"error": str(error)})
        return 2
    finally:
        simulator.close()
    return 0


def main(words: list[str] | None = None) -> int:
    """Run from a command line; return the exit code."""
    command = read_arguments(sys.argv[1:] if words is None else words)
    _allow_many_files()
    return asyncio.run(serve(command, write_line))


def write_line(content: dict[str, Any]) -> None:
    """Write one JSON line to standard output, unbuffered; raises OSError when nobody reads."""
    data = (json.dumps(content, ensure_ascii=False) + "\n").encode()
    while data:
        data = data[os.write(1, data) :]


def _modbus(tank: TankUnit, port: int) -> Port:
    return Port(lambda registry: ModbusProtocol(registry, tank.wire), LOOPBACK, port)


def _metrics(host: HostUnit, port: int) -> Port:
    return Port(lambda registry: ExporterProtocol(registry, host.page, host.wire), LOOPBACK, port)


def _write_site(path: Path | None, text: str) -> None:
    if path is not None:
        path.write_text(text, encoding="utf-8")


def _is_terminal() -> bool:
    """Whether a person may be typing: a job in the background must not read from a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def _try(emit: Emit, content: dict[str, Any]) -> None:
    try:
        emit(content)
    except OSError:
        return


def _stop_on_signals(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))


def _allow_many_files() -> None:
    """Raise the limit of open files where the system has one: a large plant has many ports."""
    try:
        import resource  # not on Windows
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
