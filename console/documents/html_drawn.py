"""The pictures of a document as SVG inside its HTML, each with its words."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from html import escape
from math import isfinite

from console.documents.curves import pieces_of
from console.documents.model import Chart, Picture, TankPlan
from console.pictograms import pictogram

_DASHES = ("", "8 3", "2 3", "10 3 2 3")


@lru_cache(maxsize=64)
def pictogram_svg(name: str) -> str:
    """Return a safety sign; it is beside its words, so a screen reader passes over it."""
    try:
        sign = pictogram(name)
    except KeyError:
        sign = pictogram("general")
    paths = []
    for shape in sign.layers or sign.paths:
        data = " ".join(
            f"{s[0]} {' '.join(f'{n:g}' for n in s[1:])}".strip() for s in shape.segments
        )
        drawn = f'stroke="{shape.line}" stroke-width="{shape.width:g}"' if shape.width else ""
        paths.append(
            f'<path d="{data}" fill="{shape.fill}" fill-rule="evenodd" stroke-linecap="round"'
            f' stroke-linejoin="round" {drawn}/>'
        )
    return (
        '<svg viewBox="0 0 100 100" width="56" height="56" aria-hidden="true">'
        f"{''.join(paths)}</svg>"
    )


def plan_svg(plan: TankPlan) -> str:
    """Return the tank from above."""
    columns = min(plan.slots, 15) or 1
    names = dict(plan.names)
    cells = []
    for n in range(plan.slots):
        x, y = 6 + n % columns * 40, 6 + n // columns * 90
        is_marked = n + 1 == plan.marked
        fill = "#eee" if n + 1 in names else "#fff"
        cells.append(
            f'<rect x="{x}" y="{y}" width="36" height="84" fill="{fill}" stroke="#000"'
            f' stroke-width="{5 if is_marked else 1}"/>'
            f'<text x="{x + 18}" y="{y + 48}" text-anchor="middle"'
            f' font-weight="{"bold" if is_marked else "normal"}">{n + 1}</text>'
        )
    wide, high = columns * 40 + 8, -(-plan.slots // columns) * 90 + 6
    return (
        f'<svg viewBox="0 0 {wide} {high}" width="{wide}" role="img"'
        f' aria-label="{escape(plan.alt)}">{"".join(cells)}</svg>'
    )


def chart_svg(chart: Chart) -> str:
    """Return curves over time."""
    points = [(s, v) for series in chart.series for s, v in series.points if v is not None]
    points = [(s, v) for s, v in points if isfinite(v)] or [(0.0, 0.0), (1.0, 1.0)]
    values = [v for _, v in points] + [limit for limit, _ in chart.limits]
    low, top = min(values), max(values)
    first, last = min(s for s, _ in points), max(s for s, _ in points)
    across, up = (last - first) or 1.0, (top - low) or 1.0

    def place(seconds: float, value: float) -> str:
        return f"{50 + (seconds - first) / across * 640:.1f},{190 - (value - low) / up * 170:.1f}"

    drawn = []
    for n, series in enumerate(chart.series):
        dash = f' stroke-dasharray="{_DASHES[n % 4]}"' if _DASHES[n % 4] else ""
        for piece in pieces_of(series.points):
            line = " ".join(place(s, v) for s, v in piece)
            drawn.append(f'<polyline points="{line}" fill="none" stroke="#000"{dash}/>')
    for value, words in chart.limits:
        y = 190 - (value - low) / up * 170
        drawn.append(
            f'<path d="M50 {y:.1f}H690" stroke="#000" stroke-width="2" stroke-dasharray="6 3"/>'
            f'<text x="690" y="{y - 3:.1f}" text-anchor="end" font-size="11">{escape(words)}</text>'
        )
    for value in (low, top):
        y = 190 - (value - low) / up * 170
        drawn.append(f'<text x="45" y="{y:.1f}" text-anchor="end" font-size="11">{value:g}</text>')
    return (
        f'<svg viewBox="0 0 700 200" width="700" role="img" aria-label="{escape(chart.alt)}">'
        f"{''.join(drawn)}</svg>"
    )


def picture_html(picture: Picture) -> str:
    """Return a photograph, or its words where the bytes are none."""
    kinds = {b"\xff\xd8\xff": "jpeg", b"\x89PN": "png"}
    kind = kinds.get(picture.data[:3])
    if kind is None:
        return f'<p dir="auto" role="note">{escape(picture.alt)}</p>'
    data = b64encode(picture.data).decode("ascii")
    return f'<img alt="{escape(picture.alt)}" src="data:image/{kind};base64,{data}" width="480">'
