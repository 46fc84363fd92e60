"""One training under way: begins the work, lets things go wrong, plays colleagues, ends it.

It watches a session that is a training; the simulated equipment is moved through a :class:`World`.
A window calls :meth:`Trainer.tick` with every refresh, a headless run whenever time has passed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from console.history.events import JSON, EventDraft
from console.history.reader import LogReader
from console.session.running.binding import bind
from console.session.running.desk import NewRun, Proof, RunView
from console.text import language as language_in_use
from console.training.colleagues import Act, Colleagues
from console.training.kinds import TrainingKind
from console.training.people import Trainee, colleague_id, furnish
from console.training.result import Score
from console.training.scenario import Fault, Scenario
from console.training.scoring import score
from console.training.sights import Sight, sights
from console.work.events import Refused
from drivers.simulator.fault_kinds import Parameter
from procedures.engine.events import WorkKind
from procedures.engine.state import Run, StepStatus
from procedures.revision import Revision

if TYPE_CHECKING:
    from console.session.session import Session
    from console.session.workplace import Workplace

_YEAR_US = 365 * 86_400_000_000
WAITS = frozenset({"min_time", "steady", "limit", "not_read", "old", "second_missing"})
"""Reasons why a step cannot be signed yet that nothing but time takes away."""
SCRIPTED = "scripted"
"""How the word of a scripted colleague is proven: not at all."""


class World(Protocol):
    """The simulated equipment of a training, and its time."""

    def handle(self, act: str, host: str, amount: float = 1.0) -> None:
        """Do one act of work on a host; ValueError names what there is."""

    def inject(
        self,
        name: str,
        target: str | None,
        duration_s: float | None,
        parameters: Mapping[str, Parameter],
    ) -> str:
        """Begin a fault and return what it hit; ValueError names what there is."""

    def advance(self, seconds: float) -> None:
        """Let time pass."""


@dataclass(frozen=True, slots=True)
class Doing:
    """What a colleague is doing now and how long until it is done, s."""

    act: Act
    left_s: float


class Trainer:
    """One training. Use it in the thread that refreshes the session."""

    def __init__(
        self, session: Session, world: World, scenario: Scenario, revision: Revision, who: Trainee
    ) -> None:
        self.session = session
        self.world = world
        self.scenario = scenario
        self.revision = revision
        self.who = who
        self.run_id = ""
        self.score: Score | None = None
        self.why_ended = ""
        self.labels = {label.scan: 0 for label in scenario.labels}
        self._colleagues = Colleagues(scenario.crew, revision.procedure)
        self._injected: set[str] = set()
        self._started_s: dict[str, float] = {}
        self._began_s = 0.0
        self._due: tuple[Act, float] | None = None
        session.training = scenario.title["en"]
        session.is_demo = False
        session.furnish = lambda place: furnish(place, scenario, revision.procedure, who)

    @property
    def place(self) -> Workplace:
        """The workplace of the training; raises RuntimeError before it was opened."""
        if self.session.workplace is None:
            raise RuntimeError("the workplace of the training has not been opened")
        return self.session.workplace

    @property
    def run(self) -> Run | None:
        """The work, once it is on the disk."""
        view = self.view
        return view.run if view else None

    @property
    def view(self) -> RunView | None:
        """The work as it stands for the trainee."""
        return self.place.runs.view(self.run_id, self.who.id) if self.run_id else None

    @property
    def is_over(self) -> bool:
        """Whether the training has ended; :attr:`score` is there then."""
        return self.score is not None

    @property
    def elapsed_s(self) -> float:
        """How long the work has been going on, s of the session's clock."""
        return self._now_s() - self._began_s if self.run_id else 0.0

    @property
    def overridable(self) -> Sequence[str]:
        """The gates that are not met now and that its author lets somebody override."""
        view = self.view
        gates = view.standing.gates if view else ()
        return [one.gate.id for one in gates if one.gate.override and not one.passes]

    @property
    def faults_begun(self) -> int:
        """How much has gone wrong so far."""
        return len(self._injected)

    @property
    def is_waiting(self) -> bool:
        """Whether the work waits and the trainee's hands have nothing to do: time may go faster."""
        view = self.view
        step = view.run.current if view else None
        if view is None or step is None or step.status is not StepStatus.OPEN or step.held:
            return False
        codes = {need.code for need in view.standing.needs}
        if not codes or codes - WAITS:
            return False
        seen = self.session.book.alarms()
        return not any(one.state.awaits_acknowledgement for one in seen)

    @property
    def doing(self) -> Doing | None:
        """What a colleague is doing."""
        if self._due is None:
            return None
        act, at_s = self._due
        return Doing(act, max(0.0, at_s - self._now_s()))

    def begin(self, *, proof: Proof | None = None, by_script: bool = False) -> str:
        """Begin the work in the trainee's name; returns the id of the run. Raises Refused."""
        if self.run_id:
            return self.run_id
        crew = (self.who.id, *(colleague_id(role) for role in self.scenario.crew.colleagues))
        requires = self.revision.procedure.requires
        until_us = self.session.now().utc_us + _YEAR_US
        new = NewRun(
            self.who.id,
            crew,
            language_in_use(),
            {tool.id: until_us for tool in requires.tools},
            {spare.id: f"TRAINING-{spare.id}" for spare in requires.spares},
            training=True,
        )
        bound = bind(self.session, self.revision.procedure, self.scenario.target)
        name, decision = self.place.runs.begin(self.revision, bound, new, proof=proof)
        if not decision.is_allowed:
            raise Refused("; ".join(str(one) for one in decision.refusals))
        self.run_id, self._began_s = name, self._now_s()
        self._tell(
            TrainingKind.BEGUN,
            scenario=self.scenario.id,
            procedure=self.revision.procedure.id,
            revision=self.revision.digest,
            person=self.who.id,
            target=self.scenario.target,
            run=name,
            by_script=by_script,
        )
        return name

    def tick(self) -> None:
        """Look at the work: what goes wrong now, what a colleague does, whether it is over."""
        view = self.view
        if view is None or self.is_over:
            return
        self._note_started(view.run)
        for fault in self.scenario.faults:
            if fault.id not in self._injected and self._is_due(fault):
                self._inject(fault)
        self._let_colleagues(view)
        if view.run.is_over:
            self.end("over")

    def give_up(self) -> None:
        """End the training in the middle of the work: it is scored as left."""
        if self.run_id and not self.is_over:
            self.end("left")

    # ---- the trainee's hands ----

    def handle(self, act: str, amount: float = 1.0) -> None:
        """Do one act of work on the target: one server, or every server of a tank."""
        for host in self.hosts:
            self.world.handle(act, host, amount)

    @property
    def hosts(self) -> Sequence[str]:
        """The servers that hands work on: the target, or those of a target tank."""
        target = self.scenario.target
        if any(host.id == target for host in self.session.hosts):
            return [target]
        return [host.id for host in self.session.site.hosts_in(target)]

    def sights(self) -> Sequence[Sight]:
        """Return what is in front of the trainee now: labels, meters, things to photograph."""
        view = self.view
        step = view.run.current if view else None
        if view is None or step is None:
            return ()
        spec = self.revision.procedure.steps[step.step]
        return sights(spec, view.run, self.label_of, lambda source: self._live(view.run, source))

    def _live(self, run: Run, source: str) -> float | None:
        subject, _, point = source.partition(".")
        part = next(iter(run.subjects.get(subject, ())), "")
        snapshot = self.session.view(part) if part in set(self.session.latest.parts()) else None
        return snapshot.good(point) if snapshot is not None and point in snapshot.schema else None

    def label_of(self, scan: str) -> str:
        """Return what the label in front of the trainee reads; empty where nothing is said."""
        label = next((one for one in self.scenario.labels if one.scan == scan), None)
        return label.reads[self.labels[scan]] if label else ""

    def has_another(self, scan: str) -> bool:
        """Whether there is another label of its kind to be looked for."""
        label = next((one for one in self.scenario.labels if one.scan == scan), None)
        return label is not None and self.labels[scan] + 1 < len(label.reads)

    def look_for_another(self, scan: str) -> bool:
        """Turn to the next label of its kind; returns whether there is one."""
        if not self.has_another(scan):
            return False
        self.labels[scan] += 1
        self._tell(TrainingKind.LABEL_READ, scan=scan, reads=self.label_of(scan))
        return True

    def ask_override(self, gate: str, reason: str) -> bool:
        """Ask the supervisor to let a gate pass; returns whether he will. It is recorded."""
        view = self.view
        step = view.run.current if view else None
        if view is None or step is None:
            return False
        state = next((one for one in view.standing.gates if one.gate.id == gate), None)
        may = state is not None and state.gate.override is not None and not state.passes
        granted = may and self.scenario.crew.grants_overrides
        self._tell(TrainingKind.OVERRIDE_ASKED, gate=gate, step=step.step, granted=granted)
        if granted:
            self._colleagues.ask_override(step.step, step.visit, gate, reason)
        return granted

    # ---- inside ----

    def _now_s(self) -> float:
        return self.session.now().mono_s

    def _note_started(self, run: Run) -> None:
        """Remember when each step was first started; the run tells only of the present one."""
        step = run.current
        if step is not None and step.status is not StepStatus.READY:
            self._started_s.setdefault(step.step, self._now_s())
        for name in run.done:
            self._started_s.setdefault(name, self._now_s())

    def _is_due(self, fault: Fault) -> bool:
        since = self._started_s.get(fault.when.step) if fault.when.step else self._began_s
        return since is not None and self._now_s() - since >= fault.when.after_s

    def _inject(self, fault: Fault) -> None:
        self._injected.add(fault.id)
        target = self.world.inject(fault.kind.name, fault.target, fault.lasts_s, fault.parameters)
        self._tell(TrainingKind.FAULT, fault=fault.id, inject=fault.inject, target=target)

    def _let_colleagues(self, view: RunView) -> None:
        act, now_s = self._colleagues.next(view), self._now_s()
        if act is None:
            self._due = None
        elif self._due is None or self._due[0] != act:
            self._due = act, now_s + self.scenario.crew.delay_s
        if self._due is not None and now_s >= self._due[1]:
            act, self._due = self._due[0], None
            proof = Proof(SCRIPTED, self.session.now().utc_us)
            self.place.runs.ask(self.run_id, act.command, tell_refusal=False, proof=proof)

    def end(self, why: str) -> None:
        """Score what the log holds, and say so in it."""
        self.place.settle()
        events = self.events()
        self.score = score(self.scenario, self.revision.procedure, events, self.who.id)
        self.why_ended = why
        self._tell(TrainingKind.ENDED, why=why, points=self.score.points, passed=self.score.passed)
        self.place.settle()

    def events(self) -> Sequence[_Event]:
        """Return everything that the training's log tells of it."""
        return LogReader(self.session.data).of_kinds(_READ)

    def _tell(self, kind: TrainingKind, **body: JSON) -> None:
        draft = EventDraft(kind, self.scenario.target, body, self.session.now(), self.who.id)
        self.session.history.record(draft)


if TYPE_CHECKING:
    from console.history.events import Event as _Event

_READ = frozenset(
    {
        *map(str, WorkKind),
        *map(str, TrainingKind),
        *("alarm.raised", "alarm.acknowledged", "person.signed_in"),
    }
)
