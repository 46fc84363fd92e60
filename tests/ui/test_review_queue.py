"""The reviewer's queue: filters, the keyboard, several at once, five hundred records."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.demo import PausedDemo
from console.session.furnish_orders import furnish_orders
from console.session.workplace import Workplace
from console.ui.review.rows import CLEAN, HIGH, ORDERS, OTHERS
from console.ui.window import KEYS
from console.work.conflicts import Conflict, ConflictKind
from console.work.events import JSON
from console.work.orders.desk import NewOrder, OrderChanges
from console.work.orders.rules import State
from console.work.people.signature import Signature
from console.work.reviews.kinds import ReviewKind
from tests.house import widgets
from tests.house.hands import press, tap
from tests.ui.board_hands import cut_off, quick_pins
from tests.ui.conftest import Look
from tests.ui.review_hands import Reviewing, Show, show

_MANY = 500
_QUICK_S = 0.25
"""For all of five hundred on a busy machine; alone it takes a tenth."""


@pytest.fixture
def open_page(
    demo_of: Callable[..., PausedDemo], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Show]:
    """Return what opens the page of a small demo."""
    quick_pins(monkeypatch)
    made: list[Reviewing] = []

    def open_(prepare: Callable[[PausedDemo], object] = lambda _demo: None) -> Reviewing:
        demo = demo_of(tanks=1, hosts=1, gpus=2, seconds=30)
        demo.session.open_work(wait=True)
        prepare(demo)
        made.append(show(demo, qtbot))
        return made[-1]

    yield open_
    for hands in made:
        hands.window.hide()
        hands.window.deleteLater()


class Walk:
    """Takes orders without a procedure to review, signed as the demo's people would."""

    def __init__(self, place: Workplace) -> None:
        self.place = place
        for person in ("silva", "okafor", "chen"):
            place.room.desk.enter(person)

    def leave(self) -> None:
        for person in ("silva", "okafor", "chen"):
            self.place.room.desk.leave(person)
        assert self.place.settle(60.0)

    def to_review(self, title: str, priority: int = 4) -> str:
        orders = self.place.room.orders
        number = orders.open("chen", NewOrder(title, "tank-1", priority)).number
        orders.change("silva", number, OrderChanges(assigned=("chen",)))
        orders.without_procedure("silva", number, "A cloth is enough")
        orders.move("silva", number, State.PLANNED)
        self._signed("okafor", number, State.READY, "order.release")
        self._signed("chen", number, State.IN_PROGRESS, "order.execute")
        self._signed("chen", number, State.REVIEW, "order.execute")
        return number

    def _signed(self, by: str, number: str, to: State, act: str) -> None:
        orders, desk = self.place.room.orders, self.place.room.desk
        shown, now_us = orders.shown(number, to), desk.now().utc_us
        given = Signature(f"{number}-{to}", by, by, "", act, now_us, shown, "")
        desk.issue(given)
        orders.move(by, number, to, signature=given)


def wiped(count: int) -> Callable[[PausedDemo], None]:
    def prepare(demo: PausedDemo) -> None:
        place = demo.session.workplace
        assert place is not None
        walk = Walk(place)
        for n in range(count):
            walk.to_review(f"Wipe rim {n + 1}", priority=n % 4 + 1)
        walk.leave()

    return prepare


def test_the_page_has_its_key_and_says_when_nothing_waits(open_page: Show) -> None:
    hands = open_page()
    assert KEYS["review"] == 9
    assert hands.panel.title.text() == "Nothing awaits review."
    assert "Orders come here" in hands.page.empty.text()
    press(hands.page, Qt.Key.Key_1)
    assert hands.window.page is not hands.page
    assert hands.window.page is not None
    press(hands.window.page, Qt.Key.Key_9)
    assert hands.window.page is hands.page


def test_filters_search_and_order(open_page: Show) -> None:
    hands = open_page(lambda demo: furnish_orders(demo.session))
    page = hands.page
    titles = [row.title for row in page.list.model_.rows]
    assert titles == ["GPU fell off the bus: board swapped", "Monthly alarm test"]
    page.only.choose(HIGH)
    hands.settle()
    assert page.list.keys == []
    assert page.empty.text() == "Nothing fits. Look for something else."
    for only, count in ((ORDERS, 2), (OTHERS, 0), (CLEAN, 0), ("", 2)):
        page.only.choose(only)
        hands.settle()
        assert len(page.list.keys) == count
    page.search.setText("monthly")
    QTest.qWait(200)
    hands.settle()
    assert [row.title for row in page.list.model_.rows] == ["Monthly alarm test"]
    row = page.list.model_.rows[0]
    assert row.under.startswith("Returned")
    assert "2 exceptions" in row.sentence, "returned, and no run of its procedure"


def test_through_the_queue_by_keyboard(open_page: Show) -> None:
    hands = open_page(wiped(3))
    page = hands.page
    keys = page.list.keys
    page.list.setFocus(Qt.FocusReason.TabFocusReason)
    assert hands.panel.item is not None
    assert hands.panel.item.key == keys[0]
    hands.key(Qt.Key.Key_Down)
    assert hands.panel.item.key == keys[1]
    hands.panel.view.tabs.buttons["log"].setFocus(Qt.FocusReason.TabFocusReason)
    alt = Qt.KeyboardModifier.AltModifier
    QTest.keyClick(hands.panel.view.tabs.buttons["log"], Qt.Key.Key_Down, alt)
    hands.settle()
    assert hands.panel.item.key == keys[2]
    QTest.keyClick(hands.panel.view.tabs.buttons["log"], Qt.Key.Key_Down, alt)
    assert hands.panel.trouble.text() == "That was the last one."
    QTest.keyClick(hands.panel.view.tabs.buttons["log"], Qt.Key.Key_Up, alt)
    hands.settle()
    assert hands.panel.item.key == keys[1]
    tap(hands.panel.before)
    hands.settle()
    assert hands.panel.item.key == keys[0]


