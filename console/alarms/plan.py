"""The alarms of one part, compiled: arrays that say what to compare, and which alarm it makes.

Three layers. A *leaf* compares one point with one number, state, bit or reason. A *group* asks how
many of its leaves hold (one term over several sensors, or a vote). A *band* asks how many of its
groups hold and has a severity and delays; an alarm is as bad as the worst of its bands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from console.alarms.events import AlarmKey
from console.alarms.severity import Severity
from console.alarms.specs import ConditionSpec
from drivers.points import Limit, Point, Schema

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Planned:
    """One alarm (or event) of the part: its key, its definition, the point it is told by."""

    key: AlarmKey
    spec: ConditionSpec
    point: Point | None
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Leaves:
    """What to compare. ``base`` is the row added to ``limit``, the row of zeros for none.

    ``deadband`` is how far a leaf of a raised band must come back. ``states``, ``bits`` and
    ``reasons`` are positions of leaves that do not compare with a number: those compare with the
    rows of ``state_values`` (padded with NaN), ``bit_masks`` and ``reason_masks``. ``changed`` are
    positions among ``states`` that hold only in the sample in which the value is new.
    """

    row: Ints
    base: Ints
    limit: Floats
    sign: Floats
    deadband: Floats
    band: Ints
    has_base: bool
    states: Ints
    state_values: Floats
    changed: Ints
    bits: Ints
    bit_masks: NDArray[np.int64]
    reasons: Ints
    reason_masks: NDArray[np.int64]

    @property
    def is_plain(self) -> bool:
        """Whether all of them compare a number with a number."""
        return not (len(self.states) or len(self.bits) or len(self.reasons))


@dataclass(frozen=True, slots=True)
class Compound:
    """The bands behind ``first_band`` that need more than one leaf, or have a gate.

    Groups are of leaves from ``first_leaf`` on; ``start`` are positions for reduceat. ``main`` are
    the groups of the bands in order, ``gate`` those that only allow band ``gate_band``.
    """

    first_band: int
    first_leaf: int
    start: Ints
    size: Ints
    need: Ints
    is_vote: Bools
    main: Ints
    main_start: Ints
    main_need: Ints
    gate: Ints
    gate_band: Ints


@dataclass(frozen=True, slots=True)
class Bands:
    """Severity and delays of every band; ``limits`` are told in the event that it raises."""

    severity: NDArray[np.int8]
    on_delay_s: Floats
    off_delay_s: Floats
    alarm_start: Ints
    leaf: Ints
    limits: tuple[Limit | None, ...]
    counted: tuple[tuple[int, int, float], ...]
    """``(band, count, within_s)``."""
    startups: tuple[tuple[int, int, float], ...]
    """``(band, group that tells a start, seconds)``."""

    def __len__(self) -> int:
        return len(self.severity)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything of one part, in one order: alarms, their bands, the leaves of those."""

    schema: Schema
    alarms: tuple[Planned, ...]
    bands: Bands
    leaves: Leaves
    compound: Compound | None

    def of(self, part: str) -> Plan:
        """Return the same for another part with the same points; the arrays are shared."""
        own = (replace(one, key=one.key._replace(subject=part)) for one in self.alarms)
        return replace(self, alarms=tuple(own))

    def severity_of(self, band: int) -> Severity:
        """Return the severity of a band."""
        return Severity(int(self.bands.severity[band]))

    def bands_of(self, alarm: int) -> range:
        """Return the positions of an alarm's bands."""
        starts = self.bands.alarm_start
        end = int(starts[alarm + 1]) if alarm + 1 < len(starts) else len(self.bands)
        return range(int(starts[alarm]), end)
