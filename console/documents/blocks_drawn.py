"""What is drawn: the tank from above, charts as vectors, photographs, two columns."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from console.documents.curves import pieces_of, range_of, span_of, steps_of
from console.documents.flow import Group, Row
from console.documents.lines import one_line
from console.documents.model import Chart, Picture, TankPlan
from console.documents.pen import GREY, MM, PALE, WHITE, Pen
from console.documents.setting import Setter
from console.documents.style import GRID, LABEL

_DASHES: tuple[tuple[float, ...], ...] = ((), (5, 2), (1.5, 1.5), (7, 2, 1.5, 2))
"""Curves are told apart by their dashes: colour does not survive the printer."""
_MOST_PIXELS = 60_000_000


def plan_rows(plan: TankPlan, setter: Setter, width: float) -> list[Row]:
    """Return a tank from above: its slots side by side, the one that is meant black on white."""
    columns = min(plan.slots, 15) or 1
    lines = -(-plan.slots // columns) or 1
    pitch = (width - 4 * GRID) / columns
    high = min(26 * MM, max(15 * MM, 52 * MM / lines))
    names = dict(plan.names)

    def draw(pen: Pen, x: float, y: float) -> None:
        title = one_line(plan.title, width, 9.5, pen.fonts, bold=True)
        pen.text(x, y + 9, title, 9.5, bold=True)
        top = y + 14
        pen.rect(x, top, width, lines * high + 4 * GRID, line=2.0, radius=5)
        pen.rect(x + GRID, top + GRID, width - 2 * GRID, lines * high + 2 * GRID, line=0.5)
        for n in range(plan.slots):
            left = x + 2 * GRID + (n % columns) * pitch
            upper = top + 2 * GRID + (n // columns) * high
            _slot(pen, (left, upper, pitch, high), n + 1, names.get(n + 1, ""), plan.marked)

    rows = [Row(14 + lines * high + 4 * GRID + GRID, draw)]
    for row in (*rows, *(caption := setter.text(plan.alt, width, "small"))):
        row.glued = True
    caption[-1].glued = False
    return [*rows, *caption]


def _slot(
    pen: Pen, box: tuple[float, float, float, float], number: int, name: str, marked: int | None
) -> None:
    x, y, wide, high = box
    inner = (x + 1, y + 1, wide - 2, high - 2)
    if number == marked:
        pen.hatch(*inner, step=5)
        pen.rect(*inner, line=2.4)
        size = min(12.0, wide * 0.62)
        half = pen.fonts.width(str(number), size, bold=True) / 2 + 1.5
        pen.rect(
            x + wide / 2 - half,
            y + high / 2 - size * 0.62,
            2 * half,
            size * 1.24,
            fill=WHITE,
            line=1,
        )
        pen.text_centred(x + wide / 2, y + high / 2 + size * 0.36, str(number), size, bold=True)
        return
    pen.rect(*inner, line=0.6, ink=GREY, fill=PALE if name else None)
    size = min(8.5, wide * 0.55)
    pen.text_centred(x + wide / 2, y + high / 2 + size * 0.36, str(number), size)


def chart_rows(chart: Chart, setter: Setter, width: float) -> list[Row]:
    """Return curves over time, with limits, marks and a legend below."""
    high, left, under = chart.height_mm * MM, 13 * MM, 5 * MM
    low, top = range_of(chart)
    first, last = span_of(chart)

    def place(seconds: float, value: float) -> tuple[float, float]:
        right = width - left
        return (
            left + (seconds - first) / (last - first) * right,
            high - under - (value - low) / (top - low) * (high - under - 4),
        )

    def draw(pen: Pen, x: float, y: float) -> None:
        _axes(pen, chart, (x, y, width, high), place, (low, top))
        for n, series in enumerate(chart.series):
            for piece in pieces_of(series.points):
                points = [place(*point) for point in piece]
                line = [(x + px, y + py) for px, py in points]
                pen.polyline(line, 1.0, _DASHES[n % len(_DASHES)])

    title = setter.text(
        f"{chart.title} ({chart.unit})" if chart.unit else chart.title, width, "strong"
    )
    rows = [*title, Row(high + GRID, draw), _legend(chart, width)]
    for row in rows[:-1]:
        row.glued = True
    return rows


def _axes(
    pen: Pen,
    chart: Chart,
    box: tuple[float, float, float, float],
    place: Any,
    ends: tuple[float, float],
) -> None:
    x, y, width, _ = box
    first, last = span_of(chart)
    for value in steps_of(*ends):
        _, at = place(first, value)
        pen.line(x + place(first, value)[0], y + at, x + width, y + at, 0.3, ink=GREY)
        pen.text_right(x + place(first, value)[0] - 3, y + at + 2.5, f"{value:g}", LABEL)
    for seconds, words in chart.ticks:
        if first <= seconds <= last:
            at, low = place(seconds, ends[0])
            pen.line(x + at, y + low, x + at, y + low + 3, 0.5)
            pen.text_centred(x + at, y + low + 11, words, LABEL)
    for value, words in chart.limits:
        if ends[0] <= value <= ends[1]:
            left, at = place(first, value)
            pen.line(x + left, y + at, x + width, y + at, 0.9, dash=(3, 1.5))
            pen.text_right(x + width, y + at - 2, words, LABEL, bold=True)
    for seconds, words in chart.marks:
        if first <= seconds <= last:
            at, low = place(seconds, ends[0])
            pen.line(x + at, y, x + at, y + low, 0.6)
            pen.text(x + at + 2, y + 7, words, LABEL)


def _legend(chart: Chart, width: float) -> Row:
    def draw(pen: Pen, x: float, y: float) -> None:
        at = x
        for n, series in enumerate(chart.series):
            name = one_line(series.name, 60 * MM, 8.5, pen.fonts)
            pen.polyline([(at, y + 6), (at + 20, y + 6)], 1.2, _DASHES[n % len(_DASHES)])
            at = pen.text(at + 24, y + 9, name, 8.5) + 14
            if at > x + width - 40 * MM:
                at, y = x, y + 12

    return Row(14.0 * max(1, -(-len(chart.series) // 3)), draw)


def picture_rows(picture: Picture, setter: Setter, width: float) -> list[Row]:
    """Return a photograph with its caption; one that cannot be read is told in a frame."""
    wide = min(picture.width_mm * MM, width)
    image = _image(picture.data)
    caption = setter.text(picture.caption, width, "small") if picture.caption else []
    if image is None:
        return [*_no_picture(picture, setter, wide), *caption]
    across, down = image.getSize()
    high = min(wide * down / across, 120 * MM)
    wide = high * across / down

    def draw(pen: Pen, x: float, y: float) -> None:
        pen.image(image, x, y, wide, high)
        pen.rect(x, y, wide, high, line=0.5)

    return [Row(high + GRID * 0.5, draw, glued=True), *caption]


def _no_picture(picture: Picture, setter: Setter, wide: float) -> list[Row]:
    words = setter.text(picture.alt, wide - 2 * GRID, "small")
    inner = [row.draw for row in words]
    high = sum(row.height for row in words) + 2 * GRID

    def draw(pen: Pen, x: float, y: float) -> None:
        pen.rect(x, y, wide, high, line=0.8)
        for n, write in enumerate(inner):
            write(pen, x + GRID, y + GRID + n * words[0].height)

    return [Row(high + GRID * 0.5, draw)]


def _image(data: bytes) -> Any:
    """Return a picture that reportlab draws, or None for what is none."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    try:
        with Image.open(BytesIO(data)) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                return None
            opened.load()
            return ImageReader(opened.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def beside_rows(left: list[Group], right: list[Group], offset: float) -> Row:
    """Return two columns as one row."""
    height = max(_high(left), _high(right))

    def draw(pen: Pen, x: float, y: float) -> None:
        _draw_column(pen, left, x, y)
        _draw_column(pen, right, x + offset, y)

    return Row(height, draw)


def _high(groups: list[Group]) -> float:
    return sum(group.height + (group.gap if n else 0.0) for n, group in enumerate(groups))


def _draw_column(pen: Pen, groups: list[Group], x: float, y: float) -> None:
    for n, group in enumerate(groups):
        y += group.gap if n else 0.0
        if group.frame is not None:
            group.frame(pen, x + group.inset, y, y + group.height, True, True)
        for row in (*group.head, *group.rows):
            row.draw(pen, x + group.inset, y)
            y += row.height
