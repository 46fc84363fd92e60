"""Blocks of reports as groups of rows: listings, bars, intervals, photographs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from math import ceil, isfinite
from typing import Any

from console.documents.curves import steps_of
from console.documents.flow import Group, Row
from console.documents.lines import lines_of, one_line
from console.documents.pen import BLACK, GREY, MM, PALE, WHITE, Colour, Pen
from console.documents.report_model import (
    Bars,
    Estimate,
    Estimates,
    Flag,
    Listing,
    Mono,
    Photo,
    Photos,
    ReportCell,
    ReportColumn,
    Strip,
)
from console.documents.report_strip import strip_groups
from console.documents.setting import Setter, space
from console.documents.style import GRID, LABEL

_SIZE, _LEADING, _HEAD = 8.3, 10.8, 7.8
_MONO = 7.0
_RIGHT = GRID
"""Room after figures, which the next column would touch."""
_PAD = GRID * 0.5
_LINES_AT_ONCE = 16
_WHOLE = 60 * MM
_SIGN = 8.5
_SHADES: tuple[Colour | None, ...] = ((0.35, 0.35, 0.35), None, (0.75, 0.75, 0.75))
"""What stacked parts are filled with: dark, hatched, light; they differ in black and white."""
_PHOTO_HIGH = 62 * MM
_LABEL_WIDE = 52 * MM


def listing_groups(block: Listing, setter: Setter, width: float) -> Iterator[Group]:
    """Yield a listing: its title, rows under a head that every page repeats."""
    if block.title:
        rows = setter.text(block.title, width, "strong")
        yield Group([*rows, space(GRID * 0.2)], gap=GRID, leads=True)
    if not block.rows:
        yield Group(setter.text(block.empty or "---", width, "quiet"), gap=GRID)
        return
    shares = sum(column.share for column in block.columns)
    widths = [width * column.share / shares for column in block.columns]
    head = [_head(block.columns, widths, setter)] if any(c.title for c in block.columns) else []
    rows = [row for cells in block.rows for row in _rows(cells, block.columns, widths, setter)]
    is_long = sum(row.height for row in rows) > _WHOLE
    if is_long and len(rows) > 3:
        rows[0].glued = rows[-2].glued = True
    yield Group(rows, gap=0 if block.title else GRID, head=head, loose=is_long)


def _head(columns: tuple[ReportColumn, ...], widths: list[float], setter: Setter) -> Row:
    titles = [
        lines_of(column.title, _room(column, wide), _HEAD, setter.fonts, bold=True)
        for column, wide in zip(columns, widths, strict=True)
    ]
    pitch = _HEAD * 1.25
    height = max(map(len, titles)) * pitch + 1.4 * _PAD

    def draw(pen: Pen, x: float, y: float) -> None:
        pen.rect(x, y, sum(widths), height, fill=PALE)
        left = x
        for column, lines, wide in zip(columns, titles, widths, strict=True):
            for n, line in enumerate(lines):
                base = y + height - 0.7 * _PAD - (len(lines) - 1 - n) * pitch - 1.6
                if column.align == "right":
                    pen.text_right(left + wide - _PAD - _RIGHT, base, line, _HEAD, bold=True)
                else:
                    pen.text(left + _PAD, base, line, _HEAD, bold=True)
            left += wide
        pen.line(x, y, left, y, 0.8)
        pen.line(x, y + height, left, y + height, 0.8)

    return Row(height, draw)


def _room(column: ReportColumn, wide: float) -> float:
    return wide - 2 * _PAD - (_RIGHT if column.align == "right" else 0.0)


def _rows(
    cells: tuple[ReportCell, ...],
    columns: tuple[ReportColumn, ...],
    widths: list[float],
    setter: Setter,
) -> list[Row]:
    """Return one row of a listing; in pieces where a cell has many lines."""
    rooms = [_room(c, wide) + 2 * _PAD for c, wide in zip(columns, widths, strict=True)]
    texts = [_cell_lines(c, room, setter) for c, room in zip(cells, rooms, strict=True)]
    count = max(map(len, texts))
    pieces = []
    for start in range(0, max(count, 1), _LINES_AT_ONCE):
        lines = [text[start : start + _LINES_AT_ONCE] for text in texts]
        is_last = start + _LINES_AT_ONCE >= count
        pieces.append(_piece(cells, lines, columns, widths, start == 0, is_last))
    return pieces


def _cell_lines(cell: ReportCell, wide: float, setter: Setter) -> list[str]:
    text, size, room = _set(cell, wide)
    if not text:
        return []
    return lines_of(text, max(room, 12.0), size, setter.fonts, bold=isinstance(cell, Flag))


def _set(cell: ReportCell, wide: float) -> tuple[str, float, float]:
    """Return a cell's text, its size and the room for it."""
    if isinstance(cell, Flag):
        return cell.text, _SIZE, wide - 2 * _PAD - _SIGN - 2
    if isinstance(cell, Mono):
        return cell.text, _MONO, wide - 2 * _PAD
    return cell, _SIZE, wide - 2 * _PAD


