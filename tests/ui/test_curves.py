"""The view of curves: what it draws, what it does not draw again, hands, keys and words."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.history.status import StorageReason
from console.history.trouble import StorageError
from console.ui import theme
from console.ui.curves import (
    Answer,
    Columns,
    Curve,
    CurveControls,
    CurveView,
    Loader,
    Mark,
    Request,
    Strip,
    spark,
)
from console.ui.curves.reach import SHORTEST_US
from drivers.points import Level, Limit, Reason
from tests.house.hands import press, tap
from tests.house.widgets import pixels, unnamed
from tests.ui.conftest import Look

NOW = 1_800_000_000_000_000
SECOND = 1_000_000
LIMIT = Limit(Level.UPPER_CAUTION, 52.0)
RETURN = Curve("tank-1", "return", "Return", 0)
SUPPLY = Curve("tank-1", "supply", "Supply", 1)
TEMPERATURES = Strip("Temperatures", "Cel", (RETURN, SUPPLY), 20.0, 60.0, 1, (LIMIT,))
FLOW = Strip("Flow", "L/min", (Curve("tank-1", "flow", "Flow", 3),), None, None)


@pytest.fixture
def view(qtbot: QtBot, look: Look) -> CurveView:
    made = CurveView("Trends", NOW)
    qtbot.addWidget(made)
    made.resize(800, 400)
    made.set_strips([TEMPERATURES, FLOW])
    made.follow(600 * SECOND)
    made.show()
    QApplication.processEvents()
    return made


def feed(
    view: CurveView,
    curve: int,
    ages_s: NDArray[np.float64] | list[float],
    values: NDArray[np.float64] | list[float],
    reason: Reason = Reason.NONE,
) -> None:
    at = np.asarray(NOW - np.asarray(ages_s) * SECOND, np.int64)
    shape = at.shape
    view.append(
        np.full(shape, curve, np.int64),
        at,
        np.asarray(values, np.float64),
        np.full(shape, reason, np.uint8),
    )


def steady(view: CurveView, curve: int = 0, value: float = 45.0) -> None:
    ages = np.arange(599.0, -1, -1)
    feed(view, curve, ages, np.full(600, value))


def ink(view: CurveView, pen: int, part: slice = slice(None), strip: int = 0) -> NDArray[np.int64]:
    """Return how many pixels of a pen each column of a strip has."""
    plot = view.plots()[strip]
    shown = pixels(view)[plot.top() : plot.bottom() + 1, plot.left() : plot.right() + 1]
    colour = theme.theme().pens[pen]
    mine = (shown == [colour.red(), colour.green(), colour.blue()]).all(axis=2)
    counts: NDArray[np.int64] = mine.sum(axis=0)[part]
    return counts


def waits(view: CurveView) -> bool:
    return view.waiting


def follows(view: CurveView) -> bool:
    return view.reach.follows


def chosen(view: CurveView) -> tuple[int, int] | None:
    return view.selection


def cursor(view: CurveView) -> int | None:
    return view.cursor_us


def column(view: CurveView, age_s: float) -> int:
    share = (NOW - age_s * SECOND - view.grid.start_us) / (view.grid.end_us - view.grid.start_us)
    return round(share * view.plots()[0].width())


# ---- what is drawn -----------------------------------------------------------------------------


def test_a_line_is_drawn_from_end_to_end(view: CurveView) -> None:
    steady(view)
    counts = ink(view, 0)
    assert (counts[5:-5] >= 1).all()
    assert counts.max() <= 2


def test_a_gap_stays_a_gap(view: CurveView) -> None:
    ages = np.r_[np.arange(599.0, 299, -1), np.arange(250.0, -1, -1)]
    feed(view, 0, ages, np.full(len(ages), 45.0))
    counts = ink(view, 0)
    assert (counts[column(view, 297) : column(view, 253)] == 0).all()
    assert (counts[column(view, 400) : column(view, 310)] >= 1).all()


def test_no_line_crosses_a_bad_sample(view: CurveView) -> None:
    ages = np.arange(599.0, -1, -1)
    values = np.full(600, 45.0)
    feed(view, 0, ages[:300], values[:300])
    feed(view, 0, [299.0, 298.5], [np.nan, np.nan], Reason.SENSOR_FAULT)
    feed(view, 0, ages[302:], values[302:])
    assert ink(view, 0)[column(view, 298.8)] == 0


def test_samples_far_apart_are_joined_as_far_as_the_curve_says(qtbot: QtBot, look: Look) -> None:
    slow = Strip("Slow", "Cel", (Curve("a", "b", "Slow", 0, bridge_s=75.0),), 20.0, 60.0)
    view = CurveView("Trends", NOW)
    qtbot.addWidget(view)
    view.resize(800, 300)
    view.set_strips([slow])
    view.follow(600 * SECOND)
    view.show()
    feed(view, 0, [500.0, 440.0, 380.0, 100.0, 40.0], [30.0, 50.0, 30.0, 40.0, 50.0])
    counts = ink(view, 0)
    assert (counts[column(view, 498) : column(view, 382)] >= 1).all()
    assert (counts[column(view, 370) : column(view, 110)] == 0).all()


def test_where_nothing_can_be_trusted_the_strip_is_hatched(view: CurveView) -> None:
    def stale_pixels() -> int:
        plot = view.plots()[0]
        shown = pixels(view)[plot.top() : plot.bottom(), plot.left() : plot.right()]
        return len(np.unique(shown.reshape(-1, 3), axis=0))

    steady(view, 0)
    plain = stale_pixels()
    view.set_strips([TEMPERATURES, FLOW])
    feed(view, 0, np.arange(599.0, -1, -1), np.full(600, np.nan), Reason.NO_COMMS)
    assert stale_pixels() == plain  # the hatching came, the line went
    assert ink(view, 0).sum() == 0
    assert "---" in view.table()[0]
    assert "no" in view.table()[0].lower()


def test_a_limit_has_the_colour_of_its_priority_only_while_it_is_violated(view: CurveView) -> None:
    ages = np.arange(599.0, -1, -1)
    feed(view, 0, ages, np.where((ages > 100) & (ages < 200), 55.0, 45.0))
    plot = view.plots()[0]
    shown = pixels(view)[plot.top() : plot.bottom() + 1, plot.left() : plot.right() + 1]
    colour = theme.theme().priority[3]
    hit = (shown == [colour.red(), colour.green(), colour.blue()]).all(axis=2).any(axis=0)
    assert hit[column(view, 190) : column(view, 110)].all()
    assert not hit[: column(view, 205)].any()
    assert not hit[column(view, 95) :].any()


def test_a_value_beyond_the_scale_lies_on_its_edge_and_is_thicker(view: CurveView) -> None:
    steady(view, 0, 75.0)
    assert (ink(view, 0)[5:-5] == 3).all()


def test_an_own_range_follows_what_is_seen(view: CurveView) -> None:
    steady(view, 2, 100.0)
    QApplication.processEvents()
    assert (ink(view, 3, strip=1)[5:-5] >= 1).all()
    before = view.full_repaints
    feed(view, 2, [0.0], [180.0])
    QApplication.processEvents()
    assert view.full_repaints == before + 1
    assert ink(view, 3, slice(-8, None), strip=1).max() > 20


def test_marks_stand_above_and_in_the_strips(view: CurveView) -> None:
    before = pixels(view)
    view.set_marks([Mark(NOW - 300 * SECOND, "High return", 2, active=True)])
    shown = pixels(view)
    colour = theme.theme().priority[2]
    found = (shown == [colour.red(), colour.green(), colour.blue()]).all(axis=2)
    assert before.shape == shown.shape
    assert found[: view.plot_area().top()].any()
    assert not found[view.plot_area().top() :].any()


def test_an_ended_alarm_has_no_colour(view: CurveView) -> None:
    view.set_marks([Mark(NOW - 300 * SECOND, "High return", 1, NOW - 200 * SECOND)])
    seen = pixels(view).astype(int)
    assert (seen.max(axis=2) - seen.min(axis=2)).max() < 90


# ---- what is not drawn again -------------------------------------------------------------------


def shown_by(view: CurveView) -> NDArray[np.uint32]:
    QApplication.processEvents()
    assert view._stage.picture is not None
    return view._stage.picture.pixels.copy()


@pytest.mark.parametrize("span_s", [60, 600, 86_400])
@pytest.mark.parametrize("seed", range(3))
def test_drawn_bit_by_bit_it_is_the_same_picture(view: CurveView, span_s: int, seed: int) -> None:
    """Every new column, gap, fault and move: equal, pixel for pixel, to drawing all anew.

    But for the edges: a line that led to a value now out of view stays, and is not drawn anew.
    """
    rng = np.random.default_rng(seed)
    view.set_marks([Mark(NOW + 5 * SECOND, "Event"), Mark(NOW - 5 * SECOND, "Alarm", 1)])
    view.follow(span_s * SECOND)
    edge = int(2.5 * SECOND // view.grid.step_us) + 2
    now = NOW
    for turn in range(60):
        now += int(rng.integers(0, max(span_s // 40, 3)) * SECOND)
        view.advance(now)
        if turn % 7 == 5:
            view.pan(float(rng.uniform(-0.3, 0.3)))
        many = int(rng.integers(0, 4))
        curves = rng.integers(0, 3, many)
        values = rng.normal(48, 6, many)
        bad = rng.random(many) < 0.15
        values[bad] = np.nan
        reasons = np.where(bad, Reason.NO_COMMS, rng.choice([0, 0, Reason.NO_FLOW], many))
        at = np.sort(now - rng.integers(0, 5 * SECOND, many))
        view.append(curves, at, values, reasons.astype(np.uint8))
        if turn % 4 == 0:
            stepwise = shown_by(view)
            view._stage.discard()
            view.update()
            assert view.grid.count > 3 * edge
            assert np.array_equal(stepwise[:, edge:-edge], shown_by(view)[:, edge:-edge])


def test_time_that_goes_on_draws_only_new_columns(view: CurveView) -> None:
    steady(view)
    QApplication.processEvents()
    whole, before = view.full_repaints, view.columns_drawn
    view.advance(NOW + view.grid.step_us)
    feed(view, 0, [-view.grid.step_us / SECOND], [45.5])
    QApplication.processEvents()
    assert view.full_repaints == whole
    assert 1 <= view.columns_drawn - before <= 16


def on_screen(view: CurveView) -> QImage:
    """Return what was painted bit by bit; ``grab`` would paint all of it anew."""
    return view.screen().grabWindow(view.winId()).toImage()


def test_cursor_and_selection_leave_nothing_behind_when_time_goes_on(view: CurveView) -> None:
    steady(view)
    view.pin_cursor(NOW - 200 * SECOND)
    view.select(NOW - 400 * SECOND, NOW - 300 * SECOND)
    for later_s in (10, 20, 30):
        view.advance(NOW + later_s * SECOND)
        QApplication.processEvents()
    stepwise = on_screen(view)
    view.update()
    QApplication.processEvents()
    assert stepwise == on_screen(view)


def test_when_nothing_changed_nothing_is_drawn(view: CurveView) -> None:
    steady(view)
    QApplication.processEvents()
    whole, before = view.full_repaints, view.columns_drawn
    view.advance(NOW + 1)
    feed(view, 0, [0.0], [45.0])
    QApplication.processEvents()
    assert (view.full_repaints, view.columns_drawn) == (whole, before)


def test_another_size_or_look_is_drawn_whole_and_keeps_its_values(
    view: CurveView, look: Look
) -> None:
    steady(view)
    view.resize(1000, 500)
    QApplication.processEvents()
    assert view.grid.count == view.plots()[0].width()
    assert (ink(view, 0)[8:-8] >= 1).mean() > 0.95
    look.use("dark")
    QApplication.processEvents()
    assert (ink(view, 0)[8:-8] >= 1).mean() > 0.95
    shown = pixels(view)[2, 400]
    panel = theme.theme().panel
    assert list(shown) == [panel.red(), panel.green(), panel.blue()]


@pytest.mark.parametrize("size", [(240, 72), (300, 200), (2400, 1400)])
def test_every_size_can_be_drawn(view: CurveView, size: tuple[int, int]) -> None:
    steady(view)
    view.resize(*size)
    QApplication.processEvents()
    assert pixels(view).shape[:2] == (size[1], size[0])


def test_without_strips_there_is_an_empty_view(qtbot: QtBot, look: Look) -> None:
    view = CurveView("Trends", NOW)
    qtbot.addWidget(view)
    view.show()
    view.advance(NOW + 10**9)
    assert pixels(view).any()
    assert view.table() == []


# ---- from the history --------------------------------------------------------------------------


def answer(request: Request, value: float = 40.0) -> Answer:
    """Return flat lines, each eight below the one before."""
    flat = np.full(request.grid.count, value)
    good = np.zeros(request.grid.count, np.uint8)
    lines = [flat - 8 * number for number in range(len(request.curves))]
    columns = tuple(Columns(line, line + 1, line + 0.5, good) for line in lines)
    return Answer(request.number, request.grid, columns)


def test_the_history_and_live_samples_are_one_line(view: CurveView) -> None:
    asked: list[Request] = []
    view.wanted.connect(asked.append)
    view.reload()
    feed(view, 0, [0.5], [58.0])  # comes while the history is being read
    view.advance(NOW + 30 * SECOND)  # and time goes on
    view.answer(answer(asked[-1]))
    assert not waits(view)
    assert view.readouts(NOW - SECOND // 2)[0].maximum == 58.0
    assert view.readouts(NOW - 300 * SECOND)[0].minimum == 40.0
    assert (ink(view, 0)[: column(view, 2)] >= 1).all()


def test_an_answer_to_an_older_wish_is_dropped(view: CurveView) -> None:
    asked: list[Request] = []
    view.wanted.connect(asked.append)
    view.reload()
    view.zoom(0.5)
    view.answer(answer(asked[0]))
    assert waits(view)
    assert ink(view, 0).sum() == 0
    view.answer(answer(asked[-1]))
    assert not waits(view)
    assert (ink(view, 0) >= 1).all()


def test_an_answer_for_curves_that_were_taken_away_is_dropped(view: CurveView) -> None:
    asked: list[Request] = []
    view.wanted.connect(asked.append)
    view.reload()
    view.set_strips([])
    view.answer(answer(asked[-1]))
    assert not waits(view)
    assert view.table() == []
    view.set_strips([TEMPERATURES])
    view.answer(Answer(asked[-1].number, asked[-1].grid, error="The disk is full"))
    view.set_strips([])
    assert "full" not in view.accessibleDescription()


def test_while_waiting_the_old_picture_is_shown_to_scale(view: CurveView) -> None:
    steady(view)
    view.wanted.connect(lambda _request: None)
    view.zoom(2.0)
    counts = ink(view, 0)
    half = len(counts) // 2
    assert (counts[half + 4 : -4] >= 1).all()
    assert (counts[: half - 4] == 0).all()


def test_panning_away_and_back_asks_again_and_keeps_its_range(view: CurveView) -> None:
    ranges: list[tuple[int, int]] = []
    view.range_changed.connect(lambda start, end: ranges.append((start, end)))
    view.pan(-0.5)
    assert not follows(view)
    assert ranges[-1] == (NOW - 900 * SECOND, NOW - 300 * SECOND)
    view.advance(NOW + 5 * SECOND)
    assert view.reach.end_us == NOW - 300 * SECOND
    view.pan(5.0)
    assert follows(view)
    assert view.reach.end_us == NOW + 5 * SECOND


def test_a_source_that_fails_is_heard_in_words(view: CurveView) -> None:
    asked: list[Request] = []
    view.wanted.connect(asked.append)
    view.reload()
    before = pixels(view)
    view.answer(Answer(asked[-1].number, asked[-1].grid, error="The disk is full"))
    assert not waits(view)
    assert "The disk is full" in view.accessibleDescription()
    assert (pixels(view) != before).any()


class Slow:
    """A source that lets a test decide when it answers."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked: list[tuple[str, str, int, int, int]] = []

    def columns(self, part: str, key: str, start_us: int, end_us: int, columns: int) -> Columns:
        self.asked.append((part, key, start_us, end_us, columns))
        if not self.go.wait(5):
            raise OSError("never let go")
        if key == "broken":
            path = Path("tank.db")
            raise StorageError(StorageReason.ERROR, "the file cannot be read", path)
        flat = np.full(columns, 33.0)
        return Columns(flat, flat, flat, np.zeros(columns, np.uint8))


