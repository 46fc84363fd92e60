"""GPU models by the name that the driver reports: rated power, limits, features.

What is not known of a model is None and never guessed; a model that is not known at all is None.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cache
from typing import Literal

from pydantic import Field

import resources
from drivers.files import FileModel, parse, read_toml

_MAKERS = ("nvidia ", "amd ")
_MIG = re.compile(r" mig .*$")
_LONGEST_NAME = 200
Feature = Literal["thermal_margin", "memory_temperature", "ecc", "row_remap", "page_retirement"]


class GpuModel(FileModel):
    """What is known of a GPU model; None is "not known", False is "known not to be there".

    ``*_c`` are limits of the core temperature in Cel, ``*_offset_k`` limits of the thermal margin
    that the driver reports (T.Limit, 0 or below). ``mark`` says how good the source is.
    """

    id: str
    name: str
    vendor: str
    names: tuple[str, ...] = Field(min_length=1)
    tdp_w: float | None = None
    target_c: float | None = None
    max_operating_c: float | None = None
    slowdown_c: float | None = None
    shutdown_c: float | None = None
    memory_slowdown_c: float | None = None
    memory_shutdown_c: float | None = None
    max_operating_offset_k: float | None = Field(default=None, le=0)
    slowdown_offset_k: float | None = Field(default=None, le=0)
    shutdown_offset_k: float | None = Field(default=None, le=0)
    memory_offset_k: float | None = Field(default=None, le=0)
    thermal_margin: bool | None = None
    memory_temperature: bool | None = None
    ecc: bool | None = None
    row_remap: bool | None = None
    page_retirement: bool | None = None
    remap_banks: int | None = None
    source: str
    mark: Literal["stated", "computed", "secondary"]

    def lacks(self, feature: Feature) -> bool:
        """Whether the model is known not to have a feature; False where that is not known."""
        return getattr(self, feature) is False


class GpuModels(FileModel):
    """The whole file."""

    model: tuple[GpuModel, ...]


@cache
def gpu_models() -> tuple[GpuModel, ...]:
    """Return every model in file order; raises FileError for a damaged installation."""
    path = resources.path("gpu", "models.toml")
    return parse(GpuModels, read_toml(path), path).model


@cache
def gpu_model(reported: str) -> GpuModel | None:
    """Return the model of a name as a driver reports it, or None for one that is not known.

    ``NVIDIA H100 80GB HBM3``, ``H100 80GB HBM3 MIG 1g.10gb`` and other cases and spacing are one.
    """
    name = " ".join(reported[:_LONGEST_NAME].casefold().split())
    for maker in _MAKERS:
        name = name.removeprefix(maker)
    name = _MIG.sub("", name)
    for model in gpu_models():
        if any(fnmatchcase(name, pattern.casefold()) for pattern in model.names):
            return model
    return None
