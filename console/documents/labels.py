"""Labels for tanks, slots, servers and parts: big words, and the code that guided work scans.

The code holds exactly the text that a scan is compared with (``tank-1``, ``tank-1/slot-3``, a
host's id, a serial number); the same text stands below it for eyes and for keyboards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from typing import Literal

from reportlab.pdfgen.canvas import Canvas

from console.documents.datamatrix import Modules, data_matrix
from console.documents.fonts import Fonts
from console.documents.issue import DocumentError
from console.documents.label_sheets import STRIP, LabelSheet, label_sheets, sheet_of
from console.documents.lines import lines_of, one_line
from console.documents.pdf import Pdf, drawing
from console.documents.pen import GREY, MM, WHITE, Pen
from console.documents.style import PAPERS, Paper
from console.site import Site
from console.text import speaking, tr
from console.work.assets.equipment import Asset
from console.work.assets.places import PlaceKind
from console.work.book import WorkBook

Symbol = Literal["qr", "datamatrix"]
LabelKind = Literal["tanks", "slots", "servers", "parts"]
KINDS: tuple[LabelKind, ...] = ("tanks", "slots", "servers", "parts")
_QUIET = 2
"""Modules of white around a Data Matrix; its standard wants one."""
_MOST_PART, _LEAST_SIZE = 0.62, 6.0
"""How big the words may be, as a part of the room for them; and never smaller than this."""
_LINES, _LEADING = 4, 1.15
_WORTH, _WORTH_AT_SLASH = 1.7, 1.25
"""How many times bigger letters must become for a text to be broken into more lines."""


@dataclass(frozen=True, slots=True)
class Label:
    """One label: the code's text, the same big, and up to two lines of what it is."""

    code: str
    lines: tuple[str, ...] = ()
    symbol: Symbol = "qr"
    kind: str = ""


# ---- what there is to label ----


def tank_labels(site: Site) -> list[Label]:
    """Return a label for each tank: its id as a QR code."""
    return [
        Label(tank.id, _told(tank.name, tank.hall, tank.fluid), "qr", tr("TANK"))
        for tank in site.tank
    ]


def slot_labels(site: Site) -> list[Label]:
    """Return a label for each slot of each tank, as guided work reads it."""
    servers = {(host.tank, host.slot): host for host in site.host}
    found = []
    for tank in site.tank:
        for number in range(1, tank.slots + 1):
            host = servers.get((tank.id, number))
            lines = _told(tank.name, host.name if host else "")
            found.append(Label(slot_text(tank.id, number), lines, "qr", tr("SLOT")))
    racks = [host for host in site.host if host.rack]
    found += [Label(host.rack, _told(host.name), "qr", tr("SLOT")) for host in racks]
    return found


def slot_text(tank: str, slot: int) -> str:
    """Return what the label of a slot reads (:func:`console.session.running.slot_label`)."""
    return f"{tank}/slot-{slot}"


def server_labels(site: Site) -> list[Label]:
    """Return a label for each server: its id."""
    found = []
    for host in site.host:
        where = slot_text(host.tank, host.slot) if host.tank and host.slot else host.rack
        found.append(Label(host.id, _told(host.name, where), "qr", tr("SERVER")))
    return found


def part_labels(book: WorkBook) -> list[Label]:
    """Return a label for each thing with a serial number, and for each part that has none."""
    found = [_asset_label(asset, book) for asset in book.assets.all() if _is_here(asset)]
    counted = [part for part in book.stock.parts() if not part.serialised]
    found += [Label(p.id, _told(p.name), "datamatrix", tr("PART")) for p in counted]
    return found


def _is_here(asset: Asset) -> bool:
    return asset.place is None or asset.place.kind not in {PlaceKind.AWAY, PlaceKind.SCRAPPED}


def _asset_label(asset: Asset, book: WorkBook) -> Label:
    part = book.stock.part(asset.part) if asset.part else None
    what = asset.model or (part.name if part else "") or asset.kind
    batch = tr("batch {batch}", batch=asset.batch) if asset.batch else ""
    return Label(asset.serial, _told(what, asset.part, batch), "datamatrix", tr("SERIAL NUMBER"))


