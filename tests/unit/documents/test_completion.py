"""The completion report of a real order: nothing of the record is missing on paper."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from console.documents import model as m
from console.documents.completion import CompletionSheet, completion_document
from console.documents.completion_charts import curve_of, strips_of
from console.documents.completion_data import read_completion
from console.documents.html import render_html
from console.documents.issue import DocumentError
from console.documents.model import Document
from console.documents.pdf import render_pdf
from console.documents.report_model import Flag, Listing, Photos, Strip
from console.documents.report_times import Clock, spent, ticks
from console.documents.report_words import found_text
from console.history.events import EventDraft
from console.history.logfile import LOG_NAME
from console.history.reader import LogReader
from console.history.telemetry_store.envelope import Envelope
from console.text import speaking
from console.work.orders.rules import State
from console.work.photos import PhotoStore
from console.work.review import Finding, FindingKind
from drivers.points import Stamp
from tests.unit.documents import kit, report_kit, run_folder
from tests.unit.documents.run_folder import Done

SHANGHAI = Clock(timezone(timedelta(hours=8)))


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    return run_folder.make(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def sheet(done: Done) -> CompletionSheet:
    return report_kit.completion_sheet(done.folder, done.order, clock=SHANGHAI)


@pytest.fixture(scope="module")
def paper(sheet: CompletionSheet) -> str:
    return kit.words("".join(kit.texts(render_pdf(completion_document(sheet)).data)))


def listings(document: Document) -> list[Listing]:
    return [block for block in document.blocks if isinstance(block, Listing)]


def cells(document: Document) -> Iterator[str]:
    for listing in listings(document):
        for row in listing.rows:
            for cell in row:
                yield cell if isinstance(cell, str) else cell.text


def test_exceptions_come_first_and_are_marked(sheet: CompletionSheet) -> None:
    document = completion_document(sheet)
    headings = [block.text for block in document.blocks if isinstance(block, m.Heading)]
    assert headings[0] == "Exceptions"
    table = listings(document)[0]
    kinds = [row[2] for row in table.rows]
    assert Flag("Gate overridden") in kinds
    assert Flag("Value outside its limits") in kinds
    assert Flag("Deviation") in kinds
    last_flag = max(n for n, kind in enumerate(kinds) if isinstance(kind, Flag))
    first_plain = [n for n, kind in enumerate(kinds) if not isinstance(kind, Flag)]
    assert all(n > last_flag for n in first_plain)


def test_what_is_outside_is_told_in_words(paper: str) -> None:
    for told in (
        "1TOOHIGH,limits0to0",
        "thekeyisatthegate;usedasitis",
        "Coolantreturntemperature:≤45°C",
        "Sleevesandlongglovesareworn",
    ):
        assert told in paper


def test_everything_recorded_is_on_the_paper(done: Done, paper: str) -> None:
    """Every value, label, photo, signature's hash and event, as the log holds it."""
    events = [e for e in LogReader(done.folder).events() if e.body.get("run") == done.run]
    assert len(events) > 150
    for event in events:
        assert event.hash[:16] in paper
        assert str(event.sequence) in paper
        body: Any = event.body
        if event.kind == "work.value_recorded":
            assert f"{body['number']:g}" in paper
        elif event.kind == "work.photo_taken":
            assert body["sha256"] in paper
        elif event.kind == "work.label_scanned":
            assert kit.words(str(body["label"])) in paper
        elif event.kind == "work.step_done":
            assert str(body["shown"])[:16] in paper


@pytest.mark.parametrize(
    "told",
    [
        run_folder.OLD,
        run_folder.NEW,
        "away:maker",
        "In all −0.5 L in the tanks; 2.5 L left them.",
        "F-2026-09",
        "the lid closes hard",
        "drips <b>more</b> than usual & 液体",
        "Chen Wei",
        "Ngozi Okafor",
        "PIN given for this act",
        "Verifier",
        "Local time (+08:00)",
        "20:04:11",
        "Both locks with their tags",
        "Before the lift:",
        "Thermal resistance",
        "not measured",
        "Telemetry of tank-1 around the work",
        "Let it drip",
        "recomputed: every hash, link and signature is as recorded",
    ],
)
def test_the_paper_says(told: str, paper: str) -> None:
    assert kit.words(told) in paper


