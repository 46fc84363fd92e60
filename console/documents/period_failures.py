"""Failures by model, batch and position: counts, rates with their interval, times to repair."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf, isfinite, nan

from console.documents.model import Block, Heading, Paragraph
from console.documents.period_data import Period
from console.documents.report_model import Estimate, Estimates, Listing, ReportColumn
from console.documents.report_words import Told
from console.text import tr
from console.work.assets.equipment import Asset
from console.work.figures import (
    by_batch,
    by_model,
    by_position,
    failure_rates,
    failures,
    repair_times,
)
from console.work.rates import YEAR_H, Rate
from console.work.words import place_words

_MOST_ROWS, _FEW = 30, 12


def failure_blocks(period: Period, told: Told) -> Iterator[Block]:
    """Yield what failed, and how often what is of one kind fails."""
    found = failures(period.book, period.window)
    yield Heading(tr("Failures"), anchor="failures")
    yield Listing(
        (
            ReportColumn(tr("Time (UTC)"), 1.6),
            ReportColumn(tr("Serial number"), 1.8),
            ReportColumn(tr("Model"), 1.8),
            ReportColumn(tr("Place"), 2.0),
            ReportColumn(tr("Work order"), 2.0),
        ),
        tuple(
            (
                told.clock.utc(one.utc_us),
                one.serial,
                _model(period, one.serial),
                _where(one.place),
                one.order,
            )
            for one in found
        ),
        empty=tr("Nothing with a serial number failed in this period."),
    )
    groups: tuple[tuple[str, Callable[[Asset, str], str], Callable[[str], str]], ...] = (
        (tr("Model"), by_model, str),
        (tr("Batch"), by_batch, str),
        (tr("Position"), by_position, _where),
    )
    for name, by, name_of in groups:
        yield from _rates(period, name, by, name_of)
    yield Paragraph(
        tr(
            "Failures are orders that came from an alarm, a Xid or a failed check about a thing"
            " with a serial number. Rates are failures per piece and year in service; the interval"
            " holds the true rate at 90 % (Jeffreys)."
        ),
        "small",
    )
    yield from _repairs(period)


def _model(period: Period, serial: str) -> str:
    found = period.book.assets.get(serial)
    return found.model if found and found.model else "---"


def _where(place: str) -> str:
    try:
        return place_words(place)
    except ValueError:
        return place or "---"


def _rates(
    period: Period, group: str, by: Callable[[Asset, str], str], name_of: Callable[[str], str]
) -> Iterator[Block]:
    rates = failure_rates(period.book, period.window, by)
    if not rates:
        return
    worst = sorted(rates.items(), key=lambda pair: (-pair[1].failures, -(pair[1].per_year or 0)))
    with_some = [(name, rate) for name, rate in worst if rate.failures]
    shown = (worst if len(worst) <= _FEW else with_some)[:_MOST_ROWS]
    if not shown:
        return
    rows = tuple((name_of(name), *_cells(rate)) for name, rate in shown)
    yield Listing(
        (
            ReportColumn(group, 2.6),
            ReportColumn(tr("Pieces"), 0.8, "right"),
            ReportColumn(tr("Piece-years"), 1.0, "right"),
            ReportColumn(tr("Failures"), 0.9, "right"),
            ReportColumn(tr("Rate a year (90 % interval)"), 2.6),
            ReportColumn(tr("Hours between failures (90 %)"), 2.6),
        ),
        rows,
        tr("Failures by {group}", group=group.lower()),
    )
    if len(worst) > len(shown):
        rest = sum(rate.exposure_h for _, rate in worst[len(shown) :]) / YEAR_H
        more = tr(
            "{count} others with fewer failures or none, {years} piece-years.",
            count=len(worst) - len(shown),
            years=f"{rest:.2f}",
        )
        yield Paragraph(more, "small")
    if with_some:
        alt = tr("Each rate with its interval; the numbers are in the table.")
        estimates = tuple(_estimate(name_of(name), rate) for name, rate in with_some[:12])
        yield Estimates(tr("Failures a year by {group}", group=group.lower()), estimates, "%", alt)


def _cells(rate: Rate) -> tuple[str, ...]:
    return (
        str(rate.pieces),
        f"{rate.exposure_h / YEAR_H:.2f}",
        str(rate.failures),
        rate_text(rate),
        mtbf_text(rate),
    )


def three(number: float) -> str:
    """Return a number with three digits that count, never with an exponent: ``1290``, ``7.32``."""
    rounded = float(f"{number:.3g}")
    return f"{rounded:.0f}" if rounded >= 100 else f"{rounded:g}"


def rate_text(rate: Rate) -> str:
    """Return a rate in percent a year with its interval; unknown without any time in service."""
    interval, found = rate.interval_per_year, rate.per_year
    if interval is None or found is None:
        return "---"
    low, high = interval
    return f"{three(found * 100)} % ({three(low * 100)} – {three(high * 100)} %)"


def mtbf_text(rate: Rate) -> str:
    """Return the mean hours between failures with their interval; only a floor without failures."""
    interval = rate.mtbf_interval_h
    if interval is None:
        return "---"
    low, high = interval
    if rate.mtbf_h is None:
        return tr("at least {low} h", low=three(low))
    top = "∞" if not isfinite(high) else three(high)
    return f"{three(rate.mtbf_h)} h ({three(low)} – {top} h)"


def _estimate(name: str, rate: Rate) -> Estimate:
    low, high = rate.interval_per_year or (nan, inf)
    value = rate.per_year
    text = tr(
        "{failures} in {years} piece-years",
        failures=rate.failures,
        years=f"{rate.exposure_h / YEAR_H:.2f}",
    )
    return Estimate(name, low * 100, value * 100 if value is not None else nan, high * 100, text)


def _repairs(period: Period) -> Iterator[Block]:
    found = repair_times(period.book, period.window)
    if not found:
        return
    rows = tuple(
        (name, str(s.count), f"{s.median_h:.1f}", f"{s.low_h:.1f} – {s.high_h:.1f}")
        for name, s in found.items()
    )
    yield Listing(
        (
            ReportColumn(tr("Model"), 3.0),
            ReportColumn(tr("Repairs"), 1.0, "right"),
            ReportColumn(tr("Median (h)"), 1.2, "right"),
            ReportColumn(tr("Middle 80 % (h)"), 1.8),
        ),
        rows,
        tr("From failure to the work being done"),
    )
