"""The HTML beside a form: headings, tables, names for boxes; nothing that loads or runs."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import pairwise

import pytest

from console.documents import words as w
from console.documents.html import render_html
from console.documents.workorder import form_document
from console.text import speaking
from procedures.texts import texts_in
from tests.unit.documents import kit

VOID = {"meta", "img", "br", "path", "rect", "polyline"}


class Outline(HTMLParser):
    """Collects what a screen reader goes by; every tag must be closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.seen if name == tag]


def outline(language: str = "en") -> Outline:
    found = Outline()
    found.feed(render_html(form_document(kit.sheet(language=language))))
    assert found.open == []
    return found


def test_it_is_built_of_headings_and_tables() -> None:
    page = outline()
    levels = [int(tag[1]) for tag, _ in page.seen if tag in {"h1", "h2", "h3"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert len(page.of("table")) >= 6
    assert all(cell.get("scope") in {"col", "row"} for cell in page.of("th"))


def test_every_box_and_every_picture_has_a_name() -> None:
    page = outline()
    boxes = [attrs for attrs in page.of("span") if "box" in (attrs.get("class") or "")]
    assert len(boxes) > 40
    assert all(attrs.get("role") == "img" and attrs.get("aria-label") for attrs in boxes)
    pictures = page.of("svg")
    assert len(pictures) > 5
    assert all(attrs.get("aria-label") or attrs.get("aria-hidden") == "true" for attrs in pictures)


@pytest.mark.parametrize(("language", "tag"), [("en", "en"), ("zh_CN", "zh-Hans")])
def test_it_says_its_language(language: str, tag: str) -> None:
    assert outline(language).of("html")[0]["lang"] == tag


def test_links_lead_somewhere() -> None:
    page = outline()
    anchors = {attrs["id"] for _, attrs in page.seen if "id" in attrs}
    links = [attrs["href"] or "" for attrs in page.of("a")]
    assert len(links) >= 6
    assert all(link.startswith("#") and link[1:] in anchors for link in links)


def test_nothing_is_loaded_and_nothing_runs() -> None:
    page = outline()
    names = {tag for tag, _ in page.seen}
    assert not names & {"script", "link", "iframe", "form", "object"}
    assert not any(name.startswith("on") for _, attrs in page.seen for name in attrs)
    assert not any("src" in attrs for _, attrs in page.seen)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_it_tells_what_the_paper_tells(language: str) -> None:
    text = kit.words("".join(outline(language).text))
    procedure = kit.sample().procedure
    with speaking(language):
        for step in procedure.steps.values():
            for _, words in texts_in(step):
                assert kit.words(w.said(words, language, step)) in text
    for told in ("WO-1", "1650924012345", kit.HEAD, "TS1|demo-site|7K3QX9M2PG"):
        assert told in text
