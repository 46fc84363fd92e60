"""Scenarios as data: the shipped ones fit their procedures, wrong ones are refused in words."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from console.text import LANGUAGES
from console.training.lint import faults_in
from console.training.scenario import folder, load_scenario, scenario_ids, scenario_named
from drivers.files import FileError
from procedures.document import load_document, procedure_path
from procedures.spec import Procedure

GOOD = (folder() / "leak-during-lift.yaml").read_text(encoding="utf-8")


@cache
def procedure(name: str = "extract-server") -> Procedure:
    return load_document(procedure_path(name)).procedure


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "leak-during-lift.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def test_there_are_scenarios_for_calm_and_for_trouble() -> None:
    assert {
        "calm-extraction",
        "pump-fails-during-drip",
        "leak-during-lift",
        "wrong-slot-label",
        "loss-of-flow",
    } <= set(scenario_ids())


@pytest.mark.parametrize("name", scenario_ids())
def test_every_shipped_scenario_fits_its_procedure(name: str) -> None:
    scenario, text = load_scenario(folder() / f"{name}.yaml")
    assert faults_in(scenario, procedure(scenario.procedure), text) == []
    for words in (scenario.title, scenario.brief, *(one.text for one in scenario.must)):
        assert set(words) == set(LANGUAGES)
    assert scenario.grant is not None
    most = sum(one.points for one in scenario.must)
    assert 100 - most < scenario.pass_mark, "doing nothing that is asked for must not pass"


@pytest.mark.parametrize(
    ("old", "new", "why", "at"),
    [
        ("step: lift-half", "step: lift-hlaf", "there is no step 'lift-hlaf'", "lift-hlaf"),
        ("fault: leak", "fault: lake", "there is no fault 'lake'; there are leak", "fault: lake"),
        (
            "[verifier, supervisor]",
            "[verifier]",
            "the procedure needs 1 supervisor; add it to colleagues",
            "colleagues",
        ),
        (
            "slow_leak:tank-1",
            "slow_leak:node-1",
            "slow_leak hits a tank; write tank-1",
            "slow_leak:node-1",
        ),
        (
            "must: no_override",
            "must: no_override\n    gates: [dorp-half]",
            "there is no gate 'dorp-half'",
            "dorp-half",
        ),
        (
            "par_s: 1500",
            "overrides_allowed: [no-leak]\npar_s: 1500",
            "there is no gate with an override 'no-leak'",
            "overrides_allowed",
        ),
        (
            "par_s: 1500",
            "labels: [{scan: slot-lable, reads: [x]}]\npar_s: 1500",
            "there is no label 'slot-lable'",
            "slot-lable",
        ),
        (
            "par_s: 1500",
            "skips_allowed: [weigh]\npar_s: 1500",
            "step that may be skipped 'weigh'",
            "skips_allowed",
        ),
    ],
)
def test_a_name_that_the_procedure_does_not_have_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, why: str, at: str
) -> None:
    path = written(tmp_path, changed(old, new))
    scenario, text = load_scenario(path)
    found = faults_in(scenario, procedure(), text)
    assert len(found) == 1
    assert why in found[0]
    place, _, _ = found[0].partition(": ")
    line = int(place.rpartition(":")[0].rpartition(":")[2])
    words = path.read_text(encoding="utf-8").splitlines()[line - 1]
    assert at in words


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("slow_leak:tank-1,l_per_min=6", "slow_leek:tank-1", "unknown fault 'slow_leek'"),
        ("l_per_min=6", "litres=6", "slow_leak has no parameter 'litres'"),
        ("l_per_min=6", "l_per_min=much", "must be a float like 2.0"),
        ("pass_mark: 80", "pass_mark: 180", "pass_mark"),
        ("must: abort", "must: run_away", "run_away"),
        ("par_s: 1500", "par_s: 1500\npar: 3", "unknown key"),
        ("prepared: [setpoint 37]", "prepared: [sing 37]", "there is no act 'sing'"),
        ("prepared: [setpoint 37]", "prepared: [setpoint warm]", "write the act and a number"),
        ("id: leak-during-lift", "id: leak-in-lift", "must be 'leak-during-lift' like the file"),
        ("trainee: technician", "trainee: verifier", "take it off colleagues"),
        ("id: safe", "id: stop", "'stop' is there twice"),
        ("valid_days: 365", "valid_days: 0", "valid_days"),
    ],
)
def test_what_cannot_be_is_refused_with_file_and_line(
    tmp_path: Path, old: str, new: str, why: str
) -> None:
    path = written(tmp_path, changed(old, new))
    with pytest.raises(FileError) as caught:
        load_scenario(path)
    assert why in str(caught.value)
    assert str(path) in str(caught.value)
    assert str(caught.value).removeprefix(f"{path}:")[0].isdigit()


def test_a_text_without_chinese_is_refused(tmp_path: Path) -> None:
    text = "\n".join(
        line for line in GOOD.splitlines() if "起吊过程中发生泄漏" not in line or "brief" in line
    )
    with pytest.raises(FileError, match="a text needs words in each of en, zh_CN"):
        load_scenario(written(tmp_path, text))


def test_an_unknown_scenario_names_those_that_there_are() -> None:
    with pytest.raises(FileError, match="there is no scenario 'storm'; there are calm-extraction"):
        scenario_named("storm")
