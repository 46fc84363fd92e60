"""This machine's GPUs through NVML, every one in a worker process of its own.

Nothing here waits for the driver: a GPU that does not answer costs the others nothing, and a
process that hangs is abandoned (docs/decisions/0012-one-process-per-gpu.md).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from drivers.device import DeviceError, DeviceTimeoutError
from drivers.gpu.nvml.library import named_library
from drivers.gpu.nvml.patience import Patience
from drivers.gpu.nvml.process import WORKER
from drivers.gpu.nvml.scan import Inventory, Scanner, Unreadable
from drivers.gpu.nvml.slot import Cost, GpuSlot
from drivers.gpu.nvml.ways import GPU_IS_LOST
from drivers.gpu.source import Capability, GpuFault, GpuSample, silence
from drivers.points import Reason, Stamp

_log = logging.getLogger(__name__)
_CLOSE_S = 0.5
_MOST_FAULTS = 1000
_URL = "nvml://local"


@dataclass(frozen=True, slots=True)
class Report:
    """How it goes, for ``gpu watch`` and for people: by the key of the GPU.

    ``trouble`` has one sentence for each GPU that is not read, and for ``inventory`` where that
    is stuck; ``abandoned`` counts processes given up because they hung, ``stuck`` those of them
    that are still there; ``cost`` is what looks take.
    """

    driver: str
    trouble: Mapping[str, str]
    abandoned: int
    stuck: int
    cost: Mapping[str, Cost]


class NvmlSource:
    """The source ``nvml://local``; all of it runs in the loop that connects it.

    ``command`` starts a worker where there is no interpreter to start one with (a frozen
    application: its own program with an argument that leads to
    :func:`drivers.gpu.nvml.worker.main`). ``library`` is another library than the driver's.
    """

    capabilities = frozenset({Capability.INVENTORY, Capability.SAMPLE, Capability.EVENTS})

    def __init__(
        self,
        *,
        period_s: float = 1.0,
        patience: Patience | None = None,
        library: str | None = None,
        command: Sequence[str] = WORKER,
    ) -> None:
        self.url = _URL
        self._patience = patience or Patience.for_period(period_s)
        named = named_library() if library is None else library
        self._command = [*command, *(("--library", named) if named else ())]
        self._slots: dict[str, GpuSlot] = {}
        self._strangers: dict[int, Unreadable] = {}
        self._faults: list[GpuFault] = []
        self._scanner = Scanner(self._command, self._patience)
        self._scanned = asyncio.Event()
        self._rescan = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._driver = ""
        self._problem: DeviceError | None = None
        self._abandoned_before = 0

    @property
    def report(self) -> Report:
        """How it goes now."""
        trouble = {slot.key: slot.trouble for slot in self._slots.values() if slot.trouble}
        trouble |= {f"index {i}": stranger.text for i, stranger in self._strangers.items()}
        if self._problem is not None:
            trouble["inventory"] = str(self._problem)
        slots = self._slots.values()
        return Report(
            driver=self._driver,
            trouble=trouble,
            abandoned=self._abandoned_before
            + self._scanner.abandoned
            + sum(slot.abandoned for slot in slots),
            stuck=len(self._scanner.stuck) + sum(len(slot.stuck) for slot in slots),
            cost={slot.key: slot.cost for slot in slots},
        )

    @property
    def pids(self) -> Mapping[str, int]:
        """The process of each GPU that has one."""
        return {slot.key: slot.pid for slot in self._slots.values() if slot.pid is not None}

    async def connect(self) -> None:
        """Take the inventory and start the workers; raises DeviceError where there is no NVML.

        Returns after a few seconds at most with what was found by then: a GPU that hangs must
        not keep the others.
        """
        await self.close()
        self._scanned, self._rescan = asyncio.Event(), asyncio.Event()
        self._task = asyncio.create_task(self._keep_inventory(), name="NVML inventory")
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self._patience.connect_s
        await _within(self._scanned.wait(), self._patience.connect_s)
        if self._problem is not None and not self._slots:
            raise self._problem
        waits = [slot.settled.wait() for slot in self._slots.values()]
        if waits:
            await _within(asyncio.gather(*waits), max(until_s - loop.time(), 0.0))

    async def inventory(self) -> Sequence[Mapping[str, str]]:
        """Return the identity of each GPU by index; raises DeviceError."""
        self._check()
        return [slot.identity for slot in self._by_index()]

    async def sample(self) -> Sequence[GpuSample]:
        """Look at every GPU; one that is late is in the answer without values.

        Raises DeviceError where there is none to look at.
        """
        self._check()
        slots = self._by_index()
        answers = [slot.ask() for slot in slots]
        waiting = [answer for answer in answers if answer is not None]
        if waiting:
            await asyncio.wait(waiting, timeout=self._patience.soft_s)
        found = [slot.sample(answer) for slot, answer in zip(slots, answers, strict=True)]
        return sorted([*found, *self._unknown()], key=lambda sample: sample.index)

    def faults(self) -> Sequence[GpuFault]:
        """Return the Xids and the abandoned processes since the last call, oldest first."""
        faults, self._faults = self._faults, []
        return sorted(faults, key=lambda fault: fault.time.mono_s)

    async def close(self) -> None:
        """End every process; waits a moment for those that end at once, and for no other."""
        tasks = [slot.close() for slot in self._slots.values()]
        if self._task is not None:
            self._task.cancel()
            tasks.append(self._task)
        self._abandoned_before += sum(slot.abandoned for slot in self._slots.values())
        leaving = list(self._slots.values())
        self._task, self._slots, self._strangers, self._problem = None, {}, {}, None
        if tasks:
            await asyncio.wait(tasks)
        until_s = asyncio.get_running_loop().time() + _CLOSE_S
        while self._scanner.stuck or any(slot.stuck for slot in leaving):
            if asyncio.get_running_loop().time() > until_s:
                _log.info("NVML processes that hang in the driver are left behind")
                return
            await asyncio.sleep(0.01)

    def _check(self) -> None:
        if self._slots or self._strangers:
            return
        if self._problem is not None:
            raise self._problem
        if self._scanned.is_set():
            raise DeviceError("NVML works and names no GPU")
        raise DeviceTimeoutError("NVML has not named a GPU yet")

    def _by_index(self) -> list[GpuSlot]:
        return sorted(self._slots.values(), key=lambda slot: slot.index)

    def _unknown(self) -> list[GpuSample]:
        """GPUs that are counted and that nobody has ever been able to look up."""
        return [
            GpuSample(
                index,
                {},
                *silence(Reason.DEVICE_LOST if one.code == GPU_IS_LOST else Reason.NO_COMMS),
            )
            for index, one in self._strangers.items()
        ]

    async def _keep_inventory(self) -> None:
        while True:
            self._rescan.clear()
            try:
                await self._scanner.scan(self._grown)
                self._problem = None
            except DeviceError as error:
                self._scan_failed(error)
            except Exception as error:  # noqa: BLE001  ours: in the log, and tried again
                _log.exception("the inventory of GPUs could not be understood")
                self._problem = DeviceError(f"internal error: {error!r}; see the log file")
            self._scanned.set()
            await _within(self._rescan.wait(), self._patience.rescan_s)

    def _scan_failed(self, error: DeviceError) -> None:
        """Keep what works: after an upgrade old workers fit the old kernel module, new ones not."""
        if self._problem is None:
            _log.info("the inventory of GPUs failed: %s", error)
        self._problem = error

    def _grown(self, inventory: Inventory) -> None:
        """Follow an inventory as it grows, and draw conclusions once it is complete."""
        for found in inventory.found.values():
            slot = self._slots.get(found.key)
            if slot is None:
                self._slots[found.key] = GpuSlot(
                    found,
                    [*self._command, "--slow-every-s", str(self._patience.slow_every_s)],
                    self._patience,
                    self._tell,
                    self._rescan.set,
                    self._restart_all,
                )
            else:
                slot.index = found.index
        if inventory.complete:
            self._conclude(inventory)

    def _conclude(self, inventory: Inventory) -> None:
        present = {found.key for found in inventory.found.values()}
        for key in present:
            # Not at the look that its loss brought about: what comes and goes is not back.
            if self._slots[key].lost_for_s > self._patience.rescan_s / 2:
                self._slots[key].revive()
        missing = {key: slot for key, slot in self._slots.items() if key not in present}
        before, self._strangers = self._strangers, {}
        for index, unreadable in inventory.unreadable.items():
            slot = _likely(missing, index)
            if slot is None:
                self._strangers[index] = unreadable
                if index not in before:
                    self._tell(GpuFault(f"index {index}", 0, unreadable.text, Stamp.now()))
                continue
            del missing[slot.key]
            if unreadable.code == GPU_IS_LOST:
                slot.lose(unreadable.text)
        for slot in missing.values():
            self._vanished(slot)
        if self._driver and inventory.driver != self._driver:
            _log.info("the NVIDIA driver is %s now, it was %s", inventory.driver, self._driver)
            self._restart_all()
        self._driver = inventory.driver

    def _vanished(self, slot: GpuSlot) -> None:
        """Let go of a GPU that NVML does not count any more; being absent says that it is lost."""
        xid = f"its last Xid was {slot.last_xid}" if slot.last_xid else "it reported no Xid"
        words = f"the driver does not list this GPU any more; {xid}"
        self._tell(GpuFault(slot.key, 0, words, Stamp.now()))
        self._abandoned_before += slot.abandoned
        slot.close()
        del self._slots[slot.key]

    def _restart_all(self) -> None:
        self._rescan.set()
        for slot in self._slots.values():
            slot.restart()

    def _tell(self, fault: GpuFault) -> None:
        self._faults = [*self._faults[-_MOST_FAULTS:], fault]


def _likely(missing: Mapping[str, GpuSlot], index: int) -> GpuSlot | None:
    """Which of the GPUs that were not found is behind an index that cannot be looked up."""
    for slot in missing.values():
        if slot.index == index:
            return slot
    return next(iter(missing.values())) if len(missing) == 1 else None


async def _within(awaitable: object, allowed_s: float) -> bool:
    """Wait for something for a limited time; return whether it came."""
    try:
        async with asyncio.timeout(allowed_s):
            await awaitable  # type: ignore[misc]
    except TimeoutError:
        return False
    return True
