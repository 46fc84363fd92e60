"""Blocks of reports inside the HTML: what is drawn has its numbers beside it, as a table."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from html import escape
from math import isfinite
from typing import Any

from console.documents.report_model import (
    Bars,
    Estimates,
    Figures,
    Flag,
    Listing,
    Mono,
    Panel,
    Photo,
    Photos,
    ReportCell,
    Strip,
)
from console.documents.report_strip import pieces, scale_of
from console.text import tr

_DASHES = ("", "7 3", "2 3", "10 3 2 3")
_WIDE, _HIGH, _LEFT, _TOP, _UNDER = 760.0, 190.0, 56.0, 16.0, 20.0


def _text(tag: str, text: str, more: str = "") -> str:
    return f'<{tag} dir="auto"{more}>{escape(text)}</{tag}>'


def _table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[ReportCell]], more: str = ""
) -> Iterator[str]:
    yield f"<table{more}>"
    if title:
        yield _text("caption", title)
    if any(columns):
        cells = "".join(_text("th", name, ' scope="col"') for name in columns)
        yield f"<thead><tr>{cells}</tr></thead>"
    yield "<tbody>"
    for row in rows:
        cells = "".join(_cell(cell, is_name=n == 0) for n, cell in enumerate(row))
        yield f"<tr>{cells}</tr>"
    yield "</tbody></table>"


def _cell(cell: ReportCell, *, is_name: bool) -> str:
    tag, more = ("th", ' scope="row"') if is_name and cell else ("td", "")
    if isinstance(cell, Flag):
        told = escape(tr("Attention:"))
        return f'<{tag} dir="auto"{more}><strong>{told} {escape(cell.text)}</strong></{tag}>'
    if isinstance(cell, Mono):
        return f"<{tag}{more}><code>{escape(cell.text)}</code></{tag}>"
    return _text(tag, cell, more)


def _listing(block: Listing) -> Iterator[str]:
    if not block.rows:
        if block.title:
            yield f'<p dir="auto"><strong>{escape(block.title)}</strong></p>'
        yield _text("p", block.empty or "---")
        return
    yield from _table(block.title, [column.title for column in block.columns], block.rows)


def _figures(figures: Figures) -> Iterator[str]:
    yield from _table(figures.title, figures.columns, figures.rows)


# ---- strips ----


def _strip(block: Strip) -> Iterator[str]:
    yield "<figure>"
    if block.title:
        yield f'<figcaption dir="auto"><strong>{escape(block.title)}</strong></figcaption>'
    if block.alt:
        yield _text("p", block.alt)
    for panel in block.panels:
        title = f"{panel.title} ({panel.unit})" if panel.unit else panel.title
        if panel.note:
            yield _text("p", f"{title}: {panel.note}")
            continue
        yield _text("p", title)
        yield _panel_svg(block, panel, title)
    if block.spans:
        yield "<ol>"
        for span in block.spans:
            yield _text("li", span.title or span.name)
        yield "</ol>"
    if block.axis:
        yield _text("p", block.axis)
    for figures in block.figures:
        yield from _figures(figures)
    yield "</figure>"


def _panel_svg(strip: Strip, panel: Panel, title: str) -> str:
    low, top = scale_of(panel)
    span = (strip.until_s - strip.from_s) or 1.0
    high = _HIGH - _TOP - _UNDER

    def x(seconds: float) -> float:
        inside = min(max(seconds, strip.from_s), strip.until_s)
        return _LEFT + (inside - strip.from_s) / span * (_WIDE - _LEFT - 6)

    def y(value: float) -> float:
        return _TOP + (top - value) / (top - low) * high

    drawn = [_marks(strip, x)]
    for one in panel.between:
        both = [*_points(one.at_s, one.high, x, y), *reversed(_points(one.at_s, one.low, x, y))]
        drawn.append(f'<polygon points="{" ".join(both)}" fill="#ccc"/>')
    for n, line in enumerate(panel.lines):
        dash = f' stroke-dasharray="{_DASHES[n % 4]}"' if _DASHES[n % 4] else ""
        for piece in pieces(line.at_s, line.values):
            points = " ".join(f"{x(s):.1f},{y(v):.1f}" for s, v in piece)
            drawn.append(f'<polyline points="{points}" fill="none" stroke="#000"{dash}/>')
    drawn += [
        _limit(one.value, one.text, x(one.from_s), x(one.until_s), y)
        for one in panel.limits
        if low <= one.value <= top
    ]
    for value in (low, (low + top) / 2, top):
        drawn.append(
            f'<text x="{_LEFT - 4}" y="{y(value) + 4:.1f}" text-anchor="end" font-size="11">'
            f"{value:.4g}</text>"
        )
    names = "; ".join([*(line.name for line in panel.lines), *(b.name for b in panel.between)])
    return (
        f'<svg viewBox="0 0 {_WIDE:g} {_HIGH:g}" width="{_WIDE:g}" role="img"'
        f' aria-label="{escape(f"{title}: {names}")}">{"".join(drawn)}</svg>'
    )


def _marks(strip: Strip, x: Callable[[float], float]) -> str:
    """Return the stretches and the ticks of the time axis."""
    drawn = []
    bottom = _HIGH - _UNDER
    for n, span in enumerate(strip.spans):
        left, right = x(span.from_s), x(span.until_s)
        fill = "#f1f1f1" if n % 2 else "none"
        drawn.append(
            f'<rect x="{left:.1f}" y="0" width="{max(right - left, 0.5):.1f}" height="{bottom:g}"'
            f' fill="{fill}" stroke="#bbb" stroke-width="0.5"/>'
        )
        if right - left > 12:
            drawn.append(
                f'<text x="{(left + right) / 2:.1f}" y="11" text-anchor="middle"'
                f' font-size="10">{escape(span.name)}</text>'
            )
    for seconds, words in strip.ticks:
        if strip.from_s <= seconds <= strip.until_s:
            drawn.append(
                f'<text x="{x(seconds):.1f}" y="{_HIGH - 5:g}" text-anchor="middle"'
                f' font-size="10">{escape(words)}</text>'
            )
    drawn.append(
        f'<path d="M{_LEFT:g} {_TOP:g}V{bottom:g}H{_WIDE - 6:g}" fill="none" stroke="#000"/>'
    )
    return "".join(drawn)


def _points(
    at_s: Any, values: Any, x: Callable[[float], float], y: Callable[[float], float]
) -> list[str]:
    pairs = zip(at_s.tolist(), values.tolist(), strict=True)
    return [f"{x(s):.1f},{y(v):.1f}" for s, v in pairs if isfinite(v)]


def _limit(value: float, text: str, left: float, right: float, y: Callable[[float], float]) -> str:
    at = y(value)
    return (
        f'<path d="M{left:.1f} {at:.1f}H{max(right, left + 3):.1f}" stroke="#000" stroke-width="2"'
        f' stroke-dasharray="2 3"/><text x="{_WIDE - 8:g}" y="{at - 3:.1f}" text-anchor="end"'
        f' font-size="11" font-weight="bold">{escape(text)}</text>'
    )


# ---- bars, intervals, photographs ----


def _bars(block: Bars) -> Iterator[str]:
    yield f'<figure role="group"><figcaption dir="auto">{escape(block.alt)}</figcaption>'
    title = f"{block.title} ({block.unit})" if block.unit else block.title
    names = block.parts if len(block.parts) > 1 else (block.parts or ("",))[:1]
    rows = [(bar.name, *(f"{value:g}" for value in bar.values)) for bar in block.bars]
    yield from _table(title, ("", *names), rows)
    if block.limit:
        yield _text("p", block.limit[1])
    yield "</figure>"


def _estimates(block: Estimates) -> Iterator[str]:
    yield f'<figure role="group"><figcaption dir="auto">{escape(block.alt)}</figcaption>'
    rows = [(one.name, one.text) for one in block.estimates]
    yield from _table(block.title, ("", block.unit), rows)
    yield "</figure>"


def _photos(block: Photos) -> Iterator[str]:
    for photo in block.photos:
        yield "<figure>"
        yield _photo(photo)
        yield f"<figcaption>{_text('strong', photo.title)}"
        for line in photo.lines:
            yield _text("div", line)
        yield f"<div>SHA-256 <code>{escape(photo.sha256)}</code></div></figcaption></figure>"


def _photo(photo: Photo) -> str:
    if photo.jpeg is None or photo.jpeg[:3] != b"\xff\xd8\xff":
        told = tr("Attention:")
        return (
            f'<p dir="auto" role="note"><strong>{escape(told)} {escape(photo.trouble)}</strong></p>'
        )
    data = b64encode(photo.jpeg).decode("ascii")
    return f'<img alt="{escape(photo.title)}" src="data:image/jpeg;base64,{data}" width="480">'


REPORT_WRITERS: dict[type[Any], Callable[[Any], Iterator[str]]] = {
    Listing: _listing,
    Strip: _strip,
    Bars: _bars,
    Estimates: _estimates,
    Photos: _photos,
}
"""How the HTML writes each block of :mod:`console.documents.report_model`."""
