"""How long steps took against how long they usually take; pure, out of the events of runs."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from procedures.engine.events import Recorded, WorkKind, moment_of
from procedures.engine.moment import Moment, elapsed
from procedures.spec import Procedure

LEAST_RUNS = 5
"""Of fewer runs nobody can say what is usual."""
_SIGMAS = 2.0
_ENDS: dict[str, str] = {
    WorkKind.STEP_DONE: "done",
    WorkKind.STEP_SKIPPED: "skipped",
    WorkKind.STEP_FAILED: "failed",
    WorkKind.ABORTED: "aborted",
}


@dataclass(frozen=True, slots=True)
class StepTime:
    """One visit of a step: when it could be started, was, and ended (UTC microseconds, 0: not yet).

    ``waited_s`` passed before somebody started it, ``spent_s`` until it was signed by all,
    ``suspended_s`` of that while the work lay still; ``planned_s`` is what the author says it takes
    (None: nothing). ``result`` is done, skipped, failed, aborted or empty while it is open.
    """

    step: str
    visit: int
    by: str = ""
    result: str = ""
    started_us: int = 0
    ended_us: int = 0
    waited_s: float = 0.0
    spent_s: float = 0.0
    suspended_s: float = 0.0
    planned_s: float | None = None

    @property
    def worked_s(self) -> float:
        """The time spent without that in which the work was suspended."""
        return max(0.0, self.spent_s - self.suspended_s)

    @property
    def over_s(self) -> float | None:
        """How much longer than planned, negative for shorter; None where nothing was planned."""
        return None if self.planned_s is None else self.worked_s - self.planned_s


def step_times(procedure: Procedure, events: Iterable[Recorded]) -> tuple[StepTime, ...]:
    """Return every visit of every step of one run, in the order in which they were started.

    Time is that of the run's own clock: a wall clock that is set changes nothing.
    """
    watch = _StopWatch(procedure)
    for event in events:
        try:
            watch.take(event)
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    return watch.times()


class _StopWatch:
    """The run's clock, and the visit that is open now."""

    def __init__(self, procedure: Procedure) -> None:
        self._procedure = procedure
        self._found: list[StepTime] = []
        self._at: Moment | None = None
        self._clock_us = self._ready_us = self._started_us = self._suspended_us = 0
        self._is_suspended = False
        self._open: StepTime | None = None

    def take(self, event: Recorded) -> None:
        now = moment_of(event.body)
        passed_us = elapsed(self._at, now).us if self._at else 0
        self._at = now
        self._clock_us += passed_us
        if self._is_suspended:
            self._suspended_us += passed_us
        self._follow(event, now)

    def _follow(self, event: Recorded, now: Moment) -> None:
        if event.kind == WorkKind.STEP_STARTED:
            self._start(event, now)
        elif event.kind in _ENDS:
            self._end(event, now)
            self._is_suspended = False
        elif event.kind == WorkKind.SUSPENDED:
            self._is_suspended = True
        elif event.kind == WorkKind.TAKEN_OVER:
            self._is_suspended = False

    def _start(self, event: Recorded, now: Moment) -> None:
        step = str(event.body["step"])
        spec = self._procedure.steps.get(step)
        planned_s = spec.minutes * 60 if spec and spec.minutes else None
        self._open = StepTime(
            step,
            int(event.body["visit"]),
            event.actor,
            started_us=now.utc_us,
            waited_s=(self._clock_us - self._ready_us) / 1e6,
            planned_s=planned_s,
        )
        self._started_us, self._suspended_us = self._clock_us, 0

    def _end(self, event: Recorded, now: Moment) -> None:
        result = _ENDS[event.kind]
        if self._open is not None:
            self._found.append(self._as_now(self._open, result=result, ended_us=now.utc_us))
        elif result == "skipped":
            step, visit = str(event.body["step"]), int(event.body["visit"])
            self._found.append(StepTime(step, visit, event.actor, result, 0, now.utc_us))
        self._open, self._ready_us = None, self._clock_us

    def _as_now(self, time: StepTime, *, result: str = "", ended_us: int = 0) -> StepTime:
        return replace(
            time,
            result=result,
            ended_us=ended_us,
            spent_s=(self._clock_us - self._started_us) / 1e6,
            suspended_s=self._suspended_us / 1e6,
        )

    def times(self) -> tuple[StepTime, ...]:
        return (*self._found, self._as_now(self._open)) if self._open else tuple(self._found)


@dataclass(frozen=True, slots=True)
class Usual:
    """How long a step took in runs before: how many, mean and standard deviation in seconds."""

    runs: int
    mean_s: float
    sigma_s: float

    def is_unusual(self, time: StepTime) -> bool:
        """Whether a time is more than two standard deviations off; never by too few runs."""
        if self.runs < LEAST_RUNS or time.result != "done":
            return False
        return abs(time.worked_s - self.mean_s) > _SIGMAS * self.sigma_s


def usual_times(runs: Iterable[Iterable[StepTime]]) -> Mapping[str, Usual]:
    """Return what is usual for each step, out of the times of several runs of one procedure."""
    by_step: dict[str, list[float]] = {}
    for times in runs:
        for time in times:
            if time.result == "done":
                by_step.setdefault(time.step, []).append(time.worked_s)
    return {
        step: Usual(len(found), statistics.fmean(found), statistics.pstdev(found))
        for step, found in by_step.items()
    }
