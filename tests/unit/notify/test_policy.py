"""Which alarms lead to which messages."""

from __future__ import annotations

from console.alarms.events import AlarmKey, AlarmKind
from console.notify.policy import Notifier, What
from tests.unit.notify.kit import (
    START_US,
    acknowledged,
    cleared,
    event,
    heads,
    key,
    notifier,
    raised,
    rule,
    told,
)

PUMP, FLOW, HOT = key(), key(alarm="coolant-flow-low"), key(alarm="coolant-return-high")
LEAK = key(alarm="leak")


def test_an_announced_alarm_is_told_once() -> None:
    found = notifier(1, 2)
    found.take(raised(PUMP), 0.0)
    assert heads(told(found, 0.0)) == [("alarm", 2, PUMP)]
    assert told(found, 1.0) == []


def test_only_the_wished_priorities_are_told() -> None:
    found = notifier(1, 3)
    found.take(raised(PUMP, 2), 0.0)
    found.take(raised(key(2), 3), 0.0)
    found.take(raised(key(3), 1), 0.0)
    assert heads(told(found, 0.0)) == [("alarm", 1, key(3)), ("alarm", 3, key(2))]


def test_what_a_rule_or_work_suppresses_is_not_told_until_it_is_given_back() -> None:
    found = notifier()
    found.take(event(AlarmKind.SUPPRESSED, FLOW, by="work:7", reason="lift"), 0.0)
    found.take(raised(FLOW), 1.0)
    assert told(found, 5.0) == []
    found.take(event(AlarmKind.UNSUPPRESSED, FLOW, by="work:7"), 6.0)
    assert heads(told(found, 6.0)) == [("alarm", 2, FLOW)]


def test_what_is_shelved_is_not_told_until_it_is_back() -> None:
    found = notifier()
    until_us = START_US + 60_000_000
    found.take(event(AlarmKind.SHELVED, PUMP, until_us=until_us, reason="known"), 0.0)
    found.take(raised(PUMP), 1.0)
    assert told(found, 5.0) == []
    found.take(event(AlarmKind.UNSHELVED, PUMP, because="expired"), 60.0)
    assert heads(told(found, 60.0)) == [("alarm", 2, PUMP)]


def test_a_group_is_one_message_about_its_cause_with_the_number_of_what_followed() -> None:
    found = notifier(gather_s=2.0)
    found.take(raised(PUMP), 0.0)
    found.take(event(AlarmKind.SUPPRESSED, FLOW, by="rule:pump-failed"), 0.5)
    found.take(raised(FLOW, first=PUMP), 0.5)
    found.take(raised(HOT, 3, 1.0, first=PUMP), 1.0)
    assert told(found, 1.9) == []
    (notice,) = told(found, 2.0)
    assert (notice.lead.key, notice.urgent.key, notice.count) == (PUMP, PUMP, 2)
    found.take(raised(LEAK, 2, 30.0, first=PUMP), 30.0)
    assert told(found, 60.0) == []


def test_a_group_that_becomes_more_urgent_is_told_again() -> None:
    found = notifier()
    found.take(raised(PUMP, 2), 0.0)
    told(found, 0.0)
    found.take(raised(HOT, 3, 10.0, first=PUMP), 10.0)
    assert told(found, 10.0) == []
    found.take(event(AlarmKind.CHANGED, HOT, 20.0, severity="fatal", active="fatal"), 20.0)
    (notice,) = told(found, 20.0)
    assert (notice.priority, notice.lead.key, notice.urgent.key) == (1, PUMP, HOT)
    assert notice.count == 1


def test_what_is_acknowledged_while_it_is_gathered_is_not_told() -> None:
    found = notifier(gather_s=2.0)
    found.take(raised(PUMP), 0.0)
    found.take(acknowledged(PUMP), 1.0)
    assert told(found, 2.0) == []


def test_what_clears_while_it_is_gathered_is_told_all_the_same() -> None:
    found = notifier(gather_s=2.0)
    found.take(raised(PUMP), 0.0)
    found.take(cleared(PUMP), 1.0)
    assert heads(told(found, 2.0)) == [("alarm", 2, PUMP)]


def test_a_group_whose_alarms_were_all_seen_speaks_again() -> None:
    found = notifier()
    found.take(raised(PUMP), 0.0)
    told(found, 0.0)
    found.take(acknowledged(PUMP), 1.0)
    found.take(raised(HOT, 3, 9.0, first=PUMP), 9.0)
    (notice,) = told(found, 9.0)
    assert (notice.lead.key, notice.urgent.key, notice.priority) == (PUMP, HOT, 3)


