"""What pages of the present ask of curves: stillness, answers in two steps, narrow legends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.acquisition.trends import TrendStore
from console.ui import paint, theme
from console.ui.curves import Answer, Columns, Curve, CurveView, Grid, OwnRange, Request, Strip
from console.ui.live_curves import recent, span_of
from drivers.points import Level, Limit, Point, Reason, Schema, Snapshot, Stamp
from tests.house.widgets import pixels
from tests.ui.conftest import Look

NOW = 1_800_000_000_000_000
SECOND = 1_000_000
RETURN = Curve("tank-1", "return", "Return", 0)
SUPPLY = Curve("tank-1", "supply", "Supply", 1)
TEMPERATURES = Strip("Temperature", "Cel", (RETURN, SUPPLY), 0.0, 100.0)
SPEED = Curve("tank-1", "speed", "Pump 1", 2, own=OwnRange("%", 0.0, 50.0))
LIMIT = Limit(Level.UPPER_CAUTION, 30.0)
FLOW = Strip("Flow", "L/min", (Curve("tank-1", "flow", "Flow", 0), SPEED), 0.0, 100.0, 0, (LIMIT,))


def shown(qtbot: QtBot, strip: Strip, *, width: int = 420) -> CurveView:
    view = CurveView("Trends", NOW, still=True)
    qtbot.addWidget(view)
    view.resize(width, 200)
    view.set_strips([strip])
    view.follow(300 * SECOND)
    view.show()
    QApplication.processEvents()
    return view


def feed(view: CurveView, curve: int, values: list[float], reason: Reason = Reason.NONE) -> None:
    count = len(values)
    times = NOW - np.arange(count, dtype=np.int64)[::-1] * SECOND
    reasons = np.full(count, reason, np.uint8)
    view.append(np.full(count, curve, np.int64), times, np.array(values), reasons)


def rows_of(view: CurveView, colour: object, x: int) -> list[int]:
    """The rows of the strip, from its foot, in which a column of pixels has a colour."""
    plot = view.plots()[0]
    wanted = [getattr(colour, part)() for part in ("red", "green", "blue")]
    inside = pixels(view)[plot.top() : plot.bottom() + 1, x]
    return [plot.height() - 1 - int(row) for row in np.flatnonzero((inside == wanted).all(axis=1))]


# ---- stillness -----------------------------------------------------------------------------------


def test_a_still_view_stays_at_the_present(qtbot: QtBot, look: Look) -> None:
    view = shown(qtbot, TEMPERATURES)
    reach = view.reach
    centre = view.plot_area().center()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=centre)
    qtbot.mouseMove(view, centre + QPoint(90, 0))
    assert view.cursor_us == view.moment_at(centre.x() + 90)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=centre + QPoint(90, 0))
    at = view.cursor_us
    for key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Plus, Qt.Key.Key_Minus):
        qtbot.keyClick(view, key)
    for _ in range(300):
        qtbot.keyClick(view, Qt.Key.Key_Left)
    assert view.reach == reach
    assert view.cursor_us is not None
    assert at is not None
    assert view.cursor_us < at
    assert view.grid.start_us <= view.cursor_us


def test_the_wheel_over_a_still_view_is_left_to_what_it_is_in(qtbot: QtBot, look: Look) -> None:
    view = shown(qtbot, TEMPERATURES)
    turn = QWheelEvent(
        QPointF(view.plot_area().center()),
        QPointF(0, 0),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    view.wheelEvent(turn)
    assert not turn.isAccepted()
    assert view.reach.span_us == 300 * SECOND


# ---- answers in two steps ------------------------------------------------------------------------


def waits(view: CurveView) -> bool:
    return view.waiting


def columns_of(grid: Grid, value: float) -> Columns:
    full = np.full(grid.count, value)
    return Columns(full, full.copy(), full.copy(), np.zeros(grid.count, np.uint8))


def test_a_part_of_an_answer_is_shown_until_the_whole_comes(qtbot: QtBot, look: Look) -> None:
    view = shown(qtbot, replace(TEMPERATURES, curves=(RETURN,)))
    asked: list[Request] = []
    view.wanted.connect(asked.append)
    view.reload()
    request = asked[-1]
    first, second = (columns_of(request.grid, value) for value in (20.0, 30.0))
    view.answer(Answer(request.number, request.grid, (first,), partial=True))
    assert waits(view)
    assert view.readouts(NOW - 60 * SECOND)[0].mean == 20.0
    view.answer(Answer(request.number, request.grid, (second,)))
    assert not waits(view)
    assert view.readouts(NOW - 60 * SECOND)[0].mean == 30.0


def snapshot(at_s: float, value: float, reason: Reason = Reason.NONE) -> Snapshot:
    schema = Schema((Point("return", "Return", "Cel", low=0, high=100),))
    stamp = Stamp(NOW + round(at_s * SECOND), at_s)
    return Snapshot("tank-1", schema, np.array([value]), np.array([reason], np.uint8), stamp)


def test_memory_answers_in_columns_and_knows_what_it_cannot_know() -> None:
    store = TrendStore()
    for second in range(120):
        store.append(snapshot(second, float(second)), 1.0)
    now = Stamp(NOW + 119 * SECOND, 119.0)
    inside = Grid.over(now.utc_us - 60 * SECOND, now.utc_us, 30)
    columns, is_whole = recent(store, RETURN, inside, now)
    assert is_whole
    assert columns.minimum[:-1] == pytest.approx(columns.maximum[:-1] - 1.0)
    assert columns.mean[:-1] == pytest.approx((columns.minimum + columns.maximum)[:-1] / 2)
    _, is_whole = recent(store, RETURN, Grid.over(NOW - 60 * SECOND, now.utc_us, 30), now)
    assert not is_whole, "what was before the first sample only the history knows"


def test_a_value_that_was_missing_is_a_gap_with_a_reason_to_come() -> None:
    store = TrendStore()
    for second in range(120):
        reason = Reason.SENSOR_FAULT if 60 <= second < 70 else Reason.NONE
        store.append(snapshot(second, 40.0, reason), 1.0)
    now = Stamp(NOW + 119 * SECOND, 119.0)
    grid = Grid.over(now.utc_us - 100 * SECOND, now.utc_us, 100)
    columns, is_whole = recent(store, RETURN, grid, now)
    assert not is_whole
    fault = grid.slot(NOW + 65 * SECOND)
    assert np.isnan(columns.mean[fault])
    assert columns.reason[fault] != 0
    assert columns.mean[grid.slot(NOW + 75 * SECOND)] == 40.0


@pytest.mark.parametrize(("age_s", "span_s"), [(10, 300), (300, 900), (2000, 3600), (3000, None)])
def test_a_moment_is_shown_with_what_led_to_it(age_s: float, span_s: float | None) -> None:
    assert span_of(age_s, (300, 900, 3600)) == span_s


# ---- a curve with its own range ------------------------------------------------------------------


def test_a_curve_with_its_own_range_is_drawn_and_told_by_it(qtbot: QtBot, look: Look) -> None:
    view = shown(qtbot, FLOW)
    feed(view, 0, [20.0] * 200)
    feed(view, 1, [40.0] * 200)
    QApplication.processEvents()
    height, x = view.plots()[0].height(), view.plots()[0].right() - 40
    pens = theme.theme().pens
    flow = rows_of(view, pens[0], x)
    assert flow == pytest.approx([0.2 * height], abs=2)
    speed = {row for dx in range(12) for row in rows_of(view, pens[2], x - dx)}
    assert speed
    assert min(speed) == pytest.approx(0.8 * height, abs=2)
    assert view.table() == ["Flow: 20 L/min", "Pump 1: 40 %"]


def test_it_violates_no_limit_of_its_strip(qtbot: QtBot, look: Look) -> None:
    view = shown(qtbot, FLOW)
    feed(view, 1, [45.0] * 200)
    QApplication.processEvents()
    colour = theme.theme().priority[paint.limit_priority(LIMIT)]
    x = view.plots()[0].right() - 40
    assert rows_of(view, colour, x) == []
    feed(view, 0, [45.0] * 200)
    QApplication.processEvents()
    assert rows_of(view, colour, x)


# ---- the legend where there is no room beside ----------------------------------------------------


def legend_ink(view: CurveView) -> NDArray[np.bool_]:
    """Return which pixels of the line of the title are not paper; less the ring of the keyboard."""
    plot, paper = view.plots()[0], theme.theme().panel
    line = pixels(view)[plot.top() - 20 : plot.top() - 2, 4:-4]
    return np.asarray((line != [paper.red(), paper.green(), paper.blue()]).any(axis=2))


def test_a_narrow_view_tells_its_values_beside_the_title(qtbot: QtBot, look: Look) -> None:
    view = shown(qtbot, TEMPERATURES, width=420)
    feed(view, 0, [41.0] * 10)
    QApplication.processEvents()
    before = legend_ink(view)
    feed(view, 0, [52.0] * 10)
    QApplication.processEvents()
    after = legend_ink(view)
    changed = np.flatnonzero((before != after).any(axis=0))
    assert len(changed)
    assert changed.max() - changed.min() < 40, "only the number changes, and it stays where it is"


@pytest.mark.parametrize("width", [240, 300, 360, 420, 500])
def test_the_line_of_the_title_holds_what_fits(qtbot: QtBot, look: Look, width: int) -> None:
    many = replace(TEMPERATURES, curves=tuple(replace(RETURN, key=str(n)) for n in range(6)))
    view = shown(qtbot, many, width=width)
    for number in range(6):
        feed(view, number, [40.0] * 10)
    QApplication.processEvents()
    ink = legend_ink(view)
    assert ink.any()
    assert not ink[:, view.plots()[0].right() - 2 :].any()
