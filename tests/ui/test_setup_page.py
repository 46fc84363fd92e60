"""Setup: registers as they came, and the way from an address to a tank in the site file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from console.acquisition.latest import LinkState
from console.adopt import new_site_file, new_tank
from console.demo import PausedDemo
from console.session import Session
from console.site import load_site
from console.ui import setup_adopt
from console.ui.plain_table import Ink, PlainTable
from console.ui.setup_adopt import DONE, MAP, SAVE, TRY, WHERE, Adoption
from console.ui.setup_page import SetupPage
from drivers.modbus.device import ModbusDevice
from drivers.simulator.modbus_server import Manner
from tests.house import widgets
from tests.house.controller import MAP as MAP_NAME
from tests.house.controller import controller
from tests.house.hands import press, tap, write
from tests.ui.conftest import Look

RETURN = "coolant_return_temperature"
Open = Callable[..., SetupPage]


@pytest.fixture
def open_page(qtbot: QtBot) -> Iterator[Open]:
    pages: list[SetupPage] = []

    def show(demo: PausedDemo, view: str = "registers") -> SetupPage:
        page = SetupPage(demo.session)
        pages.append(page)
        qtbot.addWidget(page)
        page.resize(1192, 704)
        page.show()
        page.show_view(view)
        page.refresh(demo.session.refresh())
        return page

    yield show
    for page in pages:
        for errand in page.adoption._errands:
            errand.give_up()
            assert errand.wait(5)


def cells(table: PlainTable, key: str) -> list[str]:
    return next([c.text for c in line.cells] for line in table.lines if line.key == key)


def answered(page: SetupPage, qtbot: QtBot) -> Adoption:
    """Look for the answer as the window's timer does, until it has come."""

    def come() -> bool:
        page.adoption.refresh()
        return not page.adoption.is_asking

    qtbot.waitUntil(come, timeout=20_000)
    return page.adoption


# ---- registers -----------------------------------------------------------------------------


def test_raw_words_stand_beside_what_was_made_of_them(demo: PausedDemo, open_page: Open) -> None:
    page = open_page(demo)
    reading = demo.session.view("tank-1")[RETURN]
    assert reading.value is not None
    name, printed, wire, raw, kind, value, quality = cells(page.inspector.table, RETURN)
    assert (name, printed, wire, kind) == ("Coolant return temperature", "30002", "input 1", "s16")
    assert int(raw, 16) == round(reading.value * 10)
    assert value.startswith(f"{reading.value:.1f}")
    assert quality == "good"


def test_words_and_values_follow_the_polls(demo: PausedDemo, open_page: Open) -> None:
    page = open_page(demo)
    before = [line.cells[3].text for line in page.inspector.table.lines]
    demo.advance(60)
    page.refresh(demo.session.refresh())
    after = [line.cells[3].text for line in page.inspector.table.lines]
    assert before != after
    reading = demo.session.view("tank-1")[RETURN]
    assert int(cells(page.inspector.table, RETURN)[3], 16) == round((reading.value or 0) * 10)


def test_a_lost_controller_shows_no_value_as_live(
    demo_of: Callable[..., PausedDemo], open_page: Open
) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=60, faults=["controller_silent:tank-1@20"])
    page = open_page(demo)
    line = next(line for line in page.inspector.table.lines if line.key == RETURN)
    assert line.cells[5].text == "---"
    assert line.cells[5].ink is Ink.BAD
    facts = dict(page.inspector.link.facts)
    assert facts["State"] == "no answer"
    assert "did not answer" in page.inspector.error.text()
    assert page.inspector.errors.facts == (("No answer", facts["Missed"]),)


def test_reads_and_errors_are_told(demo: PausedDemo, open_page: Open) -> None:
    errors = (("no answer", 3), ("rejected", 1))
    demo.session.latest.set_link("tank-1", state=LinkState.LIVE, errors=errors)
    page = open_page(demo)
    assert page.inspector.errors.facts == (("No answer", "3"), ("Answer rejected", "1"))
    assert [name for name, _ in page.inspector.plan.facts][:1] == ["FC2  discrete 0–1"]
    assert dict(page.inspector.link.facts)["Whole poll took"] == "4.0 ms"


