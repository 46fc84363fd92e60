"""Forms as PDF: every value can be read back, every code decoded, the bytes always the same."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp

from console.documents import model as m
from console.documents import words as w
from console.documents.codes import PageCode
from console.documents.model import BOX_MM
from console.documents.pdf import render_pdf
from console.documents.style import PAPERS, Paper
from console.documents.workorder import form_document
from console.text import speaking
from procedures.document import library_ids
from procedures.texts import texts_in
from tests.unit.documents import kit

ROOT = Path(__file__).parents[3]
ONE = "from tests.unit.documents import kit; from console.documents.pdf import render_pdf; from console.documents.workorder import form_document; print(render_pdf(form_document(kit.sheet())).sha256)"  # noqa: E501


@pytest.fixture(scope="module")
def order_text() -> str:
    return kit.words("".join(kit.texts(render_pdf(form_document(kit.sheet())).data)))


@pytest.mark.parametrize(
    "told",
    [
        "WO-1",
        "Exchange GPU 2 of host 3",
        "host-3/gpu2, Server 3, tank-1 (North tank), Hall A, slot 3",
        "1650924012345",
        "Xid 79",
        "chen, wu",
        "hinge is worn",
        "Voltage of feed A: 0 to 1.5 V",
        "≥ 0.25 MΩ",
        "≤ 37 kg",
        "Measure; at most 1.5 V.",
        "Wait 5 min, never longer than 90 min.",
        "since step 3 was done",
        "≤ 44 °C, for 60 s, else measured by hand",
        "790 to 850 mm",
        "Lid: closed, where fitted (Supervisor may let it pass)",
        "must read tank-1/slot-3",
        "Not as it should be: go to step 1, at most 3 times — page",
        "It is wet: go to step 5, at most 4 times — page",
        "It is dry: go on with the next step",
        "Nobody goes on until it is released by: Supervisor. The supervisor has seen the board.",
        "Way back: B, Close again — page",
        "Ends in: Everything is as it was.",
        "PN-4711 main: 5, 2 kept for this",
        "Fluid of the tank, of the batch in the tank",
        "12.5 L",
        "Lock hung, Feed A: its number",
        "Left out because (underline): Done an hour ago. Must agree: Supervisor",
        "Throughout this section: Leak detector, each: dry",
        "Hash of the last event: " + kit.HEAD,
        "4321",
        "7K3QX-9M2PG",
        "23a7a066",
    ],
)
def test_a_work_order_tells(order_text: str, told: str) -> None:
    if told == "23a7a066":
        told = kit.sample().digest
    assert kit.words(told) in order_text


def test_references_name_the_right_page() -> None:
    sheet = kit.sheet(kit.shipped("extract-server"))
    pdf = render_pdf(form_document(sheet))
    pages = [kit.words(page) for page in kit.texts(pdf.data)]
    for name, step in kit.shipped("extract-server").procedure.steps.items():
        title = f"{kit.words(step.title['en'])}"
        assert title in pages[pdf.page_of[f"step-{name}"] - 1]
        for _, goto in step.gotos:
            number = sheet.numbers[goto.goto]
            told = f"gotostep{number},atmost{goto.max}times—page{pdf.page_of[f'step-{goto.goto}']}"
            assert told in pages[pdf.page_of[f"step-{name}"] - 1]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("name", library_ids())
def test_every_word_of_every_procedure_is_on_its_form(name: str, language: str) -> None:
    revision = kit.shipped(name)
    sheet = kit.sheet(revision, language)
    pdf = render_pdf(form_document(sheet))
    text = kit.words("".join(_without_furniture(page) for page in kit.texts(pdf.data)))
    procedure = revision.procedure
    with speaking(language):
        for step in procedure.steps.values():
            for at, words in texts_in(step):
                told = w.said(words, language, step)
                assert kit.words(told) in text, (step.id, at, told)
        for at, words in texts_in(procedure):
            if at[0] not in {"phases", "make_safe", "subjects"}:
                assert kit.words(w.said(words, language)) in text, at
        titles = [phase.title for phase in procedure.phases]
        titles += [path.title for path in procedure.make_safe]
        for title in titles:
            assert kit.words(w.said(title, language)) in text
    assert set(pdf.page_of) >= {f"step-{name}" for name in procedure.steps}


def _without_furniture(page: str) -> str:
    """Return a page's text without its header and footer, which stand inside broken sentences."""
    lines = page.splitlines()
    return "\n".join(line for line in lines if "7K3QX-9M2PG" not in line)


@pytest.mark.parametrize("paper", list(PAPERS))
def test_every_page_has_its_code(paper: Paper) -> None:
    sheet = kit.sheet()
    pdf = render_pdf(form_document(sheet), paper)
    assert pdf.pages > 3
    for number, picture in enumerate(kit.pictures(pdf.data, 2.0), 1):
        found = [code for code in zxingcpp.read_barcodes(picture) if "QR" in str(code.format)]
        assert [code.text for code in found] == [
            f"TS1|demo-site|{kit.FORM}|{kit.sample().digest[:16]}|{number}"
        ]
        assert PageCode.parse(found[0].text).page == number


def test_a_code_survives_a_bad_copier() -> None:
    picture = kit.pictures(render_pdf(form_document(kit.sheet())).data, 1.4)[0]
    grey = (
        picture.convert("L")
        .point(lambda value: 60 if value < 128 else 210)
        .rotate(2, fillcolor=210)
    )
    assert zxingcpp.read_barcodes(grey)


