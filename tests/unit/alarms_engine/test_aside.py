"""Shelved, suppressed, out of service: evaluated all the while, announced not at all."""

from __future__ import annotations

import pytest

from console.alarms.events import RefusedError
from console.alarms.severity import Severity
from console.alarms.states import State

from .bench import FOUR, HOT, Bench, key

HOUR_S = 3600.0
LIMITED = HOT + f"shelve_max_s = {HOUR_S}\n"
CAUSES = (
    HOT
    + f"""
group = "cooling"
suppressed_by = ["pump"]
release_after_s = 30
[[alarm]]
id = "pump"
name = "Pump"
any = [{{ point = "pump[1].state", state = ["tripped"] }}]
priority = 2
group = "cooling"
{FOUR}
[[alarm]]
id = "leak"
name = "Leak"
any = [{{ point = "leak[*].state", state = ["leak"] }}]
priority = 1
suppressible = false
shelve_max_s = 0
{FOUR}
"""
)
PUMP, LEAK = key("pump", ""), key("leak", "")
TRIPPED = {"pump[1].state": 2.0}


def _shelved(bench: Bench, seconds: float = HOUR_S) -> list[str]:
    return bench.take(bench.engine.shelve(key(), seconds, "nuisance", "Chen", bench.now))


def test_a_shelf_ends_by_itself_and_what_still_holds_is_announced_anew() -> None:
    bench = Bench(LIMITED)
    bench.feed(temperature=51)
    bench.take(bench.engine.acknowledge(key(), "Chen", bench.now))
    assert _shelved(bench) == ["alarm.shelved"]
    assert bench.book.highest() is None
    assert [(s.reason, s.actor) for s in bench.book.shelved()] == [("nuisance", "Chen")]
    assert bench.tick(HOUR_S - 1) == []
    assert bench.tick() == ["alarm.unshelved"]
    assert bench.book.get(key()).state is State.UNACKNOWLEDGED


def test_what_comes_and_goes_on_the_shelf_is_journalled_only() -> None:
    bench = Bench(LIMITED)
    _shelved(bench)
    assert bench.feed(temperature=61) == ["alarm.raised"]
    assert bench.feed(temperature=51) == ["alarm.changed"]
    assert bench.feed() == ["alarm.cleared"]
    assert bench.tick(HOUR_S) == ["alarm.unshelved"]
    assert bench.book.get(key()).state is State.NORMAL


def test_what_nobody_had_seen_is_still_unseen_after_the_shelf() -> None:
    bench = Bench(LIMITED)
    bench.feed(temperature=61)
    _shelved(bench)
    assert bench.book.get(key()).unacknowledged is Severity.FATAL
    bench.feed()
    bench.tick(HOUR_S)
    found = bench.book.get(key())
    assert (found.state, found.unacknowledged) == (State.RETURNED, Severity.FATAL)


def test_a_latching_alarm_is_remembered_through_the_shelf() -> None:
    bench = Bench(LIMITED + "latching = true\n")
    _shelved(bench)
    bench.feed(temperature=61)
    bench.feed()
    bench.tick(HOUR_S)
    assert bench.book.get(key()).state is State.LATCHED_UNACKNOWLEDGED


@pytest.mark.parametrize("seconds", [0, -1, HOUR_S + 1])
def test_no_shelf_without_an_end_in_time(seconds: float) -> None:
    bench = Bench(LIMITED)
    with pytest.raises(RefusedError, match="at most 60 min"):
        _shelved(bench, seconds)


def test_no_shelf_without_a_reason_nor_twice() -> None:
    bench = Bench(LIMITED)
    with pytest.raises(RefusedError, match="reason"):
        bench.engine.shelve(key(), 60, " ", "Chen", bench.now)
    _shelved(bench)
    with pytest.raises(RefusedError, match="already"):
        _shelved(bench)


def test_an_alarm_that_may_not_be_shelved() -> None:
    bench = Bench(CAUSES)
    with pytest.raises(RefusedError, match="may not be shelved"):
        bench.engine.shelve(LEAK, 60, "r", "Chen", bench.now)


def test_a_wall_clock_put_back_ends_a_shelf_because_a_restart_could_not_tell_its_time() -> None:
    bench = Bench(LIMITED)
    _shelved(bench)
    bench.utc_us -= 900_000
    assert bench.tick(1) == []
    bench.utc_us -= 300_000
    assert bench.tick(1) == ["alarm.unshelved"]


def test_a_wall_clock_that_stands_still_does_not_prolong_a_shelf() -> None:
    bench = Bench(LIMITED)
    _shelved(bench)
    bench.mono_s += HOUR_S
    assert bench.tick(0) == ["alarm.unshelved"]


