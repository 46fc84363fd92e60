"""What the engine tells: one event per command, complete in itself.

A :class:`WorkEvent` has the members of a draft of the log (kind, subject, body, time, actor). Its
body names the run and carries both clocks under ``at``, so that replaying needs nothing but bodies
in order. docs/procedures.md lists the members of each body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

from drivers.points import Stamp
from procedures.engine.moment import Moment

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"


class WorkKind(StrEnum):
    """The kinds of event that guided work makes; none is ever renamed."""

    PROCEDURE_SUBMITTED = "work.procedure_submitted"
    PROCEDURE_RETURNED = "work.procedure_returned"
    PROCEDURE_APPROVED = "work.procedure_approved"
    PROCEDURE_SUPERSEDED = "work.procedure_superseded"
    BEGUN = "work.begun"
    REOPENED = "work.reopened"
    STEP_CHOSEN = "work.step_chosen"
    HOLD_RELEASED = "work.hold_released"
    STEP_STARTED = "work.step_started"
    GATE_OVERRIDDEN = "work.gate_overridden"
    GATE_BY_HAND = "work.gate_by_hand"
    GATE_UNPROVEN = "work.gate_unproven"
    VALUE_RECORDED = "work.value_recorded"
    PHOTO_TAKEN = "work.photo_taken"
    LABEL_SCANNED = "work.label_scanned"
    ITEM_CONFIRMED = "work.item_confirmed"
    QUESTION_ANSWERED = "work.question_answered"
    STEP_WITNESSED = "work.step_witnessed"
    STEP_PERFORMED = "work.step_performed"
    STEP_REJECTED = "work.step_rejected"
    STEP_DONE = "work.step_done"
    STEP_SKIPPED = "work.step_skipped"
    STEP_FAILED = "work.step_failed"
    STEP_HELD = "work.step_held"
    STEP_RELEASED = "work.step_released"
    TIMER_OVERRUN = "work.timer_overrun"
    NOTED = "work.noted"
    DEVIATED = "work.deviated"
    REFUSED = "work.refused"
    SUSPENDED = "work.suspended"
    TAKEN_OVER = "work.taken_over"
    ABORTED = "work.aborted"
    MADE_SAFE = "work.made_safe"
    FINISHED = "work.finished"


KIND_LABELS: dict[WorkKind, str] = {
    WorkKind.PROCEDURE_SUBMITTED: "Procedure given to review",
    WorkKind.PROCEDURE_RETURNED: "Procedure returned to its author",
    WorkKind.PROCEDURE_APPROVED: "Procedure approved",
    WorkKind.PROCEDURE_SUPERSEDED: "Procedure superseded",
    WorkKind.BEGUN: "Work begun",
    WorkKind.REOPENED: "Work reopened after an interruption",
    WorkKind.STEP_CHOSEN: "Another step taken first",
    WorkKind.HOLD_RELEASED: "Hold point released",
    WorkKind.STEP_STARTED: "Step started",
    WorkKind.GATE_OVERRIDDEN: "Gate overridden",
    WorkKind.GATE_BY_HAND: "Gate value measured by hand",
    WorkKind.GATE_UNPROVEN: "Gate not proven",
    WorkKind.VALUE_RECORDED: "Value recorded",
    WorkKind.PHOTO_TAKEN: "Photo taken",
    WorkKind.LABEL_SCANNED: "Label scanned",
    WorkKind.ITEM_CONFIRMED: "Item confirmed",
    WorkKind.QUESTION_ANSWERED: "Question answered",
    WorkKind.STEP_WITNESSED: "Step signed by the witness",
    WorkKind.STEP_PERFORMED: "Step performed, second signature due",
    WorkKind.STEP_REJECTED: "Step rejected by the second person",
    WorkKind.STEP_DONE: "Step done",
    WorkKind.STEP_SKIPPED: "Step skipped",
    WorkKind.STEP_FAILED: "Step failed",
    WorkKind.STEP_HELD: "Step held",
    WorkKind.STEP_RELEASED: "Step released",
    WorkKind.TIMER_OVERRUN: "Time overrun",
    WorkKind.NOTED: "Note",
    WorkKind.DEVIATED: "Deviation",
    WorkKind.REFUSED: "Refused",
    WorkKind.SUSPENDED: "Work suspended",
    WorkKind.TAKEN_OVER: "Work taken over",
    WorkKind.ABORTED: "Work aborted",
    WorkKind.MADE_SAFE: "Made safe",
    WorkKind.FINISHED: "Work finished",
}
"""The English label of each kind, which is its key in the catalogue."""


class Recorded(Protocol):
    """What replaying needs of an event."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def subject(self) -> str: ...  # noqa: D102
    @property
    def body(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def actor(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class WorkEvent:
    """One event as the engine drafts it; make it durable before it is applied."""

    kind: WorkKind
    subject: str
    body: Mapping[str, JSON]
    time: Stamp
    actor: str

    @property
    def utc_us(self) -> int:
        """When it happened, UTC microseconds; named as in an event of the log."""
        return self.time.utc_us


def event(
    kind: WorkKind, run: str, subject: str, actor: str, now: Moment, **body: JSON
) -> WorkEvent:
    """Return an event of a run at a moment."""
    at: dict[str, JSON] = {
        "utc_us": now.utc_us,
        "mono_us": now.mono_us,
        "boot": now.boot,
        "session": now.session,
    }
    return WorkEvent(kind, subject, {"run": run, **body, "at": at}, now.stamp, actor)


def moment_of(body: Mapping[str, Any]) -> Moment:
    """Return when an event happened; raises KeyError for a body that is not of a run."""
    at = body["at"]
    return Moment(int(at["utc_us"]), int(at["mono_us"]), str(at["boot"]), str(at["session"]))
