"""Hazards, pictograms and hold points: what must be seen before anything is done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from console.documents.flow import Group, Row
from console.documents.model import BOX_MM, Hazards, HazardSign, HoldBar, Sign, Signs
from console.documents.pen import BLACK, MM, WHITE, Pen
from console.documents.setting import Setter, space
from console.documents.style import BOX, GRID, SIGNAL_COLOURS

_SIGN = 15 * MM
_BAR = 6 * MM
_PPE = 13 * MM
_LONGEST_WORDS = 80


def hazard_rows(block: Hazards, setter: Setter, width: float) -> list[Row]:
    """Return hazards one below the other, and the box that says that they were read."""
    rows = [row for sign in block.signs for row in _hazard(sign, setter, width)]
    if block.entry is not None:
        rows[-1].glued = True
        rows.append(space(GRID * 0.4))
        rows[-1].glued = True
        rows += setter.entries((block.entry,), width)
    return rows


def hazard_groups(block: Hazards, setter: Setter, width: float) -> Iterator[Group]:
    """Yield one group for each hazard."""
    for sign in block.signs:
        yield Group(_hazard(sign, setter, width), gap=GRID * 0.6)
    if block.entry is not None:
        yield Group(setter.entries((block.entry,), width), gap=GRID)


def _hazard(sign: HazardSign, setter: Setter, width: float) -> list[Row]:
    indent = _SIGN + GRID * 1.2
    texts = [
        *setter.text(sign.consequence, width - GRID, "strong", indent),
        *setter.text(sign.avoid, width - GRID, "body", indent),
    ]
    high = _BAR + GRID * 0.5
    rows = [_bar(sign, indent, width), space(GRID * 0.5)]
    for row in texts:
        high += row.height
        rows.append(row)
    rows.append(space(max(GRID * 0.6, _SIGN + GRID * 0.6 - high)))
    covered = 0.0
    for row in rows[:-1]:
        if covered < _SIGN + GRID:
            row.glued = True
        covered += row.height
    return rows


def _bar(sign: HazardSign, indent: float, width: float) -> Row:
    ground, ink = SIGNAL_COLOURS[sign.signal]

    def draw(pen: Pen, x: float, y: float) -> None:
        pen.rect(x + indent, y, width - indent, _BAR, line=0.9, fill=ground)
        pen.text(x + indent + GRID, y + _BAR * 0.74, sign.word, 12, bold=True, ink=ink)
        pen.pictogram(sign.pictogram, x, y, _SIGN)

    return Row(_BAR, draw)


def hold_rows(block: HoldBar, setter: Setter, width: float) -> list[Row]:
    """Return a bar over the whole width that nobody overlooks, and the boxes that release it."""

    def draw(pen: Pen, x: float, y: float) -> None:
        pen.hatch(x, y, width, _BAR * 1.3)
        wide = pen.fonts.width(block.word, 13, bold=True) + 4 * GRID
        pen.rect(x + GRID * 4, y, wide, _BAR * 1.3, fill=BLACK)
        pen.text(x + GRID * 6, y + _BAR * 0.9, block.word, 13, bold=True, ink=WHITE)

    rows = [Row(_BAR * 1.3, draw), space(GRID * 0.5)]
    rows += setter.text(block.text, width, "strong")
    rows.append(space(GRID * 0.3))
    rows += setter.entries(block.entries, width)
    for row in rows[:-1]:
        row.glued = True
    return rows


def hold_groups(block: HoldBar, setter: Setter, width: float) -> Iterator[Group]:
    """Yield a hold point of its own."""
    yield Group(hold_rows(block, setter, width), gap=GRID * 2)


def sign_rows(block: Signs, setter: Setter, width: float) -> list[Row]:
    """Return pictograms side by side, each with its words and, where asked for, a box."""
    columns = max(1, int(width // (58 * MM)))
    pitch = width / columns
    if any(len(sign.text) > _LONGEST_WORDS for sign in block.signs):
        return [row for sign in block.signs for row in _long_sign(sign, setter, width)]
    return [
        _signs_line(block.signs[n : n + columns], setter, pitch)
        for n in range(0, len(block.signs), columns)
    ]


def _long_sign(sign: Sign, setter: Setter, width: float) -> list[Row]:
    alone = _signs_line((replace(sign, text=""),), setter, width)
    return [alone, *setter.text(sign.text, width)]


def _signs_line(signs: tuple[Sign, ...], setter: Setter, pitch: float) -> Row:
    cells = []
    for sign in signs:
        left = _PPE + GRID + (BOX_MM * MM + GRID if sign.tick else 0.0)
        cells.append((sign, left, setter.text(sign.text, pitch - left - GRID, "body")))
    height = max(_PPE, *(sum(r.height for r in rows) for _, _, rows in cells)) + GRID

    def draw(pen: Pen, x: float, y: float) -> None:
        for n, (sign, left, rows) in enumerate(cells):
            at = x + n * pitch
            pen.pictogram(sign.pictogram, at, y, _PPE)
            if sign.tick:
                pen.rect(at + _PPE + GRID, y + (_PPE - BOX) / 2, BOX, BOX, line=0.9)
            top = y + max(0.0, (_PPE - sum(r.height for r in rows)) / 2)
            for row in rows:
                row.draw(pen, at + left, top)
                top += row.height

    return Row(height, draw)