def test_a_wall_clock_put_forward_ends_it() -> None:
    bench = Bench(LIMITED)
    _shelved(bench)
    bench.utc_us += 5 * 3_600_000_000
    assert bench.tick(1) == ["alarm.unshelved"]


def test_a_shelf_survives_a_restart_with_the_time_it_has_left() -> None:
    bench = Bench(LIMITED)
    _shelved(bench)
    bench.pass_time(HOUR_S / 2)
    assert bench.restart() == []
    assert bench.book.get(key()).state is State.SHELVED
    assert bench.tick(HOUR_S / 2 - 1) == []
    assert bench.tick(1) == ["alarm.unshelved"]


def test_a_clock_that_went_back_over_a_restart_ends_every_shelf() -> None:
    bench = Bench(LIMITED)
    _shelved(bench)
    bench.utc_us -= 1_000_000
    assert bench.restart() == ["alarm.unshelved"]


def test_a_clock_that_stands_before_the_end_of_the_log_is_not_believed() -> None:
    bench = Bench(LIMITED)
    _shelved(bench)
    bench.pass_time(1800)
    bench.feed(temperature=51)
    bench.utc_us -= 900_000_000
    assert "alarm.unshelved" in bench.restart()


def test_a_shelf_that_ended_while_the_console_was_off_is_over() -> None:
    bench = Bench(LIMITED)
    _shelved(bench)
    bench.pass_time(HOUR_S)
    assert bench.restart() == ["alarm.unshelved"]


def test_a_cause_hides_what_follows_from_it_and_gives_it_back() -> None:
    bench = Bench(CAUSES)
    assert bench.feed_points(1, TRIPPED) == ["alarm.raised"]
    assert bench.feed_points(1, {**TRIPPED, "temperature": 51}) == [
        "alarm.suppressed",
        "alarm.raised",
    ]
    assert [s.key for s in bench.book.alarms()] == [PUMP]
    assert [s.key for s in bench.book.suppressed()] == [key()]
    (hidden,) = [event for event in bench.log if event.kind == "alarm.suppressed"]
    assert hidden.body["name"] == bench.engine.definition_of(key()).name  # type: ignore[union-attr]
    assert bench.feed_points(1, {"temperature": 51}) == ["alarm.cleared"]
    assert bench.tick(29) == []
    assert bench.tick(1) == ["alarm.unsuppressed"]
    assert bench.book.get(key()).state is State.UNACKNOWLEDGED


def test_in_one_sample_the_cause_is_told_first() -> None:
    bench = Bench(CAUSES)
    bench.feed_points(1, {**TRIPPED, "temperature": 51})
    assert [e.body["alarm"] for e in bench.log if e.kind == "alarm.raised"] == ["pump", "hot"]
    assert [s.key for s in bench.book.alarms()] == [PUMP]


def test_a_cause_that_comes_later_hides_what_was_shown() -> None:
    bench = Bench(CAUSES)
    bench.feed(temperature=51)
    assert bench.feed_points(1, {**TRIPPED, "temperature": 51}) == [
        "alarm.raised",
        "alarm.suppressed",
    ]
    bench.feed()
    bench.tick(31)
    # It was announced and nobody had acknowledged it.
    assert bench.book.get(key()).state is State.RETURNED


def test_a_consequence_worse_than_may_be_hidden_is_shown() -> None:
    bench = Bench(CAUSES)
    bench.feed_points(1, {**TRIPPED, "temperature": 51})
    assert bench.feed_points(1, {**TRIPPED, "temperature": 61}) == [
        "alarm.changed",
        "alarm.unsuppressed",
    ]
    highest = bench.book.highest()
    assert highest is not None
    assert (highest.key, highest.latched, highest.priority) == (key(), Severity.FATAL, 1)


def test_a_cause_that_nobody_can_see_hides_nothing() -> None:
    bench = Bench(CAUSES)
    bench.feed_points(1, TRIPPED)
    bench.take(bench.engine.shelve(PUMP, 60, "known", "Chen", bench.now))
    assert bench.feed_points(1, {**TRIPPED, "temperature": 51}) == ["alarm.raised"]
    assert [s.key for s in bench.book.alarms()] == [key()]


def test_the_first_of_a_group_leads_it() -> None:
    bench = Bench(CAUSES)
    bench.feed_points(1, TRIPPED)
    bench.feed_points(1, {**TRIPPED, "temperature": 51, "leak[1].state": 1})
    groups = bench.book.groups()
    assert [group.first.key for group in groups] == [LEAK, PUMP]
    assert [[s.key for s in group.others] for group in groups] == [[], [key()]]


def test_a_new_upset_starts_a_new_group() -> None:
    bench = Bench(CAUSES)
    bench.feed_points(1, TRIPPED)
    bench.feed()
    bench.tick(60)
    bench.feed(temperature=51)
    assert bench.book.get(key()).first_out is None


