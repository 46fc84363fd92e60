"""Xid events of one GPU, waited for in a thread of its worker.

An event tells of nothing before its registration. Nothing is ever asked of the handle in an
event: the GPU that had a Xid 79 is gone, and asking may end the process. There is one GPU in this
process, so whose event it is needs no asking.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from drivers.gpu.nvml.ways import GPU_IS_LOST, MISMATCH, TIMEOUT, UNINITIALIZED

WAIT_MS = 1000
_SHORTEST_BACK_OFF_S, _LONGEST_BACK_OFF_S = 1.0, 30.0
_WHOLE_GPU = 0xFFFF_FFFF
_ENDS = frozenset({GPU_IS_LOST, MISMATCH, UNINITIALIZED})


class XidWatch:
    """Registers for Xids at once and waits for them in a daemon thread.

    ``tell`` is called in that thread with the Xid and a sentence. ``problem`` says why there are
    no events, empty where there are.
    """

    def __init__(self, nvml: Any, handle: Any, tell: Callable[[int, str], None]) -> None:
        self._nvml = nvml
        self._tell = tell
        self._back_off_s = _SHORTEST_BACK_OFF_S
        self._events: Any = None
        self.problem = self._register(handle)

    def start(self) -> None:
        """Begin to wait, where there is something to wait for."""
        if not self.problem:
            threading.Thread(target=self._run, name="xid", daemon=True).start()

    def _register(self, handle: Any) -> str:
        nvml = self._nvml
        try:
            if (
                not nvml.nvmlDeviceGetSupportedEventTypes(handle)
                & nvml.nvmlEventTypeXidCriticalError
            ):
                return "this GPU or this system tells no Xid events"
            self._events = nvml.nvmlEventSetCreate()
            nvml.nvmlDeviceRegisterEvents(handle, nvml.nvmlEventTypeXidCriticalError, self._events)
        except nvml.NVMLError as error:
            return f"Xid events are not to be had: {error}"
        return ""

    def _run(self) -> None:
        while True:
            try:
                event = self._nvml.nvmlEventSetWait_v2(self._events, WAIT_MS)
            except self._nvml.NVMLError as error:
                if error.value in _ENDS:
                    return  # the next look says so itself
                if error.value != TIMEOUT:
                    time.sleep(self._back_off_s)
                    self._back_off_s = min(self._back_off_s * 2, _LONGEST_BACK_OFF_S)
                continue
            self._back_off_s = _SHORTEST_BACK_OFF_S
            self._tell(int(event.eventData), _words(event))


def _words(event: Any) -> str:
    instance = event.gpuInstanceId
    where = "" if instance == _WHOLE_GPU else f" in GPU instance {instance}"
    return f"the driver reports Xid {event.eventData}{where}"
