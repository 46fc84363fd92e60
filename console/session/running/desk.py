"""Starting, driving and resuming runs of procedures on live equipment.

``decide`` gives an event, the event goes to the log, and only when the log has published it as
recorded the run moves: nothing that a screen shows would be lost with the machine. While an event
is on its way its run takes no further command; a disk in trouble refuses with its own sentence.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from console.history.boot import boot_id
from console.history.events import JSON, Event, EventDraft
from console.history.feed import FeedEntry
from console.history.reader import LogReader
from console.history.status import StorageState
from console.session.running.binding import Bound
from console.session.running.evidence import Gatherer
from console.session.running.holding import AlarmHolder, reason
from console.session.running.keeping import ENDS, Keeper, spans_of
from console.session.running.proof import Proof, signed
from console.session.running.record import KINDS, PROCEDURE_KINDS, RUN_KINDS, RecordKind, RunRecord
from console.session.running.sensing import HEAT_CHANGE, Sensing, looks_at
from console.text import tr
from procedures.engine import commands as cmd
from procedures.engine.apply import ReplayError, apply
from procedures.engine.context import Context, Watch
from procedures.engine.decide import Decision, decide, refused_event
from procedures.engine.events import Recorded, WorkEvent, WorkKind
from procedures.engine.moment import Moment
from procedures.engine.observe import expected_alarms, observe
from procedures.engine.people import Person
from procedures.engine.readings import NoReadings
from procedures.engine.sentence import Sentence
from procedures.engine.standing import Standing, standing
from procedures.engine.state import Run, RunStatus
from procedures.register import Register, RegisterError, RevisionState
from procedures.register_events import Revisions, entry_events
from procedures.revision import Revision

if TYPE_CHECKING:
    from console.session.session import Session

__all__ = ["NewRun", "Proof", "RunDesk", "RunView"]
STORAGE = "{sentence} Nothing is done until it can be recorded."
RECORDING = "The last entry is still being recorded"
UNKNOWN_RUN = "There is no such work"
NO_REVISION = "The text of revision {revision} is not in this log"
PAPER = "This work was done on paper; it is copied on the page for filled forms"
SENTENCES = {
    "storage": STORAGE,
    "recording": RECORDING,
    "unknown_run": UNKNOWN_RUN,
    "no_revision": NO_REVISION,
    "paper": PAPER,
}
"""Refusals that are not the engine's; keys of the catalogue."""
_PATIENCE_S = 10.0
"""How long a run waits for its tank to be heard after a restart before it is reopened anyway."""
_BECAUSE = {RunStatus.FINISHED: "closed", RunStatus.SAFE: "aborted"}
_TO_SAFETY = (cmd.Abort, cmd.Note)
Roster = Callable[[], Mapping[str, Person]]


@dataclass(frozen=True, slots=True)
class NewRun:
    """Who begins a run with what; an empty ``run`` takes a new id.

    ``tools`` maps a tool brought to the UTC microsecond at which its calibration ends (None: it
    has none), ``spares`` a spare to its serial number.
    """

    by: str
    crew: tuple[str, ...]
    language: str
    tools: Mapping[str, int | None] = field(default_factory=dict)
    spares: Mapping[str, str] = field(default_factory=dict)
    training: bool = False
    run: str = ""


@dataclass(frozen=True, slots=True)
class RunView:
    """One run as it may be shown: every part of it is on the disk.

    ``waits`` says why no command is taken now, empty where one is; ``problems`` what went wrong
    beside the run (an alarm that could not be held back, an event that cannot be read).
    """

    run: Run
    revision: Revision
    standing: Standing
    record: RunRecord
    expected: frozenset[tuple[str, str]]
    waits: str
    problems: tuple[str, ...]


