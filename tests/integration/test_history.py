"""The history with its thread: order, cost, overflow, closing, a disk that hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.history import writer as writer_module
from console.history.events import EventDraft, Kind
from console.history.feed import LATE_S, FeedEntry, Waiting
from console.history.history import History
from console.history.logfile import LogFile
from console.history.reader import LogReader
from console.history.status import StorageReason, StorageState
from console.history.telemetry_reader import TelemetryReader
from drivers.points import Stamp
from tests.unit.history.kit import draft, snapshot

Start = Callable[..., History]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start histories in ``tmp_path/data`` that are closed at the end."""
    made: list[History] = []

    def begin(**options: object) -> History:
        history = History(tmp_path / "data", retry_s=0.05, **options)  # type: ignore[arg-type]
        made.append(history)
        history.start()
        return history

    yield begin
    for history in made:
        history.close(10)


def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    deadline_s = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline_s, "it did not come to pass"
        time.sleep(0.005)


def entries(history: History) -> list[FeedEntry]:
    return history.feed.since(0)[0]


def test_recorded_then_shown_then_read(start: Start, tmp_path: Path) -> None:
    history = start()
    history.record(draft(1))
    until(lambda: entries(history))
    (entry,) = entries(history)
    assert entry.recorded
    assert LogReader(tmp_path / "data").page() == [entry.event]
    until(lambda: history.status.state is StorageState.RECORDING)
    assert history.device_id == LogReader(tmp_path / "data").page()[0].device_id


def test_the_device_id_is_made_once(start: Start, tmp_path: Path) -> None:
    for number in range(3):
        history = start()
        history.record(draft(number))
        assert history.close(10)
        assert history.status.state is StorageState.CLOSED
    events = LogReader(tmp_path / "data").page()
    assert len({event.device_id for event in events}) == 1
    assert [event.sequence for event in events] == [3, 2, 1]


