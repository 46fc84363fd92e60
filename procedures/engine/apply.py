"""From events to a run. Pure: the same events give the same run, however often and wherever."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from procedures.engine.events import Recorded, WorkKind, moment_of
from procedures.engine.moment import elapsed
from procedures.engine.state import (
    LATE,
    TIMER,
    Irregularity,
    Outcome,
    Run,
    RunStatus,
    StepRun,
    StepStatus,
    Typed,
)

Body = Mapping[str, Any]


class ReplayError(Exception):
    """Events that cannot be of one run: another run's, or none that begins it."""


def replay(events: Iterable[Recorded]) -> Run | None:
    """Return the run that events lead to, None of none; raises ReplayError."""
    run: Run | None = None
    for event in events:
        run = apply(run, event)
    return run


def apply(run: Run | None, event: Recorded) -> Run:
    """Return the run after an event; raises ReplayError where the event cannot be its next."""
    body = event.body
    try:
        if event.kind == WorkKind.BEGUN:
            if run is not None:
                raise ReplayError(f"run {body['run']!r} begins twice")
            return _begun(event)
        if run is None or body["run"] != run.id:
            raise ReplayError(f"{event.kind} of {body['run']!r} is not of this run")
        at = moment_of(body)
        gap = elapsed(run.at, at)
        attended = at if run.is_open_in(at.session) else run.attended
        clock_us, events = run.clock_us + gap.us, run.events + 1
        run = replace(run, clock_us=clock_us, at=at, attended=attended, events=events)
        if gap.doubtful and run.current:
            run = _step(run, is_time_doubtful=True)
        change = _CHANGES.get(event.kind)
        return change(run, body, event.actor) if change else run
    except (KeyError, TypeError, ValueError) as error:
        raise ReplayError(f"{event.kind}: the body cannot be read: {error!r}") from None


def _begun(event: Recorded) -> Run:
    body = event.body
    first = str(body["next"])
    late = body.get("late") or {}
    form = str(late.get("form", ""))
    by = str(late.get("copied_by", ""))
    return Run(
        id=str(body["run"]),
        procedure=str(body["procedure"]),
        revision=str(body["revision"]),
        subject=event.subject,
        training=bool(body["training"]),
        subjects={str(name): tuple(ids) for name, ids in body["subjects"].items()},
        crew=tuple(body["crew"]),
        lead=event.actor,
        tools=tuple(body["tools"]),
        current=StepRun(first, 1),
        visits={first: 1},
        at=moment_of(body),
        attended=moment_of(body),
        late=form,
        irregularities=(Irregularity(WorkKind.BEGUN, "", LATE, form, by),) if form else (),
    )


def _step(run: Run, **changes: Any) -> Run:
    """Return the run with changes to the step to do now."""
    if run.current is None:
        raise ReplayError("there is no step to change")
    return replace(run, current=replace(run.current, **changes))


def _current(run: Run) -> StepRun:
    if run.current is None:
        raise ReplayError("there is no step to do")
    return run.current


def _irregular(run: Run, kind: str, about: str, text: object, by: str) -> Run:
    step = run.current.step if run.current else ""
    found = Irregularity(kind, step, about, str(text), by)
    return replace(run, irregularities=(*run.irregularities, found))


def _arrive(run: Run, step: str | None) -> Run:
    """Return the run with another step to do, or with all of the path done."""
    if step is None:
        status = RunStatus.PERFORMED if run.phase_holds else RunStatus.ABORTING
        return replace(run, current=None, status=status)
    visit = run.visits.get(step, 0) + 1
    return replace(run, current=StepRun(step, visit), visits={**run.visits, step: visit})


def _leave(run: Run, body: Body, by: str, result: str) -> Run:
    """Return the run after a step ended, at the step that the event names next."""
    step = _current(run)
    outcome = Outcome(result, run.clock_us, step.executor or by, str(body.get("second", "")))
    done = {**run.done, step.step: outcome}
    for name in body.get("again", ()):
        done.pop(name, None)
    gotos = dict(run.gotos)
    if body.get("way"):
        gotos[str(body["way"])] = gotos.get(str(body["way"]), 0) + 1
    locks = {**run.locks, **dict.fromkeys(body.get("locks_hung", ()), outcome.by)}
    removed = set(body.get("locks_removed", ()))
    locks = {name: owner for name, owner in locks.items() if name not in removed}
    run = replace(run, done=done, gotos=gotos, locks=locks)
    return _arrive(_end_clocks(run, body), body["next"])


