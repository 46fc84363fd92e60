"""The simulator as seen by whoever starts it: a child process that cannot outlive its parent."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from drivers.simulator.faults import FaultEvent
from drivers.simulator.options import PlantOptions

START_S = 20.0
STOP_S = 2.0
_ROOT = Path(__file__).resolve().parents[2]
_log = logging.getLogger(__name__)


class SimulatorError(Exception):
    """The simulator could not be started or has ended: one sentence for a person."""


@dataclass(frozen=True)
class Ready:
    """What the simulator serves: its site file, and the port of every tank and host."""

    site_toml: str
    tanks: Mapping[str, int]
    hosts: Mapping[str, int]


class SimulatorProcess:
    """Starts, commands and stops a simulator in a process of its own.

    ``on_fault`` is called in the reader thread for every fault that begins or ends. ``command``
    replaces the interpreter call where there is no interpreter to call (a frozen application).
    """

    def __init__(
        self,
        options: PlantOptions,
        on_fault: Callable[[FaultEvent], None] | None = None,
        command: Sequence[str] = (sys.executable, "-m", "drivers.simulator"),
    ) -> None:
        self._command = [*command, *options.arguments(), "--attached"]
        self._on_fault = on_fault
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._first: queue.Queue[Ready | str] = queue.Queue()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The process id while it runs, else None."""
        return self._process.pid if self.running and self._process else None

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self, timeout_s: float = START_S) -> Ready:
        """Start it and return what it serves; raises SimulatorError with the reason it gave."""
        if self._process is not None:
            raise SimulatorError("the simulator has been started already")
        try:
            self._process = _spawn(self._command)
        except OSError as error:
            raise SimulatorError(f"the simulator cannot be started: {error}") from None
        self._reader = threading.Thread(target=self._read, name="simulator-reader", daemon=True)
        self._reader.start()
        try:
            first = self._first.get(timeout=timeout_s)
        except queue.Empty:
            first = f"the simulator did not answer within {timeout_s:g} s"
        if isinstance(first, str):
            self.stop()
            raise SimulatorError(first)
        return first

    def inject(
        self,
        name: str,
        target: str | None = None,
        *,
        duration_s: float | None = None,
        **parameters: float | str,
    ) -> None:
        """Ask for a fault; ``on_fault`` tells when it is there. Raises SimulatorError."""
        self._send(
            {"inject": name, "target": target, "duration_s": duration_s, "parameters": parameters}
        )

    def clear(self, name: str, target: str | None = None) -> None:
        """Ask for a fault's end."""
        self._send({"clear": name, "target": target})

    def lift(self, host: str) -> None:
        """Lift a host out of its tank."""
        self._send({"lift": host})

    def lower(self, host: str) -> None:
        """Lower a host back into its tank."""
        self._send({"lower": host})

    def handle(self, act: str, host: str, amount: float = 1.0) -> None:
        """Do one act of work on a host (:data:`drivers.simulator.handling.ACTS`)."""
        self._send({"handle": act, "target": host, "amount": amount})

    def stop(self, timeout_s: float = STOP_S) -> None:
        """End it: politely, then by force, each within ``timeout_s``. May be called again."""
        process, reader = self._process, self._reader
        if process is None:
            return
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
        _end(process, timeout_s)
        if reader is not None and reader is not threading.current_thread():
            reader.join(timeout_s)
        if process.stdout is not None:
            process.stdout.close()

    def _send(self, command: dict[str, Any]) -> None:
        process = self._process
        if process is None or process.stdin is None or process.stdin.closed:
            raise SimulatorError("the simulator is not running")
        try:
            process.stdin.write(json.dumps(command).encode() + b"\n")
            process.stdin.flush()
        except OSError:
            raise SimulatorError("the simulator has ended") from None

    def _read(self) -> None:
        process = self._process
        if process is None or process.stdout is None:
            return
        for line in process.stdout:
            try:
                self._take(json.loads(line))
            except Exception:  # noqa: BLE001  a listener's fault must not end the reading
                _log.exception("a line of the simulator could not be used: %r", line[:200])
        self._first.put("the simulator ended before it was ready")

    def _take(self, message: dict[str, Any]) -> None:
        if "ready" in message:
            self._first.put(Ready(**message["ready"]))
        elif "fault" in message:
            name = message.pop("fault")
            if self._on_fault is not None:
                self._on_fault(FaultEvent(name=name, **message))
        elif "error" in message:
            self._first.put(str(message["error"]))
            _log.warning("simulator: %s", message["error"])
        else:
            _log.warning("simulator: %s", message)


def _spawn(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a child out of reach of the terminal's Ctrl-C: its parent ends it in its own time."""
    paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _end(process: subprocess.Popen[bytes], timeout_s: float) -> None:
    for force in (process.terminate, process.kill, None):
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            if force is not None:
                force()
        else:
            return
