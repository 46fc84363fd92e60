"""Setting text and boxes: rows of a given width, for every kind of block."""

from __future__ import annotations

from dataclasses import dataclass, replace

from console.documents.flow import Draw, Row
from console.documents.fonts import Fonts
from console.documents.lines import lines_of, one_line
from console.documents.model import Entry, Jump, Style, Tick
from console.documents.pen import MM, Pen
from console.documents.style import BOX, GRID, LABEL, TYPES

LABEL_HIGH = LABEL * 1.3
_TICK_GAP = 2.5 * MM
_GRID_X = 4 * MM
_LONGEST_UNIT = 12
_LONGEST_LABEL = 120
"""A longer label is set as text above its box."""


@dataclass(slots=True)
class Setter:
    """Makes rows. ``pages`` tells on which page each anchor is, as far as that is known yet.

    ``on_page`` is the pattern for a reference to a page.
    """

    fonts: Fonts
    pages: dict[str, int]
    on_page: str

    def text(
        self, text: str, width: float, style: Style = "body", indent: float = 0.0
    ) -> list[Row]:
        """Return a row for each line of a text."""
        kind = TYPES[style]
        room = width - indent
        lines = lines_of(text, room, kind.size, self.fonts, kind.bold)
        rows = [Row(kind.leading, _writes(line, indent, style)) for line in lines]
        if 2 <= len(rows) <= 4:
            for row in rows[:-1]:
                row.glued = True
        elif len(rows) > 4:
            rows[0].glued = rows[-2].glued = True
        return rows

    def tick(self, tick: Tick, width: float) -> list[Row]:
        """Return a box to tick with words beside it."""
        return self.boxed(tick.text, width, tick.style)

    def jump(self, jump: Jump, width: float) -> list[Row]:
        """Return words that send the reader to another page, with the page."""
        page = self.pages.get(jump.anchor)
        where = self.on_page.format(page=page if page is not None else "---")
        words = f"{jump.text} — {where}"
        rows = (
            self.boxed(words, width, jump.style)
            if jump.tick
            else self.text(words, width, jump.style)
        )
        if page is not None:
            for row in rows:
                row.draw = _linked(row, jump.anchor, width)
        return rows

    def boxed(self, words: str, width: float, style: Style) -> list[Row]:
        """Return words beside a box that a gloved hand can tick."""
        kind = TYPES[style]
        indent = BOX + _TICK_GAP
        lines = lines_of(words, width - indent, kind.size, self.fonts, kind.bold)
        height = len(lines) * kind.leading
        pad = max(0.0, (BOX - height) / 2)
        first_lines = lines if height <= 8 * kind.leading else lines[:2]

        def draw(pen: Pen, x: float, y: float) -> None:
            pen.rect(x, y, BOX, BOX, line=0.9)
            for n, line in enumerate(first_lines):
                base = y + pad + n * kind.leading + kind.size * 1.02
                pen.text(x + indent, base, line, kind.size, kind.bold, kind.ink)

        top = Row(max(BOX, len(first_lines) * kind.leading + pad) + GRID * 0.6, draw)
        rest = [
            Row(kind.leading, _writes(line, indent, style)) for line in lines[len(first_lines) :]
        ]
        return [top, *rest]

    def entries(self, entries: tuple[Entry, ...], width: float) -> list[Row]:
        """Return boxes side by side, their labels above, as many in a row as fit."""
        rows: list[Row] = []
        line: list[tuple[Entry, float, float]] = []
        x = 0.0
        for told in entries:
            entry = self._bounded(told)
            if len(entry.label) + len(entry.hint) > _LONGEST_LABEL:
                rows += self.text(f"{entry.label}  {entry.hint}", width, "small")
                entry = replace(entry, label="", hint="")
            wide = min(self._wide(entry), width)
            if line and x + wide > width + 0.1:
                rows.append(self._line_of(line))
                line, x = [], 0.0
            line.append((entry, x, wide))
            x += wide + _GRID_X
        return [*rows, self._line_of(line)] if line else rows

    def _bounded(self, entry: Entry) -> Entry:
        """Return an entry of which nothing is cut off: what does not fit is said in its hint."""
        more = [entry.hint] if entry.hint else []
        if len(entry.unit) > _LONGEST_UNIT:
            more.append(entry.unit)
            entry = replace(entry, unit="")
        if self.fonts.width(entry.given, 10) > entry.width_mm * MM - GRID:
            more.append(entry.given)
            entry = replace(entry, given="")
        return replace(entry, hint=", ".join(more))

    def _wide(self, entry: Entry) -> float:
        unit = self.fonts.width(entry.unit, 10) + GRID if entry.unit else 0.0
        label = self.fonts.width(entry.label, LABEL, bold=True)
        if entry.hint:
            label += self.fonts.width(f"  {entry.hint}", LABEL)
        return -(-max(entry.width_mm * MM + unit, min(label, 56 * MM)) // _GRID_X) * _GRID_X

    def _line_of(self, line: list[tuple[Entry, float, float]]) -> Row:
        labels = [self._labels(entry, wide) for entry, _, wide in line]
        high = max(len(found) for found in labels) * LABEL_HIGH

        def draw(pen: Pen, x: float, y: float) -> None:
            for (entry, left, wide), found in zip(line, labels, strict=True):
                top = y + high - len(found) * LABEL_HIGH
                for n, (text, bold) in enumerate(found):
                    pen.text(x + left, top + n * LABEL_HIGH + LABEL, text, LABEL, bold)
                draw_box(pen, entry, x + left, y + high + 1.2, wide)

        return Row(high + BOX + 1.2 + GRID * 0.8, draw)

    def _labels(self, entry: Entry, wide: float) -> list[tuple[str, bool]]:
        both = f"{entry.label}  {entry.hint}" if entry.hint else entry.label
        if entry.hint and self.fonts.width(both, LABEL, bold=True) > wide:
            label = [(line, True) for line in lines_of(entry.label, wide, LABEL, self.fonts, True)]
            hint = [(line, False) for line in lines_of(entry.hint, wide, LABEL, self.fonts)]
            return label + hint
        return [(line, True) for line in lines_of(both, wide, LABEL, self.fonts, True)]


def draw_box(pen: Pen, entry: Entry, x: float, y: float, wide: float) -> None:
    """Draw a box to write in, its unit behind it and what is given in it."""
    unit = pen.fonts.width(entry.unit, 10) + GRID if entry.unit else 0.0
    pen.rect(x, y, wide - unit, BOX, line=0.9)
    if entry.given:
        text = one_line(entry.given, wide - unit - GRID, 10, pen.fonts)
        pen.text(x + GRID / 2, y + BOX / 2 + 3.5, text, 10)
    if entry.unit:
        pen.text(x + wide - unit + GRID / 2, y + BOX / 2 + 3.5, entry.unit, 10)


def _writes(line: str, indent: float, style: Style) -> Draw:
    kind = TYPES[style]

    def draw(pen: Pen, x: float, y: float) -> None:
        base = y + (kind.leading - kind.size) / 2 + kind.size * 0.86
        pen.text(x + indent, base, line, kind.size, kind.bold, kind.ink)

    return draw


def _linked(row: Row, anchor: str, width: float) -> Draw:
    inner, height = row.draw, row.height

    def draw(pen: Pen, x: float, y: float) -> None:
        inner(pen, x, y)
        pen.jump(anchor, x, y, width, height)

    return draw


def space(height: float) -> Row:
    """Return an empty row."""
    return Row(height, lambda _pen, _x, _y: None)
