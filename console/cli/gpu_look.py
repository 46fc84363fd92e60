"""One look at a source of GPU readings, and what it calls for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from console.health.gpu_findings import Finding, RecentXid, findings
from console.health.gpu_heat import is_hot, neighbours
from drivers.gpu.models import gpu_model
from drivers.gpu.points import gpu_schema
from drivers.gpu.source import Capability, GpuFault, GpuSample, GpuSource
from drivers.points import Point, Reason, Stamp

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LIMIT_OF_RULE = {
    "margin-slowdown": "slowdown_margin",
    "core-slowdown": "slowdown",
    "core-max-operating": "max_operating",
}
"""Which of a GPU's own limits each rule of heat asks for."""


@dataclass(frozen=True)
class SeenGpu:
    """A GPU as it was seen: ``values`` and ``reasons`` in the order of the schema of GPUs."""

    number: int
    identity: Mapping[str, str]
    values: NDArray[np.float64]
    reasons: NDArray[np.uint8]
    limits: Mapping[str, float] = field(default_factory=dict)
    measured: Stamp | None = None

    @classmethod
    def of(cls, sample: GpuSample) -> SeenGpu:
        """Take what a source said."""
        return cls(
            sample.index,
            sample.identity,
            sample.values,
            sample.reasons,
            sample.own_limits,
            sample.measured,
        )

    @property
    def silence(self) -> Reason | None:
        """The one reason for which there is no value at all, None where there are some."""
        reason = Reason(int(self.reasons[0]))
        is_one = (self.reasons == reason).all() and np.isnan(self.values).all()
        return reason if is_one else None

    @property
    def is_lost(self) -> bool:
        """Whether the GPU is gone."""
        return self.silence is Reason.DEVICE_LOST

    def reason(self, key: str) -> Reason:
        """Return why a point has no good value, NONE where it has one."""
        return Reason(int(self.reasons[gpu_schema().index[key]]))

    def value(self, key: str) -> float | None:
        """Return the value of a point where it is good, or was when it was recorded."""
        usable = self.reason(key) in {Reason.NONE, Reason.RECORDED}
        return float(self.values[gpu_schema().index[key]]) if usable else None

    def facts(self) -> dict[str, float | None]:
        """Every point, ``lost`` and ``silent``, as rules want them."""
        return {
            **{point.key: self.value(point.key) for point in gpu_schema()},
            "lost": 1.0 if self.is_lost else None,
            "silent": 1.0 if self.silence is Reason.NO_COMMS else None,
        }

    def point(self, key: str) -> Point:
        """Return what is known of a point."""
        return gpu_schema()[key]


@dataclass(frozen=True)
class Look:
    """Everything that one look says; ``took_s`` is how long it took.

    ``trouble`` is what the source says of GPUs that it cannot read, a sentence each.
    """

    url: str
    gpus: Sequence[SeenGpu]
    findings: Sequence[Sequence[Finding]]
    took_s: float
    is_recorded: bool
    trouble: Sequence[str] = ()


async def look_at(source: GpuSource) -> Look:
    """Open a source, look once, close it; raises DeviceError."""
    try:
        await source.connect()
        started_s = monotonic()
        samples = await source.sample()
        faults = source.faults()
        took_s = monotonic() - started_s
        trouble = trouble_of(source)
    finally:
        await source.close()
    gpus = [SeenGpu.of(sample) for sample in samples]
    keys = [sample.key for sample in samples]
    found = findings_of(gpus, keys, faults)
    is_recorded = Capability.RECORDED in source.capabilities
    return Look(source.url, gpus, found, took_s, is_recorded, trouble)


def trouble_of(source: GpuSource) -> list[str]:
    """Return what a source that keeps a report says of GPUs that it cannot read."""
    report = getattr(source, "report", None)
    return [f"{who}: {why}" for who, why in report.trouble.items()] if report else []


def findings_of(
    gpus: Sequence[SeenGpu], keys: Sequence[str], faults: Sequence[GpuFault]
) -> list[list[Finding]]:
    """Return what each GPU calls for, the others around it taken into account."""
    hot = [_is_hot(gpu) for gpu in gpus]
    now_s = Stamp.now().mono_s
    found = []
    for i, (gpu, key) in enumerate(zip(gpus, keys, strict=True)):
        xids = [RecentXid(f.code, now_s - f.time.mono_s) for f in faults if f.gpu == key and f.code]
        found.append(
            findings(
                gpu.facts(),
                xids=xids,
                model=gpu_model(gpu.identity.get("model", "")),
                others=neighbours([*hot[:i], *hot[i + 1 :]]),
                limits=_limits(gpu),
            )
        )
    return found


def _is_hot(gpu: SeenGpu) -> bool | None:
    return is_hot(gpu.facts(), gpu_model(gpu.identity.get("model", "")), _limits(gpu))


def _limits(gpu: SeenGpu) -> dict[str, float]:
    """What the GPU says of its limits comes before what is known of its model."""
    return {rule: gpu.limits[key] for rule, key in _LIMIT_OF_RULE.items() if key in gpu.limits}
