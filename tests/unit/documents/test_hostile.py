"""Texts of any length and script: a note and a whole document, never a crash, never lost text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.documents import model as m
from console.documents.html import render_html
from console.documents.model import Document
from console.documents.pdf import render_pdf
from console.documents.workorder import form_document
from console.work.orders.model import Note
from tests.unit.documents import kit

ANY = st.text(st.characters(), max_size=300)
LONG = 10_000


def _with(text: str) -> Document:
    order = kit.order(None, title=text, serial=text, notes=(Note(text, "wu", kit.NOON_US),))
    return form_document(replace(kit.sheet(), order=order, revision=None))


def _everywhere(text: str) -> Document:
    """Return a document with a text in every kind of block."""
    entry = m.Entry(text, "x", text, text[:20])
    sign = m.HazardSign("no such sign", "danger", text[:40], text, text)
    blocks: tuple[m.Block, ...] = (
        m.Heading(text, 1, "a", text),
        m.Paragraph(text),
        m.Facts((m.Fact(text, text), m.Fact("b", text))),
        m.Entries((entry, entry)),
        m.Ticks((m.Tick(text), m.Tick(text)), 2),
        m.Jump(text, "a", "t"),
        m.Table(
            (m.Column(text), m.Column("b")), ((text, m.Blank("c", text)), (m.Tick(text), text))
        ),
        m.Signs((m.Sign("general", text, "t"),)),
        m.Hazards((sign,), entry),
        m.HoldBar(text[:40], text, (entry,)),
        m.StepBlock(
            "1",
            text,
            (m.Paragraph(text), entry, m.Tick(text), m.Jump(text, "nowhere")),
            (entry, entry),
            "s",
            text,
            m.Hazards((sign,)),
        ),
        m.TankPlan(text, 12, 3, ((3, text),), text),
        m.Beside((m.Paragraph(text),), (m.Paragraph(text),), 60),
        m.Picture(b"", text, text),
    )
    base = form_document(kit.sheet())
    return replace(base, header=replace(base.header, title=text, number=text), blocks=blocks)


@settings(max_examples=25, deadline=None)
@given(ANY)
def test_any_text_in_an_order(text: str) -> None:
    document = _with(text)
    found = kit.words("".join(kit.texts(render_pdf(document).data)))
    for word in re.findall(r"[A-Za-z0-9]{1,12}", text):
        assert word in found
    assert "</html>" in render_html(document)
    render_html(document).encode("utf-8")


@settings(max_examples=8, deadline=None)
@given(ANY)
def test_any_text_in_every_block(text: str) -> None:
    document = _everywhere(text)
    assert render_pdf(document).pages >= 1
    render_html(document).encode("utf-8")


@pytest.mark.parametrize("letter", ["w", "word ", "液", "x\n"])
def test_a_very_long_text_goes_over_pages_and_is_all_there(letter: str) -> None:
    text = (letter * LONG)[:LONG]
    pdf = render_pdf(_with(text), "letter")
    found = "".join(kit.texts(pdf.data))
    count = found.count(letter.strip()[0])
    assert count >= text.count(letter.strip()[0]) * 2, "title or note, and the serial number"
    assert pdf.pages > 4


def test_a_very_long_text_in_every_block() -> None:
    pdf = render_pdf(_everywhere("abcd efgh " * 300))
    assert pdf.pages > 15
    assert "".join(kit.texts(pdf.data)).count("efgh") > 9 * 300


def test_text_from_right_to_left_is_shown_with_a_note() -> None:
    found = "".join(kit.texts(render_pdf(_with("open שלום valve")).data))
    assert "from right to left" in found
    assert "open" in found
    assert 'dir="auto"' in render_html(_with("open שלום valve"))


def test_unknown_characters_are_told_by_their_numbers() -> None:
    pdf = render_pdf(_with("before \U000f1234\u202e after"))
    found = kit.words("".join(kit.texts(pdf.data)))
    assert "U+F1234" in found
    assert "U+202E" in found
    assert "beforeU+F1234U+202Eafter" in found
    assert kit.words("No font of this computer has these characters") in found
    html = render_html(_with("before \u202e after"))
    assert "\u202e" not in html
    assert "[U+202E]" in html


def test_markup_in_a_text_is_only_text() -> None:
    html = render_html(_with("<script>alert(1)</script> & <b>'\"</b>"))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_there_is_no_note_where_every_letter_is_known() -> None:
    found = "".join(kit.texts(render_pdf(_with("Überdruck Жидкость 液体 한국")).data))
    assert "No font" not in found
    assert "right to left" not in found
