"""A small part, definitions written as TOML, a clock, and an engine that they go into."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from console.alarms.definitions import Definitions, definitions_of
from console.alarms.engine import AlarmEngine
from console.alarms.events import AlarmEvent, AlarmKey
from console.alarms.journal import AlarmBook
from console.alarms.standing import Standing
from console.alarms.status import Status
from drivers.points import Level, Limit, Point, Reason, Schema, Snapshot, Stamp

START_US = 1_795_000_000_000_000
FOUR = """
cause = "c"
consequence = "q"
action = "a"
time_to_respond_s = 60
"""
HOT = f"""
[[alarm]]
id = "hot"
name = "Hot"
points = ["temperature"]
limits = "upper"
priority = {{ caution = 3, critical = 2, fatal = 1 }}
{FOUR}
"""
LIMITS = (
    Limit(Level.UPPER_CAUTION, 50.0, 0.0, 1.0),
    Limit(Level.UPPER_CRITICAL, 55.0, 0.0, 1.0),
    Limit(Level.UPPER_FATAL, 60.0, 0.0, 1.0),
)
SCHEMA = Schema(
    (
        Point("temperature", "Temperature", "Cel", limits=LIMITS),
        Point("flow", "Flow", "L/min"),
        Point("setpoint", "Setpoint", "Cel"),
        Point("pump[1].speed_percent", "Pump 1 speed", "%"),
        Point("pump[2].speed_percent", "Pump 2 speed", "%"),
        Point("pump[1].state", "Pump 1", states={0: "stopped", 1: "running", 2: "tripped"}),
        Point("leak[1].state", "Leak 1", states={0: "dry", 1: "leak"}),
        Point("leak[2].state", "Leak 2", states={0: "dry", 1: "leak"}),
        Point("leak[3].state", "Leak 3", states={0: "dry", 1: "leak"}),
        Point("alarms", "Alarms", flags={0: "fan", 3: "frost"}, severities={0: 1, 3: 2}),
        Point("mode", "Mode", states={0: "off", 1: "fault", 2: "on"}, severities={1: 2}),
    )
)
NORMAL: Mapping[str, float] = {
    "temperature": 40,
    "flow": 300,
    "setpoint": 38,
    "pump[1].speed_percent": 60,
    "pump[2].speed_percent": 60,
    "pump[1].state": 1,
    "leak[1].state": 0,
    "leak[2].state": 0,
    "leak[3].state": 0,
    "alarms": 0,
    "mode": 2,
}


def definitions(text: str) -> Definitions:
    """Return definitions written as TOML."""
    return Definitions((definitions_of(tomllib.loads(text), Path("d.toml"), text),))


@dataclass
class Bench:
    """An engine with one tank ``t``; every event it makes also reaches a window's book."""

    text: str = HOT
    schema: Schema = SCHEMA
    places: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.log: list[AlarmEvent] = []
        self.book = AlarmBook()
        self.mono_s = 100.0
        self.utc_us = START_US
        self.engine = self.new_engine()

    def new_engine(self) -> AlarmEngine:
        """Return an engine that knows the tank and nothing else."""
        engine = AlarmEngine(definitions(self.text), self.places)
        engine.add_device("t", "tank")
        engine.add_device("h", "host")
        engine.add_part("t", "t", "tank", self.schema)
        return engine

    @property
    def now(self) -> Stamp:
        return Stamp(self.utc_us, self.mono_s)

    def pass_time(self, seconds: float) -> None:
        self.mono_s += seconds
        self.utc_us += round(seconds * 1e6)

    def take(self, events: Sequence[AlarmEvent]) -> list[str]:
        """Publish events; returns their kinds."""
        for event in events:
            self.log.append(event)
            self.book.apply(event)
        return [str(event.kind) for event in events]

    def feed(
        self,
        after_s: float = 1.0,
        /,
        *,
        part: str = "t",
        reasons: Mapping[str, Reason] | None = None,
        **values: float,
    ) -> list[str]:
        """Feed a sample in which all is normal but what is given (``pump1_state`` by key)."""
        return self.feed_points(after_s, {**NORMAL, **values}, reasons or {}, part)

    def feed_points(
        self,
        after_s: float,
        values: Mapping[str, float],
        reasons: Mapping[str, Reason] | None = None,
        part: str = "t",
    ) -> list[str]:
        """Feed a sample by point key."""
        self.pass_time(after_s)
        merged = {**NORMAL, **values}
        why = reasons or {}
        found = np.array([merged.get(key, 0.0) for key in self.schema.index], float)
        bad = np.array([why.get(key, Reason.NONE) for key in self.schema.index], np.uint8)
        found[bad != 0] = np.nan
        snapshot = Snapshot(part, self.schema, found, bad, self.now)
        return self.take(self.engine.feed(part.partition("/")[0], snapshot))

    def tick(self, after_s: float = 1.0) -> list[str]:
        self.pass_time(after_s)
        return self.take(self.engine.tick(self.now))

    def restart(self, *, boot_id: str = "") -> list[str]:
        """Start a new engine from the log, as after kill -9; also from what still stands of it."""
        book, replayed, standing = AlarmBook(), AlarmBook(), Standing(self.log)
        book.restore(self.log)
        replayed.restore(standing.events)
        known = [sorted(one.statuses(), key=_key) for one in (book, standing.book, replayed)]
        assert known[0] == known[1] == known[2]
        self.book = standing.book
        self.engine = self.new_engine()
        return self.take(self.engine.restore(standing.events, self.now, boot_id, book.last_us))


def _key(status: Status) -> AlarmKey:
    return status.key


def key(alarm: str = "hot", item: str = "temperature", subject: str = "t") -> AlarmKey:
    """Return the key of the bench's alarm."""
    return AlarmKey(subject, alarm, item)
