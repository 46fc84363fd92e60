"""Blocks of reports: flags, photographs, bars and intervals on paper, in black and white."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.documents import model as m
from console.documents.html import render_html
from console.documents.model import Document
from console.documents.pdf import render_pdf
from console.documents.report_model import (
    Bar,
    Bars,
    Between,
    Estimate,
    Estimates,
    Figures,
    Flag,
    LimitLine,
    Line,
    Listing,
    Mono,
    Panel,
    Photo,
    Photos,
    ReportColumn,
    Span,
    Strip,
)
from console.documents.report_strip import scale_of
from console.documents.workorder import form_document
from tests.unit.documents import kit, run_folder

HASH = "ab" * 32


def document(*blocks: m.Block) -> Document:
    return replace(form_document(kit.sheet()), blocks=blocks)


def strip(count: int = 50) -> Strip:
    at = np.linspace(0, 100, count)
    wave = np.sin(at / 10) * 10 + 40
    wave[20:30] = np.nan
    line = Line("wave", at, wave)
    between = Between("all", at, wave - 2, wave + 2)
    limits = (LimitLine(45, "≤ 45 °C", 10, 40), LimitLine(400, "≤ 400 °C", 0, 100))
    panel = Panel("Temperature", "°C", (line,), (between,), limits)
    empty = Panel("Flow", "L/min", (), note="nothing was recorded")
    spans = (Span(0, 50, "1", "Lift"), Span(50, 100, "2", "Drip"))
    figures = (Figures("Temperature (°C)", ("Curve", "Mean"), (("wave", "40.1"),)),)
    ticks = ((0.0, "12:00"), (50.0, "12:01"))
    return Strip("Around", (panel, empty), ticks, "UTC", spans, 0, 100, figures, "curves")


def test_a_flag_is_seen_without_colour() -> None:
    columns = (ReportColumn("a"), ReportColumn("b"))
    plain = render_pdf(document(Listing(columns, (("x", "outside"),))))
    flagged = render_pdf(document(Listing(columns, (("x", Flag("outside")),))))
    before, after = (kit.pictures(pdf.data, 2)[0].convert("1") for pdf in (plain, flagged))
    dark = [
        sum(not value for value in picture.convert("L").tobytes()) for picture in (before, after)
    ]
    assert dark[1] > dark[0] + 100
    assert "!" in "".join(kit.texts(flagged.data))


def test_a_photograph_is_put_in_as_it_is() -> None:
    jpeg = run_folder.photograph()
    photo = Photo(jpeg, "Board", ("Step 3",), HASH)
    pdf = render_pdf(document(Photos((photo, replace(photo, title="Other")))))
    assert pdf.data.count(b"/DCTDecode") == 1, "the same picture is kept once, and as JPEG"
    text = kit.words("".join(kit.texts(pdf.data)))
    assert HASH in text
    assert "Other" in text
    assert len(pdf.data) < len(jpeg) + 90_000


@pytest.mark.parametrize("jpeg", [None, b"", b"no picture", b"\xff\xd8\xff broken"])
def test_what_is_no_photograph_is_a_note(jpeg: bytes | None) -> None:
    photo = Photo(jpeg, "Board", (), HASH, "The photo abc is damaged.")
    found = document(Photos((photo,)))
    assert kit.words("The photo abc is damaged.") in kit.words(
        "".join(kit.texts(render_pdf(found).data))
    )


def test_a_strip_is_drawn_with_everything() -> None:
    found = document(strip())
    text = kit.words("".join(kit.texts(render_pdf(found).data)))
    for told in ("Temperature(°C)", "≤45°C", "≤400°C", "Flow(L/min):nothingwasrecorded", "1Lift"):
        assert told in text
    html = render_html(found)
    assert html.count("<polyline") == 2, "a gap makes two lines of one"
    assert '<td dir="auto">40.1</td>' in html


def test_the_scale_holds_near_limits_only() -> None:
    panel = strip().panels[0]
    low, top = scale_of(panel)
    assert 28 < low < 30.5
    assert 50 < top < 55, "a limit at 400 is told in words: it would flatten the curve"
    assert scale_of(Panel("x", "", ())) == (0.0, 1.0)


def test_a_lone_value_between_gaps_is_drawn() -> None:
    values = np.array([nan, 5.0, nan, 6.0, 6.0])
    lone = Panel("x", "", (Line("a", np.arange(5.0), values),))
    alone = replace(strip(), panels=(lone,))
    html = render_html(document(alone))
    assert html.count("<polyline") == 2
    assert render_pdf(document(alone)).pages == 1


def test_bars_and_intervals_have_their_numbers() -> None:
    bars = Bars("Orders", (Bar("11-01", (3, 1)), Bar("11-02", (0, 2))), ("opened", "closed"), "alt")
    estimates = Estimates(
        "Rates",
        (
            Estimate("H100", 2.6, 7.3, 17.0, "3 in 41 years"),
            Estimate("H200", 0.0, nan, inf, "none in 0.1 years"),
        ),
        "%",
        "alt",
    )
    found = document(bars, replace(bars, is_stacked=False, limit=(5, "target")), estimates)
    text = kit.words("".join(kit.texts(render_pdf(found).data)))
    for told in ("11-01", "opened", "target", "3in41years", "H200"):
        assert told in text
    html = render_html(found)
    assert ">3</td>" in html
    assert ">3 in 41 years</td>" in html


@settings(max_examples=12, deadline=None)
@given(st.text(st.characters(), max_size=400))
def test_any_text_in_every_block(text: str) -> None:
    columns = (ReportColumn(text), ReportColumn("b", 0.2, "right"))
    drawn = strip()
    found = document(
        Listing(columns, ((text, Flag(text)), (Mono(text), text)), text),
        Listing(columns, (), text, text),
        replace(drawn, title=text, axis=text, alt=text, spans=(Span(0, 9, text, text),)),
        Bars(text, (Bar(text, (1.0,)),), (text,), text),
        Estimates(text, (Estimate(text, 1, 2, 3, text),), text, text),
        Photos((Photo(None, text, (text,), text, text),)),
    )
    assert render_pdf(found).pages >= 1
    render_html(found).encode("utf-8")


def test_a_long_cell_goes_over_pages_and_is_all_there() -> None:
    found = document(Listing((ReportColumn("a"),), (("w" * 12_000,),)))
    pdf = render_pdf(found)
    assert pdf.pages > 1
    assert "".join(kit.texts(pdf.data)).count("w") >= 12_000
