"""Where the curves of the trends page come from: the history, and what it has not on disk yet.

The history is read in the loader's thread. What the window adds afterwards, sample by sample, is
told by :class:`LiveFeed`; the two overlap, and a sample that comes twice changes no line.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from console.acquisition.latest import LinkState
from console.acquisition.trends import TrendStore
from console.history.telemetry_store.envelope import Envelope, Statistics
from console.history.telemetry_store.trend import Trend
from console.history.trouble import StorageError
from console.session.session import Session
from console.ui.curves import Columns, Curve, CurveView, Grid
from drivers.points import Quality, Reason, Snapshot, Stamp

_logger = logging.getLogger(__name__)
Name = tuple[str, str]
"""A part and the key of one of its points."""
_SILENT = frozenset({Reason.STALE, Reason.NO_COMMS})
_CATCH_UP = 1.5


class TrendHistory(Protocol):
    """What is asked of the history (:class:`console.history.telemetry_store.reader`)."""

    def parts(self) -> list[str]:
        """Return the parts that have been recorded."""

    def keys(self, part: str) -> list[str]:
        """Return the points of a part that have been recorded."""

    def last(self, part: str, key: str) -> Trend:
        """Return the newest sample."""

    def ranges(self, names: Sequence[Name], since_us: int, until_us: int) -> list[Trend]:
        """Return every sample of a range of several points."""

    def envelope(self, part: str, key: str, since_us: int, until_us: int, pixels: int) -> Envelope:
        """Return a range in stretches."""

    def envelopes(
        self, names: Sequence[Name], since_us: int, until_us: int, pixels: int
    ) -> list[Envelope]:
        """Return a range of several points in stretches."""

    def statistics(self, part: str, key: str, since_us: int, until_us: int) -> Statistics:
        """Return a range in figures."""


class TrendSource:
    """Answers what a view of curves wants (:class:`console.ui.curves.CurveSource`)."""

    def __init__(
        self, history: TrendHistory, trends: TrendStore, clock: Callable[[], Stamp]
    ) -> None:
        self._history = history
        self._trends = trends
        self._clock = clock

    def columns(self, part: str, key: str, start_us: int, end_us: int, columns: int) -> Columns:
        """Return a range in equal columns up to the newest sample; raises OSError in words."""
        try:
            return self._columns(part, key, start_us, end_us, columns)
        except StorageError as trouble:
            raise OSError(trouble.sentence) from None
        except Exception as error:  # a fault of this program must not leave the view waiting
            _logger.exception("reading %s of %s failed", key, part)
            raise OSError(f"{type(error).__name__}: {error}") from None

    def _columns(self, part: str, key: str, start_us: int, end_us: int, count: int) -> Columns:
        # Before the rest: a sample that is written meanwhile is in both rather than in none.
        fresh = self.newest(part, key, end_us)
        found = self._history.envelope(part, key, start_us, end_us, count)
        columns = Columns(
            found.minimum.copy(), found.maximum.copy(), found.mean.copy(), found.reason.copy()
        )
        if len(fresh):
            _fold(columns, found.count, fresh, start_us, (end_us - start_us) // count)
        return columns

    def newest(self, part: str, key: str, end_us: int) -> Trend:
        """Return the good samples that are in memory and not on the disk yet."""
        now = self._clock()
        none = Trend(np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint8))
        if end_us < now.utc_us - round(self._trends.span_s * 1e6):
            return none
        durable = self._history.last(part, key).utc_us
        ages, values = self._trends.window(part, key, self._trends.span_s, now.mono_s)
        utc_us = now.utc_us + np.round(ages * 1e6).astype(np.int64)
        # Two clocks tell of one sample: a millisecond is no time between two of them.
        is_new = np.isfinite(values) & (utc_us < end_us)
        if len(durable):
            is_new &= utc_us > int(durable[-1]) + 1000
        times = utc_us[is_new]
        return Trend(times, values[is_new].astype(np.float64), np.zeros(len(times), np.uint8))


def _fold(columns: Columns, counts: object, fresh: Trend, start_us: int, step_us: int) -> None:
    """Add samples to the columns they are in."""
    slots = (fresh.utc_us - start_us) // step_us
    inside = (slots >= 0) & (slots < len(columns.mean))
    slots, values = slots[inside], fresh.values[inside]
    np.fmin.at(columns.minimum, slots, values)
    np.fmax.at(columns.maximum, slots, values)
    number = np.asarray(counts).astype(np.float64)
    total = np.where(number > 0, columns.mean * number, 0.0)
    np.add.at(total, slots, values)
    np.add.at(number, slots, 1.0)
    touched = np.unique(slots)
    columns.mean[touched] = total[touched] / number[touched]


class LiveFeed:
    """Gives a view what has come since the last time: each sample once, silence as it lasts."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._fed_s: dict[str, float] = {}
        self._silent: dict[str, tuple[Reason, int]] = {}

    def restart(self) -> None:
        """Begin at the present: what is older is asked of the history."""
        self._fed_s.clear()
        self._silent.clear()

    def feed(self, view: CurveView, now: Stamp) -> None:
        """Append to every curve of a view what is new."""
        numbers: list[int] = []
        times: list[int] = []
        values: list[float] = []
        reasons: list[int] = []
        for part, curves in _by_part(view.curves).items():
            for number, utc_us, value, reason in self._news(part, curves, view.grid, now):
                numbers.append(number)
                times.append(utc_us)
                values.append(value)
                reasons.append(reason)
        if numbers:
            order = np.argsort(times, kind="stable")
            view.append(
                np.array(numbers, np.int64)[order],
                np.array(times, np.int64)[order],
                np.array(values)[order],
                np.array(reasons, np.uint8)[order],
            )

    def _news(
        self, part: str, curves: Sequence[tuple[int, Curve]], grid: Grid, now: Stamp
    ) -> list[tuple[int, int, float, int]]:
        try:
            snapshot = self._session.view(part)
        except KeyError:
            return []  # it is in the history only
        first = Reason(int(snapshot.reasons[0])) if len(snapshot.reasons) else Reason.NONE
        if first in _SILENT and bool((snapshot.reasons == first).all()):
            times = self._silence(part, first, grid, now)
            return [(number, at, np.nan, int(first)) for at in times for number, _ in curves]
        self._silent.pop(part, None)
        before_s = self._fed_s.get(part)
        if before_s is not None and snapshot.time.mono_s <= before_s:
            return []
        self._fed_s[part] = snapshot.time.mono_s
        missed = self._missed(part, curves, before_s, snapshot, now) if before_s else []
        return [*missed, *_samples(snapshot, curves)]

    def _silence(self, part: str, reason: Reason, grid: Grid, now: Stamp) -> Sequence[int]:
        """Return the moments at which to say that a part is silent: from its loss on, as drawn."""
        link = self._session.latest.link(self._session.latest.device_of(part))
        step_us = max(round(link.period_s * 1e6), grid.step_us)
        told = self._silent.get(part)
        if told is not None and told[0] is reason:
            times = range(told[1] + step_us, now.utc_us + 1, step_us)
        else:
            since = link.since if link.state is LinkState.LOST else None
            start_us = max(since.utc_us, grid.start_us) if since is not None else now.utc_us
            times = range(min(start_us, now.utc_us), now.utc_us + 1, step_us)
        if times:
            self._silent[part] = reason, times[-1]
        return times

    def _missed(
        self,
        part: str,
        curves: Sequence[tuple[int, Curve]],
        before_s: float,
        snapshot: Snapshot,
        now: Stamp,
    ) -> list[tuple[int, int, float, int]]:
        """Return the samples between the last that was fed and the latest."""
        found: list[tuple[int, int, float, int]] = []
        period_s = self._session.latest.link(self._session.latest.device_of(part)).period_s
        if snapshot.time.mono_s - before_s < period_s * _CATCH_UP:
            return found
        for number, curve in curves:
            span_s = now.mono_s - before_s
            ages, values = self._session.trends.window(part, curve.key, span_s, now.mono_s)
            between = (ages > -span_s + 1e-6) & (ages < snapshot.time.mono_s - now.mono_s - 1e-6)
            between &= np.isfinite(values)
            for age, value in zip(ages[between].tolist(), values[between].tolist(), strict=True):
                found.append((number, now.utc_us + round(age * 1e6), value, 0))
        return found


