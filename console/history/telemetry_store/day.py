"""A day of a point in summary: 24 hours and 1,440 minutes, made from its hours once it is over."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from console.history.telemetry_store.block import BlockError
from console.history.telemetry_store.cells import Cells, of_cells, of_samples
from console.history.telemetry_store.ints import decode_ints, encode_ints
from console.history.telemetry_store.trend import Trend
from console.history.telemetry_store.values import decode_values, encode_values

DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000
MINUTE_US = 60_000_000
_HOUR = np.dtype(
    [
        ("start_us", "<i8"),
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
_LENGTH = struct.Struct("<I")
_COUNTS = ("samples", "valued", "flagged", "reason")
_NEAR = 1e-7


def summaries(trend: Trend, day: int) -> tuple[bytes, bytes]:
    """Return the hours and the minutes of a day (days since 1970) as they are stored."""
    minutes = of_samples(trend, np.arange(1441) * MINUTE_US + day * DAY_US)
    hours = of_cells(minutes, np.arange(25) * HOUR_US + day * DAY_US)
    return _encode_hours(hours), _encode_minutes(minutes)


def decode_hours(rows: list[bytes]) -> Cells:
    """Return the hours of several days in one go; raises BlockError."""
    stored = np.frombuffer(b"".join(_checked(row) for row in rows), _HOUR)
    return Cells(
        stored["start_us"],
        stored["samples"].astype(np.int64),
        stored["valued"].astype(np.int64),
        stored["flagged"].astype(np.int64),
        stored["reason"],
        stored["minimum"],
        stored["maximum"],
        stored["total"],
    )


def decode_minutes(row: bytes) -> Cells:
    """Return the minutes of a day; raises BlockError."""
    data = _checked(row)
    pieces, at = [], 0
    while at < len(data):
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        pieces.append(data[at : at + length])
        at += length
    try:
        start_us, samples, valued, flagged, reason = (decode_ints(piece) for piece in pieces[:5])
        floats = [_scattered(decode_values(piece), valued) for piece in pieces[5:]]
    except ValueError as error:
        raise BlockError(str(error)) from error
    minimum, maximum, mean = floats
    total = np.where(valued > 0, mean * valued, 0.0)
    return Cells(
        start_us, samples, valued, flagged, reason.astype(np.uint8), minimum, maximum, total
    )


def _encode_hours(hours: Cells) -> bytes:
    filled = hours.take(hours.samples > 0)
    stored = np.zeros(len(filled), _HOUR)
    for name in _HOUR.names or ():
        stored[name] = getattr(filled, name)
    return _sealed(stored.tobytes())


def _encode_minutes(minutes: Cells) -> bytes:
    filled = minutes.take(minutes.samples > 0)
    valued = filled.valued > 0
    pieces = [encode_ints(filled.start_us)]
    pieces += [encode_ints(getattr(filled, name).astype(np.int64)) for name in _COUNTS]
    mean = _to_ten_millionths(filled.mean[valued])
    pieces += [encode_values(filled.minimum[valued]), encode_values(filled.maximum[valued])]
    pieces.append(encode_values(mean))
    return _sealed(b"".join(_LENGTH.pack(len(piece)) + piece for piece in pieces))


def _to_ten_millionths(mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return means in single precision, which is shorter; as they are where it cannot hold them."""
    with np.errstate(all="ignore"):
        single = mean.astype(np.float32).astype(np.float64)
        near = np.abs(single - mean) <= np.abs(mean) * _NEAR
    return single if near.all() else mean


def _scattered(values: NDArray[np.float64], valued: NDArray[np.int64]) -> NDArray[np.float64]:
    if len(values) == len(valued):
        return values
    full = np.full(len(valued), np.nan)
    full[valued > 0] = values
    return full


def _sealed(body: bytes) -> bytes:
    return _CRC.pack(zlib.crc32(body)) + body


def _checked(row: bytes) -> bytes:
    body = row[_CRC.size :]
    if row[: _CRC.size] != _CRC.pack(zlib.crc32(body)):
        raise BlockError("the checksum of a day does not fit")
    return body