def _piece(
    cells: tuple[ReportCell, ...],
    texts: list[list[str]],
    columns: tuple[ReportColumn, ...],
    widths: list[float],
    is_first: bool,
    is_last: bool,
) -> Row:
    height = max(map(len, texts)) * _LEADING + 1.5 * _PAD

    def draw(pen: Pen, x: float, y: float) -> None:
        left = x
        for cell, lines, column, wide in zip(cells, texts, columns, widths, strict=True):
            _draw_cell(pen, cell, lines, column, (left, y, wide), is_first)
            left += wide
        if is_last:
            pen.line(x, y + height, left, y + height, 0.4, ink=GREY)

    return Row(height, draw, glued=not is_last)


def _draw_cell(
    pen: Pen,
    cell: ReportCell,
    lines: list[str],
    column: ReportColumn,
    box: tuple[float, float, float],
    is_first: bool,
) -> None:
    x, y, wide = box
    is_flag = isinstance(cell, Flag)
    size = _MONO if isinstance(cell, Mono) else _SIZE
    left = x + _PAD
    if is_flag:
        if is_first and lines:
            draw_flag(pen, left, y + 0.75 * _PAD + 1.0)
        left += _SIGN + 2
    for n, line in enumerate(lines):
        base = y + 0.75 * _PAD + n * _LEADING + _SIZE
        if column.align == "right" and not is_flag:
            pen.text_right(x + wide - _PAD - _RIGHT, base, line, size)
        else:
            pen.text(left, base, line, size, bold=is_flag)


def draw_flag(pen: Pen, x: float, y: float) -> None:
    """Draw the black mark with an exclamation mark that no printer loses."""
    pen.rect(x, y, _SIGN, _SIGN, fill=BLACK, radius=1.2)
    pen.text_centred(x + _SIGN / 2, y + _SIGN - 1.8, "!", 8, bold=True, ink=WHITE)


# ---- bars ----


def bars_groups(block: Bars, setter: Setter, width: float) -> Iterator[Group]:
    """Yield counts side by side."""
    title = f"{block.title} ({block.unit})" if block.unit else block.title
    rows = setter.text(title, width, "strong")
    high = block.height_mm * MM
    rows.append(Row(high, lambda pen, x, y: _draw_bars(pen, block, (x, y, width, high))))
    if len(block.parts) > 1:
        rows.append(Row(12, lambda pen, x, y: _draw_parts(pen, block.parts, x + 13 * MM, y)))
    for row in rows[:-1]:
        row.glued = True
    yield Group(rows, gap=2 * GRID)


def _draw_bars(pen: Pen, block: Bars, box: tuple[float, float, float, float]) -> None:
    x, y, width, high = box
    left, under = 13 * MM, 12.0
    limit = block.limit[0] if block.limit else 0.0
    highs = [sum(b.values) if block.is_stacked else max(b.values, default=0) for b in block.bars]
    top = max([*highs, limit, 1.0]) * 1.08
    scale = (high - under - 4) / top
    base = y + high - under
    for value in steps_of(0.0, top):
        at = base - value * scale
        pen.line(x + left, at, x + width, at, 0.3, ink=GREY)
        pen.text_right(x + left - 3, at + 2.5, f"{value:g}", LABEL - 0.5)
    pitch = (width - left) / max(len(block.bars), 1)
    wide = min(pitch * 0.72, 14 * MM)
    every = _label_step(pen, block, pitch)
    for n, bar in enumerate(block.bars):
        middle = x + left + (n + 0.5) * pitch
        _draw_bar(pen, bar.values, (middle - wide / 2, base, wide, scale), block.is_stacked)
        if n % every == 0:
            pen.text_centred(middle, base + 8.5, bar.name, LABEL - 0.5)
    pen.line(x + left, base, x + width, base, 0.8)
    if block.limit:
        at = base - limit * scale
        pen.line(x + left, at, x + width, at, 1.0, dash=(1.0, 1.8))
        pen.text_right(x + width, at - 2, block.limit[1], LABEL - 0.5, bold=True)


