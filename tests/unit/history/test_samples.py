"""A bounded queue that counts what it loses, and says so once."""

from __future__ import annotations

from console.history.samples import SampleQueue
from tests.unit.history.kit import at, snapshot


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_in_order_until_done() -> None:
    queue = SampleQueue(10)
    given = [snapshot(n) for n in range(3)]
    assert all(queue.put(one) for one in given)
    assert queue.first(2) == given[:2]
    assert len(queue) == 3
    queue.done(2)
    assert queue.first(9) == given[2:]


def test_one_report_when_an_overflow_has_ended() -> None:
    clock = Clock()
    queue = SampleQueue(1, clock)
    assert queue.put(snapshot(0))
    assert [queue.put(snapshot(n)) for n in (1, 2, 3)] == [False] * 3
    assert queue.report() is None
    clock.now_s = 1.9
    assert queue.report() is None
    clock.now_s = 2.0
    report = queue.report()
    assert report is not None
    assert (report.snapshots, report.samples) == (3, 6)
    assert (report.from_utc_us, report.until_utc_us) == (at(1).utc_us, at(3).utc_us)
    clock.now_s = 99.0
    assert queue.report() is None
    assert queue.dropped == 6


def test_a_report_every_minute_while_it_lasts_and_at_the_end() -> None:
    clock = Clock()
    queue = SampleQueue(0, clock)
    counts = []
    for second in range(130):
        clock.now_s = second
        queue.put(snapshot(second))
        report = queue.report()
        counts += [report.snapshots] if report else []
    last = queue.report(at_once=True)
    assert counts == [61, 61]
    assert last is not None
    assert last.snapshots == 8


def test_closed() -> None:
    queue = SampleQueue(10)
    queue.put(snapshot(0))
    assert queue.close() == 1
    assert queue.dropped == 2  # what is left will never be written
    assert not queue.put(snapshot(1))
    assert queue.dropped == 4
