"""Alarm definitions as a person writes them in TOML; docs/alarms.md explains every key.

An alarm says what it takes to be one (:class:`ConditionSpec`) and, because an alarm without them
only makes noise, its cause, its consequence, what to do and how long there is to do it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from console.alarms.checks import GRADES, condition_faults, grading_faults, missing_faults
from console.alarms.severity import Severity
from drivers.files import FileModel, faults_error
from drivers.limits import LimitsSpec
from drivers.order_rule import OrderRule

Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
Pattern = Annotated[str, Field(min_length=1, pattern=r"^[a-z0-9_.*\[\]]+$")]
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
SeverityWord = Literal["caution", "critical", "fatal"]
_MOST_RESPOND_S = 30 * 86400


def _graded(low: int, high: int, *, whole: bool) -> BeforeValidator:
    """Refuse, in one sentence, what is neither such a number nor a table of such by severity."""

    def is_right(value: object) -> bool:
        kinds = int if whole else (int, float)
        return isinstance(value, kinds) and not isinstance(value, bool) and low <= value <= high

    def check(value: object) -> object:
        given = value if isinstance(value, dict) else {GRADES[0]: value}
        if not (set(given) <= set(GRADES) and all(map(is_right, given.values()))):
            number = "whole number" if whole else "number"
            told = f"must be a {number} from {low} to {high}, or one for each of"
            found = f", found {value!r}" if isinstance(value, dict) else ""
            raise ValueError(f"{told} {', '.join(GRADES)}{found}")
        return value

    return BeforeValidator(check)


RespondS = Annotated[float | dict[SeverityWord, float], _graded(1, _MOST_RESPOND_S, whole=False)]
Priority = Annotated[int | dict[SeverityWord, int], _graded(1, 4, whole=True)]
HappeningKind = Literal["xid", "xid_repeated", "reported", "unexpected", "as_expected"]
"""What drivers tell beside values (drivers.gpu)."""
Scope = Literal["tank", "gpu", "host", "console", "any"]
ReasonWord = Literal[
    "sentinel",
    "sensor_fault",
    "out_of_range",
    "stale",
    "no_comms",
    "rejected",
    "disagree",
    "not_supported",
    "not_exported",
    "device_lost",
    "no_flow",
    "not_applicable",
]


class Term(FileModel):
    """One comparison: a point (or every point of a pattern) against a number, words, bits, quality.

    ``relative_to`` adds the value of another point to ``above`` or ``below``. Of several points,
    ``match`` says whether any or all must fit.
    """

    point: Pattern
    above: float | None = Field(default=None, allow_inf_nan=False)
    below: float | None = Field(default=None, allow_inf_nan=False)
    state: tuple[int | str, ...] = ()
    bit: tuple[int | str, ...] = ()
    reason: tuple[ReasonWord, ...] = ()
    changed: bool = False
    relative_to: Pattern | None = None
    deadband: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    match: Literal["any", "all"] = "any"

    @model_validator(mode="after")
    def _is_one_comparison(self) -> Self:
        given = [
            name
            for name in ("above", "below", "state", "bit", "reason")
            if getattr(self, name) not in {None, ()}
        ]
        if len(given) != 1:
            raise ValueError(
                "a term takes exactly one of above, below, state, bit and reason, "
                f"found {given or 'none'}"
            )
        if given[0] not in {"above", "below"} and (self.relative_to or self.deadband):
            raise ValueError("relative_to and deadband go with above and below only")
        if self.changed and given[0] != "state":
            raise ValueError("changed goes with state only")
        return self


class Vote(FileModel):
    """So many of redundant sensors must agree; one that is bad counts as agreeing."""

    need: int = Field(ge=1)
    of: Term


class HappeningSpec(FileModel):
    """What a driver tells that is more than a value: a Xid, another GPU in a slot.

    ``having`` names members of its body and the values that count. Without ``until``, the kind
    that ends it, it is over as soon as it is told: such an alarm latches.
    """

    kind: HappeningKind
    having: dict[str, tuple[int | str, ...]] = Field(default_factory=dict)
    until: HappeningKind | None = None


class ConditionSpec(FileModel):
    """What must hold, and for how long. Exactly one of the sources is given.

    ``limits``: the Redfish limits of the points themselves; ``severities``: the severities of their
    states or bits; ``reasons``: why a value is not good; ``levels``: limits given here, absolute or
    ``relative_to`` a setpoint; ``all``/``any``/``vote``: terms over several points, at
    ``severity``; ``link``: the device does not answer, the GPU is gone; ``happening``: what a
    driver tells.
    """

    id: Id
    name: Text
    on: Scope = "any"
    only: tuple[Id, ...] = ()
    points: tuple[Pattern, ...] = ()
    limits: Literal["upper", "lower", "both"] | None = None
    severities: bool = False
    reasons: tuple[ReasonWord, ...] = ()
    levels: LimitsSpec | None = None
    relative_to: Pattern | None = None
    all_of: tuple[Term, ...] = Field(default=(), alias="all")
    any_of: tuple[Term, ...] = Field(default=(), alias="any")
    vote: Vote | None = None
    link: Literal["lost", "silent"] | None = None
    happening: HappeningSpec | None = None
    severity: SeverityWord = "critical"
    only_while: tuple[Term, ...] = ()
    on_delay_s: float | None = Field(default=None, ge=0, le=86400)
    off_delay_s: float = Field(default=0.0, ge=0, le=86400)
    count: int = Field(default=1, ge=1, le=100)
    within_s: float = Field(default=0.0, ge=0, le=86400)
    startup_inhibit_s: float = Field(default=0.0, ge=0, le=7200)
    startup: Term | None = None
    unknown: Literal["hold", "alarm"] = "hold"

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        found = list(condition_faults(self))
        if found:
            raise faults_error(found)
        return self

    @property
    def source(self) -> str:
        """Which of the sources is given: ``limits``, ``levels``, ``lost``, ``terms`` …."""
        named = ("limits", "severities", "reasons", "levels", "vote", "link", "happening")
        return next((name for name in named if getattr(self, name)), "terms")

    @property
    def terms(self) -> tuple[Term, ...]:
        """Every term of the condition itself, without its gates."""
        return self.all_of + self.any_of + ((self.vote.of,) if self.vote else ())

    @property
    def gates(self) -> tuple[Term, ...]:
        """Terms that only allow it: ``only_while`` and the sign of a start."""
        return self.only_while + ((self.startup,) if self.startup else ())


class AlarmOrder(OrderRule):
    """The work order that an alarm asks for, from severity ``at`` on (docs/work.md)."""

    at: SeverityWord = "caution"

    @property
    def least(self) -> Severity:
        """The mildest severity that asks for it."""
        return Severity.of_word(self.at)


class AlarmSpec(ConditionSpec):
    """An alarm: a condition, and what a person is to do about it, in how much time."""

    cause: Text
    consequence: Text
    action: Text
    time_to_respond_s: RespondS
    priority: Priority
    latching: bool = False
    group: str = ""
    suppressed_by: tuple[Id, ...] = ()
    suppress_up_to: SeverityWord = "critical"
    release_after_s: float = Field(default=0.0, ge=0, le=86400)
    suppressible: bool = True
    order: AlarmOrder | None = None
    shelve_max_s: float = Field(default=8 * 3600.0, ge=0, le=24 * 3600)

    @model_validator(mode="before")
    @classmethod
    def _asks_something_of_somebody(cls, data: Any) -> Any:
        found = list(missing_faults(data)) if isinstance(data, dict) else []
        if found:
            raise faults_error(found)
        return data

    @model_validator(mode="after")
    def _is_the_more_urgent_the_worse(self) -> Self:
        graded = ("time_to_respond_s", "priority")
        found = [fault for name in graded for fault in grading_faults(name, getattr(self, name))]
        if found:
            raise faults_error(found)
        return self

    def priority_of(self, severity: Severity) -> int:
        """Return the priority at a severity: the one given for it, else for the next milder."""
        return int(_at(self.priority, severity))

    def time_to_respond_of(self, severity: Severity) -> float:
        """Return how many seconds there are to respond at a severity."""
        return float(_at(self.time_to_respond_s, severity))

    @property
    def hides_up_to(self) -> Severity:
        """The worst severity that a cause may hide."""
        return Severity.of_word(self.suppress_up_to)


class EventSpec(ConditionSpec):
    """A condition worth recording that asks nothing of anybody: never in the alarm list."""


def _at(table: float | dict[SeverityWord, int] | dict[SeverityWord, float], at: Severity) -> float:
    if not isinstance(table, dict):
        return table
    by_severity = {Severity.of_word(word): value for word, value in table.items()}
    milder = [s for s in by_severity if s <= at]
    return by_severity[max(milder)] if milder else by_severity[min(by_severity)]


class AlarmFile(FileModel):
    """A file of definitions."""

    alarm: tuple[AlarmSpec, ...] = ()
    event: tuple[EventSpec, ...] = ()
