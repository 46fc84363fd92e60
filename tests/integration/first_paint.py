"""How long a program takes from its start to its first pixels, seen from the screen's side."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_HEADER_BYTES = 100_000  # of the dump: more than its header and colour map
_WAIT_S = 30.0


@contextlib.contextmanager
def screen(folder: Path, number: int) -> Iterator[dict[str, str]]:
    """An X server whose picture is a file; yields what a program needs to draw on it."""
    command = [
        "Xvfb",
        f":{number}",
        "-screen",
        "0",
        "1280x800x24",
        "-fbdir",
        str(folder),
        "-nolisten",
        "tcp",
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _until((folder / "Xvfb_screen0").exists, server)
        yield {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
    finally:
        server.terminate()
        server.wait(10)


@dataclass(frozen=True)
class Painted:
    """When a program had drawn: seconds of the clock, and of a processor spent by it."""

    wall_s: float
    cpu_s: float


def time_to_paint(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Painted:
    """Start a program and return how long it took until it had drawn; it is ended then."""
    picture = folder / "Xvfb_screen0"
    blank = _ink(picture)
    began_s = time.monotonic()
    program = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _until(lambda: _ink(picture) != blank, program)
        return Painted(time.monotonic() - began_s, _cpu_s(program.pid))
    finally:
        program.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.wait(10)
        program.kill()
        program.wait(10)
        time.sleep(0.5)  # the screen is blank again


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _ink(picture: Path) -> bytes:
    """Some pixels all over the screen."""
    with picture.open("rb") as file:
        content = file.read()
    return content[_HEADER_BYTES::4999]


def _until(done: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    end_s = time.monotonic() + _WAIT_S
    while not done():
        if process.poll() is not None:
            raise RuntimeError(f"it ended with status {process.returncode}")
        if time.monotonic() > end_s:
            raise TimeoutError(f"nothing within {_WAIT_S:g} s")
        time.sleep(0.002)
