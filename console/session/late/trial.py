"""One entry tried on a copy of the run: time passes as written, commands are asked as on screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from console.session.late.faults import CopyError, Fault
from console.session.late.past import Past, Silence, Told
from procedures.engine import commands as cmd
from procedures.engine.apply import apply
from procedures.engine.context import Context, Watch
from procedures.engine.decide import Decision, decide
from procedures.engine.events import WorkEvent
from procedures.engine.moment import Moment
from procedures.engine.observe import observe
from procedures.engine.people import Person
from procedures.engine.state import Run
from procedures.revision import Revision

_SECOND_US = 1_000_000
_MOST_LOOKS = 600
_FINE_S = 15.0
_MOST_FINE_S = 7200.0
_AHEAD_US = 600_000_000
"""How much further telemetry is read than was asked: the next second is asked for next."""
_COMES = frozenset(
    {"limit", "old", "bad", "not_read", "future", "steady", "min_time", "by_hand", "unit"}
)
"""Refusals that may be over a second later: of values and times, not of people or papers."""


def paper_moment(form: str, utc_us: int) -> Moment:
    """Return a written time on both clocks: those of a form are one and the same."""
    name = f"paper {form}"
    return Moment(utc_us, utc_us, name, name)


class Trial:
    """What one entry adds to a run. Nothing counts before the caller takes it over.

    It looks at the recorded telemetry second by second between two written times, so that what
    would have held the work or run out on the screen is told here too.
    """

    def __init__(
        self,
        form: str,
        revision: Revision,
        people: Mapping[str, Person],
        past: Past,
        run: Run | None,
        watch: Watch,
    ) -> None:
        self._form = form
        self._revision = revision
        self._people = people
        self._past = past
        self.run = run
        self.watch = watch
        self.events: list[WorkEvent] = []
        self.now_us = run.at.utc_us if run else 0
        self._told: Told = Silence()
        self._told_to_us = -1

    def restored(self) -> Callable[[], None]:
        """Return what brings back all of this as it is now."""
        run, watch, events, now_us = self.run, self.watch, list(self.events), self.now_us

        def back() -> None:
            self.run, self.watch, self.events, self.now_us = run, watch, list(events), now_us

        return back

    def context(self) -> Context:
        """Return what is given to a decision now; no other run is asked about."""
        self._read(self.now_us)
        at = self._told.at(self.now_us)
        return Context(paper_moment(self._form, self.now_us), at, self._people, self.watch)

    def begin(
        self, command: cmd.Begin, utc_us: int, mark: Callable[[WorkEvent], WorkEvent]
    ) -> None:
        """Begin the run; ``mark`` says in the event that it is a late one. Raises CopyError."""
        self.now_us = utc_us
        decision = decide(None, command, self._revision, self.context())
        if decision.event is None:
            raise _refused("", decision)
        self._take(mark(decision.event))

    def pass_to(self, utc_us: int) -> None:
        """Let time pass up to a moment; what happens by itself meanwhile is told."""
        if utc_us <= self.now_us:
            return
        self._read(utc_us)
        for moment_us in self._looks(utc_us):
            self.now_us = moment_us
            self._look()

    def ask(self, command: cmd.Command, box: str) -> None:
        """Ask something now; raises CopyError for the box with every reason why not."""
        decision = self._decide(command)
        if decision.event is None:
            raise _refused(box, decision)
        self._take(decision.event)

    def reach(self, command: cmd.Command, last_us: int, box: str) -> None:
        """Ask it at the first second from now to ``last_us`` at which it is allowed; CopyError."""
        first = decision = self._decide(command)
        while decision.event is None:
            if self.now_us >= last_us or any(one.code not in _COMES for one in decision.refusals):
                raise _refused(box, first)
            step_us = _SECOND_US * max(1, (last_us - self.now_us) // (_MOST_LOOKS * _SECOND_US))
            self.pass_to(min(self.now_us + step_us, last_us))
            decision = self._decide(command)
        self._take(decision.event)

    def _decide(self, command: cmd.Command) -> Decision:
        return decide(self.run, command, self._revision, self.context())

    def _take(self, event: WorkEvent) -> None:
        self.run = apply(self.run, event)
        self.events.append(event)

    def _read(self, until_us: int) -> None:
        if self.run is None or until_us <= self._told_to_us:
            return
        procedure, subjects = self._revision.procedure, self.run.subjects
        until_us += _AHEAD_US
        self._told = self._past.span(subjects, procedure, self.now_us, until_us)
        self._told_to_us = until_us

    def _look(self) -> None:
        """Look at the run as the console does once a second."""
        if self.run is None:
            return
        while True:
            self.watch, events = observe(self.run, self._revision, self.context())
            if not events:
                return
            self._take(events[0])

    def _looks(self, until_us: int) -> Iterator[int]:
        """Yield moments to look at: each second before the end, where gates must have been met."""
        if self._told.is_silent:
            yield until_us
            return
        fine_us = until_us - round(min(self._steady_s() + _FINE_S, _MOST_FINE_S) * 1e6)
        step_us = _SECOND_US * max(1, (fine_us - self.now_us) // (_MOST_LOOKS * _SECOND_US))
        moment_us = self.now_us
        while moment_us < until_us:
            moment_us += step_us if moment_us < fine_us else _SECOND_US
            yield min(moment_us, until_us)

    def _steady_s(self) -> float:
        step = self.run.current if self.run else None
        gates = self._revision.procedure.steps[step.step].gates if step else ()
        return max((gate.for_s for gate in gates), default=0.0)


def _refused(box: str, decision: Decision) -> CopyError:
    return CopyError(Fault(box, one) for one in decision.refusals)
