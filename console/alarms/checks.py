"""What may be wrong in a definition by itself: each fault with its place in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from drivers.files import Fault
from drivers.limits import LimitsSpec
from drivers.points import Level

if TYPE_CHECKING:
    from console.alarms.specs import ConditionSpec, Term

NEEDED = ("cause", "consequence", "action", "time_to_respond_s", "priority")
"""What makes a condition an alarm and not only an event."""
_SOURCES = ("limits", "severities", "reasons", "levels", "all", "any", "vote", "link", "happening")


def missing_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what an ``[[alarm]]`` lacks to be one."""
    for name in NEEDED:
        given = data.get(name)
        if given is None or given == {} or (isinstance(given, str) and not given.strip()):
            told = f"missing; without {name} this is only an event: give it, or write [[event]]"
            yield Fault((name,), "event", told)


def condition_faults(spec: ConditionSpec) -> Iterator[Fault]:
    """Yield what is wrong in a condition without knowing any equipment."""
    yield from _source_faults(spec)
    yield from _time_faults(spec)
    if spec.levels is not None:
        yield from limit_faults(spec.levels, ("levels",))
    if spec.vote is not None and spec.vote.of.match == "all":
        told = "a vote counts sensors by itself; leave match out"
        yield Fault(("vote", "of", "match"), "vote", told)
    yield from _band_faults(spec.all_of, ("all",))
    yield from _band_faults(spec.only_while, ("only_while",))


def _source_faults(spec: ConditionSpec) -> Iterator[Fault]:
    several = (spec.all_of, spec.any_of, spec.vote)
    whole = (spec.link, spec.happening)
    has = (spec.limits, spec.severities, spec.reasons, spec.levels, *several, *whole)
    given = [name for name, value in zip(_SOURCES, has, strict=True) if value]
    if len(given) != 1:
        told = f"exactly one of {', '.join(_SOURCES)} must be given, found {given or 'none'}"
        yield Fault((), "source", told)
        return
    needs_points = given[0] in {"limits", "severities", "reasons", "levels"}
    if needs_points and not spec.points:
        yield Fault((given[0],), "points", f"{given[0]} needs points = [...] to look at")
    if not needs_points and spec.points:
        yield Fault(("points",), "points", f"{given[0]} names its points itself; leave points out")
    if spec.relative_to and given[0] != "levels":
        yield Fault(("relative_to",), "relative", "relative_to goes with levels only")
    if spec.link and spec.on == "any":
        yield Fault(("link",), "link", 'link needs on = "tank", "host", "gpu" or "console"')
    if spec.happening and not spec.happening.until and getattr(spec, "latching", None) is False:
        told = "nothing ends it, so an alarm of it must latch: latching = true, or give until"
        yield Fault(("happening",), "happening", told)
    if spec.link == "silent" and spec.on != "gpu":
        yield Fault(("link",), "link", 'only a GPU can be silent while its host answers: "lost"')


def _time_faults(spec: ConditionSpec) -> Iterator[Fault]:
    if (spec.count > 1) != (spec.within_s > 0):
        told = "count and within_s go together: so many times within so many seconds"
        yield Fault(("count" if spec.count > 1 else "within_s",), "count", told)
    if spec.count > 1 and spec.on_delay_s:
        told = "count counts every excursion; leave on_delay_s out"
        yield Fault(("on_delay_s",), "count", told)
    if (spec.startup_inhibit_s > 0) != (spec.startup is not None):
        told = "startup_inhibit_s and startup go together: how long after which sign of a start"
        yield Fault(("startup_inhibit_s" if spec.startup is None else "startup",), "startup", told)


def limit_faults(limits: LimitsSpec, path: tuple[str | int, ...]) -> Iterator[Fault]:
    """Yield limits in the wrong order and deadbands wider than the band that they stand in."""
    try:
        found = limits.limits()
    except ValueError as error:
        yield Fault(path, "limits", str(error))
        return
    if not found:
        yield Fault(path, "limits", f"no limit is given; allowed are {_level_words()}")
    for lower, upper in pairwise(found):
        gap = upper.reading - lower.reading
        for limit in (lower, upper):
            towards = limit is upper if limit.level.is_upper else limit is lower
            if towards and limit.hysteresis > 0 and limit.hysteresis >= gap:
                told = (
                    f"hysteresis {limit.hysteresis:g} is as wide as the band of {gap:g} between "
                    f"{lower.level.word} and {upper.level.word}: it would never clear in it"
                )
                yield Fault((*path, limit.level.word), "deadband", told)


def _level_words() -> str:
    return ", ".join(level.word for level in Level)


def _band_faults(terms: tuple[Term, ...], path: tuple[str | int, ...]) -> Iterator[Fault]:
    """Two terms on one point may form a band (``above`` one, ``below`` the other)."""
    for i, term in enumerate(terms):
        for other in terms:
            if other.point != term.point or other.relative_to != term.relative_to:
                continue
            if term.above is None or other.below is None:
                continue
            if term.above >= other.below:
                told = f"above {term.above:g} and below {other.below:g} can never both hold"
                yield Fault((*path, i, "above"), "order", told)
            elif max(term.deadband, other.deadband) >= other.below - term.above:
                told = f"a deadband as wide as the band of {other.below - term.above:g}"
                yield Fault((*path, i, "deadband"), "deadband", told)
