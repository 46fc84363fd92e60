"""The fake library itself: functions in C's manner, called by the real binding.

They take what the binding passes (handles, ``byref``, buffers) and return a code. They are as
strict as the worst driver: a handle that is null, or whose GPU was said to be lost, ends the
process as a segmentation fault would, and a struct without its version is refused.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import pynvml

from tests.fake_nvml.machine import GPU_IS_LOST, SUCCESS, Code, FakeGpu, FakeMachine, FieldAnswer

INVALID_ARGUMENT, NOT_SUPPORTED, NOT_FOUND, TIMEOUT, MISMATCH = 2, 3, 6, 10, 18
INSUFFICIENT_SIZE, VERSION_MISMATCH, UNINITIALIZED = 7, 25, 1
SEGMENTATION_FAULT = 139
_MEMBERS = ("dVal", "uiVal", "ulVal", "ullVal", "sllVal", "siVal", "usVal")
_SENSOR_IN_STRUCT = frozenset({"nvmlDeviceGetTemperatureV"})
_NO_GPU = frozenset({
    "nvmlInitWithFlags", "nvmlShutdown", "nvmlErrorString", "nvmlSystemGetDriverVersion",
    "nvmlSystemGetNVMLVersion", "nvmlDeviceGetCount_v2", "nvmlDeviceGetHandleByIndex_v2",
    "nvmlDeviceGetHandleByPciBusId_v2", "nvmlEventSetCreate", "nvmlEventSetWait_v2",
    "nvmlEventSetFree",
})  # fmt: skip


class HandleMisuseError(AssertionError):
    """A handle was used that may not be."""


def segfault(_words: str) -> None:
    """End the process as the real library did to others."""
    os._exit(SEGMENTATION_FAULT)


def complain(words: str) -> None:
    """Fail the test that runs in this process."""
    raise HandleMisuseError(words)


class FakeLibrary:
    """Stands where ``CDLL("libnvidia-ml.so.1")`` would."""

    def __init__(self, machine: FakeMachine, on_misuse: Callable[[str], None] = segfault) -> None:
        self.machine = machine
        self.asked: list[str] = []
        self._on_misuse = on_misuse
        self._functions: dict[str, Callable[..., Any]] = {}
        self._started = False
        self._handles = [pynvml.struct_c_nvmlDevice_t() for _ in range(64)]
        self._event_sets: list[list[tuple[FakeGpu, int]]] = []
        self._anchors = [pynvml.struct_c_nvmlEventSet_t() for _ in range(64)]

    def __getattr__(self, name: str) -> Any:
        """Return a C function; AttributeError is what a missing symbol is to the binding."""
        if not name.startswith("nvml") or not self.machine.exports(name):
            raise AttributeError(name)
        if name not in self._functions:
            self._functions[name] = self._function(name)
        return self._functions[name]

    def _function(self, name: str) -> Callable[..., Any]:
        if name in _NO_GPU:
            own = getattr(self, f"_{name}")

            def plain(*arguments: Any) -> Any:  # a method would not take the binding's restype
                return own(*arguments)

            return plain

        def of_gpu(handle: Any, *arguments: Any) -> int:
            self.asked.append(name)
            gpu = self._gpu(handle)
            code = self._before(gpu, name)
            return self._answer(gpu, name, arguments) if code == SUCCESS else code

        return of_gpu

    def _gpu(self, handle: Any) -> FakeGpu:
        address = ctypes.cast(handle, ctypes.c_void_p).value
        for gpu, anchor in zip(self.machine.gpus, self._handles, strict=False):
            if ctypes.addressof(anchor) == address:
                return gpu
        self._on_misuse(f"a handle that nobody was given: {address}")
        raise HandleMisuseError

    def _before(self, gpu: FakeGpu, name: str) -> int:
        """What is wrong whatever is asked."""
        self.machine.refresh()
        if not self._started:
            return UNINITIALIZED
        if gpu.said_lost:
            self._on_misuse(f"{name} on the handle of a GPU that is lost")
        if "*" in gpu.hangs or name in gpu.hangs:
            threading.Event().wait()
        if self._mismatched():
            return MISMATCH
        if self.machine.is_lost(gpu):
            gpu.said_lost = True
            return GPU_IS_LOST
        return SUCCESS

    def _mismatched(self) -> bool:
        after_s = self.machine.mismatch_after_s
        return after_s is not None and self.machine.age_s >= after_s

    def _answer(self, gpu: FakeGpu, name: str, arguments: tuple[Any, ...]) -> int:
        special = getattr(self, f"_{name}", None)
        if special is not None:
            return int(special(gpu, *arguments))
        outputs = [a._obj for a in arguments if hasattr(a, "_obj")]
        if any(not _versioned(output) for output in outputs):
            return VERSION_MISMATCH
        given = _given(name, arguments, outputs)
        answer = gpu.calls.get((name, *given), gpu.calls.get(name, Code(NOT_SUPPORTED)))
        if isinstance(answer, Code):
            return answer.value
        if isinstance(answer, str):
            arguments[0].value = answer.encode()
            return SUCCESS
        _fill(outputs, answer)
        return SUCCESS

    # What is the machine's.

    def _nvmlInitWithFlags(self, _flags: int) -> int:  # noqa: N802
        if self.machine.init_code == SUCCESS:
            self._started = True
        return self.machine.init_code

    def _nvmlShutdown(self) -> int:  # noqa: N802
        self._started = False
        return SUCCESS

    def _nvmlErrorString(self, code: int) -> bytes:  # noqa: N802
        return f"error {code} of the fake".encode()

    def _nvmlSystemGetDriverVersion(self, buffer: Any, _size: Any) -> int:  # noqa: N802
        buffer.value = self.machine.driver.encode()
        return SUCCESS

    def _nvmlSystemGetNVMLVersion(self, buffer: Any, _size: Any) -> int:  # noqa: N802
        buffer.value = f"13.{self.machine.driver}".encode()
        return SUCCESS

    def _nvmlDeviceGetCount_v2(self, count: Any) -> int:  # noqa: N802
        count._obj.value = len(self.machine.gpus)
        return SUCCESS

    def _nvmlDeviceGetHandleByIndex_v2(self, index: Any, handle: Any) -> int:  # noqa: N802
        return self._open(index.value, handle)

    def _nvmlDeviceGetHandleByPciBusId_v2(self, bus_id: Any, handle: Any) -> int:  # noqa: N802
        wanted = bus_id.value.decode().lower()
        for index, gpu in enumerate(self.machine.gpus):
            if gpu.bus_id.lower() == wanted:
                return self._open(index, handle)
        return NOT_FOUND

    def _open(self, index: int, handle: Any) -> int:
        self.machine.refresh()
        if not self._started:
            return UNINITIALIZED
        if not 0 <= index < len(self.machine.gpus):
            return INVALID_ARGUMENT
        gpu = self.machine.gpus[index]
        if "*" in gpu.hangs:
            threading.Event().wait()
        if self._mismatched():
            return MISMATCH
        if self.machine.is_lost(gpu):
            return GPU_IS_LOST
        if gpu.lookup_code != SUCCESS:
            return gpu.lookup_code
        handle._obj.contents = self._handles[index]
        return SUCCESS

    # What is a GPU's, where an answer out of a table will not do.

    def _nvmlDeviceGetUUID(self, gpu: FakeGpu, buffer: Any, _size: Any) -> int:  # noqa: N802
        buffer.value = gpu.uuid.encode()
        return SUCCESS

    def _nvmlDeviceGetPciInfo_v3(self, gpu: FakeGpu, info: Any) -> int:  # noqa: N802
        info._obj.busId = gpu.bus_id
        return SUCCESS

    def _nvmlDeviceGetFieldValues(self, gpu: FakeGpu, count: Any, values: Any) -> int:  # noqa: N802
        for answer in values._obj[: count.value]:
            known = gpu.fields.get((answer.fieldId, answer.scopeId), gpu.fields.get(answer.fieldId))
            if isinstance(known, FieldAnswer):
                answer.valueType = known.kind
                # All ones first: whoever reads the wrong member of the union sees it.
                answer.value.ullVal = 2**64 - 1
                setattr(answer.value, _MEMBERS[known.kind], known.value)
                answer.nvmlReturn = SUCCESS
            else:
                answer.nvmlReturn = known.value if known else NOT_SUPPORTED
        return SUCCESS

    def _nvmlDeviceGetRetiredPages(  # noqa: N802
        self, gpu: FakeGpu, cause: Any, count: Any, pages: Any
    ) -> int:
        known = gpu.calls.get(("nvmlDeviceGetRetiredPages", cause.value), Code(NOT_SUPPORTED))
        if isinstance(known, Code):
            return known.value
        room, count._obj.value = count._obj.value, known
        return SUCCESS if pages is not None and room >= known else INSUFFICIENT_SIZE

    def _nvmlDeviceRegisterEvents(self, gpu: FakeGpu, types: Any, events: Any) -> int:  # noqa: N802
        if types.value & ~gpu.calls.get("nvmlDeviceGetSupportedEventTypes", 0):
            return NOT_SUPPORTED
        self._event_set(events).append((gpu, 0))
        return SUCCESS

    def _nvmlEventSetCreate(self, events: Any) -> int:  # noqa: N802
        events._obj.contents = self._anchors[len(self._event_sets)]
        self._event_sets.append([])
        return SUCCESS

    def _nvmlEventSetFree(self, _events: Any) -> int:  # noqa: N802
        return SUCCESS

    def _nvmlEventSetWait_v2(self, events: Any, data: Any, timeout_ms: Any) -> int:  # noqa: N802
        registered = self._event_set(events)
        until_s = time.monotonic() + timeout_ms.value / 1000
        while True:
            self.machine.refresh()
            for place, (gpu, told) in enumerate(registered):
                if told < len(gpu.xids) and self.machine.age_s >= gpu.xids[told][0]:
                    registered[place] = (gpu, told + 1)
                    data._obj.eventType = pynvml.nvmlEventTypeXidCriticalError
                    data._obj.eventData = gpu.xids[told][1]
                    data._obj.gpuInstanceId = data._obj.computeInstanceId = 0xFFFF_FFFF
                    return SUCCESS
            if time.monotonic() >= until_s:
                return TIMEOUT
            time.sleep(0.005)

    def _event_set(self, events: Any) -> list[tuple[FakeGpu, int]]:
        address = ctypes.cast(events, ctypes.c_void_p).value
        for known, anchor in zip(self._event_sets, self._anchors, strict=False):
            if ctypes.addressof(anchor) == address:
                return known
        self._on_misuse(f"an event set that nobody was given: {address}")
        raise HandleMisuseError


def _versioned(output: Any) -> bool:
    """Whether a struct that has a version carries the one of its own size."""
    if not isinstance(output, ctypes.Structure) or not hasattr(output, "version"):
        return True
    return bool(output.version & 0xFF_FFFF == ctypes.sizeof(output) and output.version >> 24)


def _given(name: str, arguments: tuple[Any, ...], outputs: list[Any]) -> tuple[int, ...]:
    if name in _SENSOR_IN_STRUCT:
        return (outputs[0].sensorType,)
    simple = (a.value if hasattr(a, "value") else a for a in arguments if not hasattr(a, "_obj"))
    return tuple(value for value in simple if isinstance(value, int))


def _fill(outputs: list[Any], answer: Any) -> None:
    if isinstance(answer, dict):
        for member, value in answer.items():
            setattr(outputs[0], member, value)
        return
    for output, value in zip(
        outputs, answer if isinstance(answer, tuple) else (answer,), strict=True
    ):
        output.value = value
