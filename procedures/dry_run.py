"""A dry run: the real engine, with people who do everything right and a clock that does not wait.

It shows the order, the times and where a procedure gets stuck under given readings, and walks the
way to safe from any step. Nothing is recorded anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from procedures.dry_readings import DryReadings, Given
from procedures.engine import commands as ask
from procedures.engine.apply import apply
from procedures.engine.context import Context, Watch
from procedures.engine.decide import decide
from procedures.engine.events import WorkEvent
from procedures.engine.moment import Moment
from procedures.engine.observe import observe
from procedures.engine.people import Person
from procedures.engine.sentence import Sentence
from procedures.engine.state import Run
from procedures.revision import Revision
from procedures.spec import Step
from procedures.spec_parts import Measured, Scan

_TICK_S = 5
_PATIENCE_S = 4 * 3600.0
_MOST_STEPS = 500
_START_US = 1_700_000_000_000_000
_ROLES = ("technician", "verifier", "supervisor")


@dataclass(frozen=True, slots=True)
class DryStep:
    """One step of a dry run: when it began, how long it took, and what followed."""

    step: str
    phase: str
    began_s: float
    took_s: float
    next: str


@dataclass(frozen=True, slots=True)
class DryReport:
    """What a dry run did; ``stuck`` says why it did not come to its end."""

    steps: tuple[DryStep, ...]
    run: Run
    events: tuple[WorkEvent, ...]
    stuck: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class DryChoices:
    """What the people of a dry run find and choose; what is not given goes well.

    ``readings`` maps ``tank.level`` to a value, ``values`` a measured value to a number, ``labels``
    a scan to what it reads, ``answers`` a step to an answer, ``abort_at`` the step to abort in.
    """

    readings: Mapping[str, Given] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    abort_at: str = ""


class _StuckError(Exception):
    def __init__(self, reasons: tuple[Sentence, ...]) -> None:
        self.reasons = reasons
        super().__init__("; ".join(map(str, reasons)))


def dry_run(revision: Revision, choices: DryChoices | None = None) -> DryReport:
    """Run a procedure dry to its end, to the safe state of an abort, or to where it gets stuck."""
    return _DryRun(revision, choices or DryChoices()).report()


def ways_back(revision: Revision, choices: DryChoices | None = None) -> tuple[DryReport, ...]:
    """Run dry, and from every step on the way, started, walk back to the safe state.

    Returns one report for each abort, in the order of the steps, and last that of the run itself.
    """
    whole = _DryRun(revision, choices or DryChoices(), walks_back=True)
    last = whole.report()
    return (*whole.aborted, last)


class _DryRun:
    def __init__(
        self, revision: Revision, choices: DryChoices, *, walks_back: bool = False
    ) -> None:
        self._walks_back = walks_back
        self.aborted: list[DryReport] = []
        self._revision = revision
        self._procedure = revision.procedure
        self._choices = choices
        self._readings = DryReadings(self._procedure, choices.readings)
        self._second = 0
        self._people = _people(revision)
        self._watch = Watch()
        self._run: Run | None = None
        self._events: list[WorkEvent] = []
        self._steps: list[DryStep] = []

    def report(self) -> DryReport:
        stuck: tuple[Sentence, ...] = ()
        try:
            if self._run is None:
                self._ask(self._begin())
            self._walk()
        except _StuckError as error:
            stuck = error.reasons
        if self._run is None:
            raise ValueError(f"a dry run could not begin: {'; '.join(map(str, stuck))}")
        return DryReport(tuple(self._steps), self._run, tuple(self._events), stuck)

    def _walk(self) -> None:
        for _ in range(_MOST_STEPS):
            run = self._now_run()
            if run.current is None:
                break
            name, began_us = run.current.step, run.clock_at(self._now())
            if self._walks_back:
                self.aborted.append(self._fork(name).report())
            if name == self._choices.abort_at and run.phase_holds:
                self._start(self._procedure.steps[name])
                self._ask(ask.Abort(self._by("technician"), "dry run"))
            else:
                self._perform(self._procedure.steps[name])
            self._note(name, began_us)
        self._ask(ask.Close(self._by("technician")))

    def _fork(self, name: str) -> _DryRun:
        """Return another run that stands where this one does and will abort now."""
        fork = _DryRun(self._revision, replace(self._choices, abort_at=name))
        fork._run, fork._second, fork._watch = self._run, self._second, self._watch
        fork._events, fork._steps = list(self._events), list(self._steps)
        fork._readings.step = name
        return fork

    def _note(self, name: str, began_us: int) -> None:
        run = self._now_run()
        phase = self._procedure.phase_of.get(name)
        took_s = (run.clock_at(self._now()) - began_us) / 1e6
        following = run.current.step if run.current else ""
        where = phase.id if phase else run.path
        self._steps.append(DryStep(name, where, began_us / 1e6, took_s, following))

    def _now_run(self) -> Run:
        if self._run is None:
            raise _StuckError(())
        return self._run

    def _now(self) -> Moment:
        us = self._second * 1_000_000
        return Moment(_START_US + us, us, "dry", "dry")

    def _context(self) -> Context:
        self._readings.time = self._now().stamp
        return Context(self._now(), self._readings, self._people, self._watch)

    def _look(self) -> None:
        run = self._now_run()
        if run.current:
            self._readings.step = run.current.step
        self._watch, events = observe(run, self._revision, self._context())
        for event in events:
            self._take(event)

    def _take(self, event: WorkEvent) -> None:
        self._events.append(event)
        self._run = apply(self._run, event)

    def _ask(self, command: ask.Command) -> None:
        """Ask until it is allowed, letting time pass; gives up when nothing changes any more."""
        until = self._second + _PATIENCE_S
        while True:
            decision = decide(self._run, command, self._revision, self._context())
            if decision.event:
                self._take(decision.event)
                self._look()
                return
            is_waiting = any(one.code in _MAY_PASS for one in decision.refusals)
            if not is_waiting or self._second > until:
                raise _StuckError(decision.refusals)
            self._second += _TICK_S
            self._look()

    def _by(self, role: str) -> str:
        return f"dry-{role}-1"

    def _start(self, step: Step) -> None:
        if step.hold:
            self._ask(ask.ReleaseHold(step.id, "dry-releaser"))
        self._ask(ask.Start(step.id, self._by(step.sign.role), "en", step.hazards))

    def _perform(self, step: Step) -> None:
        self._start(step)
        by = self._by(step.sign.role)
        for scan in step.scans:
            self._ask(ask.ScanLabel(step.id, by, scan.id, self._label(scan)))
        for photo in step.photos:
            for number in range(photo.count):
                self._ask(ask.TakePhoto(step.id, by, photo.id, f"{number:064x}"))
        for value in step.values:
            self._ask(ask.Record(step.id, by, value.id, self._number(value)))
        for item in step.items:
            self._ask(ask.ConfirmItem(step.id, by, item.id))
        if step.ask:
            first = step.ask.answers[0].id
            self._ask(ask.Choose(step.id, by, self._choices.answers.get(step.id, first)))
        self._sign(step, by)

    def _sign(self, step: Step, by: str) -> None:
        second = step.sign.second
        if second and second.mode == "concurrent":
            self._ask(ask.SignSecond(step.id, "dry-second", "en", step.hazards))
        self._ask(ask.Complete(step.id, by))
        if second and second.mode == "independent":
            self._ask(ask.SignSecond(step.id, "dry-second", "en"))

    def _number(self, value: Measured) -> float:
        if value.id in self._choices.values:
            return self._choices.values[value.id]
        if value.equals:
            return self._now_run().values.get(value.equals, 0.0)
        ends = [end for end in (value.low, value.high) if end is not None]
        middle = sum(ends) / len(ends) if ends else 1.0
        return float(round(middle)) if value.decimals == 0 and len(ends) == 2 else middle

    def _label(self, scan: Scan) -> str:
        if scan.id in self._choices.labels:
            return self._choices.labels[scan.id]
        if scan.must_be:
            return self._now_run().subjects[scan.must_be][0]
        if scan.same_as:
            return self._now_run().scans.get(scan.same_as, scan.id)
        return f"DRY-{scan.id}"

    def _begin(self) -> ask.Begin:
        applies, requires = self._procedure.applies_to, self._procedure.requires
        asset = ask.Asset(
            "dry-asset",
            applies.asset,
            applies.cooling[0],
            applies.tanks[0] if applies.tanks else "",
            applies.fluids[0] if applies.fluids else "",
            applies.gpu_models[:1],
            applies.rack,
        )
        return ask.Begin(
            "dry-run",
            self._by(requires.people[0].role),
            asset,
            "draft",
            {name: (f"{name}-1",) for name in self._procedure.subjects},
            tuple(self._people),
            "en",
            {tool.id: _START_US * 2 for tool in requires.tools},
            {spare.id: f"DRY-{spare.id}" for spare in requires.spares},
            training=True,
        )


_MAY_PASS = {"min_time", "steady", "old", "not_read", "limit", "bad"}
"""Refusals that time or equipment may undo."""


def _people(revision: Revision) -> dict[str, Person]:
    """Return enough people of every role, with every qualification."""
    needs = revision.procedure.requires.people
    papers = {name: _START_US * 2 for need in needs for name in need.qualifications}
    found = {}
    for role in _ROLES:
        count = max([need.count for need in needs if need.role == role], default=1)
        for number in range(1, count + 1):
            name = f"dry-{role}-{number}"
            found[name] = Person(name, name, frozenset({role}), papers)
    everything = frozenset(_ROLES)
    for name in ("dry-second", "dry-releaser"):
        found[name] = Person(name, name, everything, papers)
    return found
