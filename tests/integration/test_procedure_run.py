"""The whole extraction of a server, headless, on the simulator: what the console adds to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from console.alarms.states import State
from console.history.reader import LogReader
from console.history.status import StorageReason, StorageState
from console.history.telemetry_reader import TelemetryReader
from console.history.trouble import StorageError
from console.session.running import bind
from console.session.running.binding import BindingError
from console.session.running.drive import Driver
from console.session.running.evidence import proves
from procedures.engine import commands as cmd
from procedures.engine.state import Run, RunStatus, StepStatus
from tests.integration.run_kit import (
    HOST,
    TANK,
    UNSTEADY,
    begin,
    bodies,
    crew_of,
    on_paused,
    script,
    shipped,
    short,
)

WITHIN = 0.15


def at(step: str, status: StepStatus = StepStatus.READY) -> Callable[[Run], bool]:
    """Say whether a run has come to a step."""
    return lambda run: bool(
        run.current and run.current.step == step and run.current.status is status
    )


def held(driver: Driver) -> set[tuple[str, str]]:
    """Subject and alarm of everything that work holds back now, by what is on the disk."""
    driver.look()
    _until(driver, lambda: not driver.session.history.feed.waiting)
    driver.look()
    return {
        (status.key.subject, status.key.alarm)
        for status in driver.session.book.statuses()
        if any(by.startswith("work:") for by in status.suppressors)
    }


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A whole run of the shipped extraction, and what was seen on the way."""
    folder = tmp_path_factory.mktemp("run")
    seen: dict[str, Any] = {}
    with on_paused(folder, before_s=1200.0) as (stage, driver):
        name = begin(driver, shipped())
        crew = crew_of(stage, shipped())
        driver.drive(name, crew, until=at("lift-clear", StepStatus.OPEN))
        seen["held in the lift"] = held(driver)
        view = driver.desk.view(name)
        seen["expected in the lift"] = view.expected if view else None
        driver.drive(name, crew, until=at("drip"))
        seen["lid while dripping"] = driver.session.view(TANK)["lid.state"].value
        seen["shown while dripping"] = {
            status.key.alarm
            for status in driver.session.book.alarms()
            if not status.state.is_set_aside
        }
        seen["run"] = driver.drive(name, crew)
        driver.look()
        driver.gather()
        seen["held after"] = held(driver)
        seen["problems"] = driver.desk.view(name).problems  # type: ignore[union-attr]
    return folder, seen


def test_it_comes_to_its_end_and_the_log_verifies(done: tuple[Path, dict[str, Any]]) -> None:
    folder, seen = done
    assert seen["run"].status is RunStatus.FINISHED
    assert seen["problems"] == ()
    assert LogReader(folder).verify().ok
    steps = [body["step"] for body in bodies(folder, "work.step_done")]
    assert steps == list(shipped().procedure.order)


def test_exactly_the_expected_alarms_are_held_back_and_given_back(
    done: tuple[Path, dict[str, Any]],
) -> None:
    _folder, seen = done
    wanted = {(part, alarm) for part, alarm in seen["expected in the lift"]}
    assert {(TANK, "lid-open-running"), (TANK, "level-low"), (HOST, "host-silent")} <= wanted
    assert {f"{HOST}/gpu{n}" for n in (0, 1)} <= {p for p, a in wanted if a == "gpu-silent"}
    exist = {pair for pair in wanted if pair in seen["held in the lift"]}
    assert seen["held in the lift"] == exist
    assert (TANK, "level-low") in exist
    assert seen["shown while dripping"] == set()
    assert seen["held after"] == set()


def test_the_level_falls_as_predicted(done: tuple[Path, dict[str, Any]]) -> None:
    folder, _seen = done
    (before,) = bodies(folder, "work.level_before")
    evidence = {body["step"]: body for body in bodies(folder, "work.evidence")}
    derived = evidence["tilt-and-drain"]["derived"]
    assert derived["level_drop_predicted"] == pytest.approx(12.0 / 0.6)  # 12 L over 0.6 m2
    measured = derived["level_drop"]
    assert measured == pytest.approx(derived["level_drop_predicted"], rel=WITHIN)
    assert evidence["lift-half"]["derived"]["level_drop_predicted"] == pytest.approx(10.0)
    reader = TelemetryReader(folder)
    us = evidence["tilt-and-drain"]["until_us"]
    level = reader.range(TANK, "level", us - 20_000_000, us).values.mean()
    assert before["level_mm"] - level == pytest.approx(derived["level_drop_predicted"], rel=WITHIN)