def test_a_cause_that_comes_again_is_told_again_although_a_consequence_waits() -> None:
    found = notifier()
    found.take(raised(PUMP), 0.0)
    found.take(raised(HOT, 3, 1.0, first=PUMP), 1.0)
    told(found, 1.0)
    found.take(acknowledged(PUMP), 2.0)
    found.take(cleared(PUMP), 3.0)
    assert told(found, 3.0) == []
    found.take(raised(PUMP, 2, 50.0), 50.0)
    assert heads(told(found, 50.0)) == [("alarm", 2, PUMP)]


def test_a_chattering_alarm_that_nobody_acknowledges_is_told_once() -> None:
    found = notifier()
    count = 0
    for second in range(100):
        found.take(raised(PUMP, 2, second), second)
        found.take(cleared(PUMP, second + 0.5), second + 0.5)
        count += len(told(found, second + 0.6))
    assert count == 1


def test_an_alarm_that_comes_again_behind_another_cause_is_not_forgotten() -> None:
    found = notifier(2, gather_s=1.0)
    found.take(raised(HOT), 0.0)
    found.take(cleared(HOT), 0.1)
    found.take(raised(LEAK, 3, 0.2), 0.2)
    found.take(raised(HOT, 2, 0.3, first=LEAK), 0.3)
    (notice,) = told(found, 2.0)
    assert (notice.lead.key, notice.urgent.key) == (LEAK, HOT)
    found.take(cleared(HOT), 3.0)
    found.take(raised(HOT, 2, 4.0), 4.0)
    assert told(found, 10.0) == []  # it was told, whatever it counts as a part of


def test_nothing_is_repeated_unless_asked() -> None:
    found = notifier()
    found.take(raised(PUMP), 0.0)
    assert len(told(found, 0.0)) == 1
    assert [told(found, s) for s in range(1, 10_000, 7)] == [[]] * len(range(1, 10_000, 7))


def test_what_nobody_acknowledges_is_repeated_where_asked_one_message_a_priority() -> None:
    found = notifier(repeat_s=60.0)
    for number in range(1, 5):
        found.take(raised(key(number), at_s=number), 0.0)
    assert len(told(found, 0.0)) == 4
    assert told(found, 59.0) == []
    (notice,) = told(found, 60.0)
    assert (notice.what, notice.lead.key, notice.count) == (What.REPEAT, key(1), 3)
    assert told(found, 119.0) == []
    for number in range(1, 5):
        found.take(acknowledged(key(number)), 119.0)
    assert told(found, 200.0) == []


def test_repeats_leave_room_for_what_is_new() -> None:
    found = notifier(messages=4, per_s=86_400.0, repeat_s=60.0)
    found.take(raised(PUMP), 0.0)
    whats = [notice.what for s in range(0, 3600, 10) for notice in told(found, s)]
    assert whats == ["alarm", "repeat"]
    found.take(raised(key(2)), 3600.0)
    assert heads(told(found, 3600.0)) == [("alarm", 2, key(2))]


def test_a_restart_reminds_once_of_what_waits_and_of_nothing_else() -> None:
    log = [raised(PUMP), raised(HOT, 3, first=PUMP), raised(LEAK, 1), acknowledged(LEAK)]
    found = notifier()
    found.restore(log)
    assert heads(told(found, 0.0)) == [("repeat", 2, PUMP), ("repeat", 3, HOT)]
    assert told(found, 100.0) == []
    calm = notifier()
    calm.restore([raised(PUMP), acknowledged(PUMP)])
    assert told(calm, 0.0) == []


def test_every_way_out_has_its_own_rules() -> None:
    rules = {"page": rule(1), "mail": rule(2, 3), "all": rule()}
    found = Notifier(rules, 0.0)
    found.take(raised(PUMP, 2), 0.0)
    found.take(raised(key(2), 1), 0.0)
    assert {(name, n.lead.key) for name, n in found.due(0.0)} == {
        ("page", key(2)),
        ("mail", PUMP),
        ("all", PUMP),
        ("all", key(2)),
    }


def test_what_no_version_of_ours_would_write_changes_nothing() -> None:
    found = notifier()
    found.take(event(AlarmKind.RAISED, PUMP, severity=None, priorities=["x"]), 0.0)
    found.take(event(AlarmKind.CONDITION_BEGAN, PUMP), 0.0)
    bad = AlarmKey("tank-1", "", "")
    found.take(event(AlarmKind.SHELVED, bad), 0.0)
    assert told(found, 10.0) == []
