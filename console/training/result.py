"""What a training came to: points, every deduction by name, times; in words and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from console.text import language, tr
from console.work.events import JSON


class Code(StrEnum):
    """What points are taken off for; also the names in ``resources/training/scoring.toml``."""

    GATE_ATTEMPTED = "gate_attempted"
    ORDER = "order"
    HAZARD_IGNORED = "hazard_ignored"
    WRONG_LABEL = "wrong_label"
    FALSE_LABEL = "false_label"
    VALUE_OUTSIDE = "value_outside"
    OVERRUN = "overrun"
    OVERRIDE = "override"
    OVERRIDE_ASKED = "override_asked"
    SKIPPED = "skipped"
    FAILED = "failed"
    REJECTED = "rejected"
    UNPROVEN = "unproven"
    SLOW = "slow"
    SLOW_STEP = "slow_step"
    EXPECTED = "expected"
    NOT_ENDED = "not_ended"


SAID = {
    Code.GATE_ATTEMPTED: "Went on although it was not met: {why}",
    Code.ORDER: "Asked for what was not to be done now: {why}",
    Code.HAZARD_IGNORED: "Started without acknowledging the hazards: {why}",
    Code.WRONG_LABEL: "Wrong label: {why}",
    Code.FALSE_LABEL: "Entered {given}; the label reads {reads}",
    Code.VALUE_OUTSIDE: "{value} was {number} {unit}, outside its limits",
    Code.OVERRUN: "Longer than {limit} s: {about}",
    Code.OVERRIDE: "Had gate {gate} overridden: {why}",
    Code.OVERRIDE_ASKED: "Asked to have gate {gate} overridden",
    Code.SKIPPED: "Skipped: {why}",
    Code.FAILED: "The step did not succeed: {why}",
    Code.REJECTED: "The second person sent it back: {why}",
    Code.UNPROVEN: "Left unproven: {why}",
    Code.SLOW: "Took {seconds} s; a good time is {par} s",
    Code.SLOW_STEP: "The step took {seconds} s; a good time is {par} s",
    Code.EXPECTED: "Not done: {what}",
    Code.NOT_ENDED: "The work was left in the middle",
}
"""Each deduction in words; a key of the catalogue each."""


@dataclass(frozen=True, slots=True)
class Deduction:
    """Points taken off: for what, at which step, when (UTC us). ``points`` 0: its kind is spent.

    ``critical``: whoever does this does not pass, whatever the points. ``values`` fill the
    sentence, ``what`` of them from ``texts`` where there are words by language.
    """

    code: Code
    points: int
    step: str = ""
    at_us: int = 0
    critical: bool = False
    values: Mapping[str, JSON] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """What was wrong, in the language in use."""
        values = dict(self.values)
        if self.texts:
            values["what"] = self.texts.get(language(), self.texts["en"])
        return tr(SAID[self.code], **values)

    def as_dict(self) -> dict[str, JSON]:
        """Return it for JSON; ``text`` is English, whoever reads it."""
        return {
            "code": str(self.code),
            "points": self.points,
            "step": self.step,
            "at_us": self.at_us,
            "critical": self.critical,
            "values": dict(self.values),
            "text": SAID[self.code].format(**self.values),
        }


@dataclass(frozen=True, slots=True)
class StepTime:
    """How long a step took the hands, s, and what was a good time, None where none is named."""

    step: str
    seconds: float
    par_s: float | None
    is_waiting: bool


@dataclass(frozen=True, slots=True)
class Reaction:
    """One thing that had to be done: whether it was, and how long after the fault, s."""

    id: str
    text: Mapping[str, str]
    is_met: bool
    seconds: float | None
    points: int
    critical: bool


@dataclass(frozen=True, slots=True)
class Score:
    """The whole result. ``ended`` is ``finished``, ``safe`` or empty where it was left."""

    scenario: str
    person: str
    points: int
    passed: bool
    pass_mark: int
    ended: str
    seconds: float
    worked_s: float
    par_s: float
    gates_attempted: int
    errors: int
    deductions: Sequence[Deduction]
    reactions: Sequence[Reaction]
    steps: Sequence[StepTime]

    @property
    def why_not(self) -> str:
        """Why it was not passed, in a sentence; empty where it was."""
        if self.passed:
            return ""
        critical = next((one for one in self.deductions if one.critical), None)
        if critical is not None:
            return critical.sentence
        return tr("{points} points; {mark} are needed", points=self.points, mark=self.pass_mark)

    def as_dict(self) -> dict[str, JSON]:
        """Return it for JSON."""
        return {
            "scenario": self.scenario,
            "person": self.person,
            "points": self.points,
            "passed": self.passed,
            "pass_mark": self.pass_mark,
            "ended": self.ended,
            "seconds": round(self.seconds, 1),
            "worked_s": round(self.worked_s, 1),
            "par_s": self.par_s,
            "gates_attempted": self.gates_attempted,
            "errors": self.errors,
            "deductions": [one.as_dict() for one in self.deductions],
            "must": [
                {
                    "id": one.id,
                    "met": one.is_met,
                    "after_s": one.seconds,
                    "points": one.points,
                    "critical": one.critical,
                }
                for one in self.reactions
            ],
            "steps": [
                {
                    "step": one.step,
                    "seconds": round(one.seconds, 1),
                    "par_s": one.par_s,
                    "waiting": one.is_waiting,
                }
                for one in self.steps
            ],
        }
