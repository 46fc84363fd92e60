"""How good the alarms themselves are, after ISA-18.2 and EEMUA 191, from published events.

Only what was announced counts as load: what is raised on the shelf, under suppression or out of
service disturbs nobody. What stands is followed from the first event given; give events from well
before the period, so that what was raised earlier is known.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

import resources
from console.alarms.events import AlarmKey, AlarmKind, Happening, key_of
from console.alarms.flood import WINDOW_US, FloodMeter, floods
from console.alarms.severity import PRIORITIES
from console.alarms.states import State
from console.alarms.status import ALARM_KINDS, Status, advance
from drivers.files import FileModel, parse, read_toml

_S = 1_000_000
_DAY_US = 86_400 * _S
_BUSY = 10
Verdict = Literal["good", "bearable", "too much"]


class FigureTarget(FileModel):
    """What a figure should be at most, and what is still bearable."""

    name: str
    target: float
    most: float

    def verdict(self, value: float) -> Verdict:
        """Return how a value compares."""
        if value <= self.target:
            return "good"
        return "bearable" if value <= self.most else "too much"


class SplitTarget(FileModel):
    """The share that each priority should have."""

    shares: tuple[float, float, float, float]
    tolerance: float


class Rules(FileModel):
    """What counts as chattering, fleeting and stale."""

    chatter_transitions: int
    chatter_within_s: float
    fleeting_s: float
    stale_after_s: float
    least_days: float


class Targets(FileModel):
    """The targets of this installation."""

    figure: dict[str, FigureTarget]
    split: SplitTarget
    rules: Rules


@cache
def targets() -> Targets:
    """Return the shipped targets."""
    path = resources.path("alarms", "metrics", "targets.toml")
    return parse(Targets, read_toml(path), path)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number beside its target; shares are 0 to 1."""

    key: str
    name: str
    value: float
    target: float
    most: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Frequent:
    """One of the alarms that came most often, and its share of all."""

    key: AlarmKey
    name: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Report:
    """Everything of one period. ``is_long_enough`` says whether it may be judged by (30 days)."""

    since_us: int
    until_us: int
    operators: float
    announced: int
    figures: Sequence[Figure]
    per_10_min: Sequence[int]
    flood_s: float
    top_ten: Sequence[Frequent]
    chattering: Sequence[AlarmKey]
    fleeting: Sequence[AlarmKey]
    stale: Sequence[AlarmKey]
    split: Mapping[int, float]
    split_verdict: Verdict
    is_long_enough: bool

    def figure(self, key: str) -> Figure:
        """Return one number; raises KeyError."""
        return next(figure for figure in self.figures if figure.key == key)


@dataclass(slots=True)
class _Ledger:
    """What is counted while the events go by."""

    times_us: list[int] = field(default_factory=list)
    counts: Counter[AlarmKey] = field(default_factory=Counter)
    names: dict[AlarmKey, str] = field(default_factory=dict)
    priorities: Counter[int] = field(default_factory=Counter)
    transitions: dict[AlarmKey, deque[int]] = field(default_factory=dict)
    chattering: set[AlarmKey] = field(default_factory=set)
    fleeting: set[AlarmKey] = field(default_factory=set)
    stood: dict[int, set[AlarmKey]] = field(default_factory=dict)
    statuses: dict[AlarmKey, Status] = field(default_factory=dict)


def report(
    events: Iterable[Happening], since_us: int, until_us: int, operators: float = 1.0
) -> Report:
    """Return the figures of ``since_us <= time < until_us``; raises ValueError for an empty period.

    ``events`` are in the order of the log; other kinds are passed over.
    """
    if until_us <= since_us or operators <= 0:
        raise ValueError("a report needs a period and at least a part of an operator")
    counter = _Counter(since_us, until_us)
    for event in events:
        if event.kind in ALARM_KINDS and event.utc_us < until_us:
            counter.take(event)
    return counter.report(operators)


