"""The boxes of a form in the order of reading, as the document has them: to copy them back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from console.documents.model import (
    Beside,
    Blank,
    Block,
    Document,
    Entries,
    Entry,
    Hazards,
    Heading,
    HoldBar,
    Jump,
    Signs,
    StepBlock,
    Table,
    Tick,
    Ticks,
)

BoxKind = Literal["text", "tick"]
_STEP = "step-"


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its id, what stands beside it, its limit, its unit; ``tick`` ones are ticked."""

    id: str
    label: str
    hint: str = ""
    unit: str = ""
    kind: BoxKind = "text"


@dataclass(frozen=True, slots=True)
class Section:
    """Boxes under one heading; ``step`` is the id of the step that they are of, if of any."""

    title: str
    page: int
    boxes: tuple[Box, ...]
    step: str = ""
    number: str = ""


def sections_of(document: Document, page_of: Mapping[str, int]) -> tuple[Section, ...]:
    """Return every section that has boxes; a step is a section of its own."""
    found: list[Section] = []
    title, page = "", 1
    loose: list[Box] = []

    def close() -> None:
        if loose:
            found.append(Section(title, page, tuple(loose)))
            loose.clear()

    for block in document.blocks:
        if isinstance(block, Heading) and block.level == 1:
            close()
            title, page = block.text, page_of.get(block.anchor, page)
        elif isinstance(block, StepBlock):
            close()
            page = page_of.get(block.anchor, page)
            step = block.anchor.removeprefix(_STEP)
            boxes = tuple(_of_step(block))
            found.append(Section(block.title, page, boxes, step, block.number))
        else:
            loose += _of_block(block)
    close()
    return tuple(found)


def _of_step(block: StepBlock) -> Iterator[Box]:
    if block.hold is not None:
        yield from map(_entry, block.hold.entries)
    for part in block.parts:
        yield from _of_part(part)
    yield from map(_entry, block.marks)


def _of_part(part: object) -> Iterator[Box]:
    match part:
        case Entry():
            yield _entry(part)
        case Entries():
            yield from map(_entry, part.entries)
        case Tick():
            yield Box(part.id, part.text, kind="tick")
        case Jump() if part.tick:
            yield Box(part.tick, part.text, kind="tick")


def _of_block(block: Block) -> Iterator[Box]:
    match block:
        case Entries() | Jump():
            yield from _of_part(block)
        case Ticks():
            yield from (Box(one.id, one.text, kind="tick") for one in block.ticks)
        case Table():
            yield from _of_table(block)
        case Signs():
            yield from (Box(s.tick, s.text, kind="tick") for s in block.signs if s.tick)
        case Hazards() if block.entry is not None:
            yield _entry(block.entry)
        case HoldBar():
            yield from map(_entry, block.entries)
        case Beside():
            yield from _all((*block.left, *block.right))
        case _:
            return


def _all(blocks: Iterable[Block]) -> Iterator[Box]:
    for block in blocks:
        yield from _of_block(block)


def _of_table(table: Table) -> Iterator[Box]:
    for number, row in enumerate(table.rows, 1):
        first = row[0] if row else ""
        named = first.text if isinstance(first, Tick) else first if isinstance(first, str) else ""
        head = named if table.named and named else str(number)
        for column, cell in zip(table.columns, row, strict=True):
            if isinstance(cell, Blank) and cell.id:
                yield Box(cell.id, f"{head}: {column.title}" if column.title else head, cell.hint)
            elif isinstance(cell, Tick) and cell.id:
                label = cell.text or f"{head}: {column.title}"
                yield Box(cell.id, label, kind="tick")


def _entry(entry: Entry) -> Box:
    return Box(entry.id, entry.label, entry.hint, entry.unit)
