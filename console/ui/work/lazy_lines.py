"""Rows of long lists whose texts are made only when they are painted: 5,000 cost what 30 do."""

from __future__ import annotations

from collections.abc import Callable

from console.ui.plain_table import Cell, Line


class LazyLine(Line):
    """A row of which only ``key`` and ``about`` are known; ``make`` gives its texts when asked.

    Two rows are equal where they are about equal things, so that a table repaints the others only.
    """

    def __init__(self, key: str, about: object, make: Callable[[], tuple[Cell, ...]]) -> None:
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "_about", about)
        object.__setattr__(self, "_make", make)
        object.__setattr__(self, "_made", None)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The texts, made once."""
        made = self._made
        if made is None:
            made = self._make()
            object.__setattr__(self, "_made", made)
        return made

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LazyLine):
            return NotImplemented
        return self.key == other.key and self._about == other._about

    def __hash__(self) -> int:
        return hash(self.key)

    _about: object
    _make: Callable[[], tuple[Cell, ...]]
    _made: tuple[Cell, ...] | None
