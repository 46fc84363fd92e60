"""Whether a check is met now. Only a good, fresh value in a unit that can be compared counts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from drivers.points import Reason
from procedures.checks import Check, Comparison, plain
from procedures.engine.moment import Moment
from procedures.engine.readings import Readings, Sensed
from procedures.engine.sentence import Sentence, say
from procedures.units import converted

_CLOCK_SLACK_S = 2.0
"""How far a reading may be ahead of the clock that is asked: two threads read it."""


class State(StrEnum):
    """What is known of a check."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"
    NOT_FITTED = "not_fitted"


_BEST_FIRST = (State.MET, State.UNMET, State.UNKNOWN, State.NOT_FITTED)
_WORST_FIRST = (State.UNKNOWN, State.UNMET, State.MET)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One value that a check looked at: part, point, value and unit as read, age."""

    part: str
    point: str
    value: float | None
    word: str | None
    unit: str
    reason: str
    age_s: float

    def as_dict(self) -> dict[str, str | float | None]:
        """Return it for the body of an event."""
        told: dict[str, str | float | None] = {
            "part": self.part,
            "point": self.point,
            "value": self.value,
            "unit": self.unit,
            "reason": self.reason,
            "age_s": round(self.age_s, 3),
        }
        return {**told, "word": self.word} if self.word else told


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found, why it is not met, and the values it looked at."""

    state: State
    why: tuple[Sentence, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def is_met(self) -> bool:
        """Whether the check is met; unknown and not fitted are not."""
        return self.state is State.MET


def evaluate(check: Check, readings: Readings, now: Moment, max_age_s: float) -> Verdict:
    """Return whether one of the comparisons is met by values no older than ``max_age_s``."""
    found = [_compare(comparison, readings, now, max_age_s) for comparison in check.either]
    best = min(found, key=lambda verdict: _BEST_FIRST.index(verdict.state))
    if best.is_met:
        return best
    why = tuple(sentence for verdict in found for sentence in verdict.why)
    return Verdict(best.state, why, tuple(e for verdict in found for e in verdict.evidence))


def _compare(comparison: Comparison, readings: Readings, now: Moment, max_age_s: float) -> Verdict:
    sensed = readings.of(comparison.subject, comparison.point)
    name = f"{comparison.subject}.{comparison.point}"
    if sensed is None:
        return Verdict(State.UNKNOWN, (say("not_read", point=name),))
    if not sensed:
        absent = say("absent", part=comparison.subject, point=comparison.point)
        return Verdict(State.NOT_FITTED, (absent,))
    each = [_judge(comparison, one, now, max_age_s) for one in sensed]
    order = _BEST_FIRST if comparison.quantifier == "any" else _WORST_FIRST
    state = min((state for state, _ in each), key=order.index)
    evidence = tuple(_evidence(one, now) for one in sensed)
    reasons = tuple(reason for _, reason in each if reason) if state is not State.MET else ()
    return Verdict(state, reasons, evidence)


def _judge(
    comparison: Comparison, sensed: Sensed, now: Moment, max_age_s: float
) -> tuple[State, Sentence | None]:
    reading, names = sensed.reading, {"part": sensed.part, "point": sensed.reading.point.key}
    age_s = now.mono_s - reading.time.mono_s
    if reading.value is None or reading.reason is not Reason.NONE:
        word = reading.reason.word if reading.reason else Reason.NOT_YET_READ.word
        return State.UNKNOWN, say("bad", **names, reason=word)
    if age_s > max_age_s:
        return State.UNKNOWN, say("old", **names, age=f"{age_s:.0f}", limit=f"{max_age_s:g}")
    if age_s < -_CLOCK_SLACK_S:
        return State.UNKNOWN, say("future", **names)
    return _judge_value(comparison, sensed, reading.value)


def _judge_value(
    comparison: Comparison, sensed: Sensed, value: float
) -> tuple[State, Sentence | None]:
    point = sensed.reading.point
    shown: dict[str, object] = {"part": sensed.part, "point": point.key, "limit": comparison.limit}
    if comparison.state:
        word = point.words(value) or plain(value)
        is_met = comparison.accepts_word(word)
        shown["value"] = word
    else:
        number = converted(value, point.unit, comparison.unit)
        if number is None or not math.isfinite(number):
            wanted = comparison.unit or "1"
            unit = point.unit or "1"
            said = say("unit", part=sensed.part, point=point.key, unit=unit, wanted=wanted)
            return State.UNKNOWN, said
        is_met = comparison.accepts(number)
        shown["value"] = f"{plain(round(number, 4))} {comparison.unit}".strip()
    return (State.MET, None) if is_met else (State.UNMET, say("limit", **shown))


def _evidence(sensed: Sensed, now: Moment) -> Evidence:
    reading = sensed.reading
    return Evidence(
        sensed.part,
        reading.point.key,
        reading.value,
        None if reading.value is None else reading.point.words(reading.value),
        reading.point.unit,
        reading.reason.word,
        now.mono_s - reading.time.mono_s,
    )
