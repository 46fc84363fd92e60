"""The alarm book: derived from events alone, whatever their order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from console.alarms.book import AlarmBook


@dataclass
class Happened:
    kind: str
    subject: str = "tank-1"
    body: dict[str, Any] = field(default_factory=dict)
    utc_us: int = 0


def crossed(level: str = "upper_critical", at: int = 0, subject: str = "tank-1") -> Happened:
    return Happened("limit.crossed", subject, {"point": "t", "level": level, "value": 55.2}, at)


def cleared(level: str = "upper_critical") -> Happened:
    return Happened("limit.cleared", "tank-1", {"point": "t", "level": level})


def acknowledged(level: str = "upper_critical", point: str = "t") -> Happened:
    return Happened("limit.acknowledged", "tank-1", {"point": point, "level": level})


def book(*events: Happened) -> AlarmBook:
    made = AlarmBook()
    for event in events:
        made.apply(event)
    return made


def test_crossed_acknowledged_cleared_is_gone() -> None:
    assert book(crossed(), acknowledged(), cleared()).alarms() == []


def test_cleared_before_anybody_saw_it_stays_until_acknowledged() -> None:
    found = book(crossed(), cleared())
    (alarm,) = found.alarms()
    assert not alarm.active
    assert not alarm.acknowledged
    assert found.counts() == {1: 0, 2: 0, 3: 0, 4: 0}
    found.apply(acknowledged())
    assert found.alarms() == []


def test_crossed_again_after_acknowledgement_is_new() -> None:
    found = book(crossed(), acknowledged(), cleared(), crossed(at=9))
    (alarm,) = found.alarms()
    assert (alarm.since_us, alarm.acknowledged) == (9, False)


def test_the_same_event_twice_changes_nothing() -> None:
    found = book(crossed())
    assert not found.apply(crossed(at=5))
    assert len(found.alarms()) == 1


def test_order_is_unacknowledged_then_priority_then_newest() -> None:
    found = book(
        crossed("upper_caution", 1),
        crossed("upper_fatal", 2),
        crossed("upper_critical", 3),
        crossed("upper_caution", 4, "tank-2"),
        acknowledged("upper_fatal"),
    )
    assert [(a.level, a.subject) for a in found.alarms()] == [
        ("upper_critical", "tank-1"),
        ("upper_caution", "tank-2"),
        ("upper_caution", "tank-1"),
        ("upper_fatal", "tank-1"),
    ]
    highest = found.highest()
    assert highest is not None
    assert highest.level == "upper_critical"


def test_one_point_counts_once_at_its_worst_level() -> None:
    found = book(crossed("upper_caution"), crossed("upper_critical"), crossed("upper_fatal"))
    assert found.counts() == {1: 1, 2: 0, 3: 0, 4: 0}


def test_losses_and_sensors() -> None:
    found = book(
        Happened("device.lost"),
        Happened("gpu.lost", "node-1/gpu0"),
        Happened("sensor.failed", body={"point": "t"}),
    )
    assert found.counts() == {1: 0, 2: 1, 3: 1, 4: 1}
    assert [a.subject for a in found.of(["node-1/gpu0"])] == ["node-1/gpu0"]
    found.apply(acknowledged("device.lost", point=""))
    found.apply(Happened("device.restored"))
    assert [a.level for a in found.alarms()] == ["gpu.lost", "sensor.failed"]


events = st.sampled_from(
    [
        make(level)
        for make in (crossed, cleared, acknowledged)
        for level in ("upper_caution", "upper_fatal")
    ]
)


@given(st.lists(events, max_size=40))
def test_no_unacknowledged_crossing_is_ever_lost(happened: list[Happened]) -> None:
    found = book(*happened)
    for level in ("upper_caution", "upper_fatal"):
        mine = [e.kind for e in happened if e.body["level"] == level]
        last_crossed = max((i for i, k in enumerate(mine) if k == "limit.crossed"), default=-1)
        seen = "limit.acknowledged" in mine[last_crossed:]
        if last_crossed >= 0 and not seen and "limit.acknowledged" not in mine:
            assert level in [alarm.level for alarm in found.alarms()]