def _end_clocks(run: Run, body: Body) -> Run:
    names = [str(name) for name in body.get("clocks_end", ()) if name in run.clocks]
    before = run.clocks_ended
    ended = {name: before.get(name, 0) + run.clock_us - run.clocks[name] for name in names}
    return replace(
        run,
        clocks={name: start for name, start in run.clocks.items() if name not in ended},
        clocks_ended={**before, **ended},
        clocks_overrun=tuple(name for name in run.clocks_overrun if name not in ended),
        clocks_excused=tuple(name for name in run.clocks_excused if name not in ended),
    )


def _reopened(run: Run, body: Body, _by: str) -> Run:
    run = _irregular(run, WorkKind.REOPENED, "", body.get("gap_s", ""), "")
    run = replace(run, attended=moment_of(body))
    if run.current is None:
        return run
    held = tuple(dict.fromkeys((*run.current.held, *body.get("held", ()))))
    doubtful = run.current.is_time_doubtful or bool(body.get("is_time_doubtful"))
    return _step(run, held=held, is_time_doubtful=doubtful)


def _hold_released(run: Run, _body: Body, by: str) -> Run:
    return _step(run, hold_released_by=by)


def _started(run: Run, body: Body, by: str) -> Run:
    starts = {str(name): run.clock_us for name in body.get("clocks_begin", ())}
    run = replace(run, clocks={**starts, **run.clocks})
    return _step(
        run,
        status=StepStatus.OPEN,
        executor=by,
        hands=(by,),
        language=str(body["language"]),
        started_us=run.clock_us,
    )


def _chosen(run: Run, body: Body, _by: str) -> Run:
    """Return the run at another step; the one left was not visited after all."""
    left = _current(run)
    visits = {**run.visits, left.step: left.visit - 1}
    run = replace(run, visits={name: times for name, times in visits.items() if times})
    return _arrive(run, str(body["step"]))


def _overridden(run: Run, body: Body, by: str) -> Run:
    run = _irregular(run, WorkKind.GATE_OVERRIDDEN, body["gate"], body["reason"], by)
    return _step(run, overridden={**_current(run).overridden, str(body["gate"]): by})


def _by_hand(run: Run, body: Body, by: str) -> Run:
    typed = Typed(float(body["number"]), by, run.clock_us)
    run = _irregular(run, WorkKind.GATE_BY_HAND, body["gate"], body["number"], by)
    return _step(run, by_hand={**_current(run).by_hand, str(body["gate"]): typed})


def _unproven(run: Run, body: Body, by: str) -> Run:
    name = str(body["gate"])
    run = _irregular(run, WorkKind.GATE_UNPROVEN, name, body["reason"], by)
    return _step(run, unproven=(*_current(run).unproven, name))


def _value(run: Run, body: Body, by: str) -> Run:
    name, number = str(body["value"]), float(body["number"])
    if not body.get("inside", True):
        run = _irregular(run, WorkKind.VALUE_RECORDED, name, number, by)
    run = replace(run, values={**run.values, name: number})
    typed = Typed(number, by, run.clock_us)
    return _step(run, values={**_current(run).values, name: typed})


def _photo(run: Run, body: Body, _by: str) -> Run:
    photos, name = _current(run).photos, str(body["photo"])
    taken = tuple(dict.fromkeys((*photos.get(name, ()), str(body["sha256"]))))
    return _step(run, photos={**photos, name: taken})


def _scan(run: Run, body: Body, _by: str) -> Run:
    name, label = str(body["scan"]), str(body["label"])
    run = replace(run, scans={**run.scans, name: label})
    return _step(run, scans={**_current(run).scans, name: label})


def _item(run: Run, body: Body, _by: str) -> Run:
    return _step(run, items=tuple(dict.fromkeys((*_current(run).items, str(body["item"])))))


def _answered(run: Run, body: Body, _by: str) -> Run:
    return _step(run, answer=str(body["answer"]))


def _witnessed(run: Run, _body: Body, by: str) -> Run:
    return _step(run, seconds=(*_current(run).seconds, by))


def _performed(run: Run, _body: Body, _by: str) -> Run:
    return _step(run, status=StepStatus.PERFORMED)


def _rejected(run: Run, body: Body, by: str) -> Run:
    run = _irregular(run, WorkKind.STEP_REJECTED, "", body["reason"], by)
    return _step(run, status=StepStatus.OPEN)


def _done(run: Run, body: Body, by: str) -> Run:
    if body.get("unproven"):
        run = _irregular(run, WorkKind.STEP_DONE, "unproven", body["unproven"], by)
    return _leave(run, body, by, "done")


def _skipped(run: Run, body: Body, by: str) -> Run:
    run = _irregular(run, WorkKind.STEP_SKIPPED, str(body["reason"]), body["text"], by)
    return _leave(run, body, by, "skipped")


