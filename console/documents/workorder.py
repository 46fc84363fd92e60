"""Work orders and blank forms as documents: one and the same sheet, with or without an order."""

from __future__ import annotations

from collections.abc import Iterator

from console.documents import words as w
from console.documents.codes import shown_form
from console.documents.model import (
    Blank,
    Block,
    Cell,
    Column,
    Document,
    Fact,
    Header,
    Heading,
    Table,
)
from console.documents.sheet import Sheet
from console.documents.sheet_after import after_blocks, isolation_blocks
from console.documents.sheet_before import before_blocks, place_words
from console.documents.sheet_steps import step_blocks, way_back_blocks
from console.text import LANGUAGES, speaking, tr

APPROVED = "approved"
_FREE_LINES = 12


def form_document(sheet: Sheet) -> Document:
    """Return a work order, or a blank form where the sheet has no order."""
    with speaking(sheet.language):
        return Document(
            language=sheet.language,
            header=_header(sheet),
            blocks=tuple(_blocks(sheet)),
            footer=_footer(sheet),
            page=tr("Page {page} of {pages}", page="{page}", pages="{pages}"),
            on_page=tr("page {page}", page="{page}"),
            code=sheet.code,
            author=sheet.printing.by,
        )


def _blocks(sheet: Sheet) -> Iterator[Block]:
    yield from before_blocks(sheet)
    yield from isolation_blocks(sheet)
    if sheet.procedure is None:
        yield from _free_steps()
    yield from step_blocks(sheet)
    yield from way_back_blocks(sheet)
    yield from after_blocks(sheet)


def _free_steps() -> Iterator[Block]:
    """Yield lines for work that follows no procedure."""
    yield Heading(tr("What is done"), anchor="steps")
    names = ("what", "found", "time", "initials")
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (str(n), *(Blank(f"free/{n}/{name}") for name in names)) for n in range(1, _FREE_LINES + 1)
    )
    yield Table(
        (
            Column(tr("Number"), 0.6, "centre"),
            Column(tr("What is done"), 3),
            Column(tr("Found, measured"), 2),
            Column(tr("Time"), 0.8),
            Column(tr("Initials"), 0.8),
        ),
        rows,
    )


def _header(sheet: Sheet) -> Header:
    order, procedure, revision = sheet.order, sheet.procedure, sheet.revision
    title = w.said(procedure.title, sheet.language) if procedure else ""
    if order is not None:
        kind, number, shown = tr("Work order"), order.number, order.title
    else:
        kind, number, shown = tr("Blank form"), procedure.id if procedure else "", title
    digest = revision.digest[:8] if revision else "---"
    facts = (
        Fact(tr("Equipment"), place_words(sheet) if order else "________________"),
        Fact(tr("Procedure"), procedure.id if procedure else "---"),
        Fact(tr("Form"), shown_form(sheet.printing.form)),
        Fact(tr("Site"), sheet.printing.site_name),
        Fact(tr("Revision"), f"{digest}, {_standing(sheet)}" if revision else "---"),
        Fact(tr("Language"), LANGUAGES.get(sheet.language, sheet.language)),
    )
    return Header(kind, number, shown, facts, _mark(sheet))


def _standing(sheet: Sheet) -> str:
    """Return how far the revision has come, in words."""
    match sheet.standing:
        case "approved":
            return tr("approved")
        case "review":
            return tr("in review")
        case "superseded":
            return tr("superseded")
        case "draft":
            return tr("draft")
        case _:
            return "---"


def _mark(sheet: Sheet) -> str:
    if sheet.training:
        return tr("TRAINING - NOT FOR REAL WORK")
    if sheet.revision is not None and sheet.standing != APPROVED:
        return tr("NOT APPROVED - NOT FOR USE")
    return ""


def _footer(sheet: Sheet) -> tuple[str, str]:
    printing = sheet.printing
    log = tr("log: {count} events, {hash}", count=printing.log.count, hash=printing.log.hash[:16])
    left = tr(
        "Uncontrolled if copied. Printed {when} by {who}; {log}",
        when=w.moment(printing.utc_us),
        who=printing.by,
        log=log,
    )
    return left, shown_form(printing.form)
