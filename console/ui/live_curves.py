"""Curves of the present on a page: at once from memory, then exactly and farther from the history.

A view that is opened, turned to another part or widened shows in the same moment what the last
hour in memory holds. What memory does not know (what was before, and why a value was missing)
comes from the history a few milliseconds later. Then each sample is added as it comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from console.acquisition.trends import TrendStore
from console.alarms.status import Status
from console.session.session import Session
from console.ui.conditions import condition
from console.ui.curves import (
    Answer,
    Columns,
    Curve,
    CurveView,
    Grid,
    Loader,
    Mark,
    OwnRange,
    Request,
    Strip,
)
from console.ui.trend_source import LiveFeed, TrendHistory, TrendSource
from console.ui.trend_strips import common_limits, is_state, look_up
from drivers.points import Point, Reason, Stamp

_BRIDGE_PERIODS = 2.5
_SLACK_S = 5.0
_EVER_US = 1 << 61
_BEFORE = 1.25
"""So much more than the age of a moment is shown, for it to have something before it."""


def span_of(age_s: float, spans_s: Sequence[float]) -> float | None:
    """Return the shortest span up to the present that shows a moment and what led to it."""
    return next((span for span in spans_s if span >= age_s * _BEFORE), None)


class LiveCurves(QObject):
    """Feeds one view; it goes with it. ``history`` is read in a thread of its own."""

    def __init__(
        self, session: Session, view: CurveView, history: TrendHistory | None = None
    ) -> None:
        super().__init__(view)
        if history is None:
            from console.history.telemetry_store.reader import TelemetryReader

            history = TelemetryReader(session.data)
        self._session = session
        self._view = view
        self._feed = LiveFeed(session)
        self._loader = Loader(TrendSource(history, session.trends, session.clock))
        view.wanted.connect(self._answer)
        self._loader.answered.connect(self._complete)
        loader = self._loader
        self.destroyed.connect(lambda: loader.stop(0.0))  # it is not waited for: it may be reading

    def show_strips(self, strips: Sequence[Strip]) -> None:
        """Draw other strips."""
        self._feed.restart()
        self._view.set_strips(strips)

    def reload(self) -> None:
        """Begin anew after a time in which :meth:`refresh` was not called."""
        self._feed.restart()
        self._view.reload()

    def refresh(self) -> None:
        """Let time go on and add what has come; draws nothing where nothing has."""
        now = self._session.now()
        self._view.advance(now.utc_us)
        self._feed.feed(self._view, now)

    def _answer(self, request: Request) -> None:
        """Answer from memory at once; ask the history for what memory cannot know."""
        now, trends = self._session.now(), self._session.trends
        found = [recent(trends, curve, request.grid, now) for curve in request.curves]
        known = all(is_whole for _, is_whole in found)
        columns = tuple(columns for columns, _ in found)
        self._complete(Answer(request.number, request.grid, columns, partial=not known))
        if not known:
            self._loader.request(request)

    def _complete(self, answer: Answer) -> None:
        """Take an answer; a silence that lasts is in none, and is to be told again."""
        self._view.answer(answer)
        self._feed.restart()


def recent(trends: TrendStore, curve: Curve, grid: Grid, now: Stamp) -> tuple[Columns, bool]:
    """Return a curve from memory, and whether that is all there is to know of it.

    It is not where the range begins before memory does, or where a value was missing: why, memory
    does not know. Until the history tells, such a value counts as stale.
    """
    low, high, mean = (np.full(grid.count, np.nan) for _ in range(3))
    columns = Columns(low, high, mean, np.zeros(grid.count, np.uint8))
    span_s = (now.utc_us - grid.start_us) / 1e6
    if span_s <= 0:
        return columns, True
    ages, values = trends.window(curve.part, curve.key, span_s + _SLACK_S, now.mono_s)
    utc_us = now.utc_us + np.rint(ages * 1e6).astype(np.int64)
    reaches = bool(len(utc_us)) and int(utc_us[0]) <= grid.start_us
    slots = utc_us // grid.step_us - grid.first
    inside = (slots >= 0) & (slots < grid.count)
    _fill(columns, slots[inside], values[inside].astype(np.float64))
    return columns, reaches and bool(np.isfinite(values[inside]).all())


def _fill(columns: Columns, slots: NDArray[np.int64], values: NDArray[np.float64]) -> None:
    """Put samples into the columns they are in; they are in order of time."""
    if not len(slots):
        return
    starts = np.flatnonzero(np.r_[True, slots[1:] != slots[:-1]])
    at = slots[starts]
    good = np.isfinite(values)
    columns.minimum[at] = np.fmin.reduceat(values, starts)
    columns.maximum[at] = np.fmax.reduceat(values, starts)
    counts = np.add.reduceat(good.astype(np.int64), starts)
    totals = np.add.reduceat(np.where(good, values, 0.0), starts)
    told = counts > 0
    columns.mean[at[told]] = totals[told] / counts[told]
    columns.reason[slots[~good]] = int(Reason.STALE)


def live_strip(
    session: Session, title: str, part: str, lines: Sequence[tuple[str, str, int]]
) -> Strip | None:
    """Return a strip of points of one part, each as key, name and pen; None if it has none of them.

    The range is that of the first point: it stands still, so that noise never looks like a crisis.
    Only a point without a range has one that follows what is seen. Points of another unit than the
    first have their own ranges.
    """
    schema = session.latest.schema(part)
    known = [(point, line) for line in lines if (point := schema.get(line[0])) is not None]
    if not known:
        return None
    first = known[0][0]
    curves = [_curve(session, part, point, line, first.unit) for point, line in known]
    alike = [point for point, _ in known if point.unit == first.unit]
    limits = first.limits if len(alike) == 1 else common_limits(alike)
    strip = Strip.of(first, curves, title, auto=first.low >= first.high)
    return replace(strip, limits=limits)


def _curve(
    session: Session, part: str, point: Point, line: tuple[str, str, int], unit: str
) -> Curve:
    key, name, pen = line
    bridge_s = look_up(session, (part, key)).period_s * _BRIDGE_PERIODS
    own = None if point.unit == unit else OwnRange.of(point)
    return Curve(part, key, name, pen, bridge_s, steps=is_state(point), own=own)


def alarm_marks(session: Session, alarms: Sequence[Status], here: str) -> tuple[Mark, ...]:
    """Return alarms as marks in order of time, those of other parts than ``here`` with their place.

    An active one reaches up to the present.
    """
    marks = [
        Mark(
            alarm.since_us,
            _words(session, alarm, here),
            alarm.priority,
            _EVER_US if alarm.active else None,
            active=bool(alarm.active),
        )
        for alarm in alarms
    ]
    return tuple(sorted(marks, key=lambda mark: (mark.utc_us, mark.priority, mark.text)))


def _words(session: Session, alarm: Status, here: str) -> str:
    what = condition(alarm)
    return what if alarm.subject == here else f"{session.name_of(alarm.subject)}: {what}"
