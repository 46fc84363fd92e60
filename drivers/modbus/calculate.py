"""Points that no register holds: gates, votes of redundant sensors, arithmetic over points."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.modbus.expression import Evaluate, Expression
from drivers.modbus.mapspec import VotedSpec
from drivers.modbus.memory import VoteMemory
from drivers.modbus.rawwords import Numbers
from drivers.modbus.regmap import RegisterMap
from drivers.points import Reason

Reasons = NDArray[np.uint8]
_RANK = {"good": 0, "uncertain": 1, "bad": 2}
_METHODS: dict[str, Callable[[Iterable[float]], float]] = {
    "avg": statistics.fmean,
    "median": statistics.median,
    "min": min,
    "max": max,
}


def worst(reasons: Reasons) -> Reason:
    """Return the reason of a value made of others: that of the worst quality, first found."""
    found = [Reason(int(reason)) for reason in reasons]
    return max(found, key=lambda reason: _RANK[reason.quality], default=Reason.NONE)


@dataclass(frozen=True, slots=True)
class _Gate:
    """A condition, the points it asks for, and the reason given while it does not hold."""

    is_open: Evaluate
    inputs: tuple[int, ...]
    reason: Reason

    @classmethod
    def of(cls, text: str, word: str, index: dict[str, int]) -> _Gate | None:
        if not text:
            return None
        parsed = Expression.parse(text, "truth")
        reason = Reason[word.upper()]
        return cls(parsed.bind(index), tuple(index[key] for key in parsed.keys), reason)


class Calculator:
    """Compiled once; ``is_needed`` only where the map calculates or gates something."""

    def __init__(self, regmap: RegisterMap) -> None:
        index = regmap.schema_of_points.index
        self._total, self._read = len(index), len(regmap.readable)
        gates = [
            (i, _Gate.of(spec.gate, spec.gate_reason, index))
            for i, spec in enumerate(regmap.readable)
        ]
        self._gates = [(i, gate) for i, gate in gates if gate is not None]
        self._votes = [
            (index[spec.key], spec, [index[key] for key in spec.of]) for spec in regmap.voted
        ]
        self._derived = []
        for spec in regmap.derived:
            parsed = Expression.parse(spec.expression)
            inputs = tuple(index[key] for key in parsed.keys)
            gate = _Gate.of(spec.gate, spec.gate_reason, index)
            self._derived.append((index[spec.key], parsed.bind(index), inputs, gate))
        self.is_needed = bool(self._gates or self._votes or self._derived)

    def memory(self) -> list[VoteMemory]:
        """Return the memory of a controller that was never asked."""
        return [VoteMemory() for _ in self._votes]

    def extend(
        self, read: Numbers, read_reasons: Reasons, memory: list[VoteMemory], at_s: float
    ) -> tuple[Numbers, Reasons]:
        """Return values and reasons of the whole schema from those of the points read."""
        values = np.full(self._total, np.nan)
        reasons = np.zeros(self._total, np.uint8)
        values[: self._read], reasons[: self._read] = read, read_reasons
        self._apply_gates(values, reasons)
        for (at, spec, members), past in zip(self._votes, memory, strict=True):
            values[at], reasons[at] = vote(spec, members, values, reasons, past, at_s)
        for at, evaluate, inputs, gate in self._derived:
            values[at], reasons[at] = _derive(evaluate, inputs, gate, values, reasons)
        return values, reasons

    def _apply_gates(self, values: Numbers, reasons: Reasons) -> None:
        """Mark what is measured while its gate is shut, or not known to be open."""
        shut = [
            (i, gate.reason)
            for i, gate in self._gates
            if worst(reasons[list(gate.inputs)]) is not Reason.NONE or gate.is_open(values) != 1.0
        ]
        for i, reason in shut:
            if reasons[i] == Reason.NONE:
                reasons[i] = reason


def _derive(
    evaluate: Evaluate,
    inputs: Sequence[int],
    gate: _Gate | None,
    values: Numbers,
    reasons: Reasons,
) -> tuple[float, Reason]:
    """A value needs every input good and its gate open; a sum without result is out of range."""
    asked = [*inputs, *(gate.inputs if gate else ())]
    reason = worst(reasons[asked])
    if reason is not Reason.NONE:
        return np.nan, reason
    if gate is not None and gate.is_open(values) != 1.0:
        return np.nan, gate.reason
    value = evaluate(values)
    return value, Reason.OUT_OF_RANGE if np.isnan(value) else Reason.NONE


def vote(
    spec: VotedSpec,
    members: Sequence[int],
    values: Numbers,
    reasons: Reasons,
    memory: VoteMemory,
    at_s: float,
) -> tuple[float, Reason]:
    """Return the value that redundant sensors agree on, and mark in place those left out."""
    good = {i: float(values[i]) for i in members if reasons[i] == Reason.NONE}
    if not good:
        memory.differ_since_s = None
        return np.nan, worst(reasons[list(members)])
    active = {i: v for i, v in good.items() if i not in memory.left_out} or good
    active = _leave_out(spec, active, memory, at_s)
    value = float(_METHODS[spec.method](active.values()))
    _take_back(spec, good, value, memory, at_s)
    reasons[[i for i in good if i in memory.left_out]] = Reason.DISAGREE
    agree = not _differ(spec, active) and len(active) >= spec.needed
    return value, Reason.NONE if agree else Reason.DISAGREE


def _differ(spec: VotedSpec, active: dict[int, float]) -> bool:
    spread = max(active.values()) - min(active.values())
    return spec.max_spread is not None and spread > spec.max_spread


def _leave_out(
    spec: VotedSpec, active: dict[int, float], memory: VoteMemory, at_s: float
) -> dict[int, float]:
    """Leave out the sensor furthest from the median once they have differed for long enough."""
    if not _differ(spec, active):
        memory.differ_since_s = None
        return active
    if memory.differ_since_s is None:
        memory.differ_since_s = at_s
    if at_s - memory.differ_since_s < spec.dwell_s or len(active) < 3:
        return active
    median = statistics.median(active.values())
    furthest = max(active, key=lambda i: abs(active[i] - median))
    memory.left_out.add(furthest)
    memory.differ_since_s = None
    return {i: value for i, value in active.items() if i != furthest}


def _take_back(
    spec: VotedSpec, good: dict[int, float], value: float, memory: VoteMemory, at_s: float
) -> None:
    """Take a sensor back once it has agreed for as long as it had to differ."""
    for i in sorted(memory.left_out):
        agrees = i in good and abs(good[i] - value) <= (spec.max_spread or 0.0)
        if not agrees:
            memory.agree_since_s.pop(i, None)
        elif at_s - memory.agree_since_s.setdefault(i, at_s) >= spec.dwell_s:
            memory.left_out.discard(i)
            memory.agree_since_s.pop(i, None)
