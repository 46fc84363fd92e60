"""Parts, fluid and photographs of an order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from console.documents.completion_data import Completion, RunFile
from console.documents.model import Block, Heading, Paragraph
from console.documents.report_model import Listing, Photo, Photos, ReportCell, ReportColumn
from console.documents.report_words import Steps, Told
from console.history.events import Event, label
from console.text import tr
from console.vocabulary import translated_name
from console.work.assets.equipment import Asset
from console.work.assets.fluid import ADDS
from console.work.assets.places import HOLDS_ONE, Place
from console.work.events import Refused
from console.work.words import WHY_NAMES, place_words
from procedures.engine.events import WorkKind

_EDGE_PX = 1000
"""The longer edge of a photograph on paper: 300 dpi in a column."""


def part_blocks(report: Completion, told: Told) -> Iterator[Block]:
    """Yield what was put in and taken out, moved, issued, filled and lost."""
    yield Heading(tr("Parts and fluid"), anchor="parts")
    exchanged = tuple(_exchange_row(one, told) for one in exchanges(report))
    yield Listing(
        (
            ReportColumn(tr("Place"), 2.0),
            ReportColumn(tr("Serial number taken out"), 1.8),
            ReportColumn(tr("Went to"), 1.6),
            ReportColumn(tr("Serial number put in"), 1.8),
            ReportColumn(tr("Part, model"), 1.6),
            ReportColumn(tr("Time (UTC), by"), 1.9),
        ),
        exchanged,
        tr("Taken out and put in"),
        empty=tr("Nothing with a serial number was moved on this order."),
    )
    yield from _stock(report, told)
    yield from _brought(report)
    yield from _fluid(report, told)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What left a place and what came to it on an order; either may be missing."""

    place: str
    old: Asset | None
    new: Asset | None
    to: str
    utc_us: int
    by: str


def exchanges(report: Completion) -> list[Exchange]:
    """Return what was moved on the order, old and new paired by the place that holds one thing."""
    number = report.order.number
    outs: dict[str, tuple[Asset, str, int, str]] = {}
    ins: dict[str, tuple[Asset, int, str]] = {}
    for asset in report.book.assets.all():
        for n, stay in enumerate(asset.stays):
            if stay.order != number:
                continue
            if n:
                before = str(asset.stays[n - 1].place)
                outs[_key(before, asset)] = asset, str(stay.place), stay.from_us, stay.by
            ins[_key(str(stay.place), asset)] = asset, stay.from_us, stay.by
    found = []
    for place in sorted({*outs, *ins}):
        if not _holds_one(place):
            continue
        out, into = outs.get(place), ins.get(place)
        moments = [(out[2], out[3])] if out else []
        moments += [(into[1], into[2])] if into else []
        last = max(moments)
        found.append(
            Exchange(
                place.partition("#")[0],
                out[0] if out else None,
                into[0] if into else None,
                out[1] if out else "",
                *last,
            )
        )
    return found


def _key(place: str, asset: Asset) -> str:
    """Places that hold many things are told apart by what lay there."""
    return place if _holds_one(place) else f"{place}#{asset.serial}"


def _holds_one(place: str) -> bool:
    try:
        found = Place.parse(place.partition("#")[0])
    except ValueError:
        return False
    return found.kind in HOLDS_ONE and found.holds_one


def _where(place: str) -> str:
    try:
        return place_words(place)
    except ValueError:
        return place or "---"


def _exchange_row(one: Exchange, told: Told) -> tuple[ReportCell, ...]:
    assets = [asset for asset in (one.new, one.old) if asset]
    what = next((a.part or a.model for a in assets if a.part or a.model), "---")
    return (
        _where(one.place),
        one.old.serial if one.old else "---",
        _where(one.to) if one.to else "---",
        one.new.serial if one.new else "---",
        what,
        f"{told.clock.utc(one.utc_us)}\n{told.printed(one.by)}",
    )


