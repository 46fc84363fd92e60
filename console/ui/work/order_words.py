"""How orders read on screen: people, procedures, clocks, times and money."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from console.session.session import Session
from console.session.workplace import Workplace
from console.text import language, tr
from console.ui import formats
from console.work.book import WorkBook
from console.work.events import Moment
from console.work.orders.clocks import ServiceClock, is_overdue, service_clocks
from console.work.orders.model import Order, ProcedureRef
from console.work.orders.rules import STATE_NAMES
from procedures.revision import Revision
from procedures.spec_parts import SOURCE_LANGUAGE

_NO_BREAK = "\N{NO-BREAK SPACE}"
_WITHOUT_CENTS = frozenset({"CLP", "ISK", "JPY", "KRW", "VND"})
DOT = " \N{MIDDLE DOT} "


@dataclass(frozen=True, slots=True)
class ClockText:
    """One clock in words; ``is_late`` where it took longer than promised."""

    text: str
    is_late: bool = False


def words_of(text: object) -> str:
    """Return a text of a procedure in the reader's language, else in English."""
    found = text if isinstance(text, dict) else {}
    return str(found.get(language()) or found.get(SOURCE_LANGUAGE, ""))


def person_name(book: WorkBook, person: str) -> str:
    """Return somebody's name; the id of who is not on the roster."""
    found = book.people.get(person)
    return found.name if found else person


def names_of(book: WorkBook, people: Iterable[str]) -> str:
    """Return names in a row, ``-`` for nobody."""
    return ", ".join(person_name(book, one) for one in people) or "-"


def short_number(number: str) -> str:
    """Return what tells a number from others on a card: without the letters that all have."""
    return number.removeprefix("WO-")


def state_name(order: Order) -> str:
    """Return the name of an order's state."""
    return tr(STATE_NAMES[order.state])


def place_name(session: Session, part: str) -> str:
    """Return the name of a part with its tank: ``Tank 3 · Node 5 GPU 2``."""
    if not part:
        return tr("No part named")
    tank, name = session.tank_of(part), session.name_of(part)
    if tank is None or tank.id == part:
        return name
    return f"{tank.name}{DOT}{name}"


def revision_of(place: Workplace, ref: ProcedureRef | None) -> Revision | None:
    """Return the text that an order names, where the log holds it."""
    return place.runs.procedures.revisions.get(ref.revision) if ref else None


def procedure_name(place: Workplace, ref: ProcedureRef | None) -> str:
    """Return the title of the procedure that an order names; empty where it names none."""
    if ref is None:
        return ""
    revision = revision_of(place, ref)
    return words_of(revision.procedure.title) if revision else ref.id


def span_text(seconds: float) -> str:
    """Return a length of time: ``42 s``, ``12 min``, ``3 h 05 min``, ``2 d 4 h``."""
    whole = max(int(seconds), 0)
    minutes, hours, days = whole // 60 % 60, whole // 3600 % 24, whole // 86_400
    if days:
        return _pair(tr("{n} d", n=days), tr("{n} h", n=hours) if hours else "")
    if hours:
        return _pair(tr("{n} h", n=hours), tr("{n} min", n=f"{minutes:02d}") if minutes else "")
    return tr("{n} min", n=minutes) if minutes else tr("{n} s", n=whole)


def _pair(first: str, second: str) -> str:
    return f"{first}{_NO_BREAK}{second}" if second else first


def clock_text(clock: ServiceClock) -> ClockText:
    """Return one service clock: what is left, that it is late, or that it stands."""
    name = tr(clock.name)
    if clock.paused:
        return ClockText(tr("{clock} stands still", clock=name))
    if not clock.running:
        return ClockText(
            tr("{clock} took {time}", clock=name, time=span_text(clock.spent_s)), clock.broken
        )
    if clock.broken:
        late = span_text(-clock.left_s)
        return ClockText(tr("{clock} late by {time}", clock=name, time=late), is_late=True)
    return ClockText(tr("{clock} in {time}", clock=name, time=span_text(clock.left_s)))


def clock_state(clock: ServiceClock, book: WorkBook) -> str:
    """Return how a service clock stands, without its name: spent, of how much, and its state."""
    spent, limit = span_text(clock.spent_s), span_text(clock.limit_s)
    if clock.paused:
        state = tr("stands: {why}", why=pause_name(book, clock.paused))
    elif clock.broken:
        state = tr("late by {time}", time=span_text(-clock.left_s))
    elif clock.running:
        state = tr("{time} left", time=span_text(clock.left_s))
    else:
        state = tr("kept")
    return tr("{spent} of {limit}, {state}", spent=spent, limit=limit, state=state)


def pause_name(book: WorkBook, reason: str) -> str:
    """Return a reason for waiting in words; one from another version as it is."""
    rule = book.rules.pause_rule(reason)
    return tr(rule.name) if rule else reason


def tightest(order: Order, book: WorkBook, now: Moment) -> ClockText:
    """Return the clock of a card: the one that is broken or runs out first; else when it is due."""
    if order.state.is_over:
        last = order.moves[-1].at.utc_us if order.moves else order.opened.utc_us
        return ClockText(f"{state_name(order)} {day_clock(last, now.utc_us)}")
    clocks: Sequence[ServiceClock] = [
        clock for clock in service_clocks(order, book.rules, now) if clock.running or clock.paused
    ]
    running = [clock for clock in clocks if clock.running]
    chosen = min(running or clocks, key=lambda clock: clock.left_s, default=None)
    if is_overdue(order, now.utc_us) and not (chosen and chosen.broken):
        late = span_text((now.utc_us - order.due_us) / 1e6)
        return ClockText(tr("Overdue by {time}", time=late), is_late=True)
    if chosen is not None:
        return clock_text(chosen)
    if order.due_us:
        return ClockText(tr("Due {time}", time=day_clock(order.due_us, now.utc_us)))
    return ClockText("")


def day_clock(utc_us: int, now_us: int) -> str:
    """Return a moment to the minute: ``14:05`` today, else with its date."""
    return formats.clock(utc_us, now_us)[:-3]


def per_unit(currency: str) -> int:
    """Return how many of its smallest unit one of a currency is."""
    return 1 if currency in _WITHOUT_CENTS else 100


def money(amount_minor: int, currency: str) -> str:
    """Return an amount of a currency's smallest unit as people write it: ``1234.50 EUR``."""
    units = per_unit(currency)
    amount = formats.decimal(amount_minor / units, 2 if units > 1 else 0)
    return f"{amount}{_NO_BREAK}{currency}"
