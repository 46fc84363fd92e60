"""Running a program for a message: no shell, bounded in time and output, ended with its children.

The program gets the message as JSON on standard input and as ``TANKSIDE_…`` variables.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from console.notify.message import Failure, Message

_KEPT_BYTES = 2000
"""Of the output: enough for a sentence in the log."""
_MOST_BYTES = 1_000_000
"""A program that says more is ended: reading it would take time that polling needs."""
_POLL_S = 0.1
_KILL_S = 1.0


class CommandSender:
    """Runs ``argv`` in ``folder`` for each message. A first word with a slash is from there."""

    def __init__(self, argv: Sequence[str], folder: Path, timeout_s: float) -> None:
        self._argv = list(argv)
        self._folder = folder
        self._timeout_s = timeout_s

    def send(self, message: Message, stop: threading.Event) -> Failure | None:
        """Run it once; a status other than 0 is a failure."""
        text = json.dumps(message.as_json(), ensure_ascii=False)
        environment = {**os.environ, **message.as_environment()}
        return run_bounded(self._argv, self._folder, text, environment, self._timeout_s, stop)


def run_bounded(
    argv: Sequence[str],
    folder: Path,
    text: str,
    environment: Mapping[str, str],
    timeout_s: float,
    stop: threading.Event,
) -> Failure | None:
    """Run a program to its end, or to the end of its time; returns why it failed, or None.

    Whatever it has started in its process group is ended with it, also when it ends well.
    """
    deadline_s = time.monotonic() + timeout_s
    program = _found(argv[0], folder)
    if program is None:
        return Failure("missing", {"program": argv[0]})
    try:
        with _given(text.encode("utf-8", "backslashreplace")) as given:
            process = _start([program, *argv[1:]], folder, given, environment)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        return Failure("not_started", {"program": argv[0], "why": why})
    try:
        output = _follow(process, deadline_s, stop)
    finally:
        _end(process)
    return _judge(process.returncode, output, timeout_s, stop)


class _Output:
    """What a program said, as far as it is kept, and whether it ended by itself."""

    def __init__(self) -> None:
        self._kept = b""
        self.size = 0
        self.ended = False

    def take(self, found: bytes) -> None:
        """Take the next of it."""
        self.size += len(found)
        self._kept += found[: _KEPT_BYTES - len(self._kept)]

    @property
    def line(self) -> str:
        """The output as one line."""
        text = self._kept.decode("utf-8", "replace")
        return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _judge(
    status: int | None, output: _Output, timeout_s: float, stop: threading.Event
) -> Failure | None:
    if output.size > _MOST_BYTES:
        return Failure("flood")
    if not output.ended:
        code = "stopped" if stop.is_set() else "timeout"
        return Failure(code, {"seconds": f"{timeout_s:g}"})
    if status == 0:
        return None
    if not output.line:
        return Failure("exit_quietly", {"status": status})
    return Failure("exit", {"status": status, "output": output.line[:300]})


def _found(program: str, folder: Path) -> str | None:
    """Return the program's whole path; None where there is none that may be run.

    Its first bytes are read here, where a dead network drive holds up this thread alone: starting
    a program holds up the whole process until the system has found it.
    """
    named = str(folder / program) if Path(program).name != program else program
    whole = shutil.which(named)
    if whole is None:
        return None
    with contextlib.suppress(OSError), Path(whole).open("rb") as file:
        file.read(4096)
    return str(Path(whole).absolute())


def _given(data: bytes) -> IO[bytes]:
    """Return what is read on standard input: a program that does not read it holds up nobody.

    What a pipe takes at once needs no disk, which may be full just now.
    """
    if sys.platform != "win32":
        read_end, write_end = os.pipe()
        os.set_blocking(write_end, False)
        with os.fdopen(write_end, "wb", buffering=0) as pipe:
            whole = pipe.write(data) == len(data)
        if whole:
            return os.fdopen(read_end, "rb")
        os.close(read_end)
    file = tempfile.TemporaryFile()  # noqa: SIM115  whoever asked closes it
    file.write(data)
    file.seek(0)
    return file


def _start(
    argv: Sequence[str], folder: Path, given: IO[bytes], environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    if sys.platform == "win32":
        quiet = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        return subprocess.Popen(
            argv,
            cwd=folder,
            env=dict(environment),
            stdin=given,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            creationflags=quiet,
        )
    return subprocess.Popen(
        argv,
        cwd=folder,
        env=dict(environment),
        stdin=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _follow(process: subprocess.Popen[bytes], deadline_s: float, stop: threading.Event) -> _Output:
    """Read what it says until it ends, says too much, its time is up or ``stop`` is set.

    Its own end counts, not that of its output: a child may hold that open for ever.
    """
    output = _Output()
    while not stop.is_set() and time.monotonic() < deadline_s:
        if _has_ended(process):
            output.ended = True
            _read(process, output, 0.0)
            return output
        left_s = min(max(deadline_s - time.monotonic(), 0.0), _POLL_S)
        if not _read(process, output, left_s):
            stop.wait(left_s)
        if output.size > _MOST_BYTES:
            return output
    return output


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended; it is not reaped yet, so that its number stays its group's."""
    if sys.platform == "win32" or not hasattr(os, "waitid"):
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


def _read(process: subprocess.Popen[bytes], output: _Output, wait_s: float) -> bool:
    """Take what there is to read, waiting a little for it; returns whether more may come."""
    if sys.platform == "win32" or process.stdout is None:
        return False
    pipe = process.stdout.fileno()
    if not select.select([pipe], [], [], wait_s)[0]:
        return True
    found = os.read(pipe, 65_536)
    output.take(found)
    return bool(found)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of it and of its process group; a process that cannot die is left."""
    if sys.platform == "win32":
        if process.poll() is None:
            tree = ["taskkill", "/T", "/F", "/PID", str(process.pid)]
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(tree, capture_output=True, timeout=_KILL_S, check=False)
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_KILL_S)
    if process.stdout is not None:
        process.stdout.close()
