"""What one series of an exporter stands for: which point of which GPU, whatever it is called.

The same names reach us in an exporter's text and through a Prometheus server. A name says the
point, the labels say the GPU, and neither has been stable: ``Hostname`` became ``hostname``, link
series write ``gpu_uuid``, DCGM renamed half its fields, nvidia_gpu_exporter leaves out ``GPU-``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache

import resources
from drivers.files import FileModel, parse, read_toml
from drivers.gpu.points import GpuPointSpec, gpu_points, gpu_schema

INFO = "nvidia_smi_gpu_info"
MODULE = "nvidia_smi_platform_module_id"
COLLECTED = "nvidia_smi_last_collect_success"
COLLECTED_AT = "nvidia_smi_last_collect_success_timestamp_seconds"
XID_SEEN_AT = "nvidia_smi_xid_last_timestamp_seconds"
OWN_PREFIX = "tankside_gpu_"
"""Begins what `tankside gpu serve` exports and dcgm-exporter has no name for."""
READABLE = f"{OWN_PREFIX}readable"
OWN_LIMITS = {
    "DCGM_FI_DEV_GPU_MAX_OP_TEMP": "max_operating",
    "DCGM_FI_DEV_SLOWDOWN_TEMP": "slowdown",
    "DCGM_FI_DEV_SHUTDOWN_TEMP": "shutdown",
    f"{OWN_PREFIX}max_operating_margin": "max_operating_margin",
    f"{OWN_PREFIX}slowdown_margin": "slowdown_margin",
    f"{OWN_PREFIX}shutdown_margin": "shutdown_margin",
}
_PER_INSTANCE = frozenset({"memory_used", "memory_total", "xid_count"})
"""What dcgm-exporter tells of a MIG instance alone; every other field is the whole GPU's."""
INSTANCE_RANK = 1000
"""The rank from which a series is of a MIG instance: it counts where the GPU has none."""
_LONGEST_IDENTITY = 200
_DCGM_IDENTITY = {
    "uuid": ("UUID", "uuid", "gpu_uuid"),
    "model": ("modelName", "model_name"),
    "pci_bus_id": ("pci_bus_id",),
    "hostname": ("hostname", "Hostname"),
    "driver": ("DCGM_FI_DRIVER_VERSION", "DCGM_FI_SYSTEM_DRIVER_VERSION"),
    "serial": ("DCGM_FI_DEV_SERIAL", "DCGM_FI_DEV_BOARD_SERIAL", "serial"),
    "vbios": ("DCGM_FI_DEV_VBIOS_VERSION",),
    "inforom": ("DCGM_FI_DEV_INFOROM_IMAGE_VER", "DCGM_FI_DEV_INFOROM_IMAGE_VERSION"),
}
_SMI_IDENTITY = {
    "model": "name",
    "pci_bus_id": "pci_bus_id",
    "driver": "driver_version",
    "serial": "serial",
    "vbios": "vbios_version",
}


class Use(IntEnum):
    """What the value of a series is good for."""

    VALUE = 0
    """It is the value of a point."""
    PART = 1
    """It is one part of a point's value: a link, an Xid."""
    LIMIT = 2
    """It is one of the GPU's own limits."""
    PRESENCE = 3
    """Only that it is there counts: it names a GPU."""
    XID_TIME = 4
    """It is when the Xid of its label was last seen."""
    COLLECTED = 5
    """Whether the exporter's own look at the GPUs succeeded."""
    COLLECTED_AT = 6
    """When it last did, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Metric:
    """What a name stands for. ``name`` is the usual spelling, ``point`` a place in the schema.

    Among several for one point the lowest ``rank`` counts. A value times ``scale`` is in the
    point's unit. ``own_limit`` is the key in :attr:`drivers.gpu.source.GpuSample.own_limits`.
    """

    name: str
    use: Use
    point: int = -1
    rank: int = 0
    scale: float = 1.0
    own_limit: str = ""

    @property
    def is_dcgm(self) -> bool:
        """Whether it is dcgm-exporter's, which prints blanks as huge numbers."""
        return not self.name.startswith("nvidia_smi_")


@dataclass(frozen=True, slots=True)
class Series:
    """What a name and its labels stand for.

    ``uuid`` and ``index`` say which GPU; one of them may be missing, both for what is said of the
    exporter itself. ``split`` tells parts of one value apart; ``xid`` is set for ``XID_TIME``.
    """

    metric: Metric
    uuid: str = ""
    index: int | None = None
    identity: Mapping[str, str] = field(default_factory=dict)
    rank: int = 0
    split: str = ""
    xid: int = 0


