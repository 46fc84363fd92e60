"""What is compressed comes back to the last bit, whatever it was."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from console.history.telemetry_store.block import Block, BlockError, Column, Hour, encode_block
from console.history.telemetry_store.ints import decode_ints, encode_ints
from console.history.telemetry_store.reasons import decode_reasons, encode_reasons
from console.history.telemetry_store.values import decode_values, encode_values

INT64 = hnp.arrays(np.int64, st.integers(0, 200))
FLOAT64 = hnp.arrays(np.float64, st.integers(0, 100), elements=st.floats(allow_nan=True))
SECOND_US = 1_000_000


def bits(values: NDArray[np.float64]) -> list[int]:
    found: list[int] = values.view(np.int64).tolist()
    return found


@given(INT64)
def test_any_whole_numbers(numbers: NDArray[np.int64]) -> None:
    assert decode_ints(encode_ints(numbers)).tolist() == numbers.tolist()


@given(
    st.integers(-(1 << 62), 1 << 62),
    st.integers(0, 1 << 30),
    st.lists(st.integers(-300, 300), min_size=1, max_size=100),
)
def test_numbers_along_a_line(base: int, step: int, off: list[int]) -> None:
    numbers = np.array([base + step * i + o for i, o in enumerate(off)], np.int64)
    assert decode_ints(encode_ints(numbers)).tolist() == numbers.tolist()


@given(FLOAT64)
def test_any_values(values: NDArray[np.float64]) -> None:
    assert bits(decode_values(encode_values(values))) == bits(values)


@given(
    st.lists(st.integers(-40_000, 40_000), min_size=1, max_size=200),
    st.sampled_from([(1.0, 1.0), (1.0, 10.0), (1.0, 100.0), (0.1, 1.0), (0.01, 1.0), (0.25, 1.0),
                     (2.5, 1.0), (1.0, 1000.0), (50.0, 1.0), (1.0, 3.0)]),
    st.sampled_from([0.0, -40.0, 273.15, 0.1]),
)  # fmt: skip
def test_what_a_map_makes_of_raw_numbers(
    raw: list[int], scale: tuple[float, float], offset: float
) -> None:
    multiply, divide = scale
    values = np.array(raw, np.float64) * multiply / divide + offset
    assert bits(decode_values(encode_values(values))) == bits(values)


def test_an_offset_costs_little() -> None:
    """A Kelvin conversion misses the decimals by units in the last place."""
    raw = np.random.default_rng(5).integers(300, 310, 3600).astype(np.float64)
    plain, moved = raw / 10, raw / 10 - 273.15
    assert bits(decode_values(encode_values(moved))) == bits(moved)
    assert len(encode_values(moved)) < 1.5 * len(encode_values(plain)) + 1000


@given(hnp.arrays(np.float32, st.integers(0, 100), elements=st.floats(width=32)))
def test_single_precision_is_kept_as_such(single: NDArray[np.float32]) -> None:
    with np.errstate(all="ignore"):
        values = single.astype(np.float64)
    assert bits(decode_values(encode_values(values))) == bits(values)


@given(hnp.arrays(np.uint8, st.integers(1, 300), elements=st.sampled_from([0, 2, 9, 255])))
def test_reasons(reasons: NDArray[np.uint8]) -> None:
    assert decode_reasons(encode_reasons(reasons), len(reasons)).tolist() == reasons.tolist()


COLUMNS = st.integers(1, 60).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.int64, n, elements=st.integers(0, 3600 * SECOND_US), unique=True).map(
            np.sort
        ),
        st.lists(
            st.tuples(
                hnp.arrays(np.float64, n, elements=st.floats()),
                hnp.arrays(np.uint8, n, elements=st.sampled_from([0, 0, 0, 5, 255])),
            ),
            min_size=1,
            max_size=4,
        ),
    )
)


@settings(max_examples=60)
@given(COLUMNS)
def test_an_hour(
    given_hour: tuple[NDArray[np.int64], list[tuple[NDArray[np.float64], NDArray[np.uint8]]]],
) -> None:
    utc_us, columns = given_hour
    hour = Hour(utc_us, {n * 7: Column(*column) for n, column in enumerate(columns, 1)})
    block = Block(*encode_block(hour))
    assert block.points == [n * 7 for n in range(1, len(columns) + 1)]
    assert block.utc_us.tolist() == utc_us.tolist()
    for point, column in hour.columns.items():
        back = block.column(point)
        assert back is not None
        assert back.reasons.tolist() == column.reasons.tolist()
        assert bits(back.values) == bits(column.values)
    assert block.column(3) is None


def test_bytes_that_are_spoilt_are_never_taken_for_samples() -> None:
    """Every single byte changed: the directory or the one column concerned says so."""
    rng = np.random.default_rng(2)
    utc_us = np.arange(50) * SECOND_US
    values = rng.normal(size=(2, 50)).round(1)
    good = np.zeros(50, np.uint8)
    hour = Hour(utc_us, {1: Column(values[0], good), 2: Column(values[1], good)})
    directory, data = encode_block(hour)
    for at in range(len(directory)):
        with pytest.raises(BlockError):
            Block(_spoilt(directory, at), data)
    whole = 0
    for at in range(len(data)):
        block = Block(directory, _spoilt(data, at))
        intact = [_reads(block, point) for point in (1, 2)]
        assert not all(intact)
        whole += any(intact)
        for point in (1, 2):
            if intact[point - 1]:
                column = block.column(point)
                assert column is not None
                assert bits(column.values) == bits(values[point - 1])
    assert whole > len(data) // 2  # only the times, a few bytes, are everybody's


def _spoilt(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x5A]) + data[at + 1 :]


def _reads(block: Block, point: int) -> bool:
    try:
        return block.trend(point) is not None
    except BlockError:
        return False


@given(st.binary(max_size=80))
def test_bytes_that_are_no_code_raise_value_error(data: bytes) -> None:
    for decode in (decode_ints, decode_values, lambda d: decode_reasons(d, 5)):
        with contextlib.suppress(ValueError):
            decode(data)
