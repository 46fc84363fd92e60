"""A life in words: what the thing is, the rows of what happened, what measurements said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from console.event_text import event_text
from console.history.events import Event
from console.text import tr
from console.ui import formats
from console.ui.plain_table import Cell, Column, Ink, Line
from console.ui.setup_parts import Facts
from console.ui.work.equipment_rows import (
    UNKNOWN,
    hours_words,
    kind_words,
    model_words,
    path_words,
    warranty_words,
    when,
)
from console.ui.work.order_words import short_number
from console.work.assets.places import HOLDS_ONE
from console.work.book import WorkBook
from console.work.figures_report import LOST
from console.work.life import Band, Life
from console.work.words import place_words

ALL, FAULTS, MOVES, WORK = "", "faults", "moves", "work"
_FAMILIES = {
    FAULTS: ("gpu", "alarm", "limit", "device", "sensor", "condition", "fault"),
    MOVES: ("asset", "stock", "fluid"),
    WORK: ("order", "work", "review", "document"),
}
COLUMNS = (
    Column(lambda: tr("When"), "2026-11-21 12:04"),
    Column(lambda: tr("Kind"), "Equipment registered xx"),
    Column(lambda: tr("What"), "", grows=True),
    Column(lambda: tr("Where"), "node-12 GPU 7 xx"),
    Column(lambda: tr("Who"), "Ngozi Okafor"),
)
NARROW_HIDES = (3, 4)
_AROUND = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "
_HEAT = {"work.heat_before", "work.accepted_heat"}


def views() -> list[tuple[str, str]]:
    """Return what can be looked at alone, with its name."""
    return [(ALL, tr("All")), (FAULTS, tr("Faults")), (MOVES, tr("Moves")), (WORK, tr("Work"))]


def is_of(view: str, kind: str) -> bool:
    """Whether a kind of event belongs to what is looked at."""
    return view == ALL or kind.partition(".")[0] in _FAMILIES[view]


def life_lines(
    life: Life, events: Sequence[Event], book: WorkBook, name_of: Callable[[str], str], now_us: int
) -> tuple[Line, ...]:
    """Return a row for each event."""
    people = {person.id: person.name for person in book.people.everybody()}
    return tuple(_line(life, event, people, name_of, now_us) for event in events)


def _line(
    life: Life,
    event: Event,
    people: Mapping[str, str],
    name_of: Callable[[str], str],
    now_us: int,
) -> Line:
    told = event_text(event, name_of, formats.decimal_point())
    heat = heat_words(event, life.part_at(event.utc_us)) if event.kind in _HEAT else ""
    is_order = event.kind.startswith("order.")  # its number stands before what happened
    is_itself = event.subject in {life.subject, life.serial, life.part}
    return Line(
        event.id,
        (
            Cell(when(event.utc_us, now_us), Ink.QUIET),
            Cell(_heat_kind(event.kind) if event.kind in _HEAT else told.kind),
            Cell(heat or _what(event, told.what)),
            Cell("" if is_itself or is_order else name_of(event.subject), Ink.QUIET),
            Cell(people.get(event.actor, event.actor), Ink.QUIET),
        ),
    )


def _heat_kind(kind: str) -> str:
    if kind == "work.heat_before":
        return tr("Thermal resistance before the work")
    return tr("Thermal resistance after the work")


def heat_words(event: Event, part: str) -> str:
    """Return what was measured of a GPU: its thermal resistance before, and after the work.

    Empty where the measurement is of others.
    """
    before = event.body.get("before_k_w", event.body.get("part_k_w"))
    after = event.body.get("after_k_w")
    first = before.get(part) if isinstance(before, Mapping) else None
    then = after.get(part) if isinstance(after, Mapping) else None
    if not isinstance(first, int | float):
        return _heat_of_all(before)
    if not isinstance(then, int | float):
        return tr("{before} K/W", before=formats.decimal(first, 3))
    change = (then - first) / first * 100 if first else 0.0
    return tr(
        "{before} K/W before, {after} K/W after ({change} %)",
        before=formats.decimal(first, 3),
        after=formats.decimal(then, 3),
        change=("+" if change > 0 else "") + formats.decimal(change, 0),
    )


def _heat_of_all(before: object) -> str:
    return tr("{n} GPUs measured", n=len(before)) if isinstance(before, Mapping) else ""


def life_facts(life: Life, book: WorkBook, now_us: int) -> Facts:
    """Return what a thing is and where, by name."""
    asset = life.asset
    if asset is None:
        return (*_fluid_facts(life, book), (tr("Orders"), str(len(life.orders))))
    return (
        (tr("Kind"), kind_words(asset.kind)),
        (tr("Model"), model_words(book, asset)),
        (tr("Batch"), asset.batch or UNKNOWN),
        (tr("Now in"), path_words(book, asset)),
        (tr("In fluid"), hours_words(book, asset, now_us)),
        (tr("Times taken out of fluid"), str(book.assets.extractions(asset.serial, now_us))),
        (tr("Warranty"), warranty_words(asset, now_us)),
        (tr("Orders"), str(len(life.orders))),
    )


def _fluid_facts(life: Life, book: WorkBook) -> Facts:
    if not life.is_tank:
        return ()
    balance_l = book.fluid.balance_l(life.part)
    litres = formats.NOTHING if balance_l is None else formats.decimal(balance_l, 1)
    lost_l = sum(book.fluid.total_l(life.part, why) for why in LOST)
    return (
        (tr("Fluid by the books"), tr("{n} L", n=litres)),
        (tr("Fluid batch"), book.fluid.main_batch(life.part) or UNKNOWN),
        (tr("Fluid lost so far"), tr("{n} L", n=formats.decimal(lost_l, 1))),
    )


def _what(event: Event, what: str) -> str:
    """Return what happened, of an order with its number."""
    if event.kind.partition(".")[0] != "order":
        return what
    return f"{short_number(event.subject)} \N{MIDDLE DOT} {what}"


def band_words(band: Band) -> str:
    """Return where a stay was, short and from the outside in: ``tank-1/1 › NODE-1/0``."""
    if band.place.kind not in HOLDS_ONE:
        return place_words(band.place)
    path = [band.place] if band.around is None else [band.around, band.place]
    return _AROUND.join(
        place_words(one)
        if one.kind not in HOLDS_ONE
        else f"{one.holder}/{one.slot}"
        if one.slot
        else one.holder
        for one in path
    )
