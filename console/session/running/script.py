"""A script: what the people of a headless run measure, scan, answer and do to the equipment.

::

    schema: script/1
    target: node-1
    people: {technician: chen, verifier: wu, supervisor: okafor}
    steps:
      plan-the-lift: {values: {plate-mass: [55]}}
      open-the-lid: {world: [open_lid]}
      lift-half: {world: [hoist 0.5], overrides: {drop-half: The hoist jammed}}

What is not said goes well: labels read as they must, values lie in the middle of their limits, of
several answers the first is given. Of a list of values or labels each is given in turn until one
is taken. ``world`` is done after the step is started: acts of the simulated equipment
(``drivers.simulator.handling``), ``inject FAULT``, ``clear FAULT``, ``wait SECONDS``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator

from drivers.files import FileError, FileModel, faults_of, place_of
from procedures.yaml_text import read_yaml

GUIDE = "docs/procedures.md"


class StepScript(FileModel):
    """What happens in one step; every member may be left out.

    ``by`` and ``second`` name other people than those of the script; ``overrides`` maps a gate to
    the supervisor's reason, ``deviations`` what a deviation is about to its finding; ``fail`` says
    once that the step did not succeed; ``abort`` ends the work there; ``suspend`` hands it over;
    ``rush`` signs once before everything is there, which is refused; ``skip`` leaves it out for
    that reason of its author.
    """

    by: str = ""
    second: str = ""
    world: tuple[str, ...] = ()
    values: dict[str, tuple[float, ...]] = Field(default_factory=dict)
    labels: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    answer: str = ""
    overrides: dict[str, str] = Field(default_factory=dict)
    deviations: dict[str, str] = Field(default_factory=dict)
    note: str = ""
    fail: str = ""
    abort: str = ""
    suspend: str = ""
    rush: bool = False
    skip: str = ""


class People(FileModel):
    """Who fills each place."""

    technician: str
    verifier: str
    supervisor: str


class Script(FileModel):
    """The whole script. ``order`` is the title of a work order to run it under, empty for none."""

    schema_: Literal["script/1"] = Field(alias="schema")
    target: str
    people: People
    language: str = "en"
    order: str = ""
    planner: str = ""
    settle_s: float = Field(default=0.0, ge=0, le=86_400)
    steps: dict[str, StepScript] = Field(default_factory=dict)

    @field_validator("steps")
    @classmethod
    def _acts_are_words(cls, steps: dict[str, StepScript]) -> dict[str, StepScript]:
        for name, step in steps.items():
            if any(not act.strip() for act in step.world):
                raise ValueError(f"{name} world: an act is a word")
        return steps

    def step(self, name: str) -> StepScript:
        """Return what happens in a step."""
        return self.steps.get(name, _USUAL)


_USUAL = StepScript()


def load_script(path: Path) -> Script:
    """Read a script; raises FileError with file, line and column."""
    text = read_yaml(path)
    try:
        return Script.model_validate(text.data)
    except ValidationError as error:
        faults = (
            f"{text.at(fault.path)}: {place_of(fault.path, text.data)}: {fault.text}"
            for fault in faults_of(error, GUIDE)
        )
        raise FileError("\n".join(faults)) from None
