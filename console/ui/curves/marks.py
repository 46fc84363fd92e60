"""Which mark is meant: by a cursor, a tap or a key."""

from __future__ import annotations

from collections.abc import Sequence

from console.ui.curves.model import Grid, Mark


def nearest(marks: Sequence[Mark], utc_us: int, reach_us: float) -> Mark | None:
    """Return the mark nearest to a moment, within reach."""
    within = [mark for mark in marks if abs(mark.utc_us - utc_us) <= reach_us]
    return min(within, key=lambda mark: abs(mark.utc_us - utc_us), default=None)


def gravest(marks: Sequence[Mark], utc_us: int, reach_us: float) -> Mark | None:
    """Return the mark of the highest priority within reach of a moment, the first of several."""
    within = [mark for mark in marks if abs(mark.utc_us - utc_us) <= reach_us]
    return min(within, key=lambda mark: (mark.priority or 9, mark.utc_us), default=None)


def in_view(marks: Sequence[Mark], grid: Grid) -> list[Mark]:
    """Return the marks that are in view, the earliest first."""
    seen = [mark for mark in marks if grid.start_us <= mark.utc_us < grid.end_us]
    return sorted(seen, key=lambda mark: mark.utc_us)


def beside(marks: Sequence[Mark], grid: Grid, utc_us: int | None, direction: int) -> Mark | None:
    """Return the next mark in view after a moment (before it if ``direction`` is -1).

    Without a moment it is the first or the last.
    """
    seen = in_view(marks, grid)
    if utc_us is not None:
        seen = [mark for mark in seen if (mark.utc_us - utc_us) * direction > 0]
    return (seen[0] if direction > 0 else seen[-1]) if seen else None
