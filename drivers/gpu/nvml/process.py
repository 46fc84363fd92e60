"""A worker process as its parent sees it: messages in, messages out, and an end by force.

A plain thread reads what the worker says and reaps it. asyncio's own subprocesses would do so in
a thread too (Python 3.11), which takes a process that was killed for one it never knew, and
they end with their loop, which a process stuck in the driver does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from drivers.gpu.nvml.library import NvmlStartError

WORKER = (sys.executable, "-m", "drivers.gpu.nvml.worker")
ENDED = "ended"
Message: TypeAlias = Mapping[str, Any]
_ROOT = Path(__file__).resolve().parents[3]
_LONGEST_WORDS = 300
_LONGEST_LINE = 1 << 20


class WorkerProcess:
    """One worker, started at once; raises NvmlStartError where that cannot be done.

    ``inbox`` receives what it says, and ``{"ended": sentence}`` last; it belongs to the running
    loop. The process ends by itself when this object's :meth:`kill` or the parent's end closes
    its standard input.
    """

    def __init__(self, command: Sequence[str], inbox: asyncio.Queue[Message]) -> None:
        self._loop = asyncio.get_running_loop()
        self._inbox = inbox
        try:
            self._process = _spawn(command)
        except OSError as error:
            raise NvmlStartError(f"the NVML worker cannot be started: {error}") from None
        name = f"nvml-worker-{self._process.pid}"
        self._reader = threading.Thread(target=self._read, name=name, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def gone(self) -> bool:
        """Whether the process has ended and its reader with it."""
        return not self._reader.is_alive()

    def ask(self, message: Message) -> None:
        """Send a message; one that cannot be sent is followed by ``ended``."""
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdin is not None:
                self._process.stdin.write(json.dumps(message).encode() + b"\n")
                self._process.stdin.flush()

    def kill(self) -> None:
        """End it by force, without waiting: one that is stuck in the driver ends much later."""
        with contextlib.suppress(OSError, ValueError):
            self._process.kill()
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdin is not None:
                self._process.stdin.close()

    def _read(self) -> None:
        words = ""
        if self._process.stdout is not None:
            with self._process.stdout as stream:
                while line := stream.readline(_LONGEST_LINE):
                    words = self._take(line) or words
        code = self._process.wait()
        self._post({ENDED: _farewell(code, words)})

    def _take(self, line: bytes) -> str:
        """Pass a message on; return the line where it is none (a traceback, the library's own)."""
        try:
            message = json.loads(line)
        except ValueError:
            return line.decode(errors="replace").strip()[:_LONGEST_WORDS]
        if isinstance(message, dict):
            self._post(message)
        return ""

    def _post(self, message: Message) -> None:
        # A loop that was closed meanwhile has nobody left to tell.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._inbox.put_nowait, message)


def _spawn(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a child out of reach of the terminal's Ctrl-C, with errors among what it says."""
    paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _farewell(code: int, words: str) -> str:
    how = f"ended with status {code}"
    if code < 0:
        with contextlib.suppress(ValueError):
            how = f"was ended by {signal.Signals(-code).name}"
    return f"the NVML worker {how}" + (f": {words}" if words else "")
