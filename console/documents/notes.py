"""What a reader must know of a document's letters: which are not shown as they should be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from console.documents.fonts import Fonts, code_point
from console.documents.lines import reads_leftwards
from console.documents.model import Block, Document, Paragraph
from console.text import speaking, tr

_SHOWN = 12


def notes_of(document: Document, fonts: Fonts) -> tuple[Block, ...]:
    """Return what is to be said before anything else: nothing where all letters are known."""
    characters = {c for text in texts_of((document.header, document.blocks)) for c in text}
    missing = sorted(c for c in characters if c not in "\n\r\t\u2028\u2029" and not fonts.has(c))
    notes = []
    with speaking(document.language):
        if missing:
            shown = ", ".join(code_point(c) for c in missing[:_SHOWN])
            more = " …" if len(missing) > _SHOWN else ""
            told = tr(
                "No font of this computer has these characters; each is shown as its number in a"
                " box: {characters}",
                characters=shown + more,
            )
            notes.append(Paragraph(told, "small"))
        if reads_leftwards("".join(sorted(characters))):
            told = tr(
                "Text that is written from right to left is shown here in the order in which it"
                " was typed, from left to right."
            )
            notes.append(Paragraph(told, "small"))
    return tuple(notes)


def texts_of(part: Any) -> Iterator[str]:
    """Yield every text of a part of a document."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from texts_of(item)
    elif is_dataclass(part):
        for field in fields(part):
            yield from texts_of(getattr(part, field.name))
