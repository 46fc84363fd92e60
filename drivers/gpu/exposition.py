"""From dcgm-exporter text to one snapshot per GPU.

Rules found in the exporter's history: ``Hostname`` became ``hostname``; link metrics write
``gpu_uuid``; older builds print blanks as huge sentinels; the Xid gauge holds the last Xid until
the exporter restarts; a GPU that fell off the bus simply vanishes from the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from drivers.device import DeviceGarbledError
from drivers.gpu.points import GpuPointSpec, gpu_points
from drivers.points import Reason

_BLANKS_32 = range(2147483632, 2147483648)
_BLANKS_64 = (9223372036854775792, 9223372036854775808)
_BLANK_FP = 140737488355328.0
_NAME_END = re.compile(r"[{ \t]")
_IDENTITY = {
    "uuid": ("UUID", "uuid", "gpu_uuid"),
    "model": ("modelName", "model_name"),
    "pci_bus_id": ("pci_bus_id",),
    "hostname": ("hostname", "Hostname"),
    "driver": ("DCGM_FI_DRIVER_VERSION",),
    "serial": ("serial", "DCGM_FI_DEV_SERIAL"),
}


@dataclass
class GpuSample:
    """What one scrape says of one GPU: raw values by exporter field, and who it is."""

    index: int
    fields: dict[str, float] = field(default_factory=dict)
    identity: dict[str, str] = field(default_factory=dict)

    def decode(self) -> tuple[np.ndarray, np.ndarray]:
        """Return ``(values, reasons)`` in the order of :func:`drivers.gpu.points.gpu_points`."""
        pairs = [_value(spec, self.fields) for spec in gpu_points()]
        values = np.array([value for value, _ in pairs], np.float64)
        return values, np.array([reason for _, reason in pairs], np.uint8)


def read_exposition(text: str) -> dict[int, GpuSample]:
    """Return the GPUs named in an exporter's text by GPU index; raises DeviceGarbledError.

    Rows of MIG instances are left out: they describe a part of a GPU.
    """
    from prometheus_client.parser import text_string_to_metric_families  # 25 ms, after the window

    gpus: dict[int, GpuSample] = {}
    wanted = _wanted_fields()
    try:
        for family in text_string_to_metric_families(_lines_about(wanted, text)):
            for sample in family.samples:
                name = (
                    sample.name.removesuffix("_total") if family.type == "counter" else sample.name
                )
                if name in wanted and "GPU_I_ID" not in sample.labels:
                    _add(gpus, name, sample.labels, float(sample.value))
    except (ValueError, KeyError, IndexError) as error:
        raise DeviceGarbledError(f"the exporter's text cannot be read: {error}") from None
    return gpus


def _add(gpus: dict[int, GpuSample], name: str, labels: Mapping[str, str], value: float) -> None:
    index = labels.get("gpu", "")
    if not index.isdecimal():
        return
    gpu = gpus.setdefault(int(index), GpuSample(int(index)))
    gpu.fields[name] = value
    for key, spellings in _IDENTITY.items():
        found = next((labels[label] for label in spellings if labels.get(label)), None)
        if found and key not in gpu.identity:
            gpu.identity[key] = found


def _value(spec: GpuPointSpec, fields: Mapping[str, float]) -> tuple[float, Reason]:
    raw = next((fields[name] for name in (spec.field, *spec.older_fields) if name in fields), None)
    if raw is None:
        return np.nan, Reason.NOT_EXPORTED
    if _is_blank(raw):
        return np.nan, Reason.NOT_SUPPORTED
    if spec.valid and not spec.valid[0] <= raw <= spec.valid[1]:
        return raw, Reason.OUT_OF_RANGE
    return raw, Reason.NONE


def _is_blank(value: float) -> bool:
    if not np.isfinite(value):
        return True
    return value in _BLANKS_32 or _BLANKS_64[0] <= value <= _BLANKS_64[1] or value == _BLANK_FP


def _lines_about(wanted: frozenset[str], text: str) -> str:
    """The lines of the fields that are used: the parser is exact, and 30 us a line."""
    about = [line for line in text.splitlines() if _field_of(line) in wanted]
    return "\n".join([*about, ""])


def _field_of(line: str) -> str:
    named = line.removeprefix("# TYPE ")
    return _NAME_END.split(named, maxsplit=1)[0]


@cache
def _wanted_fields() -> frozenset[str]:
    return frozenset(name for spec in gpu_points() for name in (spec.field, *spec.older_fields))
