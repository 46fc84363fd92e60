"""Nothing is shown as recorded before it is; nothing is kept back because it is not."""

from __future__ import annotations

import pytest

from console.history.events import NO_HASH, Event, Head, seal
from console.history.feed import LATE_S, EventFeed
from tests.unit.history.kit import draft


class Clock:
    now_s = 10.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def feed(clock: Clock) -> EventFeed:
    return EventFeed(room=3, kept=5, monotonic=clock)


def commit(feed: EventFeed, count: int) -> list[Event]:
    """Do as the writer does: record the first that wait."""
    events = [
        seal(waiting.draft, waiting.id, Head("d", 0, NO_HASH), "boot")[0]
        for waiting in feed.first_waiting(count)
    ]
    feed.confirm(events)
    return events


def shown(feed: EventFeed, after: int = 0) -> list[tuple[int, bool]]:
    return [(int(str(e.event.body["number"])), e.recorded) for e in feed.since(after)[0]]


def test_nothing_is_shown_before_it_is_on_the_disk(feed: EventFeed) -> None:
    feed.offer(draft(1))
    feed.offer(draft(2))
    assert feed.since(0) == ([], 0)
    (event,) = commit(feed, 1)
    entries, number = feed.since(0)
    assert [(e.id, e.event, e.recorded) for e in entries] == [(event.id, event, True)]
    commit(feed, 1)
    assert shown(feed, number) == [(2, True)]
    assert feed.waiting == 0


def test_what_the_disk_delays_is_told_after_a_second_and_again_when_recorded(
    feed: EventFeed, clock: Clock
) -> None:
    feed.offer(draft(1))
    clock.now_s += 0.5
    feed.offer(draft(2))
    clock.now_s += LATE_S - 0.5
    (entry,), number = feed.since(0)
    assert (entry.event.body["number"], entry.recorded) == (1, False)
    assert feed.since(number) == ([], number)
    clock.now_s += 0.5
    assert shown(feed) == [(1, False), (2, False)]
    commit(feed, 2)
    assert shown(feed) == [(1, False), (2, False), (1, True), (2, True)]
    assert feed.since(0)[0][2].id == entry.id
    feed.offer(draft(3))
    clock.now_s += LATE_S
    assert shown(feed)[-1] == (3, False)


def test_when_the_disk_takes_nothing_it_is_told_at_once(feed: EventFeed) -> None:
    feed.offer(draft(1))
    feed.set_failing(True)
    feed.offer(draft(2))
    assert shown(feed) == [(1, False), (2, False)]
    feed.set_failing(False)
    feed.offer(draft(3))
    assert shown(feed) == [(1, False), (2, False)]


def test_what_finds_no_room_is_told_and_counted(feed: EventFeed) -> None:
    assert [feed.offer(draft(n)) for n in range(5)] == [True, True, True, False, False]
    assert (feed.lost, feed.waiting) == (2, 3)
    assert shown(feed) == [(3, False), (4, False)]
    commit(feed, 3)
    assert shown(feed)[-3:] == [(0, True), (1, True), (2, True)]


def test_the_queue_can_be_jumped(feed: EventFeed) -> None:
    feed.offer(draft(1))
    feed.jump_queue(draft(0))
    commit(feed, 2)
    assert shown(feed) == [(0, True), (1, True)]


def test_jumping_a_queue_that_has_been_told(feed: EventFeed, clock: Clock) -> None:
    feed.offer(draft(1))
    clock.now_s += LATE_S
    assert shown(feed) == [(1, False)]
    feed.offer(draft(2))
    feed.jump_queue(draft(0))
    assert shown(feed) == [(1, False), (0, False)]
    clock.now_s += LATE_S
    assert shown(feed) == [(1, False), (0, False), (2, False)]


def test_only_so_many_are_kept(feed: EventFeed) -> None:
    for number in range(7):
        feed.offer(draft(number))
        commit(feed, 1)
    assert shown(feed) == [(n, True) for n in range(2, 7)]
    assert shown(feed, 6) == [(6, True)]
    assert feed.since(99) == ([], 7)


def test_after_closing_nothing_is_taken_and_all_is_told(feed: EventFeed) -> None:
    feed.offer(draft(1))
    assert feed.close() == 1
    assert not feed.offer(draft(2))
    assert sorted(shown(feed)) == [(1, False), (2, False)]
