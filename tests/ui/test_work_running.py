"""Running work: where each run stands, what it waits for, and the way to its guided page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from console.cli.picture_work import furnish_page
from console.demo import PausedDemo
from console.history.reader import LogReader
from console.session.elsewhere import runs_elsewhere
from console.session.running.binding import bind
from console.session.running.desk import NewRun
from console.session.running.record import RUN_KINDS
from console.session.session import Refresh
from console.session.workplace import Workplace
from console.ui.work.running_tab import RunningTab
from procedures.engine import commands as cmd
from tests.house import widgets
from tests.house.hands import press
from tests.ui.board_hands import quick_pins

NOTHING = Refresh((), alarms_changed=False)


@pytest.fixture
def site(demo_of: Callable[..., PausedDemo], monkeypatch: pytest.MonkeyPatch) -> PausedDemo:
    """Return a demo with people and procedures in force."""
    quick_pins(monkeypatch)
    demo = demo_of(tanks=2, hosts=2, gpus=2, seconds=60)
    demo.session.open_work(wait=True).settle()
    return demo


@pytest.fixture
def tab(site: PausedDemo, qtbot: QtBot) -> RunningTab:
    """Return the tab over it."""
    made = RunningTab(site.session)
    qtbot.addWidget(made)
    made.resize(1100, 500)
    made.show()
    return made


def test_work_of_another_laptop_is_shown_and_not_driven(
    site: PausedDemo, tab: RunningTab, qtbot: QtBot
) -> None:
    begin(site, "extract-server", "node-1")
    place = place_of(site)
    assert place.settle()
    told = LogReader(site.session.data).of_kinds(RUN_KINDS)
    place.elsewhere = runs_elsewhere(told, {site.session.history.device_id: "laptop 2"})
    assert [one.laptop for one in place.elsewhere] == ["laptop 2"]
    tab.refresh(NOTHING)
    here, there = (button.row for button in tab.rows)
    assert here is not None
    assert there is not None
    assert there.state == "on laptop 2: it is driven there"
    assert there.title == here.title
    opened: list[tuple[str, str]] = []
    tab.open_subject.connect(lambda *told: opened.append(told))
    tab.rows[1].click()
    assert opened == []
    assert tab.rows[1].focusPolicy() is Qt.FocusPolicy.NoFocus
    tab.rows[0].click()
    assert opened == [("guided", here.run)]
    assert not tab.grab().isNull()
    torn = [event for event in told if event.kind != "work.begun"]
    assert runs_elsewhere(torn, {}) == []


def place_of(site: PausedDemo) -> Workplace:
    place = site.session.workplace
    assert place is not None
    return place


def begin(site: PausedDemo, procedure: str, target: str) -> str:
    """Begin a run with everything there."""
    place = place_of(site)
    revision = place.runs.procedures.in_force(procedure)
    assert revision is not None
    needs = revision.procedure.requires
    later_us = site.session.now().utc_us + 10**13
    new = NewRun(
        "chen",
        ("chen", "wu", "okafor"),
        "en",
        {tool.id: later_us for tool in needs.tools},
        {spare.id: "SN1" for spare in needs.spares},
    )
    bound = bind(site.session, revision.procedure, target)
    run, decision = place.runs.begin(revision, bound, new)
    assert decision.is_allowed, decision.refusals
    assert place.settle()
    return run


def test_nothing_runs_and_how_work_is_begun(tab: RunningTab) -> None:
    tab.refresh(NOTHING)
    assert tab.rows == []
    assert tab.empty.text().startswith("No work is running.")


def test_several_runs_at_once(site: PausedDemo, tab: RunningTab) -> None:
    first = begin(site, "extract-server", "node-1")
    second = begin(site, "fluid-sampling", "tank-2")
    tab.refresh(NOTHING)
    assert [button.row.run for button in tab.rows if button.row] == [first, second]
    row = tab.rows[0].row
    assert row is not None
    assert row.title == "Extract a server from a single-phase tank"
    assert row.where == "Tank 1 · Node 1"
    assert "0 of 51 steps done" in row.step
    assert row.people == "Chen Wei, Wu Lan, Ngozi Okafor"
    assert widgets.unnamed(tab) == []
    opened: list[tuple[str, str]] = []
    tab.open_subject.connect(lambda page, subject: opened.append((page, subject)))
    tab.rows[1].setFocus()
    press(tab.rows[1], Qt.Key.Key_Space)
    assert opened == [("guided", second)]


def test_a_suspended_run_says_who_and_what_is_needed(site: PausedDemo, tab: RunningTab) -> None:
    run = begin(site, "fluid-sampling", "tank-2")
    place = place_of(site)
    assert place.runs.ask(run, cmd.Suspend("chen", "The valve is shut")).is_allowed
    assert place.settle()
    tab.refresh(NOTHING)
    row = tab.rows[0].row
    assert row is not None
    assert row.is_held
    assert row.state == "suspended by Chen Wei: somebody must take it over"


def test_a_run_taken_up_after_a_crash_says_so(site: PausedDemo, tab: RunningTab) -> None:
    begin(site, "fluid-sampling", "tank-2")
    place_of(site).runs.session_id = "the console was started again"
    tab.refresh(NOTHING)
    row = tab.rows[0].row
    assert row is not None
    assert row.state.startswith("resumed after a restart")


def test_a_timer_counts_down(
    demo_of: Callable[..., PausedDemo], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The drip time of an extraction, reached by scripted people as a picture reaches it."""
    quick_pins(monkeypatch)
    demo = demo_of(tanks=1, hosts=1, gpus=2, seconds=900)
    run = furnish_page(demo, "guided", "drip")
    tab = RunningTab(demo.session)
    qtbot.addWidget(tab)
    tab.refresh(NOTHING)
    row = tab.rows[0].row
    assert row is not None
    assert row.run == run
    before = row.timer
    assert before.endswith(" to wait")
    demo.advance(60)
    demo.session.refresh()
    tab.refresh(NOTHING)
    assert tab.rows[0].row is not None
    assert tab.rows[0].row.timer != before
    tab.show()
    demo.session.refresh()


def test_a_step_that_there_is_not_is_refused(site: PausedDemo) -> None:
    with pytest.raises(ValueError, match="no step 'dance'"):
        furnish_page(site, "guided", "dance")
