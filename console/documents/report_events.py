"""What the log is told of reports and labels: the same event as of forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from console.documents.pdf import Pdf

ReportType = Literal["completion_report", "period_report", "labels"]


@dataclass(frozen=True, slots=True)
class PrintedReport:
    """The body of ``document.printed`` for what is no form: the hash of the file, what it is of.

    ``order`` is empty for what is not about one; ``html_sha256`` where HTML was written too; ``of``
    holds what else tells it apart (a period, a kind of label).
    """

    document: ReportType
    sha256: str
    pages: int
    language: str
    order: str = ""
    html_sha256: str = ""
    of: dict[str, str | int] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """What the event is about: the order, or nothing."""
        return self.order

    def as_body(self) -> dict[str, str | int]:
        """Return it for the event."""
        body: dict[str, str | int] = {
            "document": self.document,
            "sha256": self.sha256,
            "pages": self.pages,
            "language": self.language,
            "order": self.order,
            "form": "",
        }
        if self.html_sha256:
            body["html_sha256"] = self.html_sha256
        return {**body, **self.of}


def printed_report(
    document: ReportType, pdf: Pdf, language: str, order: str = "", **of: str | int
) -> PrintedReport:
    """Return what the log is told of a report that was printed."""
    return PrintedReport(document, pdf.sha256, pdf.pages, language, order, of=of)
