"""The review page with work that was really done: read, asked about, returned, approved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from console.cli.picture_review import reviewed_order, worked_run
from console.demo import PausedDemo
from console.history.reader import LogReader
from console.history.verify import VerifyResult
from console.ui.log_reading import Proof
from console.ui.review.photos import PhotoSheet
from console.ui.review.reading import Proven
from console.ui.review.record_view import EXCEPTIONS, LOG, PARTS, PROCEDURE, QUESTIONS, STEPS
from console.work.orders.rules import State
from console.work.review import FindingKind
from console.work.reviews.kinds import ReviewKind
from tests.house import widgets
from tests.house.hands import press
from tests.ui.board_hands import Hands as BoardHands
from tests.ui.board_hands import quick_pins
from tests.ui.review_hands import Reviewing, show


def _wait_for(is_so: Callable[[], bool], turns: int = 2000) -> None:
    for _ in range(turns):
        if is_so():
            return
        QTest.qWait(20)


@pytest.fixture
def done(
    demo_of: Callable[..., PausedDemo], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Reviewing, str]]:
    """A server taken out and back under an order, given to review; its number."""
    quick_pins(monkeypatch)
    demo = demo_of(tanks=1, hosts=2, gpus=2, seconds=300)
    number = reviewed_order(demo)
    hands = show(demo, qtbot)
    yield hands, number
    hands.window.hide()
    hands.window.deleteLater()


def test_a_record_is_read_and_approved(done: tuple[Reviewing, str]) -> None:
    hands, number = done
    assert hands.page.list.keys == [number]
    hands.open(number)
    view = hands.panel.view
    assert view.section == EXCEPTIONS, "exceptions come first"
    assert hands.told(ReviewKind.OPENED) == [], "nobody is here who could review"

    hands.sign_in()
    kinds = [line.cells[0].text for line in view.exceptions.table.lines]
    assert kinds[0] in {"Gate overridden", "Value outside its limits"}
    assert {"Entry changed", "Gate overridden", "Value outside its limits"} <= set(kinds)
    assert kinds[-1] == "Refused", "what counts nothing comes last"
    found = [line.cells[2].text for line in view.exceptions.table.lines]
    assert any("first 1.4" in text and "then 0.6" in text for text in found)
    assert view.tabs.buttons[EXCEPTIONS].text() == "Exceptions 4"
    assert "unaltered and complete" in view.proof.text()
    assert hands.panel.why.text() == "You decided 2 exceptions of this record yourself."

    assert hands.do("approve") == "Ngozi Okafor has not looked at: Steps."
    assert not hands.panel.is_busy
    for section in (STEPS, PARTS, PROCEDURE, QUESTIONS, LOG):
        hands.turn(section)
    hands.turn(STEPS)
    hands.turn(EXCEPTIONS)
    opened = [str(event.body["section"]) for event in hands.told(ReviewKind.OPENED)]
    assert sorted(opened) == sorted({*opened}), "each part once in a sitting"
    assert {EXCEPTIONS, STEPS, PARTS, PROCEDURE, QUESTIONS, LOG} <= set(opened)
    assert "steps find-the-tank" in opened
    assert {event.actor for event in hands.told(ReviewKind.OPENED)} == {"okafor"}
    assert {event.subject for event in hands.told(ReviewKind.OPENED)} == {number}

    hands.do("approve")
    said = hands.panel.sign.act.text()
    assert number in said
    assert "4 exceptions" in said
    assert "audit trail" in said
    assert hands.sign(pin="not the passphrase") == "Name or PIN is wrong."
    assert hands.sign() == ""
    closed = hands.order(number)
    assert closed.state is State.CLOSED
    signature = closed.moves[-1].signature
    assert signature is not None
    assert (signature.person, signature.meaning) == ("okafor", "order.review")
    assert hands.page.list.keys == []
    assert hands.panel.title.text() == "Nothing awaits review."


def _a_step_with_all_that_was_recorded(hands: Reviewing, number: str) -> None:
    hands.turn(STEPS)
    steps = hands.panel.view.steps
    run = hands.order(number).runs[0]
    assert len(steps.table.lines) > 40
    hands.panel.view.to_step(run, "bond#1")
    hands.settle()
    detail = steps.detail
    assert detail.name.text().endswith("Bond the tank and yourself")
    assert "Entry changed" in detail.exceptions.html
    values = detail.sections["values"].html
    assert "1.4" in values
    assert "outside" in values
    assert "0.0 to 1.0" in values or "0.00 to 1.00" in values
    signatures = detail.sections["signatures"].html
    assert "Step done" in signatures
    assert "signed in at the console" in signatures
    assert "SHA-256" in detail.sections["evidence"].html

    hands.panel.view.to_step(run, "lift-half#1")
    hands.settle()
    assert "planned 3 min" in detail.head.html
    curves = detail.strip.view
    assert detail.strip.isVisible()
    assert {curve.key for curve in curves.curves} >= {"level", "coolant_return_temperature"}
    record = steps.current
    assert record is not None
    time = record[1].time
    assert time is not None
    assert curves.reach.start_us < time.started_us < time.ended_us < curves.reach.end_us
    assert "The frame swung a little" in detail.sections["said"].html
    assert "Step signed by the witness" in detail.sections["signatures"].html


def _photos_are_shown_small_and_large(hands: Reviewing) -> None:
    record = hands.panel.view.facts
    assert record is not None
    assert record.record is not None
    run = record.record.runs[0]
    step = next(one for one in run.steps if one.photos)
    hands.panel.view.to_step(run.run.id, step.key)
    hands.settle()
    row = hands.panel.view.steps.detail.photos
    assert row.isVisible()
    assert len(row.shots) == len(step.photos)
    press(row, Qt.Key.Key_Return)
    hands.settle()
    sheet = hands.panel.photo
    assert sheet.isVisible()
    assert step.photos[0].sha256 in sheet.caption.text()
    _wait_for(lambda: _is_shown(hands, sheet))
    assert sheet.canvas._picture is not None, "read beside the window"
    press(sheet, Qt.Key.Key_Escape)
    hands.settle()
    assert not sheet.isVisible()
    assert hands.window.page is hands.page


def test_asked_returned_answered_on_the_board_and_closed(done: tuple[Reviewing, str]) -> None:
    hands, number = done
    hands.sign_in()
    hands.open(number)
    hands.turn(STEPS)
    hands.panel.view.to_step(hands.order(number).runs[0], "bond#1")
    hands.settle()
    hands.do("ask")
    assert "Bond the tank and yourself" in hands.panel.form.preview.text()
    assert hands.fill(text="") == "This needs a text of 1 to 2000 letters."
    hands.fill(text="Why 1.4 ohm at first?")
    (question,) = hands.told(ReviewKind.QUESTION)
    assert (question.subject, question.body["step"]) == (number, "bond")
    assert (
        not hands.panel.main.buttons["approve"].isEnabled()
        if ("approve" in hands.panel.main.buttons)
        else True
    )
    assert "A question of the review is not answered yet." in hands.panel.why.text()
    hands.do("return")
    assert hands.panel.form.fields["text"].text() == "Why 1.4 ohm at first?"  # type: ignore[union-attr]  # a field
    hands.fill()
    assert hands.order(number).state is State.RETURNED
    assert "is not in review" in hands.panel.why.text()

    hands.demo.advance(60)
    board = BoardHands(hands.demo, hands.window)
    board.sign_in("chen")
    hands.window.open("work", number)
    board.settle()
    section = board.panel.sections["questions"]
    assert "Why 1.4 ohm at first?" in section.html
    board.do("answer")
    board.fill(text="The clamp was painted; scraped.")
    assert "scraped" in section.html
    assert "answer" not in board.buttons
    board.do(f"to:{State.IN_PROGRESS}")
    board.sign("chen")
    board.do(f"to:{State.REVIEW}")
    board.sign("chen")
    board.do("verify")
    board.sign("wu")

    hands.sign_in()
    hands.open(number)
    hands.turn(QUESTIONS)
    said = hands.panel.view.texts[QUESTIONS].html
    assert "The clamp was painted" in said
    assert "answered" in said
    assert hands.do("approve") == "Ngozi Okafor has not looked at: Exceptions.", (
        "a returned order is looked at anew"
    )


def test_findings_become_deviations_orders_and_changes(done: tuple[Reviewing, str]) -> None:
    hands, number = done
    hands.sign_in()
    hands.open(number)
    table = hands.panel.view.exceptions.table
    row = next(
        n for n, line in enumerate(table.lines) if line.cells[0].text == "Value outside its limits"
    )
    table.choose(str(row))
    hands.settle()
    hands.do("deviation")
    assert "1.4" in hands.panel.form.fields["text"].text()  # type: ignore[union-attr]  # a field
    hands.fill(what="repair")
    hands.do("child")
    hands.fill(title="Scrape the bonding point")
    hands.do("change")
    hands.fill(text="Scrape before bonding")
    (deviation,) = hands.told(ReviewKind.DEVIATION)
    assert (deviation.body["disposition"], deviation.body["step"]) == ("repair", "bond")
    (change,) = hands.told(ReviewKind.CHANGE_ASKED)
    assert change.body["procedure"] == "extract-server"
    (child,) = hands.place.room.book.orders.children(number)
    assert child.title == "Scrape the bonding point"
    hands.turn(QUESTIONS)
    told = hands.panel.view.texts[QUESTIONS].html
    for words in ("To be put right", "Scrape the bonding point", "Scrape before bonding"):
        assert words in told
    assert hands.panel.view.tabs.buttons[QUESTIONS].text() == "Follow-up 2"
    assert f"change:{change.body['id']}" in hands.page.list.keys
    assert FindingKind.OUT_OF_LIMIT in {one.kind for _, one in hands.panel.facts.findings()}  # type: ignore[union-attr]  # there is one


def _is_shown(hands: Reviewing, sheet: PhotoSheet) -> bool:
    hands.settle()
    return sheet.canvas._picture is not None


def _papers_are_written_beside_the_window(hands: Reviewing, number: str, tmp_path: Path) -> None:
    hands.panel.papers.folder = tmp_path
    for key, name in (("report", "report"), ("form", "work-order")):
        hands.do(key)
        _wait_for(lambda: "SHA-256" in hands.panel.paper.text())
        assert "SHA-256" in hands.panel.paper.text(), hands.panel.paper.text()
        (file,) = tmp_path.glob(f"{number}-{name}-*.pdf")
        assert file.read_bytes().startswith(b"%PDF-")
        assert str(file) in hands.panel.paper.text()
        assert hands.panel.show_paper.isVisible()
        hands.settle()
    printed = LogReader(hands.demo.session.data).of_kinds({"document.printed"})
    assert [event.body["document"] for event in printed] == ["completion_report", "work_order"]
    assert {event.subject for event in printed} == {number}
    hands.panel.papers.folder = tmp_path / "not-there"
    hands.do("form")
    _wait_for(lambda: "was not written" in hands.panel.paper.text())
    assert "was not written" in hands.panel.paper.text()


def _a_damaged_log_is_told(hands: Reviewing) -> None:
    bad = VerifyResult(False, 9, "ab" * 32, (7, "id", "its content is not what was recorded"))
    hands.page.reading._take(Proven(Proof(bad), hands.demo.session.now().utc_us))
    hands.settle()
    for words in ("NOT as it was recorded", "Event 7"):
        assert words in hands.panel.view.proof.text()


def test_a_record_in_full(done: tuple[Reviewing, str], tmp_path: Path) -> None:
    hands, number = done
    hands.open(number)
    _a_step_with_all_that_was_recorded(hands, number)
    _photos_are_shown_small_and_large(hands)
    _papers_are_written_beside_the_window(hands, number, tmp_path)
    _a_damaged_log_is_told(hands)
    _named_grey_and_whole(hands)


def _named_grey_and_whole(hands: Reviewing) -> None:
    hands.sign_in()
    for section in (EXCEPTIONS, STEPS, LOG):
        hands.turn(section)
        assert widgets.unnamed(hands.window) == []
    hands.turn(EXCEPTIONS)
    assert widgets.colourful(hands.window) == 0.0
    hands.do("ask")
    assert widgets.unnamed(hands.window) == []
    hands.panel.doing.leave()


def test_a_run_without_an_order_is_concluded_with_a_signature(
    demo_of: Callable[..., PausedDemo], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick_pins(monkeypatch)
    demo = demo_of(tanks=1, hosts=2, gpus=2, seconds=300)
    run = worked_run(demo)
    hands = show(demo, qtbot)
    key = f"run:{run}"
    hands.open(key)
    hands.sign_in()
    hands.turn(STEPS)
    assert hands.panel.view.steps.current is not None
    hands.turn(EXCEPTIONS)
    hands.do("settle")
    assert run in hands.panel.sign.act.text()
    assert hands.sign() == ""
    hands.settle()
    (settled,) = hands.told(ReviewKind.SETTLED)
    assert (settled.subject, settled.actor, settled.body["run"]) == (key, "okafor", run)
    assert hands.page.list.keys == []
    hands.window.hide()
    hands.window.deleteLater()
