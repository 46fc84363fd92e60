"""A telemetry store driven by a clock of the test, and the plainest thing that does the same."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from console.history.telemetry_store.reader import TelemetryReader
from console.history.telemetry_store.store import TelemetryStore
from drivers.points import Point, Schema, Snapshot, Stamp
from tests.unit.history.kit import START_US

HOUR_US = 3_600_000_000
EVER = (-(1 << 62), 1 << 62)
SCHEMA = Schema((Point("flow", "Flow", "L/min"), Point("sm_clock", "SM clock", "MHz")))
OTHER = Schema((Point("level", "Level", "mm"), Point("flow", "Flow", "L/min")))


class Clock:
    """Both clocks, moved by hand."""

    def __init__(self) -> None:
        self.utc_us = START_US
        self.mono_s = 1000.0

    def __call__(self) -> Stamp:
        return Stamp(self.utc_us, self.mono_s)

    def advance(self, seconds: float) -> None:
        self.utc_us += round(seconds * 1e6)
        self.mono_s += seconds


@contextmanager
def storing(folder: Path, clock: Clock | None = None) -> Iterator[TelemetryStore]:
    store = TelemetryStore(folder, clock or Clock())
    store.open()
    try:
        yield store
    finally:
        store.close()


def frame(utc_us: int, *values: float, part: str = "t", schema: Schema = SCHEMA) -> Snapshot:
    """A snapshot; what is NaN has reason 3, what is negative reason 5."""
    array = np.array(values, np.float64)
    reasons = np.where(np.isnan(array), 3, np.where(array < 0, 5, 0)).astype(np.uint8)
    return Snapshot(part, schema, array, reasons, Stamp(utc_us, utc_us / 1e6), utc_us // 1000)


class Model:
    """What should come back: of each point the first sample told for each moment."""

    def __init__(self) -> None:
        self.samples: dict[tuple[str, str], dict[int, tuple[float, int]]] = {}

    def keep(self, snapshot: Snapshot) -> None:
        for position, point in enumerate(snapshot.schema):
            kept = self.samples.setdefault((snapshot.device, point.key), {})
            value, reason = float(snapshot.values[position]), int(snapshot.reasons[position])
            kept.setdefault(snapshot.time.utc_us, (value, reason))

    def agrees_with(self, reader: TelemetryReader) -> None:
        for (part, key), samples in self.samples.items():
            trend = reader.range(part, key, *EVER)
            assert not trend.damaged
            assert trend.utc_us.tolist() == sorted(samples)
            wanted = np.array([samples[time][0] for time in sorted(samples)])
            assert trend.values.tobytes() == wanted.tobytes()
            assert trend.reasons.tolist() == [samples[time][1] for time in sorted(samples)]
            last = reader.last(part, key)
            assert last.utc_us.tolist() == sorted(samples)[-1:]
        assert reader.parts() == sorted({part for part, _ in self.samples})

    def within(self, part: str, key: str, since_us: int, until_us: int) -> list[tuple[float, int]]:
        samples = self.samples[part, key]
        return [samples[time] for time in sorted(samples) if since_us <= time < until_us]


def same(one: float, other: float, tolerance: float = 0.0) -> bool:
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return math.isclose(one, other, rel_tol=tolerance, abs_tol=1e-300)
