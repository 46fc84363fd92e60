"""The Tank page: the drawing, the strips, the points; and a tank that has little."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from console.demo import PausedDemo
from console.session.session import Refresh
from console.ui.points_table import PointsModel, Row
from console.ui.tank_drawing import Slot, TankDrawing
from console.ui.tank_page import TankPage
from drivers.points import Point, Reason, Schema, Snapshot, Stamp

NOTHING = Refresh((), alarms_changed=False)
DemoOf = Callable[..., PausedDemo]


def shown(demo: PausedDemo, qtbot: QtBot, tank: str = "tank-1") -> TankPage:
    page = TankPage(demo.session)
    qtbot.addWidget(page)
    page.resize(1192, 704)
    page.show()
    page.show_subject(tank)
    demo.session.refresh()
    page.refresh(NOTHING)
    return page


def rows_of(page: TankPage) -> dict[str, Row]:
    model = page.points.points
    found = [model.data(model.index(i), Qt.ItemDataRole.UserRole) for i in range(model.rowCount())]
    return {row.key or row.heading: row for row in found if isinstance(row, Row)}


def test_every_point_is_in_the_table_with_its_register(demo: PausedDemo, qtbot: QtBot) -> None:
    rows = rows_of(shown(demo, qtbot))
    for point in demo.session.latest.schema("tank-1"):
        assert point.key in rows
    assert "30002" in rows["coolant_return_temperature"].spoken
    assert "°C" in rows["coolant_return_temperature"].spoken
    assert "Coolant connector" in rows


def test_what_is_not_good_says_why(demo_of: DemoOf, qtbot: QtBot) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=20, faults=["sensor_sentinel@5"])
    row = rows_of(shown(demo, qtbot))["level"]
    assert "---" in row.spoken
    assert "sensor fault" in row.spoken
    assert row.priority == 4


def test_a_silent_tank_says_since_when_and_what_was_said(demo_of: DemoOf, qtbot: QtBot) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=60, faults=["controller_silent@30"])
    page = shown(demo, qtbot)
    said = page.header.words.accessibleName()
    assert said.startswith("No answer")
    assert "did not answer within 0.5 s" in said
    assert all("---" in row.spoken for row in rows_of(page).values() if row.reading)


def test_the_strips_share_one_axis_and_their_ranges_stand_still(
    demo: PausedDemo, qtbot: QtBot
) -> None:
    page = shown(demo, qtbot)
    assert [plot.title for plot in page.plots] == ["Temperature", "Level", "Flow", "Power"]
    before = [plot.view.getPlotItem().viewRange() for plot in page.plots]
    demo.advance(4)
    page.refresh(NOTHING)
    assert [plot.view.getPlotItem().viewRange() for plot in page.plots] == before
    page.spans.chosen.emit("300")
    ranges = {tuple(plot.view.getPlotItem().viewRange()[0]) for plot in page.plots}
    assert ranges == {(-300.0, 0.0)}


def test_nothing_is_drawn_twice(
    demo: PausedDemo, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = shown(demo, qtbot)
    drawn: list[int] = []
    for plot in page.plots:
        for item in plot._items:
            monkeypatch.setattr(item, "setData", lambda *_, **__: drawn.append(1))
    page.refresh(NOTHING)
    assert drawn == []
    demo.advance(2)
    page.refresh(NOTHING)
    assert len(drawn) == sum(len(plot.curves) for plot in page.plots)


def test_a_gap_stays_a_gap(demo_of: DemoOf, qtbot: QtBot) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=120, faults=["controller_silent@40+40"])
    page = shown(demo, qtbot)
    ages, values = page.plots[0]._items[0].getData()
    assert np.isnan(values).any()
    assert np.isfinite(values[-1])
    assert ages.max() <= 0


def test_a_row_shows_its_trend_and_hides_it_again(demo: PausedDemo, qtbot: QtBot) -> None:
    page = shown(demo, qtbot)
    page.points.chosen.emit("pump[1].speed_percent")
    assert page.plots[-1].title == "Pump 1 speed"
    page.points.chosen.emit("energy")
    assert [plot.title for plot in page.plots][4:] == ["IT energy"]
    page.points.chosen.emit("energy")
    assert len(page.plots) == 4


def test_previous_and_next_go_round(demo: PausedDemo, qtbot: QtBot) -> None:
    page = shown(demo, qtbot)
    page.header.previous.click()
    assert page.headline().endswith("Tank 2")
    page.header.following.click()
    assert page.headline().endswith("Tank 1")


def test_a_slot_opens_its_server(demo: PausedDemo, qtbot: QtBot) -> None:
    page = shown(demo, qtbot)
    board = page.drawing._board(page.drawing._tank_rect(), 0).center().toPoint()
    with qtbot.waitSignal(page.open_subject) as opened:
        qtbot.mouseClick(page.drawing, Qt.MouseButton.LeftButton, pos=QPoint(board))
    assert opened.args == ["gpus", "node-1"]


@pytest.mark.parametrize("keys", [(), ("level",), ("coolant_return_temperature", "lid.state")])
def test_a_tank_with_little_is_drawn_with_little(qtbot: QtBot, keys: tuple[str, ...]) -> None:
    schema = Schema(tuple(Point(key, key, "Cel", low=0, high=100) for key in ("x", *keys)))
    count = len(schema)
    view = Snapshot("t", schema, np.full(count, 50.0), np.zeros(count, np.uint8), Stamp.now())
    drawing = TankDrawing()
    qtbot.addWidget(drawing)
    drawing.resize(332, 480)
    drawing.show_tank(view, (Slot(1), Slot(2, "node-1", "Node 1", 8)), {})
    bad = Snapshot(
        "t",
        schema,
        np.full(count, np.nan),
        np.full(count, int(Reason.NO_COMMS), np.uint8),
        Stamp.now(),
    )
    first = drawing.grab().toImage()
    drawing.show_tank(bad, (), {})
    assert drawing.grab().toImage() != first or not keys


def test_the_model_of_the_points_is_sound(demo: PausedDemo, qtmodeltester: ModelTester) -> None:
    model = PointsModel()
    qtmodeltester.check(model)
    model.show_snapshot(demo.session.view("tank-1"), 0.1, {})
    qtmodeltester.check(model)
    changed: list[int] = []
    model.dataChanged.connect(lambda top, _bottom: changed.append(top.row()))
    model.show_snapshot(demo.session.view("tank-1"), 0.2, {})
    assert changed == []
    model.show_snapshot(demo.session.view("tank-1"), 0.2, {"level": 2})
    assert len(changed) == 1


def test_the_window_does_not_wait_for_pyqtgraph() -> None:
    program = (
        "import sys, console.ui.window, console.ui.site_page, console.ui.tank_page;"
        "sys.exit('pyqtgraph' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
