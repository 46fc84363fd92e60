"""Which range of time is looked at: panned, zoomed, kept within bounds."""

from __future__ import annotations

from typing import NamedTuple

from console.ui.curves.model import SECOND_US

SHORTEST_US = 10 * SECOND_US
LONGEST_US = 40 * 366 * 86_400 * SECOND_US
_EARLIEST_US = 0
_AT_THE_END = 0.9  # who points there means the present


class Reach(NamedTuple):
    """A range of time in µs UTC; ``follows`` the present at its end."""

    start_us: int
    end_us: int
    follows: bool = False

    @property
    def span_us(self) -> int:
        """How long it is."""
        return self.end_us - self.start_us


def bounded(start_us: float, span_us: float, now_us: int) -> Reach:
    """Return the nearest range that is allowed; one that reaches the present follows it."""
    span = round(min(max(span_us, SHORTEST_US), LONGEST_US))
    start = max(round(start_us), _EARLIEST_US)
    if start + span >= now_us:
        return Reach(now_us - span, now_us, follows=True)
    return Reach(start, start + span)


def panned(reach: Reach, share: float, now_us: int) -> Reach:
    """Return the range moved by a share of its length, later if positive."""
    return bounded(reach.start_us + share * reach.span_us, reach.span_us, now_us)


def zoomed(reach: Reach, factor: float, share: float | None, now_us: int) -> Reach:
    """Return a range ``factor`` times as long about the moment at ``share`` of its width.

    Without one, a range that follows the present goes on to, with its end where it is; so it does
    where the share is of its last stretch. Any other range keeps its middle.
    """
    span = min(max(reach.span_us * factor, SHORTEST_US), LONGEST_US)
    if reach.follows and (share is None or share >= _AT_THE_END):
        return bounded(now_us - span, span, now_us)
    about = 0.5 if share is None else share
    return bounded(reach.start_us + (reach.span_us - span) * about, span, now_us)
