"""The points of a GPU and the exporter field each comes from, read from ``resources/gpu``."""

from __future__ import annotations

from functools import cache

from pydantic import Field

import resources
from drivers.files import FileModel, parse, read_toml
from drivers.limits import LimitsSpec
from drivers.points import Point, Schema


class GpuPointSpec(FileModel):
    """One point of a GPU as written in the resource file."""

    key: str
    name: str
    field: str
    older_fields: tuple[str, ...] = ()
    unit: str = ""
    precision: int = 1
    display: tuple[float, float] = (0.0, 100.0)
    valid: tuple[float, float] | None = None
    states: dict[int, str] = Field(default_factory=dict)
    flags: dict[int, str] = Field(default_factory=dict)
    limits: LimitsSpec = LimitsSpec()

    def point(self) -> Point:
        """Return what the rest of the program needs to know of it."""
        return Point(
            key=self.key,
            name=self.name,
            unit=self.unit,
            precision=self.precision,
            low=self.display[0],
            high=self.display[1],
            group="Processor",
            limits=self.limits.limits(),
            states=self.states,
            flags=self.flags,
            register=self.field,
        )


class GpuPoints(FileModel):
    """The whole file."""

    point: tuple[GpuPointSpec, ...]


@cache
def gpu_points() -> tuple[GpuPointSpec, ...]:
    """Return the points in file order."""
    path = resources.path("gpu", "points.toml")
    return parse(GpuPoints, read_toml(path), path).point


@cache
def gpu_schema() -> Schema:
    """Return the one schema that every GPU shares."""
    return Schema(tuple(spec.point() for spec in gpu_points()))
