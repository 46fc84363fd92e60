"""Series of one exporter gathered into one sample per GPU.

Every series is learned once and gets a number, its cell; after that a look is a list of cells and
a list of values, and what is left to do is numpy's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from drivers.device import DeviceGarbledError
from drivers.gpu.points import gpu_points, gpu_schema
from drivers.gpu.series import INSTANCE_RANK, MODULE, Series, Use
from drivers.gpu.source import GpuSample
from drivers.points import Reason, Stamp

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_GPUS = 256
_BLANK_COUNT = 4  # blank, not found, not supported, not permitted
_BLANK_32 = 2**31 - 16
_BLANK_64 = 2.0**63 - 1024  # as near as float64 comes to 2**63 - 16
_BLANK_FP = 2.0**47
_LAST_XID, _XID_COUNT = (gpu_schema().index[key] for key in ("last_xid", "xid_count"))


@dataclass(slots=True)
class _Gpu:
    index: int | None
    identity: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Cell:
    gpu: int
    series: Series


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at an exporter says: a sample per GPU in the order of their numbers.

    ``failed`` is set where the exporter says that its own look at the GPUs failed, ``failed_at``
    is when it last succeeded; what it tells is stale then. ``xids`` says when each Xid was last
    seen, in seconds since 1970, by GPU and Xid, where the exporter tells that.
    """

    samples: list[GpuSample]
    failed: bool = False
    failed_at: Stamp | None = None
    xids: Mapping[tuple[str, int], float] = field(default_factory=dict)


class GpuTable:
    """The GPUs of one exporter and the place of each of its series among their points."""

    def __init__(self) -> None:
        self._gpus: list[_Gpu] = []
        self._by_uuid: dict[str, int] = {}
        self._by_index: dict[int, int] = {}
        self._cells: list[_Cell] = []
        self._numbers: dict[tuple[int, str, int, str], int] = {}
        self._arrays: _Arrays | None = None
        self._failed_at: tuple[float, Stamp] | None = None

    def learn(self, series: Series, value: float) -> int:
        """Return the cell of a series; raises DeviceGarbledError for too many GPUs.

        ``value`` is what it has now: a few identities are values.
        """
        gpu = -1 if series.metric.use in {Use.COLLECTED, Use.COLLECTED_AT} else self._find(series)
        if series.metric.name == MODULE and value.is_integer():
            self._gpus[gpu].identity = self._gpus[gpu].identity | {"module": f"{value:.0f}"}
        key = (gpu, series.metric.name, series.rank, series.split)
        if key not in self._numbers:
            self._numbers[key] = len(self._cells)
            self._cells.append(_Cell(gpu, series))
            self._arrays = None
        return self._numbers[key]

    def look(self, cells: Sequence[int], values: Sequence[float], now: Stamp) -> Look:
        """Return what the cells with these values say; a cell given twice counts once."""
        if not cells:
            return Look([])
        arrays = self._arrays = self._arrays or _Arrays(self._cells)
        found = _Found(arrays, np.array(cells), np.array(values, np.float64), len(self._gpus))
        points, reasons = found.points(self._cells)
        failed, failed_at = found.failed, self._stamp(found.collected_at_s, now)
        if failed:
            reasons[reasons != Reason.NOT_EXPORTED] = Reason.STALE
        samples = [
            self._sample(gpu, points[gpu], reasons[gpu], found, failed_at if failed else None)
            for gpu in found.gpus()
        ]
        xids = {(self._key(gpu), xid): time_s for (gpu, xid), time_s in found.xids.items()}
        return Look(sorted(samples, key=lambda sample: sample.index), failed, failed_at, xids)

    def _sample(
        self,
        gpu: int,
        values: NDArray[np.float64],
        reasons: NDArray[np.uint8],
        found: _Found,
        measured: Stamp | None,
    ) -> GpuSample:
        known, limits = self._gpus[gpu], found.own_limits.get(gpu, {})
        index = gpu if known.index is None else known.index
        return GpuSample(index, known.identity, values, reasons, limits, measured)

    def _key(self, gpu: int) -> str:
        known = self._gpus[gpu]
        return known.identity.get("uuid") or f"index {known.index}"

    def _stamp(self, time_s: float | None, now: Stamp) -> Stamp | None:
        """One moment has one stamp in every look; a clock ahead of ours is not followed."""
        if time_s is None or not np.isfinite(time_s):
            return None
        if self._failed_at is None or self._failed_at[0] != time_s:
            age_s = max(0.0, now.utc_us / 1e6 - time_s)
            moment = Stamp(now.utc_us - round(age_s * 1e6), now.mono_s - age_s)
            self._failed_at = (time_s, moment)
        return self._failed_at[1]

    def _find(self, series: Series) -> int:
        """The place of the GPU that a series is about; new ones get the next."""
        gpu = self._by_uuid.get(series.uuid) if series.uuid else None
        if gpu is None and series.index is not None:
            gpu = self._by_index.get(series.index)
            if gpu is not None and series.uuid and "uuid" in self._gpus[gpu].identity:
                gpu = None  # another one in its place
        if gpu is None:
            gpu = self._add(series)
        known = self._gpus[gpu]
        if any(known.identity.get(key) != text for key, text in series.identity.items()):
            known.identity = known.identity | dict(series.identity)
        known.index = series.index if series.index is not None else known.index
        if series.uuid:
            self._by_uuid[series.uuid] = gpu
        if known.index is not None:
            self._by_index[known.index] = gpu
        return gpu

    def _add(self, series: Series) -> int:
        if len(self._gpus) >= _MOST_GPUS:
            raise DeviceGarbledError(f"more than {_MOST_GPUS} GPUs are named")
        self._gpus.append(_Gpu(series.index))
        return len(self._gpus) - 1