def _samples(
    snapshot: Snapshot, curves: Sequence[tuple[int, Curve]]
) -> list[tuple[int, int, float, int]]:
    found = []
    for number, curve in curves:
        reading = snapshot.get(curve.key)
        if reading is None:
            continue
        bad = reading.quality is Quality.BAD or reading.value is None
        value = float("nan") if bad or reading.value is None else reading.value
        found.append((number, snapshot.time.utc_us, value, int(reading.reason)))
    return found


def _by_part(curves: Sequence[Curve]) -> dict[str, list[tuple[int, Curve]]]:
    """Return the curves of the present by part, with their numbers."""
    found: dict[str, list[tuple[int, Curve]]] = {}
    for number, curve in enumerate(curves):
        if curve.offset_us == 0:
            found.setdefault(curve.part, []).append((number, curve))
    return found


def first_sample_us(
    history: TrendHistory, names: Sequence[tuple[str, str]], now_us: int
) -> int | None:
    """Return about when the first sample of some points was, to a thousandth of what followed."""
    firsts = [_first_us(history, part, key, now_us) for part, key in names]
    return min((first for first in firsts if first is not None), default=None)


_SEARCH_FROM_US = 946_684_800_000_000
_SEARCH_SLICES = 1000


def _first_us(history: TrendHistory, part: str, key: str, now_us: int) -> int | None:
    start, end = _SEARCH_FROM_US, now_us + 1
    while end - start > max((now_us - start) // _SEARCH_SLICES, _SEARCH_SLICES):
        found = history.envelope(part, key, start, end, _SEARCH_SLICES)
        told = np.flatnonzero((found.count > 0) | (found.flagged > 0))
        if not len(told):
            return None
        at = int(told[0])
        slice_us = int(found.edges_us[at]), int(found.edges_us[at + 1])
        if slice_us[1] - slice_us[0] >= end - start:
            break
        start, end = max(slice_us[0], start), min(slice_us[1], end)
    return start
