"""Damage, full disks, old months, copies: each costs what it must and says so."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from console.history import database
from console.history.logfile import LOG_NAME, LogFile
from console.history.reader import LogReader
from console.history.status import StorageReason
from console.history.telemetry import TELEMETRY_NAME
from console.history.telemetry_store.archive import ARCHIVE_FOLDER, Archive, archives
from console.history.telemetry_store.backup import LOG_RESTORED, backup, restore
from console.history.telemetry_store.care import telemetry_stats, verify_telemetry
from console.history.telemetry_store.classes import Classes, PointClass, shipped
from console.history.telemetry_store.reader import TelemetryReader
from console.history.telemetry_store.retention import enforce
from console.history.trouble import StorageError
from tests.unit.history.kit import START_US, at, draft, fill, opened, write
from tests.unit.history.telemetry_kit import EVER, HOUR_US, Clock, Model, frame, storing

Expect = Callable[..., None]
LASTING = f"{ARCHIVE_FOLDER}/lasting-2026-11.db"
MONTH_US = 30 * 24 * HOUR_US


class _Disk(NamedTuple):
    total: int
    used: int
    free: int


def fill_hours(folder: Path, hours: int = 3) -> None:
    with storing(folder) as store:
        for hour in range(hours):
            start_us = START_US + hour * HOUR_US
            store.append([frame(start_us + s * 1_000_000, s / 10, 7.0) for s in range(60)], None)
        store.roll_all()


@contextlib.contextmanager
def sql(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def spoil_block(path: Path, which: int, at_byte: int) -> None:
    """Change one byte of the data of one hour, as a bad sector might."""
    with sql(path) as connection:
        query = "SELECT id, data FROM blocks ORDER BY id LIMIT 1 OFFSET ?"
        number, data = connection.execute(query, (which,)).fetchone()
        spoilt = bytearray(data)
        spoilt[at_byte] ^= 0x41
        connection.execute("UPDATE blocks SET data = ? WHERE id = ?", (bytes(spoilt), number))


def test_a_damaged_chunk_costs_its_hour_and_says_so(tmp_path: Path) -> None:
    fill_hours(tmp_path)
    assert verify_telemetry(tmp_path).ok
    spoil_block(tmp_path / LASTING, 1, -3)
    reader = TelemetryReader(tmp_path)
    trend = reader.range("t", "flow", *EVER)
    assert len(trend) == 120
    (damage,) = trend.damaged
    hour = (START_US + HOUR_US, START_US + 2 * HOUR_US)
    assert (damage.part, damage.key, damage.from_us, damage.until_us) == ("t", "flow", *hour)
    assert damage.file == "lasting-2026-11.db"
    fine = reader.envelope("t", "flow", START_US, START_US + 3 * HOUR_US, 1000)
    assert fine.damaged == (damage,)
    assert int(fine.count.sum()) == 120
    coarse = reader.envelope("t", "flow", START_US, START_US + 3 * HOUR_US, 30)
    assert int(coarse.count.sum()) == 180  # the summaries were made when it was whole
    assert len(reader.range("t", "sm_clock", *EVER)) == 180
    check = verify_telemetry(tmp_path)
    assert check.faults == (damage,)
    assert (check.files, check.blocks, check.samples) == (3, 6, 300)


def test_late_samples_for_a_damaged_hour(tmp_path: Path, expected_logs: Expect) -> None:
    expected_logs("point 1: the checksum does not fit")
    fill_hours(tmp_path)
    spoil_block(tmp_path / LASTING, 1, -3)
    with storing(tmp_path) as store:
        store.append([frame(START_US + HOUR_US + 5_500_000, 3.0, 7.0)], None)
        store.roll_all()
    trend = TelemetryReader(tmp_path).range("t", "flow", *EVER)
    assert (len(trend), trend.damaged) == (121, ())
    with sql(tmp_path / LASTING) as connection:
        rows = connection.execute("SELECT point, detail, length(data) FROM damage").fetchall()
    assert [(point, detail) for point, detail, _ in rows] == [(1, "the checksum does not fit")]
    assert rows[0][2] > 50  # what was found is kept


def test_a_spoilt_page_of_the_file_costs_what_was_on_it(tmp_path: Path) -> None:
    with storing(tmp_path) as store:
        rows = range(24 * 40)
        noise = [frame(START_US + n * 90_000_000, n * 0.737 % 1.618, 1.0) for n in rows]
        store.append(noise, None)
        store.roll_all()
    path = tmp_path / LASTING
    whole = len(TelemetryReader(tmp_path).range("t", "flow", *EVER))
    with sql(path) as connection:
        query = "SELECT pageno FROM dbstat WHERE name = 'blocks' AND pagetype = 'leaf'"
        try:
            leaves = [number for (number,) in connection.execute(query)]
        except sqlite3.OperationalError:
            pytest.skip("this SQLite has no dbstat")
    content = bytearray(path.read_bytes())
    content[(leaves[1] - 1) * 4096 : leaves[1] * 4096] = b"\xa5" * 4096
    path.write_bytes(content)
    trend = TelemetryReader(tmp_path).range("t", "flow", *EVER)
    assert 0 < len(trend) < whole
    assert trend.damaged
    assert len(trend) >= whole - 40 * len(trend.damaged)
    check = verify_telemetry(tmp_path)  # names the same hours, and has read all others
    hours = [(fault.part, fault.from_us) for fault in check.faults if fault.from_us]
    assert hours == [("t", damage.from_us) for damage in trend.damaged]
    assert check.samples == len(trend) + whole
    faulty: list[Path] = []
    copies = tmp_path / "copy"
    backup(tmp_path, copies, faulty=lambda file, _words: faulty.append(file))
    assert faulty == [path]
    assert verify_telemetry(copies) == check


def test_a_damaged_month_is_set_aside_and_still_read(tmp_path: Path) -> None:
    fill_hours(tmp_path)
    with storing(tmp_path) as store:
        aside = store.set_aside(tmp_path / LASTING, START_US)
        assert aside.name == "lasting-2026-11.damaged-20261121T120000Z.db"
        store.append([frame(START_US + 5 * HOUR_US, 3.0, 7.0)], None)
        store.roll_all()
    assert len(TelemetryReader(tmp_path).range("t", "flow", *EVER)) == 181
    assert len(archives(tmp_path)) == 3


def test_a_lost_tail_loses_no_archive(tmp_path: Path) -> None:
    fill_hours(tmp_path)
    for path in tmp_path.glob(f"{TELEMETRY_NAME}*"):
        path.unlink()
    reader = TelemetryReader(tmp_path)
    assert reader.parts() == ["t"]
    assert reader.keys("t") == ["flow", "sm_clock"]
    assert len(reader.range("t", "sm_clock", *EVER)) == 180
    with storing(tmp_path) as store:
        store.append([frame(START_US, 99.0, 99.0), frame(START_US + 1, 8.0, 8.0)], None)
        store.roll_all()
    assert reader.range("t", "flow", *EVER).values.tolist()[:3] == [0.0, 8.0, 0.1]


def test_telemetry_leaves_the_events_their_reserve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = [_Disk(10**12, 0, 63_000_000)]
    with storing(tmp_path) as store:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage[0])
        with pytest.raises(StorageError, match="is full, so recording has paused") as caught:
            store.append([frame(START_US, 1.0, 1.0)], None)
        assert caught.value.reason is StorageReason.FULL
        assert store.owns(caught.value.path)
        assert store.append([], None) == 0  # how far the log has come may still be noted
        usage[0] = _Disk(10**12, 0, 65_000_000)
        assert store.append([frame(START_US, 1.0, 1.0)], None) == 2
        usage[0] = _Disk(10**7, 0, 600_000)  # a small disk keeps a twentieth
        assert store.append([frame(START_US + 1, 1.0, 1.0)], None) == 2


def test_a_disk_that_fills_up_while_rolling_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, clock = Model(), Clock()
    with storing(tmp_path, clock) as store:
        noise = np.random.default_rng(4).normal(size=3000).tolist()
        batch = [frame(START_US + s * 1_000_000, one, 1.0) for s, one in enumerate(noise)]
        store.append(batch, None)
        for one in batch:
            model.keep(one)
        clock.advance(1000.0)

        def small(path: Path) -> sqlite3.Connection:
            connection = sqlite3.connect(path, isolation_level=None)
            connection.execute("PRAGMA max_page_count = 12")
            return connection

        with monkeypatch.context() as patch:
            patch.setattr(database, "connect", small)
            for _ in range(2):
                with pytest.raises(StorageError, match="is full") as caught:
                    store.work(10.0)
                assert store.owns(caught.value.path)
                model.agrees_with(TelemetryReader(tmp_path))
        while store.work(10.0):
            pass
        assert archives(tmp_path)
        model.agrees_with(TelemetryReader(tmp_path))


def test_old_months_go_by_count_and_by_size(tmp_path: Path) -> None:
    with storing(tmp_path) as store:
        for month in range(6):
            store.append([frame(START_US + month * MONTH_US, 1.0, 2.0)], None)
        store.roll_all()
    keep_all = Classes.model_validate({"class": [{"name": "lasting"}]})
    assert enforce(tmp_path, lambda _: None, keep_all) == []
    closed: list[Path] = []
    three = Classes.model_validate(
        {
            "class": [
                {"name": "detail", "patterns": ["*"], "keep_months": 3},
                {"name": "lasting", "budget_gb": 150_000 / 1e9},
            ]
        }
    )
    gone = enforce(tmp_path, closed.append, three)
    assert gone == closed
    months: dict[str, list[str]] = {}
    for file in archives(tmp_path):
        months.setdefault(file.class_name, []).append(file.month)
    assert months["detail"] == ["2027-02", "2027-03", "2027-04"]
    assert 2 <= len(months["lasting"]) < 6
    assert months["lasting"][-1] == "2027-04"
    assert len(TelemetryReader(tmp_path).range("t", "sm_clock", *EVER)) == 3
    tiny = Classes.model_validate({"class": [{"name": "lasting", "budget_gb": 1e-9}]})
    enforce(tmp_path, lambda _: None, tiny)
    assert sum(file.class_name == "lasting" for file in archives(tmp_path)) == 2


def test_a_clock_that_jumps_ahead_makes_no_month_old(tmp_path: Path) -> None:
    with storing(tmp_path) as store:
        far_us = START_US + 50 * 12 * MONTH_US
        store.append([frame(START_US, 1.0, 2.0), frame(far_us, 1.0, 2.0)], None)
        store.roll_all()
    assert enforce(tmp_path, lambda _: None, shipped()) == []


def test_retention_runs_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Classes(**{"class": (PointClass(name="lasting", keep_months=1),)})
    monkeypatch.setattr("console.history.telemetry_store.retention.shipped", lambda: one)
    clock = Clock()
    with storing(tmp_path, clock) as store:
        for month in range(4):
            store.append([frame(START_US + month * MONTH_US, 1.0, 2.0)], None)
        store.roll_all()
        store.work()
        assert [f.month for f in archives(tmp_path) if f.class_name == "lasting"] == [
            "2027-01",
            "2027-02",
        ]
        clock.advance(4000)
        store.append([frame(START_US + 5 * MONTH_US, 1.0, 2.0)], None)
        store.roll_all()


def test_the_shipped_classes() -> None:
    assert shipped().name_for("sm_clock") == "detail"
    assert shipped().name_for("coolant_return_temperature") == "lasting"
    with pytest.raises(ValueError, match="has no patterns"):
        Classes.model_validate({"class": [{"name": "a"}, {"name": "b"}]})
    with pytest.raises(ValueError, match="name of its own"):
        Classes.model_validate({"class": [{"name": "a", "patterns": ["x"]}, {"name": "a"}]})


def test_stats(tmp_path: Path) -> None:
    fill_hours(tmp_path)
    with storing(tmp_path) as store:
        store.append([frame(START_US + 9 * HOUR_US, 1.0, 2.0)], None)
        tail, detail, lasting = telemetry_stats(tmp_path)
    assert (tail.rows, tail.samples, tail.first_us) == (1, 2, START_US + 9 * HOUR_US)
    assert (detail.rows, detail.samples) == (lasting.rows, lasting.samples) == (3, 180)
    assert (lasting.first_us, lasting.last_us) == (START_US, START_US + 3 * HOUR_US)
    assert lasting.bytes >= lasting.path.stat().st_size > 0


def test_a_backup_taken_while_recording_and_restored_elsewhere(tmp_path: Path) -> None:
    data, copy, other = tmp_path / "data", tmp_path / "backup", tmp_path / "other"
    data.mkdir()
    events = fill(data, 4)
    fill_hours(data)
    told: list[Path] = []
    with storing(data) as store, opened(data):
        store.append([frame(START_US + 9 * HOUR_US, 1.0, 2.0)], None)
        files = backup(data, copy, told.append)
        store.append([frame(START_US + 10 * HOUR_US, 1.0, 2.0)], None)
    assert files == told
    assert files[0].name == TELEMETRY_NAME
    assert files[-1].name == LOG_NAME
    assert not list(tmp_path.glob("*unfinished*"))
    assert verify_telemetry(copy).ok
    restored, device_id = restore(copy, other, lambda: at(99))
    assert {path.name for path in restored} == {path.name for path in files}
    assert device_id != events[0].device_id
    assert LogReader(other).verify().ok
    newest = LogReader(other).page(limit=1)[0]
    assert (newest.kind, newest.sequence, newest.device_id) == (LOG_RESTORED, 1, device_id)
    assert newest.body["device_id"] == events[0].device_id
    reader = TelemetryReader(other)
    assert len(reader.range("t", "flow", *EVER)) == 181
    with opened(other) as log:
        assert write(log, draft(9))[0].device_id == device_id
    assert LogReader(data).page(limit=1)[0].device_id == events[0].device_id


def test_backups_overwrite_nothing(tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "backup"
    data.mkdir()
    fill(data, 1)
    backup(data, copy)
    with pytest.raises(StorageError, match="is there already"):
        backup(data, copy)
    with pytest.raises(StorageError, match="is there already"):
        restore(copy, data)
    with pytest.raises(StorageError, match="is no backup"):
        restore(tmp_path, tmp_path / "new")
    assert LogReader(data).verify().events == 1


def test_an_archive_of_another_program_is_damage(tmp_path: Path) -> None:
    path = tmp_path / LASTING
    path.parent.mkdir()
    with sql(path) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(StorageError, match="database of another program"):
        Archive(path).open()
    assert LogFile(tmp_path).path.name == LOG_NAME


def test_a_tail_that_is_set_aside_takes_no_archive_with_it(tmp_path: Path) -> None:
    fill_hours(tmp_path)
    with storing(tmp_path) as store:
        store.append([frame(START_US + 20 * HOUR_US, 1.0, 2.0)], None)
        aside = store.set_aside(store.path, START_US)
        assert aside.name == "telemetry.damaged-20261121T120000Z.db"
        store.open()
        store.append([frame(START_US + 21 * HOUR_US, 1.0, 2.0)], None)
        store.roll_all()
    assert len(TelemetryReader(tmp_path).range("t", "flow", *EVER)) == 181


def test_days_that_a_crash_left_without_summaries_get_them(tmp_path: Path) -> None:
    clock = Clock()
    with storing(tmp_path, clock) as store:
        store.append([frame(START_US - 48 * HOUR_US, 1.0, 2.0)], None)
        clock.advance(1000)
        store.work(10.0)  # rolled up; the day is not quiet yet
    with sql(tmp_path / LASTING) as connection:
        assert connection.execute("SELECT count(*) FROM dirty").fetchone() == (1,)
    with storing(tmp_path, clock) as store:
        store.work(10.0)
        clock.advance(100)
        store.work(10.0)
    with sql(tmp_path / LASTING) as connection:
        assert connection.execute("SELECT count(*) FROM dirty").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM days").fetchone() == (1,)
