"""Upsets of the simulated plant as an operator meets them: through the whole session."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from console.alarms.events import AlarmKey, RefusedError
from console.alarms.journal import Group
from console.alarms.severity import Severity
from console.alarms.states import State
from console.app import demo_site
from console.demo import PausedDemo, paused_demo
from console.history.events import Event
from console.history.reader import LogReader
from console.session import Session
from drivers.simulator.faults import FaultSpec
from drivers.simulator.options import PlantOptions

WARM_S = 600.0
ORDER = "WO-1042"
KINDS = {"alarm.raised", "alarm.suppressed", "alarm.unsuppressed"}


@pytest.fixture
def demo_with(tmp_path: Path) -> Iterator[Callable[..., PausedDemo]]:
    """Return a maker of a warm and healthy plant, to which faults happen after ``WARM_S``."""
    made: list[PausedDemo] = []

    def make(*faults: str) -> PausedDemo:
        made.append(paused_demo(tmp_path, tanks=2, hosts=2, gpus=8, seconds=WARM_S, faults=faults))
        assert shown(made[-1].session) == []
        return made[-1]

    yield make
    for demo in made:
        demo.close()


def shown(session: Session) -> list[AlarmKey]:
    """The announced alarms, in the order in which they came."""
    session.refresh()
    return [s.key for s in sorted(session.book.alarms(), key=lambda status: status.raised_us)]


def announced(events: Sequence[Event]) -> list[AlarmKey]:
    """Every alarm that was ever announced by these events, in order."""
    aside: set[AlarmKey] = set()
    found: list[AlarmKey] = []
    for event in events:
        item = str(event.body.get("item", ""))
        key = AlarmKey(event.subject, str(event.body["alarm"]), item)
        if event.kind == "alarm.suppressed":
            aside.add(key)
            continue
        if event.kind == "alarm.unsuppressed":
            aside.discard(key)
        if key not in aside:
            found.append(key)
    return found


def tank_of(session: Session, subject: str) -> str:
    tank = session.tank_of(subject)
    return tank.id if tank else ""


def only_group(session: Session) -> Group:
    session.refresh()
    (group,) = session.book.groups()
    return group


@pytest.mark.parametrize("pumps", [1, 2])
def test_a_pump_trip_at_load_is_one_cause_with_everything_else_under_it(
    demo_with: Callable[..., PausedDemo], pumps: int
) -> None:
    demo = demo_with(f"pump_trip:tank-1@{WARM_S + 10},pumps={pumps}")
    session = demo.session
    demo.advance(10 + 60)
    first_minute = shown(session)
    assert first_minute[0].alarm == "pump-failed"
    assert pumps <= len(first_minute) <= 3
    assert len(announced(LogReader(session.data).of_kinds(KINDS))) <= 3
    highest = session.book.highest()
    assert highest is not None
    assert highest.key.alarm == "pump-failed"
    spec = session.alarms.definition_of(highest.key)
    assert spec is not None
    assert "The pump tripped" in spec.cause
    assert [s.key.alarm for s in session.book.suppressed()] == ["coolant-flow-low"]

    demo.advance(900)  # the tank heats: nothing that follows stands alone
    group = only_group(session)
    followed = {status.key.alarm for status in group.others}
    assert group.first.key.alarm == "pump-failed"
    assert {"coolant-flow-low", "coolant-return-high"} <= followed
    assert ("gpu-margin-low" in followed) == (pumps == 2)
    everything = {s.key for s in (*session.book.alarms(), *session.book.suppressed())}
    assert everything == {group.first.key, *(status.key for status in group.others)}
    assert LogReader(session.data).of_kinds(KINDS)[0].body["alarm"] == "pump-failed"


def test_a_tank_beside_it_that_fails_too_is_a_group_of_its_own(
    demo_with: Callable[..., PausedDemo],
) -> None:
    faults = [f"pump_trip:tank-{n}@{WARM_S + 10},pumps=2" for n in (1, 2)]
    demo = demo_with(*faults)
    demo.advance(10 + 60)
    demo.session.refresh()
    groups = demo.session.book.groups()
    assert sorted(group.first.subject for group in groups) == ["tank-1", "tank-2"]
    for group in groups:
        assert group.others
        places = {tank_of(demo.session, status.subject) for status in group.others}
        assert places == {group.first.subject}


def extraction_keys(session: Session) -> list[AlarmKey]:
    """What lifting the first server out of the first tank is expected to trip."""
    keys = [*session.alarms.keys("tank-1", "lid-open-running")]
    keys += session.alarms.keys("tank-1", "level-low")
    keys += session.alarms.keys("node-1", "host-silent")
    for gpu in session.gpus("node-1"):
        keys += [*session.alarms.keys(gpu, "gpu-lost"), *session.alarms.keys(gpu, "gpu-silent")]
    return keys


class TestServerExtraction:
    def test_without_a_work_order_lifting_alarms(
        self, demo_with: Callable[..., PausedDemo]
    ) -> None:
        demo = demo_with()
        demo.plant.lift("node-1")
        demo.advance(120)
        found = {key.alarm for key in shown(demo.session)}
        assert {"level-low", "gpu-lost"} <= found

    def test_what_the_work_trips_is_suppressed_and_comes_back_when_it_is_closed(
        self, demo_with: Callable[..., PausedDemo]
    ) -> None:
        demo = demo_with()
        session = demo.session
        keys = extraction_keys(session)
        assert len(keys) == 3 + 2 * 8
        session.alarms.suppress(keys, ORDER, "node-1 is lifted out", "m.chen")
        demo.advance(4)
        demo.plant.lift("node-1")
        demo.advance(1200)
        assert shown(session) == []
        active = {s.key.alarm for s in session.book.suppressed() if s.active}
        assert {"level-low", "gpu-lost"} <= active  # evaluated and journalled all the same

        session.alarms.release(ORDER, "m.chen")
        demo.advance(4)
        assert {key.alarm for key in shown(session)} == active
        demo.plant.lower("node-1")
        demo.advance(300)
        session.refresh()
        assert [status.key for status in session.book.alarms() if status.active] == []

    def test_a_server_put_back_before_the_work_is_closed_leaves_nothing(
        self, demo_with: Callable[..., PausedDemo]
    ) -> None:
        demo = demo_with()
        session = demo.session
        keys = extraction_keys(session)
        session.alarms.suppress(keys, ORDER, "node-1 is lifted out", "m.chen")
        demo.plant.lift("node-1")
        demo.advance(300)
        demo.plant.lower("node-1")
        demo.advance(300)
        session.alarms.release(ORDER, "m.chen")
        demo.advance(60)
        assert shown(session) == []
        assert session.book.suppressed() == []

    def test_a_real_leak_during_the_work_still_alarms(
        self, demo_with: Callable[..., PausedDemo]
    ) -> None:
        demo = demo_with()
        session = demo.session
        (leak,) = session.alarms.keys("tank-1", "leak")
        with pytest.raises(RefusedError):
            session.alarms.suppress([*extraction_keys(session), leak], ORDER, "lift", "m.chen")
        demo.advance(4)
        session.refresh()
        assert session.book.suppressed() == []  # all or nothing
        session.alarms.suppress(extraction_keys(session), ORDER, "lift", "m.chen")
        demo.plant.lift("node-1")
        demo.advance(120)
        assert shown(session) == []
        demo.plant.inject("slow_leak", "tank-1", parameters={"l_per_min": 20.0})
        demo.advance(60)
        assert shown(session) == [leak]
        status = session.book.highest()
        assert status is not None
        assert (status.priority, status.unacknowledged) == (1, Severity.FATAL)
        assert status.state is State.UNACKNOWLEDGED

    def test_the_same_loss_elsewhere_is_not_suppressed(
        self, demo_with: Callable[..., PausedDemo]
    ) -> None:
        demo = demo_with()
        session = demo.session
        session.alarms.suppress(extraction_keys(session), ORDER, "lift", "m.chen")
        demo.plant.lift("node-1")
        demo.plant.lift("node-2")
        demo.advance(120)
        found = shown(session)
        assert {tank_of(session, key.subject) for key in found} == {"tank-2"}
        assert {key.alarm for key in found} == {"gpu-lost", "level-low"}


@pytest.mark.slow
def test_over_real_sockets_the_operator_sees_the_same(tmp_path: Path) -> None:
    """The plant runs four times as fast: its first minute is a quarter of ours."""
    fault = FaultSpec.parse("pump_trip:tank-1@32,pumps=2")
    options = PlantOptions(tanks=2, hosts=1, gpus_per_host=2, speed=4.0, faults=(fault,))
    with demo_site(options, tmp_path) as session:
        session.start()
        try:
            deadline_s = time.monotonic() + 40
            while not shown(session) and time.monotonic() < deadline_s:
                time.sleep(0.1)
            tripped_s = time.monotonic()
            assert shown(session)[0].alarm == "pump-failed"
            while time.monotonic() < tripped_s + 20:
                assert len(shown(session)) <= 3
                time.sleep(0.2)
            group = only_group(session)
        finally:
            session.stop()
    assert group.first.key.alarm == "pump-failed"
    assert "coolant-flow-low" in {status.key.alarm for status in group.others}
    told = announced(LogReader(tmp_path).of_kinds(KINDS))
    assert told[0].alarm == "pump-failed"
    assert len(told) <= 3
