"""Orders of a period: which, how many each week, kept promises, runs and their exceptions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from console.documents.model import Block, Heading
from console.documents.period_data import Period, median_s
from console.documents.report_model import Bar, Bars, Flag, Listing, ReportCell, ReportColumn
from console.documents.report_times import DAY_US, spent
from console.documents.report_words import Told, is_urgent
from console.text import tr
from console.work.orders.clocks import is_overdue
from console.work.orders.model import Order
from console.work.orders.rules import State
from console.work.rates import share_interval
from console.work.review import FINDING_NAMES
from console.work.words import ORIGIN_NAMES, state_words

_MOST_BARS = 40


def order_blocks(period: Period, told: Told) -> Iterator[Block]:
    """Yield how many orders came and went, and every order of the period."""
    yield Heading(tr("Orders"), anchor="orders")
    if period.orders:
        yield _bars(period, told)
    rows = tuple(_row(order, period, told) for order in period.orders)
    yield Listing(
        (
            ReportColumn(tr("Work order"), 2.75),
            ReportColumn(tr("Title"), 2.75),
            ReportColumn(tr("About"), 1.45),
            ReportColumn(tr("Came from"), 1.45),
            ReportColumn(tr("Priority"), 1.2, "right"),
            ReportColumn(tr("Opened"), 1.4),
            ReportColumn(tr("Closed"), 1.4),
            ReportColumn(tr("State"), 1.7),
        ),
        rows,
        empty=tr("There was no order in this period."),
    )


def _closed_us(order: Order) -> int:
    found = [move.at.utc_us for move in order.moves if move.to is State.CLOSED]
    return found[-1] if found else 0


def _row(order: Order, period: Period, told: Told) -> tuple[ReportCell, ...]:
    closed_us = _closed_us(order)
    is_late = bool(order.due_us and closed_us > order.due_us)
    is_late = is_late or is_overdue(order, period.window.until_us)
    state = state_words(order.state)
    return (
        order.number,
        order.title,
        order.about,
        tr(ORIGIN_NAMES.get(order.source.origin, str(order.source.origin))),
        str(order.priority),
        told.clock.day(order.opened.utc_us),
        told.clock.day(closed_us) if closed_us else "---",
        Flag(tr("{state}, LATE", state=state)) if is_late else state,
    )


def _bars(period: Period, told: Told) -> Bars:
    """Return how many orders were opened and closed in equal stretches of the period."""
    window = period.window
    days = -(-(window.until_us - window.since_us) // DAY_US)
    each = next(n for n in (1, 7, 14, 30, 91, 365, days) if days / n <= _MOST_BARS)
    starts = range(window.since_us, window.until_us, each * DAY_US)
    opened = Counter(
        (order.opened.utc_us - window.since_us) // (each * DAY_US)
        for order in period.orders
        if window.holds(order.opened.utc_us)
    )
    closed = Counter(
        (us - window.since_us) // (each * DAY_US)
        for order in period.orders
        if window.holds(us := _closed_us(order))
    )
    bars = tuple(
        Bar(told.clock.day(us)[5:], (float(opened[n]), float(closed[n])))
        for n, us in enumerate(starts)
    )
    title = tr("Orders each day") if each == 1 else tr("Orders, {days} days together", days=each)
    alt = tr(
        "{opened} orders were opened and {closed} closed in {count} stretches.",
        opened=opened.total(),
        closed=closed.total(),
        count=len(bars),
    )
    return Bars(title, bars, (tr("opened"), tr("closed")), alt, is_stacked=False)


# ---- promises ----


def service_blocks(period: Period) -> Iterator[Block]:
    """Yield how many orders kept their service times, by clock and priority."""
    kept: Counter[tuple[str, int]] = Counter()
    broken: Counter[tuple[str, int]] = Counter()
    limits: dict[tuple[str, int], float] = {}
    for order, clock in period.clocks():
        key = clock.name, order.priority
        limits[key] = clock.limit_s
        if clock.broken:
            broken[key] += 1
        elif not clock.running and not clock.paused:
            kept[key] += 1
    rows: list[tuple[ReportCell, ...]] = []
    for key in sorted(limits):
        good, bad = kept[key], broken[key]
        found = share_interval(good, good + bad)
        share = "---"
        if found is not None:
            ends = f"{found[0] * 100:.0f} – {found[1] * 100:.0f} %"
            share = f"{good / (good + bad) * 100:.0f} % ({ends})"
        rows.append(
            (
                tr(key[0]),
                str(key[1]),
                spent(limits[key]),
                str(good),
                Flag(str(bad)) if bad else "0",
                share,
            )
        )
    yield Heading(tr("Service times"), anchor="service", note=tr("what still runs is not counted"))
    yield Listing(
        (
            ReportColumn(tr("Clock"), 2.0),
            ReportColumn(tr("Priority"), 1.0, "right"),
            ReportColumn(tr("Promised"), 1.4, "right"),
            ReportColumn(tr("Kept"), 1.0, "right"),
            ReportColumn(tr("Broken"), 1.0),
            ReportColumn(tr("Share kept (90 % interval)"), 2.2),
        ),
        tuple(rows),
        empty=tr("No order had a service time."),
    )


# ---- runs ----


def run_blocks(period: Period) -> Iterator[Block]:
    """Yield how often each procedure was run, how long it took, and what was not as planned."""
    yield Heading(tr("Procedures and exceptions"), anchor="runs")
    names = sorted({run.procedure for run in period.runs})
    rows = []
    for name in names:
        own = [run for run in period.runs if run.procedure == name and not run.is_training]
        training = sum(run.is_training for run in period.runs if run.procedure == name)
        middle = median_s(own)
        clean = sum(not any(is_urgent(kind) for kind in run.findings) for run in own)
        rows.append(
            (
                name,
                str(len(own)),
                str(sum(run.result == "finished" for run in own)),
                str(clean),
                spent(middle) if middle is not None else "---",
                str(training),
            )
        )
    yield Listing(
        (
            ReportColumn(tr("Procedure"), 3.0),
            ReportColumn(tr("Runs"), 1.0, "right"),
            ReportColumn(tr("Finished"), 1.0, "right"),
            ReportColumn(tr("Without exception"), 1.3, "right"),
            ReportColumn(tr("Middle of the time taken"), 1.7, "right"),
            ReportColumn(tr("In training"), 1.0, "right"),
        ),
        tuple(rows),
        empty=tr("No procedure was run in this period."),
    )
    found = Counter[str]()
    for run in period.runs:
        for kind, count in run.findings.items():
            found[tr(FINDING_NAMES[kind])] += count
    if found:
        yield Listing(
            (
                ReportColumn(tr("What was not as planned"), 4.0),
                ReportColumn(tr("How often"), 1, "right"),
            ),
            tuple((name, str(count)) for name, count in found.most_common()),
        )
