"""Plan and decode: every point read once, legally, and decoded as an independent decoder does."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.files import parse
from drivers.modbus.decoder import Decoder
from drivers.modbus.planner import Block, plan
from drivers.modbus.regmap import WORDS, Area, RegisterMap, load_map
from drivers.points import Reason

TYPES = ["u16", "s16", "u32", "s32", "f32"]
FORMATS = {"u16": ">H", "s16": ">h", "u32": ">I", "s32": ">i", "f32": ">f"}


def regmap(points: list[dict[str, Any]], **header: Any) -> RegisterMap:
    tables = {
        "schema": "regmap/1",
        "id": "t",
        "vendor": "v",
        "model": "m",
        "device_class": "other",
        "provenance": "example",
        "source": "test",
        **header,
        "point": points,
    }
    return parse(RegisterMap, tables, Path("t.toml"))


@st.composite
def maps(draw: st.DrawFn) -> RegisterMap:
    points, address = [], dict.fromkeys(Area, 0)
    for number in range(draw(st.integers(1, 30))):
        area = draw(st.sampled_from(list(Area)))
        kind = "bool" if area.is_bits else draw(st.sampled_from(TYPES))
        address[area] += draw(st.integers(0, 40))
        points.append(
            {"key": f"p{number}", "name": "P", "area": area, "address": address[area], "type": kind}
        )
        address[area] += WORDS[kind]
    transport = {
        "max_read_registers": draw(st.integers(2, 125)),
        "max_read_bits": draw(st.integers(1, 2000)),
        "max_gap": draw(st.integers(0, 60)),
    }
    return regmap(points, transport=transport)


@given(maps())
def test_a_plan_reads_every_point_whole_and_within_the_limits(found: RegisterMap) -> None:
    blocks = plan(found)
    transport = found.transport
    for block in blocks:
        most = transport.max_read_bits if block.area.is_bits else transport.max_read_registers
        assert 1 <= block.count <= most
    for spec in found.points:
        covering = [
            b
            for b in blocks
            if b.area is spec.area
            and b.address <= spec.address
            and spec.address + spec.words <= b.end
        ]
        assert len(covering) == 1


def test_near_points_share_one_read_and_far_ones_do_not() -> None:
    near = [{"key": f"p{i}", "name": "P", "address": a} for i, a in enumerate([0, 10, 11, 60])]
    found = regmap(near, transport={"max_gap": 16})
    assert plan(found) == (Block(Area.INPUT, 0, 12), Block(Area.INPUT, 60, 1))


def test_sensor_fault_bits_are_read_too() -> None:
    point = {"key": "p", "name": "P", "address": 0, "sensor_fault": {"address": 300, "bit": 3}}
    assert plan(regmap([point])) == (Block(Area.INPUT, 0, 1), Block(Area.INPUT, 300, 1))


@given(
    kind=st.sampled_from(TYPES),
    raw=st.binary(min_size=4, max_size=4),
    word_order=st.sampled_from(["big", "little"]),
    byte_order=st.sampled_from(["big", "little"]),
    scale=st.sampled_from([1.0, 0.1, 0.01, 0.001, 10.0, -0.1, 0.25]),
    offset=st.floats(-1000, 1000),
)
def test_decoding_agrees_with_struct(
    kind: str, raw: bytes, word_order: str, byte_order: str, scale: float, offset: float
) -> None:
    data = raw[: WORDS[kind] * 2]
    words = list(struct.unpack(f">{WORDS[kind]}H", data))
    sent = words if word_order == "big" else words[::-1]
    if byte_order == "little":
        sent = [(word >> 8) | (word & 0xFF) << 8 for word in sent]
    point = {"key": "p", "name": "P", "address": 0, "type": kind, "scale": scale, "offset": offset}
    found = regmap([point], word_order=word_order, byte_order=byte_order)
    with np.errstate(over="ignore"):
        values, reasons = Decoder(found, plan(found)).decode(np.array(sent, np.uint16))
    (truth,) = struct.unpack(FORMATS[kind], data)
    if math.isfinite(truth):
        assert reasons[0] == Reason.NONE
        assert values[0] == pytest.approx(truth * scale + offset, rel=1e-12, abs=1e-9)
    else:
        assert math.isnan(values[0])
        assert reasons[0] == Reason.SENSOR_FAULT


def test_tenths_come_back_as_the_decimal_number() -> None:
    found = regmap([{"key": "p", "name": "P", "address": 0, "scale": 0.1}])
    values, _ = Decoder(found, plan(found)).decode(np.array([463], np.uint16))
    assert values[0] == 46.3  # 463 * 0.1 is 46.300000000000004


def test_sentinels_faults_and_ranges_are_told_apart() -> None:
    point = {
        "name": "P",
        "type": "s16",
        "valid": [-10, 100],
        "sentinels": [{"raw": -32768, "meaning": "fault"}, {"raw": 32767, "meaning": "absent"}],
    }
    points = [{**point, "key": f"p{i}", "address": i} for i in range(4)]
    points.append({**point, "key": "p4", "address": 4, "sensor_fault": {"address": 5, "bit": 2}})
    found = regmap(points)
    raw = np.array([50, 0x8000, 0x7FFF, 101, 50, 0b100], np.uint16)
    values, reasons = Decoder(found, plan(found)).decode(raw)
    assert [Reason(int(r)) for r in reasons] == [
        Reason.NONE,
        Reason.SENSOR_FAULT,
        Reason.SENTINEL,
        Reason.OUT_OF_RANGE,
        Reason.SENSOR_FAULT,
    ]
    assert np.isnan(values[[1, 2, 4]]).all()
    assert values[3] == 101


def test_the_shipped_map_is_read_in_few_requests() -> None:
    assert len(plan(load_map("generic-single-phase"))) == 2
