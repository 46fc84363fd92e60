"""The alarms page: what to do is beside what is wrong, and every command goes through the log."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from console.alarms.severity import Severity
from console.alarms.states import State
from console.alarms.status import Status
from console.demo import PausedDemo
from console.session.session import Refresh
from console.text import use_language
from console.ui import alarm_words
from console.ui.alarm_rows import Tab
from console.ui.alarms_page import AlarmsPage
from tests.house import widgets
from tests.house.hands import press, write

DemoOf = Callable[..., PausedDemo]
PageOf = Callable[[PausedDemo], AlarmsPage]
NOTHING = Refresh((), alarms_changed=False)
UPSET = ["pump_trip:tank-2@5", "slow_leak:tank-1@5"]


@pytest.fixture
def upset(demo_of: DemoOf) -> PausedDemo:
    """Return a site of two tanks: a leak in one, a tripped pump in the other."""
    return demo_of(tanks=2, hosts=0, seconds=150, faults=UPSET)


@pytest.fixture
def page_of(qtbot: QtBot) -> PageOf:
    def make(demo: PausedDemo) -> AlarmsPage:
        page = AlarmsPage(demo.session)
        qtbot.addWidget(page)
        page.resize(1160, 620)
        page.show()
        tick(page)
        return page

    return make


def tick(page: AlarmsPage, seconds: float = 0.0, demo: PausedDemo | None = None) -> None:
    """Let the site go on, then bring the page up to date as the window does."""
    if demo is not None:
        demo.advance(seconds)
    page.refresh(page.session.refresh())


def named(page: AlarmsPage) -> list[str]:
    return [row.status.key.alarm for row in page.list.rows.rows]


def of(demo: PausedDemo, alarm: str) -> Status:
    return next(status for status in demo.session.book.statuses() if status.key.alarm == alarm)


def test_the_cause_is_first_and_says_what_to_do(upset: PausedDemo, page_of: PageOf) -> None:
    page = page_of(upset)
    assert named(page) == ["leak", "pump-failed"]
    assert page.detail.alarm is not None
    assert page.detail.alarm.key.alarm == "leak"
    assert "absorbent" in page.detail.action.text()
    assert "slippery" in page.detail.reasons.text()
    assert "2 min" in page.detail.reasons.text()
    assert page.detail.acknowledge.isVisible()


def test_acknowledging_changes_the_page_once_it_is_recorded(
    upset: PausedDemo, page_of: PageOf
) -> None:
    page = page_of(upset)
    page.detail.acknowledge.click()
    assert page.detail.acknowledge.isVisible(), "nothing changes before it is in the log"
    tick(page, 2, upset)
    assert of(upset, "leak").acknowledged
    assert page.detail.alarm is not None
    assert page.detail.alarm.key.alarm == "leak", "the chosen alarm stays chosen"
    assert not page.detail.acknowledge.isVisible()


def test_the_page_acknowledges_what_its_button_counts(upset: PausedDemo, page_of: PageOf) -> None:
    page = page_of(upset)
    assert page.acknowledge.text() == "Acknowledge 2 shown"
    page.acknowledge.click()
    tick(page, 2, upset)
    assert page.acknowledge.text() == "Acknowledge shown"
    assert not page.acknowledge.isEnabled()
    assert all(status.acknowledged for status in upset.session.book.alarms())


def test_one_that_became_worse_does_not_keep_the_others_waiting(
    upset: PausedDemo, page_of: PageOf
) -> None:
    page = page_of(upset)
    leak, pump = page._on_screen
    page._on_screen = [replace(leak, latched=Severity.CAUTION), pump]
    page.acknowledge.click()
    assert "It has become worse meanwhile; look again" in page.detail.trouble.text()
    tick(page, 2, upset)
    assert not of(upset, "leak").acknowledged
    assert of(upset, "pump-failed").acknowledged


def test_a_part_is_shown_even_where_it_was_folded(demo_of: DemoOf, page_of: PageOf) -> None:
    faults = ["facility_water_lost:tank-1@60"]
    demo = demo_of(tanks=1, hosts=1, gpus=1, seconds=1500, faults=faults)
    page = page_of(demo)
    assert named(page) == ["facility-flow-low"]
    page.tabs.buttons[Tab.FIGURES].click()
    page.show_subject("node-1/gpu0")
    assert page.tabs.tab is Tab.ALL
    assert page.list.row is not None
    assert page.list.row.status.subject == "node-1/gpu0"


def test_what_is_out_of_sight_is_not_acknowledged(upset: PausedDemo, page_of: PageOf) -> None:
    page = page_of(upset)
    page.list.setFixedHeight(80)
    page.layout().activate()  # type: ignore[union-attr]
    tick(page)
    assert page.acknowledge.text() == "Acknowledge 1 shown"
    page.acknowledge.click()
    tick(page, 2, upset)
    waiting = [s for s in upset.session.book.alarms() if not s.acknowledged]
    assert [status.key.alarm for status in waiting] == ["pump-failed"]


def test_shelving_needs_a_reason_and_ends_by_itself(upset: PausedDemo, page_of: PageOf) -> None:
    page = page_of(upset)
    page.detail.shelve.click()
    form = page.detail.shelve_form
    assert form.isVisible()
    assert not form.confirm.isEnabled()
    write(form.reason, "sensor is being exchanged")
    assert form.seconds == 900
    form.confirm.click()
    tick(page, 2, upset)
    assert of(upset, "leak").state is State.SHELVED
    page.tabs.buttons[Tab.SHELVED].click()
    assert named(page) == ["leak"]
    assert "sensor is being exchanged" in page.detail.facts.text()
    assert page.detail.unshelve.isVisible()
    page.detail.unshelve.click()
    tick(page, 2, upset)
    assert of(upset, "leak").state is State.UNACKNOWLEDGED


def test_out_of_service_needs_a_work_order(upset: PausedDemo, page_of: PageOf) -> None:
    page = page_of(upset)
    page.list.choose(of(upset, "pump-failed").key)
    page.detail.take_out.click()
    form = page.detail.service_form
    write(form.reason, "pump on order")
    assert not form.confirm.isEnabled()
    write(form.order, "4711")
    form.confirm.click()
    tick(page, 2, upset)
    assert of(upset, "pump-failed").work_order == "4711"
    page.tabs.buttons[Tab.OUT_OF_SERVICE].click()
    assert named(page) == ["pump-failed"]
    page.detail.put_back.click()
    tick(page, 2, upset)
    assert of(upset, "pump-failed").state is State.UNACKNOWLEDGED


def test_a_refusal_is_said_and_changes_nothing(upset: PausedDemo, page_of: PageOf) -> None:
    page = page_of(upset)
    leak = of(upset, "leak")
    page.detail.attempt(lambda: upset.session.alarms.shelve(leak.key, 86_400, "long", "a"))
    assert page.detail.trouble.isVisible()
    assert "at most 15 min" in page.detail.trouble.text()
    tick(page, 2, upset)
    assert of(upset, "leak").state is State.UNACKNOWLEDGED


def test_suppressed_alarms_say_by_what(upset: PausedDemo, page_of: PageOf) -> None:
    page = page_of(upset)
    page.tabs.buttons[Tab.SUPPRESSED].click()
    assert "coolant-flow-low" in named(page)
    page.list.choose(of(upset, "coolant-flow-low").key)
    tick(page)
    assert "Pump failed" in page.detail.facts.text()


def test_a_fold_is_opened_by_tap_and_by_key(
    upset: PausedDemo, page_of: PageOf, qtbot: QtBot
) -> None:
    page = page_of(upset)
    index = page.list.rows.index(1)
    rect = page.list.visualRect(index)
    at = QPoint(page.list.viewport().width() - 20, rect.center().y())
    qtbot.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert named(page) == ["leak", "pump-failed", "coolant-flow-low"]
    press(page.list, Qt.Key.Key_Left)
    assert named(page) == ["leak", "pump-failed"]
    press(page.list, Qt.Key.Key_Right)
    assert named(page) == ["leak", "pump-failed", "coolant-flow-low"]


def test_one_tap_to_the_tank_with_the_moment(
    upset: PausedDemo, page_of: PageOf, qtbot: QtBot
) -> None:
    page = page_of(upset)
    with qtbot.waitSignal(page.open_moment) as asked:
        page.detail.open_tank.click()
    assert asked.args == ["tank", "tank-1", of(upset, "leak").since_us]


def test_the_trend_shows_the_moment(demo_of: DemoOf, page_of: PageOf) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=600, faults=["facility_water_lost:tank-1@60"])
    page = page_of(demo)
    assert page.detail.alarm is not None
    assert page.detail.alarm.point == "facility_flow"
    view = page.detail.trend.view
    assert [strip.title for strip in view.strips] == ["Facility flow"]
    assert page.detail.trend.isVisible()
    assert view.reach.follows
    view.step_to_mark(1)
    assert view.cursor_us == page.detail.alarm.since_us


def test_a_moment_long_ago_comes_from_the_history(
    demo_of: DemoOf, page_of: PageOf, qtbot: QtBot
) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=4200, faults=["facility_water_lost:tank-1@700"])
    qtbot.waitUntil(lambda: demo.session.history.counters.queue_depth == 0, timeout=10_000)
    qtbot.waitUntil(lambda: demo.session.history.counters.samples_written > 0, timeout=10_000)
    page = page_of(demo)
    flow = next(s for s in demo.session.book.statuses() if s.point == "facility_flow")
    row = next(r for r in page.list.rows.rows if r.status.key == flow.key)
    page.detail.show_row(replace(row, status=replace(flow, raised_us=flow.raised_us - 600_000_000)))
    view = page.detail.trend.view
    moment_us = flow.raised_us - 600_000_000
    assert not view.reach.follows
    assert view.reach.start_us < moment_us < view.reach.end_us
    qtbot.waitUntil(lambda: not view.waiting, timeout=5000)
    seen = view.readouts(moment_us)[0]
    assert seen.mean is not None
    assert seen.mean > 20


def test_filters_narrow_the_list(upset: PausedDemo, page_of: PageOf) -> None:
    page = page_of(upset)
    page.place.choose("tank-2")
    assert named(page) == ["pump-failed"]
    page.place.choose("")
    page.priority.choose("1")
    assert named(page) == ["leak"]
    page.priority.choose("4")
    assert named(page) == []
    assert page.empty.text() == "Nothing matches."
    assert page.detail.alarm is None
    page.priority.choose("")
    page.show_subject("tank-2")
    assert named(page) == ["pump-failed"]


def test_a_flood_is_said_and_summarised(demo_of: DemoOf, page_of: PageOf) -> None:
    faults = [f"{f}:tank-{n}@5" for n in (1, 2, 3, 4, 5, 6) for f in ("pump_trip", "slow_leak")]
    demo = demo_of(tanks=6, hosts=0, seconds=200, faults=faults)
    page = page_of(demo)
    assert page.flood.isVisible()
    assert page.flood.words.accessibleName().startswith("Flood: 12 alarms")
    held = {status.key for row in page.list.rows.rows for status in row.whole}
    assert {status.key for status in demo.session.book.alarms()} <= held
    page.flood.every.click()
    assert not any(row.summary for row in page.list.rows.rows)
    tick(page, 1500, demo)
    assert not page.flood.isVisible()


def test_only_the_mark_blinks_and_only_while_unacknowledged(
    upset: PausedDemo, page_of: PageOf
) -> None:
    page = page_of(upset)
    assert page.list.blink.isActive()
    page.acknowledge.click()
    tick(page, 2, upset)
    assert not page.list.blink.isActive()


def test_calm_when_there_is_nothing(demo: PausedDemo, page_of: PageOf) -> None:
    page = page_of(demo)
    assert page.empty.text() == "No alarms. Nothing needs anybody now."
    assert widgets.colourful(page) == 0.0
    assert not page.flood.isVisible()


def test_the_figures_come_from_the_log(upset: PausedDemo, page_of: PageOf, qtbot: QtBot) -> None:
    page = page_of(upset)
    page.tabs.buttons[Tab.FIGURES].click()
    qtbot.waitUntil(lambda: page.figures.report is not None, timeout=5000)
    report = page.figures.report
    assert report is not None
    assert report.announced == 2
    told = {line.key: [cell.text for cell in line.cells] for line in page.figures.figures.lines}
    assert told["peak_in_10_min"][1:] == ["2", "10", "good"]
    assert {line.cells[0].text for line in page.figures.top.lines} == {
        "Tank 1: Leak (Leak detector)",
        "Tank 2: Pump failed (Pump 1 state)",
    }
    assert "Thirty days are needed" in page.figures.note.text()


def test_everything_is_named_in_every_list(upset: PausedDemo, page_of: PageOf) -> None:
    page = page_of(upset)
    for tab in Tab:
        page.tabs.buttons[tab].click()
        tick(page)
        assert widgets.unnamed(page) == []


def test_a_row_reads_as_one_sentence_in_both_languages(upset: PausedDemo, page_of: PageOf) -> None:
    page = page_of(upset)
    said = page.list.rows.index(1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith("Pump failed · critical, Tank 2   Pump 1 state: tripped, unacknowledged")
    use_language("zh_CN")
    assert page.list.rows.index(1).data(Qt.ItemDataRole.AccessibleTextRole).startswith("泵故障")


def test_the_time_left_is_never_promised_longer() -> None:
    assert alarm_words.left_text(119.9) == "1 min left"
    assert alarm_words.left_text(59.9) == "59 s left"
    assert alarm_words.left_text(-61) == "late by 1 min"
    assert alarm_words.duration_text(5400) == "1 h 30 min"


def test_the_page_keeps_up_with_many_alarms(demo_of: DemoOf, page_of: PageOf) -> None:
    faults = [f"{f}:tank-{n}@5" for n in range(1, 31) for f in ("pump_trip", "slow_leak")]
    demo = demo_of(tanks=30, hosts=0, seconds=60, faults=faults)
    page = page_of(demo)
    page.flood.every.setChecked(True)
    took = []
    for _ in range(20):
        began = time.perf_counter()
        page.refresh(NOTHING)
        took.append(time.perf_counter() - began)
    assert sorted(took)[10] < 0.02
