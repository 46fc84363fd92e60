"""From the blocks of a document to groups of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from console.documents import model as m
from console.documents.blocks_drawn import beside_rows, chart_rows, picture_rows, plan_rows
from console.documents.blocks_hazard import hazard_groups, hold_groups, sign_rows
from console.documents.blocks_step import step_groups
from console.documents.blocks_table import fact_rows, table_groups
from console.documents.flow import Group, Row
from console.documents.lines import lines_of
from console.documents.pen import MM, Pen
from console.documents.report_blocks import REPORT_SETTERS
from console.documents.setting import Setter, space
from console.documents.style import GRID

_GAP = 2 * GRID


def groups_of(blocks: Sequence[m.Block], setter: Setter, width: float) -> Iterator[Group]:
    """Yield the groups of some blocks, set to a width."""
    for block in blocks:
        yield from _SETTERS[type(block)](block, setter, width)


def _heading(block: m.Heading, setter: Setter, width: float) -> Iterator[Group]:
    size = 14.0 if block.level == 1 else 11.5
    note = setter.fonts.width(block.note, 9) + GRID if block.note else 0.0
    room = width - note if note < width / 2 else width
    lines = lines_of(block.text, room, size, setter.fonts, bold=True)
    rows = [_heading_row(line, size) for line in lines]
    if note and note < width / 2:
        rows[0].draw = _with_note(rows[0], block.note, width)
    elif block.note:
        rows += setter.text(block.note, width, "quiet")
    rows.append(_rule(width, 1.4) if block.level == 1 else space(GRID * 0.4))
    yield Group(
        rows,
        gap=_GAP * (1.4 if block.level == 1 else 0.9),
        leads=True,
        anchor=block.anchor,
        outline=(block.text[:120], block.level - 1) if block.anchor else None,
    )


def _heading_row(line: str, size: float) -> Row:
    def draw(pen: Pen, x: float, y: float) -> None:
        pen.text(x, y + size, line, size, bold=True)

    return Row(size * 1.3, draw)


def _with_note(row: Row, note: str, width: float) -> Callable[[Pen, float, float], None]:
    inner = row.draw

    def draw(pen: Pen, x: float, y: float) -> None:
        inner(pen, x, y)
        pen.text_right(x + width, y + row.height * 0.77, note, 9)

    return draw


def _rule(width: float, line: float) -> Row:
    def draw(pen: Pen, x: float, y: float) -> None:
        pen.line(x, y + 1, x + width, y + 1, line)

    return Row(GRID, draw)


def _paragraph(block: m.Paragraph, setter: Setter, width: float) -> Iterator[Group]:
    rows = setter.text(block.text, width, block.style)
    yield Group(rows, gap=GRID, loose=not block.leads, leads=block.leads)


def _jump(block: m.Jump, setter: Setter, width: float) -> Iterator[Group]:
    yield Group(setter.jump(block, width), gap=GRID, leads=block.leads)


def _facts(block: m.Facts, setter: Setter, width: float) -> Iterator[Group]:
    yield Group(fact_rows(block, setter, width), gap=GRID, loose=True)


def _entries(block: m.Entries, setter: Setter, width: float) -> Iterator[Group]:
    yield Group(setter.entries(block.entries, width), gap=GRID)


def _ticks(block: m.Ticks, setter: Setter, width: float) -> Iterator[Group]:
    each = (width - GRID * 2 * (block.columns - 1)) / block.columns
    if block.columns == 1 or any(len(tick.text) > 300 for tick in block.ticks):
        rows = [row for tick in block.ticks for row in setter.tick(tick, width)]
        yield Group(rows, gap=GRID, loose=True)
        return
    rows = []
    for start in range(0, len(block.ticks), block.columns):
        line = [setter.tick(t, each) for t in block.ticks[start : start + block.columns]]
        rows.append(_abreast(line, each + GRID * 2))
    yield Group(rows, gap=GRID, loose=True)


def _abreast(line: list[list[Row]], pitch: float) -> Row:
    """Return rows of several columns as one."""
    height = max(sum(row.height for row in rows) for rows in line)

    def draw(pen: Pen, x: float, y: float) -> None:
        for n, rows in enumerate(line):
            top = y
            for row in rows:
                row.draw(pen, x + n * pitch, top)
                top += row.height

    return Row(height, draw)


def _signs(block: m.Signs, setter: Setter, width: float) -> Iterator[Group]:
    yield Group(sign_rows(block, setter, width), gap=GRID, loose=True)


def _plan(block: m.TankPlan, setter: Setter, width: float) -> Iterator[Group]:
    yield Group(plan_rows(block, setter, width), gap=GRID)


def _chart(block: m.Chart, setter: Setter, width: float) -> Iterator[Group]:
    yield Group(chart_rows(block, setter, width), gap=_GAP)


def _picture(block: m.Picture, setter: Setter, width: float) -> Iterator[Group]:
    yield Group(picture_rows(block, setter, width), gap=_GAP)


def _beside(block: m.Beside, setter: Setter, width: float) -> Iterator[Group]:
    right_width = min(block.right_mm * MM, width * 0.6)
    left_width = width - right_width - 2 * GRID
    left = list(groups_of(block.left, setter, left_width))
    right = list(groups_of(block.right, setter, right_width))
    row = beside_rows(left, right, left_width + 2 * GRID)
    if row.height <= 160 * MM:
        yield Group([row], gap=GRID)
    else:
        yield from groups_of((*block.right, *block.left), setter, width)


def _page_break(_block: m.PageBreak, _setter: Setter, _width: float) -> Iterator[Group]:
    yield Group([], breaks_page=True)


_SETTERS: dict[type[Any], Callable[[Any, Setter, float], Iterator[Group]]] = {
    m.Heading: _heading,
    m.Paragraph: _paragraph,
    m.Facts: _facts,
    m.Entries: _entries,
    m.Ticks: _ticks,
    m.Jump: _jump,
    m.Table: table_groups,
    m.Signs: _signs,
    m.Hazards: hazard_groups,
    m.HoldBar: hold_groups,
    m.StepBlock: step_groups,
    m.TankPlan: _plan,
    m.Chart: _chart,
    m.Picture: _picture,
    m.Beside: _beside,
    m.PageBreak: _page_break,
    **REPORT_SETTERS,
}
