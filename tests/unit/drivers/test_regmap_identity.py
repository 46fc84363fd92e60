"""Texts that name a controller: every type and order, blanks, and a sentence for the wrong one."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.files import FileError
from drivers.modbus.identity import mismatch, text_of
from drivers.modbus.mapspec import Firmware, IdentityText
from tests.unit.drivers.regmaps import regmap

POINT = {"key": "p", "address": 500}


def spec(entry: dict[str, Any]) -> IdentityText:
    return regmap([POINT], identity=[{"key": "t", "address": 0, **entry}]).identity[0]


def text(entry: dict[str, Any], words: list[int]) -> str:
    return text_of(spec(entry), np.array(words, np.uint16))


@given(
    st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12),
    st.sampled_from(["big", "little"]),
    st.sampled_from(["big", "little"]),
    st.sampled_from([b"\0", b" ", b"\xff"]),
)
def test_characters_come_back_in_any_order(
    sent: str, byte_order: str, word_order: str, padding: bytes
) -> None:
    data = sent.encode().ljust(12, padding)
    words = list(struct.unpack(">6H" if byte_order == "big" else "<6H", data))
    words = words if word_order == "big" else words[::-1]
    orders = {"byte_order": byte_order, "word_order": word_order}
    assert text({"length": 6, **orders}, words) == sent


def test_texts_are_in_big_order_whatever_the_order_of_the_numbers() -> None:
    texts = [{"key": "t", "address": 0, "type": "u32"}]
    found = regmap([POINT], word_order="little", byte_order="little", identity=texts)
    assert text_of(found.identity[0], np.array([1, 2], np.uint16)) == "65538"


@pytest.mark.parametrize(
    ("entry", "words", "expected"),
    [
        ({"type": "u16"}, [65535], "65535"),
        ({"type": "s16"}, [65535], "-1"),
        ({"type": "u64"}, [0xFFFF] * 4, str(2**64 - 1)),
        ({"type": "bcd32"}, [0x1234, 0x5678], "12345678"),
        ({"type": "bcd16"}, [0x12A4], "12a4"),
        ({"type": "bcd32"}, [0x0000, 0x0042], "00000042"),
        ({"type": "raw", "length": 2}, [0x00FF, 0x1234], "00ff1234"),
        ({"type": "utf8", "length": 2}, [0xC3A9, 0x0000], "é"),
        ({"type": "ascii", "length": 2}, [0, 0], ""),
        ({"type": "ascii", "length": 2}, [0xFFFF, 0xFFFF], ""),
    ],
)
def test_texts(entry: dict[str, Any], words: list[int], expected: str) -> None:
    assert text(entry, words) == expected


@pytest.mark.parametrize(
    ("entry", "text", "wrong"),
    [
        ({"expect": "^XDU"}, "XDU1350B", False),
        ({"expect": "^XDU"}, "RPU", True),
        ({"expect": "^XDU"}, "", True),
        ({"expect": "^XDU", "allow_blank": True}, "", False),
        ({"expect": "^XDU", "allow_blank": True}, "RPU", True),
        ({}, "", False),
        ({}, "anything", False),
    ],
)
def test_another_controller_is_told(entry: dict[str, Any], text: str, wrong: bool) -> None:
    assert mismatch(spec({"length": 8, **entry}), text) is wrong


@pytest.mark.parametrize(
    ("firmware", "version", "admitted"),
    [
        ({}, "9.9", True),
        ({"known": ["1.0b17", "1.0b19"]}, "1.0b19 ", True),
        ({"known": ["1.0b17", "1.0b19"]}, "1.0b18", False),
        ({"min": "1.9"}, "1.10", True),
        ({"min": "1.9"}, "1.8.7", False),
        ({"min": "1.9", "max": "2"}, "2.0.1", False),
        ({"max": "2.4"}, "V2.4", True),
        ({"max": "2.4"}, "V2.5", False),
        ({"min": "1.0b17"}, "1.0b9", False),
    ],
)
def test_firmware_versions_compare_as_people_count(
    firmware: dict[str, Any], version: str, admitted: bool
) -> None:
    assert Firmware.model_validate(firmware).admits(version) is admitted


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"area": "coil", "type": "u16"}, "holds bits"),
        ({"type": "ascii"}, "needs a length"),
        ({"type": "u32", "length": 3}, "length 3 does not fit"),
        ({"length": 9, "address": 65530}, "no room"),
        ({"length": 9, "expect": "("}, "not a regular expression"),
        ({"length": 126}, "125"),
    ],
)
def test_a_wrong_text_is_refused(entry: dict[str, Any], words: str) -> None:
    with pytest.raises(FileError) as caught:
        regmap([POINT], identity=[{"key": "t", "address": 0, **entry}])
    assert words in str(caught.value)


@given(st.lists(st.integers(0, 65535), min_size=8, max_size=8), st.sampled_from(["ascii", "utf8"]))
def test_any_registers_are_some_printable_text(words: list[int], kind: str) -> None:
    assert text({"type": kind, "length": 8}, words).isprintable()
