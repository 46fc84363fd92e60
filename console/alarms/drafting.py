"""Definitions and the points of a part -> what is to be compared, before it becomes arrays.

Limits are claimed: the first definition that fits a point's limits has them, so that none alarms
twice and none is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from console.alarms.events import AlarmKey
from console.alarms.patterns import matching
from console.alarms.plan import Planned
from console.alarms.severity import Severity
from console.alarms.specs import ConditionSpec, Term
from drivers.points import Limit, Point, Quality, Reason, Schema

_CALCULATED = "calculated"
"""What a point has in place of a register when it is derived (console.health, register maps)."""
_MISSING = tuple(
    reason.word
    for reason in Reason
    if reason.quality is Quality.BAD
    and reason not in {Reason.NOT_YET_READ, Reason.NOT_EXPORTED, Reason.NOT_SUPPORTED}
)
"""The reasons that say that a value which should be there is not."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One comparison; ``states``, ``bits`` (a mask) or ``reasons`` stand in place of a number."""

    row: int
    limit: float = 0.0
    sign: float = 1.0
    deadband: float = 0.0
    base: int | None = None
    states: tuple[int, ...] = ()
    changed: bool = False
    bits: int = 0
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """So many of these leaves must hold."""

    leaves: tuple[Leaf, ...]
    need: int
    is_vote: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """One severity of an alarm: so many of these groups, for so long."""

    severity: Severity
    groups: tuple[Group, ...]
    need: int
    on_delay_s: float
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An alarm of a part with its bands, and the groups that gate all of them."""

    planned: Planned
    bands: tuple[Band, ...]
    gates: tuple[Group, ...] = ()
    startup: Group | None = None

    @property
    def is_simple(self) -> bool:
        """Whether every band is one comparison and nothing gates it."""
        return not self.gates and all(
            len(band.groups) == 1 and len(band.groups[0].leaves) == 1 for band in self.bands
        )


@dataclass(slots=True)
class Drafter:
    """Drafts the alarms of one part from the definitions in force for it, first come first."""

    part: str
    schema: Schema
    _claimed: set[tuple[str, str]] = field(default_factory=set)

    def drafts(self, specs: Iterable[ConditionSpec]) -> list[Draft]:
        """Return every alarm that the part's points allow; simple ones first."""
        found = [draft for spec in specs for draft in self._drafts_of(spec)]
        return sorted(found, key=lambda draft: not draft.is_simple)

    def _drafts_of(self, spec: ConditionSpec) -> Iterator[Draft]:
        if spec.source in {"link", "happening"}:
            return
        gates = [self._group(term) for term in spec.only_while]
        if None in gates:
            return  # a part without the point of a gate is not what the definition speaks of
        allowing = tuple(gate for gate in gates if gate is not None)
        startup = self._group(spec.startup) if spec.startup else None
        for planned, bands in self._conditions(spec):
            if bands:
                yield Draft(planned, (*bands, *self._unknown(spec, bands)), allowing, startup)

    def _conditions(self, spec: ConditionSpec) -> Iterator[tuple[Planned, tuple[Band, ...]]]:
        if spec.source in {"terms", "vote"}:
            yield from self._of_terms(spec)
            return
        for key in matching(spec.points, self.schema.index):
            point = self.schema[key]
            if spec.source == "severities" and point.flags:
                yield from self._of_flags(spec, point)
            else:
                planned = Planned(AlarmKey(self.part, spec.id, key), spec, point)
                yield planned, self._of_point(spec, point)

    def _of_point(self, spec: ConditionSpec, point: Point) -> tuple[Band, ...]:
        if spec.source == "severities":
            return self._of_states(spec, point)
        if spec.reasons:
            return self._of_reasons(spec, point)
        if spec.levels is not None:
            base = self._row(spec.relative_to)
            if spec.relative_to is not None and base is None:
                return ()
            return tuple(
                self._limit_band(spec, point, limit, base) for limit in spec.levels.limits()
            )
        return tuple(
            self._limit_band(spec, point, limit)
            for limit in point.limits
            if spec.limits in {"both", "upper" if limit.level.is_upper else "lower"}
            and self._claims(point, limit.level.word)
        )

    def _limit_band(
        self, spec: ConditionSpec, point: Point, limit: Limit, base: int | None = None
    ) -> Band:
        sign = 1.0 if limit.level.is_upper else -1.0
        leaf = Leaf(self._at(point), limit.reading, sign, limit.hysteresis, base)
        delay_s = limit.dwell_s if spec.on_delay_s is None else spec.on_delay_s
        severity = Severity.of_limit(limit.level.severity)
        return Band(severity, (Group((leaf,), 1),), 1, delay_s, limit)

    def _of_states(self, spec: ConditionSpec, point: Point) -> tuple[Band, ...]:
        # Where a point has limits they already say which of its states are bad.
        if point.limits or not point.severities or not self._claims(point, "severities"):
            return ()
        bands = []
        for severity in sorted(set(point.severities.values())):
            raws = [raw for raw, own in point.severities.items() if own == severity]
            bands.append(self._band(spec, Leaf(self._at(point), states=tuple(raws)), severity))
        return tuple(bands)

    def _of_reasons(self, spec: ConditionSpec, point: Point) -> tuple[Band, ...]:
        # What is calculated has no sensor of its own: its inputs are told instead.
        if point.register == _CALCULATED:
            return ()
        reasons = tuple(Reason[word.upper()] for word in spec.reasons)
        group = Group((Leaf(self._at(point), reasons=reasons),), 1)
        severity = Severity.of_word(spec.severity)
        return (Band(severity, (group,), 1, spec.on_delay_s or 0.0),)

    def _of_flags(
        self, spec: ConditionSpec, point: Point
    ) -> Iterator[tuple[Planned, tuple[Band, ...]]]:
        row = self._at(point)
        for bit, severity in point.severities.items():
            if self._claims(point, f"bit {bit}"):
                key = AlarmKey(self.part, spec.id, f"{point.key}/{bit}")
                planned = Planned(key, spec, point, point.flags.get(bit, f"bit {bit}"))
                yield planned, (self._band(spec, Leaf(row, bits=1 << bit), severity),)

    def _of_terms(self, spec: ConditionSpec) -> Iterator[tuple[Planned, tuple[Band, ...]]]:
        if spec.vote is not None:
            leaves = self._leaves(spec.vote.of)
            enough = len(leaves) >= spec.vote.need
            groups = [Group(leaves, spec.vote.need, is_vote=True)] if enough else []
        else:
            found = [self._group(term) for term in spec.terms]
            groups = [group for group in found if group is not None]
            if spec.all_of and len(groups) < len(found):
                return  # a part without one of the points can never meet all of the terms
        if groups:
            severity = Severity.of_word(spec.severity)
            need = len(groups) if spec.all_of else 1
            delay_s = spec.on_delay_s or 0.0
            first = self.schema.points[groups[0].leaves[0].row]
            planned = Planned(AlarmKey(self.part, spec.id), spec, first)
            yield planned, (Band(severity, tuple(groups), need, delay_s),)

    def _band(self, spec: ConditionSpec, leaf: Leaf, severity: int) -> Band:
        group = Group((leaf,), 1)
        return Band(Severity.of_limit(severity), (group,), 1, spec.on_delay_s or 0.0)

    def _unknown(self, spec: ConditionSpec, bands: Sequence[Band]) -> Iterator[Band]:
        """A band of its own for data that is missing, where the definition asks for one."""
        if spec.unknown == "alarm":
            rows = {leaf.row for band in bands for group in band.groups for leaf in group.leaves}
            reasons = tuple(Reason[word.upper()] for word in _MISSING)
            leaves = tuple(Leaf(row, reasons=reasons) for row in sorted(rows))
            delay_s = max(band.on_delay_s for band in bands)
            yield Band(Severity.UNKNOWN, (Group(leaves, 1),), 1, delay_s)

    def _group(self, term: Term) -> Group | None:
        leaves = self._leaves(term)
        if not leaves:
            return None
        return Group(leaves, 1 if term.match == "any" else len(leaves))

    def _leaves(self, term: Term) -> tuple[Leaf, ...]:
        keys = matching((term.point,), self.schema.index)
        found = (self._leaf(term, self.schema[key]) for key in keys)
        return tuple(leaf for leaf in found if leaf is not None)

    def _leaf(self, term: Term, point: Point) -> Leaf | None:
        row, base = self._at(point), self._row(term.relative_to)
        if term.relative_to is not None and base is None:
            return None
        if term.above is not None:
            return Leaf(row, term.above, 1.0, term.deadband, base)
        if term.below is not None:
            return Leaf(row, term.below, -1.0, term.deadband, base)
        if term.reason:
            return Leaf(row, reasons=tuple(Reason[word.upper()] for word in term.reason))
        if term.bit:
            mask = sum({1 << bit for bit in numbers(term.bit, point.flags)})
            return Leaf(row, bits=mask) if mask else None
        states = tuple(numbers(term.state, point.states))
        return Leaf(row, states=states, changed=term.changed) if states else None

    def _at(self, point: Point) -> int:
        return self.schema.index[point.key]

    def _row(self, pattern: str | None) -> int | None:
        found = matching((pattern,), self.schema.index) if pattern else ()
        return self.schema.index[found[0]] if found else None

    def _claims(self, point: Point, what: str) -> bool:
        if (point.key, what) in self._claimed:
            return False
        self._claimed.add((point.key, what))
        return True


def numbers(given: Iterable[int | str], words: Mapping[int, str]) -> list[int]:
    """Return the numbers of states or bits given as numbers or as their words."""
    found: list[int] = []
    for one in given:
        found += [one] if isinstance(one, int) else [n for n, word in words.items() if word == one]
    return found
