"""The people of a site: who they are, what administrators do, and that nobody else does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.demo import PausedDemo
from console.training.standing import Standing
from console.ui.plain_table import Ink
from console.ui.window import build_window
from console.ui.work import people_reading
from console.ui.work.pin_field import PinField
from console.work.events import Kind
from console.work.people.roster import FOR_EVER
from tests.house import widgets
from tests.house.hands import press, write
from tests.ui.conftest import Look
from tests.ui.people_hands import Hands, all_texts, files_with
from tests.ui.things_hands import PINS, fill, reached, sign_in, workplace

Show = Callable[..., Hands]
DAY_US = 86_400_000_000
ADMIN = "adeyemi"
HOSTILE = "<b>\u00c5sa</b> {x} &amp; '\"; DROP"
NEW = "862094"


@pytest.fixture
def show(demo_of: Callable[..., PausedDemo], qtbot: QtBot, look: Look) -> Iterator[Show]:
    """Return what opens the tab; the people named have their PINs, hashed as in earnest."""
    made: list[Hands] = []

    def open_(*pins: str, at: str = "") -> Hands:
        demo = demo_of(tanks=1, hosts=1, gpus=1, seconds=20)
        place = workplace(demo, *pins)
        if at:
            sign_in(place, at)
        window = build_window(demo.session, page="work")
        for timer in window.timers:
            timer.stop()
        window.resize(1280, 800)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        made.append(Hands(demo, window))
        made[-1].open_people()
        return made[-1]

    yield open_
    for hands in made:
        hands.window.hide()
        hands.window.deleteLater()


def row(hands: Hands, person: str) -> list[str]:
    lines = hands.view.table.lines
    return next([cell.text for cell in line.cells] for line in lines if line.key == person)


def do(hands: Hands, person: str, act: str, **answers: str) -> str:
    hands.choose(person)
    said = fill(hands.view, act, answers)
    hands.settle()
    return said


def bodies(hands: Hands, kind: Kind) -> list[tuple[str, dict[str, object]]]:
    events = hands.demo.session.history.feed.since(0)[0]
    return [
        (e.event.actor, {k: v for k, v in e.event.body.items() if k != "mark"})
        for e in events
        if e.event.kind == kind
    ]


def press_role(hands: Hands, *roles: str) -> None:
    for role in roles:
        press(hands.view.form.roles[role], Qt.Key.Key_Space)


# ---- what is seen --------------------------------------------------------------------------


def test_everybody_may_look_without_signing_in(show: Show) -> None:
    hands = show()
    assert [line.key for line in hands.view.table.lines] == [
        "chen", "haddad", "berg", "okafor", "silva", "adeyemi", "wu",
    ]  # fmt: skip
    assert row(hands, "wu")[2] == "Technician, Verifier"
    assert row(hands, "wu")[5] == "简体中文"
    assert row(hands, "wu")[6] == "no PIN here"
    hands.choose("okafor")
    assert hands.view.detail.name.text() == "Ngozi Okafor"
    assert "Review and close work" in hands.view.permits.text()
    assert "Do the work" not in hands.view.permits.text()


def test_what_ends_within_thirty_days_is_marked(show: Show) -> None:
    hands = show(at=ADMIN)
    now_us = hands.demo.session.now().utc_us
    people = hands.place.room.people
    for name, days in (("electrical", 12.5), ("crane", 29.9), ("gpu-handling", 31)):
        people.qualify(ADMIN, "wu", name, now_us + int(days * DAY_US), "course")
    people.qualify(ADMIN, "chen", "gpu-handling", now_us + 5_000_000, "a trial")
    hands.settle()
    assert row(hands, "wu")[4] == "electrical work: 12 days +1"
    assert row(hands, "silva")[4] == "–"
    hands.wait_s(10)
    hands.view.look_again()
    assert row(hands, "chen")[3] == "handling of GPUs (ended)"
    hands.choose("wu")
    held = {line.key: line.cells[1].text for line in hands.view.more.qualified.lines}
    assert held["electrical"].endswith(", 12 days left")
    assert "left" not in held["gpu-handling"]
    assert list(held) == ["electrical", "crane", "gpu-handling"]
    hands.choose("chen")
    (ended,) = hands.view.more.qualified.lines
    assert ended.cells[1].ink is Ink.BAD
    hands.view.shown.choose("soon")
    assert [line.key for line in hands.view.table.lines] == ["wu"]


def test_the_search_finds_names_roles_and_qualifications(show: Show) -> None:
    hands = show(at=ADMIN)
    hands.place.room.people.qualify(ADMIN, "chen", "crane-2t", FOR_EVER, "course")
    hands.settle()
    for words, found in (("ngozi", ["okafor"]), ("planner", ["silva"]), ("crane", ["chen"])):
        hands.view.search.clear()
        write(hands.view.search, words)
        press(hands.view.search, Qt.Key.Key_Return)
        assert [line.key for line in hands.view.table.lines] == found
    assert hands.view.table.key == "chen"


# ---- deny by default -----------------------------------------------------------------------

ACTS = ("add", "change", "pin", "qualify", "disqualify", "retire")


def test_nobody_signed_in_changes_nothing(show: Show) -> None:
    hands = show(at=ADMIN)
    hands.place.room.people.qualify(ADMIN, "wu", "crane", FOR_EVER, "course")
    hands.place.sign_out()
    hands.settle()
    hands.choose("wu")
    for act in ACTS:
        assert hands.begin(act) == "Sign in first: nobody else may sign for you.", act


@pytest.mark.parametrize("who", ["chen", "okafor", "silva", "berg", "haddad"])
def test_who_is_no_administrator_is_told_so_before_a_form_opens(show: Show, who: str) -> None:
    hands = show(at=ADMIN)
    hands.place.room.people.qualify(ADMIN, "wu", "crane", FOR_EVER, "course")
    hands.settle()
    sign_in(hands.place, who)
    hands.choose("wu")
    for act in ACTS:
        said = hands.begin(act)
        assert "has no role that permits this" in said, (who, act)
        assert hands.person(who).name in said


def test_who_lost_the_role_meanwhile_is_refused_in_the_open_form(show: Show) -> None:
    hands = show(at=ADMIN)
    hands.choose("wu")
    assert hands.begin("retire") == ""
    hands.place.sign_out()
    sign_in(hands.place, "chen")
    write(hands.view.acts.form.fields["reason"], "left")
    press(hands.view.acts.form.go, Qt.Key.Key_Space)
    hands.settle()
    assert "has no role that permits this" in hands.view.acts.form.says.text()
    assert hands.person("wu").active


# ---- adding and changing -------------------------------------------------------------------


def test_somebody_is_added_and_given_a_pin_by_keyboard_alone(show: Show) -> None:
    hands = show(at=ADMIN)
    assert hands.begin("add") == ""
    form = hands.view.form
    assert hands.window.focusWidget() is form.name
    write(form.name, "Asa Lindqvist")
    press(form.name, Qt.Key.Key_Return)
    write(form.id, "lindqvist")
    press(form.id, Qt.Key.Key_Return)
    press_role(hands, "technician", "verifier")
    assert "Verify work as the second person" in form.permits.text()
    press(form.save, Qt.Key.Key_Space)
    hands.settle()
    assert hands.view.pin.isVisible()
    assert "Asa Lindqvist was added." in hands.view.pin.told.text()
    assert hands.enter_pin("111111") == "That is too easy to guess."
    hands.enter_pin(NEW)
    assert hands.view.acts.says.text() == "The PIN of Asa Lindqvist is set."
    assert row(hands, "lindqvist")[2] == "Technician, Verifier"
    hands.place.sign_out()
    hands.sign_in("lindqvist", NEW)


def test_what_cannot_be_is_refused_and_what_was_written_stays(show: Show) -> None:
    hands = show(at=ADMIN)
    hands.begin("add")
    form = hands.view.form
    for name, person, said in (
        ("", "x", "A name has 1 to 80 letters."),
        ("Somebody", "Capital", "cannot be an id"),
        ("Somebody", "chen", "There is somebody called chen already"),
    ):
        form.name.setText(name)
        form.id.setText(person)
        press(form.save, Qt.Key.Key_Space)
        hands.settle()
        assert said in form.says.text()
        assert form.id.text() == person
    press(form.name, Qt.Key.Key_Escape)
    press(hands.window.focusWidget(), Qt.Key.Key_Escape)
    assert not hands.view.acts.is_open or not form.isVisible()


def test_a_name_is_shown_as_it_is_and_never_as_markup(show: Show) -> None:
    hands = show(at=ADMIN)
    hands.place.room.people.add(ADMIN, "asa", HOSTILE, ["viewer"])
    hands.settle()
    hands.choose("asa")
    assert row(hands, "asa")[0] == HOSTILE
    assert hands.view.detail.name.text() == HOSTILE
    assert hands.view.detail.name.textFormat() is Qt.TextFormat.PlainText


def test_name_roles_and_language_are_changed_and_only_those(show: Show) -> None:
    hands = show(at=ADMIN)
    hands.choose("silva")
    hands.begin("change")
    form = hands.view.form
    assert form.roles["planner"].isChecked()
    assert not form.id.isVisible()
    press_role(hands, "verifier")
    press(form.save, Qt.Key.Key_Space)
    hands.settle()
    assert hands.person("silva").roles == {"planner", "verifier"}
    assert bodies(hands, Kind.PERSON_CHANGED)[-1] == (ADMIN, {"roles": ["planner", "verifier"]})


def test_nobody_changes_their_own_roles_or_sets_their_own_pin_here(show: Show) -> None:
    hands = show(at=ADMIN)
    hands.choose(ADMIN)
    hands.begin("change")
    press_role(hands, "technician")
    press(hands.view.form.save, Qt.Key.Key_Space)
    assert hands.view.form.says.text() == "Nobody changes their own roles."
    hands.view.acts.leave()
    assert hands.begin("pin").startswith("Your own PIN is changed at the top right")
    said = do(hands, ADMIN, "qualify", other="crane", because="x")
    assert said == "Nobody grants a qualification to themselves."


# ---- two administrators --------------------------------------------------------------------


def test_an_approver_takes_the_signature_of_a_second_administrator(show: Show) -> None:
    hands = show(ADMIN, "okafor", at=ADMIN)
    hands.place.room.people.change(ADMIN, "okafor", roles=["admin"])
    hands.settle()
    hands.choose("silva")
    hands.begin("change")
    press_role(hands, "approver")
    assert "second administrator" in hands.view.form.permits.text()
    press(hands.view.form.save, Qt.Key.Key_Space)
    hands.settle()
    sign = hands.view.sign
    assert sign.isVisible()
    assert "Rui Silva becomes Planner, Approver" in sign.act.text()
    assert sign.person == "okafor", "the only other administrator"
    assert hands.person("silva").roles == {"planner"}, "not yet"
    write(sign.pin, "wrong passphrase")
    press(sign.pin, Qt.Key.Key_Return)
    hands.settle()
    assert sign.said.text() == "Name or PIN is wrong."
    assert hands.person("silva").roles == {"planner"}
    write(sign.pin, PINS["okafor"])
    press(sign.pin, Qt.Key.Key_Return)
    assert sign.pin.text() == ""
    hands.settle()
    assert hands.person("silva").roles == {"planner", "approver"}
    actor, body = bodies(hands, Kind.PERSON_CHANGED)[-1]
    assert actor == ADMIN
    assert body["signature"]["person"] == "okafor"  # type: ignore[index]
    assert hands.place.hands == ADMIN, "who signs beside takes nothing over"
    assert not hands.view.acts.is_open


def test_without_the_signature_nothing_is_granted(show: Show) -> None:
    hands = show(at=ADMIN)
    hands.place.room.people.change(ADMIN, "okafor", roles=["admin"])
    hands.settle()
    hands.choose("silva")
    hands.begin("change")
    press_role(hands, "admin")
    press(hands.view.form.save, Qt.Key.Key_Space)
    hands.settle()
    press(hands.view.sign.cancel, Qt.Key.Key_Space)
    hands.settle()
    assert hands.person("silva").roles == {"planner"}
    assert not hands.view.acts.is_open


def test_the_only_administrator_stays_one(show: Show) -> None:
    hands = show(at=ADMIN)
    said = do(hands, ADMIN, "retire", reason="bored")
    assert said == "Tola Adeyemi is the only administrator."


# ---- qualifications ------------------------------------------------------------------------


def test_a_qualification_is_granted_with_its_end_and_why_and_taken_back(show: Show) -> None:
    hands = show(at=ADMIN)
    answers = {"known": "", "other": "crane-2t", "until": "2030-12-31"}
    assert do(hands, "chen", "qualify", **answers) == "This needs a reason."
    hands.view.acts.leave()
    said = do(hands, "chen", "qualify", **answers, because="examination, 3 May")
    assert said.startswith("Recorded.")
    granted = hands.person("chen").qualified["crane-2t"]
    assert granted.because == "examination, 3 May"
    assert granted.until_us > hands.demo.session.now().utc_us + 365 * DAY_US
    (line,) = hands.view.more.qualified.lines
    assert [cell.text for cell in line.cells] == [
        "crane-2t", "until 2030-12-31", "Tola Adeyemi · examination, 3 May",
    ]  # fmt: skip
    hands.view.acts.leave()
    assert do(hands, "chen", "disqualify", name="crane-2t") == "This needs a reason."
    hands.view.acts.leave()
    do(hands, "chen", "disqualify", name="crane-2t", reason="not trained any more")
    assert hands.person("chen").qualified == {}


def test_a_day_that_is_none_or_is_over_is_refused(show: Show) -> None:
    hands = show(at=ADMIN)
    for until, said in (
        ("tomorrow", "A day is written like 2028-12-31."),
        ("2019-01-01", "The qualification would have ended already."),
    ):
        told = do(hands, "chen", "qualify", other="crane", until=until, because="x")
        assert told == said
        hands.view.acts.leave()
    do(hands, "chen", "qualify", other="crane", until="", because="x")
    assert hands.person("chen").qualified["crane"].until_us == FOR_EVER


# ---- locked, retired -----------------------------------------------------------------------


def test_a_lock_out_is_seen_and_ended(show: Show) -> None:
    hands = show("silva", at=ADMIN)
    hands.choose("silva")
    assert "unlock" not in hands.view.acts.buttons
    for _ in range(5):
        hands.place.later(hands.place.room.gate.prove("silva", "000111"), print, lambda _why: None)
        hands.settle()
    assert row(hands, "silva")[6].startswith("locked until ")
    hands.view.shown.choose("locked")
    assert [line.key for line in hands.view.table.lines] == ["silva"]
    do(hands, "silva", "unlock")
    assert hands.view.table.lines == ()
    assert hands.person("silva").lock.wrong == 0


def test_a_lock_that_runs_out_is_gone_from_the_list(show: Show) -> None:
    hands = show("silva", at=ADMIN)
    for _ in range(5):
        hands.place.later(hands.place.room.gate.prove("silva", "000111"), print, lambda _why: None)
        hands.settle()
    assert row(hands, "silva")[6].startswith("locked until ")
    hands.wait_s(31)
    hands.settle()
    assert row(hands, "silva")[6] == "–"


def test_who_retires_leaves_the_list_and_comes_back_without_a_pin(show: Show) -> None:
    hands = show("silva", at=ADMIN)
    assert do(hands, "silva", "retire", reason="") == "This needs a reason."
    hands.view.acts.leave()
    do(hands, "silva", "retire", reason="left the company")
    assert "silva" not in {line.key for line in hands.view.table.lines}
    hands.view.shown.choose("retired")
    assert row(hands, "silva")[6] == "retired"
    hands.choose("silva")
    assert set(hands.view.acts.buttons) == {"add", "reinstate"}
    do(hands, "silva", "reinstate", reason="came back")
    hands.view.shown.choose("active")
    assert row(hands, "silva")[6] == "no PIN here"


def test_whose_sign_in_is_open_loses_it_by_retiring(show: Show) -> None:
    hands = show("silva", at="silva")
    hands.place.room.desk.enter(ADMIN)
    hands.place.room.people.retire(ADMIN, "silva", "left")
    hands.settle()
    assert hands.place.hands == ""
    assert hands.chip.accessibleName() == "Sign in"
    assert hands.chip.lapsed == "", "that was no lapse"


# ---- history and trainings -----------------------------------------------------------------


def test_the_history_tells_what_happened_and_by_whom(show: Show) -> None:
    hands = show("silva", at=ADMIN)
    hands.place.room.people.qualify(ADMIN, "silva", "crane", FOR_EVER, "course")
    hands.place.later(hands.place.room.gate.prove("silva", "000111"), print, lambda _why: None)
    hands.settle()
    hands.choose("silva")
    press(hands.view.more.which._group.button(2), Qt.Key.Key_Space)
    told = [line.cells[1].text for line in hands.view.more.history.lines]
    assert told[0] == "Sign-in refused: Wrong PIN"
    assert "crane" in told[1]
    assert told[1].endswith("Tola Adeyemi")
    assert told[-1].endswith("this console")
    assert hands.view.more.history.isVisible()


def test_results_of_trainings_are_shown_with_what_they_granted(
    show: Show, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "immersion-extraction until 2027-11-21"
    results = [
        Standing("a", "chen", "alone", 92, True, "taken", told, 1_000_000),
        Standing("b", "Chen", "forged", 100, True, "refused", "It was altered.", 2_000_000),
        Standing("c", "silva", "other", 50, False, "taken", "Not passed", 3_000_000),
        Standing("d", "chen", "", None, False, "waits", "It is damaged.", 0),
    ]
    monkeypatch.setattr(people_reading, "results_of", lambda _site: results)
    hands = show()
    qtbot.waitUntil(lambda: bool(hands.view.results.all))
    hands.choose("chen")
    lines = hands.view.more.trainings.lines
    cells = [[cell.text for cell in line.cells[1:]] for line in lines]
    assert cells == [
        ["forged", "100", "It was altered."],
        ["alone", "92", told],
        ["–", "–", "It is damaged."],
    ]
    assert lines[0].cells[3].ink is Ink.BAD


def test_results_that_cannot_be_read_say_so(
    show: Show, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_site: object) -> list[Standing]:
        raise OSError("the disk is gone")

    monkeypatch.setattr(people_reading, "results_of", broken)
    hands = show()
    qtbot.waitUntil(lambda: bool(hands.view.results.trouble))
    hands.choose("chen")
    press(hands.view.more.which._group.button(1), Qt.Key.Key_Space)
    assert hands.view.more.empty.text() == "the disk is gone"


# ---- PINs, names, keys ---------------------------------------------------------------------


def test_a_pin_that_an_administrator_sets_is_nowhere_but_hashed(
    show: Show, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    hands = show(at=ADMIN)
    hands.demo.session.is_demo = False
    hands.choose("wu")
    assert hands.begin("pin") == ""
    write(hands.view.pin.pin, "73915")
    assert "73915" not in all_texts(hands.window)
    hands.choose("chen")
    hands.choose("wu")
    hands.begin("pin")
    assert hands.view.pin.pin.text() == "", "another person chosen, and it is forgotten"
    hands.enter_pin(NEW, "862095")
    hands.enter_pin(NEW)
    assert hands.person("wu").pins
    for secret in hands.typed:
        assert secret not in all_texts(hands.window)
        assert secret not in caplog.text
        assert files_with(hands.demo.session.data, secret) == []
    assert not any(field.text() for field in hands.window.findChildren(PinField))


def test_everything_has_a_name_and_the_keyboard_comes_to_it(show: Show) -> None:
    hands = show(at=ADMIN)
    hands.choose("wu")
    assert not widgets.unnamed(hands.tab)
    met = set(reached(hands.view.search))
    assert {hands.view.table, *hands.view.acts.buttons.values()} <= met
    hands.begin("change")
    QApplication.processEvents()
    met = set(reached(hands.view.form.name))
    assert {*hands.view.form.roles.values(), hands.view.form.save} <= met
    assert not widgets.unnamed(hands.tab)


def test_keeping_up_costs_nothing_while_nothing_changes(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = show(at=ADMIN)
    people = hands.place.room.people
    for number in range(300):
        people.add(ADMIN, f"p{number}", f"Person {number}", ["technician"])
    hands.settle()
    assert len(hands.view.table.lines) == 307
    filled: list[int] = []
    monkeypatch.setattr(type(hands.view), "_fill", lambda *_: filled.append(1))
    for _ in range(5):
        hands.view.refresh()
    assert filled == []
