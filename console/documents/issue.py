"""Making a form: from an order or a procedure of the log to bytes and the event that tells."""

from __future__ import annotations

from dataclasses import dataclass

from console.documents.codes import new_form
from console.documents.events import PrintedForm, printed_form
from console.documents.html import render_html
from console.documents.model import Document
from console.documents.pdf import Pdf, render_pdf
from console.documents.sheet import LogEnd, Printing, Sheet, Store
from console.documents.style import Paper
from console.documents.workorder import form_document
from console.site import Site
from console.text import LANGUAGES, tr
from console.work.book import WorkBook
from procedures.register import Register
from procedures.register_events import Revisions
from procedures.revision import Revision


class DocumentError(Exception):
    """A document that cannot be made; one sentence says why."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it was made: the PDF, the document behind it, what the log is to be told."""

    pdf: Pdf
    document: Document
    printed: PrintedForm

    def html(self) -> str:
        """Return the same as HTML."""
        return render_html(self.document)


def make_form(sheet: Sheet, paper: Paper = "a4") -> Form:
    """Make a work order or a blank form; safe in any thread."""
    document = form_document(sheet)
    pdf = render_pdf(document, paper)
    return Form(pdf, document, printed_form(sheet, pdf))


def new_printing(
    site_id: str, site_name: str, log: LogEnd, by: str, language: str, utc_us: int
) -> Printing:
    """Return a printing with a form id of its own; raises DocumentError for an unknown language."""
    if language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise DocumentError(
            tr(
                "There is no language {language}; there are {known}.",
                language=language,
                known=known,
            )
        )
    return Printing(new_form(), utc_us, by, language, site_id, site_name, log)


def order_sheet(
    number: str, book: WorkBook, revisions: Revisions, site: Site | None, printing: Printing
) -> Sheet:
    """Return the sheet of an order; raises DocumentError where the order or its text is unknown."""
    order = book.orders.get(number)
    if order is None:
        raise DocumentError(tr("There is no order {number}.", number=number))
    revision, standing = None, ""
    if order.procedure is not None:
        revision = revisions.revisions.get(order.procedure.revision)
        if revision is None:
            raise DocumentError(
                tr(
                    "The text of revision {revision} is not in this log",
                    revision=order.procedure.revision[:12],
                )
            )
        standing = standing_of(revision, revisions)
    store = Store(book.stock, book.people)
    return Sheet(printing, revision, standing, order, site, store)


def blank_sheet(
    procedure: str, revisions: Revisions, site: Site | None, printing: Printing
) -> Sheet:
    """Return the blank form of the procedure in force; raises DocumentError where none is."""
    revision = revisions.in_force(procedure)
    if revision is None:
        known = ", ".join(sorted(n for n in revisions.registers if revisions.in_force(n))) or "-"
        raise DocumentError(
            tr(
                "No revision of {procedure} is approved in this log; approved are {known}.",
                procedure=procedure,
                known=known,
            )
        )
    return Sheet(printing, revision, standing_of(revision, revisions), site=site)


def standing_of(revision: Revision, revisions: Revisions) -> str:
    """Return how far a revision has come in a log, in the log's own word."""
    register = revisions.registers.get(revision.procedure.id, Register())
    return str(register.state(revision.digest))
