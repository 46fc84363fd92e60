"""Pages, filters, search and export."""

from __future__ import annotations

import io
import itertools
import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from console.history.connections import connect_read_only
from console.history.events import Event, EventDraft
from console.history.logfile import LOG_NAME
from console.history.reader import LogReader
from console.history.trouble import StorageError
from tests.unit.history.kit import at, draft, fill, opened, public_folder, raw, unwritable, write
from tests.unit.history.test_events import audited

TOLD = (
    EventDraft("application.started", "", {"version": "0.1.0"}, at(0)),
    EventDraft("device.lost", "tank-1", {"message": "no answer in 500 ms"}, at(10)),
    EventDraft("limit.crossed", "tank-2", {"point": "level", "level": "lower_caution"}, at(20)),
    EventDraft("device.restored", "tank-1", {"note": '100% "quoted" a_b 液位'}, at(30)),
    EventDraft("limit.acknowledged", "tank-2", {"point": "level"}, at(5), "m.chen"),
)


@pytest.fixture
def reader(tmp_path: Path) -> LogReader:
    with opened(tmp_path) as log:
        for one in TOLD:
            write(log, one)
    return LogReader(tmp_path)


def numbers(events: list[Event]) -> list[int]:
    return [event.sequence for event in events]


def test_newest_first_in_the_order_of_recording(reader: LogReader) -> None:
    assert numbers(reader.page()) == [5, 4, 3, 2, 1]
    newest = reader.page()[0]
    assert (newest.actor, newest.utc_us, newest.body) == (
        "m.chen",
        at(5).utc_us,
        {"point": "level"},
    )
    assert newest.hash == newest.hash_of_content()


def test_page_after_page(reader: LogReader) -> None:
    first = reader.page(limit=2)
    second = reader.page(limit=2, before=first[-1].id)
    third = reader.page(limit=2, before=second[-1].id)
    assert numbers(first + second + third) == [5, 4, 3, 2, 1]
    assert reader.page(before=third[-1].id) == []
    assert reader.page(before="no such event") == []


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"subjects": ["tank-1"]}, [4, 2]),
        ({"subjects": ["tank-1", ""]}, [4, 2, 1]),
        ({"subjects": []}, []),
        ({"kinds": ["limit.crossed", "device.lost"]}, [3, 2]),
        ({"since_us": at(10).utc_us}, [4, 3, 2]),
        ({"since_us": at(10).utc_us, "until_us": at(20).utc_us}, [2]),
        ({"text": "TANK-2"}, [5, 3]),
        ({"text": "answer 500"}, [2]),
        ({"text": "answer 501"}, []),
        ({"text": "console start"}, [1]),  # the label, which is what people see
        ({"text": "chen"}, [5]),
        ({"text": "液位"}, [4]),
        ({"text": "100%"}, [4]),
        ({"text": "%"}, [4]),
        ({"text": "_b"}, [4]),
        ({"text": "a_b"}, [4]),
        ({"text": "!"}, []),
        ({"text": '"quoted"'}, [4]),
        ({"text": "  "}, [5, 4, 3, 2, 1]),
        ({"text": "' OR 1=1 --"}, []),
        ({"text": "level", "subjects": ["tank-2"], "kinds": ["limit.crossed"]}, [3]),
    ],
)
def test_filters(reader: LogReader, filters: dict[str, object], expected: list[int]) -> None:
    assert numbers(reader.page(**filters)) == expected  # type: ignore[arg-type]
    assert reader.count(**filters) == len(expected)  # type: ignore[arg-type]


def test_subjects(reader: LogReader) -> None:
    assert reader.subjects() == ["", "tank-1", "tank-2"]


def test_export_can_be_audited_and_is_complete(
    reader: LogReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.history.reader._EXPORT_AT_ONCE", 2)
    stream = io.StringIO()
    assert reader.export(stream) == 5
    lines = stream.getvalue().splitlines()
    assert "seal" in json.loads(lines.pop())
    lines = [line for line in lines if not line.startswith('{"checkpoint"')]
    assert [json.loads(line)["sequence"] for line in lines] == [1, 2, 3, 4, 5]
    assert all(audited(line) for line in lines)
    links = [(json.loads(line)["previous_hash"], json.loads(line)["hash"]) for line in lines]
    assert all(after[0] == before[1] for before, after in itertools.pairwise(links))


def test_before_anything_is_recorded(tmp_path: Path) -> None:
    for reader in (LogReader(tmp_path), LogReader(tmp_path / "no such folder")):
        assert reader.page() == []
        assert reader.count() == 0
        assert reader.subjects() == []
        assert reader.export(io.StringIO()) == 0
    sqlite3.connect(tmp_path / LOG_NAME).close()  # an empty file: the console is just starting
    (tmp_path / LOG_NAME).touch()
    assert LogReader(tmp_path).page() == []
    assert LogReader(tmp_path).verify().ok


def test_reading_beside_the_writer(tmp_path: Path) -> None:
    reader = LogReader(tmp_path)
    with opened(tmp_path) as log:
        write(log, draft(1))
        assert numbers(reader.page()) == [1]
        with raw(tmp_path) as other:
            other.execute("BEGIN IMMEDIATE")
            assert numbers(reader.page()) == [1]
            other.execute("ROLLBACK")
        write(log, draft(2))
        assert numbers(reader.page()) == [2, 1]


def test_the_readers_connection_cannot_write(reader: LogReader, tmp_path: Path) -> None:
    connection = connect_read_only(tmp_path / LOG_NAME)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("CREATE TABLE x (y)")
    connection.close()


def test_a_log_on_a_medium_that_cannot_be_written(tmp_path: Path) -> None:
    fill(tmp_path, 3)
    with public_folder() as folder:
        shutil.copyfile(tmp_path / LOG_NAME, folder / LOG_NAME)
        with unwritable(folder):
            assert numbers(LogReader(folder).page()) == [3, 2, 1]
            assert LogReader(folder).verify().ok
        assert [file.name for file in folder.iterdir()] == [LOG_NAME]


def test_damage_and_newer_formats_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / LOG_NAME).write_bytes(b"not a database" * 1000)
    with pytest.raises(StorageError, match=r"log\.db is damaged: file is not a database"):
        LogReader(tmp_path).page()
    (tmp_path / LOG_NAME).unlink()
    fill(tmp_path, 1)
    with raw(tmp_path) as connection:
        connection.execute(f"PRAGMA user_version = {2 << 16}")
    with pytest.raises(StorageError, match=r"newer version of Tankside \(format 2\.0, this one"):
        LogReader(tmp_path).page()
