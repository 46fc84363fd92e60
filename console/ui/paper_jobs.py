"""What can be printed about an order, a procedure or a piece of equipment. No Qt.

Each :class:`PaperJob` makes its document in any thread; the log is told with :attr:`Made.body`.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

from console.text import speaking, tr
from console.work.events import Refused

if TYPE_CHECKING:
    from console.documents.issue import Form
    from console.documents.labels import LabelKind
    from console.documents.report_issue import Maker, Report
    from console.documents.sheet import LogEnd, Printing, Sheet
    from console.documents.style import Paper
    from console.session.session import Session
    from console.session.workplace import Workplace

    Print = Callable[[Printing], Sheet]
ORDER, PROCEDURE, LABELS = "order", "procedure", "labels"
"""What a subject begins with: ``order/WO-…``, ``procedure/extract-server``, ``labels/tank-1``."""


@dataclass(frozen=True, slots=True)
class Made:
    """A document as it was made. ``text`` is all that it says, for reading before it is printed."""

    pdf: bytes
    pages: int
    sha256: str
    text: str
    subject: str
    body: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class PaperJob:
    """One document that can be made: what it is called, its file, and how it is made.

    ``make(paper, language, by)`` is slow and safe in any thread; it raises Refused in words.
    """

    key: str
    title: str
    file: str
    make: Callable[[str, str, str], Made]


def jobs_of(session: Session, place: Workplace, subject: str) -> list[PaperJob]:
    """Return what can be printed about a subject; nothing for one that is not known."""
    kind, _, name = subject.partition("/")
    match kind:
        case "order":
            return _order_jobs(session, place, name)
        case "procedure":
            return [_blank_job(session, place, name)]
        case "labels":
            return _label_jobs(session, place, name)
        case _:
            return []


def _order_jobs(session: Session, place: Workplace, number: str) -> list[PaperJob]:
    order = place.room.book.orders.get(number)
    if order is None:
        return []

    def sheet(printing: Printing) -> Sheet:
        from console.documents.issue import order_sheet

        return order_sheet(number, place.room.book, place.runs.procedures, session.site, printing)

    def completion(paper: str, spoken: str, by: str) -> Made:
        from console.documents.report_issue import make_completion
        from console.documents.site_limits import limits_of_site

        maker = _maker(session, paper, spoken, by)
        limits = limits_of_site(session.loaded)
        return _told(lambda: make_completion(session.data, number, maker, limits))

    jobs = [
        PaperJob("order", tr("Work order"), f"{number}.pdf", _form(session, sheet)),
        PaperJob("completion", tr("Completion report"), f"{number}-report.pdf", completion),
    ]
    if order.procedure is not None:
        jobs.insert(1, _blank_job(session, place, order.procedure.id))
    return jobs if not order.state.is_over else [jobs[-1], *jobs[:-1]]


def _blank_job(session: Session, place: Workplace, procedure: str) -> PaperJob:
    def sheet(printing: Printing) -> Sheet:
        from console.documents.issue import blank_sheet

        return blank_sheet(procedure, place.runs.procedures, session.site, printing)

    title = tr("Blank form")
    return PaperJob("blank", title, f"{procedure}-blank.pdf", _form(session, sheet))


def _label_jobs(session: Session, place: Workplace, part: str) -> list[PaperJob]:
    titles: dict[LabelKind, str] = {
        "tanks": tr("Labels of tanks"),
        "slots": tr("Labels of slots"),
        "servers": tr("Labels of servers"),
        "parts": tr("Labels of parts"),
    }
    tank = session.tank_of(part)
    is_tank = tank is not None and tank.id == part

    def job(kind: LabelKind, title: str, only: tuple[str, ...]) -> PaperJob:
        def make(paper: str, spoken: str, by: str) -> Made:
            from console.documents.labels import labels_of
            from console.documents.report_issue import make_labels

            def made() -> Report:
                with speaking(spoken):
                    labels = labels_of(kind, session.site, place.room.book, only)
                return make_labels(labels, kind, "3x8", _maker(session, paper, spoken, by))

            return _told(made)

        name = "-".join(("labels", kind, *only)).replace("/", "-")
        return PaperJob(f"{kind} {' '.join(only)}".strip(), title, f"{name}.pdf", make)

    own: list[PaperJob] = []
    host = part.partition("/")[0]
    if is_tank:
        own.append(job("tanks", tr("Label of {part}", part=part), (part,)))
    elif any(one.id == host for one in session.hosts):
        own.append(job("servers", tr("Label of {part}", part=host), (host,)))
    return own + [job(kind, title, ()) for kind, title in titles.items()]


def _form(session: Session, sheet: Print) -> Callable[[str, str, str], Made]:
    def make(paper: str, spoken: str, by: str) -> Made:
        from console.documents.issue import make_form, new_printing
        from console.history.reader import LogReader

        header = session.site.site

        def made() -> Form:
            end = log_end(LogReader(session.data))
            now_us = session.now().utc_us
            printing = new_printing(header.id, header.name, end, by, spoken, now_us)
            return make_form(sheet(printing), _paper(paper))

        return _told(made)

    return make


def log_end(reader: object) -> LogEnd:
    """Return the end of a log; one without events has no hash."""
    from console.documents.sheet import LogEnd as End
    from console.history.events import NO_HASH
    from console.history.reader import LogReader

    if not isinstance(reader, LogReader):
        raise TypeError(f"{reader!r} reads no log")
    last = reader.page(limit=1)
    return End(last[0].device_id, reader.count(), last[0].hash) if last else End("", 0, NO_HASH)


def _told(make: Callable[[], Form | Report]) -> Made:
    """Make it; what cannot be made is refused with its sentence."""
    from console.documents.issue import DocumentError
    from console.history.trouble import StorageError

    try:
        made = make()
    except DocumentError as error:
        raise Refused(str(error)) from None
    except StorageError as error:
        raise Refused(error.sentence) from None
    html = made.html() if callable(made.html) else made.html
    pdf, printed = made.pdf, made.printed
    return Made(
        pdf.data, pdf.pages, pdf.sha256, plain_text(html), printed.subject, printed.as_body()
    )


def _maker(session: Session, paper: str, spoken: str, by: str) -> Maker:
    from console.documents.report_issue import Maker as Made_by

    header, now_us = session.site.site, session.now().utc_us
    return Made_by(by, now_us, spoken, header.id, header.name, paper=_paper(paper))


def _paper(name: str) -> Paper:
    return "letter" if name == "letter" else "a4"


# ---- reading and writing ----


def plain_text(html: str) -> str:
    """Return what a page in HTML says: a line for each block, nothing of styles and drawings."""
    reader = _Reader()
    reader.feed(html)
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    _BREAKS = frozenset(
        ("p", "div", "li", "tr", "br", "h1", "h2", "h3", "h4", "dt", "section", "table", "figure")
    )
    _SILENT = frozenset(("style", "script", "svg", "title"))

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        self._silent += tag in self._SILENT
        if tag in self._BREAKS:
            self.parts.append("\n")
        elif tag in {"td", "th"}:
            self.parts.append("   ")
        elif tag == "dd":
            self.parts.append(": ")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in self._SILENT and self._silent > 0
        if tag in self._BREAKS and tag != "dt":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data.replace("\n", " "))


def write_draft(path: Path, data: bytes) -> Path:
    """Write a file beside where it goes, whole and on the disk; raises Refused in words."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise Refused(why_not_written(path, error)) from None
    return draft


def give_name(draft: Path, path: Path) -> Path:
    """Give a draft its name; raises Refused in words, and then nothing of it is left."""
    try:
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise Refused(why_not_written(path, error)) from None
    return path


def why_not_written(path: Path, error: OSError) -> str:
    """Return in words why a file could not be written."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return tr("There is no room left for {path}; choose another place.", path=path)
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return tr("{path} may only be read; choose another place.", path=path.parent)
        case errno.ENOENT | errno.ENOTDIR:
            return tr("There is no folder {path}.", path=path.parent)
        case errno.EISDIR:
            return tr("{path} is a folder; write the name of a file.", path=path)
        case _:
            return tr("{path} cannot be written: {why}", path=path, why=error.strerror or error)
