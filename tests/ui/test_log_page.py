"""The log page: live, found again, never waiting for the disk, honest about what it holds."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from console.demo import PausedDemo
from console.history.events import NO_HASH, Event, EventDraft, Head, Kind, seal, uuid7
from console.history.feed import FeedEntry
from console.history.reader import LogReader
from console.history.search import SearchIndex
from console.history.status import StorageReason
from console.history.trouble import StorageError
from console.history.verify import VerifyResult
from console.ui import formats, log_reading
from console.ui.log_model import WHAT
from console.ui.log_page import LogPage
from tests.house.hands import tap, write
from tests.house.logs import Expected
from tests.ui.conftest import Look

Open = Callable[..., LogPage]


@pytest.fixture
def open_page(qtbot: QtBot) -> Open:
    """Show a log page over a demo (and another source of pages, where given)."""

    def show(demo: PausedDemo, **options: Any) -> LogPage:
        page = LogPage(demo.session, **options)
        qtbot.addWidget(page)
        page.resize(1192, 688)
        page.show()
        refresh(page)
        return page

    return show


def refresh(page: LogPage) -> None:
    page.refresh(page.session.refresh())


def settle(qtbot: QtBot, page: LogPage) -> None:
    """Wait until the page has asked what it wants to ask and has its answer."""
    qtbot.waitUntil(lambda: not page.filters._pause.isActive() and not page._asking)


def tell(demo: PausedDemo, *drafts: EventDraft) -> None:
    for draft in drafts:
        demo.session.history.record(draft)
    deadline_s = time.monotonic() + 10
    while demo.session.history.feed.waiting and time.monotonic() < deadline_s:
        time.sleep(0.005)


def draft(demo: PausedDemo, number: int, subject: str = "tank-1") -> EventDraft:
    return EventDraft(Kind.FAULT_INJECTED, subject, {"fault": f"test_{number}"}, demo.clock())


def shown(page: LogPage) -> list[str]:
    return [page.model.row(n).text.what for n in range(page.model.rowCount())]


def forget(demo: PausedDemo) -> None:
    """Make this run one that has told nothing, so that everything comes from the disk."""
    demo.session.history.feed._entries.clear()


class SlowSource:
    """Events made up on demand; answers when told to; notes which thread asked."""

    def __init__(self, count: int, *, waits: bool = False) -> None:
        self.events = list(chain(count))[::-1]
        self.asked: list[dict[str, Any]] = []
        self.threads: set[threading.Thread] = set()
        self.go = threading.Event()
        self.trouble: StorageError | None = None
        self.proof = VerifyResult(True, count, "ab" * 32)
        if not waits:
            self.go.set()

    def page(self, **question: Any) -> list[Event]:
        self.asked.append(question)
        self._work()
        older = self.events
        if question["before"] is not None:
            ids = [event.id for event in older]
            older = older[ids.index(question["before"]) + 1 :]
        return older[: question["limit"]]

    def verify(self) -> VerifyResult:
        self._work()
        return self.proof

    def export(self, stream: Any) -> int:
        self._work()
        return 0

    def _work(self) -> None:
        self.threads.add(threading.current_thread())
        self.go.wait(10)
        if self.trouble is not None:
            raise self.trouble


def chain(count: int) -> list[Event]:
    from drivers.points import Stamp

    head, events = Head("made-up", 0, NO_HASH), []
    for number in range(count):
        moment = 1_000_000 * number
        body = {"fault": f"old_{number}"}
        told = EventDraft(Kind.FAULT_INJECTED, "tank-1", body, Stamp(moment, 0.0))
        event, _ = seal(told, uuid7(moment), head, "boot")
        head = Head("made-up", event.sequence, event.hash)
        events.append(event)
    return events


# ---- what is shown -------------------------------------------------------------------------


def test_events_of_this_run_are_there_at_once_newest_first(
    demo: PausedDemo, open_page: Open
) -> None:
    page = open_page(demo)
    sequences = [page.model.row(n).sequence for n in range(page.model.rowCount())]
    assert sequences == sorted(sequences, reverse=True)  # type: ignore[type-var]
    assert shown(page)[-1] == "Console started, watching 4 devices"
    assert page.table.isVisible()


def test_events_of_earlier_runs_follow_from_the_disk(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    tell(demo, *(draft(demo, n) for n in range(450)))
    page = open_page(demo)
    settle(qtbot, page)
    expected = [event.sequence for event in LogReader(demo.session.data).page(limit=1000)]
    while page.model.rowCount() < len(expected):
        before = page.model.rowCount()
        page.table.verticalScrollBar().setValue(page.table.verticalScrollBar().maximum())
        qtbot.waitUntil(lambda: page.model.rowCount() > before)  # noqa: B023
        settle(qtbot, page)
    assert [page.model.row(n).sequence for n in range(page.model.rowCount())] == expected
    assert page.tools.count.text() == f"{len(expected)} events"


def test_what_happens_comes_on_top(demo: PausedDemo, open_page: Open) -> None:
    page = open_page(demo)
    tell(demo, draft(demo, 1), draft(demo, 2))
    refresh(page)
    assert shown(page)[:2] == ["Fault injected: test 2", "Fault injected: test 1"]
    assert page.table.at_top


def test_what_is_read_stays_where_it_is(demo: PausedDemo, open_page: Open, qtbot: QtBot) -> None:
    tell(demo, *(draft(demo, n) for n in range(60)))
    page = open_page(demo)
    settle(qtbot, page)
    page.table.verticalScrollBar().setValue(10)
    read = page.table.indexAt(page.table.viewport().rect().topLeft()).data(Qt.ItemDataRole.UserRole)
    tell(demo, draft(demo, 100), draft(demo, 101), draft(demo, 102))
    refresh(page)
    now = page.table.indexAt(page.table.viewport().rect().topLeft()).data(Qt.ItemDataRole.UserRole)
    assert now.id == read.id
    assert page.tools.newest.text() == "3 new · show them"
    assert page.tools.newest.isVisible()
    page.tools.newest.click()
    assert page.table.at_top
    assert not page.tools.newest.isVisible()


def test_an_event_that_the_disk_has_not_taken_says_so(demo: PausedDemo, open_page: Open) -> None:
    page = open_page(demo)
    feed = demo.session.history.feed
    late = FeedEntry(uuid7(1), draft(demo, 9), recorded=False)
    feed._publish(late)
    refresh(page)
    assert page.model.index(0, 5).data() == "not recorded"
    event, _ = seal(draft(demo, 9), late.id, Head("x", 41, NO_HASH), "boot")
    feed._publish(FeedEntry(late.id, event, recorded=True))
    refresh(page)
    assert page.model.index(0, 5).data() == "#42"
    assert shown(page).count("Fault injected: test 9") == 1


def test_a_mark_has_its_colour_only_while_its_alarm_holds(
    demo_of: Callable[..., PausedDemo], open_page: Open
) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=60, faults=["controller_silent:tank-1@20"])
    page = open_page(demo)
    lost = next(row for row in rows(page) if row.event.kind == Kind.ALARM_RAISED)
    assert page.model.is_active(lost)
    demo.session.intake.link_changed("tank-1", demo.session.latest.link("tank-1").state.LIVE, "")
    tell(demo)
    refresh(page)
    assert not page.model.is_active(lost)


def rows(page: LogPage) -> list[Any]:
    return [page.model.row(n) for n in range(page.model.rowCount())]


# ---- finding -------------------------------------------------------------------------------


def test_text_tank_kind_and_time_narrow_what_is_shown(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    tell(demo, draft(demo, 1), draft(demo, 2, "tank-2"), draft(demo, 3, "node-1/gpu0"))
    page = open_page(demo)
    settle(qtbot, page)
    everything = page.model.rowCount()
    page.filters.text.setText("TEST injected")
    settle(qtbot, page)
    assert len(shown(page)) == 3
    page.filters.tank.choose("tank-1")
    settle(qtbot, page)
    assert shown(page) == ["Fault injected: test 3", "Fault injected: test 1"]
    page.filters.kind.choose("alarms")
    settle(qtbot, page)
    assert shown(page) == []
    page.state.button.click()
    settle(qtbot, page)
    assert page.model.rowCount() == everything


def test_a_moment_shows_what_happened_around_it(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    tell(demo, draft(demo, 1))
    now_us = demo.clock().utc_us
    page = open_page(demo)
    page.show_moment(now_us)
    settle(qtbot, page)
    assert "Fault injected: test 1" in shown(page)
    assert page.filters.span.key == "between"
    page.show_moment(now_us - 3_600_000_000)
    settle(qtbot, page)
    assert shown(page) == []


def test_a_search_sees_what_is_on_the_screen_in_its_language(
    demo: PausedDemo, open_page: Open, qtbot: QtBot, look: Look
) -> None:
    look.use(language="zh_CN")
    tell(demo, EventDraft(Kind.FAULT_INJECTED, "tank-1", {"fault": "pump_trip"}, demo.clock()))
    page = open_page(demo)
    page.filters.text.setText("泵跳闸")
    settle(qtbot, page)
    assert shown(page) == ["注入故障：泵跳闸"]


def test_what_happens_while_a_filter_holds_must_fit_it(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    page = open_page(demo)
    page.filters.tank.choose("tank-2")
    settle(qtbot, page)
    before = page.model.rowCount()
    tell(demo, draft(demo, 1, "tank-1"), draft(demo, 2, "tank-2"))
    refresh(page)
    assert page.model.rowCount() == before + 1
    assert shown(page)[0] == "Fault injected: test 2"


def test_a_span_of_time_by_choice_and_by_hand(
    demo_of: Callable[..., PausedDemo], open_page: Open, qtbot: QtBot
) -> None:
    demo = demo_of(tanks=1, hosts=0, seconds=5000)
    tell(demo, draft(demo, 1))
    page = open_page(demo)
    settle(qtbot, page)
    assert "Console started, watching 1 devices" in shown(page)
    tap(page.filters.span._group.button(1))
    settle(qtbot, page)
    assert shown(page) == ["Fault injected: test 1"]
    tap(page.filters.span._group.button(4))
    assert page.filters.start.isVisible()
    write(page.filters.end, "2026-11-21 11:00")
    settle(qtbot, page)
    assert shown(page) == ["Connected", "Console started, watching 1 devices"]
    page.filters.end.setText("eleven")
    settle(qtbot, page)
    assert page.filters._fault.text() == "Write a time as 2026-11-21 12:04"


def test_a_tank_named_from_outside_is_chosen(demo: PausedDemo, open_page: Open) -> None:
    page = open_page(demo)
    page.show_subject("node-2/gpu1")
    assert page.filters.tank.key == "tank-2"
    page.show_subject("no-such-part")
    assert page.filters.tank.key == "tank-2"


def test_a_rare_word_is_searched_to_the_end_of_the_log(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    source = SlowSource(2500)
    forget(demo)
    page = open_page(demo, source=source)
    settle(qtbot, page)
    page.filters.text.setText("old_7")
    settle(qtbot, page)
    found = [row.event.body["fault"] for row in rows(page)]
    expected = [f"old_{n}" for n in range(2499, -1, -1) if str(n).startswith("7")]
    assert found == expected
    assert {question["limit"] for question in source.asked} == {200, 1000}


def test_a_word_is_found_by_the_index_and_its_making_is_told(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    body = {"text": "a gasket of nitrile rubber swelled"}
    tell(demo, EventDraft(Kind.WORK_NOTED, "tank-1", body, demo.clock()))
    told: list[str] = []
    for is_indexed in (False, True):
        forget(demo)
        page = open_page(demo)
        settle(qtbot, page)
        page._reading.answered.connect(lambda _answer, p=page: told.append(p.tools.count.text()))
        page.filters.text.setText("nitrile")
        settle(qtbot, page)
        assert [row.event.body for row in rows(page)] == [body]
        said = any("are still being indexed" in text for text in told)
        assert said is not is_indexed
        told.clear()
        while SearchIndex(demo.session.data).catch_up():
            pass


# ---- never waiting -------------------------------------------------------------------------


def test_the_disk_is_never_read_in_the_thread_of_the_window(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    source = SlowSource(900)
    forget(demo)
    page = open_page(demo, source=source)
    settle(qtbot, page)
    page.table.verticalScrollBar().setValue(page.table.verticalScrollBar().maximum())
    settle(qtbot, page)
    page.tools.verify.click()
    qtbot.waitUntil(page.tools.verify.isEnabled)
    assert len(source.threads) >= 2
    assert threading.main_thread() not in source.threads


def test_a_slow_disk_shows_that_it_is_being_read(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    source = SlowSource(5, waits=True)
    forget(demo)
    page = open_page(demo, source=source)
    assert page.state.isVisible()
    assert page.state.words == "Reading the log …"
    source.go.set()
    settle(qtbot, page)
    assert page.model.rowCount() == 5


def test_the_answer_to_an_old_question_is_dropped(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    source = SlowSource(5, waits=True)
    forget(demo)
    page = open_page(demo, source=source)
    qtbot.waitUntil(lambda: len(source.asked) == 1)
    page.filters.text.setText("old_3")
    qtbot.waitUntil(lambda: len(source.asked) == 2)
    source.go.set()
    settle(qtbot, page)
    qtbot.wait(50)
    assert [row.event.body["fault"] for row in rows(page)] == ["old_3"]


def test_closing_the_page_while_the_disk_is_read_is_harmless(
    demo: PausedDemo, qtbot: QtBot
) -> None:
    source = SlowSource(5, waits=True)
    forget(demo)
    page = LogPage(demo.session, source=source)
    refresh(page)
    qtbot.waitUntil(lambda: bool(source.asked))
    delivered: list[object] = []
    page._reading.answered.connect(delivered.append)
    page.deleteLater()
    with qtbot.waitSignal(page.destroyed):
        pass
    source.go.set()
    qtbot.wait(100)
    assert delivered == []


def test_a_log_that_cannot_be_read_says_why_and_can_be_tried_again(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    source = SlowSource(3)
    source.trouble = StorageError(StorageReason.DAMAGED, "log.db is damaged.", Path("log.db"))
    forget(demo)
    page = open_page(demo, source=source)
    settle(qtbot, page)
    assert page.state.words == "log.db is damaged."
    assert page.state.button.text() == "Try again"
    source.trouble = None
    page.state.button.click()
    settle(qtbot, page)
    assert page.model.rowCount() == 3


def test_a_fault_of_the_program_is_an_answer_too(
    demo: PausedDemo, open_page: Open, qtbot: QtBot, expected_logs: Expected
) -> None:
    expected_logs("reading the log failed")
    source = SlowSource(3)
    forget(demo)
    page = open_page(demo, source=source)
    settle(qtbot, page)
    source.events = None  # type: ignore[assignment]
    page.filters.tank.choose("tank-1")
    settle(qtbot, page)
    assert page.state.words.startswith("TypeError: ")


def test_an_empty_log_says_what_will_come(demo: PausedDemo, open_page: Open, qtbot: QtBot) -> None:
    forget(demo)
    page = open_page(demo, source=SlowSource(0))
    settle(qtbot, page)
    assert page.state.words == "Nothing is recorded yet. Events appear here as they happen."
    assert not page.state.button.isVisible()
    page.filters.text.setText("zebra")
    settle(qtbot, page)
    assert page.state.words == "Nothing matches."
    assert page.state.button.text() == "Clear the filter"


# ---- one event -----------------------------------------------------------------------------


def test_an_event_is_shown_whole_beside_the_table(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    tell(demo, draft(demo, 7, "node-1/gpu0"))
    page = open_page(demo)
    settle(qtbot, page)
    assert page.details.isHidden()
    cell = page.table.visualRect(page.model.index(0, WHAT)).center()
    tap(page.table.viewport(), cell)
    assert page.details.isVisible()
    event = page.model.row(0).event
    assert isinstance(event, Event)
    opened: list[tuple[str, str]] = []
    page.open_subject.connect(lambda *where: opened.append(where))
    page.details.open_tank.click()
    page.details.open_gpu.click()
    assert opened == [("tank", "tank-1"), ("gpus", "node-1/gpu0")]
    page.details.copy.click()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[0] == "Node 1 GPU 0: Fault injected: test 7"
    assert f"Hash: {event.hash}" in copied
    assert f"Record: #{event.sequence}" in copied
    assert "Fault: test 7" in copied
    page.details.closed.emit()
    assert page.details.isHidden()


def test_what_a_body_says_is_never_taken_for_markup(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    body = {"fault": "<img src=x><b>bold"}
    tell(demo, EventDraft(Kind.FAULT_INJECTED, "tank-1", body, demo.clock()))
    page = open_page(demo)
    settle(qtbot, page)
    page.table.selectRow(0)
    assert "&lt;img src=x&gt;&lt;b&gt;bold" in page.details._fields.text()
    assert "<b>" not in page.details._fields.text()


def test_rows_are_at_least_a_target_high(demo: PausedDemo, open_page: Open, look: Look) -> None:
    page = open_page(demo)
    assert page.table.verticalHeader().defaultSectionSize() == 48
    look.use(glove=True)
    assert page.table.verticalHeader().defaultSectionSize() >= 60
    assert page.tools.verify.sizeHint().height() >= 60


# ---- proof and export ----------------------------------------------------------------------


def test_the_proof_names_the_end_of_the_chain(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    tell(demo, draft(demo, 1))
    page = open_page(demo)
    settle(qtbot, page)
    page.tools.verify.click()
    qtbot.waitUntil(page.tools.verify.isEnabled)
    last = LogReader(demo.session.data).page(limit=1)[0]
    assert page.tools.result.text() == (
        f"Verified at {formats.clock(demo.clock().utc_us, demo.clock().utc_us)}: "
        f"{last.sequence} events, unaltered and complete. Head hash {last.hash}"
    )
    assert page.tools.mark.isHidden()


def test_an_empty_log_is_not_called_complete(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    forget(demo)
    page = open_page(demo, source=SlowSource(0))
    page.tools.verify.click()
    qtbot.waitUntil(page.tools.verify.isEnabled)
    assert page.tools.result.text() == "Nothing is recorded yet, so there is nothing to verify."


def test_a_log_that_was_altered_is_not_passed_over(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    source = SlowSource(3)
    forget(demo)
    source.proof = VerifyResult(False, 1, "cd" * 32, (2, "id", "its content is not what it was"))
    page = open_page(demo, source=source)
    settle(qtbot, page)
    page.tools.verify.click()
    qtbot.waitUntil(page.tools.verify.isEnabled)
    assert "NOT as it was recorded. Event 2: its content is not what it was." in (
        page.tools.result.text()
    )
    assert page.tools.mark.isVisible()


def test_the_export_can_be_checked_with_nothing_but_json(
    demo: PausedDemo, open_page: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    page = open_page(demo)
    settle(qtbot, page)
    target = tmp_path / "log.jsonl"
    page.tools.export.click()
    page.tools.path.setText(str(target))
    assert page.tools.save.text() == "Save"
    page.tools.save.click()
    qtbot.waitUntil(page.tools.save.isEnabled)
    lines = target.read_text(encoding="utf-8").splitlines()
    assert lines.pop().startswith('{"seal":')
    lines = [line for line in lines if not line.startswith('{"checkpoint":')]
    assert page.tools.result.text() == f"{len(lines)} events are now in {target}."
    assert len(lines) == page.model.rowCount()
    for line in lines:
        event = json.loads(line)
        claimed = event.pop("hash")
        text = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(text.encode()).hexdigest() == claimed


def test_an_existing_file_is_replaced_only_by_a_button_that_says_so(
    demo: PausedDemo, open_page: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    page = open_page(demo)
    (tmp_path / "old.jsonl").write_text("old")
    page.tools.export.click()
    page.tools.path.setText(str(tmp_path / "old.jsonl"))
    assert page.tools.save.text() == "Replace the file"
    page.tools.save.click()
    qtbot.waitUntil(page.tools.save.isEnabled)
    assert (tmp_path / "old.jsonl").read_text() != "old"


def test_an_export_that_fails_says_why_and_leaves_nothing(
    demo: PausedDemo, open_page: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    page = open_page(demo)
    page.tools.export.click()
    page.tools.path.setText(str(tmp_path / "nowhere" / "log.jsonl"))
    page.tools.save.click()
    qtbot.waitUntil(page.tools.save.isEnabled)
    assert page.tools.result.text().endswith("was not written: No such file or directory.")
    source = SlowSource(1)
    source.trouble = StorageError(StorageReason.FULL, "The disk is full.", Path("x"))
    with pytest.raises(StorageError):
        log_reading.write_export(source, tmp_path / "log.jsonl")
    assert not list(tmp_path.glob("*log.jsonl*"))


def test_choosing_a_file_holds_nothing_up(demo: PausedDemo, open_page: Open, qtbot: QtBot) -> None:
    page = open_page(demo)
    page.tools.export.click()
    page.tools.choose.click()
    dialog = page.findChild(QFileDialog)
    assert dialog is not None
    assert not dialog.isModal()
    dialog.fileSelected.emit("/somewhere/log.jsonl")
    assert page.tools.path.text() == "/somewhere/log.jsonl"
    dialog.close()


def test_a_refresh_with_nothing_new_costs_next_to_nothing(
    demo: PausedDemo, open_page: Open, qtbot: QtBot
) -> None:
    tell(demo, *(draft(demo, n) for n in range(300)))
    page = open_page(demo)
    settle(qtbot, page)
    costs = []
    for _ in range(20):
        began_s = time.perf_counter()
        refresh(page)
        costs.append(time.perf_counter() - began_s)
    assert sorted(costs)[10] < 0.005
