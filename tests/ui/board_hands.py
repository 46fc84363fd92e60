"""Hands on the page of work: a demo with people and procedures, and what they do on its board."""

from __future__ import annotations

from dataclasses import dataclass

from argon2 import PasswordHasher
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from console.demo import PausedDemo
from console.session.workplace import Workplace
from console.ui.controls import Button, Choice, Field
from console.ui.window import MainWindow
from console.ui.work.board_tab import BoardTab
from console.ui.work.cards import Lane
from console.ui.work.order_panel import OrderPanel
from console.ui.work.page import WorkPage
from console.ui.work.sign_panel import SignPanel
from console.work.demo import demo_people
from console.work.orders.model import Order
from console.work.people import gate
from console.work.people.pins import PinHasher
from console.work.people.secrets import SecretStore
from tests.house.hands import tap, write

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""As argon2id as any, but quick: what is tested is what follows from a PIN."""
PINS = {person.id: person.pin for person in demo_people()}


def quick_pins(monkeypatch: object) -> None:
    """Hash PINs quickly from now on."""

    def quick(secrets: SecretStore) -> PinHasher:
        return PinHasher(secrets, QUICK)

    monkeypatch.setattr(gate, "PinHasher", quick)  # type: ignore[attr-defined]  # pytest's


@dataclass
class Hands:
    """A window on the page of work, and what a person does to it."""

    demo: PausedDemo
    window: MainWindow

    @property
    def place(self) -> Workplace:
        place = self.demo.session.workplace
        assert place is not None
        return place

    @property
    def page(self) -> WorkPage:
        page = self.window.make("work")
        assert isinstance(page, WorkPage)
        return page

    @property
    def board(self) -> BoardTab:
        board = self.page.made["board"]
        assert isinstance(board, BoardTab)
        return board

    @property
    def panel(self) -> OrderPanel:
        return self.board.panel

    def settle(self) -> None:
        """Let everything that was asked for come to the disk and to the screen."""
        for _ in range(3):
            assert self.place.settle()
            self.window.tick()
            QApplication.processEvents()

    def sign_in(self, person: str) -> None:
        """Let somebody take the console over."""
        refused: list[str] = []
        self.place.sign_in(person, PINS[person], lambda: None, refused.append)
        self.settle()
        assert refused == []
        assert self.place.hands == person

    # ---- the board ----

    def keys_in(self, lane: Lane) -> list[str]:
        """Return the keys of the cards of a column."""
        return [card.key for card in self.board.lanes[lane].cards.model_.cards]

    def open_card(self, lane: Lane, row: int = 0) -> None:
        """Tap a card."""
        cards = self.board.lanes[lane].cards
        tap(cards.viewport(), cards.visualRect(cards.model_.index(row)).center())
        self.settle()

    def order(self, number: str) -> Order:
        """Return an order as the screen knows it."""
        found = self.place.room.book.orders.get(number)
        assert found is not None
        return found

    # ---- the panel ----

    @property
    def buttons(self) -> dict[str, Button]:
        """What is offered for the order that is open."""
        rows = [self.panel.main, *(section.row for section in self.panel.sections.values())]
        return {key: button for row in rows for key, button in row.buttons.items()}

    def do(self, key: str) -> None:
        """Press the button of an offer."""
        button = self.buttons[key]
        assert button.isEnabled(), f"{key}: {self.panel.why.text()}"
        tap(button)
        self.settle()

    def fill(self, **answers: str) -> None:
        """Write into the form that is open, or choose, and give it."""
        fill(self.panel.form.fields, answers)
        tap(self.panel.form.go)
        self.settle()

    def sign(self, person: str, panel: SignPanel | None = None) -> None:
        """Sign what is asked for with a PIN."""
        shown = panel or self.panel.sign
        assert shown.isVisible()
        if shown.person != person:
            write(shown.who.field, person)
        assert shown.person == person
        write(shown.pin, PINS[person])
        tap(shown.sign)
        self.settle()


def fill(fields: dict[str, Field | Choice], answers: dict[str, str]) -> None:
    """Write into fields and choose in choices, by key."""
    for key, value in answers.items():
        field = fields[key]
        if isinstance(field, Choice):
            assert field.findData(value) >= 0, f"{key}: {value} cannot be chosen"
            field.choose(value)
        else:
            field.clear()
            write(field, value)


def cut_off(root: QWidget) -> list[str]:
    """Return the visible buttons of which a part is outside of what holds them."""
    found = []
    for button in root.findChildren(QAbstractButton):
        if not button.isVisible() or not type(button).__module__.startswith("console."):
            continue
        wanted = button.minimumSizeHint()
        if button.width() < wanted.width() or button.height() < wanted.height():
            found.append(f"{button.accessibleName()} {button.size()} wants {wanted}")
    return found


def focus_name(window: MainWindow) -> str:
    """Return the name of what has the keyboard."""
    focus = window.focusWidget()
    return focus.accessibleName()
