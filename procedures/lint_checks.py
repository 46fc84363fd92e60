"""Rules about checks: every point, unit, state and alarm must exist."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from procedures.checks import Comparison, parse_check
from procedures.lint_words import Doubt, Where
from procedures.points import Known, KnownPoint, numbered
from procedures.spec import Procedure
from procedures.units import converted, known_units
from procedures.whole import steps_at

_ANY_STATE_UNITS = {"", "1"}


def check_rules(procedure: Procedure, known: Known) -> Iterator[Doubt]:
    """Yield what checks, sources and expected alarms name that does not exist."""
    used: set[str] = set()
    for where, check in _checks(procedure):
        for comparison in parse_check(check).either:
            used.add(comparison.subject)
            yield from _comparison(procedure, known, where, comparison)
    for where, step in steps_at(procedure):
        used |= {scan.must_be for scan in step.scans if scan.must_be}
        for n, value in enumerate(step.values):
            if value.source:
                subject, _, key = value.source.partition(".")
                used.add(subject)
                at = (*where, "values", n, "source")
                yield from _source(procedure, known, at, subject, key, value.unit)
    yield from _alarms(procedure, known)
    used |= {*procedure.exclusive, *(expected.subject for expected in procedure.expects_alarms)}
    for name in procedure.subjects:
        if name not in used:
            said = "no check, scan or alarm speaks of this subject"
            yield Doubt(("subjects", name), "subject-unused", "warning", said)


def _checks(procedure: Procedure) -> Iterator[tuple[Where, str]]:
    for n, phase in enumerate(procedure.phases):
        for m, part in enumerate(phase.during):
            yield ("phases", n, "during", m, "check"), part.check
    for where, step in steps_at(procedure):
        for name in ("before", "during", "verify"):
            for n, part in enumerate(getattr(step, name)):
                yield (*where, name, n, "check"), part.check


def _comparison(
    procedure: Procedure, known: Known, where: Where, comparison: Comparison
) -> Iterator[Doubt]:
    kind = procedure.subjects[comparison.subject].kind
    point = known.point(kind, comparison.point)
    if point is None:
        yield _unknown_point(known, where, kind, comparison.point)
    elif comparison.state:
        if comparison.state not in point.words:
            words = ", ".join(sorted(point.words)) or "none: compare a number"
            said = f"{comparison.point!r} has no state {comparison.state!r}; allowed are {words}"
            yield Doubt(where, "state-unknown", "error", said)
    else:
        yield from _unit(where, comparison.point, point, comparison.unit)


def _unknown_point(known: Known, where: Where, kind: str, key: str) -> Doubt:
    near = get_close_matches(numbered(key), known.points.get(kind, ()), n=3)
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
    said = f"no {kind} has a point {key!r}{hint}"
    return Doubt(where, "point-unknown", "error", said)


def _unit(where: Where, key: str, point: KnownPoint, unit: str) -> Iterator[Doubt]:
    if unit not in known_units():
        said = f"unknown unit {unit!r}; {key!r} is in {_listed(point.units)}"
        yield Doubt(where, "unit-unknown", "error", said)
        return
    is_plain = point.units <= _ANY_STATE_UNITS and unit in _ANY_STATE_UNITS
    if not is_plain and not any(_same(have, unit) for have in point.units):
        said = f"{key!r} is in {_listed(point.units)}, not in {unit or 'a plain number'!r}"
        yield Doubt(where, "unit-mismatch", "error", said)


def _same(have: str, want: str) -> bool:
    is_bare = (have in _ANY_STATE_UNITS) != (want in _ANY_STATE_UNITS)
    return not is_bare and converted(1.0, have, want) is not None


def _listed(units: frozenset[str]) -> str:
    return " or ".join(sorted(unit or "1" for unit in units))


def _source(
    procedure: Procedure, known: Known, where: Where, subject: str, key: str, unit: str
) -> Iterator[Doubt]:
    kind = procedure.subjects[subject].kind
    point = known.point(kind, key)
    if point is None:
        yield _unknown_point(known, where, kind, key)
    else:
        yield from _unit(where, key, point, unit)


def _alarms(procedure: Procedure, known: Known) -> Iterator[Doubt]:
    for n, expected in enumerate(procedure.expects_alarms):
        where: Where = ("expects_alarms", n, "alarm")
        if expected.alarm not in known.alarms:
            near = get_close_matches(expected.alarm, known.alarms, n=3)
            hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
            said = f"there is no alarm {expected.alarm!r}{hint}"
            yield Doubt(where, "alarm-unknown", "error", said)
        elif not known.alarms[expected.alarm]:
            said = f"{expected.alarm!r} is never held back, whatever the work; take it out"
            yield Doubt(where, "alarm-kept", "error", said)
