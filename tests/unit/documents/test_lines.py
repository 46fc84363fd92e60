"""Breaking lines: nothing lost, nothing too wide, nothing ugly."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from console.documents.fonts import fonts
from console.documents.lines import lines_of, one_line, reads_leftwards

SIZE = 10.0
ANY = st.text(st.characters(), max_size=400)


def _visible(text: str) -> str:
    return "".join(text.split())


@settings(max_examples=150, deadline=None)
@given(ANY, st.floats(20, 400))
def test_nothing_is_lost_and_nothing_is_too_wide(text: str, width: float) -> None:
    import unicodedata

    known = fonts()
    lines = lines_of(text, width, SIZE, known)
    assert _visible("".join(lines)) == _visible(unicodedata.normalize("NFC", text))
    for line in lines:
        assert known.width(line, SIZE) <= width + 0.01 or len(line) <= 2 or _rides(line)


def _rides(line: str) -> bool:
    """Whether all but the first character of a line ride on it: such a cluster is never broken."""
    import unicodedata

    return all(unicodedata.combining(c) for c in line[1:])


def test_words_are_kept_whole() -> None:
    known = fonts()
    text = "Wait until every GPU has been idle for a while."
    lines = lines_of(text, 100, SIZE, known)
    assert len(lines) > 1
    assert " ".join(lines) == text


def test_a_word_longer_than_a_line_is_broken() -> None:
    lines = lines_of("GPU-" + "0123456789abcdef" * 8, 120, SIZE, fonts())
    assert len(lines) > 4
    assert "".join(lines) == "GPU-" + "0123456789abcdef" * 8


def test_chinese_breaks_anywhere_but_before_a_full_stop() -> None:
    text = "等待液体温度不高于四十五度；任何情况下（绝对）不得超过五十度。" * 4
    lines = lines_of(text, 97, SIZE, fonts())
    assert "".join(lines) == text
    assert len(lines) > 8
    assert not any(line[0] in "。；）" or line[-1] == "（" for line in lines)


def test_numbers_keep_their_units() -> None:
    lines = lines_of("The fluid is at 45\N{NO-BREAK SPACE}°C now", 75, SIZE, fonts())
    assert any("45\N{NO-BREAK SPACE}°C" in line for line in lines)


def test_line_feeds_stay() -> None:
    assert lines_of("a\n\nb\r\nc", 100, SIZE, fonts()) == ["a", "", "b", "c"]


def test_what_does_not_fit_on_one_line_ends_in_an_ellipsis() -> None:
    assert one_line("short", 100, SIZE, fonts()) == "short"
    shown = one_line("a text that is far too long for it", 60, SIZE, fonts())
    assert shown.endswith("…")
    assert fonts().width(shown, SIZE) <= 60


def test_text_from_right_to_left_is_known() -> None:
    assert reads_leftwards("abc שלום")
    assert reads_leftwards("خطر")
    assert not reads_leftwards("abc 中文 Жж")
