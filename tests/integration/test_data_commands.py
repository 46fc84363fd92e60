"""``tankside data``: copies that are whole while a console records, and figures that are true."""

from __future__ import annotations

import contextlib
import csv
import json
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
import typer
from typer.testing import CliRunner, Result

from console.cli import data as command
from console.event_text import event_text
from console.history.history import History
from console.history.packed import pack, unpacked
from console.history.reader import LogReader
from console.history.telemetry import TELEMETRY_NAME
from console.history.telemetry_store import backup as copies
from console.history.telemetry_store.backup import backup
from console.history.telemetry_store.care import verify_telemetry
from console.history.telemetry_store.reader import TelemetryReader
from console.history.trouble import StorageError
from drivers.files import FileError
from tests.integration.metrics_peers import FakeServer
from tests.integration.test_history import until
from tests.unit.history.kit import START_US, draft, fill
from tests.unit.history.telemetry_kit import EVER, HOUR_US, frame, storing
from tests.unit.history.test_telemetry_care import LASTING, fill_hours, spoil_block

ROOT = Path(__file__).parents[2]
APP = typer.Typer()
command.register(APP)


@APP.callback()
def _console() -> None:
    """So that ``data`` stays a group of its own."""


def run(*words: str | Path) -> Result:
    """Run ``data …`` in this process; an error of the world is raised."""
    result = CliRunner().invoke(APP, ["data", *map(str, words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def made(folder: Path) -> Path:
    data = folder / "hall-a"
    data.mkdir()
    fill(data, 4)
    fill_hours(data)
    with storing(data) as store:
        store.append([frame(START_US + 9 * 3_600_000_000, 1.0, 2.0)], None)
    return data


@pytest.mark.parametrize("name", ["copy", "copy.zip"])
def test_back_up_and_move_to_another_laptop(tmp_path: Path, name: str) -> None:
    data, copy, other = made(tmp_path), tmp_path / name, tmp_path / "other"
    told = json.loads(run("backup", "--data", data, "-o", copy, "--json").stdout)
    assert told["files"] == [
        "telemetry.db",
        "telemetry/detail-2026-11.db",
        "telemetry/lasting-2026-11.db",
        "log.db",
    ]
    assert told["bytes"] > 1000
    assert "4 events" in run("verify", "--data", copy).stdout
    assert "4 events" in run("verify", copy).stdout
    moved = json.loads(run("restore", copy, "--data", other, "--json").stdout)
    newest = LogReader(other).page(limit=1)[0]
    assert (newest.kind, newest.device_id) == ("log.restored", moved["device_id"])
    assert newest.device_id != LogReader(data).page(limit=1)[0].device_id
    assert str(copy) in event_text(newest).what
    assert LogReader(other).verify().ok
    assert len(TelemetryReader(other).range("t", "flow", *EVER)) == 181
    assert {path.name for path in tmp_path.iterdir()} == {"hall-a", name, "other"}
    with pytest.raises(StorageError, match="is there already"):
        run("backup", "--data", data, "-o", copy)
    with pytest.raises(StorageError, match="is there already"):
        run("restore", copy, "--data", other)


@pytest.mark.parametrize("packed", [False, True])
def test_a_backup_while_another_process_records(tmp_path: Path, packed: bool) -> None:
    data = tmp_path / "data"
    child = [sys.executable, "-m", "tests.integration.telemetry_child", str(data), "0", "0.05"]
    copies = []
    with subprocess.Popen(child, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        for number in range(3):
            told = 0
            while told < 600 * (number + 1):
                told = int(process.stdout.readline().split()[0])
            copy = tmp_path / f"copy-{number}{'.zip' if packed else ''}"
            assert run("backup", "--data", data, "-o", copy).exit_code == 0
            copies.append((told, copy))
        process.kill()
    for told, copy in copies:
        with unpacked(copy) as folder:
            check = verify_telemetry(folder)
            assert check.ok, check.faults
            counts = TelemetryReader(folder).range("t", "count", *EVER).values.tolist()
        assert counts == [float(n) for n in range(1, len(counts) + 1)]  # none missing, none twice
        assert len(counts) >= told - 900  # all but what had not been written yet


def test_a_backup_while_events_are_told(tmp_path: Path) -> None:
    data = tmp_path / "data"
    history = History(data)
    history.start()
    try:
        for number in range(200):
            history.record(draft(number))
            if number == 0:
                until(lambda: history.counters.events_written == 1)
            if number % 50 == 49:
                pack(data, tmp_path / f"{number}.zip") if number > 60 else backup(
                    data, tmp_path / str(number)
                )
    finally:
        assert history.close(10)
    for copy in (tmp_path / "49", tmp_path / "99.zip", tmp_path / "199.zip"):
        with unpacked(copy) as folder:
            assert LogReader(folder).verify().ok


def test_a_month_that_begins_while_a_backup_does_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, next_month_us = made(tmp_path), START_US + 20 * 24 * HOUR_US
    with storing(data) as store:
        store.append([frame(next_month_us, 3.0, 4.0)], None)
    real = copies._copy

    def late(source: Path, copy: Path) -> None:
        if source.name == TELEMETRY_NAME:  # it is about to be copied, and is rolled up right now
            with storing(data) as store:
                store.roll_all()
        real(source, copy)

    monkeypatch.setattr(copies, "_copy", late)
    backup(data, tmp_path / "copy")
    found = TelemetryReader(tmp_path / "copy").range("t", "flow", next_month_us, EVER[1])
    assert found.utc_us.tolist() == [next_month_us]


def test_nothing_recorded_is_no_backup(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(StorageError, match="nothing has been recorded"):
        run("backup", "--data", tmp_path / "data", "-o", tmp_path / "copy")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_verify_names_the_damaged_hour_and_exits_1(tmp_path: Path) -> None:
    data = made(tmp_path)
    assert run("verify", "--data", data).exit_code == 0
    spoil_block(data / LASTING, 1, -3)
    result = run("verify", "--data", data)
    assert result.exit_code == 1
    line = "lasting-2026-11.db t flow: 2026-11-21 13:00:00 to 2026-11-21 14:00:00 UTC: the checksum"
    assert line in result.stderr
    told = json.loads(run("verify", "--data", data, "--json").stdout)
    assert (told["ok"], told["log"]["ok"]) == (False, True)
    assert [fault["key"] for fault in told["telemetry"]["faults"]] == ["flow"]
    result = run("export", "--data", data, "--since", "2026-11-21", "--until", "2026-11-22")
    assert line in result.stderr


def test_a_damaged_file_is_backed_up_as_it_is_and_said(tmp_path: Path) -> None:
    data = made(tmp_path)
    path = data / LASTING
    with contextlib.closing(sqlite3.connect(path)) as connection:
        query = "SELECT rootpage FROM sqlite_schema WHERE name = 'blocks'"
        (page,) = connection.execute(query).fetchone()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    content = bytearray(path.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = bytes(4096)
    path.write_bytes(content)
    for name in ("copy", "copy.zip"):
        result = run("backup", "--data", data, "-o", tmp_path / name)
        assert result.exit_code == 1
        assert f"{path.name} is damaged and was copied as it is" in result.stderr
        assert "sm_clock" not in run("verify", tmp_path / name).stderr
    told = json.loads(run("backup", "--data", data, "-o", tmp_path / "other", "--json").stdout)
    assert list(told["damaged"]) == [path.name]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[: len(content) // 2],
        lambda content: b"no zip at all",
        lambda content: content[:200] + b"\xa5" * 400 + content[600:],
    ],
)
def test_a_damaged_backup_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    copy = tmp_path / "copy.zip"
    pack(made(tmp_path), copy)
    copy.write_bytes(spoil(copy.read_bytes()))
    with pytest.raises(StorageError, match="is damaged"):
        run("restore", copy, "--data", tmp_path / "other")
    assert {path.name for path in tmp_path.iterdir()} == {"hall-a", "copy.zip"}


def test_a_zip_writes_nowhere_else(tmp_path: Path) -> None:
    copy = tmp_path / "copy.zip"
    pack(made(tmp_path), copy)
    with zipfile.ZipFile(copy, "a") as hostile:
        for name in ("../evil.db", "/tmp/evil.db", "telemetry/../../evil.db", "evil.sh"):
            hostile.writestr(name, "evil")
    assert run("restore", copy, "--data", tmp_path / "other").exit_code == 0
    assert not list(tmp_path.rglob("*evil*"))
    with zipfile.ZipFile(tmp_path / "none.zip", "w") as empty:
        empty.writestr("readme", "no log")
    with pytest.raises(StorageError, match="is no backup"):
        run("restore", tmp_path / "none.zip", "--data", tmp_path / "new")


def test_stats_are_what_is_there(tmp_path: Path) -> None:
    data = made(tmp_path)
    told = json.loads(run("stats", "--data", data, "--json").stdout)
    files = {Path(one["path"]).name: one for one in told["files"]}
    assert files["lasting-2026-11.db"]["samples"] == 180
    assert {(one["key"], one["samples"]) for one in told["points"]} == {
        ("flow", 180),
        ("sm_clock", 180),
    }
    taken = sum(one["bytes"] for one in told["points"])
    archived = sum(one["bytes"] for name, one in files.items() if name != "telemetry.db")
    assert 0 < taken < archived
    assert told["growth_bytes_per_year"] == pytest.approx(archived / 3 * 8766, rel=0.01)
    assert told["free_bytes"] > 0
    shown = run("stats", "--data", data, "--points").stdout
    for word in ("lasting-2026-11.db", "sm_clock", "detail", "2026-11-21 15:00:00", "a year"):
        assert word in shown


def test_export_to_a_file(tmp_path: Path) -> None:
    data, out = made(tmp_path), tmp_path / "out.csv"
    words = ("export", "--data", data, "--since", "2026-11-21T12:00", "--until", "2026-11-21T13:00")
    result = run(*words, "--point", "fl*", "-o", out)
    assert "60 rows written" in result.stdout
    assert out.read_bytes().startswith(b"\xef\xbb\xbftime_utc,t flow [L/min]\r\n")
    rows = list(csv.reader(out.read_text("utf-8-sig").splitlines()))
    assert rows[1] == ["2026-11-21 12:00:00.000", "0.0"]
    lines = run(*words, "--jsonl", "--step", "30s").stdout.splitlines()
    assert json.loads(lines[0])["t flow [L/min] maximum"] == 2.9
    with pytest.raises(FileError, match="there are the parts t"):
        run(*words, "--part", "nobody")
    with pytest.raises(FileError, match="cannot be written"):
        run(*words, "-o", tmp_path / "no" / "folder.csv")
    assert "whole minutes" in run(*words, "--step", "150s").stderr
    assert "not before" in run("export", "--data", data, "--since", "1h", "--until", "2h").stderr
    assert list(tmp_path.glob("*unfinished*")) == []


def test_push_by_command(tmp_path: Path) -> None:
    data = made(tmp_path)
    site = tmp_path / "hall.toml"
    site.write_text(
        '[site]\nid = "north"\nname = "North"\n[[tank]]\nid = "t"\nname = "Tank T"\n'
        'map = "generic-single-phase"\nurl = "tcp://127.0.0.1:502"\n'
    )
    with FakeServer() as server:
        dry = run("push", server.url, site, "--data", data, "--dry-run")
        assert "would be sent" in dry.stdout
        assert server.requests == []
        words = ("push", server.url, site, "--data", data, "--label", "country=de", "--json")
        told = json.loads(run(*words).stdout)
        assert told["samples"] == sum(map(len, server.kept.values()))
        again = run("push", server.url, site, "--data", data, "--label", "country=de")
        assert again.stdout.startswith("0 samples")
        series = [dict(one) for one in server.kept]
        assert {(one["site"], one["country"], one["part"]) for one in series} == {
            ("north", "de", "t")
        }
        (info,) = (one for one in series if one["__name__"] == "tankside_part_info")
        assert (info["name"], info["model"], info["kind"]) == (
            "Tank T",
            "generic-single-phase",
            "tank",
        )
        for text in ("part=x", "no", "9x=1", "a="):
            assert "is no label" in run("push", server.url, "--data", data, "--label", text).stderr


def test_push_over_tls_with_a_token(tmp_path: Path) -> None:
    from console.push_server import PushError

    data, authority = made(tmp_path), trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    own = authority.issue_cert("127.0.0.1")
    own.cert_chain_pems[0].write_to_path(str(tmp_path / "own.pem"))
    own.private_key_pem.write_to_path(str(tmp_path / "own.key"))
    (tmp_path / "token").write_text("secret\n")
    with FakeServer((tmp_path / "own.pem", tmp_path / "own.key")) as server:
        words = ("push", server.url, "--data", data, "--token-file", tmp_path / "token")
        with pytest.raises(PushError, match="certificate verify failed"):
            run(*words, "--patience", "0")
        assert server.requests == []
        assert run(*words, "--ca", tmp_path / "ca.pem").exit_code == 0
        assert {one[2]["authorization"] for one in server.requests} == {"Bearer secret"}
        assert {dict(one)["site"] for one in server.kept} == {"hall-a"}
    with pytest.raises(FileError, match="cannot be read"):
        run(*words, "--ca", tmp_path / "none.pem")
