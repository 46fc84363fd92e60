"""One device's poll loop: absolute deadlines, back-off with jitter, and no way to hurt another.

A cycle that fails, for whatever reason, is a state of that device and a sentence; the loop goes on.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from console.acquisition.latest import LatestStore, LinkState
from drivers.device import Device, DeviceError, DeviceTimeoutError
from drivers.points import Schema, Snapshot

_log = logging.getLogger(__name__)
_MOST_BACK_OFF_PERIODS = 5.0
_LONGEST_CONNECT_S = 5.0
_FAILURES_UNTIL_LOST = 2
"""One missed poll is a hiccup; two in a row are two seconds without eyes on the tank."""


class _InternalError(DeviceError):
    """A fault of this program, seen while polling."""

    kind = "internal"


class Sink(Protocol):
    """Where polls are delivered, on the acquisition thread."""

    def add_part(self, device: str, part: str, schema: Schema) -> None:
        """Make a part known."""

    def accept(self, device: str, snapshots: Sequence[Snapshot]) -> None:
        """Take the snapshots of one poll."""

    def link_changed(self, device: str, state: LinkState, message: str) -> None:
        """Take a change of the link."""

    def tick(self) -> None:
        """Let time pass, about once a second."""


class Poller:
    """Polls one device for ever; run by exactly one task."""

    def __init__(self, device: Device, latest: LatestStore, sink: Sink, phase_s: float) -> None:
        self._device = device
        self._latest = latest
        self._sink = sink
        self._phase_s = phase_s
        self._failures = 0
        self._connected = False
        self._polls = self._missed = 0
        self._errors: Counter[str] = Counter()
        self._worst_late_s = 0.0

    async def run(self) -> None:
        """Poll on absolute deadlines until cancelled."""
        loop, period_s = asyncio.get_running_loop(), self._device.period_s
        deadline_s = loop.time() + self._phase_s
        try:
            while True:
                await asyncio.sleep(deadline_s - loop.time())
                late_s = loop.time() - deadline_s
                await self._cycle(late_s)
                deadline_s += period_s * self._periods_to_wait()
                behind = loop.time() - deadline_s
                if behind > 0:
                    skipped = int(behind // period_s) + 1
                    self._missed += skipped
                    deadline_s += skipped * period_s
        finally:
            await self._device.close()

    def _periods_to_wait(self) -> float:
        """1 while it answers; up to 5 periods with jitter while it does not."""
        if self._failures <= _FAILURES_UNTIL_LOST:
            return 1.0
        doubled = 2.0 ** (self._failures - _FAILURES_UNTIL_LOST)
        return random.uniform(1.0, min(doubled, _MOST_BACK_OFF_PERIODS))

    async def _cycle(self, late_s: float) -> None:
        started_s = asyncio.get_running_loop().time()
        self._polls += 1
        self._worst_late_s = max(self._worst_late_s, late_s)
        try:
            snapshots = await self._ask()
            self._sink.accept(self._device.id, snapshots)
        except TimeoutError:
            await self._fail(DeviceTimeoutError(f"{self._device.url} did not answer in time"))
        except DeviceError as error:
            await self._fail(error)
        except Exception as error:  # noqa: BLE001  ours: seen in the log, the loop goes on
            _log.exception("polling %s failed", self._device.id)
            await self._fail(_InternalError(f"internal error: {error!r}; see the log file"))
        else:
            self._succeed(asyncio.get_running_loop().time() - started_s)

    async def _ask(self) -> Sequence[Snapshot]:
        """Connect where that is needed, which may take its time, and poll within the period."""
        within_s = self._device.period_s * 0.9
        if not self._connected:
            async with asyncio.timeout(max(within_s, _LONGEST_CONNECT_S)):
                await self._device.connect()
            self._connected = True
        async with asyncio.timeout(within_s):
            return await self._device.poll()

    def _succeed(self, round_trip_s: float) -> None:
        self._failures = 0
        self._note(round_trip_s=round_trip_s)
        self._sink.link_changed(self._device.id, LinkState.LIVE, "")

    async def _fail(self, error: DeviceError) -> None:
        self._failures += 1
        self._missed += 1
        self._errors[error.kind] += 1
        self._connected = False
        await self._device.close()
        self._note(message=str(error), errors=tuple(self._errors.most_common()))
        if self._failures >= _FAILURES_UNTIL_LOST:
            self._sink.link_changed(self._device.id, LinkState.LOST, str(error))

    def _note(self, **more: object) -> None:
        self._latest.set_link(
            self._device.id,
            polls=self._polls,
            missed=self._missed,
            worst_late_s=self._worst_late_s,
            **more,
        )
