"""Buttons, choices and fields: tall enough, named, worked by keys and taps alike."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from console.ui.controls import Button, Choice, Field, ScrollBar, Segments
from tests.house import widgets
from tests.house.hands import press, tap, write
from tests.ui.conftest import Look

CHOICES = [("", "All"), ("a", "One"), ("b", "A much longer name than the others have")]


@pytest.fixture
def controls(qtbot: QtBot) -> list[QWidget]:
    made = [Button("Verify"), Choice("Tank", CHOICES), Field("Search"), Segments("Time", CHOICES)]
    for control in made:
        qtbot.addWidget(control)
        control.show()
    return made


@pytest.mark.parametrize("glove", [False, True])
def test_all_are_a_target_high(controls: list[QWidget], look: Look, glove: bool) -> None:
    look.use(glove=glove)
    least = 60 if glove else 40
    assert all(control.sizeHint().height() >= least for control in controls)


def test_all_are_named(controls: list[QWidget]) -> None:
    assert [found for control in controls for found in widgets.unnamed(control)] == []


@pytest.mark.parametrize("theme_id", ["light", "dark", "contrast", "contrast-dark"])
def test_the_one_with_the_keyboard_shows_a_ring(qtbot: QtBot, look: Look, theme_id: str) -> None:
    look.use(theme_id)
    frame = QWidget()
    qtbot.addWidget(frame)
    first, second = Button("Verify", parent=frame), Button("Export", parent=frame)
    second.move(200, 0)
    with qtbot.waitActive(frame):
        frame.show()
        frame.activateWindow()
    second.setFocus()
    without = widgets.pixels(first)
    first.setFocus()
    changed = (widgets.pixels(first) != without).any(axis=2)
    assert changed[:2].mean() > 0.8, "along the upper edge"
    assert changed[:, :2].mean() > 0.8, "along the left edge"


def test_one_of_a_few_holds_by_tap_and_by_key(qtbot: QtBot) -> None:
    segments = Segments("Time", CHOICES)
    qtbot.addWidget(segments)
    segments.show()
    told: list[str] = []
    segments.chosen.connect(told.append)
    buttons = segments.findChildren(Button)
    tap(buttons[1])
    assert (segments.key, told) == ("a", ["a"])
    buttons[2].setFocus()
    press(buttons[2], Qt.Key.Key_Space)
    assert (segments.key, told) == ("b", ["a", "b"])
    segments.choose("")
    assert (segments.key, told) == ("", ["a", "b"])
    assert [button.isChecked() for button in buttons] == [True, False, False]


def test_one_of_many_is_found_by_key_and_an_unknown_one_is_ignored(qtbot: QtBot) -> None:
    choice = Choice("Tank", CHOICES)
    qtbot.addWidget(choice)
    choice.choose("b")
    choice.choose("no such key")
    assert choice.key == "b"
    assert choice.sizeHint().width() <= 176


def test_escape_empties_a_field_and_then_passes_on(qtbot: QtBot) -> None:
    field = Field("Search")
    qtbot.addWidget(field)
    write(field, "pump")
    press(field, Qt.Key.Key_Escape)
    assert field.text() == ""


def test_a_scroll_bar_is_wider_for_gloves(qtbot: QtBot, look: Look) -> None:
    area = QScrollArea()
    qtbot.addWidget(area)
    bar = ScrollBar(area)
    area.setVerticalScrollBar(bar)
    bare = bar.sizeHint().width()
    look.use(glove=True)
    assert bar.sizeHint().width() >= 30 > bare
