"""Writes from the console: off unless the site file allows them, and on record."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from console.event_text import event_text
from console.history.events import LABELS, EventDraft, Kind
from console.history.reader import LogReader
from console.session import Session
from console.session.writes import WriteDesk, draft_of
from console.site import Site, check_site
from drivers.modbus.arming import NoteKind, WriteNote, WriteRefusedError
from drivers.points import Stamp
from tests.unit.drivers.test_modbus_writes import Memory
from tests.unit.drivers.wired import serve

MAP = """
schema = "regmap/1"
id = "mine"
vendor = "v"
model = "m"
device_class = "other"
provenance = "example"
source = "test"

[[point]]
key = "setpoint"
name = "Supply setpoint"
area = "holding"
address = 10
scale = 0.1
unit = "Cel"
access = "rw"

[point.write]
min = 10
max = 55
step = 0.5
"""


@contextmanager
def served(memory: Memory) -> Iterator[int]:
    """A controller in a loop of its own."""
    ready, port, stop = threading.Event(), 0, asyncio.Event()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        nonlocal port
        async with serve(memory) as server:
            port = server.port
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    ready.wait()
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def site(tmp_path: Path, port: int, *, allow_writes: bool) -> Any:
    (tmp_path / "mine.toml").write_text(MAP, encoding="utf-8")
    tables = {
        "site": {"id": "s", "name": "S", "allow_writes": allow_writes},
        "tank": [
            {
                "id": "tank-1",
                "name": "Tank 1",
                "map": "mine.toml",
                "url": f"tcp://127.0.0.1:{port}?unit=1",
                "period_s": 0.2,
            }
        ],
    }
    return check_site(tables, tmp_path / "site.toml")


def wait_for_a_value(session: Session) -> None:
    for _ in range(100):
        if session.view("tank-1").good("setpoint") is not None:
            return
        threading.Event().wait(0.05)
    raise AssertionError("the controller was not read")


def test_a_person_arms_writes_and_finds_it_in_the_log(tmp_path: Path) -> None:
    memory = Memory({10: 450})
    with served(memory) as port:
        session = Session(site(tmp_path, port, allow_writes=True), tmp_path / "data")
        session.start()
        try:
            wait_for_a_value(session)
            with pytest.raises(WriteRefusedError, match="not armed"):
                session.writes.write("tank-1", "setpoint", 41.5, "cooler", "ada").result(5)
            session.writes.arm("tank-1", "ada", "commissioning")
            done = session.writes.write(
                "tank-1", "setpoint", 41.5, "cooler", "ada", confirmed=True
            ).result(5)
            session.writes.disarm("tank-1", "ada")
        finally:
            assert session.stop()
    assert (done.before, done.after) == (45.0, 41.5)
    assert memory.sent == [(6, 10, (415,))]
    kinds = [k for k in Kind if k.startswith("write.")]
    events = sorted(LogReader(tmp_path / "data").page(kinds=kinds), key=lambda e: e.sequence)
    assert [event.kind for event in events] == [
        Kind.WRITE_REFUSED,
        Kind.WRITE_ARMED,
        Kind.WRITE_REQUESTED,
        Kind.WRITE_DONE,
        Kind.WRITE_DISARMED,
    ]
    assert {event.actor for event in events} == {"ada"}
    assert event_text(events[3]).sentence == (
        "tank-1: Supply setpoint set to 41.5\u00a0°C, was 45\u00a0°C"
    )


def test_a_site_that_does_not_allow_it_is_never_written_to(tmp_path: Path) -> None:
    memory = Memory({10: 450})
    with served(memory) as port:
        session = Session(site(tmp_path, port, allow_writes=False), tmp_path / "data")
        session.start()
        try:
            wait_for_a_value(session)
            with pytest.raises(WriteRefusedError, match="does not allow writing"):
                session.writes.arm("tank-1", "ada", "commissioning")
            with pytest.raises(WriteRefusedError, match="does not allow writing"):
                session.writes.write("tank-1", "setpoint", 41.5, "cooler", "ada")
        finally:
            session.stop()
    assert memory.sent == []


def test_nothing_is_written_before_polling_or_after_it(tmp_path: Path) -> None:
    session = Session(site(tmp_path, 1, allow_writes=True), tmp_path / "data")
    with pytest.raises(WriteRefusedError, match="not being polled"):
        session.writes.write("tank-1", "setpoint", 41.5, "cooler", "ada")
    with pytest.raises(WriteRefusedError, match="does not allow writing to 'tank-9'"):
        session.writes.arm("tank-9", "ada", "commissioning")


def test_what_the_log_does_not_take_is_not_armed() -> None:
    def record(_: EventDraft) -> None:
        raise OSError("disk full")

    found = Site.model_validate(
        {
            "site": {"id": "s", "name": "S", "allow_writes": True},
            "tank": [{"id": "t", "name": "T", "map": "m", "url": "tcp://h"}],
        }
    )
    desk = WriteDesk(found, record)
    with pytest.raises(WriteRefusedError, match="disk full"):
        desk.arm("t", "ada", "commissioning")
    arming = desk.arming("t")
    assert arming is not None
    assert arming.holder == ""


@pytest.mark.parametrize("kind", list(NoteKind))
def test_every_note_becomes_an_event_that_can_be_told(kind: NoteKind) -> None:
    note = WriteNote(
        kind,
        "tank-1",
        "ada",
        "cooler",
        Stamp(5, 1.0),
        point="setpoint",
        name="Setpoint",
        unit="Cel",
        value=41.5,
        message="because",
    )
    draft = draft_of(note)
    assert draft.kind in LABELS
    assert (draft.subject, draft.actor, draft.time.utc_us) == ("tank-1", "ada", 5)
    assert "{" not in event_text(draft).sentence


def test_the_future_of_a_write_is_an_ordinary_one(tmp_path: Path) -> None:
    waiting: list[Any] = []

    def submit(work: Any) -> Future[Any]:
        work.close()
        waiting.append(work)
        return Future()

    loaded = site(tmp_path, 1, allow_writes=True)
    desk = WriteDesk(loaded.site, lambda _: None)
    desk.serve(Session(loaded, tmp_path / "data").devices, submit)
    assert not desk.write("tank-1", "setpoint", 41.5, "cooler", "ada").done()
    assert len(waiting) == 1
