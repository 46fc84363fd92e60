"""What the records say in figures: failures, repairs, service times, first time right, fluid.

Pure, over the work book. A failure is an order that came from an alarm, a Xid or a failed check,
was not cancelled, and is about a thing with a serial number (named by the order, or sitting at that
time where the order says). Times in service are those in a tank, a server or a rack.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from console.work.assets.equipment import Asset, Equipment
from console.work.assets.places import Place, PlaceKind
from console.work.book import WorkBook
from console.work.orders.model import Order, Origin
from console.work.orders.rules import State
from console.work.people.roster import Person, Roster
from console.work.rates import Rate, Spread, spread

FAULTS = frozenset({Origin.ALARM, Origin.XID, Origin.CHECK})
_IN_SERVICE = frozenset({PlaceKind.TANK, PlaceKind.SERVER, PlaceKind.RACK})
_HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when, UTC microseconds; ``since <= t < until``."""

    since_us: int
    until_us: int

    def holds(self, utc_us: int) -> bool:
        """Whether a moment is in it."""
        return self.since_us <= utc_us < self.until_us

    def overlap_h(self, since_us: int, until_us: int) -> float:
        """Return how many hours of a stretch are in it."""
        return max(min(until_us, self.until_us) - max(since_us, self.since_us), 0) / _HOUR_US


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure: which thing, where it was, when, on which order."""

    serial: str
    place: str
    utc_us: int
    order: str


def failures(book: WorkBook, window: Window) -> list[Failure]:
    """Return the failures of a window, oldest first."""
    found, sitting = [], _Sitting(book.assets)
    for order in book.orders.all():
        at_us = order.opened.utc_us
        if order.source.origin not in FAULTS or order.state is State.CANCELLED:
            continue
        if not window.holds(at_us):
            continue
        asset = book.assets.get(order.serial) if order.serial else sitting.at(order.about, at_us)
        if asset:
            found.append(Failure(asset.serial, place_at(asset, at_us), at_us, order.number))
    return sorted(found, key=lambda failure: failure.utc_us)


def failure_rates(
    book: WorkBook, window: Window, by: Callable[[Asset, str], str]
) -> Mapping[str, Rate]:
    """Return the rate of each group; ``by`` names the group of a thing at a place (or nothing)."""
    hours: dict[str, float] = defaultdict(float)
    pieces: dict[str, set[str]] = defaultdict(set)
    for asset in book.assets.all():
        for place, since_us, until_us in _served(asset, window.until_us):
            group, spent_h = by(asset, place), window.overlap_h(since_us, until_us)
            if group and spent_h > 0:
                hours[group] += spent_h
                pieces[group].add(asset.serial)
    counts: dict[str, int] = defaultdict(int)
    for failure in failures(book, window):
        failed = book.assets.get(failure.serial)
        group = by(failed, failure.place) if failed else ""
        if group:
            counts[group] += 1
    groups = sorted({*hours, *counts})
    return {g: Rate(counts[g], hours[g], len(pieces[g])) for g in groups}


def by_model(asset: Asset, _place: str) -> str:
    """Group by model."""
    return asset.model


def by_batch(asset: Asset, _place: str) -> str:
    """Group by model and batch, where the batch is known."""
    return f"{asset.model} {asset.batch}".strip() if asset.batch else ""


def by_position(_asset: Asset, place: str) -> str:
    """Group by where it sat."""
    return place


def repair_times(
    book: WorkBook, window: Window, by: Callable[[Asset, str], str] = by_model
) -> Mapping[str, Spread]:
    """Return how long it took from a failure's order to the work being done, by group, hours."""
    hours: dict[str, list[float]] = defaultdict(list)
    for failure in failures(book, window):
        order, asset = book.orders.get(failure.order), book.assets.get(failure.serial)
        done_us = _done_us(order) if order else None
        if asset and done_us:
            hours[by(asset, failure.place)].append((done_us - failure.utc_us) / _HOUR_US)
    found = {group: spread(several) for group, several in hours.items() if group}
    return {group: told for group, told in sorted(found.items()) if told}


