"""An hour of a part: its times once, and of each point the values and reasons, each by itself.

Damage to one point's bytes is seen by its checksum and costs that point that hour.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.history.telemetry_store.cells import Cells, of_samples
from console.history.telemetry_store.ints import decode_ints, encode_ints
from console.history.telemetry_store.reasons import (
    ABSENT,
    decode_reasons,
    encode_reasons,
)
from console.history.telemetry_store.trend import Trend
from console.history.telemetry_store.values import decode_values, encode_values

HOUR_US = 3_600_000_000
CLOCK = 0
"""The number under which the times stand in a directory; points count from one."""
ENTRY = np.dtype(
    [
        ("point", "<u4"),
        ("offset", "<u4"),
        ("length", "<u4"),
        ("crc", "<u4"),
        ("samples", "<u4"),
        ("valued", "<u4"),
        ("flagged", "<u4"),
        ("reason", "u1"),
        ("minimum", "<f8"),
        ("maximum", "<f8"),
        ("total", "<f8"),
    ]
)
_CRC = struct.Struct("<I")
_COLUMN = struct.Struct("<BII")  # how holes are told, length of the reasons, length of the holes
_NO_HOLES, _WHERE_NOT_GOOD, _TOLD = 0, 1, 2
_HOLE_BITS = np.array([np.nan]).view(np.int64)[0]


class BlockError(ValueError):
    """What is stored is not what was written."""


@dataclass(frozen=True)
class Column:
    """One point at the times of its part: ``reasons`` is ABSENT where it has no sample."""

    values: NDArray[np.float64]
    reasons: NDArray[np.uint8]


@dataclass(frozen=True)
class Hour:
    """All that a part recorded in an hour: times that rise, and a column for each point number."""

    utc_us: NDArray[np.int64]
    columns: Mapping[int, Column]

    def trend(self, point: int) -> Trend:
        """Return the samples of one point."""
        return _trend(self.utc_us, self.columns[point])


def encode_block(hour: Hour) -> tuple[bytes, bytes]:
    """Return the directory and the data of an hour."""
    clock = encode_ints(hour.utc_us)
    entries = np.zeros(1 + len(hour.columns), ENTRY)
    entries[0]["samples"] = len(hour.utc_us)
    parts = [clock]
    _place(entries[0], CLOCK, 0, clock)
    offset = len(clock)
    for entry, (point, column) in zip(entries[1:], sorted(hour.columns.items()), strict=True):
        data = _encode_column(column)
        _place(entry, point, offset, data)
        _summarise(entry, _trend(hour.utc_us, column))
        parts.append(data)
        offset += len(data)
    directory = entries.tobytes()
    return _CRC.pack(zlib.crc32(directory)) + directory, b"".join(parts)


class Block:
    """A stored hour, read piece by piece; every piece is checked before it is used."""

    def __init__(self, directory: bytes, data: bytes | None) -> None:
        body = directory[_CRC.size :]
        if len(body) % ENTRY.itemsize or directory[: _CRC.size] != _CRC.pack(zlib.crc32(body)):
            raise BlockError("the directory of the hour is damaged")
        self.entries = np.frombuffer(body, ENTRY)
        self.data = data
        """The pieces; None until they are needed."""
        self._times: NDArray[np.int64] | None = None

    @property
    def points(self) -> list[int]:
        """The numbers of the points in it."""
        return [int(point) for point in self.entries["point"][1:]]

    def checksums(self, point: int) -> tuple[int, int] | None:
        """Return those of the times and of a point's column, or None where it is not there."""
        entry = self.entry(point)
        return None if entry is None else (int(self.entries["crc"][0]), int(entry["crc"]))

    @property
    def utc_us(self) -> NDArray[np.int64]:
        """The times of the part's snapshots; raises BlockError."""
        if self._times is None:
            try:
                self._times = decode_ints(self._piece(self.entries[0]))
            except ValueError as error:
                raise BlockError(f"the times of the hour: {error}") from error
        return self._times

    def entry(self, point: int) -> np.void | None:
        """Return a point's line of the directory, or None where it is not there."""
        at = int(np.searchsorted(self.entries["point"], point))
        if at == len(self.entries) or self.entries["point"][at] != point:
            return None
        found: np.void = self.entries[at]
        return found

    def column(self, point: int) -> Column | None:
        """Return the values and reasons of a point; raises BlockError."""
        entry = self.entry(point)
        if entry is None:
            return None
        try:
            return _decode_column(self._piece(entry), int(self.entries[0]["samples"]))
        except ValueError as error:
            raise BlockError(str(error)) from error

    def trend(self, point: int) -> Trend | None:
        """Return the samples of a point, None where it is not there; raises BlockError."""
        column = self.column(point)
        return None if column is None else _trend(self.utc_us, column)

    def faults(self) -> list[tuple[int, str]]:
        """Return the points whose bytes are not what was written, and why; CLOCK for the times."""
        found = []
        for entry in self.entries:
            try:
                self._piece(entry)
            except BlockError as error:
                found.append((int(entry["point"]), str(error)))
        return found

    def _piece(self, entry: np.void) -> bytes:
        offset, length = int(entry["offset"]), int(entry["length"])
        piece = (self.data or b"")[offset : offset + length]
        if len(piece) != length or zlib.crc32(piece) != int(entry["crc"]):
            raise BlockError("the checksum does not fit")
        return piece


