"""The simulator as a process: it starts, obeys, ends, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import psutil
import pytest
from pyModbusTCP.client import ModbusClient

from console.site import check_site
from drivers.simulator.faults import FaultEvent, FaultSpec
from drivers.simulator.options import PlantOptions
from drivers.simulator.process import SimulatorError, SimulatorProcess

SMALL = PlantOptions(tanks=1, hosts=1)
STARTED_S = 30.0


def read_words(port: int, address: int, count: int) -> list[int] | None:
    client = ModbusClient("127.0.0.1", port, unit_id=1, timeout=5.0)
    try:
        words: list[int] | None = client.read_input_registers(address, count)
        return words
    finally:
        client.close()


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or only waits for someone to ask how it ended."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def test_it_serves_obeys_and_stops() -> None:
    seen: queue.Queue[FaultEvent] = queue.Queue()
    planned = FaultSpec.parse("slow_leak:tank-1@0.5")
    options = PlantOptions(tanks=1, hosts=1, faults=(planned,))
    with SimulatorProcess(options, seen.put) as process:
        ready = process.start(STARTED_S)
        site = check_site(tomllib.loads(ready.site_toml), Path("demo.toml")).site
        assert site.tank[0].url == f"tcp://127.0.0.1:{ready.tanks['tank-1']}?unit=1"
        assert site.host[0].url == f"http://127.0.0.1:{ready.hosts['node-1']}/metrics"
        words = read_words(ready.tanks["tank-1"], 0, 2)
        assert words is not None
        assert 380 < words[0] < 420
        first = seen.get(timeout=10)
        assert (first.name, first.target, first.active) == ("slow_leak", "tank-1", True)
        process.inject("pump_trip", "tank-1", duration_s=0.0, pumps=2)
        events = [seen.get(timeout=10) for _ in range(2)]
        assert [(e.name, e.active) for e in events] == [("pump_trip", True), ("pump_trip", False)]
        assert events[0].parameters == {"pumps": 2}
        process.clear("slow_leak", "tank-1")
        assert seen.get(timeout=10).active is False
        process.lift("node-1")
        process.lower("node-1")
        pid = process.pid
        assert pid is not None
        began = time.monotonic()
        process.stop()
        assert time.monotonic() - began < 2.5
        assert not process.running
        assert process.pid is None
        assert not psutil.pid_exists(pid)
        process.stop()


@pytest.mark.expected_logs("no tank 'tank-7'")
def test_a_wrong_command_does_not_end_it() -> None:
    seen: queue.Queue[FaultEvent] = queue.Queue()
    with SimulatorProcess(SMALL, seen.put) as process:
        process.start(STARTED_S)
        process.inject("pump_trip", "tank-7")
        process.inject("pump_trip", "tank-1")
        assert seen.get(timeout=10).target == "tank-1"


@pytest.mark.expected_logs("could not be used")
def test_a_listener_that_fails_does_not_end_the_reading() -> None:
    seen: queue.Queue[FaultEvent] = queue.Queue()

    def listen(event: FaultEvent) -> None:
        seen.put(event)
        if event.active:
            raise KeyError("a fault of the listener")

    with SimulatorProcess(SMALL, listen) as process:
        process.start(STARTED_S)
        process.inject("pump_trip", duration_s=0.5)
        assert [seen.get(timeout=10).active for _ in range(2)] == [True, False]


@pytest.mark.expected_logs("address already in use|only one usage")
def test_a_port_in_use_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = SimulatorProcess(PlantOptions(tanks=1, hosts=0, modbus_port=port))
        with pytest.raises(SimulatorError, match=str(port)):
            process.start(STARTED_S)
        assert not process.running


def test_what_cannot_be_started_is_said() -> None:
    with pytest.raises(SimulatorError, match="cannot be started"):
        SimulatorProcess(SMALL, command=["/no/such/program"]).start()
    with pytest.raises(SimulatorError, match="ended before it was ready"):
        SimulatorProcess(SMALL, command=[sys.executable, "-c", ""]).start()
    sleeper = SimulatorProcess(SMALL, command=[sys.executable, "-c", "import time; time.sleep(60)"])
    with pytest.raises(SimulatorError, match=r"did not answer within 0\.2 s"):
        sleeper.start(timeout_s=0.2)
    assert not sleeper.running


def test_it_is_started_once_and_commanded_while_it_runs() -> None:
    process = SimulatorProcess(SMALL)
    with pytest.raises(SimulatorError, match="not running"):
        process.inject("pump_trip")
    with process:
        process.start(STARTED_S)
        with pytest.raises(SimulatorError, match="already"):
            process.start()
    with pytest.raises(SimulatorError, match="not running"):
        process.clear("pump_trip")


def test_a_killed_simulator_is_noticed_and_stopping_is_quiet() -> None:
    with SimulatorProcess(SMALL) as process:
        process.start(STARTED_S)
        assert process.pid is not None
        psutil.Process(process.pid).kill()
        deadline_s = time.monotonic() + 5
        while process.running and time.monotonic() < deadline_s:
            time.sleep(0.01)
        assert not process.running


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_one_that_does_not_listen_is_ended_by_force() -> None:
    with SimulatorProcess(SMALL) as process:
        process.start(STARTED_S)
        assert process.pid is not None
        psutil.Process(process.pid).suspend()
        began = time.monotonic()
        process.stop(timeout_s=0.3)
        assert time.monotonic() - began < 3
        assert not process.running


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_it_does_not_outlive_a_killed_parent() -> None:
    code = (
        "import time\n"
        "from drivers.simulator.options import PlantOptions\n"
        "from drivers.simulator.process import SimulatorProcess\n"
        "process = SimulatorProcess(PlantOptions(tanks=1, hosts=1))\n"
        "process.start()\n"
        "print(process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        parent.kill()
    deadline_s = time.monotonic() + 10
    while not has_ended(pid) and time.monotonic() < deadline_s:
        time.sleep(0.02)
    assert has_ended(pid)


class TestCommandLine:
    """``python -m drivers.simulator`` by itself, as ``tankside simulate`` runs it."""

    def start(self, *words: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "drivers.simulator", "--tanks", "1", "--hosts", "1", *words],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=Path(__file__).resolve().parents[2],
        )

    def first_line(self, process: subprocess.Popen[bytes]) -> dict[str, Any]:
        assert process.stdout is not None
        line: dict[str, Any] = json.loads(process.stdout.readline())
        return line

    @pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_ends_it_cleanly(self, number: signal.Signals, tmp_path: Path) -> None:
        site = tmp_path / "site.toml"
        with self.start("--site-out", str(site)) as process:
            ready = self.first_line(process)["ready"]
            assert site.read_text(encoding="utf-8") == ready["site_toml"]
            process.send_signal(number)
            _, errors = process.communicate(timeout=10)
        assert (process.returncode, errors) == (0, b"")

    def test_without_standard_input_it_goes_on_unless_attached(self) -> None:
        with self.start() as process:
            port = self.first_line(process)["ready"]["tanks"]["tank-1"]
            assert read_words(port, 0, 1) is not None
            process.terminate()
            process.communicate(timeout=10)
        with self.start("--attached") as attached:
            attached.communicate(timeout=10)
            assert attached.returncode == 0

    def test_a_site_file_that_cannot_be_written_is_said(self, tmp_path: Path) -> None:
        with self.start("--site-out", str(tmp_path / "no" / "site.toml")) as process:
            assert "site.toml" in self.first_line(process)["error"]
            process.communicate(timeout=10)
        assert process.returncode == 2

    def test_a_fault_aimed_at_nothing_is_said(self) -> None:
        with self.start("--fault", "pump_trip:tank-9@3") as process:
            assert "allowed are tank-1" in self.first_line(process)["error"]
            process.communicate(timeout=10)
        assert process.returncode == 2

    def test_it_ends_when_nobody_reads_it_any_more(self) -> None:
        with self.start("--fault", "pump_trip@0.1+0.1") as process:
            self.first_line(process)
            assert process.stdout is not None
            process.stdout.close()
            assert process.wait(timeout=10) == 2
            assert process.stderr is not None
            assert process.stderr.read() == b""
