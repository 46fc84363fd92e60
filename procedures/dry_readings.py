"""Readings for a dry run: whatever is not set by hand is such that the step's checks are met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from drivers.points import Point, Reading, Reason, Stamp
from procedures.checks import Comparison
from procedures.engine.readings import Sensed, pattern_of
from procedures.spec import Procedure

Given = float | str | Reason


class DryReadings:
    """``given`` maps ``tank.level`` to a number, a word of a state, or a reason for no value.

    ``step`` and ``time`` are moved on by the dry run.
    """

    def __init__(self, procedure: Procedure, given: Mapping[str, Given]) -> None:
        self._procedure = procedure
        self._given = dict(given)
        self.step = procedure.order[0]
        self.time = Stamp(0, 0.0)

    def of(self, subject: str, point: str) -> tuple[Sensed, ...]:
        """Return one reading of a point."""
        wanted = pattern_of(f"{subject}.{point}")
        asked = [c for c in self._comparisons() if (c.subject, c.point) == (subject, point)]
        unit = asked[0].unit if asked else ""
        key = point.replace("[*]", "[1]")
        for name, given in self._given.items():
            if wanted.fullmatch(name) or name == f"{subject}.{point}":
                return (self._sensed(subject, key, unit, given),)
        return (self._sensed(subject, key, unit, _meeting(asked)),)

    def _comparisons(self) -> Iterator[Comparison]:
        spec = self._procedure.steps[self.step]
        for part in (*spec.gates, *self._procedure.invariants_of(self.step)):
            yield from part.parsed.either  # type: ignore[attr-defined]  # gates and invariants

    def _sensed(self, subject: str, key: str, unit: str, given: Given) -> Sensed:
        if isinstance(given, Reason):
            return Sensed(subject, Reading(Point(key, key, unit), None, given, self.time))
        if isinstance(given, str):
            states = Point(key, key, unit, states={0: given})
            return Sensed(subject, Reading(states, 0.0, Reason.NONE, self.time))
        return Sensed(subject, Reading(Point(key, key, unit), given, Reason.NONE, self.time))


def _meeting(asked: list[Comparison]) -> Given:
    """Return a value that meets as many comparisons as can be met at once."""
    words = [one.state for one in asked if one.state]
    if words:
        return words[0] if asked[0].operator == "==" else f"not {words[0]}"
    ends = {end for one in asked for end in (one.low, one.high) if end is not None}
    tried = sorted({near for end in ends for near in (end, end - 1, end + 1)} | _between(ends))
    return max(tried, key=lambda value: sum(one.accepts(value) for one in asked), default=0.0)


def _between(ends: set[float]) -> set[float]:
    return {(a + b) / 2 for a in ends for b in ends}
