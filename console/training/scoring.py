"""Points for a training: a pure function of the events of its log.

Only what the trainee did counts; what colleagues and the console did does not. A refusal recorded
by the engine is an attempt: it says itself what stood in the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from pydantic import Field

import resources
from console.training import expected
from console.training.kinds import TrainingKind
from console.training.record import Happening, Story, body_text
from console.training.result import Code, Deduction, Reaction, Score, StepTime
from console.training.scenario import ReadLabels, Scenario
from drivers.files import FileModel, parse, read_toml
from procedures.engine.events import WorkKind
from procedures.spec import Procedure

_GATE_CODES = frozenset(
    {
        *("absent", "not_read", "bad", "old", "future", "unit", "limit", "steady", "by_hand"),
        *("no_override", "min_time", "hold", "held", "second_missing"),
    }
)
"""Reasons of a refusal that are a gate, an invariant, a hold point or a time not yet there."""
_LABEL_CODES = frozenset({"scan_wrong", "scan_form"})
_PROOF_CODES = frozenset(
    {"value_missing", "photo_missing", "scan_missing", "item_missing", "no_answer"}
)
_GOING_ON = frozenset({"Start", "Complete", "OverrideGate", "SkipStep", "Release", "ReleaseHold"})
_DOUBLE_US = 1_500_000
"""Two refusals of the same thing within this are one press of an impatient finger."""


class Cost(FileModel):
    """Points for one, and the most for all of a kind."""

    points: int = Field(ge=0, le=100)
    most: int = Field(ge=0, le=100)


class Slow(FileModel):
    """How slowness counts: what is free beyond par, and the share that costs once more."""

    free: float = Field(ge=0, le=10)
    share: float = Field(gt=0, le=10)


class Costs(FileModel):
    """The whole table."""

    cost: dict[Code, Cost]
    slow: Slow


@lru_cache(maxsize=1)
def shipped_costs() -> Costs:
    """Return the table of this installation; raises FileError."""
    path = resources.path("training", "scoring.toml")
    return parse(Costs, read_toml(path), path, guide="docs/training.md")


def score(
    scenario: Scenario,
    procedure: Procedure,
    events: Sequence[Happening],
    person: str,
    costs: Costs | None = None,
) -> Score:
    """Return what a training came to; ``events`` are those of its log, oldest first."""
    table = costs or shipped_costs()
    story = Story.of(events, person)
    steps = _step_times(scenario, procedure, story)
    worked_s = _worked_s(story, procedure)
    reactions = [expected.judge(one, scenario, story) for one in scenario.must]
    found = [
        *_refusals(scenario, story),
        *_done(scenario, story),
        *_false_labels(scenario, story),
        *_slow(scenario, worked_s, steps, table.slow),
    ]
    counted = [*_priced(found, table), *_not_met(reactions, story)]
    points = max(0, 100 - sum(one.points for one in counted))
    is_sound = not any(one.critical for one in counted)
    return Score(
        scenario=scenario.id,
        person=person,
        points=points,
        passed=is_sound and points >= scenario.pass_mark,
        pass_mark=scenario.pass_mark,
        ended=story.ended,
        seconds=story.seconds,
        worked_s=worked_s,
        par_s=scenario.par_s,
        gates_attempted=sum(one.code is Code.GATE_ATTEMPTED for one in counted),
        errors=sum(one.code not in _NO_ERROR for one in counted),
        deductions=counted,
        reactions=reactions,
        steps=steps,
    )


_NO_ERROR = frozenset({Code.SLOW, Code.SLOW_STEP, Code.GATE_ATTEMPTED})


# ---- what was refused ----


def _refusals(scenario: Scenario, story: Story) -> Iterator[Deduction]:
    """Yield what the engine refused the trainee, once for each press.

    A label whose words the scenario gives is judged by those, not by what the procedure wants.
    """
    last: dict[tuple[str, str], int] = {}
    judged = {id(event) for _, event, _, _ in story.labels_entered(scenario)}
    for event in story.of_kind(WorkKind.REFUSED):
        if not story.is_trainee(event.actor) or id(event) in judged:
            continue
        code = _code_of(event.body)
        key = (body_text(event.body, "step"), str(code))
        is_again = event.utc_us - last.get(key, -_DOUBLE_US) < _DOUBLE_US
        last[key] = event.utc_us
        if code is not None and not is_again:
            why = "; ".join(str(one.get("text", "")) for one in _reasons(event.body))
            yield Deduction(code, 0, key[0], event.utc_us, values={"why": why})


def _code_of(body: Mapping[str, Any]) -> Code | None:
    """Return what kind of mistake a refusal is; None for one that is none (a typing slip)."""
    codes = {str(one.get("code", "")) for one in _reasons(body)}
    command = body_text(body, "command")
    if codes & _LABEL_CODES:
        return Code.WRONG_LABEL
    if "hazards" in codes:
        return Code.HAZARD_IGNORED
    if codes & _GATE_CODES and command in _GOING_ON:
        return Code.GATE_ATTEMPTED
    if codes & {"value_outside", "value_differs"}:
        return None  # the value itself was recorded, and counts there
    if codes & _PROOF_CODES or command in _GOING_ON:
        return Code.ORDER
    return None


def _reasons(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = body.get("reasons", ())
    if not isinstance(found, list | tuple):
        return []
    return [one for one in found if isinstance(one, Mapping)]


# ---- what was done ----


@dataclass(frozen=True, slots=True)
class _Rule:
    """Which event is which mistake, in which words; ``by_anybody``: whoever signed it."""

    code: Code
    values: Callable[[Mapping[str, Any]], dict[str, Any]]
    by_anybody: bool = False
    counts: Callable[[Mapping[str, Any], Scenario], bool] = lambda _body, _scenario: True


_RULES: dict[str, _Rule] = {
    WorkKind.VALUE_RECORDED: _Rule(
        Code.VALUE_OUTSIDE,
        lambda body: {name: body.get(name, "") for name in ("value", "number", "unit")},
        counts=lambda body, _scenario: body.get("inside") is False,
    ),
    WorkKind.TIMER_OVERRUN: _Rule(
        Code.OVERRUN,
        lambda body: {"limit": body.get("limit_s", ""), "about": body.get("about", "")},
        by_anybody=True,
    ),
    WorkKind.GATE_OVERRIDDEN: _Rule(
        Code.OVERRIDE,
        lambda body: {"gate": body.get("gate", ""), "why": body.get("reason", "")},
        by_anybody=True,
        counts=lambda body, scenario: body.get("gate") not in scenario.overrides_allowed,
    ),
    TrainingKind.OVERRIDE_ASKED: _Rule(
        Code.OVERRIDE_ASKED,
        lambda body: {"gate": body.get("gate", "")},
        counts=lambda body, scenario: (
            not body.get("granted") and body.get("gate") not in scenario.overrides_allowed
        ),
    ),
    WorkKind.STEP_SKIPPED: _Rule(
        Code.SKIPPED,
        lambda body: {"why": body.get("text") or body.get("reason", "")},
        counts=lambda body, scenario: body.get("step") not in scenario.skips_allowed,
    ),
    WorkKind.STEP_FAILED: _Rule(Code.FAILED, lambda body: {"why": body.get("reason", "")}),
    WorkKind.STEP_REJECTED: _Rule(
        Code.REJECTED, lambda body: {"why": body.get("reason", "")}, by_anybody=True
    ),
    WorkKind.STEP_DONE: _Rule(
        Code.UNPROVEN,
        lambda body: {"why": body.get("unproven", "")},
        by_anybody=True,
        counts=lambda body, _scenario: bool(body.get("unproven")),
    ),
}


def _done(scenario: Scenario, story: Story) -> Iterator[Deduction]:
    """Yield what was done and should not have been."""
    for event in story.events:
        rule = _RULES.get(event.kind)
        if rule is None or not rule.counts(event.body, scenario):
            continue
        if rule.by_anybody or story.is_trainee(event.actor):
            step = body_text(event.body, "step")
            yield Deduction(rule.code, 0, step, event.utc_us, values=rule.values(event.body))


def _false_labels(scenario: Scenario, story: Story) -> Iterator[Deduction]:
    """Yield labels entered that read something else, where a scenario gives what they read."""
    rules = [one for one in scenario.must if isinstance(one, ReadLabels)]
    forbidden = {scan: one.critical for one in rules for scan in one.scans}
    for scan, event, given, reads in story.labels_entered(scenario):
        if not given or given.casefold() in {text.casefold() for text in reads}:
            continue
        told = {"given": given, "reads": ", ".join(reads)}
        is_critical = forbidden.get(scan, False)
        step = body_text(event.body, "step")
        yield Deduction(Code.FALSE_LABEL, 0, step, event.utc_us, is_critical, told)


# ---- time ----


def _step_times(scenario: Scenario, procedure: Procedure, story: Story) -> list[StepTime]:
    found = []
    for name, seconds in story.step_seconds().items():
        spec = procedure.steps.get(name)
        is_waiting = spec is not None and is_wait(procedure, name)
        found.append(StepTime(name, seconds, scenario.step_par_s.get(name), is_waiting))
    return found


def is_wait(procedure: Procedure, name: str) -> bool:
    """Whether most of a step's time is prescribed waiting."""
    step = procedure.steps[name]
    return step.kind == "wait" or bool(step.timer and step.timer.min_s)


