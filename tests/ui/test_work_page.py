"""The board: what it shows, how it is worked, what it costs, what is said where there is none."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from console.demo import PausedDemo
from console.session.furnish_orders import furnish_orders
from console.session.session import Refresh
from console.ui.alarm_detail import AlarmDetail
from console.ui.window import MainWindow, build_window
from console.ui.work.board_lane import CardList
from console.ui.work.cards import Lane, Wanted, board_of
from console.ui.work.page import WorkPage
from console.work.orders.desk import NewOrder
from console.work.orders.rules import State
from tests.house import widgets
from tests.house.hands import press, tap
from tests.ui.board_hands import Hands, cut_off, fill, focus_name, quick_pins
from tests.ui.conftest import Look

Show = Callable[..., Hands]
NOTHING = Refresh((), alarms_changed=False)
SIZES = [(1024, 640), (1280, 800), (1920, 1080)]


@pytest.fixture
def show(
    demo_of: Callable[..., PausedDemo], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Show]:
    """Return what opens the page of work of a small demo, with orders unless told otherwise."""
    quick_pins(monkeypatch)
    made: list[MainWindow] = []

    def open_(
        *, orders: bool = True, size: tuple[int, int] = (1280, 800), glove: bool = False
    ) -> Hands:
        demo = demo_of(tanks=2, hosts=2, gpus=2, seconds=60)
        demo.session.open_work(wait=True)
        if orders:
            furnish_orders(demo.session)
        window = build_window(demo.session, page="work", glove=glove)
        made.append(window)
        window.resize(*size)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        hands = Hands(demo, window)
        hands.settle()
        return hands

    yield open_
    for window in made:
        window.hide()
        window.deleteLater()


# ---- what it shows ----


def test_every_order_stands_in_the_column_of_its_state(show: Show) -> None:
    hands = show()
    found = {lane: len(hands.keys_in(lane)) for lane in Lane}
    assert found == {
        Lane.REQUEST: 2,
        Lane.PLANNED: 1,
        Lane.READY: 2,
        Lane.WORK: 1,
        Lane.REVIEW: 2,
        Lane.CLOSED: 1,
    }
    flags = {
        card.flag for column in hands.board.lanes.values() for card in column.cards.model_.cards
    }
    assert {"Waiting for parts", "Returned", "Waits for a second person"} <= flags
    assert hands.board.count.text() == "8 open orders"


def test_a_card_says_everything_in_one_sentence(show: Show) -> None:
    hands = show()
    card = hands.board.lanes[Lane.READY].cards.model_.cards[0]
    assert "priority 3, Extract Node 1 for inspection, Tank 1 · Node 1" in card.sentence
    assert "Chen Wei, Extract a server from a single-phase tank" in card.sentence
    assert "Resolution in " in card.clock


def test_a_clock_that_is_broken_is_late(show: Show) -> None:
    hands = show()
    hands.demo.advance(5 * 3600)
    hands.settle()
    card = next(
        card for card in hands.board.lanes[Lane.REQUEST].cards.model_.cards if card.priority == 2
    )
    assert card.is_late
    assert card.clock.startswith("Response late by ")


def test_the_board_is_narrowed(show: Show) -> None:
    hands = show()
    hands.board.priority.choose("4")
    hands.settle()
    assert [len(hands.keys_in(lane)) for lane in Lane] == [0, 0, 1, 0, 1, 0]
    hands.board.priority.choose("1")
    hands.settle()
    assert hands.board.empty.text() == "No order matches."
    hands.board.priority.choose("")
    hands.board.tank.choose("tank-2")
    hands.settle()
    places = {c.place for lane in hands.board.lanes.values() for c in lane.cards.model_.cards}
    assert places
    assert all(place.startswith("Tank 2") for place in places)
    hands.board.tank.choose("")
    assert not hands.board.mine.isEnabled()
    hands.sign_in("wu")
    tap(hands.board.mine)
    hands.settle()
    mine = {key for lane in Lane for key in hands.keys_in(lane)}
    assert len(mine) == 4
    assert all("wu" in (*o.assigned, o.opened_by) for o in map(hands.order, mine))


def test_an_order_is_shown_whole(show: Show) -> None:
    hands = show()
    hands.open_card(Lane.REVIEW)
    sections = hands.panel.sections
    assert "Swap a GPU board in an extracted server" in sections["facts"].html
    assert "from a Xid: 79" in sections["facts"].html
    assert "120.00" in sections["costs"].html
    assert "The old board went back under warranty." in sections["notes"].html
    assert "In progress → In review, signed Chen Wei" in sections["history"].html
    assert sections["conflicts"].isHidden()
    hands.board.close_side()
    hands.open_card(Lane.PLANNED)
    assert "Seal of the filter cover" in sections["parts"].html
    assert "2 reserved in main" in sections["parts"].html
    hands.board.close_side()
    hands.open_card(Lane.CLOSED)
    assert "3.5 L topped up · B-2041" in sections["parts"].html
    assert "Closed. Notes and costs can still be added." in hands.panel.next.text()
    assert sorted(hands.buttons) == ["cost", "note", "print"]


# ---- refusals ----


def test_nobody_signed_in_is_told_so(show: Show) -> None:
    hands = show()
    hands.open_card(Lane.READY)
    tap(hands.buttons["begin"])
    assert hands.panel.trouble.text() == "Sign in first: nobody else may sign for you."
    hands.board.close_side()
    tap(hands.board.new)
    fill(hands.board.form.form.fields, {"title": "Anything"})
    tap(hands.board.form.form.go)
    assert hands.board.form.form.says.text() == "Sign in first: nobody else may sign for you."
    hands.settle()
    assert len(hands.place.room.book.orders.all()) == 8


def test_what_a_role_does_not_permit_is_not_offered(show: Show) -> None:
    hands = show()
    hands.sign_in("chen")
    hands.open_card(Lane.PLANNED)
    assert "plan" not in hands.buttons
    assert "Plan, Cancel order: Chen Wei has no role for it." in hands.panel.why.text()
    assert hands.buttons[f"to:{State.READY}"].isEnabled(), "a supervisor may sign beside him"


def test_the_verifier_is_somebody_else(show: Show) -> None:
    hands = show()
    hands.sign_in("chen")
    hands.open_card(Lane.REVIEW)
    hands.do("verify")
    names = {line.key for line in hands.panel.sign.who.names.lines}
    assert names == {"wu", "okafor"}, "not chen, who did the work"


def test_a_wrong_pin_is_said_and_nothing_happened(show: Show) -> None:
    hands = show()
    hands.sign_in("wu")
    hands.open_card(Lane.REVIEW)
    number = hands.panel.number
    hands.do("verify")
    hands.panel.sign.given.emit("wu", "000000")
    hands.settle()
    assert hands.panel.sign.said.text() == "Name or PIN is wrong."
    assert hands.order(number).verified == ()


def test_a_plan_that_makes_no_sense_is_refused_in_its_form(show: Show) -> None:
    hands = show()
    hands.sign_in("silva")
    hands.open_card(Lane.REQUEST, 1)
    hands.do("plan")
    hands.fill(due="tomorrow")
    assert hands.panel.form.says.text().startswith("'tomorrow' is no time")
    hands.fill(due="", procedure="-", none="")
    assert hands.panel.form.says.text() == "Say why there is no procedure to follow."
    assert hands.order(hands.panel.number).state is State.REQUEST


def test_an_expired_qualification_is_shown_and_refused(show: Show) -> None:
    hands = show()
    hands.sign_in("adeyemi")
    past_us = hands.demo.session.now().utc_us + 1_000_000
    people = hands.place.room.people
    people.qualify("adeyemi", "wu", "immersion-extraction", past_us, because="test")
    hands.demo.advance(5)
    hands.sign_in("chen")
    hands.open_card(Lane.READY)
    hands.do("begin")
    verifier = hands.panel.begin.seats[1]
    verifier.who.choose("wu")
    assert "expired" in verifier.told.text()
    said = hands.panel.begin.refused.text()
    assert "1 Verifier wanted" in said or "wanted, " in said


# ---- the keyboard, sizes, names ----


def test_the_board_is_worked_by_keys_alone(show: Show) -> None:
    hands = show()
    first = hands.board.lanes[Lane.REQUEST].cards
    first.setFocus()
    for key, wanted in (
        (Qt.Key.Key_Down, hands.keys_in(Lane.REQUEST)[1]),
        (Qt.Key.Key_Right, hands.keys_in(Lane.PLANNED)[0]),
        (Qt.Key.Key_Right, hands.keys_in(Lane.READY)[0]),
        (Qt.Key.Key_Down, hands.keys_in(Lane.READY)[1]),
        (Qt.Key.Key_Left, hands.keys_in(Lane.PLANNED)[0]),
    ):
        press(hands.window.focusWidget(), key)
        focus = hands.window.focusWidget()
        assert isinstance(focus, CardList)
        assert focus.key == wanted
    press(hands.window.focusWidget(), Qt.Key.Key_Return)
    hands.settle()
    assert hands.panel.isVisible()
    assert hands.panel.number == hands.keys_in(Lane.PLANNED)[0]
    reached = set()
    for _ in range(40):
        press(hands.window.focusWidget(), Qt.Key.Key_Tab)
        reached.add(focus_name(hands.window))
    assert {"Release for work", "Cost …", "Note …", "Close the order"} <= reached
    press(hands.panel.back, Qt.Key.Key_Escape)
    assert not hands.panel.isVisible()
    assert hands.window.focusWidget() is hands.board.lanes[Lane.PLANNED].cards
    assert hands.window.page is hands.page, "Escape closed the order, it did not leave the page"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("glove", [False, True])
def test_nothing_is_cut_off(show: Show, size: tuple[int, int], glove: bool) -> None:
    hands = show(size=size, glove=glove)
    assert (hands.window.width(), hands.window.height()) == size
    assert cut_off(hands.page) == []
    hands.sign_in("chen")
    hands.open_card(Lane.READY)
    hands.window.tick()
    assert cut_off(hands.page) == []
    hands.do("begin")
    assert cut_off(hands.page) == []
    assert (hands.window.width(), hands.window.height()) == size
    assert widgets.unnamed(hands.window) == []


def test_beside_the_board_where_there_is_room(show: Show) -> None:
    hands = show(size=(1920, 1080))
    hands.open_card(Lane.READY)
    assert hands.board.lanes[Lane.READY].isVisible()
    assert hands.board.lanes[Lane.READY].cards.marked == hands.panel.number
    hands.window.resize(1280, 800)
    hands.settle()
    assert not hands.board.lanes[Lane.READY].isVisible()
    assert hands.panel.width() > 1000


def test_it_is_grey_when_normal(show: Show, look: Look) -> None:
    hands = show()
    hands.open_card(Lane.REVIEW)
    assert widgets.colourful(hands.window) == 0.0


# ---- what comes from elsewhere ----


def test_a_wish_becomes_an_order(show: Show) -> None:
    hands = show()
    hands.sign_in("chen")
    hands.open_card(Lane.REQUEST)
    form = hands.board.form
    assert form.isVisible()
    assert "Xid 48" in form.form.fields["title"].text()  # type: ignore[union-attr]  # it is a field
    tap(form.form.go)
    hands.settle()
    order = hands.order(hands.panel.number)
    assert order.source.request
    assert hands.place.room.book.open_requests() == []
    note = order.notes[0].text
    assert note == "Suggested procedure: Swap a GPU board in an extracted server"


def test_a_gpu_asks_for_work_and_the_form_is_filled_in(show: Show) -> None:
    hands = show(orders=False)
    hands.sign_in("chen")
    hands.window.open("gpus", "node-1/gpu1")
    gpus = hands.window.page
    gpus.drawer.work_button.click()  # type: ignore[union-attr]  # the page of GPUs has one
    hands.settle()
    assert hands.window.page is hands.page
    form = hands.board.form.form
    assert form.fields["about"].key == "node-1/gpu1"  # type: ignore[union-attr]  # it is a choice


def test_an_alarm_asks_for_work(
    demo_of: Callable[..., PausedDemo], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick_pins(monkeypatch)
    demo = demo_of(tanks=1, hosts=1, gpus=2, seconds=200, faults=["slow_leak:tank-1@5"])
    demo.session.open_work(wait=True)
    window = build_window(demo.session, page="alarms")
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    hands = Hands(demo, window)
    hands.settle()
    detail = window.findChild(AlarmDetail)
    assert detail is not None
    alarm = detail.alarm
    assert alarm is not None
    detail.start_work.click()
    hands.sign_in("chen")
    fields = hands.board.form.form.fields
    assert fields["about"].key == alarm.subject  # type: ignore[union-attr]  # it is a choice
    tap(hands.board.form.form.go)
    hands.settle()
    order = hands.order(hands.panel.number)
    assert (order.source.origin, order.source.what) == ("alarm", alarm.key.alarm)
    assert order.alarms == ("|".join(alarm.key),)


def test_a_subject_that_nobody_knows_fills_in_nothing(show: Show) -> None:
    hands = show(orders=False)
    for subject in ("new:tank-99", "new:", "request:none", "new:alarm:", "new:check:"):
        hands.page.show_subject(subject)
        hands.settle()
        assert hands.board.form.isVisible(), subject
    hands.page.show_subject("new:alarm:recording|disk-slow|")
    hands.settle()
    about = hands.board.form.form.fields["about"]
    assert about.key == "recording"  # type: ignore[union-attr]  # it is a choice


def test_time_passes_in_the_panel(show: Show) -> None:
    hands = show()
    hands.open_card(Lane.WORK)
    before = hands.panel.sections["work"].html
    hands.demo.advance(600)
    hands.settle()
    assert hands.panel.sections["work"].html != before


# ---- before there is anything ----


def test_what_is_said_before_the_log_is_read(demo: PausedDemo, qtbot: QtBot) -> None:
    page = WorkPage(demo.session)
    qtbot.addWidget(page)
    page.resize(1000, 600)
    page.show()
    page.refresh(NOTHING)
    assert "only watches" in page.notice.text()
    assert page.settled


def test_trouble_is_said(demo: PausedDemo, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    quick_pins(monkeypatch)
    place = demo.session.open_work(wait=True)
    place._ready.clear()
    page = WorkPage(demo.session)
    qtbot.addWidget(page)
    page.show()
    page.refresh(NOTHING)
    assert page.notice.text().startswith("Reading orders")
    assert not page.settled
    place.trouble = "The disk is full."
    page.refresh(NOTHING)
    assert page.notice.text() == "The disk is full. Work is shown as soon as it can be read."


def test_an_empty_board_says_how_work_begins(show: Show) -> None:
    hands = show(orders=False)
    assert hands.board.empty.isVisible()
    assert hands.board.empty.text().startswith("No orders yet.")
    hands.page.show_subject("WO-NONE-2026-0001")
    hands.settle()
    assert not hands.panel.isVisible()


def test_two_hundred_orders_cost_little(show: Show) -> None:
    hands = show(orders=False)
    desk = hands.place.room.desk
    desk.enter("silva")
    for number in range(200):
        hands.place.room.orders.open("silva", NewOrder(f"Order {number}", "tank-1"))
    hands.settle()
    assert len(hands.keys_in(Lane.REQUEST)) == 200
    quiet = min(_seconds(lambda: hands.page.refresh(NOTHING)) for _ in range(5))
    assert quiet < 0.002, "nothing changed: nothing is drawn"
    session, place = hands.demo.session, hands.place
    whole = min(_seconds(lambda: board_of(session, place, Wanted())) for _ in range(5))
    changed = min(_seconds(lambda: _again(hands)) for _ in range(5))
    assert changed < 5 * whole + 0.02, "a change costs the cards, not their widgets"


def _again(hands: Hands) -> None:
    hands.place.version += 1
    hands.page.refresh(NOTHING)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
