"""The points of a GPU and what each kind of source calls them, read from ``resources/gpu``."""

from __future__ import annotations

from functools import cache

from pydantic import Field

import resources
from drivers.files import FileModel, parse, read_toml
from drivers.limits import LimitsSpec
from drivers.points import Point, Schema


class ExporterMetric(FileModel):
    """A metric of nvidia_gpu_exporter; its value times ``scale`` is in the point's unit."""

    name: str
    scale: float = 1.0


class GpuPointSpec(FileModel):
    """One point of a GPU as written in the resource file (its head explains the members)."""

    key: str
    name: str
    unit: str = ""
    precision: int = 1
    display: tuple[float, float] = (0.0, 100.0)
    valid: tuple[float, float] | None = None
    states: dict[int, str] = Field(default_factory=dict)
    flags: dict[int, str] = Field(default_factory=dict)
    limits: LimitsSpec = LimitsSpec()
    dcgm: tuple[str, ...] = ()
    sum: bool = False
    exporter: ExporterMetric | None = None
    csv: tuple[str, ...] = ()
    slow: bool = False

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
            register=self.dcgm[0] if self.dcgm else "",
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
    """Return the schema of a GPU of which no more is known: the limits that hold for every model.

    Every GPU has these points in this order; only limits and ranges differ between models.
    """
    return Schema(tuple(spec.point() for spec in gpu_points()))