def _worked_s(story: Story, procedure: Procedure) -> float:
    """Return the time of the whole work without the steps that wait, s."""
    waited = sum(
        seconds
        for name, seconds in story.step_seconds().items()
        if name in procedure.steps and is_wait(procedure, name)
    )
    return max(0.0, story.seconds - waited)


def _slow(
    scenario: Scenario, worked_s: float, steps: Sequence[StepTime], slow: Slow
) -> Iterator[Deduction]:
    told = {"seconds": round(worked_s), "par": round(scenario.par_s)}
    over = worked_s / scenario.par_s - 1 - slow.free
    for _ in range(min(_shares(over, slow.share), 100)):
        yield Deduction(Code.SLOW, 0, values=told)
    for one in steps:
        if one.par_s and one.seconds > one.par_s * (1 + slow.free):
            values = {"seconds": round(one.seconds), "par": round(one.par_s)}
            yield Deduction(Code.SLOW_STEP, 0, one.step, values=values)


def _shares(over: float, share: float) -> int:
    return int(over / share) + 1 if over > 0 else 0


# ---- points ----


def _priced(found: Sequence[Deduction], costs: Costs) -> Iterator[Deduction]:
    """Yield what was found with its points, the first of each kind first, until a kind is spent."""
    spent: dict[Code, int] = {}
    slow = [one for one in found if one.code is Code.SLOW]
    for one in sorted((o for o in found if o.code is not Code.SLOW), key=lambda o: o.at_us):
        cost = costs.cost[one.code]
        points = min(cost.points, cost.most - spent.get(one.code, 0))
        spent[one.code] = spent.get(one.code, 0) + points
        yield replace(one, points=points)
    if slow:  # one sentence for the whole work, whatever it costs
        cost = costs.cost[Code.SLOW]
        yield replace(slow[0], points=min(cost.points * len(slow), cost.most))


def _not_met(reactions: Sequence[Reaction], story: Story) -> Iterator[Deduction]:
    for one in reactions:
        if not one.is_met:
            told = {"what": one.text["en"]}
            yield Deduction(
                Code.EXPECTED, one.points, critical=one.critical, values=told, texts=one.text
            )
    if not story.ended:
        yield Deduction(Code.NOT_ENDED, 50, critical=True)
