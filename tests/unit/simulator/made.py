"""What several tests build: tanks, plants, and a transport that only remembers."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np

from drivers.ports import RequestProtocol
from drivers.simulator.fluid import load_fluid
from drivers.simulator.gpus import GpuBank
from drivers.simulator.options import PlantOptions
from drivers.simulator.plant import Plant
from drivers.simulator.tank import TankModel, TankParameters

FLUID = load_fluid("gtl-light")
NOW_S = 1_795_262_651.0


def make_tank(
    seed: int = 1, *, hosts: int = 0, gpus: int = 8, noise: bool = False, **parameters: Any
) -> TankModel:
    """A tank of 50 kW without GPUs, unless told otherwise; without noise its load stands still."""
    rng = np.random.default_rng(seed)
    bank = GpuBank(hosts, gpus, rng)
    chosen = {"base_load_w": 50_000.0, **parameters}
    return TankModel(TankParameters(noise=noise, **chosen), FLUID, bank, rng)


def make_plant(**options: Any) -> Plant:
    """A small plant, unless told otherwise."""
    return Plant(PlantOptions(**{"tanks": 2, "hosts": 4, **options}), clock=lambda: NOW_S)


class FakeTransport(asyncio.Transport):
    """Remembers what a protocol wrote and whether it closed or paused."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = bytearray()
        self.closed = False
        self.paused = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += data

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


class Guests:
    """The connections that are signed in."""

    def __init__(self) -> None:
        self.present: set[asyncio.Transport] = set()

    def joined(self, transport: asyncio.Transport) -> None:
        self.present.add(transport)

    def left(self, transport: asyncio.Transport) -> None:
        self.present.discard(transport)


def connected(protocol: RequestProtocol) -> FakeTransport:
    """Connect a protocol to a transport that only remembers."""
    transport = FakeTransport()
    protocol.connection_made(transport)
    return transport