@pytest.fixture
def slow() -> Iterator[tuple[Slow, Loader]]:
    source = Slow()
    loader = Loader(source)
    yield source, loader
    source.go.set()
    assert loader.stop()


def test_the_window_never_waits_and_only_the_latest_wish_counts(
    view: CurveView, slow: tuple[Slow, Loader], qtbot: QtBot
) -> None:
    source, loader = slow
    view.wanted.connect(loader.request)
    loader.answered.connect(view.answer)
    view.reload()
    for _ in range(20):
        view.zoom(1.3)  # none of these waits for the source
    source.go.set()
    qtbot.waitUntil(lambda: not waits(view), timeout=3000)
    assert len(source.asked) < 9
    middle_us = (view.reach.start_us + view.reach.end_us) // 2
    assert view.readouts(middle_us)[0].mean == 33.0


def test_what_a_source_raises_becomes_an_answer(
    qtbot: QtBot, look: Look, slow: tuple[Slow, Loader]
) -> None:
    source, loader = slow
    source.go.set()
    view = CurveView("Trends", NOW)
    qtbot.addWidget(view)
    view.wanted.connect(loader.request)
    loader.answered.connect(view.answer)
    view.set_strips([Strip("Broken", "", (Curve("a", "broken", "Broken"),), 0, 1)])
    qtbot.waitUntil(lambda: not waits(view), timeout=3000)
    assert "the file cannot be read" in view.accessibleDescription()


