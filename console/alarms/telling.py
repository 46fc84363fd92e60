"""The bodies of alarm events: what a person needs to know of a transition, as JSON."""

from __future__ import annotations

import math
from typing import Any

from console.alarms.events import JSON, AlarmKey
from console.alarms.plan import Planned
from console.alarms.severity import Severity
from console.alarms.specs import AlarmSpec
from console.alarms.status import Status
from console.alarms.watching import PartWatch
from drivers.points import Limit, Point

Body = dict[str, JSON]


def identity(planned: Planned) -> Body:
    """Return which alarm it is, in words that outlive its definition."""
    body: Body = {"alarm": planned.key.alarm, "name": planned.spec.name}
    if planned.key.item:
        body["item"] = planned.key.item
    if planned.point is not None:
        body["point"] = planned.point.key
        body["point_name"] = planned.point.name
    if planned.flag:
        body["flag"] = planned.flag
    return body


def nature(planned: Planned, severity: Severity) -> Body:
    """Return what the book must know of the definition: priorities, latching, group.

    ``priority`` is that at this severity, for whoever reads the event alone.
    """
    spec = planned.spec
    if not isinstance(spec, AlarmSpec):
        return {}
    body: Body = {
        "priority": spec.priority_of(severity),
        "priorities": [spec.priority_of(one) for one in Severity if one],
        "latching": spec.latching,
    }
    return body | ({"group": spec.group} if spec.group else {})


def measured(watch: PartWatch, alarm: int) -> Body:
    """Return what was measured: the value, its unit, its words, and the limit that it is beyond."""
    plan = watch.plan
    band = watch.told_by(alarm)
    leaf = watch.leaf_of(band)
    row = int(plan.leaves.row[leaf])
    point = plan.schema.points[row]
    value = float(watch.values[row])
    planned = plan.alarms[alarm]
    body: Body = {"unit": point.unit}
    if planned.point is not None and point.key != planned.point.key:
        body |= {"point": point.key, "point_name": point.name}
    body["value"] = round(value, point.precision + 1) if value == value else None  # noqa: PLR0124  NaN
    words = planned.flag or (point.words(value) if body["value"] is not None else None)
    if words:
        body["state"] = words
    limit = plan.bands.limits[band]
    if limit is not None:
        body |= {"level": limit.level.word, "limit": _at(limit, watch.base_of(leaf), point)}
    return body


def _at(limit: Limit, base: float | None, point: Point) -> float | None:
    """Return where a limit stands now: one that follows a setpoint moves with it."""
    if base is None:
        return limit.reading
    at = limit.reading + base
    return None if math.isnan(at) else round(at, point.precision + 1)


def of_status(status: Status) -> Body:
    """Return which alarm it is from what the book holds, for commands on it."""
    kept = ("name", "point", "point_name", "flag", "level", "latching", "state")
    body: Body = {"alarm": status.key.alarm}
    if status.key.item:
        body["item"] = status.key.item
    return body | {name: status.body[name] for name in kept if name in status.body}


def written(key: AlarmKey) -> list[Any]:
    """Return a key as JSON."""
    return list(key)
