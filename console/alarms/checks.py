"""What may be wrong in a definition by itself: each fault with its place in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise, permutations
from typing import TYPE_CHECKING, Any

from drivers.files import Fault
from drivers.points import Level

if TYPE_CHECKING:
    from console.alarms.specs import ConditionSpec, Term

NEEDED = ("cause", "consequence", "action", "time_to_respond_s", "priority")
"""What makes a condition an alarm and not only an event."""
GRADES = ("caution", "critical", "fatal")
"""The severities that a definition may grade by, the mildest first."""
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
    if spec.levels is not None and not spec.levels.limits():
        yield Fault(("levels",), "limits", f"no limit is given; allowed are {_level_words()}")
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


def _level_words() -> str:
    return ", ".join(level.word for level in Level)


def _band_faults(terms: tuple[Term, ...], path: tuple[str | int, ...]) -> Iterator[Fault]:
    """Two terms on one point may form a band (``above`` one, ``below`` the other)."""
    for (i, low), (j, high) in permutations(enumerate(terms), 2):
        if (low.point, low.relative_to) != (high.point, high.relative_to):
            continue
        if low.above is None or high.below is None:
            continue
        gap = high.below - low.above
        if gap <= 0:
            told = f"above {low.above:g} and below {high.below:g} can never both hold"
            yield Fault((*path, i, "above"), "order", told)
        elif max(low.deadband, high.deadband) >= gap:
            at, widest = (i, low) if low.deadband >= high.deadband else (j, high)
            told = f"deadband {widest.deadband:g} is as wide as the band of {gap:g} around it"
            yield Fault((*path, at, "deadband"), "deadband", told)


def grading_faults(name: str, table: object) -> Iterator[Fault]:
    """Yield a priority or a time to respond that is milder for what is worse."""
    if not isinstance(table, dict):
        return
    given = [word for word in GRADES if word in table]
    for milder, worse in pairwise(given):
        if table[worse] > table[milder]:
            told = (
                f"{worse} has {table[worse]:g} and {milder} {table[milder]:g}: "
                "what is worse must be at least as urgent"
            )
            yield Fault((name, worse), "grading", told)
