"""The parts that steps and procedures are made of; docs/procedures.md explains every member.

A text is a mapping from language to words: ``{en: Open the lid., zh_CN: 打开箱盖。}``. Words may
hold ``{name}`` where name is a gate, a value or ``min``/``max`` of the timer: the number then comes
from the limit itself, so that words and limits cannot disagree.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from drivers.files import FileModel
from procedures.checks import Check, parse_check

SOURCE_LANGUAGE = "en"
PLACEHOLDER = re.compile(r"{([a-z][a-z0-9-]*(?:\.(?:low|high))?)}")

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$", max_length=63)]
Subject = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}(_[A-Z]{2})?$")]
Words = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]
Seconds = Annotated[float, Field(gt=0, le=7 * 86400)]
Role = Literal["technician", "verifier", "supervisor"]
"""The roles that take part in work; ``console`` has more, which only read or administer."""

HazardType = Literal[
    "electrical",
    "stored_energy",
    "heat",
    "lifting",
    "falling",
    "fluid",
    "pressure",
    "vapour",
    "chemical",
    "fire",
    "static",
    "sharp",
    "pinch",
    "contamination",
]
Pictogram = Literal[
    "electrical",
    "energy",
    "hot",
    "lift",
    "falling",
    "slip",
    "splash",
    "pressure",
    "vapour",
    "chemical",
    "fire",
    "static",
    "sharp",
    "pinch",
    "debris",
    "general",
]
"""The names of the pictograms that the console draws."""

PpeItem = Literal[
    "nitrile_gloves",
    "insulating_gloves",
    "cryogenic_gloves",
    "eye_protection",
    "face_shield",
    "apron",
    "sleeves",
    "anti_slip_shoes",
    "safety_shoes",
    "helmet",
    "respirator",
    "wrist_strap",
]


def _has_source_language(text: dict[str, str]) -> dict[str, str]:
    if SOURCE_LANGUAGE not in text:
        raise ValueError(f"the words in {SOURCE_LANGUAGE!r} are missing; every text begins there")
    return text


Text = Annotated[dict[Language, Words], AfterValidator(_has_source_language)]


def _check(text: str) -> str:
    """Return a check in the one way of writing it, so that spaces make no new revision."""
    return str(parse_check(text))


CheckText = Annotated[str, AfterValidator(_check)]


class Hazard(FileModel):
    """What can hurt, how badly, and how to avoid it. Shown, and acknowledged, before the step."""

    type: HazardType
    signal: Literal["danger", "warning", "caution", "notice"]
    pictogram: Pictogram
    consequence: Text
    avoid: Text


class Override(FileModel):
    """Who may let a gate pass that is not met: always a second person, always with a reason."""

    role: Role


class Gate(FileModel):
    """A check that must be met by values no older than ``max_age_s``, for ``for_s`` without a gap.

    Unknown, doubtful or stale is not met. ``not_fitted`` says what holds where the equipment has no
    such point at all: ``refuse``, ``by_hand`` (a person measures and types the value; the same
    limit holds) or ``skip``.
    """

    id: Id
    check: CheckText
    max_age_s: float = Field(default=10.0, gt=0, le=600)
    for_s: float = Field(default=0.0, ge=0, le=86400)
    not_fitted: Literal["refuse", "by_hand", "skip"] = "refuse"
    override: Override | None = None
    text: Text | None = None

    @property
    def parsed(self) -> Check:
        """The check itself."""
        return parse_check(self.check)

    @model_validator(mode="after")
    def _by_hand_is_one_number(self) -> Self:
        either = self.parsed.either
        if self.not_fitted == "by_hand" and (len(either) > 1 or either[0].state):
            raise ValueError("not_fitted: by_hand needs a single check of a number")
        return self


class Invariant(FileModel):
    """A check that must stay met while a step is open; broken or unknown, the step is held.

    ``grace_s`` is how long it may be broken or unknown before that. ``release`` is who lets the
    work go on once it is met again.
    """

    id: Id
    check: CheckText
    max_age_s: float = Field(default=15.0, gt=0, le=600)
    grace_s: float = Field(default=0.0, ge=0, le=120)
    not_fitted: Literal["refuse", "skip"] = "refuse"
    release: Role = "technician"
    text: Text | None = None

    @property
    def parsed(self) -> Check:
        """The check itself."""
        return parse_check(self.check)


class Timer(FileModel):
    """How long a step takes, counted from its start or from when the step ``since`` was done.

    Before ``min_s`` it cannot be signed; after ``max_s`` only with a deviation (``note``), or it is
    held until a supervisor releases it (``hold``). ``warn_s`` is when the screen begins to warn.
    """

    min_s: Seconds | None = None
    max_s: Seconds | None = None
    warn_s: Seconds | None = None
    since: Id | None = None
    on_overrun: Literal["note", "hold"] = "note"

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if self.min_s is None and self.max_s is None:
            raise ValueError("a timer needs min_s or max_s")
        if self.max_s is None and self.warn_s is not None:
            raise ValueError("warn_s warns of max_s, which is missing")
        spans = [span for span in (self.min_s, self.warn_s, self.max_s) if span is not None]
        if spans != sorted(spans):
            raise ValueError(f"min_s, warn_s and max_s must rise; found {spans}")
        return self


class Goto(FileModel):
    """A way to another step; ``max`` is how often it may be taken in one run."""

    goto: Id
    max: int = Field(default=2, ge=1, le=20)


class Measured(FileModel):
    """A value that a person measures and types, with its limits.

    ``source`` is the live point captured beside it; ``instrument`` a tool of the procedure;
    ``equals`` an earlier value that this one must repeat (tools counted out and in). Outside its
    limits: ``refuse`` (measure again), ``deviate`` (only with a deviation), or another step.
    """

    id: Id
    title: Text
    unit: str = ""
    low: float | None = None
    high: float | None = None
    taken: Literal["as_found", "as_left", "reading"] = "reading"
    decimals: int = Field(default=1, ge=0, le=6)
    instrument: Id | None = None
    source: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.\S+$")] | None = None
    equals: Id | None = None
    outside: Literal["refuse", "deviate", "goto"] = "refuse"
    goto: Goto | None = None

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low:g} is above high {self.high:g}")
        if (self.outside == "goto") != (self.goto is not None):
            raise ValueError("'outside: goto' and 'goto: {goto: step}' go together")
        return self

    def inside(self, value: float) -> bool:
        """Whether a value in this unit is within the limits; both ends belong to them."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