class _Arrays:
    """What is known of every cell, as arrays over cells."""

    def __init__(self, cells: Sequence[_Cell]) -> None:
        told = [cell.series for cell in cells]
        self.gpu = np.array([cell.gpu for cell in cells])
        self.use = np.array([series.metric.use for series in told])
        self.point = np.array([series.metric.point for series in told])
        self.rank = np.array([series.rank for series in told])
        self.has_blanks = np.array([series.metric.is_dcgm for series in told])
        # 1e-6 has no exact float, 1e6 has: dividing gives 1980 where multiplying gives 1979.999….
        scales = np.array([series.metric.scale for series in told])
        self.times = np.where(scales >= 1, scales, 1.0)
        self.over = np.where(scales < 1, 1 / scales, 1.0)


class _Found:
    """One look: the cells seen and their values in the units of the points."""

    def __init__(
        self, arrays: _Arrays, cells: NDArray[np.int64], values: NDArray[np.float64], gpus: int
    ) -> None:
        self._gpus, self._at = gpus, cells
        self._gpu, self._use = arrays.gpu[cells], arrays.use[cells]
        self._point, self._rank = arrays.point[cells], arrays.rank[cells]
        with np.errstate(over="ignore", invalid="ignore"):
            self._values = values * arrays.times[cells] / arrays.over[cells]
        self._has_blanks = arrays.has_blanks[cells]
        self._blank = ~np.isfinite(self._values) | (self._has_blanks & _blanks(values))
        self.own_limits: dict[int, dict[str, float]] = {}
        self.xids: dict[tuple[int, int], float] = {}

    @property
    def failed(self) -> bool:
        """Whether the exporter says that its own look at the GPUs failed."""
        return bool((self._values[self._use == Use.COLLECTED] == 0).any())

    @property
    def collected_at_s(self) -> float | None:
        """When that look last succeeded, in seconds since 1970."""
        times = self._values[self._use == Use.COLLECTED_AT]
        return float(times.max()) if times.size else None

    def gpus(self) -> list[int]:
        """The GPUs that are there; their Xids are told long after they are gone."""
        past = (self._use == Use.XID_TIME) | ((self._point == _XID_COUNT) & ~self._has_blanks)
        return [gpu for gpu in np.unique(self._gpu[~past]).tolist() if gpu >= 0]

    def points(self, known: Sequence[_Cell]) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        """Return ``(values, reasons)``, one row per GPU ever met, one column per point."""
        shape = (self._gpus, len(gpu_schema()))
        values, blank = np.full(shape, np.nan), np.zeros(shape, np.bool_)
        plain = self._use == Use.VALUE
        unknown = plain & self._blank
        blank[self._gpu[unknown], self._point[unknown]] = True
        good = plain & ~self._blank
        # Each instance has a last Xid of its own; an older one must not hide behind "none".
        shared = good & (self._point == _LAST_XID) & (self._rank >= INSTANCE_RANK)
        np.fmax.at(values, (self._gpu[shared], self._point[shared]), self._values[shared])
        good = np.flatnonzero(good & ~shared)
        if self._rank[good].any():  # the last one written stays: the lowest rank
            good = good[np.argsort(-self._rank[good], kind="stable")]
        values[self._gpu[good], self._point[good]] = self._values[good]
        if not plain.all():
            self._add_specials(known, values, blank)
        return values, _judged(values, blank)

    def _add_specials(
        self, known: Sequence[_Cell], values: NDArray[np.float64], blank: NDArray[np.bool_]
    ) -> None:
        """Add what takes more than putting a value in its place."""
        parts: dict[tuple[int, int, str], dict[str, float]] = {}
        for i in np.flatnonzero(self._use != Use.VALUE).tolist():
            cell, value = known[self._at[i]], float(self._values[i])
            metric, gpu = cell.series.metric, cell.gpu
            if self._blank[i]:
                blank[gpu, metric.point] |= metric.use is Use.PART
            elif metric.use is Use.PART:
                parts.setdefault((gpu, metric.point, metric.name), {})[cell.series.split] = value
            elif metric.use is Use.LIMIT:
                self.own_limits.setdefault(gpu, {})[metric.own_limit] = value
            elif metric.use is Use.XID_TIME:
                self.xids[gpu, cell.series.xid] = value
        for (gpu, point, _), split in parts.items():
            # A total beside the links it is the total of counts once.
            told = split.get("", sum(split.values()))
            values[gpu, point] = np.nansum((values[gpu, point], told))
        for (gpu, xid), _ in sorted(self.xids.items(), key=lambda item: item[1]):
            values[gpu, _LAST_XID] = xid


