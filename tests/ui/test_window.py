"""The frame: strip, navigation, pages made late, an orderly end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.alarms.events import AlarmKind
from console.demo import PausedDemo
from console.history.status import StorageReason, StorageState, StorageStatus
from console.settings import SettingsFile
from console.ui.controls import Choice
from console.ui.tank_page import TankPage
from console.ui.theme import apply, metrics
from console.ui.window import PAGES, MainWindow, build_window

DemoOf = Callable[..., PausedDemo]
FAULTS = ["pump_trip:tank-2@5"]


@pytest.fixture
def window_of(qtbot: QtBot, tmp_path: Path) -> Callable[..., MainWindow]:
    def make(demo: PausedDemo, page: str = "site") -> MainWindow:
        settings = SettingsFile(tmp_path / "settings.json")
        window = build_window(demo.session, page=page, settings=settings)
        qtbot.addWidget(window, before_close_func=_leave)
        window.resize(1280, 800)
        window.show()
        window.tick()
        return window

    return make


def _leave(window: MainWindow) -> None:
    """Let the fixture throw the window away: closing it would end the session in its own time."""
    for timer in window.timers:
        timer.stop()
    window.closeEvent = lambda event: event.accept()  # type: ignore[method-assign]


WindowOf = Callable[..., MainWindow]


def test_the_strip_is_calm_when_there_is_nothing(demo: PausedDemo, window_of: WindowOf) -> None:
    strip = window_of(demo).strip
    assert strip.alarm_view.alarm is None
    assert not strip.acknowledge.isVisible()
    assert not strip.recording.isVisible()
    assert not strip.alarm_view.blink.isActive()
    assert strip.alarm_view.accessibleName() == "No alarms"


def test_the_highest_alarm_is_shown_and_acknowledged(demo_of: DemoOf, window_of: WindowOf) -> None:
    demo = demo_of(tanks=2, hosts=0, seconds=20, faults=FAULTS)
    window = window_of(demo)
    strip = window.strip
    assert strip.alarm_view.accessibleName().startswith("Pump failed · critical")
    assert strip.alarm_view.accessibleDescription() == "Tank 2   Pump 1 state: tripped"
    assert strip.alarm_view.blink.isActive()
    strip.acknowledge.click()
    demo.advance(2)
    window.tick()
    (pump,) = [a for a in demo.session.book.alarms() if a.point == "pump[1].state"]
    assert pump.acknowledged
    assert not strip.acknowledge.isVisible()
    assert not strip.alarm_view.blink.isActive()
    events = demo.session.history.feed.since(0)[0]
    seen = next(e.event for e in events if e.event.kind == AlarmKind.ACKNOWLEDGED)
    assert seen.actor == strip.actor
    assert seen.subject == "tank-2"


def test_a_refused_command_is_said_in_the_strip(demo_of: DemoOf, window_of: WindowOf) -> None:
    demo = demo_of(tanks=2, hosts=0, seconds=20, faults=FAULTS)
    window = window_of(demo)
    shown = window.strip.alarm_view.alarm
    assert shown is not None
    demo.session.acknowledge([shown], "somebody else")
    window.strip.acknowledge.click()
    said = window.strip.alarm_view.accessibleDescription()
    assert said == "There is nothing to acknowledge any more"


def test_the_strip_counts_and_leads_to_the_list(demo_of: DemoOf, window_of: WindowOf) -> None:
    demo = demo_of(tanks=2, hosts=0, seconds=20, faults=FAULTS)
    window = window_of(demo)
    (pump,) = demo.session.book.alarms()
    demo.session.alarms.shelve(pump.key, 900, "being changed", "m.chen")
    demo.advance(2)
    window.tick()
    said = window.strip.counts.accessibleName()
    assert said == "priority 1: 0, priority 2: 0, priority 3: 0, priority 4: 0, shelved 1, lost 0"
    window.strip.counts.click()
    assert window.page is not None
    assert window.page.name == "alarms"


def test_silence_is_offered_only_while_it_sounds(
    demo_of: DemoOf, window_of: WindowOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = demo_of(tanks=2, hosts=0, seconds=20, faults=FAULTS)
    window = window_of(demo)
    assert not window.strip.silence.isVisible(), "off until somebody wants it"
    monkeypatch.setattr(window.sounder, "_beep", lambda: None)
    window._settings.change(sound=True)
    window.tick()
    assert window.strip.silence.isVisible()
    window.strip.silence.click()
    window.tick()
    assert not window.strip.silence.isVisible()
    assert window.strip.acknowledge.isVisible(), "silence is not acknowledge"


def test_the_tank_is_shown_with_the_moment(demo_of: DemoOf, window_of: WindowOf) -> None:
    demo = demo_of(tanks=2, hosts=0, seconds=900, faults=["pump_trip:tank-2@300"])
    window = window_of(demo)
    window.strip.alarm_view.opened.emit("tank-2", demo.session.book.alarms()[0].since_us)
    page = window.page
    assert isinstance(page, TankPage)
    assert page.trends.spans.key == "900", "the shortest span with the moment and what led to it"


def test_one_tap_from_the_alarm_to_its_tank(
    demo_of: DemoOf, window_of: WindowOf, qtbot: QtBot
) -> None:
    window = window_of(demo_of(tanks=2, hosts=0, seconds=20, faults=FAULTS))
    qtbot.mouseClick(window.strip.alarm_view, Qt.MouseButton.LeftButton, pos=QPoint(60, 20))
    assert window.page is not None
    assert window.page.name == "tank"
    assert window.page.headline().endswith("Tank 2")


def test_nothing_covers_the_strip(demo: PausedDemo, window_of: WindowOf) -> None:
    window = window_of(demo)
    for name in (*PAGES, "settings"):
        window.open(name)
        at = window.strip.mapTo(window, QPoint(10, 10))
        top = window.childAt(at)
        assert top is not None
        assert top is window.strip or window.strip.isAncestorOf(top)
        assert window.strip.height() >= 56
        assert window.strip.geometry().top() == 0


def test_in_a_flood_the_strip_still_counts_what_is_shelved_and_lost(
    demo_of: DemoOf, window_of: WindowOf
) -> None:
    silent = [f"controller_silent:tank-{n}@5" for n in range(1, 13)]
    demo = demo_of(tanks=12, hosts=0, seconds=60, faults=silent)
    window = window_of(demo)
    first = demo.session.book.alarms()[0]
    demo.session.alarms.shelve(first.key, 600, "being repaired", "m.chen")
    demo.advance(2)
    window.tick()
    counts = window.strip.counts
    told = ("FLOOD 12 in 10 min", "priority 2: 11", "shelved 1", "lost 12")
    assert all(one in counts.accessibleName() for one in told)
    assert counts.width() >= counts.sizeHint().width(), "nothing in it is cut off"
    window.resize(window.minimumSize())
    QApplication.processEvents()
    assert counts.width() >= counts.sizeHint().width()


@pytest.mark.qt_log_ignore("This plugin does not support")
@pytest.mark.parametrize("glove", [False, True])
def test_no_open_list_of_choices_covers_the_strip(
    demo_of: DemoOf, window_of: WindowOf, qtbot: QtBot, *, glove: bool
) -> None:
    window = window_of(demo_of(tanks=30, hosts=0, seconds=5))
    apply("light", glove=glove)
    window.resize(window.minimumSize())
    for name in (*PAGES, "settings"):
        window.open(name)
        page = window.page
        assert page is not None
        for choice in page.findChildren(Choice):
            if not choice.isVisible():
                continue
            choice.showPopup()
            popup = choice.view().window()
            qtbot.waitUntil(popup.isVisible)
            strip = QRect(window.strip.mapToGlobal(QPoint(0, 0)), window.strip.size())
            assert not popup.geometry().intersects(strip), (name, choice.accessibleName())
            assert choice.view().viewport().height() >= metrics().target
            choice.hidePopup()


def test_not_recording_is_said_in_the_strip(
    demo: PausedDemo, window_of: WindowOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = window_of(demo)
    full = StorageStatus(
        StorageState.DEGRADED, StorageReason.FULL, "The disk is full.", demo.clock()
    )
    monkeypatch.setattr(type(demo.session.history), "status", property(lambda _: full))
    window.tick()
    assert window.strip.recording.isVisible()
    assert window.strip.recording.accessibleName() == "NOT RECORDING: The disk is full."


def test_keys_choose_pages_and_escape_goes_back(
    demo: PausedDemo, window_of: WindowOf, qtbot: QtBot
) -> None:
    window = window_of(demo)
    window.activateWindow()
    qtbot.waitExposed(window)
    for name in PAGES:
        window.open(name)
        assert window.page is not None
        assert window.page.name == name
    window.back()
    assert window.page is not None
    assert window.page.name == PAGES[-2]


def test_pages_are_made_when_first_needed(
    demo: PausedDemo, window_of: WindowOf, qtbot: QtBot
) -> None:
    window = window_of(demo)
    assert set(window._pages) == {"site"}
    window.make_rest()
    qtbot.waitUntil(lambda: set(window._pages) == set(PAGES), timeout=5000)


def test_an_unknown_page_says_which_there_are(demo: PausedDemo, window_of: WindowOf) -> None:
    with pytest.raises(ValueError, match=", ".join(PAGES)):
        window_of(demo).open("kitchen")


def test_the_watch_notices_a_stall(demo: PausedDemo, window_of: WindowOf, qtbot: QtBot) -> None:
    window = window_of(demo)
    qtbot.wait(150)
    window.worst_gap_s = 0.0
    time.sleep(0.4)
    qtbot.wait(150)
    assert 0.2 < window.worst_gap_s < 2


def test_closing_ends_the_session_beside_the_window(
    demo: PausedDemo, window_of: WindowOf, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = window_of(demo)
    ended: list[str] = []
    monkeypatch.setattr(QApplication, "exit", staticmethod(lambda _code: ended.append("exit")))

    def stop(_timeout_s: float) -> bool:
        ended.append(threading.current_thread().name)
        return True

    monkeypatch.setattr(demo.session, "stop", stop)
    assert not window.close()  # it stays until the session has stopped
    qtbot.waitUntil(lambda: "exit" in ended, timeout=3000)
    assert ended == ["stopping", "exit"]
    assert not window.isVisible()
    monkeypatch.undo()


def test_a_new_event_reaches_the_page_on_the_next_tick(
    demo: PausedDemo, window_of: WindowOf
) -> None:
    window = window_of(demo)
    demo.session.alarms.link_changed("tank-1", lost=True, now=demo.clock(), message="gone")
    demo.session.alarms.tick(demo.clock())
    demo._settle()
    window.tick()
    alarm = window.strip.alarm_view.alarm
    assert alarm is not None
    assert alarm.subject == "tank-1"
