"""Whatever is done to the file behind the console's back, the first event concerned is named."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from console.history.events import JSON, NO_HASH, Event, EventDraft, Head, Kind, canonical
from console.history.feed import EventFeed
from console.history.logfile import COLUMNS
from console.history.reader import LogReader
from console.history.telemetry import TELEMETRY_NAME, TelemetryFile
from tests.unit.history.kit import at, fill, opened, raw

ROWS = f"INSERT INTO events ({COLUMNS}) VALUES ({', '.join('?' * 12)})"


def anchor(folder: Path, head: Head) -> None:
    telemetry = TelemetryFile(folder)
    telemetry.open()
    telemetry.append([], head)
    telemetry.close()


def test_an_unaltered_log(tmp_path: Path) -> None:
    events = fill(tmp_path, 5)
    anchor(tmp_path, Head(events[0].device_id, 3, events[2].hash))
    result = LogReader(tmp_path).verify()
    assert (result.ok, result.events, result.first_bad) == (True, 5, None)
    assert result.head_hash == events[-1].hash


def test_no_log_at_all(tmp_path: Path) -> None:
    result = LogReader(tmp_path).verify()
    assert (result.ok, result.events, result.head_hash) == (True, 0, NO_HASH)


@pytest.mark.parametrize(
    "assignment",
    [
        "subject = 'tank-9'",
        "utc_us = utc_us + 1",
        "mono_us = 0",
        "actor = 'somebody'",
        "kind = 'device.restored'",
        "boot_id = ''",
        "id = 'x' || id",
        """body = '{"number":9}'""",
        "body = replace(body, ':', ' : ')",
        "body = '[]'",
        "body = 'no json'",
        "body = replace(hex(zeroblob(5000)), '00', '[')",
        "body = cast(x'7bff7d' AS TEXT)",
        "hash = lower(hex(randomblob(32)))",
    ],
)
def test_a_changed_event(tmp_path: Path, assignment: str) -> None:
    fill(tmp_path, 5)
    with raw(tmp_path, unguarded=True) as connection:
        connection.execute(f"UPDATE events SET {assignment} WHERE sequence = 3")
        changed = connection.execute("SELECT id, hash FROM events WHERE sequence = 3").fetchone()
    result = LogReader(tmp_path).verify()
    assert not result.ok
    assert result.first_bad == (3, changed[0], "its content is not what was recorded")
    assert len(LogReader(tmp_path).page()) == 5  # it can still be looked at


def test_a_changed_link(tmp_path: Path) -> None:
    events = fill(tmp_path, 5)
    with raw(tmp_path, unguarded=True) as connection:
        connection.execute("UPDATE events SET previous_hash = hash WHERE sequence = 4")
    result = LogReader(tmp_path).verify()
    assert result.first_bad == (4, events[3].id, "it does not follow the event before it")
    assert result.events == 3


def test_a_change_with_its_hash_made_to_fit_breaks_the_next_link(tmp_path: Path) -> None:
    events = fill(tmp_path, 5)
    forged = {**events[1].content, "subject": "tank-9"}
    fitting = Event(**forged, hash="").hash_of_content()  # type: ignore[arg-type]
    with raw(tmp_path, unguarded=True) as connection:
        connection.execute(
            "UPDATE events SET subject = 'tank-9', hash = ? WHERE sequence = 2", (fitting,)
        )
    result = LogReader(tmp_path).verify()
    assert result.first_bad == (3, events[2].id, "it does not follow the event before it")


@pytest.mark.parametrize("sequence", [1, 3])
def test_a_deleted_event(tmp_path: Path, sequence: int) -> None:
    fill(tmp_path, 5)
    with raw(tmp_path, unguarded=True) as connection:
        connection.execute("DELETE FROM events WHERE sequence = ?", (sequence,))
    result = LogReader(tmp_path).verify()
    assert result.first_bad == (sequence, "", f"event {sequence} is missing")
    assert not result.ok


def test_a_deleted_event_with_the_numbers_closed_up(tmp_path: Path) -> None:
    events = fill(tmp_path, 5)
    with raw(tmp_path, unguarded=True) as connection:
        connection.execute("DELETE FROM events WHERE sequence = 3")
        connection.execute("UPDATE events SET sequence = 3 WHERE sequence = 4")
    result = LogReader(tmp_path).verify()
    assert result.first_bad == (3, events[3].id, "it does not follow the event before it")


@pytest.mark.parametrize("as_sequence", [6, 3])
def test_an_inserted_event(tmp_path: Path, as_sequence: int) -> None:
    events = fill(tmp_path, 5)
    with raw(tmp_path, unguarded=True) as connection:
        if as_sequence == 3:
            for sequence in (5, 4, 3):
                connection.execute(
                    "UPDATE events SET sequence = sequence + 1 WHERE sequence = ?", (sequence,)
                )
        connection.execute(
            "INSERT INTO events SELECT 'new', device_id, ?, utc_us, mono_us, boot_id, actor, kind, "
            "subject, body, ?, hash FROM events WHERE sequence = 2",
            (as_sequence, events[as_sequence - 2].hash),
        )
    result = LogReader(tmp_path).verify()
    assert result.first_bad == (as_sequence, "new", "its content is not what was recorded")


def swap_numbers(connection: sqlite3.Connection) -> None:
    for a, b in ((2, 99), (4, 2), (99, 4)):
        connection.execute("UPDATE events SET sequence = ? WHERE sequence = ?", (b, a))


def swap_places(connection: sqlite3.Connection) -> None:
    for a, b in ((2, 99), (3, 2), (99, 3)):
        connection.execute("UPDATE events SET rowid = ? WHERE rowid = ?", (b, a))


@pytest.mark.parametrize(
    ("swap", "sequence", "was", "why"),
    [
        (swap_numbers, 2, 4, "it does not follow the event before it"),
        (swap_places, 3, 3, "it has been moved to another place in the log"),
    ],
)
def test_reordered_events(
    tmp_path: Path,
    swap: Callable[[sqlite3.Connection], None],
    sequence: int,
    was: int,
    why: str,
) -> None:
    events = fill(tmp_path, 5)
    with raw(tmp_path, unguarded=True) as connection:
        swap(connection)
    assert LogReader(tmp_path).verify().first_bad == (sequence, events[was - 1].id, why)


def test_an_end_that_was_cut_off(tmp_path: Path) -> None:
    events = fill(tmp_path, 5)
    anchor(tmp_path, Head(events[0].device_id, 5, events[4].hash))
    with raw(tmp_path, unguarded=True) as connection:
        connection.execute("DELETE FROM events WHERE sequence > 3")
    result = LogReader(tmp_path).verify()
    why = "the end of the log is missing: it had reached event 5"
    assert (result.ok, result.first_bad) == (False, (4, "", why))
    (tmp_path / TELEMETRY_NAME).write_bytes(b"gone bad")
    assert LogReader(tmp_path).verify().first_bad == (4, "", why)  # its signature was of event 5


def test_an_end_that_was_found_cut_off_stays_known(tmp_path: Path) -> None:
    events = fill(tmp_path, 2)
    body: dict[str, JSON] = {"device_id": events[0].device_id, "sequence": 7, "hash": "ab" * 32}
    feed = EventFeed()
    feed.offer(EventDraft(Kind.LOG_SHORTENED, "log", body, at(9)))
    with opened(tmp_path) as log:
        log.begin_new_chain(feed.first_waiting(1)[0])
    result = LogReader(tmp_path).verify()
    assert (result.ok, result.events) == (False, 3)
    assert result.first_bad is not None
    assert result.first_bad[0] == 3


def test_a_whole_log_that_was_removed(tmp_path: Path) -> None:
    anchor(tmp_path, Head("d0", 4, "ab" * 32))
    assert LogReader(tmp_path).verify().first_bad == (
        1,
        "",
        "the end of the log is missing: it had reached event 4",
    )


def test_several_chains(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
        fill(folder, 3)
    with raw(there) as other, raw(here) as connection:
        for row in other.execute(f"SELECT {COLUMNS} FROM events ORDER BY rowid").fetchall():
            connection.execute(ROWS, row)
        bad = LogReader(here).verify().first_bad
        assert bad is not None  # nobody signed it: it may be made up
        assert bad[:2] == (1, "")
        assert "events from 1 on are not signed (in the log of" in bad[2]
        for row in other.execute("SELECT * FROM signed_ends").fetchall():
            connection.execute("INSERT INTO signed_ends VALUES (?, ?, ?, ?, ?, ?)", row)
    result = LogReader(here).verify()
    assert (result.ok, result.events) == (True, 6)
    head = head_hash(here)
    assert result.head_hash == head


def head_hash(folder: Path) -> str:
    with opened(folder) as log:
        return log.head.hash if log.head else ""


def test_the_canonical_form_of_the_export_is_what_is_hashed(tmp_path: Path) -> None:
    (event,) = fill(tmp_path, 1)
    with raw(tmp_path) as connection:
        ((body,),) = connection.execute("SELECT body FROM events").fetchall()
    assert body == canonical(event.body)
