"""The demo site without sockets and without waiting: for pictures and tests.

The simulator's registers and exporter text go through the same decoding, limits, trends and log as
live ones; only the wire and the clock are left out. The same options give the same picture.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from console.acquisition.latest import LinkState
from console.history.events import EventDraft, Kind
from console.session import Session
from console.site import check_site
from drivers.device import DeviceTimeoutError
from drivers.gpu.device import GpuDevice
from drivers.gpu.exposition import ExpositionReader
from drivers.modbus.device import ModbusDevice
from drivers.points import Snapshot, Stamp
from drivers.simulator.faults import FaultEvent, FaultSpec
from drivers.simulator.options import PlantOptions
from drivers.simulator.plant import Plant

if TYPE_CHECKING:
    from drivers.modbus.planner import Block
    from drivers.simulator.registers import Image

NOON_US = 1_795_262_651_000_000
"""2026-11-21 12:04:11 UTC: where the paused clock ends up, so that pictures never change."""
_TANK_STEP_S = 2.0
_HOST_STEP_S = 4.0
_HOST_HISTORY_S = 600.0
_STOP_S = 30.0
_SILENT = frozenset({"controller_silent", "controller_refused"})
_PORT = 1


class PausedDemo:
    """A session fed by hand: ``advance`` moves its clock and everything in it.

    The first ``seconds`` are run at once; faults name their moment in the same seconds. Close it
    when done; it holds the data folder.
    """

    def __init__(
        self,
        data: Path,
        options: PlantOptions,
        *,
        seconds: float = 1800.0,
        end_us: int = NOON_US,
        hosts_from_s: float | None = None,
    ) -> None:
        self._plant = Plant(options, self._on_fault)
        self._start_us = end_us - round(seconds * 1e6)
        self._elapsed_s = 0.0
        ports = dict.fromkeys([*self._plant.tanks, *self._plant.hosts], _PORT)
        loaded = check_site(self._plant.site(ports, ports), Path("demo site"))
        self.session = Session(loaded, data, clock=self.clock)
        self.session.is_demo = True
        self._tanks = {d.id: d for d in self.session.devices if isinstance(d, ModbusDevice)}
        self._hosts = {d.id: d for d in self.session.devices if isinstance(d, GpuDevice)}
        self._readers = {host: ExpositionReader() for host in self._hosts}
        self._silent: set[str] = set()
        self.session.start(acquire=False)
        first_s = seconds - _HOST_HISTORY_S if hosts_from_s is None else hosts_from_s
        self.advance(seconds, hosts_from_s=first_s)

    @property
    def plant(self) -> Plant:
        """The simulated equipment: to lift a server, or to break something while it is paused."""
        return self._plant

    def clock(self) -> Stamp:
        """The paused clock."""
        return Stamp(self._start_us + round(self._elapsed_s * 1e6), self._elapsed_s)

    def advance(self, seconds: float, *, hosts_from_s: float = 0.0) -> None:
        """Move on; hosts answer only from ``hosts_from_s`` on (their text is slow to read)."""
        end_s = self._elapsed_s + seconds
        while self._elapsed_s < end_s:
            step_s = min(_TANK_STEP_S, end_s - self._elapsed_s)
            self._elapsed_s += step_s
            self._plant.advance(step_s)
            self._poll_tanks()
            # Not intake.tick(): how long this disk takes is no part of a simulated site.
            self.session.alarms.tick(self.clock())
            due = self._elapsed_s % _HOST_STEP_S < step_s or self._elapsed_s >= end_s
            if due and self._elapsed_s >= hosts_from_s:
                self._poll_hosts()
        self._settle()

    def close(self) -> None:
        """End the session; hours of samples, told within seconds, take a while to be written."""
        self.session.stop(_STOP_S)

    def _poll_tanks(self) -> None:
        for tank_id, device in self._tanks.items():
            if tank_id in self._silent:
                message = f"{self.session.latest.link(tank_id).url} did not answer within 0.5 s"
                self._note(tank_id, LinkState.LOST, message)
                continue
            words = _words(device.reads.blocks, self._plant.registers(tank_id))
            self._accept(tank_id, [device.accept(words)])

    def _poll_hosts(self) -> None:
        for host_id, device in self._hosts.items():
            text = self._plant.exposition(host_id)
            samples = self._readers[host_id].read(text, self.clock()) if text else []
            self._accept(host_id, device.take(samples))

    def _accept(self, device: str, snapshots: Sequence[Snapshot]) -> None:
        self.session.intake.accept(device, snapshots)
        self._note(device, LinkState.LIVE, "")

    def _note(self, device: str, state: LinkState, message: str) -> None:
        latest = self.session.latest
        link = latest.link(device)
        missed = link.missed + (state is LinkState.LOST)
        errors = ((DeviceTimeoutError.kind, missed),) if missed else ()
        polls = link.polls + 1
        latest.set_link(device, polls=polls, missed=missed, round_trip_s=0.004, errors=errors)
        self.session.intake.link_changed(device, state, message)

    def _on_fault(self, event: FaultEvent) -> None:
        if event.name in _SILENT:
            (self._silent.add if event.active else self._silent.discard)(event.target)
        kind = Kind.FAULT_INJECTED if event.active else Kind.FAULT_CLEARED
        self.session.history.record(
            EventDraft(kind, event.target, {"fault": event.name}, self.clock())
        )

    def _settle(self) -> None:
        """Wait for the log: a picture shows what is on disk."""
        deadline_s = time.monotonic() + 30
        while self.session.history.feed.waiting and time.monotonic() < deadline_s:
            time.sleep(0.01)


def _words(blocks: Sequence[Block], image: Image) -> np.ndarray:
    found = []
    for block in blocks:
        data = image.read(block.area, block.address, block.count)
        if data is None:
            raise LookupError(f"the simulated controller does not hold {block}")
        dtype = np.uint8 if block.area.is_bits else np.dtype(">u2")
        found.append(np.frombuffer(data, dtype).astype(np.uint16))
    return np.concatenate(found)


def paused_demo(
    data: Path,
    *,
    tanks: int = 6,
    hosts: int = 6,
    gpus: int = 8,
    seed: int = 7,
    seconds: float = 1800.0,
    faults: Sequence[str] = (),
) -> PausedDemo:
    """Return a paused demo of these sizes; faults are written ``NAME[:TARGET]@SECONDS``."""
    specs = tuple(FaultSpec.parse(fault) for fault in faults)
    options = PlantOptions(tanks=tanks, hosts=hosts, gpus_per_host=gpus, seed=seed, faults=specs)
    return PausedDemo(data, options, seconds=seconds)
