"""What a tank says in a day, with honest noise; and the same as one row per sample in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from console.history.telemetry_store.block import Column, Hour
from console.history.telemetry_store.store import TelemetryStore
from console.history.telemetry_store.tail import PointName

START_US = 1_767_225_600_000_000  # 2026-01-01 00:00:00 UTC
SECOND_US, HOUR_US, DAY_US = 1_000_000, 3_600_000_000, 86_400_000_000
DAY_S = 86_400
Values = NDArray[np.float64]


def tank_day(seed: int) -> dict[str, Values]:
    """A day of ten points at 1 Hz as a controller gives them: whole steps of 0.1, 0.01 or 1."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(DAY_S)
    day = np.sin(2 * np.pi * seconds / DAY_S)
    load = np.cumsum(rng.normal(0, 0.002, DAY_S))

    def noise(sigma: float) -> Values:
        return rng.normal(0, sigma, DAY_S)

    return {
        "coolant_return_temperature": (46 + 1.5 * day + load + noise(0.06)).round(1),
        "coolant_supply_temperature": (38 + day + noise(0.04)).round(1),
        "facility_supply_temperature": (30 + day + noise(0.03)).round(1),
        "coolant_flow": (180 + 2 * day + noise(0.3)).round(1),
        "facility_flow": (120 + noise(0.25)).round(1),
        "level": (850 + 2 * day + noise(0.4)).round(),
        "pump[1].speed_percent": (62 + noise(0.3)).round(),
        "filter[1].delta_pressure": (12 + 0.3 * day + noise(0.02)).round(2),
        "it_power": (80 + 5 * day + noise(0.4)).round(1),
        "energy": (1000 + np.cumsum(np.full(DAY_S, 80 / 3600))).round(1),
    }


def noisy_day(seed: int) -> dict[str, Values]:
    """The same before a controller rounds it: float32 with noise to the last bit."""
    rng = np.random.default_rng(seed)
    return {
        key: (values + rng.normal(0, 0.05, DAY_S)).astype(np.float32).astype(np.float64)
        for key, values in tank_day(seed).items()
    }


def hours_of(columns: dict[str, Values], days: int) -> Iterator[Hour]:
    """Give the hours of so many days, the same day over and over."""
    good = np.zeros(3600, np.uint8)
    seconds = np.arange(3600, dtype=np.int64) * SECOND_US
    for hour in range(24 * days):
        at = slice(hour % 24 * 3600, (hour % 24 + 1) * 3600)
        yield Hour(
            START_US + hour * HOUR_US + seconds,
            {n: Column(values[at], good) for n, values in enumerate(columns.values(), 1)},
        )


def fill_store(folder: Path, part: str, columns: dict[str, Values], days: int) -> None:
    """Put days of a part into a store and summarise them."""
    folder.mkdir(parents=True, exist_ok=True)
    store = TelemetryStore(folder)
    try:
        points = [PointName(key, key, "") for key in columns]
        store.take_in(part, points, hours_of(columns, days))
    finally:
        store.close()


def fill_rows(path: Path, columns: dict[str, Values], days: int) -> int:
    """Write one row per sample, clustered by series and time; returns how many."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(
        "CREATE TABLE samples (series INTEGER, at_us INTEGER, value REAL, "
        "PRIMARY KEY (series, at_us)) WITHOUT ROWID"
    )
    connection.execute("BEGIN")
    for number, values in enumerate(columns.values(), 1):
        told = values.tolist()
        for day in range(days):
            begin_us = START_US + day * DAY_US
            connection.executemany(
                "INSERT INTO samples VALUES (?, ?, ?)",
                ((number, begin_us + s * SECOND_US, v) for s, v in enumerate(told)),
            )
    connection.execute("COMMIT")
    connection.close()
    return len(columns) * days * DAY_S


def bytes_in(folder: Path) -> int:
    """Return what a folder takes, everything in it."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
