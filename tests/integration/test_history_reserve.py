"""A disk that someone else fills to the last byte: telemetry stops, events go on for a while."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.event_text import event_text
from console.history import reserve, writer
from console.history.events import Kind
from console.history.reader import LogReader
from console.history.reserve import RESERVE_NAME, EventReserve
from console.history.status import StorageReason
from console.history.telemetry_store import scrub
from console.history.telemetry_store.reader import TelemetryReader
from tests.integration.test_history import entries, until
from tests.integration.test_history_trouble import (
    bodies,
    fill_up,
    is_degraded,
    is_recording,
    kinds,
    running,
)
from tests.unit.history.kit import START_US, draft, snapshot
from tests.unit.history.telemetry_kit import HOUR_US
from tests.unit.history.test_telemetry_care import LASTING, fill_hours, spoil_block

Expect = Callable[..., None]


@pytest.fixture
def small_mount(tmp_path: Path) -> Iterator[Path]:
    """A real file system of eight MiB; only root can have one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_events_go_on_in_their_reserve(
    small_mount: Path, expected_logs: Expect, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected_logs("is full, so recording has paused")
    monkeypatch.setattr(writer, "_BATCH_S", 0.02)
    monkeypatch.setattr(reserve, "_LOOK_EVERY_S", 0.05)
    data, ballast = small_mount / "data", small_mount / "ballast"
    with running(data) as history:
        history.record(draft(1))
        whole = 8 * 1024 * 1024 // 50  # laid down a step at a time
        until(lambda: reserve_left(data) == whole)
        fill_up(ballast)
        kept_before = history.counters.snapshots_written
        for second in range(20):
            assert history.keep(snapshot(second))
        until(lambda: is_degraded(history, StorageReason.FULL))
        assert "telemetry.db" in history.status.sentence
        sent = 1
        while (data / RESERVE_NAME).exists():  # to the last byte of it
            sent += 1
            history.record(draft(sent, note="x" * 2000))
            until(lambda: history.counters.events_waiting == 0 or not reserve_left(data), 5)
            assert sent < 3000
        assert sent > 20
        assert history.counters.snapshots_written == kept_before
        assert LogReader(data).verify().ok
        assert LogReader(data).count() >= sent - 1
        ballast.unlink()
        until(lambda: is_recording(history))
        until(lambda: history.counters.snapshots_written == kept_before + 20)
        until(lambda: reserve_left(data) == whole)
        assert history.close(10)
    lost = [event for event in LogReader(data).events() if event.kind == "device.lost"]
    assert [event.utc_us for event in lost] == [draft(n).utc_us for n in range(1, sent + 1)]
    assert kinds(data).count("storage.degraded") >= 1


def reserve_left(data: Path) -> int:
    path = data / RESERVE_NAME
    return path.stat().st_size if path.exists() else 0


class TestReserve:
    def test_it_is_made_a_step_at_a_time_and_given_in_pieces(self, tmp_path: Path) -> None:
        now = [0.0]
        kept = EventReserve(tmp_path, lambda: now[0])
        for _ in range(40):
            kept.keep()
        path = tmp_path / RESERVE_NAME
        assert path.stat().st_size == reserve.RESERVE_BYTES
        assert path.stat().st_blocks * 512 >= reserve.RESERVE_BYTES  # no hole
        given = 0
        while kept.give():
            given += 1
        assert given == pytest.approx(8, abs=40)
        assert given >= 8
        assert not path.exists()
        kept.keep()
        assert not path.exists()  # it has just looked
        now[0] = 31.0
        kept.keep()
        assert path.exists()

    def test_a_disk_without_ample_room_has_none(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        usage = type("Usage", (), {"total": 10**12, "free": 31_000_000})
        monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
        kept = EventReserve(tmp_path)
        kept.keep()
        assert not (tmp_path / RESERVE_NAME).exists()
        assert not kept.give()


def test_damage_is_found_by_itself_and_recorded_once(
    tmp_path: Path, expected_logs: Expect, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected_logs("lasting-2026-11.db is damaged: t flow: the checksum does not fit")
    monkeypatch.setattr(scrub, "FIRST_AFTER_S", 0.0)
    monkeypatch.setattr(writer, "_BATCH_S", 0.02)
    fill_hours(tmp_path)
    spoil_block(tmp_path / LASTING, 1, -3)
    with running(tmp_path) as history:
        until(
            lambda: any(
                e.event.kind == "telemetry.damaged" and e.recorded for e in entries(history)
            )
        )
        assert history.close(10)
    (body,) = bodies(tmp_path, Kind.TELEMETRY_DAMAGED)
    assert (body["file"], body["part"], body["key"]) == ("lasting-2026-11.db", "t", "flow")
    assert (body["count"], body["from_utc_us"]) == (1, START_US + HOUR_US)
    (event,) = LogReader(tmp_path).page(kinds=["telemetry.damaged"])
    assert event_text(event).what == (
        "lasting-2026-11.db: 1 damaged hours, the first of t flow at 2026-11-21 13:00 UTC: "
        "the checksum does not fit"
    )
    trend = TelemetryReader(tmp_path).range("t", "flow", 0, 1 << 62)
    assert [one.from_us for one in trend.damaged] == [START_US + HOUR_US]
    with running(tmp_path) as history:
        until(lambda: is_recording(history))
        time.sleep(0.3)
        assert history.close(10)
    assert len(bodies(tmp_path, Kind.TELEMETRY_DAMAGED)) == 1
