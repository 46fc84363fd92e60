"""Where strips, axes, the names of curves and the lane of marks lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QRegion

from console.ui.curves.model import Strip

LANE = 20
_AXIS = 40
_TITLE = 22
_GAP = 6
_VALUES, _NAMES = 52, 124
_LEGEND = 164
_NARROW = 560
_LOW = 60
_EDGE = 8


@dataclass(frozen=True)
class Layout:
    """Rectangles in the widget's pixels; ``compact`` strips have their title beside them.

    The legend of a strip is beside it, or ``inline``: in the line of its title.
    """

    plots: tuple[QRect, ...]
    titles: tuple[QRect, ...]
    legends: tuple[QRect, ...]
    lane: QRect
    axis: QRect
    compact: bool
    inline: bool = False

    @property
    def area(self) -> QRect:
        """Where the strips are, from the top of the first to the bottom of the last."""
        return self.plots[0].united(self.plots[-1]) if self.plots else QRect()

    @property
    def region(self) -> QRegion:
        """The strips themselves."""
        region = QRegion()
        for plot in self.plots:
            region += plot
        return region


def lay_out(size: QSize, strips: Sequence[Strip], *, legend: bool, marks: bool) -> Layout:
    """Share the height among strips; without room beside them, legends go up to the titles."""
    lane_h = LANE if marks else _EDGE
    height = size.height() - lane_h - _AXIS
    each = height // max(len(strips), 1)
    compact = each < _LOW
    left = _NAMES if compact else _VALUES
    narrow = size.width() < _NARROW
    right = _LEGEND if legend and not narrow else _EDGE
    inline = legend and narrow and not compact
    width = max(size.width() - left - right, 1)
    title_h, gap = (0, min(2, each // 8)) if compact else (_TITLE, _GAP)
    plots, titles, legends = [], [], []
    for number in range(len(strips)):
        top = lane_h + number * each
        plot = QRect(left, top + title_h, width, max(each - title_h - gap, 1))
        plots.append(plot)
        wide = QRect(_EDGE, top, left - _VALUES // 4 - _EDGE, plot.height())
        titles.append(wide if compact else QRect(12, top, size.width() - 20, title_h))
        beside = QRect(left + width + _EDGE, plot.top(), max(right - 2 * _EDGE, 0), plot.height())
        legends.append(titles[-1] if inline else beside)
    bottom = lane_h + len(strips) * each
    lane = QRect(left, 0, width, lane_h)
    axis = QRect(0, bottom, size.width(), size.height() - bottom)
    return Layout(tuple(plots), tuple(titles), tuple(legends), lane, axis, compact, inline)
