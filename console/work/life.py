"""The whole life of one thing: every place it was in, and which events of the log are about it.

Pure. What happened at a place is told of whatever sat there then: a Xid of ``node-1/gpu0`` belongs
to the serial number that was in slot 0 of that server at that time, and to no other one. An event
that names a serial number itself is about that one, wherever the records have it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from console.work.assets.equipment import Asset
from console.work.assets.places import Place, PlaceKind, serial_of
from console.work.book import WorkBook
from console.work.events import Happening, text_of

_FOR_EVER = 2**62
RUN_MARKS = frozenset(
    {
        "work.requested",
        "work.begun",
        "work.finished",
        "work.aborted",
        "work.made_safe",
        "work.step_failed",
        "work.gate_overridden",
        "work.heat_before",
        "work.accepted_heat",
    }
)
"""What a life tells of a run: how it began and ended, what went wrong, what was measured."""
_OF_HOST = RUN_MARKS - {"work.requested"}
_NAMES = ("serial", "serial_number")
_IN_SERVER = f"{PlaceKind.SERVER}:"


@dataclass(frozen=True, slots=True)
class HostAt:
    """A host as the site file has it: its parts in slot order, where its server sits."""

    id: str
    tank: str = ""
    slot: str = ""
    gpus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the site in a time (UTC, ``since <= t < until``) that was the thing.

    ``kinds`` None: every event; else only those, for something around it.
    """

    part: str
    since_us: int
    until_us: int
    kinds: frozenset[str] | None = None

    def holds(self, event: Happening) -> bool:
        """Whether an event is of this part in this time."""
        if event.subject != self.part or not self.since_us <= event.utc_us < self.until_us:
            return False
        return self.kinds is None or event.kind in self.kinds


@dataclass(frozen=True, slots=True)
class Band:
    """A stay as it is drawn: where, with what around it, from when to when (UTC).

    ``until_us`` is now where it lasts. ``part`` is the part of the site that it was, if any;
    ``thing`` names what sat there where the life is that of a tank.
    """

    place: Place
    since_us: int
    until_us: int
    lasts: bool
    around: Place | None = None
    part: str = ""
    thing: str = ""


@dataclass(frozen=True, slots=True)
class Life:
    """What is known of a thing. ``subject`` is as it was asked for, ``part`` what it is now."""

    subject: str
    serial: str = ""
    part: str = ""
    asset: Asset | None = None
    is_tank: bool = False
    bands: tuple[Band, ...] = ()
    spans: tuple[Span, ...] = ()
    orders: tuple[str, ...] = ()

    @property
    def since_us(self) -> int:
        """When it is first known, UTC; 0 where that was never told."""
        return min((band.since_us for band in self.bands), default=0)

    def part_at(self, utc_us: int) -> str:
        """Return the part of the site that it was at a moment; empty where it was none."""
        if self.is_tank or not self.bands:
            return self.part
        here = (band.part for band in self.bands if band.since_us <= utc_us < band.until_us)
        return next(here, self.part if utc_us >= self.bands[-1].until_us else "")

    def is_about(self, event: Happening) -> bool:
        """Whether an event belongs to this life."""
        if event.kind.startswith("work.") and event.kind not in RUN_MARKS:
            return False
        if event.subject in self.orders:
            return True
        named = _named(event)
        if self.serial and (serial_of(event.subject) == self.serial or self.serial in named):
            return True
        if self.serial and named:
            return False  # it says itself that it is about another one
        if self.serial and self._holds_it(event):
            return True
        return any(span.holds(event) for span in self.spans)

    def _holds_it(self, event: Happening) -> bool:
        """Whether another thing was put into this one, or taken out."""
        for end in ("to", "from"):
            told = text_of(event.body, end)
            if told.startswith(_IN_SERVER):
                return serial_of(told.removeprefix(_IN_SERVER).partition("/")[0]) == self.serial
        return False


def _named(event: Happening) -> set[str]:
    """Return the serial numbers that an event says it is about."""
    told = [text_of(event.body, name) for name in _NAMES]
    several = event.body.get("serials")
    if isinstance(several, Sequence) and not isinstance(several, str):
        told += [str(one) for one in several]
    return {serial_of(one) for one in told} - {""}


def life_of(
    book: WorkBook,
    hosts: Sequence[HostAt],
    tanks: Iterable[str],
    subject: str,
    now_us: int,
    serial: str = "",
) -> Life | None:
    """Return the life of a serial number, a GPU's part, a host or a tank; None of none of these.

    ``serial`` is what the part itself says it is now, where it tells.
    """
    if subject in set(tanks):
        return _of_tank(book, subject, now_us)
    host = next((h for h in hosts if h.id == subject.partition("/")[0]), None)
    if host is not None:
        asset = book.assets.get(serial) if serial else None
        asset = asset or _asset_in(book, host, subject)
        if asset is None:
            return _of_part(book, subject)
        return _of_asset(book, hosts, asset, subject, now_us)
    asset = book.assets.get(subject)
    return _of_asset(book, hosts, asset, asset.serial, now_us) if asset else None


def found_in(life: Life, events: Iterable[Happening]) -> Iterator[Happening]:
    """Yield those events that belong to a life, each once."""
    seen: set[str] = set()
    for event in events:
        event_id = str(getattr(event, "id", id(event)))
        if event_id not in seen and life.is_about(event):
            seen.add(event_id)
            yield event


# ---- where it was ----


def _of_part(book: WorkBook, part: str) -> Life:
    """A part that no serial number is known of: everything that was told of it."""
    orders = tuple(o.number for o in book.orders.all() if o.about == part and not o.serial)
    return Life(part, part=part, spans=(Span(part, 0, _FOR_EVER),), orders=orders)


