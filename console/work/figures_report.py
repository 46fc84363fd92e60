"""All figures of a period at once: what a supervisor reads, and what is copied as text. Pure.

Counts stand before rates, and a rate that rests on too little says so itself (:func:`is_thin`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from console.work.assets.fluid import ADDS, FluidLedger, Why
from console.work.book import WorkBook
from console.work.events import Moment
from console.work.figures import (
    Coverage,
    OrderFigures,
    Window,
    by_batch,
    by_model,
    by_position,
    coverage,
    failure_rates,
    failures,
    order_figures,
    repair_times,
)
from console.work.orders.clocks import service_clocks
from console.work.orders.model import Order
from console.work.orders.rules import OrderRules, State
from console.work.rates import Rate, Spread, share_interval

DAY_US = 86_400_000_000
PERIODS_DAYS: Mapping[str, int] = {"30": 30, "90": 90, "365": 365, "all": 0}
"""The periods that can be chosen, in days before now; 0 is everything."""
GROUPS = {"model": by_model, "batch": by_batch, "position": by_position}
"""What failures are grouped by."""
LOST = frozenset({Why.DRAG_OUT, Why.SPILL, Why.VAPOUR})
"""Fluid that is gone without anybody having wanted it."""
_THIN_FAILURES = 3
_THIN_SHARE = 10


@dataclass(frozen=True, slots=True)
class ClockKept:
    """A service clock over the orders that ended in a period: how many kept it, of how many."""

    id: str
    name: str
    kept: int
    of: int


@dataclass(frozen=True, slots=True)
class TankFluid:
    """Litres of a tank in a period: lost unwanted, topped up and filled, taken out on purpose."""

    tank: str
    lost_l: float
    added_l: float
    taken_l: float
    balance_l: float | None
    is_measured: bool


@dataclass(frozen=True, slots=True)
class FiguresReport:
    """Everything of one period. ``rates`` and ``repairs`` are by group, then by its name."""

    window: Window
    failures: int
    rates: Mapping[str, Mapping[str, Rate]]
    repairs: Mapping[str, Mapping[str, Spread]]
    orders: OrderFigures
    right_first_time: tuple[float, float] | None
    clocks: Sequence[ClockKept]
    fluid: Sequence[TankFluid]
    coverage: Sequence[Coverage]


def window_of(book: WorkBook, days: int, now_us: int) -> Window:
    """Return the period of so many days up to now, now included; 0: since anything was told."""
    if days:
        return Window(now_us - days * DAY_US, now_us + 1)
    moments = [order.opened.utc_us for order in book.orders.all()]
    moments += [asset.stays[0].from_us for asset in book.assets.all() if asset.stays]
    moments += [entry.utc_us for tank in book.fluid.tanks() for entry in book.fluid.entries(tank)]
    return Window(min(moments, default=now_us), now_us + 1)


def figures_report(
    book: WorkBook, window: Window, now: Moment, wanted: Iterable[str] = ()
) -> FiguresReport:
    """Return the figures of a period. ``wanted`` names qualifications that somebody should have.

    With 5,000 orders and things this takes long enough to be kept from the window's thread.
    """
    orders = book.orders.all()
    told = order_figures(orders, window)
    return FiguresReport(
        window,
        len(failures(book, window)),
        {name: failure_rates(book, window, by) for name, by in GROUPS.items()},
        {name: repair_times(book, window, by) for name, by in GROUPS.items()},
        told,
        share_interval(told.right_first_time, told.reviewed),
        clocks_kept(orders, book.rules, window, now),
        fluid_of(book.fluid, window),
        coverage(book.people, now.utc_us, wanted),
    )


def is_thin(rate: Rate) -> bool:
    """Whether so little is known that the rate itself says next to nothing.

    Fewer than three failures, or an interval whose ends are more than ten times apart.
    """
    interval = rate.interval_per_year
    if interval is None or rate.failures < _THIN_FAILURES:
        return True
    low, high = interval
    return high > low * _THIN_SHARE


def clocks_kept(
    orders: Iterable[Order], rules: OrderRules, window: Window, now: Moment
) -> Sequence[ClockKept]:
    """Return how many orders that were closed in a period kept each service clock."""
    kept: dict[str, int] = {}
    of: dict[str, int] = {}
    for order in orders:
        if order.state is not State.CLOSED or not window.holds(order.moves[-1].at.utc_us):
            continue
        for clock in service_clocks(order, rules, now):
            of[clock.id] = of.get(clock.id, 0) + 1
            kept[clock.id] = kept.get(clock.id, 0) + (not clock.broken)
    return [
        ClockKept(rule.id, rule.name, kept[rule.id], of[rule.id])
        for rule in rules.clock
        if rule.id in of
    ]


def fluid_of(ledger: FluidLedger, window: Window) -> Sequence[TankFluid]:
    """Return what came and went in every tank with an account."""
    return [_tank(ledger, tank, window) for tank in ledger.tanks()]


def _tank(ledger: FluidLedger, tank: str, window: Window) -> TankFluid:
    entries = [entry for entry in ledger.entries(tank) if window.holds(entry.utc_us)]
    lost = [entry for entry in entries if entry.why in LOST]
    return TankFluid(
        tank,
        sum(entry.litres for entry in lost),
        sum(entry.litres for entry in entries if entry.why in ADDS),
        sum(entry.litres for entry in entries if entry.why not in ADDS | LOST),
        ledger.balance_l(tank),
        all(entry.measured for entry in lost),
    )
