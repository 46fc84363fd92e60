"""Where each GPU is drawn: tank, slot, GPU, in as many columns as make the cells largest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QRectF

from console.ui.gpu_roster import HostLine

HEADING = 28.0
_RIGHT = 4.0
_BETWEEN = 24.0
_RATIO = 1.9
_MOST = (152.0, 76.0)
_LEAST = (26.0, 17.0)
_EASY = (34.0, 26.0)
_MOST_COLUMNS = 6
TALL = 36.0
"""Rows of this height and more have larger words at their left."""


@dataclass(frozen=True, slots=True)
class LabelWidths:
    """Room for the words at the left of a row: tank, slot, host; 0 where the site has none."""

    tank: float
    slot: float
    host: float

    @property
    def all(self) -> float:
        """Their sum."""
        return self.tank + self.slot + self.host


@dataclass(frozen=True, slots=True)
class Row:
    """A line of cells of one host: its place, the GPUs ``first`` to ``first + count``.

    ``leads`` on the first line of a host, ``names_tank`` where the tank's name is written.
    """

    host: HostLine
    rect: QRectF
    first: int
    count: int
    leads: bool
    names_tank: bool


@dataclass(slots=True)
class Layout:
    """What goes where: rows, a rectangle per shown GPU, the headings' rectangles."""

    rows: list[Row] = field(default_factory=list)
    cells: dict[int, QRectF] = field(default_factory=dict)
    headings: list[QRectF] = field(default_factory=list)
    labels: LabelWidths = field(default_factory=lambda: LabelWidths(0, 0, 0))
    per_line: int = 1
    pitch: float = 0.0
    height: float = 0.0


@dataclass(frozen=True, slots=True)
class _Plan:
    columns: int
    per_line: int
    cell_w: float
    cell_h: float


def lay_out(
    hosts: Sequence[HostLine],
    size: tuple[float, float],
    labels: tuple[LabelWidths, LabelWidths],
    least: float = 0.0,
) -> Layout:
    """Return the layout for a room of ``size``: the largest cells that fit without scrolling.

    ``labels`` are the widths for tall and for low rows; ``least`` is the smallest side of a cell
    where fingers are gloved. What does not fit at the smallest size is taller than the room.
    """
    if not hosts:
        return Layout()
    plan = _plan(hosts, size, labels, least)
    return _placed(hosts, plan, size[0], labels)


def _plan(
    hosts: Sequence[HostLine],
    size: tuple[float, float],
    labels: tuple[LabelWidths, LabelWidths],
    least: float,
) -> _Plan:
    least_w, least_h = max(_LEAST[0], least), max(_LEAST[1], least)
    most_gpus = max((host.count for host in hosts), default=1) or 1
    scrolling: _Plan | None = None
    for per_line in _splits(most_gpus):
        fitting: list[_Plan] = []
        for columns in range(1, _MOST_COLUMNS + 1):
            lines, gaps = _size_of(_columns(hosts, columns, per_line))
            room = (size[1] - HEADING - 8 - gaps * _gap(lines, gaps, size[1])) / max(lines, 1)
            cell_h = min(room - _space(room), max(_MOST[1], least_h))
            plan = _wide(size[0], columns, per_line, cell_h, labels)
            if plan.cell_w >= least_w and plan.cell_h >= least_h:
                fitting.append(plan)
            long = _wide(size[0], columns, per_line, max(least_h, _EASY[1]), labels)
            if long.cell_w >= max(least_w, _EASY[0]) and _better(scrolling, long):
                scrolling = long
        if fitting:
            best = max(fitting, key=lambda plan: min(plan.cell_w / _RATIO, plan.cell_h))
            return replace(best, cell_w=min(best.cell_w, max(_MOST[0], least_w)))
    return scrolling or _Plan(1, 1, least_w, least_h)


def _wide(
    width: float,
    columns: int,
    per_line: int,
    cell_h: float,
    labels: tuple[LabelWidths, LabelWidths],
) -> _Plan:
    """Return cells of a height, as wide as they may be beside their labels."""
    block = (width - _RIGHT - (columns - 1) * _BETWEEN) / columns
    pitch = (block - labels[0 if cell_h >= TALL else 1].all) / per_line
    return _Plan(columns, per_line, pitch - _space(pitch), cell_h)


