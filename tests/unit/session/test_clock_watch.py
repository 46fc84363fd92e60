"""A clock that somebody set is told; sleep, slewing and a slow machine are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.event_text import event_text
from console.history.events import EventDraft, Kind
from console.history.logfile import LogFile
from console.history.reader import LogReader
from console.session.clock_watch import ClockWatch, since_boot_s
from drivers.points import Stamp
from tests.unit.history.kit import START_US, fill, write


class Clocks:
    """A wall clock and one that nobody can set."""

    def __init__(self) -> None:
        self.wall_s = START_US / 1e6
        self.steady_s = 500.0
        self.told: list[EventDraft] = []
        self.watch = ClockWatch(self.now, self.told.append, lambda: self.steady_s)

    def now(self) -> Stamp:
        return Stamp(round(self.wall_s * 1e6), self.steady_s)

    def go_on(self, wall_s: float, steady_s: float | None = None) -> list[EventDraft]:
        self.wall_s += wall_s
        self.steady_s += wall_s if steady_s is None else steady_s
        self.watch.look()
        return self.told


def test_time_that_goes_on_is_nothing() -> None:
    clocks = Clocks()
    for seconds in (0, 0.2, 1, 3600, 8 * 3600):
        assert not clocks.go_on(seconds)
    assert not clocks.go_on(100, 101.5)  # slewed by a time service


@pytest.mark.parametrize(("step_s", "told"), [(3600, "forward by 60"), (-7200, "back by 2.0")])
def test_a_clock_that_is_set_is_told_once(step_s: float, told: str) -> None:
    clocks = Clocks()
    clocks.go_on(10)
    clocks.go_on(10 + step_s, 10)
    assert len(clocks.go_on(10)) == 1
    event = clocks.told[0]
    assert event.kind == Kind.CLOCK_CHANGED
    assert event.body["moved_s"] == step_s
    assert event.body["would_be_utc_us"] == START_US + 20_000_000
    assert told in event_text(event).what.replace("\N{NO-BREAK SPACE}", " ")
    clocks.go_on(-5, 1)
    assert [event.body["epoch"] for event in clocks.told] == [1, 2]


def test_a_clock_behind_the_log_is_told_at_the_start(tmp_path: Path) -> None:
    last = fill(tmp_path, 3)[-1]
    clocks = Clocks()
    clocks.wall_s = last.utc_us / 1e6 + 1
    clocks.watch.begin(LogReader(tmp_path))
    assert not clocks.told
    clocks.wall_s -= 7200
    clocks.watch.begin(LogReader(tmp_path))
    assert [event.kind for event in clocks.told] == [Kind.CLOCK_BACKWARDS]
    assert clocks.told[0].body["last_utc_us"] == last.utc_us
    told = event_text(clocks.told[0]).what
    assert "120\N{NO-BREAK SPACE}min behind the last entry" in told


def test_what_was_recorded_before_people_confirmed_the_time_says_nothing(tmp_path: Path) -> None:
    """A clock that ran ahead for a while must not raise a doubt at every start from then on."""
    last = fill(tmp_path, 3)[-1]
    clocks = Clocks()
    clocks.wall_s = last.utc_us / 1e6 - 7200
    log = LogFile(tmp_path)
    log.open()
    now = Stamp(round(clocks.wall_s * 1e6), 1.0)
    write(log, EventDraft(Kind.CLOCK_CONFIRMED, "clock", {"second": "okafor"}, now, "chen"))
    log.close()
    clocks.wall_s += 60
    clocks.watch.begin(LogReader(tmp_path))
    assert not clocks.told
    clocks.wall_s -= 600
    clocks.watch.begin(LogReader(tmp_path))
    assert [event.kind for event in clocks.told] == [Kind.CLOCK_BACKWARDS]


def test_no_log_and_a_log_that_cannot_be_read(tmp_path: Path) -> None:
    clocks = Clocks()
    clocks.watch.begin(LogReader(tmp_path))
    (tmp_path / "log.db").write_bytes(b"x" * 5000)
    clocks.watch.begin(LogReader(tmp_path))
    assert not clocks.told
    assert since_boot_s() > 0
