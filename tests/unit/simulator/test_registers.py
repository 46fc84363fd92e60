"""Encoding, checked by an independent decoder written here with nothing but struct."""

from __future__ import annotations

import math
import struct
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from drivers.modbus.regmap import WORDS, Area, RegisterMap, load_map
from drivers.simulator.registers import Encoder, Image
from drivers.simulator.tank import LEAK, OPEN, RUNNING, TRIPPED, Value
from tests.unit.simulator.made import make_tank

FORMATS = {"u16": "H", "s16": "h", "u32": "I", "s32": "i", "f32": "f"}


def make_map(*points: dict[str, Any], **header: Any) -> RegisterMap:
    base = {
        "schema": "regmap/1",
        "id": "made",
        "vendor": "v",
        "model": "m",
        "device_class": "immersion_tank",
        "provenance": "example",
        "source": "a test",
    }
    named = [{"name": p["key"], **p} for p in points]
    return RegisterMap.model_validate({**base, **header, "point": named})


def decode(regmap: RegisterMap, image: Image, key: str) -> float:
    """Decode as a manual describes it: swap bytes in words, then words, then unpack and scale."""
    spec = next(p for p in regmap.points if p.key == key)
    data = image.read(spec.area, spec.address, spec.words)
    assert data is not None
    if spec.type == "bool":
        return float(data[0])
    words = [data[i : i + 2] for i in range(0, len(data), 2)]
    if regmap.byte_order == "little":
        words = [word[::-1] for word in words]
    if (spec.word_order or regmap.word_order) == "little":
        words = words[::-1]
    raw = struct.unpack(">" + FORMATS[spec.type], b"".join(words))[0]
    return float(raw * spec.scale + spec.offset)


@given(
    kind=st.sampled_from(sorted(FORMATS)),
    byte_order=st.sampled_from(["big", "little"]),
    word_order=st.sampled_from(["big", "little"]),
    own_order=st.sampled_from([None, "big", "little"]),
    scale=st.sampled_from([1.0, 0.1, 0.01, -0.5, 10.0]),
    offset=st.sampled_from([0.0, -300.0, 12.5]),
    fraction=st.floats(0, 1),
    area=st.sampled_from(["input", "holding"]),
)
def test_every_type_order_and_scale_comes_back(
    kind: str,
    byte_order: str,
    word_order: str,
    own_order: str | None,
    scale: float,
    offset: float,
    fraction: float,
    area: str,
) -> None:
    low, high = {"u16": (0, 65535), "s16": (-32768, 32767), "u32": (0, 2**32 - 1)}.get(
        kind, (-(2**31), 2**31 - 1)
    )
    value = (low + fraction * (high - low)) * scale + offset
    point = {"key": "x", "address": 7, "type": kind, "scale": scale, "offset": offset, "area": area}
    regmap = make_map(
        {**point, "word_order": own_order}, byte_order=byte_order, word_order=word_order
    )
    found = decode(regmap, Encoder(regmap).image({"x": value}), "x")
    assert found == pytest.approx(value, abs=abs(scale) * 0.501, rel=1e-6)


@given(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from(sorted(FORMATS)))
def test_any_number_can_be_encoded(value: float, kind: str) -> None:
    regmap = make_map({"key": "x", "address": 0, "type": kind, "scale": 0.1})
    found = decode(regmap, Encoder(regmap).image({"x": value}), "x")
    assert math.isfinite(found)


@given(st.floats(-1e6, 1e6), st.sampled_from([-32768, 32767, 0, 250]))
def test_a_measurement_is_never_mistaken_for_a_sentinel(value: float, sentinel: int) -> None:
    regmap = make_map(
        {
            "key": "x",
            "address": 0,
            "type": "s16",
            "scale": 0.1,
            "sentinels": [{"raw": sentinel, "meaning": "fault"}],
        }
    )
    found = decode(regmap, Encoder(regmap).image({"x": value}), "x")
    assert round(found / 0.1) != sentinel
    assume(-3276.6 < value < 3276.5)
    assert found == pytest.approx(value, abs=0.16)


def test_beyond_the_range_the_overrange_sentinel_is_sent() -> None:
    sentinels = [{"raw": -32768, "meaning": "fault"}, {"raw": 32767, "meaning": "overrange"}]
    regmap = make_map({"key": "x", "address": 0, "type": "s16", "sentinels": sentinels})
    assert decode(regmap, Encoder(regmap).image({"x": 1e9}), "x") == 32767


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        ("s16", -32768, -32768),
        ("s16", 0x8000, -32768),
        ("u16", 65535, 65535),
        ("f32", -9999, -9999),
    ],
)
def test_a_point_without_value_is_its_sentinel(kind: str, raw: int, expected: float) -> None:
    point = {"key": "x", "address": 0, "type": kind, "sentinels": [{"raw": raw}]}
    encoder = Encoder(make_map(point))
    assert decode(encoder.regmap, encoder.image({}), "x") == expected
    assert decode(encoder.regmap, encoder.image({"x": math.nan}), "x") == expected
    assert decode(encoder.regmap, encoder.image({"x": 5.0}, sentinels={"x"}), "x") == expected