def test_the_end_of_the_log_is_on_it(done: Done, sheet: CompletionSheet, paper: str) -> None:
    last = LogReader(done.folder).page(limit=1)[0]
    assert sheet.report.log.end.hash == last.hash
    assert last.hash in paper
    assert f"{LogReader(done.folder).count()}events" in paper


def test_the_level_is_predicted_beside_measured(done: Done, sheet: CompletionSheet) -> None:
    table = next(
        t for t in listings(completion_document(sheet)) if "Predicted (mm)" in str(t.columns)
    )
    evidence = {
        str(e.body["step"]): e.body["derived"]
        for e in LogReader(done.folder).of_kinds({"work.evidence"})
        if "derived" in e.body
    }
    derived: Any = evidence["lift-clear"]
    row = next(row for row in table.rows if "Lift clear" in str(row[0]))
    assert row[1:3] == (f"{derived['level_drop_predicted']:.1f}", f"{derived['level_drop']:.1f}")
    assert float(str(row[3]).replace("−", "-")) == pytest.approx(
        derived["level_drop"] - derived["level_drop_predicted"], abs=0.06
    )


def test_charts_are_vectors_with_gaps_limits_and_phases(done: Done, sheet: CompletionSheet) -> None:
    run = sheet.report.runs[0]
    with speaking("en"):
        tank, gpus = strips_of(sheet.report, run, sheet.told)
    assert [panel.title for panel in tank.panels] == ["Fluid level", "Temperatures", "Flow"]
    assert [panel.title for panel in gpus.panels] == ["Core temperature", "Power"]
    assert len(tank.spans) >= 10
    assert any(limit.text == "≤ 45\N{NO-BREAK SPACE}°C" for limit in tank.panels[1].limits)
    level = tank.panels[0].lines[0]
    inside = level.values[np.isfinite(level.values)]
    recorded = sheet.report.telemetry.range("tank-1", "level", run.began_us, run.ended_us).values
    assert inside.min() == pytest.approx(np.nanmin(recorded), abs=1e-3)
    core = gpus.panels[0].lines[0]
    assert np.isnan(core.values).any(), "the server was off, and no line is drawn there"
    pdf = render_pdf(completion_document(sheet)).data
    assert pdf.count(b"/Subtype /Image") <= 2, "only the two photographs are pictures"


def test_the_same_report_is_the_same_bytes(done: Done) -> None:
    one, other = (
        render_pdf(completion_document(report_kit.completion_sheet(done.folder, done.order)))
        for _ in range(2)
    )
    assert one.sha256 == other.sha256


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("size", ["a4", "letter"])
def test_every_language_and_paper(done: Done, language: str, size: Any) -> None:
    found = report_kit.completion_sheet(done.folder, done.order, language)
    pdf = render_pdf(completion_document(found), size)
    text = kit.words("".join(kit.texts(pdf.data)))
    assert 8 < pdf.pages < 40
    assert run_folder.NEW in text
    assert ("异常" in text) is (language == "zh_CN")
    for listing in listings(completion_document(found)):
        assert len({len(row) for row in (*listing.rows, listing.columns)}) == 1


# ---- what is missing or damaged ----


@pytest.fixture
def copy(done: Done, tmp_path: Path) -> Path:
    folder = tmp_path / "copy"
    shutil.copytree(done.folder, folder)
    return folder


def document_of(folder: Path, done: Done) -> Document:
    return completion_document(report_kit.completion_sheet(folder, done.order))


def text_of(document: Document) -> str:
    return kit.words("".join(kit.texts(render_pdf(document).data)))


def photo_path(folder: Path, sha256: str) -> Path:
    return PhotoStore(folder).path_of(sha256)


def _remove(path: Path) -> None:
    path.unlink()


def _spoil(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5] + b"spoil")


@pytest.mark.parametrize(
    ("harm", "told"), [(_remove, "is not in this folder"), (_spoil, "is damaged")]
)
def test_a_photo_that_cannot_be_shown_is_a_note(
    harm: Callable[[Path], None], told: str, done: Done, copy: Path
) -> None:
    harm(photo_path(copy, done.photos[0]))
    document = document_of(copy, done)
    found = next(block for block in document.blocks if isinstance(block, Photos))
    assert any(told in photo.trouble for photo in found.photos)
    text = text_of(document)
    assert kit.words(told) in text
    assert done.photos[0] in text
    assert Flag("Photo missing or damaged") in [row[2] for row in listings(document)[0].rows]
    assert told in render_html(document)