def _of_tank(book: WorkBook, tank: str, now_us: int) -> Life:
    bands = [
        Band(stay.place, stay.since_us, stay.until_us, stay.lasts, thing=asset.serial)
        for asset in book.assets.all()
        for stay in _stays(asset, now_us)
        if (stay.place.kind, stay.place.holder) == (PlaceKind.TANK, tank)
    ]
    bands.sort(key=lambda band: (_slot_number(band.place), band.since_us))
    orders = tuple(order.number for order in book.orders.all() if order.about == tank)
    spans = (Span(tank, 0, _FOR_EVER),)
    return Life(tank, part=tank, is_tank=True, bands=tuple(bands), spans=spans, orders=orders)


def _of_asset(
    book: WorkBook, hosts: Sequence[HostAt], asset: Asset, subject: str, now_us: int
) -> Life:
    bands = tuple(band for stay in _stays(asset, now_us) for band in _bands(book, hosts, stay))
    spans = tuple(span for band in bands for span in _spans(hosts, band))
    part = bands[-1].part if bands and bands[-1].lasts else ""
    orders = tuple(
        order.number
        for order in book.orders.all()
        if serial_of(order.serial) == asset.serial
        or (not order.serial and _was(spans, order.about, order.opened.utc_us))
    )
    return Life(subject, asset.serial, part, asset, bands=bands, spans=spans, orders=orders)


def _was(spans: Iterable[Span], part: str, utc_us: int) -> bool:
    return any(
        span.part == part and span.kinds is None and span.since_us <= utc_us < span.until_us
        for span in spans
    )


@dataclass(frozen=True, slots=True)
class _Stay:
    place: Place
    since_us: int
    until_us: int
    lasts: bool

    def within(self, since_us: int, until_us: int, *, lasts: bool) -> _Stay | None:
        """Return the part of it within a time; None where there is none."""
        low, high = max(self.since_us, since_us), min(self.until_us, until_us)
        if low >= high:
            return None
        return _Stay(self.place, low, high, self.lasts and lasts)


def _stays(asset: Asset, now_us: int) -> Iterator[_Stay]:
    for number, stay in enumerate(asset.stays):
        lasts = number + 1 == len(asset.stays)
        until_us = max(now_us, stay.from_us + 1) if lasts else asset.stays[number + 1].from_us
        if stay.from_us < until_us:
            yield _Stay(stay.place, stay.from_us, until_us, lasts)


def _bands(book: WorkBook, hosts: Sequence[HostAt], stay: _Stay) -> Iterator[Band]:
    """Yield a stay, in a server one band for each place that the server was in meanwhile."""
    place = stay.place
    if place.kind is not PlaceKind.SERVER:
        yield Band(place, stay.since_us, stay.until_us, stay.lasts, part=_host_at(hosts, place, ""))
        return
    server = book.assets.get(place.holder)
    at_us = stay.since_us
    for its in _stays(server, stay.until_us) if server else ():
        inside = its.within(stay.since_us, stay.until_us, lasts=True)
        if inside is None:
            continue
        if inside.since_us > at_us:  # where the server was before that was never told
            yield _in_server(hosts, place, _Stay(place, at_us, inside.since_us, False), None)
        lasts = stay.lasts and its.lasts
        between = _Stay(place, inside.since_us, inside.until_us, lasts)
        yield _in_server(hosts, place, between, its.place)
        at_us = inside.until_us
    if at_us < stay.until_us:
        yield _in_server(hosts, place, _Stay(place, at_us, stay.until_us, stay.lasts), None)


def _in_server(hosts: Sequence[HostAt], place: Place, stay: _Stay, around: Place | None) -> Band:
    host = _host_at(hosts, around, place.holder)
    part = f"{host}/gpu{place.slot}" if host and place.slot else host
    return Band(place, stay.since_us, stay.until_us, stay.lasts, around, part)


def _host_at(hosts: Sequence[HostAt], place: Place | None, server: str) -> str:
    """Return the host that a server is: by its slot, else by the name it was taken over under."""
    if place is not None and place.kind is PlaceKind.TANK and place.slot:
        wanted = place.holder, place.slot
        return next((h.id for h in hosts if (h.tank, h.slot) == wanted), "")
    if place is not None and place.kind is PlaceKind.RACK:
        return next((h.id for h in hosts if h.id == place.holder), "")
    if place is not None:  # on a bench, in a store: no host
        return ""
    return next((h.id for h in hosts if serial_of(h.id) == server), "")


def _spans(hosts: Sequence[HostAt], band: Band) -> Iterator[Span]:
    """Yield what the thing was meanwhile: its part whole, what is around it for work on it."""
    if not band.part:
        return
    until_us = _FOR_EVER if band.lasts else band.until_us
    yield Span(band.part, band.since_us, until_us)
    host = next((h for h in hosts if h.id == band.part.partition("/")[0]), None)
    if host is None:
        return
    if host.id == band.part:
        for gpu in host.gpus:
            yield Span(gpu, band.since_us, until_us)
    else:
        yield Span(host.id, band.since_us, until_us, _OF_HOST)


def _asset_in(book: WorkBook, host: HostAt, subject: str) -> Asset | None:
    """Return what the records have at a part of the site now."""
    at = Place(PlaceKind.TANK, host.tank, host.slot) if host.tank else None
    found = book.assets.at(at) if at and at.slot else ()
    server = found[0] if found else book.assets.get(serial_of(host.id))
    if "/" not in subject or server is None:
        return server
    slot = subject.rpartition("/gpu")[2]
    inside = book.assets.at(Place(PlaceKind.SERVER, server.serial, slot))
    return inside[0] if inside else None


def _slot_number(place: Place) -> tuple[int, str]:
    return (int(place.slot) if place.slot.isdecimal() else 999, place.slot)
