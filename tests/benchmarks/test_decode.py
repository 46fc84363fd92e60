"""Decoding a frame of 200 points, beside the Modbus library's own conversion in the same run.

The library converts point by point and neither scales nor judges; ours does both.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pymodbus.client.mixin import ModbusClientMixin

from drivers.files import parse
from drivers.modbus.decoder import Decoder
from drivers.modbus.planner import plan
from drivers.modbus.regmap import RegisterMap
from drivers.points import Reason

Types = ModbusClientMixin.DATATYPE
LIBRARY = {"f32": (Types.FLOAT32, 2), "s16": (Types.INT16, 1), "u32": (Types.UINT32, 2)}
MIX: list[tuple[int, dict[str, Any]]] = [
    (100, {"type": "f32"}),
    (40, {"type": "f32", "word_order": "little"}),
    (40, {"type": "s16", "scale": 0.1}),
    (20, {"type": "u32"}),
]
JUDGED = {
    "valid": [-100, 1e7],
    "sensor_fault": {"area": "discrete", "address": 0},
    "sentinels": [{"raw": -9999}],
}


class Frame:
    """A map of 200 points, the words of one answer, and both ways to decode them."""

    def __init__(self, *, judged: bool) -> None:
        self.points: list[dict[str, Any]] = []
        address = 0
        for count, coded in MIX:
            for _ in range(count):
                key = f"p{len(self.points)}"
                point = {"key": key, "name": key, "address": address, **coded}
                unsigned = coded["type"] == "u32"
                checks = {**JUDGED, "sentinels": [{"raw": 0xFFFF_FFFF}]} if unsigned else JUDGED
                self.points.append({**point, **(checks if judged else {})})
                address += LIBRARY[coded["type"]][1]
        header = {
            "schema": "regmap/1",
            "id": "frame",
            "vendor": "v",
            "model": "m",
            "device_class": "other",
            "provenance": "example",
            "source": "a benchmark",
        }
        regmap = parse(RegisterMap, {**header, "point": self.points}, Path("frame.toml"))
        blocks = plan(regmap)
        self.decoder = Decoder(regmap, blocks)
        self.registers: list[int] = self._registers()
        bits = [0] * sum(block.count for block in blocks if block.area.is_bits)
        self.words: NDArray[np.uint16] = np.array([*bits, *self.registers], np.uint16)

    def _registers(self) -> list[int]:
        random = np.random.default_rng(7)
        registers: list[int] = []
        for point in self.points:
            value = float(np.float32(random.uniform(1, 90)))
            number = value if point["type"] == "f32" else round(value * 100)
            kind = {"f32": ">f4", "s16": ">i2", "u32": ">u4"}[point["type"]]
            words = np.array([number], kind).view(">u2").tolist()
            registers += words[::-1] if point.get("word_order") == "little" else words
        return registers

    def ours(self) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        return self.decoder.decode(self.words)

    def library(self) -> list[Any]:
        values = []
        for point in self.points:
            kind, count = LIBRARY[point["type"]]
            words = self.registers[point["address"] : point["address"] + count]
            order = point.get("word_order", "big")
            values.append(ModbusClientMixin.convert_from_registers(words, kind, word_order=order))
        return values


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "judged"])
def frame(request: pytest.FixtureRequest) -> Frame:
    return Frame(judged=request.param)


def test_both_ways_give_the_same_values(frame: Frame) -> None:
    values, reasons = frame.ours()
    scales = [point.get("scale", 1.0) for point in frame.points]
    assert values == pytest.approx(np.array(frame.library()) * scales, rel=1e-12)
    assert (reasons == Reason.NONE).all()


@pytest.mark.benchmark(group="decode 200 points")
def test_ours(benchmark: Any, frame: Frame) -> None:
    benchmark(frame.ours)


@pytest.mark.benchmark(group="decode 200 points")
def test_ours_with_a_failed_sensor(benchmark: Any) -> None:
    frame = Frame(judged=True)
    frame.words[0] = 1  # the bit that speaks of every sensor
    assert (frame.ours()[1] == Reason.SENSOR_FAULT).all()
    benchmark(frame.ours)


@pytest.mark.benchmark(group="decode 200 points")
def test_the_library(benchmark: Any, frame: Frame) -> None:
    benchmark(frame.library)


def test_ours_costs_at_least_20_times_less(frame: Frame) -> None:
    ours_s = theirs_s = float("inf")
    for _ in range(9):  # in turns, so that a busy moment of the machine meets both
        ours_s = min(ours_s, _seconds(frame.ours, 200))
        theirs_s = min(theirs_s, _seconds(frame.library, 8))
    assert theirs_s / ours_s >= 20


def _seconds(run: Callable[[], object], times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        run()
    return (time.perf_counter() - started) / times
