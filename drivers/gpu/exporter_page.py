"""Samples as exporter text: dcgm-exporter's names and labels, so that what reads it reads us.

Only what is good now is written: a value that is missing, stale or from a recording has no line,
and a GPU that is lost has none but that of its Xids, whose times are told in nvidia_gpu_exporter's
name: a gauge would go with the GPU that had them. What dcgm-exporter has no name for is
``tankside_gpu_<point>``.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

import numpy as np

from drivers.gpu.points import GpuPointSpec, gpu_points, gpu_schema
from drivers.gpu.series import OWN_LIMITS, OWN_PREFIX, READABLE, XID_SEEN_AT
from drivers.gpu.source import GpuFault, GpuSample
from drivers.gpu.xids import xid
from drivers.points import Reason

XID_WINDOW_S = 300.0
_MOST_XIDS = 10_000
_XID_COUNT = "DCGM_EXP_XID_ERRORS_COUNT"
_LABELS = {
    "UUID": "uuid",
    "pci_bus_id": "pci_bus_id",
    "device": "device",
    "modelName": "model",
    "hostname": "hostname",
    "DCGM_FI_DRIVER_VERSION": "driver",
    "DCGM_FI_DEV_SERIAL": "serial",
    "DCGM_FI_DEV_VBIOS_VERSION": "vbios",
    "DCGM_FI_DEV_INFOROM_IMAGE_VER": "inforom",
}
_COUNTERS = (
    "energy",
    "ecc_corrected",
    "ecc_uncorrected",
    "correctable_remapped",
    "uncorrectable_remapped",
    "retired_pages_corrected",
    "retired_pages_uncorrected",
    "pcie_replay_count",
    "nvlink_errors",
)
"""How the keys of what only grows begin."""
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


class XidWindow:
    """The Xids of the last five minutes, as dcgm-exporter counts them, and when each came last."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, str, int]] = deque(maxlen=_MOST_XIDS)
        self.last_s: dict[tuple[str, int], float] = {}
        """Seconds since 1970 by GPU and code; it is not forgotten."""

    def add(self, faults: Iterable[GpuFault]) -> None:
        """Take what a source was told; faults without an Xid are none."""
        for fault in faults:
            if fault.code:
                self._seen.append((fault.time.mono_s, fault.gpu, fault.code))
                if len(self.last_s) < _MOST_XIDS or (fault.gpu, fault.code) in self.last_s:
                    self.last_s[fault.gpu, fault.code] = fault.time.utc_us / 1e6

    def counts(self, now_mono_s: float) -> Mapping[tuple[str, int], int]:
        """Return how often each was seen within the window, by GPU and code."""
        since_s = now_mono_s - XID_WINDOW_S
        return Counter((gpu, code) for time_s, gpu, code in self._seen if time_s > since_s)


def exporter_page(
    samples: Sequence[GpuSample],
    xids: Mapping[tuple[str, int], int] | None,
    hostname: str,
    look_s: float,
    xid_times: Mapping[tuple[str, int], float] | None = None,
) -> str:
    """Return the text of one look; ``xids`` is None where the source tells of none.

    ``look_s`` is how long the look took; ``xid_times`` when each Xid came last, in seconds since
    1970, also of GPUs that are lost by now.
    """
    there = [sample for sample in samples if not _is_lost(sample)]
    labels = [_labels(sample, hostname) for sample in there]
    lines: list[str] = []
    for i, (name, spec) in enumerate(zip(_names(), gpu_points(), strict=True)):
        lines += _family(name, _help(spec), _kind(spec), _values(i, name, there, labels))
    if xids is not None:
        told = "Xids within the window, by code."
        lines += _family(_XID_COUNT, told, "gauge", _xid_counts(there, labels, xids))
    lines += _family(XID_SEEN_AT, "When each Xid came last.", "gauge", _xid_times(xid_times or {}))
    for name, key in OWN_LIMITS.items():
        own = [
            (who, s.own_limits[key])
            for s, who in zip(there, labels, strict=True)
            if key in s.own_limits
        ]
        lines += _family(name, f"The GPU's own limit: {key.replace('_', ' ')}.", "gauge", own)
    readable = [(who, float(_is_readable(s))) for s, who in zip(there, labels, strict=True)]
    lines += _family(READABLE, "Whether the GPU could be read.", "gauge", readable)
    took = [(f'hostname="{_escaped(hostname)}"', round(look_s, 6))]
    lines += _family(f"{OWN_PREFIX}look_seconds", "How long the look took.", "gauge", took)
    return "\n".join([*lines, ""])


