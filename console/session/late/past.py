"""What the equipment's own telemetry says of the time at which something was written on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from console.history.telemetry_reader import TelemetryReader, Trend
from drivers.points import Point, Reading, Reason, Schema, Stamp
from procedures.engine.readings import NoReadings, Readings, Sensed, pattern_of
from procedures.spec import Procedure

if TYPE_CHECKING:
    from console.session.session import Session

LOOK_BACK_US = 600_000_000
"""The oldest that any gate allows a value to be."""
Subjects = Mapping[str, tuple[str, ...]]


class Past(Protocol):
    """Readings of a past time."""

    def span(self, subjects: Subjects, procedure: Procedure, since_us: int, until_us: int) -> Told:
        """Return what is known of ``since_us <= time <= until_us``."""


class Told(Protocol):
    """Readings of one span."""

    @property
    def is_silent(self) -> bool:
        """Whether nothing at all is known."""

    def at(self, utc_us: int) -> Readings:
        """Return the readings as they stood at a moment; what was older is older."""


class Silence:
    """Nothing was recorded: a site without a console, or a log from another one."""

    is_silent = True

    def span(self, _subjects: Subjects, _procedure: Procedure, _since: int, _until: int) -> Silence:
        """Return itself."""
        return self

    def at(self, _utc_us: int) -> NoReadings:
        """Return nothing."""
        return NoReadings()


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The recorded telemetry of a session. Reading it may take a while: not in the window's thread.

    The points that the console derives for the work were not recorded as telemetry; paper says of
    them that only the console reckons them.
    """

    reader: TelemetryReader
    schemas: Mapping[str, Schema]

    @classmethod
    def of(cls, session: Session) -> Telemetry:
        """Return that of a session; call it in the session's own thread."""
        parts = session.latest.parts()
        return cls(TelemetryReader(session.data), {p: session.latest.schema(p) for p in parts})

    def span(self, subjects: Subjects, procedure: Procedure, since_us: int, until_us: int) -> Told:
        """Read every point of the subjects that a check of the procedure looks at."""
        wanted = _wanted(procedure)
        names = {
            (part, spec.key): spec
            for subject, points in wanted.items()
            for part in subjects.get(subject, ())
            for spec in self.schemas.get(part, Schema(()))
            if any(pattern_of(point).fullmatch(spec.key) for point in points)
        }
        if not names:
            return Silence()
        trends = self.reader.ranges(list(names), since_us - LOOK_BACK_US, until_us + 1)
        return _Span(subjects, self.schemas, dict(zip(names, trends, strict=True)), dict(names))


def _wanted(procedure: Procedure) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for step in procedure.steps.values():
        checks = [gate.parsed for gate in step.gates]
        checks += [part.parsed for part in procedure.invariants_of(step.id)]
        for check in checks:
            for one in check.either:
                found.setdefault(one.subject, set()).add(one.point)
        for value in step.values:
            subject, _, point = (value.source or "").partition(".")
            if point:
                found.setdefault(subject, set()).add(point)
    kinds = {name: spec.kind for name, spec in procedure.subjects.items()}
    return {name: points for name, points in found.items() if kinds[name] != "work"}


@dataclass(frozen=True, slots=True)
class _Span:
    subjects: Subjects
    schemas: Mapping[str, Schema]
    trends: Mapping[tuple[str, str], Trend]
    points: Mapping[tuple[str, str], Point]

    @property
    def is_silent(self) -> bool:
        return all(len(trend) == 0 for trend in self.trends.values())

    def at(self, utc_us: int) -> Readings:
        return _Moment(self, utc_us)

    def sensed(self, name: tuple[str, str], utc_us: int) -> Sensed | None:
        trend = self.trends[name]
        number = int(np.searchsorted(trend.utc_us, utc_us, side="right")) - 1
        if number < 0:
            return None
        value, reason = float(trend.values[number]), Reason(int(trend.reasons[number]))
        at_us = int(trend.utc_us[number])
        known = value if np.isfinite(value) else None
        return Sensed(name[0], Reading(self.points[name], known, reason, Stamp(at_us, at_us / 1e6)))


@dataclass(frozen=True, slots=True)
class _Moment:
    span: _Span
    utc_us: int
    memory: dict[tuple[str, str], tuple[Sensed, ...] | None] = field(default_factory=dict)

    def of(self, subject: str, point: str) -> tuple[Sensed, ...] | None:
        """Return what was recorded; empty where the equipment has no such point, None unknown."""
        key = subject, point
        if key not in self.memory:
            self.memory[key] = self._of(subject, point)
        return self.memory[key]

    def _of(self, subject: str, point: str) -> tuple[Sensed, ...] | None:
        parts, wanted = self.span.subjects.get(subject, ()), pattern_of(point)
        known = [part for part in parts if part in self.span.schemas]
        names = [n for n in self.span.trends if n[0] in parts and wanted.fullmatch(n[1])]
        if not names:
            return () if known and not self.span.is_silent else None
        found: Sequence[Sensed | None] = [self.span.sensed(name, self.utc_us) for name in names]
        told = tuple(one for one in found if one is not None)
        # A part of which nothing is recorded leaves "all of them" unknown, not met by the others.
        return told if len(told) == len(names) else None
