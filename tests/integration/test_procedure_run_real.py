"""The same extraction over real connections to a simulator of its own, and as a command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from console.cli.procedure_stage import process_world, site_stage
from console.history.reader import LogReader
from console.session import Session
from console.site import check_site, read_site_text
from drivers.simulator.options import PlantOptions
from drivers.simulator.process import SimulatorProcess
from procedures.engine.state import RunStatus
from tests.integration.commands import tankside
from tests.integration.run_kit import (
    HOST,
    SCRIPT,
    TANK,
    UNSTEADY,
    begin,
    bodies,
    crew_of,
    driver_of,
    script,
    short,
)

TIMES = 600.0
"""So many times shorter is what must last: nothing here waits longer than three seconds."""


@pytest.mark.timeout(300)
def test_an_extraction_over_real_connections(tmp_path: Path) -> None:
    options = PlantOptions(tanks=1, hosts=2, gpus_per_host=2, seed=7)
    with SimulatorProcess(options) as simulator:
        loaded = check_site(read_site_text(simulator.start().site_toml), Path("demo site"))
        session = Session(loaded, tmp_path)
        with (
            site_stage(session, process_world(simulator, HOST)) as stage,
            driver_of(stage) as driver,
        ):
            name = begin(driver, short(TIMES))
            crew = crew_of(stage, short(TIMES), script(burn_in=UNSTEADY))
            run = driver.drive(name, crew, patience_s=60)
            driver.look()
            driver.gather()
            assert run.status is RunStatus.FINISHED
            held = [s.key for s in session.book.statuses() if s.suppressors]
            assert held == []
    assert LogReader(tmp_path).verify().ok
    evidence = {body["step"]: body for body in bodies(tmp_path, "work.evidence")}
    assert set(evidence) == set(short(TIMES).procedure.order)
    derived = evidence["drip"]["derived"]
    assert derived["level_drop"] == pytest.approx(derived["level_drop_predicted"], rel=0.15)
    assert any(point["samples"] for point in evidence["drip"]["points"] if point["part"] == TANK)


@pytest.mark.timeout(200)
def test_the_command_takes_an_order_from_the_wish_to_the_closed_record(tmp_path: Path) -> None:
    words = ("procedure", "run", "extract-server", "--demo", "--script", str(SCRIPT))
    data = tmp_path / "data"
    ended = tankside(tmp_path, *words, "--data", str(data), "--json", timeout_s=180)
    assert ended.returncode == 0, ended.stderr
    events = [json.loads(line) for line in ended.stdout.splitlines()]
    kinds = [event["kind"] for event in events]
    assert kinds.index("work.begun") < kinds.index("work.accepted_heat")
    assert kinds.index("work.finished") < kinds.index("order.verified")
    states = [e["body"]["to"] for e in events if e["kind"] == "order.moved"]
    assert states == ["planned", "ready", "in_progress", "review", "closed"]
    assert kinds.count("alarm.suppressed") == kinds.count("alarm.unsuppressed") > 0
    assert all(event["recorded"] for event in events)
    assert LogReader(data).verify().ok


def test_a_script_that_is_wrong_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(
        "schema: script/1\ntarget: node-1\npeople: {technician: chen}\nsteps:\n  a: {abrt: x}\n"
    )
    ended = tankside(
        tmp_path, "procedure", "run", "extract-server", "--demo", "--script", str(path)
    )
    assert ended.returncode == 2
    assert f"{path}:5:" in ended.stderr
    assert "abrt" in ended.stderr
    assert not ended.stdout
