"""Where checks get their live values from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from drivers.points import Point, Reading, Reason, Snapshot, Stamp


@dataclass(frozen=True, slots=True)
class Sensed:
    """A reading and the part that it is of (``tank-1``, ``host-1/gpu0``)."""

    part: str
    reading: Reading


class Readings(Protocol):
    """The live values of the equipment that a run is bound to."""

    def of(self, subject: str, point: str) -> tuple[Sensed, ...] | None:
        """Return every reading of a point; ``[*]`` in it stands for every number.

        Empty where the equipment is known to have no such point; None where nothing is known.
        """


class NoReadings:
    """Nothing is known of anything."""

    def of(self, subject: str, point: str) -> None:
        """Return None."""
        return


@dataclass(frozen=True)
class SnapshotReadings:
    """The latest snapshots by subject: one of a tank, one for each GPU of a server."""

    snapshots: Mapping[str, Sequence[Snapshot]]

    def of(self, subject: str, point: str) -> tuple[Sensed, ...] | None:
        """Return the readings of a point in every snapshot of the subject."""
        snapshots = self.snapshots.get(subject)
        if not snapshots:
            return None
        wanted = pattern_of(point)
        return tuple(
            Sensed(snapshot.device, snapshot.reading(i))
            for snapshot in snapshots
            for i, known in enumerate(snapshot.schema)
            if wanted.fullmatch(known.key)
        )


class GivenReadings:
    """Readings set by hand, for a dry run and for tests: ``{"tank.level": 820.0}``.

    A value may be a number, a word of a state, or a :class:`Reason`. ``absent`` names points that
    the equipment does not have. Every reading is from the moment last given to :meth:`at`.
    """

    def __init__(
        self,
        values: Mapping[str, float | str | Reason],
        units: Mapping[str, str] | None = None,
        absent: Sequence[str] = (),
    ) -> None:
        self.values = dict(values)
        self.units = dict(units or {})
        self.absent = set(absent)
        self.time = Stamp(0, 0.0)

    def at(self, time: Stamp) -> GivenReadings:
        """Let every reading be from this moment."""
        self.time = time
        return self

    def of(self, subject: str, point: str) -> tuple[Sensed, ...] | None:
        """Return what was given for a point, or for every number of it."""
        if f"{subject}.{point}" in self.absent:
            return ()
        wanted = pattern_of(f"{subject}.{point}")
        found = [key for key in self.values if wanted.fullmatch(key)]
        return tuple(self._sensed(key) for key in found) or None

    def _sensed(self, key: str) -> Sensed:
        subject, _, name = key.partition(".")
        given = self.values[key]
        unit = self.units.get(key, "")
        if isinstance(given, Reason):
            return Sensed(subject, Reading(Point(name, name, unit), None, given, self.time))
        if isinstance(given, str):
            point = Point(name, name, unit, states={0: given})
            return Sensed(subject, Reading(point, 0.0, Reason.NONE, self.time))
        reading = Reading(Point(name, name, unit), float(given), Reason.NONE, self.time)
        return Sensed(subject, reading)


def pattern_of(point: str) -> re.Pattern[str]:
    """Return what matches a point's key, with ``[*]`` for any number."""
    return re.compile(re.escape(point).replace(r"\[\*\]", r"\[\d+\]"))
