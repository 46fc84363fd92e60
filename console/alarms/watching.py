"""Watches the conditions of one part: every limit of a sample at once, delays by the clock.

A value that is not good is neither true nor false: it raises nothing, clears nothing and stops no
clock. A gate that cannot be told is open, so that missing data never silences an alarm.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.alarms.plan import Bools, Compound, Floats, Plan
from console.alarms.severity import Severity


@dataclass(frozen=True, slots=True)
class Change:
    """What a sample changed: the alarm's position, how bad its condition is, what is known."""

    alarm: int
    active: Severity
    current: Severity


class PartWatch:
    """The state of a plan between two samples: what is raised, and since when that may change."""

    def __init__(self, plan: Plan) -> None:
        bands, leaves = len(plan.bands), len(plan.leaves.row)
        self.plan = plan
        self._on = np.zeros(bands, bool)
        self._leaf_on = np.zeros(leaves, bool)
        self._delay_s = plan.bands.on_delay_s.copy()
        self._since_s = np.full(bands, np.inf)
        self._unknown = np.ones(bands, bool)
        self._was_true = np.zeros(bands, bool)
        self._active = np.zeros(len(plan.alarms), np.int8)
        self._current = np.full(len(plan.alarms), int(Severity.UNKNOWN), np.int8)
        self._values = np.zeros(len(plan.schema) + 1)
        self._seen = np.full(len(plan.leaves.states), np.nan)
        self._excursions: dict[int, deque[float]] = {
            band: deque(maxlen=count) for band, count, _ in plan.bands.counted
        }
        self._running: dict[int, bool | None] = {}
        self._inhibited_until_s = np.full(bands, -np.inf)
        self._now_s = -np.inf
        self.values: Floats = np.full(len(plan.schema), np.nan)

    def current(self, alarm: int) -> Severity:
        """Return how bad an alarm is by the last sample; UNKNOWN before there was one."""
        return Severity(int(self._current[alarm]))

    def resume(self, active: Mapping[int, Severity]) -> None:
        """Take up alarms that were raised before a restart, by position."""
        for alarm, severity in active.items():
            span = self.plan.bands_of(alarm)
            held = [band for band in span if self.plan.bands.severity[band] <= severity]
            # A definition that changed meanwhile may have no band that mild.
            for band in held or [span[0]]:
                self._on[band] = True
                self._delay_s[band] = self.plan.bands.off_delay_s[band]
            self._active[alarm] = severity
        self._leaf_on |= self._on[self.plan.leaves.band]

    def feed(self, values: Floats, reasons: NDArray[np.uint8], mono_s: float) -> list[Change]:
        """Take a sample in the order of the schema; returns the alarms that changed by it."""
        if not len(self.plan.bands):
            return []
        self.values = values
        self._now_s = max(self._now_s, mono_s)
        true, unknown = self._conditions(values, reasons)
        flipped = self._delayed(true, unknown)
        if not flipped and np.array_equal(unknown, self._unknown):
            return []
        self._unknown = unknown
        return list(self._changes())

    def lose(self) -> None:
        """Take note that no data comes any more: nothing is known until the next sample."""
        self._current[:] = int(Severity.UNKNOWN)
        self._unknown[:] = True

    def told_by(self, alarm: int) -> int:
        """Return the band that speaks for an alarm: the worst one raised, else its first."""
        span = self.plan.bands_of(alarm)
        raised = [band for band in span if self._on[band]]
        return max(raised, key=lambda band: self.plan.bands.severity[band], default=span[0])

    def leaf_of(self, band: int) -> int:
        """Return the leaf that speaks for a band: the first that holds, else its first."""
        of_band = np.flatnonzero((self.plan.leaves.band == band) & self._leaf_on)
        return int(of_band[0]) if len(of_band) else int(self.plan.bands.leaf[band])

    def base_of(self, leaf: int) -> float | None:
        """Return the setpoint that a leaf's limit follows, by the last sample; None without one."""
        base = int(self.plan.leaves.base[leaf])
        return float(self.values[base]) if base < len(self.plan.schema) else None

    def _conditions(self, values: Floats, reasons: NDArray[np.uint8]) -> tuple[Bools, Bools]:
        excess = self._excess(values, reasons)
        leaves = self.plan.leaves
        unknown = np.isnan(excess)
        held = self._leaf_on & self._on[leaves.band]
        true = (excess >= 0) | (held & (excess > -leaves.deadband))
        self._leaf_on = np.where(unknown, self._leaf_on, true)
        if self.plan.compound is None:
            return true, unknown
        return self._combined(self.plan.compound, true, unknown)

    def _excess(self, values: Floats, reasons: NDArray[np.uint8]) -> Floats:
        leaves = self.plan.leaves
        extended = self._values
        extended[:-1] = values
        extended[:-1][(reasons != 0) | ~np.isfinite(values)] = np.nan
        found = extended[leaves.row]
        excess: Floats = found - leaves.limit
        if leaves.has_base:
            excess -= extended[leaves.base]
        excess *= leaves.sign
        if leaves.is_plain:
            return excess
        if len(leaves.states):
            excess[leaves.states] = self._state_excess(found[leaves.states])
        if len(leaves.bits):
            bits = found[leaves.bits]
            known = np.isfinite(bits)
            hit = (np.where(known, bits, 0).astype(np.int64) & leaves.bit_masks) != 0
            excess[leaves.bits] = np.where(known, hit - 0.5, np.nan)
        if len(leaves.reasons):
            bad = (leaves.reason_masks >> reasons[leaves.row[leaves.reasons]].astype(np.int64)) & 1
            excess[leaves.reasons] = bad - 0.5
        return excess

    def _state_excess(self, found: Floats) -> Floats:
        leaves = self.plan.leaves
        hit = (found[:, None] == leaves.state_values).any(axis=1)
        known = ~np.isnan(found)
        if len(leaves.changed):
            # Only a value that follows another known one is new; the first seen may be old.
            own = leaves.changed
            hit[own] &= ~np.isnan(self._seen[own]) & (found[own] != self._seen[own])
        self._seen = np.where(known, found, self._seen)
        return np.where(known, hit - 0.5, np.nan)

    def _combined(self, of: Compound, true: Bools, unknown: Bools) -> tuple[Bools, Bools]:
        yes = np.add.reduceat(true[of.first_leaf :], of.start, dtype=np.intp)
        maybe = np.add.reduceat(unknown[of.first_leaf :], of.start, dtype=np.intp)
        # In a vote each bad sensor counts as agreeing, as long as one that works agrees.
        need = np.where(of.is_vote, np.maximum(1, of.need - maybe), of.need)
        group_true = yes >= need
        group_unknown = ~group_true & np.where(of.is_vote, maybe == of.size, yes + maybe >= need)
        band_yes = np.add.reduceat(group_true[of.main], of.main_start, dtype=np.intp)
        band_maybe = np.add.reduceat(group_unknown[of.main], of.main_start, dtype=np.intp)
        band_true = band_yes >= of.main_need
        band_unknown = ~band_true & (band_yes + band_maybe >= of.main_need)
        all_true = np.concatenate((true[: of.first_band], band_true))
        all_unknown = np.concatenate((unknown[: of.first_band], band_unknown))
        shut = of.gate_band[~group_true[of.gate] & ~group_unknown[of.gate]]
        all_true[shut] = all_unknown[shut] = False
        self._inhibit(all_true, group_true, group_unknown)
        return all_true, all_unknown

    def _inhibit(self, true: Bools, group_true: Bools, group_unknown: Bools) -> None:
        """Hold back what is not yet raised for a while after equipment was seen to start."""
        for band, group, seconds in self.plan.bands.startups:
            if not group_unknown[group]:
                runs = bool(group_true[group])
                if runs and self._running.get(band) is False:
                    self._inhibited_until_s[band] = self._now_s + seconds
                self._running[band] = runs
            if self._now_s < self._inhibited_until_s[band] and not self._on[band]:
                true[band] = False

    def _delayed(self, true: Bools, unknown: Bools) -> bool:
        """Raise and clear what has lasted long enough; returns whether anything flipped."""
        differs = (true != self._on) & ~unknown
        self._since_s[~differs & ~unknown] = np.inf
        began = differs & np.isinf(self._since_s)
        self._since_s[began] = self._now_s
        due = differs & (self._now_s - self._since_s >= self._delay_s)
        self._count(true, unknown, due)
        if not due.any():
            return False
        self._on ^= due
        self._since_s[due] = np.inf
        bands = self.plan.bands
        self._delay_s = np.where(self._on, bands.off_delay_s, bands.on_delay_s)
        return True

    def _count(self, true: Bools, unknown: Bools, due: Bools) -> None:
        for band, count, within_s in self.plan.bands.counted:
            if unknown[band]:
                continue
            if true[band] and not self._was_true[band] and not self._on[band]:
                times = self._excursions[band]
                times.append(self._now_s)
                if len(times) == count and times[-1] - times[0] <= within_s:
                    due[band] = True
                    times.clear()
            self._was_true[band] = true[band]

    def _changes(self) -> Iterator[Change]:
        bands = self.plan.bands
        held = np.where(self._on, bands.severity, 0)
        active = np.maximum.reduceat(held, bands.alarm_start).astype(np.int8)
        known = np.where(self._unknown, int(Severity.UNKNOWN), held)
        current = np.maximum.reduceat(known, bands.alarm_start).astype(np.int8)
        changed = np.flatnonzero((active != self._active) | (current != self._current))
        self._active, self._current = active, current
        for alarm in changed:
            yield Change(int(alarm), Severity(int(active[alarm])), Severity(int(current[alarm])))
