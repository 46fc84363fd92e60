"""The work of a session on a real log: what is on disk is what the window shows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.history.events import JSON, EventDraft
from console.history.events import Kind as LogKind
from console.history.feed import FeedEntry
from console.history.history import History
from console.session.work import WorkRoom
from console.work.demo import demo_people, furnish
from console.work.events import Kind
from console.work.orders.desk import NewOrder
from drivers.points import Stamp
from tests.unit.work.kit import NOON_US


def wait_for(history: History, room: WorkRoom) -> None:
    """Let the window follow until nothing waits for the disk."""
    end_s = time.monotonic() + 20
    while history.feed.waiting or not history.device_id:
        assert time.monotonic() < end_s
        time.sleep(0.01)
    for entry in history.feed.since(0)[0]:
        room.follow(entry)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[History, WorkRoom]]:
    history = History(tmp_path)
    history.start()
    room = WorkRoom(tmp_path, history.record, lambda: history.device_id)
    wait_for(history, room)
    yield history, room
    room.close()
    history.close(5)


def test_what_is_told_is_shown_once_recorded_and_is_there_after_a_restart(
    opened: tuple[History, WorkRoom], tmp_path: Path
) -> None:
    history, room = opened
    furnish(room.desk, room.gate).result(timeout=30)
    chen = next(person for person in demo_people() if person.id == "chen")
    room.gate.sign_in("chen", chen.pin).result(timeout=20)
    body: dict[str, JSON] = {"serial": "SN7", "findings": [], "xids": [79]}
    history.record(EventDraft(LogKind.WORK_REQUESTED, "host-1/gpu0", body, Stamp.now(), "chen"))
    number = room.orders.open("chen", NewOrder("Swap GPU 3", "host-1/gpu3")).number
    assert room.book.orders.get(number) is None  # not before it is on disk
    wait_for(history, room)
    assert room.book.orders.get(number) == room.desk.book.orders.get(number)
    [wish] = room.book.open_requests()
    room.orders.open_from_request("chen", wish.id, "GPU fell off the bus")
    wait_for(history, room)
    assert history.close(5)

    again = WorkRoom(tmp_path, lambda _draft: None, lambda: history.device_id)
    try:
        again.restore()
        for book in (again.book, again.desk.book):
            assert book.orders.all() == room.desk.book.orders.all()
            assert book.people.everybody() == room.desk.book.people.everybody()
            assert book.open_requests() == []
            assert not book.unread
    finally:
        again.close()


def test_what_did_not_reach_the_disk_is_not_shown(opened: tuple[History, WorkRoom]) -> None:
    history, room = opened
    wait_for(history, room)
    body: dict[str, JSON] = {"name": "X", "roles": []}
    late = EventDraft(Kind.PERSON_ADDED, "x", body, Stamp(NOON_US, 0.0), "console")
    assert not room.follow(FeedEntry("id", late, recorded=False))
    assert room.book.people.is_empty
