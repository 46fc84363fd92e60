"""How long until a tank reaches its limit: the most valuable number while it heats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_LEAST_RISE_K_MIN = 0.3
"""Slower rises are load changes within the regulation of a healthy tank (caution is 1 K/min)."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """Where a rising temperature is going: slope in K/min, minutes until the limit, the limit."""

    slope_k_min: float
    minutes: float | None
    limit_c: float | None


def slope_k_min(age_s: NDArray[np.float64], values: NDArray[np.float32]) -> float | None:
    """Return the least-squares slope of a temperature in K/min; None below 10 s of good samples."""
    good = np.isfinite(values)
    ages, temperatures = age_s[good], values[good].astype(float)
    if len(ages) < 5 or ages[-1] - ages[0] < 10:
        return None
    centred = ages - ages.mean()
    return float((centred @ temperatures) / (centred @ centred) * 60)


def outlook(
    value_c: float, limits_c: list[float], age_s: NDArray[np.float64], values: NDArray[np.float32]
) -> Outlook | None:
    """Return the outlook of a temperature against the next limit above it.

    ``minutes`` is None while it does not rise by at least 0.3 K/min or no limit is left above.
    Returns None when there are too few samples to tell. Linear: over minutes the fluid's heat
    capacity makes heating at constant power a straight line (dT/dt = P / sum(m c)).
    """
    slope = slope_k_min(age_s, values)
    if slope is None:
        return None
    above = [limit for limit in sorted(limits_c) if limit > value_c]
    if not above or slope < _LEAST_RISE_K_MIN:
        return Outlook(slope, None, above[0] if above else None)
    return Outlook(slope, (above[0] - value_c) / slope, above[0])
