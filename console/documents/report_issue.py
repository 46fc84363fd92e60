"""Making reports and labels: from a data folder to bytes and the event that tells of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from console.documents.completion import CompletionSheet, completion_document
from console.documents.completion_charts import SiteLimits
from console.documents.completion_data import read_completion
from console.documents.html import render_html
from console.documents.labels import Label, LabelKind, labels_html, render_labels
from console.documents.pdf import Pdf, render_pdf
from console.documents.period import PeriodSheet, period_document
from console.documents.period_data import read_period
from console.documents.report_events import PrintedReport, printed_report
from console.documents.report_times import Clock
from console.documents.report_words import Told
from console.documents.sheet import LogEnd, Printing
from console.documents.style import Paper


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes a report when, in which language and for whose clock."""

    by: str
    utc_us: int
    language: str
    site: str = ""
    site_name: str = ""
    clock: Clock = field(default_factory=lambda: Clock(None))
    paper: Paper = "a4"

    def printing(self, end: LogEnd) -> Printing:
        """Return the printing over the end of a log."""
        return Printing("", self.utc_us, self.by, self.language, self.site, self.site_name, end)


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it was made: the PDF, the HTML, what the log is to be told."""

    pdf: Pdf
    html: str
    printed: PrintedReport


def _report(pdf: Pdf, html: str, printed: PrintedReport) -> Report:
    digest = hashlib.sha256(html.encode("utf-8")).hexdigest()
    return Report(pdf, html, replace(printed, html_sha256=digest))


def make_completion(
    folder: Path, number: str, maker: Maker, limits: SiteLimits | None = None
) -> Report:
    """Make the completion report of an order; DocumentError for none, StorageError. Any thread."""
    found = read_completion(folder, number)
    told = Told(maker.language, maker.clock, found.book.people)
    sheet = CompletionSheet(maker.printing(found.log.end), found, told, limits or {})
    document = completion_document(sheet)
    pdf = render_pdf(document, maker.paper)
    printed = printed_report("completion_report", pdf, maker.language, found.order.number)
    return _report(pdf, render_html(document), printed)


def make_period(folder: Path, since_us: int, until_us: int, maker: Maker) -> Report:
    """Make the report of a period; DocumentError for an empty one, StorageError. Any thread."""
    found = read_period(folder, since_us, until_us)
    told = Told(maker.language, maker.clock, found.book.people)
    document = period_document(PeriodSheet(maker.printing(found.log.end), found, told))
    pdf = render_pdf(document, maker.paper)
    printed = printed_report(
        "period_report", pdf, maker.language, since_us=since_us, until_us=until_us
    )
    return _report(pdf, render_html(document), printed)


def make_labels(
    labels: Sequence[Label], kind: LabelKind, sheet: str, maker: Maker, first: int = 1
) -> Report:
    """Make labels; raises DocumentError for an unknown sheet and for too long a code."""
    pdf = render_labels(labels, sheet, maker.paper, first=first, language=maker.language)
    printed = printed_report(
        "labels", pdf, maker.language, kind=kind, sheet=sheet, count=len(labels)
    )
    return _report(pdf, labels_html(labels, maker.language), printed)
