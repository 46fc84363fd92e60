"""From pieces with heights to pages: what stays together, what may be broken, where everything is.

A :class:`Group` stays on one page where it fits on one at all; else it is broken between its rows.
Nothing is ever cut off: a row that is higher than a page does not exist (text is a row per line).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from console.documents.pen import Pen

Draw = Callable[[Pen, float, float], None]
"""Draws something with its upper left corner at x and y."""
Frame = Callable[[Pen, float, float, float, bool, bool], None]
"""Draws around rows: x, upper and lower end, whether the first and the last rows are among them."""


@dataclass(slots=True)
class Row:
    """What is never broken. ``glued`` rows stay with the next one."""

    height: float
    draw: Draw
    glued: bool = False


@dataclass(slots=True)
class Group:
    """Rows that belong together. ``head`` is repeated where they go on on another page.

    ``leads`` keeps the group on one page with the beginning of the next. ``loose`` rows may be
    broken anywhere although they would fit on a page.
    """

    rows: list[Row]
    gap: float = 0.0
    head: list[Row] = field(default_factory=list)
    frame: Frame | None = None
    leads: bool = False
    loose: bool = False
    breaks_page: bool = False
    anchor: str = ""
    outline: tuple[str, int] | None = None
    inset: float = 0.0

    @property
    def height(self) -> float:
        """How high it is in one piece."""
        return sum(row.height for row in (*self.head, *self.rows))

    @property
    def least(self) -> float:
        """How much of it must be on the page where it begins."""
        if not self.loose:
            return self.height
        return sum(row.height for row in self.head) + _first(self.rows)


@dataclass(slots=True)
class Placed:
    """Rows of a group at a height of a page."""

    group: Group
    rows: list[Row]
    y: float
    is_first: bool
    is_last: bool


def _first(rows: Sequence[Row]) -> float:
    height = 0.0
    for row in rows:
        height += row.height
        if not row.glued:
            break
    return height


class Paginator:
    """Puts groups on pages between ``top`` and ``bottom``."""

    def __init__(self, top: float, bottom: float) -> None:
        self._top, self._bottom = top, bottom
        self.pages: list[list[Placed]] = [[]]
        self._y = top

    @property
    def _room(self) -> float:
        return self._bottom - self._y

    def place(self, groups: Sequence[Group]) -> list[list[Placed]]:
        """Return the pages."""
        for number, group in enumerate(groups):
            if group.breaks_page:
                self._turn()
            if not group.rows:
                continue
            gap = group.gap if self._y > self._top else 0.0
            wanted = gap + self._wanted(groups[number:])
            if wanted > self._room and self._y > self._top:
                self._turn()
                gap = 0.0
            self._y += gap
            self._put(group)
        return self.pages

    def _wanted(self, groups: Iterable[Group]) -> float:
        """Return how high the group is with what must begin on its page."""
        whole = self._bottom - self._top
        total = 0.0
        for group in groups:
            total += group.gap if total else 0.0
            if not group.leads:
                least = group.least
                if least > whole:
                    least = sum(row.height for row in group.head) + _first(group.rows)
                return min(total + least, whole)
            total += group.height
        return min(total, whole)

    def _put(self, group: Group) -> None:
        rows, is_first = list(group.rows), True
        while rows:
            taken = self._fitting(group, rows)
            if not taken:
                if self._y > self._top:
                    self._turn()
                    continue
                taken = rows[:1]
            del rows[: len(taken)]
            self._keep(Placed(group, [*group.head, *taken], self._y, is_first, not rows))
            is_first = False
            if rows:
                self._turn()

    def _fitting(self, group: Group, rows: list[Row]) -> list[Row]:
        room = self._room - sum(row.height for row in group.head) + 0.01
        count, height = 0, 0.0
        for n, row in enumerate(rows):
            height += row.height
            if height > room:
                break
            if not row.glued or n == len(rows) - 1:
                count = n + 1
        if count == 0 and height > room and self._y <= self._top:
            return self._unglued(rows, room)
        return rows[:count]

    @staticmethod
    def _unglued(rows: list[Row], room: float) -> list[Row]:
        """Return what fits of rows that are glued into more than a page."""
        count, height = 0, 0.0
        for row in rows:
            height += row.height
            if height > room:
                break
            count += 1
        return rows[:count]

    def _keep(self, placed: Placed) -> None:
        self.pages[-1].append(placed)
        self._y += sum(row.height for row in placed.rows)

    def _turn(self) -> None:
        if self.pages[-1]:
            self.pages.append([])
        self._y = self._top


def draw_page(pen: Pen, page: Sequence[Placed], x: float) -> None:
    """Draw everything that was placed on a page, its left edge at ``x``."""
    for placed in page:
        group, left = placed.group, x + placed.group.inset
        if placed.is_first and group.anchor:
            title, level = group.outline or ("", 0)
            pen.anchor(group.anchor, placed.y - group.gap, title, level)
        bottom = placed.y + sum(row.height for row in placed.rows)
        if group.frame is not None:
            group.frame(pen, left, placed.y, bottom, placed.is_first, placed.is_last)
        y = placed.y
        for row in placed.rows:
            row.draw(pen, left, y)
            y += row.height
