"""The procedure language: what one YAML file may say (docs/procedures.md explains every member).

The models refuse what can be seen within one part; what needs the whole file or knowledge of points
and alarms is the linter's (``procedures.lint``).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from drivers.files import Fault, FileModel, faults_error
from procedures.spec_parts import (
    Gate,
    Goto,
    Hazard,
    HazardType,
    Hold,
    Id,
    Invariant,
    Item,
    Lock,
    Measured,
    Photo,
    PpeItem,
    Question,
    Role,
    Scan,
    Seconds,
    Sign,
    Skip,
    Subject,
    Text,
    Timer,
)

GUIDE = "docs/procedures.md"
MAIN = "main"
"""The name of the path that the phases make; the others are make-safe paths."""

SubjectKind = Literal[
    "tank", "gpu", "pdu", "cdu", "door", "cooler", "pump", "level_sensor", "label", "work"
]


class SubjectSpec(FileModel):
    """A piece of equipment that checks speak of; bound to a real one when a run begins."""

    kind: SubjectKind
    optional: bool = False
    title: Text | None = None


class Applicability(FileModel):
    """What the procedure is for; an empty list allows anything. ``*`` stands for any letters."""

    asset: Literal["tank", "server", "rack", "gpu", "pump", "filter", "cdu"]
    cooling: tuple[Literal["single_phase", "two_phase", "air"], ...] = Field(min_length=1)
    tanks: tuple[str, ...] = ()
    fluids: tuple[str, ...] = ()
    gpu_models: tuple[str, ...] = ()
    rack: bool = False


class People(FileModel):
    """So many people of a role, each with these qualifications, valid on the day."""

    role: Role
    count: int = Field(default=1, ge=1, le=9)
    qualifications: tuple[Id, ...] = ()


class Tool(FileModel):
    """A tool; a calibrated one needs a date of calibration that has not passed."""

    id: Id
    title: Text
    count: int = Field(default=1, ge=1, le=99)
    calibrated: bool = False


class Spare(FileModel):
    """A part to have at hand; ``serial`` says that its number is recorded."""

    id: Id
    title: Text
    part: str = ""
    count: int = Field(default=1, ge=1, le=999)
    serial: bool = False


class FluidNeed(FileModel):
    """Fluid to have at hand; ``same_batch``: of the batch that is in the tank."""

    fluid: Literal["tank_fluid", "isopropyl_alcohol", "detergent", "water", "other"]
    litres: float = Field(gt=0, le=10_000)
    same_batch: bool = False
    title: Text | None = None


class Requirements(FileModel):
    """What must be there before anything begins."""

    people: tuple[People, ...] = Field(min_length=1)
    tools: tuple[Tool, ...] = ()
    spares: tuple[Spare, ...] = ()
    fluids: tuple[FluidNeed, ...] = ()
    ppe: tuple[PpeItem, ...] = ()
    permits: tuple[Item, ...] = ()


class Step(FileModel):
    """One action: hazards first, then what to do, then how it is known to be done.

    ``kind``: ``act`` changes something and must be verified, ``check`` looks, ``wait`` lets time
    pass, ``decide`` asks, ``list`` is a pause point read aloud.
    """

    id: Id
    title: Text
    kind: Literal["act", "check", "wait", "decide", "list"] = "act"
    involves: tuple[HazardType, ...] = ()
    hazards: tuple[Id, ...] = ()
    hold: Hold | None = None
    before: tuple[Gate, ...] = ()
    do: Text
    why: Text | None = None
    expect: Text | None = None
    during: tuple[Invariant, ...] = ()
    timer: Timer | None = None
    scans: tuple[Scan, ...] = ()
    photos: tuple[Photo, ...] = ()
    values: tuple[Measured, ...] = ()
    items: tuple[Item, ...] = Field(default=(), max_length=9)
    locks: tuple[Lock, ...] = Field(default=(), max_length=9)
    verify: tuple[Gate, ...] = ()
    ask: Question | None = None
    on_fail: Goto | None = None
    sign: Sign = Sign()
    skip: Skip | None = None
    make_safe: Id | None = None
    minutes: float | None = Field(default=None, gt=0, le=10_000)

    @model_validator(mode="after")
    def _kind_fits(self) -> Self:
        if (self.kind == "decide") != (self.ask is not None):
            raise ValueError("'kind: decide' and 'ask' go together")
        if (self.kind == "list") != bool(self.items):
            raise ValueError("'kind: list' and 'items' go together")
        if self.kind == "wait" and self.timer is None and not self.verify:
            raise ValueError("'kind: wait' needs a timer, or a gate under 'verify' to wait for")
        if self.hold and self.skip:
            raise ValueError("a step with a hold point cannot be skipped; leave 'skip' out")
        return self

    @property
    def gates(self) -> tuple[Gate, ...]:
        """Every gate, those before and those that verify."""
        return self.before + self.verify

    @property
    def gotos(self) -> tuple[tuple[str, Goto], ...]:
        """Every way out of the usual order, each with the name of what leads there."""
        found = [(value.id, value.goto) for value in self.values if value.goto]
        answers = self.ask.answers if self.ask else ()
        found += [(a.id, Goto(goto=a.goto, max=a.max)) for a in answers if a.goto]
        return (*found, *([("fail", self.on_fail)] if self.on_fail else []))

    @property
    def member_ids(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """The place and the id of everything in the step that has one."""
        for name in ("before", "during", "scans", "photos", "values", "items", "verify"):
            for number, part in enumerate(getattr(self, name)):
                yield (name, number, "id"), part.id


class Phase(FileModel):
    """Steps that belong together, the way back out of them, and what holds during all of them."""

    id: Id
    title: Text
    make_safe: Id
    during: tuple[Invariant, ...] = ()
    any_order: bool = False
    steps: tuple[Step, ...] = Field(min_length=1)


class SafeState(FileModel):
    """A state in which everything may be left, in words."""

    id: Id
    text: Text


class MakeSafe(FileModel):
    """A path to a safe state. Its steps ask for nothing that may be out of reach."""

    id: Id
    title: Text
    ends_in: Id
    steps: tuple[Step, ...] = Field(min_length=1)


class Clock(FileModel):
    """Time that runs across steps: from when one is begun until one of others is done."""

    id: Id
    title: Text
    from_step: Id
    until_steps: tuple[Id, ...] = Field(min_length=1)
    max_s: Seconds
    warn_s: Seconds | None = None

    @model_validator(mode="after")
    def _warns_before(self) -> Self:
        if self.warn_s is not None and self.warn_s >= self.max_s:
            raise ValueError(f"warn_s {self.warn_s:g} is not before max_s {self.max_s:g}")
        return self


class ExpectedAlarm(FileModel):
    """An alarm that this work trips by itself: held back in these phases, then given back."""

    alarm: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
    subject: Subject
    phases: tuple[Id, ...] = Field(min_length=1)
    why: Text


class Procedure(FileModel):
    """A whole procedure."""

    schema_: Literal["procedure/1"] = Field(alias="schema")
    id: Id
    title: Text
    purpose: Text
    languages: tuple[str, ...] = Field(default=("en", "zh_CN"), min_length=1)
    author: str = Field(min_length=1)
    sources: tuple[str, ...] = ()
    applies_to: Applicability
    subjects: dict[Subject, SubjectSpec] = Field(min_length=1)
    exclusive: tuple[Subject, ...] = ()
    requires: Requirements
    hazards: dict[Id, Hazard] = Field(default_factory=dict)
    expects_alarms: tuple[ExpectedAlarm, ...] = ()
    clocks: tuple[Clock, ...] = ()
    phases: tuple[Phase, ...] = Field(min_length=1)
    safe_states: tuple[SafeState, ...] = Field(min_length=1)
    make_safe: tuple[MakeSafe, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        from procedures.whole import faults_of_whole

        found: list[Fault] = list(faults_of_whole(self))
        if found:
            raise faults_error(found)
        return self

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The ids of the main steps in the order of the file."""
        return tuple(step.id for phase in self.phases for step in phase.steps)

    @cached_property
    def steps(self) -> dict[str, Step]:
        """Every step by id, those of the make-safe paths too."""
        main = (step for phase in self.phases for step in phase.steps)
        safe = (step for path in self.make_safe for step in path.steps)
        return {step.id: step for step in (*main, *safe)}

    @cached_property
    def phase_of(self) -> dict[str, Phase]:
        """The phase of every main step."""
        return {step.id: phase for phase in self.phases for step in phase.steps}

    @cached_property
    def paths(self) -> dict[str, MakeSafe]:
        """The make-safe paths by id."""
        return {path.id: path for path in self.make_safe}

    def way_back(self, step: str) -> MakeSafe:
        """Return the make-safe path of a main step: its own, else that of its phase."""
        phase = self.phase_of[step]
        return self.paths[self.steps[step].make_safe or phase.make_safe]

    def invariants_of(self, step: str) -> tuple[Invariant, ...]:
        """Return what must stay met while a step is open: that of its phase and its own."""
        phase = self.phase_of.get(step)
        return (phase.during if phase else ()) + self.steps[step].during

    def is_make_safe(self, step: str) -> bool:
        """Whether a step is one of a make-safe path."""
        return step not in self.phase_of
