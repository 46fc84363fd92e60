"""From the feed to the ways out: nothing is told twice, nothing waits, what is lost is said."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from console.alarms.events import AlarmEvent, AlarmKey
from console.history.events import EventDraft, Head, Kind, seal
from console.history.feed import EventFeed
from console.notify.message import Failure, Message
from console.notify.outlet import ROOM
from console.notify.service import NoticeService, senders_of
from console.notify.words import Speaker
from console.notify_rules import CommandRule, DesktopRule, NotifyRules
from drivers.points import Stamp
from tests.house.logs import Expected
from tests.unit.notify.kit import key, raised

PUMP = key()


@dataclass
class Recorder:
    """A sender that notes what it gets; ``work`` may block, fail or raise."""

    work: Callable[[Message, threading.Event], Failure | None] = lambda _message, _stop: None
    got: list[Message] = field(default_factory=list)

    def send(self, message: Message, stop: threading.Event) -> Failure | None:
        self.got.append(message)
        return self.work(message, stop)


class Bench:
    """A service over a feed that publishes at once; ``log`` is what it records."""

    def __init__(self, gather_s: float = 0.0, **rule: object) -> None:
        self.feed = EventFeed(kept=5000)
        self.feed.set_failing(True)
        self.sender = Recorder()
        self.log: list[EventDraft] = []
        given: dict[str, object] = {"priorities": (1, 2, 3, 4), "run": ("x",), "name": "pager"}
        command = CommandRule.model_validate(given | rule)
        rules = NotifyRules(gather_s=gather_s, command=(command,))
        self.service = NoticeService(
            rules,
            {"pager": self.sender},
            Speaker("hall", "Hall", str),
            self.feed,
            self.log.append,
            lambda: Stamp(1, 1.0),
        )

    def publish(self, *events: AlarmEvent) -> None:
        for event in events:
            draft = EventDraft(event.kind, event.subject, event.body, event.time)
            self.feed.offer(draft)

    def kinds(self) -> list[tuple[str, object]]:
        return [(str(d.kind), d.body.get("count", d.body.get("code"))) for d in self.log]


def waiting_for(let_go: threading.Event) -> Callable[[Message, threading.Event], None]:
    """A sender's work that no stop ends."""

    def work(_message: Message, _stop: threading.Event) -> None:
        let_go.wait(20)

    return work


def slow(_message: Message, _stop: threading.Event) -> None:
    time.sleep(0.2)


def until(true: Callable[[], object], seconds: float = 10.0) -> None:
    deadline_s = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline_s:
            raise TimeoutError(true)
        time.sleep(0.01)


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench(messages=1000)
    yield made
    assert made.service.close(5.0)


def test_an_alarm_reaches_the_way_out(bench: Bench) -> None:
    bench.service.start()
    bench.publish(raised(PUMP, 1))
    until(lambda: bench.sender.got)
    assert bench.sender.got[0].title == "Priority 1: tank-1: Pump failed"
    assert bench.log == []


def test_what_the_disk_took_late_is_told_once(bench: Bench) -> None:
    bench.service.start()
    bench.publish(raised(PUMP))
    until(lambda: bench.sender.got)
    (waiting,) = bench.feed.first_waiting(9)
    event, _ = seal(waiting.draft, waiting.id, Head("log", 0, "0" * 64), "boot")
    bench.feed.confirm([event])
    bench.publish(raised(key(2)))
    until(lambda: len(bench.sender.got) > 1)
    assert [message.lead.subject for message in bench.sender.got if message.lead] == [
        "tank-1",
        "tank-2",
    ]


def test_failures_are_recorded_once_until_it_works_again(bench: Bench) -> None:
    bench.sender.work = lambda _message, _stop: Failure("timeout", {"seconds": "10"})
    bench.service.start()
    for number in range(1, 4):
        bench.publish(raised(key(number)))
        until(lambda: len(bench.sender.got) == number)  # noqa: B023  called at once
    until(lambda: bench.log)
    assert bench.service.troubles == [("pager", "no end within 10 s")]
    bench.sender.work = lambda _message, _stop: None
    bench.publish(raised(key(4)))
    until(lambda: len(bench.log) > 1)
    assert bench.kinds() == [("notify.failed", "timeout"), ("notify.restored", None)]
    assert bench.log[1].body["failed"] == 3
    assert bench.service.troubles == []


def test_nothing_urgent_waits_behind_a_message_that_hangs(bench: Bench) -> None:
    let_go = threading.Event()

    def hang(message: Message, _stop: threading.Event) -> None:
        if message.priority > 1:
            let_go.wait(20)

    bench.sender.work = hang
    bench.service.start()
    bench.publish(*(raised(key(number), 2) for number in range(5)))
    until(lambda: bench.sender.got)
    began_s = time.monotonic()
    bench.publish(raised(key(9), 1))
    until(lambda: any(message.priority == 1 for message in bench.sender.got))
    took_s = time.monotonic() - began_s
    let_go.set()
    assert took_s < 3.0


def test_what_finds_no_room_is_counted_and_said(bench: Bench) -> None:
    let_go = threading.Event()
    bench.sender.work = waiting_for(let_go)
    bench.service.start()
    bench.publish(*(raised(key(number)) for number in range(100)))
    until(lambda: bench.log)
    let_go.set()
    bench.service.close(5.0)
    lost = sum(int(str(d.body["count"])) for d in bench.log if d.kind == Kind.NOTIFY_DROPPED)
    assert len(bench.sender.got) + lost == 100
    assert ROOM <= len(bench.sender.got) <= ROOM + 1
    assert len(bench.log) <= 2


