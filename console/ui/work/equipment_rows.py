"""Equipment in words: the rows of its list and the whole life of one serial number. No widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from console.event_text import event_text
from console.text import tr
from console.ui import formats
from console.ui.plain_table import Cell, Column, Ink, Line
from console.ui.work.lazy_lines import LazyLine
from console.work.assets.equipment import Asset
from console.work.assets.places import HOLDS_ONE, Place, PlaceKind
from console.work.book import WorkBook
from console.work.events import Kind
from console.work.words import place_words, state_words

UNKNOWN = "–"
_AROUND = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "
KIND_NAMES = {
    "server": "Server",
    "gpu": "GPU module",
    "part": "Spare part",
    "pump": "Pump",
    "filter": "Filter",
    "cdu": "Cooling unit",
    "nic": "Network card",
    "tool": "Tool",
    "other": "Other",
}
"""What sort of thing an asset is; a key of the catalogue each."""
SORTS = {
    "serial": "Serial number",
    "place": "Place",
    "fluid": "Hours in fluid",
    "out": "Times taken out",
}
"""How the list can be ordered; a key of the catalogue each."""

COLUMNS = (
    Column(lambda: tr("Serial number"), "1650888201334000"),
    Column(lambda: tr("Kind"), "Network card"),
    Column(lambda: tr("Model"), "NVIDIA H100 80GB HBM3", grows=True),
    Column(lambda: tr("Place"), "tank-12/12 › NODE-123/0", grows=True),
    Column(lambda: tr("In fluid"), "12 345 h", right=True),
    Column(lambda: tr("Taken out"), "Taken out 9", right=True),
    Column(lambda: tr("Fluid batch"), "GTL-2026-014"),
    Column(lambda: tr("Warranty"), "until 2028-12-31"),
)
NARROW_HIDES = (5, 6, 7)
"""Columns left out where the list is narrow: the detail beside it has them."""
LIFE_COLUMNS = (
    Column(lambda: tr("When"), "2026-11-21 12:04"),
    Column(lambda: tr("What"), "Moved to tank tank-1, slot 3, by Chen Wei", grows=True),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which equipment is shown: words that must occur, a kind (empty: any), in which order."""

    words: str = ""
    kind: str = ""
    sort: str = "serial"


def kind_words(kind: str) -> str:
    """Return the name of a kind; one that nobody foresaw as it is."""
    return tr(KIND_NAMES[kind]) if kind in KIND_NAMES else kind


def day(utc_us: int) -> str:
    """Return a local date: ``2027-03-01``; one beyond the calendar is told as never ending."""
    try:
        return f"{datetime.fromtimestamp(utc_us / 1e6).astimezone():%Y-%m-%d}"
    except (OverflowError, OSError, ValueError):
        return tr("without end")


def when(utc_us: int, now_us: int) -> str:
    """Return a moment short enough for a narrow column: no seconds where it is not today."""
    told = formats.clock(utc_us, now_us)
    return told[:-3] if len(told) > len("12:04:11") else told


def warranty_words(asset: Asset, now_us: int) -> str:
    """Return how far the warranty goes; a dash where nobody told."""
    if not asset.warranty_until_us:
        return UNKNOWN
    until = day(asset.warranty_until_us)
    if asset.in_warranty(now_us):
        return tr("until {day}", day=until)
    return tr("ended {day}", day=until)


def model_words(book: WorkBook, asset: Asset) -> str:
    """Return the model; of a spare without one, the name of its part number."""
    part = book.stock.part(asset.part) if asset.part and not asset.model else None
    return part.name if part else asset.model or UNKNOWN


def holder_of(book: WorkBook, asset: Asset) -> Asset | None:
    """Return the server that a thing sits in, if that is known."""
    place = asset.place
    is_inside = place is not None and place.kind is PlaceKind.SERVER
    return book.assets.get(place.holder) if place is not None and is_inside else None


