"""Whole runs of procedures for tests: a small site, short timers, people who follow a script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import resources
from console.cli.procedure_run import put_in_force
from console.cli.procedure_stage import Stage, driven, paused_stage, roster_of
from console.history.reader import LogReader
from console.session.running import NewRun, bind
from console.session.running.crew import Crew
from console.session.running.drive import Driver, Heard
from console.session.running.script import Script, load_script
from console.work.photos import PhotoStore
from drivers.simulator.options import PlantOptions
from procedures.document import LIBRARY, document_of, load_document
from procedures.revision import Revision, compile_procedure
from procedures.yaml_text import read_yaml

HOST, TANK = "node-1", "tank-1"
SCRIPT = resources.path("demo", "extract-server.script.yaml")
PEOPLE = resources.path("demo", "people.toml")
SMALL = PlantOptions(tanks=1, hosts=2, gpus_per_host=2, seed=7)
LEAST_TIMES = ("min_s", "for_s")


@cache
def shipped() -> Revision:
    """The shipped extraction."""
    return compile_procedure(load_document(LIBRARY / "extract-server.yaml").procedure)


@cache
def short(times: float) -> Revision:
    """The shipped extraction with what must last lasting so many times less: another revision."""
    text = read_yaml(LIBRARY / "extract-server.yaml")
    _shorten(text.data, times)
    return compile_procedure(document_of(text).procedure)


def _shorten(part: Any, times: float) -> None:
    if isinstance(part, dict):
        for key, value in part.items():
            if key in LEAST_TIMES:
                part[key] = value / times
            else:
                _shorten(value, times)
    elif isinstance(part, list):
        for one in part:
            _shorten(one, times)


def script(**steps: Mapping[str, Any]) -> Script:
    """The demo's script with other things happening in some steps (dashes as underscores)."""
    told = load_script(SCRIPT).model_dump(by_alias=True)
    for name, change in steps.items():
        key = name.replace("_", "-")
        told["steps"][key] = {**told["steps"].get(key, {}), **change}
    return Script.model_validate(told)


UNSTEADY = {"overrides": {"as-cool-as-before": "No steady load before the work to compare with"}}


@contextmanager
def driver_of(stage: Stage, heard: Heard = lambda _entry: None) -> Iterator[Driver]:
    """A driver with the demo's people."""
    people = roster_of(PEOPLE)
    with driven(stage, lambda: people, heard) as driver:
        yield driver


@contextmanager
def on_paused(
    folder: Path,
    heard: Heard = lambda _entry: None,
    before_s: float = 900.0,
    options: PlantOptions = SMALL,
    **more: Any,
) -> Iterator[tuple[Stage, Driver]]:
    """A small site whose clock moves only while people wait."""
    with (
        paused_stage(folder, options, HOST, before_s=before_s, **more) as stage,
        driver_of(stage, heard) as driver,
    ):
        yield stage, driver


def begin(
    driver: Driver, revision: Revision, *, host: str = HOST, run: str = "R-1", **changes: Any
) -> str:
    """Begin a run of an approved revision with everybody and everything there."""
    put_in_force(driver, revision)
    year_us = driver.session.now().utc_us + 10**13
    tools = {tool.id: year_us for tool in revision.procedure.requires.tools}
    told: dict[str, Any] = {"by": "chen", "crew": ("chen", "wu", "okafor"), "language": "en"}
    new = NewRun(**{**told, "tools": tools, "run": run, **changes})
    bound = bind(driver.session, revision.procedure, host)
    name, decision = driver.desk.begin(revision, bound, new)
    if decision.refusals:
        raise ValueError([str(reason) for reason in decision.refusals])
    driver.settle()
    return name


def crew_of(stage: Stage, revision: Revision, told: Script | None = None) -> Crew:
    """The people of a script."""
    photos = PhotoStore(stage.session.data)
    return Crew(told or script(), revision.procedure, stage.world, photos)


def bodies(folder: Path, *kinds: str) -> list[dict[str, Any]]:
    """The bodies of some kinds of event in the log, oldest first."""
    return [dict(event.body) for event in LogReader(folder).of_kinds(kinds)]
