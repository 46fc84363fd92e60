"""The Site page: grey when normal, everything on one screen, one tap to a tank."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from console.demo import PausedDemo
from console.session.furnish_orders import furnish_orders
from console.session.session import Refresh
from console.ui.site_page import SitePage, groups_of, lay_out
from console.ui.theme import theme_ids
from console.ui.tile_state import tank_state
from tests.ui.conftest import Look

NOTHING = Refresh((), alarms_changed=False)
DemoOf = Callable[..., PausedDemo]


def shown(demo: PausedDemo, qtbot: QtBot, size: tuple[int, int] = (1192, 704)) -> SitePage:
    page = SitePage(demo.session)
    qtbot.addWidget(page)
    page.resize(*size)
    page.show()
    demo.session.refresh()
    page.refresh(NOTHING)
    return page


def most_saturated(widget: QWidget) -> float:
    """The highest HSV saturation of any pixel that is bright enough to have a hue."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    seen = {image.pixel(x, y) for x in range(0, image.width(), 2) for y in range(image.height())}
    colours = [(c >> 16 & 255, c >> 8 & 255, c & 255) for c in seen]
    chroma = [(max(c) - min(c)) / 255 for c in colours]
    return max(chroma)


@pytest.mark.parametrize("theme_id", theme_ids())
def test_nothing_has_colour_while_all_is_normal(
    demo_of: DemoOf, qtbot: QtBot, look: Look, theme_id: str
) -> None:
    look.use(theme_id)
    page = shown(demo_of(tanks=2, hosts=2, gpus=4, seconds=30), qtbot)
    assert most_saturated(page) < 0.35  # the muted blue of live values; an alarm's red is 0.7


def test_an_alarm_has_colour(demo_of: DemoOf, qtbot: QtBot) -> None:
    page = shown(demo_of(tanks=2, hosts=0, seconds=30, faults=["pump_trip@5"]), qtbot)
    assert most_saturated(page) > 0.6


@pytest.mark.parametrize("tanks", [1, 2, 6, 18, 60])
@pytest.mark.parametrize("size", [(1192, 704), (1832, 984), (936, 540)])
def test_every_tile_fits_without_scrolling(
    demo_of: DemoOf, tanks: int, size: tuple[int, int]
) -> None:
    demo = demo_of(tanks=tanks, hosts=0, seconds=2)
    rects = [r for group in lay_out(groups_of(demo.session), *size) for r in group]
    assert len(rects) == tanks
    for i, rect in enumerate(rects):
        assert rect.left() >= 0
        assert rect.right() <= size[0]
        assert rect.bottom() <= size[1]
        assert not any(rect.intersects(other) for other in rects[:i])
    assert rects[0].width() >= 60
    assert rects[0].height() >= 44


def test_a_tap_opens_the_tank(demo: PausedDemo, qtbot: QtBot) -> None:
    page = shown(demo, qtbot)
    middle = page.grid.rects[0][1].center().toPoint()
    with qtbot.waitSignal(page.open_subject) as opened:
        qtbot.mouseClick(page.grid, Qt.MouseButton.LeftButton, pos=QPoint(middle))
    assert opened.args == ["tank", "tank-2"]


def test_the_keyboard_reaches_every_tile(demo: PausedDemo, qtbot: QtBot) -> None:
    page = shown(demo, qtbot)
    qtbot.keyClick(page.grid, Qt.Key.Key_Right)
    assert "Tank 2" in page.grid.accessibleDescription()
    with qtbot.waitSignal(page.open_subject) as opened:
        qtbot.keyClick(page.grid, Qt.Key.Key_Return)
    assert opened.args == ["tank", "tank-2"]


def test_what_is_wrong_is_in_words(demo_of: DemoOf, qtbot: QtBot) -> None:
    faults = ["controller_silent:tank-1@10", "sensor_sentinel:tank-2@5", "gpu_lost:node-3@5"]
    page = shown(demo_of(tanks=3, hosts=3, gpus=2, seconds=60, faults=faults), qtbot)
    words = {tank: state.word for tank, state in page.grid.states.items()}
    assert words == {
        "tank-1": "no answer",
        "tank-2": "Fluid level: sensor failed",
        "tank-3": "GPU lost",
    }
    silent = page.grid.states["tank-1"]
    assert (silent.number, silent.live) == ("---", False)
    assert silent.age in {"last value 50 s ago", "last value 52 s ago"}
    assert page.grid.states["tank-3"].cells[0].lost


def test_minutes_are_the_figure_while_a_tank_heats(demo_of: DemoOf, qtbot: QtBot) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=150, faults=["facility_water_lost@5"])
    state = shown(demo, qtbot).grid.states["tank-1"]
    assert state.unit == "min"
    assert state.word == "heating"
    assert state.caption.startswith("to limit, at ")


def test_only_the_unseen_blinks(demo_of: DemoOf, qtbot: QtBot) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=20, faults=["pump_trip@5"])
    page = shown(demo, qtbot)
    assert page.grid.blink.isActive()
    demo.session.acknowledge(demo.session.book.alarms(), "m.chen")
    demo.advance(2)
    demo.session.refresh()
    page.refresh(NOTHING)
    assert not page.grid.blink.isActive()
    assert page.grid.lit


def test_an_unchanged_site_is_not_painted_again(
    demo: PausedDemo, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = shown(demo, qtbot)
    qtbot.wait(50)
    painted: list[object] = []
    monkeypatch.setattr(page.grid, "paintEvent", painted.append)
    page.refresh(NOTHING)
    qtbot.wait(50)
    assert painted == []


def test_servers_in_no_tank_stand_in_the_racks(
    tmp_path: object, qtbot: QtBot, demo: PausedDemo
) -> None:
    hosts = tuple(
        host.model_copy(update={"tank": None, "slot": None}) for host in demo.session.site.host
    )
    demo.session.site = demo.session.site.model_copy(update={"host": hosts})
    page = shown(demo, qtbot)
    assert [group.title for group in page.grid.groups][-1] == "Racks"
    state = page.grid.states["node-1"]
    assert state.caption == "Warmest GPU"
    assert state.number != "---"


def test_a_tank_where_somebody_works_has_a_wrench(demo_of: Callable[..., PausedDemo]) -> None:
    session = demo_of(tanks=2, hosts=2, gpus=1, seconds=60).session
    tanks = session.tanks
    assert not tank_state(session, tanks[0]).has_work
    place = session.open_work(wait=True)
    furnish_orders(session)
    assert place.settle()
    states = [tank_state(session, tank) for tank in tanks]
    assert [state.has_work for state in states] == [tank.id in place.busy() for tank in tanks]
    assert any(state.has_work for state in states)
    assert not all(state.has_work for state in states)
    assert "work in progress" in next(s.spoken for s in states if s.has_work)
