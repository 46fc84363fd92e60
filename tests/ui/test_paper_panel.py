"""Printing from the screen: made beside the window, told to the log first, saved where one says."""

from __future__ import annotations

import errno
import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from console.demo import PausedDemo
from console.history.reader import LogReader
from console.session.furnish_orders import furnish_orders
from console.ui.paper_page import PaperPage
from console.ui.window import MainWindow, build_window
from console.work.events import Refused
from tests.house.hands import tap
from tests.ui.guided_hands import open_place


@pytest.fixture
def window(demo: PausedDemo) -> Iterator[MainWindow]:
    furnish_orders(demo.session)
    open_place(demo)
    made = build_window(demo.session)
    made.resize(1280, 800)
    made.show()
    for timer in made.timers:
        timer.stop()
    yield made
    made.hide()
    made.deleteLater()
    QApplication.processEvents()


def _page(demo: PausedDemo, window: MainWindow, subject: str) -> PaperPage:
    window.open("paper", subject)
    page = window.page
    assert isinstance(page, PaperPage)
    _settle(demo, window, page)
    return page


def _settle(demo: PausedDemo, window: MainWindow, page: PaperPage) -> None:
    end_s = time.monotonic() + 20
    while time.monotonic() < end_s:
        open_place(demo)
        window.tick()
        QApplication.processEvents()
        if page.settled:
            return
        QTest.qWait(2)
    raise AssertionError("nothing is made")


def _printed(demo: PausedDemo) -> list[dict[str, Any]]:
    open_place(demo)
    return [dict(e.body) for e in LogReader(demo.session.data).of_kinds({"document.printed"})]


def _order(demo: PausedDemo) -> str:
    orders = open_place(demo).room.book.orders.open()
    return next(one.number for one in orders if one.procedure)


def test_a_work_order_is_saved_as_its_hash_in_the_log_says(
    demo: PausedDemo, window: MainWindow, tmp_path: Path
) -> None:
    page = _page(demo, window, f"order/{_order(demo)}")
    panel = page.panel
    assert [one.text() for one in panel.kinds] == ["Work order", "Blank form", "Completion report"]
    assert _order(demo) in panel.text.toPlainText()
    panel.where.setText(str(tmp_path / "order"))
    tap(panel.save)
    _settle(demo, window, page)
    saved = tmp_path / "order.pdf"
    assert panel.saved == saved, panel.said.text()
    assert _printed(demo)[-1]["sha256"] == hashlib.sha256(saved.read_bytes()).hexdigest()
    assert [path.name for path in tmp_path.glob("*.pdf")] == ["order.pdf"]


def test_every_document_of_an_order_can_be_made(demo: PausedDemo, window: MainWindow) -> None:
    page = _page(demo, window, f"order/{_order(demo)}")
    for number, button in enumerate(page.panel.kinds):
        tap(button)
        _settle(demo, window, page)
        made = page.panel.made
        assert made is not None, page.panel.said.text()
        assert made.pdf.startswith(b"%PDF"), number
    assert _printed(demo) == []


def test_labels_and_blank_forms_can_be_made(demo: PausedDemo, window: MainWindow) -> None:
    tank = demo.session.tanks[0].id
    page = _page(demo, window, f"labels/{tank}")
    assert page.panel.kinds[0].text() == f"Label of {tank}"
    assert page.panel.made is not None
    assert tank in page.panel.text.toPlainText()
    page = _page(demo, window, "procedure/extract-server")
    assert page.panel.made is not None
    assert page.panel.made.pages > 5


def test_the_paper_and_the_language_make_it_anew(demo: PausedDemo, window: MainWindow) -> None:
    page = _page(demo, window, "procedure/extract-server")
    first = page.panel.made
    page.panel.paper.choose("letter")
    _settle(demo, window, page)
    second = page.panel.made
    page.panel.language.choose("zh_CN")
    _settle(demo, window, page)
    third = page.panel.made
    assert first is not None
    assert second is not None
    assert third is not None
    assert len({first.sha256, second.sha256, third.sha256}) == 3
    assert "表" in third.text


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (errno.ENOSPC, "no room left"),
        (errno.EROFS, "may only be read"),
        (errno.EACCES, "may only be read"),
        (errno.EIO, "cannot be written"),
    ],
)
def test_a_disk_that_refuses_is_told_in_words(
    demo: PausedDemo,
    window: MainWindow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    said: str,
) -> None:
    page = _page(demo, window, "procedure/extract-server")

    def refuse(_file: int) -> None:
        raise OSError(code, os.strerror(code))

    page.panel.where.setText(str(tmp_path / "form.pdf"))
    with monkeypatch.context() as patch:
        patch.setattr("console.ui.paper_jobs.os.fsync", refuse)
        tap(page.panel.save)
        end_s = time.monotonic() + 10
        while page.panel.is_busy and time.monotonic() < end_s:
            demo.session.refresh()
            QTest.qWait(2)
    assert said in page.panel.said.text()
    assert list(tmp_path.glob(".*form.pdf*")) == []
    assert not (tmp_path / "form.pdf").exists()
    assert _printed(demo) == []


def test_a_missing_folder_and_a_file_that_is_there_are_told(
    demo: PausedDemo, window: MainWindow, tmp_path: Path
) -> None:
    page = _page(demo, window, "procedure/extract-server")
    page.panel.where.setText(str(tmp_path / "none" / "form.pdf"))
    tap(page.panel.save)
    _settle(demo, window, page)
    assert "There is no folder" in page.panel.said.text()
    there = tmp_path / "form.pdf"
    there.write_bytes(b"old")
    page.panel.where.setText(str(there))
    tap(page.panel.save)
    _settle(demo, window, page)
    assert there.read_bytes() == b"old"
    tap(page.panel.save)
    _settle(demo, window, page)
    assert there.read_bytes().startswith(b"%PDF")


def test_it_opens_in_the_viewer_of_the_system_once_saved(
    demo: PausedDemo, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    page = _page(demo, window, "procedure/extract-server")
    assert not page.panel.open.isEnabled()
    page.panel.where.setText(str(tmp_path / "form.pdf"))
    tap(page.panel.save)
    _settle(demo, window, page)
    tap(page.panel.open)
    assert opened == [str(tmp_path / "form.pdf")]
    assert "no viewer" in page.panel.said.text()


def test_an_unknown_subject_says_that_there_is_nothing(
    demo: PausedDemo, window: MainWindow
) -> None:
    page = _page(demo, window, "order/WO-NONE-2026-0001")
    assert "nothing to print" in page.panel.said.text()
    page = _page(demo, window, "procedure/none")
    assert "No revision of none" in page.panel.said.text()


def test_what_cannot_be_made_is_refused(demo: PausedDemo) -> None:
    from console.ui.paper_jobs import jobs_of

    place = open_place(demo)
    job = jobs_of(demo.session, place, "procedure/none")[0]
    with pytest.raises(Refused, match="No revision"):
        job.make("a4", "en", "silva")
