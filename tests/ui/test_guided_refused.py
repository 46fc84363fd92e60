"""What guided work refuses, it says in words where the hand is; unknown is never met."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from console.demo import PausedDemo
from console.ui.guided.gates import GateRow
from console.ui.guided.items import ItemRow
from console.ui.guided.photos import PhotoRow, PictureSheet
from console.ui.guided.signing import SecondRow
from console.ui.guided.values import ValueRow
from procedures.engine.state import StepStatus
from tests.house.hands import press, tap, write
from tests.ui.guided_hands import (
    CHEN,
    OKAFOR,
    WU,
    Extraction,
    Screen,
    begin_run,
    guided_window,
    make_pictures,
)


@pytest.fixture
def screen(demo_of: Callable[..., PausedDemo], qapp: QApplication) -> Iterator[Screen]:
    """Yield the screen at the first step of an extraction; nobody is signed in."""
    demo = demo_of(tanks=1, hosts=1, gpus=2, seconds=60)
    with guided_window(demo, begin_run(demo)) as screen:
        yield screen


def come_to(screen: Screen, step: str, folder: Path) -> None:
    """Work up to a step."""
    if not screen.place.hands:
        screen.sign_in()
    Extraction(screen, make_pictures(folder)).go(lambda s: s.step == step)
    assert screen.step == step


def test_nobody_signed_in_looks_only(screen: Screen) -> None:
    bottom = screen.page.bottom
    assert bottom.primary.text() == "Sign in to go on"
    assert "look" in screen.why
    screen.primary()
    sheet = screen.page.sheet
    assert {line.key for line in sheet.panel.who.names.lines} == {CHEN, WU, OKAFOR}
    write(sheet.panel.pin, "000000")
    tap(sheet.panel.sign)
    screen.settle()
    assert "PIN is wrong" in sheet.panel.said.text()
    assert screen.place.hands == ""


def test_a_gate_says_why_not_yet_and_what_is_unknown_is_not_met(
    screen: Screen, tmp_path: Path
) -> None:
    come_to(screen, "idle", tmp_path)
    screen.start()
    screen.pass_time(4)
    row = screen.rows(GateRow)[0]
    assert not screen.page.bottom.primary.isEnabled()
    assert "too high by" in row.detail.text()
    assert "≤ 5" in row.accessibleDescription()
    screen.demo.plant.handle("drain", "node-1", 1.0)
    screen.pass_time(20)
    screen.pass_time(6)
    assert "must stay so for" in row.detail.text()
    assert not screen.page.bottom.primary.isEnabled()
    screen.demo.plant.inject("gpu_lost", "node-1")
    screen.pass_time(40)
    assert not screen.page.bottom.primary.isEnabled()
    assert "---" in row.accessibleDescription()
    assert screen.why
    screen.demo.plant.clear("gpu_lost", "node-1")
    screen.wait_for_primary()


def test_a_value_outside_its_limits_is_measured_again(screen: Screen, tmp_path: Path) -> None:
    come_to(screen, "plan-the-lift", tmp_path)
    screen.start()
    row = screen.rows(ValueRow)[0]
    assert isinstance(row, ValueRow)
    write(row.entry.field, "5.5.5")
    screen.touch(row.entry.button)
    assert "not a number" in row.said.text()
    row.entry.field.clear()
    write(row.entry.field, "300")
    screen.touch(row.entry.button)
    assert "measure again" in row.detail.text()
    assert not screen.page.bottom.primary.isEnabled()
    assert "must be 5 to 120" in screen.why
    assert row.is_open
    write(row.entry.field, "55,5")
    screen.touch(row.entry.button)
    screen.primary()
    assert screen.view.run.values["plate-mass"] == 55.5


def test_what_is_no_picture_is_refused_and_the_step_stays_open(
    screen: Screen, tmp_path: Path
) -> None:
    come_to(screen, "lock-out", tmp_path)
    screen.start()
    fake = tmp_path / "picture.png"
    fake.write_bytes(b"this is a text")
    row = screen.rows(PhotoRow)[0]
    assert isinstance(row, PhotoRow)
    screen.touch(row.button)
    sheet = screen.page.stack.currentWidget()
    assert isinstance(sheet, PictureSheet)
    sheet.file.setText(str(fake))
    press(sheet.file, Qt.Key.Key_Return)
    screen.settle()
    QTest.qWait(20)
    screen.settle()
    assert sheet.said.text()
    assert screen.page.stack.currentWidget() is sheet
    assert screen.view.run.current is not None
    assert screen.view.run.current.photos == {}
    assert screen.status is StepStatus.OPEN


def test_the_second_person_is_never_the_first(screen: Screen, tmp_path: Path) -> None:
    come_to(screen, "outlets-off", tmp_path)
    assert screen.page.bottom.primary.text() == "Start step"
    assert not screen.page.bottom.primary.isEnabled()
    assert "hazards" in screen.why
    screen.start()
    second = screen.rows(SecondRow)[0]
    assert isinstance(second, SecondRow)
    screen.touch(second.button)
    screen.touch(screen.page.sheet.form.go)
    offered = {line.key for line in screen.page.sheet.panel.who.names.lines}
    assert offered == {WU, OKAFOR}
    screen.sign(WU)
    screen.primary()
    assert screen.step == "lock-out"


def test_a_list_is_confirmed_line_by_line_with_the_space_bar(
    screen: Screen, tmp_path: Path
) -> None:
    come_to(screen, "dress", tmp_path)
    screen.start()
    lines = screen.rows(ItemRow)
    assert "5" in screen.why
    screen.page.setFocus()
    for _ in lines:
        assert not screen.page.bottom.primary.isEnabled()
        press(screen.page, Qt.Key.Key_Space)
        screen.settle()
    screen.primary()
    assert screen.step != "dress"


def test_another_step_first_where_the_order_is_free(screen: Screen, tmp_path: Path) -> None:
    come_to(screen, "dress", tmp_path)
    screen.touch(screen.page.bottom.others)
    sheet = screen.page.stack.currentWidget()
    screen.touch(sheet.buttons["Another step first"])  # type: ignore[union-attr]
    form = screen.page.sheet.form
    screen.touch(form.choices["step"]["bond"])
    screen.touch(form.go)
    assert screen.step == "bond"
