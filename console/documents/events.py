"""What the log is told of documents."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from console.documents.pdf import Pdf
from console.documents.sheet import Sheet

DocumentType = Literal["work_order", "blank_form"]


class DocumentKind(StrEnum):
    """The kinds of event about documents; none is ever renamed."""

    PRINTED = "document.printed"
    COPIED = "document.copied"


@dataclass(frozen=True, slots=True)
class PrintedForm:
    """The body of :attr:`DocumentKind.PRINTED`: the hash of the file, and what it was made from.

    ``order``, ``procedure`` and ``revision`` are empty where there is none.
    """

    document: DocumentType
    sha256: str
    pages: int
    form: str
    order: str
    procedure: str
    revision: str
    language: str

    @property
    def subject(self) -> str:
        """What the event is about: the order, else the procedure."""
        return self.order or self.procedure

    def as_body(self) -> dict[str, str | int]:
        """Return it for the event."""
        return {
            "document": self.document,
            "sha256": self.sha256,
            "pages": self.pages,
            "form": self.form,
            "order": self.order,
            "procedure": self.procedure,
            "revision": self.revision,
            "language": self.language,
        }


def printed_form(sheet: Sheet, pdf: Pdf) -> PrintedForm:
    """Return what the log is told of a form that was printed."""
    revision = sheet.revision
    return PrintedForm(
        document="work_order" if sheet.order else "blank_form",
        sha256=pdf.sha256,
        pages=pdf.pages,
        form=sheet.printing.form,
        order=sheet.order.number if sheet.order else "",
        procedure=revision.procedure.id if revision else "",
        revision=revision.digest if revision else "",
        language=sheet.language,
    )