def test_a_curve_with_an_offset_is_asked_for_its_own_time(
    qtbot: QtBot, look: Look, slow: tuple[Slow, Loader]
) -> None:
    source, loader = slow
    source.go.set()
    day = 86_400 * SECOND
    view = CurveView("Trends", NOW)
    qtbot.addWidget(view)
    view.wanted.connect(loader.request)
    loader.answered.connect(view.answer)
    pair = (Curve("a", "b", "Today"), Curve("a", "b", "Yesterday", 1, offset_us=-day))
    view.set_strips([Strip("Both", "", pair, 0, 50)])
    qtbot.waitUntil(lambda: not waits(view), timeout=3000)
    (_, _, today, _, _), (_, _, yesterday, _, _) = source.asked[-2:]
    assert today - yesterday == day


# ---- cursor, hands, keys -----------------------------------------------------------------------


def test_the_cursor_gives_the_values_of_its_moment(view: CurveView) -> None:
    ages = np.arange(599.0, -1, -1)
    feed(view, 0, ages, np.where(ages > 300, 40.0, 50.0))
    view.set_cursor(NOW - 400 * SECOND)
    assert view.readouts()[0].mean == pytest.approx(40.0)
    assert view.table() == ["Return: 40.0 °C", "Supply: ---", "Flow: ---"]
    view.set_cursor(None)
    assert view.table()[0] == "Return: 50.0 °C"


