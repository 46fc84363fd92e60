"""Guided work without a mouse: keys and a scanner that types like one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from console.demo import PausedDemo
from console.ui.guided.keys import BURST_MS
from console.ui.guided.number_field import NumberField
from console.ui.guided.scans import ScanRow
from console.ui.guided.values import ValueRow
from procedures.engine.state import StepStatus
from tests.ui.guided_hands import CHEN, PINS, TANK, Screen, begin_run, guided_window


@pytest.fixture
def screen(demo_of: Callable[..., PausedDemo], qapp: QApplication) -> Iterator[Screen]:
    """Yield the screen at the first step of an extraction; nobody is signed in."""
    demo = demo_of(tanks=1, hosts=1, gpus=2, seconds=60)
    with guided_window(demo, begin_run(demo)) as screen:
        yield screen


def key(screen: Screen, code: Qt.Key) -> None:
    """Press a key, wherever the keyboard is."""
    QTest.keyClick(QApplication.focusWidget() or screen.page, code)
    screen.settle()


def enter(screen: Screen) -> None:
    """Press Enter."""
    key(screen, Qt.Key.Key_Return)


def keys_sign_in(screen: Screen) -> None:
    """Sign in with keys alone: the one who leads the work is offered."""
    enter(screen)
    QTest.keyClicks(QApplication.focusWidget() or screen.page, PINS[CHEN])
    enter(screen)
    screen.settle()


def by_hand(screen: Screen, text: str) -> None:
    """Type as a hand does, with a pause after each key."""
    for letter in text:
        QTest.keyClicks(QApplication.focusWidget() or screen.page, letter)
        QTest.qWait(BURST_MS + 30)
    screen.settle()


def test_three_steps_by_keys_and_scanner_alone(screen: Screen) -> None:
    keys_sign_in(screen)
    assert screen.place.hands == CHEN
    enter(screen)
    assert screen.status is StepStatus.OPEN
    screen.scan(TANK)
    enter(screen)
    assert screen.step == "find-the-slot"
    enter(screen)
    slot = screen.view.run.subjects["slot"][0]
    screen.scan(slot)
    enter(screen)
    assert screen.step == "plan-the-lift"
    enter(screen)
    by_hand(screen, "55")
    value = screen.page.centre.first(ValueRow)
    assert value is not None
    assert value.entry.field.text() == "55"
    enter(screen)
    enter(screen)
    assert screen.step == "no-alarms"
    assert screen.window.page is screen.page
    assert screen.view.run.values["plate-mass"] == 55


def test_digits_open_no_page_and_escape_leaves_without_ending(screen: Screen) -> None:
    keys_sign_in(screen)
    for digit in "12345678":
        QTest.keyClicks(screen.page, digit)
        QTest.qWait(2)
    QTest.qWait(BURST_MS + 40)
    assert screen.window.page is screen.page
    key(screen, Qt.Key.Key_Escape)
    assert screen.window.page is not screen.page
    assert not screen.view.run.is_over


def test_a_wrong_label_is_refused_where_it_is_read(screen: Screen) -> None:
    keys_sign_in(screen)
    screen.scan("tank-9")
    assert "start the step first" in screen.why
    enter(screen)
    screen.scan("tank-9")
    row = screen.page.centre.first(ScanRow)
    assert row is not None
    assert row.is_open
    assert "tank-9" in row.said.text()
    assert TANK in row.said.text()
    screen.scan(TANK)
    assert screen.page.centre.first(ScanRow) is None


def test_escape_leaves_a_question_and_not_the_screen(screen: Screen) -> None:
    keys_sign_in(screen)
    screen.page.more()
    screen.settle()
    key(screen, Qt.Key.Key_Escape)
    assert screen.window.page is screen.page
    assert screen.page.stack.currentWidget() is screen.page.centre


def test_a_held_enter_goes_one_step_only(screen: Screen) -> None:
    keys_sign_in(screen)
    enter(screen)
    assert screen.status is StepStatus.OPEN
    screen.scan(TANK)
    none = Qt.KeyboardModifier.NoModifier
    repeat = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, none, "\r", autorep=True)
    QApplication.sendEvent(screen.page, repeat)
    screen.settle()
    assert screen.step == "find-the-tank"


def test_a_label_scanned_into_a_number_is_taken_for_the_label(screen: Screen) -> None:
    field, heard = _field_of(screen)
    QTest.keyClicks(field, "DRUM-2026-11-0042")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert heard == ["DRUM-2026-11-0042"]
    assert field.text() == ""
    by_hand_into(field, "57.5")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert heard == ["DRUM-2026-11-0042"]
    assert field.text() == "57.5"


def _field_of(screen: Screen) -> tuple[NumberField, list[str]]:
    """Return a number field of the page, while a label is wanted, and what is taken for labels."""
    heard: list[str] = []
    field = NumberField("Fluid added")
    field.setParent(screen.page)
    field.show()
    screen.page.keys.wants_label = lambda: True
    screen.page.keys.scanned.connect(heard.append)
    return field, heard


def by_hand_into(field: NumberField, text: str) -> None:
    """Type into a field as a hand does."""
    for letter in text:
        QTest.qWait(BURST_MS + 20)
        QTest.keyClicks(field, letter)


def test_a_scan_counts_after_something_above_the_step_was_touched(screen: Screen) -> None:
    keys_sign_in(screen)
    enter(screen)
    above = screen.window.strip.counts
    above.setFocus()
    assert QApplication.focusWidget() is above
    QTest.keyClicks(above, TANK)
    QTest.keyClick(above, Qt.Key.Key_Return)
    screen.settle()
    assert screen.window.page is screen.page
    assert screen.page.centre.first(ScanRow) is None
    QTest.keyClick(above, Qt.Key.Key_Return)
    screen.settle()
    assert screen.step == "find-the-slot"