@dataclass(slots=True)
class _Job:
    """What is kept of a run between events."""

    revision: Revision
    run: Run | None = None
    record: RunRecord = field(default_factory=RunRecord)
    watch: Watch = field(default_factory=Watch)
    pending: WorkEvent | None = None
    is_late: bool = False
    lost_before: int = 0
    starts: dict[tuple[str, int], int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    is_given_back: bool = False


class RunDesk:
    """Every run of one data folder. One thread uses it: the one that calls ``session.refresh``.

    Call :meth:`restore` once after ``session.start``, :meth:`follow` with the entries of every
    refresh, :meth:`tick` once a second, :meth:`close` before ``session.stop``. ``roster`` gives
    the people as they are now; that a command's ``by`` is who they say is proven before.
    ``is_order_over`` says whether the orders of a run are closed: then no alarm is held for it.
    """

    def __init__(
        self,
        session: Session,
        roster: Roster,
        *,
        boot: str = "",
        is_order_over: Callable[[str], bool] = lambda _run: False,
    ) -> None:
        self._session = session
        self._roster = roster
        self._is_order_over = is_order_over
        self._boot = boot or boot_id()
        self.session_id = str(uuid.uuid4())
        self._jobs: dict[str, _Job] = {}
        self.procedures = Revisions()
        self.unreadable: dict[str, str] = {}
        """Runs that cannot be taken up: the revision whose text the log does not hold, by run."""
        self._restored: tuple[str, int] = ("", 0)
        self._began_s = session.now().mono_s
        self._sensing = Sensing(session)
        self._gatherer = Gatherer(session.history)
        self._keeper = Keeper(session, self._sensing, self._gatherer)
        self._holder = AlarmHolder(session.alarms)

    def restore(self) -> None:
        """Take up every run and procedure that the log holds; raises StorageError."""
        events = LogReader(self._session.data).of_kinds(KINDS, taken_in=False)
        for event in events:
            self._take(event, is_past=True)
        if events:
            self._restored = events[-1].device_id, events[-1].sequence
        by_run: dict[str, list[Recorded]] = {}
        for event in events:
            if event.kind in RUN_KINDS:
                by_run.setdefault(str(event.body.get("run")), []).append(event)
        for name, of_run in by_run.items():
            self._catch_up(name, of_run)

    def close(self) -> None:
        """End the gathering of evidence; what is missing is made when the runs are next opened."""
        self._gatherer.close()

    # ---- what there is ----

    def runs(self) -> Sequence[Run]:
        """Return every run, oldest first."""
        return [job.run for job in self._jobs.values() if job.run]

    def open(self) -> Sequence[Run]:
        """Return the runs that are not over; what is copied from paper is nobody's work now."""
        return [run for run in self.runs() if not run.is_over and not run.late]

    def view(self, run: str, by: str = "") -> RunView | None:
        """Return a run as it stands now, for the person who would start or sign."""
        job = self._jobs.get(run)
        if job is None or job.run is None:
            return None
        now = self.moment()
        return RunView(
            job.run,
            job.revision,
            standing(job.run, job.revision, self._context(job, now), by),
            job.record,
            self._expected(job, job.run),
            self._waits(job),
            (*job.problems, *self._holder.refused(run)),
        )

    def moment(self) -> Moment:
        """Read the session's clocks."""
        stamp = self._session.now()
        return Moment(stamp.utc_us, round(stamp.mono_s * 1e6), self._boot, self.session_id)

    @property
    def is_settled(self) -> bool:
        """Whether no event of a run is on its way to the disk."""
        return not any(job.pending for job in self._jobs.values())

    @property
    def gathering(self) -> int:
        """How many pieces of evidence are being gathered."""
        return self._gatherer.waiting

    # ---- procedures ----

    def state_of(self, revision: Revision) -> RevisionState:
        """Return how far a revision has come in this log."""
        register = self.procedures.registers.get(revision.procedure.id, Register())
        return register.state(revision.digest)

    def submit(self, revision: Revision, by: str, note: str = "") -> None:
        """Give a revision to review; raises RegisterError."""
        self._enter(revision, lambda r, utc_us: r.submit(revision, by, utc_us, note))

    def approve(
        self, revision: Revision, by: str, signed: Mapping[str, JSON] | None = None
    ) -> None:
        """Put a revision in force; raises RegisterError where the rules do not allow it.

        ``signed`` goes into the event: how it was proven that ``by`` approves this text.
        """
        self._enter(revision, lambda r, utc_us: r.approve(revision, by, utc_us), signed)

    def give_back(self, revision: Revision, by: str, note: str) -> None:
        """Return a revision to its author; raises RegisterError."""
        self._enter(revision, lambda r, utc_us: r.give_back(revision, by, utc_us, note))

    def _enter(
        self,
        revision: Revision,
        change: Callable[[Register, int], Register],
        signed: Mapping[str, JSON] | None = None,
    ) -> None:
        trouble = self._trouble()
        if trouble:
            raise RegisterError(tr(STORAGE, sentence=trouble))
        now, before = (
            self.moment(),
            self.procedures.registers.get(revision.procedure.id, Register()),
        )
        for event in entry_events(before, change(before, now.utc_us), revision, now):
            self._record(replace(event, body={**event.body, **(signed or {})}))

    # ---- what people ask ----

    def begin(
        self, revision: Revision, bound: Bound, new: NewRun, *, proof: Proof | None = None
    ) -> tuple[str, Decision]:
        """Begin a run; returns its id and the decision. The revision's state is this log's."""
        name = new.run or f"R-{uuid.uuid4().hex[:12]}"
        command = self._begin_command(name, revision, bound, new)
        job = self._jobs.get(name) or _Job(revision)
        decision = self._ask(job, command, proof)
        if decision.event:
            self._jobs[name] = job
        return name, decision

    def why_not(self, revision: Revision, bound: Bound, new: NewRun) -> tuple[Sentence, ...]:
        """Return every reason why a run could not begin now; nothing is begun or recorded."""
        trouble = self._trouble()
        if trouble:
            return (Sentence("storage", STORAGE, {"sentence": trouble}),)
        command = self._begin_command(new.run or "new", revision, bound, new)
        context = self._context(_Job(revision), self.moment())
        return decide(None, command, revision, context).refusals

    def _begin_command(self, name: str, revision: Revision, bound: Bound, new: NewRun) -> cmd.Begin:
        return cmd.Begin(
            run=name,
            by=new.by,
            asset=bound.asset,
            status=self.state_of(revision).value,
            subjects=bound.subjects,
            crew=new.crew,
            language=new.language,
            tools=new.tools,
            spares=new.spares,
            training=new.training,
        )

    def ask(
        self,
        run: str,
        command: cmd.Command,
        *,
        tell_refusal: bool = True,
        proof: Proof | None = None,
    ) -> Decision:
        """Ask something of a run; what is allowed shows once it is on the disk.

        A refusal is recorded too, for reviewers and training, unless told otherwise. With a proof
        the event says how its author was proven and what they were shown (``body.signed``).
        """
        job = self._jobs.get(run)
        if job is None or job.run is None:
            return Decision(refusals=(self._unknown(run),))
        if job.run.late:
            return Decision(refusals=(Sentence("paper", PAPER),))
        decision = self._ask(job, command, proof)
        told_by_engine = decision.refusals and decision.refusals[0].code not in SENTENCES
        if told_by_engine and tell_refusal and not job.run.is_over:
            context = self._context(job, self.moment())
            self._send(job, refused_event(job.run, command, decision.refusals, context))
        return decision

    def _unknown(self, run: str) -> Sentence:
        if run in self.unreadable:
            return Sentence("no_revision", NO_REVISION, {"revision": self.unreadable[run][:12]})
        return Sentence("unknown_run", UNKNOWN_RUN)

    def _ask(self, job: _Job, command: cmd.Command, proof: Proof | None = None) -> Decision:
        if job.pending:
            return Decision(refusals=(self._late_sentence(job),))
        trouble = self._trouble()
        is_to_safety = isinstance(command, _TO_SAFETY) or (job.run and not job.run.phase_holds)
        if trouble and not is_to_safety:
            return Decision(refusals=(Sentence("storage", STORAGE, {"sentence": trouble}),))
        decision = decide(job.run, command, job.revision, self._context(job, self.moment()))
        if decision.event:
            self._send(job, signed(decision.event, job.run, job.revision, command, proof))
        return decision

    def _late_sentence(self, job: _Job) -> Sentence:
        trouble = self._trouble()
        if trouble:
            return Sentence("storage", STORAGE, {"sentence": trouble})
        return Sentence("recording", RECORDING)

    # ---- what happens by itself ----

    def follow(self, entries: Iterable[FeedEntry]) -> bool:
        """Take what was published; returns whether any run or procedure moved."""
        moved = False
        for entry in entries:
            event = entry.event
            if event.kind not in KINDS:
                continue
            if not entry.recorded or not isinstance(event, Event):
                self._mark_late(event)
            elif not self._is_old(event):
                self._take(event)
                moved = True
        return moved

    def tick(self) -> None:
        """Look at every open run: what broke, what ran out, which alarms it expects now."""
        now = self.moment()
        for job in self._jobs.values():
            run = job.run
            if job.pending:
                self._look_for_lost(job)
            if run is None:
                continue
            if run.late:
                continue  # it happened before: nothing of it is live, and it holds no alarm back
            if not run.is_over:
                self._look(job, run, now)
            self._hold(job, run)

    def _look(self, job: _Job, run: Run, now: Moment) -> None:
        job.watch, events = observe(run, job.revision, self._context(job, now))
        if job.pending or self._trouble():
            return
        if not run.is_open_in(self.session_id):
            waited_s = now.mono_s - self._began_s
            if self._sensing.is_heard(run, job.revision.procedure) or waited_s > _PATIENCE_S:
                self._ask(job, cmd.Reopen())
        elif events:
            self._send(job, events[0])

    def _hold(self, job: _Job, run: Run) -> None:
        if job.is_given_back:
            return
        is_order_over = not run.is_over and self._is_order_over(run.id)
        title = job.revision.procedure.title.get("en", run.procedure)
        about = reason(title, self._session.name_of(run.subject))
        because = "order" if is_order_over else _BECAUSE.get(run.status, "phase")
        self._holder.update(run.id, self._expected(job, run), about, because)
        job.is_given_back = run.is_over and not self._session.alarms.held_for(run.id)

    def _expected(self, job: _Job, run: Run) -> frozenset[tuple[str, str]]:
        """Return the alarms to hold back: none any more once the order of the work is over."""
        if run.is_over or run.late or self._is_order_over(run.id):
            return frozenset()
        return expected_alarms(run, job.revision)

    # ---- from and to the log ----

    def _send(self, job: _Job, event: WorkEvent) -> None:
        job.pending, job.is_late = event, False
        job.lost_before = self._session.history.feed.lost
        self._record(event)

    def _record(self, event: WorkEvent) -> None:
        self._session.history.record(
            EventDraft(event.kind, event.subject, event.body, event.time, event.actor)
        )

    def _mark_late(self, draft: Recorded) -> None:
        job = self._jobs.get(str(draft.body.get("run", "")))
        if job and job.pending and _is_same(draft, job.pending):
            job.is_late = True

    def _look_for_lost(self, job: _Job) -> None:
        """Give up on an event for which there was no room: it will never be on the disk."""
        feed = self._session.history.feed
        if job.is_late and not feed.waiting and feed.lost > job.lost_before:
            job.pending, job.is_late = None, False
            job.problems.append(tr("An entry could not be recorded and does not count."))

    def _take(self, event: Event, *, is_past: bool = False) -> None:
        if event.kind in PROCEDURE_KINDS or event.kind == WorkKind.BEGUN:
            self.procedures.take(event)
        if event.kind in RUN_KINDS:
            self._take_run(event, is_past=is_past)
        elif event.kind in set(RecordKind):
            self._take_record(event)

    def _take_run(self, event: Event, *, is_past: bool) -> None:
        name = str(event.body.get("run", ""))
        job = self._jobs.get(name) or self._job_of(event)
        if job is None:
            return
        self._jobs[name] = job
        if job.pending and _is_same(event, job.pending):
            job.pending, job.is_late = None, False
        before = job.run
        try:
            job.run = apply(job.run, event)
        except ReplayError as error:
            job.problems.append(str(error))
            return
        if not is_past:
            self._moved(job, before, event)

    def _is_old(self, event: Event) -> bool:
        """Whether an event was in the log when it was restored."""
        chain, last = self._restored
        return event.device_id == chain and event.sequence <= last

    def _job_of(self, event: Event) -> _Job | None:
        digest = str(event.body.get("revision", ""))
        revision = self.procedures.revisions.get(digest)
        if revision is None and event.kind == WorkKind.BEGUN:
            self.unreadable[str(event.body.get("run", ""))] = digest
        return _Job(revision) if revision else None

    def _take_record(self, event: Event) -> None:
        job = self._jobs.get(str(event.body.get("run", "")))
        if job is None:
            return
        try:
            job.record = job.record.after(event.kind, event.body)
        except (KeyError, TypeError, ValueError) as error:
            job.problems.append(f"{event.kind}: {error!r}")

    def _moved(self, job: _Job, before: Run | None, event: Event) -> None:
        """Do what follows from an event that is now on the disk."""
        run = job.run
        if run is None:
            return
        procedure, kind = job.revision.procedure, event.kind
        at_us = _utc_us(event)
        if not run.late:
            self._hold(job, run)
        if kind == WorkKind.BEGUN:
            self._keeper.begun(run, procedure, at_us)
        elif kind == WorkKind.STEP_STARTED:
            visit = str(event.body["step"]), int(str(event.body["visit"]))
            job.starts[visit] = at_us
            self._keeper.started(run, procedure, visit, at_us, None if run.late else self.moment())
        elif kind in ENDS:
            visit = str(event.body["step"]), int(str(event.body["visit"]))
            if visit in job.starts:
                span_us = job.starts[visit], at_us
                derived = {} if run.late else self._derived(job, before)
                self._keeper.ended(run, procedure, visit, span_us, derived)
            is_done = before and kind == WorkKind.STEP_DONE and not run.late
            if before and is_done and looks_at(before, procedure, HEAT_CHANGE):
                self._keeper.accepted(before, procedure, job.record, self.moment())

    def _derived(self, job: _Job, before: Run | None) -> dict[str, float]:
        """Return what was derived for the work as a step ended, where it could be known."""
        if before is None:
            return {}
        now = self.moment()
        view = self._sensing.work(before, job.revision.procedure, job.record, now)
        known = ((point.key, view.good(point.key)) for point in view.schema)
        return {key: round(value, 3) for key, value in known if value is not None}

    def _catch_up(self, name: str, events: list[Recorded]) -> None:
        """Make what a crash kept from being made: levels, resistances, evidence."""
        job = self._jobs.get(name)
        if job is None or job.run is None:
            return
        run, procedure = job.run, job.revision.procedure
        self._keeper.known(name, job.record)
        spans = spans_of(events, _utc_us)
        for visit, span in spans.items():
            job.starts[visit] = span[0]
            if len(span) > 1:
                self._keeper.ended(run, procedure, visit, (span[0], span[-1]), {})
            elif not run.is_over:
                self._keeper.started(run, procedure, visit, span[0], None)
        if not run.is_over:
            self._keeper.begun(run, procedure, _utc_us(events[0]))

    # ---- helpers ----

    def _context(self, job: _Job, now: Moment) -> Context:
        others = [
            other
            for other in self._jobs.values()
            if other is not job and not (other.run and other.run.late)
        ]
        runs = [other.run or _tentative(other) for other in others]
        readings = (
            self._sensing.of(job.run, job.revision.procedure, job.record, now)
            if job.run
            else NoReadings()
        )
        return Context(now, readings, self._roster(), job.watch, tuple(run for run in runs if run))

    def _trouble(self) -> str:
        status = self._session.history.status
        if status.state is StorageState.DEGRADED:
            return status.sentence
        if status.state is StorageState.CLOSED:
            return tr("The log is closed.")
        return ""

    def _waits(self, job: _Job) -> str:
        if job.pending:
            return tr(self._late_sentence(job).pattern, **self._late_sentence(job).values)
        return self._trouble()


def _tentative(job: _Job) -> Run | None:
    """Return the run that is on its way to the disk: it takes its equipment already."""
    pending = job.pending
    return apply(None, pending) if pending and pending.kind == WorkKind.BEGUN else None


def _is_same(event: Recorded, pending: WorkEvent) -> bool:
    return event.kind == pending.kind and event.body.get("at") == pending.body.get("at")


def _utc_us(event: Recorded) -> int:
    return int(event.body["at"]["utc_us"])
