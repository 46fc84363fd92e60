"""What a person does in the tabs of things: signs in, fills in a form by keyboard alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from console.demo import PausedDemo
from console.session.session import Refresh
from console.session.workplace import Workplace
from console.ui.controls import Choice, Field
from console.ui.work.things_view import ThingsView
from console.work.demo import demo_people
from console.work.events import Kind
from tests.house.hands import press, write

PINS = {
    "chen": "480216",
    "okafor": "demo supervisor",
    "silva": "305829",
    "berg": "demo approver",
    "haddad": "641907",
    "wu": "917364",
    "adeyemi": "demo administrator",
}


class Tab(Protocol):
    """A tab that keeps up."""

    def refresh(self, changes: Refresh) -> None:
        """Look at what is new."""


def workplace(demo: PausedDemo, *pins: str) -> Workplace:
    """Open the work of a demo with its people; only those named have a PIN, which takes a while.

    Procedures are not there: a test that needs one submits it.
    """

    def furnish(place: Workplace) -> None:
        desk = place.room.desk
        for one in demo_people():
            body = {"name": one.name, "roles": list(one.roles), "language": one.language}
            desk.tell(Kind.PERSON_ADDED, one.id, body, "console")
        place.room.gate.furnish([(person, PINS[person]) for person in pins]).result(60)

    place = Workplace(demo.session, furnish)
    demo.session.workplace = place
    place.open(wait=True)
    return place


def sign_in(place: Workplace, person: str) -> None:
    """Let one of the demo's people take the console over, as if the PIN had been given."""
    assert place.settle()
    place.room.desk.enter(person)
    place._hands = person
    place.touch()


def look(demo: PausedDemo, tab: Tab) -> None:
    """Let everything that was asked come to the disk, and look at it as the window does."""
    assert demo.session.workplace is not None
    assert demo.session.workplace.settle()
    tab.refresh(demo.session.refresh())
    QApplication.processEvents()


def choose(view: ThingsView, key: str) -> None:
    """Choose a row with the arrow keys alone."""
    view.table.setFocus(Qt.FocusReason.TabFocusReason)
    press(view.table, Qt.Key.Key_Home)
    if not view.table.key:
        press(view.table, Qt.Key.Key_Down)
        press(view.table, Qt.Key.Key_Up)
    for _ in view.table.lines:
        if view.table.key == key:
            return
        press(view.table, Qt.Key.Key_Down)
    raise AssertionError(f"no row {key!r} among {[line.key for line in view.table.lines]}")


def fill(view: ThingsView, act: str, answers: Mapping[str, str]) -> str:
    """Open an act's form with the keyboard, fill it in, hand it over; returns what was said."""
    press(view.acts.buttons[act], Qt.Key.Key_Space)
    if not view.acts.is_open:
        return view.acts.says.text()
    form = view.acts.form
    for key, text in answers.items():
        field = form.fields[key]
        if isinstance(field, Choice):
            _choose_in(field, text)
        else:
            _write_in(field, text)
    press(form.go, Qt.Key.Key_Space)
    return said(view)


def said(view: ThingsView) -> str:
    """Return what the person is told: in the form while it is open."""
    return view.acts.form.says.text() if view.acts.is_open else view.acts.says.text()


def reached(root: QWidget) -> list[QWidget]:
    """Return every widget that the Tab key comes to, beginning at ``root``."""
    found: list[QWidget] = []
    root.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(200):
        now = QApplication.focusWidget()
        if now is None or now in found:
            return found
        found.append(now)
        QTest.keyClick(now, Qt.Key.Key_Tab)
    return found


def _choose_in(choice: Choice, key: str) -> None:
    wanted = choice.findData(key)
    assert wanted >= 0, f"{key!r} is not among the choices"
    press(choice, Qt.Key.Key_Home)
    for _ in range(wanted):
        press(choice, Qt.Key.Key_Down)
    assert choice.key == key


def _write_in(field: Field, text: str) -> None:
    field.selectAll()
    press(field, Qt.Key.Key_Delete)
    if text.isascii():
        write(field, text)
    else:
        field.insert(text)  # Qt's test keyboard has no such keys