def test_without_telemetry_the_charts_say_so(done: Done, copy: Path) -> None:
    for path in (copy / "telemetry").rglob("*") if (copy / "telemetry").is_dir() else ():
        if path.is_file():
            path.unlink()
    for path in copy.glob("telemetry*"):
        if path.is_file():
            path.unlink()
    document = document_of(copy, done)
    strips = [block for block in document.blocks if isinstance(block, Strip)]
    assert all(panel.note for strip in strips for panel in strip.panels)
    text = text_of(document)
    assert "nothingwasrecorded" in text
    assert kit.words("The telemetry of this step is not what was hashed when it ended.") in text


def _alter(folder: Path, sequence: int) -> None:
    """Change an event behind the log's back, as somebody with a database tool would."""
    with sqlite3.connect(folder / LOG_NAME) as connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE events SET actor = 'mallory' WHERE sequence = ?", (sequence,))
    connection.close()


def test_an_altered_log_is_the_first_exception(done: Done, copy: Path) -> None:
    events = LogReader(copy).of_kinds({"work.step_done"})
    _alter(copy, events[5].sequence)
    document = document_of(copy, done)
    table = listings(document)[0]
    assert table.rows[0][2] == Flag("Log altered")
    assert table.rows[1][2] == Flag("Entry altered")
    assert f"The hash of event {events[5].sequence}" in str(table.rows[1][3])
    assert "ALTERED" in text_of(document)


def test_findings_about_the_order_itself(sheet: CompletionSheet) -> None:
    at_us = sheet.report.span_us[1]
    own = (
        Finding(FindingKind.RETURNED, "", 0, "okafor", at_us, text="a photo is blurred"),
        Finding(FindingKind.CLOCK, "", 0, "system", at_us, seconds=90.0),
        Finding(FindingKind.LATE_ENTRY, "", 0, "wu", at_us, about="7K3QX9M2PG", after="wu"),
    )
    document = completion_document(replace(sheet, report=replace(sheet.report, own=own)))
    table = listings(document)[0]
    kinds = [row[2] for row in table.rows]
    assert Flag("Clock changed or in doubt") in kinds
    assert kinds[-1] == "Returned by a reviewer", "what is lighter comes last"
    text = text_of(document)
    assert kit.words("a photo is blurred") in text
    assert kit.words("the clock was off by 1 min 30 s") in text


def test_what_the_reviewer_asked_is_on_it(done: Done, copy: Path) -> None:
    asked: dict[str, Any] = {
        "id": "q1", "run": done.run, "step": "weigh", "text": "why so heavy?", "thread": "q1",
    }  # fmt: skip
    at = Stamp(kit.NOON_US + 10**9, 5000.0)
    report_kit.record(copy, [EventDraft("review.question", done.order, asked, at, "okafor")])
    text = text_of(document_of(copy, done))
    assert kit.words("why so heavy?") in text


def test_an_unknown_order_is_one_sentence(done: Done) -> None:
    with pytest.raises(DocumentError, match=r"There is no order WO-NONE\."):
        read_completion(done.folder, "WO-NONE")


def test_without_the_text_of_the_procedure_steps_have_their_ids(sheet: CompletionSheet) -> None:
    runs = tuple(replace(run, revision=None) for run in sheet.report.runs)
    bare = replace(sheet, report=replace(sheet.report, runs=runs))
    text = text_of(completion_document(bare))
    assert "cool-enough" in text
    assert kit.words("The text of the procedure is not in this log") in text


def test_a_report_before_the_order_is_closed_says_so(sheet: CompletionSheet, paper: str) -> None:
    mark = kit.words("INTERIM - THE ORDER IS NOT CLOSED")
    assert mark not in paper
    order = replace(sheet.report.order, state=State.REVIEW)
    interim = replace(sheet, report=replace(sheet.report, order=order))
    assert mark in text_of(completion_document(interim))


