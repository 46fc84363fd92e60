"""Where ticks stand: round values on the one axis, round local times on the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from console.ui.curves.model import SECOND_US

_FINE_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800)
_HOURS_S = (3600, 7200, 10_800, 21_600, 43_200)
_DAYS = (1, 2, 7, 14)
_MONTHS = (1, 2, 3, 6)
_YEARS = (1, 2, 5, 10, 20, 50, 100)
_DAY_S, _MONTH_S, _YEAR_S = 86_400, 30.4 * 86_400, 365.25 * 86_400
_FIRST_S, _LAST_S = -60_000_000_000, 250_000_000_000


class Tick(NamedTuple):
    """A moment on the axis, its text, and the text of the day or year that begins there or ''."""

    utc_us: int
    text: str
    begins: str = ""


class TimeAxis(NamedTuple):
    """The ticks of a range, and the day or year at its beginning ('' where that is plain).

    It holds for later ranges of that length too until one ends after ``until_us`` or begins
    after ``day_us``: the next tick, the next day or year.
    """

    ticks: list[Tick]
    begins: str = ""
    until_us: int = 0
    day_us: int = 0


_Wording = Callable[[datetime], str]


def time_axis(start_us: int, end_us: int, most: float, now_us: int) -> TimeAxis:
    """Return the round local times in a range, at most about ``most`` of them.

    An hour that a clock change repeats has its ticks twice, one that it skips has none. Times
    come with their day unless all is today, days with their year, months and years alone.
    """
    start_s, end_s = start_us / SECOND_US, end_us / SECOND_US
    if end_s <= start_s or start_s < _FIRST_S or end_s > _LAST_S:
        return TimeAxis([])
    wanted_s = (end_s - start_s) / max(most, 1.0)
    found_s, text, begins = _round_times(start_s, end_s + 2 * wanted_s, wanted_s)
    times_s = [utc_s for utc_s in found_s if utc_s < end_s]
    until_s = found_s[len(times_s)] if len(found_s) > len(times_s) else end_s
    here = begins(_local(start_s))
    last = begins(_local(times_s[-1] if times_s else start_s))
    plain = begins is _day and here == last == _day(_local(now_us / SECOND_US))
    ticks, before = [], here
    for utc_s in times_s:
        local = _local(utc_s)
        name = begins(local)
        ticks.append(Tick(utc_s * SECOND_US, text(local), "" if name == before else name))
        before = name
    days = [tick.utc_us for tick in ticks if tick.begins]
    return TimeAxis(
        ticks, "" if plain else here, int(until_s * SECOND_US), days[0] if days else end_us
    )


def _round_times(
    start_s: float, end_s: float, wanted_s: float
) -> tuple[list[int], _Wording, _Wording]:
    """Return moments, how they read, and how the longer time that holds them reads."""
    for step in _FINE_S:
        if step >= wanted_s:
            return _fine(start_s, end_s, step), _seconds if step < 60 else _minutes, _day
    for step in _HOURS_S:
        if step >= wanted_s:
            return _walked(start_s, end_s, _hours(start_s, step)), _minutes, _day
    for days in _DAYS:
        if days * _DAY_S >= wanted_s:
            return _walked(start_s, end_s, _days(start_s, days)), _month_day, _year
    for months in _MONTHS:
        if months * _MONTH_S >= wanted_s:
            return _walked(start_s, end_s, _months(start_s, months)), _month, _nothing
    years = next((n for n in _YEARS if n * _YEAR_S >= wanted_s), _YEARS[-1])
    return _walked(start_s, end_s, _months(start_s, years * 12)), _year, _nothing


def value_ticks(low: float, high: float, most: int = 4) -> list[float]:
    """Return at most about ``most`` round numbers in a range, the lowest first."""
    step = round_step((high - low) / max(most, 1))
    if step <= 0 or not math.isfinite(step):
        return []
    first = math.ceil(low / step - 1e-9)
    return [n * step for n in range(first, math.floor(high / step + 1e-9) + 1)]


def round_step(raw: float) -> float:
    """Return the next of 1, 2, 2.5, 5 times a power of ten that is not less; 0 of nothing."""
    if raw <= 0 or not math.isfinite(raw):
        return 0.0
    power = 10.0 ** math.floor(math.log10(raw))
    return next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= raw * 0.999)


def round_range(low: float, high: float, least: float) -> tuple[float, float]:
    """Return a range with round ends around what is seen, at least ``least`` wide."""
    if high - low < least:
        low, high = (low + high - least) / 2, (low + high + least) / 2
    step = round_step((high - low) / 4)
    if step <= 0:
        return low, low + 1.0
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step


def _local(utc_s: float) -> datetime:
    return datetime.fromtimestamp(utc_s)  # noqa: DTZ006  wall clock time is what is wanted


def _fine(start_s: float, end_s: float, step: int) -> list[int]:
    """Steps that every offset from UTC is a multiple of need no calendar."""
    local = _local(start_s)
    offset = local.astimezone().utcoffset() or timedelta()
    shift = int(offset.total_seconds())
    first = math.ceil((start_s + shift) / step) * step - shift
    return list(range(first, math.ceil(end_s), step))


def _walked(start_s: float, end_s: float, walls: Iterator[datetime]) -> list[int]:
    """Return the moments at which a wall clock shows these times: none, one, or two for each."""
    found: set[int] = set()
    for wall in walls:
        for fold in (0, 1):
            try:
                utc_s = round(wall.replace(fold=fold).timestamp())
            except (OverflowError, OSError, ValueError):
                return sorted(found)
            if start_s <= utc_s < end_s and _local(utc_s) == wall:
                found.add(utc_s)
        if wall.timestamp() > end_s + _DAY_S:
            break
    return sorted(found)


def _hours(start_s: float, step: int) -> Iterator[datetime]:
    wall = _local(start_s - _DAY_S).replace(hour=0, minute=0, second=0, microsecond=0)
    while True:
        yield wall
        wall += timedelta(seconds=step)


def _days(start_s: float, step: int) -> Iterator[datetime]:
    """Days count from a Monday, so that weeks begin on one."""
    wall = _local(start_s).replace(hour=0, minute=0, second=0, microsecond=0)
    wall -= timedelta(days=(wall.toordinal() - 1) % step)
    while True:
        yield wall
        wall += timedelta(days=step)


def _months(start_s: float, step: int) -> Iterator[datetime]:
    local = _local(start_s)
    month = (local.year * 12 + local.month - 1) // step * step
    while True:
        if 12 <= month < 12 * 9999:
            yield datetime(month // 12, month % 12 + 1, 1)  # noqa: DTZ001  wall clock time
        month += step


def _seconds(local: datetime) -> str:
    return f"{local:%H:%M:%S}"


def _minutes(local: datetime) -> str:
    return f"{local:%H:%M}"


def _month_day(local: datetime) -> str:
    return f"{local:%m-%d}"


def _month(local: datetime) -> str:
    return f"{local.year:04d}-{local:%m}"


def _day(local: datetime) -> str:
    return f"{local.year:04d}-{local:%m-%d}"


def _year(local: datetime) -> str:
    return f"{local.year:04d}"


def _nothing(_local_time: datetime) -> str:
    return ""
