"""Bad files: one sentence each, with file, line and column, whatever the bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.files import FileError
from procedures.yaml_text import MOST_BYTES, Place, read_yaml, yaml_of

from .bench import SMALL

FILE = Path("p.yaml")


@pytest.mark.parametrize(
    ("raw", "place", "said"),
    [
        (b"a: 1\nb: 2\na: 3\n", "3:1", "the key 'a' again; it is already on line 1"),
        (b"a:\n  b: 1\n  b: 2\n", "3:3", "the key 'b' again; it is already on line 2"),
        (b"a: yes\n", "1:4", "'yes' may mean a truth or a word"),
        (b"a: Off\n", "1:4", "'Off' may mean a truth or a word"),
        (b"on: 1\n", "1:1", "'on' may mean a truth or a word"),
        (b"a: TRUE\n", "1:4", "'TRUE' may mean a truth or a word"),
        (b"a: 2026-11-21\n", "1:4", "'2026-11-21' looks like a date; put it in quotes"),
        (b"a: 2026-11-21T10:00:00Z\n", "1:4", "looks like a date"),
        (b"a: 12:30\n", "1:4", "'12:30' looks like a clock time"),
        (b"a: 010\n", "1:4", "'010' may be read as different numbers"),
        (b"a: 1e3\n", "1:4", "'1e3' may be read as different numbers"),
        (b"a: 1_000\n", "1:4", "'1_000' may be read as different numbers"),
        (b"a: .nan\n", "1:4", "'.nan' is not a number"),
        (b"b: 1\na:\n", "2:1", "'a': nothing is given"),
        (b"a: ~\n", "1:4", "nothing is given"),
        (b"a: &x [1]\nb: *x\n", "1:4", "'&x' is an anchor"),
        (b"a: *x\n", "1:4", "'*x' is an alias"),
        (b"a: !!python/object:os.system x\n", "1:4", "is not allowed"),
        (b"a:\n\t- b\n", "2:1", "a tab character; indent with spaces"),
        (b"a: 1\n---\nb: 2\n", "2:1", "a second document"),
        (b"%YAML 1.1\n---\na: 1\n", "2:1", "a '%' directive"),
        (b"a: 1\nb: \xff\n", "2:4", "byte 0xff is not UTF-8"),
        (b"a: \x07\n", "1:4", "not valid YAML"),
        (b"a: b: c\n", "1:5", "not valid YAML"),
        (b"a: [1, 2\n", "2:1", "not valid YAML"),
        (b"1: 2\n", "1:1", "the key '1' is not a word"),
        (b"[1]\n", "1:1", "a procedure begins with"),
        (b"", "1:1", "a procedure begins with"),
        (b"<<: {a: 1}\n", "1:1", "'<<' merges are not allowed"),
        (b"a: " + b"[" * 40 + b"]" * 40, "1:33", "more than 30 levels deep"),
    ],
)
def test_a_bad_file_is_one_sentence_with_its_place(raw: bytes, place: str, said: str) -> None:
    with pytest.raises(FileError) as error:
        yaml_of(raw, FILE)
    assert str(error.value).startswith(f"p.yaml:{place}: ")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_an_anchor_bomb_is_refused_before_it_grows() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(FileError, match=r"p\.yaml:1:4: '&a' is an anchor"):
        yaml_of(bomb.encode(), FILE)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    path.write_bytes(b"#" * (MOST_BYTES + 1))
    with pytest.raises(FileError, match="at most"):
        read_yaml(path)
    many = b"a: [" + b"1, " * 60_000 + b"1]"
    with pytest.raises(FileError, match="more than 50000 values"):
        yaml_of(many, FILE)


def test_a_missing_file_and_a_folder_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no such file"):
        read_yaml(tmp_path / "none.yaml")
    with pytest.raises(FileError, match="cannot be read"):
        read_yaml(tmp_path)


def test_words_numbers_and_truths_are_what_they_look_like() -> None:
    text = yaml_of("\ufeffa: [1, -2.5, true, 'yes', \"2026-11-21\", 12 kPa, 打开]\n".encode(), FILE)
    assert text.data == {"a": [1, -2.5, True, "yes", "2026-11-21", "12 kPa", "打开"]}
    assert text.place(("a", 3)) == Place(1, 20)
    assert text.place(("a", 99, "b")) == Place(1, 1)
    assert text.at(("a", 1)) == "p.yaml:1:8"


def assert_read_or_refused(raw: bytes) -> None:
    said = ""
    try:
        yaml_of(raw, FILE)
    except FileError as error:
        said = str(error)
    assert not said or (said.startswith("p.yaml:") and "\n" not in said)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    assert_read_or_refused(raw)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, len(SMALL) - 1),
    st.text("ab:-[]{}&*!|>'\"%@`#,? \t\n0", max_size=8),
    st.booleans(),
)
def test_a_procedure_with_a_typing_error_is_read_or_refused(at: int, typed: str, cut: bool) -> None:
    text = SMALL[:at] + typed + SMALL[at + (len(typed) if cut else 0) :]
    assert_read_or_refused(text.encode())