def stale(sample: GpuSample, measured: Stamp | None) -> GpuSample:
    """Return a sample of some time ago: its values are kept and stale."""
    reasons = sample.reasons.copy()
    reasons[reasons != Reason.NOT_EXPORTED] = Reason.STALE
    return replace(sample, values=sample.values.copy(), reasons=reasons, measured=measured)


def with_last(look: Look, last: Iterable[GpuSample]) -> list[GpuSample]:
    """Return a failed look's samples and, stale, those of ``last`` that it does not name.

    The exporter could not see its GPUs: that one is not named now does not mean that it is gone.
    """
    told = {sample.key: sample for sample in look.samples}
    for sample in last:
        told.setdefault(sample.key, stale(sample, look.failed_at))
    return sorted(told.values(), key=lambda sample: sample.index)


def _blanks(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    found = values >= _BLANK_64
    for start in (_BLANK_32, _BLANK_FP):
        found |= (values >= start) & (values < start + _BLANK_COUNT)
    return found


def _judged(values: NDArray[np.float64], blank: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The reason of every value: none, out of range, not supported, not exported."""
    low, high = _valid()
    there = ~np.isnan(values)
    reasons = np.full(values.shape, int(Reason.NOT_EXPORTED), np.uint8)
    reasons[blank] = Reason.NOT_SUPPORTED
    reasons[there] = Reason.NONE
    reasons[there & ((values < low) | (values > high))] = Reason.OUT_OF_RANGE
    return reasons


@cache
def _valid() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    ranges = [spec.valid or (-np.inf, np.inf) for spec in gpu_points()]
    return np.array([low for low, _ in ranges]), np.array([high for _, high in ranges])
