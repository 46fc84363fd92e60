"""The figures of a period: counts first, intervals drawn, and honest where too little is known."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.demo import PausedDemo
from console.session.session import Refresh
from console.session.workplace import Workplace
from console.ui.work.figures_tab import FiguresTab, rate_rows
from console.ui.work.figures_words import (
    mtbf_words,
    norm_words,
    per_100,
    rate_words,
    share_words,
    spread_words,
    time_words,
)
from console.ui.work.rate_chart import RateRow, scale_end
from console.work.assets.fluid import Why
from console.work.assets.places import Place
from console.work.figures_report import fluid_of, is_thin, window_of
from console.work.orders.desk import NewOrder
from console.work.orders.model import Origin, Source
from console.work.rates import YEAR_H, Rate, Spread
from console.work.step_norms import StepNorm
from console.work.step_times import Usual
from tests.house import widgets
from tests.house.hands import press
from tests.ui.conftest import Look
from tests.ui.things_hands import reached, workplace
from tests.unit.work.kit import Site, recorded

NOTHING = Refresh((), alarms_changed=False)
DAY_S = 86_400.0
YEARS_S = 400 * DAY_S


def history() -> Site:
    """A year and a bit of one server with two GPUs, of which one fails five times."""
    site = Site(log="log-b")
    site.clock.advance(-YEARS_S)
    for serial, slot in (("GPU-A", 0), ("GPU-B", 1)):
        site.assets.register("chen", serial, "gpu", model="H100")
        site.assets.move("chen", serial, Place.parse(f"server:NODE-1/{slot}"))
    site.assets.fluid("chen", "tank-1", Why.FILL, 500.0, batch="B-1", measured=True)
    for number in range(5):
        site.clock.advance(70 * DAY_S)
        source = Source(Origin.XID, "79", "node-1/gpu0")
        site.orders.open("chen", NewOrder(f"Xid {number}", "node-1/gpu0", source=source))
        site.assets.fluid("chen", "tank-1", Why.DRAG_OUT, 1.5)
    return site


@pytest.fixture
def place(demo: PausedDemo) -> Workplace:
    made = workplace(demo)
    events = recorded(history().told)
    made.room.desk.take(events)
    made.room.book.restore(events)
    return made


@pytest.fixture
def tab(demo: PausedDemo, place: Workplace, qtbot: QtBot) -> FiguresTab:
    shown = FiguresTab(demo.session)
    qtbot.addWidget(shown)
    shown.resize(1192, 640)
    shown.show()
    shown.refresh(NOTHING)
    qtbot.waitUntil(lambda: shown.settled, timeout=10_000)
    return shown


def choose(tab: FiguresTab, qtbot: QtBot, period: str) -> None:
    tab.period.choose(period)
    tab.period.chosen.emit(period)
    qtbot.waitUntil(lambda: tab.settled, timeout=10_000)


def test_counts_stand_before_rates(tab: FiguresTab, qtbot: QtBot) -> None:
    row = tab.chart.rows[0]
    assert (row.name, row.rate.failures, row.rate.pieces) == ("H100", 5, 2)
    assert "5 failures in 2.0 years of 2 pieces" in row.sentence
    assert "5 failures since" in tab.note.text()
    choose(tab, qtbot, "30")
    assert tab.chart.rows[0].rate.failures == 0
    assert "none seen: below" in tab.chart.rows[0].sentence
    choose(tab, qtbot, "all")
    assert tab.chart.rows[0].rate.failures == 5


def test_by_position_and_batch(tab: FiguresTab) -> None:
    assert tab.found is not None
    assert tab.found.report is not None
    tab.group.choose("position")
    names = [row.name for row in tab.chart.rows]
    assert names == ["server NODE-1, slot 0", "server NODE-1, slot 1"]
    assert [row.rate.failures for row in tab.chart.rows] == [5, 0]
    assert rate_rows(tab.found.report, "batch") == []
    tab.group.choose("batch")
    assert "No equipment was in service" in tab.empty.text()


def test_fluid_and_orders_stand_beside_it(tab: FiguresTab) -> None:
    assert ("Tank 1", "~7.5 L lost, 0.0 L added") in tab.fluid.facts
    facts = dict(tab.orders.facts)
    assert facts["Opened"] == "5"
    assert facts["Right first time"] == "0 of 0"
    text = tab.as_text()
    for told in ("By model", "H100: 5 failures", "Opened: 5", "7.5 L lost"):
        assert told in text


def test_everything_has_a_name_is_grey_and_reached_by_keys(tab: FiguresTab) -> None:
    assert widgets.unnamed(tab) == []
    assert widgets.colourful(tab) == 0.0
    keys = reached(tab.period.findChildren(type(tab.copy))[0])
    assert tab.copy in keys
    assert tab.group in keys
    press(tab.view._group.button(1), Qt.Key.Key_Space)
    assert tab.view.key == "repairs"
    assert "Nothing was repaired" in tab.empty.text()


def test_nothing_is_worked_out_twice_while_nothing_changes(
    tab: FiguresTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(tab.reading, "ask", lambda _place, period: asked.append(period))
    for _ in range(5):
        tab.refresh(NOTHING)
    assert asked == []


@pytest.mark.parametrize("theme_id", ["dark", "contrast", "contrast-dark"])
def test_it_paints_in_every_look(tab: FiguresTab, look: Look, theme_id: str) -> None:
    look.use(theme_id, glove=True)
    QApplication.processEvents()
    assert not tab.grab().isNull()


def test_it_paints_in_chinese(demo: PausedDemo, place: Workplace, look: Look, qtbot: QtBot) -> None:
    look.use(language="zh_CN")
    shown = FiguresTab(demo.session)
    qtbot.addWidget(shown)
    shown.show()
    shown.refresh(NOTHING)
    qtbot.waitUntil(lambda: shown.settled, timeout=10_000)
    assert not shown.grab().isNull()


# ---- words -------------------------------------------------------------------------------------


def test_three_failures_in_41_years_in_words() -> None:
    rate = Rate(3, 41 * YEAR_H, 41)
    assert rate_words(rate) == "7.3 (2.6–17.2)"
    assert mtbf_words(rate) == ("13.7 years", "5.8 years – 37.8 years")
    assert not is_thin(rate)


@pytest.mark.parametrize("failures", [0, 1, 2])
def test_too_few_to_say(failures: int) -> None:
    rate = Rate(failures, YEAR_H, 1)
    assert is_thin(rate)
    told = rate_words(rate)
    assert ("too few to say" in told) or told.startswith("none seen: below")


def test_without_time_there_is_no_rate() -> None:
    rate = Rate(0, 0.0, 0)
    assert (rate_words(rate), mtbf_words(rate)) == ("no time in service", ("---", ""))
    assert is_thin(rate)


def test_times_shares_and_spreads_in_words() -> None:
    assert [time_words(h) for h in (0.5, 1.9, 30.0, 100.0, 2 * YEAR_H, math.inf)] == [
        "30 min", "114 min", "30.0 h", "4 d", "2.0 years", "∞",
    ]  # fmt: skip
    assert share_words(9, 10, (0.62, 0.97)) == "9 of 10, 62–97\N{NO-BREAK SPACE}%"
    assert share_words(0, 0, None) == "0 of 0"
    assert spread_words(None) == "none"
    assert spread_words(Spread(3, 4.0, 2.0, 9.0)) == "4.0 h (2.0 h – 9.0 h)"


def test_a_step_is_compared_once_it_was_done_often_enough() -> None:
    title = {"en": "Lift"}
    often = StepNorm("lift", title, Usual(9, 360.0, 30.0), 300.0)
    assert norm_words(often) == ("6.0 min ± 0.5 min", "5.0 min", "1.0 min longer")
    seldom = StepNorm("lift", title, Usual(2, 360.0, 30.0), 300.0)
    assert norm_words(seldom)[2] == "too few to say"
    unplanned = StepNorm("lift", title, Usual(9, 360.0, 30.0), None)
    assert norm_words(unplanned)[1:] == ("–", "")


def test_the_axis_is_round_and_not_for_one_wild_row() -> None:
    calm = RateRow("a", Rate(30, 100 * YEAR_H, 10))
    wild = RateRow("b", Rate(1, 0.02 * YEAR_H, 1))
    none = RateRow("c", Rate(0, 0.0, 0))
    assert per_100(scale_end([calm])) == "50.0"
    assert scale_end([calm, wild]) <= 3 * 50 * 1.7
    assert scale_end([none]) == 1.0
    assert scale_end([RateRow("d", Rate(0, YEAR_H, 1))]) >= 1.92


def test_everything_since_the_first_event_and_nothing_without() -> None:
    site = history()
    now_us = site.clock.wall_us
    window = window_of(site.book, 0, now_us)
    assert window.since_us == now_us - 350 * round(DAY_S) * 10**6
    assert [round(one.lost_l, 1) for one in fluid_of(site.book.fluid, window)] == [7.5]
    assert window_of(Site().book, 0, now_us).since_us == now_us
