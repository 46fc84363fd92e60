"""What a reviewer looks at first: what of a run was not as planned.

Pure: out of the events of one run as the log holds them, for screens and paper alike. Nothing is
weighed here; who reviews decides what matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from procedures.checks import plain
from procedures.engine.events import Recorded, WorkKind, moment_of
from procedures.engine.moment import Moment
from procedures.engine.needs import limits_of
from procedures.engine.state import TIMER
from procedures.spec import Procedure
from procedures.spec_parts import Measured

CLOCK_SET_S = 2.0
"""How far the wall clock may drift from the monotonic one between two events unnoticed."""
Body = Mapping[str, Any]
_ALONE = frozenset({"same_person", "signed_already", "skip_second"})
"""Why one is refused who wanted to do alone what takes two."""


class FindingKind(StrEnum):
    """What was not as planned."""

    OUT_OF_LIMIT = "out_of_limit"
    RETYPED = "retyped"
    SKIPPED = "skipped"
    FAILED = "failed"
    REPEATED = "repeated"
    OVERRIDDEN = "overridden"
    BY_HAND = "by_hand"
    LATE = "late"
    BROKEN = "broken"
    RELEASED = "released"
    REJECTED = "rejected"
    UNPROVEN = "unproven"
    DEVIATION = "deviation"
    REOPENED = "reopened"
    CLOCK = "clock"
    HANDED_OVER = "handed_over"
    ABORTED = "aborted"
    REFUSED = "refused"
    NEAR_MISS = "near_miss"
    LATE_ENTRY = "late_entry"
    RETURNED = "returned"
    CONFLICT = "conflict"
    NO_RUN = "no_run"


FINDING_NAMES = {
    FindingKind.OUT_OF_LIMIT: "Value outside its limits",
    FindingKind.RETYPED: "Entry changed",
    FindingKind.SKIPPED: "Step skipped",
    FindingKind.FAILED: "Step failed",
    FindingKind.REPEATED: "Step repeated",
    FindingKind.OVERRIDDEN: "Gate overridden",
    FindingKind.BY_HAND: "Gate value measured by hand",
    FindingKind.LATE: "Time overrun",
    FindingKind.BROKEN: "Condition broken, step held",
    FindingKind.RELEASED: "Held step released",
    FindingKind.REJECTED: "Step rejected by the second person",
    FindingKind.UNPROVEN: "Step left unproven",
    FindingKind.DEVIATION: "Deviation",
    FindingKind.REOPENED: "Console restarted",
    FindingKind.CLOCK: "Clock changed or in doubt",
    FindingKind.HANDED_OVER: "Work handed over",
    FindingKind.ABORTED: "Work aborted",
    FindingKind.REFUSED: "Refused",
    FindingKind.NEAR_MISS: "One person tried to sign twice",
    FindingKind.LATE_ENTRY: "Written down later than it happened",
    FindingKind.RETURNED: "Returned by a reviewer",
    FindingKind.CONFLICT: "Contradiction in the records",
    FindingKind.NO_RUN: "No record of the procedure",
}
"""The English name of each kind, a key of the catalogue."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was not as planned: at which step and visit, who, when (UTC microseconds).

    ``about`` names the value, gate, timer, clock or reason; ``before`` and ``after`` are what was
    entered and by what it was replaced (``after`` alone: what was found); ``low`` and ``high`` the
    limits in ``unit``, ``allowed`` the same or a gate's check in English words; ``seconds`` a time
    that was exceeded or lost; ``second`` who agreed.
    """

    kind: FindingKind
    step: str
    visit: int
    by: str
    utc_us: int
    about: str = ""
    text: str = ""
    before: str = ""
    after: str = ""
    allowed: str = ""
    seconds: float | None = None
    second: str = ""
    low: float | None = None
    high: float | None = None
    unit: str = ""


def exceptions(procedure: Procedure, events: Iterable[Recorded]) -> tuple[Finding, ...]:
    """Return everything that was not as planned, in the order of the events of one run.

    Events of other kinds and bodies that cannot be read are passed over.
    """
    review = _Review(procedure)
    found: list[Finding] = []
    for event in events:
        try:
            found += review.take(event)
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    return tuple(found)


@dataclass
class _Review:
    procedure: Procedure
    at: Moment | None = None
    entries: dict[tuple[str, int, str, str], str] = field(default_factory=dict)
    papers: set[tuple[object, object, object]] = field(default_factory=set)

    def take(self, event: Recorded) -> Iterator[Finding]:
        tell = _TELLERS.get(event.kind)
        now = moment_of(event.body)
        yield from self._clock(event, now)
        self.at = now
        yield from self._from_paper(event)
        if tell:
            yield from tell(self, event)

    def find(self, kind: FindingKind, event: Recorded, **more: Any) -> Finding:
        body = event.body
        visit = int(body.get("visit", 0))
        at_us = moment_of(body).utc_us
        return Finding(kind, str(body.get("step") or ""), visit, event.actor, at_us, **more)

    def _clock(self, event: Recorded, now: Moment) -> Iterator[Finding]:
        if self.at is None:
            return
        wall_s = (now.utc_us - self.at.utc_us) / 1e6
        if now.boot != self.at.boot:
            is_doubtful, off_s = wall_s < 0, wall_s
        else:
            off_s = wall_s - (now.mono_us - self.at.mono_us) / 1e6
            is_doubtful = abs(off_s) > CLOCK_SET_S
        if is_doubtful:
            yield self.find(FindingKind.CLOCK, event, seconds=round(off_s, 3))

    def _from_paper(self, event: Recorded) -> Iterator[Finding]:
        """Tell once of each visit that it was copied from a filled form."""
        late = event.body.get("late")
        if not isinstance(late, Mapping):
            return
        key = event.body.get("step"), event.body.get("visit"), late.get("form")
        if key not in self.papers:
            self.papers.add(key)
            about, by = str(late.get("form", "")), str(late.get("copied_by", ""))
            yield self.find(FindingKind.LATE_ENTRY, event, about=about, after=by)

    def replaced(self, event: Recorded, what: str, about: str, now: str) -> Iterator[Finding]:
        """Tell of an entry that takes the place of another one in the same visit of a step."""
        key = str(event.body["step"]), int(event.body["visit"]), what, about
        before, self.entries[key] = self.entries.get(key), now
        if before is not None and before != now:
            yield self.find(FindingKind.RETYPED, event, about=about, before=before, after=now)

    def measured(self, step: str, name: str) -> Measured | None:
        spec = self.procedure.steps.get(step)
        return next((v for v in spec.values if v.id == name), None) if spec else None


_Teller = Callable[[_Review, Recorded], Iterator[Finding]]


def _value(review: _Review, event: Recorded) -> Iterator[Finding]:
    body = event.body
    name, unit = str(body["value"]), str(body.get("unit") or "")
    number = f"{plain(float(body['number']))} {unit}".strip()
    yield from review.replaced(event, "value", name, number)
    if not body.get("inside", True):
        value = review.measured(str(body["step"]), name)
        yield review.find(
            FindingKind.OUT_OF_LIMIT,
            event,
            about=name,
            after=number,
            allowed=limits_of(value) if value else "",
            low=value.low if value else None,
            high=value.high if value else None,
            unit=unit,
        )


def _by_hand(review: _Review, event: Recorded) -> Iterator[Finding]:
    body = event.body
    number = f"{plain(float(body['number']))} {body.get('unit') or ''}".strip()
    yield from review.replaced(event, "gate", str(body["gate"]), number)
    yield review.find(FindingKind.BY_HAND, event, about=str(body["gate"]), after=number)


def _label(review: _Review, event: Recorded) -> Iterator[Finding]:
    yield from review.replaced(event, "scan", str(event.body["scan"]), str(event.body["label"]))


def _answer(review: _Review, event: Recorded) -> Iterator[Finding]:
    yield from review.replaced(event, "answer", "answer", str(event.body["answer"]))


def _overridden(review: _Review, event: Recorded) -> Iterator[Finding]:
    body = event.body
    found = "; ".join(map(str, body.get("found", ())))
    yield review.find(
        FindingKind.OVERRIDDEN,
        event,
        about=str(body["gate"]),
        text=str(body["reason"]),
        after=found,
        allowed=str(body.get("check", "")),
    )


def _skipped(review: _Review, event: Recorded) -> Iterator[Finding]:
    body = event.body
    yield review.find(
        FindingKind.SKIPPED,
        event,
        about=str(body["reason"]),
        text=str(body["text"]),
        second=str(body.get("second", "")),
    )


def _failed(review: _Review, event: Recorded) -> Iterator[Finding]:
    yield review.find(FindingKind.FAILED, event, text=str(event.body["reason"]))


def _rejected(review: _Review, event: Recorded) -> Iterator[Finding]:
    yield review.find(FindingKind.REJECTED, event, text=str(event.body["reason"]))


def _held(review: _Review, event: Recorded) -> Iterator[Finding]:
    names = [str(name) for name in event.body["held"]]
    why = str(event.body.get("why", ""))
    for name in names:
        kind = FindingKind.LATE if name == TIMER else FindingKind.BROKEN
        yield review.find(kind, event, about=name, text=why)


def _released(review: _Review, event: Recorded) -> Iterator[Finding]:
    about = ", ".join(map(str, event.body.get("held", ())))
    yield review.find(FindingKind.RELEASED, event, about=about, text=str(event.body["reason"]))


def _overrun(review: _Review, event: Recorded) -> Iterator[Finding]:
    body = event.body
    yield review.find(
        FindingKind.LATE,
        event,
        about=str(body["about"]),
        allowed=f"at most {plain(float(body['limit_s']))} s",
        seconds=float(body["seconds"]),
        high=float(body["limit_s"]),
        unit="s",
    )


def _deviated(review: _Review, event: Recorded) -> Iterator[Finding]:
    body = event.body
    about, after = str(body["about"]), str(body.get("disposition", ""))
    text = str(body["finding"])
    yield review.find(FindingKind.DEVIATION, event, about=about, text=text, after=after)


def _done(review: _Review, event: Recorded) -> Iterator[Finding]:
    if event.body.get("unproven"):
        yield review.find(FindingKind.UNPROVEN, event, text=str(event.body["unproven"]))


def _unproven(review: _Review, event: Recorded) -> Iterator[Finding]:
    about, text = str(event.body["gate"]), str(event.body["reason"])
    yield review.find(FindingKind.UNPROVEN, event, about=about, text=text)


def _started(review: _Review, event: Recorded) -> Iterator[Finding]:
    if int(event.body["visit"]) > 1:
        yield review.find(FindingKind.REPEATED, event)


def _reopened(review: _Review, event: Recorded) -> Iterator[Finding]:
    body = event.body
    seconds = float(body.get("gap_s", 0.0))
    held = ", ".join(map(str, body.get("held", ())))
    yield review.find(FindingKind.REOPENED, event, about=held, seconds=seconds)
    if body.get("is_time_doubtful"):
        yield review.find(FindingKind.CLOCK, event, about=TIMER)


def _taken_over(review: _Review, event: Recorded) -> Iterator[Finding]:
    giver = str(event.body["giver"])
    yield review.find(FindingKind.HANDED_OVER, event, before=giver, after=event.actor)


def _aborted(review: _Review, event: Recorded) -> Iterator[Finding]:
    body = event.body
    state, text = str(body.get("safe_state", "")), str(body["reason"])
    yield review.find(FindingKind.ABORTED, event, about=state, text=text)


def _refused(review: _Review, event: Recorded) -> Iterator[Finding]:
    reasons = event.body["reasons"]
    text = "; ".join(str(one["text"]) for one in reasons)
    about = str(event.body.get("command", ""))
    is_near = any(str(one.get("code")) in _ALONE for one in reasons)
    kind = FindingKind.NEAR_MISS if is_near else FindingKind.REFUSED
    yield review.find(kind, event, about=about, text=text)


_TELLERS: dict[str, _Teller] = {
    WorkKind.VALUE_RECORDED: _value,
    WorkKind.GATE_BY_HAND: _by_hand,
    WorkKind.GATE_UNPROVEN: _unproven,
    WorkKind.LABEL_SCANNED: _label,
    WorkKind.QUESTION_ANSWERED: _answer,
    WorkKind.GATE_OVERRIDDEN: _overridden,
    WorkKind.STEP_STARTED: _started,
    WorkKind.STEP_SKIPPED: _skipped,
    WorkKind.STEP_FAILED: _failed,
    WorkKind.STEP_REJECTED: _rejected,
    WorkKind.STEP_HELD: _held,
    WorkKind.STEP_RELEASED: _released,
    WorkKind.STEP_DONE: _done,
    WorkKind.TIMER_OVERRUN: _overrun,
    WorkKind.DEVIATED: _deviated,
    WorkKind.REOPENED: _reopened,
    WorkKind.TAKEN_OVER: _taken_over,
    WorkKind.ABORTED: _aborted,
    WorkKind.REFUSED: _refused,
}


def counts(findings: Sequence[Finding]) -> Mapping[FindingKind, int]:
    """Return how many findings there are of each kind that there is any of."""
    found: dict[FindingKind, int] = {}
    for one in findings:
        found[one.kind] = found.get(one.kind, 0) + 1
    return found
