"""The promise: whatever ends the console, telemetry older than a second is there, every sample."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.history.telemetry_store.archive import archives
from console.history.telemetry_store.care import verify_telemetry
from console.history.telemetry_store.reader import TelemetryReader

ROOT = Path(__file__).parents[2]
EVER = (0, 1 << 62)
LATEST_S = 1.0
STEPS = 3  # of the disk between a sample and its commit: events, what is rolled up, samples
ROUNDS = 6


class Slowness:
    """How long this machine kept one small write waiting: what no program can be faster than.

    On a machine with nothing else to do it is milliseconds; the promise is then a second.
    """

    def __init__(self, folder: Path) -> None:
        self.worst_s = 0.0
        self._path = folder / "probe"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._probe)

    def _probe(self) -> None:
        with self._path.open("wb", buffering=0) as file:
            while True:
                began_s = time.monotonic()
                if self._stop.wait(0.01):
                    return
                file.write(bytes(4096))
                os.fsync(file.fileno())
                self.worst_s = max(self.worst_s, time.monotonic() - began_s - 0.01)

    def __enter__(self) -> Slowness:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)


class Child:
    """The process and what it has said it kept: ``(number, monotonic seconds)``."""

    def __init__(self, folder: Path, first: int) -> None:
        command = [sys.executable, "-m", "tests.integration.telemetry_child", str(folder)]
        command += [str(first), "0.3"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        self.kept: list[tuple[int, float]] = []
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith("\n"):
                number, mono_s = line.split()
                self.kept.append((int(number), float(mono_s)))

    def end(self) -> None:
        self.process.kill()
        self.process.wait(10)
        self._thread.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextlib.contextmanager
def child(folder: Path, first: int = 0) -> Iterator[Child]:
    made = Child(folder, first)
    try:
        yield made
    finally:
        made.end()


def numbers_in(folder: Path) -> list[int]:
    trend = TelemetryReader(folder).range("t", "count", *EVER)
    clock = TelemetryReader(folder).range("t", "sm_clock", *EVER)
    assert not trend.damaged
    assert clock.values.tolist() == [1000.0 + n % 7 for n in trend.values]
    return [int(value) for value in trend.values]


def assert_all_but_the_last_second(
    found: list[int], kept: list[tuple[int, float]], at_s: float, slow: Slowness
) -> None:
    assert found == list(range(1, len(found) + 1))
    allowed_s = LATEST_S + STEPS * slow.worst_s
    lost = [mono_s for number, mono_s in kept if number > len(found) and mono_s < at_s]
    assert at_s - min(lost, default=at_s) <= allowed_s


@pytest.mark.slow
def test_kill_9_at_any_moment(tmp_path: Path) -> None:
    last, data = 0, tmp_path / "data"
    for round_ in range(ROUNDS):
        with child(data, last) as running, Slowness(tmp_path) as slow:
            time.sleep(2.2 + 0.37 * round_)
            at_s = time.monotonic()
            running.process.kill()
        found = numbers_in(data)  # as it was left, before anybody repairs anything
        assert_all_but_the_last_second(found, running.kept, at_s, slow)
        assert verify_telemetry(data).ok
        assert len(found) > last or round_ == 0
        last = len(found)
    assert len(archives(data)) == 2


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="processes cannot be frozen there")
def test_copies_of_the_files_taken_mid_write(tmp_path: Path) -> None:
    """What a power cut would leave: all files as they are at one instant."""
    data = tmp_path / "data"
    with child(data) as running, Slowness(tmp_path) as slow:
        time.sleep(2.0)
        for number in range(12):
            time.sleep(0.113)
            os.kill(running.process.pid, signal.SIGSTOP)
            at_s = time.monotonic()
            copy = tmp_path / f"copy-{number}"
            shutil.copytree(data, copy)
            kept = list(running.kept)
            os.kill(running.process.pid, signal.SIGCONT)
            assert_all_but_the_last_second(numbers_in(copy), kept, at_s, slow)
            assert verify_telemetry(copy).ok
    assert len(numbers_in(copy)) > 50
