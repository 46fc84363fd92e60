"""A source of GPUs driven through everything that follows it but the disk and the window."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from console.acquisition.latest import LatestStore
from console.acquisition.trends import TrendStore
from console.alarms.definitions import load_definitions
from console.alarms.engine import AlarmEngine
from console.cli.gpu_look import SeenGpu, findings_of
from console.health.gpu_findings import Finding
from console.history.events import EventDraft, Kind
from console.history.status import StorageReason, StorageState, StorageStatus
from console.session.alarms import AlarmRoom
from console.session.intake import Intake
from drivers.gpu.device import GpuDevice
from drivers.gpu.source import GpuFault, GpuSource
from drivers.points import Snapshot, Stamp

HOST = "node-1"
PERIOD_S = 0.1


class Recorder:
    """Keeps what the history would be told."""

    def __init__(self) -> None:
        self.drafts: list[EventDraft] = []
        self.kept: list[Snapshot] = []
        self.status = StorageStatus(StorageState.RECORDING, StorageReason.NONE, "", Stamp(0, 0.0))

    def record(self, draft: EventDraft) -> None:
        self.drafts.append(draft)

    def keep(self, snapshot: Snapshot) -> bool:
        self.kept.append(snapshot)
        return True


class Bench:
    """One host: its device, its intake and the shipped alarms, on the real clock."""

    def __init__(self, source: GpuSource) -> None:
        self.device = GpuDevice(HOST, source, period_s=PERIOD_S)
        self.recorder, self.latest = Recorder(), LatestStore()
        self.alarms = AlarmRoom(AlarmEngine(load_definitions([])), self.recorder.record)
        self.intake = Intake(self.latest, TrendStore(), self.recorder, self.alarms, {}, Stamp.now)
        self.latest.add_device(HOST, self.device.url, PERIOD_S)
        self.alarms.add_device(HOST, "host")
        self.seen: dict[str, Snapshot] = {}

    async def look(self) -> None:
        """Poll once, as the poller does."""
        snapshots = await self.device.poll()
        self.seen |= {snapshot.device: snapshot for snapshot in snapshots}
        self.intake.accept(HOST, snapshots)
        self.intake.tick()

    async def until(self, true: Callable[[Bench], bool], within_s: float = 20.0) -> None:
        """Poll until something holds."""
        deadline_s = time.monotonic() + within_s
        while True:
            await self.look()
            if true(self):
                return
            assert time.monotonic() < deadline_s, (self.kinds, self.seen)
            await asyncio.sleep(PERIOD_S)

    def pass_time(self, seconds: float, step_s: float = 5.0) -> None:
        """Let time pass in which every look says the same: delays of alarms run out."""
        now = Stamp.now()
        for n in range(1, round(seconds / step_s) + 1):
            later = Stamp(now.utc_us + round(n * step_s * 1e6), now.mono_s + n * step_s)
            same = [replace(s, time=later, happenings=()) for s in self.seen.values()]
            self.intake.accept(HOST, same)
            self.alarms.tick(later)

    def gpu(self, number: int = 0) -> Snapshot:
        """The last snapshot of a GPU."""
        return self.seen[f"{HOST}/gpu{number}"]

    @property
    def kinds(self) -> list[str]:
        """What became of it, in order, without the alarms."""
        return [d.kind for d in self.recorder.drafts if not d.kind.startswith("alarm.")]

    def told(self, number: int = 0) -> list[tuple[str, int | None]]:
        """The events of one GPU in order, each with its Xid."""
        part = f"{HOST}/gpu{number}"
        return [
            (str(d.kind), _code(d.body.get("code")))
            for d in self.recorder.drafts
            if d.subject == part and not d.kind.startswith(("alarm.", "condition."))
        ]

    def raised(self, number: int = 0) -> set[str]:
        """The alarms that were raised for one GPU."""
        part = f"{HOST}/gpu{number}"
        return {
            str(d.body["alarm"])
            for d in self.recorder.drafts
            if d.subject == part and d.kind == Kind.ALARM_RAISED
        }

    def advice(self, number: int = 0) -> list[Finding]:
        """What the GPU calls for: its readings, its neighbours, and the Xids that the log holds."""
        parts = sorted(self.seen)
        gpus = [
            SeenGpu(n, self.seen[part].identity, self.seen[part].values, self.seen[part].reasons)
            for n, part in enumerate(parts)
        ]
        faults = [
            GpuFault(d.subject, _code(d.body["code"]) or 0, "", d.time)
            for d in self.recorder.drafts
            if d.kind == Kind.GPU_XID
        ]
        return findings_of(gpus, parts, faults)[parts.index(f"{HOST}/gpu{number}")]


def _code(code: object) -> int | None:
    return code if isinstance(code, int) else None


def ids(found: Sequence[Finding]) -> dict[str, str]:
    """Findings as ``{id: action}``."""
    return {finding.id: finding.action for finding in found}