def _failed(run: Run, body: Body, by: str) -> Run:
    run = _irregular(run, WorkKind.STEP_FAILED, "", body["reason"], by)
    return _leave(run, body, by, "failed")


def _held(run: Run, body: Body, by: str) -> Run:
    names = tuple(map(str, body["held"]))
    run = _irregular(run, WorkKind.STEP_HELD, ", ".join(names), body.get("why", ""), by)
    held = tuple(dict.fromkeys((*_current(run).held, *names)))
    return _step(run, held=held, is_overrun=_current(run).is_overrun or TIMER in held)


def _released(run: Run, body: Body, by: str) -> Run:
    step = _current(run)
    run = _irregular(run, WorkKind.STEP_RELEASED, ", ".join(step.held), body["reason"], by)
    released = tuple(dict.fromkeys((*step.released, *step.held)))
    return _step(run, held=(), released=released)


def _overrun(run: Run, body: Body, by: str) -> Run:
    about = str(body["about"])
    run = _irregular(run, WorkKind.TIMER_OVERRUN, about, body["limit_s"], by)
    if about == TIMER:
        return _step(run, is_overrun=True)
    return replace(run, clocks_overrun=(*run.clocks_overrun, about))


def _deviated(run: Run, body: Body, by: str) -> Run:
    about = str(body["about"])
    run = _irregular(run, WorkKind.DEVIATED, about, body["finding"], by)
    if about in run.clocks:
        run = replace(run, clocks_excused=(*run.clocks_excused, about))
    return _step(run, deviations=(*run.current.deviations, about)) if run.current else run


def _suspended(run: Run, body: Body, by: str) -> Run:
    return replace(_irregular(run, WorkKind.SUSPENDED, "", body["state"], by), suspended_by=by)


def _taken_over(run: Run, body: Body, by: str) -> Run:
    run = replace(run, suspended_by="")
    if by not in run.crew:
        run = replace(run, crew=(*run.crew, by))
    if run.current is None or run.current.status is not StepStatus.OPEN:
        return run
    hands = tuple(dict.fromkeys((*run.current.hands, by)))
    return _step(run, executor=by, hands=hands, language=str(body["language"]))


def _aborted(run: Run, body: Body, by: str) -> Run:
    run = _irregular(run, WorkKind.ABORTED, str(body["path"]), body["reason"], by)
    left_at, path = str(body["step"]), str(body["path"])
    run = replace(run, path=path, status=RunStatus.ABORTING, suspended_by="", left_at=left_at)
    return _arrive(run, str(body["next"]))


def _finished(run: Run, _body: Body, _by: str) -> Run:
    return replace(run, status=RunStatus.FINISHED, current=None)


def _made_safe(run: Run, _body: Body, _by: str) -> Run:
    return replace(run, status=RunStatus.SAFE, current=None)


_CHANGES: dict[str, Callable[[Run, Body, str], Run]] = {
    WorkKind.REOPENED: _reopened,
    WorkKind.STEP_CHOSEN: _chosen,
    WorkKind.HOLD_RELEASED: _hold_released,
    WorkKind.STEP_STARTED: _started,
    WorkKind.GATE_OVERRIDDEN: _overridden,
    WorkKind.GATE_BY_HAND: _by_hand,
    WorkKind.GATE_UNPROVEN: _unproven,
    WorkKind.VALUE_RECORDED: _value,
    WorkKind.PHOTO_TAKEN: _photo,
    WorkKind.LABEL_SCANNED: _scan,
    WorkKind.ITEM_CONFIRMED: _item,
    WorkKind.QUESTION_ANSWERED: _answered,
    WorkKind.STEP_WITNESSED: _witnessed,
    WorkKind.STEP_PERFORMED: _performed,
    WorkKind.STEP_REJECTED: _rejected,
    WorkKind.STEP_DONE: _done,
    WorkKind.STEP_SKIPPED: _skipped,
    WorkKind.STEP_FAILED: _failed,
    WorkKind.STEP_HELD: _held,
    WorkKind.STEP_RELEASED: _released,
    WorkKind.TIMER_OVERRUN: _overrun,
    WorkKind.DEVIATED: _deviated,
    WorkKind.SUSPENDED: _suspended,
    WorkKind.TAKEN_OVER: _taken_over,
    WorkKind.ABORTED: _aborted,
    WorkKind.MADE_SAFE: _made_safe,
    WorkKind.FINISHED: _finished,
}
"""Kinds without an entry (notes, refusals, kinds of newer versions) change nothing but the time."""
