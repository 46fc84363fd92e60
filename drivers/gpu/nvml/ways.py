"""One way to ask NVML for something, and what its answers and refusals mean."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from drivers.points import Reason

NOT_SUPPORTED, NO_PERMISSION = 3, 4
FUNCTION_NOT_FOUND, CORRUPTED_INFOROM, GPU_IS_LOST = 13, 14, 15
UNINITIALIZED, TIMEOUT, MISMATCH, GPU_NOT_FOUND = 1, 10, 18, 28
_NOT_FOR_THIS_GPU = frozenset({2, NOT_SUPPORTED, 6, FUNCTION_NOT_FOUND, 22, 25, 26})
"""Invalid argument is what an older driver says of a sensor, field or struct it does not know."""
_ENDS_THE_WORKER = frozenset({UNINITIALIZED, MISMATCH})
_NO_VALUE = frozenset({0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF})
_MEMBERS = ("dVal", "uiVal", "ulVal", "ullVal", "sllVal", "siVal", "usVal")
"""Members of the value union by ``valueType``."""
_SIGNED_TYPES = frozenset({0, 4, 5})


class GpuLostError(Exception):
    """NVML says that the GPU is lost: nothing may be asked of its handle any more."""


class WorkerEndError(Exception):
    """This process can ask nothing more of NVML and must be replaced; ``code`` says why."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


class NoValueError(Exception):
    """There is no value; ``reason`` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.word)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the binding by name, and how to read the numbers of its query from it.

    ``read`` takes the binding and the handle, and returns one number for each key of the query;
    it raises NVMLError or :class:`NoValueError`.
    """

    function: str
    read: Callable[[Any, Any], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of ``nvmlDeviceGetFieldValues``; all fields of a look are asked for in one call.

    ``name`` is the binding's constant, ``scope`` the part of the GPU; the value times ``scale``
    is in the point's unit. ``signed`` is for what may be negative and comes as unsigned from
    some drivers.
    """

    name: str
    scope: int = 0
    scale: float = 1.0
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What is wanted, by point keys, and the ways to it, the preferred one first."""

    keys: tuple[str, ...]
    ways: tuple[Call | Field, ...]


def call(function: str, *arguments: int, scale: float = 1.0, signed: bool = False) -> Call:
    """Return the way of a function ``(handle, *arguments)`` that returns one number."""

    def read(nvml: Any, handle: Any) -> Sequence[float]:
        return (number(getattr(nvml, function)(handle, *arguments), signed=signed) * scale,)

    return Call(function, read)


def member(function: str, *places: int) -> Call:
    """Return the way of a function that returns a row of numbers, by their places in it."""

    def read(nvml: Any, handle: Any) -> Sequence[float]:
        row = getattr(nvml, function)(handle)
        return tuple(number(row[place]) for place in places)

    return Call(function, read)


def number(value: int | float, *, signed: bool = False) -> float:
    """Return a number as NVML gave it; raises NoValueError for "not available", which is all ones.

    ``signed`` undoes an unsigned reading of a negative 32-bit number.
    """
    if signed and value >= 0x8000_0000:
        value -= 0x1_0000_0000
    elif not signed and value in _NO_VALUE:
        raise NoValueError(Reason.SENTINEL)
    if not math.isfinite(value):
        raise NoValueError(Reason.SENTINEL)
    return float(value)


def field_number(answer: Any, *, signed: bool = False) -> float:
    """Return the number in a ``c_nvmlFieldValue_t``; raises NoValueError.

    Which member of the union holds it, and whether that has a sign, is for ``valueType`` to say.
    """
    if answer.nvmlReturn != 0:
        raise NoValueError(reason_of(answer.nvmlReturn, f"field {answer.fieldId}"))
    kind = answer.valueType
    if not 0 <= kind < len(_MEMBERS):
        raise NoValueError(Reason.NOT_SUPPORTED)
    value = getattr(answer.value, _MEMBERS[kind])
    if kind in _SIGNED_TYPES:
        return float(value) if math.isfinite(value) else number(value)
    return number(value, signed=signed)


def reason_of(code: int, what: str) -> Reason:
    """Return why there is no value after a return code that is not success.

    Raises :class:`GpuLostError` and :class:`WorkerEndError` for what ends more than one value.
    """
    if code == GPU_IS_LOST:
        raise GpuLostError(f"{what}: NVML says that the GPU is lost")
    if code in _ENDS_THE_WORKER:
        raise WorkerEndError(f"{what}: NVML ended under this process (code {code})", code)
    if code in _NOT_FOR_THIS_GPU:
        return Reason.NOT_SUPPORTED
    if code == NO_PERMISSION:
        return Reason.NOT_EXPORTED
    return Reason.SENSOR_FAULT if code == CORRUPTED_INFOROM else Reason.NO_COMMS
