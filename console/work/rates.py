"""How often something fails: a rate with its interval, and the counts that it rests on.

A count of failures over a time is taken as Poisson; its rate is the Gamma posterior with Jeffreys'
prior, which gives an interval for no failures as well (Jeffreys 1946; Brown, Cai & DasGupta 2003).
Three failures in 41 GPU-years are 7.3 % a year, 90 % interval 2.6 to 17 %.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

YEAR_H = 8766.0
LEVEL = 0.90
_JEFFREYS = 0.5
_STEPS = 200


@dataclass(frozen=True, slots=True)
class Rate:
    """Failures in a time: counts first, for nothing else is known for certain.

    ``exposure_h`` is the sum of the hours of all pieces. The interval is that of ``LEVEL``.
    """

    failures: int
    exposure_h: float
    pieces: int

    @property
    def per_year(self) -> float | None:
        """Failures per piece and year; None without any time."""
        return self.failures / self.exposure_h * YEAR_H if self.exposure_h > 0 else None

    @property
    def interval_per_year(self) -> tuple[float, float] | None:
        """Between which rates it lies at 90 %; None without any time."""
        if self.exposure_h <= 0:
            return None
        shape = self.failures + _JEFFREYS
        tail = (1 - LEVEL) / 2
        low = gamma_quantile(shape, tail) if self.failures else 0.0
        years = self.exposure_h / YEAR_H
        return low / years, gamma_quantile(shape, 1 - tail) / years

    @property
    def mtbf_h(self) -> float | None:
        """Mean hours between failures; None while nothing has failed."""
        return self.exposure_h / self.failures if self.failures else None

    @property
    def mtbf_interval_h(self) -> tuple[float, float] | None:
        """Between which mean times it lies at 90 %; the upper end may be infinite."""
        found = self.interval_per_year
        if found is None:
            return None
        low, high = found
        return YEAR_H / high, YEAR_H / low if low > 0 else math.inf


@dataclass(frozen=True, slots=True)
class Spread:
    """Several durations: how many, the median, and between which the middle 80 % lie, hours."""

    count: int
    median_h: float
    low_h: float
    high_h: float


def spread(hours: list[float]) -> Spread | None:
    """Return the spread of durations; None of none."""
    if not hours:
        return None
    kept = sorted(hours)
    return Spread(len(kept), _quantile(kept, 0.5), _quantile(kept, 0.1), _quantile(kept, 0.9))


def share_interval(hits: int, of: int, level: float = LEVEL) -> tuple[float, float] | None:
    """Return between which shares ``hits`` of ``of`` lies (Wilson 1927); None of none."""
    if of <= 0:
        return None
    z = NormalDist().inv_cdf(1 - (1 - level) / 2)
    share, scale = hits / of, 1 + z * z / of
    middle = (share + z * z / (2 * of)) / scale
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / scale
    return max(middle - half, 0.0), min(middle + half, 1.0)


def gamma_quantile(shape: float, share: float) -> float:
    """Return the quantile of a Gamma distribution of scale 1, by halving."""
    low, high = 0.0, shape + 10 * math.sqrt(shape) + 10
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _gamma_below(shape, middle) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _gamma_below(shape: float, value: float) -> float:
    """Return the regularised lower incomplete gamma function, by its series."""
    if value <= 0:
        return 0.0
    if value > shape + 1:
        return 1 - _gamma_above(shape, value)
    term = total = 1 / shape
    number = shape
    while term > total * 1e-15:
        number += 1
        term *= value / number
        total += term
    return total * math.exp(shape * math.log(value) - value - math.lgamma(shape))


def _gamma_above(shape: float, value: float) -> float:
    """Return the upper function, by Lentz's continued fraction."""
    tiny = 1e-300
    b = value + 1 - shape
    c, d = 1 / tiny, 1 / b
    product = d
    for i in range(1, 500):
        a = -i * (i - shape)
        b += 2
        d = 1 / (a * d + b or tiny)
        c = b + a / c or tiny
        product *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return product * math.exp(shape * math.log(value) - value - math.lgamma(shape))


def _quantile(kept: list[float], share: float) -> float:
    at = share * (len(kept) - 1)
    below = math.floor(at)
    above = min(below + 1, len(kept) - 1)
    return kept[below] + (kept[above] - kept[below]) * (at - below)
