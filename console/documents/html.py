"""A document as one HTML file: for screen readers, and for whoever has no PDF at hand.

Headings, lists and tables are what they say they are; every box to fill has a name; pictures have
their words. Nothing is loaded from anywhere, nothing runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from typing import Any

from console.documents import model as m
from console.documents.html_drawn import chart_svg, pictogram_svg, picture_html, plan_svg
from console.documents.model import Document
from console.documents.report_html import REPORT_WRITERS
from console.text import speaking, tr

_CSS = """
:root{color-scheme:light}
body{font:1.05rem/1.5 system-ui,"Noto Sans","Microsoft YaHei","PingFang SC",sans-serif;
margin:0 auto;max-width:52rem;padding:1rem;color:#000;background:#fff}
header,footer{border:solid #000;border-width:0 0 2px;padding-bottom:.5rem}
footer{border-width:1px 0 0;padding:.5rem 0;margin-top:2rem;font-size:.85rem}
h1{font-size:1.5rem;margin:.2rem 0}h2{border-bottom:2px solid #000;margin-top:2rem}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:.5rem 1.5rem}
dt{font-size:.85rem;color:#333}dd{margin:0;white-space:pre-line}
table{border-collapse:collapse;width:100%}caption{text-align:start;font-weight:bold}
th,td{border:1px solid #555;padding:.3rem .5rem;text-align:start;vertical-align:top;height:2rem}
thead th{background:#eee}
.box{display:inline-block;min-width:7rem;min-height:1.9rem;border:1.5px solid #000;
vertical-align:middle;margin:.1rem .3rem}
.tick{min-width:1.9rem}.step{border-top:2px solid #000;padding:.5rem 0;break-inside:avoid}
.hazard{border:3px solid #000;padding:.4rem .6rem;margin:.5rem 0;display:flex;gap:.8rem}
.hazard strong{display:block;font-size:1.15rem}.hold{border:4px double #000;padding:.5rem}
.mark{border:3px solid #000;padding:.3rem;font-weight:bold;text-align:center}
.said{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
p{white-space:pre-line}ul.plain{list-style:none;padding:0}svg{max-width:100%;height:auto}
"""


def render_html(document: Document) -> str:
    """Return the document as HTML; any text is escaped, a lone surrogate told by its number."""
    with speaking(document.language):
        body = "\n".join(_page(document))
    return _sayable(body)


def _page(document: Document) -> Iterator[str]:
    header = document.header
    title = f"{header.kind} {header.number}".strip()
    yield "<!DOCTYPE html>"
    yield f'<html lang="{_language(document.language)}">'
    yield '<head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width">'
    yield '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    yield "style-src 'unsafe-inline'; img-src data:\">"
    yield f"<title>{escape(title)}: {escape(header.title)}</title><style>{_CSS}</style></head>"
    yield "<body><header>"
    if header.mark:
        yield f'<p class="mark" role="note">{escape(header.mark)}</p>'
    yield f"<h1>{escape(title)}</h1>{_text('p', header.title)}"
    yield _facts(header.facts)
    if document.code is not None:
        code = tr("Code of the form: {code}", code=document.code.payload)
        yield _text("p", code)
    yield "</header><main>"
    for block in document.blocks:
        yield from _block(block)
    yield "</main><footer>"
    yield _text("p", document.footer[0])
    yield "</footer></body></html>"


def _block(block: m.Block) -> Iterator[str]:
    yield from _WRITERS[type(block)](block)


def _text(tag: str, text: str, more: str = "") -> str:
    return f'<{tag} dir="auto"{more}>{escape(text)}</{tag}>'


def _anchor(name: str) -> str:
    return f' id="{escape(name)}"' if name else ""


def _heading(block: m.Heading) -> Iterator[str]:
    note = f" <small>({escape(block.note)})</small>" if block.note else ""
    tag = f"h{block.level + 1}"
    yield f'<{tag} dir="auto"{_anchor(block.anchor)}>{escape(block.text)}{note}</{tag}>'


def _paragraph(block: m.Paragraph) -> Iterator[str]:
    text = escape(block.text)
    yield f'<p dir="auto">{f"<strong>{text}</strong>" if block.style == "strong" else text}</p>'


def _facts(facts: tuple[m.Fact, ...]) -> str:
    rows = (f"<div>{_text('dt', f.label)}{_text('dd', f.text or '---')}</div>" for f in facts)
    return f"<dl>{''.join(rows)}</dl>"


def _facts_block(block: m.Facts) -> Iterator[str]:
    yield _facts(block.facts)


def _box(name: str, given: str = "", kind: str = "") -> str:
    """Return a box to fill that a screen reader names."""
    told = tr("box to fill: {name}", name=name)
    return f'<span class="box{kind}" role="img" aria-label="{escape(told)}">{escape(given)}</span>'


def _entry(entry: m.Entry) -> str:
    name = f"{entry.label}, {entry.hint}" if entry.hint else entry.label
    return f'<span dir="auto">{escape(name)} {_box(name, entry.given)}{escape(entry.unit)}</span>'


def _entries(block: m.Entries) -> Iterator[str]:
    items = "".join(f"<li>{_entry(entry)}</li>" for entry in block.entries)
    yield f'<ul class="plain">{items}</ul>'


def _ticks(block: m.Ticks) -> Iterator[str]:
    items = "".join(f"<li>{_tick(tick.text)}</li>" for tick in block.ticks)
    yield f'<ul class="plain">{items}</ul>'


def _tick(text: str) -> str:
    told = tr("box to tick")
    box = f'<span class="box tick" role="img" aria-label="{escape(told)}"></span>'
    return f'<span dir="auto">{box}{escape(text)}</span>'


def _jump(block: m.Jump) -> Iterator[str]:
    link = f'<a href="#{escape(block.anchor)}">{escape(block.text)}</a>'
    yield f'<p dir="auto">{_tick("") if block.tick else ""}{link}</p>'


def _table(block: m.Table) -> Iterator[str]:
    yield "<table>"
    if block.title:
        yield _text("caption", block.title)
    titles = [column.title for column in block.columns]
    if any(titles):
        cells = "".join(_text("th", title, ' scope="col"') for title in titles)
        yield f"<thead><tr>{cells}</tr></thead>"
    yield "<tbody>"
    for row in block.rows:
        yield f"<tr>{''.join(_cells(row, titles, named=block.named))}</tr>"
    yield "</tbody></table>"


def _cells(row: tuple[m.Cell, ...], titles: list[str], *, named: bool) -> Iterator[str]:
    for n, cell in enumerate(row):
        if isinstance(cell, m.Blank):
            told = tr("box to fill: {name}", name=" ".join(filter(None, (titles[n], cell.hint))))
            hint = f" ({escape(cell.hint)})" if cell.hint else ""
            yield f'<td><span class="said">{escape(told)}</span>{hint}</td>'
        elif isinstance(cell, m.Tick):
            scope = ' scope="row"' if named and n == 0 else ""
            tag = "th" if scope else "td"
            yield f"<{tag}{scope}>{_tick(cell.text)}</{tag}>"
        elif named and n == 0 and cell:
            yield _text("th", cell, ' scope="row"')
        else:
            yield _text("td", cell)


def _signs(block: m.Signs) -> Iterator[str]:
    yield '<ul class="plain">'
    for sign in block.signs:
        words = _tick(sign.text) if sign.tick else escape(sign.text)
        yield f"<li>{pictogram_svg(sign.pictogram)} {words}</li>"
    yield "</ul>"


def _hazards(block: m.Hazards) -> Iterator[str]:
    for sign in block.signs:
        yield f'<div class="hazard" role="note">{pictogram_svg(sign.pictogram)}<div>'
        yield f"<strong>{escape(sign.word)}</strong>"
        yield f"{_text('p', sign.consequence)}{_text('p', sign.avoid)}</div></div>"
    if block.entry is not None:
        yield f"<p>{_entry(block.entry)}</p>"


def _hold(block: m.HoldBar) -> Iterator[str]:
    yield f'<div class="hold" role="note"><strong>{escape(block.word)}</strong>'
    yield _text("p", block.text)
    yield from _entries(m.Entries(block.entries))
    yield "</div>"


def _step(block: m.StepBlock) -> Iterator[str]:
    yield f'<section class="step"{_anchor(block.anchor)}>'
    yield _text("h3", f"{block.number}. {block.title}")
    if block.hold is not None:
        yield from _hold(block.hold)
    if block.hazards is not None:
        yield from _hazards(block.hazards)
    if block.note:
        yield _text("p", block.note)
    for part in block.parts:
        match part:
            case m.Entry():
                yield f"<p>{_entry(part)}</p>"
            case m.Tick():
                yield f"<p>{_tick(part.text)}</p>"
            case _:
                yield from _block(part)
    if block.marks:
        yield from _entries(m.Entries(block.marks))
    yield "</section>"


def _plan(block: m.TankPlan) -> Iterator[str]:
    yield f"<figure>{plan_svg(block)}{_text('figcaption', block.alt)}</figure>"


def _chart(block: m.Chart) -> Iterator[str]:
    yield f"<figure>{chart_svg(block)}"
    yield f"<figcaption><strong>{escape(block.title)}</strong> {escape(block.alt)}</figcaption>"
    yield "</figure>"


def _picture(block: m.Picture) -> Iterator[str]:
    yield f"<figure>{picture_html(block)}"
    yield f"{_text('figcaption', block.caption or block.alt)}</figure>"


def _beside(block: m.Beside) -> Iterator[str]:
    for part in (*block.left, *block.right):
        yield from _block(part)


def _nothing(_block: m.PageBreak) -> Iterator[str]:
    return iter(())


_WRITERS: dict[type[Any], Callable[[Any], Iterator[str]]] = {
    m.Heading: _heading,
    m.Paragraph: _paragraph,
    m.Facts: _facts_block,
    m.Entries: _entries,
    m.Ticks: _ticks,
    m.Jump: _jump,
    m.Table: _table,
    m.Signs: _signs,
    m.Hazards: _hazards,
    m.HoldBar: _hold,
    m.StepBlock: _step,
    m.TankPlan: _plan,
    m.Chart: _chart,
    m.Picture: _picture,
    m.Beside: _beside,
    m.PageBreak: _nothing,
    **REPORT_WRITERS,
}


def _language(code: str) -> str:
    """Return the tag that browsers and screen readers know: ``zh-Hans`` for ``zh_CN``."""
    return {"zh_CN": "zh-Hans", "zh_TW": "zh-Hant"}.get(code, code.replace("_", "-"))


def _sayable(text: str) -> str:
    """Return a text without what no file can hold or what would hide or turn the rest."""
    return "".join(_told(c) if _is_odd(ord(c)) else c for c in text)


def _is_odd(code: int) -> bool:
    if code < 0x20:
        return code not in {0x0A, 0x09}
    return (
        0x7F <= code <= 0x9F
        or 0xD800 <= code <= 0xDFFF
        or 0x202A <= code <= 0x202E
        or 0x2060 <= code <= 0x206F
        or code in {0xFFFE, 0xFFFF}
    )


def _told(character: str) -> str:
    return "\n" if character == "\r" else f"[U+{ord(character):04X}]"
