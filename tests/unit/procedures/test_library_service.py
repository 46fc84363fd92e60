"""What the shipped service procedures may never let pass, and that each of their branches ends."""

from __future__ import annotations

from functools import cache

import pytest

from procedures.document import load_document, procedure_path
from procedures.dry_run import DryChoices, DryReport, dry_run
from procedures.engine.state import RunStatus
from procedures.revision import Revision, compile_procedure

SERVICE = (
    "re-immerse-server",
    "swap-gpu-immersed",
    "swap-gpu-rack",
    "open-two-phase-tank",
    "fluid-sampling",
    "top-up",
    "accept-new-server",
)
LOOPS = {("contacts-verdict", "dirty"), ("filled", "spoilt")}
"""Answers that lead back: somebody who always gives them is refused in the end."""


@cache
def revision(name: str) -> Revision:
    return compile_procedure(load_document(procedure_path(name)).procedure)


def stuck(report: DryReport) -> tuple[str, set[str]]:
    """Return the step that could not be passed, and why not."""
    assert report.run.current is not None
    return report.run.current.step, {reason.code for reason in report.stuck}


@pytest.mark.parametrize("name", SERVICE)
def test_every_branch_ends(name: str) -> None:
    whole = revision(name)
    for step in whole.procedure.steps.values():
        for answer in step.ask.answers if step.ask else ():
            report = dry_run(whole, DryChoices(answers={step.id: answer.id}))
            if (step.id, answer.id) in LOOPS:
                assert stuck(report) == (step.id, {"goto_spent"})
            else:
                assert (report.stuck, report.run.status) == ((), RunStatus.FINISHED)


@pytest.mark.parametrize(
    ("name", "reading", "value", "step"),
    [
        ("re-immerse-server", "tank.coolant_return_temperature", 55.0, "cool-enough"),
        ("re-immerse-server", "work.thermal_resistance_change", 25.0, "cooling-after"),
        ("re-immerse-server", "tank.leak[1].state", "leak", "no-alarms"),
        ("swap-gpu-rack", "server.row_remap_failure", "failed", "errors-clean"),
        ("swap-gpu-rack", "server.pcie_width", 8.0, "links"),
        ("open-two-phase-tank", "tank.vapour_concentration", 400.0, "vapour-before"),
        ("open-two-phase-tank", "tank.it_power", 20.0, "shut-down"),
        ("open-two-phase-tank", "tank.bath_temperature[1]", 48.0, "condense-time"),
        ("open-two-phase-tank", "tank.tank_pressure", 1.5, "no-pressure"),
        ("fluid-sampling", "tank.pump[1].state", "stopped", "pump-runs"),
        ("top-up", "work.level_deviation", 0.0, "really-low"),
        ("accept-new-server", "server.core_temperature", 91.0, "boot"),
    ],
)
def test_equipment_that_is_not_ready_stops_the_work(
    name: str, reading: str, value: float | str, step: str
) -> None:
    readings = {reading: value}
    if reading == "tank.coolant_return_temperature":
        readings["tank.bulk_temperature"] = value
    where, reasons = stuck(dry_run(revision(name), DryChoices(readings=readings)))
    assert (where, "limit" in reasons) == (step, True)


@pytest.mark.parametrize(
    ("name", "choices", "step", "code"),
    [
        ("swap-gpu-immersed", DryChoices(labels={"gpu-out": "SN-9"}), "old-serial", "scan_wrong"),
        ("swap-gpu-immersed", DryChoices(labels={"part-in": "PN-9"}), "new-gpu", "scan_wrong"),
        ("swap-gpu-immersed", DryChoices(values={"screws-in": 7}), "final-pass", "value_differs"),
        ("swap-gpu-rack", DryChoices(labels={"gpu-reported": "SN"}), "new-serial", "scan_wrong"),
        ("swap-gpu-rack", DryChoices(values={"torque-set": 9}), "torque-setting", "value_differs"),
        ("top-up", DryChoices(labels={"fluid-batch": "B9"}), "same-batch-scan", "scan_wrong"),
        ("top-up", DryChoices(values={"water-in-drum": 80}), "water-content", "value_outside"),
        ("accept-new-server", DryChoices(values={"gpus-found": 3}), "found-gpu", "value_differs"),
        (
            "accept-new-server",
            DryChoices(labels={"bmc-found": "1"}),
            "found-firmware",
            "scan_wrong",
        ),
        (
            "open-two-phase-tank",
            DryChoices(values={"oxygen-face": 18}),
            "breathing-air",
            "value_outside",
        ),
    ],
)
def test_what_people_find_wrong_stops_the_work(
    name: str, choices: DryChoices, step: str, code: str
) -> None:
    assert stuck(dry_run(revision(name), choices)) == (step, {code})


@pytest.mark.parametrize(
    ("name", "gates"),
    [
        ("re-immerse-server", {"dry", "touch-hard", "still-cool", "gpus-answer", "loaded"}),
        ("swap-gpu-rack", {"no-load", "gpus-answer", "no-remap-failure", "no-uncorrected"}),
        ("open-two-phase-tank", {"no-vapour", "no-heat", "bath-cool", "level-pressure", "clear"}),
        ("fluid-sampling", {"dry", "touch"}),
        ("accept-new-server", {"memory-seen", "gpus-answer", "no-remap-failure"}),
    ],
)
def test_gates_of_life_and_limb_cannot_be_overridden(name: str, gates: set[str]) -> None:
    procedure = revision(name).procedure
    found = {gate.id: gate for step in procedure.steps.values() for gate in step.gates}
    assert {gate for gate in gates if found[gate].override} == set()


def test_alarms_that_would_warn_of_a_mistake_are_not_held_back() -> None:
    held = {
        name: {expected.alarm for expected in revision(name).procedure.expects_alarms}
        for name in SERVICE
    }
    assert all("level-high" not in alarms for alarms in held.values())
    assert not held["open-two-phase-tank"] & {
        "vapour-outside",
        "tank-pressure",
        "heat-rejection-lost",
    }
    assert {"lid-open-running", "level-low"} <= held["re-immerse-server"]
