"""Every shipped procedure runs to its end, and every way back is walked to its safe state."""

from __future__ import annotations

from functools import cache
from itertools import chain

import pytest

from procedures.document import library_ids, load_document, procedure_path
from procedures.dry_run import DryChoices, dry_run, ways_back
from procedures.engine.apply import replay
from procedures.engine.events import WorkKind
from procedures.engine.state import RunStatus
from procedures.graph import dot, edges, mermaid
from procedures.outline import outline
from procedures.revision import Revision, compile_procedure

from .bench import small, through_json

NAMES = library_ids()


@cache
def revision(name: str) -> Revision:
    return compile_procedure(load_document(procedure_path(name)).procedure)


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_to_its_end(name: str) -> None:
    report = dry_run(revision(name))
    assert [str(reason) for reason in report.stuck] == []
    assert report.run.status is RunStatus.FINISHED
    assert replay(through_json(event) for event in report.events) == report.run


@pytest.mark.parametrize("name", NAMES)
def test_every_way_back_is_walked(name: str) -> None:
    procedure = revision(name).procedure
    answers = [
        {},
        *(
            {step.id: answer.id}
            for step in procedure.steps.values()
            for answer in (step.ask.answers if step.ask else ())
        ),
    ]
    walked, left = set(), set()
    for report in chain.from_iterable(
        ways_back(revision(name), DryChoices(answers=given)) for given in answers
    ):
        aborts = [event.body for event in report.events if event.kind == WorkKind.ABORTED]
        if not aborts:
            continue
        step = str(aborts[0]["step"])
        left.add(step)
        assert report.stuck == ()
        assert report.run.status is RunStatus.SAFE
        assert report.run.path == procedure.way_back(step).id
        assert report.events[-1].body["safe_state"] == procedure.way_back(step).ends_in
        assert report.run.clocks == {}, f"{step}: a clock is left running"
        walked.add(report.run.path)
    assert walked == set(procedure.paths)
    assert left == set(procedure.order)


@pytest.mark.parametrize("name", NAMES)
def test_it_has_both_languages(name: str) -> None:
    assert set(revision(name).procedure.languages) >= {"en", "zh_CN"}
    assert outline(revision(name), "en") != outline(revision(name), "zh_CN")


def test_the_extraction_has_the_sixteen_parts_and_their_gates() -> None:
    procedure = revision("extract-server").procedure
    assert [phase.id for phase in procedure.phases] == [
        "plan",
        "unload",
        "isolate",
        "temperature",
        "prepare",
        "open-lid",
        "disconnect",
        "lift",
        "drain",
        "transfer",
        "work",
        "foreign-material",
        "re-immerse",
        "top-up",
        "return",
        "close-out",
    ]
    checks = {gate.id: gate.check for step in procedure.steps.values() for gate in step.gates}
    assert checks["touch-hard"].startswith("tank.coolant_return_temperature <= 50 Cel")
    drip = procedure.steps["drip"].timer
    assert drip
    assert (drip.min_s, drip.max_s) == (1800, 86400)
    never = {"touch-hard", "dry", "no-load"}
    gates = {gate.id: gate for step in procedure.steps.values() for gate in step.gates}
    assert all(gates[name].override is None for name in never)


def test_the_extraction_ends_well_where_the_server_stays_out() -> None:
    answers = {"comes-back": "stays-out", "is-back": "slot-empty"}
    report = dry_run(revision("extract-server"), DryChoices(answers=answers))
    assert report.run.status is RunStatus.FINISHED
    assert "lower-in" not in report.run.done
    assert "boot" not in report.run.done


def test_a_dry_run_says_where_it_gets_stuck() -> None:
    hot = {"tank.coolant_return_temperature": 55.0, "tank.bulk_temperature": 55.0}
    report = dry_run(revision("extract-server"), DryChoices(readings=hot))
    assert report.run.current
    assert report.run.current.step == "cool-enough"
    assert {reason.code for reason in report.stuck} == {"limit"}
    wrong = dry_run(revision("extract-server"), DryChoices(labels={"tank-label": "tank-9"}))
    assert {reason.code for reason in wrong.stuck} == {"scan_wrong"}
    level = dry_run(small(), DryChoices(values={"level": 1.0}))
    assert {reason.code for reason in level.stuck} == {"goto_spent"}


def test_the_graph_has_every_step_and_every_way_back() -> None:
    procedure = small().procedure
    ways = edges(procedure)
    assert {edge.source for edge in ways} >= set(procedure.order)
    aborts = {edge.source for edge in ways if edge.label == "abort"}
    assert aborts == set(procedure.order)
    assert ("measure", "drain", "level") in {(e.source, e.target, e.label) for e in ways}
    for text in (mermaid(procedure, "zh_CN"), dot(procedure)):
        assert all(name in text for name in procedure.steps)