class _Counter:
    """Follows every alarm through the period."""

    def __init__(self, since_us: int, until_us: int) -> None:
        self._since_us, self._until_us = since_us, until_us
        self._rules = targets().rules
        self._of = _Ledger()

    def take(self, event: Happening) -> None:
        """Take the next event; one that cannot be read is passed over."""
        try:
            key = key_of(event)
            before = self._of.statuses.get(key, Status(key))
            after = advance(before, event)
        except (KeyError, ValueError, TypeError, AttributeError):
            return
        self._of.statuses[key] = after
        if before.active and not after.active:
            self._note_stood(key, before.raised_us, event.utc_us)
        if event.utc_us >= self._since_us and not after.state.is_set_aside:
            self._count(event, key, before, after)

    def _count(self, event: Happening, key: AlarmKey, before: Status, after: Status) -> None:
        if event.kind == AlarmKind.RAISED and after.state is State.UNACKNOWLEDGED:
            self._of.times_us.append(event.utc_us)
            self._of.counts[key] += 1
            self._of.names[key] = str(event.body.get("name", key.alarm))
            self._of.priorities[after.priority] += 1
        if event.kind in {AlarmKind.RAISED, AlarmKind.CLEARED}:
            self._note_transition(key, event.utc_us)
        lasted_us = event.utc_us - before.raised_us
        is_over = event.kind == AlarmKind.CLEARED and before.state is State.UNACKNOWLEDGED
        if is_over and lasted_us < self._rules.fleeting_s * _S:
            self._of.fleeting.add(key)

    def _note_transition(self, key: AlarmKey, utc_us: int) -> None:
        most = self._rules.chatter_transitions
        times = self._of.transitions.setdefault(key, deque(maxlen=most))
        times.append(utc_us)
        if len(times) == most and times[-1] - times[0] <= self._rules.chatter_within_s * _S:
            self._of.chattering.add(key)

    def _note_stood(self, key: AlarmKey, began_us: int, ended_us: int) -> None:
        """Note on which days of the period an alarm had stood for too long."""
        stale_us = began_us + round(self._rules.stale_after_s * _S)
        first_us, last_us = max(stale_us, self._since_us), min(ended_us, self._until_us - 1)
        if first_us <= last_us:
            for day in range(self._day(first_us), self._day(last_us) + 1):
                self._of.stood.setdefault(day, set()).add(key)

    def _day(self, utc_us: int) -> int:
        return (utc_us - self._since_us) // _DAY_US

    def report(self, operators: float) -> Report:
        """Return the figures of what was taken."""
        for key, status in self._of.statuses.items():
            if status.active and not status.state.is_set_aside:
                self._note_stood(key, status.raised_us, self._until_us)
        of, period_us = self._of, self._until_us - self._since_us
        announced = len(of.times_us)
        bins = self._bins()
        flood_us = self._flood_us()
        top = [
            Frequent(key, of.names[key], n, n / announced) for key, n in of.counts.most_common(10)
        ]
        rate = announced / operators / (period_us / WINDOW_US)
        values = {
            "alarms_per_10_min": rate,
            "alarms_per_hour": rate * 6,
            "alarms_per_day": rate * 144,
            "peak_in_10_min": float(_peak(of.times_us)),
            "busy_share": sum(n > _BUSY for n in bins) / len(bins),
            "flood_share": flood_us / period_us,
            "top_ten_share": sum(one.share for one in top),
            "chattering": float(len(of.chattering)),
            "fleeting": float(len(of.fleeting)),
            "stale": float(max(map(len, of.stood.values()), default=0)),
        }
        split = {p: of.priorities[p] / announced if announced else 0.0 for p in PRIORITIES}
        return Report(
            since_us=self._since_us,
            until_us=self._until_us,
            operators=operators,
            announced=announced,
            figures=[_figure(key, value) for key, value in values.items()],
            per_10_min=bins,
            flood_s=flood_us / _S,
            top_ten=top,
            chattering=sorted(of.chattering),
            fleeting=sorted(of.fleeting),
            stale=sorted(set().union(*of.stood.values())),
            split=split,
            split_verdict=_split_verdict(split) if announced else "good",
            is_long_enough=period_us >= self._rules.least_days * _DAY_US,
        )

    def _bins(self) -> list[int]:
        """Alarms in each 10 minutes of the period; the last may be shorter."""
        bins = [0] * -(-(self._until_us - self._since_us) // WINDOW_US)
        for time_us in self._of.times_us:
            bins[(time_us - self._since_us) // WINDOW_US] += 1
        return bins

    def _flood_us(self) -> int:
        found = floods(self._of.times_us, self._until_us)
        ends = (min(f.ended_us or self._until_us, self._until_us) for f in found)
        return sum(end - f.began_us for f, end in zip(found, ends, strict=True))


def _peak(times_us: Iterable[int]) -> int:
    meter = FloodMeter()
    for time_us in sorted(times_us):
        meter.add(time_us)
    return meter.peak


def _figure(key: str, value: float) -> Figure:
    target = targets().figure[key]
    return Figure(key, target.name, value, target.target, target.most, target.verdict(value))


def _split_verdict(split: Mapping[int, float]) -> Verdict:
    """Urgent alarms must be rare: only a share of priority 1 or 2 above its target is too much."""
    wanted = targets().split
    over = [split[p] - share for p, share in zip(PRIORITIES, wanted.shares, strict=True)][:2]
    if max(over) <= 0:
        return "good"
    return "bearable" if max(over) <= wanted.tolerance else "too much"
