"""The supervisor's report of a month: figures with their counts, and what they are made from."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from console.documents.html import render_html
from console.documents.issue import DocumentError
from console.documents.model import Document
from console.documents.pdf import render_pdf
from console.documents.period import PeriodSheet, period_document
from console.documents.period_data import read_period
from console.documents.period_failures import mtbf_text, rate_text, three
from console.documents.report_model import Bars, Estimates, Flag, Listing
from console.documents.report_times import Clock
from console.documents.report_words import Told
from console.work.assets.fluid import Why
from console.work.figures import Window, by_batch, by_model, failure_rates, failures, order_figures
from console.work.rates import YEAR_H, Rate
from tests.unit.documents import kit, report_kit
from tests.unit.work.kit import NOON_US

DAY_US = 86_400_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("month")
    report_kit.record(where, report_kit.month())
    return where


@pytest.fixture(scope="module")
def sheet(folder: Path) -> PeriodSheet:
    return report_kit.period_sheet(folder)


@pytest.fixture(scope="module")
def document(sheet: PeriodSheet) -> Document:
    return period_document(sheet)


@pytest.fixture(scope="module")
def paper(document: Document) -> str:
    return kit.words("".join(kit.texts(render_pdf(document).data)))


def listing(document: Document, column: str) -> Listing:
    found = [block for block in document.blocks if isinstance(block, Listing)]
    return next(one for one in found if any(c.title == column for c in one.columns))


def text(cell: Any) -> str:
    return cell if isinstance(cell, str) else cell.text


def test_orders_and_their_figures(sheet: PeriodSheet, paper: str) -> None:
    period = sheet.period
    figures = order_figures(period.book.orders.all(), period.window)
    assert figures.closed > 30
    assert figures.late > 0
    for order in period.orders:
        assert order.number in paper
        assert kit.words(order.title) in paper
    assert kit.words(f"{figures.right_first_time} of {figures.reviewed}:") in paper


def test_failures_stand_with_their_counts_and_intervals(
    sheet: PeriodSheet, document: Document
) -> None:
    period = sheet.period
    for column, by in (("Model", by_model), ("Batch", by_batch)):
        rates = failure_rates(period.book, period.window, by)
        table = next(
            block
            for block in document.blocks
            if isinstance(block, Listing) and block.title == f"Failures by {column.lower()}"
        )
        assert {text(row[0]) for row in table.rows} == set(rates)
        for row in table.rows:
            rate = rates[text(row[0])]
            assert text(row[1]) == str(rate.pieces)
            assert text(row[3]) == str(rate.failures)
            assert text(row[4]) == rate_text(rate)
    failed = failures(period.book, period.window)
    told = listing(document, "Serial number")
    assert [text(row[1]) for row in told.rows] == [one.serial for one in failed]
    assert any(isinstance(block, Estimates) for block in document.blocks)


def test_a_rate_in_words() -> None:
    assert rate_text(Rate(3, 41 * YEAR_H, 41)) == "7.32 % (2.64 – 17.2 %)"
    assert rate_text(Rate(0, 0.0, 0)) == "---"
    assert mtbf_text(Rate(0, 10 * YEAR_H, 3)).startswith("at least ")
    assert mtbf_text(Rate(3, 41 * YEAR_H, 41)).startswith("120000 h (")
    assert [three(n) for n in (1234567.0, 99.94, 7.3171, 0.00123)] == [
        "1230000",
        "99.9",
        "7.32",
        "0.00123",
    ]


def test_service_times_of_what_is_over(sheet: PeriodSheet, document: Document) -> None:
    kept: Counter[tuple[str, str]] = Counter()
    broken: Counter[tuple[str, str]] = Counter()
    for order, clock in sheet.period.clocks():
        key = clock.name, str(order.priority)
        broken[key] += clock.broken
        kept[key] += not clock.broken and not clock.running and not clock.paused
    table = listing(document, "Promised")
    for row in table.rows:
        key = text(row[0]), text(row[1])
        assert (int(text(row[3])), int(text(row[4]))) == (kept[key], broken[key])
        assert isinstance(row[4], Flag) is (broken[key] > 0)


def test_parts_fluid_and_people(sheet: PeriodSheet, document: Document, paper: str) -> None:
    period = sheet.period
    used = -sum(m.change for m in period.used()[report_kit.SEAL])
    row = next(r for r in listing(document, "Handed out").rows if r[0] == report_kit.SEAL)
    assert (text(row[2]), text(row[6])) == (str(used), str(30 - used))
    lost = sum(
        entry.litres
        for entries in period.fluid().values()
        for entry in entries
        if entry.why in {Why.DRAG_OUT, Why.SPILL, Why.VAPOUR}
    )
    assert lost > 10
    table = listing(document, "lost for good")
    assert sum(float(text(r[-2])) for r in table.rows) == pytest.approx(lost, abs=0.11)
    people = listing(document, "Qualification")
    assert [text(r[0]) for r in people.rows] == ["electrical work", "extraction from immersion"]
    assert text(people.rows[1][4]) == "Lovelace, Wu"
    assert kit.words("Fewer than two people have:") in paper


def test_alarms_stand_beside_their_targets(sheet: PeriodSheet, document: Document) -> None:
    found = sheet.period.alarms
    assert found is not None
    assert found.is_long_enough
    table = listing(document, "Figure")
    assert len(table.rows) == len(found.figures) + 2
    flagged = {text(row[0]) for row in table.rows if isinstance(row[3], Flag)}
    assert "Share of the ten most frequent alarms" in flagged
    bars = [block for block in document.blocks if isinstance(block, Bars)]
    raised = sum(count for _, count in sheet.period.per_day)
    assert any(sum(sum(bar.values) for bar in one.bars) == raised for one in bars)
    assert sum(row_count(listing(document, "Most frequent"))) == found.announced


def row_count(table: Listing) -> list[int]:
    return [int(text(row[1])) for row in table.rows]


def test_a_part_of_the_month_has_only_its_own(folder: Path) -> None:
    whole = report_kit.period_sheet(folder).period
    week = report_kit.period_sheet(folder, days=7).period
    assert week.window.until_us == whole.window.until_us
    assert 0 < len(failures(week.book, week.window)) < len(failures(whole.book, whole.window))
    assert sum(n for _, n in week.per_day) < sum(n for _, n in whole.per_day)


def test_days_without_a_record_are_told(folder: Path) -> None:
    period = read_period(folder, NOON_US - 40 * DAY_US, NOON_US + 10 * DAY_US)
    sheet = PeriodSheet(
        report_kit.printing_of(period.log.end), period, report_kit.period_sheet(folder).told
    )
    found = kit.words("".join(kit.texts(render_pdf(period_document(sheet)).data)))
    assert kit.words("nothing is known of the days before") in found
    assert kit.words("Thirty days are needed to judge by these figures.") in found


def test_an_empty_folder_is_an_empty_report(tmp_path: Path) -> None:
    period = read_period(tmp_path, NOON_US, NOON_US + DAY_US)
    told = Told("en", Clock(), period.book.people)
    sheet = PeriodSheet(report_kit.printing_of(period.log.end), period, told)
    found = kit.words("".join(kit.texts(render_pdf(period_document(sheet)).data)))
    assert kit.words("There was no order in this period.") in found
    assert kit.words("No procedure was run in this period.") in found


def test_a_period_that_ends_before_it_begins(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="ends before it begins"):
        read_period(tmp_path, NOON_US, NOON_US)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("size", ["a4", "letter"])
def test_the_same_bytes_in_every_language(folder: Path, language: str, size: Any) -> None:
    one, other = (
        render_pdf(period_document(report_kit.period_sheet(folder, language)), size)
        for _ in range(2)
    )
    assert one.sha256 == other.sha256
    assert 4 < one.pages < 20


def test_the_html_has_every_cell(document: Document) -> None:
    html = render_html(document)
    for block in document.blocks:
        if isinstance(block, Listing):
            for row in block.rows:
                assert all(kit.words(escaped(text(cell))) in kit.words(html) for cell in row)
        if isinstance(block, Bars):
            assert all(f">{bar.name}<" in html for bar in block.bars)


def escaped(told: str) -> str:
    return told.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def test_the_window_is_half_open() -> None:
    window = Window(10, 20)
    assert [window.holds(n) for n in (9, 10, 19, 20)] == [False, True, True, False]
