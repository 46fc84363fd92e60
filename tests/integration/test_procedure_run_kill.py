"""kill -9 at any moment of a run: the same step after it, nothing shown lost, the log whole."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import kill
from pathlib import Path

import pytest

from console.history.reader import LogReader
from console.session.running.record import RUN_KINDS
from procedures.engine.apply import apply
from procedures.engine.state import Run
from tests.integration.run_child import state_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks and kills processes")
ROOT = Path(__file__).parents[2]
CHILD = [sys.executable, "-m", "tests.integration.run_child"]
START_US = 1_795_000_000_000_000
MOST_LINES = 120 if "TANKSIDE_SOAK" in os.environ else 40
"""A whole run says about two hundred: it is killed some ten times on its way."""


@contextmanager
def nursery() -> Iterator[subprocess.Popen[str]]:
    """The process that forks consoles."""
    with subprocess.Popen(
        CHILD, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as child:
        try:
            yield child
        finally:
            if child.stdin:
                child.stdin.close()
            child.wait(20)


def run_and_kill(
    child: subprocess.Popen[str], order: str, lines: int, wait_s: float
) -> tuple[list[str], bool]:
    """Kill a console so long after it has said so many lines; returns them, and if it had ended."""
    assert child.stdin
    assert child.stdout
    child.stdin.write(f"{order}\n")
    child.stdin.flush()
    said: list[str] = []
    pid = 0
    while True:
        line = child.stdout.readline().rstrip("\n")
        if line.startswith("pid "):
            pid = int(line[4:])
        elif line.startswith("ended "):
            assert line in {"ended 0", f"ended {-signal.SIGKILL}"}, (line, said[-3:])
            return said, line == "ended 0"
        elif line.startswith("at "):
            said.append(line[3:])
        else:
            raise AssertionError(line or "the nursery ended")
        if pid and len(said) == lines:
            time.sleep(wait_s)
            with suppress(ProcessLookupError):  # it came to its end just now
                kill(pid, signal.SIGKILL)


def states_in(folder: Path, name: str) -> tuple[list[str], int]:
    """How the run stood after each of its events in the log, and when the last was, UTC us."""
    run: Run | None = None
    states = []
    events = LogReader(folder).of_kinds(RUN_KINDS)
    for event in events:
        if event.body["run"] == name:
            run = apply(run, event)
            states.append(state_of(run))
    return states, max((event.utc_us for event in events), default=START_US)


def kill_often(folder: Path, rounds: int, seed: int, within_s: float) -> int:
    """Kill consoles on one folder, run after run, and look at what they leave.

    Returns how many were killed: once ``LEAST`` were, no more begin after ``within_s``.
    """
    end_s = time.monotonic() + within_s
    moments = random.Random(seed)
    number, finished, resumed = 1, 0, 0
    states: list[str] = []
    with nursery() as child:
        for killed in range(rounds):
            if killed >= LEAST and time.monotonic() > end_s:
                rounds = killed
                break
            name = f"R-{number}"
            _, last_us = states_in(folder, name)
            lines, wait_s = moments.randint(1, MOST_LINES), moments.choice([0.0, 0.002, 0.02])
            order = f"{folder} {name} {last_us + 5_000_000}"
            said, is_over = run_and_kill(child, order, lines, wait_s)
            assert LogReader(folder).verify().ok  # as it was left, before anybody repairs anything
            if states:
                assert said[0] == states[-1], "not the step that was left"
                resumed += 1
            states, _ = states_in(folder, name)
            assert set(said) <= set(states), "something that was shown is lost"
            assert said == sorted(said, key=states.index)
            if is_over or "finished" in states[-1]:
                finished += "finished" in states[-1]
                number, states = number + 1, []
    assert finished >= rounds // 20
    assert resumed >= rounds // 3
    return rounds


SEEDS = range(6)
ROUNDS = 50
"""Six times fifty: three hundred kills, half a second each, two of the six at a time."""
WITHIN_S = 3600.0 if "TANKSIDE_SOAK" in os.environ else 60.0
"""A machine that is busy with other things kills less often, and never less than LEAST times."""
LEAST = 20


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", SEEDS)
def test_three_hundred_kills_lose_nothing(tmp_path: Path, seed: int) -> None:
    rounds = kill_often(tmp_path, ROUNDS, seed, WITHIN_S)
    assert rounds >= LEAST
