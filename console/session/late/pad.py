"""A filled form while it is copied: each entry is tried, and counts only once it is verified.

Pure but for the telemetry that it is given. It keeps to the engine's rules by asking the engine:
an entry is the commands that the screen would have asked, at the times that the pen wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from console.history.events import JSON
from console.session.late.faults import fault
from console.session.late.past import Past
from console.session.late.stepping import copy_step
from console.session.late.times import read_time
from console.session.late.trial import Trial
from console.session.late.written import (
    TICK,
    LateForm,
    Names,
    Opening,
    WrittenStep,
    person_of,
)
from console.session.running.binding import Bound
from console.text import tr
from procedures.engine import commands as cmd
from procedures.engine.case import SYSTEM
from procedures.engine.context import Watch
from procedures.engine.events import WorkEvent
from procedures.engine.people import Person, same
from procedures.engine.state import Run

_PRINTED_SLACK_US = 15 * 60_000_000
"""How much the watch of whoever wrote may be behind the console's clock."""


@dataclass(frozen=True, slots=True)
class _State:
    run: Run | None
    watch: Watch
    events: tuple[WorkEvent, ...]
    pages: frozenset[int]
    names: Names


class LatePad:
    """One form being copied by one person. Every method that enters something raises CopyError.

    ``run`` is the run with all that was entered, ``pending`` what no second person has verified.
    """

    def __init__(
        self,
        form: LateForm,
        people: Mapping[str, Person],
        past: Past,
        *,
        copied_by: str,
        now_us: int,
        run: Run | None = None,
        initials: Mapping[str, str] | None = None,
    ) -> None:
        self.form = form
        self.copied_by = copied_by
        self._past = past
        self._now_us = now_us
        names = Names(people, dict(initials or {}))
        self._states = [_State(run, Watch(), (), frozenset(), names)]

    # ---- what there is ----

    @property
    def run(self) -> Run | None:
        """The run as all entries make it, None before the first pages were entered."""
        return self._states[-1].run

    @property
    def pending(self) -> tuple[WorkEvent, ...]:
        """What was entered and is not verified."""
        return self._states[-1].events

    @property
    def pages(self) -> frozenset[int]:
        """The pages of which something waits to be verified."""
        return self._states[-1].pages

    @property
    def names(self) -> Names:
        """Who is meant by the names and initials of this form."""
        return self._states[-1].names

    @property
    def step(self) -> str:
        """The step to copy next, empty where there is none."""
        run = self.run
        return run.current.step if run and run.current else ""

    @property
    def can_undo(self) -> bool:
        """Whether there is an entry to take back: one that is not verified."""
        return len(self._states) > 1

    # ---- entering ----

    def begin(self, told: Opening, bound: Bound) -> None:
        """Enter the first pages."""
        if self.run is not None:
            raise fault("", tr("The first pages have been entered already."))
        begun = read_time(told.begun, "time/begun", after_us=None, now_us=self._now_us)
        if begun.until_us <= self.form.printed_us - _PRINTED_SLACK_US:
            raise fault("time/begun", tr("That is before the form was printed."))
        names = self._crew(told)
        crew = tuple(dict.fromkeys(names.initials.values()))
        command = cmd.Begin(
            run=self.form.run,
            by=crew[0],
            asset=bound.asset,
            status="approved",
            subjects=bound.subjects,
            crew=crew,
            language=self._language(),
            tools={name: _day(name, day) for name, day in told.tools.items() if day},
            spares=told.spares,
        )
        trial = self._trial()
        trial.begin(command, begun.utc_us, self._begin_mark(names))
        self._keep(trial, 1, names)

    def enter(self, written: WrittenStep) -> None:
        """Enter a step."""
        trial = self._trial()
        copy_step(trial, self.form, self.names, written, self._now_us)
        self._keep(trial, self.form.page(written.step))

    def way_back(self, by: str, time: str, reason: str) -> None:
        """Enter that the way back was taken at the step to copy next."""
        run, trial = self._begun(), self._trial()
        who = self._who(by, "abort/by")
        page = self.form.page(self.step)
        at = read_time(time, "abort/time", after_us=run.at.utc_us, now_us=self._now_us)
        trial.pass_to(at.utc_us)
        trial.ask(cmd.Abort(who, reason), "abort/reason")
        self._keep(trial, page)

    def note(self, by: str, text: str) -> None:
        """Enter something that was written anywhere on the form."""
        self._begun()
        trial = self._trial()
        trial.ask(cmd.Note(self._who(by, "note/by"), text), "note/text")
        self._keep(trial, self.form.pages)

    def close(self, by: str, time: str) -> None:
        """Enter who signed that the work is done, and when."""
        run, trial = self._begun(), self._trial()
        who = self._who(by, "sign/executor/name")
        at = read_time(time, "sign/executor/time", after_us=run.at.utc_us, now_us=self._now_us)
        trial.pass_to(at.utc_us)
        trial.ask(cmd.Close(who), "sign/executor/name")
        self._keep(trial, self.form.pages)

    def undo(self) -> None:
        """Take the last entry back, if it is not verified."""
        if self.can_undo:
            self._states.pop()

    # ---- verifying ----

    def verified(
        self, verified_by: str, scans: Mapping[int, str], recorded_us: int
    ) -> tuple[WorkEvent, ...]:
        """Return what is to be recorded now that a second person has compared it; CopyError.

        ``scans`` maps each page to the SHA-256 of its scan. Call :meth:`recorded` once it is on
        its way to the disk.
        """
        self.second_person(verified_by)
        missing = [page for page in sorted(self.pages) if not scans.get(page)]
        if missing:
            shown = ", ".join(map(str, missing))
            raise fault("scan", tr("The scan of page {pages} is missing.", pages=shown))
        return tuple(self._marked(verified_by, scans, recorded_us))

    def second_person(self, verified_by: str) -> None:
        """Refuse (CopyError) who may not verify: a stranger, and who copied."""
        if same(verified_by, self.copied_by):
            raise fault("verifier", tr("Whoever copied does not verify: another person compares."))
        if verified_by not in self.names.roster:
            raise fault("verifier", tr("{who} is not on the roster.", who=verified_by))

    def recorded(self) -> None:
        """Forget what waited: it is on its way to the disk and cannot be taken back."""
        now = self._states[-1]
        self._states = [replace(now, events=(), pages=frozenset())]

    def _marked(
        self, verified_by: str, scans: Mapping[int, str], recorded_us: int
    ) -> Iterator[WorkEvent]:
        for event in self.pending:
            page = _page_of(event)
            before = event.body["late"]
            late: dict[str, JSON] = {
                **(before if isinstance(before, Mapping) else {}),
                "verified_by": verified_by,
                "scan": scans[page],
            }
            if self.form.superseded_us:
                late["superseded_us"] = self.form.superseded_us
            signed: dict[str, JSON] = {"how": "paper", "utc_us": recorded_us}
            body = {**event.body, "occurred_us": event.utc_us, "late": late}
            if event.actor != SYSTEM:
                body["signed"] = signed
            yield replace(event, body=body)

    # ---- inside ----

    def _trial(self) -> Trial:
        now = self._states[-1]
        form = self.form
        return Trial(form.form, form.revision, self.names.roster, self._past, now.run, now.watch)

    def _keep(self, trial: Trial, page: int, names: Names | None = None) -> None:
        now = self._states[-1]
        late: dict[str, JSON] = {
            "form": self.form.form,
            "page": page,
            "copied_by": self.copied_by,
        }
        events = [
            one if "late" in one.body else replace(one, body={**one.body, "late": late})
            for one in trial.events
        ]
        self._states.append(
            _State(
                trial.run,
                trial.watch,
                (*now.events, *events),
                now.pages | {page},
                names or now.names,
            )
        )

    def _begin_mark(self, names: Names) -> Callable[[WorkEvent], WorkEvent]:
        def mark(event: WorkEvent) -> WorkEvent:
            late: dict[str, JSON] = {
                "form": self.form.form,
                "page": 1,
                "copied_by": self.copied_by,
                "initials": dict(names.initials),
            }
            return replace(event, body={**event.body, "late": late})

        return mark

    def _begun(self) -> Run:
        run = self.run
        if run is None:
            raise fault("", tr("Enter the first pages first."))
        return run

    def _who(self, text: str, box: str) -> str:
        return person_of(self.names, text, box)

    def _crew(self, told: Opening) -> Names:
        """Return who is meant by initials on this form; two people never share them."""
        roster = self.names.roster
        found: dict[str, str] = {}
        known = Names(roster)
        for n, (name, short) in enumerate(told.crew, 1):
            who = person_of(known, name, f"people/{n}/name")
            key = short.strip() or who
            if found.get(key, who) != who:
                told_ = tr("{initials} are the initials of two people.", initials=key)
                raise fault(f"people/{n}/initials", told_)
            found[key] = who
        if not found:
            raise fault("people/1/name", tr("Nobody's name is written."))
        return Names(roster, found)

    def _language(self) -> str:
        known = self.form.revision.procedure.languages
        return self.form.language if self.form.language in known else "en"


def _day(tool: str, text: str) -> int | None:
    """Return the end of the day to which a tool is calibrated; None where none is written."""
    if text.strip() in {"", TICK}:
        return None
    try:
        day = datetime.strptime(text.strip(), "%Y-%m-%d")  # noqa: DTZ007  a day on paper is local
        return round((day.timestamp() + 86400) * 1e6)
    except (ValueError, OverflowError, OSError):
        told = tr("{text} is no day; write yyyy-mm-dd.", text=text.strip()[:40])
        raise fault(f"tool/{tool}/due", told) from None


def _page_of(event: WorkEvent) -> int:
    late = event.body["late"]
    return int(str(late["page"])) if isinstance(late, Mapping) else 1
