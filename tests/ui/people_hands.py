"""Hands on who is at the console: a window over a site with people, real PINs, time that passes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QWidget

from console.demo import PausedDemo
from console.session.workplace import Workplace
from console.ui.window import MainWindow
from console.ui.work.page import WorkPage
from console.ui.work.people_tab import PeopleTab
from console.ui.work.people_view import PeopleView
from console.ui.work.sign_chip import SignChip
from console.ui.work.sign_in import SignInPanel
from console.work.people.roster import Person
from tests.house.hands import press, write


@dataclass
class Hands:
    """A window, and what a person does to it. No method types what is not typed by a person."""

    demo: PausedDemo
    window: MainWindow
    typed: list[str] = field(default_factory=list)

    @property
    def place(self) -> Workplace:
        place = self.demo.session.workplace
        assert place is not None
        return place

    @property
    def chip(self) -> SignChip:
        return self.window.strip.person

    @property
    def panel(self) -> SignInPanel:
        assert self.window.sign_in is not None
        return self.window.sign_in

    @property
    def tab(self) -> PeopleTab:
        page = self.window.make("work")
        assert isinstance(page, WorkPage)
        tab = page.made["people"]
        assert isinstance(tab, PeopleTab)
        return tab

    @property
    def view(self) -> PeopleView:
        assert self.tab.view is not None
        return self.tab.view

    def settle(self) -> None:
        """Let everything that was asked for come to the disk and to the screen."""
        for _ in range(3):
            assert self.place.settle(60)
            self.window.tick()
            QApplication.processEvents()

    def wait_s(self, seconds: float) -> None:
        """Let time pass in which nobody does anything."""
        self.demo.advance(seconds, hosts_from_s=1e9)
        self.window.tick()

    def person(self, key: str) -> Person:
        """Return a person as the screen knows them."""
        found = self.place.room.book.people.get(key)
        assert found is not None
        return found

    # ---- at the strip ----

    def open_panel(self) -> None:
        """Open the sign-in with the keyboard."""
        press(self.chip, Qt.Key.Key_Space)
        self.settle()

    def try_pin(self, person: str, pin: str) -> str:
        """Type a name and a PIN into the open panel; returns what is said."""
        self.typed.append(pin)
        sign = self.panel.sign
        if sign.person != person:
            sign.who.field.setText("")
            write(sign.who.field, person)
            press(sign.who.field, Qt.Key.Key_Return)
        assert sign.person == person
        write(sign.pin, pin)
        press(sign.pin, Qt.Key.Key_Return)
        assert sign.pin.text() == ""
        self.settle()
        return sign.said.text()

    def sign_in(self, person: str, pin: str) -> None:
        """Sign somebody in through the panel."""
        self.open_panel()
        if self.place.hands:
            press(self.panel.me.other, Qt.Key.Key_Space)
            self.settle()
        self.try_pin(person, pin)
        assert self.place.hands == person
        assert not self.panel.is_open

    # ---- on the page ----

    def open_people(self) -> None:
        """Open the tab."""
        self.window.open("work", "people")
        self.settle()

    def choose(self, person: str) -> None:
        """Choose a row of the list."""
        self.view.table.choose(person)
        self.settle()

    def begin(self, act: str) -> str:
        """Press a button of the chosen person with the keyboard; returns what is refused."""
        press(self.view.acts.buttons[act], Qt.Key.Key_Space)
        self.settle()
        return "" if self.view.acts.is_open else self.view.acts.says.text()

    def enter_pin(self, pin: str, again: str = "") -> str:
        """Type a new PIN twice into the open form; returns what is said there."""
        self.typed += [pin, again or pin]
        form = self.view.pin
        write(form.pin, pin)
        press(form.pin, Qt.Key.Key_Return)
        write(form.again, again or pin)
        press(form.again, Qt.Key.Key_Return)
        assert form.pin.text() == form.again.text() == ""
        self.settle()
        return form.said.text()


def all_texts(root: QWidget) -> str:
    """Return everything that a person or a screen reader can come to know from widgets."""
    found: list[str] = []
    for widget in (root, *root.findChildren(QWidget)):
        found += [widget.accessibleName(), widget.accessibleDescription(), widget.toolTip()]
        found += [widget.windowTitle(), widget.statusTip(), widget.whatsThis()]
        if isinstance(widget, QLabel | QAbstractButton):
            found.append(widget.text())
        if isinstance(widget, QLineEdit):
            found += [widget.displayText(), widget.placeholderText()]
        if isinstance(widget, QComboBox):
            found += [widget.itemText(n) for n in range(widget.count())]
        lines = getattr(widget, "lines", None)
        if isinstance(lines, tuple):
            found += [cell.text for line in lines for cell in line.cells]
        found.append(repr(getattr(widget, "facts", "")))
    return "\n".join(found)


def files_with(folder: Path, secret: str) -> list[str]:
    """Return the files below a folder in which a text stands, in any of three encodings."""
    wanted = [secret.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if any(one in path.read_bytes() for one in wanted)]
