"""Sizes and distances on paper: everything stands on a grid of 4 mm columns and 2 mm lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from console.documents.model import BOX_MM, Style
from console.documents.pen import BLACK, MM, Colour

Paper = Literal["a4", "letter"]
PAPERS: dict[Paper, tuple[float, float]] = {
    "a4": (210 * MM, 297 * MM),
    "letter": (8.5 * 72.0, 11.0 * 72.0),
}
"""Width and height of each paper, points."""
LEFT, RIGHT, TOP, BOTTOM = 18 * MM, 12 * MM, 10 * MM, 9 * MM
"""Margins; the left one has room for a binder's holes."""
HEADER, FOOTER = 30 * MM, 7 * MM
BOX = BOX_MM * MM
GRID = 2 * MM
LABEL = 8.0
"""The size of the small words over boxes and facts."""


@dataclass(frozen=True, slots=True)
class Type:
    """How a style of text is set: size, distance of lines, weight, colour."""

    size: float
    leading: float
    bold: bool = False
    ink: Colour = BLACK


TYPES: dict[Style, Type] = {
    "body": Type(10.5, 14.2),
    "lead": Type(12.0, 16.0),
    "strong": Type(10.5, 14.2, bold=True),
    "small": Type(9.0, 12.0),
    "quiet": Type(9.0, 12.0, ink=(0.3, 0.3, 0.3)),
}
SIGNAL_COLOURS: dict[str, tuple[Colour, Colour]] = {
    "danger": ((0.76, 0.05, 0.12), (1.0, 1.0, 1.0)),
    "warning": ((1.0, 0.56, 0.0), (0.0, 0.0, 0.0)),
    "caution": ((1.0, 0.83, 0.0), (0.0, 0.0, 0.0)),
    "notice": ((0.0, 0.29, 0.6), (1.0, 1.0, 1.0)),
}
"""Ground and letters of each signal word, after ISO 3864; in grey the letters stay readable."""
