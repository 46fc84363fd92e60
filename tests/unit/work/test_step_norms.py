"""What steps usually take over many runs, against what was planned."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from console.work.figures import Window
from console.work.step_norms import step_norms
from procedures.engine.events import WorkEvent
from tests.unit.procedures.bench import SMALL, Bench, small, through_json

EVER = Window(0, 2**62)


def run(name: str, wait_s: float = 0.0, **begun: Any) -> tuple[Bench, list[WorkEvent]]:
    """A run to its gloves, of which the step before is planned with two minutes."""
    planned = small(SMALL.replace("kind: wait\n", "kind: wait\n        minutes: 2\n", 1))
    bench = Bench(planned)
    bench.wait(wait_s)
    bench.go_to("gloves")
    events = [
        replace(event, body={**event.body, "run": name, **(begun if n == 0 else {})})
        for n, event in enumerate(bench.events)
    ]
    return bench, events


def test_the_steps_of_several_runs_in_the_order_of_the_procedure() -> None:
    several = [run(f"R-{n}") for n in range(3)]
    revision = several[0][0].revision
    events = [through_json(event) for _, of_run in several for event in of_run]
    (norms,) = step_norms(events, {revision.digest: revision}, EVER)
    assert (norms.procedure, norms.runs) == (revision.procedure.id, 3)
    names = [step.step for step in norms.steps]
    assert names == [step for step in revision.procedure.order if step in names]
    cool = next(step for step in norms.steps if step.step == "cool")
    assert (cool.usual.runs, cool.planned_s) == (3, 120)
    assert cool.over_s == pytest.approx(cool.usual.mean_s - 120)
    other = next(step for step in norms.steps if step.step != "cool")
    assert (other.planned_s, other.over_s) == (None, None)


def test_left_out_are_training_what_was_before_and_unknown_texts() -> None:
    bench, events = run("R-1")
    known = {bench.revision.digest: bench.revision}
    begun_us = events[0].utc_us
    assert step_norms(events, known, Window(begun_us, begun_us + 1))
    assert step_norms(events, known, Window(begun_us + 1, 2**62)) == []
    assert step_norms(events, {}, EVER) == []
    assert step_norms(events[1:], known, EVER) == []
    _, training = run("R-2", training=True)
    assert step_norms(training, known, EVER) == []
    odd = replace(events[0], body={**events[0].body, "at": "then"})
    assert step_norms([odd, *events[1:]], known, EVER) == []
