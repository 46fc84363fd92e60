"""Rates, spreads and shares in words: counts first, and honest where too little is known."""

from __future__ import annotations

import math

from console.text import tr
from console.ui import formats
from console.ui.setup_parts import Facts
from console.work.figures import Coverage, OrderFigures
from console.work.figures_report import ClockKept, FiguresReport, TankFluid, is_thin
from console.work.rates import YEAR_H, Rate, Spread
from console.work.step_norms import StepNorm
from console.work.step_times import LEAST_RUNS

DASH = "\N{EN DASH}"
_PER = 100
_DAY_H = 24.0


def years_words(hours: float) -> str:
    """Return a sum of service times in years: ``41.3``."""
    years = hours / YEAR_H
    return formats.decimal(years, 1 if years >= 0.1 or years == 0 else 2)


def per_100(per_year: float) -> str:
    """Return failures a year of a hundred pieces: ``7.3``."""
    amount = per_year * _PER
    return formats.decimal(amount, 1 if amount < 100 else 0)


def rate_words(rate: Rate) -> str:
    """Return a rate with its interval, or what little can be said."""
    interval, per_year = rate.interval_per_year, rate.per_year
    if interval is None or per_year is None:
        return tr("no time in service")
    low, high = interval
    if rate.failures == 0:
        return tr("none seen: below {high}", high=per_100(high))
    told = f"{per_100(per_year)} ({per_100(low)}{DASH}{per_100(high)})"
    return f"{told} \N{MIDDLE DOT} {tr('too few to say')}" if is_thin(rate) else told


def time_words(hours: float) -> str:
    """Return a long time in the unit that suits it."""
    if math.isinf(hours):
        return "\N{INFINITY}"
    if hours >= YEAR_H:
        return tr("{n} years", n=formats.decimal(hours / YEAR_H, 1))
    if hours >= 2 * _DAY_H:
        return tr("{n} d", n=formats.decimal(hours / _DAY_H, 0))
    if hours >= 2:
        return tr("{n} h", n=formats.decimal(hours, 1))
    return tr("{n} min", n=formats.decimal(hours * 60, 0))


def mtbf_words(rate: Rate) -> tuple[str, str]:
    """Return the mean time between failures and its interval; what it is at least without any."""
    interval = rate.mtbf_interval_h
    if interval is None:
        return formats.NOTHING, ""
    least_h, most_h = interval
    if rate.mtbf_h is None:
        return tr("at least {time}", time=time_words(least_h)), ""
    return time_words(rate.mtbf_h), f"{time_words(least_h)} {DASH} {time_words(most_h)}"


def spread_words(told: Spread | None) -> str:
    """Return a median with the middle 80 %: ``4.0 h (2.1 h - 9.8 h)``."""
    if told is None:
        return tr("none")
    middle = f"{time_words(told.low_h)} {DASH} {time_words(told.high_h)}"
    return f"{time_words(told.median_h)} ({middle})"


def share_words(hits: int, of: int, interval: tuple[float, float] | None) -> str:
    """Return a count of how many, with the interval of its share."""
    told = tr("{hits} of {all}", hits=hits, all=of)
    if interval is None:
        return told
    low, high = (formats.decimal(share * 100, 0) for share in interval)
    return f"{told}, {low}{DASH}{high}\N{NO-BREAK SPACE}%"


def order_facts(report: FiguresReport) -> Facts:
    """Return the figures of orders, by name."""
    told: OrderFigures = report.orders
    right = share_words(told.right_first_time, told.reviewed, report.right_first_time)
    return (
        (tr("Opened"), str(told.opened)),
        (tr("Closed"), str(told.closed)),
        (tr("Closed late"), tr("{hits} of {all}", hits=told.late, all=told.closed)),
        (tr("Right first time"), right),
        (tr("Time to close"), spread_words(told.to_close)),
        (tr("Equipment out of use"), tr("{n} h", n=formats.decimal(told.downtime_h, 1))),
        (tr("Labour"), tr("{n} h", n=formats.decimal(told.labour_h, 1))),
        *((tr("Kept: {clock}", clock=tr(one.name)), _kept(one)) for one in report.clocks),
    )


def _kept(clock: ClockKept) -> str:
    return tr("{hits} of {all}", hits=clock.kept, all=clock.of)


def fluid_words(tank: TankFluid) -> str:
    """Return what a tank lost, and what was put in; ``~`` where not all of it was measured."""
    lost = ("" if tank.is_measured else "~") + formats.decimal(tank.lost_l, 1)
    added = formats.decimal(tank.added_l, 1)
    return tr("{lost} L lost, {added} L added", lost=lost, added=added)


def coverage_words(one: Coverage) -> str:
    """Return how many people have a qualification, for how many it ends soon or has ended."""
    told = [tr("{n} valid", n=len(one.valid))]
    if one.expiring:
        told.append(tr("{n} ending", n=len(one.expiring)))
    if one.expired:
        told.append(tr("{n} ended", n=len(one.expired)))
    return ", ".join(told)


def minutes_words(seconds: float) -> str:
    """Return a step's time in minutes: ``12.5 min``."""
    return tr("{n} min", n=formats.decimal(seconds / 60, 1))


def norm_words(step: StepNorm) -> tuple[str, str, str]:
    """Return what a step usually takes, what was planned, and how they compare."""
    usual = f"{minutes_words(step.usual.mean_s)} \N{PLUS-MINUS SIGN} " + minutes_words(
        step.usual.sigma_s
    )
    planned = minutes_words(step.planned_s) if step.planned_s is not None else DASH
    if step.usual.runs < LEAST_RUNS:
        return usual, planned, tr("too few to say")
    if step.over_s is None:
        return usual, planned, ""
    more = step.over_s >= 0
    amount = minutes_words(abs(step.over_s))
    return usual, planned, (tr("{time} longer", time=amount) if more
                            else tr("{time} shorter", time=amount))  # fmt: skip
