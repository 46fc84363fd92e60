"""What people did with alarms outlives kill -9, and a restart shows what was there before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from console.alarms.events import AlarmKey
from console.alarms.severity import Severity
from console.alarms.states import State
from console.demo import NOON_US, PausedDemo
from drivers.simulator.options import PlantOptions

PLANT = PlantOptions(tanks=3, hosts=3, gpus_per_host=2)
LEAK = AlarmKey("tank-3", "leak", "leak[1].state")
LATER_US = NOON_US + 300_000_000
"""Five minutes after the first run ended."""


def killed(folder: Path) -> list[str]:
    """Run the console until it says that all is on disk, then kill it; returns what it showed."""
    command = [sys.executable, "-m", "tests.integration.alarm_child", str(folder)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    shown = []
    with child:
        for line in child.stdout or ():
            if line == "ready\n":
                break
            shown.append(line.strip())
        child.kill()
    return shown


@pytest.mark.timeout(120)
def test_a_killed_console_comes_back_to_the_same_alarms(tmp_path: Path) -> None:
    before = killed(tmp_path)
    assert len(before) >= 4, "the console ended before it was ready"
    again = PausedDemo(tmp_path, PLANT, seconds=0.0, end_us=LATER_US)
    try:
        book = again.session.book
        again.session.refresh()
        statuses = sorted(book.statuses(), key=lambda status: status.key)
        after = [f"{s.key.subject} {s.key.alarm} {s.state.value}" for s in statuses]
        assert after == before
        states = {status.key.alarm: status.state for status in statuses}
        assert book.get(AlarmKey("tank-1", "tank-silent")).state is State.ACKNOWLEDGED
        assert states["sensor-failed"] is State.SHELVED
        assert states["gpu-lost"] is State.OUT_OF_SERVICE
        assert book.shelved()[0].reason == "being repaired"
        assert book.out_of_service()[0].work_order == "WO-7"
        assert states["leak"] is State.LATCHED_ACKNOWLEDGED
        assert states["gpu-xid-reset"] is State.LATCHED_UNACKNOWLEDGED
        held = {s.key: s.suppressors for s in book.suppressed()}
        assert held[AlarmKey("tank-2", "tank-silent")] == {"work:WO-8"}
        assert held[AlarmKey("tank-2", "coolant-flow-low", "coolant_flow")] == {"rule:pump-failed"}

        again.advance(60)  # everything answers and is well again
        again.session.refresh()
        assert "tank-silent" not in {s.key.alarm for s in book.alarms() if s.active}
        assert [s.key.alarm for s in book.out_of_service()] == ["gpu-lost"]
        assert book.get(LEAK).state is State.LATCHED_ACKNOWLEDGED, "it waits to be reset"
        again.session.alarms.reset(LEAK, "m.chen")
        again.session.alarms.release("WO-8", "m.chen")
        again.advance(2)
        again.session.refresh()
        assert book.get(LEAK).state is State.NORMAL
        assert not any(by == "work:WO-8" for s in book.statuses() for by in s.suppressors)
    finally:
        again.close()


@pytest.mark.timeout(120)
def test_a_shelf_that_ran_out_while_the_console_was_down_is_empty(tmp_path: Path) -> None:
    killed(tmp_path)
    late_us = NOON_US + 2 * 3_600_000_000
    again = PausedDemo(tmp_path, PLANT, seconds=0.0, end_us=late_us)
    try:
        again.advance(4)
        again.session.refresh()
        assert again.session.book.shelved() == []
    finally:
        again.close()


@pytest.mark.timeout(120)
def test_a_clock_that_was_set_back_while_it_was_down_prolongs_no_shelf(tmp_path: Path) -> None:
    before = killed(tmp_path)
    again = PausedDemo(tmp_path, PLANT, seconds=0.0, end_us=NOON_US - 3_600_000_000)
    try:
        again.advance(4)
        again.session.refresh()
        book = again.session.book
        assert book.shelved() == [], "nobody can tell how long it has lasted: it ends at once"
        failed = [s for s in book.statuses() if s.key.alarm == "sensor-failed"]
        assert [s.unacknowledged for s in failed] == [Severity.CAUTION], "it is back, unseen"
        kept = {s.key.subject + " " + s.key.alarm for s in book.statuses()}
        told = {" ".join(line.split()[:2]) for line in before}
        assert {one for one in told if "leak" in one or "xid" in one} <= kept
    finally:
        again.close()
