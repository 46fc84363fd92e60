"""One page for a thing's whole life: header, places over time, everything that happened."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.demo import PausedDemo
from console.history.events import JSON, EventDraft
from console.history.reader import LogReader
from console.session.workplace import Workplace
from console.ui.gpus_page import GpusPage
from console.ui.life_page import LifePage
from console.ui.life_reading import read_life
from console.ui.log_page import LogPage
from console.ui.tank_page import TankPage
from console.ui.work.equipment_tab import EquipmentTab
from console.work.assets.places import Place
from console.work.orders.desk import NewOrder
from drivers.points import Stamp
from tests.house import widgets
from tests.house.hands import press
from tests.ui.conftest import Look
from tests.ui.things_hands import look as see
from tests.ui.things_hands import sign_in, workplace

HOUR_US = 3_600_000_000
HOSTILE = "<b>\u202eGPU\u0007</b>"


@pytest.fixture
def place(demo: PausedDemo) -> Workplace:
    """GPU-A sat in node-1 until an hour ago and lies on the bench; GPU-B took its place."""
    made = workplace(demo)
    sign_in(made, "chen")
    assets, now_us = made.room.assets, demo.session.now().utc_us
    assets.register("chen", "NODE-1", "server", model="XE")
    assets.move("chen", "NODE-1", Place.parse("tank:tank-1/1"), occurred_us=now_us - 9 * HOUR_US)
    for serial, from_us in (("GPU-A", now_us - 8 * HOUR_US), ("GPU-B", now_us - HOUR_US)):
        assets.register("chen", serial, "gpu", model="H100")
        if serial == "GPU-B":
            bench = Place.parse("bench:east")
            assets.move("chen", "GPU-A", bench, occurred_us=now_us - HOUR_US)
        assets.move("chen", serial, Place.parse("server:NODE-1/0"), occurred_us=from_us)
    for ago_us, code in ((2 * HOUR_US, 48), (HOUR_US // 2, 79)):
        at = Stamp(now_us - ago_us, 0.0)
        made.record(EventDraft("gpu.xid", "node-1/gpu0", {"xid": code, "text": HOSTILE}, at))
    before, after = {"node-1/gpu0": 0.05}, {"node-1/gpu0": 0.04}
    heat: dict[str, JSON] = {"run": "R-1", "before_k_w": before, "after_k_w": after}
    at = Stamp(now_us - HOUR_US * 3, 0.0)
    made.record(EventDraft("work.accepted_heat", "node-1", heat, at))
    made.room.orders.open("chen", NewOrder("Return it", "node-1/gpu0", serial="GPU-A"))
    assert made.settle()
    return made


@pytest.fixture
def page(demo: PausedDemo, place: Workplace, qtbot: QtBot) -> LifePage:
    shown = LifePage(demo.session)
    qtbot.addWidget(shown)
    shown.resize(1192, 700)
    shown.show()
    return shown


def turn(page: LifePage, qtbot: QtBot, subject: str) -> None:
    page.show_subject(subject)
    page.refresh(page.session.refresh())
    qtbot.waitUntil(lambda: page.found is not None, timeout=10_000)
    QApplication.processEvents()


def whats(page: LifePage) -> list[str]:
    return [line.cells[2].text for line in page.events.lines]


def test_a_xid_in_the_slot_is_told_only_of_what_sat_there(page: LifePage, qtbot: QtBot) -> None:
    turn(page, qtbot, "GPU-A")
    told = " ".join(whats(page))
    assert "48" in told
    assert "xid 79" not in told
    assert "0.050 K/W before, 0.040 K/W after (−20 %)" in told
    assert "Return it" in told
    turn(page, qtbot, "GPU-B")
    told = " ".join(whats(page))
    assert "79" in told
    assert "48" not in told
    assert page.headline() == "Life > GPU-B"


def test_the_header_and_the_places(page: LifePage, qtbot: QtBot) -> None:
    turn(page, qtbot, "gpu-a")
    facts = dict(page.facts.facts)
    assert facts["Model"] == "H100"
    assert facts["Times taken out of fluid"] == "1"
    assert facts["Orders"] == "1"
    assert [name for name, _ in page.bands.lanes] == ["tank-1/1 › NODE-1/0", "bench east"]
    assert not page.order.isEnabled()  # on the bench it is no part of the site
    turn(page, qtbot, "node-1/gpu1")
    assert "No serial number is registered here" in page.state.text()
    assert page.bands.isHidden()


def test_a_stay_is_chosen_by_tap_and_by_key(page: LifePage, qtbot: QtBot) -> None:
    turn(page, qtbot, "GPU-A")
    whole = len(page.events.lines)
    page.bands.setFocus(Qt.FocusReason.TabFocusReason)
    press(page.bands, Qt.Key.Key_Right)
    assert page.bands.number == 0
    assert "node-1" in page._trend_part()
    assert 0 < len(page.events.lines) < whole
    asked: list[tuple[str, str, int]] = []
    page.open_moment.connect(lambda *told: asked.append(told))
    press(page.trend, Qt.Key.Key_Space)
    assert [(one[0], one[1]) for one in asked] == [("trends", "node-1/gpu0")]
    press(page.bands, Qt.Key.Key_Right)
    assert page.bands.number == 1
    assert not page.trend.isEnabled()
    press(page.bands, Qt.Key.Key_Right)
    assert page.bands.number == -1
    rect = page.bands._rect(0)
    QTest.mouseClick(page.bands, Qt.MouseButton.LeftButton, pos=QPoint(*_middle(rect)))
    assert page.bands.number == 0


def test_only_moves_only_faults(page: LifePage, qtbot: QtBot) -> None:
    turn(page, qtbot, "GPU-A")
    for view, wanted in (("moves", "Equipment"), ("faults", "Xid"), ("work", "Order")):
        page.view.choose(view)
        page.view.chosen.emit(view)
        kinds = {line.cells[1].text for line in page.events.lines}
        assert kinds
        assert any(wanted in kind for kind in kinds)
    assert not any("Xid" in line.cells[1].text for line in page.events.lines)


def test_a_tank_and_its_fluid(page: LifePage, qtbot: QtBot) -> None:
    turn(page, qtbot, "tank-1")
    assert [name for name, _ in page.bands.lanes] == ["Slot 1"]
    assert page.bands.bands[0].thing == "NODE-1"
    assert page.headline() == "Life > Tank 1"
    press(page.bands, Qt.Key.Key_Left)


def test_nothing_of_that_name(page: LifePage, qtbot: QtBot) -> None:
    page.show_subject(HOSTILE)
    page.refresh(page.session.refresh())
    assert HOSTILE in page.state.text()
    assert page.events.lines == ()
    assert not page.trend.isEnabled()
    assert not page.grab().isNull()


def test_where_it_leads(page: LifePage, qtbot: QtBot) -> None:
    turn(page, qtbot, "node-1/gpu0")
    asked: list[tuple[str, str]] = []
    page.open_subject.connect(lambda *told: asked.append(told))
    for button in (page.order, page.place, page.trend):
        press(button, Qt.Key.Key_Space)
    assert asked == [
        ("work", "new:node-1/gpu0"),
        ("gpus", "node-1/gpu0"),
        ("trends", "node-1/gpu0"),
    ]


def test_everything_is_named_and_grey(page: LifePage, qtbot: QtBot, look: Look) -> None:
    turn(page, qtbot, "GPU-A")
    assert widgets.unnamed(page) == []
    assert widgets.colourful(page) == 0.0
    look.use("dark", glove=True)
    assert not page.grab().isNull()


def test_the_newest_are_kept_of_many(demo: PausedDemo, page: LifePage, qtbot: QtBot) -> None:
    turn(page, qtbot, "GPU-A")
    assert page.life is not None
    found = read_life(LogReader(demo.session.data), page.life, most=2)
    assert found.is_cut
    assert len(found.events) == 2
    assert found.events == page.found.events[:2] if page.found else False


# ---- ways there ----------------------------------------------------------------------------------


def test_it_is_reached_from_gpu_tank_and_equipment(
    demo: PausedDemo, place: Workplace, qtbot: QtBot
) -> None:
    asked: list[tuple[str, str]] = []
    gpus, tank, equipment = (
        GpusPage(demo.session), TankPage(demo.session), EquipmentTab(demo.session)
    )  # fmt: skip
    for widget in (gpus, tank, equipment):
        qtbot.addWidget(widget)
        widget.show()
        widget.open_subject.connect(lambda *told: asked.append(told))
    gpus.show_subject("node-1/gpu0")
    gpus.refresh(demo.session.refresh())
    press(gpus.drawer.life_button, Qt.Key.Key_Space)
    press(tank.header.life, Qt.Key.Key_Space)
    see(demo, equipment)
    equipment.show_asset("GPU-A")
    press(equipment.view("equipment").acts.buttons["life"], Qt.Key.Key_Space)
    assert asked == [("life", "node-1/gpu0"), ("life", "tank-1"), ("life", "GPU-A")]


def test_it_is_reached_from_an_event(
    demo: PausedDemo, place: Workplace, qtbot: QtBot, demo_of: Callable[..., PausedDemo]
) -> None:
    page = LogPage(demo.session)
    qtbot.addWidget(page)
    page.show()
    page.refresh(demo.session.refresh())
    row = next(
        i for i in range(page.model.rowCount())
        if page.model.row(i).event.subject == "node-1/gpu0"
    )  # fmt: skip
    page.table.selectRow(row)
    with qtbot.waitSignal(page.open_subject) as asked:
        press(page.details.open_life, Qt.Key.Key_Space)
    assert asked.args == ["life", "node-1/gpu0"]


def _middle(rect: object) -> tuple[int, int]:
    centre = rect.center()  # type: ignore[attr-defined]
    return round(centre.x()), round(centre.y())
