"""Settings: what is chosen holds at once, is kept, and is said where it could not be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from console import text
from console.demo import PausedDemo
from console.settings import SettingsFile
from console.ui import settings_panel, theme
from console.ui.settings_panel import SettingsPanel
from tests.house.hands import tap
from tests.ui.conftest import Look

Open = Callable[..., SettingsPanel]


@pytest.fixture
def open_panel(qtbot: QtBot, demo: PausedDemo) -> Open:
    def show(file: SettingsFile | None = None) -> SettingsPanel:
        panel = SettingsPanel(demo.session, file or SettingsFile())
        qtbot.addWidget(panel)
        panel.resize(1192, 688)
        panel.show()
        panel.refresh(demo.session.refresh())
        return panel

    return show


def test_a_look_is_chosen_by_its_picture_and_kept(open_panel: Open, qtbot: QtBot) -> None:
    panel = open_panel()
    assert panel.previews["light"].isChecked()
    tap(panel.previews["dark"])
    assert theme.theme().id == "dark"
    assert not panel.previews["light"].isChecked()
    assert SettingsFile().load().theme == "dark"


def test_glove_mode_makes_targets_larger_at_once(open_panel: Open, qtbot: QtBot) -> None:
    panel = open_panel()
    before = panel.copy.sizeHint().height()
    tap(panel.glove)
    assert theme.metrics().glove
    assert panel.copy.sizeHint().height() > before
    assert SettingsFile().load().glove
    tap(panel.glove)
    assert not SettingsFile().load().glove


def test_the_language_waits_for_the_next_start_and_says_so(open_panel: Open, qtbot: QtBot) -> None:
    panel = open_panel()
    assert panel.note.text() == ""
    buttons = panel.language.findChildren(type(panel.copy))
    tap(buttons[2])
    assert SettingsFile().load().language == "zh_CN"
    assert text.language() == "en"
    assert panel.note.text() == "The language changes at the next start."
    tap(buttons[1])
    assert panel.note.text() == ""


def test_what_the_file_holds_is_what_is_shown(open_panel: Open, look: Look) -> None:
    file = SettingsFile()
    file.change(theme="contrast", glove=True, language="en")
    look.use("contrast", glove=True)
    panel = open_panel(SettingsFile())
    assert panel.previews["contrast"].isChecked()
    assert panel.glove.isChecked()


def test_a_setting_that_cannot_be_kept_holds_and_says_so(open_panel: Open, qtbot: QtBot) -> None:
    file = SettingsFile()
    file.path.parent.parent.mkdir(parents=True, exist_ok=True)
    file.path.parent.write_text("a file where the folder should be")
    panel = open_panel(file)
    tap(panel.previews["dark"])
    assert theme.theme().id == "dark"
    assert panel.trouble.isVisible()
    assert "could not be written" in panel.trouble.text()
    file.path.parent.unlink()
    tap(panel.previews["light"])
    assert not panel.trouble.isVisible()


def test_a_broken_file_is_mentioned_when_the_panel_opens(open_panel: Open) -> None:
    file = SettingsFile()
    file.path.parent.mkdir(parents=True)
    file.path.write_text("{")
    file.load()
    panel = open_panel(file)
    assert "is damaged and was set aside" in panel.trouble.text()


def test_what_one_sends_with_a_question(open_panel: Open, demo: PausedDemo, qtbot: QtBot) -> None:
    panel = open_panel()
    tap(panel.copy)
    lines = QGuiApplication.clipboard().text().splitlines()
    counters = demo.session.history.counters
    assert lines[0].startswith("Version: Tankside ")
    assert f"Data folder: {demo.session.data.resolve()}" in lines
    assert "Log: recording" in lines
    told = (
        f"Kept since start: {counters.events_written} events · {counters.samples_written} samples"
    )
    assert told in lines


def test_every_state_of_the_log_has_words() -> None:
    from console.history.status import StorageState

    assert set(settings_panel.STATES) == set(StorageState)


def test_licences_are_read_when_they_are_asked_for(open_panel: Open) -> None:
    panel = open_panel()
    assert "LGPL" in panel.licences.line.text()
    assert panel.licences.text.isHidden()
    assert panel.licences.text.toPlainText() == ""
    tap(panel.licences.button)
    assert not panel.licences.text.isHidden()
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in panel.licences.text.toPlainText()
    tap(panel.licences.button)
    assert panel.licences.text.isHidden()


def test_the_digest_of_the_sites_bundle_is_shown_as_on_paper(
    open_panel: Open, demo: PausedDemo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Site bundle: none" in open_panel().as_text()
    record = {"number": 7, "digest": "0123456789abcdef" * 4}
    (tmp_path / "bundle.json").write_text(json.dumps(record), encoding="utf-8")
    monkeypatch.setattr(demo.session, "path", tmp_path / "site.toml")
    shown = "7 · 0123 4567 89ab cdef 0123 4567 89ab cdef"
    assert f"Site bundle: {shown}" in open_panel().as_text()
