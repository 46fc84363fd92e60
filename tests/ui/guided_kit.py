"""Runs made by hand for tests of the guided work's parts: any step as the present one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from console.demo import PausedDemo
from console.session.running.desk import RunView
from console.session.running.record import LevelBefore, RunRecord
from procedures.document import load_document, procedure_path
from procedures.engine.moment import Moment
from procedures.engine.standing import Standing
from procedures.engine.state import Outcome, Run, RunStatus, StepRun, StepStatus
from procedures.revision import Revision, compile_procedure

NOON_US = 1_795_262_651_000_000
STEP_US = 300_000_000
TANK, HOST = "tank-1", "node-1"
PEOPLE = {"chen": "M. Chen", "wu": "L. Wu"}


@cache
def revision(name: str = "extract-server") -> Revision:
    """A procedure of the library."""
    return compile_procedure(load_document(procedure_path(name)).procedure)


def view_at(
    step: str,
    *,
    name: str = "extract-server",
    subjects: Mapping[str, tuple[str, ...]] | None = None,
    record: RunRecord | None = None,
    mono_s: float = 0.0,
    **changes: Any,
) -> RunView:
    """A run of which all steps before this one are done, five minutes each, by M. Chen."""
    found = revision(name)
    order = found.procedure.order
    behind = order[: order.index(step)] if step in order else ()
    done = {one: Outcome("done", i * STEP_US, "chen") for i, one in enumerate(behind, 1)}
    clock_us = len(behind) * STEP_US
    moment = Moment(NOON_US, round(mono_s * 1e6), "", "")
    current = StepRun(step, 1, StepStatus.OPEN, started_us=clock_us, language="en")
    bound = {"tank": (TANK,), "server": (HOST, f"{HOST}/gpu0", f"{HOST}/gpu1"), "slot": ("3",)}
    run = Run(
        id="R-1",
        procedure=name,
        revision=found.digest,
        subject=TANK,
        training=False,
        subjects=bound if subjects is None else subjects,
        crew=("chen", "wu"),
        lead="chen",
        tools=(),
        current=current,
        at=moment,
        attended=moment,
        clock_us=clock_us,
        done=done,
        visits=dict.fromkeys(behind, 1) | {step: 1},
    )
    run = replace(run, **changes)
    spec = found.procedure.steps[run.current.step] if run.current else None
    record = record or RunRecord()
    return RunView(run, found, Standing(spec), record, frozenset(), "", ())


def aborted(step: str, path_step: int = 1) -> RunView:
    """A run that was aborted at a step and is on its way to safe."""
    procedure = revision().procedure
    path = procedure.way_back(step)
    view = view_at(step)
    at = path.steps[path_step].id
    done = {**view.run.done, path.steps[0].id: Outcome("done", view.run.clock_us, "chen")}
    run = replace(view.run, current=StepRun(at, 1), done=done, left_at=step)
    return replace(view, run=replace(run, status=RunStatus.ABORTING, path=path.id))


def lifted(demo: PausedDemo, step: str, hoist: float, seconds: float = 60.0) -> RunView:
    """A run at a step of the lift, with the server pulled out so far, 0 to 1."""
    demo.plant.handle("power_off", HOST)
    demo.plant.handle("open_lid", HOST)
    demo.advance(seconds)
    before = demo.session.view(TANK)
    level, expected = before.good("level"), before.good("level_expected")
    if level is None:
        raise ValueError("the demo's tank has no level")
    record = RunRecord(level_before=LevelBefore(level, expected), level_step=(step, 1))
    mono_s = demo.clock().mono_s
    demo.plant.handle("hoist", HOST, hoist)
    demo.advance(seconds)
    clocks = {"lid-open": 0}
    view = view_at(step, record=record, mono_s=mono_s)
    return replace(view, run=replace(view.run, clocks=clocks))