def test_several_without_an_exception_are_approved_with_one_pin(open_page: Show) -> None:
    hands = open_page(wiped(3))
    page, keys = hands.page, hands.page.list.keys
    tap(page.several)
    assert hands.panel.trouble.text() == "Sign in first: nobody else may sign for you."
    hands.sign_in()
    tap(page.several)
    assert "Mark what is to be approved" in hands.panel.trouble.text()
    page.list.setFocus(Qt.FocusReason.TabFocusReason)
    hands.key(Qt.Key.Key_Space)
    hands.key(Qt.Key.Key_Down)
    tap(page.mark)
    hands.settle()
    assert page.marked == set(keys[:2])
    assert page.several.text() == "Approve 2 marked …"
    assert "marked" in page.list.model_.rows[0].sentence
    tap(page.several)
    hands.settle()
    said = hands.panel.sign.act.text()
    assert all(key in said for key in keys[:2])
    assert hands.sign(pin="not the passphrase") == "Name or PIN is wrong."
    assert [hands.order(key).state for key in keys] == [State.REVIEW] * 3
    assert hands.sign() == ""
    hands.settle()
    assert [hands.order(key).state for key in keys] == [
        State.CLOSED,
        State.CLOSED,
        State.REVIEW,
    ]
    signed = [hands.order(key).moves[-1].signature for key in keys[:2]]
    assert len({one.id for one in signed if one}) == 2, "a signature of its own each"
    assert hands.panel.trouble.text() == "2 orders are closed."


def test_one_with_an_exception_is_not_approved_with_others(open_page: Show) -> None:
    def prepare(demo: PausedDemo) -> None:
        wiped(1)(demo)
        furnish = demo.session.workplace
        assert furnish is not None
        walk = Walk(furnish)
        number = walk.to_review("Wipe it again")
        furnish.room.orders.link("chen", number, run="R-lost")
        walk.leave()

    hands = open_page(prepare)
    hands.sign_in()
    for key in hands.page.list.keys:
        hands.page.toggle(key)
    tap(hands.page.several)
    assert "has 1 exceptions: it is reviewed by itself." in hands.panel.trouble.text()
    assert not hands.panel.is_busy


def test_who_did_the_work_is_not_offered_to_approve_it(open_page: Show) -> None:
    hands = open_page(wiped(1))
    hands.sign_in("chen")
    assert hands.panel.main.buttons["approve"].isEnabled(), "somebody else may sign beside"
    hands.do("approve")
    offered = {person.id for person in hands.panel.sign.who._people}
    assert "chen" not in offered
    assert "okafor" in offered
    told = hands.sign("okafor")
    assert told == "Ngozi Okafor has not looked at: Exceptions, Steps."
    press(hands.panel.sign, Qt.Key.Key_Escape)
    assert hands.told(ReviewKind.OPENED) == [], "looking is recorded of reviewers alone"


def test_a_contradiction_waits_and_is_settled_where_it_is_shown(open_page: Show) -> None:
    hands = open_page()
    book, now_us = hands.place.room.book, hands.demo.session.now().utc_us
    facts: dict[str, JSON] = {"tank": "tank-1", "litres": 50}
    book.conflicts.raise_(Conflict("fluid:1", ConflictKind.FLUID, "tank-1", "chen", now_us, facts))
    hands.page._made = None
    hands.settle()
    assert "More fluid left" in hands.panel.title.text()
    assert not hands.panel.view.isVisible(), "there is no record to look at"
    asked: list[tuple[str, str]] = []
    hands.page.open_subject.connect(lambda *to: asked.append(to))
    hands.do("go")
    assert asked == [("work", "equipment")]


def test_five_hundred_records_stay_quick(open_page: Show) -> None:
    hands = open_page(wiped(_MANY))
    hands.sign_in()
    page = hands.page
    assert len(page.list.keys) == _MANY

    def spent_s(act: Callable[[], object]) -> float:
        began_s = time.perf_counter()
        act()
        return time.perf_counter() - began_s

    idle = min(spent_s(hands.window.tick) for _ in range(5))
    assert idle < 0.01, "nothing changed, so next to nothing is done"

    def anew() -> None:
        page._made = None
        hands.window.tick()

    assert min(spent_s(anew) for _ in range(3)) < _QUICK_S
    page.list.setFocus(Qt.FocusReason.TabFocusReason)
    assert min(spent_s(lambda: page.go(1)) for _ in range(5)) < _QUICK_S

    def search() -> None:
        page.search.setText("rim 499")
        page._again()

    assert spent_s(search) < _QUICK_S
    assert len(page.list.keys) == 1


@pytest.mark.parametrize("size", [(1024, 640), (1280, 800)])
@pytest.mark.parametrize("glove", [False, True])
def test_nothing_is_cut_off(
    open_page: Show, look: Look, size: tuple[int, int], glove: bool
) -> None:
    hands = open_page(wiped(2))
    hands.sign_in()
    look.use("light", glove=glove)
    hands.window.resize(*size)
    hands.settle()
    inside = [one for one in cut_off(hands.page) if one]
    assert inside == []
    assert widgets.unnamed(hands.page) == []
    assert widgets.colourful(hands.window) == 0.0
    QApplication.processEvents()
