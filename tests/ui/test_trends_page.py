"""The trends page: any points over any time, never waiting, one line from the disk to now."""

from __future__ import annotations

import csv
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from console.alarms.events import AlarmKey
from console.demo import NOON_US, PausedDemo
from console.history.events import JSON, NO_HASH, EventDraft, Head, Kind, seal, uuid7
from console.history.telemetry_store.envelope import Envelope, Statistics
from console.history.telemetry_store.reader import TelemetryReader
from console.history.telemetry_store.trend import Trend
from console.history.trouble import StorageError
from console.session.session import Session
from console.site import check_site
from console.ui.curves import Curve
from console.ui.trend_catalogue import Catalogue
from console.ui.trend_files import Format
from console.ui.trend_list import RowKind
from console.ui.trend_marks import marks_of
from console.ui.trend_model import FILE_NAME, CurveName, SavedView, ViewsFile, as_toml
from console.ui.trend_source import TrendSource, first_sample_us
from console.ui.trend_strips import Name, common_limits, look_up, main_points, strips_of
from console.ui.trends_page import TrendsPage
from drivers.points import Level, Limit, Point, Stamp
from tests.house import widgets
from tests.house.hands import press, tap
from tests.ui.conftest import Look

RETURN = ("tank-1", "coolant_return_temperature")
SUPPLY = ("tank-1", "coolant_supply_temperature")
FLOW = ("tank-1", "coolant_flow")
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
Open = Callable[..., TrendsPage]


