"""How many messages go: never more than allowed, and nothing urgent waits behind the rest."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from console.alarms.events import AlarmKey, AlarmKind
from console.notify.budget import QUIET_S
from console.notify.policy import Notice, Notifier
from console.notify_rules import CommandRule
from tests.unit.notify.kit import acknowledged, cleared, event, key, notifier, raised, told

STEP_S = 0.5
Step = tuple[float, str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.5, 3.0, 30.0, 700.0]),
        st.sampled_from(["raise", "raise", "raise", "acknowledge", "clear"]),
        st.integers(1, 12),  # which tank
        st.integers(1, 4),  # how urgent
    ),
    max_size=80,
)
LIMITS = st.tuples(
    st.integers(2, 6), st.sampled_from([10.0, 60.0, 600.0]), st.sampled_from([0.0, 60.0])
)


def run(steps: Sequence[Step], limit: tuple[int, float, float]) -> list[tuple[float, Notice]]:
    """Play steps, each tank and priority an alarm of its own, and let an hour pass after them."""
    messages, per_s, repeat_s = limit
    found = notifier(messages=messages, per_s=per_s, repeat_s=repeat_s, gather_s=1.0)
    sent: list[tuple[float, Notice]] = []
    now_s = 0.0

    def let_pass(seconds: float) -> None:
        nonlocal now_s
        end_s = now_s + seconds
        while now_s < end_s:
            now_s = min(now_s + (STEP_S if end_s - now_s < 20 else 10.0), end_s)
            sent.extend((now_s, notice) for notice in told(found, now_s))

    for wait_s, what, number, priority in steps:
        let_pass(wait_s)
        of = key(number, f"alarm-{priority}")
        make = {"raise": raised(of, priority, now_s), "clear": cleared(of, now_s)}
        found.take(make.get(what, acknowledged(of, now_s)), now_s)
    let_pass(3600.0)
    return sent


@given(STEPS, LIMITS)
def test_never_more_than_allowed_in_any_window(
    steps: list[Step], limit: tuple[int, float, float]
) -> None:
    messages, per_s, _ = limit
    sent = run(steps, limit)
    for priority in range(1, 5):
        times = [at_s for at_s, notice in sent if notice.priority == priority]
        for i, began_s in enumerate(times):
            assert sum(1 for at_s in times[i:] if at_s < began_s + per_s) <= messages


@given(STEPS, LIMITS)
def test_nothing_urgent_waits_behind_what_is_less_urgent(
    steps: list[Step], limit: tuple[int, float, float]
) -> None:
    """Without everything less urgent the same messages go at the same moments."""

    def urgent(sent: list[tuple[float, Notice]]) -> list[tuple[float, str, object, int]]:
        return [(at_s, str(n.what), n.lead.key, n.count) for at_s, n in sent if n.priority == 1]

    alone = [(w, what if p == 1 else "clear", n, p) for w, what, n, p in steps]
    assert urgent(run(steps, limit)) == urgent(run(alone, limit))


@given(STEPS, LIMITS)
def test_what_is_held_back_is_said_in_the_end(
    steps: list[Step], limit: tuple[int, float, float]
) -> None:
    """Every announcement is a message of its own or counted in a summary."""
    messages, per_s, _ = limit
    sent = run(steps, (messages, per_s, 0.0))
    unlimited = run(steps, (1000, per_s, 0.0))
    for priority in range(1, 5):
        own = [n for _, n in sent if n.priority == priority]
        told_of = sum(n.count if n.what == "held_back" else 1 for n in own)
        assert told_of == sum(1 for _, n in unlimited if n.priority == priority)


def test_a_thousand_alarms_in_a_minute_are_a_few_messages_and_one_summary() -> None:
    found = notifier(2, gather_s=2.0)
    sent: list[Notice] = []
    for number in range(1, 1001):
        found.take(raised(key(number), at_s=number * 0.06), number * 0.06)
        sent += told(found, number * 0.06)
    for second in range(60, 60 + 600):
        sent += told(found, second)
    whats = [str(notice.what) for notice in sent]
    assert whats == ["alarm"] * 9 + ["held_back"]
    assert sent[-1].count == 991
    assert len(sent[-1].examples) == 3


def test_a_storm_without_end_is_summed_up_once_a_window() -> None:
    found = notifier(2, messages=3, per_s=60.0)
    whats: list[tuple[int, str]] = []
    for second in range(300):
        found.take(raised(key(second)), second)
        whats += [(second, str(notice.what)) for notice in told(found, second)]
    summaries = [second for second, what in whats if what == "held_back"]
    assert len(summaries) == 4
    assert all(b - a >= 60 for a, b in pairwise(summaries))
    assert [second for second, _ in whats[:2]] == [0, 1]


def test_a_summary_comes_soon_after_a_burst() -> None:
    found = notifier(2, messages=2)
    for number in range(3):
        found.take(raised(key(number)), 0.0)
    assert [str(n.what) for n in told(found, 0.0)] == ["alarm"]
    assert told(found, QUIET_S - 0.1) == []
    (summary,) = told(found, QUIET_S)
    assert (str(summary.what), summary.count) == ("held_back", 2)


def test_ways_out_do_not_share_their_limits() -> None:
    few = CommandRule(priorities=(2,), run=("a",), messages=2)
    many = CommandRule(priorities=(2,), run=("b",), messages=100)
    found = Notifier({"few": few, "many": many}, 0.0)
    for number in range(50):
        found.take(raised(key(number)), 0.0)
    names = [name for name, _ in found.due(0.0)]
    assert (names.count("few"), names.count("many")) == (1, 50)


KEYS = [key(number, alarm) for number in (1, 2) for alarm in ("a", "b", "c")]
ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["raise", "raise", "clear", "acknowledge", "shelve", "unshelve", "hide", "show"]
        ),
        st.sampled_from(KEYS),
        st.integers(1, 3),
        st.sampled_from([None, *KEYS]),  # what came first, as the event says
        st.sampled_from([0.0, 0.4, 1.1, 5.0]),  # how long nothing happens after it
    ),
    max_size=60,
)


@given(ACTS, st.sets(st.integers(1, 3), min_size=1))
def test_nothing_that_waits_was_left_untold(
    acts: list[tuple[str, AlarmKey, int, AlarmKey | None, float]], priorities: set[int]
) -> None:
    """Whatever happens to alarms and groups: what waits is in a group told as urgent as it is."""
    found = notifier(*priorities, messages=1000, gather_s=1.0)
    (policy,) = found._policies.values()
    now_s, sent = 0.0, 0
    for what, of, priority, first, wait_s in acts:
        made = {
            "raise": raised(of, priority, now_s, first if first != of else None),
            "clear": cleared(of, now_s),
            "acknowledge": acknowledged(of, now_s),
            "shelve": event(AlarmKind.SHELVED, of, now_s, until_us=1, reason="r"),
            "unshelve": event(AlarmKind.UNSHELVED, of, now_s),
            "hide": event(AlarmKind.SUPPRESSED, of, now_s, by="rule:x"),
            "show": event(AlarmKind.UNSUPPRESSED, of, now_s, by="rule:x"),
        }
        found.take(made[what], now_s)
        now_s += wait_s
        sent += len(told(found, now_s))
    sent += len(told(found, now_s + 2.0))
    waiting = [s for s in found._book.statuses() if not s.acknowledged and s.priority in priorities]
    for status in waiting:
        assert policy._told[status.first_out or status.key] <= status.priority
    assert len(policy._told) <= sent
    heads = {s.first_out or s.key for s in found._book.statuses() if not s.acknowledged}
    assert set(policy._told) <= heads  # nothing is remembered of what is over
    assert set(found._waiting) == heads