def test_an_order_without_a_run(done: Done, sheet: CompletionSheet) -> None:
    bare = replace(sheet, report=replace(sheet.report, runs=()))
    text = text_of(completion_document(bare))
    assert kit.words("No run of a procedure belongs to this order") in text


@pytest.mark.parametrize(
    "hostile", ["w" * 10_000, "液" * 3000, "שלום \u202e abc", "\U000f1234<script>x</script>"]
)
def test_hostile_texts(hostile: str, sheet: CompletionSheet) -> None:
    order = sheet.report.order
    notes = (replace(order.notes[0], text=hostile),)
    told = replace(order, title=hostile, notes=notes, no_procedure=hostile, about=hostile[:200])
    document = completion_document(replace(sheet, report=replace(sheet.report, order=told)))
    pdf = render_pdf(document)
    assert pdf.pages > 8
    html = render_html(document)
    html.encode("utf-8")
    assert "<script>" not in html
    if hostile[0] in "w液":
        assert "".join(kit.texts(pdf.data)).count(hostile[0]) >= 2 * len(hostile)


# ---- as HTML ----


class Reader(HTMLParser):
    """Collects what a screen reader goes by."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_html_tells_the_same_and_charts_have_tables(sheet: CompletionSheet) -> None:
    document = completion_document(sheet)
    reader = Reader()
    reader.feed(render_html(document))
    text = kit.words("".join(reader.words))
    for cell in cells(document):
        assert kit.words(cell) in text
    for strip in (block for block in document.blocks if isinstance(block, Strip)):
        assert strip.figures
        for figures in strip.figures:
            assert kit.words(figures.title) in text
            assert all(kit.words(cell) in text for row in figures.rows for cell in row)
    assert "Attention:" in text
    assert all(a.get("aria-label") for tag, a in reader.tags if tag == "svg" and a.get("role"))
    assert all(a.get("alt") for tag, a in reader.tags if tag == "img")
    assert all(a.get("scope") for tag, a in reader.tags if tag == "th")


# ---- small things ----


def test_a_curve_is_broken_where_nothing_was_recorded() -> None:
    count = np.array([1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1])
    values = np.where(count > 0, np.arange(12.0), np.nan)
    edges = np.arange(13, dtype=np.int64) * 1_000_000
    flagged = np.zeros(12, np.int64)
    found = curve_of(
        Envelope(edges, values, values + 0.5, values, count, flagged, flagged.astype(np.uint8)), 0
    )
    at, curve = found
    assert int(np.isnan(curve).sum()) == 1
    gap = float(at[np.isnan(curve)][0])
    assert 3.5 < gap < 10.5
    assert sorted(curve[np.isfinite(curve)])[:4] == [0.0, 0.5, 1.0, 1.5]
    flagged[2] = 1
    _, broken = curve_of(
        Envelope(edges, values, values, values, count, flagged, flagged.astype(np.uint8)), 0
    )
    assert int(np.isnan(broken).sum()) == 2, "a sample that is not good breaks the line as well"


@pytest.mark.parametrize("span_s", [5, 90, 1200, 4000, 20_000, 90_000, 10_000_000])
def test_ticks_are_round_and_few(span_s: int) -> None:
    found = ticks(kit.NOON_US, kit.NOON_US + span_s * 1_000_000)
    assert 1 <= len(found) <= 12 or span_s == 5
    assert all(0 <= seconds <= span_s for seconds, _ in found)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 s"), (59.4, "59 s"), (185, "3 min 05 s"), (7800, "2 h 10 min"), (200_000, "2 d 7 h")],
)
def test_lengths_of_time(seconds: float, told: str) -> None:
    assert spent(seconds).replace("\N{NO-BREAK SPACE}", " ") == told
    assert spent(-seconds).startswith("−") is (round(seconds) > 0 or seconds != 0)


def test_what_a_gate_found_is_told_shortly() -> None:
    found = "tank-1 level is 46.1 Cel; it must be <= 45 Cel"
    assert re.fullmatch(r"46\.1.°C", found_text(found))
    unknown = found_text("R-1 thermal_resistance_change: not_yet_read")
    assert unknown == "Change of thermal resistance: not yet read"
    assert found_text("something else") == "something else"
