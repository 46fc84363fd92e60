"""What the encoder writes, the console's own decoder and one of plain struct read back."""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from drivers.modbus.device import CompiledMap
from drivers.modbus.identity import text_of
from drivers.modbus.planner import Block
from drivers.modbus.regmap import Area, RegisterMap
from drivers.points import Reason
from drivers.simulator.registers import Encoder, Image
from tests.unit.simulator.test_registers import make_map

ORDERS = st.sampled_from(["big", "little"])
OWN = st.sampled_from([None, "big", "little"])
WHOLE = {
    "u16": (0, 2**16 - 1), "s16": (-(2**15), 2**15 - 1),
    "u32": (0, 2**32 - 1), "s32": (-(2**31), 2**31 - 1),
    "u64": (0, 2**53), "s64": (-(2**53), 2**53),
    "bcd16": (0, 9999), "bcd32": (0, 99_999_999),
    "bitfield": (0, 2**16 - 1), "unixtime": (0, 2**32 - 1), "hhmm": (0, 1439),
}  # fmt: skip


def shown(regmap: RegisterMap, image: Image) -> dict[str, tuple[float, Reason]]:
    """Decode an image as the console does."""
    compiled = CompiledMap.of(regmap)
    words = [words_of(image, block) for block in compiled.blocks]
    values, reasons = compiled.decoder.decode(np.concatenate(words))
    return {
        point.key: (float(value), Reason(int(reason)))
        for point, value, reason in zip(compiled.schema.points, values, reasons, strict=True)
    }


def words_of(image: Image, block: Block) -> Any:
    data = image.read(block.area, block.address, block.count)
    assert data is not None, block
    return np.frombuffer(data, np.uint8 if block.area.is_bits else ">u2").astype(np.uint16)


@given(
    kind=st.sampled_from(sorted(WHOLE)),
    orders=st.tuples(ORDERS, ORDERS, OWN, OWN),
    fraction=st.floats(0, 1),
    area=st.sampled_from(["input", "holding"]),
)
def test_every_whole_type_comes_back_in_every_order(
    kind: str, orders: tuple[Any, ...], fraction: float, area: str
) -> None:
    low, high = WHOLE[kind]
    value = float(low + round(fraction * (high - low)))
    point = {"key": "x", "address": 7, "type": kind, "area": area}
    regmap = make_map(
        {**point, "byte_order": orders[2], "word_order": orders[3]},
        byte_order=orders[0],
        word_order=orders[1],
    )
    assert shown(regmap, Encoder(regmap).image({"x": value}))["x"] == (value, Reason.NONE)


@given(
    kind=st.sampled_from(["f32", "f64"]),
    orders=st.tuples(ORDERS, ORDERS),
    value=st.floats(-1e30, 1e30),
)
def test_floats_come_back_in_every_order(kind: str, orders: tuple[str, str], value: float) -> None:
    regmap = make_map(
        {"key": "x", "address": 3, "type": kind}, byte_order=orders[0], word_order=orders[1]
    )
    wanted = float(np.float32(value)) if kind == "f32" else value
    assert shown(regmap, Encoder(regmap).image({"x": value}))["x"] == (wanted, Reason.NONE)


@given(
    fraction=st.floats(0, 1),
    scaling=st.sampled_from(
        [{"scale": 0.1}, {"divisor": 10.0}, {"divisor": 7.0}, {"scale": -0.5}, {"scale": 2.0}]
    ),
    raw_offset=st.sampled_from([0.0, 3000.0, -40.0]),
    offset=st.sampled_from([0.0, 273.15, -12.0]),
)
def test_scales_divisors_and_offsets_come_back(
    fraction: float, scaling: dict[str, float], raw_offset: float, offset: float
) -> None:
    regmap = make_map(
        {"key": "x", "address": 0, **scaling, "raw_offset": raw_offset, "offset": offset}
    )
    spec = regmap.points[0]
    value = (round(fraction * 65535) - raw_offset) * spec.factor + offset
    found, reason = shown(regmap, Encoder(regmap).image({"x": value}))["x"]
    assert found == pytest.approx(value, abs=abs(spec.factor) * 0.01)
    assert reason is Reason.NONE


@given(st.integers(0, 31), st.integers(0, 31), st.booleans(), ORDERS, ORDERS)
def test_bits_masks_and_their_register_come_back_together(
    low: int, high: int, bit: bool, byte_order: str, word_order: str
) -> None:
    common = {"address": 4, "type": "u32"}
    regmap = make_map(
        {"key": "low", **common, "mask": 0x1F},
        {"key": "high", **common, "mask": 0x1F000000},
        {"key": "one", "address": 4, "type": "u32", "mask": 0x100},
        {"key": "side", "address": 4, "type": "u32", "bit": 31, "active_low": [31]},
        byte_order=byte_order,
        word_order=word_order,
    )
    values = {"low": float(low), "high": float(high), "one": float(bit), "side": float(not bit)}
    found = shown(regmap, Encoder(regmap).image(values))
    assert {key: value for key, (value, _) in found.items()} == values


