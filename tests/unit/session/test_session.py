"""A whole session over the simulator's physics, without sockets and without waiting."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.acquisition.latest import LinkState
from console.demo import PausedDemo, paused_demo
from console.history.reader import LogReader
from drivers.points import Reason

FAULTS = ["facility_water_lost:tank-2@20", "controller_silent:tank-3@40", "gpu_lost:node-1@20"]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[PausedDemo]:
    made = paused_demo(tmp_path, tanks=3, hosts=3, gpus=2, seed=1, seconds=60, faults=FAULTS)
    yield made
    made.close()


def test_the_book_follows_what_is_on_disk(demo: PausedDemo, tmp_path: Path) -> None:
    session = demo.session
    shown = session.refresh()
    assert shown.alarms_changed
    assert all(entry.recorded for entry in shown.entries)
    on_disk = {event.id for event in LogReader(tmp_path).page(limit=1000)}
    assert {entry.id for entry in shown.entries} <= on_disk
    assert session.refresh().entries == []
    found = {(alarm.subject, alarm.level) for alarm in session.book.alarms()}
    assert ("tank-3", "tank-silent") in found
    assert ("node-1/gpu0", "gpu-lost") in found
    assert ("tank-2", "lower_critical") in found


def test_a_tank_heats_and_its_minutes_are_told(demo: PausedDemo) -> None:
    demo.advance(120)
    outlook = demo.session.outlook("tank-2")
    assert outlook is not None
    assert 1.5 < outlook.slope_k_min < 3.5
    assert outlook.minutes is not None
    assert 0 < outlook.minutes < 10
    calm = demo.session.outlook("tank-1")
    assert calm is not None
    assert calm.minutes is None
    assert demo.session.outlook("tank-3") is None  # no answer is no outlook


def test_silence_is_stale_by_the_clock_then_lost(demo: PausedDemo) -> None:
    session = demo.session
    assert session.latest.link("tank-3").state is LinkState.LOST
    assert {r.reason for r in session.view("tank-3").readings} == {Reason.NO_COMMS}
    assert session.view("tank-1").good("level") is not None


def test_acknowledging_is_an_event_and_only_then_a_change(demo: PausedDemo) -> None:
    session = demo.session
    session.refresh()
    alarm = session.book.highest()
    assert alarm is not None
    session.acknowledge([alarm], "m.chen")
    assert session.book.highest() == alarm  # nothing moves before the disk has it
    demo.advance(2)
    assert session.refresh().alarms_changed
    (now,) = [a for a in session.book.alarms() if a.key == alarm.key]
    assert now.acknowledged


def test_places_and_names(demo: PausedDemo) -> None:
    session = demo.session
    assert session.gpus_in("tank-1") == ["node-1/gpu0", "node-1/gpu1"]
    assert session.parts_of("tank-1") == ["tank-1", "node-1", "node-1/gpu0", "node-1/gpu1"]
    tank = session.tank_of("node-2/gpu1")
    assert tank is not None
    assert tank.id == "tank-2"
    assert session.tank_of("nowhere") is None
    assert session.name_of("tank-1") == "Tank 1"
    assert session.name_of("node-2/gpu1").endswith("GPU 1")


def test_the_summary_counts_what_was_kept(demo: PausedDemo) -> None:
    demo.close()
    found = demo.session.summary()
    assert (found.devices, found.devices_ok, found.dropped) == (6, 5, 0)
    assert found.samples > 2000
    assert found.events == len(LogReader(demo.session.data).page(limit=1000))
    assert found.seconds == 60


def test_the_same_seed_gives_the_same_values(tmp_path: Path) -> None:
    rounds = []
    for folder in ("a", "b"):
        demo = paused_demo(tmp_path / folder, tanks=2, hosts=2, gpus=2, seed=5, seconds=30)
        rounds.append(
            [
                r.value
                for part in demo.session.latest.parts()
                for r in demo.session.view(part).readings
            ]
        )
        demo.close()
    assert rounds[0] == rounds[1]
    assert all(math.isfinite(value) for value in rounds[0] if value is not None)
    assert sum(value is not None for value in rounds[0]) > 100
