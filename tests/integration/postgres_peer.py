"""A PostgreSQL server of our own, as its package has it: started, killed and started again."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

_START_S = 30.0


def program(name: str) -> str:
    """Return where a program of PostgreSQL is, or skip saying that there is none."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = str(places[0]) if places else shutil.which(name)
    if not found:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    return found


class PostgresServer:
    """One server with one folder; ``url`` is the same before and after a crash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "pg"
        self._sockets = folder / "run"
        self._log = folder / "log"
        self._user = _unprivileged()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._server: subprocess.Popen[bytes] | None = None
        for path in (self._folder, self._sockets):
            path.mkdir()
            if self._user:
                shutil.chown(path, self._user)
        options = ["-A", "trust", "-U", "tankside", "-E", "UTF8", "--no-sync"]
        self._do([program("initdb"), "-D", str(self._folder), *options])

    @property
    def url(self) -> str:
        """Where a client connects to."""
        return f"postgresql://tankside@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = ["-D", str(self._folder), "-p", str(self._port), "-k", str(self._sockets)]
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(
                [program("postgres"), *options, "-c", "listen_addresses=127.0.0.1"],
                stdout=log,
                stderr=log,
                user=self._user,
            )
        end_s = time.monotonic() + _START_S
        while time.monotonic() < end_s:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        pytest.fail(f"PostgreSQL does not start: {self._log.read_text()[-500:]}")

    def kill(self) -> None:
        """End the server as a power cut would."""
        if self._server is not None:
            for child in _children(self._server.pid):
                _kill(child)
            self._server.kill()
            self._server.wait()
            self._server = None

    def stop(self) -> None:
        """End the server in order."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            try:
                self._server.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
            self._server = None

    def _do(self, command: Sequence[str]) -> None:
        done = subprocess.run(command, capture_output=True, user=self._user, check=False)
        if done.returncode != 0:
            pytest.fail(f"{command[0]}: {done.stderr.decode()[-500:]}")


@contextmanager
def postgres() -> Iterator[PostgresServer]:
    """A running server in a folder of its own, which another user may enter."""
    with tempfile.TemporaryDirectory(prefix="tankside-pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = PostgresServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _unprivileged() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
