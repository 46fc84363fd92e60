"""Plausible values for every point of any map, for equipment whose physics is not simulated.

Each value lies well inside what the map calls valid and unalarming, is the same for the same seed,
and moves slowly. Values that the map compares or votes on agree with each other.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from itertools import product

import numpy as np

from drivers.modbus.expression import Expression
from drivers.modbus.mapspec import DerivedSpec
from drivers.modbus.regmap import PointSpec, RegisterMap
from drivers.points import Limit
from drivers.simulator.packing import bounds
from drivers.simulator.tank import Value

_WELL = (
    "running", "online", "on", "automatic", "normal", "working", "ok", "dry", "closed", "present",
    "ready", "healthy", "enabled",
)  # fmt: skip
_HOTTER, _COLDER = ("return", "outlet", "exhaust"), ("supply", "inlet")
_PERIOD_S = (90.0, 400.0)
_SWING = 0.01
_STEPS = 40
_EPOCH_S = 1_767_225_600  # 2026-01-01T00:00:00Z, where simulated clocks start
Span = tuple[float, float]


class Bench:
    """The values of one piece of equipment; ``clock_drift_s`` is how wrong its clock is."""

    def __init__(self, regmap: RegisterMap, seed: int = 0) -> None:
        self._regmap = regmap
        self._seed = seed
        self.clock_drift_s = 0.0
        self._spans = {spec.key: _span(spec) for spec in regmap.points}
        self._rest = {spec.key: self._rest_of(spec) for spec in regmap.points}
        self._agree()

    def values(self, elapsed_s: float) -> dict[str, Value]:
        """Return every point's value after so many seconds."""
        values: dict[str, Value] = {}
        for spec in self._regmap.points:
            values[spec.key] = self._value(spec, elapsed_s)
        for spec in self._regmap.points:
            if spec.field is None and spec.coding.is_integer and not spec.area.is_bits:
                parts = [s for s in self._regmap.points if s.field and _shares(spec, s)]
                if parts:
                    bits = sum(_bits(part, values[part.key]) for part in parts)
                    values[spec.key] = float(bits ^ spec.inverted)
        return values

    def _value(self, spec: PointSpec, elapsed_s: float) -> float:
        rest = self._rest[spec.key]
        if spec.type == "unixtime":
            return float(math.floor(_EPOCH_S + elapsed_s + self.clock_drift_s))
        if spec.type == "hhmm":
            return (8 * 60 + (elapsed_s + self.clock_drift_s) // 60) % (24 * 60)
        if spec.states or spec.flags or _is_code(spec):
            return rest
        beat = self._regmap.heartbeat
        if spec.counter is not None:
            per_s = 1.0 if beat and beat.point == spec.key else 0.01
            most = spec.counter.rollover_raw or 2**spec.coding.bits
            raw = rest / spec.factor + math.floor(elapsed_s * per_s)
            return (raw % most) * spec.factor
        low, high = self._spans[spec.key]
        draw = self._draw(spec.key)
        period_s = _PERIOD_S[0] + draw * (_PERIOD_S[1] - _PERIOD_S[0])
        swing = min(_SWING * (high - low), 0.25 if spec.key in self._near else math.inf)
        moved = rest + swing * math.sin(2 * math.pi * (elapsed_s / period_s + draw))
        if spec.frozen_after_s is not None:
            moved += abs(spec.factor) * 2 * (int(elapsed_s) & 1)
        return min(max(moved, low), high)

    def _rest_of(self, spec: PointSpec) -> float:
        """Return where a value rests: a state that means well, or near the middle of its range."""
        if spec.states:
            return float(_state(spec))
        if spec.flags or _is_code(spec):
            return 0.0
        low, high = self._spans[spec.key]
        if spec.counter is not None:
            return math.floor(self._draw(spec.key) * (high - low) / 10 / spec.factor) * spec.factor
        share = 0.45 + 0.05 * self._draw(spec.key)
        share += 0.15 * any(word in spec.key for word in _HOTTER)
        share -= 0.1 * any(word in spec.key for word in _COLDER)
        return low + share * (high - low)

    def _agree(self) -> None:
        """Bring together what is voted on, and move the inputs of derived points off limits."""
        self._near: set[str] = set()
        for voted in self._regmap.voted:
            self._near.update(voted.of)
            apart = (voted.max_spread or 1.0) / 20
            for i, key in enumerate(voted.of):
                self._rest[key] = self._rest[voted.of[0]] + apart * i
        for derived in self._regmap.derived:
            limits = derived.limits.limits()
            keys = [key for key in Expression.parse(derived.expression).keys if key in self._rest]
            if limits and keys:
                self._near.update(keys)
                self._centre(derived, limits, keys)

    def _centre(self, derived: DerivedSpec, limits: tuple[Limit, ...], keys: list[str]) -> None:
        """Choose the value of one input so that the derived value lies amid its limits."""
        low, high = _inside(limits, *derived.display)
        middle = (low + high) / 2
        if abs(evaluate(derived, self._rest) - middle) < (high - low) / 6:
            return
        shares = np.linspace(0.05, 0.95, _STEPS).tolist()
        options = []
        for key, share in product(keys, shares):
            first, last = self._spans[key]
            value = first + share * (last - first)
            found = evaluate(derived, {**self._rest, key: value})
            options.append((abs(found - middle), key, value))
        _, key, value = min(options)
        self._rest[key] = value

    def _draw(self, key: str) -> float:
        """Return a number from 0 to 1 that belongs to this point of this piece of equipment."""
        return zlib.crc32(f"{self._seed}:{key}".encode()) / 0xFFFF_FFFF


def evaluate(derived: DerivedSpec, values: Mapping[str, float]) -> float:
    """Return what a derived point makes of these values; NaN where it uses others."""
    expression = Expression.parse(derived.expression)
    index = {key: i for i, key in enumerate(expression.keys)}
    numbers = np.array([values.get(key, math.nan) for key in expression.keys])
    return float(expression.bind(index)(numbers))


def _span(spec: PointSpec) -> Span:
    """Return the range that is valid, unalarming, shown and codable."""
    low, high = spec.display
    if spec.valid is not None:
        low, high = max(low, spec.valid[0]), min(high, spec.valid[1])
    low, high = _inside(spec.limits.limits(), low, high)
    if spec.coding.is_integer and spec.scale_from is None and spec.unit_from is None:
        ends = sorted((raw - spec.raw_offset) * spec.factor + spec.offset for raw in bounds(spec))
        low, high = max(low, ends[0]), min(high, ends[1])
    return (low, high) if low < high else (low, low)


def _inside(limits: tuple[Limit, ...], low: float, high: float) -> Span:
    for limit in limits:
        margin = max(limit.hysteresis, 0.0) + 1e-9 * abs(limit.reading)
        if limit.level.is_upper:
            high = min(high, limit.reading - margin)
        else:
            low = max(low, limit.reading + margin)
    return low, high


def _is_code(spec: PointSpec) -> bool:
    """Whether the number is a code or a set of bits, which rests at zero, and no measurement."""
    return spec.unit in {"", "1"} and spec.counter is None


def _state(spec: PointSpec) -> int:
    harmless = {int(raw, 0): word for raw, word in spec.states.items()}
    harmless = {raw: word for raw, word in harmless.items() if raw not in spec.severities}
    for wanted in _WELL:
        for raw, word in harmless.items():
            if wanted in word.casefold().split():
                return raw
    return next(iter(harmless), int(next(iter(spec.states)), 0))


def _shares(whole: PointSpec, part: PointSpec) -> bool:
    return part.area is whole.area and part.address == whole.address


def _bits(part: PointSpec, value: Value) -> int:
    mask, shift = part.field or (0, 0)
    return ((int(value) if isinstance(value, float) else 0) << shift & mask) ^ (
        part.inverted & mask
    )
