"""Several jobs at once, handover between people, times over a restart, racks, boiling tanks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from console.session import Session
from console.session.running import bind
from console.session.running.binding import BindingError
from console.site import check_site
from drivers.files import FileError
from drivers.simulator.options import PlantOptions
from procedures.document import LIBRARY, load_document
from procedures.engine import commands as cmd
from procedures.engine.state import RunStatus, StepStatus
from procedures.revision import Revision, compile_procedure
from tests.integration.run_kit import (
    HOST,
    UNSTEADY,
    begin,
    bodies,
    crew_of,
    on_paused,
    script,
    short,
)
from tests.integration.test_procedure_run import at
from tests.integration.work_kit import works

TWO = PlantOptions(tanks=2, hosts=2, gpus_per_host=1, seed=7)


def procedure(name: str) -> Revision:
    return compile_procedure(load_document(LIBRARY / f"{name}.yaml").procedure)


def test_work_is_handed_over_from_one_person_to_another(tmp_path: Path) -> None:
    with works(tmp_path, before_s=900.0) as place:
        runs, name = place.place.runs, begin(place.driver, short(60))
        crew = crew_of(place.stage, short(60), script(burn_in=UNSTEADY))
        place.driver.drive(name, crew, until=at("cables-off", StepStatus.OPEN))
        held = place.stage.session.alarms.held_for(name)
        assert runs.ask(name, cmd.Suspend("chen", "cables 1 to 4 are off", "no power")).is_allowed
        place.settle()
        refused = runs.ask(name, cmd.Complete("cables-off", "chen"))
        assert [reason.code for reason in refused.refusals] == ["suspended"]
        place.rest(3)
        assert list(place.stage.session.alarms.held_for(name)) == list(held)  # still in the work
        refused = runs.ask(name, cmd.TakeOver("silva", "en"))  # a planner
        assert not refused.is_allowed
        place.settle()
        assert runs.ask(name, cmd.TakeOver("wu", "zh_CN")).is_allowed
        place.settle()
        view = runs.view(name, "wu")
        assert view
        assert view.run.current
        assert (view.run.current.executor, view.run.current.hands) == ("wu", ("chen", "wu"))
        refused = runs.ask(name, cmd.Complete("cables-off", "chen"))
        assert [reason.code for reason in refused.refusals] == ["executor"]
        place.settle()
    (given,) = bodies(tmp_path, "work.suspended")
    assert (given["state"], given["prohibitions"]) == ("cables 1 to 4 are off", "no power")
    assert given["remaining"][0] == "cables-off"
    (taken,) = bodies(tmp_path, "work.taken_over")
    assert (taken["giver"], taken["language"]) == ("chen", "zh_CN")


def test_two_jobs_on_two_tanks_share_a_person_and_nothing_else(tmp_path: Path) -> None:
    with works(tmp_path, options=TWO, before_s=900.0) as place:
        tanks = [host.tank for host in place.stage.session.hosts]
        assert len(set(tanks)) == 2
        hosts = [host.id for host in place.stage.session.hosts]
        names = [
            begin(place.driver, short(60), host=host, run=f"R-{number}")
            for number, host in enumerate(hosts)
        ]
        with pytest.raises(ValueError, match="is in use by R-0"):
            begin(place.driver, short(60), host=hosts[0], run="R-2")
        told = script(burn_in=UNSTEADY)
        crews = [crew_of(place.stage, short(60), told) for _ in hosts]
        for name, crew in zip(names, crews, strict=True):
            place.driver.drive(name, crew, until=at("cordon", StepStatus.OPEN))
        first, second = (place.place.runs.view(name) for name in names)
        assert first
        assert second
        assert first.run.current
        assert second.run.current
        assert first.run.current.executor == second.run.current.executor == "chen"
        assert place.place.runs.ask(names[0], cmd.Abort("chen", "the other one first")).is_allowed
        place.settle()
        first, second = (place.place.runs.view(name) for name in names)
        assert first
        assert second
        assert first.run.status is RunStatus.ABORTING
        assert second.run.status is RunStatus.RUNNING
        run = place.driver.drive(names[0], crews[0])
        assert run.status is RunStatus.SAFE
        begin(place.driver, short(60), host=hosts[0], run="R-3")  # the tank is free again
        assert {run.id for run in place.place.runs.open()} == {names[1], "R-3"}


def test_the_drip_goes_on_while_the_console_is_away(tmp_path: Path) -> None:
    """The shipped extraction: half an hour over the tank, of which the console sees a third."""
    revision = procedure("extract-server")
    with on_paused(tmp_path) as (stage, driver):
        name = begin(driver, revision)
        crew = crew_of(stage, revision, script(burn_in=UNSTEADY))
        driver.drive(name, crew, until=at("drip", StepStatus.OPEN))
        for _ in range(30):
            driver.pace.rest()
        view = driver.desk.view(name)
        assert view
        assert view.standing.timer
        spent_s, left_s = view.standing.timer.spent_s, view.standing.timer.to_min_s
        assert left_s
        assert left_s > 900
        clocks = {clock.clock.id: clock.spent_s for clock in view.standing.clocks}
        end_us = driver.session.now().utc_us + 600_000_000
    with on_paused(tmp_path, before_s=0.0, end_us=end_us) as (stage, driver):
        view = driver.desk.view(name)
        assert view
        assert view.standing.timer
        assert view.standing.timer.spent_s == pytest.approx(spent_s + 600, abs=5)
        assert view.standing.timer.to_min_s == pytest.approx(left_s - 600, abs=5)
        assert view.run.current
        assert not view.run.current.is_time_doubtful
        again = {clock.clock.id: clock.spent_s for clock in view.standing.clocks}
        assert again == pytest.approx(
            {clock: spent + 600 for clock, spent in clocks.items()}, abs=5
        )
        crew = crew_of(stage, revision, script(burn_in=UNSTEADY))
        crew.catch_up(view.run)
        driver.drive(name, crew, until=lambda run: run.is_open_in(driver.desk.session_id))
        refused = driver.desk.ask(name, cmd.Complete("drip", "chen"))
        assert "min_time" in {reason.code for reason in refused.refusals}
        run = driver.drive(name, crew, until=at("drip-still"))
        assert "drip" in run.done


def test_the_open_lid_is_timed_over_a_restart_and_told_once(tmp_path: Path) -> None:
    revision = short(60)
    (lid, *_) = revision.procedure.clocks
    with on_paused(tmp_path) as (stage, driver):
        name = begin(driver, revision)
        crew = crew_of(stage, revision)
        driver.drive(name, crew, until=lambda run: lid.id in run.clocks)
        view = driver.desk.view(name)
        assert view
        assert [clock.clock.id for clock in view.standing.clocks] == [lid.id]
        assert not view.standing.clocks[0].is_warning
        end_us = driver.session.now().utc_us + round((lid.max_s + 60) * 1e6)
    with on_paused(tmp_path, before_s=0.0, end_us=end_us) as (stage, driver):
        view = driver.desk.view(name)
        assert view
        assert view.standing.clocks[0].is_warning
        for _ in range(4):
            driver.look()
            driver.settle()
            driver.pace.rest()
        over = [b for b in bodies(tmp_path, "work.timer_overrun") if b["about"] == lid.id]
        assert len(over) == 1
        assert over[0]["seconds"] > lid.max_s
        view = driver.desk.view(name)
        assert view
        assert view.run.clocks_overrun == (lid.id,)


# ---- what a run is bound to ----


def test_a_server_in_a_rack_is_air_cooled_and_has_no_tank(tmp_path: Path) -> None:
    site: dict[str, Any] = {
        "site": {"id": "racks", "name": "Racks"},
        "host": [
            {"id": "r1", "name": "Rack 1", "url": "http://127.0.0.1:1/metrics", "rack": "R1/10"},
            {"id": "r2", "name": "Rack 2", "url": "http://127.0.0.1:1/metrics"},
        ],
    }
    session = Session(check_site(site, Path("site.toml")), tmp_path)
    bound = bind(session, procedure("swap-gpu-rack").procedure, "r1")
    assert (bound.asset.id, bound.asset.kind, bound.asset.cooling) == ("r1", "server", "air")
    assert bound.asset.is_rack
    assert bound.subjects["unit"] == ("R1/10",)
    assert bound.subjects["server"] == ("r1",)
    with pytest.raises(BindingError, match="known to be unit; name its part"):
        bind(session, procedure("swap-gpu-rack").procedure, "r2")
    named = bind(session, procedure("swap-gpu-rack").procedure, "r2", {"unit": ("R2/4",)})
    assert named.subjects["unit"] == ("R2/4",)
    with pytest.raises(BindingError, match="name its part"):
        bind(session, procedure("extract-server").procedure, "r1")
    site["host"][0] |= {"tank": "t"}
    with pytest.raises(FileError, match="'R1/10', but the host is in tank 't'"):
        check_site({**tank(), **site}, Path("site.toml"))


def test_work_in_a_rack_is_begun_and_work_in_a_tank_is_not(tmp_path: Path) -> None:
    rack = procedure("swap-gpu-rack")
    with works(tmp_path) as place:
        session, runs = place.stage.session, place.place.runs
        changed = tuple(
            host.model_copy(update={"tank": None, "slot": None}) if host.id == HOST else host
            for host in session.hosts
        )
        session.site = session.site.model_copy(update={"host": changed})
        from console.cli.procedure_run import put_in_force
        from console.session.running import NewRun

        put_in_force(place.driver, rack)
        tools = {tool.id: 2**53 for tool in rack.procedure.requires.tools}
        spares = {spare.id: "SN1" for spare in rack.procedure.requires.spares}
        new = NewRun("chen", ("chen", "wu", "okafor"), "en", tools, spares)
        unit = {"unit": ("R1/10",)}
        in_tank = bind(session, rack.procedure, "node-2", unit)
        refused = runs.begin(rack, in_tank, new)[1]
        assert {reason.code for reason in refused.refusals} == {"asset"}
        name, decision = runs.begin(rack, bind(session, rack.procedure, HOST, unit), new)
        assert decision.is_allowed, [str(reason) for reason in decision.refusals]
        place.settle()
        view = runs.view(name)
        assert view
        assert view.run.subject == HOST
        assert view.expected == frozenset() or all(part != "tank-1" for part, _ in view.expected)


def tank(**more: Any) -> dict[str, Any]:
    told = {
        "id": "t",
        "name": "T",
        "map": "generic-single-phase",
        "url": "tcp://127.0.0.1:1?unit=1",
    }
    return {"site": {"id": "s", "name": "S"}, "tank": [{**told, **more}]}


def cooling_of(folder: Path, site: dict[str, Any]) -> str:
    session = Session(check_site(site, Path("site.toml")), folder)
    return bind(session, procedure("respond-spill-leak").procedure, "t").asset.cooling


OURS = {"name": "Ours", "density_kg_m3": 800, "specific_heat_j_kgk": 2000, "expansion_per_k": 7e-4}


def test_fluid_or_tank_say_how_it_cools(tmp_path: Path) -> None:
    assert cooling_of(tmp_path, tank()) == "single_phase"
    boiling = tank(map="generic-two-phase", fluid="fluoroketone")
    assert cooling_of(tmp_path, boiling) == "two_phase"
    own = {**tank(fluid="ours", cooling="two_phase"), "fluid": {"ours": OURS}}
    assert cooling_of(tmp_path, own) == "two_phase"


def test_a_tank_of_which_it_is_not_known_is_not_worked_on(tmp_path: Path) -> None:
    unknown = {**tank(fluid="ours"), "fluid": {"ours": OURS}}
    with pytest.raises(BindingError, match="How t cools is not known; give its fluid a phase"):
        cooling_of(tmp_path, unknown)
    with pytest.raises(BindingError, match="single-phase but measures vapour_"):
        cooling_of(tmp_path, tank(map="generic-two-phase"))
    with pytest.raises(FileError, match="found 'two_phase', but its fluid 'gtl-light' is for"):
        check_site(tank(cooling="two_phase"), Path("site.toml"))
