"""The alarm engine with one definition that takes every limit: what crosses, and what clears."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from console.alarms.definitions import Definitions, definitions_of
from console.alarms.engine import AlarmEngine
from console.alarms.events import AlarmEvent, AlarmKind
from drivers.points import Level, Limit, Point, Schema, Snapshot

SEVERITIES = {"caution": 1, "critical": 2, "fatal": 3}

EVERY_LIMIT = {
    "id": "any-limit",
    "name": "Any limit",
    "on": "any",
    "points": ["*"],
    "limits": "both",
    "cause": "A test.",
    "consequence": "None.",
    "action": "Nothing.",
    "time_to_respond_s": 60,
    "priority": 2,
}


@dataclass(frozen=True)
class Crossing:
    """A point crossed a limit, or is within it again."""

    point: Point
    limit: Limit
    crossed: bool


class LimitWatch:
    """Watches the limits of one part. An alarm at a severity stands for all limits up to it."""

    def __init__(self, schema: Schema) -> None:
        source = definitions_of({"alarm": [EVERY_LIMIT]}, Path("every-limit.toml"))
        self._engine = AlarmEngine(Definitions((source,)))
        self._schema = schema
        self._held: dict[str, frozenset[Limit]] = {}

    def feed(self, snapshot: Snapshot) -> Iterator[Crossing]:
        """Take a sample and yield what changed by it."""
        for event in self._engine.feed(snapshot.device, snapshot):
            point = self._schema[str(event.body["point"])]
            before, now = self._held.get(point.key, frozenset()), _beyond(point, event)
            self._held[point.key] = now
            yield from (Crossing(point, limit, True) for limit in now - before)
            yield from (Crossing(point, limit, False) for limit in before - now)


def _beyond(point: Point, event: AlarmEvent) -> frozenset[Limit]:
    if event.kind == AlarmKind.CLEARED:
        return frozenset()
    level = Level[str(event.body["level"]).upper()]
    worst = SEVERITIES.get(str(event.body["active"]), 0)
    return frozenset(
        limit
        for limit in point.limits
        if limit.level.is_upper == level.is_upper and limit.level.severity <= worst
    )
