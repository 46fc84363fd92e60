"""How long an order has taken against what was promised; pauses count where their rule says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.work.events import Moment
from console.work.orders.model import Order
from console.work.orders.rules import ClockRule, OrderRules, State


@dataclass(frozen=True, slots=True)
class ServiceClock:
    """One clock of an order: seconds spent of a limit; ``paused`` names the reason it stands."""

    id: str
    name: str
    limit_s: float
    spent_s: float
    running: bool
    paused: str = ""

    @property
    def left_s(self) -> float:
        """Seconds left; negative when broken."""
        return self.limit_s - self.spent_s

    @property
    def broken(self) -> bool:
        """Whether it took longer than promised."""
        return self.spent_s > self.limit_s


def service_clocks(order: Order, rules: OrderRules, now: Moment) -> Sequence[ServiceClock]:
    """Return the clocks of an order in the order of the table."""
    found = []
    for rule in rules.clock:
        limit_s = rule.limit_s(order.priority)
        if limit_s is not None:
            found.append(_clock(order, rule, rules, limit_s, now))
    return found


def due_us(priority: int, opened_us: int, rules: OrderRules) -> int:
    """Return when an order should be done unless somebody says otherwise; 0 for never."""
    last = next((rule for rule in reversed(rules.clock)), None)
    limit_s = last.limit_s(priority) if last else None
    return opened_us + round(limit_s * 1e6) if limit_s is not None else 0


def is_overdue(order: Order, utc_us: int) -> bool:
    """Whether an order that is not over should have been done."""
    return not order.state.is_over and 0 < order.due_us < utc_us


def _clock(
    order: Order, rule: ClockRule, rules: OrderRules, limit_s: float, now: Moment
) -> ServiceClock:
    stops = [
        (span.began, span.ended or now) for span in order.pauses if _stops(span.what, rule, rules)
    ]
    spent_us = sum(_less(began, ended, stops) for began, ended in _runs(order, rule, now))
    running = order.state not in rule.stops_in
    pause = order.paused
    is_paused = running and pause is not None and _stops(pause.what, rule, rules)
    reason = pause.what if is_paused and pause is not None else ""
    return ServiceClock(
        rule.id, rule.name, limit_s, spent_us / 1e6, running and not is_paused, reason
    )


def _runs(order: Order, rule: ClockRule, now: Moment) -> Sequence[tuple[Moment, Moment]]:
    """Return the stretches in which the order was in states where the clock runs."""
    found: list[tuple[Moment, Moment]] = []
    began, state = order.opened, State.REQUEST
    for move in (*order.moves, None):
        ended = move.at if move else now
        if state not in rule.stops_in:
            found.append((began, ended))
        if move:
            began, state = move.at, move.to
    return found


def _less(began: Moment, ended: Moment, stops: Sequence[tuple[Moment, Moment]]) -> int:
    """Return the microseconds of a stretch, less those of the pauses in it.

    Pauses of an order never overlap; each is laid over the stretch by the wall clock.
    """
    spent = ended.since(began)
    for first, last in stops:
        low, high = max(first.utc_us, began.utc_us), min(last.utc_us, ended.utc_us)
        if high > low:
            spent -= high - low
    return max(spent, 0)


def _stops(reason: str, rule: ClockRule, rules: OrderRules) -> bool:
    found = rules.pause_rule(reason)
    return found is not None and rule.id in found.stops
