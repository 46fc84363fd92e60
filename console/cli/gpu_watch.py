"""``gpu watch``: a source of GPU readings looked at again and again, a line for every event."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING

from rich.live import Live

from console.cli.gpu_look import SeenGpu, trouble_of
from console.cli.gpu_table import gpu_table
from console.cli.table import terminal
from console.gpu_words import tell_repeated, tell_reported, tell_unexpected, tell_xid
from console.text import tr
from drivers.device import DeviceError
from drivers.gpu.device import REPORTED, UNEXPECTED, GpuDevice
from drivers.gpu.xid_watch import REPEATED, XID
from drivers.points import Reason

if TYPE_CHECKING:
    from drivers.gpu.source import GpuSource
    from drivers.points import Happening, Snapshot

_LONGEST_BACK_OFF_S = 30.0
_GONE = {
    Reason.DEVICE_LOST: "The GPU is lost",
    Reason.NO_COMMS: "The GPU does not answer; its server does",
}
"""What is said when every value of a GPU is gone for one reason; a key of the catalogue each."""


class Watch:
    """Looks every ``period_s`` and tells what happened since the look before."""

    def __init__(self, source: GpuSource, period_s: float) -> None:
        self._device = GpuDevice("gpu", source, period_s=period_s)
        self._period_s = period_s
        self._seen: dict[str, Snapshot] = {}
        self._state: dict[str, Reason | None] = {}
        self._trouble = ""
        self._unread: list[str] = []
        self._is_open = False
        self._looks_s: list[float] = []

    async def look(self) -> list[str]:
        """Look once and return a line per event; a source that fails is an event as well.

        Raises DeviceError where it has never worked.
        """
        started_s = monotonic()
        try:
            if not self._is_open:
                await self._device.connect()
                self._is_open = True
                started_s = monotonic()
            snapshots = await self._device.poll()
        except DeviceError as error:
            self._is_open = False
            if not self._looks_s:
                raise
            return self._failed(str(error))
        self._looks_s = [*self._looks_s[-99:], monotonic() - started_s]
        lines = [tr("The source answers again.")] if self._trouble else []
        self._trouble = ""
        for snapshot in snapshots:
            if not snapshot.past:
                lines += self._news(snapshot)
        before, self._unread = self._unread, trouble_of(self._device.source)
        return [*lines, *(line for line in self._unread if line not in before)]

    async def close(self) -> None:
        """Let go of the source."""
        await self._device.close()

    @property
    def is_failing(self) -> bool:
        """Whether the last look failed."""
        return bool(self._trouble)

    @property
    def gpus(self) -> list[SeenGpu]:
        """Every GPU as it was last seen."""
        return [
            SeenGpu(_number(part), seen.identity, seen.values, seen.reasons)
            for part, seen in sorted(self._seen.items(), key=lambda item: _number(item[0]))
        ]

    @property
    def title(self) -> str:
        """Where, and how long looks take: the last, and the worst of the last hundred."""
        if self._trouble:
            return f"{self._device.url}  {self._trouble}"
        if not self._looks_s:
            return self._device.url
        last_ms, worst_ms = self._looks_s[-1] * 1000, max(self._looks_s) * 1000
        look = tr(
            "look {last} ms, worst {worst} ms", last=f"{last_ms:.0f}", worst=f"{worst_ms:.0f}"
        )
        return f"{self._device.url}  {look}"

    def _failed(self, trouble: str) -> list[str]:
        is_news = trouble != self._trouble
        self._trouble = trouble
        return [trouble] if is_news else []

    def _news(self, snapshot: Snapshot) -> Iterator[str]:
        who = _name(snapshot)
        known, state = snapshot.device in self._seen, _state(snapshot)
        before = self._state.get(snapshot.device)
        if state != before and (known or state is not None):
            yield f"{who}: {tr(_GONE[state]) if state else tr('The GPU answers again')}"
        self._seen[snapshot.device], self._state[snapshot.device] = snapshot, state
        for happening in snapshot.happenings:
            yield f"{who}: {_told(happening)}"


def _told(happening: Happening) -> str:
    if happening.kind == XID:
        return tell_xid(happening.body)
    if happening.kind == REPEATED:
        return tell_repeated(happening.body)
    if happening.kind == REPORTED:
        return tell_reported(happening.body)
    if happening.kind == UNEXPECTED:
        return tell_unexpected(happening.body)
    return tr("The expected GPU is back in its place")


def _state(snapshot: Snapshot) -> Reason | None:
    """The reason for which every value is gone, None for a GPU that is read."""
    for reason in _GONE:
        if (snapshot.reasons == reason).all():
            return reason
    return None


def _name(snapshot: Snapshot) -> str:
    serial = snapshot.identity.get("serial") or snapshot.identity.get("uuid") or ""
    return f"GPU {_number(snapshot.device)} {serial}".rstrip()


def _number(part: str) -> int:
    return int(part.rpartition("gpu")[2])


async def watch(source: GpuSource, period_s: float, seconds: float | None) -> None:
    """Watch until the time is up; a table in a terminal, else lines and the table at the end."""
    watched = Watch(source, period_s)
    console = terminal()
    live = Live(console=console, auto_refresh=False) if sys.stdout.isatty() else None
    try:
        if live:
            live.start()
        async for lines in _looks(watched, period_s, seconds):
            for line in lines:
                console.print(f"{datetime.now():%H:%M:%S}  {line}", markup=False, soft_wrap=True)  # noqa: DTZ005  the wall clock here
            if live:
                live.update(gpu_table(watched.gpus, watched.title, console.width), refresh=True)
    finally:
        if live:
            live.stop()
        await watched.close()
    if not live:
        console.print(gpu_table(watched.gpus, watched.title, console.width))


async def _looks(
    watched: Watch, period_s: float, seconds: float | None
) -> AsyncIterator[list[str]]:
    """Look on absolute deadlines, less and less often while the source fails."""
    started_s = due_s = monotonic()
    back_off_s = period_s
    while True:
        yield await watched.look()
        if watched.is_failing:
            due_s, back_off_s = monotonic() + back_off_s, min(back_off_s * 2, _LONGEST_BACK_OFF_S)
        else:
            due_s, back_off_s = max(due_s + period_s, monotonic()), period_s
        if seconds is not None and due_s > started_s + seconds:
            await asyncio.sleep(started_s + seconds - monotonic())
            return
        await asyncio.sleep(due_s - monotonic())
