"""From a command to one event, or to the reasons why not.

Each command leads to exactly one event, so that losing the machine between any two writes leaves a
run in a state that it could have been in anyway.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from procedures.engine import beginning, passing, recording, signing
from procedures.engine import commands as ask
from procedures.engine.case import Case, RefusedError, refuse_if
from procedures.engine.context import Context
from procedures.engine.events import WorkEvent, WorkKind, event
from procedures.engine.sentence import Sentence, say
from procedures.engine.state import Run
from procedures.revision import Revision


@dataclass(frozen=True, slots=True)
class Decision:
    """One event to be made durable and then applied, or every reason why not."""

    event: WorkEvent | None = None
    refusals: tuple[Sentence, ...] = ()

    @property
    def is_allowed(self) -> bool:
        """Whether there is an event."""
        return self.event is not None


def decide(run: Run | None, command: ask.Command, revision: Revision, context: Context) -> Decision:
    """Return what a command leads to; never raises for what people may ask."""
    try:
        return Decision(_decide(run, command, revision, context))
    except RefusedError as refusal:
        return Decision(refusals=refusal.reasons)


def _decide(
    run: Run | None, command: ask.Command, revision: Revision, context: Context
) -> WorkEvent:
    if isinstance(command, ask.Begin):
        refuse_if(run is not None, "begun")
        return beginning.begin(command, revision, context)
    if run is None:
        raise RefusedError([say("not_begun")])
    if run.revision != revision.digest:
        raise ValueError(f"run {run.id!r} is of revision {run.revision}, not {revision.digest}")
    refuse_if(run.is_over, "over")
    case = Case(run, revision.procedure, context.bound_to(run, revision.procedure))
    is_open = run.is_open_in(context.now.session)
    refuse_if(not is_open and not isinstance(command, _BEFORE_REOPENED), "reopen")
    refuse_if(bool(run.suspended_by) and not isinstance(command, _WHILE_SUSPENDED), "suspended")
    return _RULES[type(command)](case, command)


_BEFORE_REOPENED = (ask.Reopen, ask.Abort, ask.Note)
"""What needs no look at the equipment; above all the way to safety waits for nothing."""
_WHILE_SUSPENDED = (ask.TakeOver, ask.Abort, ask.Note, ask.Reopen)
_RULES: dict[type, Callable[[Case, Any], WorkEvent]] = {
    ask.Reopen: passing.reopen,
    ask.ChooseStep: signing.choose_step,
    ask.ReleaseHold: signing.release_hold,
    ask.Start: signing.start,
    ask.OverrideGate: recording.override,
    ask.ByHand: recording.by_hand,
    ask.LeaveUnproven: recording.leave_unproven,
    ask.Record: recording.record,
    ask.TakePhoto: recording.take_photo,
    ask.ScanLabel: recording.scan_label,
    ask.ConfirmItem: recording.confirm,
    ask.Choose: recording.choose,
    ask.SignSecond: signing.sign_second,
    ask.Complete: signing.complete,
    ask.Reject: signing.reject,
    ask.FailStep: signing.fail,
    ask.SkipStep: signing.skip,
    ask.Release: passing.release,
    ask.Note: passing.note,
    ask.Deviate: passing.deviate,
    ask.Suspend: passing.suspend,
    ask.TakeOver: passing.take_over,
    ask.Abort: passing.abort,
    ask.Close: passing.close,
}


def refused_event(
    run: Run, command: ask.Command, refusals: tuple[Sentence, ...], context: Context
) -> WorkEvent:
    """Return the event of an attempt that was refused: training counts them, reviewers see them."""
    asked = {name: value for name, value in asdict(command).items() if isinstance(value, str)}
    return event(
        WorkKind.REFUSED,
        run.id,
        run.subject,
        asked.pop("by", "") or "system",
        context.now,
        command=type(command).__name__,
        step=run.current.step if run.current else None,
        asked=asked,
        reasons=[{"code": one.code, "text": str(one)} for one in refusals],
    )
