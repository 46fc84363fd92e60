"""Questions to a controller that is not watched yet, asked beside everything else.

Each runs in a thread and an event loop of its own, can be given up at any moment, and ends by
itself after a bounded time. Nothing here writes to a controller.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from console.acquisition.loop import EquipmentLoop
from drivers.device import DeviceError
from drivers.files import FileError
from drivers.modbus.datatypes import Area
from drivers.modbus.device import CompiledMap, Inspection, ModbusDevice, link_of
from drivers.modbus.lines import Lines
from drivers.modbus.planner import Block
from drivers.modbus.probe import ProbeReport, probe
from drivers.modbus.regmap import RegisterMap, load_map, read_map, shipped_maps

_log = logging.getLogger(__name__)
ResultT = TypeVar("ResultT")
Tell = Callable[[str], None]
PROBE_LIMIT_S = 180.0
TRIAL_LIMIT_S = 15.0
_TRIAL_PERIOD_S = 5.0


@dataclass(frozen=True, slots=True)
class Outcome(Generic[ResultT]):
    """How an errand ended: a result, or in a sentence why there is none."""

    result: ResultT | None
    trouble: str = ""


class Errand(Generic[ResultT]):
    """One question on its way, from the moment it is made; any thread may look at it.

    ``progress`` is the last word the work told; ``outcome`` is None until it has ended, and stays
    so when it was given up.
    """

    def __init__(
        self, work: Callable[[Tell], Coroutine[Any, Any, ResultT]], limit_s: float
    ) -> None:
        self._work = work
        self._limit_s = limit_s
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[ResultT] | None = None
        self._given_up = False
        self._outcome: Outcome[ResultT] | None = None
        self.progress = ""
        self._thread = threading.Thread(target=self._run, name="errand", daemon=True)
        self._thread.start()

    @property
    def outcome(self) -> Outcome[ResultT] | None:
        """How it ended; None while it runs and when it was given up."""
        return None if self._given_up else self._outcome

    def give_up(self) -> None:
        """Ask no more; returns at once."""
        with self._lock:
            self._given_up = True
            if self._loop is not None and self._task is not None:
                self._loop.call_soon_threadsafe(self._task.cancel)

    def wait(self, timeout_s: float) -> bool:
        """Wait until the thread has ended; returns whether it has."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=EquipmentLoop) as runner:
                self._outcome = runner.run(self._bounded())
        except Exception as error:  # noqa: BLE001  ours: it must not leave anybody waiting
            _log.exception("asking a controller failed")
            self._outcome = Outcome(None, f"internal error: {error!r}; see the log file")

    async def _bounded(self) -> Outcome[ResultT]:
        try:
            async with asyncio.timeout(self._limit_s):
                return Outcome(await self._begun())
        except TimeoutError:
            return Outcome(None, f"no answer within {self._limit_s:g} s")
        except (DeviceError, FileError, ValueError) as error:
            return Outcome(None, str(error))
        except asyncio.CancelledError:
            return Outcome(None, "given up")
        finally:
            with self._lock:
                self._loop = self._task = None

    async def _begun(self) -> ResultT:
        task = asyncio.ensure_future(self._work(self._told))
        with self._lock:
            self._loop, self._task = asyncio.get_running_loop(), task
            if self._given_up:
                task.cancel()
        return await task

    def _told(self, word: str) -> None:
        self.progress = word


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """How well each map fits a controller; ``names`` is how the site file names each map id."""

    report: ProbeReport
    maps: Mapping[str, RegisterMap]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Trial:
    """One poll of a controller by a map, and how long it took with connecting, in seconds."""

    inspection: Inspection
    took_s: float


async def fingerprint(url: str, beside: Path | None, tell: Tell) -> Fingerprint:
    """Score every shipped map and those beside the site file; raises ValueError, DeviceError."""
    named = known_maps(beside)
    names = {regmap.id: name for name, regmap in named.items()}
    maps = {regmap.id: regmap for regmap in named.values()}
    report = await probe(url, list(maps.values()), progress=tell)
    if report.error:
        raise DeviceError(report.error)
    return Fingerprint(report, maps, names)


def known_maps(beside: Path | None) -> dict[str, RegisterMap]:
    """Return every map that can be used, by the name a site file gives it.

    A map beside the site file takes the place of a shipped one with its id; files there that are
    no maps, the site file among them, are passed over.
    """
    found = {name: load_map(name) for name in shipped_maps()}
    for file in sorted(beside.glob("*.toml")) if beside else ():
        try:
            own = read_map(file)
        except FileError:
            continue
        found = {name: regmap for name, regmap in found.items() if regmap.id != own.id}
        found[file.name] = own
    return found


async def try_map(url: str, regmap: RegisterMap) -> Trial:
    """Poll a controller once by a map; raises DeviceError, FileError, ValueError."""
    device = ModbusDevice("new", url, CompiledMap.of(regmap), period_s=_TRIAL_PERIOD_S)
    try:
        await device.connect()
        started_s = time.monotonic()
        await device.poll()
        took_s = time.monotonic() - started_s
    finally:
        await device.close()
    if device.inspection is None:
        raise DeviceError(f"{url}: the poll gave nothing")
    return Trial(device.inspection, took_s)


async def read_words(
    url: str, regmap: RegisterMap, area: Area, address: int, count: int
) -> tuple[int, ...]:
    """Read registers (or bits) in the manner of a map; raises DeviceError, ValueError."""
    link = link_of("new", url, regmap, _TRIAL_PERIOD_S, Lines())
    try:
        await link.connect()
        return tuple(int(word) for word in await link.read(Block(area, address, count)))
    finally:
        link.close()
