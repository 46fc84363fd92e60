"""What a valid map may still have wrong, as far as a program can see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from drivers.modbus.lint_points import Doubt, Place, rules_of_point, unit_doubts
from drivers.modbus.regmap import RegisterMap


def _points(regmap: RegisterMap) -> Iterator[Doubt]:
    for number, spec in enumerate(regmap.points):
        for doubt in rules_of_point(spec, regmap):
            yield replace(doubt, path=("point", number, *doubt.path))


def _names(regmap: RegisterMap) -> Iterator[Doubt]:
    """Two points with one name cannot be told apart on the screen."""
    named: list[tuple[Place, str, str, str]] = []
    for number, point in enumerate(regmap.points):
        named.append((("point", number, "name"), point.key, point.group, point.name))
    for number, voted in enumerate(regmap.voted):
        named.append((("voted", number, "name"), voted.key, voted.group, voted.name))
    for number, derived in enumerate(regmap.derived):
        named.append((("derived", number, "name"), derived.key, derived.group, derived.name))
    seen: dict[tuple[str, str], str] = {}
    for place, key, group, name in named:
        other = seen.setdefault((group, name), key)
        if other != key:
            yield Doubt(place, "name-twice", "warning", f"{key!r} and {other!r} are both {name!r}")


def _calculated(regmap: RegisterMap) -> Iterator[Doubt]:
    units = {spec.key: spec.unit for spec in regmap.points}
    for number, voted in enumerate(regmap.voted):
        place: Place = ("voted", number)
        for doubt in unit_doubts(voted.key, voted.unit, needed=True):
            yield replace(doubt, path=(*place, *doubt.path))
        odd = [key for key in voted.of if units[key] != voted.unit]
        if odd:
            text = f"{odd} is not in {voted.unit!r} like the value they vote for"
            yield Doubt((*place, "unit"), "voted-unit", "error", text)
        if voted.max_spread is None:
            text = "without max_spread sensors that disagree are never noticed"
            yield Doubt(place, "voted-spread", "warning", text)
    for number, derived in enumerate(regmap.derived):
        for doubt in unit_doubts(derived.key, derived.unit, needed=True):
            yield replace(doubt, path=("derived", number, *doubt.path))


def _unused(regmap: RegisterMap) -> Iterator[Doubt]:
    groups = {spec.poll_group for spec in regmap.points}
    for name in regmap.poll_groups:
        if name not in groups:
            text = f"no point is in the poll group {name!r}"
            yield Doubt(("poll_groups", name), "unused", "warning", text)
    chosen = {spec.unit_from for spec in regmap.points}
    for number, register in enumerate(regmap.units_registers):
        if register.id not in chosen:
            text = f"no point has unit_from = {register.id!r}"
            yield Doubt(("units_register", number), "unused", "warning", text)


def _recognition(regmap: RegisterMap) -> Iterator[Doubt]:
    expects = any(text.expect for text in regmap.identity)
    if not expects and not (regmap.probe and regmap.probe.expect):
        text = "no identity or probe with expect: a controller of another make cannot be told"
        yield Doubt(("id",), "identity-missing", "warning", text)


def _history(regmap: RegisterMap) -> Iterator[Doubt]:
    newest = max((entry.revision for entry in regmap.revlog), default=regmap.revision)
    if newest != regmap.revision:
        text = f"revision is {regmap.revision}, the newest in revlog is {newest}"
        yield Doubt(("revlog", len(regmap.revlog) - 1), "revision", "warning", text)
    if regmap.status == "approved" and regmap.verified is None:
        text = "approved, but nobody verified it on hardware"
        yield Doubt(("status",), "unverified", "warning", text)


RULES: tuple[Callable[[RegisterMap], Iterator[Doubt]], ...] = (
    _points,
    _names,
    _calculated,
    _unused,
    _recognition,
    _history,
)
