"""Folders and disks that fail: say which, keep going, lose nothing that is written, come back."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.history import database
from console.history.events import EventDraft, Kind
from console.history.feed import LATE_S
from console.history.history import History
from console.history.lock import FolderLock
from console.history.logfile import LOG_NAME
from console.history.reader import LogReader
from console.history.status import StorageReason, StorageState
from console.history.telemetry import TELEMETRY_NAME
from console.history.telemetry_reader import TelemetryReader
from tests.integration.test_history import entries, until
from tests.unit.history.kit import draft, fill, public_folder, raw, snapshot, unwritable

ROOT = Path(__file__).parents[2]
Expect = Callable[..., None]


@contextlib.contextmanager
def running(folder: Path, *told_before: EventDraft, retry_s: float = 0.05) -> Iterator[History]:
    """A history that is recording in ``folder``; what is told before its start comes first."""
    history = History(folder, retry_s=retry_s)
    for one in told_before:
        history.record(one)
    history.start()
    try:
        yield history
    finally:
        history.close(10)


def is_degraded(history: History, reason: StorageReason) -> bool:
    status = history.status
    return status.state is StorageState.DEGRADED and status.reason is reason


def is_recording(history: History) -> bool:
    return history.status.state is StorageState.RECORDING


def kinds(folder: Path) -> list[str]:
    return [event.kind for event in LogReader(folder).events()]


def bodies(folder: Path, kind: Kind) -> list[dict[str, object]]:
    return [dict(event.body) for event in LogReader(folder).page(kinds=[kind])]


def test_a_folder_that_cannot_be_written(expected_logs: Expect) -> None:
    expected_logs("cannot be written, so nothing is recorded")
    with public_folder() as folder:
        fill(folder, 2)
        with unwritable(folder), running(folder, draft(1)) as history:
            until(lambda: is_degraded(history, StorageReason.READ_ONLY))
            assert f"{folder} cannot be written" in history.status.sentence
            until(lambda: len(entries(history)) == 2)
            told = entries(history)
            assert [(e.event.kind, e.recorded) for e in told] == [
                ("device.lost", False),
                ("storage.degraded", False),
            ]
            assert history.keep(snapshot(1))
            assert LogReader(folder).count() == 2
            assert not history.close(5)


def test_a_folder_that_becomes_writable(expected_logs: Expect) -> None:
    expected_logs("cannot be written, so nothing is recorded")
    with public_folder() as folder, contextlib.ExitStack() as stack:
        with unwritable(folder):
            history = stack.enter_context(running(folder / "data", draft(1)))
            history.keep(snapshot(1))
            until(lambda: is_degraded(history, StorageReason.READ_ONLY))
        until(lambda: is_recording(history))
        assert history.close(10)
        assert kinds(folder / "data") == ["device.lost", "storage.degraded", "storage.restored"]
        assert history.counters.snapshots_written == 1
        recorded = {e.id for e in entries(history) if e.recorded}
        assert {e.id for e in entries(history) if not e.recorded} <= recorded


def test_a_folder_in_use_by_another_console(tmp_path: Path, expected_logs: Expect) -> None:
    expected_logs("in use by another console")
    with running(tmp_path) as first:
        first.record(draft(1))
        until(lambda: entries(first))
        with running(tmp_path, draft(2)) as second:
            second.keep(snapshot(2))
            until(lambda: is_degraded(second, StorageReason.IN_USE))
            assert f"process {os.getpid()}" in second.status.sentence
            assert str(tmp_path) in second.status.sentence
            until(lambda: len(entries(second)) == 2)
            assert not any(entry.recorded for entry in entries(second))
            assert kinds(tmp_path) == ["device.lost"]
            assert first.close(10)
            until(lambda: is_recording(second))
            assert second.close(10)
    assert kinds(tmp_path) == [
        "device.lost",
        "device.lost",
        "storage.degraded",
        "storage.restored",
    ]
    assert LogReader(tmp_path).verify().ok
    assert TelemetryReader(tmp_path).parts() == ["tank-1"]


def test_a_console_that_was_killed_leaves_the_folder_free(tmp_path: Path) -> None:
    child = [sys.executable, "-m", "tests.integration.history_child", str(tmp_path), "0.01"]
    with subprocess.Popen(child, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
    with running(tmp_path) as history:
        until(lambda: is_recording(history))


def test_a_log_locked_by_another_program(
    tmp_path: Path, expected_logs: Expect, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected_logs(r"log\.db is locked by another program")
    monkeypatch.setattr("console.history.connections._BUSY_S", 0.01)
    with running(tmp_path) as history:
        until(lambda: is_recording(history))
        with raw(tmp_path) as other:
            other.execute("BEGIN IMMEDIATE")
            history.record(draft(1))
            until(lambda: is_degraded(history, StorageReason.IN_USE))
            other.execute("ROLLBACK")
        until(lambda: is_recording(history))
    assert kinds(tmp_path) == ["device.lost", "storage.degraded", "storage.restored"]


class SmallDisk:
    """Every connection may grow its file to so many pages, until there is room again."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, pages: int) -> None:
        self._pages = pages
        self._made: list[sqlite3.Connection] = []
        monkeypatch.setattr(database, "connect", self.connect)

    def connect(self, path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute(f"PRAGMA max_page_count = {self._pages}")
        self._made.append(connection)
        return connection

    def grow(self) -> None:
        self._pages = 1 << 20
        for connection in self._made:
            with contextlib.suppress(sqlite3.ProgrammingError):  # one that is closed
                connection.execute(f"PRAGMA max_page_count = {self._pages}")


def test_a_full_disk_loses_nothing_and_recording_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected_logs: Expect
) -> None:
    expected_logs("is full, so recording has paused")
    disk = SmallDisk(monkeypatch, pages=40)
    with running(tmp_path) as history:
        sent = 0
        while not is_degraded(history, StorageReason.FULL):
            sent += 1
            history.record(draft(sent, note="x" * 500))
            time.sleep(0.001)
            assert sent < 5000
        written = LogReader(tmp_path).verify()
        assert written.ok
        assert written.events > 10
        for _ in range(20):
            sent += 1
            history.record(draft(sent, note="x" * 500))
        until(lambda: any(not e.recorded for e in entries(history)))
        disk.grow()
        until(lambda: is_recording(history))
        assert history.close(10)
    events = list(LogReader(tmp_path).events())
    assert [e.utc_us for e in events if e.kind == "device.lost"] == [
        draft(n).utc_us for n in range(1, sent + 1)
    ]
    assert kinds(tmp_path).count("storage.degraded") == 1
    assert kinds(tmp_path).count("storage.restored") == 1
    assert LogReader(tmp_path).verify().ok


