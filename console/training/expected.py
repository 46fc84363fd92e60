"""Whether the trainee did what a scenario asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from console.history.events import Kind
from console.training.kinds import TrainingKind
from console.training.record import Story, body_text
from console.training.result import Reaction
from console.training.scenario import (
    Abort,
    Acknowledge,
    Answer,
    DoStep,
    Finish,
    NoOverride,
    ReadLabels,
    Report,
    Scenario,
)
from procedures.engine.events import WorkKind

Verdict = tuple[bool, float | None]
"""Whether it was done, and how long after what it follows, s."""


def judge(one: Any, scenario: Scenario, story: Story) -> Reaction:
    """Return whether one expected answer was given. A fault that never began asks for nothing."""
    is_met, seconds = _RULES[type(one)](one, scenario, story)
    shown = None if seconds is None else round(seconds, 1)
    return Reaction(one.id, one.text, is_met, shown, one.points, one.critical)


def _after(story: Story, fault: str, within_s: float, *kinds: str) -> Verdict:
    began = story.fault_us(fault)
    if began is None:
        return bool(story.ended), None
    for event in story.of_kind(*kinds):
        seconds = (event.utc_us - began) / 1e6
        if seconds >= 0 and story.is_trainee(event.actor):
            return seconds <= within_s, seconds
    return False, None


def _abort(one: Abort, _scenario: Scenario, story: Story) -> Verdict:
    return _after(story, one.fault, one.within_s, WorkKind.ABORTED)


def _report(one: Report, _scenario: Scenario, story: Story) -> Verdict:
    kinds = (WorkKind.NOTED, WorkKind.DEVIATED, WorkKind.ABORTED)
    return _after(story, one.fault, one.within_s, *kinds)


def _acknowledge(one: Acknowledge, _scenario: Scenario, story: Story) -> Verdict:
    """Only an alarm raised since the fault counts; in a training only the trainee is there."""
    began = story.fault_us(one.fault)
    if began is None:
        return bool(story.ended), None
    raised = {
        (event.subject, body_text(event.body, "alarm"))
        for event in story.of_kind(Kind.ALARM_RAISED)
        if event.utc_us >= began
    }
    for event in story.of_kind(Kind.ALARM_ACKNOWLEDGED):
        if event.utc_us >= began and (event.subject, body_text(event.body, "alarm")) in raised:
            seconds = (event.utc_us - began) / 1e6
            return seconds <= one.within_s, seconds
    return False, None


def _do_step(one: DoStep, _scenario: Scenario, story: Story) -> Verdict:
    since = story.fault_us(one.fault) if one.fault else story.began_us
    if since is None:
        return bool(story.ended), None
    for event in story.of_kind(WorkKind.STEP_DONE):
        if body_text(event.body, "step") == one.step and event.utc_us >= since:
            seconds = (event.utc_us - since) / 1e6
            return seconds <= one.within_s, seconds
    return False, None


def _answer(one: Answer, _scenario: Scenario, story: Story) -> Verdict:
    given = [
        body_text(event.body, "answer")
        for event in story.of_kind(WorkKind.QUESTION_ANSWERED)
        if body_text(event.body, "step") == one.step
    ]
    return bool(given) and set(given) == {one.answer}, None


def _no_override(one: NoOverride, scenario: Scenario, story: Story) -> Verdict:
    for event in story.of_kind(WorkKind.GATE_OVERRIDDEN, TrainingKind.OVERRIDE_ASKED):
        gate = body_text(event.body, "gate")
        is_meant = gate in one.gates if one.gates else gate not in scenario.overrides_allowed
        if is_meant:
            return False, None
    return True, None


def _read_labels(one: ReadLabels, scenario: Scenario, story: Story) -> Verdict:
    for scan, _event, given, reads in story.labels_entered(scenario):
        if scan in one.scans and given.casefold() not in {text.casefold() for text in reads}:
            return False, None
    return True, None


def _finish(one: Finish, _scenario: Scenario, story: Story) -> Verdict:
    wanted = {"finish": "finished", "make_safe": "safe"}[one.must]
    return story.ended == wanted, None


_RULES: dict[type, Callable[[Any, Scenario, Story], Verdict]] = {
    Abort: _abort,
    Acknowledge: _acknowledge,
    Report: _report,
    DoStep: _do_step,
    Answer: _answer,
    NoOverride: _no_override,
    ReadLabels: _read_labels,
    Finish: _finish,
}
