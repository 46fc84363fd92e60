"""Labels read back from the picture, by a reader that is not the writer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from console.documents.datamatrix import data_matrix
from console.documents.issue import DocumentError
from console.documents.label_sheets import label_sheets, sheet_of
from console.documents.labels import Label, labels_html, labels_of, render_labels, slot_text
from console.documents.style import PAPERS
from console.session.running.binding import slot_label
from console.work.assets.stock import Stock
from console.work.book import WorkBook
from console.work.events import KINDS
from tests.unit.documents import kit, report_kit
from tests.unit.work.kit import Site as Works
from tests.unit.work.kit import recorded

SCALE = 2.5
"""180 dots an inch: less than any label printer has."""


def pages(data: bytes, scale: float = SCALE) -> list[Image.Image]:
    return kit.pictures(data, scale)


def read(picture: Image.Image) -> dict[str, str]:
    """Return every code on a picture with its kind."""
    return {found.text: found.format.name for found in zxingcpp.read_barcodes(picture)}


@pytest.fixture(scope="module")
def book() -> WorkBook:
    works = Works()
    report_kit.equip(works)
    found = WorkBook()
    found.restore([event for event in recorded(works.told) if event.kind in KINDS])
    return found


@pytest.mark.parametrize("sheet", ["3x8", "2x4", "strip"])
@pytest.mark.parametrize("paper", ["a4", "letter"])
@pytest.mark.parametrize("kind", ["tanks", "slots", "servers"])
def test_every_label_is_read_back(sheet: str, paper: Any, kind: Any) -> None:
    labels = labels_of(kind, kit.site(), None)
    pdf = render_labels(labels, sheet, paper)
    found: dict[str, str] = {}
    for picture in pages(pdf.data):
        found |= read(picture)
    assert set(found) == {label.code for label in labels}
    assert set(found.values()) == {"QRCode"}
    words = kit.words("".join(kit.texts(pdf.data)))
    for label in labels:
        assert kit.words(label.code) in words
        assert all(kit.words(line) in words for line in label.lines)


@pytest.mark.parametrize("sheet", ["3x8", "strip"])
def test_parts_bear_a_data_matrix(sheet: str, book: WorkBook) -> None:
    labels = labels_of("parts", None, book, ("H100-B7-003", "SPARE-01", report_kit.SEAL))
    pdf = render_labels(labels, sheet)
    found: dict[str, str] = {}
    for picture in pages(pdf.data):
        found |= read(picture)
    assert found == dict.fromkeys(("H100-B7-003", "SPARE-01", report_kit.SEAL), "DataMatrix")


def test_codes_are_what_guided_work_compares_with() -> None:
    site = kit.site()
    codes = {label.code for label in labels_of("slots", site, None)}
    assert {slot_label(host) for host in site.host} <= codes
    assert slot_text("tank-1", 3) == "tank-1/slot-3"
    assert len(codes) == sum(tank.slots for tank in site.tank)
    assert [label.code for label in labels_of("tanks", site, None)] == ["tank-1"]
    assert {x.code for x in labels_of("servers", site, None)} == {h.id for h in site.host}


def test_a_sheet_that_was_begun_goes_on_where_it_was() -> None:
    labels = [Label(f"N-{n}") for n in range(5)]
    (first, second) = pages(render_labels(labels, "3x8", first=22).data)
    assert set(read(first)) == {"N-0", "N-1", "N-2"}
    assert set(read(second)) == {"N-3", "N-4"}
    at = zxingcpp.read_barcodes(first)[0].position.top_left
    assert at.y > first.height * 0.8


def test_labels_lie_on_the_paper() -> None:
    for sheet in label_sheets().sheet:
        if sheet.name == "strip":
            continue
        wide, high = (size / 72 * 25.4 for size in PAPERS[sheet.paper])  # type: ignore[index]
        x, y = sheet.place_mm(sheet.count - 1)
        assert x + sheet.width_mm <= wide + 0.01
        assert y + sheet.height_mm <= high + 0.01


def test_a_strip_is_62_mm_wide() -> None:
    pdf = render_labels([Label("a"), Label("b")], "strip")
    document = pypdfium2.PdfDocument(pdf.data)
    try:
        assert len(document) == 2
        assert document[0].get_width() == pytest.approx(62 / 25.4 * 72, abs=0.1)
    finally:
        document.close()


def test_the_same_labels_are_the_same_bytes() -> None:
    labels = labels_of("slots", kit.site(), None)
    assert render_labels(labels).sha256 == render_labels(labels).sha256


@pytest.mark.parametrize(
    ("sheet", "paper", "first", "told"),
    [
        ("9x9", "a4", 1, "There is no sheet 9x9 on a4; there are 3x8"),
        ("3x8", "a4", 25, "24 labels; 25 is none"),
    ],
)
def test_what_there_is_not(sheet: str, paper: Any, first: int, told: str) -> None:
    with pytest.raises(DocumentError, match=told):
        render_labels([Label("a")], sheet, paper, first=first)


def test_nothing_to_label(book: WorkBook) -> None:
    with pytest.raises(DocumentError, match="site file"):
        labels_of("tanks", None, None)
    with pytest.raises(DocumentError, match="nothing called NOPE"):
        labels_of("parts", None, book, ("NOPE",))
    with pytest.raises(DocumentError, match="nothing to label"):
        labels_of("parts", None, WorkBook())
    with pytest.raises(DocumentError, match="too long"):
        render_labels([Label("x" * 300, symbol="datamatrix")])


def test_what_is_thrown_away_gets_no_label(book: WorkBook) -> None:
    stock: Stock = book.stock
    assert len(labels_of("parts", None, book)) == len(book.assets.all()) + 1
    assert stock.part(report_kit.BOARD) is not None


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=40))
def test_any_text_is_drawn_and_listed(text: str) -> None:
    label = Label(text, (text, text), "datamatrix", text)
    assert render_labels([label], "strip").pages == 1
    html = labels_html([label])
    assert html.count("<tr>") == 2


@settings(max_examples=60, deadline=None)
@given(st.text("ABCxyz0189-/_. ", min_size=1, max_size=60).filter(lambda t: t.strip() == t))
def test_data_matrix_is_read_back(text: str) -> None:
    assert text in read(drawn(text))


@pytest.mark.parametrize(
    ("text", "side"),
    [("123456", 10), ("AB", 10), ("1650924012345", 14), ("序列号-42", 18), ("A1" * 60, 44)],
)
def test_data_matrix_is_as_small_as_it_can_be(text: str, side: int) -> None:
    assert len(data_matrix(text)) == side
    assert list(read(drawn(text))) == [text]


@pytest.mark.parametrize("length", range(1, 175, 7))
def test_every_size_of_data_matrix(length: int) -> None:
    text = "".join(chr(65 + (n * 7 + length) % 26) for n in range(length))
    assert text in read(drawn(text))


def test_too_long_for_a_data_matrix() -> None:
    with pytest.raises(ValueError, match="at most 174"):
        data_matrix("x" * 175)


def drawn(text: str) -> Image.Image:
    dark = data_matrix(text)
    side = len(dark) + 8
    picture = Image.new("L", (side, side), 255)
    for row, line in enumerate(dark):
        for column, is_dark in enumerate(line):
            if is_dark:
                picture.putpixel((column + 4, row + 4), 0)
    return picture.resize((side * 5, side * 5), Image.Resampling.NEAREST)


def test_the_sheets_of_the_table_are_known(tmp_path: Path) -> None:
    assert sheet_of("strip", "letter").width_mm == 62
    assert {sheet.name for sheet in label_sheets().sheet} == {"3x8", "2x4", "strip"}
