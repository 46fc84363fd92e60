"""What every source of GPU readings has in common: NVML, an exporter, a Prometheus server, a file.

A source says what it sees, no more. Which GPU sits where, which one is missing and which Xid is
new is the same question for all of them, and :class:`drivers.gpu.device.GpuDevice` answers it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import numpy as np

from drivers.gpu.points import gpu_points, gpu_schema
from drivers.points import Reason, Stamp

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Capability(StrEnum):
    """What a source can do."""

    INVENTORY = "inventory"
    """It names its GPUs without reading them."""
    SAMPLE = "sample"
    """It reads their points."""
    EVENTS = "events"
    """It tells fault events as they happen, with their time."""
    HISTORY = "history"
    """It can be asked for the past."""
    RECORDED = "recorded"
    """What it says is of a moment long gone: nothing in it is live."""


@dataclass(frozen=True, slots=True)
class GpuSample:
    """What one look says of one GPU.

    ``index`` is the source's own number for it, which changes when another GPU is gone.
    ``identity`` holds what is known of ``uuid serial model pci_bus_id driver vbios part_number
    inforom module hostname``; every value is text and none is empty. ``values`` is float64 and
    ``reasons`` uint8 (:class:`Reason`), both in the order of :func:`gpu_schema`; NaN where there
    is no value. ``own_limits`` is what the GPU says of its limits, ``max_operating slowdown
    shutdown`` in Cel or ``max_operating_margin slowdown_margin shutdown_margin`` in K.
    ``measured`` is when its source measured it, where that is not just now.
    """

    index: int
    identity: Mapping[str, str]
    values: NDArray[np.float64]
    reasons: NDArray[np.uint8]
    own_limits: Mapping[str, float] = field(default_factory=dict)
    measured: Stamp | None = None

    @property
    def key(self) -> str:
        """What it is told apart by: its UUID, else its place on the bus, else its number."""
        return self.identity.get("uuid") or self.identity.get("pci_bus_id") or f"index {self.index}"


@dataclass(frozen=True, slots=True)
class GpuFault:
    """A fault event that a source was told of at the moment it happened.

    ``gpu`` is the :attr:`GpuSample.key` of the GPU; ``code`` the Xid, 0 for a fault without one;
    ``text`` what the source says of it in its own words.
    """

    gpu: str
    code: int
    text: str
    time: Stamp


class GpuSource(Protocol):
    """One way to one host's GPUs, used by exactly one task."""

    @property
    def url(self) -> str:
        """Where it is, for messages; without passwords."""
        ...

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it can do."""
        ...

    async def connect(self) -> None:
        """Open it; raises DeviceError. Called again after every failure."""
        ...

    async def inventory(self) -> Sequence[Mapping[str, str]]:
        """Return the identity of each GPU; raises DeviceError."""
        ...

    async def sample(self) -> Sequence[GpuSample]:
        """Look once at every GPU; raises DeviceError where none could be looked at.

        A GPU that is known and cannot be read is in the answer with a reason for every value.
        """
        ...

    def faults(self) -> Sequence[GpuFault]:
        """Return the fault events since the last call, oldest first; never raises or waits."""
        ...

    async def close(self) -> None:
        """Let go at once; never raises."""
        ...


def readings(
    found: Mapping[str, float], missing: Mapping[str, Reason], otherwise: Reason
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Return ``(values, reasons)`` from values by point key, in the points' units.

    A key of ``missing`` has that reason, one in neither has ``otherwise``; a value that cannot be
    (outside the point's valid range) is kept and marked, one that is no number is not.
    Raises KeyError for a key that is no point of a GPU.
    """
    schema = gpu_schema()
    values = np.full(len(schema), np.nan)
    reasons = np.full(len(schema), int(otherwise), np.uint8)
    for key, reason in missing.items():
        reasons[schema.index[key]] = reason
    for key, value in found.items():
        i = schema.index[key]
        values[i], reasons[i] = value, judged(i, value)
    return values, reasons


def judged(i: int, value: float) -> Reason:
    """Return the reason of a value of the point at a position of the schema."""
    if not np.isfinite(value):
        return Reason.NOT_SUPPORTED
    valid = gpu_points()[i].valid
    return Reason.OUT_OF_RANGE if valid and not valid[0] <= value <= valid[1] else Reason.NONE


def silence(reason: Reason) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Return ``(values, reasons)`` of a GPU of which nothing is known, for one reason."""
    count = len(gpu_schema())
    return np.full(count, np.nan), np.full(count, int(reason), np.uint8)
