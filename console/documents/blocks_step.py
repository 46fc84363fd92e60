"""One step of a procedure on paper: number and ring at left, words and boxes, marks at right."""

from __future__ import annotations

from collections.abc import Iterator

from console.documents.blocks_hazard import hazard_rows, hold_rows
from console.documents.flow import Draw, Frame, Group, Row
from console.documents.lines import lines_of
from console.documents.model import Entries, Entry, Jump, Paragraph, StepBlock, StepPart, Tick
from console.documents.pen import MM, Pen
from console.documents.setting import LABEL_HIGH, Setter, draw_box, space
from console.documents.style import BOX, GRID, LABEL

_MARGIN = 14 * MM
_MARKS = 46 * MM
_MARK_LINES = 5
_PAD = GRID * 0.9
_RING = 4.0 * MM


def step_groups(step: StepBlock, setter: Setter, width: float) -> Iterator[Group]:
    """Yield a step; its hazards and its hold point go before it and stay on its page."""
    marks = _Marks(step.marks, setter)
    inner = width - _MARGIN - (_MARKS if step.marks else _PAD)
    rows = [space(_PAD), *_title(step, setter, inner)]
    for part in step.parts:
        rows += _part(part, setter, inner)
    short = marks.height - sum(row.height for row in rows)
    rows.append(space(max(_PAD, short)))
    _glue_end(rows, marks.height)
    _glue_start(rows)
    for row in rows:
        row.draw = _shifted(row)
    before = _before(step, setter, width)
    yield from before
    yield Group(
        rows,
        gap=GRID * (0.6 if before else 1.2),
        frame=_frame(step, marks, width),
        anchor=step.anchor,
    )


def _before(step: StepBlock, setter: Setter, width: float) -> list[Group]:
    """Return what must be read before the step, tied to it."""
    groups = []
    if step.hold is not None:
        groups.append(Group(hold_rows(step.hold, setter, width), gap=GRID * 2, leads=True))
    if step.hazards is not None:
        inner = width - _MARGIN
        groups.append(
            Group(hazard_rows(step.hazards, setter, inner), GRID * 1.6, leads=True, inset=_MARGIN)
        )
    return groups


def _title(step: StepBlock, setter: Setter, width: float) -> list[Row]:
    lines = lines_of(step.title, width, 12, setter.fonts, bold=True)

    def line_row(text: str) -> Row:
        return Row(15.6, lambda pen, x, y: _write_title(pen, x, y, text))

    rows = [line_row(line) for line in lines]
    if step.note:
        rows += setter.text(step.note, width, "quiet")
    return [*rows, space(GRID * 0.3)]


def _write_title(pen: Pen, x: float, y: float, text: str) -> None:
    pen.text(x, y + 11.6, text, 12, bold=True)


def _part(part: StepPart, setter: Setter, width: float) -> list[Row]:
    match part:
        case Paragraph():
            return [*setter.text(part.text, width, part.style), space(GRID * 0.4)]
        case Entry():
            return setter.entries((part,), width)
        case Entries():
            return setter.entries(part.entries, width)
        case Tick():
            return setter.tick(part, width)
        case Jump():
            return setter.jump(part, width)


def _glue_end(rows: list[Row], height: float) -> None:
    """Keep as much of the end together as the marks beside it are high."""
    covered = 0.0
    for row in reversed(rows):
        if covered >= height:
            break
        covered += row.height
        if row is not rows[-1]:
            row.glued = True


def _glue_start(rows: list[Row]) -> None:
    for row in rows[:4]:
        if row is not rows[-1]:
            row.glued = True


def _shifted(row: Row) -> Draw:
    inner = row.draw

    def draw(pen: Pen, x: float, y: float) -> None:
        inner(pen, x + _MARGIN, y)

    return draw


class _Marks:
    """The boxes at the right of a step, two in a row."""

    def __init__(self, entries: tuple[Entry, ...], setter: Setter) -> None:
        self._wide = (_MARKS - _PAD - GRID) / 2
        self._lines = [entries[n : n + 2] for n in range(0, len(entries), 2)]
        self._labels = {
            e: lines_of(e.label, self._wide, LABEL, setter.fonts, bold=True)[:_MARK_LINES]
            for e in entries
        }
        self.height = _PAD + sum(self._high(line) for line in self._lines) + _PAD

    def _high(self, line: tuple[Entry, ...]) -> float:
        return max(len(self._labels[e]) for e in line) * LABEL_HIGH + 1.2 + BOX + GRID * 0.6

    def draw(self, pen: Pen, right: float, bottom: float) -> None:
        """Draw them with their lower right corner given."""
        left, y = right - _MARKS + GRID, bottom - self.height + _PAD
        for line in self._lines:
            high = self._high(line) - BOX - GRID * 0.6
            for n, entry in enumerate(line):
                x = left + n * (self._wide + GRID / 2)
                labels = self._labels[entry]
                for k, text in enumerate(labels):
                    base = y + high - 1.2 - (len(labels) - 1 - k) * LABEL_HIGH - 2
                    pen.text(x, base, text, LABEL, bold=True)
                draw_box(pen, entry, x, y + high, self._wide)
            y += self._high(line)


def _frame(step: StepBlock, marks: _Marks, width: float) -> Frame:
    def draw(pen: Pen, x: float, top: float, bottom: float, is_first: bool, is_last: bool) -> None:
        pen.line(x, top, x + width, top, 0.9 if is_first else 0.4)
        if is_last and step.marks:
            marks.draw(pen, x + width, min(bottom, top + marks.height))
        pen.text(x + 1, top + _PAD + 12, step.number, 14, bold=True)
        if is_first:
            pen.circle(x + _RING + 2, top + _PAD + 18 + _RING, _RING)

    return draw
