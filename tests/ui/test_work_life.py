"""The whole life of an order through the real screen: from the form to the closed record."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from console.demo import PausedDemo
from console.ui.window import build_window
from console.ui.work.cards import Lane
from console.work.orders.rules import State
from tests.house.hands import tap, write
from tests.ui.board_hands import Hands, fill, quick_pins

Show = Callable[..., Hands]
TOOLS = ("hoist", "voltage-tester", "multimeter", "scale")


@pytest.fixture
def show(
    demo_of: Callable[..., PausedDemo], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Show]:
    """Return what opens the page of work of a small demo."""
    quick_pins(monkeypatch)
    made: list[Hands] = []

    def open_(**options: int) -> Hands:
        demo = demo_of(**{"tanks": 1, "hosts": 1, "gpus": 2, "seconds": 60, **options})
        demo.session.open_work(wait=True)
        window = build_window(demo.session, page="work")
        window.resize(1280, 800)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        made.append(Hands(demo, window))
        made[-1].settle()
        return made[-1]

    yield open_
    for hands in made:
        hands.window.hide()
        hands.window.deleteLater()


def new_order(hands: Hands, **answers: str) -> str:
    """Fill in the form of a new order and return its number."""
    tap(hands.board.new)
    hands.settle()
    fill(hands.board.form.form.fields, answers)
    tap(hands.board.form.form.go)
    hands.settle()
    return hands.panel.number


def test_from_the_form_to_the_closed_record(show: Show) -> None:
    hands = show()
    hands.sign_in("silva")
    number = new_order(hands, title="Extract node 1", about="node-1", procedure="extract-server")
    assert hands.order(number).state is State.REQUEST
    hands.do("plan")
    hands.fill(first="chen", verify="yes")
    planned = hands.order(number)
    assert (planned.state, planned.assigned, planned.verify) == (State.PLANNED, ("chen",), True)
    assert planned.procedure is not None

    hands.do(f"to:{State.READY}")
    hands.sign("okafor")
    released = hands.order(number).moves[-1]
    assert (released.to, released.by) == (State.READY, "okafor")
    assert hands.place.hands == "silva", "who signs does not take the console over"
    assert "okafor" not in hands.place.room.desk.present

    hands.sign_in("chen")
    hands.do("begin")
    _bring_everything(hands)
    opened: list[tuple[str, str]] = []
    hands.panel.open_subject.connect(lambda page, subject: opened.append((page, subject)))
    tap(hands.panel.begin.go)
    hands.settle()
    hands.sign("chen", hands.panel.begin.sign)
    begun = hands.order(number)
    assert begun.state is State.IN_PROGRESS
    assert begun.working() == ("chen",)
    assert [("guided", run) for run in begun.runs] == opened
    run = hands.place.runs.runs()[0]
    assert (run.id, run.lead, set(run.crew)) == (begun.runs[0], "chen", {"chen", "wu", "okafor"})

    hands.window.open("work", number)
    hands.settle()
    assert not hands.buttons[f"to:{State.REVIEW}"].isEnabled()
    assert "A labour clock still runs." in hands.panel.why.text()
    hands.do("labour")
    hands.do(f"to:{State.REVIEW}")
    hands.sign("chen")
    assert hands.order(number).state is State.REVIEW
    assert "A second person has not verified the work." in hands.panel.why.text()
    hands.do("verify")
    hands.sign("wu")
    hands.do(f"to:{State.CLOSED}")
    hands.sign("okafor")
    closed = hands.order(number)
    assert closed.state is State.CLOSED
    assert [signature.person for signature in closed.verified] == ["wu"]
    assert hands.keys_in(Lane.CLOSED) == [number]


def _bring_everything(hands: Hands) -> None:
    """Tick everything in the form that begins a procedure, reasons going one by one."""
    form = hands.panel.begin
    assert not form.go.isEnabled()
    assert "Hoist with lifting frame" in form.refused.text()
    for thing in (*form.tools, *form.spares, *form.confirmed):
        if isinstance(thing.ask, QLineEdit):
            write(thing.ask, "2030-01-31")
        else:
            tap(thing.tick)
    assert form.refusals == [], form.refusals
    assert form.go.isEnabled()


def test_returned_work_is_taken_up_again(show: Show) -> None:
    hands = show()
    hands.sign_in("silva")
    number = new_order(hands, title="Listen to the pump", about="tank-1", procedure="-")
    hands.do("plan")
    hands.fill(first="chen", none="Nothing is touched", procedure="-")
    for key, person in ((f"to:{State.READY}", "okafor"), (f"to:{State.IN_PROGRESS}", "chen")):
        hands.do(key)
        hands.sign(person)
    hands.sign_in("chen")
    hands.do(f"to:{State.REVIEW}")
    hands.sign("chen")
    hands.sign_in("okafor")
    hands.do(f"to:{State.RETURNED}")
    hands.fill(reason="Say at which speed it hums")
    assert hands.order(number).moves[-1].reason == "Say at which speed it hums"
    assert hands.keys_in(Lane.REVIEW) == [number]
    hands.do(f"to:{State.IN_PROGRESS}")
    hands.sign("chen")
    assert hands.order(number).state is State.IN_PROGRESS
    hands.do(f"to:{State.CANCELLED}")
    hands.fill(reason="The pump was changed meanwhile")
    hands.sign("okafor")
    assert hands.order(number).state is State.CANCELLED


def test_notes_costs_and_waiting(show: Show) -> None:
    hands = show()
    hands.sign_in("silva")
    number = new_order(hands, title="Order a seal", about="tank-1", procedure="-")
    hands.do("note")
    hands.fill(text="The old one is hard")
    hands.do("cost")
    hands.fill(what="Seal", amount="12,5", currency="eur", provider="oem")
    hands.do("pause")
    hands.fill(reason="parts")
    order = hands.order(number)
    assert [note.text for note in order.notes] == ["The old one is hard"]
    assert [(cost.amount_minor, cost.currency) for cost in order.costs] == [(1250, "EUR")]
    assert order.paused is not None
    assert "12.50" in hands.panel.sections["costs"].html
    card = hands.board.lanes[Lane.REQUEST].cards.model_.cards[0]
    assert card.flag == "Waiting for parts"
    hands.do("resume")
    assert hands.order(number).paused is None


def test_a_crash_between_order_and_run_can_be_gone_on_from(show: Show) -> None:
    """The order is in work and its run never came to be: it is offered to begin one."""
    hands = show()
    number = _ready(hands)
    place = hands.place
    shown = place.room.orders.shown(number, State.IN_PROGRESS)
    given = place.room.gate.sign("chen", "480216", "order.execute", shown).result(10)
    hands.sign_in("chen")
    place.room.orders.move("chen", number, State.IN_PROGRESS, signature=given)
    hands.settle()
    assert hands.order(number).runs == ()
    hands.do("begin")
    _bring_everything(hands)
    tap(hands.panel.begin.go)
    hands.settle()
    hands.sign("chen", hands.panel.begin.sign)
    assert len(hands.order(number).runs) == 1


def test_a_run_that_lost_its_order_is_linked(show: Show) -> None:
    hands = show()
    number = _ready(hands)
    hands.sign_in("chen")
    place = hands.place
    kept = place.room.orders.link
    place.room.orders.link = lambda *_args, **_more: hands.order(number)  # type: ignore[method-assign]  # the crash
    hands.do("begin")
    _bring_everything(hands)
    tap(hands.panel.begin.go)
    hands.settle()
    hands.sign("chen", hands.panel.begin.sign)
    place.room.orders.link = kept  # type: ignore[method-assign]  # after the crash
    assert hands.order(number).runs == ()
    hands.window.open("work", number)
    hands.settle()
    hands.do("link")
    assert hands.order(number).runs == tuple(run.id for run in place.runs.open())


def _ready(hands: Hands) -> str:
    hands.sign_in("silva")
    number = new_order(hands, title="Extract node 1", about="node-1", procedure="extract-server")
    hands.do("plan")
    hands.fill(first="chen")
    hands.do(f"to:{State.READY}")
    hands.sign("okafor")
    return number
