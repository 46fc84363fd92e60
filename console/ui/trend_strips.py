"""From chosen points to strips: grouped by unit, named, with the limits that hold for all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from console.health.derived import CALCULATED, HEAT, LEVEL_EXPECTED
from console.session.session import Session
from console.text import tr
from console.ui import formats
from console.ui.curves import Curve, Strip
from drivers.points import Limit, Point

Name = tuple[str, str]
"""A part and the key of one of its points."""
_BRIDGE_PERIODS = 2.5
_TANK_MAIN = (
    "coolant_return_temperature",
    "coolant_supply_temperature",
    "level",
    LEVEL_EXPECTED,
    "coolant_flow",
    "it_power",
    HEAT,
)
_GPU_MAIN = ("core_temperature", "memory_temperature", "thermal_margin", "power", "utilization")
_HOST_MAIN = "core_temperature"
_FEW = 6


@dataclass(frozen=True)
class Chosen:
    """One chosen point: what is known of it, also where its part is no longer in the site."""

    part: str
    point: Point
    part_name: str
    period_s: float

    @property
    def name(self) -> Name:
        """Part and key."""
        return self.part, self.point.key

    @property
    def text(self) -> str:
        """Place and point in words."""
        return tr("{place}: {what}", place=self.part_name, what=formats.point_name(self.point))


def look_up(session: Session, name: Name) -> Chosen:
    """Return what is known of a point; of one that is only in the history, its key in words."""
    part, key = name
    known = part in session.latest.parts()
    point = session.latest.schema(part).get(key) if known else None
    if point is None:
        point = Point(key, key.replace("_", " ").replace(".", " "), low=0.0, high=0.0)
    period_s = session.latest.link(session.latest.device_of(part)).period_s if known else 1.0
    return Chosen(part, point, session.name_of(part), max(period_s, point.refresh_s))


def main_points(session: Session, subject: str) -> list[Name]:
    """Return the points that tell how a tank, a server or a GPU is; none of what is not known."""
    parts = session.latest.parts()
    if subject in {host.id for host in session.hosts}:
        gpus = [part for part in session.gpus(subject) if part in parts]
        return [(part, _HOST_MAIN) for part in gpus]
    if subject not in parts:
        return []
    schema = session.latest.schema(subject)
    wanted = [key for key in (*_TANK_MAIN, *_GPU_MAIN) if key in schema]
    plain = [point.key for point in schema if not point.states and not point.flags]
    return [(subject, key) for key in wanted or plain[:_FEW]]


def is_state(point: Point) -> bool:
    """Whether its values are states or flags: held from one sample to the next, never averaged."""
    return bool(point.states or point.flags)


def strips_of(chosen: Sequence[Chosen], *, fitted: bool, against_us: int = 0) -> list[Strip]:
    """Return the strips of points, each point in the order it was chosen.

    With ``against_us`` every curve is followed by itself that much later (earlier if negative).
    ``fitted`` lets the values that are seen set the ranges.
    """
    groups: dict[object, list[Chosen]] = {}
    for one in chosen:
        groups.setdefault(_kind(one.point), []).append(one)
    alone = len({one.part for one in chosen}) == 1
    pens = {one.name: number for number, one in enumerate(chosen)}
    return [
        _strip(group, pens, alone=alone, fitted=fitted, against_us=against_us)
        for group in groups.values()
    ]


def _kind(point: Point) -> object:
    """What goes into one strip: a unit; of states, those with the same words."""
    if is_state(point):
        return tuple(point.states.items()), tuple(point.flags.items())
    return point.unit


def _strip(
    group: Sequence[Chosen], pens: dict[Name, int], *, alone: bool, fitted: bool, against_us: int
) -> Strip:
    curves: list[Curve] = []
    title, names = _names(group, alone=alone)
    for one, name in zip(group, names, strict=True):
        bridge_s = one.period_s * _BRIDGE_PERIODS
        steps = is_state(one.point)
        pen = pens[one.name]
        curves.append(Curve(*one.name, name, pen, bridge_s, steps))
        if against_us:
            dashed = tr("compared")
            curves.append(Curve(*one.name, dashed, pen, bridge_s, steps, against_us))
    points = [one.point for one in group]
    low, high = min(p.low for p in points), max(p.high for p in points)
    free = (fitted and not is_state(points[0])) or low >= high
    return Strip(
        title,
        points[0].unit,
        tuple(curves),
        None if free else low,
        None if free else high,
        max(p.precision for p in points),
        common_limits(points),
    )


def _names(group: Sequence[Chosen], *, alone: bool) -> tuple[str, list[str]]:
    """Return the title of a strip and what tells its curves apart, as short as that can be."""
    points = {formats.point_name(one.point) for one in group}
    parts = {one.part_name for one in group}
    if len(group) == 1:
        only = group[0]
        title = formats.point_name(only.point)
        return title, [title if alone else only.part_name]
    if len(points) == 1:
        return points.pop(), [one.part_name for one in group]
    title = _quantity(group[0].point) or tr("Several")
    if len(parts) == 1:
        place = "" if alone else f"{parts.pop()} \N{MIDDLE DOT} "
        return f"{place}{title}", [_short(one.point, title) for one in group]
    names = [(one.part_name, _short(one.point, title)) for one in group]
    return title, [tr("{place}: {what}", place=place, what=what) for place, what in names]


def _short(point: Point, title: str) -> str:
    """Return a long name without the quantity at its end, which the strip's title says."""
    name = formats.point_name(point)
    short = name[: -len(title)].rstrip() if name.casefold().endswith(title.casefold()) else name
    return short if len(short.split()) > 1 else name


def _quantity(point: Point) -> str:
    """What is measured in a unit; empty for one that says nothing of it."""
    if is_state(point):
        return tr("State")
    words = {
        "Cel": tr("Temperature"),
        "K": tr("Difference"),
        "L/min": tr("Flow"),
        "mm": tr("Level"),
        "kW": tr("Power"),
        "W": tr("Power"),
        "%": tr("Share"),
        "kPa": tr("Pressure"),
        "bar": tr("Pressure"),
        "kW.h": tr("Energy"),
        "MHz": tr("Clock"),
        "MiBy": tr("Memory"),
        "{rpm}": tr("Speed"),
    }
    return words.get(point.unit, formats.unit(point.unit))


def common_limits(points: Iterable[Point]) -> tuple[Limit, ...]:
    """Return the limits beyond which every one of some points is beyond a limit of its own.

    A strip marks whatever is beyond a limit that it draws, so a limit of one curve may not be
    drawn across another that is well there. Calculated points follow those they come from.
    """
    measured = [point for point in points if point.register != CALCULATED]
    found: dict[tuple[bool, float], Limit] = {}
    for limit in (limit for point in measured for limit in point.limits):
        place = limit.level.is_upper, limit.reading
        mild = found.get(place)
        if (mild is None or limit.level.severity < mild.level.severity) and all(
            _is_beyond_own(point, limit) for point in measured
        ):
            found[place] = limit
    return tuple(sorted(found.values(), key=lambda limit: limit.reading))


def _is_beyond_own(point: Point, limit: Limit) -> bool:
    upper = limit.level.is_upper
    if (upper and limit.reading > point.high) or (not upper and limit.reading < point.low):
        return True  # it cannot come there
    own = [one for one in point.limits if one.level.is_upper == upper]
    return any(one.violated_by(limit.reading) for one in own)
