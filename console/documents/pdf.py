"""A document as PDF: the same bytes for the same document, on any machine with the same fonts."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from reportlab.pdfbase.pdfdoc import PDFString
from reportlab.pdfgen.canvas import Canvas

from console.documents.blocks import groups_of
from console.documents.flow import Paginator, Placed, draw_page
from console.documents.fonts import Fonts, fonts
from console.documents.lines import one_line
from console.documents.model import Document, Fact
from console.documents.notes import notes_of
from console.documents.pen import BLACK, GREY, MM, WHITE, Pen
from console.documents.setting import LABEL_HIGH, Setter
from console.documents.style import (
    BOTTOM,
    FOOTER,
    GRID,
    HEADER,
    LABEL,
    LEFT,
    PAPERS,
    RIGHT,
    TOP,
    Paper,
)

_QR = 27 * MM
_COLUMNS = ((0.0, 0.4), (0.4, 0.36), (0.76, 0.24))
"""Where the columns of the header begin and how wide they are, as parts of the whole."""
_MOST_LAYOUTS = 3
"""References name pages, so pages are set until the references are right; twice is the rule."""
_lock = threading.Lock()
"""One document at a time: fonts are shared, and reportlab reads them from one place."""


@dataclass(frozen=True, slots=True)
class Pdf:
    """A finished PDF. ``page_of`` tells on which page each anchor is."""

    data: bytes
    pages: int
    page_of: dict[str, int]

    @property
    def sha256(self) -> str:
        """The hash of the file, 64 hex digits."""
        return hashlib.sha256(self.data).hexdigest()


@contextmanager
def drawing() -> Iterator[Fonts]:
    """Yield the fonts to one who draws; all others wait."""
    with _lock:
        yield fonts()


def render_pdf(document: Document, paper: Paper = "a4") -> Pdf:
    """Draw a document; safe in any thread. It never refuses a text."""
    with drawing() as known:
        return _render(document, paper, known)


def _render(document: Document, paper: Paper, known: Fonts) -> Pdf:
    width, height = PAPERS[paper]
    noted = replace(document, blocks=(*notes_of(document, known), *document.blocks))
    pages, page_of = _layout(noted, width - LEFT - RIGHT, height, known)
    out = BytesIO()
    canvas = Canvas(out, pagesize=(width, height), invariant=1, pageCompression=1)
    _describe(canvas, document)
    pen = Pen(canvas, height, known)
    for number, page in enumerate(pages, 1):
        if document.header.mark:
            pen.watermark(document.header.mark, width, height)
        _draw_header(pen, document, width, number, len(pages))
        draw_page(pen, page, LEFT)
        _draw_footer(pen, document, width, height)
        pen.new_page()
    canvas.save()
    return Pdf(out.getvalue(), len(pages), page_of)


def _layout(
    document: Document, width: float, height: float, known: Fonts
) -> tuple[list[list[Placed]], dict[str, int]]:
    page_of: dict[str, int] = {}
    for _ in range(_MOST_LAYOUTS):
        setter = Setter(known, page_of, document.on_page)
        groups = list(groups_of(document.blocks, setter, width))
        pages = Paginator(TOP + HEADER, height - BOTTOM - FOOTER).place(groups)
        found = _anchors(pages)
        if found == page_of:
            break
        page_of = found
    return pages, page_of


def _anchors(pages: Sequence[Sequence[Placed]]) -> dict[str, int]:
    return {
        placed.group.anchor: number
        for number, page in enumerate(pages, 1)
        for placed in page
        if placed.group.anchor and placed.is_first
    }


def _describe(canvas: Canvas, document: Document) -> None:
    header = document.header
    canvas.setTitle(_plain(f"{header.kind} {header.number} {header.title}".strip()))
    canvas.setAuthor(_plain(document.author))
    canvas.setSubject(_plain(header.title))
    canvas.setCreator("Tankside")
    canvas.setProducer("reportlab")
    canvas.setKeywords(document.code.payload if document.code else "")
    canvas._doc.Catalog.Lang = _language(document.language)  # noqa: SLF001  no public way in reportlab 5
    canvas.setViewerPreference("DisplayDocTitle", "true")


def _plain(text: str) -> str:
    """Return a text as it can be encoded: a lone surrogate is no character."""
    return text.encode("utf-8", "replace").decode("utf-8")[:300]


def _language(code: str) -> Any:
    return PDFString(code.replace("_", "-"))


def _draw_header(pen: Pen, document: Document, width: float, number: int, count: int) -> None:
    header, right = document.header, width - RIGHT
    text_right = right - _QR - 2 * GRID if document.code else right
    if document.code is not None:
        code = replace(document.code, page=number)
        pen.qr(right - _QR + 2, TOP - 2, _QR, code.payload)
    page = document.page.format(page=number, pages=count)
    pen.text_right(text_right, TOP + 13, page, 12, bold=True)
    room = text_right - LEFT - pen.fonts.width(page, 12, bold=True) - 2 * GRID
    head = f"{header.kind}  {header.number}".strip()
    pen.text(LEFT, TOP + 13, one_line(head, room, 14, pen.fonts, bold=True), 14, bold=True)
    title = one_line(header.title, text_right - LEFT, 10.5, pen.fonts)
    pen.text(LEFT, TOP + 27, title, 10.5)
    _draw_facts(pen, header.facts, TOP + 31.5, text_right - LEFT)
    pen.line(LEFT, TOP + HEADER - GRID * 0.6, right, TOP + HEADER - GRID * 0.6, 1.4)
    if header.mark:
        top, high = TOP - 4.8 * MM, 4.6 * MM
        pen.rect(LEFT, top, right - LEFT, high, fill=BLACK)
        mark = one_line(header.mark, right - LEFT, 10, pen.fonts, bold=True)
        pen.text_centred((LEFT + right) / 2, top + 9.7, mark, 10, bold=True, ink=WHITE)


def _draw_facts(pen: Pen, facts: tuple[Fact, ...], top: float, width: float) -> None:
    for n, fact in enumerate(facts[:6]):
        at, share = _COLUMNS[n % 3]
        x, y, pitch = LEFT + at * width, top + n // 3 * (LABEL_HIGH + 12.5), share * width
        pen.text(x, y + LABEL, fact.label, LABEL, ink=(0.3, 0.3, 0.3))
        text = one_line(fact.text or "---", pitch - GRID, 9.5, pen.fonts)
        pen.text(x, y + LABEL + 10.5, text, 9.5)


def _draw_footer(pen: Pen, document: Document, width: float, height: float) -> None:
    left, right = document.footer
    base = height - BOTTOM
    pen.line(LEFT, base - 10, width - RIGHT, base - 10, 0.4, ink=GREY)
    room = width - LEFT - RIGHT - pen.fonts.width(right, LABEL) - 2 * GRID
    pen.text(LEFT, base, one_line(left, room, LABEL, pen.fonts), LABEL)
    pen.text_right(width - RIGHT, base, right, LABEL)
