"""Hands on the review page: a demo with finished work, and a supervisor in front of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.demo import PausedDemo
from console.history.events import Event
from console.history.reader import LogReader
from console.session.workplace import Workplace
from console.ui.review.page import ReviewPage
from console.ui.review.record_panel import RecordPanel
from console.ui.window import MainWindow, build_window
from console.work.orders.model import Order
from console.work.reviews.kinds import ReviewKind
from tests.house.hands import press, tap, write
from tests.ui.board_hands import PINS, fill

_PATIENCE_S = 20.0
REVIEWER = "okafor"


@dataclass
class Reviewing:
    """A window on the review page, and what a person does to it."""

    demo: PausedDemo
    window: MainWindow

    @property
    def place(self) -> Workplace:
        place = self.demo.session.workplace
        assert place is not None
        return place

    @property
    def page(self) -> ReviewPage:
        page = self.window.make("review")
        assert isinstance(page, ReviewPage)
        return page

    @property
    def panel(self) -> RecordPanel:
        return self.page.panel

    def settle(self) -> None:
        """Let everything that was asked for come to the disk and to the screen."""
        end_s = time.monotonic() + _PATIENCE_S
        for turn in range(10_000):
            assert self.place.settle()
            self.window.tick()
            QApplication.processEvents()
            if turn >= 3 and self.page.settled:
                return
            assert time.monotonic() < end_s, "the page is still reading"
            time.sleep(0.005)

    def sign_in(self, person: str = REVIEWER) -> None:
        """Let somebody take the console over."""
        refused: list[str] = []
        self.place.sign_in(person, PINS[person], lambda: None, refused.append)
        self.settle()
        assert refused == []

    def order(self, number: str) -> Order:
        """Return an order as the screen knows it."""
        found = self.place.room.book.orders.get(number)
        assert found is not None
        return found

    # ---- the queue and the record ----

    def open(self, key: str) -> None:
        """Turn to a thing of the queue."""
        self.window.open("review", key)
        self.settle()
        item = self.panel.item
        assert item is not None
        assert item.key == key

    def turn(self, section: str) -> None:
        """Press the tab of a part of the record."""
        tap(self.panel.view.tabs.buttons[section])
        self.settle()

    def key(self, key: Qt.Key) -> None:
        """Press a key wherever the keyboard is."""
        press(QApplication.focusWidget() or self.page, key)
        self.settle()

    # ---- what is done ----

    def do(self, key: str) -> str:
        """Press the button of an offer; returns what was said of it."""
        button = self.panel.main.buttons[key]
        assert button.isEnabled(), f"{key}: {self.panel.why.text()}"
        tap(button)
        self.settle()
        return self.panel.trouble.text()

    def fill(self, **answers: str) -> str:
        """Write into the form that is open, and give it; returns what was said of it."""
        fill(self.panel.form.fields, answers)
        tap(self.panel.form.go)
        self.settle()
        return self.panel.form.says.text() if self.panel.is_busy else self.panel.trouble.text()

    def sign(self, person: str = REVIEWER, pin: str = "") -> str:
        """Sign what is asked for with a PIN; returns why it was refused, if it was."""
        shown = self.panel.sign
        assert shown.isVisible()
        if shown.person != person:
            write(shown.who.field, person)
        assert shown.person == person
        write(shown.pin, pin or PINS[person])
        tap(shown.sign)
        self.settle()
        return shown.said.text() if shown.isVisible() else ""

    # ---- the log ----

    def told(self, kind: ReviewKind) -> list[Event]:
        """Return what is on the disk of a kind, oldest first."""
        return LogReader(self.demo.session.data).of_kinds({str(kind)})


def show(demo: PausedDemo, qtbot: QtBot, size: tuple[int, int] = (1280, 800)) -> Reviewing:
    """Show the review page of a demo."""
    demo.session.open_work(wait=True)
    window = build_window(demo.session, page="review")
    window.resize(*size)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    hands = Reviewing(demo, window)
    hands.settle()
    return hands


Show = Callable[..., Reviewing]