def _stock(report: Completion, told: Told) -> Iterator[Block]:
    stock = report.book.stock
    moved = [m for m in stock.movements() if m.order == report.order.number]
    if not moved:
        return
    rows = tuple(
        (
            told.clock.utc(m.utc_us),
            translated_name(label(m.kind)),
            _part_name(report, m.part),
            f"{m.change:+d}".replace("-", "−") if m.change else "---",
            ", ".join(m.serials) or "---",
            m.store,
            told.printed(m.by),
        )
        for m in moved
    )
    yield Listing(
        (
            ReportColumn(tr("Time (UTC)"), 1.5),
            ReportColumn(tr("What"), 1.4),
            ReportColumn(tr("Part"), 2.2),
            ReportColumn(tr("In store"), 0.7, "right"),
            ReportColumn(tr("Serial numbers"), 1.8),
            ReportColumn(tr("Store"), 0.9),
            ReportColumn(tr("By"), 1.1),
        ),
        rows,
        tr("Parts from store"),
    )


def _part_name(report: Completion, part: str) -> str:
    found = report.book.stock.part(part)
    return f"{part} ({found.name})" if found and found.name != part else part


def _brought(report: Completion) -> Iterator[Block]:
    """Yield the spares and tools that the crew said it had with it."""
    for run in report.runs:
        for event in run.of_kind(WorkKind.BEGUN):
            spares = event.body.get("spares")
            if isinstance(spares, dict) and spares:
                names = "; ".join(f"{name}: {serial}" for name, serial in sorted(spares.items()))
                yield Paragraph(tr("Spares at hand: {spares}", spares=names))


def _fluid(report: Completion, told: Told) -> Iterator[Block]:
    entries = report.book.fluid.of_order(report.order.number)
    rows = tuple(
        (
            told.clock.utc(e.utc_us),
            e.tank,
            tr(WHY_NAMES.get(e.why, str(e.why))),
            f"{'+' if e.why in ADDS else '−'}{e.litres:g}",
            e.batch or "---",
            tr("measured") if e.measured else tr("estimated"),
            told.printed(e.by),
        )
        for e in entries
    )
    yield Listing(
        (
            ReportColumn(tr("Time (UTC)"), 1.5),
            ReportColumn(tr("Tank"), 1.0),
            ReportColumn(tr("What"), 1.4),
            ReportColumn(tr("Litres"), 0.8, "right"),
            ReportColumn(tr("Batch"), 1.4),
            ReportColumn(tr("How known"), 1.1),
            ReportColumn(tr("By"), 1.2),
        ),
        rows,
        tr("Fluid"),
        empty=tr("No fluid was booked on this order."),
    )
    if entries:
        change_l = sum(entry.change_l for entry in entries)
        lost_l = sum(entry.litres for entry in entries if entry.why not in ADDS)
        yield Paragraph(
            tr(
                "In all {change} L in the tanks; {lost} L left them.",
                change=f"{change_l:+g}".replace("-", "−"),
                lost=f"{lost_l:g}",
            )
        )


# ---- photographs ----


def photo_blocks(report: Completion, told: Told) -> Iterator[Block]:
    """Yield every photograph with its hash; one that is missing or damaged says so in its place."""
    found = [
        _photo(event, run, report, told)
        for run in report.runs
        for event in run.of_kind(WorkKind.PHOTO_TAKEN)
    ]
    if not found:
        return
    yield Heading(
        tr("Photos"), anchor="photos", note=tr("scaled; the hash is that of the file kept")
    )
    yield Photos(tuple(found))


def _photo(event: Event, run: RunFile, report: Completion, told: Told) -> Photo:
    body, steps = event.body, Steps(run.procedure, told.language)
    step, digest = str(body.get("step", "")), str(body.get("sha256", ""))
    jpeg, trouble = None, ""
    try:
        jpeg = report.photos.thumbnail(digest, _EDGE_PX)
    except (Refused, OSError) as why:
        trouble = str(why)
    size = (
        f"{body.get('width_px', '?')} × {body.get('height_px', '?')} px, {body.get('size', '?')} B"
    )
    return Photo(
        jpeg,
        steps.value(step, str(body.get("photo", ""))),
        (
            tr("Step {step}", step=steps.named(step)),
            tr(
                "{when} UTC, {who}; {size}",
                when=told.clock.utc(event.utc_us),
                who=told.printed(event.actor),
                size=size,
            ),
        ),
        digest,
        trouble,
    )