def test_gpus_stand_in_the_place_of_their_tank() -> None:
    bench = Bench(CAUSES, places={"h": "t"})
    bench.engine.add_part("h", "h/gpu0", "gpu", bench.schema)
    bench.feed_points(1, TRIPPED)
    bench.feed_points(1, {"temperature": 51}, part="h/gpu0")
    assert bench.book.get(key(subject="h/gpu0")).state is State.SUPPRESSED
    assert bench.book.get(key(subject="h/gpu0")).first_out == PUMP


def _work(bench: Bench, *keys: tuple[str, str]) -> list[str]:
    wanted = [key(*one) for one in keys]
    return bench.take(bench.engine.suppress(wanted, "WO-7", "extraction", "Chen", bench.now))


def test_work_suppresses_exactly_what_it_will_trip_and_a_real_leak_alarms() -> None:
    bench = Bench(CAUSES)
    assert _work(bench, ("hot", "temperature")) == ["alarm.suppressed"]
    bench.feed(temperature=61)
    assert bench.book.alarms() == []
    bench.feed_points(1, {"temperature": 61, "leak[2].state": 1})
    assert [s.key for s in bench.book.alarms()] == [LEAK]


@pytest.mark.parametrize("because", ["closed", "aborted"])
def test_what_work_suppressed_comes_back_with_its_end(because: str) -> None:
    bench = Bench(CAUSES)
    _work(bench, ("hot", "temperature"))
    bench.feed(temperature=51)
    assert bench.take(bench.engine.release("WO-7", "Chen", bench.now, because)) == [
        "alarm.unsuppressed"
    ]
    assert bench.book.get(key()).state is State.UNACKNOWLEDGED


def test_what_work_tripped_and_is_over_leaves_nothing_behind() -> None:
    bench = Bench(CAUSES)
    _work(bench, ("hot", "temperature"))
    bench.feed(temperature=61)
    bench.feed()
    bench.take(bench.engine.release("WO-7", "Chen", bench.now))
    assert bench.book.statuses() == []


def test_two_reasons_to_suppress_must_both_end() -> None:
    bench = Bench(CAUSES)
    _work(bench, ("hot", "temperature"))
    bench.take(bench.engine.suppress([key()], "WO-8", "r", "Wu", bench.now))
    bench.take(bench.engine.release("WO-7", "Chen", bench.now))
    assert bench.book.get(key()).state is State.SUPPRESSED
    bench.take(bench.engine.release("WO-8", "Wu", bench.now))
    assert bench.book.get(key()).state is State.NORMAL


def test_work_waits_for_what_is_on_the_shelf() -> None:
    bench = Bench(CAUSES)
    bench.take(bench.engine.shelve(key(), 60, "r", "Chen", bench.now))
    _work(bench, ("hot", "temperature"))
    assert bench.book.get(key()).state is State.SHELVED
    bench.tick(60)
    assert bench.book.get(key()).state is State.SUPPRESSED


def test_a_leak_is_never_suppressed_and_then_nothing_is() -> None:
    bench = Bench(CAUSES)
    with pytest.raises(RefusedError, match="may not be suppressed"):
        _work(bench, ("hot", "temperature"), ("leak", ""))
    assert bench.log == []
    assert bench.engine.book.statuses() == []


def test_out_of_service_ends_only_deliberately() -> None:
    bench = Bench(CAUSES)
    bench.feed(temperature=51)
    args = (key(), "WO-9", "sensor at the workshop", "Wu", bench.now)
    assert bench.take(bench.engine.take_out_of_service(*args)) == ["alarm.out_of_service"]
    bench.tick(30 * 86400)
    bench.restart()
    assert [s.work_order for s in bench.book.out_of_service()] == ["WO-9"]
    assert bench.feed(temperature=51)[0] == "alarm.changed"
    assert bench.take(bench.engine.return_to_service(key(), "Wu", bench.now)) == [
        "alarm.in_service"
    ]
    assert bench.book.get(key()).state is State.UNACKNOWLEDGED


def test_out_of_service_needs_a_work_order() -> None:
    bench = Bench(CAUSES)
    with pytest.raises(RefusedError, match="work order"):
        bench.engine.take_out_of_service(key(), "", "r", "Wu", bench.now)


def test_commands_on_what_there_is_not_are_refused() -> None:
    bench = Bench(CAUSES)
    for command in (
        lambda: bench.engine.acknowledge(key(), "Wu", bench.now),
        lambda: bench.engine.unshelve(key(), "Wu", bench.now),
        lambda: bench.engine.return_to_service(key(), "Wu", bench.now),
        lambda: bench.engine.shelve(key("no"), 60, "r", "Wu", bench.now),
    ):
        with pytest.raises(RefusedError):
            command()
    assert bench.engine.book.statuses() == []
