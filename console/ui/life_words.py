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
    warranty_words,
    when,
    where_words,
)
from console.work.book import WorkBook
from console.work.life import Life
from console.work.words import place_words

ALL, FAULTS, MOVES, WORK = "", "faults", "moves", "work"
VIEWS = {ALL: "All", FAULTS: "Faults", MOVES: "Moves", WORK: "Work"}
"""What can be looked at alone; a key of the catalogue each."""
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
_HEAT = {"work.heat_before", "work.accepted_heat"}
_LABELS = {
    "work.heat_before": "Thermal resistance before the work",
    "work.accepted_heat": "Thermal resistance after the work",
}


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
    heat = heat_words(event, life.part) if event.kind in _HEAT else ""
    is_itself = event.subject in {life.subject, life.serial, life.part}
    return Line(
        event.id,
        (
            Cell(when(event.utc_us, now_us), Ink.QUIET),
            Cell(tr(_LABELS[event.kind]) if event.kind in _LABELS else told.kind),
            Cell(heat or told.what),
            Cell("" if is_itself else name_of(event.subject), Ink.QUIET),
            Cell(people.get(event.actor, event.actor), Ink.QUIET),
        ),
    )


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
        return ((tr("Orders"), str(len(life.orders))),)
    return (
        (tr("Kind"), kind_words(asset.kind)),
        (tr("Model"), model_words(book, asset)),
        (tr("Batch"), asset.batch or UNKNOWN),
        (tr("Now in"), where_words(book, asset)),
        (tr("In fluid"), hours_words(book, asset, now_us)),
        (
            tr("Taken out of fluid"),
            tr("{n} times", n=book.assets.extractions(asset.serial, now_us)),
        ),
        (tr("Warranty"), warranty_words(asset, now_us)),
        (tr("Orders"), str(len(life.orders))),
    )


def band_words(band_place: str) -> str:
    """Return a place, or what was written where it is none."""
    try:
        return place_words(band_place)
    except ValueError:
        return band_place
