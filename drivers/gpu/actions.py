"""What a technician does about a GPU fault, read from ``resources/gpu/actions.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from pydantic import Field

import resources
from drivers.files import FileModel, parse, read_toml


class Extraction(StrEnum):
    """Whether the GPU has to come out of the tank."""

    NO = "no"
    SECOND = "second"
    """Only when the same fault comes back within 24 h."""
    YES = "yes"


class Where(StrEnum):
    """Where the work is done."""

    REMOTE = "remote"
    AT_TANK = "at tank"


class Action(FileModel):
    """What to do: a title, two to five short steps, and what to keep as evidence.

    ``urgency``: 1 now, 2 today, 3 this week, 4 for the record. ``then_action`` is the id of what
    the second time within 24 h asks for.
    """

    id: str
    title: str
    urgency: int = Field(ge=1, le=4)
    where: Where
    extraction: Extraction
    then_action: str = ""
    steps: tuple[str, ...] = Field(min_length=2, max_length=5)
    evidence: tuple[str, ...] = ()


class ActionFile(FileModel):
    """The whole file; ``buckets`` are NVIDIA's action codes in plain words."""

    second_within_h: float = Field(gt=0)
    action: tuple[Action, ...]
    buckets: dict[str, str]


@cache
def _file() -> ActionFile:
    path = resources.path("gpu", "actions.toml")
    return parse(ActionFile, read_toml(path), path)


@cache
def actions() -> Mapping[str, Action]:
    """Return every action by id; raises FileError for a damaged installation."""
    return MappingProxyType({action.id: action for action in _file().action})


def action(action_id: str) -> Action:
    """Return an action; raises KeyError for an id that is not in the file."""
    return actions()[action_id]


def second_within_s() -> float:
    """Return how soon a fault must come back to count as the second time, in seconds."""
    return _file().second_within_h * 3600


def bucket_words(code: str) -> str:
    """Return NVIDIA's action code in plain words, or the code itself where it is not known."""
    return _file().buckets.get(code, code)


def buckets() -> Mapping[str, str]:
    """Return NVIDIA's action codes and their plain words."""
    return MappingProxyType(_file().buckets)
