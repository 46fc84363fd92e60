"""What a document is, without saying how it is drawn: the PDF and the HTML come from the same.

Every text is final: in the reader's language, with numbers and units written out. Blocks come in
the order of reading. Lengths are millimetres on paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from console.documents.codes import PageCode
from console.documents.report_model import ReportBlock

Style = Literal["body", "lead", "strong", "small", "quiet"]
Signal = Literal["danger", "warning", "caution", "notice"]
Align = Literal["left", "right", "centre"]
BOX_MM = 8.0
"""The least height of a box to write or tick in: a pen in a gloved hand needs it."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and what it is."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a section (level 1) or of a part of it (2). ``note`` stands small beside it."""

    text: str
    level: Literal[1, 2] = 1
    anchor: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; line feeds in it stay. ``leads`` keeps it on one page with what follows."""

    text: str
    style: Style = "body"
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values on a grid of so many columns."""

    facts: tuple[Fact, ...]
    columns: int = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """A box to write in. ``id`` names what belongs there when the form is read back.

    ``hint`` stands beside the label (a limit), ``unit`` behind the box, ``given`` in it.
    """

    label: str
    id: str = ""
    hint: str = ""
    unit: str = ""
    width_mm: float = 30.0
    given: str = ""


@dataclass(frozen=True, slots=True)
class Entries:
    """Boxes side by side; as many in a row as there is room for."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A box to tick with words beside it."""

    text: str
    id: str = ""
    style: Style = "body"


@dataclass(frozen=True, slots=True)
class Ticks:
    """Boxes to tick in so many columns."""

    ticks: tuple[Tick, ...]
    columns: int = 1


@dataclass(frozen=True, slots=True)
class Jump:
    """Words that send the reader elsewhere, on paper with the page. ``tick`` puts a box first."""

    text: str
    anchor: str
    tick: str = ""
    style: Style = "body"
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; ``share`` is its width against the others."""

    title: str
    share: float = 1.0
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Blank:
    """An empty cell to write in; ``id`` as in :class:`Entry`, ``hint`` small in its corner."""

    id: str = ""
    hint: str = ""


Cell: TypeAlias = "str | Blank | Tick"


@dataclass(frozen=True, slots=True)
class Table:
    """A table; a row with a :class:`Blank` or a tick is high enough to write in.

    The first column names its row unless ``named`` is False (a table of empty lines).
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    named: bool = True


@dataclass(frozen=True, slots=True)
class Sign:
    """A pictogram of ``console.pictograms`` with its words; ``tick`` is the id of a box beside."""

    pictogram: str
    text: str
    tick: str = ""


@dataclass(frozen=True, slots=True)
class Signs:
    """Pictograms side by side."""

    signs: tuple[Sign, ...]


@dataclass(frozen=True, slots=True)
class HazardSign:
    """One hazard: pictogram, signal and its word in the reader's language, the two texts."""

    pictogram: str
    signal: Signal
    word: str
    consequence: str
    avoid: str


@dataclass(frozen=True, slots=True)
class Hazards:
    """Hazards one below the other; ``entry`` is where it is initialled that they were read."""

    signs: tuple[HazardSign, ...]
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class HoldBar:
    """A point that nobody passes before it is released in the boxes."""

    word: str
    text: str
    entries: tuple[Entry, ...]


StepPart: TypeAlias = "Paragraph | Entry | Entries | Tick | Jump"


@dataclass(frozen=True, slots=True)
class StepBlock:
    """One step: its number in the margin with a ring for place-keeping, what it says, its boxes.

    ``hazards`` and ``hold`` stand before it and never on another page. ``marks`` are the boxes at
    its right: time, initials, second initials.
    """

    number: str
    title: str
    parts: tuple[StepPart, ...]
    marks: tuple[Entry, ...] = ()
    anchor: str = ""
    note: str = ""
    hazards: Hazards | None = None
    hold: HoldBar | None = None


@dataclass(frozen=True, slots=True)
class TankPlan:
    """A tank seen from above: slots from 1, what sits in each, the one that is meant.

    ``alt`` tells the same in words.
    """

    title: str
    slots: int
    marked: int | None
    names: tuple[tuple[int, str], ...]
    alt: str


@dataclass(frozen=True, slots=True)
class Series:
    """A curve: seconds from the chart's beginning and values; None breaks the line."""

    name: str
    points: tuple[tuple[float, float | None], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves over time. ``limits`` are horizontal lines with their words, ``marks`` vertical ones.

    ``ticks`` are the places on the time axis, seconds and words; ``alt`` tells it in words.
    """

    title: str
    unit: str
    series: tuple[Series, ...]
    ticks: tuple[tuple[float, str], ...]
    alt: str
    limits: tuple[tuple[float, str], ...] = ()
    marks: tuple[tuple[float, str], ...] = ()
    height_mm: float = 45.0


@dataclass(frozen=True, slots=True)
class Picture:
    """A photograph as JPEG or PNG bytes; what cannot be shown is told instead (``alt``)."""

    data: bytes
    alt: str
    caption: str = ""
    width_mm: float = 80.0


@dataclass(frozen=True, slots=True)
class Beside:
    """Blocks at the left and blocks at the right, ``right_mm`` wide."""

    left: tuple[Block, ...]
    right: tuple[Block, ...]
    right_mm: float


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins on a new page."""


Block: TypeAlias = (
    "Heading | Paragraph | Facts | Entries | Ticks | Jump | Table | Signs | Hazards | HoldBar"
    " | StepBlock | TankPlan | Chart | Picture | Beside | PageBreak | ReportBlock"
)


@dataclass(frozen=True, slots=True)
class Header:
    """What stands at the top of every page. ``mark`` warns over every page (training, draft)."""

    kind: str
    number: str
    title: str
    facts: tuple[Fact, ...]
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document in one language. ``code`` is that of page 1; without it no code is printed.

    ``footer`` is left and right of the bottom line. ``page`` is the pattern for the number of the
    page, with ``{page}`` and ``{pages}``; ``on_page`` for a reference, with ``{page}``.
    """

    language: str
    header: Header
    blocks: tuple[Block, ...]
    footer: tuple[str, str]
    page: str
    on_page: str
    code: PageCode | None = None
    author: str = ""
