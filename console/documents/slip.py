"""A slip of paper with a few names and values: what is compared with a screen elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from console.documents.model import Column, Document, Header, Table
from console.documents.pdf import render_pdf
from console.text import language, tr


def slip(kind: str, title: str, facts: Sequence[tuple[str, str]]) -> bytes:
    """Return a PDF of one page that names what it is and lists the facts, large enough to read."""
    table = Table(
        (Column(tr("What"), 1), Column(tr("Value"), 3)), tuple((name, text) for name, text in facts)
    )
    page = tr("Page {page} of {pages}", page="{page}", pages="{pages}")
    on_page = tr("page {page}", page="{page}")
    header = Header(kind, "", title, ())
    return render_pdf(Document(language(), header, (table,), ("", ""), page, on_page)).data
