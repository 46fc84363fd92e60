"""Decoding agrees with an independent decoder, for every type, order, field and quality."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from drivers.modbus.decoder import Decoder
from drivers.modbus.planner import plan
from drivers.points import Reason
from tests.unit.drivers.regmaps import decode_one, regmap, words_of, worlds

World = tuple[list[dict[str, Any]], dict[str, Any], dict[Any, int]]


@given(worlds())
def test_any_map_decodes_as_a_person_would(world: World) -> None:
    points, header, memory = world
    found = regmap(points, **header)
    blocks = plan(found)
    values, reasons = Decoder(found, blocks).decode(words_of(blocks, memory))
    for point, value, reason in zip(points, values, reasons, strict=True):
        expected, why = decode_one(point, header, memory)
        assert Reason(int(reason)).word == why, point
        assert value == pytest.approx(expected, rel=1e-12, abs=1e-9, nan_ok=True), point


def decoded(points: list[dict[str, Any]], memory: dict[Any, int], **header: Any) -> list[Any]:
    """Return ``(value, reason)`` of each point; the value None where there is none."""
    found = regmap(points, **header)
    blocks = plan(found)
    values, reasons = Decoder(found, blocks).decode(words_of(blocks, memory))
    return [
        (None if math.isnan(v) else float(v), Reason(int(r)))
        for v, r in zip(values, reasons, strict=True)
    ]


ORDERS = {
    "0": {"byte_order": "big", "word_order": "big"},
    "1": {"byte_order": "little", "word_order": "little"},
    "2": {"byte_order": "big", "word_order": "little"},
    "3": {"byte_order": "little", "word_order": "big"},
}


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (0, (0x4236, 0x8000)),  # 45.625 as IEEE 754
        (1, (0x0080, 0x3642)),
        (2, (0x8000, 0x4236)),
        (3, (0x3642, 0x0080)),
    ],
)
def test_a_register_may_choose_the_orders_while_running(
    choice: int, words: tuple[int, int]
) -> None:
    point = {"key": "p", "address": 0, "area": "holding", "type": "f32"}
    chooser = {"area": "holding", "address": 93, "orders": ORDERS}
    memory = {("holding", 0): words[0], ("holding", 1): words[1], ("holding", 93): choice}
    assert decoded([point], memory, order_register=chooser) == [(45.625, Reason.NONE)]


def test_an_order_that_the_map_does_not_know_leaves_only_what_does_not_depend_on_it() -> None:
    points = [
        {"key": "open", "address": 0, "area": "holding", "type": "f32"},
        {"key": "one_word", "address": 2, "area": "holding", "byte_order": "big"},
        {"key": "bit", "address": 0, "area": "coil", "type": "bool"},
    ]
    chooser = {"area": "holding", "address": 93, "orders": ORDERS}
    memory = {("holding", 2): 7, ("holding", 93): 9, ("coil", 0): 1}
    assert decoded(points, memory, order_register=chooser) == [
        (None, Reason.NOT_SUPPORTED),
        (7.0, Reason.NONE),
        (1.0, Reason.NONE),
    ]


@pytest.mark.parametrize(
    ("exponent", "expected"),
    [
        (0, (463.0, Reason.NONE)),
        (0xFFFF, (46.3, Reason.NONE)),
        (2, (46300.0, Reason.NONE)),
        (0x8000, (None, Reason.NOT_SUPPORTED)),
        (11, (None, Reason.NOT_SUPPORTED)),
    ],
)
def test_the_exponent_comes_from_another_register(exponent: int, expected: Any) -> None:
    source = {"area": "holding", "address": 40, "sentinels": [-32768]}
    point = {"key": "p", "address": 0, "scale_from": source}
    memory = {("input", 0): 463, ("holding", 40): exponent}
    assert decoded([point], memory) == [expected]


def test_the_factor_comes_from_another_register() -> None:
    source = {"address": 210, "type": "u16", "kind": "factor", "scale": 0.001, "sentinels": [65535]}
    point = {"key": "p", "address": 307, "scale": 0.0001, "scale_from": source, "offset": 1}
    memory = {("input", 307): 5000, ("input", 210): 16000}
    assert decoded([point], memory) == [(pytest.approx(9.0), Reason.NONE)]
    assert decoded([point], memory | {("input", 210): 65535}) == [(None, Reason.NOT_SUPPORTED)]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (0, (45.5, Reason.NONE)),
        (1, (pytest.approx(7.5), Reason.NONE)),
        (2, (None, Reason.NOT_SUPPORTED)),
    ],
)
def test_the_unit_comes_from_another_register(choice: int, expected: Any) -> None:
    register = {"id": "t", "address": 60, "units": {"0": ["Cel"], "1": ["[psi]", "[degF]"]}}
    point = {"key": "p", "address": 0, "divisor": 10, "unit": "Cel", "unit_from": "t"}
    memory = {("input", 0): 455, ("holding", 60): choice}
    assert decoded([point], memory, units_register=[register]) == [expected]


def test_what_a_controller_refuses_to_answer_is_not_supported() -> None:
    fault = {"area": "discrete", "address": 5}
    points = [
        {"key": "read", "address": 0},
        {"key": "refused", "address": 1},
        {"key": "unjudged", "address": 2, "sensor_fault": fault},
        {"key": "unscaled", "address": 3, "scale_from": {"address": 90}},
    ]
    found = regmap(points)
    blocks = [b for b in plan(found) if b.area.value == "input" and b.address == 0]
    kept = [type(b)(b.area, 0, 1) for b in blocks] + [type(b)(b.area, 2, 2) for b in blocks]
    values, reasons = Decoder(found, kept).decode(np.array([5, 6, 7], np.uint16))
    assert [Reason(int(r)).word for r in reasons] == ["none", *["not_supported"] * 3]
    assert values[0] == 5.0
    assert np.isnan(values[1:]).all()
    values, reasons = Decoder(found, []).decode(np.empty(0, np.uint16))
    assert (reasons == Reason.NOT_SUPPORTED).all()
    assert np.isnan(values).all()


def test_points_that_can_only_be_written_are_not_read() -> None:
    write = {"values": {"1": "reset"}}
    points: list[dict[str, Any]] = [
        {"key": "reset", "area": "holding", "address": 0, "access": "w", "write": write},
        {"key": "value", "area": "holding", "address": 9},
    ]
    found = regmap(points)
    assert [(b.address, b.count) for b in plan(found)] == [(9, 1)]
    assert list(found.schema_of_points.index) == ["value"]


def test_raw_numbers_can_be_had_beside_the_values() -> None:
    found = regmap([{"key": "a", "address": 0, "mask": 0xFF00}, {"key": "b", "address": 1}])
    decoder = Decoder(found, plan(found))
    words = np.array([0x1234, 7], np.uint16)
    assert decoder.raw(words).tolist() == [0x1234, 7]
    assert decoder.decode(words)[0].tolist() == [0x12, 7]


def test_decoding_neither_keeps_nor_changes_what_it_was_given() -> None:
    found = regmap([{"key": "a", "address": 0, "valid": [0, 5]}, {"key": "b", "address": 1}])
    decoder = Decoder(found, plan(found))
    words = np.array([9, 7], np.uint16)
    first, _ = decoder.decode(words)
    decoder.decode(np.array([1, 2], np.uint16))
    assert words.tolist() == [9, 7]
    assert first.tolist() == [9, 7]