def test_a_chosen_register_is_read_in_every_way(demo: PausedDemo, open_page: Open) -> None:
    page = open_page(demo)
    page.inspector.table.choose(RETURN)
    assert page.inspector.decodings.isVisible()
    words = [line.cells[2].text for line in page.inspector.decodings.lines]
    assert str(int(cells(page.inspector.table, RETURN)[3], 16)) in words
    page.inspector.table.choose("lid_open")
    page.inspector.show_tank("tank-2")
    assert not page.inspector.decodings.isVisible()
    assert page.headline().endswith("Tank 2")


def test_before_the_first_answer_it_says_so(demo: PausedDemo, open_page: Open) -> None:
    device = demo.session.devices[0]
    assert isinstance(device, ModbusDevice)
    device._inspection = None
    page = open_page(demo)
    assert page.inspector.note.text() == "This controller has not answered yet."
    assert page.inspector.plan.facts, "the reads are known before"


def test_a_live_controller_is_looked_at_while_it_is_polled(qtbot: QtBot, tmp_path: Path) -> None:
    with controller() as served:
        file = tmp_path / "hall.toml"
        tank = new_tank(id="t", name="T", map=MAP_NAME, url=served.url, period_s=0.2)
        new_site_file(file, "Hall", tank)
        session = Session(load_site(file), tmp_path / "data")
        page = SetupPage(session)
        qtbot.addWidget(page)
        page.resize(1192, 704)
        page.show()
        session.start()
        try:

            def seen(condition: Callable[[], bool]) -> Callable[[], bool]:
                def look_again() -> bool:
                    page.refresh(session.refresh())
                    return condition()

                return look_again

            table, errors = page.inspector.table, page.inspector.errors
            qtbot.waitUntil(seen(lambda: bool(table.lines)), timeout=5000)
            assert cells(table, RETURN)[6] == "good"
            served.unit.manner = Manner.SILENT
            qtbot.waitUntil(seen(lambda: "No answer" in dict(errors.facts)), timeout=5000)
            qtbot.waitUntil(seen(lambda: cells(table, RETURN)[5] == "---"), timeout=5000)
        finally:
            assert session.stop()


# ---- a new controller ----------------------------------------------------------------------