def test_every_step_has_evidence_that_can_be_proven(done: tuple[Path, dict[str, Any]]) -> None:
    folder, _seen = done
    reader, told = TelemetryReader(folder), bodies(folder, "work.evidence")
    assert [body["step"] for body in told] == list(shipped().procedure.order)
    assert all(proves(reader, body) for body in told)
    drip = next(body for body in told if body["step"] == "drip")
    assert drip["until_us"] - drip["from_us"] > 1_700_000_000
    assert all(point["samples"] > 800 for point in drip["points"])
    forged = {**drip, "points": [{**drip["points"][0], "mean": 0.0}, *drip["points"][1:]]}
    assert not proves(reader, forged)
    idle = next(body for body in told if body["step"] == "idle")
    gpus = {point["part"] for point in idle["points"] if point["point"] == "utilization"}
    assert gpus == {f"{HOST}/gpu0", f"{HOST}/gpu1"}


def test_the_return_to_service_is_accepted_by_thermal_resistance(
    done: tuple[Path, dict[str, Any]],
) -> None:
    folder, _seen = done
    (accepted,) = bodies(folder, "work.accepted_heat")
    assert set(accepted["change_percent"]) == {f"{HOST}/gpu0", f"{HOST}/gpu1"}
    assert all(abs(change) < 5 for change in accepted["change_percent"].values())
    assert all(0.03 < k_w < 0.08 for k_w in accepted["before_k_w"].values())


def test_the_open_lid_is_timed(done: tuple[Path, dict[str, Any]]) -> None:
    folder, _seen = done
    (finished,) = bodies(folder, "work.finished")
    assert set(finished["clocks_s"]) == {"lid-open", "lid-open-again"}
    assert 100 < finished["clocks_s"]["lid-open"] < 2400


def test_worse_contact_after_the_work_is_not_accepted(tmp_path: Path) -> None:
    told = script(**{"do-the-work": {"world": ["inject paste_drift node-1"]}})
    with on_paused(tmp_path, before_s=1200.0) as (stage, driver):
        name = begin(driver, shipped())
        crew = crew_of(stage, shipped(), told)
        driver.drive(name, crew, until=at("burn-in", StepStatus.OPEN))
        stage.world("burn_in")
        for _ in range(700):
            driver.pace.rest()
            driver.look()
        view = driver.desk.view(name, "chen")
        assert view is not None
        gates = {state.gate.id: state for state in view.standing.gates}
        assert gates["loaded"].passes
        assert not gates["as-cool-as-before"].passes
        assert "thermal_resistance_change" in str(gates["as-cool-as-before"].needs[0])


def test_a_leak_alarms_and_holds_the_work(tmp_path: Path) -> None:
    with on_paused(tmp_path) as (stage, driver):
        name = begin(driver, short(60))
        crew = crew_of(stage, short(60), script(burn_in=UNSTEADY))
        driver.drive(name, crew, until=at("cables-off", StepStatus.OPEN))
        stage.world("inject slow_leak tank-1")
        run = driver.drive(name, crew, until=lambda r: bool(r.current and r.current.held))
        assert run.current
        assert run.current.held == ("no-leak",)
        driver.look()
        shown = {s.key.alarm: s for s in driver.session.book.alarms() if s.key.subject == TANK}
        leaks = [status for alarm, status in shown.items() if "leak" in alarm]
        assert leaks
        assert all(status.state is State.UNACKNOWLEDGED for status in leaks)
        refused = driver.desk.ask(name, cmd.Complete(run.current.step, "chen"))
        assert [reason.code for reason in refused.refusals] == ["held"]
        stage.world("clear slow_leak tank-1")
        run = driver.drive(name, crew)
        assert run.status is RunStatus.FINISHED
    assert bodies(tmp_path, "work.step_released")[0]["held"] == ["no-leak"]


def test_an_abort_in_the_lift_makes_safe_and_gives_the_alarms_back(tmp_path: Path) -> None:
    told = script(
        lift_clear={"abort": "The hoist jammed"},
        ms_lower={"world": ["hoist 0"]},
        ms_lowered_close={"world": ["close_lid"]},
    )
    with on_paused(tmp_path) as (stage, driver):
        name = begin(driver, short(60))
        crew = crew_of(stage, short(60), told)
        driver.drive(name, crew, until=at("lift-clear", StepStatus.OPEN))
        before = held(driver)
        assert (TANK, "level-low") in before
        run = driver.drive(name, crew, until=lambda r: r.current is None)
        assert run.status is RunStatus.ABORTING  # every step of the way is done; nobody closed it
        assert held(driver) == before
        assert driver.drive(name, crew).status is RunStatus.SAFE
        assert held(driver) == set()
    (safe,) = bodies(tmp_path, "work.made_safe")
    assert safe["safe_state"] == "in-fluid-isolated"
    log = LogReader(tmp_path)
    taken, given = (
        sorted((event.subject, event.body["alarm"]) for event in log.of_kinds([kind]))
        for kind in ("alarm.suppressed", "alarm.unsuppressed")
    )
    assert (TANK, "level-low") in taken
    assert taken == given