@given(st.integers(-8, 7))
def test_signed_fields_come_back(value: int) -> None:
    regmap = make_map(
        {"key": "x", "address": 0, "type": "s16", "mask": 0xF0},
        {"key": "y", "address": 0, "type": "u16", "mask": 0x0F},
    )
    found = shown(regmap, Encoder(regmap).image({"x": float(value), "y": 5.0}))
    assert (found["x"][0], found["y"][0]) == (value, 5)


@given(st.integers(0, 0xFFFF), st.sets(st.integers(0, 15), max_size=4))
def test_flags_come_back_also_those_that_are_active_low(bits: int, low: set[int]) -> None:
    flags = {str(bit): f"f{bit}" for bit in range(16)}
    regmap = make_map(
        {
            "key": "x",
            "address": 0,
            "type": "bitfield",
            "flags": flags,
            "active_low": sorted(low),
        }
    )
    assert shown(regmap, Encoder(regmap).image({"x": float(bits)}))["x"][0] == bits


@pytest.mark.parametrize("kind", ["exponent", "factor"])
@given(st.floats(0.0, 300.0), ORDERS)
def test_a_scale_register_is_chosen_and_followed(kind: str, value: float, byte_order: str) -> None:
    scale_from = {"area": "holding", "address": 20, "kind": kind, "scale": 0.001}
    regmap = make_map(
        {
            "key": "x",
            "address": 0,
            "area": "holding",
            "precision": 1,
            "display": (0, 400),
            "scale_from": scale_from,
        },
        byte_order=byte_order,
    )
    encoder = Encoder(regmap)
    found, reason = shown(regmap, encoder.image({"x": value}))["x"]
    assert found == pytest.approx(value, abs=0.051 if kind == "exponent" else 0.51)
    assert reason is Reason.NONE
    encoder.scales.chosen[Area.HOLDING, 20] = 0 if kind == "exponent" else 100
    again, _ = shown(regmap, encoder.image({"x": value}))["x"]
    assert again == pytest.approx(value, abs=0.51)


def test_units_are_those_that_the_register_chooses() -> None:
    regmap = make_map(
        {"key": "t", "address": 0, "type": "s16", "scale": 0.1, "unit": "Cel", "unit_from": "u"},
        units_register=[{"id": "u", "address": 9, "units": {"0": ["Cel"], "1": ["[degF]"]}}],
    )
    encoder = Encoder(regmap)
    for code, raw in ((0, 200), (1, 680)):
        encoder.scales.chosen[Area.HOLDING, 9] = code
        image = encoder.image({"t": 20.0})
        assert image.read(Area.INPUT, 0, 1) == raw.to_bytes(2)
        assert shown(regmap, image)["t"][0] == pytest.approx(20.0)


@given(st.sampled_from([0, 1, 2, 3]), st.floats(-1e6, 1e6))
def test_the_order_register_is_followed_and_is_always_big(code: int, value: float) -> None:
    orders = {
        str(2 * b + w): {"byte_order": ["big", "little"][b], "word_order": ["big", "little"][w]}
        for b in (0, 1)
        for w in (0, 1)
    }
    regmap = make_map(
        {"key": "x", "address": 0, "type": "f32"},
        order_register={"address": 93, "orders": orders},
    )
    encoder = Encoder(regmap)
    encoder.scales.chosen[Area.HOLDING, 93] = code
    image = encoder.image({"x": value})
    assert image.read(Area.HOLDING, 93, 1) == code.to_bytes(2)
    assert shown(regmap, image)["x"] == (float(np.float32(value)), Reason.NONE)


SENTINELS = [
    ("u16", 0xFFFF), ("s16", 0x7FFF), ("s16", 0x8000), ("s16", -32768), ("u32", 0xFFFFFFFF),
    ("s32", 0x80000000), ("u64", 0xFFFFFFFFFFFFFFFF), ("f32", "nan"), ("f64", "nan"),
    ("f32", -9999.0), ("bcd16", 0xFFFF), ("bcd32", 0xFFFFFFFF), ("hhmm", 0xFFFF),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "raw"), SENTINELS)
@pytest.mark.parametrize("meaning", ["fault", "absent", "overrange", "not_ready"])
@pytest.mark.parametrize("word_order", ["big", "little"])
def test_no_value_is_sent_as_the_sentinel(
    kind: str, raw: Any, meaning: str, word_order: str
) -> None:
    regmap = make_map(
        {"key": "x", "address": 0, "type": kind, "sentinels": [{"raw": raw, "meaning": meaning}]},
        word_order=word_order,
    )
    value, reason = shown(regmap, Encoder(regmap).image({}))["x"]
    assert math.isnan(value)
    assert reason is (Reason.SENSOR_FAULT if meaning == "fault" else Reason.SENTINEL)


