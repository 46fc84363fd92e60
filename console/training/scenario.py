"""A scenario: what goes wrong when, who plays along, what the trainee has to do, what it grants.

They lie in ``resources/training`` as YAML; docs/training.md lists every member.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, field_validator, model_validator

import resources
from console.text import LANGUAGES, language
from drivers.files import FileError, FileModel, faults_of, place_of
from drivers.simulator.fault_kinds import FaultKind, Parameter
from drivers.simulator.faults import fault_kind, with_defaults
from drivers.simulator.handling import ACTS
from procedures.yaml_text import YamlText, read_yaml

GUIDE = "docs/training.md"
Role = Literal["technician", "verifier", "supervisor"]
_ID = r"^[a-z0-9]+(-[a-z0-9]+)*$"
Id = Annotated[str, Field(pattern=_ID, max_length=60)]


def _in_every_language(text: dict[str, str]) -> dict[str, str]:
    missing = [code for code in LANGUAGES if not text.get(code, "").strip()]
    unknown = [code for code in text if code not in LANGUAGES]
    if missing or unknown:
        wanted = ", ".join(LANGUAGES)
        raise ValueError(f"a text needs words in each of {wanted} and in no other language")
    return text


Text = Annotated[dict[str, str], AfterValidator(_in_every_language)]


def said(text: dict[str, str]) -> str:
    """Return a text in the language in use."""
    return text.get(language(), text["en"])


class When(FileModel):
    """A moment: so long after the work began, or after a step was first started."""

    step: str = ""
    after_s: float = Field(default=0.0, ge=0, le=86_400)


class Fault(FileModel):
    """Something that goes wrong: ``inject: FAULT[:TARGET][,PARAMETER=VALUE]…``."""

    id: Id
    when: When
    inject: str
    lasts_s: float | None = Field(default=None, gt=0, le=86_400)

    @model_validator(mode="after")
    def _fault_is_known(self) -> Self:
        _ = self.kind, self.parameters
        return self

    @property
    def kind(self) -> FaultKind:
        """The kind of fault; raises ValueError naming those that there are."""
        return fault_kind(self.inject.partition(",")[0].partition(":")[0].strip())

    @property
    def target(self) -> str | None:
        """The tank or host it hits; None for the first one."""
        return self.inject.partition(",")[0].partition(":")[2].strip() or None

    @property
    def parameters(self) -> dict[str, Parameter]:
        """What is said of it; raises ValueError for an unknown parameter or a wrong value."""
        pairs = [part.partition("=") for part in self.inject.split(",")[1:]]
        given = {key.strip(): value.strip() for key, _, value in pairs}
        complete = with_defaults(self.kind, given)
        return {key: complete[key] for key in given}


class Label(FileModel):
    """What a label really reads, one after another as the trainee looks for another one."""

    scan: str
    reads: tuple[str, ...] = Field(min_length=1)


class Crew(FileModel):
    """Who plays what: the trainee one role, scripted colleagues the others.

    A colleague acts ``delay_s`` after there is something to sign, release or answer.
    ``grants_overrides``: whether the supervisor gives in when asked to let a gate pass.
    """

    trainee: Role = "technician"
    colleagues: tuple[Role, ...] = ()
    delay_s: float = Field(default=6.0, ge=0, le=120)
    grants_overrides: bool = True


class _Expected(FileModel):
    id: Id
    text: Text
    points: int = Field(ge=1, le=100)
    critical: bool = False


class Abort(_Expected):
    """Break the work off within so long after a fault began."""

    must: Literal["abort"]
    fault: str
    within_s: float = Field(gt=0, le=86_400)


class Acknowledge(_Expected):
    """Acknowledge an alarm that a fault raised within so long after it began."""

    must: Literal["acknowledge"]
    fault: str
    within_s: float = Field(gt=0, le=86_400)


class Report(_Expected):
    """Write a note or a deviation within so long after a fault began."""

    must: Literal["report"]
    fault: str
    within_s: float = Field(gt=0, le=86_400)


class DoStep(_Expected):
    """Have a step done within so long: after a fault began, or else after the work began."""

    must: Literal["do_step"]
    step: str
    fault: str = ""
    within_s: float = Field(gt=0, le=86_400)


class Answer(_Expected):
    """Answer the question of a step so, whenever it is asked."""

    must: Literal["answer"]
    step: str
    answer: str


class NoOverride(_Expected):
    """Never have one of these gates let pass that is not met; none named: no gate at all."""

    must: Literal["no_override"]
    gates: tuple[str, ...] = ()


class ReadLabels(_Expected):
    """Never enter anything else than what the label in front of one reads."""

    must: Literal["read_labels"]
    scans: tuple[str, ...] = Field(min_length=1)


class Finish(_Expected):
    """Bring the work to its end, or to a safe state."""

    must: Literal["finish", "make_safe"]


Expected = Annotated[
    Abort | Acknowledge | Report | DoStep | Answer | NoOverride | ReadLabels | Finish,
    Field(discriminator="must"),
]


class Grant(FileModel):
    """The qualification that passing grants, and how long it is valid."""

    qualification: Id
    valid_days: int = Field(ge=1, le=3650)


class Scenario(FileModel):
    """One scenario. ``par_s`` is a good time for the hands' work, without prescribed waiting.

    ``prepared`` are acts on the equipment (``setpoint 37``) ``before_s`` before the work begins.
    """

    schema_: Literal["training/1"] = Field(alias="schema")
    id: Id
    title: Text
    brief: Text
    procedure: str
    target: str
    crew: Crew = Crew()
    seed: int = Field(default=7, ge=0, le=2**31)
    before_s: float = Field(default=1500.0, ge=60, le=7200)
    prepared: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    labels: tuple[Label, ...] = ()
    must: tuple[Expected, ...] = Field(min_length=1)
    overrides_allowed: tuple[str, ...] = ()
    skips_allowed: tuple[str, ...] = ()
    par_s: float = Field(gt=0, le=86_400)
    step_par_s: dict[str, float] = Field(default_factory=dict)
    pass_mark: int = Field(ge=1, le=100)
    grant: Grant | None = None

    @field_validator("prepared")
    @classmethod
    def _acts_are_known(cls, acts: tuple[str, ...]) -> tuple[str, ...]:
        for act in acts:
            verb, amount = act_of(act)
            if verb not in ACTS:
                raise ValueError(f"there is no act {verb!r}; there are {', '.join(ACTS)}")
            if not math.isfinite(amount):
                raise ValueError(f"{act!r}: write the act and a number")
        return acts

    @model_validator(mode="after")
    def _ids_are_once(self) -> Self:
        for what, ids in (
            ("fault", [fault.id for fault in self.faults]),
            ("expected answer", [one.id for one in self.must]),
            ("label", [label.scan for label in self.labels]),
        ):
            twice = sorted({name for name in ids if ids.count(name) > 1})
            if twice:
                raise ValueError(f"{what} {twice[0]!r} is there twice; give each an id of its own")
        if self.crew.trainee in self.crew.colleagues:
            raise ValueError(f"crew: the trainee plays {self.crew.trainee}; take it off colleagues")
        return self


def act_of(words: str) -> tuple[str, float]:
    """Return an act and its amount: ``hoist 0.5``; without a number the amount is 1."""
    verb, _, amount = words.strip().partition(" ")
    try:
        return verb, float(amount) if amount else 1.0
    except ValueError:
        return verb, math.nan


def folder() -> Path:
    """Return where the shipped scenarios lie."""
    return resources.path("training")


def load_scenario(path: Path) -> tuple[Scenario, YamlText]:
    """Read a scenario and where each part of it stands; raises FileError with file and line.

    What it says of a procedure is checked by :func:`console.training.lint.faults_in`.
    """
    text = read_yaml(path)
    try:
        found = Scenario.model_validate(text.data)
    except ValidationError as error:
        raise FileError("\n".join(_sentences(error, text))) from None
    if found.id != path.stem:
        raise FileError(f"{text.at(('id',))}: id: must be {path.stem!r} like the file")
    return found, text


def _sentences(error: ValidationError, text: YamlText) -> list[str]:
    return [
        f"{text.at(fault.path)}: {place_of(fault.path, text.data)}: {fault.text}"
        for fault in faults_of(error, GUIDE)
    ]


def scenario_ids() -> list[str]:
    """Return the ids of the shipped scenarios."""
    return sorted(path.stem for path in folder().glob("*.yaml"))


def scenario_named(name: str) -> Scenario:
    """Return a shipped scenario by id, or that of a file ending in .yaml; raises FileError."""
    if name.endswith((".yaml", ".yml")):
        return load_scenario(Path(name))[0]
    if name not in scenario_ids():
        known = ", ".join(scenario_ids())
        raise FileError(f"there is no scenario {name!r}; there are {known}")
    return load_scenario(folder() / f"{name}.yaml")[0]