def test_wrong_labels_and_values_are_refused_and_recorded(tmp_path: Path) -> None:
    told = script(
        find_the_tank={"labels": {"tank-label": ["tank-9", "tank-1"]}},
        plan_the_lift={"values": {"plate-mass": [2, 55]}},
    )
    with on_paused(tmp_path) as (stage, driver):
        name = begin(driver, short(60))
        driver.drive(name, crew_of(stage, short(60), told), until=at("no-alarms"))
    (refusal,) = bodies(tmp_path, "work.refused")
    assert [reason["code"] for reason in refusal["reasons"]] == ["scan_wrong"]
    mass = [body["number"] for body in bodies(tmp_path, "work.value_recorded")]
    assert mass == [2.0, 55.0]


def test_equipment_in_use_is_refused_to_other_work(tmp_path: Path) -> None:
    with on_paused(tmp_path) as (_stage, driver):
        begin(driver, short(60))
        with pytest.raises(ValueError, match="R-1"):
            begin(driver, short(60), host="node-2", run="R-2")  # the tank is one and the same
        assert [run.id for run in driver.desk.open()] == ["R-1"]


def test_a_draft_runs_in_training_only(tmp_path: Path) -> None:
    with on_paused(tmp_path) as (stage, driver):
        bound = bind(driver.session, short(60).procedure, HOST)
        from console.session.running import NewRun

        tools = {tool.id: 2**53 for tool in short(60).procedure.requires.tools}
        new = NewRun("chen", ("chen", "wu", "okafor"), "en", tools)
        _name, decision = driver.desk.begin(short(60), bound, new)
        assert [reason.code for reason in decision.refusals] == ["draft"]
        new = NewRun("chen", ("chen", "wu", "okafor"), "en", tools, training=True, run="T-1")
        name, decision = driver.desk.begin(short(60), bound, new)
        assert decision.is_allowed
        driver.settle()
        run = driver.drive(name, crew_of(stage, short(60)), until=at("cordon"))
        assert run.training


def test_unknown_equipment_is_named(tmp_path: Path) -> None:
    with (
        on_paused(tmp_path) as (_stage, driver),
        pytest.raises(BindingError, match="no node-9 in this site; there are tank-1, node-1"),
    ):
        bind(driver.session, shipped().procedure, "node-9")


def test_a_full_disk_moves_nothing_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected_logs: Callable[..., None]
) -> None:
    expected_logs("no room")
    with on_paused(tmp_path) as (stage, driver):
        name = begin(driver, short(60))
        crew = crew_of(stage, short(60))
        before = driver.drive(name, crew, until=at("no-alarms"))
        store = driver.session.history._writer._store
        trouble = StorageError(StorageReason.FULL, "There is no room on the disk.", tmp_path)

        def full(_batch: object) -> None:
            raise trouble

        with monkeypatch.context() as patch:
            patch.setattr(store, "append_events", full)
            assert driver.desk.ask(name, cmd.Start("no-alarms", "chen", "en")).is_allowed
            _until(driver, lambda: driver.session.history.status.state is StorageState.DEGRADED)
            view = driver.desk.view(name)
            assert view is not None
            assert view.run == before
            assert "no room" in view.waits
            again = driver.desk.ask(name, cmd.Start("no-alarms", "chen", "en"))
            assert [reason.code for reason in again.refusals] == ["storage"]
            assert "no room" in str(again.refusals[0])
        _until(driver, lambda: driver.desk.is_settled)
        after = driver.desk.view(name)
        assert after is not None
        assert after.run.current
        assert after.run.current.status is StepStatus.OPEN
        _until(driver, lambda: driver.session.history.status.state is StorageState.RECORDING)


def _until(driver: Driver, is_so: Callable[[], bool]) -> None:
    import time

    end_s = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end_s
        driver.look()
        time.sleep(0.01)


def test_a_restart_goes_on_at_the_same_step(tmp_path: Path) -> None:
    with on_paused(tmp_path) as (stage, driver):
        name = begin(driver, short(60))
        run = driver.drive(name, crew_of(stage, short(60)), until=at("lift-clear", StepStatus.OPEN))
        end_us = driver.session.now().utc_us + 60_000_000
    told = script(burn_in=UNSTEADY)
    with on_paused(tmp_path, before_s=0.0, end_us=end_us) as (stage, driver):
        view = driver.desk.view("R-1")
        assert view is not None
        assert view.run == run
        refused = driver.desk.ask("R-1", cmd.Complete("lift-clear", "chen"))
        assert [reason.code for reason in refused.refusals] == ["reopen"]
        crew = crew_of(stage, short(60), told)
        crew.catch_up(view.run)
        assert driver.drive("R-1", crew).status is RunStatus.FINISHED
        driver.gather()
    evidence = [body["step"] for body in bodies(tmp_path, "work.evidence")]
    assert sorted(evidence) == sorted(short(60).procedure.order)
    assert len(bodies(tmp_path, "work.level_before")) == 1
    (reopened,) = bodies(tmp_path, "work.reopened")
    assert reopened["gap_s"] == pytest.approx(60, abs=3)