def _told(*texts: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def labels_of(
    kind: LabelKind, site: Site | None, book: WorkBook | None, only: Sequence[str] = ()
) -> list[Label]:
    """Return the labels of a kind; ``only`` chooses by code. Raises DocumentError for none."""
    if kind == "parts":
        found = part_labels(book) if book is not None else []
    elif site is None:
        raise DocumentError(tr("Labels of {kind} are made from a site file.", kind=kind))
    else:
        makers = {"tanks": tank_labels, "slots": slot_labels, "servers": server_labels}
        found = makers[kind](site)
    known = {label.code for label in found}
    missing = [code for code in only if code not in known]
    if missing:
        raise DocumentError(tr("There is nothing called {code} to label.", code=missing[0]))
    chosen = [label for label in found if not only or label.code in only]
    if not chosen:
        raise DocumentError(tr("There is nothing to label."))
    return chosen


# ---- on paper ----


def render_labels(
    labels: Sequence[Label],
    sheet: str = "3x8",
    paper: Paper = "a4",
    *,
    first: int = 1,
    language: str = "en",
    outlines: bool = False,
) -> Pdf:
    """Draw labels; ``first`` is where a used sheet begins, ``outlines`` shows where to cut.

    Raises DocumentError for an unknown sheet, a place that it has not, and a text that is too long
    for a code.
    """
    grid = sheet_of(sheet, paper)
    if not 1 <= first <= grid.count:
        raise DocumentError(
            tr(
                "A sheet has {count} labels; {first} is none of them.",
                count=grid.count,
                first=first,
            )
        )
    with speaking(language), drawing() as known:
        return _render(labels, grid, paper, first, known, outlines)


def _render(
    labels: Sequence[Label],
    grid: LabelSheet,
    paper: Paper,
    first: int,
    known: Fonts,
    outlines: bool,
) -> Pdf:
    size = (grid.width_mm * MM, grid.height_mm * MM) if grid.name == STRIP else PAPERS[paper]
    out = BytesIO()
    canvas = Canvas(out, pagesize=size, invariant=1, pageCompression=1)
    canvas.setTitle(tr("Labels"))
    canvas.setCreator("Tankside")
    pen = Pen(canvas, size[1], known)
    number, pages = first - 1, 1
    for label in labels:
        if number == grid.count:
            pen.new_page()
            number, pages = 0, pages + 1
        x, y = grid.place_mm(number)
        box = (x * MM, y * MM, grid.width_mm * MM, grid.height_mm * MM)
        if outlines:
            pen.rect(*box, line=0.3, ink=GREY)
        _draw(pen, label, box)
        number += 1
    pen.new_page()
    canvas.save()
    return Pdf(out.getvalue(), pages, {})


def _draw(pen: Pen, label: Label, box: tuple[float, float, float, float]) -> None:
    edge = label_sheets().edge_mm * MM
    x, y, wide, high = box[0] + edge, box[1] + edge, box[2] - 2 * edge, box[3] - 2 * edge
    side = min(high, wide * 0.42)
    _draw_code(pen, label, x, y + (high - side) / 2, side)
    left, room = x + side + 2 * MM, wide - side - 2 * MM
    base = y + 7.0
    if label.kind:
        pen.text(left, base, one_line(label.kind, room, 7, pen.fonts), 7, ink=(0.3, 0.3, 0.3))
    small = min(13.0, max(7.5, high / MM * 0.27))
    below = _below(label.lines, 2 if high < 30 * MM else 3)
    foot = len(below) * small * 1.25
    _draw_words(pen, label.code, (left, base + 3, room, y + high - foot - base - 3))
    for n, line in enumerate(below):
        at = y + high - foot + (n + 1) * small * 1.25 - small * 0.3
        pen.text(left, at, one_line(line, room, small, pen.fonts), small)


def _below(lines: tuple[str, ...], most: int) -> list[str]:
    """Return so many lines of what a thing is; what is more stands in the last one."""
    if len(lines) <= most:
        return list(lines)
    return [*lines[: most - 1], ", ".join(lines[most - 1 :])]


def _draw_words(pen: Pen, text: str, box: tuple[float, float, float, float]) -> None:
    """Write all of a text as big as it fits: it must be readable where no scanner is."""
    x, y, wide, high = box
    size, lines = _fitted(text, wide, high, pen.fonts)
    top = y + max(0.0, (high - len(lines) * size * _LEADING) / 2)
    for n, line in enumerate(lines):
        pen.text(x, top + n * size * _LEADING + size * 0.9, line, size, bold=True)


def _fitted(text: str, wide: float, high: float, known: Fonts) -> tuple[float, list[str]]:
    """Return the size and the lines of a text; it is broken only where that makes it far bigger."""
    best, chosen = 0.0, [text]
    for most in range(1, _LINES + 1):
        size = max(_LEAST_SIZE, round(high * _MOST_PART * 2) / 2)
        lines = lines_of(text, wide, size, known, bold=True)
        while size > _LEAST_SIZE and not _fits(lines, text, size, high, most):
            size -= 0.5
            lines = lines_of(text, wide, size, known, bold=True)
        is_natural = all(line[-1:] in "/ " for line in lines[:-1])
        if size > best * (_WORTH_AT_SLASH if is_natural else _WORTH):
            best, chosen = size, lines
    return best, chosen


def _fits(lines: list[str], text: str, size: float, high: float, most: int) -> bool:
    """Whether lines are few, and end only at signs that part words where the text is short."""
    ends = all(line[-1:] in "-/_.: " for line in lines[:-1])
    is_low = len(lines) * size * _LEADING <= high
    return is_low and len(lines) <= most and (ends or len(text) > 40)


def _draw_code(pen: Pen, label: Label, x: float, y: float, side: float) -> None:
    try:
        if label.symbol == "qr":
            pen.qr(x, y, side, label.code)
        else:
            _draw_modules(pen, data_matrix(label.code), x, y, side)
    except ValueError:
        raise DocumentError(
            tr("{code} is too long for a code on a label.", code=label.code[:60])
        ) from None


def _draw_modules(pen: Pen, dark: Modules, x: float, y: float, side: float) -> None:
    module = side / (len(dark) + 2 * _QUIET)
    pen.rect(x, y, side, side, fill=WHITE)
    pen.modules(dark, x + _QUIET * module, y + _QUIET * module, module)


# ---- as HTML ----


def labels_html(labels: Sequence[Label], language: str = "en") -> str:
    """Return the labels as a list that a screen reader reads: what each says, and on what."""
    with speaking(language):
        return "\n".join(_html(labels, language))


def _html(labels: Sequence[Label], language: str) -> Iterator[str]:
    tag = {"zh_CN": "zh-Hans"}.get(language, language)
    title = escape(tr("Labels"))
    yield f'<!DOCTYPE html><html lang="{tag}"><head><meta charset="utf-8">'
    yield '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
    yield f"<title>{title}</title></head><body><h1>{title}</h1><table><thead><tr>"
    for name in (tr("Text of the code"), tr("Kind"), tr("What it is"), tr("Code")):
        yield f'<th scope="col">{escape(name)}</th>'
    yield "</tr></thead><tbody>"
    for label in labels:
        symbol = "QR" if label.symbol == "qr" else "Data Matrix"
        cells = (label.kind, ", ".join(label.lines), symbol)
        rest = "".join(f'<td dir="auto">{escape(cell)}</td>' for cell in cells)
        yield f'<tr><th scope="row" dir="auto">{escape(label.code)}</th>{rest}</tr>'
    yield "</tbody></table></body></html>"


__all__ = ["KINDS", "Label", "LabelKind", "labels_html", "labels_of", "render_labels"]
