"""The simulated plant's upsets go through the shipped definitions: the cause first, few alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from console.alarms.definitions import load_definitions
from console.alarms.engine import AlarmEngine
from console.alarms.events import AlarmEvent
from console.alarms.journal import AlarmBook
from console.demo import PausedDemo, paused_demo
from drivers.points import Snapshot

WARM_S = 900.0


@dataclass
class Watched:
    """A paused demo whose samples also go to an alarm engine."""

    demo: PausedDemo
    log: list[AlarmEvent] = field(default_factory=list)
    book: AlarmBook = field(default_factory=AlarmBook)

    def __post_init__(self) -> None:
        session = self.demo.session
        places = {host.id: host.tank for host in session.hosts if host.tank}
        self.engine = AlarmEngine(load_definitions([]), places)
        for tank in session.tanks:
            self.engine.add_device(tank.id, "tank")
        for host in session.hosts:
            self.engine.add_device(host.id, "host")
        self._accept = session.intake.accept
        session.intake.accept = self.accept  # type: ignore[method-assign]

    def accept(self, device: str, snapshots: Sequence[Snapshot]) -> None:
        self._accept(device, snapshots)
        deriver = self.demo.session.intake._derivers.get(device)
        for snapshot in snapshots:
            whole = deriver.extend(snapshot) if deriver else snapshot
            self.take(self.engine.feed(device, whole))
        self.take(self.engine.tick(self.demo.clock()))

    def take(self, events: Sequence[AlarmEvent]) -> None:
        self.log += events
        for event in events:
            self.book.apply(event)


def _watched(folder: Path, *faults: str) -> Watched:
    return Watched(paused_demo(folder, tanks=2, hosts=2, gpus=8, seconds=WARM_S, faults=faults))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_a_plant_that_runs_as_it_should_alarms_nobody(folder: Path) -> None:
    watched = _watched(folder)
    watched.demo.advance(600)
    watched.demo.close()
    assert [(e.kind, e.subject, e.body) for e in watched.log] == []


def test_a_pump_trip_at_load_shows_its_cause_first_and_few_alarms(folder: Path) -> None:
    watched = _watched(folder, f"pump_trip:tank-1@{WARM_S + 60}")
    watched.demo.advance(120)
    raised = [e for e in watched.log if e.kind == "alarm.raised"]
    assert raised[0].body["alarm"] == "pump-failed"
    shown = watched.book.alarms()
    assert 1 <= len(shown) <= 3
    watched.demo.advance(900)
    watched.demo.close()
    groups = [g for g in watched.book.groups() if g.first.key.alarm == "pump-failed"]
    assert len(groups) == 1
    strays = [
        s.key
        for s in watched.book.alarms()
        if s.key != groups[0].first.key and s.first_out != groups[0].first.key
    ]
    assert strays == []
