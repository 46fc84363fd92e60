"""Pages look as they did when somebody last looked at them."""

from __future__ import annotations

import pytest

from tests.unit.documents import golden

ANEW = "look at the pages, then: python -m tests.unit.documents.golden"


@pytest.mark.parametrize("case", golden.CASES, ids=lambda case: case.name)
def test_pages_look_as_before(case: golden.Case) -> None:
    found, kept = case.pages(), golden.read(case.path)
    assert len(found) == len(kept), f"{len(found)} pages instead of {len(kept)}; {ANEW}"
    for number, (page, old) in enumerate(zip(found, kept, strict=True), 1):
        share, far = golden.differences(page, _same_length(old, len(page)))
        told = "\n".join(far[:5])
        assert share <= golden.MOST_DIFFERENT, f"page {number}: {share:.1%} differs\n{told}\n{ANEW}"
        assert len(far) <= 3, f"page {number}:\n{told}\n{ANEW}"


def _same_length(page: list[str], rows: int) -> list[str]:
    """Give back the empty rows that the end of a file loses."""
    return page + [""] * (rows - len(page))


def test_a_page_with_a_line_less_is_noticed() -> None:
    kept = golden.read(golden.CASES[0].path)[0]
    full = next(n for n, row in enumerate(kept) if len(row.strip()) > 20)
    share, far = golden.differences([*kept[:full], "", *kept[full + 1 :]], kept)
    assert share > 0.002
    assert far
    assert golden.differences(kept, kept) == (0.0, [])
    moved = [*kept[3:], "", "", ""]
    share, far = golden.differences(moved, kept)
    assert share > golden.MOST_DIFFERENT
    assert len(far) > 3
