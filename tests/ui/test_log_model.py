"""The rows of the log: batches on both ends, a capacity, and what is not yet recorded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester

from console.history.events import EventDraft, Kind, uuid7
from console.history.feed import FeedEntry
from console.ui import log_model
from console.ui.log_filters import LogFilter
from console.ui.log_model import RECORD, TIME, WHAT, LogModel, LogRow, RowMaker
from drivers.points import Stamp

NOW_US = 1_795_262_651_000_000
MAKER = RowMaker(lambda part: part.replace("tank-", "Tank "), ".")


def row(number: int, *, recorded: bool = True, kind: str = Kind.DEVICE_CONNECTED) -> LogRow:
    draft = EventDraft(kind, "tank-3", {}, Stamp(NOW_US - 60_000_000 + number, 0.0), "M. Chen")
    return MAKER.of_entry(FeedEntry(f"id-{number:04}", draft, recorded))


@pytest.fixture
def model() -> LogModel:
    return LogModel(lambda: NOW_US)


def ids(model: LogModel) -> list[str]:
    return [model.row(n).id for n in range(model.rowCount())]


def test_rows_say_what_happened(model: LogModel, qtmodeltester: ModelTester) -> None:
    model.add_older([row(1), row(0, recorded=False)])
    qtmodeltester.check(model)
    texts = [model.index(0, column).data() for column in range(model.columnCount())]
    assert texts == ["12:03:11", "Device connected", "Tank 3", "Connected", "M. Chen", "#None"]
    assert model.index(1, RECORD).data() == "not recorded"
    spoken = model.index(0, WHAT).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "What happened: Connected"
    assert model.headerData(TIME, Qt.Orientation.Horizontal) == "Time"


def test_a_row_of_another_day_has_its_date(model: LogModel) -> None:
    model._now_us = lambda: NOW_US + 86_400_000_000
    model.add_older([row(0)])
    assert model.index(0, TIME).data() == "2026-11-21 12:03:11"


def test_newer_rows_come_on_top_and_older_below(model: LogModel) -> None:
    model.add_older([row(5), row(4)])
    assert model.add_newer([row(7), row(6), row(5)]) == 2
    model.add_older([row(4), row(3)])
    assert ids(model) == ["id-0007", "id-0006", "id-0005", "id-0004", "id-0003"]
    assert model.last_recorded_id == "id-0003"


def test_what_was_not_recorded_is_confirmed_in_its_place(model: LogModel) -> None:
    model.add_newer([row(2, recorded=False)])
    model.add_newer([row(3)])
    changed: list[int] = []
    model.dataChanged.connect(lambda first, _last: changed.append(first.row()))
    model.confirm(row(2, recorded=False))
    assert changed == []
    model.confirm(row(2))
    assert changed == [1]
    assert model.row(1).recorded
    assert model.last_recorded_id == "id-0002"


def test_the_capacity_holds_on_both_ends(model: LogModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_model, "CAPACITY", 5)
    model.add_older([row(n) for n in range(9, 2, -1)])
    assert ids(model) == [f"id-{n:04}" for n in range(9, 4, -1)]
    assert model.is_full
    model.add_newer([row(11), row(10)])
    assert ids(model) == [f"id-{n:04}" for n in range(11, 6, -1)]
    assert not model.knows("id-0006")


def test_an_alarm_is_active_while_the_book_says_so(model: LogModel) -> None:
    lost = row(1, kind=Kind.ALARM_RAISED)
    held = ("tank-3", "", "", lost.event.utc_us)
    assert model.set_active([held])
    assert not model.set_active([held])
    assert model.is_active(lost)
    assert not model.is_active(row(2, kind=Kind.ALARM_RAISED))


def test_a_search_sees_words_ids_people_and_the_body() -> None:
    body = {"fault": "pump_trip", "note": "Ölfilm"}
    draft = EventDraft(Kind.FAULT_INJECTED, "tank-3", body, Stamp(0, 0.0), "M. Chen")
    found = MAKER.of_entry(FeedEntry(uuid7(0), draft, recorded=True))
    for words in (("tank", "3"), ("m. chen",), ("pump_trip",), ("ölfilm",), ("injected", "trip")):
        assert found.passes(LogFilter(words=words)), words
    assert not found.passes(LogFilter(words=("tank", "4")))


@given(st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 40), max_size=6)), max_size=12))
def test_no_order_of_batches_shows_an_event_twice(batches: list[tuple[bool, list[int]]]) -> None:
    model = LogModel(lambda: NOW_US)
    expected: list[str] = []
    for newer, numbers in batches:
        rows = [row(n) for n in dict.fromkeys(numbers)]
        new = [r.id for r in rows if r.id not in expected]
        if newer:
            model.add_newer(rows)
            expected = new + expected
        else:
            model.add_older(rows)
            expected += new
    assert ids(model) == expected
