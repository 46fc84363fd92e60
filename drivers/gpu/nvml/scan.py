"""Taking the inventory: a process for each scan, and another for what is left when one hangs.

A process of its own each time sees GPUs that came after another began, and loads the library
that belongs to the driver of now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from drivers.device import DeviceError, DeviceTimeoutError
from drivers.gpu.nvml.library import NvmlStartError
from drivers.gpu.nvml.patience import Patience
from drivers.gpu.nvml.process import ENDED, Message, WorkerProcess


@dataclass(frozen=True, slots=True)
class Found:
    """A GPU that was looked up: the index NVML gives it now, and who it is."""

    index: int
    identity: dict[str, str]

    @property
    def key(self) -> str:
        """Its UUID, or its place on the bus."""
        return self.identity.get("uuid") or self.identity.get("pci_bus_id") or f"index {self.index}"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An index that NVML counts and nobody can open: NVML's code, 0 for one that hangs."""

    index: int
    code: int
    text: str


@dataclass
class Inventory:
    """What a scan found; ``complete`` once every index is accounted for."""

    count: int = -1
    driver: str = ""
    found: dict[int, Found] = field(default_factory=dict)
    unreadable: dict[int, Unreadable] = field(default_factory=dict)
    complete: bool = False

    @property
    def settled(self) -> set[int]:
        """The indexes that need no other look."""
        return {*self.found, *self.unreadable}


class Scanner:
    """Takes inventories, one at a time."""

    def __init__(self, command: Sequence[str], patience: Patience) -> None:
        self._command = command
        self._patience = patience
        self._killed: list[WorkerProcess] = []
        self._times_s: dict[int | None, float] = {}
        self.abandoned = 0

    @property
    def stuck(self) -> Sequence[WorkerProcess]:
        """The processes that were ended by force and are still there."""
        self._killed = [process for process in self._killed if not process.gone]
        return self._killed

    async def scan(self, tell: Callable[[Inventory], None]) -> None:
        """Take one inventory; ``tell`` is called whenever it has grown. Raises DeviceError."""
        inventory = Inventory()
        while not inventory.complete:
            if len(self.stuck) >= self._patience.most_stuck:
                raise DeviceTimeoutError(
                    f"{len(self.stuck)} processes that asked NVML who is there hang in the "
                    "driver; no other is started until one of them ends"
                )
            looking = await self._pass(inventory, tell)
            if looking is not None:
                allowed_s = self._allowed_s(looking)
                self._times_s[looking] = min(allowed_s * 2, 4 * self._patience.lookup_s)
                words = f"looking it up takes more than {allowed_s:g} s"
                inventory.unreadable[looking] = Unreadable(looking, 0, words)
                tell(inventory)

    async def _pass(self, inventory: Inventory, tell: Callable[[Inventory], None]) -> int | None:
        """Listen to one process to its end; return the index at which it hung."""
        inbox: asyncio.Queue[Message] = asyncio.Queue()
        skip = ",".join(map(str, sorted(inventory.settled)))
        process = WorkerProcess([*self._command, "--inventory", "--skip", skip], inbox)
        looking: int | None = None
        try:
            while not inventory.complete:
                async with asyncio.timeout(self._allowed_s(looking)):
                    message = await inbox.get()
                looking = message.get("looking", looking)
                _take(inventory, message)
                tell(inventory)
        except TimeoutError:
            self.abandoned += 1
            if looking is None:
                raise DeviceTimeoutError(
                    f"NVML did not start within {self._patience.lookup_s:g} s; "
                    "its process was abandoned"
                ) from None
            return looking
        finally:
            process.kill()
            self._killed.append(process)
        return None

    def _allowed_s(self, looking: int | None) -> float:
        """A GPU that took too long gets twice the time at the next scan: it may have to wake."""
        return self._times_s.get(looking, self._patience.lookup_s)


def _take(inventory: Inventory, message: Message) -> None:
    if ENDED in message:
        raise DeviceError(str(message[ENDED]))
    if "failed" in message:
        raise NvmlStartError(str(message["failed"]["text"]), int(message["failed"]["code"]))
    if "count" in message:
        inventory.count, inventory.driver = int(message["count"]), str(message["driver"])
    elif "gpu" in message:
        told: Any = message["gpu"]
        inventory.found[told["index"]] = Found(told["index"], told["identity"])
    elif "unreadable" in message:
        told = message["unreadable"]
        inventory.unreadable[told["index"]] = Unreadable(**told)
    elif "end" in message:
        inventory.complete = True
