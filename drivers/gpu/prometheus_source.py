"""GPUs as a Prometheus server has scraped them, now and in the past.

What a server tells may be old: the time of each sample is the time of its scrape, and a host that
is no longer scraped has stale values, not live ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from drivers.device import DeviceError, DeviceGarbledError
from drivers.gpu.points import gpu_schema
from drivers.gpu.prometheus_api import PrometheusApi, Row, Target, names_of
from drivers.gpu.series import series_of
from drivers.gpu.source import Capability, GpuFault, GpuSample
from drivers.gpu.table import GpuTable, Look, stale, with_last
from drivers.gpu.xid_times import XidTimes
from drivers.points import Reason, Stamp

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST_WINDOW_S = 300.0
_WINDOW_SCRAPES, _LEAST_WINDOW_S, _MOST_WINDOW_S = 4.0, 15.0, 900.0
_STALE_SCRAPES, _LEAST_STALE_S, STALE_S = 2.5, 5.0, 90.0
_SAME_SCRAPE = 1.5
_MOST_STEPS = 1000
_MOST_CELLS = 50_000
_CAPABILITIES = frozenset({Capability.INVENTORY, Capability.SAMPLE, Capability.HISTORY})


@dataclass(frozen=True, slots=True)
class GpuHistory:
    """The past of one GPU: ``times_s`` since 1970 and, by point key, values in its unit.

    All float64 and of one length; NaN where nothing was measured.
    """

    times_s: NDArray[np.float64]
    values: Mapping[str, NDArray[np.float64]]


@dataclass
class _Scraped:
    """One scraped exporter and what it said last."""

    table: GpuTable = field(default_factory=GpuTable)
    cells: dict[tuple[tuple[str, str], ...], int] = field(default_factory=dict)
    interval_s: float | None = None
    time_s: float = -math.inf
    measured: Stamp | None = None
    samples: list[GpuSample] = field(default_factory=list)

    @property
    def stale_after_s(self) -> float:
        """At what age its values are stale."""
        if self.interval_s is None:
            return STALE_S
        return max(_LEAST_STALE_S, _STALE_SCRAPES * self.interval_s)

    def read(self, rows: Sequence[Row], age_s: float, now: Stamp) -> Look:
        """Take the rows of the latest scrape, which was ``age_s`` ago."""
        latest = max(row.samples[-1][0] for row in rows)
        self._learn_interval(rows)
        if self.measured is None or latest != self.time_s:
            back_s = max(0.0, age_s)
            self.measured = Stamp(now.utc_us - round(back_s * 1e6), now.mono_s - back_s)
        self.time_s = latest
        oldest = latest - _SAME_SCRAPE * self.interval_s if self.interval_s else latest - STALE_S
        current = [row for row in rows if row.samples[-1][0] >= oldest]
        look = self.look(((row, row.samples[-1][1]) for row in current), self.measured)
        told = with_last(look, self.samples) if look.failed else look.samples
        self.samples = [
            replace(sample, measured=sample.measured or self.measured) for sample in told
        ]
        return look

    def look(self, told: Iterable[tuple[Row, float]], time: Stamp) -> Look:
        """Return what some series with these values say; raises DeviceGarbledError."""
        if len(self.cells) > _MOST_CELLS:
            self.table, self.cells = GpuTable(), {}
        cells, values = [], []
        for row, value in told:
            cell = self._cell(row, value)
            if cell >= 0:
                cells.append(cell)
                values.append(value)
        return self.table.look(cells, values, time)

    def stale(self) -> list[GpuSample]:
        """What it said last, marked as being of that time."""
        return [stale(sample, sample.measured) for sample in self.samples]

    def _cell(self, row: Row, value: float) -> int:
        key = tuple(row.labels.items())
        cell = self.cells.get(key)
        if cell is None:
            series = series_of(row.name, row.labels)
            cell = -1 if series is None else self.table.learn(series, value)
            self.cells[key] = cell
        return cell

    def _learn_interval(self, rows: Sequence[Row]) -> None:
        times = [time_s for time_s, _ in max(rows, key=lambda row: len(row.samples)).samples]
        if len(times) >= 2:
            self.interval_s = float(np.median(np.diff(times[-10:]))) or None


class PrometheusSource:
    """``prometheus+http(s)://[USER:PASSWORD@]HOST:9090?LABEL=VALUE&…``; a ``GpuSource``.

    Raises ValueError for an address that is none. ``timeout_s`` is for each whole answer.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = 5.0,
        ca_file: Path | None = None,
        clock: Callable[[], Stamp] = Stamp.now,
    ) -> None:
        target = Target.parse(url)
        self._shown = target.shown
        self._api = PrometheusApi(target, timeout_s=timeout_s, ca_file=ca_file)
        self._clock = clock
        self._scraped: dict[tuple[str, str], _Scraped] = {}
        self._has_found = False
        self._names = names_of()
        self._xids = XidTimes()

    @property
    def url(self) -> str:
        """Where it is, without the password."""
        return self._shown

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Sampling and the past; fault events too once an exporter tells their times."""
        return _CAPABILITIES | ({Capability.EVENTS} if self._xids.are_told else set())

    async def connect(self) -> None:
        """Prepare the connection; the first look opens it. Raises DeviceError."""
        await self._api.open()

    async def inventory(self) -> Sequence[Mapping[str, str]]:
        """Return the identity of each GPU; raises DeviceError."""
        return [sample.identity for sample in await self.sample()]

    async def sample(self) -> Sequence[GpuSample]:
        """Ask once; raises DeviceError where the server knows of no GPU, and never has.

        A GPU missing from a scrape is not in the answer. Where nothing has been scraped for 2.5
        intervals everything that is known is, as stale.
        """
        told = await self._api.raw(self._names, self._window_s())
        now = self._clock()
        server_s = now.utc_us / 1e6 if told.server_s is None else told.server_s
        rows = _by_scrape(told.rows)
        self._read(rows, server_s, now)
        found: dict[str, GpuSample] = {}
        # Of two that tell of the same GPU the one scraped last counts.
        for scraped in sorted(self._scraped.values(), key=lambda scraped: scraped.time_s):
            is_stale = server_s - scraped.time_s > scraped.stale_after_s
            samples = scraped.stale() if is_stale else scraped.samples
            found |= {sample.key: sample for sample in samples}
        if not found and not self._has_found:
            raise DeviceError(f"{self.url} has no GPU with these labels")
        self._has_found = True
        return sorted(found.values(), key=lambda sample: sample.index)

    def faults(self) -> Sequence[GpuFault]:
        """Return the Xids since the last call, where the exporter tells when they happened."""
        return self._xids.new()

    async def close(self) -> None:
        """Drop the connection."""
        await self._api.close()

    async def past(
        self,
        start_utc_us: int,
        end_utc_us: int,
        step_s: float,
        keys: Collection[str] | None = None,
    ) -> Sequence[GpuSample]:
        """Return the samples of a time in the past, oldest first, each with ``measured``.

        One per GPU and step at which anything was measured shortly before; only the points of
        ``keys`` where they are given. Raises DeviceError; KeyError for a key that is no point.
        """
        index = gpu_schema().index
        points = None if keys is None else frozenset(index[key] for key in keys)
        names = self._names if points is None else names_of(points)
        now, found = self._clock(), []
        for start_s, end_s in _chunks(start_utc_us / 1e6, end_utc_us / 1e6, step_s):
            told = await self._api.stepped(names, self._hold_s(step_s), start_s, end_s, step_s)
            found += list(self._past(told.rows, now))
        return found

    async def history(
        self, keys: Collection[str], start_utc_us: int, end_utc_us: int, step_s: float
    ) -> Mapping[str, GpuHistory]:
        """Return the past of some points by GPU key; raises DeviceError, KeyError."""
        start_s, index = start_utc_us / 1e6, gpu_schema().index
        count = math.floor((end_utc_us / 1e6 - start_s) / step_s) + 1
        times_s = start_s + step_s * np.arange(count, dtype=np.float64)
        found: dict[str, GpuHistory] = {}
        for sample in await self.past(start_utc_us, end_utc_us, step_s, keys):
            if sample.measured is None:
                continue
            past = found.setdefault(
                sample.key, GpuHistory(times_s, {key: np.full(count, np.nan) for key in keys})
            )
            at = round((sample.measured.utc_us / 1e6 - start_s) / step_s)
            for key in keys:
                if sample.reasons[index[key]] in {Reason.NONE, Reason.OUT_OF_RANGE}:
                    past.values[key][at] = sample.values[index[key]]
        return found

    def _read(
        self, rows: Mapping[tuple[str, str], Sequence[Row]], server_s: float, now: Stamp
    ) -> None:
        xids: dict[tuple[str, int], float] = {}
        for key, told in rows.items():
            scraped = self._scraped.setdefault(key, _Scraped())
            latest = max(row.samples[-1][0] for row in told)
            try:
                xids |= scraped.read(told, server_s - latest, now).xids
            except DeviceGarbledError as error:
                del self._scraped[key]
                raise DeviceGarbledError(f"{self.url}: {error}") from None
        self._xids.take(xids, now)

    def _past(self, rows: Sequence[Row], now: Stamp) -> Iterator[GpuSample]:
        steps: dict[float, dict[tuple[str, str], list[tuple[Row, float]]]] = {}
        for row in rows:
            for time_s, value in row.samples:
                steps.setdefault(time_s, {}).setdefault(row.scraped_from, []).append((row, value))
        for time_s in sorted(steps):
            back_s = now.utc_us / 1e6 - time_s
            time = Stamp(round(time_s * 1e6), now.mono_s - back_s)
            for key, told in steps[time_s].items():
                scraped = self._scraped.setdefault(key, _Scraped())
                for sample in scraped.look(told, time).samples:
                    yield replace(sample, measured=time)

    def _window_s(self) -> float:
        """How far back to ask for the latest scrape: not so far that it is much to read."""
        intervals = [scraped.interval_s for scraped in self._scraped.values()]
        known = [interval_s for interval_s in intervals if interval_s]
        if not known or len(known) < len(intervals):
            return FIRST_WINDOW_S
        return min(_MOST_WINDOW_S, max(_LEAST_WINDOW_S, _WINDOW_SCRAPES * max(known)))

    def _hold_s(self, step_s: float) -> float:
        """How long a value of the past stands before there is a gap."""
        limits = [scraped.stale_after_s for scraped in self._scraped.values()]
        return max(step_s, *(limits or [STALE_S]))


def _by_scrape(rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault(row.scraped_from, []).append(row)
    return found


def _chunks(start_s: float, end_s: float, step_s: float) -> Iterator[tuple[float, float]]:
    """The parts of a time that are asked for one after another, on one grid."""
    steps = math.floor((end_s - start_s) / step_s)
    for first in range(0, steps + 1, _MOST_STEPS):
        last = min(first + _MOST_STEPS - 1, steps)
        yield start_s + first * step_s, start_s + last * step_s
