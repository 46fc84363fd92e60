"""Fonts: which draws which character, and what is done where none does."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from console.documents import fonts as module
from console.documents.fonts import Fonts, fonts


def test_the_packages_have_latin_greek_cyrillic_and_chinese() -> None:
    names = fonts().names
    assert names[:2] == ("NotoSans", "WenQuanYiMicroHei")
    for character in "AäßŁćΩµЖщ≤≥≠°±²³·–—“”…→√①中華龙閥한글かなカナ":
        assert fonts().has(character), character


def test_each_run_has_one_font() -> None:
    runs = list(fonts().runs("Tank 液槽 Ж ≤ 5", 10))
    assert "".join(run.text for run in runs) == "Tank 液槽 Ж ≤ 5"
    faces = [run.face.name if run.face else "" for run in runs]
    assert faces[:2] == ["NotoSans", "WenQuanYiMicroHei"]
    assert sum(run.width for run in runs) == pytest.approx(fonts().width("Tank 液槽 Ж ≤ 5", 10))


def test_bold_has_its_own_letters_where_the_font_has() -> None:
    latin, chinese = (next(fonts().runs(text, 10, bold=True)).face for text in ("A", "中"))
    assert latin is not None
    assert (latin.name, latin.is_emboldened) == ("NotoSans-Bold", False)
    assert chinese is not None
    assert (chinese.name, chinese.is_emboldened) == ("WenQuanYiMicroHei", True)


@pytest.mark.parametrize(
    "code", ["\U000f1234", "\u202e", "\u200b", "\x07", "\x7f", "\ud800", "\U00012345"]
)
def test_what_no_font_has_or_what_hides_is_told_by_its_number(code: str) -> None:
    run = next(fonts().runs(code, 10))
    assert run.face is None
    assert run.text == f"U+{ord(code):04X}"
    assert run.width > 10


def test_without_packages_and_system_fonts_latin_is_still_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_noto", lambda: None)
    monkeypatch.setattr(module, "_wqy", lambda: None)
    monkeypatch.setattr(module, "_SYSTEM_FOLDERS", ())
    bare = module._load.__wrapped__()
    assert bare.has("A")
    assert not bare.has("中")
    assert next(bare.runs("中", 10)).text == "U+4E2D"


def test_system_fonts_are_looked_for_only_when_something_is_missing() -> None:
    asked = []

    def more() -> list[tuple[module.Face, module.Face]]:
        asked.append(1)
        return []

    face = module.Face("x", frozenset({65}), {65: 500.0}, 500.0)
    few = Fonts([(face, face)], more)
    assert few.has("A")
    assert not asked
    assert not few.has("B")
    assert not few.has("C")
    assert asked == [1]


def test_a_font_file_with_other_bytes_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = tmp_path / "paperang_p2_fonts_cjk"
    (package / "fonts").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('the package is run')")
    (package / "fonts" / "wqy-microhei.ttc").write_bytes(b"not the font")
    spec = importlib.util.spec_from_file_location(
        "paperang_p2_fonts_cjk",
        package / "__init__.py",
        submodule_search_locations=[str(package)],
    )
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: spec)
    assert module._wqy() is None


def test_outlines_that_reportlab_cannot_draw_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "odd.ttf"
    path.write_bytes(b"OTTO" + b"\0" * 100)
    assert module._from_files(path, None) is None
    assert module._from_files(tmp_path / "absent.ttf", None) is None