def test_events_that_passed_unseen_are_counted_and_said(bench: Bench) -> None:
    bench.feed = bench.service._feed = EventFeed(kept=10)
    bench.feed.set_failing(True)
    bench.publish(*(raised(key(number)) for number in range(25)))
    bench.feed.since(0)
    bench.service.start()
    until(lambda: bench.log)
    assert bench.kinds() == [("notify.dropped", 15)]
    until(lambda: len(bench.sender.got) == 10)


def test_held_back_messages_are_recorded() -> None:
    bench = Bench(messages=2)
    bench.service.start()
    bench.publish(*(raised(key(number)) for number in range(40)))
    until(lambda: bench.sender.got)
    assert bench.service.close(5.0)
    assert bench.kinds() == [("notify.held_back", 39)]
    assert [message.what for message in bench.sender.got] == ["alarm", "held_back"]


def test_an_error_of_ours_is_a_failure_and_the_next_one_goes(
    bench: Bench, expected_logs: Expected
) -> None:
    expected_logs("pager met an unexpected error")

    def break_once(message: Message, _stop: threading.Event) -> None:
        if message.lead and message.lead.subject == "tank-1":
            raise ZeroDivisionError

    bench.sender.work = break_once
    bench.service.start()
    bench.publish(raised(PUMP), raised(key(2)))
    until(lambda: len(bench.log) == 2)
    assert bench.kinds() == [("notify.failed", "fault"), ("notify.restored", None)]


def test_a_message_that_cannot_be_composed_loses_no_other(
    bench: Bench, expected_logs: Expected
) -> None:
    expected_logs("telling of alarms met an unexpected error")

    def name_of(part: str) -> str:
        if part == "tank-1":
            raise LookupError(part)
        return part

    bench.service._speaker = Speaker("hall", "Hall", name_of)
    bench.service.start()
    bench.publish(raised(PUMP), raised(key(2)))
    until(lambda: bench.sender.got)
    assert bench.sender.got[0].title.startswith("Priority 2: tank-2")


def test_the_end_waits_for_a_message_on_its_way_and_tells_what_is_gathered() -> None:
    bench = Bench(gather_s=30.0)
    bench.sender.work = slow
    bench.service.start()
    bench.publish(raised(PUMP))
    time.sleep(0.4)
    assert bench.sender.got == []
    assert bench.service.close(5.0)
    assert len(bench.sender.got) == 1


def test_the_end_comes_in_time_although_a_message_hangs() -> None:
    bench = Bench()
    stopped = threading.Event()

    def hang(_message: Message, stop: threading.Event) -> None:
        if stop.wait(20):
            stopped.set()

    bench.sender.work = hang
    bench.service.start()
    bench.publish(raised(PUMP), raised(key(2)), raised(key(3)))
    until(lambda: bench.sender.got)
    began_s = time.monotonic()
    assert bench.service.close(1.0)
    assert time.monotonic() - began_s < 1.2
    assert stopped.is_set()
    assert bench.kinds() == [("notify.dropped", 2)]


def test_the_end_comes_in_time_although_a_message_cannot_be_stopped() -> None:
    bench = Bench()
    let_go = threading.Event()
    bench.sender.work = waiting_for(let_go)
    bench.service.start()
    bench.publish(raised(PUMP))
    until(lambda: bench.sender.got)
    began_s = time.monotonic()
    assert not bench.service.close(0.5)
    assert time.monotonic() - began_s < 0.8
    let_go.set()
    assert bench.service.close(5.0)


def test_nothing_begins_after_the_end() -> None:
    bench = Bench()
    bench.service.end()
    bench.service.start()
    assert bench.service._thread is None
    assert bench.service.close(0.1)


def test_where_nobody_is_told_there_is_no_thread() -> None:
    feed = EventFeed()
    speaker = Speaker("hall", "Hall", str)
    service = NoticeService(NotifyRules(), {}, speaker, feed, lambda _draft: None)
    before = set(threading.enumerate())
    service.start()
    assert not service.is_on
    assert set(threading.enumerate()) == before
    assert service.close(0.1)


def test_a_restart_reminds_of_what_waits(bench: Bench) -> None:
    draft = raised(AlarmKey("tank-7", "leak", "x"), 1)
    told = EventDraft(draft.kind, draft.subject, draft.body, draft.time)
    event, _ = seal(told, "id", Head("log", 0, "0" * 64), "boot")
    bench.service.start([event])
    until(lambda: bench.sender.got)
    assert bench.sender.got[0].what == "repeat"


def test_a_window_shows_the_desktops_notifications_where_nothing_else_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    rules = NotifyRules(gather_s=0, desktop=DesktopRule(priorities=(1,)))
    feed = EventFeed()
    feed.set_failing(True)
    senders = senders_of(rules, Path())
    service = NoticeService(rules, senders, Speaker("hall", "Hall", str), feed, lambda _draft: None)
    assert service.wants_window
    shown: list[tuple[str, str, bool]] = []

    def present(title: str, text: str, urgent: bool) -> bool:
        shown.append((title, text, urgent))
        return True

    service.show_with(present)
    service.start()
    told = raised(PUMP, 1)
    feed.offer(EventDraft(told.kind, told.subject, told.body, told.time))
    until(lambda: shown)
    assert service.close(5.0)
    assert shown[0][0] == "Priority 1: tank-1: Pump failed"
    assert shown[0][2]
