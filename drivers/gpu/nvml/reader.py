"""One GPU read through NVML: what it is, its points, its own limits.

A function that a driver lacks is looked for once in a process, which has one driver all its life.
What a GPU does not support is asked for again every half minute only: MIG, once switched off,
brings things back.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from drivers.gpu.nvml.calls import FAST, OFFSETS, SLOW, THRESHOLDS
from drivers.gpu.nvml.ways import (
    FUNCTION_NOT_FOUND,
    Call,
    Field,
    NoValueError,
    Query,
    field_number,
    reason_of,
)
from drivers.points import Reason

SLOW_EVERY_S = 30.0
_FIELDS = "nvmlDeviceGetFieldValues"
_WORST_LAST = (Reason.NOT_SUPPORTED, Reason.SENTINEL, Reason.NOT_EXPORTED)


@dataclass
class Look:
    """What one look found: values and reasons by point key, limits, and what it cost.

    ``took_s`` has ``fast`` and, where that was due, ``slow``, in seconds.
    """

    values: dict[str, float] = field(default_factory=dict)
    missing: dict[str, Reason] = field(default_factory=dict)
    own_limits: dict[str, float] = field(default_factory=dict)
    took_s: dict[str, float] = field(default_factory=dict)

    def put(self, other: Look) -> None:
        """Take over the points of another look."""
        self.values |= other.values
        self.missing |= other.missing


class GpuReader:
    """Reads one GPU by its handle. Raises GpuLostError, after which nothing may be asked."""

    def __init__(
        self,
        nvml: Any,
        handle: Any,
        *,
        slow_every_s: float = SLOW_EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._nvml = nvml
        self._handle = handle
        self._slow_every_s = slow_every_s
        self._clock = clock
        self._slow_due_s = clock()
        self._slow = Look()
        self._absent: set[str] = set()
        self._refused: set[Call | Field] = set()

    @property
    def absent(self) -> frozenset[str]:
        """The functions that this driver does not have, as far as they were asked for."""
        return frozenset(self._absent)

    def look(self) -> Look:
        """Read the GPU; raises GpuLostError or WorkerEndError."""
        started_s = self._clock()
        if started_s >= self._slow_due_s:
            self._look_slowly()
            self._slow_due_s = started_s + self._slow_every_s
            self._slow.took_s["slow"] = self._clock() - started_s
        else:
            self._slow.took_s.pop("slow", None)
        fast_s = self._clock()
        found = self._ask(FAST)
        took_s = {**self._slow.took_s, "fast": self._clock() - fast_s}
        limits = self._slow.own_limits
        found.put(self._slow)
        found.own_limits, found.took_s = limits, took_s
        return found

    def _look_slowly(self) -> None:
        self._refused.clear()
        self._slow = self._ask(SLOW)
        limits = self._ask(OFFSETS).values
        margin = self._ask([query for query in FAST if query.keys == ("thermal_margin",)])
        if not limits or not margin.values:
            limits |= self._ask(THRESHOLDS).values
        self._slow.own_limits = limits

    def _ask(self, queries: Sequence[Query]) -> Look:
        look = Look()
        answers = self._fields(way for query in queries for way in query.ways)
        for query in queries:
            found = self._first(query, answers)
            if isinstance(found, Reason):
                look.missing |= dict.fromkeys(query.keys, found)
            else:
                look.values |= dict(zip(query.keys, found, strict=True))
        return look

    def _first(self, query: Query, answers: Mapping[Field, Any]) -> Sequence[float] | Reason:
        """The answer of the first way that has one, else the most telling refusal."""
        reason = Reason.NOT_SUPPORTED
        for way in query.ways:
            if way in self._refused:
                continue
            try:
                return self._by(way, answers)
            except NoValueError as refusal:
                if refusal.reason is Reason.NOT_SUPPORTED:
                    self._refused.add(way)
                reason = max(reason, refusal.reason, key=_telling)
        return reason

    def _by(self, way: Call | Field, answers: Mapping[Field, Any]) -> Sequence[float]:
        if isinstance(way, Field):
            answer = answers.get(way)
            if answer is None:
                raise NoValueError(Reason.NOT_SUPPORTED)
            return (field_number(answer, signed=way.signed) * way.scale,)
        found: Sequence[float] = self._call(
            way.function, lambda: way.read(self._nvml, self._handle)
        )
        return found

    def _call(self, function: str, ask: Callable[[], Any]) -> Any:
        """Ask by a function that may not be there; raises NoValueError."""
        if function in self._absent:
            raise NoValueError(Reason.NOT_SUPPORTED)
        if not hasattr(self._nvml, function):
            self._absent.add(function)
            raise NoValueError(Reason.NOT_SUPPORTED)
        try:
            return ask()
        except self._nvml.NVMLError as error:
            if error.value == FUNCTION_NOT_FOUND:
                self._absent.add(function)
            raise NoValueError(reason_of(error.value, function)) from None

    def _fields(self, ways: Iterable[Call | Field]) -> dict[Field, Any]:
        """The answers to all fields among the ways, in one call."""
        wanted = [
            way
            for way in ways
            if isinstance(way, Field) and way not in self._refused and hasattr(self._nvml, way.name)
        ]
        if not wanted:
            return {}
        ids = [(getattr(self._nvml, way.name), way.scope) for way in wanted]
        try:
            answers = self._call(
                _FIELDS, lambda: self._nvml.nvmlDeviceGetFieldValues(self._handle, ids)
            )
        except NoValueError:
            return {}
        return dict(zip(wanted, answers, strict=True))


def _telling(reason: Reason) -> int:
    """How much a reason says: not supported least, a fault most."""
    return _WORST_LAST.index(reason) if reason in _WORST_LAST else len(_WORST_LAST)


def identity_of(nvml: Any, handle: Any) -> dict[str, str]:
    """Return what is known of a GPU, by the names of :class:`drivers.gpu.source.GpuSample`.

    What it does not tell is not there. Raises GpuLostError or WorkerEndError.
    """
    found = {"uuid": "", "pci_bus_id": bus_id_of(nvml, handle)}
    for name, function in _TEXTS.items():
        found[name] = _text(nvml, function, handle)
    found["driver"] = _text(nvml, "nvmlSystemGetDriverVersion")
    found["module"] = _module(nvml, handle)
    found["hostname"] = socket.gethostname()
    return {name: value for name, value in found.items() if value}


_TEXTS = {
    "uuid": "nvmlDeviceGetUUID",
    "serial": "nvmlDeviceGetSerial",
    "model": "nvmlDeviceGetName",
    "vbios": "nvmlDeviceGetVbiosVersion",
    "part_number": "nvmlDeviceGetBoardPartNumber",
    "inforom": "nvmlDeviceGetInforomImageVersion",
}


def bus_id_of(nvml: Any, handle: Any) -> str:
    """Return ``00000000:1B:00.0``, empty where it is not told; raises GpuLostError."""
    try:
        return str(nvml.nvmlDeviceGetPciInfo_v3(handle).busId).strip()
    except nvml.NVMLError as error:
        reason_of(error.value, "nvmlDeviceGetPciInfo_v3")
        return ""


def _text(nvml: Any, function: str, *arguments: Any) -> str:
    try:
        text = getattr(nvml, function)(*arguments)
    except nvml.NVMLError as error:
        reason_of(error.value, function)
        return ""
    except (AttributeError, UnicodeDecodeError):
        return ""
    return (text.decode(errors="replace") if isinstance(text, bytes) else str(text)).strip()


def _module(nvml: Any, handle: Any) -> str:
    """The number of the SXM module, into a buffer of our own: the binding shares its default."""
    try:
        module = int(nvml.nvmlDeviceGetModuleId(handle, nvml.c_uint()))
    except nvml.NVMLError as error:
        reason_of(error.value, "nvmlDeviceGetModuleId")
        return ""
    return "" if module == 0xFFFF_FFFF else str(module)
