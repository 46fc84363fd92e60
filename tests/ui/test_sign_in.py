"""Who is at the console: signing in at the strip, out again, lapsing, one's own PIN, the first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.alarms.events import AlarmKind
from console.demo import PausedDemo
from console.session.workplace import IDLE_S, Workplace
from console.ui import theme
from console.ui.window import build_window
from console.ui.work.first_person import FirstPerson
from console.ui.work.pin_field import PinField
from console.work.events import Kind
from tests.house import widgets
from tests.house.hands import press, tap, write
from tests.ui.conftest import Look
from tests.ui.people_hands import Hands, all_texts, files_with
from tests.ui.things_hands import PINS, reached, workplace

Show = Callable[..., Hands]
NEW = "Nine grey herons 9"


@pytest.fixture
def show(demo_of: Callable[..., PausedDemo], qtbot: QtBot, look: Look) -> Iterator[Show]:
    """Return what opens a window over a site where some people have a PIN.

    Without any the site is a real one at its first start. PINs are hashed as in earnest.
    """
    made: list[Hands] = []

    def open_(*pins: str, faults: tuple[str, ...] = (), is_demo: bool = True) -> Hands:
        demo = demo_of(tanks=1, hosts=1, gpus=1, seconds=20, faults=list(faults))
        demo.session.is_demo = is_demo and bool(pins)
        if pins:
            workplace(demo, *pins)
        else:
            demo.session.workplace = Workplace(demo.session)
            demo.session.workplace.open(wait=True)
        window = build_window(demo.session, page="site")
        for timer in window.timers:
            timer.stop()
        window.resize(1280, 800)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        made.append(Hands(demo, window))
        made[-1].settle()
        return made[-1]

    yield open_
    for hands in made:
        hands.window.hide()
        hands.window.deleteLater()


def told(hands: Hands, *kinds: str) -> list[tuple[str, str]]:
    events = hands.demo.session.history.feed.since(0)[0]
    return [(e.event.kind, e.event.actor) for e in events if e.event.kind in kinds]


# ---- in and out ----


def test_the_strip_asks_nobody_to_sign_in_but_offers_it(show: Show) -> None:
    hands = show("chen")
    assert hands.chip.accessibleName() == "Sign in"
    assert hands.window.sign_in is None, "the panel is made when it is wanted"
    hands.window.open("alarms")
    hands.window.open("log")
    assert hands.window.sign_in is None


def test_a_name_is_typed_and_the_keyboard_comes_back(show: Show) -> None:
    hands = show("chen")
    hands.open_panel()
    assert hands.panel.is_open
    assert hands.chip.isChecked()
    assert hands.window.focusWidget() is hands.panel.sign.who.field, "the keyboard is in it"
    assert hands.try_pin("chen", PINS["chen"]) == ""
    assert hands.place.hands == "chen"
    assert hands.panel.isHidden()
    assert hands.window.focusWidget() is hands.chip
    assert hands.chip.accessibleName() == "At the console: Chen Wei"
    assert hands.chip.accessibleDescription() == "Technician"


def test_a_name_is_tapped_and_the_pin_written_with_the_keys_on_the_screen(
    show: Show, look: Look
) -> None:
    hands = show("chen")
    look.use(glove=True)
    hands.open_panel()
    sign = hands.panel.sign
    names = sign.who.names
    row = next(n for n, line in enumerate(names.lines) if line.key == "chen")
    tap(names.viewport(), names.visualRect(names.model().index(row, 0)).center())
    assert sign.person == "chen"
    assert sign.keypad.isVisible()
    for figure in PINS["chen"]:
        key = sign.keypad.key(figure)
        assert key.width() >= theme.metrics().target
        tap(key)
    tap(sign.sign)
    hands.settle()
    assert hands.place.hands == "chen"


def test_the_panel_covers_neither_the_strip_nor_leaves_the_window(show: Show, look: Look) -> None:
    hands = show("chen")
    hands.open_panel()
    for glove in (False, True):
        look.use(glove=glove)
        for size in ((1024, 640), (1280, 800), (1920, 1080)):
            hands.window.resize(*size)
            hands.settle()
            panel, strip = hands.panel, hands.window.strip
            top = panel.mapTo(hands.window, QPoint(0, 0)).y()
            assert top >= strip.mapTo(hands.window, QPoint(0, strip.height())).y()
            assert hands.window.rect().contains(panel.geometry())
            for button in (panel.sign.sign, panel.sign.cancel):
                at = button.mapTo(panel, button.rect().bottomRight())
                assert panel.rect().contains(at), (size, glove, button.text())
    assert hands.window.childAt(640, 20) is not hands.panel


def test_escape_closes_the_panel_and_not_the_page(show: Show) -> None:
    hands = show("chen")
    hands.window.open("alarms")
    hands.open_panel()
    write(hands.panel.sign.pin, "4802")
    press(hands.panel.sign.pin, Qt.Key.Key_Escape)
    press(hands.window.focusWidget(), Qt.Key.Key_Escape)
    assert not hands.panel.is_open
    assert hands.panel.sign.pin.text() == ""
    assert hands.window.page is not None
    assert hands.window.page.name == "alarms"


def test_signing_out_is_told_and_nobody_is_here(show: Show) -> None:
    hands = show("chen")
    hands.sign_in("chen", PINS["chen"])
    hands.open_panel()
    assert hands.window.focusWidget() is hands.panel.me.sign_out
    assert "Technician" in hands.panel.me.facts.accessibleDescription()
    press(hands.panel.me.sign_out, Qt.Key.Key_Space)
    hands.settle()
    assert hands.place.hands == ""
    assert hands.chip.accessibleName() == "Sign in"
    kinds = (Kind.PERSON_SIGNED_IN, Kind.PERSON_SIGNED_OUT)
    assert told(hands, *kinds) == [(kinds[0], "chen"), (kinds[1], "chen")]
    hands.open_panel()
    assert not hands.panel.note.isVisible(), "nobody lapsed: somebody left"


def test_somebody_else_takes_over(show: Show) -> None:
    hands = show("chen", "silva")
    hands.sign_in("chen", PINS["chen"])
    hands.sign_in("silva", PINS["silva"])
    assert hands.chip.accessibleName() == "At the console: Rui Silva"
    assert hands.place.room.desk.present == {"silva"}


def test_one_chooses_ones_own_language(show: Show) -> None:
    hands = show("chen")
    hands.sign_in("chen", PINS["chen"])
    hands.open_panel()
    english = hands.panel.me.language._group.button(0)
    english.setFocus()
    press(english, Qt.Key.Key_Space)
    hands.settle()
    assert hands.person("chen").language == "en"
    assert hands.panel.me.language.key == "en"
    assert hands.window.focusWidget() is english, "the keyboard stays where it is"


def test_cancelled_while_the_pin_is_checked_nobody_is_let_in(show: Show) -> None:
    hands = show("chen")
    hands.open_panel()
    sign = hands.panel.sign
    write(sign.who.field, "chen")
    write(sign.pin, PINS["chen"])
    press(sign.pin, Qt.Key.Key_Return)
    assert sign.said.text() == "Checking"
    press(sign.cancel, Qt.Key.Key_Space)
    hands.settle()
    assert hands.place.hands == ""
    assert hands.place.room.desk.present == frozenset()


def test_a_console_that_only_watches_says_so(demo: PausedDemo, qtbot: QtBot) -> None:
    window = build_window(demo.session, page="site")
    for timer in window.timers:
        timer.stop()
    window.show()
    window.strip.person.click()
    assert window.sign_in is not None
    assert window.sign_in.waiting.text().startswith("This console only watches.")
    assert window.strip.person.accessibleName() == "Sign in"
    window.hide()
    window.deleteLater()


# ---- refused ----


def test_a_wrong_pin_is_said_and_forgotten(show: Show) -> None:
    hands = show("chen")
    hands.open_panel()
    assert hands.try_pin("chen", "000111") == "Name or PIN is wrong."
    assert hands.panel.sign.pin.text() == ""
    assert hands.place.hands == ""
    assert hands.panel.is_open


def test_the_fifth_wrong_pin_locks_and_counts_down(show: Show) -> None:
    hands = show("chen")
    hands.open_panel()
    for _ in range(4):
        assert hands.try_pin("chen", "000111") == "Name or PIN is wrong."
    assert hands.try_pin("chen", "000111") == "Chen Wei is locked for another 30 s."
    sign = hands.panel.sign
    sign._changed()
    assert not sign.sign.isEnabled()
    hands.wait_s(10)
    sign._changed()
    assert sign.said.text() == "Chen Wei is locked for another 20 s."
    write(sign.pin, PINS["chen"])
    press(sign.pin, Qt.Key.Key_Return)
    hands.settle()
    assert hands.place.hands == "", "the right PIN waits too"
    hands.wait_s(21)
    sign._changed()
    assert sign.said.text() == ""
    assert sign.sign.isEnabled()
    sign.pin.forget()
    hands.try_pin("chen", PINS["chen"])
    assert hands.place.hands == "chen"


def test_who_has_no_pin_here_is_told_what_to_do(show: Show) -> None:
    hands = show("chen")
    hands.open_panel()
    said = hands.try_pin("wu", PINS["wu"])
    assert said == "Wu Lan has no PIN on this machine; an administrator sets one."


def test_only_a_demo_shows_its_pins(show: Show) -> None:
    demo = show("chen")
    demo.open_panel()
    write(demo.panel.sign.who.field, "chen")
    assert demo.panel.sign.hint.text() == "demo: 480216"
    real = show("chen", is_demo=False)
    real.open_panel()
    write(real.panel.sign.who.field, "chen")
    assert real.panel.sign.hint.text() == ""


# ---- lapsing ----


def test_after_fifteen_idle_minutes_nobody_is_here_and_it_says_so(show: Show) -> None:
    hands = show("chen")
    hands.sign_in("chen", PINS["chen"])
    hands.wait_s(IDLE_S - 60)
    assert hands.place.hands == "chen"
    assert hands.chip.accessibleDescription() == "ends in 60 s"
    hands.wait_s(61)
    hands.settle()
    assert hands.place.hands == ""
    assert hands.chip.accessibleDescription() == "signed out: idle"
    assert told(hands, Kind.PERSON_SIGNED_OUT) == [(Kind.PERSON_SIGNED_OUT, "chen")]
    hands.open_panel()
    said = "Chen Wei was signed out: for 15 min nothing was done here."
    assert hands.panel.note.text() == said
    assert hands.panel.note.isVisible()
    assert hands.panel.sign.person == "chen", "most likely the same person comes back"
    hands.try_pin("chen", PINS["chen"])
    assert hands.chip.accessibleDescription() == "Technician"


def test_doing_something_keeps_it(show: Show) -> None:
    hands = show("chen", faults=("pump_trip:tank-1@5",))
    hands.sign_in("chen", PINS["chen"])
    hands.wait_s(IDLE_S - 60)
    hands.window.strip.acknowledge.click()
    hands.wait_s(120)
    assert hands.place.hands == "chen"


# ---- in whose name ----


def test_an_alarm_is_acknowledged_in_the_name_of_who_is_signed_in(show: Show) -> None:
    hands = show("chen", faults=("pump_trip:tank-1@5",))
    hands.sign_in("chen", PINS["chen"])
    hands.window.strip.acknowledge.click()
    hands.settle()
    assert told(hands, AlarmKind.ACKNOWLEDGED) == [(AlarmKind.ACKNOWLEDGED, "chen")]


def test_without_anybody_it_is_the_systems_user(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "shift")
    hands = show("chen", faults=("pump_trip:tank-1@5",))
    hands.window.strip.acknowledge.click()
    hands.settle()
    assert told(hands, AlarmKind.ACKNOWLEDGED) == [(AlarmKind.ACKNOWLEDGED, "shift")]


def test_an_alarm_is_shelved_in_the_name_of_who_is_signed_in(show: Show) -> None:
    from console.ui.alarms_page import AlarmsPage

    hands = show("chen", faults=("pump_trip:tank-1@5",))
    hands.sign_in("chen", PINS["chen"])
    hands.window.open("alarms")
    page = hands.window.page
    assert isinstance(page, AlarmsPage)
    page.detail._shelve(600, "being changed")
    hands.settle()
    assert told(hands, AlarmKind.SHELVED) == [(AlarmKind.SHELVED, "chen")]


# ---- one's own PIN ----


def change_pin(hands: Hands, until_now: str, new: str, again: str = "") -> str:
    hands.typed += [until_now, new, again or new]
    form = hands.panel.pin
    for field, text in ((form.until_now, until_now), (form.pin, new), (form.again, again or new)):
        write(field, text)
        press(field, Qt.Key.Key_Return)
    hands.settle()
    return form.said.text()


def test_ones_own_pin_takes_the_one_until_now(show: Show) -> None:
    hands = show("chen")
    hands.sign_in("chen", PINS["chen"])
    hands.open_panel()
    press(hands.panel.me.change_pin, Qt.Key.Key_Space)
    form = hands.panel.pin
    assert hands.window.focusWidget() is form.until_now
    assert "At least 6 digits" in form.told.text()
    assert change_pin(hands, "000111", "862094") == "Name or PIN is wrong."
    said = change_pin(hands, PINS["chen"], "862094", "862095")
    assert said == "The two are not the same. Type it twice anew."
    assert change_pin(hands, PINS["chen"], "123456") == "That is too easy to guess."
    change_pin(hands, PINS["chen"], "862094")
    assert hands.panel.said.text() == "Your new PIN or passphrase counts from now on."
    press(hands.panel.me.sign_out, Qt.Key.Key_Space)
    hands.open_panel()
    assert hands.try_pin("chen", PINS["chen"]) == "Name or PIN is wrong."
    hands.try_pin("chen", "862094")
    assert hands.place.hands == "chen"


# ---- the first administrator ----


def make_first(hands: Hands, first: FirstPerson, name: str, person: str, *pins: str) -> str:
    hands.typed += pins
    form = first.form
    texts = (form.texts["name"], name), (form.texts["id"], person)
    for field, text in (*texts, (form.pin, pins[0]), (form.again, pins[-1])):
        field.setText("")
        write(field, text)
        press(field, Qt.Key.Key_Return)
    hands.settle()
    return form.said.text()


def test_the_first_start_makes_the_first_administrator(show: Show) -> None:
    hands = show()
    hands.open_people()
    first = hands.tab.first
    assert first is not None
    assert first.isVisible()
    assert "Nobody is on the roster" in first.person.form.told.text()
    said = make_first(hands, first.person, "Tola Adeyemi", "Adeyemi", NEW)
    assert "cannot be an id" in said
    said = make_first(hands, first.person, "Tola Adeyemi", "adeyemi", "4711-4711-9", "4711")
    assert said == "The two are not the same. Type it twice anew."
    said = make_first(hands, first.person, "Tola Adeyemi", "adeyemi", "480216")
    assert said.startswith("This role needs a passphrase of at least 10 characters")
    make_first(hands, first.person, "Tola  Adeyemi", "adeyemi", NEW)
    made = hands.person("adeyemi")
    assert made.name == "Tola Adeyemi"
    assert made.roles == {"admin"}
    assert hands.tab.view is not None
    assert hands.tab.view.isVisible()
    hands.sign_in("adeyemi", NEW)


def test_the_sign_in_of_an_empty_roster_makes_the_first_too(show: Show) -> None:
    hands = show()
    hands.open_panel()
    assert hands.panel.first.isVisible()
    assert not hands.panel.sign.isVisible()
    make_first(hands, hands.panel.first, "Tola Adeyemi", "adeyemi", NEW)
    assert "adeyemi is the administrator" in hands.panel.said.text()
    assert hands.panel.sign.isVisible()
    hands.try_pin("adeyemi", NEW)
    assert hands.place.hands == "adeyemi"


# ---- secrets and names ----


def test_no_pin_is_ever_in_a_log_a_file_or_a_widget(
    show: Show, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hands = show("chen", is_demo=False)
    hands.open_panel()
    hands.try_pin("chen", "739150")
    assert "739150" not in all_texts(hands.window)
    write(hands.panel.sign.pin, "739151")
    dots = hands.panel.sign.pin
    assert dots.displayText() != "739151"
    press(hands.panel.sign.cancel, Qt.Key.Key_Space)
    hands.sign_in("chen", PINS["chen"])
    hands.open_panel()
    press(hands.panel.me.change_pin, Qt.Key.Key_Space)
    change_pin(hands, PINS["chen"], "862094")
    hands.settle()
    texts = all_texts(hands.window)
    for secret in {*hands.typed, "739151"}:
        assert secret not in texts
        assert secret not in caplog.text
        assert files_with(hands.demo.session.data, secret) == []
    assert not any(field.text() for field in hands.window.findChildren(PinField))
    known = files_with(hands.demo.session.data, "person.signed_in")
    assert known, "the search finds what is there"


def test_everything_has_a_name_and_the_keyboard_comes_to_it(show: Show) -> None:
    hands = show("chen")
    hands.sign_in("chen", PINS["chen"])
    hands.open_panel()
    panel = hands.panel
    assert not widgets.unnamed(panel)
    buttons = {panel.me.sign_out, panel.me.other, panel.me.change_pin, panel.me.close_button}
    assert buttons <= set(reached(panel.me.sign_out))
    press(panel.me.other, Qt.Key.Key_Space)
    QApplication.processEvents()
    hands.settle()
    assert {panel.sign.who.field, panel.sign.pin, panel.sign.cancel} <= set(
        reached(panel.sign.who.field)
    )
