"""Tables and grids of facts: rows of a given width."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from console.documents.flow import Group, Row
from console.documents.lines import lines_of
from console.documents.model import Blank, Cell, Column, Facts, Table, Tick
from console.documents.pen import MM, PALE, Pen
from console.documents.setting import LABEL_HIGH, Setter, space
from console.documents.style import BOX, GRID, LABEL

_SIZE, _LEADING = 9.5, 12.6
_PAD = GRID * 0.55
_LINES_AT_ONCE = 14
"""A cell of more lines goes on in further rows, so that it can go over the end of a page."""
_FACT, _FACT_LEADING, _FACT_LINES = 10.5, 13.6, 4
_LONGEST_TITLE = 120
"""A longer title of a column is told above the table."""
_WRITING = BOX + GRID
_WHOLE = 100 * MM
"""A table that is lower than this stays in one piece."""


def fact_rows(block: Facts, setter: Setter, width: float) -> list[Row]:
    """Return names above values, in columns; a long value takes a line of its own."""
    pitch = width / block.columns
    rows: list[Row] = []
    line: list[_Told] = []
    for fact in block.facts:
        room = pitch - 2 * GRID
        label = lines_of(fact.label, room, LABEL, setter.fonts)
        lines = lines_of(fact.text or "---", room, _FACT, setter.fonts)
        if len(lines) > _FACT_LINES or len(label) > _FACT_LINES:
            rows += [_facts_line(line, pitch)] if line else []
            line = []
            rows += [*setter.text(fact.label, width, "quiet"), *setter.text(fact.text, width)]
            rows.append(space(GRID * 0.8))
            continue
        line.append(_Told(label, lines))
        if len(line) == block.columns:
            rows.append(_facts_line(line, pitch))
            line = []
    return [*rows, _facts_line(line, pitch)] if line else rows


@dataclass(frozen=True, slots=True)
class _Told:
    """A name and its value in lines."""

    label: list[str]
    lines: list[str]


def _facts_line(line: list[_Told], pitch: float) -> Row:
    cells = list(line)
    over = max(len(cell.label) for cell in cells) * LABEL_HIGH
    height = over + max(len(cell.lines) for cell in cells) * _FACT_LEADING + GRID * 0.8

    def draw(pen: Pen, x: float, y: float) -> None:
        for n, cell in enumerate(cells):
            left, top = x + n * pitch, y + over - len(cell.label) * LABEL_HIGH
            for k, text in enumerate(cell.label):
                pen.text(left, top + k * LABEL_HIGH + LABEL, text, LABEL, ink=(0.3, 0.3, 0.3))
            for k, text in enumerate(cell.lines):
                pen.text(left, y + over + 11 + k * _FACT_LEADING, text, _FACT)

    return Row(height, draw)


def table_groups(table: Table, setter: Setter, width: float) -> Iterator[Group]:
    """Yield a table: its title, then rows under a head that is repeated on every page."""
    widths = _widths(table, width)
    for column in table.columns:
        if len(column.title) > _LONGEST_TITLE:
            yield Group(setter.text(column.title, width, "small"), gap=GRID, loose=True)
    table = replace(table, columns=tuple(_short(column) for column in table.columns))
    if table.title:
        rows = setter.text(table.title, width, "strong")
        yield Group([*rows, space(GRID * 0.3)], gap=GRID, leads=True)
    head = [_head(table.columns, widths, setter)] if any(c.title for c in table.columns) else []
    rows = [r for cells in table.rows for r in _rows(cells, table.columns, widths, setter)]
    is_long = sum(row.height for row in rows) > _WHOLE
    yield Group(rows, gap=0 if table.title else GRID, head=head, loose=is_long)


def _short(column: Column) -> Column:
    if len(column.title) <= _LONGEST_TITLE:
        return column
    return replace(column, title=f"{column.title[:40]}…")


def _widths(table: Table, width: float) -> list[float]:
    shares = sum(column.share for column in table.columns)
    return [width * column.share / shares for column in table.columns]


def _head(columns: tuple[Column, ...], widths: list[float], setter: Setter) -> Row:
    titles = [
        lines_of(column.title, wide - 2 * _PAD, LABEL + 0.5, setter.fonts, bold=True)
        for column, wide in zip(columns, widths, strict=True)
    ]
    height = max(map(len, titles)) * LABEL_HIGH + 2 * _PAD

    def draw(pen: Pen, x: float, y: float) -> None:
        pen.rect(x, y, sum(widths), height, fill=PALE)
        left = x
        for lines, wide in zip(titles, widths, strict=True):
            for n, line in enumerate(lines):
                base = y + height - _PAD - (len(lines) - 1 - n) * LABEL_HIGH - 1.5
                pen.text(left + _PAD, base, line, LABEL + 0.5, bold=True)
            left += wide
        pen.line(x, y, x + sum(widths), y, 0.9)
        pen.line(x, y + height, x + sum(widths), y + height, 0.9)

    return Row(height, draw)


def _rows(
    cells: tuple[Cell, ...], columns: tuple[Column, ...], widths: list[float], setter: Setter
) -> list[Row]:
    """Return one row of a table: in pieces where a cell has many lines."""
    texts = [_cell_lines(c, wide, setter) for c, wide in zip(cells, widths, strict=True)]
    count = max((len(lines) for lines in texts), default=1)
    starts = range(0, max(count, 1), _LINES_AT_ONCE)
    return [
        _piece(cells, [t[n : n + _LINES_AT_ONCE] for t in texts], columns, widths, n, count)
        for n in starts
    ]


def _cell_lines(cell: Cell, wide: float, setter: Setter) -> list[str]:
    if isinstance(cell, Blank):
        fits = setter.fonts.width(cell.hint, LABEL) <= wide - 2 * _PAD
        return [] if fits else lines_of(cell.hint, wide - 2 * _PAD, _SIZE, setter.fonts)
    text = cell.text if isinstance(cell, Tick) else cell
    room = wide - 2 * _PAD - (BOX + GRID if isinstance(cell, Tick) else 0)
    return lines_of(text, max(room, 20.0), _SIZE, setter.fonts) if text else []


def _piece(
    cells: tuple[Cell, ...],
    texts: list[list[str]],
    columns: tuple[Column, ...],
    widths: list[float],
    start: int,
    count: int,
) -> Row:
    is_first, is_last = start == 0, start + _LINES_AT_ONCE >= count
    to_write = is_first and any(isinstance(cell, Blank | Tick) for cell in cells)
    height = max(len(lines) for lines in texts) * _LEADING + 2 * _PAD
    height = max(height, _WRITING if to_write else 0.0)

    def draw(pen: Pen, x: float, y: float) -> None:
        left = x
        for n, (cell, lines, wide) in enumerate(zip(cells, texts, widths, strict=True)):
            if n:
                pen.line(left, y, left, y + height, 0.4, ink=(0.5, 0.5, 0.5))
            _draw_cell(pen, cell, lines, columns[n], (left, y, wide, height), is_first)
            left += wide
        if is_last:
            pen.line(x, y + height, left, y + height, 0.5)

    return Row(height, draw, glued=count > _LINES_AT_ONCE and is_first)


def _draw_cell(
    pen: Pen,
    cell: Cell,
    lines: list[str],
    column: Column,
    box: tuple[float, float, float, float],
    is_first: bool,
) -> None:
    x, y, wide, height = box
    if isinstance(cell, Blank) and not lines:
        if cell.hint and is_first:
            pen.text_right(x + wide - _PAD, y + height - 2.5, cell.hint, LABEL - 0.5)
        return
    if isinstance(cell, Tick):
        if is_first:
            pen.rect(x + _PAD, y + (height - BOX) / 2, BOX, BOX, line=0.9)
        x, wide = x + BOX + GRID, wide - BOX - GRID
    size = len(lines) * _LEADING
    top = y + (height - size) / 2 if size < height - 2 * _PAD else y + _PAD
    for n, line in enumerate(lines):
        base = top + n * _LEADING + _SIZE
        if column.align == "right":
            pen.text_right(x + wide - _PAD, base, line, _SIZE)
        elif column.align == "centre":
            pen.text_centred(x + wide / 2, base, line, _SIZE)
        else:
            pen.text(x + _PAD, base, line, _SIZE)
