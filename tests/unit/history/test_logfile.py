"""The file refuses change, numbers without gaps, and never records an event twice."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from console.history.events import NO_HASH, Head
from console.history.feed import EventFeed
from console.history.logfile import LOG_NAME, LogFile, head_of_file
from console.history.trouble import StorageError
from tests.unit.history.kit import draft, fill, opened, raw, write


def test_a_chain_from_one_without_gaps(tmp_path: Path) -> None:
    events = fill(tmp_path, 4)
    assert [event.sequence for event in events] == [1, 2, 3, 4]
    assert [event.previous_hash for event in events] == [NO_HASH, *(e.hash for e in events[:-1])]
    assert len({event.device_id for event in events}) == 1


def test_opening_again_goes_on_with_the_same_device(tmp_path: Path) -> None:
    first = fill(tmp_path, 2)
    second = fill(tmp_path, 2)
    assert second[0].device_id == first[0].device_id
    assert (second[0].sequence, second[0].previous_hash) == (3, first[1].hash)
    assert head_of_file(tmp_path / LOG_NAME) == Head(first[0].device_id, 4, second[1].hash)


def _copied(numbers: str) -> str:
    """A statement that slips a copy in as (rowid, id, device_id, sequence)."""
    rest = "utc_us, mono_us, boot_id, actor, kind, subject, body, previous_hash, hash"
    return (
        f"INSERT OR REPLACE INTO events (rowid, id, device_id, sequence, {rest}) "
        f"SELECT {numbers}, {rest} FROM events LIMIT 1"
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET subject = 'other' WHERE sequence = 2",
        "UPDATE OR REPLACE events SET sequence = 1 WHERE sequence = 2",
        "DELETE FROM events WHERE sequence = 2",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events SELECT * FROM events WHERE sequence = 2",
        _copied("2, 'new', device_id, 4"),
        _copied("9, 'new', device_id, 9"),
        _copied("9, 'new', 'other', 2"),
    ],
)
def test_no_program_can_change_or_delete_or_replace_an_event(
    tmp_path: Path, statement: str
) -> None:
    fill(tmp_path, 3)
    with raw(tmp_path) as connection:
        before = connection.execute("SELECT rowid, * FROM events").fetchall()
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
        assert connection.execute("SELECT rowid, * FROM events").fetchall() == before


def test_columns_have_types(tmp_path: Path) -> None:
    fill(tmp_path, 1)
    with raw(tmp_path) as connection, pytest.raises(sqlite3.IntegrityError, match="cannot store"):
        connection.execute(
            "INSERT INTO events SELECT 'new', device_id, 2, 'noon', mono_us, boot_id, actor, kind, "
            "subject, body, previous_hash, hash FROM events LIMIT 1"
        )


def test_an_event_that_did_reach_the_disk_is_not_recorded_twice(tmp_path: Path) -> None:
    """A failed sync may hide a commit; the batch is offered again after opening again."""
    feed = EventFeed()
    for number in range(3):
        feed.offer(draft(number))
    batch = feed.first_waiting(9)
    with opened(tmp_path) as log:
        log.append(batch[:2])
    with opened(tmp_path) as log:
        events = log.append(batch)
        assert [event.sequence for event in events] == [1, 2, 3]
        assert [event.id for event in events] == [waiting.id for waiting in batch]
        assert log.connection.execute("SELECT count(*) FROM events").fetchone() == (3,)


def test_a_failed_transaction_leaves_nothing_and_can_be_repeated(tmp_path: Path) -> None:
    with opened(tmp_path) as log:
        write(log, draft(0))
        head = log.head
        with raw(tmp_path) as other:
            other.execute("BEGIN IMMEDIATE")
            log.connection.execute("PRAGMA busy_timeout = 1")
            with pytest.raises(StorageError, match="locked by another program"):
                write(log, draft(1))
            other.execute("ROLLBACK")
        assert log.head == head
        assert write(log, draft(1))[0].sequence == 2


@pytest.mark.expected_logs("cannot be recorded as it was told")
def test_an_event_of_wrong_types_does_not_stop_the_log(tmp_path: Path) -> None:
    endless: list[object] = []
    endless.append(endless)
    with opened(tmp_path) as log:
        wrong, right = write(log, draft(1, endless=endless), draft(2))  # type: ignore[arg-type]
    assert wrong.kind == "event.unreadable"
    assert "device.lost" in str(wrong.body["told"])
    assert (right.sequence, right.kind) == (2, "device.lost")


def test_a_new_chain_in_the_same_log(tmp_path: Path) -> None:
    old = fill(tmp_path, 2)[-1]
    feed = EventFeed()
    feed.offer(draft(7))
    with opened(tmp_path) as log:
        (event,) = log.begin_new_chain(feed.first_waiting(1)[0])
        assert write(log, draft(8))[0].previous_hash == event.hash
    assert event.device_id != old.device_id
    assert (event.sequence, event.previous_hash) == (1, NO_HASH)
    assert fill(tmp_path, 1)[0].device_id == event.device_id


def test_head_of_what_is_no_log(tmp_path: Path) -> None:
    assert head_of_file(tmp_path / "absent.db") is None
    (tmp_path / LOG_NAME).write_bytes(b"not a database" * 100)
    assert head_of_file(tmp_path / LOG_NAME) is None


def test_a_closed_log_says_so(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is not open"):
        write(LogFile(tmp_path), draft(1))