@dataclass(frozen=True, slots=True)
class OrderFigures:
    """Orders of a window: opened, closed, late; how many were right the first time of how many."""

    opened: int
    closed: int
    late: int
    right_first_time: int
    reviewed: int
    downtime_h: float
    labour_h: float
    to_close: Spread | None


def order_figures(orders: Iterable[Order], window: Window) -> OrderFigures:
    """Return the figures of the orders of a window.

    An order is right the first time when its review did not return it, and late when it was closed
    after it was due.
    """
    opened = closed = late = right = reviewed = 0
    down_h = labour_h = 0.0
    took: list[float] = []
    for order in orders:
        opened += window.holds(order.opened.utc_us)
        for span in (*order.downtime, *order.labour):
            end_us = span.ended.utc_us if span.ended else window.until_us
            spent_h = window.overlap_h(span.began.utc_us, end_us)
            if span in order.downtime:
                down_h += spent_h
            else:
                labour_h += spent_h
        ended = _moved_us(order, State.CLOSED)
        if ended is None or not window.holds(ended):
            continue
        closed += 1
        reviewed += 1
        late += bool(order.due_us and ended > order.due_us)
        right += not any(move.to is State.RETURNED for move in order.moves)
        took.append((ended - order.opened.utc_us) / _HOUR_US)
    return OrderFigures(opened, closed, late, right, reviewed, down_h, labour_h, spread(took))


@dataclass(frozen=True, slots=True)
class Coverage:
    """Who of the active people has a qualification: now, for 30 days more, and who had it once."""

    qualification: str
    valid: tuple[str, ...]
    expiring: tuple[str, ...]
    expired: tuple[str, ...]


def coverage(roster: Roster, now_us: int, wanted: Iterable[str] = ()) -> Sequence[Coverage]:
    """Return the coverage of every qualification that somebody has or had, and of those wanted."""
    people = roster.active()
    names = {name for person in people for name in person.qualified} | set(wanted)
    return [_coverage(name, people, now_us) for name in sorted(names)]


def _coverage(name: str, people: Sequence[Person], now_us: int) -> Coverage:
    having = [person for person in people if name in person.qualified]
    valid = [person for person in having if person.has(name, now_us)]
    ending = [p for p in valid if any(q.id == name for q in p.expiring(now_us))]
    return Coverage(
        name,
        tuple(person.id for person in valid),
        tuple(person.id for person in ending),
        tuple(person.id for person in having if person not in valid),
    )


# ---- where things were ----


def place_at(asset: Asset, utc_us: int) -> str:
    """Return where a thing was at a moment, as text; empty where that was never told."""
    before = [stay for stay in asset.stays if stay.from_us <= utc_us]
    return str(before[-1].place) if before else ""


class _Sitting:
    """What sat in which slot of which server when: found by the place, not among all things."""

    def __init__(self, assets: Equipment) -> None:
        self._found: dict[tuple[str, str], list[Asset]] = defaultdict(list)
        for asset in assets.all():
            for key in {_slot_of(stay.place) for stay in asset.stays}:
                if key is not None:
                    self._found[key].append(asset)

    def at(self, part: str, utc_us: int) -> Asset | None:
        """Return what sat in a part of the site (``node-1/gpu0``) at a moment."""
        host, _, slot = part.partition("/gpu")
        for asset in self._found.get((host.upper(), slot), ()):
            place = place_at(asset, utc_us)
            if place and _slot_of(Place.parse(place)) == (host.upper(), slot):
                return asset
        return None


def _slot_of(place: Place) -> tuple[str, str] | None:
    return (place.holder, place.slot) if place.kind is PlaceKind.SERVER else None


def _served(asset: Asset, until_us: int) -> Iterable[tuple[str, int, int]]:
    for number, stay in enumerate(asset.stays):
        if stay.place.kind in _IN_SERVICE:
            is_last = number + 1 == len(asset.stays)
            end_us = until_us if is_last else asset.stays[number + 1].from_us
            yield str(stay.place), stay.from_us, end_us


def _done_us(order: Order) -> int | None:
    """When the work of an order was given to review the last time, or closed."""
    return _moved_us(order, State.REVIEW) or _moved_us(order, State.CLOSED)


def _moved_us(order: Order, to: State) -> int | None:
    found = [move.at.utc_us for move in order.moves if move.to is to]
    return found[-1] if found else None
