"""What nvidia-smi prints where, read from ``resources/gpu/smi.toml``."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Annotated

from pydantic import BeforeValidator

import resources
from drivers.files import FileModel, parse, read_toml
from drivers.points import Reason


def _places(value: object) -> object:
    """A single place is written without brackets."""
    return [value] if isinstance(value, str) else value


Places = Annotated[tuple[str, ...], BeforeValidator(_places)]


class SmiValue(FileModel):
    """Where ``-q`` has a point: one way to find it after the other, each one or more places."""

    key: str
    unit: str = ""
    at: tuple[Places, ...]
    instead: str = ""


class SmiThrottle(FileModel):
    """The section that lists throttle reasons, and the bit of each line."""

    sections: tuple[str, ...]
    bits: dict[str, int]


class SmiSpec(FileModel):
    """The whole file (its head explains the members)."""

    value: tuple[SmiValue, ...]
    order: dict[str, tuple[str, ...]]
    throttle: SmiThrottle
    limits: dict[str, str]
    identity: dict[str, tuple[str, ...]]
    columns: dict[str, tuple[str, ...]]
    units: dict[str, str]
    words: dict[str, dict[str, int]]
    absent: dict[str, str]

    @cached_property
    def reasons(self) -> dict[str, Reason]:
        """What is printed in place of a value, in lower case, and the reason it stands for."""
        return {word.lower(): Reason[reason.upper()] for word, reason in self.absent.items()}


def sections_of(place: str) -> list[str]:
    """Return the sections that a place lies in, outermost first: ``A``, ``A/B`` of ``A/B/C``."""
    names = place.split("/")
    return ["/".join(names[:n]) for n in range(1, len(names))]


@cache
def smi_spec() -> SmiSpec:
    """Return the table."""
    path = resources.path("gpu", "smi.toml")
    return parse(SmiSpec, read_toml(path), path)