def test_threads_keep_their_order_and_nothing_is_lost(start: Start, tmp_path: Path) -> None:
    history = start()

    def tell(name: str) -> None:
        for count in range(500):
            history.record(EventDraft("device.lost", name, {"count": count}, Stamp.now()))

    threads = [threading.Thread(target=tell, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert history.close(10)
    events = list(LogReader(tmp_path / "data").events())
    assert [event.sequence for event in events] == list(range(1, 2001))
    for name in "abcd":
        assert [e.body["count"] for e in events if e.subject == name] == list(range(500))
    assert LogReader(tmp_path / "data").verify().ok
    assert history.counters.events_written == 2000
    assert [e.id for e in entries(history)] == [e.id for e in events]


def test_a_second_of_sixty_parts(start: Start, tmp_path: Path) -> None:
    history = start()
    for number in range(60):
        assert history.keep(snapshot(number, part=f"tank-{number}"))
    until(lambda: history.counters.snapshots_written == 60, 3)
    assert history.counters.samples_written == 120
    assert history.counters.queue_depth == 0
    assert len(TelemetryReader(tmp_path / "data").parts()) == 60


def test_callers_pay_microseconds(start: Start) -> None:
    history = start()
    until(lambda: history.status.state is StorageState.RECORDING)
    one, told = snapshot(1), draft(1)
    costs_us = []
    for _ in range(5):
        began_s = time.perf_counter()
        for _ in range(200):
            history.keep(one)
            history.record(told)
        costs_us.append((time.perf_counter() - began_s) / 200 * 1e6)
    assert min(costs_us) < 200  # some 10 where the machine is idle


def test_an_overflow_is_counted_and_told_once(start: Start, tmp_path: Path) -> None:
    history = History(tmp_path / "data", queue_limit=3)
    kept = [history.keep(snapshot(number)) for number in range(5)]
    assert kept == [True, True, True, False, False]
    assert history.counters.dropped == 4
    history.start()
    assert history.close(10)
    (event,) = LogReader(tmp_path / "data").page(kinds=[Kind.SAMPLES_DROPPED])
    assert (event.body["snapshots"], event.body["samples"]) == (2, 4)
    assert history.counters.snapshots_written == 3


def test_nothing_raises_into_the_caller(start: Start, expected_logs: Callable[[str], None]) -> None:
    expected_logs("could not be taken in")
    history = start()
    history.record(None)  # type: ignore[arg-type]
    history.record(draft(1))
    until(lambda: entries(history))


def test_after_closing(start: Start, tmp_path: Path) -> None:
    history = start()
    assert history.close(10)
    history.record(draft(1))
    assert not history.keep(snapshot(1))
    assert [entry.recorded for entry in entries(history)] == [False]
    assert history.counters.events_lost == 1
    assert history.close(10)


def test_closing_what_was_never_started(tmp_path: Path) -> None:
    history = History(tmp_path / "data")
    history.record(draft(1))
    assert not history.close(1)
    assert not (tmp_path / "data").exists()


class Hang:
    """A disk that hangs: each write waits until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.let_go = threading.Event()
        write = LogFile.append

        def append(log: LogFile, batch: list[Waiting]) -> object:
            self.let_go.wait(30)
            return write(log, batch)

        monkeypatch.setattr(LogFile, "append", append)


@pytest.fixture
def hang(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hang]:
    made = Hang(monkeypatch)
    yield made
    made.let_go.set()


def test_a_hanging_disk_is_told_and_does_not_hold_up_closing(
    hang: Hang,
    start: Start,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    expected_logs: Callable[[str], None],
) -> None:
    monkeypatch.setattr("console.history.health._HUNG_S", 0.2)
    expected_logs("did not end within 0.1 s")
    history = start()
    history.record(draft(7))
    until(lambda: history.status.state is StorageState.DEGRADED)
    assert history.status.reason is StorageReason.ERROR
    assert "does not answer" in history.status.sentence
    until(lambda: entries(history), LATE_S + 5)
    (entry,) = entries(history)
    assert not entry.recorded
    began_s = time.monotonic()
    assert not history.close(0.1)
    assert time.monotonic() - began_s < 1.0
    hang.let_go.set()
    until(lambda: history.status.state is StorageState.CLOSED)
    again = next(e for e in entries(history) if e.recorded)
    assert (again.id, again.event.body) == (entry.id, {"number": 7})
    kinds = [event.kind for event in LogReader(tmp_path / "data").events()]
    assert kinds[:1] == ["device.lost"]


def test_a_hang_that_ends_is_recorded(
    hang: Hang, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.history.health._HUNG_S", 0.2)
    history = start()
    history.record(draft(7))
    until(lambda: history.status.state is StorageState.DEGRADED)
    hang.let_go.set()
    reader = LogReader(tmp_path / "data")
    until(lambda: reader.count(kinds=[Kind.STORAGE_RESTORED]))
    (degraded,) = reader.page(kinds=[Kind.STORAGE_DEGRADED])
    assert "does not answer" in str(degraded.body["sentence"])
    until(lambda: history.status.state is StorageState.RECORDING)


def test_a_fault_of_this_program_is_logged_and_recording_goes_on(
    start: Start,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    expected_logs: Callable[[str, str], None],
) -> None:
    expected_logs("the history writer failed", "ZeroDivisionError")
    write, failures = LogFile.append, [ZeroDivisionError("a bug")]

    def append(log: LogFile, batch: list[Waiting]) -> object:
        if failures:
            raise failures.pop()
        return write(log, batch)

    monkeypatch.setattr(LogFile, "append", append)
    history = start()
    history.record(draft(1))
    until(lambda: LogReader(tmp_path / "data").count(kinds=[Kind.STORAGE_RESTORED]))
    kinds = [event.kind for event in LogReader(tmp_path / "data").events()]
    assert kinds == ["device.lost", "storage.degraded", "storage.restored"]
    until(lambda: history.status.state is StorageState.RECORDING)


def test_a_long_backlog_is_written_in_parts(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "_SNAPSHOTS_AT_ONCE", 10)
    monkeypatch.setattr(writer_module, "_EVENTS_AT_ONCE", 10)
    history = History(tmp_path / "data")
    for number in range(35):
        history.keep(snapshot(number))
        history.record(draft(number))
    history.start()
    assert history.close(10)
    assert history.counters.snapshots_written == 35
    assert LogReader(tmp_path / "data").verify().events == 35