def test_from_an_address_to_a_tank_in_a_new_file(
    demo: PausedDemo, open_page: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    page = open_page(demo, "adopt")
    adoption = page.adoption
    with controller() as served:
        write(adoption.where.url, served.url)
        press(adoption.where.url, Qt.Key.Key_Return)
        assert answered(page, qtbot).step == MAP, adoption.says.text()
        assert adoption.maps.score is not None
        assert adoption.maps.score.map_id == "generic-single-phase"
        assert "17 points" in adoption.maps.reasons.text()
        adoption.maps.address.setText("1")
        tap(adoption.maps.read)
        answered(page, qtbot)
        assert len(adoption.maps.words.text().split()) == 4
        assert adoption.maps.decodings.lines
        tap(adoption.onward)
        assert answered(page, qtbot).step == TRY, adoption.says.text()
        assert cells(adoption.attempt.table, RETURN)[6] == "good"
        tap(adoption.onward)
    assert adoption.step == SAVE
    assert adoption.save.id.text() == "tank-3"
    assert not adoption.onward.isEnabled(), "a demo has no file: one must be named"
    file = tmp_path / "new.toml"
    adoption.save.file.setText(str(file))
    tap(adoption.onward)
    assert adoption.step == DONE, adoption.says.text()
    (tank,) = load_site(file).site.tank
    assert (tank.id, tank.url, tank.map) == ("tank-3", served.url, "generic-single-phase")
    assert f"tankside open {file}" in adoption.done.text()


def test_a_site_with_a_file_is_added_to(
    demo: PausedDemo, open_page: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    site = tmp_path / "hall.toml"
    site.write_text(
        '[site]\nid = "hall"\nname = "Hall"\n[[tank]]\nid = "tank-1"\nname = "Tank 1"\n'
        'map = "generic-single-phase"\nurl = "tcp://10.0.0.1"\n',
        encoding="utf-8",
    )
    demo.session.path = site
    adoption = open_page(demo, "adopt").adoption
    adoption.save.begin("tcp://10.0.0.9?unit=1", "generic-single-phase", 0.9, str(site))
    adoption.turn(SAVE)
    assert adoption.save.file.isHidden()
    assert adoption.save.period.key == "5", "slower than it answers it is not asked"
    adoption.save.id.setText("tank-1")
    assert not adoption.onward.isEnabled()
    assert "taken" in adoption.save.trouble.text()
    adoption.save.id.setText("tank-9")
    tap(adoption.onward)
    assert adoption.step == DONE, adoption.says.text()
    assert [tank.id for tank in load_site(site).site.tank] == ["tank-1", "tank-9"]
    assert "next start" in adoption.done.text()
    assert ".bak" in adoption.done.text()


def test_what_cannot_be_saved_is_said(demo: PausedDemo, open_page: Open, tmp_path: Path) -> None:
    adoption = open_page(demo, "adopt").adoption
    adoption.save.begin("tcp://10.0.0.9?unit=1", "generic-single-phase", 0.1, "")
    adoption.turn(SAVE)
    adoption.save.file.setText(str(tmp_path / "no" / "such.toml"))
    tap(adoption.onward)
    assert adoption.step == SAVE
    assert "cannot be written" in adoption.says.text()


def test_a_silent_controller_costs_the_window_nothing(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    page = open_page(demo, "adopt")
    adoption = page.adoption
    with controller(Manner.SILENT) as served:
        adoption.where.url.setText(served.url)
        tap(adoption.onward)
        assert adoption.is_asking
        worst_s, until_s = 0.0, time.monotonic() + 1.0
        while time.monotonic() < until_s:
            began_s = time.monotonic()
            page.refresh(demo.session.refresh())
            qtbot.wait(10)
            worst_s = max(worst_s, time.monotonic() - began_s)
        assert worst_s < 0.35
        assert adoption.cancel.isVisible()
        assert not adoption.onward.isEnabled()
        tap(adoption.cancel)
        assert adoption._errand is None
        assert adoption.says.text() == "Stopped."
        assert adoption.onward.isEnabled()
        assert adoption._errands[0].wait(5), "what was given up ends at once"


def test_nobody_there_is_said_in_a_sentence(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    page = open_page(demo, "adopt")
    with controller() as served:
        url = served.url
    page.adoption.where.url.setText(url)
    tap(page.adoption.onward)
    assert answered(page, qtbot).step == WHERE
    assert "refused" in page.adoption.says.text().lower()


@pytest.mark.parametrize(
    ("url", "said"),
    [("http://10.0.0.1", "allowed is"), ("tcp://10.0.0.1:99999", "allowed is")],
)
def test_a_bad_address_is_never_asked(
    demo: PausedDemo, open_page: Open, url: str, said: str
) -> None:
    adoption = open_page(demo, "adopt").adoption
    adoption.where.url.setText(url)
    tap(adoption.onward)
    assert not adoption.is_asking
    assert said in adoption.says.text()


def test_a_controller_that_is_watched_is_not_asked_twice(demo: PausedDemo, open_page: Open) -> None:
    adoption = open_page(demo, "adopt").adoption
    adoption.where.url.setText(demo.session.devices[0].url)
    tap(adoption.onward)
    assert not adoption.is_asking
    assert adoption.says.text() == "Tank 1 is watched at this address already."


def test_a_register_that_cannot_be_is_said(demo: PausedDemo, open_page: Open) -> None:
    adoption = open_page(demo, "adopt").adoption
    adoption.turn(MAP)
    adoption.maps.address.setText("70000")
    tap(adoption.maps.read)
    assert not adoption.is_asking
    assert "0 to 65535" in adoption.maps.words.text()


def test_every_step_is_named_and_tall_enough_for_gloves(
    demo: PausedDemo, open_page: Open, look: Look
) -> None:
    look.use("dark", glove=True, language="zh_CN")
    page = open_page(demo, "adopt")
    for step in range(setup_adopt.DONE + 1):
        page.adoption.turn(step)
        page.refresh(demo.session.refresh())
        assert widgets.unnamed(page) == []
        small = [
            button.accessibleName()
            for button in page.findChildren(QAbstractButton)
            if button.isVisible() and widgets.ours(button) and button.height() < 60
        ]
        assert small == []
        assert page.minimumSizeHint().height() <= 704
        assert page.minimumSizeHint().width() <= 1192


def test_looking_at_registers_is_cheap(demo_of: Callable[..., PausedDemo], open_page: Open) -> None:
    demo = demo_of(tanks=2, hosts=0, seconds=10)
    page = open_page(demo)
    page.inspector.table.choose(RETURN)
    spent_s = []
    for _ in range(10):
        demo.advance(2)
        changes = demo.session.refresh()
        began_s = time.perf_counter()
        page.refresh(changes)
        spent_s.append(time.perf_counter() - began_s)
    assert sorted(spent_s)[5] < 0.02
