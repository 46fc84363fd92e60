"""What becomes of a sample: values, trends and exactly the events that it is worth."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from console.acquisition.latest import LatestStore, LinkState
from console.acquisition.trends import TrendStore
from console.alarms.definitions import load_definitions
from console.alarms.engine import AlarmEngine
from console.history.events import EventDraft
from console.history.status import StorageReason, StorageState, StorageStatus
from console.session.alarms import AlarmRoom
from console.session.intake import RECORDING, Intake
from drivers.points import Happening, Level, Limit, Point, Reason, Schema, Snapshot, Stamp

SCHEMA = Schema(
    (
        Point("t", "T", "Cel", limits=(Limit(Level.UPPER_CRITICAL, 55),), register="30001"),
        Point("f", "F"),
    )
)


def storage(state: StorageState) -> StorageStatus:
    return StorageStatus(state, StorageReason.NONE, "the disk is full", Stamp(0, 0.0))


class Recorder:
    def __init__(self) -> None:
        self.drafts: list[EventDraft] = []
        self.kept: list[Snapshot] = []
        self.status = storage(StorageState.RECORDING)

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
        alarms = AlarmRoom(AlarmEngine(load_definitions([])), self.recorder.record, clock)
        self.intake = Intake(self.latest, self.trends, self.recorder, alarms, {}, clock)
        alarms.add_device("tank-1", "tank")
        alarms.add_device(RECORDING, "console")
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
    assert bench.kinds == ["alarm.raised", "alarm.cleared"]
    crossed = bench.recorder.drafts[0]
    assert crossed.subject == "tank-1"
    assert (
        crossed.body.items()
        >= {
            "point": "t",
            "point_name": "T",
            "level": "upper_critical",
            "limit": 55,
            "value": 55.25,
            "unit": "Cel",
            "severity": "critical",
        }.items()
    )


def test_a_sensor_fails_once_and_is_restored_once(bench: Bench) -> None:
    for reason in (Reason.NONE, Reason.SENSOR_FAULT, Reason.SENTINEL, Reason.NONE):
        for _ in range(40):  # it has to last, in both directions
            bench.sample(46.0, reason)
    assert bench.kinds == ["alarm.raised", "alarm.cleared"]
    assert bench.recorder.drafts[0].body["alarm"] == "sensor-failed"
    assert bench.recorder.drafts[0].body["item"] == "t"


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
    assert bench.kinds == [
        "device.connected",
        "device.lost",
        "alarm.raised",
        "device.restored",
        "alarm.cleared",
    ]
    assert bench.recorder.drafts[1].body == {"url": "tcp://h", "message": "it fell silent"}
    assert bench.latest.link("tank-1").state is LinkState.LIVE


def test_a_device_that_never_answered_is_lost_too(bench: Bench) -> None:
    bench.intake.link_changed("tank-1", LinkState.LOST, "refused")
    assert bench.kinds == ["device.lost", "alarm.raised"]


def gpu_snapshot(
    seconds: float,
    value: float,
    reason: Reason = Reason.NONE,
    schema: Schema = SCHEMA,
    **more: object,
) -> Snapshot:
    values = np.full(2, math.nan if reason in {Reason.DEVICE_LOST, Reason.NO_COMMS} else value)
    reasons = np.full(2, reason, np.uint8)
    time = Stamp(int(seconds * 1e6), seconds)
    return Snapshot("tank-1", schema, values, reasons, time, identity={"uuid": "u"}, **more)  # type: ignore[arg-type]


def test_a_gpu_that_stops_answering_beside_its_server_is_silent_and_then_lost(bench: Bench) -> None:
    for seconds, reason in enumerate(
        (Reason.NONE, Reason.NO_COMMS, Reason.NO_COMMS, Reason.DEVICE_LOST, Reason.NONE), 1
    ):
        bench.intake.accept("tank-1", [gpu_snapshot(seconds, 40, reason)])
    assert bench.kinds == ["gpu.silent", "gpu.lost", "gpu.restored"]
    assert all(draft.body == {"uuid": "u"} for draft in bench.recorder.drafts)


def test_a_gpu_that_was_expected_and_never_came_is_told_as_such(bench: Bench) -> None:
    bench.intake.accept("tank-1", [gpu_snapshot(1, 0, Reason.DEVICE_LOST)])
    assert bench.recorder.drafts[0].body == {"uuid": "u", "seen": False}


@pytest.mark.parametrize(
    ("now", "told"),
    [({"uuid": "u"}, {"uuid": "u"}), ({"uuid": "v"}, {"uuid": "v", "was_uuid": "u"}), ({}, {})],
)
def test_another_gpu_in_the_place_of_a_lost_one_is_not_the_lost_one_back(
    bench: Bench, now: dict[str, str], told: dict[str, str]
) -> None:
    bench.intake.accept("tank-1", [gpu_snapshot(1, 40)])
    bench.intake.accept("tank-1", [gpu_snapshot(2, 0, Reason.DEVICE_LOST)])
    bench.intake.accept("tank-1", [replace(gpu_snapshot(3, 40), identity=now)])
    assert bench.kinds == ["gpu.lost", "gpu.restored"]
    assert bench.recorder.drafts[1].body == told


def test_what_happened_is_an_event_before_the_limits(bench: Bench) -> None:
    happened = Happening("xid", {"code": 79, "uuid": "u"}, Stamp(7, 0.5))
    bench.intake.accept("tank-1", [gpu_snapshot(1, 60, happenings=(happened,))])
    assert bench.kinds == ["gpu.xid", "alarm.raised"]
    first = bench.recorder.drafts[0]
    assert (first.subject, first.body["code"], first.utc_us) == ("tank-1", 79, 7)


def test_the_past_fills_plots_and_history_and_is_no_news(bench: Bench) -> None:
    bench.intake.accept("tank-1", [gpu_snapshot(1, 60, past=True), gpu_snapshot(2, 50)])
    assert bench.kinds == []
    assert bench.trends.window("tank-1", "t", 60, 2.0)[1].tolist() == [60, 50]
    assert len(bench.recorder.kept) == 2
    assert bench.latest.view("tank-1", Stamp(0, 2)).good("t") == 50


def test_a_recording_is_shown_and_is_no_part_of_the_history(bench: Bench) -> None:
    bench.intake.accept("tank-1", [gpu_snapshot(1, 60, Reason.RECORDED)])
    assert bench.latest.view("tank-1", Stamp(0, 1))["t"].value == 60
    assert (bench.kinds, bench.recorder.kept) == ([], [])
    assert bench.trends.window("tank-1", "t", 60, 1.0)[1].tolist() == []


def test_an_alarm_of_limits_that_hold_no_longer_is_over(bench: Bench) -> None:
    """Another GPU in the same slot has other limits."""
    other = Schema((Point("t", "T", limits=(Limit(Level.UPPER_CRITICAL, 90),)), Point("f", "F")))
    bench.intake.accept("tank-1", [gpu_snapshot(1, 60)])
    bench.intake.accept("tank-1", [gpu_snapshot(2, 60, schema=other)])
    assert bench.kinds == ["alarm.raised", "alarm.cleared"]
    bench.intake.accept("tank-1", [gpu_snapshot(3, 91, schema=other)])
    assert bench.kinds[2:] == ["alarm.raised"]
    assert len(bench.trends.window("tank-1", "t", 60, 3.0)[1]) == 3


def test_a_disk_that_takes_nothing_is_an_alarm_until_it_does(bench: Bench) -> None:
    def pass_(seconds: int) -> None:
        for _ in range(seconds):
            bench.now_s += 1
            bench.intake.tick()

    pass_(2)
    bench.recorder.status = storage(StorageState.DEGRADED)
    pass_(3)
    assert bench.kinds == []  # a disk that hiccups is no alarm
    pass_(5)
    raised = bench.recorder.drafts[0]
    assert (bench.kinds, raised.subject) == (["alarm.raised"], RECORDING)
    assert raised.body["alarm"] == "recording-interrupted"
    assert raised.body["message"] == "the disk is full"
    bench.recorder.status = storage(StorageState.RECORDING)
    pass_(8)
    assert bench.kinds == ["alarm.raised", "alarm.cleared"]