def _family(name: str, text: str, kind: str, series: Iterable[tuple[str, float]]) -> Iterator[str]:
    """The lines of one name; none without a series."""
    lines = [f"{name}{{{labels}}} {_number(value)}" for labels, value in series]
    if lines:
        yield f"# HELP {name} {text}"
        yield f"# TYPE {name} {kind}"
        yield from lines


def _values(
    i: int, name: str, samples: Sequence[GpuSample], labels: Sequence[str]
) -> Iterator[tuple[str, float]]:
    if name == _XID_COUNT:
        return
    is_xid = gpu_schema().points[i].key == "last_xid"
    for sample, who in zip(samples, labels, strict=True):
        value = float(sample.values[i])
        if sample.reasons[i] == Reason.NONE and np.isfinite(value):
            yield who + (_xid_labels(int(value)) if is_xid else ""), value


def _xid_labels(code: int) -> str:
    known = xid(code) if code else None
    words = known.meaning if known else ("" if code else "No Error")
    return f',err_code="{code}",err_msg="{_escaped(words)}"'


def _xid_counts(
    samples: Sequence[GpuSample], labels: Sequence[str], xids: Mapping[tuple[str, int], int]
) -> Iterator[tuple[str, float]]:
    """A line per Xid, and one that says none for a GPU without any."""
    window = f'window_size_in_ms="{XID_WINDOW_S * 1000:.0f}"'
    for sample, who in zip(samples, labels, strict=True):
        own = {code: count for (gpu, code), count in xids.items() if gpu == sample.key}
        for code in sorted(own):
            yield f'{who},{window},xid="{code}"', float(own[code])
        if not own:
            yield f"{who},{window}", 0.0


def _xid_times(times: Mapping[tuple[str, int], float]) -> Iterator[tuple[str, float]]:
    for (gpu, code), time_s in sorted(times.items()):
        if gpu.startswith("GPU-"):  # by nothing else could it be told whose it was
            yield f'uuid="{_escaped(gpu)}",xid="{code}"', time_s


def _labels(sample: GpuSample, hostname: str) -> str:
    known = {"hostname": hostname, **sample.identity, "device": f"nvidia{sample.index}"}
    pairs = {"gpu": str(sample.index)}
    pairs |= {label: known[key] for label, key in _LABELS.items() if known.get(key)}
    return ",".join(f'{label}="{_escaped(text)}"' for label, text in pairs.items())


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _number(value: float) -> str:
    """Whole numbers as such, others with all their digits."""
    return f"{value:.0f}" if value.is_integer() else repr(value)


@cache
def _names() -> tuple[str, ...]:
    """The name of each point: dcgm-exporter's newest, ours where it has none or only parts."""
    return tuple(
        spec.dcgm[0]
        if spec.dcgm and (not spec.sum or spec.dcgm[0] == _XID_COUNT)
        else OWN_PREFIX + spec.key
        for spec in gpu_points()
    )


def _help(spec: GpuPointSpec) -> str:
    return f"{spec.name} (in {spec.unit})." if spec.unit else f"{spec.name}."


def _kind(spec: GpuPointSpec) -> str:
    return "counter" if spec.key.startswith(_COUNTERS) else "gauge"


def _is_lost(sample: GpuSample) -> bool:
    return bool((sample.reasons == Reason.DEVICE_LOST).all())


def _is_readable(sample: GpuSample) -> bool:
    return bool((sample.reasons == Reason.NONE).any())