def test_absent_is_preferred_and_unknown_points_are_reported() -> None:
    sentinels = [{"raw": 1, "meaning": "fault"}, {"raw": 2, "meaning": "absent"}]
    encoder = Encoder(
        make_map(
            {"key": "known", "address": 0},
            {"key": "unheard_of", "address": 1, "sentinels": sentinels},
            {"key": "plain", "address": 2},
        )
    )
    image = encoder.image({"known": 3.0})
    assert encoder.unknown == ("unheard_of", "plain")
    assert decode(encoder.regmap, image, "unheard_of") == 2
    assert decode(encoder.regmap, image, "plain") == 0


STATES = {"10": "Stopped", "20": "Running", "30": "Tripped"}


@pytest.mark.parametrize(
    ("states", "value", "raw"),
    [(STATES, RUNNING, 20), (STATES, TRIPPED, 30), ({}, TRIPPED, 2), ({}, 7.0, 7)],
)
def test_states_are_the_maps_own_numbers(states: dict[str, str], value: Value, raw: int) -> None:
    regmap = make_map({"key": "x", "address": 0, "states": states})
    assert decode(regmap, Encoder(regmap).image({"x": value}), "x") == raw


def test_bits_may_mean_the_opposite() -> None:
    bit = {"area": "discrete", "type": "bool"}
    regmap = make_map(
        {"key": "leak", "address": 0, **bit, "states": {"0": "leak", "1": "dry"}},
        {"key": "lid", "address": 3, **bit, "states": {"0": "closed", "1": "open"}},
    )
    image = Encoder(regmap).image({"leak": LEAK, "lid": OPEN})
    assert image.read(Area.DISCRETE, 0, 4) == bytes([0, 0, 0, 1])


@pytest.mark.parametrize(("byte_order", "expected"), [("big", 0x0204), ("little", 0x0402)])
def test_a_failed_sensor_sets_its_bit(byte_order: str, expected: int) -> None:
    def fault(bit: int) -> dict[str, Any]:
        return {"area": "holding", "address": 90, "bit": bit}

    regmap = make_map(
        {"key": "a", "address": 0, "sensor_fault": fault(2)},
        {"key": "b", "address": 1, "sensor_fault": fault(9)},
        {"key": "c", "address": 2, "sensor_fault": {"area": "coil", "address": 5}},
        byte_order=byte_order,
    )
    image = Encoder(regmap).image({}, faulty={"a", "b", "c"})
    word = image.read(Area.HOLDING, 90, 1)
    assert word is not None
    assert int.from_bytes(word, "big") == expected
    assert image.read(Area.COIL, 5, 1) == b"\x01"
    healthy = Encoder(regmap).image({})
    assert healthy.read(Area.HOLDING, 90, 1) == b"\0\0"


def test_holes_that_may_be_read_across_are_answered_and_others_are_not() -> None:
    regmap = make_map(
        {"key": "a", "address": 0, "type": "f32"},
        {"key": "b", "address": 6},
        {"key": "c", "address": 20},
        transport={"max_gap": 4},
    )
    image = Encoder(regmap).image({"a": 1.0, "b": 2.0, "c": 3.0})
    whole = image.read(Area.INPUT, 0, 7)
    assert whole == struct.pack(">f", 1.0) + bytes(8) + b"\0\2"
    assert image.read(Area.INPUT, 0, 8) is None
    assert image.read(Area.INPUT, 19, 2) is None
    assert image.read(Area.INPUT, 20, 1) == b"\0\3"
    assert image.read(Area.HOLDING, 0, 1) is None


def test_the_shipped_map_shows_what_the_tank_measures() -> None:
    tank, regmap = make_tank(noise=True), load_map("generic-single-phase")
    tank.advance(5)
    encoder = Encoder(regmap)
    values = tank.readings()
    image = encoder.image(values)
    assert encoder.unknown == ()
    for spec in regmap.points:
        value = values[spec.key]
        if isinstance(value, float):
            found = decode(regmap, image, spec.key)
            assert found == pytest.approx(value, abs=spec.scale * 0.51, rel=1e-6), spec.key
    assert decode(regmap, image, "pump[1].state") == 1


def test_words_of_every_type_are_known() -> None:
    assert {*FORMATS, "bool"} <= set(WORDS)
