"""Charts one below the other over one time axis, as vectors in black, grey and dashes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from console.documents.curves import steps_of
from console.documents.flow import Group, Row
from console.documents.lines import one_line
from console.documents.pen import BLACK, GREY, MM, Pen
from console.documents.report_model import Floats, Panel, Strip
from console.documents.setting import Setter
from console.documents.style import GRID, LABEL

DASHES: tuple[tuple[float, ...], ...] = ((), (4, 2), (1.2, 1.4), (7, 1.6, 1.4, 1.6))
"""Curves are told apart by their dashes: colour does not survive the printer."""
WEIGHTS = (1.1, 1.0, 1.2, 0.9)
_LEFT, _UNDER, _BAND = 13 * MM, 13.0, 9.0
_SMALL = LABEL - 0.5
_SHADE, _FILL = (0.945, 0.945, 0.945), (0.80, 0.80, 0.80)
_FAR = 3.0
"""A limit that would make the scale so many times longer is told in words instead."""


def strip_groups(block: Strip, setter: Setter, width: float) -> Iterator[Group]:
    """Yield the panels of a strip; each stays in one piece and has its own time axis."""
    if block.title:
        yield Group(setter.text(block.title, width, "strong"), gap=2 * GRID, leads=True)
    for panel in block.panels:
        if panel.note:
            text = f"{_titled(panel)}: {panel.note}"
            yield Group(setter.text(text, width, "quiet"), gap=GRID)
            continue
        yield Group(_panel_rows(block, panel, width), gap=GRID)
    key = _key(block)
    if key:
        yield Group(setter.text(key, width, "quiet"), gap=GRID * 0.5, loose=True)


def _key(block: Strip) -> str:
    """Return what the short names of the marked stretches mean, and what the axis is."""
    names = "; ".join(f"{span.name} {span.title}" for span in block.spans if span.title)
    return f"{block.axis} {names}".strip()


def _titled(panel: Panel) -> str:
    return f"{panel.title} ({panel.unit})" if panel.unit else panel.title


def _panel_rows(strip: Strip, panel: Panel, width: float) -> list[Row]:
    frame = Frame.of(strip, panel, width)
    high = panel.height_mm * MM
    head = Row(12.0, lambda pen, x, y: _draw_head(pen, panel, frame, x, y), glued=True)
    return [head, Row(high, lambda pen, x, y: _draw(pen, strip, panel, frame, (x, y)))]


@dataclass(frozen=True, slots=True)
class Frame:
    """From seconds and values to points within a panel."""

    width: float
    height: float
    from_s: float
    until_s: float
    low: float
    top: float

    @classmethod
    def of(cls, strip: Strip, panel: Panel, width: float) -> Frame:
        """Return the frame of a panel: its scale holds every value and the limits nearby."""
        low, top = scale_of(panel)
        high = panel.height_mm * MM - _UNDER - _BAND
        return cls(width - _LEFT, high, strip.from_s, strip.until_s, low, top)

    def x(self, seconds: float) -> float:
        """Return the place of a moment, points from the left of the panel."""
        span = (self.until_s - self.from_s) or 1.0
        return (
            _LEFT + (min(max(seconds, self.from_s), self.until_s) - self.from_s) / span * self.width
        )

    def y(self, value: float) -> float:
        """Return the place of a value, points from the top of the panel."""
        return _BAND + (self.top - value) / (self.top - self.low) * self.height


def values_of(panel: Panel) -> Floats:
    """Return every value that a panel shows."""
    parts = [line.values for line in panel.lines]
    parts += [side for one in panel.between for side in (one.low, one.high)]
    whole = np.concatenate(parts) if parts else np.empty(0)
    return whole[np.isfinite(whole)]


def scale_of(panel: Panel) -> tuple[float, float]:
    """Return the lowest and the highest value of a panel's scale, with a little room."""
    values = values_of(panel)
    if not len(values):
        return 0.0, 1.0
    low, top = float(values.min()), float(values.max())
    reach = max(top - low, abs(top) * 0.02, 0.5) * _FAR
    near = [one.value for one in panel.limits if top - reach <= one.value <= low + reach]
    low, top = min([low, *near]), max([top, *near])
    room = (top - low) * 0.08 or max(abs(top) * 0.02, 0.5)
    return low - room, top + room


def _draw_head(pen: Pen, panel: Panel, frame: Frame, x: float, y: float) -> None:
    """Write the title, and at the right what each kind of line is."""
    title = one_line(_titled(panel), 90 * MM, 9, pen.fonts, bold=True)
    left = pen.text(x, y + 9, title, 9, bold=True) + 3 * GRID
    right = x + _LEFT + frame.width
    for n in reversed(range(len(panel.lines))):
        name = one_line(panel.lines[n].name, 46 * MM, LABEL, pen.fonts)
        right -= pen.fonts.width(name, LABEL)
        if right - 24 < left:
            break
        pen.text(right, y + 8.5, name, LABEL)
        pen.polyline([(right - 23, y + 5.5), (right - 3, y + 5.5)], *_style(n))
        right -= 32
    for one in panel.between:
        name = one_line(one.name, 52 * MM, LABEL, pen.fonts)
        right -= pen.fonts.width(name, LABEL)
        pen.text(right, y + 8.5, name, LABEL)
        pen.rect(right - 23, y + 1.5, 20, 7.5, fill=_FILL)
        right -= 32


def _style(number: int) -> tuple[float, tuple[float, ...]]:
    return WEIGHTS[number % len(WEIGHTS)], DASHES[number % len(DASHES)]


