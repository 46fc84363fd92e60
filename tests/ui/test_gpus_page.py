"""The GPUs page: every GPU in its place, what is wrong with it, and never a number that is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from console.demo import PausedDemo
from console.session import Session
from console.site import check_site
from console.ui import gpu_layout, paint, theme
from console.ui.gpu_cell import _last_words, draw_cell
from console.ui.gpu_layout import LabelWidths, lay_out
from console.ui.gpu_margin import MARGIN, TEMPERATURE
from console.ui.gpu_model import COLUMNS, GpuModel, GpuOrder
from console.ui.gpu_roster import HostLine
from console.ui.gpu_state import (
    MEMORY_TEMPERATURE,
    NORMAL,
    POWER,
    THROTTLE,
    XID,
    GpuState,
    Place,
    state_of,
)
from console.ui.gpus_page import GpusPage
from drivers.gpu.points import gpu_schema
from drivers.points import Reason, Snapshot, Stamp
from tests.house import widgets
from tests.house.hands import press, tap
from tests.ui.conftest import Look
from tests.ui.gpu_hands import NOTHING, again, answer, field, page_of, silence, without

TITLES = {column.title(): n for n, column in enumerate(COLUMNS)}
Show = Callable[[PausedDemo], GpusPage]


@pytest.fixture
def show(qtbot: QtBot, look: Look) -> Show:
    return lambda demo: page_of(qtbot, demo)


@pytest.fixture
def healthy(demo_of: Callable[..., PausedDemo]) -> PausedDemo:
    return demo_of(tanks=2, hosts=3, gpus=4, seconds=60)


@pytest.fixture
def sick(demo_of: Callable[..., PausedDemo]) -> PausedDemo:
    """One GPU of twelve is off the bus."""
    return demo_of(tanks=2, hosts=3, gpus=4, seconds=60, faults=["gpu_lost:node-2@20,gpu=1"])


def column(page: GpusPage, title: str) -> list[str]:
    order = page.table.order
    return [order.index(row, TITLES[title]).data() for row in range(order.rowCount())]


# ---- the matrix ----------------------------------------------------------------------------------


def test_every_gpu_has_its_place(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    cells = page.matrix.cells.layout_of_cells
    assert len(cells.cells) == 12
    assert [(row.host.tank, row.host.slot, row.host.name) for row in cells.rows] == [
        ("Tank 1", 1, "Node 1"),
        ("Tank 1", 2, "Node 3"),
        ("Tank 2", 1, "Node 2"),
    ]
    assert [row.names_tank for row in cells.rows] == [True, False, True]
    assert page.count.text() == "12 GPUs"


def test_margin_is_what_the_gpu_tells(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    answer(healthy, "node-1", field("GPU_TEMP_LIMIT", -3))
    again(healthy, page)
    state = page.roster.states[0]
    assert (state.margin_k, state.told) == (-3, True)
    assert state.spoken.startswith("Tank 1 > Node 1 > GPU 0")
    assert "margin \N{MINUS SIGN}3 K" in state.spoken
    others = page.roster.states[1:]
    assert [s.margin_k for s in others] == [s.value(MARGIN) for s in others]


def test_else_it_is_what_is_left_to_the_limit_of_the_core(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    answer(healthy, "node-1", lambda text: without("TEMP_LIMIT")(field("GPU_TEMP", 70)(text)))
    again(healthy, page)
    state = page.roster.states[0]
    limits = state.view.schema[TEMPERATURE].limits
    assert limits, "a known model has limits of its own"
    assert (state.margin_k, state.told) == (min(limit.reading for limit in limits) - 70, False)


def test_a_temperature_without_a_limit_is_no_margin(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    unknown = without("TEMP_LIMIT")
    answer(healthy, "node-1", lambda text: unknown(text.replace("H100 80GB HBM3", "Model X")))
    again(healthy, page)
    state = page.roster.states[0]
    assert (state.margin_k, state.word) == (None, "margin unknown")
    assert state.value(TEMPERATURE) is not None


@pytest.mark.parametrize("theme_id", ["light", "dark", "contrast", "contrast-dark"])
def test_grey_when_normal(
    healthy: PausedDemo, show: Show, look: Look, theme_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    look.use(theme_id)
    # Live values are dark blue by design; everything else has no colour.
    plain = replace(theme.theme(), value=theme.theme().text)
    monkeypatch.setattr(theme.look(), "theme", plain)
    page = show(healthy)
    seen = widgets.pixels(page.matrix).astype(float)
    most = seen.max(axis=2)
    saturation = (most - seen.min(axis=2)) / np.maximum(most, 1)
    assert float(saturation.max()) <= 0.25


def test_an_alarm_has_colour(sick: PausedDemo, show: Show) -> None:
    page = show(sick)
    assert widgets.colourful(page.matrix) > 0


def test_a_lost_gpu_is_lost_and_not_cold(sick: PausedDemo, show: Show) -> None:
    page = show(sick)
    lost = next(state for state in page.roster.states if state.place.part == "node-2/gpu1")
    assert lost.lost
    assert lost.abnormal
    assert lost.priority == 3
    assert (lost.margin_k, set(lost.values)) == (None, {None})
    assert lost.text(TEMPERATURE) == "lost"
    assert page.count.text() == "12 GPUs, 1 lost"
    assert lost.spoken.startswith("Tank 2 > Node 2 > GPU 1, lost, last read at 12:0")


def test_a_lost_gpu_shows_its_last_values_with_their_time(sick: PausedDemo, show: Show) -> None:
    page = show(sick)
    lost = next(state for state in page.roster.states if state.lost)
    assert lost.last is not None
    before = sick.session.latest.last_known("node-2/gpu1")
    assert before is not None
    assert lost.last.margin_k == int(before.good(MARGIN) or 0)
    words = _last_words(lost)
    assert words[0].startswith(f"{lost.last.margin_k} K, ")
    assert all(lost.last.read_at[:5] in said for said in words), "never without their time"


def test_what_is_unknown_is_hatched(
    sick: PausedDemo, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = show(sick)
    silence(sick, "node-1")
    answer(sick, "node-3", without("DCGM_FI_DEV_GPU_TEMP{", "TEMP_LIMIT"))
    again(sick, page)
    hatched: list[tuple[float, float]] = []
    monkeypatch.setattr(paint, "hatched", lambda _, r: hatched.append((r.left(), r.top())))
    page.matrix.grab()
    cells = page.matrix.cells.layout_of_cells.cells
    unknown = [i for i, state in enumerate(page.roster.states) if state.margin_k is None]
    assert unknown == [*range(8), 9]
    where = [(cells[i].left(), cells[i].top()) for i in unknown]
    inside = [(x + 1, y + 1) if i in range(4, 8) else (x, y) for i, (x, y) in enumerate(where)]
    assert hatched == inside, "a whole cell, or its gauge where the GPU answers"


def test_a_throttled_gpu_says_so(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    answer(healthy, "node-1", _throttled)
    again(healthy, page)
    state = page.roster.states[0]
    assert state.throttled
    assert state.word == "throttling"
    assert page.count.text() == "12 GPUs, 1 throttling"


def test_idle_and_power_cap_are_no_trouble(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    for bits in (0, 1, 2, 4, 5):
        answer(healthy, "node-1", _reasons(bits))
        again(healthy, page)
        assert not page.roster.states[0].throttled
        assert page.count.text() == "12 GPUs"


def _reasons(bits: int) -> Callable[[str], str]:
    return field("CLOCKS?_(?:EVENT|THROTTLE)_REASONS", bits)


_throttled = _reasons(0x20)


def test_the_last_xid_is_called_the_last(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    answer(healthy, "node-1", field("XID_ERRORS", 79))
    again(healthy, page)
    state = page.roster.states[0]
    assert state.value(XID) == 79
    assert state.word == "last Xid 79"
    assert (state.need, page.roster.states[1].need) == (6, NORMAL)
    page.table.renew()
    assert column(page, "Last Xid")[:2] == ["79", "none"], "what needs a look comes first"


def test_what_is_not_exported_is_said_in_words(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    answer(healthy, "node-1", without("DCGM_FI_DEV_MEMORY_TEMP"))
    answer(healthy, "node-3", without("DCGM_FI_DEV_GPU_TEMP{", "TEMP_LIMIT"))
    again(healthy, page)
    no_memory, no_core = page.roster.states[0], page.roster.states[4]
    assert no_memory.text(MEMORY_TEMPERATURE, unit=True) == "not exported"
    assert not no_memory.abnormal
    assert (no_core.margin_k, no_core.word) == (None, "margin unknown")
    assert no_core.abnormal, "unknown is not normal"
    assert column(page, "Memory")[0] == "not exported"
    assert column(page, "Core")[4] == "not exported"


def test_a_silent_host_has_no_numbers(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    silence(healthy, "node-2")
    again(healthy, page)
    silent = page.roster.states[8:]
    assert [state.word for state in silent] == ["no answer"] * 4
    assert {value for state in silent for value in state.values} == {None}
    assert "4 without answer" in page.count.text()
    assert column(page, "Core")[8:] == ["---"] * 4
    assert page.roster.host_alarms["node-2"].key.alarm == "host-silent"


def test_only_what_changed_is_painted(
    healthy: PausedDemo, show: Show, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = show(healthy)
    qtbot.wait(20)
    drawn: list[str] = []

    def counted(p: Any, rect: Any, state: GpuState, *, lit: bool) -> None:
        drawn.append(state.place.part)
        draw_cell(p, rect, state, lit=lit)

    monkeypatch.setattr("console.ui.gpu_matrix.draw_cell", counted)
    again(healthy, page)
    QApplication.processEvents()
    assert drawn == []
    answer(healthy, "node-1", _throttled)
    again(healthy, page)
    QApplication.processEvents()
    assert drawn == ["node-1/gpu0"]


def test_an_alarm_blinks_until_it_is_acknowledged(sick: PausedDemo, show: Show) -> None:
    page = show(sick)
    assert page.matrix.cells.blink.isActive()
    page.hide()
    assert not page.matrix.cells.blink.isActive()
    page.show()
    sick.session.acknowledge(sick.session.book.alarms(), "somebody")
    sick.advance(1)
    again(sick, page)
    assert not page.matrix.cells.blink.isActive()
    assert page.matrix.cells.lit


# ---- keys and taps -------------------------------------------------------------------------------


def test_the_matrix_is_worked_by_keys(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    cells = page.matrix.cells
    cells.setFocus(Qt.FocusReason.TabFocusReason)
    assert cells.chosen == 0
    went = []
    keys = Qt.Key
    for key in (keys.Key_Right, keys.Key_Down, keys.Key_Down, keys.Key_Left, keys.Key_Up):
        press(cells, key)
        assert cells.chosen is not None
        went.append(page.roster.places[cells.chosen].part)
    assert went == ["node-1/gpu1", "node-3/gpu1", "node-2/gpu1", "node-2/gpu0", "node-3/gpu0"]
    press(cells, keys.Key_End)
    press(cells, keys.Key_Right)
    assert cells.chosen == 11
    press(cells, keys.Key_Home)
    assert cells.accessibleDescription().startswith("Tank 1 > Node 1 > GPU 0, normal, margin ")
    press(cells, keys.Key_Return)
    assert page.drawer.isVisible()
    assert page.headline() == "Tank 1 > Node 1 > GPU 0"
    press(cells, keys.Key_Escape)
    assert not page.drawer.isVisible()
    assert page.headline() == "GPUs"


def test_a_tap_opens_a_gpu(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    cells = page.matrix.cells
    tap(cells, cells.layout_of_cells.cells[6].center().toPoint())
    assert page.headline() == "Tank 1 > Node 3 > GPU 2"
    page.drawer.close_button.click()
    assert page.headline() == "GPUs"


def test_a_tap_beside_the_cells_opens_nothing(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    tap(page.matrix.cells, page.matrix.cells.rect().bottomRight())
    assert page.headline() == "GPUs"


def test_subjects(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    for unknown in ("", "nobody", "node-1/gpu9", "node"):
        page.show_subject(unknown)
        assert page.headline() == "GPUs"
    for subject, place in (
        ("node-2/gpu3", "Tank 2 > Node 2 > GPU 3"),
        ("node-3", "Tank 1 > Node 3 > GPU 0"),
        ("tank-2", "Tank 2 > Node 2 > GPU 0"),
        ("nobody", "Tank 2 > Node 2 > GPU 0"),
    ):
        page.show_subject(subject)
        assert page.headline() == place
        assert page.drawer.isVisible()


def test_no_widget_is_made_again(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    page.show_subject("node-1/gpu0")
    before = len(page.findChildren(QWidget))
    for part in [place.part for place in page.roster.places]:
        page.show_subject(part)
        healthy.advance(2)
        again(healthy, page)
        page.close_gpu()
    assert len(page.findChildren(QWidget)) == before


# ---- table and filter ----------------------------------------------------------------------------


def test_the_model_is_sound(sick: PausedDemo, show: Show, qtmodeltester: Any) -> None:
    page = show(sick)
    qtmodeltester.check(page.table.rows)
    qtmodeltester.check(page.table.order)


def test_the_table_says_what_the_matrix_does(sick: PausedDemo, show: Show) -> None:
    page = show(sick)
    tap(_button(page, "View: Table"))
    assert page.table.isVisible()
    assert column(page, "State").count("normal") == 11
    assert column(page, "State")[0] == "lost", "what needs a look comes first"
    assert column(page, "Tank") == ["Tank 2", *["Tank 1"] * 8, *["Tank 2"] * 3]
    for title in ("Margin", "Core", "Memory", "Power", "ECC", "Remapped", "Last Xid"):
        assert column(page, title)[0] == "---"


@pytest.mark.parametrize("title", TITLES)
def test_every_column_sorts(sick: PausedDemo, show: Show, title: str) -> None:
    page = show(sick)
    tap(_button(page, "View: Table"))
    key = COLUMNS[TITLES[title]].key
    page.table.titles.sectionClicked.emit(TITLES[title])
    turned = [key(state) for state in _shown(page)]
    page.table.titles.sectionClicked.emit(TITLES[title])
    back = [key(state) for state in _shown(page)]
    known = [k for k in turned if k is not None]
    assert turned == [*known, *[None] * (12 - len(known))], "what is missing comes last"
    assert known in (sorted(known), sorted(known, reverse=True))
    assert [k for k in back if k is not None] in (sorted(known), sorted(known, reverse=True))


def test_ecc_and_remapped_rows_in_words(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    answer(healthy, "node-1", field("ECC_SBE_VOL_TOTAL", 12))
    answer(healthy, "node-3", field("ECC_DBE_VOL_TOTAL", 2))
    answer(healthy, "node-2", field("ROW_REMAP_PENDING", 1))
    again(healthy, page)
    page.table.sort_by(-1, Qt.SortOrder.AscendingOrder)
    assert column(page, "ECC")[:5] == ["12 corrected", *["none"] * 3, "2 uncorrected"]
    assert column(page, "Remapped")[8] == "none, reset due"
    worst = page.table.order
    page.table.sort_by(TITLES["ECC"], Qt.SortOrder.DescendingOrder)
    assert [worst.state(row).place.part for row in (0, 1)] == ["node-3/gpu0", "node-1/gpu0"]


def test_what_the_rules_find_is_abnormal(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    answer(healthy, "node-3", field("ECC_DBE_VOL_TOTAL", 2))
    for _ in range(4):
        again(healthy, page)
    state = page.roster.states[4]
    assert state.finding is not None
    assert state.word == "Uncorrected memory errors since the driver was loaded"
    assert state.need == 6
    answer(healthy, "node-3", lambda text: text)
    for _ in range(4):
        again(healthy, page)
    assert not page.roster.states[4].abnormal


def test_a_title_sorts_and_so_does_the_keyboard(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    tap(_button(page, "View: Table"))
    core = TITLES["Core"]
    page.table.titles.sectionClicked.emit(core)
    hottest = [state.value(TEMPERATURE) or 0 for state in _shown(page)]
    assert hottest == sorted(hottest, reverse=True)
    assert page.sort.column.key == str(core)
    assert page.sort.turn.text() == "Falling"
    tap(page.sort.turn)
    coolest = [state.value(TEMPERATURE) or 0 for state in _shown(page)]
    assert coolest == sorted(coolest)
    page.sort.column.choose("-1")
    page.sort.column.activated.emit(0)
    assert [state.place for state in _shown(page)] == page.roster.places


def test_rows_do_not_move_under_a_finger(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    tap(_button(page, "View: Table"))
    page.table.sort_by(TITLES["Power"], Qt.SortOrder.DescendingOrder)
    before = [state.place for state in _shown(page)]
    answer(healthy, "node-2", field("POWER_USAGE", 799))
    again(healthy, page)
    assert [state.place for state in _shown(page)] == before
    page.table.renew()
    assert _shown(page)[0].place.part == "node-2/gpu0"


def test_the_table_is_worked_by_keys(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    tap(_button(page, "View: Table"))
    page.table.setFocus()
    press(page.table, Qt.Key.Key_Down)
    press(page.table, Qt.Key.Key_Down)
    press(page.table, Qt.Key.Key_Return)
    assert page.drawer.state is not None
    opened = page.drawer.state.place.part
    assert page.headline().startswith("Tank 1 > Node 1 > GPU ")
    assert page.table.order.state(page.table.currentIndex().row()).place.part == opened


def test_only_the_abnormal(sick: PausedDemo, show: Show) -> None:
    page = show(sick)
    tap(_button(page, "Filter: Abnormal only"))
    assert [state.place.part for state in _shown(page)] == ["node-2/gpu1"]
    assert {row.host.name for row in page.matrix.cells.layout_of_cells.rows} == {"Node 2"}
    tap(_button(page, "Filter: All"))
    assert len(page.matrix.cells.layout_of_cells.cells) == 12


def test_the_filter_follows_within_seconds(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    tap(_button(page, "Filter: Abnormal only"))
    answer(healthy, "node-1", _throttled)
    again(healthy, page)
    tap(_button(page, "View: Table"))
    healthy.advance(6)
    answer(healthy, "node-1", _throttled)
    again(healthy, page)
    assert [row.host.name for row in page.matrix.cells.layout_of_cells.rows] == ["Node 1"]
    assert [state.place.part for state in _shown(page)] == ["node-1/gpu0"]
    assert page.table.isVisible()


def test_nothing_abnormal_says_so(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    tap(_button(page, "Filter: Abnormal only"))
    assert page.empty.isVisible()
    assert page.empty.words == "No GPU is abnormal."
    tap(page.empty.button)
    assert page.matrix.isVisible()
    assert page.filter.key == "all"


def _button(page: GpusPage, name: str) -> QWidget:
    return next(w for w in page.findChildren(QWidget) if w.accessibleName() == name)


def _shown(page: GpusPage) -> list[GpuState]:
    return [page.table.order.state(row) for row in range(page.table.order.rowCount())]


# ---- sites without hosts, GPUs that appear -------------------------------------------------------

_TANK = {"id": "a", "name": "A", "map": "generic-single-phase", "url": "tcp://127.0.0.1:1"}
_HOST = {"id": "h", "name": "H", "url": "http://127.0.0.1:1/metrics"}


def _page_of(tmp_path: Path, qtbot: QtBot, **tables: object) -> tuple[Session, GpusPage]:
    site = {"site": {"id": "s", "name": "S"}, **tables}
    session = Session(check_site(site, tmp_path / "site.toml"), tmp_path / "data")
    page = GpusPage(session)
    qtbot.addWidget(page)
    page.resize(1192, 704)
    page.show()
    page.refresh(NOTHING)
    return session, page


def test_a_site_without_hosts_says_how_to_add_one(tmp_path: Path, qtbot: QtBot) -> None:
    _, page = _page_of(tmp_path, qtbot, tank=[_TANK])
    assert page.empty.isVisible()
    assert "No host is in the site file." in page.empty.words
    assert "docs/site-file.md" in page.empty.words
    assert (Path(__file__).parents[2] / "docs" / "site-file.md").is_file()


def test_gpus_appear_when_a_host_names_them(tmp_path: Path, qtbot: QtBot) -> None:
    other = {**_HOST, "id": "i", "name": "I", "gpus": 2}
    session, page = _page_of(tmp_path, qtbot, host=[_HOST, other])
    assert page.count.text() == "2 GPUs, 2 without answer"
    assert page.headline() == "GPUs"
    page.show_subject("i/gpu1")
    session.intake.add_part("h", "h/gpu0", gpu_schema())
    page.refresh(NOTHING)
    assert page.count.text() == "3 GPUs, 3 without answer"
    assert page.headline() == "I > GPU 1", "what is open stays open"
    assert page.matrix.cells.open_one == 2
    assert page.table.currentIndex().isValid()
    assert page.table.order.state(page.table.currentIndex().row()).place.part == "i/gpu1"


# ---- order, for all values -----------------------------------------------------------------------

_NUMBERS = st.one_of(st.none(), st.floats(-1e6, 1e6))


class _Roster:
    """As much of a roster as the model needs."""

    def __init__(self, states: list[GpuState]) -> None:
        self.states = states


_SOME = (TEMPERATURE, MARGIN, MEMORY_TEMPERATURE, POWER, THROTTLE, XID)


def _state(number: int, values: tuple[float | None, ...]) -> GpuState:
    schema = gpu_schema()
    filled, reasons = np.full(len(schema), np.nan), np.full(len(schema), int(Reason.NOT_EXPORTED))
    for key, value in zip(_SOME, values, strict=True):
        if value is not None:
            filled[schema.index[key]], reasons[schema.index[key]] = value, int(Reason.NONE)
    view = Snapshot("h", schema, filled, reasons.astype(np.uint8), Stamp(0, 0.0))
    return state_of(Place(f"h/gpu{number}", number, "H", "", None, 0, None), view, None)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(*[_NUMBERS] * 4, st.none() | st.integers(0, 511), st.none()), max_size=24),
    st.sampled_from([TITLES[name] for name in ("Core", "Margin", "Memory", "Power", "Throttling")]),
    st.booleans(),
)
def test_missing_comes_last_whichever_way(
    rows: list[tuple[float | None, ...]], by: int, rising: bool
) -> None:
    states = [_state(n, values) for n, values in enumerate(rows)]
    model = GpuModel(_Roster(states))  # type: ignore[arg-type]
    order = GpuOrder(model)
    order.sort(by, Qt.SortOrder.AscendingOrder if rising else Qt.SortOrder.DescendingOrder)
    keys = [COLUMNS[by].key(order.state(row)) for row in range(order.rowCount())]
    known = [key for key in keys if key is not None]
    assert keys == [*known, *[None] * (len(keys) - len(known))]
    assert known == sorted(known, reverse=not rising)


def test_what_is_equal_keeps_its_place(qapp: QApplication) -> None:
    states = [_state(n, (40.0, None, None, None, None, None)) for n in range(9)]
    order = GpuOrder(GpuModel(_Roster(states)))  # type: ignore[arg-type]
    for way in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
        order.sort(TITLES["Core"], way)
        assert [order.state(row).place.number for row in range(9)] == list(range(9))


# ---- layout, for all sizes -----------------------------------------------------------------------

_LABELS = (LabelWidths(78, 46, 96), LabelWidths(70, 42, 92))


def _hosts(tanks: list[list[int]]) -> list[HostLine]:
    made: list[HostLine] = []
    first = 0
    for number, counts in enumerate(tanks):
        for slot, count in enumerate(counts):
            name = f"n{len(made)}"
            made.append(HostLine(name, name, f"t{number}", f"T{number}", slot, first, count))
            first += count
    return made


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 16), min_size=1, max_size=12), min_size=1, max_size=20),
    st.sampled_from([(760.0, 560.0), (1160.0, 620.0), (1800.0, 900.0)]),
    st.sampled_from([0.0, 76.0]),
)
def test_every_gpu_is_drawn_once_and_none_over_another(
    tanks: list[list[int]], size: tuple[float, float], least: float
) -> None:
    hosts = _hosts(tanks)
    made = lay_out(hosts, size, _LABELS, least)
    assert sorted(made.cells) == list(range(sum(map(sum, tanks))))
    boxes = sorted(made.cells.values(), key=lambda r: (r.left(), r.top()))
    for one, other in pairwise(boxes):
        assert not one.intersects(other)
    smallest = least or 17.0
    for box in boxes:
        assert box.width() >= smallest - 1
        assert box.height() >= smallest - 1
        assert box.right() <= size[0]
        assert box.bottom() <= made.height


def test_480_gpus_need_no_scrolling() -> None:
    made = lay_out(_hosts([[8]] * 60), (1160.0, 620.0), _LABELS)
    assert made.height <= 620
    assert len(made.headings) > 1


def test_48_gpus_have_room_for_words() -> None:
    made = lay_out(_hosts([[8]] * 6), (1160.0, 620.0), _LABELS)
    assert made.height <= 620
    assert made.cells[0].width() > 88
    assert made.cells[0].height() > 44
    assert made.rows[0].rect.top() == gpu_layout.HEADING
