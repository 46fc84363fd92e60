"""Raw words with every plausible decoding side by side."""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.decodings import ORDERS, Row, bit_rows, decode_all, texts
from tests.unit.drivers.regmaps import FORMATS

words = st.integers(0, 0xFFFF)


def registers(form: str, value: Any, order: str) -> list[int]:
    """A value as a controller of that order sends it, by an independent encoder."""
    data = struct.pack(">" + form, value)
    found = [data[i : i + 2] for i in range(0, len(data), 2)]
    byte_order, word_order = ORDERS[order]
    if word_order == "little":
        found.reverse()
    if byte_order == "little":
        found = [pair[::-1] for pair in found]
    return [int.from_bytes(pair) for pair in found]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("u32", 70_001),
        ("s32", -70_001),
        ("f32", 41.3),
        ("u64", 123_456_789_012),
        ("s64", -123_456_789_012),
        ("f64", 41.3),
    ],
)
def test_a_value_is_found_in_its_order_and_plausible_there(
    kind: str, value: float, order: str
) -> None:
    (row, *_) = decode_all(registers(FORMATS[kind], value, order), 100)
    assert row.value(kind, order) == value
    found = [d for d in row.decodings if d.kind == kind and d.plausible]
    assert order in {d.order for d in found}


def test_one_register_in_every_way() -> None:
    (row,) = decode_all([0x1234], 7)
    assert (row.address, row.word) == (7, 0x1234)
    assert row.value("u16", "AB") == 0x1234
    assert row.value("u16", "BA") == 0x3412
    assert row.value("bcd16", "AB") == 1234
    assert row.value("hhmm", "AB") == "18:52"
    assert row.value("bitfield", "AB") == "0001001000110100"
    assert decode_all([0xFFFE], 0)[0].value("s16", "AB") == -2
    assert decode_all([0x4F4B], 0)[0].value("ascii", "AB") == "OK"
    assert decode_all([0x12AB], 0)[0].value("bcd16", "AB") is None


@pytest.mark.parametrize("word", [0xFFFF, 0x7FFF, 0x8000])
def test_what_usually_means_no_value_is_said(word: int) -> None:
    assert decode_all([word], 0)[0].note


def test_a_time_is_a_date() -> None:
    (row, *_) = decode_all(registers("I", 1_767_225_600, "CDAB"), 0)
    assert row.value("unixtime", "CDAB") == "2026-01-01T00:00:00+00:00"


def test_texts_in_every_order() -> None:
    data = [int.from_bytes(pair) for pair in (b"RP", b"U-", b"2\0")]
    assert texts(data)["ABCD"] == "RPU-2"
    assert texts([int.from_bytes(pair) for pair in (b"PR", b"-U", b"\x002")])["BADC"] == "RPU-2"
    assert texts(data[::-1])["CDAB"] == "RPU-2"


def test_bits() -> None:
    rows = bit_rows([0, 1], 16)
    assert [(row.address, row.word, row.value("bool")) for row in rows] == [
        (16, 0, False),
        (17, 1, True),
    ]


@given(st.lists(words, min_size=1, max_size=12), st.integers(0, 65_000))
def test_any_registers_can_be_shown(found: list[int], address: int) -> None:
    rows = decode_all(found, address)
    assert [row.word for row in rows] == found
    for row in rows:
        for decoding in row.decodings:
            if isinstance(decoding.value, float):
                assert math.isfinite(decoding.value)
            if decoding.plausible:
                assert decoding.value is not None
    json.dumps([row.as_dict() for row in rows], allow_nan=False)
    texts(found)


def test_an_unknown_decoding_is_none() -> None:
    assert Row(0, 0, ()).value("f32", "ABCD") is None
