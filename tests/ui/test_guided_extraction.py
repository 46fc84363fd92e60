"""The whole shipped extraction through the real screen, on the simulator, to the closed order."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from console.demo import PausedDemo
from console.history.reader import LogReader
from console.session.workplace import Workplace
from console.work.orders.desk import NewOrder, OrderChanges
from console.work.orders.model import ProcedureRef
from console.work.orders.rules import State
from drivers.simulator.options import PlantOptions
from procedures.engine.state import RunStatus
from tests.ui.guided_hands import (
    CHEN,
    HOST,
    OKAFOR,
    PINS,
    TANK,
    WU,
    Extraction,
    Screen,
    begin_run,
    guided_window,
    make_pictures,
    open_place,
)

WITHIN = 0.15
_PIN_S = 30.0
_ACTS = {
    State.READY: "order.release",
    State.IN_PROGRESS: "order.execute",
    State.CLOSED: "order.review",
}


def signed(place: Workplace, by: str, number: str, to: State) -> None:
    """Move an order with a signature, as the work board does."""
    orders = place.room.orders
    given = place.room.gate.sign(by, PINS[by], _ACTS[to], orders.shown(number, to))
    orders.move(by, number, to, signature=given.result(_PIN_S))


def order_in_work(place: Workplace) -> str:
    """Return the number of an order that is being worked on."""
    orders, gate = place.room.orders, place.room.gate
    for person in ("silva", OKAFOR, CHEN, WU):
        gate.sign_in(person, PINS[person]).result(_PIN_S)
    number = orders.open(
        "silva", NewOrder("Inspect node 1", HOST, parts=(HOST,), verify=True)
    ).number
    revision = place.runs.procedures.in_force("extract-server")
    assert revision is not None
    orders.change("silva", number, OrderChanges(assigned=(CHEN,)))
    orders.follow("silva", number, ProcedureRef("extract-server", revision.digest))
    orders.move("silva", number, State.PLANNED)
    signed(place, OKAFOR, number, State.READY)
    signed(place, CHEN, number, State.IN_PROGRESS)
    place.settle()
    return number


def held_back(screen: Screen) -> set[str]:
    """Return the alarms that work holds back now."""
    return {
        status.key.alarm
        for status in screen.demo.session.book.statuses()
        if any(by.startswith("work:") for by in status.suppressors)
    }


def gathered(screen: Screen, patience_s: float = 20.0) -> None:
    """Wait until all evidence is on the disk and shown."""
    end_s = time.monotonic() + patience_s
    while screen.place.runs.gathering and time.monotonic() < end_s:
        screen.settle()
        time.sleep(0.01)
    for _ in range(20):
        screen.settle()
        time.sleep(0.01)


@pytest.fixture
def busy_demo(tmp_path: Path) -> Iterator[PausedDemo]:
    """Yield a small site that has been under load for twenty minutes, every host heard."""
    options = PlantOptions(tanks=1, hosts=2, gpus_per_host=2, seed=7)
    demo = PausedDemo(tmp_path / "data", options, seconds=1200.0, hosts_from_s=0.0)
    yield demo
    demo.close()


@pytest.mark.timeout(240)
def test_the_whole_extraction_through_the_screen(
    busy_demo: PausedDemo, tmp_path: Path, qapp: QApplication
) -> None:
    demo = busy_demo
    place = open_place(demo)
    number = order_in_work(place)
    run = begin_run(demo)
    place.room.orders.link(CHEN, number, run=run)
    place.settle()
    with guided_window(demo, run) as screen:
        work = Extraction(screen, make_pictures(tmp_path))
        screen.sign_in()
        work.go(lambda s: s.step == "tilt-and-drain")
        assert {"lid-open-running", "level-low"} & held_back(screen)
        work.go()
        assert screen.page.bottom.primary.text() == "Close work"
        screen.primary()
        assert screen.view.run.status is RunStatus.FINISHED
        gathered(screen)
        assert_finished(screen)
        screen.primary()
        screen.sign(CHEN)
        assert place.room.book.orders.get(number).state is State.REVIEW  # type: ignore[union-attr]
        assert "In review" in screen.page.finish.order.text()
        assert held_back(screen) == set()
    close(place, number)
    assert_log(demo, run)


def assert_finished(screen: Screen) -> None:
    """What the summary shows: evidence, level, resistance, exceptions."""
    finish = screen.page.finish
    assert screen.page.stack.currentWidget() is finish
    assert finish.heading.text() == "Work finished"
    proof = dict(finish.proof.facts)
    assert proof["Telemetry kept"] == "51 steps"
    predicted = float(proof["Level drop predicted"].split()[0])
    measured = float(proof["Level drop measured"].split()[0])
    assert measured == pytest.approx(predicted, rel=WITHIN)
    heat = dict(finish.heat.facts)
    assert set(heat) == {screen.demo.session.name_of(f"{HOST}/gpu{n}") for n in (0, 1)}
    assert all("K/W" in value and "%" in value for value in heat.values())
    assert any("Gate overridden" in line for line in finish.exceptions.lines)
    assert screen.page.bottom.primary.text() == "Send to review"


def close(place: Workplace, number: str) -> None:
    """Verify and close, as the work board does."""
    orders, gate = place.room.orders, place.room.gate
    for person in (WU, OKAFOR):
        gate.sign_in(person, PINS[person]).result(_PIN_S)
    shown = orders.shown_to_verify(number)
    orders.verify(WU, number, gate.sign(WU, PINS[WU], "order.verify", shown).result(_PIN_S))
    signed(place, OKAFOR, number, State.CLOSED)
    place.settle()
    assert place.room.book.orders.get(number).state is State.CLOSED  # type: ignore[union-attr]


def assert_log(demo: PausedDemo, run: str) -> None:
    """What the log holds at the end."""
    reader = LogReader(demo.session.data)
    assert reader.verify().ok
    revision = open_place(demo).runs.procedures.in_force("extract-server")
    assert revision is not None
    done = [event for event in reader.of_kinds(["work.step_done"]) if event.body["run"] == run]
    assert [event.body["step"] for event in done] == list(revision.procedure.order)
    proofs = [event.body["signed"] for event in done]
    assert {proof["how"] for proof in proofs if isinstance(proof, dict)} == {"signed_in", "pin"}
    seconds = {event.body["step"]: event.body["second"] for event in done}
    assert seconds["outlets-off"] == WU
    assert seconds["prove-dead-b"] == WU
    held = reader.of_kinds(["work.hold_released"])
    assert [event.actor for event in held] == [OKAFOR]
    before = next(iter(reader.of_kinds(["work.level_before"])))
    assert before.body["part"] == TANK
    photos = reader.of_kinds(["work.photo_taken"])
    assert len({event.body["sha256"] for event in photos}) >= 2
