"""One form being copied: what was found, what was typed, what waits, what goes into the log. No Qt.

:func:`open_form` and the entering methods may read telemetry and draw pages: call them beside the
window's thread. They raise Refused or CopyError with the reason in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from console.documents.boxes import Section, sections_of
from console.documents.events import DocumentKind
from console.documents.reentry import FormError, FoundForm, find_form, read_paperwork
from console.history.events import JSON, EventDraft
from console.history.reader import LogReader
from console.history.trouble import StorageError
from console.session.late.faults import CopyError, Fault, fault
from console.session.late.pad import LatePad
from console.session.late.past import Telemetry
from console.session.late.written import Opening, WrittenStep
from console.session.running.binding import BindingError, bind
from console.text import tr
from console.work.events import Refused
from console.work.orders.model import Order
from console.work.photos import StoredPhoto
from procedures.engine.state import Run

if TYPE_CHECKING:
    from console.documents.style import Paper
    from console.session.session import Session
    from console.session.workplace import Workplace

OPENING, CLOSING = "opening", "closing"


@dataclass
class Copying:
    """A form that is open. ``texts`` holds all that was typed by the id of its box."""

    session: Session
    place: Workplace
    found: FoundForm
    sections: tuple[Section, ...]
    pad: LatePad
    texts: dict[str, str] = field(default_factory=dict)
    scans: dict[int, StoredPhoto] = field(default_factory=dict)

    # ---- where it stands ----

    @property
    def run(self) -> Run | None:
        """The run as the entries make it."""
        return self.pad.run

    @property
    def at(self) -> str:
        """What is to be copied next: ``opening``, the id of a step, ``closing``, or nothing."""
        run = self.run
        if run is None:
            return OPENING
        if run.is_over:
            return ""
        return run.current.step if run.current else CLOSING

    @property
    def order(self) -> Order | None:
        """The order that the form was printed for."""
        number = self.found.printed.order
        return self.place.room.book.orders.get(number) if number else None

    def sections_at(self, at: str) -> tuple[Section, ...]:
        """Return the sections whose boxes are asked for there."""
        if at not in {OPENING, CLOSING}:
            return tuple(one for one in self.sections if one.step == at)
        first = next((n for n, one in enumerate(self.sections) if one.step), len(self.sections))
        last = max((n for n, one in enumerate(self.sections) if one.step), default=first - 1)
        return self.sections[:first] if at == OPENING else self.sections[last + 1 :]

    def number(self, step: str) -> str:
        """Return the number of a step on paper."""
        return next((one.number for one in self.sections if one.step == step), "")

    # ---- entering ----

    def begin(self, target: str, named: Mapping[str, str], told: Opening) -> None:
        """Enter the first pages; raises CopyError."""
        procedure = self.found.form.revision.procedure
        more = {name: (text.strip(),) for name, text in named.items() if text.strip()}
        try:
            bound = bind(self.session, procedure, target.strip(), more)
        except BindingError as error:
            raise fault("equipment", str(error)) from None
        self.pad.begin(told, bound)

    def enter(self, written: WrittenStep) -> None:
        """Enter a step; raises CopyError."""
        self.pad.enter(written)

    def close(self) -> None:
        """Enter who signed the end; raises CopyError."""
        name = self.texts.get("sign/executor/name", "")
        self.pad.close(name, self.texts.get("sign/executor/time", ""))

    # ---- into the log ----

    def record(self, verified_by: str) -> int:
        """Tell the log of all that waits, compared by this person; returns how many entries.

        That the PIN was right is proven before. Raises CopyError where a rule is not kept.
        """
        now, pad = self.session.now(), self.pad
        scans = {page: kept.sha256 for page, kept in self.scans.items()}
        events = pad.verified(verified_by, scans, now.utc_us)
        is_first = any(event.kind == "work.begun" for event in events)
        for event in events:
            self.place.record(EventDraft(event.kind, event.subject, event.body, now, event.actor))
        for page in sorted(pad.pages):
            body = self._page_body(page, verified_by, scans[page])
            subject = self.found.printed.order or self.found.printed.procedure
            self.place.record(
                EventDraft(DocumentKind.COPIED, subject, body, now, self.pad.copied_by)
            )
        pad.recorded()
        if is_first and self.order is not None:
            self.place.room.orders.link(pad.copied_by, self.order.number, run=self.found.form.run)
        return len(events)

    def _page_body(self, page: int, verified_by: str, scan: str) -> dict[str, JSON]:
        ids = {box.id for one in self.sections if one.page == page for box in one.boxes}
        return {
            "form": self.found.form.form,
            "page": page,
            "run": self.found.form.run,
            "copied_by": self.pad.copied_by,
            "verified_by": verified_by,
            "scan": scan,
            "boxes": {name: text for name, text in sorted(self.texts.items()) if name in ids},
        }


def open_form(session: Session, place: Workplace, text: str, *, copied_by: str) -> Copying:
    """Find the form behind a code and lay it out as it was printed; raises Refused saying why not.

    Slow: it reads the log and draws the pages to know which step stands on which.
    """
    try:
        paperwork = read_paperwork(LogReader(session.data))
        found = find_form(text, session.site.site.id, paperwork, place.runs.procedures)
    except FormError as error:
        raise Refused(str(error)) from None
    except StorageError as error:
        raise Refused(error.sentence) from None
    run = next((one for one in place.runs.runs() if one.id == found.form.run), None)
    if run is not None and run.is_over:
        raise Refused(_entered(found))
    sections, page_of = _laid_out(session, place, found)
    form = _with_pages(found, page_of)
    pad = LatePad(
        form.form,
        place.roster(),
        Telemetry.of(session),
        copied_by=copied_by,
        now_us=session.now().utc_us,
        run=run,
        initials=found.initials,
    )
    return Copying(session, place, form, sections, pad)


def _entered(found: FoundForm) -> str:
    last = max(found.copied.values(), key=lambda one: one.utc_us, default=None)
    if last is None:
        return tr("This form was entered before.")
    return tr(
        "This form was entered before: copied by {copier}, compared by {verifier}.",
        copier=last.copied_by,
        verifier=last.verified_by,
    )


def _with_pages(found: FoundForm, page_of: Mapping[str, int]) -> FoundForm:
    from dataclasses import replace

    pages = {anchor.removeprefix("step-"): n for anchor, n in page_of.items() if "step-" in anchor}
    return replace(found, form=replace(found.form, page_of=pages))


def _laid_out(
    session: Session, place: Workplace, found: FoundForm
) -> tuple[tuple[Section, ...], Mapping[str, int]]:
    """Return the boxes as they were printed: on the paper whose number of pages fits."""
    from console.documents.pdf import render_pdf
    from console.documents.sheet import LogEnd, Printing, Sheet, Store
    from console.documents.workorder import APPROVED, form_document

    printed, site = found.printed, session.site.site
    printing = Printing(
        printed.form,
        printed.printed_us,
        printed.by,
        printed.language,
        site.id,
        site.name,
        LogEnd("", 0, "0" * 64),
    )
    order = place.room.book.orders.get(printed.order) if printed.order else None
    store = Store(place.room.book.stock, place.room.book.people)
    sheet = Sheet(printing, found.form.revision, APPROVED, order, session.site, store)
    document = form_document(sheet)
    papers: Sequence[Paper] = ("a4", "letter")
    drawn = [render_pdf(document, paper) for paper in papers]
    fits = next((pdf for pdf in drawn if pdf.pages == printed.pages), drawn[0])
    return sections_of(document, fits.page_of), fits.page_of


__all__ = ["CLOSING", "OPENING", "CopyError", "Copying", "Fault", "open_form"]
