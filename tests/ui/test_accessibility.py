"""What a screen reader is told and what the keyboard reaches, on every page."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from console.demo import PausedDemo
from console.settings import SettingsFile
from console.ui.log_page import LogPage
from console.ui.settings_panel import SettingsPanel
from tests.house import widgets
from tests.house.hands import press


class Drawn(QWidget):
    """A widget that draws itself and forgot to say what."""

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        pass


def test_the_rule_finds_what_has_no_name(qtbot: QtBot) -> None:
    root = QWidget()
    qtbot.addWidget(root)
    column = QVBoxLayout(root)
    for widget in (QPushButton("text is no name"), QLineEdit(), Drawn(), QWidget()):
        column.addWidget(widget)
    found = widgets.unnamed(root)
    assert [entry.partition(" in ")[0].rpartition(".")[2] for entry in found] == [
        "QPushButton",
        "QLineEdit",
        "Drawn",
    ]


def test_everything_on_the_log_page_is_named(demo: PausedDemo, qtbot: QtBot) -> None:
    page = LogPage(demo.session)
    qtbot.addWidget(page)
    page.show()
    page.refresh(demo.session.refresh())
    page.table.selectRow(0)
    page.tools.export.click()
    assert widgets.unnamed(page) == []


def test_everything_in_the_settings_is_named(demo: PausedDemo, qtbot: QtBot) -> None:
    panel = SettingsPanel(demo.session, SettingsFile())
    qtbot.addWidget(panel)
    assert widgets.unnamed(panel) == []


def test_the_log_page_is_worked_by_keys_alone(demo: PausedDemo, qtbot: QtBot) -> None:
    page = LogPage(demo.session)
    qtbot.addWidget(page)
    page.show()
    page.refresh(demo.session.refresh())
    qtbot.waitUntil(page.table.hasFocus)
    press(page.table, Qt.Key.Key_Down)
    assert page.details.isVisible()
    reached = []
    for _ in range(30):
        press(page.focusWidget(), Qt.Key.Key_Tab)
        reached.append(page.focusWidget())
    for wanted in (page.filters.text, page.filters.tank, page.tools.verify, page.details.copy):
        assert wanted in reached, wanted.accessibleName()
