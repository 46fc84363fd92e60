"""The Tank page: the drawing, the strips, the points; and a tank that has little."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from console.demo import PausedDemo
from console.history.telemetry_store.reader import TelemetryReader
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


def titles(page: TankPage) -> list[str]:
    return [strip.title for strip in page.trends.view.strips]


def follows(page: TankPage) -> bool:
    return page.trends.view.reach.follows


def cursor(page: TankPage) -> int | None:
    return page.trends.view.cursor_us


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
    view = page.trends.view
    assert titles(page) == ["Temperature", "Level", "Flow", "Power"]
    assert [curve.name for curve in view.strips[2].curves] == ["Flow", "Pump 1", "Pump 2"]
    before = [(strip.low, strip.high) for strip in view.strips]
    assert None not in {end for ends in before for end in ends}
    demo.advance(4)
    page.refresh(NOTHING)
    assert [(strip.low, strip.high) for strip in view.strips] == before
    page.trends.spans.chosen.emit("900")
    assert view.reach.span_us == 900_000_000
    assert view.reach.end_us == demo.session.now().utc_us
    assert view.reach.follows


def test_on_opening_the_past_of_the_memory_is_there_at_once(demo_of: DemoOf, qtbot: QtBot) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=240)
    page = shown(demo, qtbot)
    now_us = demo.session.now().utc_us
    ages, values = demo.session.trends.window("tank-1", "level", 240, demo.session.now().mono_s)
    seen = page.trends.view.readouts(now_us + round(ages[20] * 1e6))[2]
    assert seen.curve.key == "level"
    assert seen.minimum is not None
    assert seen.minimum <= values[20] <= (seen.maximum or 0.0)


def test_what_was_before_the_memory_comes_from_the_history(demo_of: DemoOf, qtbot: QtBot) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=60)
    history = TelemetryReader(demo.session.data)
    key = "coolant_return_temperature"
    now_us = demo.session.now().utc_us
    qtbot.waitUntil(lambda: list(history.last("tank-1", key).utc_us) == [now_us], timeout=10_000)
    demo.session.trends._rings.clear()  # as after a restart
    demo.advance(2)
    page = shown(demo, qtbot)
    view = page.trends.view
    assert not page.settled
    qtbot.waitUntil(lambda: page.settled, timeout=10_000)
    assert view.readouts(now_us - 30_000_000)[0].mean is not None


def test_nothing_is_drawn_twice(demo: PausedDemo, qtbot: QtBot) -> None:
    page = shown(demo, qtbot)
    view = page.trends.view
    qtbot.waitUntil(lambda: page.settled, timeout=10_000)
    page.grab()
    whole, drawn = view.full_repaints, view.columns_drawn
    page.refresh(NOTHING)
    page.grab()
    assert (view.full_repaints, view.columns_drawn) == (whole, drawn)
    demo.advance(2)
    page.refresh(NOTHING)
    page.grab()
    assert view.full_repaints == whole
    assert drawn < view.columns_drawn < drawn + view.grid.count // 4


def test_a_gap_stays_a_gap(demo_of: DemoOf, qtbot: QtBot) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=120, faults=["controller_silent@40+40"])
    page = shown(demo, qtbot)
    now_us = demo.session.now().utc_us

    def at(seconds: int) -> float | None:
        return page.trends.view.readouts(now_us - (120 - seconds) * 1_000_000)[0].mean

    for _ in range(2):  # by what the memory knows, and by what the history does
        assert at(30) is not None
        assert at(60) is None
        assert at(110) is not None
        qtbot.waitUntil(lambda: page.settled, timeout=10_000)


def test_silence_is_no_last_value(demo_of: DemoOf, qtbot: QtBot) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=60, faults=["controller_silent@30"])
    page = shown(demo, qtbot)
    view, now_us = page.trends.view, demo.session.now().utc_us
    assert (view.readouts()[0].mean, view.readouts()[0].why) == (None, "no answer")
    qtbot.waitUntil(lambda: page.settled, timeout=10_000)
    demo.advance(6)
    page.refresh(NOTHING)
    for ago_s in (20, 1, -5):  # from the loss on, the whole answer and what came later included
        silent = view.readouts(now_us - ago_s * 1_000_000)[0]
        assert (silent.mean, silent.why) == (None, "no answer")
    assert view.readouts(now_us - 40_000_000)[0].mean is not None


def test_a_row_shows_its_trend_and_hides_it_again(demo: PausedDemo, qtbot: QtBot) -> None:
    page = shown(demo, qtbot)
    page.points.chosen.emit("pump[1].speed_percent")
    assert titles(page)[-1] == "Pump 1 speed"
    page.points.chosen.emit("energy")
    assert titles(page)[4:] == ["IT energy"]
    page.points.chosen.emit("energy")
    assert len(titles(page)) == 4


def test_alarms_are_marked_where_they_were_raised(demo_of: DemoOf, qtbot: QtBot) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=200, faults=["pump_trip@60"])
    page = shown(demo, qtbot)
    alarm = next(a for a in demo.session.book.alarms() if "state" in a.point)
    view = page.trends.view
    view.step_to_mark(1)
    assert view.cursor_us == alarm.since_us
    assert "Pump failed" in view.accessibleDescription()


def test_a_moment_is_brought_into_view(demo_of: DemoOf, qtbot: QtBot) -> None:
    page = shown(demo_of(tanks=1, hosts=0, seconds=30), qtbot)
    view, now_us = page.trends.view, page.session.now().utc_us
    assert not page.trends.now_button.isVisible()
    page.show_moment(now_us - 600_000_000)
    assert page.trends.spans.key == "900"
    assert follows(page)
    long_ago_us = now_us - 86_400_000_000
    page.show_moment(long_ago_us)
    assert view.reach.start_us < long_ago_us < view.reach.end_us
    assert cursor(page) == long_ago_us
    assert page.trends.now_button.isVisible()
    page.trends.now_button.click()
    assert follows(page)
    assert cursor(page) is None
    assert not page.trends.now_button.isVisible()


def test_hands_move_the_cursor_not_the_time(demo: PausedDemo, qtbot: QtBot) -> None:
    page = shown(demo, qtbot)
    view = page.trends.view
    area = view.plot_area()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=area.center())
    qtbot.mouseMove(view, area.center() + QPoint(120, 0))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=area.center() + QPoint(120, 0))
    for key in (Qt.Key.Key_PageUp, Qt.Key.Key_Minus, Qt.Key.Key_Left, Qt.Key.Key_Space):
        qtbot.keyClick(view, key)
    assert view.reach.follows
    assert view.reach.span_us == 300_000_000
    assert view.cursor_us is not None
    assert view.selection is None


def test_more_trends_are_those_of_this_tank(demo: PausedDemo, qtbot: QtBot) -> None:
    page = shown(demo, qtbot, "tank-2")
    with qtbot.waitSignal(page.open_subject) as opened:
        page.trends.more_button.click()
    assert opened.args == ["trends", "tank-2"]


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