def _better(known: _Plan | None, plan: _Plan) -> bool:
    """Whoever must scroll scrolls least with many cells side by side."""
    return known is None or plan.columns * plan.per_line > known.columns * known.per_line


def _splits(most_gpus: int) -> list[int]:
    """Return how many GPUs may stand in one line: all of a host, half of them and so on."""
    found = [most_gpus]
    while found[-1] > 1:
        found.append(math.ceil(found[-1] / 2))
    return found


def _columns(
    hosts: Sequence[HostLine], columns: int, per_line: int
) -> list[list[tuple[HostLine, int]]]:
    """Deal the hosts, each with its number of lines, to columns; a tank stays whole if it can."""
    sized = [(host, max(math.ceil(host.count / per_line), 1)) for host in hosts]
    most = math.ceil(sum(lines for _, lines in sized) / columns)
    dealt: list[list[tuple[HostLine, int]]] = [[]]
    used = 0
    for i, (host, lines) in enumerate(sized):
        starts = i == 0 or sized[i - 1][0].tank_id != host.tank_id
        group = lines
        if starts:
            group = sum(n for h, n in sized[i:] if h.tank_id == host.tank_id)
        wanted = group if starts and group <= most else lines
        if used and used + wanted > most and len(dealt) < columns:
            dealt.append([])
            used = 0
        dealt[-1].append((host, lines))
        used += lines
    return dealt


def _size_of(dealt: Sequence[Sequence[tuple[HostLine, int]]]) -> tuple[int, int]:
    """Return the lines of the longest column and the gaps between tanks in it."""
    sizes = [(sum(lines for _, lines in column), len(_tanks(column)) - 1) for column in dealt]
    return max(sizes, default=(0, 0))


def _tanks(column: Sequence[tuple[HostLine, int]]) -> list[str]:
    return list(dict.fromkeys(host.tank_id for host, _ in column))


def _gap(lines: int, gaps: int, height: float) -> float:
    """Room between tanks; none where each has one row: there is nothing to hold together."""
    if lines == gaps + 1:
        return 0.0
    return 8.0 if height / max(lines, 1) >= TALL else 3.0


def _space(pitch: float) -> float:
    return 4.0 if pitch >= TALL else 2.0


def _placed(
    hosts: Sequence[HostLine],
    plan: _Plan,
    width: float,
    labels: tuple[LabelWidths, LabelWidths],
) -> Layout:
    words = labels[0 if plan.cell_h >= TALL else 1]
    space_x, space_y = _space(plan.cell_w), _space(plan.cell_h)
    pitch = max(math.floor(plan.cell_w + space_x), 1)
    block = (width - _RIGHT - (plan.columns - 1) * _BETWEEN) / plan.columns
    cell_w, cell_h = math.floor(pitch - space_x), math.floor(plan.cell_h)
    made = Layout(labels=words, per_line=plan.per_line, pitch=pitch)
    dealt = _columns(hosts, plan.columns, plan.per_line)
    lines, gaps = _size_of(dealt)
    gap = _gap(lines, gaps, lines * (plan.cell_h + space_y))
    for number, column in enumerate(dealt):
        left = math.floor(number * (block + _BETWEEN))
        across = words.all + plan.per_line * pitch
        made.headings.append(QRectF(left, 0, across, HEADING))
        top, before = HEADING, ""
        for i, (host, count) in enumerate(column):
            top += gap if i and host.tank_id != before else 0
            for line in range(count):
                first = host.first + line * plan.per_line
                left_over = max(min(host.count - line * plan.per_line, plan.per_line), 0)
                rect = QRectF(left, top, across, cell_h)
                names = line == 0 and (i == 0 or host.tank_id != before)
                made.rows.append(Row(host, rect, first, left_over, line == 0, names))
                for n in range(left_over):
                    x = left + words.all + n * pitch
                    made.cells[first + n] = QRectF(x, top, cell_w, cell_h)
                top += cell_h + space_y
            before = host.tank_id
        made.height = max(made.height, top + 8)
    return made
