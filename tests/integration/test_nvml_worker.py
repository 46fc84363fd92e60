"""The worker as a process: what it says, and that it ends when nobody needs it any more."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
BUS = "00000000:1A:00.0"
UUID = "GPU-0a1b2c3d-0000-1111-2222-333344445550"


@contextlib.contextmanager
def worker(*words: str, scenario: str = "") -> Iterator[subprocess.Popen[bytes]]:
    library = ("--library", f"tests.fake_nvml:{scenario}") if scenario else ()
    with subprocess.Popen(
        [sys.executable, "-m", "drivers.gpu.nvml.worker", *words, *library],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def message(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """The next one; between them are empty lines."""
    stream = process.stdout
    assert stream is not None
    line = b"\n"
    while line == b"\n":
        line = stream.readline()
    found: dict[str, Any] = json.loads(line)
    return found


def ask(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.write(b'{"ask": "look"}\n')
    process.stdin.flush()


def hang_up(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()


def errors_of(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stderr is not None
    return process.stderr.read()


def test_it_is_ready_answers_each_question_once_and_ends_with_its_input() -> None:
    with worker("--gpu", BUS, "--uuid", UUID, scenario="healthy_load") as process:
        assert message(process)["ready"]["identity"]["uuid"] == UUID
        for _ in range(3):
            ask(process)
            look = message(process)["look"]
            assert look["values"]["power"] == pytest.approx(629.45)
            assert abs(look["mono_s"] - time.monotonic()) < 30
        hang_up(process)
        assert process.wait(10) == 0
        assert errors_of(process) == b""


@pytest.mark.parametrize("scenario", ["one_call_hangs", "lost_without_xid"])
def test_it_ends_with_its_input_whatever_the_driver_does(scenario: str) -> None:
    with worker("--gpu", BUS, scenario=scenario) as process:
        message(process)
        time.sleep(0.3)
        ask(process)
        hang_up(process)
        assert process.wait(10) == 0


def test_it_ends_with_its_parent() -> None:
    code = (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen([sys.executable, '-m', 'drivers.gpu.nvml.worker', *sys.argv[1:]],"
        " stdin=subprocess.PIPE, stdout=sys.stderr)\n"
        'p.stdin.write(b\'{"ask": "look"}\\n\'); p.stdin.flush()\n'
        "print(p.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    words = ["--gpu", BUS, "--library", "tests.fake_nvml:one_call_hangs"]
    command = [sys.executable, "-c", code, *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    _, alive = psutil.wait_procs([child], timeout=10)
    assert not alive or alive[0].status() == psutil.STATUS_ZOMBIE


def test_xids_come_by_themselves_in_their_order() -> None:
    with worker("--gpu", BUS, scenario="remap_pending") as process:
        assert message(process)["ready"]["no_events"] == ""
        assert [message(process)["fault"]["code"] for _ in range(2)] == [48, 63]


def test_a_gpu_that_is_lost_is_said_and_its_xid_still_comes() -> None:
    with worker("--gpu", BUS, scenario="lost_with_xid") as process:
        message(process)
        said: list[dict[str, Any]] = [{"look": {}}]
        while "look" in said[-1]:
            ask(process)
            said.append(message(process))
        said.append(message(process))
        assert [next(iter(one)) for one in said[-2:]] == ["lost", "fault"]
        assert said[-1]["fault"]["code"] == 79
        time.sleep(0.2)
        ask(process)
        time.sleep(0.2)
        assert process.poll() is None  # it asked nothing more: the fake would have ended it


def test_another_gpu_in_its_place_is_not_read() -> None:
    with worker("--gpu", BUS, "--uuid", "GPU-of-before", scenario="healthy_load") as process:
        failed = message(process)["failed"]
        assert (failed["code"], UUID in failed["text"]) == (28, True)
        assert process.wait(10) == 1


def test_a_place_without_a_gpu_is_said() -> None:
    with worker("--gpu", "00000000:FF:00.0", scenario="healthy_load") as process:
        assert message(process)["failed"]["code"] == 6
        assert process.wait(10) == 1
        assert errors_of(process) == b""


def test_no_driver_is_said() -> None:
    with worker("--inventory", "--library", "/no/such/libnvidia-ml.so") as process:
        assert "/no/such/libnvidia-ml.so" in message(process)["failed"]["text"]
        assert process.wait(10) == 1
        assert errors_of(process) == b""


def test_the_inventory_says_where_it_is_looking() -> None:
    with worker("--inventory", "--skip", "0", scenario="lost_from_the_start") as process:
        assert message(process) == {"count": 3, "driver": "590.48.01"}
        assert message(process) == {"looking": 1}
        assert message(process)["unreadable"]["code"] == 15
        assert message(process) == {"looking": 2}
        assert message(process)["gpu"]["index"] == 2
        assert message(process) == {"end": True}
        assert process.wait(10) == 0
        assert errors_of(process) == b""


def test_the_inventory_hangs_where_it_said_it_was_looking() -> None:
    with worker("--inventory", scenario="one_of_eight_hangs") as process:
        said = [message(process) for _ in range(1 + 2 * 5 + 1)]
        assert said[-1] == {"looking": 5}
        hang_up(process)
        assert process.wait(10) == 0
