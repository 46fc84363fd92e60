"""Ways that guided work takes beside the usual one: back out, held, handed over, two at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from console.demo import PausedDemo
from console.history.events import canonical
from console.history.reader import LogReader
from console.ui.guided.hold_button import HOLD_S
from console.ui.guided.more import MoreSheet
from procedures.engine.state import RunStatus, StepStatus
from tests.house.hands import tap
from tests.ui.guided_hands import (
    CHEN,
    OKAFOR,
    WU,
    Extraction,
    Screen,
    begin_run,
    guided_window,
    make_pictures,
    open_place,
)


@pytest.fixture
def screen(demo_of: Callable[..., PausedDemo], qapp: QApplication) -> Iterator[Screen]:
    """Yield the screen at the first step of an extraction, with the technician signed in."""
    demo = demo_of(tanks=1, hosts=1, gpus=2, seconds=60)
    with guided_window(demo, begin_run(demo)) as screen:
        screen.sign_in()
        yield screen


def come_to(screen: Screen, step: str, folder: Path) -> None:
    """Work up to a step."""
    Extraction(screen, make_pictures(folder)).go(lambda s: s.step == step)
    assert screen.step == step


def hold(screen: Screen, seconds: float) -> None:
    """Hold the button that backs out."""
    button = screen.page.bottom.back_out
    QTest.mousePress(button, Qt.MouseButton.LeftButton)
    QTest.qWait(round(seconds * 1000))
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton)
    screen.settle()


def test_backing_out_walks_to_the_safe_state(screen: Screen, tmp_path: Path) -> None:
    come_to(screen, "cables-as-found", tmp_path)
    hold(screen, HOLD_S / 3)
    assert screen.page.stack.currentWidget() is screen.page.centre
    hold(screen, HOLD_S + 0.3)
    form = screen.page.sheet.form
    assert "3 steps" in form.text.text() or "2 steps" in form.text.text()
    tap(form.go)
    assert "Still to say" in form.said.text()
    hint = next(b for b in form.findChildren(type(form.go)) if b.text() == "Called away")
    tap(hint)
    tap(form.go)
    screen.settle()
    assert screen.ended() is RunStatus.ABORTING
    assert not screen.page.bottom.back_out.isEnabled()
    screen.demo.plant.handle("close_lid", "node-1", 1.0)
    while screen.step:
        screen.start()
        screen.pass_time(4)
        screen.finish_step()
    assert screen.page.bottom.primary.text() == "Close work"
    screen.primary()
    assert screen.ended() is RunStatus.SAFE
    assert screen.page.finish.heading.text() == "Made safe"
    assert "lid is closed" in screen.page.finish.text.text()
    assert dict(screen.page.finish.facts.facts)["Lock still hangs: Feed A"] == "Chen Wei"


def test_nobody_needs_a_pin_to_back_out(screen: Screen, tmp_path: Path) -> None:
    come_to(screen, "cables-as-found", tmp_path)
    place = screen.page.hands.place
    assert place is not None
    place.sign_out()
    screen.settle()
    screen.page.back_out()
    assert "unproven" in screen.page.sheet.form.text.text()
    screen.give_reason("Smoke")
    screen.settle()
    assert screen.ended() is RunStatus.ABORTING
    (event,) = LogReader(screen.demo.session.data).of_kinds(["work.aborted"])
    assert event.actor == "chen"
    assert '"how":"nobody"' in canonical(event.body)


def test_a_step_without_its_proof_is_left_with_a_reason(screen: Screen, tmp_path: Path) -> None:
    come_to(screen, "cables-as-found", tmp_path)
    screen.page.back_out()
    screen.give_reason("Leak")
    screen.start()
    screen.finish_step()
    screen.start()
    screen.pass_time(4)
    assert screen.page.bottom.primary.text() == "Leave it unproven"
    screen.primary()
    screen.give_reason("The lid switch is broken; looked at it")
    assert screen.step == ""


def test_a_broken_condition_holds_the_step_until_the_supervisor_lets_it_go_on(
    screen: Screen, tmp_path: Path
) -> None:
    come_to(screen, "cap", tmp_path)
    screen.start()
    screen.demo.plant.inject("controller_silent", "tank-1")
    for _ in range(15):
        screen.pass_time(2)
    assert screen.page.centre.banners.banners[0].heading.text().startswith("Held")
    assert screen.page.bottom.primary.text() == "Let it go on"
    assert not screen.page.bottom.primary.isEnabled()
    assert "no answer" in screen.why
    screen.demo.plant.clear("controller_silent", "tank-1")
    for _ in range(5):
        screen.pass_time(2)
    screen.primary()
    screen.give_reason("The controller answers again")
    screen.sign(OKAFOR)
    assert screen.view.run.current is not None
    assert screen.view.run.current.held == ()
    screen.finish_step()
    assert screen.step == "check-hoist"


def test_work_is_handed_over_with_a_note_that_is_read(screen: Screen) -> None:
    screen.touch(screen.page.bottom.others)
    sheet = screen.page.stack.currentWidget()
    screen.touch(sheet.buttons["Hand the work over"])  # type: ignore[union-attr]
    screen.page.sheet.form.fields["prohibitions"].setText("Do not open the lid")
    screen.give_reason("Nothing has been moved")
    assert screen.view.run.suspended_by == CHEN
    for _ in range(10):
        screen.settle()
        QTest.qWait(5)
    told = screen.page.centre.banners.banners[0].text.text()
    assert "Nothing has been moved" in told
    assert "Do not open the lid" in told
    screen.page.more()
    sheet = screen.page.stack.currentWidget()
    screen.touch(sheet.buttons["Sign in as somebody else"])  # type: ignore[union-attr]
    screen.sign(WU)
    assert screen.page.bottom.primary.text() == "Take the work over"
    screen.primary()
    assert screen.view.run.suspended_by == ""


def test_two_runs_on_two_tanks_are_switched_with_one_touch(
    demo_of: Callable[..., PausedDemo], qapp: QApplication
) -> None:
    demo = demo_of(tanks=2, hosts=2, gpus=1, seconds=60)
    hosts = {host.tank: host.id for host in demo.session.hosts}
    assert len(hosts) == 2
    first, second = (begin_run(demo, host=host) for host in hosts.values())
    with guided_window(demo, first) as screen:
        screen.sign_in()
        (button,) = screen.page.top.buttons
        screen.start()
        screen.touch(button)
        assert screen.page.run == second
        assert screen.is_at("find-the-tank", StepStatus.READY)
        screen.start()
        screen.scan(screen.view.run.subjects["tank"][0])
        screen.primary()
        assert screen.step == "find-the-slot"
        (button,) = screen.page.top.buttons
        screen.touch(button)
        assert screen.page.run == first
        assert screen.is_at("find-the-tank", StepStatus.OPEN)


def test_after_the_console_was_gone_the_same_step_is_there(
    tmp_path: Path, qapp: QApplication
) -> None:
    from drivers.simulator.options import PlantOptions

    options, data = PlantOptions(tanks=1, hosts=1, gpus_per_host=1, seed=7), tmp_path / "data"
    demo = PausedDemo(data, options, seconds=60)
    run = begin_run(demo)
    with guided_window(demo, run) as screen:
        screen.sign_in()
        screen.start()
        screen.scan("tank-1")
        at_us = demo.session.now().utc_us
    demo.close()
    again = PausedDemo(data, options, seconds=60, end_us=at_us + 180_000_000)
    try:
        open_place(again)
        with guided_window(again, run) as screen:
            for _ in range(4):
                screen.pass_time(4)
            assert (screen.step, screen.status) == ("find-the-tank", StepStatus.OPEN)
            told = [banner.heading.text() for banner in screen.page.centre.banners.banners]
            assert any(text.startswith("Nobody looked for") for text in told)
            assert screen.page.bottom.primary.text() == "Sign in to go on"
            screen.sign_in()
            screen.primary()
            assert screen.step == "find-the-slot"
    finally:
        again.close()


def more(screen: Screen, what: str) -> None:
    """Touch something under More."""
    screen.touch(screen.page.bottom.others)
    sheet = screen.page.stack.currentWidget()
    assert isinstance(sheet, MoreSheet)
    screen.touch(sheet.buttons[what])


def test_what_did_not_succeed_takes_the_way_of_its_author(screen: Screen, tmp_path: Path) -> None:
    come_to(screen, "shut-down", tmp_path)
    screen.start()
    more(screen, "It did not succeed")
    assert "Shut the system down" in screen.page.sheet.form.text.text()
    screen.give_reason("It hangs")
    assert screen.is_at("shut-down", StepStatus.READY)
    assert screen.view.run.current is not None
    assert screen.view.run.current.visit == 2


def test_notes_and_deviations_are_kept(screen: Screen) -> None:
    more(screen, "Note")
    screen.give_reason("The floor is wet already")
    more(screen, "Deviation")
    form = screen.page.sheet.form
    screen.page.sheet.form.fields["finding"].setText("The slot has no label")
    screen.touch(form.go)
    assert "Still to say" in form.said.text()
    screen.touch(form.choices["disposition"]["use_as_is"])
    screen.touch(form.go)
    kinds = [one.kind for one in screen.view.run.irregularities]
    assert "work.deviated" in kinds
    assert screen.page.stack.currentWidget() is screen.page.centre


def test_the_words_turn_to_another_language_and_the_start_says_so(screen: Screen) -> None:
    more(screen, "简体中文")
    assert screen.page.centre.instruction.do.text() == "扫描液槽标签。"
    screen.start()
    assert screen.view.run.current is not None
    assert screen.view.run.current.language == "zh_CN"


def test_an_unaccepted_step_is_open_again(screen: Screen, tmp_path: Path) -> None:
    come_to(screen, "prove-dead-b", tmp_path)
    screen.start()
    screen.fill({}, ())
    screen.primary()
    assert screen.is_at("prove-dead-b", StepStatus.PERFORMED)
    more(screen, "Do not accept")
    screen.give_reason("The tester was not proven")
    screen.sign(WU)
    assert screen.is_at("prove-dead-b", StepStatus.OPEN)


def test_who_does_not_belong_to_the_work_cannot_go_on(screen: Screen) -> None:
    screen.place.sign_out()
    screen.place.sign_in("silva", "305829", lambda: None, lambda why: None)
    screen.settle()
    assert not screen.page.bottom.primary.isEnabled()
    assert "Rui Silva is not among the people" in screen.why
    assert screen.page.bottom.back_out.isEnabled()


def skip(screen: Screen) -> None:
    """Leave the step out for the first of its author's reasons."""
    more(screen, "Leave this step out")
    form = screen.page.sheet.form
    screen.touch(next(iter(form.choices["reason"].values())))
    screen.give_reason("It has been done by the operators")


