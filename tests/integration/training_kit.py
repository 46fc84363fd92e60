"""Trainings for tests: a site with people and PINs, scripts that play well, and who grants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import resources
from console.cli.train_stage import TrainingStage, training_folder, training_stage
from console.demo import PausedDemo
from console.session.running.script import Script, load_script
from console.training.headless import ScriptedTrainee
from console.training.inbox import take_results
from console.training.paper import Paper
from console.training.people import Trainee, trainee_named
from console.training.scenario import scenario_named
from console.work.book import WorkBook
from drivers.simulator.options import PlantOptions

EXTRACTION = resources.path("demo", "extract-server.script.yaml")
PEOPLE: dict[str, Any] = {"technician": "chen", "verifier": "wu", "supervisor": "okafor"}
PINS = {"chen": "480216", "wu": "917364"}
OUTSIDE: dict[str, Any] = {
    "comes-back": {"answer": "stays-out"},
    "top-up-fluid": {"world": ["pour 12"]},
    "is-back": {"answer": "slot-empty"},
    "cool-enough": {},
}
"""The server stays outside, and nobody has a gate overridden."""
BACK = {"ms-lower": {"world": ["hoist 0"]}, "ms-lowered-close": {"world": ["close_lid"]}}
WELL: dict[str, dict[str, Any]] = {
    "calm-extraction": OUTSIDE,
    "pump-fails-during-drip": {
        **OUTSIDE,
        "drip": {"world": ["wait 150", "acknowledge"], "note": "pump 1 of tank 1 tripped"},
    },
    "leak-during-lift": {
        **OUTSIDE,
        **BACK,
        "lift-half": {"world": ["hoist 0.5", "wait 30"], "abort": "The tank leaks"},
    },
    "wrong-slot-label": {"find-the-slot": {"abort": "The label reads slot 2"}},
    "loss-of-flow": {
        "cordon": {"world": ["drain"]},
        "which": {"answer": "pumps-stand"},
        "button": {"skip": "done"},
        "start-standby": {"skip": "no-way"},
        "does-it-flow": {"answer": "stands"},
        "shut-first": {"world": ["power_off"]},
        "shut-rest": {"world": ["others_off"]},
        "cause-found": {"answer": "stays-off"},
        "hold-steady": {},
    },
}
"""What a good trainee does differently from the demo's script of an extraction, by scenario."""


def script_of(scenario: str, **changes: Any) -> Script:
    """A script that plays a scenario well but for the changes (dashes as underscores)."""
    is_extraction = scenario_named(scenario).procedure == "extract-server"
    steps: dict[str, Any] = {}
    if is_extraction:
        steps = load_script(EXTRACTION).model_dump(by_alias=True)["steps"]
    steps = {**steps, **WELL[scenario]}
    for name, change in changes.items():
        key = name.replace("_", "-")
        steps[key] = {**steps.get(key, {}), **change}
    told = {"schema": "script/1", "target": "node-1", "people": PEOPLE, "steps": steps}
    return Script.model_validate(told)


def sign_in(stage: TrainingStage, pin: str) -> list[str]:
    """Let the trainee in; returns what was refused."""
    refused: list[str] = []
    place = stage.trainer.place
    place.sign_in(stage.trainer.who.id, pin, lambda: None, refused.append)
    assert place.settle()
    return refused


@contextmanager
def played(
    scenario: str, folder: Path, who: Trainee, script: Script | None = None
) -> Iterator[TrainingStage]:
    """A training that was played to its end, its session still open."""
    with training_stage(scenario_named(scenario), who, folder, hurry=True) as stage:
        assert sign_in(stage, PINS[who.id]) == []
        stage.trainer.begin()
        ScriptedTrainee(stage.trainer, script or script_of(scenario)).play()
        yield stage


def trained(site: Path, scenario: str = "wrong-slot-label", script: Script | None = None) -> Paper:
    """Let chen train at a site with their real PIN; returns the sealed result."""
    told = scenario_named(scenario)
    folder = training_folder(site, told)
    with played(scenario, folder, trainee_named(site, "chen"), script) as stage:
        return stage.keep_result(by_script=False)


@contextmanager
def console_on(site: Path) -> Iterator[PausedDemo]:
    """A console on a site's folder, as it opens every day: it takes the results that wait."""
    demo = PausedDemo(site, PlantOptions(tanks=1, hosts=2, gpus_per_host=2), seconds=4.0)
    try:
        demo.session.furnish = lambda place: take_results(place, site, demo.session.clock)
        place = demo.session.open_work(wait=True)
        assert place.settle()
        yield demo
    finally:
        demo.close()


def book_of(site: Path) -> WorkBook:
    """What the site's log tells of people."""
    from console.cli.work_access import read_book

    return read_book(site)