def tank_of(book: WorkBook, asset: Asset) -> str:
    """Return the tank that a thing is in, by itself or with its server; empty where it is in none.

    A ring of claims ends after four.
    """
    here: Asset | None = asset
    for _ in range(4):
        if here is None or here.place is None:
            return ""
        if here.place.kind is PlaceKind.TANK:
            return here.place.holder
        here = holder_of(book, here)
    return ""


def where_words(book: WorkBook, asset: Asset) -> str:
    """Return where a thing is, with the tank of the server that it sits in."""
    if asset.claims:
        places = " / ".join(map(place_words, filter(None, (asset.place, *asset.claims))))
        return tr("In doubt: {places}", places=places)
    if asset.place is None:
        return tr("not told")
    holder = holder_of(book, asset)
    here = place_words(asset.place)
    if holder is None or holder.place is None:
        return here
    return f"{here} \N{MIDDLE DOT} {place_words(holder.place)}"


def path_words(book: WorkBook, asset: Asset) -> str:
    """Return where a thing is, short and from the outside in: ``tank-1/1 › NODE-1/0``."""
    place = asset.place
    if asset.claims or place is None or place.kind not in HOLDS_ONE:
        return where_words(book, asset)
    holder = holder_of(book, asset)
    around = holder.place if holder else None
    path = [around, place] if around and around.kind in HOLDS_ONE else [place]
    return _AROUND.join(f"{one.holder}/{one.slot}" if one.slot else one.holder for one in path)


def hours_words(book: WorkBook, asset: Asset, now_us: int) -> str:
    """Return the hours in fluid; a dash for what was never in it."""
    hours = book.assets.immersion_h(asset.serial, now_us)
    was_in = hours or tank_of(book, asset) or book.assets.immersed(asset.serial, now_us)
    return f"{formats.decimal(hours, 0)}\N{NO-BREAK SPACE}h" if was_in else UNKNOWN


def asset_lines(book: WorkBook, wanted: Wanted, now_us: int) -> tuple[Line, ...]:
    """Return a row for each asset that is wanted; its texts are made when it is seen."""
    assets = [a for a in book.assets.all() if not wanted.kind or a.kind == wanted.kind]
    words = wanted.words.casefold().split()
    if words:
        assets = [a for a in assets if _has_all(_haystack(book, a), words)]
    _order(book, assets, wanted.sort, now_us)
    return tuple(_line(book, asset, now_us) for asset in assets)


def asset_facts(book: WorkBook, asset: Asset, now_us: int) -> tuple[tuple[str, str], ...]:
    """Return what is known of an asset, by name."""
    taken_out = book.assets.extractions(asset.serial, now_us)
    tank = tank_of(book, asset)
    facts = [
        (tr("Kind"), kind_words(asset.kind)),
        (tr("Model"), model_words(book, asset)),
        (tr("Maker"), asset.maker or UNKNOWN),
        (tr("Part number"), asset.part or UNKNOWN),
        (tr("In fluid"), hours_words(book, asset, now_us)),
        (tr("Taken out of fluid"), tr("{n} times", n=taken_out)),
        (tr("Fluid batch"), (book.fluid.main_batch(tank) if tank else "") or UNKNOWN),
        (tr("Warranty"), warranty_words(asset, now_us)),
    ]
    inside = [a.serial for a in book.assets.at(Place(PlaceKind.SERVER, asset.serial))]
    if inside:
        facts.append((tr("Holds"), tr("{n} parts", n=len(inside))))
    return tuple(facts)


def life_lines(book: WorkBook, asset: Asset, now_us: int) -> tuple[Line, ...]:
    """Return the whole life of a serial number, the newest first: its own events, those of the
    servers that it sat in while it did, and its orders."""
    told = [*_own(book, asset), *_with_servers(book, asset), *_orders(book, asset)]
    told.sort(key=lambda one: (-one[0], one[1]))
    people = {person.id: person.name for person in book.people.everybody()}
    return tuple(
        Line(
            f"{number}",
            (
                Cell(when(when_us, now_us), Ink.QUIET),
                Cell(f"{what} \N{MIDDLE DOT} {people.get(by, by)}"),
            ),
        )
        for number, (when_us, what, by) in enumerate(told)
    )


