"""Is a GPU too hot, and is it the GPU or the tank? Pure functions over its readings.

Safety is judged by the thermal margin that the driver reports. The core temperature is another
sensor, up to 10 K away from the spot that the margin follows; it is used only without a margin.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from console.health.gpu_rules import HeatSign, Verdict, gpu_rules
from drivers.gpu.models import GpuModel


class Neighbours(NamedTuple):
    """How many of the other GPUs in the tank are hot, of those whose state is known."""

    hot: int
    known: int


def known(values: Mapping[str, float | None], key: str) -> float | None:
    """Return a value if there is one: None and numbers that are none both give None."""
    value = values.get(key)
    return value if value is not None and math.isfinite(value) else None


def heat_signs(
    values: Mapping[str, float | None],
    model: GpuModel | None = None,
    limits: Mapping[str, float] | None = None,
) -> list[HeatSign]:
    """Return every sign that a GPU is too hot, the most urgent first; empty is not "cool".

    ``limits`` replaces a limit by the id of its sign: Cel, or K of margin.
    """
    own = limits or {}
    names = _by_margin(values, model, own)
    if names is None:
        names = _by_core(values, model, own) or []
    names += _by_throttling(values) + _by_memory(values, model, own)
    signs = [gpu_rules().heat.sign_of(name) for name in names]
    return sorted(signs, key=lambda sign: sign.severity)


def is_hot(
    values: Mapping[str, float | None],
    model: GpuModel | None = None,
    limits: Mapping[str, float] | None = None,
) -> bool | None:
    """Return whether a GPU is too hot; None where its readings cannot tell."""
    if heat_signs(values, model, limits):
        return True
    margin_told = known(values, "thermal_margin") is not None
    core_told = _by_core(values, model, limits or {}) is not None
    return False if margin_told or core_told else None


def neighbours(states: Sequence[bool | None]) -> Neighbours:
    """Count the other GPUs of a tank: True hot, False not, None not known."""
    told = [state for state in states if state is not None]
    return Neighbours(sum(told), len(told))


def heat_verdict(others: Neighbours) -> tuple[str, Verdict]:
    """Return ``one``, ``many`` or ``unclear`` and what follows from it."""
    heat = gpu_rules().heat
    if others.known >= heat.few_known:
        share = others.hot / others.known
        if share >= heat.many_share:
            return "many", heat.many
        if share <= heat.one_share:
            return "one", heat.one
    return "unclear", heat.unclear


def _by_margin(
    values: Mapping[str, float | None], model: GpuModel | None, own: Mapping[str, float]
) -> list[str] | None:
    """Signs in the margin; None without a margin. The slowdown offset is 0 or below."""
    margin_k = known(values, "thermal_margin")
    if margin_k is None:
        return None
    offset_k = own.get("margin-slowdown", model.slowdown_offset_k if model else None)
    if offset_k is not None and margin_k <= offset_k:
        return ["margin-slowdown"]
    return ["margin-used-up"] if margin_k <= own.get("margin-used-up", 0.0) else []


def _by_core(
    values: Mapping[str, float | None], model: GpuModel | None, own: Mapping[str, float]
) -> list[str] | None:
    """Signs in the core temperature; None where there is none or no limit is known."""
    core_c = known(values, "core_temperature")
    slowdown_c = own.get("core-slowdown", model.slowdown_c if model else None)
    highest_c = own.get("core-max-operating", model.max_operating_c if model else None)
    if core_c is None or (slowdown_c is None and highest_c is None):
        return None
    if slowdown_c is not None and core_c >= slowdown_c:
        return ["core-slowdown"]
    return ["core-max-operating"] if highest_c is not None and core_c > highest_c else []


def _by_throttling(values: Mapping[str, float | None]) -> list[str]:
    reasons = known(values, "throttle_reasons")
    hot = reasons is not None and int(reasons) & gpu_rules().heat.throttle_bits
    return ["thermal-throttle"] if hot else []


def _by_memory(
    values: Mapping[str, float | None], model: GpuModel | None, own: Mapping[str, float]
) -> list[str]:
    memory_c = known(values, "memory_temperature")
    limit_c = own.get("memory-hot", model.memory_slowdown_c if model else None)
    hot = memory_c is not None and limit_c is not None and memory_c >= limit_c
    return ["memory-hot"] if hot else []