class MadeUpHistory:
    """A sine wave a second for a week, or as told; may be slow, may fail, notes who asked."""

    def __init__(self, *, slow_s: float = 0.0, span_us: int = 7 * DAY_US) -> None:
        self.slow_s = slow_s
        self.first_us = NOON_US - span_us
        self.end_us = NOON_US - 1800 * 1_000_000
        self.trouble: StorageError | None = None
        self.asked: list[tuple[str, int, int]] = []
        self.threads: set[threading.Thread] = set()
        self.go = threading.Event()
        self.go.set()

    def parts(self) -> list[str]:
        self._work("parts", 0, 0)
        return ["tank-1", "tank-old"]

    def keys(self, part: str) -> list[str]:
        self._work("keys", 0, 0)
        return ["old_temperature"]

    def last(self, part: str, key: str) -> Trend:
        self._work("last", 0, 0)
        return self._samples(self.end_us - 1_000_000, self.end_us)

    def range(self, part: str, key: str, since_us: int, until_us: int) -> Trend:
        self._work("range", since_us, until_us)
        return self._samples(since_us, until_us)

    def ranges(self, names: Sequence[Name], since_us: int, until_us: int) -> list[Trend]:
        return [self.range(*name, since_us, until_us) for name in names]

    def envelopes(
        self, names: Sequence[Name], since_us: int, until_us: int, pixels: int
    ) -> list[Envelope]:
        return [self.envelope(*name, since_us, until_us, pixels) for name in names]

    def envelope(self, part: str, key: str, since_us: int, until_us: int, pixels: int) -> Envelope:
        self._work("envelope", since_us, until_us)
        edges = since_us + np.arange(pixels + 1) * ((until_us - since_us) // pixels)
        middle = (edges[1:] + edges[:-1]) / 2
        known = (edges[1:] > self.first_us) & (edges[:-1] < self.end_us)
        mean = np.where(known, _wave(middle), np.nan)
        count = known.astype(np.int64)
        reason = np.zeros(pixels, np.uint8)
        return Envelope(edges, mean - 0.1, mean + 0.1, mean, count, 0 * count, reason)

    def statistics(self, part: str, key: str, since_us: int, until_us: int) -> Statistics:
        self._work("statistics", since_us, until_us)
        values = self._samples(since_us, until_us).values
        if not len(values):
            return Statistics(0, 0, 0, np.nan, np.nan, np.nan)
        ends = float(values.min()), float(values.max()), float(values.mean())
        return Statistics(len(values), len(values), 0, *ends)

    def _samples(self, since_us: int, until_us: int) -> Trend:
        first, last = max(since_us, self.first_us), min(until_us, self.end_us)
        times = np.arange(-(-first // 1_000_000) * 1_000_000, last, 1_000_000)
        return Trend(times, _wave(times), np.zeros(len(times), np.uint8))

    def _work(self, what: str, since_us: int, until_us: int) -> None:
        self.asked.append((what, since_us, until_us))
        self.threads.add(threading.current_thread())
        self.go.wait(20)
        time.sleep(self.slow_s)
        if self.trouble is not None:
            raise self.trouble


def _wave(utc_us: Any) -> Any:
    return 45 + 5 * np.sin(np.asarray(utc_us) / HOUR_US)


@pytest.fixture
def views(tmp_path: Path) -> ViewsFile:
    return ViewsFile(tmp_path / "settings" / FILE_NAME)


@pytest.fixture
def open_page(qtbot: QtBot, views: ViewsFile) -> Iterator[Open]:
    """Show a trends page; its loader ends with the test."""
    pages: list[TrendsPage] = []

    def show(demo: PausedDemo, **options: Any) -> TrendsPage:
        page = TrendsPage(demo.session, **({"views": views} | options))
        pages.append(page)
        qtbot.addWidget(page)
        page.resize(1192, 704)
        page.show()
        refresh(page)
        return page

    yield show
    for page in pages:
        assert page._loader.stop(5.0)


def refresh(page: TrendsPage) -> None:
    page.refresh(page.session.refresh())


def settle(qtbot: QtBot, page: TrendsPage) -> None:
    refresh(page)
    qtbot.waitUntil(lambda: page.settled, timeout=10_000)


def written(qtbot: QtBot, demo: PausedDemo) -> None:
    """Wait until the samples are on the disk, where figures are worked out from."""
    reader = TelemetryReader(demo.session.data)

    def newest_us() -> int:
        return int(next(iter(reader.last(*RETURN).utc_us), 0))

    qtbot.waitUntil(lambda: newest_us() > demo.clock().utc_us - 4_000_000, timeout=10_000)


def known(page: TrendsPage) -> np.ndarray:
    """Which columns of the first curve hold a value."""
    found: np.ndarray = np.isfinite(page.view._stage.store.low[0])
    return found


# ---- what is shown -------------------------------------------------------------------------


def test_it_opens_with_the_main_points_of_the_first_tank(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    page = open_page(demo)
    settle(qtbot, page)
    assert RETURN in page.names
    assert page.headline() == "Trends > Tank 1"
    assert [strip.title for strip in page.view.strips][:2] == ["Temperature", "Level"]
    assert page.view.reach.follows
    assert page.spans.now.isChecked()


def test_a_part_or_a_point_named_from_outside_is_shown(demo: PausedDemo, open_page: Open) -> None:
    page = open_page(demo)
    page.show_subject("node-1/gpu0")
    assert {part for part, _ in page.names} == {"node-1/gpu0"}
    page.show_subject("node-1")
    assert list(page.names) == [(f"node-1/gpu{n}", "core_temperature") for n in (0, 1)]
    page.show_subject("tank-2/coolant_flow")
    assert list(page.names) == [("tank-2", "coolant_flow")]
    page.show_subject("node-1/gpu1/power")
    assert list(page.names) == [("node-1/gpu1", "power")]
    for nothing in ("no-such-part", "tank-1/no_such_point"):
        page.show_subject(nothing)
        assert list(page.names) == [("node-1/gpu1", "power")]


def test_at_most_twelve_curves_and_it_says_so(demo: PausedDemo, open_page: Open) -> None:
    page = open_page(demo)
    schema = demo.session.latest.schema("tank-1")
    page.show_names([("tank-1", point.key) for point in schema])
    assert len(page.names) == 12
    page.toggle("tank-2", "coolant_flow")
    assert len(page.names) == 12
    assert "12 curves are the most" in page.chooser.list.rows[0].text
    page.toggle(*page.names[0])
    assert len(page.names) == 11


def test_without_curves_the_way_to_some_is_shown(demo: PausedDemo, open_page: Open) -> None:
    page = open_page(demo)
    page.show_names([])
    assert page._nothing.isVisible()
    tap(page._nothing.button)
    assert page.chooser.isVisible()


def test_a_site_of_which_nothing_is_known_yet_opens(
    qtbot: QtBot, views: ViewsFile, tmp_path: Path
) -> None:
    host = {"id": "node-1", "name": "Node 1", "url": "http://127.0.0.1:9400/metrics"}
    loaded = check_site({"site": {"id": "s", "name": "S"}, "host": [host]}, Path("site.toml"))
    page = TrendsPage(Session(loaded, tmp_path), views=views)
    qtbot.addWidget(page)
    page.show()
    settle(qtbot, page)
    assert page.headline() == "Trends"
    assert page._nothing.isVisible()


def test_a_site_of_servers_begins_with_the_first(
    demo_of: Callable[..., PausedDemo], open_page: Open, qtbot: QtBot
) -> None:
    demo = demo_of(tanks=1, hosts=2, gpus=3, seconds=10)
    demo.session.site = demo.session.site.model_copy(update={"tank": ()})
    page = open_page(demo)
    settle(qtbot, page)
    assert list(page.names) == [(f"node-1/gpu{n}", "core_temperature") for n in range(3)]
    page.show_names([])
    refresh(page)
    assert list(page.names) == [], "what a person takes away does not come back"


# ---- strips --------------------------------------------------------------------------------


def test_strips_are_of_one_unit_and_states_of_one_set_of_words(demo: PausedDemo) -> None:
    names = [RETURN, ("tank-2", RETURN[1]), SUPPLY, FLOW, ("tank-1", "pump[1].state")]
    names += [("tank-2", "pump[1].state"), ("tank-1", "lid.state")]
    strips = strips_of([look_up(demo.session, name) for name in names], fitted=False)
    assert [strip.unit for strip in strips] == ["Cel", "L/min", "", ""]
    assert [len(strip.curves) for strip in strips] == [3, 1, 2, 1]
    assert all(curve.steps for strip in strips[2:] for curve in strip.curves)
    assert [curve.name for curve in strips[2].curves] == ["Tank 1", "Tank 2"]


def test_values_set_the_range_only_where_that_is_asked_for(demo: PausedDemo) -> None:
    chosen = [look_up(demo.session, RETURN)]
    (fixed,) = strips_of(chosen, fitted=False)
    assert (fixed.low, fixed.high) == (20.0, 70.0)
    (free,) = strips_of(chosen, fitted=True)
    assert (free.low, free.high) == (None, None)


def test_a_limit_is_drawn_only_where_it_is_one_for_every_curve() -> None:
    def point(key: str, *upper: tuple[Level, float], register: str = "1") -> Point:
        limits = tuple(Limit(level, reading) for level, reading in upper)
        return Point(key, key, "Cel", low=20, high=70, limits=limits, register=register)

    caution, critical = Level.UPPER_CAUTION, Level.UPPER_CRITICAL
    supply = point("supply", (caution, 45), (critical, 50))
    returned = point("return", (caution, 50), (critical, 55))
    assert [limit.reading for limit in common_limits([returned])] == [50, 55]
    both = common_limits([supply, returned])
    assert [(limit.reading, limit.level) for limit in both] == [(50, caution), (55, critical)]
    assert common_limits([supply, point("room")]) == ()
    assert len(common_limits([supply, point("expected", register="calculated")])) == 2


def test_a_point_that_is_only_in_the_history_is_drawn_as_well(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    page = open_page(demo, history=MadeUpHistory())
    settle(qtbot, page)
    qtbot.waitUntil(lambda: bool(page._catalogue.recorded))
    assert [place.id for place in page._catalogue.gone()] == ["tank-old"]
    page.chooser.open("tank-old")
    assert "old temperature" in [row.text for row in page.chooser.list.rows]
    page.show_span(DAY_US)
    page.show_names([("tank-old", "old_temperature")])
    settle(qtbot, page)
    assert known(page).mean() > 0.9


# ---- choosing ------------------------------------------------------------------------------


def test_points_are_found_by_place(demo: PausedDemo, open_page: Open) -> None:
    page = open_page(demo)
    tap(page.top.buttons["curves"])
    rows = page.chooser.list
    pick(page, "Tank 2")
    assert page.chooser.where == "tank-2"
    pick(page, "Coolant flow")
    assert ("tank-2", "coolant_flow") in page.names
    assert next(row for row in rows.rows if row.text == "Coolant flow").ticked
    pick(page, "Node 2")
    pick(page, "Node 2 GPU 1")
    pick(page, "Show the main points")
    assert {part for part, _ in page.names} == {"node-2/gpu1"}
    for where in ("node-2", "tank-2", ""):
        tap(page.chooser.back)
        assert page.chooser.where == where
    pick(page, "Take all curves away")
    assert list(page.names) == []


def pick(page: TrendsPage, text: str) -> None:
    """Tap the last row with a text, where a finger would."""
    rows = page.chooser.list
    number = max(n for n, row in enumerate(rows.rows) if row.text == text)
    index = rows.model().index(number, 0)
    rows.scrollTo(index)
    tap(rows.viewport(), rows.visualRect(index).center())


def test_points_are_found_by_words_and_by_keys_alone(demo: PausedDemo, open_page: Open) -> None:
    page = open_page(demo)
    page.show_names([])
    tap(page.top.buttons["curves"])
    page.chooser.search.setText("tank 2 FLOW")
    ticks = [row for row in page.chooser.list.rows if row.kind is RowKind.TICK]
    assert ("Coolant flow", "Tank 2") in [(row.text, row.detail) for row in ticks]
    assert all(row.detail == "Tank 2" for row in ticks)
    press(page.chooser.search, Qt.Key.Key_Return)
    press(page.chooser.list, Qt.Key.Key_Space)
    press(page.chooser.list, Qt.Key.Key_Down)
    press(page.chooser.list, Qt.Key.Key_Return)
    assert len(page.names) == 2
    page.chooser.search.setText("qqq")
    assert [row.text for row in page.chooser.list.rows] == ["Nothing is called that"]


def test_a_search_of_a_large_site_costs_little(demo_of: Callable[..., PausedDemo]) -> None:
    demo = demo_of(tanks=30, hosts=60, gpus=8, seconds=2)
    catalogue = Catalogue(demo.session)
    catalogue.find("nothing has this name")  # names are put together once
    began_s = time.perf_counter()
    catalogue.find("nothing has that name")
    assert time.perf_counter() - began_s < 0.1


# ---- one line from the disk to now ---------------------------------------------------------


def test_what_is_on_disk_and_what_is_not_are_one_line(
    demo_of: Callable[..., PausedDemo], open_page: Open, qtbot: QtBot
) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=600)
    page = open_page(demo)
    page.show_names([RETURN])
    page.show_span(300 * 1_000_000)
    settle(qtbot, page)
    before = longest_gap(page)
    for _ in range(30):
        demo.advance(2)
        refresh(page)
    assert known(page)[-9:].any(), "the newest samples are there"
    assert longest_gap(page) <= before + 1
    page.view.reload()
    settle(qtbot, page)
    assert longest_gap(page) <= before + 1


def longest_gap(page: TrendsPage) -> int:
    """The most columns in a row without a value."""
    told = np.flatnonzero(known(page))
    return int(np.diff(np.r_[told, page.view.grid.count]).max())


def test_samples_that_the_disk_does_not_hold_yet_are_in_the_answer(
    demo_of: Callable[..., PausedDemo],
) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=600)
    history = MadeUpHistory()
    history.end_us = NOON_US - 60 * 1_000_000
    source = TrendSource(history, demo.session.trends, demo.clock)
    found = source.columns(*RETURN, NOON_US - 120 * 1_000_000, NOON_US + 1, 120)
    assert np.isfinite(found.mean[:60]).all()
    assert np.isfinite(found.mean[61::2]).sum() + np.isfinite(found.mean[60::2]).sum() >= 29
    ages, values = demo.session.trends.window(*RETURN, 50.0, demo.clock().mono_s)
    assert len(ages) > 20
    at = int((NOON_US + round(float(ages[-5]) * 1e6) - (NOON_US - 120 * 1_000_000)) // 1_000_000)
    assert found.mean[at] == pytest.approx(float(values[-5]))
    assert found.minimum[at] <= found.mean[at] <= found.maximum[at]


def test_a_sample_on_disk_is_not_added_again(demo_of: Callable[..., PausedDemo]) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=100)
    demo.close()  # everything is on the disk
    reader = TelemetryReader(demo.session.data)
    source = TrendSource(reader, demo.session.trends, demo.clock)
    assert len(source.newest(*RETURN, NOON_US + 1)) == 0
    stored = reader.envelope(*RETURN, NOON_US - 10**8, NOON_US, 100)
    found = source.columns(*RETURN, NOON_US - 10**8, NOON_US, 100)
    np.testing.assert_array_equal(found.mean, stored.mean)


def test_silence_is_no_value(
    demo_of: Callable[..., PausedDemo], open_page: Open, qtbot: QtBot
) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=60, faults=["controller_silent:tank-1@40"])
    page = open_page(demo)
    settle(qtbot, page)
    assert {(value.number, value.more) for value in page.values.values} == {("---", "no answer")}
    page.view.set_cursor(NOON_US - 40 * 1_000_000)
    assert page.values.values[0].number != "---"


def test_what_came_while_another_page_was_shown_is_there(
    demo_of: Callable[..., PausedDemo], open_page: Open, qtbot: QtBot
) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=300)
    page = open_page(demo)
    page.show_span(120 * 1_000_000)
    settle(qtbot, page)
    page.hide()
    demo.advance(60)
    page.show()
    settle(qtbot, page)
    assert longest_gap(page) * page.view.grid.step_us < 8_000_000


def test_states_are_told_in_words(demo: PausedDemo, open_page: Open, qtbot: QtBot) -> None:
    page = open_page(demo)
    page.show_names([("tank-1", "pump[1].state")])
    settle(qtbot, page)
    demo.advance(2)
    refresh(page)
    assert [value.number for value in page.values.values] == ["running"]


# ---- time ----------------------------------------------------------------------------------


def test_spans_are_one_tap(demo: PausedDemo, open_page: Open, qtbot: QtBot) -> None:
    page = open_page(demo, history=MadeUpHistory())
    for span_us, button in page.spans.spans[:-1]:
        tap(button)
        assert page.view.reach.span_us == span_us
        assert page.view.reach.follows
        assert [b.isChecked() for _, b in page.spans.spans].count(True) == 1
        assert button.isChecked()
    settle(qtbot, page)


def is_live(page: TrendsPage) -> bool:
    assert page.spans.now.isChecked() == page.view.reach.follows
    return page.view.reach.follows


def test_back_in_time_and_live_again(demo: PausedDemo, open_page: Open, qtbot: QtBot) -> None:
    page = open_page(demo, history=MadeUpHistory())
    tap(page.spans.earlier)
    assert not is_live(page)
    end_us = page.view.reach.end_us
    demo.advance(10)
    refresh(page)
    assert page.view.reach.end_us == end_us
    tap(page.spans.now)
    assert is_live(page)
    tap(page.spans.now)
    assert is_live(page), "a second tap does not let go of the present"
    tap(page.spans.farther)
    assert page.view.reach.span_us > HOUR_US
    settle(qtbot, page)


def test_all_is_what_is_recorded(demo: PausedDemo, open_page: Open, qtbot: QtBot) -> None:
    history = MadeUpHistory(span_us=400 * DAY_US)
    page = open_page(demo, history=history)
    tap(page.spans.spans[-1][1])
    qtbot.waitUntil(lambda: page.view.reach.span_us > 399 * DAY_US)
    assert page.view.reach.span_us < 408 * DAY_US
    assert page.spans.spans[-1][1].isChecked()
    settle(qtbot, page)
    assert known(page).mean() > 0.95


def test_the_first_sample_is_found_to_a_thousandth() -> None:
    for span_us in (120 * 1_000_000, HOUR_US, 7 * DAY_US, 3000 * DAY_US):
        history = MadeUpHistory(span_us=span_us)
        history.end_us = NOON_US
        found = first_sample_us(history, [RETURN], NOON_US)
        assert found is not None
        assert abs(found - history.first_us) <= span_us / 500
    nothing = MadeUpHistory(span_us=-1)
    assert first_sample_us(nothing, [RETURN], NOON_US) is None


# ---- never waiting -------------------------------------------------------------------------


def test_nothing_is_read_in_the_thread_of_the_window(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    history = MadeUpHistory()
    page = open_page(demo, history=history)
    tap(page.spans.spans[-1][1])
    page._show_panel("compare")
    page.compare_with(-DAY_US)
    settle(qtbot, page)
    asked = {what for what, _, _ in history.asked}
    assert {"parts", "keys", "envelope", "statistics", "last"} <= asked
    assert threading.main_thread() not in history.threads


def test_a_slow_disk_holds_up_neither_panning_nor_refreshing(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    history = MadeUpHistory(slow_s=0.05)
    page = open_page(demo, history=history)
    page.show_names(main_points(demo.session, "tank-1"))
    page.show_span(8 * HOUR_US)
    settle(qtbot, page)
    costs: list[float] = []
    for number in range(40):
        began_s = time.perf_counter()
        page.view.pan(-0.05) if number % 2 else page.view.zoom(1.05 if number % 4 else 1 / 1.05)
        page.refresh(demo.session.refresh())
        page.view.repaint()
        costs.append(time.perf_counter() - began_s)
        qtbot.wait(2)
    assert sorted(costs)[len(costs) // 2] < 0.02
    assert page.view.waiting, "the answers were still on their way"
    settle(qtbot, page)


def test_while_it_waits_the_old_picture_is_shown(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    history = MadeUpHistory()
    page = open_page(demo, history=history)
    page.show_names([RETURN])
    page.show_span(DAY_US)
    settle(qtbot, page)
    history.go.clear()
    tap(page.spans.earlier)
    shown = known(page)
    assert page.view.waiting
    assert shown[: len(shown) // 5].sum() == 0
    assert shown[len(shown) // 3 :].all()
    history.go.set()
    settle(qtbot, page)
    assert known(page).all()


def test_a_stale_answer_is_dropped(demo: PausedDemo, open_page: Open, qtbot: QtBot) -> None:
    history = MadeUpHistory()
    page = open_page(demo, history=history)
    settle(qtbot, page)
    history.go.clear()
    page.show_span(DAY_US)
    page.show_span(7 * DAY_US)
    page.show_names([FLOW])
    history.go.set()
    settle(qtbot, page)
    assert page.view.reach.span_us == 7 * DAY_US
    assert len(page.view.curves) == 1
    first_us = history.first_us
    at = page.view.grid.slot(first_us)
    assert known(page)[at + 2 :].mean() > 0.9


def test_a_disk_that_cannot_be_read_is_said(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    from console.history.status import StorageReason

    history = MadeUpHistory()
    history.trouble = StorageError(StorageReason.ERROR, "The disk is gone.", Path("x"))
    page = open_page(demo, history=history)
    qtbot.waitUntil(lambda: not page.view.waiting)
    assert page.view._note() == "The disk is gone."
    page._show_panel("compare")
    page.compare_with(-DAY_US)
    qtbot.waitUntil(lambda: page.compare.words.text() == "The disk is gone.")


def test_closing_while_the_disk_is_read_is_harmless(demo: PausedDemo, qtbot: QtBot) -> None:
    history = MadeUpHistory()
    history.go.clear()
    page = TrendsPage(demo.session, history=history, views=ViewsFile(Path("/nowhere/x")))
    page.show()
    refresh(page)
    qtbot.waitUntil(lambda: bool(history.asked))
    loader = page._loader
    page.deleteLater()
    qtbot.waitUntil(lambda: not isValid(page))
    history.go.set()
    assert loader.stop(5.0)
    qtbot.wait(50)


# ---- comparing -----------------------------------------------------------------------------


def test_two_ranges_are_drawn_over_each_other_with_their_figures(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    history = MadeUpHistory()
    page = open_page(demo, history=history)
    page.show_names([RETURN, FLOW])
    tap(page.top.buttons["compare"])
    assert "Choose what to compare with" in page.compare.words.text()
    page.compare.shift.choose(str(DAY_US))
    page.compare.shift.activated.emit(page.compare.shift.currentIndex())
    assert page.against_us == -DAY_US
    assert [curve.offset_us for curve in page.view.curves] == [0, -DAY_US, 0, -DAY_US]
    settle(qtbot, page)
    reach = page.view.reach
    (block, _) = page.compare.table.blocks
    assert [title for title, _ in block.rows] == ["shown", "compared", "difference"]
    one = history.statistics(*RETURN, reach.start_us, reach.end_us)
    other = history.statistics(*RETURN, reach.start_us - DAY_US, reach.end_us - DAY_US)
    assert block.rows[0][1] == tuple(f"{v:.2f}" for v in (one.minimum, one.mean, one.maximum))
    change = one.mean - other.mean
    assert block.rows[2][1][1] == f"{change:+.2f}".replace("-", "\N{MINUS SIGN}")
    assert "2026-11-20" in page.compare.other.accessibleName()
    assert [value.compared is None for value in page.values.values] == [False, False]
    page.compare_with(0)
    assert [curve.offset_us for curve in page.view.curves] == [0, 0]


def test_a_range_is_compared_by_its_own_start_and_nudged(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    page = open_page(demo, history=MadeUpHistory())
    page._show_panel("compare")
    page.compare.start.setText("2026-11-19")
    page.compare.start.returnPressed.emit()
    start_us = page.view.reach.start_us + page.against_us
    from console.ui.log_filters import moment_us

    assert start_us == moment_us("2026-11-19", NOON_US)
    before = page.against_us
    tap(page.compare.later)
    assert page.against_us - before == page.view.reach.span_us // 20
    page.compare.start.setText("yesterday")
    page.compare.start.returnPressed.emit()
    assert page.compare.words.text() == "Write a time as 2026-11-21 12:04"
    settle(qtbot, page)


def test_before_and_after_a_service(
    demo_of: Callable[..., PausedDemo], open_page: Open, qtbot: QtBot
) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=600, faults=["pump_trip:tank-1@400"])
    written(qtbot, demo)
    page = open_page(demo)
    settle(qtbot, page)
    tap(page.events.bar.before)
    mark = page.events.bar.mark
    assert mark is not None
    tap(page.events.bar.compare)
    reach = page.view.reach
    assert abs(reach.start_us - mark.mark.utc_us) < 2_000_000
    assert abs(page.against_us + reach.span_us) < 2_000_000
    settle(qtbot, page)
    flow = next(b for b in page.compare.table.blocks if b.title == "Coolant flow")
    assert flow.rows[2][1][1].startswith("\N{MINUS SIGN}"), "less flows than before"


def test_what_goes_on_is_compared_as_it_goes_on(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    history = MadeUpHistory()
    page = open_page(demo, history=history)
    page.show_span(300 * 1_000_000)
    page.compare_with(-DAY_US)
    settle(qtbot, page)
    asked = len(history.asked)
    demo.advance(4)
    refresh(page)
    settle(qtbot, page)
    assert len(history.asked) > asked
    number = next(n for n, curve in enumerate(page.view.curves) if curve.offset_us)
    assert np.isfinite(page.view._stage.store.low[number, -3:]).any()


# ---- marks ---------------------------------------------------------------------------------


def test_alarms_and_events_are_marked_and_lead_to_the_log(
    demo_of: Callable[..., PausedDemo], open_page: Open, qtbot: QtBot
) -> None:
    demo = demo_of(tanks=2, hosts=0, seconds=600, faults=["pump_trip:tank-2@300"])
    page = open_page(demo)
    settle(qtbot, page)
    assert not any(mark.priority for mark in page.view._stage.marks), (
        "another tank's alarms are not here"
    )
    page.show_subject("tank-2")
    settle(qtbot, page)
    alarms = [one for one in page.events.marks if one.mark.priority]
    assert alarms
    assert all(one.subject == "tank-2" for one in alarms)
    assert any(one.mark.active for one in alarms)
    gone: list[tuple[str, str, int]] = []
    page.open_moment.connect(lambda *to: gone.append(to))
    area, grid = page.view.plot_area(), page.view.grid
    moment = alarms[0].mark.utc_us
    x = area.left() + (moment - grid.start_us) / (grid.end_us - grid.start_us) * area.width()
    tap(page.view, QPoint(round(x), area.top() // 3))
    assert page.events.bar.mark is not None
    assert page.events.bar.mark.mark.utc_us == pytest.approx(moment, abs=10_000_000)
    assert page.events.bar.words.text.endswith(page.events.bar.mark.mark.text)
    assert page.view.cursor_us is not None
    tap(page.events.bar.log)
    assert gone == [("log", "tank-2", page.events.bar.mark.mark.utc_us)]


def test_marks_are_walked_by_buttons(
    demo_of: Callable[..., PausedDemo], open_page: Open, qtbot: QtBot
) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=600, faults=["pump_trip:tank-1@300"])
    page = open_page(demo)
    settle(qtbot, page)
    tap(page.events.bar.after)
    seen = []
    for _ in range(len(page.events.marks) + 2):
        assert page.events.bar.mark is not None
        seen.append(page.events.bar.mark.mark.utc_us)
        tap(page.events.bar.after)
    assert seen == sorted(seen)
    assert set(seen) == {one.mark.utc_us for one in page.events.marks}


def test_an_alarm_reaches_to_where_it_was_cleared() -> None:
    head, events = Head("made-up", 0, NO_HASH), []
    kinds = [Kind.ALARM_RAISED, Kind.ALARM_CLEARED, Kind.ALARM_RAISED, Kind.GPU_XID]
    kinds += [Kind.ALARM_RAISED]
    hot: dict[str, JSON] = {"alarm": "hot", "name": "Hot", "priority": 2}
    low: dict[str, JSON] = {"alarm": "low", "name": "Low", "priority": 1}
    bodies: list[dict[str, JSON]] = [hot, hot, hot, {"xid": 79}, low]
    for number, (kind, body) in enumerate(zip(kinds, bodies, strict=True), 1):
        draft = EventDraft(kind, "tank-1", body, Stamp(number * 1000, 0.0))
        event, _ = seal(draft, uuid7(number * 1000), head, "boot")
        head = Head("made-up", event.sequence, event.hash)
        events.append(event)
    marks = marks_of(events, {AlarmKey("tank-1", "hot")}, lambda event: str(event.kind))
    told = [(one.mark.utc_us, one.mark.priority, one.mark.active) for one in marks]
    assert told == [(1000, 2, False), (3000, 2, True), (4000, 0, False), (5000, 1, False)]
    assert marks[0].mark.until_us == 2000
    assert marks[1].mark.until_us is not None
    assert marks[1].mark.until_us > 1 << 60
    assert marks[3].mark.until_us is None, "nobody knows how long it held"


# ---- saved views ---------------------------------------------------------------------------


def test_a_view_is_kept_and_found_again(
    demo: PausedDemo, open_page: Open, qtbot: QtBot, views: ViewsFile
) -> None:
    page = open_page(demo, history=MadeUpHistory())
    page.show_names([FLOW, RETURN])
    page.show_span(8 * HOUR_US)
    page.compare_with(-DAY_US)
    tap(page.top.fit)
    tap(page.top.buttons["saved"])
    page.saved_panel.name.setText('Pump "A" \\ 泵\x7f')
    tap(page.saved_panel.save)
    qtbot.waitUntil(lambda: len(page.saved_panel.list.rows) == 1)
    later = open_page(demo, history=MadeUpHistory(), views=ViewsFile(views.path))
    qtbot.waitUntil(lambda: len(later.saved_panel.list.rows) == 1)
    later.saved_panel.list.tapped.emit(later.saved_panel.list.rows[0].key)
    assert list(later.names) == [FLOW, RETURN]
    assert later.view.reach.span_us == 8 * HOUR_US
    assert later.view.reach.follows
    assert later.against_us == -DAY_US
    assert later.top.fit.isChecked()
    assert later.saved_panel.save.text() == "Save in its place"
    tap(later.top.buttons["saved"])
    tap(later.saved_panel.remove)
    assert len(views.load().views) == 1, "it takes a second tap"
    tap(later.saved_panel.sure)
    qtbot.waitUntil(lambda: later.saved_panel.list.rows == ())
    assert views.load().views == ()
    settle(qtbot, page)
    settle(qtbot, later)


def test_a_view_of_the_past_stays_there(demo: PausedDemo, open_page: Open, qtbot: QtBot) -> None:
    page = open_page(demo, history=MadeUpHistory())
    page.view.set_range(NOON_US - 3 * DAY_US, NOON_US - 2 * DAY_US)
    view = page.saved("then")
    assert view is not None
    page.show_span(HOUR_US)
    page._go_live()
    page.open_view(view)
    assert (page.view.reach.start_us, page.view.reach.span_us) == (NOON_US - 3 * DAY_US, DAY_US)
    settle(qtbot, page)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[[view", "not valid TOML"),
        ('[[view]]\nname = "a"\n', "missing"),
        ('[[view]]\nname = "a"\ncurve = []\nspan_us = 5\n', "span_us"),
        ("view = 3\n", "view"),
        ("\x00", "not valid TOML"),
    ],
)
def test_a_bad_file_of_views_is_a_sentence_and_is_left_alone(
    demo: PausedDemo, open_page: Open, qtbot: QtBot, views: ViewsFile, text: str, word: str
) -> None:
    views.path.parent.mkdir(parents=True)
    views.path.write_text(text)
    page = open_page(demo, history=MadeUpHistory())
    page._show_panel("saved")
    qtbot.waitUntil(lambda: word in page.saved_panel.words.text())
    assert "\n" not in page.saved_panel.words.text()
    assert page.saved_panel.words.isVisible()
    page.saved_panel.name.setText("mine")
    tap(page.saved_panel.save)
    qtbot.wait(50)
    assert views.path.read_text() == text
    settle(qtbot, page)


def test_what_is_written_is_what_is_read(views: ViewsFile) -> None:
    curve = (CurveName(part='a"b', key="c\\d\n"), CurveName(part="泵", key="\x7f\u2028"))
    given = (SavedView(name="x", curve=curve, start_us=7, against_us=-3, span_us=10**7),)
    views.path.parent.mkdir(parents=True)
    views.path.write_text(as_toml(given), encoding="utf-8")
    assert views.load().views == given


def test_a_folder_that_takes_no_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    views = ViewsFile(tmp_path / "file" / FILE_NAME)
    kept = views.put(SavedView(name="x", curve=(CurveName(part="a", key="b"),)))
    assert kept.views == ()
    assert "could not be written" in kept.trouble


# ---- export --------------------------------------------------------------------------------


def export(qtbot: QtBot, page: TrendsPage, kind: Format, path: Path) -> None:
    if page._side.currentWidget() is not page.export or not page._side.isVisible():
        tap(page.top.buttons["export"])
    page.export.list.tapped.emit(str(kind))
    page.export.path.setText(str(path))
    tap(page.export.save)
    qtbot.waitUntil(page.export.save.isEnabled, timeout=10_000)


def test_a_picture_is_what_is_on_the_screen(
    demo: PausedDemo, open_page: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    page = open_page(demo)
    settle(qtbot, page)
    export(qtbot, page, Format.PICTURE, tmp_path / "trends.png")
    image = QImage(str(tmp_path / "trends.png"))
    assert image.width() == page._curves.width()
    assert image.height() == page._curves.height() + 40
    assert page.export.result.text() == f"The picture is now in {tmp_path / 'trends.png'}."
    assert [p.name for p in tmp_path.iterdir() if "trends" in p.name] == ["trends.png"]


def test_every_sample_is_exported_as_it_was_recorded(
    demo: PausedDemo, open_page: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    history = MadeUpHistory()
    page = open_page(demo, history=history)
    page.show_names([RETURN])
    page.view.set_range(NOON_US - 3 * HOUR_US, NOON_US - 2 * HOUR_US)
    page.compare_with(-DAY_US)
    export(qtbot, page, Format.SAMPLES, tmp_path / "a.csv")
    for name, start_us in (("a", NOON_US - 3 * HOUR_US), ("a-compared", NOON_US - 27 * HOUR_US)):
        rows = list(csv.DictReader((tmp_path / f"{name}.csv").read_text("utf-8").splitlines()))
        assert len(rows) == 3600
        trend = history.range(*RETURN, start_us, start_us + HOUR_US)
        assert [float(row["value"]) for row in rows] == trend.values.tolist()
        assert {row["quality"] for row in rows} == {"good"}
        assert rows[0]["unit"] == "Cel"
        day = 20 + (name == "a")
        assert rows[0]["time_utc"] == f"2026-11-{day} 09:04:11.000"
    assert "7200 rows" in page.export.result.text()
    assert "a-compared.csv" in page.export.result.text()
    settle(qtbot, page)


@pytest.mark.parametrize(("kind", "mark"), [(Format.TABLE, ","), (Format.TABLE_COMMA, ";")])
def test_a_table_has_a_row_per_moment(
    demo: PausedDemo, open_page: Open, qtbot: QtBot, tmp_path: Path, kind: Format, mark: str
) -> None:
    page = open_page(demo, history=MadeUpHistory())
    page.show_names([RETURN, FLOW])
    page.view.set_range(NOON_US - 2 * DAY_US, NOON_US - DAY_US)
    export(qtbot, page, kind, tmp_path / "t.csv")
    lines = (tmp_path / "t.csv").read_text("utf-8").splitlines()
    rows = list(csv.reader(lines, delimiter=mark))
    assert rows[0][:3] == [
        "time_utc",
        "tank-1 coolant_return_temperature [Cel] minimum",
        "tank-1 coolant_return_temperature [Cel] maximum",
    ]
    assert {len(row) for row in rows} == {7}
    times = np.array([row[0].replace(" ", "T") for row in rows[1:]], "datetime64[ms]")
    assert set(np.diff(times).astype(int).tolist()) == {30_000}
    least, greatest, mean = (
        [float(row[n].replace(",", ".")) for row in rows[1:]] for n in (1, 2, 3)
    )
    assert all(a <= m <= b for a, b, m in zip(least, greatest, mean, strict=True))
    settle(qtbot, page)


def test_an_export_that_fails_says_why_and_leaves_nothing(
    demo: PausedDemo, open_page: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    page = open_page(demo, history=MadeUpHistory())
    for kind in Format:
        export(qtbot, page, kind, tmp_path / "nowhere" / f"x{kind.suffix}")
        assert "No such file or directory" in page.export.result.text()
    assert not (tmp_path / "nowhere").exists()
    settle(qtbot, page)


def test_an_existing_file_is_replaced_only_by_a_button_that_says_so(
    demo: PausedDemo, open_page: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    page = open_page(demo)
    (tmp_path / "old.png").write_text("old")
    tap(page.top.buttons["export"])
    page.export.path.setText(str(tmp_path / "old.png"))
    assert page.export.save.text() == "Replace the file"
    settle(qtbot, page)


# ---- the look ------------------------------------------------------------------------------


def test_everything_is_named_in_every_panel(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    page = open_page(demo)
    for name in ("curves", "saved", "compare", "export"):
        page._show_panel(name)
        page.compare_with(-HOUR_US if name == "compare" else 0)
        assert widgets.unnamed(page) == []
    settle(qtbot, page)


@pytest.mark.parametrize("panel", ["", "curves", "saved", "compare", "export"])
def test_it_fits_with_gloves(
    demo: PausedDemo, open_page: Open, qtbot: QtBot, look: Look, panel: str
) -> None:
    look.use(glove=True)
    page = open_page(demo)
    page.resize(1192, 681)
    page._show_panel(panel)
    page.compare_with(-HOUR_US if panel == "compare" else 0)
    QApplication.processEvents()
    assert page.minimumSizeHint().width() <= 1192
    assert page.minimumSizeHint().height() <= 681
    settle(qtbot, page)


def test_the_curve_of_a_strip_and_its_value_have_one_pen(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    page = open_page(demo)
    settle(qtbot, page)
    names = [curve.name for curve in page.view.curves]
    assert [value.curve.name for value in page.values.values] == names
    assert all(isinstance(value.curve, Curve) for value in page.values.values)