@pytest.fixture
def tiny_mount(tmp_path: Path) -> Iterator[Path]:
    """A real file system of one MiB; only root can have one."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill_up(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"\0" * 4096):
            pass


def test_a_real_full_disk(tiny_mount: Path, expected_logs: Expect) -> None:
    expected_logs("is full, so recording has paused")
    data, ballast = tiny_mount / "data", tiny_mount / "ballast"
    with running(data) as history:
        history.record(draft(1))
        until(lambda: entries(history))
        fill_up(ballast)
        sent = 1
        while not is_degraded(history, StorageReason.FULL):
            sent += 1
            history.record(draft(sent, note="x" * 2000))
            history.keep(snapshot(sent))
            time.sleep(0.002)
            assert sent < 3000
        assert LogReader(data).verify().ok
        ballast.unlink()
        until(lambda: is_recording(history))
        assert history.close(10)
    lost = [event for event in LogReader(data).events() if event.kind == "device.lost"]
    assert [event.utc_us for event in lost] == [draft(n).utc_us for n in range(1, sent + 1)]
    assert LogReader(data).verify().ok


def test_a_disk_that_is_full_at_the_start(tiny_mount: Path, expected_logs: Expect) -> None:
    expected_logs("is full, so recording has paused")
    fill_up(tiny_mount / "ballast")
    with running(tiny_mount, draft(1)) as history:
        until(lambda: is_degraded(history, StorageReason.FULL))
        (tiny_mount / "ballast").unlink()
        until(lambda: is_recording(history))
    assert kinds(tiny_mount) == ["device.lost", "storage.degraded", "storage.restored"]


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)


@pytest.mark.parametrize("readable_head", [False, True])
def test_a_damaged_log_is_set_aside_at_the_start(
    tmp_path: Path, expected_logs: Expect, readable_head: bool
) -> None:
    expected_logs("was damaged .*set aside as log.damaged-")
    last = fill(tmp_path, 300)[-1]
    path = tmp_path / LOG_NAME
    if readable_head:  # spoil a page in the middle: the last event can still be read
        content = bytearray(path.read_bytes())
        content[40 * 4096 : 41 * 4096] = b"\xa5" * 4096
        path.write_bytes(content)
    else:
        path.write_bytes(b"not a database" * 500)
    before = path.read_bytes()
    with running(tmp_path, draft(1)) as history:
        until(lambda: is_recording(history))
        assert history.status.reason is StorageReason.DAMAGED
        (aside,) = tmp_path.glob("log.damaged-*.db")
        assert f"set aside as {aside.name}" in history.status.sentence
        assert "keep the old one for examination" in history.status.sentence
        assert history.close(10)
    assert aside.read_bytes() == before
    assert kinds(tmp_path) == ["log.set_aside", "device.lost"]
    (body,) = bodies(tmp_path, Kind.LOG_SET_ASIDE)
    assert body["set_aside_as"] == aside.name
    assert body.get("sequence") == (300 if readable_head else None)
    assert body.get("hash") == (last.hash if readable_head else None)
    result = LogReader(tmp_path).verify()
    assert (result.ok, result.events) == (True, 2)
    assert LogReader(tmp_path).page()[0].device_id != last.device_id


def test_a_damaged_log_is_not_taken_for_a_removed_one(
    tmp_path: Path, expected_logs: Expect
) -> None:
    """Killed after the damaged log was set aside and before the anchor followed the new one."""
    expected_logs("was damaged .*set aside as log.damaged-")
    with running(tmp_path, draft(1), draft(2)) as history:
        assert history.close(10)
    anchored = (tmp_path / TELEMETRY_NAME).read_bytes()
    (tmp_path / LOG_NAME).write_bytes(b"not a database" * 500)
    with running(tmp_path) as history:
        assert history.close(10)
    (body,) = bodies(tmp_path, Kind.LOG_SET_ASIDE)
    assert body["sequence"] == 2  # by the account of the telemetry file
    (tmp_path / TELEMETRY_NAME).write_bytes(anchored)
    for _ in range(2):
        assert LogReader(tmp_path).verify().ok
        with running(tmp_path) as history:
            assert history.close(10)
    assert kinds(tmp_path) == ["log.set_aside"]


def test_a_log_damaged_while_recording(tmp_path: Path, expected_logs: Expect) -> None:
    expected_logs("was damaged .*set aside as log.damaged-")
    fill(tmp_path, 300)
    with running(tmp_path) as history:
        until(lambda: is_recording(history))
        with raw(tmp_path) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        spoil(tmp_path / LOG_NAME)
        history.record(draft(1))
        until(lambda: history.status.reason is StorageReason.DAMAGED)
        until(lambda: any(e.recorded for e in entries(history)))
        assert is_recording(history)
        assert history.close(10)
    assert kinds(tmp_path) == ["log.set_aside", "device.lost"]
    (body,) = bodies(tmp_path, Kind.LOG_SET_ASIDE)
    assert body["sequence"] == 300
    assert LogReader(tmp_path).verify().ok


def test_damaged_telemetry_never_touches_the_log(tmp_path: Path, expected_logs: Expect) -> None:
    expected_logs("was damaged .*set aside as telemetry.damaged-")
    events = fill(tmp_path, 2)
    (tmp_path / TELEMETRY_NAME).write_bytes(b"not a database" * 500)
    with running(tmp_path) as history:
        history.keep(snapshot(1))
        until(lambda: history.counters.snapshots_written)
        assert history.close(10)
    assert kinds(tmp_path) == ["device.lost", "device.lost", "log.set_aside"]
    (aside,) = tmp_path.glob("telemetry.damaged-*.db")
    assert bodies(tmp_path, Kind.LOG_SET_ASIDE)[0]["set_aside_as"] == aside.name
    assert LogReader(tmp_path).page()[0].device_id == events[0].device_id
    assert len(TelemetryReader(tmp_path).range("tank-1", "level", 0, 1 << 62)) == 1


def test_telemetry_in_trouble_does_not_delay_events(tmp_path: Path, expected_logs: Expect) -> None:
    expected_logs(r"telemetry\.db was written by a newer version")
    with contextlib.closing(sqlite3.connect(tmp_path / TELEMETRY_NAME)) as connection:
        connection.execute(f"PRAGMA user_version = {9 << 16}")
    with running(tmp_path, retry_s=60.0) as history:
        until(lambda: is_degraded(history, StorageReason.ERROR))
        for number in range(3):
            history.record(draft(number))
            time.sleep(0.02)
        until(lambda: len(entries(history)) == 4, LATE_S / 2)
        assert all(entry.recorded for entry in entries(history))
        assert history.keep(snapshot(1))
    assert kinds(tmp_path) == ["storage.degraded", *["device.lost"] * 3]


def test_a_log_of_a_newer_version_is_left_alone(tmp_path: Path, expected_logs: Expect) -> None:
    expected_logs("newer version of Tankside")
    fill(tmp_path, 1)
    with raw(tmp_path) as connection:
        connection.execute(f"PRAGMA user_version = {9 << 16}")
    with running(tmp_path) as history:
        history.record(draft(1))
        until(lambda: is_degraded(history, StorageReason.ERROR))
        assert "Install the newer version" in history.status.sentence
    assert not list(tmp_path.glob("*damaged*"))


def test_an_end_that_was_cut_off_is_recorded_and_no_number_is_given_twice(
    tmp_path: Path, expected_logs: Expect
) -> None:
    expected_logs("the log had reached event 5 and ends at 3")
    with running(tmp_path) as history:
        for number in range(5):
            history.record(draft(number))
        assert history.close(10)
    with raw(tmp_path, unguarded=True) as connection:
        connection.execute("DELETE FROM events WHERE sequence > 3")
    with running(tmp_path) as history:
        history.record(draft(9))
        assert history.close(10)
    events = list(LogReader(tmp_path).events())
    assert [e.kind for e in events] == ["device.lost"] * 3 + ["log.shortened", "device.lost"]
    assert [e.sequence for e in events] == [1, 2, 3, 1, 2]
    assert (events[3].body["sequence"], events[3].body["found_sequence"]) == (5, 3)
    with running(tmp_path) as history:  # it stays known, however often the console is started
        assert history.close(10)
    result = LogReader(tmp_path).verify()
    assert not result.ok
    assert result.first_bad is not None
    assert result.first_bad[0] == 4


def test_a_log_that_was_removed_is_missed(tmp_path: Path, expected_logs: Expect) -> None:
    expected_logs("the log had reached event 1 and ends at 0")
    with running(tmp_path) as history:
        history.record(draft(1))
        assert history.close(10)
    (tmp_path / LOG_NAME).unlink()
    with running(tmp_path) as history:
        assert history.close(10)
    assert kinds(tmp_path) == ["log.shortened"]
    assert not LogReader(tmp_path).verify().ok


def test_a_missing_folder_is_made_and_a_file_in_its_place_is_named(
    tmp_path: Path, expected_logs: Expect
) -> None:
    expected_logs("cannot be used: ")
    with running(tmp_path / "a" / "b") as history:
        until(lambda: is_recording(history))
    assert (tmp_path / "a" / "b" / LOG_NAME).exists()
    (tmp_path / "file").touch()
    with running(tmp_path / "file") as history:
        until(lambda: is_degraded(history, StorageReason.ERROR))
        assert str(tmp_path / "file") in history.status.sentence


def test_the_lock_is_free_after_closing(tmp_path: Path) -> None:
    with running(tmp_path):
        pass
    lock = FolderLock(tmp_path)
    lock.acquire()
    lock.release()
