"""The code on every page: written, read back, refused."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.documents.codes import CodeError, PageCode, new_form, read_form, shown_form

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def test_a_code_reads_back() -> None:
    code = PageCode("north-hall", new_form(), "0123456789abcdef" * 4, 12)
    assert code.payload.startswith("TS1|north-hall|")
    assert code.payload.endswith("|0123456789abcdef|12")
    read = PageCode.parse(f" {code.payload}\n")
    assert (read.site, read.form, read.page) == (code.site, code.form, 12)
    assert read.digest == code.digest[:16]
    assert read.belongs_to("north-hall")
    assert not read.belongs_to("south-hall")


def test_a_form_without_a_procedure_has_no_digest() -> None:
    code = PageCode("site", new_form(), "", 1)
    assert PageCode.parse(code.payload).digest == ""


@given(st.text(max_size=200))
def test_no_other_text_is_a_code(text: str) -> None:
    with pytest.raises(CodeError, match="is not the code of a form"):
        PageCode.parse(text)


@pytest.mark.parametrize(
    "wrong", ["TS2|s|{f}|-|1", "TS1|S|{f}|-|1", "TS1|s|{f}|-|0", "TS1|s|{f}|abc|1", "TS1|s|{f}|-"]
)
def test_nearly_a_code_is_refused(wrong: str) -> None:
    with pytest.raises(CodeError):
        PageCode.parse(wrong.format(f=new_form()))


def test_forms_are_read_as_people_type_them() -> None:
    form = new_form()
    assert read_form(shown_form(form).lower()) == form
    assert read_form(f" {form[:3]} {form[3:]} ") == form
    assert len({new_form() for _ in range(200)}) == 200


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    form = next(f for f in iter(new_form, "") if "0" in f and "1" in f)
    assert read_form(form.replace("0", "O").replace("1", "l")) == form


@given(st.integers(0, 9), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(place: int, letter: str) -> None:
    form = "7K3QX9M2PG"
    wrong = form[:place] + letter + form[place + 1 :]
    if wrong == form:
        assert read_form(wrong) == form
    else:
        with pytest.raises(CodeError, match="misread"):
            read_form(wrong)


@given(st.text(max_size=30))
def test_what_is_no_form_is_refused(text: str) -> None:
    with suppress(CodeError):
        assert len(read_form(text)) == 10
