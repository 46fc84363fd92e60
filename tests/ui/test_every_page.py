"""Rules that hold on every page of the window, whoever built it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QButtonGroup
from pytestqt.qtbot import QtBot

from console.demo import PausedDemo
from console.ui.window import KEYS, PAGES, MainWindow, build_window
from tests.house import widgets
from tests.house.hands import press
from tests.ui.conftest import Look

EVERY_PAGE = (*PAGES, "settings")
Open = Callable[..., MainWindow]


@pytest.fixture
def open_window(qtbot: QtBot) -> Iterator[Open]:
    """Show a window on a page, laid out and up to date; it goes without stopping its session."""
    shown: list[MainWindow] = []

    def show(demo: PausedDemo, page: str, **options: object) -> MainWindow:
        window = build_window(demo.session, page=page, **options)  # type: ignore[arg-type]
        shown.append(window)
        window.resize(1280, 800)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        for _ in range(5):
            window.tick()
            qtbot.wait(10)
        return window

    yield show
    for window in shown:
        window.hide()
        window.deleteLater()


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_everything_is_named(demo: PausedDemo, open_window: Open, page: str) -> None:
    window = open_window(demo, page)
    assert window.page is not None
    assert window.page.name == page
    assert widgets.unnamed(window) == []


@pytest.mark.parametrize("page", EVERY_PAGE)
@pytest.mark.parametrize("theme_id", ["light", "dark"])
def test_grey_when_normal(
    demo_of: Callable[..., PausedDemo], open_window: Open, page: str, theme_id: str
) -> None:
    demo = demo_of(tanks=3, hosts=3, gpus=4, seconds=300)
    window = open_window(demo, page, theme=theme_id)
    assert list(demo.session.book.alarms()) == []
    assert widgets.colourful(window) == 0.0


def test_colour_when_not(demo_of: Callable[..., PausedDemo], open_window: Open) -> None:
    demo = demo_of(tanks=3, hosts=1, gpus=2, seconds=120, faults=["slow_leak:tank-2@5"])
    window = open_window(demo, "site")
    assert list(demo.session.book.alarms()) != []
    assert widgets.colourful(window) > 0.0


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_no_target_is_smaller_than_a_gloved_finger(
    demo: PausedDemo, open_window: Open, look: Look, page: str
) -> None:
    window = open_window(demo, page, glove=True)
    small = [
        f"{type(button).__name__} {button.accessibleName()!r} {button.width()}x{button.height()}"
        for button in window.findChildren(QAbstractButton)
        if button.isVisible() and widgets.ours(button) and button.height() < 60
    ]
    assert small == []


@pytest.mark.parametrize(("page", "number"), KEYS.items())
def test_digits_turn_pages(demo: PausedDemo, open_window: Open, page: str, number: int) -> None:
    window = open_window(demo, "settings")
    press(window, getattr(Qt.Key, f"Key_{number}"))
    assert window.page is not None
    assert window.page.name == page


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_the_keyboard_comes_round(
    demo: PausedDemo, open_window: Open, qtbot: QtBot, page: str
) -> None:
    window = open_window(demo, page)
    reached = set()
    for _ in range(200):
        focus = window.focusWidget()
        assert focus is not None
        press(focus, Qt.Key.Key_Tab)
        reached.add(window.focusWidget())
    buttons = [
        button
        for button in window.findChildren(QAbstractButton)
        if button.isVisible() and button.isEnabled() and widgets.ours(button)
    ]
    missed = [b.accessibleName() for b in buttons if b not in reached and not _in_group(b, reached)]
    assert missed == []


def _in_group(button: QAbstractButton, reached: Container[object]) -> bool:
    """Arrow keys go between the members of an exclusive group: one of them is enough."""
    group: QButtonGroup | None = button.group()
    return group is not None and any(member in reached for member in group.buttons())


@pytest.mark.parametrize("page", EVERY_PAGE)
@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_a_page_fits_its_window(
    demo: PausedDemo, open_window: Open, page: str, size: tuple[int, int]
) -> None:
    window = open_window(demo, page, glove=True)
    window.resize(*size)
    assert (window.width(), window.height()) == size, "nothing may force the window larger"
    assert window.page is not None
    assert window.page.minimumSizeHint().width() <= window.page.width()
    assert window.page.minimumSizeHint().height() <= window.page.height()