@example(("u64", 0xFFFFFFFFFFFFFFFF), 2.0**64)
@example(("s64", 0x8000000000000000), -(2.0**63))
@given(st.sampled_from(SENTINELS), st.floats(-1e20, 1e20))
def test_no_measurement_is_sent_as_a_sentinel(sentinel: tuple[str, Any], value: float) -> None:
    kind, raw = sentinel
    assume(not (kind == "f32" and value == raw))
    regmap = make_map({"key": "x", "address": 0, "type": kind, "sentinels": [{"raw": raw}]})
    assert shown(regmap, Encoder(regmap).image({"x": value}))["x"][1] is Reason.NONE


@pytest.mark.parametrize("active_high", [True, False])
@pytest.mark.parametrize("area", ["holding", "discrete"])
@pytest.mark.parametrize("byte_order", ["big", "little"])
@pytest.mark.parametrize(
    ("meaning", "reason"),
    [
        ("fault", Reason.SENSOR_FAULT),
        ("absent", Reason.SENTINEL),
        ("uncertain", Reason.OUT_OF_RANGE),
        ("stale", Reason.STALE),
    ],
)
def test_quality_bits_speak_of_their_point_alone(
    active_high: bool, area: str, byte_order: str, meaning: str, reason: Reason
) -> None:
    def bit(number: int) -> dict[str, Any]:
        place = {"area": area, "address": 50 + number * (area == "discrete")}
        inside = {} if area == "discrete" else {"bit": 3 + number}
        return {**place, **inside, "active_high": active_high, "meaning": meaning}

    regmap = make_map(
        {"key": "x", "address": 0, "quality_from": [bit(0)]},
        {"key": "y", "address": 1, "quality_from": [bit(1)]},
        byte_order=byte_order,
    )
    encoder = Encoder(regmap)
    values = {"x": 1.0, "y": 2.0}
    assert {r for _, r in shown(regmap, encoder.image(values)).values()} == {Reason.NONE}
    found = shown(regmap, encoder.image(values, told={"x": meaning}))
    assert found["x"][1] is reason
    assert found["y"] == (2.0, Reason.NONE)


@pytest.mark.parametrize("byte_order", ["big", "little"])
@pytest.mark.parametrize("word_order", ["big", "little"])
@pytest.mark.parametrize(
    ("kind", "length", "text"),
    [
        ("ascii", 4, "RPDU-16"),
        ("utf8", 6, "Kälte 2"),
        ("raw", 2, "00ff12ab"),
        ("bcd32", None, "20250117"),
        ("u32", None, "4012345678"),
        ("s16", None, "-12"),
    ],
)
def test_texts_come_back(
    kind: str, length: int | None, text: str, byte_order: str, word_order: str
) -> None:
    identity = {"key": "name", "address": 30, "type": kind, "length": length}
    regmap = make_map(
        {"key": "x", "address": 0},
        identity=[{**identity, "byte_order": byte_order, "word_order": word_order}],
    )
    encoder = Encoder(regmap)
    encoder.texts = {"name": text}
    spec = regmap.identity[0]
    words = words_of(encoder.image({}), Block(spec.area, spec.address, spec.words))
    assert text_of(spec, words) == text


def test_plain_struct_reads_the_same() -> None:
    """No code of this project takes part in reading."""
    regmap = make_map(
        {"key": "a", "address": 0, "type": "f64"},
        {"key": "b", "address": 4, "type": "s64", "word_order": "little"},
        {"key": "c", "address": 8, "type": "bcd32"},
        {"key": "d", "address": 10, "type": "hhmm"},
        {"key": "e", "address": 11, "type": "u32", "byte_order": "little"},
        {"key": "f", "address": 13, "divisor": 10.0, "raw_offset": 3000.0},
        {"key": "g", "address": 14, "type": "unixtime", "length": 4},
    )
    values = {"a": -1.5, "b": -7.0, "c": 12345678.0, "d": 754.0, "e": 16909060.0, "f": 25.0}
    data = Encoder(regmap).image({**values, "g": 1.8e9}).read(Area.INPUT, 0, 18)
    assert data is not None
    assert struct.unpack(">d", data[:8]) == (-1.5,)
    assert struct.unpack(">4H", data[8:16])[::-1] == (0xFFFF, 0xFFFF, 0xFFFF, 0xFFF9)
    assert data[16:20].hex() == "12345678"
    assert data[20:22] == bytes([12, 34])
    assert data[22:26] == bytes([2, 1, 4, 3])
    assert struct.unpack(">H", data[26:28]) == (3250,)
    assert struct.unpack(">Q", data[28:36]) == (1_800_000_000,)
