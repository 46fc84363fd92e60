"""A GPU's points with its own limits: what it says of itself, else what its model is known for.

A GPU that tells its thermal margin is watched by that alone: under uneven load its core
temperature is up to 10 K below what the margin is measured from (captures of H100 with MIG), so
limits on both would be two alarms for one thing, one of them wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from drivers.gpu.models import GpuModel, gpu_model
from drivers.gpu.points import gpu_schema
from drivers.points import Level, Limit, Point, Schema

_HYSTERESIS_K = 2.0
_MARGIN_LEVELS = {
    "max_operating": (Level.LOWER_CAUTION, 10.0),
    "slowdown": (Level.LOWER_CRITICAL, 5.0),
    "shutdown": (Level.LOWER_FATAL, 0.0),
}
_CORE_LEVELS = {
    "max_operating": (Level.UPPER_CAUTION, 10.0),
    "slowdown": (Level.UPPER_CRITICAL, 5.0),
    "shutdown": (Level.UPPER_FATAL, 0.0),
}
_POWER_HEADROOM = 1.15


def schema_for(model: str, own_limits: Mapping[str, float], *, has_margin: bool) -> Schema:
    """Return the schema of a GPU by its model's name; the same object for the same facts."""
    return _schema(model, tuple(sorted(own_limits.items())), has_margin)


@lru_cache(maxsize=256)
def _schema(model: str, own: tuple[tuple[str, float], ...], has_margin: bool) -> Schema:
    known = gpu_model(model)
    facts = _known_limits(known, has_margin=has_margin) | _own_limits(own, has_margin=has_margin)
    levels = _MARGIN_LEVELS if has_margin else _CORE_LEVELS
    limits = tuple(
        Limit(level, facts[name], dwell_s, _HYSTERESIS_K)
        for name, (level, dwell_s) in levels.items()
        if name in facts
    )
    watched = "thermal_margin" if has_margin else "core_temperature"
    changed: dict[str, Point] = {}
    shared = gpu_schema()
    if limits:
        changed[watched] = replace(shared[watched], limits=limits)
    tdp_w = known.tdp_w if known else None
    for key in ("power", "power_instant"):
        if tdp_w is not None:
            changed[key] = replace(shared[key], high=round(tdp_w * _POWER_HEADROOM))
    return Schema(tuple(changed.get(point.key, point) for point in shared)) if changed else shared


def _known_limits(model: GpuModel | None, *, has_margin: bool) -> dict[str, float]:
    """What the model is known for, by the words of the levels; what is not known is not there."""
    ending = "offset_k" if has_margin else "c"
    found = {name: getattr(model, f"{name}_{ending}", None) for name in _CORE_LEVELS}
    return {name: value for name, value in found.items() if value is not None}


def _own_limits(own: tuple[tuple[str, float], ...], *, has_margin: bool) -> dict[str, float]:
    ending = "_margin" if has_margin else ""
    told = dict(own)
    return {name: told[name + ending] for name in _CORE_LEVELS if name + ending in told}
