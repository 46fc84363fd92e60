"""The papers of an order, written beside the window; nothing here is loaded before it is wanted."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from console.history.events import EventDraft
from console.history.reader import LogReader
from console.session.session import Session
from console.session.workplace import Workplace
from console.text import language, tr
from console.ui import formats
from console.ui.errands import Errand, Errands

if TYPE_CHECKING:
    from console.documents.sheet import LogEnd

REPORT, FORM = "report", "form"
_NAMES = {REPORT: "report", FORM: "work-order"}


@dataclass(frozen=True)
class Written:
    """A file that was written, or why it was not. ``draft`` is what the log is told."""

    path: Path
    pages: int = 0
    sha256: str = ""
    trouble: str = ""
    draft: EventDraft | None = None


class Papers(QObject):
    """Writes PDFs in a thread; ``written`` tells of each, in the window's thread."""

    written = Signal(object)

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._errands = Errands(self)
        self._errands.answered.connect(self._came)
        self.folder: Path | None = None
        """Where papers are written; the person's documents unless somebody says otherwise."""

    def write(self, place: Workplace, kind: str, number: str) -> Path:
        """Begin to write a paper of an order; returns where it will be."""
        now_us = self._session.now().utc_us
        path = self._path(kind, number, now_us)
        by = place.hands or "system"
        session, spoken = self._session, language()

        def work(errand: Errand) -> None:
            make = _report if kind == REPORT else _form
            try:
                data, pages, digest, draft = make(session, place, number, by, spoken)
            except _refusals() as refusal:
                errand.deliver(Written(path, trouble=str(refusal)))
                return
            _put(path, data)
            errand.deliver(Written(path, pages, digest, draft=draft))

        self._errands.send(kind, work, lambda why: Written(path, trouble=why))
        return path

    def show(self, path: Path) -> bool:
        """Open a paper with the desktop's viewer; returns whether there is one."""
        return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

    def _came(self, result: object) -> None:
        if isinstance(result, Written):
            if result.draft is not None:
                self._session.history.record(result.draft)
            self.written.emit(result)

    def _path(self, kind: str, number: str, now_us: int) -> Path:
        folder = self.folder
        if folder is None:
            places = QStandardPaths.standardLocations(
                QStandardPaths.StandardLocation.DocumentsLocation
            )
            folder = Path(places[0]) if places and Path(places[0]).is_dir() else Path.home()
        moment = datetime.fromtimestamp(now_us / 1e6).astimezone()
        return folder / f"{number}-{_NAMES[kind]}-{moment:%Y%m%d-%H%M%S}.pdf"


Made = tuple[bytes, int, str, EventDraft | None]


def _form(session: Session, place: Workplace, number: str, by: str, spoken: str) -> Made:
    """Make the form of a work order, and what the log is told of it."""
    from console.documents.events import DocumentKind
    from console.documents.issue import make_form, new_printing, order_sheet

    end, now = _log_end(LogReader(session.data)), session.now()
    header = session.site.site
    printing = new_printing(header.id, header.name, end, by, spoken, now.utc_us)
    sheet = order_sheet(number, place.room.desk.book, place.runs.procedures, session.site, printing)
    form = make_form(sheet)
    told = form.printed
    draft = EventDraft(DocumentKind.PRINTED, told.subject, told.as_body(), now, by)
    return form.pdf.data, form.pdf.pages, form.pdf.sha256, draft


def _report(session: Session, _place: Workplace, number: str, by: str, spoken: str) -> Made:
    """Make the completion report of an order, and what the log is told of it."""
    from console.documents.events import DocumentKind
    from console.documents.report_issue import Maker, make_completion

    header, now = session.site.site, session.now()
    maker = Maker(by, now.utc_us, spoken, header.id, header.name)
    report = make_completion(session.data, number, maker, _limits(session))
    told = report.printed
    draft = EventDraft(DocumentKind.PRINTED, told.subject, told.as_body(), now, by)
    return report.pdf.data, report.pdf.pages, report.pdf.sha256, draft


def _limits(session: Session) -> dict[tuple[str, str], list[tuple[float, str]]]:
    """Return every limit of every tank: its value, and in words what it means to cross it."""
    found: dict[tuple[str, str], list[tuple[float, str]]] = {}
    for tank in session.tanks:
        for point in session.latest.schema(tank.id):
            for limit in point.limits:
                value = f"{limit.reading:g} {formats.unit(point.unit)}".rstrip()
                told = f"{formats.level_text(limit.level)}: {value}"
                found.setdefault((tank.id, point.key), []).append((limit.reading, told))
    return found


def _refusals() -> tuple[type[Exception], ...]:
    from console.documents.issue import DocumentError

    return (DocumentError,)


def _log_end(reader: LogReader) -> LogEnd:
    from console.documents.completion_data import log_state

    return log_state(reader, verify=False).end


def _put(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; raises OSError."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def told_of(written: Written) -> str:
    """Return what became of a paper."""
    if written.trouble:
        return tr("{file} was not written: {error}.", file=written.path, error=written.trouble)
    return tr(
        "{file}: {pages} pages, SHA-256 {digest}",
        file=written.path,
        pages=written.pages,
        digest=written.sha256,
    )