class _Renamed(FileModel):
    renamed: dict[str, str]


@cache
def metrics() -> Mapping[str, Metric]:
    """Return every name that is understood, in all its spellings."""
    known = {metric.name: metric for metric in _named()}
    path = resources.path("gpu", "series_renamed.toml")
    renamed = parse(_Renamed, read_toml(path), path).renamed
    known |= {spelling: known[name] for spelling, name in renamed.items()}
    # Whatever goes through OpenMetrics gets the ending that counters have there.
    return {f"{name}_total": metric for name, metric in known.items()} | known


def series_of(name: str, labels: Mapping[str, str]) -> Series | None:
    """Return what a series stands for, or None where it says nothing of a GPU that is used."""
    metric = metrics().get(name)
    if metric is None:
        return None
    if metric.use in {Use.COLLECTED, Use.COLLECTED_AT}:
        return Series(metric)
    return _of_dcgm(metric, labels) if metric.is_dcgm else _of_smi(metric, labels)


def _named() -> list[Metric]:
    found = [Metric(name, Use.LIMIT, own_limit=key) for name, key in OWN_LIMITS.items()]
    found += [Metric(name, Use.PRESENCE) for name in (INFO, MODULE, READABLE)]
    found += [Metric(COLLECTED, Use.COLLECTED), Metric(COLLECTED_AT, Use.COLLECTED_AT)]
    for i, spec in enumerate(gpu_points()):
        found += _names_of(i, spec)
    return found


def _names_of(i: int, spec: GpuPointSpec) -> list[Metric]:
    use = Use.PART if spec.sum else Use.VALUE
    names = (*spec.dcgm, OWN_PREFIX + spec.key)
    found = [Metric(name, use, i, 0 if spec.sum else n) for n, name in enumerate(names)]
    if spec.exporter:
        name = spec.exporter.name
        use = Use.XID_TIME if name == XID_SEEN_AT else use
        found.append(Metric(name, use, i, scale=spec.exporter.scale))
    return found


def _of_dcgm(metric: Metric, labels: Mapping[str, str]) -> Series | None:
    if "nvswitch" in labels or "cpu" in labels or "cpucore" in labels:
        return None
    identity = {}
    for key, spellings in _DCGM_IDENTITY.items():
        text = next(filter(None, (_text(labels.get(label)) for label in spellings)), "")
        if text:
            identity[key] = text
    index, is_instance = _number(labels.get("gpu")), bool(labels.get("GPU_I_ID"))
    if identity.get("uuid", "").startswith("MIG-"):
        is_instance = bool(identity.pop("uuid"))
    uuid = identity.get("uuid", "")
    if not uuid and index is None:
        return None
    rank = metric.rank
    if is_instance:
        if metric.point >= 0 and gpu_schema().points[metric.point].key in _PER_INSTANCE:
            metric = Metric(metric.name, Use.PRESENCE)
        rank += INSTANCE_RANK
    xid = _number(labels.get("xid"))
    if metric.use is Use.PART and xid == 0:  # "no error", counted like an error
        metric = Metric(metric.name, Use.PRESENCE)
    split = labels.get("nvlink") or labels.get("xid") or labels.get("GPU_I_ID") or ""
    return Series(metric, uuid, index, identity, rank, split)


def _of_smi(metric: Metric, labels: Mapping[str, str]) -> Series | None:
    uuid = _text(labels.get("uuid"))
    if not uuid:
        return None
    uuid = uuid if uuid.startswith("GPU-") else f"GPU-{uuid}"
    identity, index = {"uuid": uuid}, None
    if metric.name == INFO:
        found = {key: _text(labels.get(label)) for key, label in _SMI_IDENTITY.items()}
        identity |= {key: text for key, text in found.items() if text}
        index = _number(labels.get("index"))
    xid = _number(labels.get("xid"))
    if metric.use is Use.XID_TIME and xid is None:
        return None
    return Series(metric, uuid, index, identity, metric.rank, labels.get("xid", ""), xid or 0)


def _text(label: str | None) -> str:
    """A label as identity; nothing where it only says that there is none."""
    text = (label or "").strip()
    no_text = text in {"0", "N/A"} or text.startswith(("[", "<<<"))
    return "" if no_text or len(text) > _LONGEST_IDENTITY or not text.isprintable() else text


def _number(label: str | None) -> int | None:
    return int(label) if label and len(label) < 10 and label.isascii() and label.isdigit() else None
