"""Driving a run with scripted people until it is over: headless work, training, tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from console.history.feed import FeedEntry
from console.session.running.crew import Crew
from console.session.running.desk import RunDesk, RunView
from procedures.engine.people import Person
from procedures.engine.sentence import Sentence
from procedures.engine.state import Run

if TYPE_CHECKING:
    from console.session.session import Session

_TICK_S = 1.0
_SETTLE_S = 30.0
_POLL_S = 0.001
Heard = Callable[[FeedEntry], None]


class Pace(Protocol):
    """How time passes between two looks."""

    def rest(self) -> None:
        """Let some time pass, at most two seconds of the session's clock."""


class RealTime:
    """Time passes by itself."""

    def __init__(self, rest_s: float = 0.2) -> None:
        self._rest_s = rest_s

    def rest(self) -> None:
        """Sleep."""
        time.sleep(self._rest_s)


class StuckError(Exception):
    """A scripted run does not get on: the step, and every reason why."""

    def __init__(self, step: str, reasons: tuple[Sentence, ...]) -> None:
        self.step, self.reasons = step, reasons
        super().__init__(f"{step}: {'; '.join(map(str, reasons)) or 'nothing to do'}")


@dataclass(frozen=True, slots=True)
class Driver:
    """Drives runs of a desk; ``heard`` is told everything that the session publishes."""

    session: Session
    desk: RunDesk
    pace: Pace
    heard: Heard = lambda _entry: None

    def look(self) -> None:
        """Take what was published and let the desk look at the equipment."""
        self._take()
        self.desk.tick()

    def settle(self, timeout_s: float = _SETTLE_S) -> None:
        """Wait until what was asked is on the disk; StuckError with the disk's reason if not."""
        end_s = time.monotonic() + timeout_s
        while True:
            self._take()
            if self.desk.is_settled:
                return
            if time.monotonic() > end_s:
                raise StuckError("", (Sentence("storage", self.session.history.status.sentence),))
            time.sleep(_POLL_S)

    def drive(
        self,
        run: str,
        crew: Crew,
        *,
        patience_s: float = 4 * 3600.0,
        until: Callable[[Run], bool] = lambda _run: False,
    ) -> Run:
        """Let the crew work until the run is over (or ``until`` says so); raises StuckError.

        ``patience_s`` is for one step, in seconds of the session's clock.
        """
        changed_s, events, ticked_s = self.session.now().mono_s, -1, 0.0
        while True:
            now_s = self.session.now().mono_s
            if now_s - ticked_s >= _TICK_S:
                self.look()
                ticked_s = now_s
            self.settle()
            view = self._view(run, crew)
            if view.run.is_over or until(view.run):
                return view.run
            if view.run.events != events:
                changed_s, events = now_s, view.run.events
            elif now_s - changed_s > patience_s:
                raise _stuck(view)
            self._step(view, crew)

    def gather(self, timeout_s: float = _SETTLE_S) -> None:
        """Wait until all evidence is gathered and on the disk."""
        end_s = time.monotonic() + timeout_s
        while self.desk.gathering or self.session.history.feed.waiting:
            if time.monotonic() > end_s:
                raise StuckError("", (Sentence("evidence", "evidence was not gathered in time"),))
            time.sleep(0.01)
        self._take()

    def _step(self, view: RunView, crew: Crew) -> None:
        command = None
        if not view.waits and view.run.is_open_in(self.desk.session_id):
            command = crew.next(view)
        if command is None:
            self.pace.rest()
            return
        decision = self.desk.ask(view.run.id, command)
        if not decision.is_allowed:
            self.settle()
            self.pace.rest()

    def _view(self, run: str, crew: Crew) -> RunView:
        first = self.desk.view(run)
        view = self.desk.view(run, crew.executor(first.run)) if first else None
        if view is None:
            raise StuckError("", (Sentence("unknown_run", "there is no such work"),))
        return view

    def _take(self) -> None:
        entries = self.session.refresh().entries
        place = self.session.workplace
        if place is None or place.runs is not self.desk:  # else it has followed them already
            self.desk.follow(entries)
        for entry in entries:
            self.heard(entry)


def _stuck(view: RunView) -> StuckError:
    step = view.run.current.step if view.run.current else ""
    return StuckError(step, view.standing.needs)


def people_of(roster: Mapping[str, Person]) -> Callable[[], Mapping[str, Person]]:
    """Return a roster that does not change."""
    return lambda: roster