@pytest.mark.parametrize("paper", list(PAPERS))
def test_pages_have_the_size_of_the_paper_and_nothing_hangs_over(paper: Paper) -> None:
    pdf = render_pdf(form_document(kit.sheet()), paper)
    document = pypdfium2.PdfDocument(pdf.data)
    for page in document:
        assert page.get_size() == pytest.approx(PAPERS[paper], abs=0.5)
    for picture in kit.pictures(pdf.data, 1.0):
        grey = picture.convert("L")
        edge = 14  # 5 mm: what many printers cannot print on
        for box in (
            (0, 0, edge, grey.height),
            (grey.width - edge, 0, grey.width, grey.height),
            (0, 0, grey.width, edge),
            (0, grey.height - edge, grey.width, grey.height),
        ):
            assert grey.crop(box).getextrema() == (255, 255)


def test_the_same_document_has_the_same_bytes() -> None:
    first, second = (render_pdf(form_document(kit.sheet())) for _ in range(2))
    assert first.data == second.data
    other = render_pdf(form_document(kit.sheet(language="zh_CN")))
    assert other.sha256 != first.sha256


def test_the_same_bytes_in_other_processes() -> None:
    hashes = {
        subprocess.run(
            [sys.executable, "-c", ONE],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for seed in ("1", "4242")
    }
    assert hashes == {render_pdf(form_document(kit.sheet())).sha256}


def test_it_says_what_it_is() -> None:
    data = render_pdf(form_document(kit.sheet(language="zh_CN"))).data
    assert b"/Lang (zh-CN)" in data
    document = pypdfium2.PdfDocument(data)
    about = document.get_metadata_dict()
    assert about["Title"] == "工单 WO-1 Exchange GPU 2 of host 3"
    assert about["Author"] == "silva"
    assert "TS1|demo-site|" in about["Keywords"]
    outline = [item.get_title() for item in document.get_toc()]
    assert outline[0] == "范围"
    assert len(outline) > 8


def test_boxes_are_large_enough_for_a_gloved_hand() -> None:
    document = pypdfium2.PdfDocument(render_pdf(form_document(kit.sheet())).data)
    least_pt = BOX_MM / 25.4 * 72 - 0.1
    seen = 0
    for page in document:
        for thing in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_PATH]):
            left, low, right, top = thing.get_bounds()
            fill, stroke = ctypes.c_int(), ctypes.c_int()
            pypdfium2.raw.FPDFPath_GetDrawMode(thing.raw, fill, stroke)
            if fill.value or not stroke.value:
                continue
            is_box = 15 < top - low < 26 and 20 < right - left < 400
            seen += is_box
            assert not is_box or top - low >= least_pt
    assert seen > 60
    assert BOX_MM >= 8


@pytest.mark.peer
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_pdftotext_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "order.pdf"
    path.write_bytes(render_pdf(form_document(kit.sheet(language="zh_CN"))).data)
    done = subprocess.run(["pdftotext", path, "-"], check=True, capture_output=True)
    text = kit.words(done.stdout.decode("utf-8"))
    for told in ("A 路电压", "测量；不超过 1.5 V。", "1650924012345", "验明无电", kit.HEAD):
        assert kit.words(told) in text


def test_everything_can_be_seen_in_black_and_white() -> None:
    """The words on the bars of signal words differ from their ground by far, in grey too."""
    from console.documents.style import SIGNAL_COLOURS

    for ground, ink in SIGNAL_COLOURS.values():
        light = [0.299 * r + 0.587 * g + 0.114 * b for r, g, b in (ground, ink)]
        assert abs(light[0] - light[1]) > 0.5


def test_charts_and_pictures_are_drawn() -> None:
    curve = tuple((float(n), None if n == 40 else 50 + n % 7) for n in range(100))
    chart = m.Chart(
        "Temperature",
        "°C",
        (m.Series("GPU 0", curve), m.Series("GPU 1", ((0.0, 47.0), (99.0, 61.0)))),
        ((0.0, "12:00"), (99.0, "12:30")),
        "Two GPUs between 47 and 61 °C",
        limits=((60.0, "limit 60 °C"),),
        marks=((30.0, "lid opened"),),
    )
    blocks = (
        chart,
        m.Picture(kit.png("red"), "a red field", "As found"),
        m.Picture(b"no picture", "The photo is missing: 3f2a…", "As left"),
    )
    document = replace(form_document(kit.sheet()), blocks=blocks)
    pdf = render_pdf(document)
    text = kit.words("".join(kit.texts(pdf.data)))
    for told in ("Temperature (°C)", "limit 60 °C", "lid opened", "12:30", "GPU 1", "As found"):
        assert kit.words(told) in text
    assert kit.words("The photo is missing: 3f2a…") in text
    picture = kit.pictures(pdf.data)[0]
    assert (255, 0, 0) in {colour for _, colour in picture.getcolors(100_000) or []}


def test_a_chart_without_a_value_is_empty_and_no_zero() -> None:
    chart = m.Chart("Flow", "", (m.Series("x", ((0.0, None), (1.0, None))),), (), "nothing known")
    pdf = render_pdf(replace(form_document(kit.sheet()), blocks=(chart,)))
    assert pdf.pages == 1
