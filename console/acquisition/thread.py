"""The thread that owns every connection: a stock asyncio loop, one task per device."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import traceback
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from console.acquisition.latest import LatestStore
from console.acquisition.loop import EquipmentLoop
from console.acquisition.poller import Poller, Sink
from drivers.device import Device
from drivers.points import Stamp

_TICK_S = 1.0
_MOST_TURNS = 10
_log = logging.getLogger(__name__)
ResultT = TypeVar("ResultT")


class AcquisitionThread:
    """Polls all devices, each in its own task, their phases spread over the period in few turns."""

    def __init__(
        self,
        devices: Sequence[Device],
        latest: LatestStore,
        sink: Sink,
        clock: Callable[[], Stamp] = Stamp.now,
        prepare: Callable[[], None] = lambda: None,
    ) -> None:
        self._devices = devices
        self._prepare = prepare
        self._latest = latest
        self._sink = sink
        self._clock = clock
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._ready = threading.Event()

    def start(self) -> None:
        """Start polling; returns as soon as the loop runs."""
        self._thread = threading.Thread(target=self._run, name="acquisition", daemon=True)
        self._thread.start()
        self._ready.wait()

    def stop(self, timeout_s: float) -> bool:
        """Cancel every task and return whether the thread ended in time.

        Tasks are cancelled, not waited for: a silent tank cannot hold up the end. A thread that
        does not end is named in the log with its stack, and left to the end of the process.
        """
        thread, loop, stop = self._thread, self._loop, self._stop
        if thread is None or loop is None or stop is None:
            return True
        if thread.is_alive():
            loop.call_soon_threadsafe(stop.set)
        thread.join(timeout_s)
        if thread.is_alive():
            frame = sys._current_frames().get(thread.ident or 0)  # noqa: SLF001  the documented way
            where = "".join(traceback.format_stack(frame)) if frame else "unknown"
            _log.error(
                "the acquisition thread did not end within %s s; it is at\n%s", timeout_s, where
            )
            return False
        self._thread = None
        return True

    def submit(self, work: Coroutine[Any, Any, ResultT]) -> Future[ResultT]:
        """Run something where the connections live, from any thread; raises RuntimeError.

        It is cancelled when the thread stops.
        """
        loop = self._loop
        if loop is None or loop.is_closed():
            work.close()
            raise RuntimeError("the acquisition thread does not run")
        return asyncio.run_coroutine_threadsafe(work, loop)

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=EquipmentLoop) as runner:
                runner.run(self._main())
        except Exception:  # noqa: BLE001  the last line of defence of this thread
            _log.exception("the acquisition thread ended by a fault; no value is live any more")
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        self._prepare()
        shares = phases(len(self._devices))
        pollers = [
            Poller(device, self._latest, self._sink, device.period_s * share)
            for device, share in zip(self._devices, shares, strict=True)
        ]
        tasks = [asyncio.create_task(poller.run()) for poller in pollers]
        tasks.append(asyncio.create_task(self._tick()))
        await self._stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _tick(self) -> None:
        while True:
            try:
                self._sink.tick()
            except Exception:  # noqa: BLE001  ours: seen in the log, time goes on
                _log.exception("letting time pass failed")
            await asyncio.sleep(_TICK_S)


def phases(count: int) -> Sequence[float]:
    """Return when in its period each device is polled, as a share of it: spread, in ten turns.

    A thread that wakes for every device by itself finds its caches cold each time: 64 exporters
    took 12 % of a core in 64 turns and 6.5 % in ten (tests/benchmarks/test_gpu_session.py).
    """
    turns = min(count, _MOST_TURNS)
    return [number * turns // count / turns for number in range(count)]