def _draw_bar(
    pen: Pen,
    values: tuple[float, ...],
    box: tuple[float, float, float, float],
    is_stacked: bool,
) -> None:
    """Draw the values of one bar; ``box`` is left, base line, width, points for each unit."""
    x, base, wide, scale = box
    each = wide if is_stacked else wide / max(len(values), 1)
    at = base
    for k, value in enumerate(values):
        left = x if is_stacked else x + k * each
        at = (at if is_stacked else base) - value * scale
        if value > 0:
            _fill(pen, (left, at, each, value * scale), k)


def _label_step(pen: Pen, block: Bars, pitch: float) -> int:
    widest = max((pen.fonts.width(bar.name, LABEL) for bar in block.bars), default=1.0)
    return max(1, ceil((widest + 4) / pitch))


def _fill(pen: Pen, box: tuple[float, float, float, float], part: int) -> None:
    shade = _SHADES[part % len(_SHADES)]
    if shade is None:
        pen.hatch(*box, step=3)
        pen.rect(*box, line=0.5)
    else:
        pen.rect(*box, fill=shade, line=0.5)


def _draw_parts(pen: Pen, parts: tuple[str, ...], x: float, y: float) -> None:
    for n, name in enumerate(parts):
        _fill(pen, (x, y + 1.5, 12, 7.5), n)
        x = pen.text(x + 15, y + 8.5, one_line(name, 50 * MM, LABEL, pen.fonts), LABEL) + 12


# ---- intervals ----


def estimates_groups(block: Estimates, setter: Setter, width: float) -> Iterator[Group]:
    """Yield values with their intervals; one whose upper end is far away ends in an arrow."""
    title = setter.text(
        f"{block.title} ({block.unit})" if block.unit else block.title, width, "strong"
    )
    ends = [e.high for e in block.estimates if isfinite(e.high)]
    middles = [e.value for e in block.estimates if isfinite(e.value)]
    top = max([*middles, *ends, 1e-9]) * 1.04
    if middles and top > 8 * max(middles) > 0:
        top = 8 * max(middles)
    plot = (_LABEL_WIDE, width - _LABEL_WIDE - 44 * MM)
    scale = Row(12, lambda pen, x, y: _draw_scale(pen, (x + plot[0], y, plot[1]), top))
    rows = [_estimate_row(e, plot, top, width) for e in block.estimates]
    for row in (*title, scale):
        row.glued = True
    yield Group([*title, scale, *rows], gap=2 * GRID, loose=len(rows) > 12)


def _draw_scale(pen: Pen, box: tuple[float, float, float], top: float) -> None:
    x, y, wide = box
    pen.line(x, y + 11, x + wide, y + 11, 0.6)
    for value in steps_of(0.0, top):
        at = x + value / top * wide
        pen.line(at, y + 9, at, y + 12, 0.6)
        pen.text_centred(at, y + 7, f"{value:g}", LABEL - 0.5)


def _estimate_row(one: Estimate, plot: tuple[float, float], top: float, width: float) -> Row:
    def draw(pen: Pen, x: float, y: float) -> None:
        left, wide = x + plot[0], plot[1]
        pen.text(x, y + 9, one_line(one.name, plot[0] - GRID, _SIZE, pen.fonts), _SIZE)
        pen.line(left, y + 6.5, left + wide, y + 6.5, 0.25, ink=GREY, dash=(0.5, 2.5))
        if isfinite(one.low):
            _whisker(pen, one, (left, y, wide), top)
        text = one_line(one.text, width - plot[0] - wide - GRID, LABEL, pen.fonts)
        pen.text(left + wide + GRID, y + 9, text, LABEL)

    return Row(13.0, draw)


