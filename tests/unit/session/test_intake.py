"""What becomes of a sample: values, trends and exactly the events that it is worth."""

from __future__ import annotations

import math

import numpy as np
import pytest

from console.acquisition.latest import LatestStore, LinkState
from console.acquisition.trends import TrendStore
from console.history.events import EventDraft
from console.session.intake import Intake
from drivers.points import Level, Limit, Point, Reason, Schema, Snapshot, Stamp

SCHEMA = Schema(
    (
        Point("t", "T", "Cel", limits=(Limit(Level.UPPER_CRITICAL, 55),), register="30001"),
        Point("f", "F"),
    )
)


class Recorder:
    def __init__(self) -> None:
        self.drafts: list[EventDraft] = []
        self.kept: list[Snapshot] = []

    def record(self, draft: EventDraft) -> None:
        self.drafts.append(draft)

    def keep(self, snapshot: Snapshot) -> bool:
        self.kept.append(snapshot)
        return True


class Bench:
    def __init__(self) -> None:
        self.recorder, self.latest, self.trends = Recorder(), LatestStore(), TrendStore()
        self.now_s = 0.0
        clock = lambda: Stamp(int(self.now_s * 1e6), self.now_s)  # noqa: E731
        self.intake = Intake(self.latest, self.trends, self.recorder, {}, clock)
        self.latest.add_device("tank-1", "tcp://h", 1.0)

    def sample(self, t: float, reason: Reason = Reason.NONE, *, f: Reason = Reason.NONE) -> None:
        self.now_s += 1.0
        value = t if reason in {Reason.NONE, Reason.OUT_OF_RANGE} else math.nan
        self.intake.accept(
            "tank-1",
            [
                Snapshot(
                    "tank-1",
                    SCHEMA,
                    np.array([value, 1.0 if f is Reason.NONE else math.nan]),
                    np.array([reason, f], np.uint8),
                    Stamp(int(self.now_s * 1e6), self.now_s),
                    identity={"uuid": "GPU-1"},
                )
            ],
        )

    @property
    def kinds(self) -> list[str]:
        return [str(draft.kind) for draft in self.recorder.drafts]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_sample_reaches_every_outlet(bench: Bench) -> None:
    bench.sample(46.0)
    assert bench.latest.view("tank-1", Stamp(0, 1.5)).good("t") == 46.0
    assert bench.trends.window("tank-1", "t", 60, 1.0)[1].tolist() == [46.0]
    assert len(bench.recorder.kept) == 1
    assert bench.intake.samples == 2
    assert bench.kinds == []


def test_a_limit_is_crossed_and_cleared_with_what_was_read(bench: Bench) -> None:
    for value in (50.0, 55.25, 50.0):
        bench.sample(value)
    assert bench.kinds == ["limit.crossed", "limit.cleared"]
    crossed = bench.recorder.drafts[0]
    assert crossed.subject == "tank-1"
    assert crossed.body == {
        "point": "t",
        "name": "T",
        "level": "upper_critical",
        "limit": 55,
        "value": 55.25,
        "unit": "Cel",
    }


def test_a_sensor_fails_once_and_is_restored_once(bench: Bench) -> None:
    for reason in (Reason.NONE, Reason.SENSOR_FAULT, Reason.SENTINEL, Reason.NONE):
        bench.sample(46.0, reason)
    assert bench.kinds == ["sensor.failed", "sensor.restored"]
    assert bench.recorder.drafts[0].body == {
        "point": "t",
        "name": "T",
        "register": "30001",
        "reason": "sensor_fault",
    }


def test_out_of_range_is_no_sensor_fault_and_crosses_nothing(bench: Bench) -> None:
    bench.sample(99.0, Reason.OUT_OF_RANGE)
    assert bench.kinds == []


def test_a_lost_part_is_one_event_not_one_for_every_point(bench: Bench) -> None:
    bench.sample(46.0)
    bench.sample(0.0, Reason.DEVICE_LOST, f=Reason.DEVICE_LOST)
    bench.sample(0.0, Reason.DEVICE_LOST, f=Reason.DEVICE_LOST)
    bench.sample(46.0)
    assert bench.kinds == ["gpu.lost", "gpu.restored"]
    assert bench.recorder.drafts[0].body == {"uuid": "GPU-1"}


def test_links_are_connected_then_lost_then_restored(bench: Bench) -> None:
    for state in (LinkState.LIVE, LinkState.LIVE, LinkState.LOST, LinkState.LOST, LinkState.LIVE):
        bench.intake.link_changed("tank-1", state, "it fell silent" if state == "lost" else "")
    assert bench.kinds == ["device.connected", "device.lost", "device.restored"]
    assert bench.recorder.drafts[1].body == {"url": "tcp://h", "message": "it fell silent"}
    assert bench.latest.link("tank-1").state is LinkState.LIVE


def test_a_device_that_never_answered_is_lost_too(bench: Bench) -> None:
    bench.intake.link_changed("tank-1", LinkState.LOST, "refused")
    assert bench.kinds == ["device.lost"]
