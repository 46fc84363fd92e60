"""A clock behind the log: nobody signs until two people have said that the time is right."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.demo import PausedDemo
from console.history.events import EventDraft
from console.history.kinds import Kind
from console.history.reader import LogReader
from console.session.workplace import Workplace
from console.ui.guided.page import GuidedPage
from console.ui.work.page import WorkPage
from console.ui.work.time_doubt_bar import TimeDoubtBar
from console.work.events import Refused
from procedures.engine import commands as cmd
from tests.house import widgets
from tests.ui.things_hands import PINS, sign_in, workplace


@pytest.fixture
def place(demo: PausedDemo) -> Workplace:
    return workplace(demo, "chen", "okafor")


def set_back(demo: PausedDemo, place: Workplace) -> None:
    """What the watch of the clock tells at a start."""
    now = demo.session.now()
    body = {"behind_s": 7200.0, "last_utc_us": now.utc_us + 7_200_000_000, "epoch": 1}
    demo.session.history.record(EventDraft(Kind.CLOCK_BACKWARDS, "clock", body, now))
    assert place.settle()


def bar(qtbot: QtBot, demo: PausedDemo) -> TimeDoubtBar:
    page = WorkPage(demo.session)
    qtbot.addWidget(page)
    page.resize(1192, 700)
    page.show()
    page.refresh(demo.session.refresh())
    return page.doubt


def give(demo: PausedDemo, place: Workplace, shown: TimeDoubtBar, person: str) -> None:
    shown.sign.given.emit(person, PINS[person])
    assert place.settle()
    shown.refresh()
    QApplication.processEvents()


def test_nobody_signs_until_two_people_confirmed(
    demo: PausedDemo, place: Workplace, qtbot: QtBot
) -> None:
    shown = bar(qtbot, demo)
    assert not shown.isVisible()
    set_back(demo, place)
    shown.refresh()
    assert shown.isVisible()
    signing = place.room.gate.sign("chen", PINS["chen"], "order.execute", "0" * 64)
    with pytest.raises(Refused, match="time is in doubt"):
        signing.result(20)
    assert widgets.unnamed(shown) == []
    shown.confirm.click()
    give(demo, place, shown, "chen")  # the first signs in
    assert place.hands == "chen"
    assert shown.time.text()
    assert [one.id for one in shown._second(place)] == ["okafor"]
    give(demo, place, shown, "okafor")
    assert place.time.doubt is None
    assert not shown.isVisible()
    told = LogReader(demo.session.data).of_kinds([Kind.CLOCK_CONFIRMED])
    assert [(event.actor, event.body["second"]) for event in told] == [("chen", "okafor")]
    place.room.gate.sign("chen", PINS["chen"], "order.execute", "0" * 64).result(20)


def test_it_takes_two_and_a_supervisor(demo: PausedDemo, place: Workplace) -> None:
    set_back(demo, place)

    def confirm(second: str) -> None:
        place.confirm_time(second, PINS[second], 0, lambda: None, lambda _why: None)

    with pytest.raises(Refused, match="Sign in first"):
        confirm("okafor")
    sign_in(place, "chen")
    with pytest.raises(Refused, match="two people"):
        confirm("chen")
    with pytest.raises(Refused, match="supervisor"):
        confirm("silva")
    refused: list[str] = []
    place.confirm_time("okafor", "wrong one", 0, lambda: None, refused.append)
    assert place.settle()
    assert refused == ["Name or PIN is wrong."]
    assert place.time.doubt is not None


def test_the_way_to_safety_stays_open(demo: PausedDemo, place: Workplace) -> None:
    set_back(demo, place)
    sign_in(place, "chen")
    with pytest.raises(Refused, match="time is in doubt"):
        place.ask("R-1", cmd.Start("one", "chen", "en"))
    told: list[str] = []
    place.ask_as(
        "R-1", cmd.Start("one", "okafor", "en"), "any", lambda _decision: None, told.append
    )
    assert "time is in doubt" in told[0]
    for way in (cmd.Abort("chen", "leak"), cmd.Note("chen", "leak")):
        decision = place.ask("R-1", way)  # refused for another reason: there is no such run
        assert "unknown_run" in {one.code for one in decision.refusals}


def test_a_restart_changes_nothing(
    demo_of: Callable[..., PausedDemo], demo: PausedDemo, place: Workplace
) -> None:
    set_back(demo, place)
    again = Workplace(demo.session)
    again.open(wait=True)
    try:
        assert again.time.doubt == place.time.doubt
        assert again.time.sentence
    finally:
        again.close()


def test_the_guided_page_leads_there(demo: PausedDemo, place: Workplace, qtbot: QtBot) -> None:
    set_back(demo, place)
    page = GuidedPage(demo.session)
    qtbot.addWidget(page)
    page.show()
    page.refresh(demo.session.refresh())
    assert page.doubt.isVisible()
    with qtbot.waitSignal(page.open_subject) as asked:
        page.doubt.confirm.click()
    assert asked.args == ["work", "time"]