def _whisker(pen: Pen, one: Estimate, box: tuple[float, float, float], top: float) -> None:
    left, y, wide = box

    def at(value: float) -> float:
        return left + min(max(value, 0.0), top) / top * wide

    end = at(one.high) if isfinite(one.high) else left + wide
    pen.line(at(one.low), y + 6.5, end, y + 6.5, 1.4)
    pen.line(at(one.low), y + 3.5, at(one.low), y + 9.5, 1.0)
    if not isfinite(one.high) or one.high > top:
        pen.line(end - 4, y + 3.5, end, y + 6.5, 1.2)
        pen.line(end - 4, y + 9.5, end, y + 6.5, 1.2)
    else:
        pen.line(end, y + 3.5, end, y + 9.5, 1.0)
    if isfinite(one.value):
        pen.rect(at(one.value) - 2.5, y + 4, 5, 5, fill=BLACK)


# ---- photographs ----


def photos_groups(block: Photos, setter: Setter, width: float) -> Iterator[Group]:
    """Yield photographs two in a row; what cannot be shown is told in its frame."""
    wide = (width - 3 * GRID) / 2
    for n in range(0, len(block.photos), 2):
        cells = [_photo(photo, setter, wide) for photo in block.photos[n : n + 2]]
        height = max(cell[0] for cell in cells)

        def draw(pen: Pen, x: float, y: float, cells: Any = cells) -> None:
            for k, (_, inner) in enumerate(cells):
                inner(pen, x + k * (wide + 3 * GRID), y)

        yield Group([Row(height, draw)], gap=2 * GRID)


def _photo(
    photo: Photo, setter: Setter, wide: float
) -> tuple[float, Callable[[Pen, float, float], None]]:
    image = _image(photo.jpeg) if photo.jpeg else None
    trouble = photo.trouble if image is None else ""
    if image is not None:
        across, down = image.getSize()
        # A picture of few pixels is not blown up to a whole column: 72 dpi at least.
        most = min(wide, max(across, 0.4 * wide))
        high = min(most * down / across, _PHOTO_HIGH)
    else:
        high = 22 * MM
    told = lines_of(trouble, wide - 10 * GRID, 9.5, setter.fonts, bold=True)[:4]
    caption = [(photo.title, True)] + [(line, False) for line in photo.lines]
    lines = [
        (line, is_bold)
        for text, is_bold in caption
        for line in lines_of(text, wide, _SIZE, setter.fonts, bold=is_bold)
    ]
    half = len(photo.sha256) // 2
    digest = [f"SHA-256 {photo.sha256[:half]}", photo.sha256[half:]] if half > 16 else []
    digest = digest or lines_of(f"SHA-256 {photo.sha256}", wide, 7.0, setter.fonts)
    digest = [line for one in digest for line in lines_of(one, wide, 7.0, setter.fonts)]

    def draw(pen: Pen, x: float, y: float) -> None:
        if image is not None:
            across, down = image.getSize()
            pen.image(image, x, y, high * across / down, high)
            pen.rect(x, y, high * across / down, high, line=0.5)
        else:
            _draw_no_photo(pen, (x, y, wide, high), told)
        base = y + high + GRID * 0.6
        for n, (line, is_bold) in enumerate(lines):
            pen.text(x, base + n * _LEADING + _SIZE, line, _SIZE, bold=is_bold)
        base += len(lines) * _LEADING
        for n, line in enumerate(digest):
            pen.text(x, base + n * 9 + 7.5, line, 7.0, ink=(0.25, 0.25, 0.25))

    return high + GRID * 0.6 + len(lines) * _LEADING + len(digest) * 9 + GRID, draw


def _draw_no_photo(pen: Pen, box: tuple[float, float, float, float], told: list[str]) -> None:
    x, y, wide, high = box
    pen.rect(x, y, wide, high, line=1.0, fill=PALE)
    draw_flag(pen, x + GRID, y + GRID)
    for n, line in enumerate(told):
        pen.text(x + GRID + 12, y + GRID + 8 + n * 12, line, 9.5, bold=True)


def _image(jpeg: bytes) -> Any:
    """Return a picture that reportlab puts into the file as it is; None for what is none."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    try:
        with Image.open(BytesIO(jpeg)) as opened:
            opened.load()
        return ImageReader(BytesIO(jpeg))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


REPORT_SETTERS: dict[type[Any], Callable[[Any, Setter, float], Iterator[Group]]] = {
    Listing: listing_groups,
    Strip: strip_groups,
    Bars: bars_groups,
    Estimates: estimates_groups,
    Photos: photos_groups,
}
"""How the PDF sets each block of :mod:`console.documents.report_model`."""
