"""The promise: kill -9 at any moment, and every event that was shown as recorded is there."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from console.history.events import Event, EventDraft
from console.history.history import History
from console.history.reader import LogReader
from console.history.telemetry_reader import TelemetryReader
from drivers.points import Stamp

ROUNDS = 12
ROOT = Path(__file__).parents[2]
CHILD = [sys.executable, "-m", "tests.integration.history_child"]


def run_and_kill(folder: Path, pause_s: float, lines: int) -> list[str]:
    """Kill the child the moment it has printed so many ids; return all that it printed."""
    command = [*CHILD, str(folder), str(pause_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        assert child.stdout is not None
        text = "".join(child.stdout.readline() for _ in range(lines))
        child.kill()
        text += child.stdout.read()
    return text.split("\n")[:-1]  # a line that the kill cut short was not shown


@pytest.mark.slow
def test_every_event_that_was_shown_survives_kill_9(tmp_path: Path) -> None:
    moments = random.Random(20261121)
    shown: set[str] = set()
    devices: set[str] = set()
    for _ in range(ROUNDS):
        pause_s, most = moments.choice([(0.0003, 300), (0.03, 12)])
        ids = run_and_kill(tmp_path, pause_s, moments.randint(1, most))
        shown |= set(ids)
        assert ids
        result = LogReader(tmp_path).verify()  # as it was left, before anybody repairs anything
        assert (result.ok, result.first_bad) == (True, None)
        events = list(LogReader(tmp_path).events())
        assert shown <= {event.id for event in events}
        devices |= {event.device_id for event in events}
        assert_told_in_order(events)
    assert len(devices) == 1
    assert_goes_on(tmp_path, len(events))


def assert_told_in_order(events: list[Event]) -> None:
    """Within each run of the child, every thread's count rises by one: nothing lost between."""
    last: dict[str, int] = {}
    for event in events:
        count = int(str(event.body["count"]))
        assert count in {1, last.get(event.subject, 0) + 1}
        last[event.subject] = count


def assert_goes_on(folder: Path, count: int) -> None:
    history = History(folder)
    history.start()
    history.record(EventDraft("application.started", "", {}, Stamp.now()))
    assert history.close(10)
    (newest,) = LogReader(folder).page(limit=1)
    assert newest.sequence == count + 1
    assert LogReader(folder).verify().ok
    assert len(TelemetryReader(folder).range("tank-1", "level", 0, 1 << 62)) > 0