def _draw(pen: Pen, strip: Strip, panel: Panel, frame: Frame, at: tuple[float, float]) -> None:
    x, y = at
    _draw_spans(pen, strip, frame, x, y)
    _draw_axes(pen, strip, frame, x, y)
    for one in panel.between:
        for low, high in _two(one.at_s, one.low, one.high):
            _draw_area(pen, frame, (x, y), low, high)
    for n, line in enumerate(panel.lines):
        for piece in pieces(line.at_s, line.values):
            points = [(x + frame.x(s), y + frame.y(v)) for s, v in piece]
            pen.polyline(points if len(points) > 1 else _dot(points[0]), *_style(n))
    _draw_limits(pen, panel, frame, x, y)


def _dot(point: tuple[float, float]) -> list[tuple[float, float]]:
    """A value between two gaps is a short stroke: it must not vanish."""
    return [(point[0] - 0.6, point[1]), (point[0] + 0.6, point[1])]


def pieces(at_s: Floats, values: Floats) -> Iterator[list[tuple[float, float]]]:
    """Yield a curve without its gaps: missing is not drawn, and never as zero."""
    piece: list[tuple[float, float]] = []
    for seconds, value, is_there in zip(
        at_s.tolist(), values.tolist(), np.isfinite(values).tolist(), strict=True
    ):
        if is_there:
            piece.append((seconds, value))
        elif piece:
            yield piece
            piece = []
    if piece:
        yield piece


Piece = list[tuple[float, float]]


def _two(at_s: Floats, low: Floats, high: Floats) -> Iterator[tuple[Piece, Piece]]:
    both = np.isfinite(low) & np.isfinite(high)
    lower = pieces(at_s, np.where(both, low, np.nan))
    upper = pieces(at_s, np.where(both, high, np.nan))
    return zip(lower, upper, strict=True)


def _draw_area(pen: Pen, frame: Frame, at: tuple[float, float], low: Piece, high: Piece) -> None:
    x, y = at
    round_trip = [*high, *reversed(low)]
    pen.area([(x + frame.x(s), y + frame.y(v)) for s, v in round_trip], _FILL)


def _draw_spans(pen: Pen, strip: Strip, frame: Frame, x: float, y: float) -> None:
    """Mark stretches: every other one is shaded, each has its name above if there is room."""
    bottom = _BAND + frame.height
    free = 0.0
    for n, span in enumerate(strip.spans):
        left, right = frame.x(span.from_s), frame.x(span.until_s)
        if n % 2:
            pen.rect(x + left, y, max(right - left, 0.3), bottom, fill=_SHADE)
        pen.line(x + left, y, x + left, y + bottom, 0.3, ink=GREY)
        wide = pen.fonts.width(span.name, _SMALL)
        at = max(left + 1.5, min((left + right - wide) / 2, _LEFT + frame.width - wide))
        if at >= free and wide <= max(right - left, 8.0) + 4:
            pen.text(x + at, y + 7, span.name, _SMALL)
            free = at + wide + 2
    if strip.spans:
        last = frame.x(strip.spans[-1].until_s)
        pen.line(x + last, y, x + last, y + bottom, 0.3, ink=GREY)


def _draw_axes(pen: Pen, strip: Strip, frame: Frame, x: float, y: float) -> None:
    left, right, bottom = x + _LEFT, x + _LEFT + frame.width, y + _BAND + frame.height
    for value in steps_of(frame.low, frame.top):
        at = y + frame.y(value)
        pen.line(left, at, right, at, 0.25, ink=(0.6, 0.6, 0.6))
        pen.text_right(left - 3, at + 2.5, f"{value:g}".replace("-", "−"), _SMALL)
    pen.rect(left, y + _BAND, frame.width, frame.height, line=0.5)
    free = 0.0
    for seconds, words in strip.ticks:
        if not strip.from_s <= seconds <= strip.until_s:
            continue
        at, half = x + frame.x(seconds), pen.fonts.width(words, _SMALL) / 2
        pen.line(at, bottom, at, bottom + 2.5, 0.5)
        if at - half >= free:
            pen.text_centred(min(at, right - half), bottom + 9.5, words, _SMALL)
            free = at + half + 4


def _draw_limits(pen: Pen, panel: Panel, frame: Frame, x: float, y: float) -> None:
    beyond = []
    for one in panel.limits:
        if not frame.low <= one.value <= frame.top:
            beyond.append(one.text)
            continue
        left, right, at = frame.x(one.from_s), frame.x(one.until_s), frame.y(one.value)
        pen.line(x + left, y + at, x + max(right, left + 2), y + at, 1.3, dash=(0.9, 1.6))
        wide = pen.fonts.width(one.text, _SMALL, bold=True)
        end = min(max(right, left + wide + 2), _LEFT + frame.width - 1)
        base = at - 2.5 if at - 9 > _BAND else at + 8
        _haloed(pen, (x + end - wide, y + base), one.text, wide)
    for n, text in enumerate(beyond[:3]):
        wide = pen.fonts.width(text, _SMALL, bold=True)
        _haloed(pen, (x + _LEFT + frame.width - wide - 2, y + _BAND + 8 + n * 9), text, wide)


def _haloed(pen: Pen, at: tuple[float, float], text: str, wide: float) -> None:
    """Write on white: curves and shades below stay out of the letters."""
    x, base = at
    pen.rect(x - 1, base - 6.4, wide + 2, 8.0, fill=(1.0, 1.0, 1.0))
    pen.text(x, base, text, _SMALL, bold=True, ink=BLACK)
