"""Bringing logs together in the window: who is let in, how it goes, what contradicts what."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.demo import PausedDemo
from console.history.events import EventDraft
from console.history.history import History
from console.history.kinds import Kind
from console.history.reader import LogReader
from console.history.sync.service import SyncService
from console.history.trust.keys import DeviceKey, fingerprint
from console.session.workplace import Workplace
from console.settings import SettingsFile
from console.ui.log_page import LogPage
from console.ui.settings_panel import SettingsPanel
from console.ui.sync_panel import SyncPage
from tests.house import widgets
from tests.house.hands import press, write
from tests.ui.conftest import Look
from tests.ui.things_hands import sign_in, workplace
from tests.unit.history.kit import START_US, at


@pytest.fixture
def place(demo: PausedDemo) -> Workplace:
    return workplace(demo)


@pytest.fixture
def settings(tmp_path: Path) -> SettingsFile:
    return SettingsFile(tmp_path / "settings.json")


@pytest.fixture
def page(
    demo: PausedDemo, place: Workplace, settings: SettingsFile, qtbot: QtBot
) -> Iterator[SyncPage]:
    shown = SyncPage(demo.session, settings)
    qtbot.addWidget(shown)
    shown.resize(1192, 700)
    shown.show()
    look(shown, qtbot)
    yield shown
    place.sync.close(10)


class Other:
    """Another laptop of the same site, closed between its syncs."""

    def __init__(self, folder: Path, site: str) -> None:
        self.folder, self._site = folder, site

    def tell_and_sync(self, stick: Path, *texts: str) -> None:
        history = History(self.folder)
        history.start()
        for number, text in enumerate(texts):
            history.record(EventDraft("work.noted", "tank-1", {"text": text}, at(number)))
        while not history.device_id or history.feed.waiting:
            pass
        SyncService(history, self._site, lambda: START_US).sync(str(stick))
        assert history.close(10)

    @property
    def key(self) -> str:
        return DeviceKey.of(self.folder).public


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    made = tmp_path / "stick"
    made.mkdir()
    return made


@pytest.fixture
def other(demo: PausedDemo, tmp_path: Path, stick: Path) -> Other:
    made = Other(tmp_path / "other", demo.session.site.site.id)
    made.tell_and_sync(stick, "one", "two", "three")
    return made


def look(page: SyncPage, qtbot: QtBot) -> None:
    """Let the page read what there is and show it."""
    before = page.overview
    page._asked = None
    page.refresh(page.session.refresh())
    qtbot.waitUntil(lambda: page.overview is not before, timeout=10_000)
    page.refresh(page.session.refresh())
    QApplication.processEvents()


def sync(page: SyncPage, place: Workplace, qtbot: QtBot, target: Path | str) -> None:
    page.meeting.field.setText(str(target))
    press(page.meeting.go, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not place.sync.state.is_running, timeout=20_000)
    assert place.settle()
    look(page, qtbot)


def let_in(page: SyncPage, place: Workplace, qtbot: QtBot, name: str = "laptop 2") -> None:
    page.laptops.choose(page.laptops.lines[0].key)
    press(page.acts.buttons["let-in"], Qt.Key.Key_Space)
    write(page.acts.form.fields["name"], name)
    press(page.acts.form.go, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "is let in" in page.acts.says.text(), timeout=10_000)
    assert place.settle()
    look(page, qtbot)


def test_a_strange_laptop_is_told_compared_and_let_in(
    page: SyncPage, place: Workplace, other: Other, stick: Path, qtbot: QtBot
) -> None:
    sync(page, place, qtbot, stick)
    assert "nobody has let it in yet" in page.meeting.says.text()
    row = page.laptops.lines[0]
    assert "not let in" in row.cells[0].text
    assert row.cells[1].text == fingerprint(other.key)
    page.laptops.choose(row.key)
    page._chosen(row.key)
    assert page.key.text() == fingerprint(other.key)
    press(page.acts.buttons["let-in"], Qt.Key.Key_Space)
    assert "Sign in first" in page.acts.says.text()
    sign_in(place, "okafor")
    press(page.acts.buttons["let-in"], Qt.Key.Key_Space)
    assert "no role that permits this" in page.acts.says.text()
    sign_in(place, "adeyemi")
    let_in(page, place, qtbot)
    assert page.laptops.lines[0].cells[0].text == "laptop 2"
    sync(page, place, qtbot, stick)
    assert "3 of laptop 2" in page.meeting.says.text()
    log = LogReader(page.session.data)
    assert log.count(subjects=["tank-1"], kinds=["work.noted"]) == 3
    told = log.of_kinds([Kind.DEVICE_ENROLLED])
    assert [(event.actor, event.body["name"]) for event in told] == [("adeyemi", "laptop 2")]
    kinds = [event.kind for event in log.of_kinds([Kind.LOG_SYNCED])]
    assert len(kinds) == 2


def test_by_hand_the_key_must_be_the_one_that_was_compared(
    page: SyncPage, place: Workplace, other: Other, qtbot: QtBot
) -> None:
    sign_in(place, "adeyemi")
    device = LogReader(other.folder).newest_own()
    assert device is not None
    card = f"{device.device_id} {other.key}"
    for same, said in (("0000 0000 0000 0000", "Its key reads"), (fingerprint(other.key), "")):
        press(page.acts.buttons["by-hand"], Qt.Key.Key_Space)
        for key, text in (("card", card), ("same", same), ("name", "laptop 2")):
            page.acts.form.fields[key].setText(text)  # type: ignore[union-attr]
        press(page.acts.form.go, Qt.Key.Key_Space)
        if said:
            assert said in page.acts.form.says.text()
            page.acts.leave()
    qtbot.waitUntil(lambda: "is let in" in page.acts.says.text(), timeout=10_000)
    assert LogReader(page.session.data).laptops() == {device.device_id: "laptop 2"}


def test_what_contradicts_is_kept_apart_and_shown(
    page: SyncPage, place: Workplace, other: Other, stick: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    """A copy of the laptop goes on by itself: two different events have one number."""
    copy = Other(tmp_path / "copy", place._session.site.site.id)
    shutil.copytree(other.folder, copy.folder)
    sync(page, place, qtbot, stick)
    sign_in(place, "adeyemi")
    let_in(page, place, qtbot)
    other.tell_and_sync(stick, "the true fourth")
    sync(page, place, qtbot, stick)
    second = tmp_path / "second"
    second.mkdir()
    copy.tell_and_sync(second, "the forged fourth")
    sync(page, place, qtbot, second)
    assert "kept apart" in page.meeting.says.text()
    page.view.choose("apart")
    page._show_list()
    cells = [cell.text for cell in page.apart.lines[0].cells]
    assert cells[:2] == ["laptop 2", "4"]
    assert "the true fourth" in cells[2]
    assert "the forged fourth" in cells[3]
    told = LogReader(page.session.data).of_kinds([Kind.LOG_QUARANTINED])
    assert [event.body for event in told] == [{"sequence": 4, "count": 1}]


def test_a_damaged_row_of_the_quarantine_does_not_hide_the_others(
    page: SyncPage, qtbot: QtBot
) -> None:
    with sqlite3.connect(page.session.data / "log.db") as log:
        rows = [("x", n, "0" * 64, line, "stick", 1) for n, line in enumerate(("{", "[1]"), 1)]
        log.executemany("INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?)", rows)
    log.close()
    look(page, qtbot)
    assert [line.cells[3].text for line in page.apart.lines] == ["not readable"] * 2


def test_this_laptop_and_the_proof(page: SyncPage, qtbot: QtBot) -> None:
    facts = dict(page.own.facts)
    key = DeviceKey.of(page.session.data).public
    assert facts["Key"] == fingerprint(key)
    press(page.copy, Qt.Key.Key_Space)
    assert QGuiApplication.clipboard().text().endswith(key)
    press(page.verify, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "unaltered" in page.proof.text(), timeout=10_000)


def test_the_place_is_remembered_and_its_password_is_not(
    page: SyncPage, place: Workplace, settings: SettingsFile, qtbot: QtBot
) -> None:
    page.meeting.field.setText("postgresql://u@127.0.0.1:1/x?connect_timeout=1")
    assert page.meeting.password.isVisible()
    page.meeting.password.setText("secret")
    press(page.meeting.go, Qt.Key.Key_Space)
    assert page.meeting.password.text() == ""
    qtbot.waitUntil(lambda: not place.sync.state.is_running, timeout=30_000)
    look(page, qtbot)
    assert "cannot be used" in page.meeting.says.text()
    assert "secret" not in page.meeting.says.text()
    assert "secret" not in settings.path.read_text()
    again = SettingsFile(settings.path)
    assert again.load().sync_targets == ("postgresql://u@127.0.0.1:1/x?connect_timeout=1",)


def test_nothing_written_is_refused_in_words(page: SyncPage, place: Workplace) -> None:
    press(page.meeting.go, Qt.Key.Key_Space)
    assert "Say where the logs meet" in page.meeting.says.text()
    assert not place.sync.state.is_running


def test_everything_is_named_and_grey(page: SyncPage, look: Look) -> None:
    assert widgets.unnamed(page) == []
    assert widgets.colourful(page) == 0.0
    for theme_id in ("dark", "contrast"):
        look.use(theme_id, glove=True)
        assert not page.grab().isNull()


def test_it_is_reached_from_the_log_and_from_the_settings(
    demo: PausedDemo, settings: SettingsFile, qtbot: QtBot
) -> None:
    log, panel = LogPage(demo.session), SettingsPanel(demo.session, settings)
    for widget, button in ((log, log.tools.sync), (panel, panel.sync)):
        qtbot.addWidget(widget)
        with qtbot.waitSignal(widget.open_subject) as asked:
            button.click()
        assert asked.args[0] == "sync"