class Photo(FileModel):
    """Pictures that must be taken."""

    id: Id
    title: Text
    count: int = Field(default=1, ge=1, le=20)


class Scan(FileModel):
    """A label that must be scanned. ``must_be`` says what of the run it has to show, if anything.

    ``of`` is what carries the label; ``matches`` a regular expression for serial numbers.
    ``same_as`` is an earlier scan of this procedure that must read the same, ``not_same_as`` one
    that must differ.
    """

    id: Id
    title: Text
    of: Literal["tank", "slot", "server", "part", "tool", "fluid", "person", "breaker"]
    must_be: Subject | None = None
    matches: Annotated[str, Field(max_length=200)] | None = None
    same_as: Id | None = None
    not_same_as: Id | None = None

    @model_validator(mode="after")
    def _matches_is_an_expression(self) -> Self:
        try:
            re.compile(self.matches or "")
        except re.error as error:
            raise ValueError(f"matches: {self.matches!r} is not understood: {error}") from None
        return self


class Answer(FileModel):
    """One answer to the question of a step, and where it leads; without ``goto`` to the next."""

    id: Id
    text: Text
    goto: Id | None = None
    max: int = Field(default=2, ge=1, le=20)


class Question(FileModel):
    """What a person decides; the answers branch."""

    text: Text
    answers: tuple[Answer, ...] = Field(min_length=2, max_length=6)


class Lock(FileModel):
    """A personal lock that the step hangs, or takes off. Only who hung it takes it off."""

    id: Id
    act: Literal["hang", "remove"]
    title: Text | None = None


class Item(FileModel):
    """One line of a list that is read aloud and confirmed."""

    id: Id
    text: Text


class Second(FileModel):
    """A second signature. ``concurrent``: watches it being done, and signs before the first does.

    ``independent``: was not there, looks at the result, and signs after. Never the same person.
    """

    role: Role = "verifier"
    mode: Literal["concurrent", "independent"]


class Sign(FileModel):
    """Who signs a step."""

    role: Role = "technician"
    second: Second | None = None


class Hold(FileModel):
    """A point that nobody passes until this role, another person, has released it."""

    role: Role = "supervisor"
    text: Text | None = None


class Skip(FileModel):
    """That a step may be left out, for which reasons, and who must agree."""

    reasons: tuple[Item, ...] = Field(min_length=1, max_length=9)
    second: Role | None = None
