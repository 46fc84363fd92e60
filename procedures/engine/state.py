"""Where a run stands. All of it follows from its events; nothing else is remembered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from procedures.engine.moment import Moment, elapsed
from procedures.spec import MAIN

TIMER = "timer"
"""What a held step or a deviation names when it is about the step's own timer."""
LATE = "late"
"""What the irregularity is about that tells of a run copied from paper."""


class RunStatus(StrEnum):
    """The whole run. From ``running`` and ``performed`` an abort leads to ``aborting``."""

    RUNNING = "running"
    PERFORMED = "performed"
    FINISHED = "finished"
    ABORTING = "aborting"
    SAFE = "safe"

    @property
    def is_over(self) -> bool:
        """Whether nothing may be done any more."""
        return self in {RunStatus.FINISHED, RunStatus.SAFE}


class StepStatus(StrEnum):
    """The step to do now: not started, being done, done and waiting for its second signature."""

    READY = "ready"
    OPEN = "open"
    PERFORMED = "performed"


@dataclass(frozen=True, slots=True)
class Typed:
    """A number that a person typed: where on the run's clock, and by whom."""

    number: float
    by: str
    at_us: int


@dataclass(frozen=True, slots=True)
class StepRun:
    """The step to do now, as far as it has come in this visit.

    ``hands`` is everybody who worked on it; ``held`` names the invariants (or the timer) that hold
    it; ``released`` those a person released; ``overridden`` maps a gate to who let it pass;
    ``deviations`` is what deviations of this visit are about; ``unproven`` names gates and
    invariants of which a late entry can tell nothing.
    """

    step: str
    visit: int
    status: StepStatus = StepStatus.READY
    executor: str = ""
    hands: tuple[str, ...] = ()
    language: str = ""
    started_us: int = 0
    hold_released_by: str = ""
    overridden: Mapping[str, str] = field(default_factory=dict)
    by_hand: Mapping[str, Typed] = field(default_factory=dict)
    values: Mapping[str, Typed] = field(default_factory=dict)
    photos: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scans: Mapping[str, str] = field(default_factory=dict)
    items: tuple[str, ...] = ()
    answer: str = ""
    seconds: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    deviations: tuple[str, ...] = ()
    is_overrun: bool = False
    is_time_doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended: ``done``, ``skipped`` or ``failed``, when on the run's clock, by whom."""

    result: str
    at_us: int
    by: str
    second: str = ""


@dataclass(frozen=True, slots=True)
class Irregularity:
    """Something that a reviewer must see: what kind of event, at which step, about what, why."""

    kind: str
    step: str
    about: str
    text: str
    by: str


@dataclass(frozen=True, slots=True)
class Run:
    """One piece of work.

    ``clock_us`` is the run's own clock at the last event, ``at`` the moment of that event: together
    they tell the run's time now, whatever happened to the machine in between. ``attended`` is that
    of the last event of a session that had looked at the equipment, by beginning the run or
    reopening it; what others wrote since leaves it. ``left_at`` is the main step that an abort
    left. ``locks`` maps a lock that hangs to who hung it. ``clocks`` maps a clock that runs to its
    start, ``clocks_ended`` one that ended to how long it ran, both in us. ``late`` is the id of the
    paper form that the run was copied from afterwards, empty for work done at the console.
    """

    id: str
    procedure: str
    revision: str
    subject: str
    training: bool
    subjects: Mapping[str, tuple[str, ...]]
    crew: tuple[str, ...]
    lead: str
    tools: tuple[str, ...]
    current: StepRun | None
    at: Moment
    attended: Moment
    path: str = MAIN
    status: RunStatus = RunStatus.RUNNING
    clock_us: int = 0
    events: int = 1
    left_at: str = ""
    suspended_by: str = ""
    done: Mapping[str, Outcome] = field(default_factory=dict)
    visits: Mapping[str, int] = field(default_factory=dict)
    gotos: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    scans: Mapping[str, str] = field(default_factory=dict)
    locks: Mapping[str, str] = field(default_factory=dict)
    clocks: Mapping[str, int] = field(default_factory=dict)
    clocks_ended: Mapping[str, int] = field(default_factory=dict)
    clocks_overrun: tuple[str, ...] = ()
    clocks_excused: tuple[str, ...] = ()
    irregularities: tuple[Irregularity, ...] = ()
    late: str = ""

    def clock_at(self, now: Moment) -> int:
        """Return the run's own clock at a moment, us since it began."""
        return self.clock_us + elapsed(self.at, now).us

    def is_open_in(self, session: str) -> bool:
        """Whether this session of the console began or reopened the run, and so looked at it."""
        return self.attended.session == session

    @property
    def is_over(self) -> bool:
        """Whether nothing may be done any more."""
        return self.status.is_over

    @property
    def phase_holds(self) -> bool:
        """Whether the main path is still being followed."""
        return self.path == MAIN