def test_a_tap_keeps_the_cursor_and_a_second_one_lets_it_go(view: CurveView) -> None:
    steady(view)
    at = view.plots()[0].center()
    tap(view, at)
    assert cursor(view) is not None
    kept = cursor(view)
    QTest.mouseMove(view, at + QPoint(60, 0))
    assert cursor(view) == kept


def test_a_drag_moves_the_time_and_not_the_cursor(view: CurveView) -> None:
    at = view.plots()[0].center()
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    start_us = view.reach.start_us
    QTest.mousePress(view, left, none, at)
    for x in range(0, 101, 20):
        QTest.mouseMove(view, at + QPoint(x, 0))
    QTest.mouseRelease(view, left, none, at + QPoint(100, 0))
    moved = (start_us - view.reach.start_us) / view.grid.step_us
    assert 85 <= moved <= 101
    assert not follows(view)


def wheel(
    view: CurveView, notches: int, modifier: Qt.KeyboardModifier, at: int | None = None
) -> None:
    where = QPointF(view.plots()[0].center())
    if at is not None:
        where.setX(at)
    event = QWheelEvent(
        where,
        view.mapToGlobal(where),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def test_the_wheel_zooms_about_the_pointer_and_pans_with_shift(view: CurveView) -> None:
    view.set_range(NOW - 3000 * SECOND, NOW - 2000 * SECOND)
    middle = view.moment_at(view.plots()[0].center().x())
    wheel(view, 1, Qt.KeyboardModifier.NoModifier)
    assert view.reach.span_us == pytest.approx(800 * SECOND, rel=0.01)
    assert abs(view.moment_at(view.plots()[0].center().x()) - middle) < 5 * SECOND
    before = view.reach
    wheel(view, 1, Qt.KeyboardModifier.ShiftModifier)
    assert view.reach.start_us < before.start_us
    assert view.reach.span_us == before.span_us


def test_whoever_points_at_the_past_zooms_there_also_from_a_live_view(view: CurveView) -> None:
    view.set_cursor(view.moment_at(view.plots()[0].center().x()))
    middle = view.moment_at(view.plots()[0].center().x())
    for _ in range(6):
        wheel(view, 1, Qt.KeyboardModifier.NoModifier)
    assert not follows(view)
    assert abs(view.moment_at(view.plots()[0].center().x()) - middle) < 5 * SECOND
    assert abs((cursor(view) or 0) - middle) < 5 * SECOND
    view.follow(600 * SECOND)
    wheel(view, 1, Qt.KeyboardModifier.NoModifier, at=view.plots()[0].right() - 4)
    assert follows(view)
    view.set_cursor(None)
    view.zoom(0.5)
    assert follows(view)


def test_a_range_has_a_shortest_and_a_longest(view: CurveView) -> None:
    for _ in range(40):
        view.zoom(0.5)
    assert view.reach.span_us == SHORTEST_US
    pixels(view)
    for _ in range(60):
        view.zoom(2.0)
    assert view.reach.span_us == 40 * 366 * 86_400 * SECOND
    pixels(view)


def test_keys_do_what_hands_do(view: CurveView) -> None:
    steady(view)
    view.setFocus()
    press(view, Qt.Key.Key_Left)
    first = cursor(view)
    assert first is not None
    press(view, Qt.Key.Key_Right)
    assert (cursor(view) or 0) > first
    span = view.reach.span_us
    press(view, Qt.Key.Key_Plus)
    assert view.reach.span_us < span
    press(view, Qt.Key.Key_PageUp)
    assert not follows(view)
    press(view, Qt.Key.Key_End)
    assert follows(view)
    press(view, Qt.Key.Key_Escape)
    assert cursor(view) is None


def test_a_range_is_chosen_by_keys(view: CurveView) -> None:
    found: list[tuple[int, int]] = []
    view.range_selected.connect(lambda start, end: found.append((start, end)))
    press(view, Qt.Key.Key_Right)
    press(view, Qt.Key.Key_Space)
    for _ in range(5):
        press(view, Qt.Key.Key_Left)
    press(view, Qt.Key.Key_Space)
    assert len(found) == 1
    assert found[0][0] < found[0][1]
    assert view.selection == found[0]


def test_a_range_is_chosen_by_two_taps(view: CurveView, qtbot: QtBot) -> None:
    controls = CurveControls(view)
    qtbot.addWidget(controls)
    controls.choose.click()
    area = view.plots()[0]
    tap(view, QPoint(area.left() + 100, area.center().y()))
    assert chosen(view) is None
    tap(view, QPoint(area.left() + 300, area.center().y()))
    found = chosen(view)
    assert found is not None
    assert (found[1] - found[0]) / view.grid.step_us == pytest.approx(200, abs=2)
    assert not controls.choose.isChecked()


def test_buttons_do_what_hands_do(view: CurveView, qtbot: QtBot, look: Look) -> None:
    look.use("light", glove=True)
    controls = CurveControls(view)
    qtbot.addWidget(controls)
    assert unnamed(controls) == []
    assert controls.earlier.sizeHint().height() == theme.metrics().target >= 70
    assert not controls.later.isEnabled()
    controls.earlier.click()
    assert controls.later.isEnabled()
    controls.now.click()
    assert follows(view)
    span = view.reach.span_us
    controls.longer.click()
    assert view.reach.span_us > span
    controls.shorter.click()
    assert view.reach.span_us == pytest.approx(span, rel=1e-6)


# ---- for those who cannot see ------------------------------------------------------------------


def test_a_screen_reader_hears_name_range_and_values(view: CurveView) -> None:
    steady(view)
    view.setFocus()
    view.set_cursor(NOW - 100 * SECOND)
    assert view.accessibleName() == "Trends"
    assert unnamed(view) == []
    lines = view.accessibleDescription().splitlines()
    assert len(lines) == 5  # the range, the moment, three curves
    assert "Return: 45.0 °C" in lines


def test_marks_are_reached_by_key_and_by_tap_and_read_out(view: CurveView) -> None:
    steady(view)
    first, second = NOW - 400 * SECOND, NOW - 200 * SECOND
    view.set_marks([Mark(first, "Pump replaced"), Mark(second, "High return", 2)])
    assert [line for line in view.accessibleDescription().splitlines() if "Pump replaced" in line]
    press(view, Qt.Key.Key_M)
    assert cursor(view) == first
    press(view, Qt.Key.Key_M)
    assert cursor(view) == second
    assert view._note().endswith("High return")
    press(view, Qt.Key.Key_Escape)
    tap(view, QPoint(view.plots()[0].left() + column(view, 395), 8))
    assert cursor(view) == first


def test_hues_and_dashes_tell_curves_of_a_strip_apart(view: CurveView) -> None:
    steady(view, 0, 45.0)
    steady(view, 1, 35.0)
    assert (ink(view, 0)[5:-5] >= 1).all()
    dashed = ink(view, 1)[5:-5] >= 1
    assert 0.5 < dashed.mean() < 0.9


@pytest.mark.parametrize("theme_id", theme.theme_ids())
def test_pens_can_be_seen_in_every_look(view: CurveView, look: Look, theme_id: str) -> None:
    look.use(theme_id)
    steady(view, 0)
    assert (ink(view, 0)[5:-5] >= 1).all()


# ---- tiles -------------------------------------------------------------------------------------


def test_a_spark_keeps_gaps_and_extremes(qapp: QApplication, look: Look) -> None:
    past = np.full((2, 90), 45.0)
    past[:, 30:40] = np.nan
    past[1, 60] = 59.0
    image = QImage(180, 40, QImage.Format.Format_RGB32)
    paper = QColor(255, 255, 255)
    image.fill(paper)
    p = QPainter(image)
    spark(p, QRectF(0, 0, 180, 40), past, 30.0, 60.0)
    p.end()
    rows = np.frombuffer(image.constBits(), np.uint32).reshape(40, 180)
    counts = (rows != paper.rgb()).sum(axis=0)
    assert (counts[62:78] == 0).all()
    assert (counts[2:58] >= 1).all()
    assert counts[118:124].max() >= 15
