"""Parts in words: rows of the stock, of a part's account and of its serial numbers. No widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.history.kinds import label
from console.text import tr
from console.ui import formats
from console.ui.plain_table import Cell, Column, Ink, Line
from console.ui.work.equipment_rows import when
from console.ui.work.lazy_lines import LazyLine
from console.work.assets.stock import Level, Movement, Part
from console.work.book import WorkBook

_MOST_MOVEMENTS = 500
ANY, SHORT, PROMISED, THERE = "", "short", "promised", "there"
SHOWS = {
    ANY: "All parts",
    SHORT: "Below the minimum",
    PROMISED: "With reservations",
    THERE: "In stock",
}
"""Which parts are shown; a key of the catalogue each."""

COLUMNS = (
    Column(lambda: tr("Part number"), "900-21001-002"),
    Column(lambda: tr("Name"), "Filter element, 25 µm", grows=True),
    Column(lambda: tr("On hand"), "12 345", right=True),
    Column(lambda: tr("Reserved"), "Reserved", right=True),
    Column(lambda: tr("Free"), "12 345", right=True),
    Column(lambda: tr("Least"), "12 345", right=True),
    Column(lambda: tr("State"), "below the minimum"),
)
NARROW_HIDES = (5,)
ACCOUNT_COLUMNS = (
    Column(lambda: tr("When"), "2026-11-21 12:04"),
    Column(lambda: tr("What"), "Parts reserved, WO-K7QDM-2026-0001", grows=True),
    Column(lambda: tr("Change"), "−1 234", right=True),
)
SERIAL_COLUMNS = (
    Column(lambda: tr("Serial number"), "1650888201334000", grows=True),
    Column(lambda: tr("Store"), "main store"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which parts are shown: words that must occur, which sort, of which store (empty: all)."""

    words: str = ""
    show: str = ANY
    store: str = ""


@dataclass(frozen=True, slots=True)
class Total:
    """A part with what lies in the stores that are looked at."""

    part: Part
    levels: tuple[Level, ...]

    @property
    def on_hand(self) -> int:
        """How many there are."""
        return sum(level.on_hand for level in self.levels)

    @property
    def reserved(self) -> int:
        """How many are promised to orders."""
        return sum(level.reserved for level in self.levels)

    @property
    def is_short(self) -> bool:
        """Whether there are fewer than the least to have."""
        return self.on_hand < self.part.minimum


def totals(book: WorkBook, store: str = "") -> list[Total]:
    """Return every part with its levels, of one store or of all."""
    stores = [store] if store else book.stock.stores()
    return [
        Total(part, tuple(book.stock.level(part.id, one) for one in stores))
        for part in book.stock.parts()
    ]


def part_lines(book: WorkBook, wanted: Wanted) -> tuple[Line, ...]:
    """Return a row for each part that is wanted."""
    words = wanted.words.casefold().split()
    found = [one for one in totals(book, wanted.store) if _is_wanted(one, wanted, words)]
    return tuple(_line(one) for one in found)


def store_facts(book: WorkBook, part: Part) -> tuple[tuple[str, str], ...]:
    """Return what lies in each store that has something of a part."""
    levels = [book.stock.level(part.id, store) for store in book.stock.stores()]
    facts = [
        (
            level.store,
            tr(
                "{on_hand} there, {reserved} reserved, {free} free",
                on_hand=_count(level.on_hand),
                reserved=_count(level.reserved),
                free=_count(level.available),
            ),
        )
        for level in levels
        if level.on_hand or level.reserved
    ]
    return tuple(facts) or ((tr("in no store"), ""),)


def promised_facts(book: WorkBook, part: Part) -> tuple[tuple[str, str], ...]:
    """Return which open orders a part is promised to, and how many."""
    stores = book.stock.stores()
    found = []
    for order in book.orders.open():
        count = sum(book.stock.reserved(part.id, store, order.number) for store in stores)
        if count:
            found.append((f"{order.number}  {order.title}", _count(count)))
    return tuple(found)


def account_lines(book: WorkBook, part: Part, now_us: int) -> tuple[Line, ...]:
    """Return the latest movements of a part, the newest first."""
    people = {person.id: person.name for person in book.people.everybody()}
    moved = list(enumerate(book.stock.movements(part.id)))[-_MOST_MOVEMENTS:]
    return tuple(
        Line(
            str(number),
            (
                Cell(when(one.utc_us, now_us), Ink.QUIET),
                Cell(_what(one, people.get(one.by, one.by))),
                Cell(_change(one.change)),
            ),
        )
        for number, one in reversed(moved)
    )


def serial_lines(book: WorkBook, part: Part) -> tuple[Line, ...]:
    """Return the pieces with serial numbers that lie in stores."""
    return tuple(
        Line(asset.serial, (Cell(asset.serial), Cell(store, Ink.QUIET)))
        for store in book.stock.stores()
        for asset in book.assets.stored(part.id, store)
    )


def _line(total: Total) -> LazyLine:
    def make() -> tuple[Cell, ...]:
        part = total.part
        state = tr("below the minimum") if total.is_short else ""
        state = tr("less than nothing") if total.on_hand < 0 else state
        return (
            Cell(part.id),
            Cell(part.name),
            Cell(_count(total.on_hand), Ink.VALUE),
            Cell(_count(total.reserved) if total.reserved else "–"),
            Cell(_count(total.on_hand - total.reserved)),
            Cell(_count(part.minimum) if part.minimum else "–", Ink.QUIET),
            Cell(state),
        )

    return LazyLine(total.part.id, total, make)


def _is_wanted(total: Total, wanted: Wanted, words: Sequence[str]) -> bool:
    text = f"{total.part.id} {total.part.name}".casefold()
    if not all(word in text for word in words):
        return False
    fits = {
        SHORT: total.is_short,
        PROMISED: total.reserved > 0,
        THERE: total.on_hand > 0,
    }
    return fits.get(wanted.show, True)


def _what(one: Movement, by: str) -> str:
    more = [one.order, ", ".join(one.serials), one.store, by]
    return " \N{MIDDLE DOT} ".join([label(one.kind), *filter(None, more)])


def _change(change: int) -> str:
    if not change:
        return ""
    return f"+{_count(change)}" if change > 0 else _count(change)


def _count(number: int) -> str:
    return formats.decimal(number, 0)
