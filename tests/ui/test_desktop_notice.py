"""Notifications that the window shows for a desktop without notify-send."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QSystemTrayIcon
from pytestqt.qtbot import QtBot

from console.demo import PausedDemo
from console.notify.desktop import DesktopSender
from console.notify.message import Message
from console.notify.words import Speaker
from console.ui import desktop_notice
from console.ui.desktop_notice import DesktopNotice
from drivers.simulator.plant import Plant

Shown = list[tuple[str, str, Any]]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """Return what a tray shows; there is none where tests run."""
    found: Shown = []

    def show_message(_tray: QSystemTrayIcon, title: str, text: str, icon: Any, _ms: int) -> None:
        assert threading.current_thread() is threading.main_thread()
        found.append((title, text, icon))

    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: True)
    monkeypatch.setattr(QSystemTrayIcon, "supportsMessages", lambda: True)
    monkeypatch.setattr(QSystemTrayIcon, "show", lambda _tray: None)
    monkeypatch.setattr(QSystemTrayIcon, "showMessage", show_message)
    return found


@pytest.fixture
def demo(demo_of: Callable[..., PausedDemo], monkeypatch: pytest.MonkeyPatch) -> PausedDemo:
    """Return a small site whose file asks for notifications of the desktop."""
    plain = Plant.site
    rules = {"gather_s": 0, "desktop": {"priorities": [1, 2]}}
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(Plant, "site", lambda self, *p: plain(self, *p) | {"notify": rules})
    return demo_of(tanks=1, hosts=0, seconds=10)


def message(priority: int = 1) -> Message:
    return Speaker("hall", "Hall", str).test(priority, 0)


def test_an_alarm_reaches_the_tray_from_its_own_thread(
    demo: PausedDemo, shown: Shown, qtbot: QtBot
) -> None:
    owner = QObject()
    assert desktop_notice.attach(demo.session, owner) is not None
    demo.plant.inject("pump_trip", "tank-1")
    demo.advance(10)
    qtbot.waitUntil(lambda: bool(shown))
    title, text, icon = shown[0]
    assert title == "Priority 2: Tank 1: Pump failed"
    assert "What to do: " in text
    assert icon is QSystemTrayIcon.MessageIcon.Critical


def test_what_is_less_urgent_looks_so(shown: Shown, qtbot: QtBot, qapp: object) -> None:
    owner = QObject()
    notice = DesktopNotice(owner)
    assert notice.present("a", "b", False)
    qtbot.waitUntil(lambda: bool(shown))
    assert shown == [("a", "b", QSystemTrayIcon.MessageIcon.Warning)]


def test_without_a_tray_nothing_is_claimed_to_be_shown(
    monkeypatch: pytest.MonkeyPatch, qapp: object
) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: False)
    owner = QObject()
    sender = DesktopSender(1.0)
    sender.present = DesktopNotice(owner).present
    monkeypatch.setenv("PATH", "")
    failure = sender.send(message(), threading.Event())
    assert failure is not None
    assert failure.code == "no_desktop"


def test_a_window_that_is_gone_shows_nothing_and_breaks_nothing(shown: Shown, qapp: object) -> None:
    from shiboken6 import delete

    owner = QObject()
    notice = DesktopNotice(owner)
    delete(owner)
    assert not notice.present("a", "b", True)
    assert shown == []


def test_nothing_is_attached_where_nobody_asked(
    demo_of: Callable[..., PausedDemo], qapp: object
) -> None:
    assert desktop_notice.attach(demo_of(tanks=1, hosts=0, seconds=2).session, QObject()) is None