def cell_of(entry: np.void, start_us: int) -> Cells:
    """Return a line of a directory as the cell of its hour."""
    return Cells(
        np.array([start_us], np.int64),
        np.array([entry["samples"]], np.int64),
        np.array([entry["valued"]], np.int64),
        np.array([entry["flagged"]], np.int64),
        np.array([entry["reason"]], np.uint8),
        np.array([entry["minimum"]], np.float64),
        np.array([entry["maximum"]], np.float64),
        np.array([entry["total"]], np.float64),
    )


def _place(entry: np.void, point: int, offset: int, data: bytes) -> None:
    entry["point"], entry["offset"], entry["length"] = point, offset, len(data)
    entry["crc"] = zlib.crc32(data)


def _summarise(entry: np.void, trend: Trend) -> None:
    ever = np.array([np.iinfo(np.int64).min, np.iinfo(np.int64).max])
    cell = of_samples(trend, ever)
    for name in ("samples", "valued", "flagged", "reason", "minimum", "maximum", "total"):
        entry[name] = getattr(cell, name)[0]


def _encode_column(column: Column) -> bytes:
    reasons = encode_reasons(column.reasons)
    holes = column.values.view(np.int64) == _HOLE_BITS
    told, runs, values = _NO_HOLES, b"", column.values
    if holes.any():
        values = values[~holes]
        if np.array_equal(holes, column.reasons != 0):
            told = _WHERE_NOT_GOOD
        else:
            told, runs = _TOLD, encode_reasons(holes.astype(np.uint8))
    return _COLUMN.pack(told, len(reasons), len(runs)) + reasons + runs + encode_values(values)


def _decode_column(data: bytes, count: int) -> Column:
    try:
        told, reasons_end, holes_end = _COLUMN.unpack_from(data)
    except struct.error as error:
        raise BlockError(f"a column is cut short: {error}") from error
    reasons_end += _COLUMN.size
    holes_end += reasons_end
    reasons = decode_reasons(data[_COLUMN.size : reasons_end], count)
    kept = decode_values(data[holes_end:])
    if told == _NO_HOLES:
        values = kept
    else:
        tells = reasons if told == _WHERE_NOT_GOOD else data[reasons_end:holes_end]
        holes = tells if isinstance(tells, np.ndarray) else decode_reasons(tells, count)
        values = np.full(count, np.nan)
        if np.count_nonzero(holes == 0) != len(kept):
            raise BlockError("a column does not fit its holes")
        values[holes == 0] = kept
    if len(values) != count:
        raise BlockError("a column does not fit its times")
    return Column(values, reasons)


def _trend(utc_us: NDArray[np.int64], column: Column) -> Trend:
    present = column.reasons != ABSENT
    if present.all():
        return Trend(utc_us, column.values, column.reasons)
    return Trend(utc_us[present], column.values[present], column.reasons[present])
