"""What a reviewer reads beside runs: logs kept apart, results of trainings refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from console.event_text import event_text
from console.history.events import JSON, EventDraft
from console.history.history import History
from console.history.logfile import LOG_NAME
from console.history.reader import LogReader
from console.session.review_reading import elsewhere, events_by_run
from console.work.reviews.queue import ItemKind
from tests.unit.history.kit import at

WHY: dict[str, JSON] = {
    "why": "replayed",
    "values": {"folder": "run-7"},
    "file": "a.json",
    "sha256": "ab",
}


def a_log(folder: Path) -> Path:
    history = History(folder)
    history.start()
    history.record(EventDraft("training.refused", "training", WHY, at(1), "training"))
    assert history.close(10)
    return folder


def test_a_folder_without_a_log_holds_nothing(tmp_path: Path) -> None:
    assert elsewhere(tmp_path) == ()
    assert events_by_run(LogReader(tmp_path), []) == {}


def test_a_refused_training_result_waits_with_its_reason(tmp_path: Path) -> None:
    (found,) = elsewhere(a_log(tmp_path), lambda event: event_text(event).what)
    assert (found.kind, found.by) == (ItemKind.TRAINING, "training")
    assert "It has been counted already, from run-7." in found.title


def test_events_kept_apart_are_one_thing_for_each_log(tmp_path: Path) -> None:
    folder = a_log(tmp_path)
    rows = [("dev-b", 7, "h1"), ("dev-b", 8, "h2"), ("dev-c", 3, "h3")]
    with closing(sqlite3.connect(folder / LOG_NAME)) as connection, connection:
        connection.executemany(
            "INSERT INTO quarantine VALUES (?, ?, ?, '{}', 'stick', 5)",
            rows,
        )
    found = [one for one in elsewhere(folder) if one.kind is ItemKind.QUARANTINE]
    assert [(one.id, one.title) for one in found] == [
        ("dev-b:7", "2 events of the log dev-b"),
        ("dev-c:3", "1 events of the log dev-c"),
    ]