_Told = tuple[int, str, str]


def _own(book: WorkBook, asset: Asset) -> list[_Told]:
    """What was told of the thing itself. Where it came to is told by its stays: those count."""
    point = formats.decimal_point()
    moves = {str(Kind.ASSET_MOVED), str(Kind.ASSET_SEEN)}
    told = [
        (event.utc_us, event_text(event, decimal_point=point).what, event.actor)
        for event in book.history(asset.serial)
        if event.kind not in moves or str(event.body.get("to")) in map(str, asset.claims)
    ]
    for stay in asset.stays:
        what = tr("Moved to {place}", place=place_words(stay.place))
        for more in (stay.order, stay.because):
            what = f"{what} \N{MIDDLE DOT} {more}" if more else what
        told.append((stay.from_us, what, stay.by))
    return told


def _with_servers(book: WorkBook, asset: Asset) -> list[_Told]:
    """Where the servers went that the thing sat in, while it did."""
    told: list[_Told] = []
    for number, stay in enumerate(asset.stays):
        if stay.place.kind is not PlaceKind.SERVER:
            continue
        server = book.assets.get(stay.place.holder)
        until_us = asset.stays[number + 1].from_us if number + 1 < len(asset.stays) else 2**63
        for its in server.stays if server else ():
            if stay.from_us < its.from_us < until_us:
                place = place_words(its.place)
                what = tr("With server {serial} to {place}", serial=stay.place.holder, place=place)
                told.append((its.from_us, what, its.by))
    return told


def _orders(book: WorkBook, asset: Asset) -> list[_Told]:
    return [
        (
            order.opened.utc_us,
            f"{order.number} \N{MIDDLE DOT} {order.title} ({state_words(order.state)})",
            order.opened_by,
        )
        for order in book.orders.all()
        if order.serial.upper() == asset.serial
    ]


def _line(book: WorkBook, asset: Asset, now_us: int) -> LazyLine:
    holder = holder_of(book, asset)
    about = (asset, holder.place if holder else None)

    def make() -> tuple[Cell, ...]:
        tank = tank_of(book, asset)
        batch = book.fluid.main_batch(tank) if tank else ""
        taken_out = book.assets.extractions(asset.serial, now_us)
        return (
            Cell(asset.serial),
            Cell(kind_words(asset.kind), Ink.QUIET),
            Cell(model_words(book, asset)),
            Cell(path_words(book, asset)),
            Cell(hours_words(book, asset, now_us)),
            Cell(str(taken_out) if taken_out else UNKNOWN),
            Cell(batch or UNKNOWN, Ink.QUIET),
            Cell(warranty_words(asset, now_us), Ink.QUIET),
        )

    return LazyLine(asset.serial, about, make)


def _haystack(book: WorkBook, asset: Asset) -> str:
    place = str(asset.place or "")
    holder = holder_of(book, asset)
    more = str(holder.place) if holder and holder.place else ""
    words = (asset.serial, kind_words(asset.kind), asset.model, asset.maker, asset.part)
    return " ".join((*words, place, more)).casefold()


def _has_all(text: str, words: Sequence[str]) -> bool:
    return all(word in text for word in words)


def _order(book: WorkBook, assets: list[Asset], sort: str, now_us: int) -> None:
    if sort == "place":
        assets.sort(key=lambda a: (a.place is None, str(a.place or "")))
    elif sort == "fluid":
        assets.sort(key=lambda a: -book.assets.immersion_h(a.serial, now_us))
    elif sort == "out":
        assets.sort(key=lambda a: -book.assets.extractions(a.serial, now_us))