def test_a_step_is_left_out_for_a_reason_of_its_author(
    demo_of: Callable[..., PausedDemo], qapp: QApplication
) -> None:
    demo = demo_of(tanks=1, hosts=1, gpus=1, seconds=60)
    run = begin_run(demo, "respond-loss-of-flow", host="tank-1")
    with guided_window(demo, run) as screen:
        screen.sign_in()
        screen.start()
        screen.fill({}, ())
        screen.finish_step()
        skipped = screen.step
        skip(screen)
        assert screen.step != skipped
        assert screen.view.run.done[skipped].result == "skipped"


def test_another_person_agrees_that_a_step_is_left_out(
    demo_of: Callable[..., PausedDemo], tmp_path: Path, qapp: QApplication
) -> None:
    demo = demo_of(tanks=1, hosts=1, gpus=1, seconds=60)
    run = begin_run(demo, "accept-new-server")
    pictures = make_pictures(tmp_path)
    with guided_window(demo, run) as screen:
        screen.sign_in()
        while screen.step != "acclimatise":
            screen.start()
            screen.fill({}, pictures)
            screen.finish_step()
        skip(screen)
        screen.sign(WU)
        outcome = screen.view.run.done["acclimatise"]
        assert (outcome.result, outcome.second) == ("skipped", WU)
