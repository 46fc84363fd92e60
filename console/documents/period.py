"""The supervisor's report of a period: orders and times, failures, parts, fluid, people, alarms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from console.documents.completion import footer_of
from console.documents.completion_log import log_facts
from console.documents.model import Block, Document, Fact, Facts, Header, Heading, Paragraph
from console.documents.period_alarms import alarm_blocks
from console.documents.period_data import Period
from console.documents.period_failures import failure_blocks
from console.documents.period_orders import order_blocks, run_blocks, service_blocks
from console.documents.period_stores import coverage_blocks, fluid_blocks, part_blocks
from console.documents.report_times import DAY_US
from console.documents.report_words import Told
from console.documents.sheet import Printing
from console.text import LANGUAGES, speaking, tr
from console.work.figures import OrderFigures, order_figures
from console.work.rates import share_interval


@dataclass(frozen=True)
class PeriodSheet:
    """What a period report is drawn from."""

    printing: Printing
    period: Period
    told: Told

    @property
    def language(self) -> str:
        """The language of the texts."""
        return self.printing.language


def period_document(sheet: PeriodSheet) -> Document:
    """Return the report as a document."""
    with speaking(sheet.language):
        return Document(
            language=sheet.language,
            header=_header(sheet),
            blocks=tuple(_blocks(sheet)),
            footer=footer_of(sheet.printing),
            page=tr("Page {page} of {pages}", page="{page}", pages="{pages}"),
            on_page=tr("page {page}", page="{page}"),
            author=sheet.printing.by,
        )


def _header(sheet: PeriodSheet) -> Header:
    window, clock = sheet.period.window, sheet.told.clock
    days = (window.until_us - window.since_us) / DAY_US
    span = f"{clock.day(window.since_us)} – {clock.day(window.until_us - 1)}"
    facts = (
        Fact(tr("Site"), sheet.printing.site_name),
        Fact(tr("Days"), f"{days:g}"),
        Fact(tr("Language"), LANGUAGES.get(sheet.language, sheet.language)),
        Fact(tr("From"), f"{clock.utc(window.since_us)} UTC"),
        Fact(tr("Until"), f"{clock.utc(window.until_us)} UTC"),
        Fact(tr("Record begins"), f"{clock.day(sheet.period.began_us)}"),
    )
    title = tr("Work, failures, parts, fluid, people and alarms")
    return Header(tr("Period report"), span, title, facts)


def _blocks(sheet: PeriodSheet) -> Iterator[Block]:
    period, told = sheet.period, sheet.told
    yield from _summary(sheet)
    yield from order_blocks(period, told)
    yield from service_blocks(period)
    yield from run_blocks(period)
    yield from failure_blocks(period, told)
    yield from part_blocks(period)
    yield from fluid_blocks(period)
    yield from coverage_blocks(period, told)
    yield from alarm_blocks(period, told)
    yield Heading(tr("Record"), anchor="record")
    yield from log_facts(period.log)


def _summary(sheet: PeriodSheet) -> Iterator[Block]:
    period = sheet.period
    figures = order_figures(period.book.orders.all(), period.window)
    yield Heading(tr("In short"), anchor="summary")
    if period.began_us > period.window.since_us:
        yield Paragraph(
            tr(
                "The record begins on {day}: nothing is known of the days before.",
                day=sheet.told.clock.utc(period.began_us),
            ),
            "strong",
        )
    conflicts = len(period.book.conflicts.open())
    unfinished = sum(not order.state.is_over for order in period.orders)
    yield Facts(
        (
            Fact(tr("Orders opened"), str(figures.opened)),
            Fact(tr("Orders closed"), str(figures.closed)),
            Fact(tr("Still open at the end"), str(unfinished)),
            Fact(tr("Closed late"), _share(figures.late, figures.closed)),
            Fact(tr("Right the first time"), _share(figures.right_first_time, figures.reviewed)),
            Fact(tr("From opening to closing"), _took(figures)),
            Fact(tr("Equipment out of use"), f"{figures.downtime_h:.1f} h"),
            Fact(tr("Labour"), f"{figures.labour_h:.1f} h"),
            Fact(tr("Contradictions to settle"), str(conflicts)),
        ),
        columns=3,
    )
    yield Paragraph(
        tr(
            "Shares and rates stand with the counts that they rest on and the interval in which"
            " they lie at 90 %: few cases say little."
        ),
        "small",
    )


def _share(hits: int, of: int) -> str:
    found = share_interval(hits, of)
    if found is None:
        return tr("{hits} of {of}", hits=hits, of=of)
    low, high = (f"{end * 100:.0f}" for end in found)
    return tr(
        "{hits} of {of}: {share} % ({low} to {high} %)",
        hits=hits,
        of=of,
        share=f"{hits / of * 100:.0f}",
        low=low,
        high=high,
    )


def _took(figures: OrderFigures) -> str:
    spread = figures.to_close
    if spread is None:
        return "---"
    return tr(
        "{median} h in the middle ({low} to {high} h, {count})",
        median=f"{spread.median_h:.1f}",
        low=f"{spread.low_h:.1f}",
        high=f"{spread.high_h:.1f}",
        count=spread.count,
    )
