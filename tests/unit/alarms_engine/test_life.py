"""The life of an alarm, told as stories: raised, seen, worse, over, forgotten."""

from __future__ import annotations

import pytest

from console.alarms.events import RefusedError
from console.alarms.severity import Severity
from console.alarms.states import State
from drivers.points import Reason

from .bench import HOT, Bench, key

LATCHED = HOT + "latching = true\n"


def test_it_is_raised_seen_and_over() -> None:
    bench = Bench()
    assert bench.feed(temperature=49.9) == []
    assert bench.feed(temperature=50) == ["alarm.raised"]
    assert bench.book.get(key()).state is State.UNACKNOWLEDGED
    assert bench.take(bench.engine.acknowledge(key(), "Chen", bench.now)) == ["alarm.acknowledged"]
    assert bench.book.get(key()).state is State.ACKNOWLEDGED
    assert bench.feed(temperature=49.5) == []
    assert bench.feed(temperature=49) == ["alarm.cleared"]
    assert bench.book.alarms() == []


def test_what_is_over_before_anybody_saw_it_stays_until_somebody_does() -> None:
    bench = Bench()
    bench.feed(temperature=56)
    bench.feed(temperature=40)
    found = bench.book.highest()
    assert found is not None
    assert (found.state, found.unacknowledged) == (State.RETURNED, Severity.CRITICAL)
    assert (found.current, found.active) == (Severity.OK, Severity.OK)
    bench.take(bench.engine.acknowledge(key(), "Chen", bench.now))
    assert bench.book.highest() is None


def test_a_latched_alarm_needs_a_reset_and_only_when_it_was_seen_and_is_over() -> None:
    bench = Bench(LATCHED)
    bench.feed(temperature=56)
    with pytest.raises(RefusedError):
        bench.engine.reset(key(), "Chen", bench.now)
    bench.feed(temperature=40)
    assert bench.book.get(key()).state is State.LATCHED_UNACKNOWLEDGED
    bench.take(bench.engine.acknowledge(key(), "Chen", bench.now))
    assert bench.book.get(key()).state is State.LATCHED_ACKNOWLEDGED
    bench.take(bench.engine.reset(key(), "Chen", bench.now))
    assert bench.book.get(key()).state is State.NORMAL


def test_worse_than_what_was_seen_is_news_and_milder_is_not() -> None:
    bench = Bench()
    bench.feed(temperature=51)
    bench.take(bench.engine.acknowledge(key(), "Chen", bench.now))
    assert bench.feed(temperature=56) == ["alarm.raised"]
    found = bench.book.get(key())
    assert (found.state, found.latched, found.priority) == (
        State.UNACKNOWLEDGED,
        Severity.CRITICAL,
        2,
    )
    bench.take(bench.engine.acknowledge(key(), "Chen", bench.now))
    assert bench.feed(temperature=51) == ["alarm.changed"]
    assert bench.feed(temperature=56) == ["alarm.changed"]
    assert bench.book.get(key()).state is State.ACKNOWLEDGED


def test_current_and_latched_severity_stand_side_by_side() -> None:
    bench = Bench()
    bench.feed(temperature=61)
    bench.feed(temperature=51)
    found = bench.book.get(key())
    assert (found.current, found.latched) == (Severity.CAUTION, Severity.FATAL)
    assert found.priority == 1


def test_what_became_worse_since_it_was_shown_is_not_acknowledged_unseen() -> None:
    bench = Bench()
    bench.feed(temperature=51)
    bench.feed(temperature=61)
    with pytest.raises(RefusedError):
        bench.engine.acknowledge(key(), "Chen", bench.now, Severity.CAUTION)
    assert bench.book.get(key()).unacknowledged is Severity.FATAL


def test_lost_data_is_a_severity_and_clears_nothing() -> None:
    bench = Bench()
    bench.feed(temperature=56)
    bad = {"temperature": Reason.SENSOR_FAULT}
    assert bench.feed(reasons=bad) == ["alarm.changed"]
    found = bench.book.get(key())
    assert (found.current, found.active) == (Severity.UNKNOWN, Severity.CRITICAL)
    assert found.state is State.UNACKNOWLEDGED
    assert bench.feed(temperature=40) == ["alarm.cleared"]


def test_a_definition_may_alarm_on_lost_data_itself() -> None:
    bench = Bench(HOT + 'unknown = "alarm"\n')
    assert bench.feed(reasons={"temperature": Reason.STALE}) == ["alarm.raised"]
    assert bench.book.get(key()).latched is Severity.UNKNOWN


def test_unknown_never_hides_a_fatal_reading_that_was_seen() -> None:
    bench = Bench(HOT + 'unknown = "alarm"\n')
    bench.feed(temperature=61)
    bench.feed(reasons={"temperature": Reason.STALE})
    assert bench.book.get(key()).latched is Severity.FATAL


def test_a_silent_device_leaves_its_alarms_unknown_until_it_answers() -> None:
    bench = Bench()
    bench.feed(temperature=56)
    bench.take(bench.engine.link_changed("t", lost=True, now=bench.now))
    assert bench.book.get(key()).current is Severity.UNKNOWN
    bench.take(bench.engine.link_changed("t", lost=False, now=bench.now))
    assert bench.feed(temperature=56) == ["alarm.changed"]
    assert bench.book.get(key()).current is Severity.CRITICAL


def test_book_and_engine_agree() -> None:
    bench = Bench()
    for value in (51, 56, 40, 61, 49.5, 40):
        bench.feed(temperature=value)
        assert bench.book.statuses() == bench.engine.book.statuses() != []


def test_applying_an_event_twice_is_harmless() -> None:
    bench = Bench()
    bench.feed(temperature=56)
    before = bench.book.get(key())
    assert not bench.book.apply(bench.log[-1])
    assert bench.book.get(key()) == before


def test_what_an_event_cannot_mean_changes_nothing() -> None:
    bench = Bench()
    bench.feed(temperature=56)
    for kind in ("alarm.reset", "alarm.unshelved", "alarm.in_service", "limit.crossed"):
        raw = type("Raw", (), {"kind": kind, "subject": "t", "body": {}, "utc_us": 1})()
        assert not bench.book.apply(raw)
    assert bench.book.get(key()).state is State.UNACKNOWLEDGED
