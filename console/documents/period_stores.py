"""Parts used, fluid lost, and who may do what."""

from __future__ import annotations

from collections.abc import Iterator

from console.documents import words as w
from console.documents.model import Block, Heading, Paragraph
from console.documents.period_data import Period
from console.documents.report_model import Bar, Bars, Flag, Listing, ReportCell, ReportColumn
from console.documents.report_words import Told
from console.text import tr
from console.work.assets.fluid import ADDS, Why
from console.work.events import Kind
from console.work.figures import Coverage, coverage
from console.work.words import WHY_NAMES

_LOST = (Why.DRAG_OUT, Why.SPILL, Why.VAPOUR)
"""What is gone for good; what was drained or taken as a sample is somewhere."""

_GONE = (*_LOST, Why.DRAIN, Why.SAMPLE)


def part_blocks(period: Period) -> Iterator[Block]:
    """Yield what left the stores, what came back, and of what there is too little."""
    yield Heading(tr("Parts"), anchor="parts")
    stock = period.book.stock
    short = {part.id: count for part, count in stock.short()}
    used = period.used()
    rows: list[tuple[ReportCell, ...]] = []
    for name in sorted({*used, *short}):
        moves = used.get(name, ())
        part = stock.part(name)
        on_hand = sum(stock.level(name, store).on_hand for store in stock.stores())
        left: ReportCell = str(on_hand)
        if name in short and part:
            left = Flag(tr("{count}, at least {least}", count=on_hand, least=part.minimum))
        rows.append(
            (
                name,
                part.name if part else "---",
                str(-sum(m.change for m in moves if m.kind == Kind.STOCK_ISSUED)),
                str(sum(m.change for m in moves if m.kind == Kind.STOCK_RETURNED)),
                str(-sum(m.change for m in moves if m.kind == Kind.STOCK_SCRAPPED)),
                "\n".join(sorted({m.order for m in moves if m.order})) or "---",
                left,
            )
        )
    yield Listing(
        (
            ReportColumn(tr("Part number"), 1.7),
            ReportColumn(tr("Name"), 1.8),
            ReportColumn(tr("Handed out"), 0.9, "right"),
            ReportColumn(tr("Given back"), 0.9, "right"),
            ReportColumn(tr("Scrapped"), 1.1, "right"),
            ReportColumn(tr("For orders"), 2.3),
            ReportColumn(tr("In store at the end"), 1.5),
        ),
        tuple(rows),
        empty=tr("No part was used, and of none there is too little."),
    )


def fluid_blocks(period: Period) -> Iterator[Block]:
    """Yield the fluid of each tank: what went, what came, and what was lost."""
    yield Heading(tr("Fluid"), anchor="fluid")
    account = period.fluid()
    sums = {tank: dict.fromkeys(Why, 0.0) for tank in account}
    for tank, entries in account.items():
        for entry in entries:
            sums[tank][entry.why] += entry.litres
    rows = []
    for tank, found in sums.items():
        balance = period.book.fluid.balance_l(tank)
        rows.append(
            (
                tank,
                *(f"{found[why]:.1f}" for why in _GONE),
                f"{sum(found[why] for why in ADDS):.1f}",
                f"{sum(found[why] for why in _LOST):.1f}",
                f"{balance:.0f}" if balance is not None else tr("unknown"),
            )
        )
    yield Listing(
        (
            ReportColumn(tr("Tank (litres)"), 1.6),
            *(ReportColumn(tr(WHY_NAMES[why]), 1.0, "right") for why in _GONE),
            ReportColumn(tr("added"), 1.0, "right"),
            ReportColumn(tr("lost for good"), 1.0, "right"),
            ReportColumn(tr("by the books"), 1.0, "right"),
        ),
        tuple(rows),
        empty=tr("No fluid was booked in this period."),
    )
    if any(found[why] for found in sums.values() for why in _LOST):
        bars = tuple(Bar(tank, tuple(found[why] for why in _LOST)) for tank, found in sums.items())
        parts = tuple(tr(WHY_NAMES[why]) for why in _LOST)
        total = sum(sum(bar.values) for bar in bars)
        alt = tr("{litres} litres were lost for good in all.", litres=f"{total:.1f}")
        yield Bars(tr("Fluid lost for good"), bars, parts, alt, "L")


def coverage_blocks(period: Period, told: Told) -> Iterator[Block]:
    """Yield who has each qualification, whose ends soon, whose has ended."""
    found = coverage(period.book.people, period.window.until_us)
    yield Heading(
        tr("Qualifications"), anchor="qualifications", note=tr("at the end of the period")
    )
    yield Listing(
        (
            ReportColumn(tr("Qualification"), 2.2),
            ReportColumn(tr("Valid"), 0.7, "right"),
            ReportColumn(tr("People"), 3.2),
            ReportColumn(tr("Ends within 30 days"), 2.0),
            ReportColumn(tr("Ended"), 1.6),
        ),
        tuple(_coverage_row(one, told) for one in found),
        empty=tr("Nobody has a qualification."),
    )
    alone = [w.qualification_name(one.qualification) for one in found if len(one.valid) < 2]
    if alone:
        yield Paragraph(
            tr("Fewer than two people have: {names}.", names=", ".join(alone)), "strong"
        )


def _coverage_row(one: Coverage, told: Told) -> tuple[ReportCell, ...]:
    count: ReportCell = str(len(one.valid))
    if len(one.valid) < 2:
        count = Flag(str(len(one.valid)))
    return (
        w.qualification_name(one.qualification),
        count,
        _names(one.valid, told),
        _names(one.expiring, told),
        _names(one.expired, told),
    )


def _names(people: tuple[str, ...], told: Told) -> str:
    return ", ".join(told.printed(person) for person in people) or "---"
