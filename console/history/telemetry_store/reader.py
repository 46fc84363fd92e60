"""The read side of the telemetry: any range of any point, from any thread, also while recording."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from console.history.telemetry_store.archive import NUMBER_BITS, NUMBER_MASK
from console.history.telemetry_store.block import HOUR_US
from console.history.telemetry_store.cells import Cells, Edges, joined, of_cells, of_samples
from console.history.telemetry_store.day import DAY_US
from console.history.telemetry_store.decoded import DecodedHours
from console.history.telemetry_store.envelope import (
    MOST_PIXELS,
    Envelope,
    Statistics,
    clamped,
    edges_of,
    envelope_of,
    level_for,
)
from console.history.telemetry_store.tail import PointName
from console.history.telemetry_store.trend import Damage, Trend, merged, no_samples
from console.history.telemetry_store.view import View, cells_in, trends_in, viewing

Name = tuple[str, str]
"""A part and the key of one of its points."""


class TelemetryReader:
    """Reads what is recorded in a data folder: what is rolled up and what is not, as one line.

    Each call opens and closes its own read-only connections: so a file that was set aside is not
    read for the new one, and none is kept from being renamed or removed. A point that was never
    recorded has no samples. Every method raises StorageError.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._decoded = DecodedHours()

    def _view(self) -> AbstractContextManager[View]:
        return viewing(self._folder, self._decoded)

    def parts(self) -> list[str]:
        """Return the ids of all parts that have been recorded, in alphabetical order."""
        with self._view() as view:
            return view.parts()

    def keys(self, part: str) -> list[str]:
        """Return the keys of the points of a part that have been recorded."""
        with self._view() as view:
            return view.keys(part)

    def points(self, part: str) -> list[PointName]:
        """Return key, English name and unit of the points of a part, as they were told last."""
        with self._view() as view:
            return view.points(part)

    def range(self, part: str, key: str, since_us: int, until_us: int) -> Trend:
        """Return every sample of a point with ``since_us <= time < until_us``, in order of time."""
        since_us, until_us = clamped(since_us, until_us)
        with self._view() as view:
            return _samples(view, (part, key), since_us, until_us)

    def ranges(self, names: Sequence[Name], since_us: int, until_us: int) -> list[Trend]:
        """Return every sample of several points in a range, read as of one moment."""
        since_us, until_us = clamped(since_us, until_us)
        with self._view() as view:
            return [_samples(view, name, since_us, until_us) for name in names]

    def envelope(self, part: str, key: str, since_us: int, until_us: int, pixels: int) -> Envelope:
        """Return a range of a point in ``pixels`` stretches; ValueError without range or pixels."""
        return self.envelopes([(part, key)], since_us, until_us, pixels)[0]

    def envelopes(
        self, names: Sequence[Name], since_us: int, until_us: int, pixels: int
    ) -> list[Envelope]:
        """Return a range of several points on the same stretches, read as of one moment."""
        since_us, until_us = clamped(since_us, until_us)
        if not 0 < pixels <= MOST_PIXELS or until_us - since_us < pixels:
            raise ValueError("a range has pixels, and each of them at least a microsecond")
        level_us = level_for(since_us, until_us, pixels)
        edges = edges_of(since_us, until_us, pixels, level_us)
        with self._view() as view:
            return [_envelope(view, name, edges, level_us) for name in names]

    def statistics(self, part: str, key: str, since_us: int, until_us: int) -> Statistics:
        """Return the figures of exactly ``since_us <= time < until_us``."""
        since_us, until_us = clamped(since_us, until_us)
        first, last = -(-since_us // HOUR_US) * HOUR_US, until_us // HOUR_US * HOUR_US
        with self._view() as view:
            if last <= first:
                trends = [_samples(view, (part, key), since_us, until_us)]
                inner, damaged = Cells.none(), trends[0].damaged
            else:
                inner, damaged = _cells(view, (part, key), first, last, HOUR_US)
                trends = [
                    _samples(view, (part, key), since_us, first),
                    _samples(view, (part, key), last, until_us),
                ]
        ever = np.array([since_us, max(until_us, since_us + 1)], np.int64)
        outer = [of_samples(trend, ever) for trend in trends]
        damaged += tuple(one for trend in trends for one in trend.damaged)
        return _figures(of_cells(joined([inner, *outer]), ever), damaged)

    def last(self, part: str, key: str) -> Trend:
        """Return the newest sample of a point: a trend of one, or of none."""
        with self._view() as view:
            newest = _newest_hour(view, (part, key))
            if newest is None:
                return no_samples()
            found = _samples(view, (part, key), newest * HOUR_US, (newest + 1) * HOUR_US)
            return Trend(found.utc_us[-1:], found.values[-1:], found.reasons[-1:], found.damaged)


def _samples(view: View, name: Name, since_us: int, until_us: int) -> Trend:
    if until_us <= since_us:
        return merged([])
    tail = view.tail_between(*name, since_us, until_us)
    hours = range(since_us // HOUR_US, (until_us - 1) // HOUR_US + 1)
    trends: list[Trend] = []
    for archive, *numbers in view.archives_of(*name, since_us, until_us):
        here = _both(hours, archive.file.hours)
        trends += trends_in(archive, (numbers[0], numbers[1]), here, name)
    return merged([*trends, tail]).between(since_us, until_us)


def _envelope(view: View, name: Name, edges: Edges, level_us: int) -> Envelope:
    since_us, until_us = int(edges[0]), int(edges[-1])
    if level_us == 0:
        trend = _samples(view, name, since_us, until_us)
        return envelope_of(of_samples(trend, edges), edges, 0, trend.damaged)
    cells, damaged = _cells(view, name, since_us, until_us, level_us)
    return envelope_of(of_cells(cells, edges), edges, level_us, damaged)


def _cells(
    view: View, name: Name, since_us: int, until_us: int, level_us: int
) -> tuple[Cells, tuple[Damage, ...]]:
    """Return cells of ``level_us`` between edges that are multiples of it."""
    tail = view.tail_between(*name, since_us, until_us)
    fresh = np.unique(tail.utc_us // HOUR_US)  # hours that are in part, or twice, not rolled up
    cells: list[Cells] = []
    damaged: list[Damage] = []
    for archive, *numbers in view.archives_of(*name, since_us, until_us):
        days = range(since_us // DAY_US, (until_us - 1) // DAY_US + 1)
        here = _both(days, _days(archive.file.hours))
        found, spoilt = cells_in(archive, (numbers[0], numbers[1]), here, name, level_us)
        cells += found
        damaged += spoilt
    whole = joined(cells)
    inside = (whole.start_us >= since_us) & (whole.start_us < until_us)
    inside &= ~np.isin(whole.start_us // HOUR_US, fresh)
    parts = [whole.take(inside) if not inside.all() else whole]
    for hour in fresh.tolist():
        start_us = max(hour * HOUR_US, since_us)
        end_us = min((hour + 1) * HOUR_US, until_us)
        trend = _samples(view, name, start_us, end_us)
        grid = np.arange(start_us, end_us + level_us, level_us)
        parts.append(of_samples(trend, grid))
        damaged += trend.damaged
    outside = [one for one in damaged if one.from_us < until_us and one.until_us > since_us]
    return joined(parts), tuple(outside)


def _figures(cells: Cells, damaged: tuple[Damage, ...]) -> Statistics:
    return Statistics(
        int(cells.samples[0]),
        int(cells.valued[0]),
        int(cells.flagged[0]),
        float(cells.minimum[0]),
        float(cells.maximum[0]),
        float(cells.mean[0]),
        damaged,
    )


def _newest_hour(view: View, name: Name) -> int | None:
    """Return the newest hour that holds a sample of a point."""
    newest = view.newest_in_tail(*name)
    hours = [] if newest is None else [newest // HOUR_US]
    for file in reversed(view.files):
        if hours and file.hours.stop <= max(hours):
            break
        archive = view.open(file)
        numbers = archive.numbers(*name) if archive is not None else None
        if archive is None or numbers is None:
            continue
        part, point = numbers
        query = "SELECT id FROM blocks WHERE id & ? = ? ORDER BY id DESC"
        for (number,) in archive.connection.execute(query, (NUMBER_MASK, part)):
            if archive.holds(number, point):
                hours.append(number >> NUMBER_BITS)
                break
    return max(hours, default=None)


def _both(one: range, other: range) -> range:
    return range(
        max(one.start, other.start), max(min(one.stop, other.stop), one.start, other.start)
    )


def _days(hours: range) -> range:
    return range(hours.start // 24, hours.stop // 24)
