"""The columns: what is fed in any order is what a scan of all samples finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.ui.curves.columns import ColumnStore
from console.ui.curves.model import Columns, Grid

STEP = 10
samples = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(-50, 450),
        st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))),
    ),
    max_size=60,
)
Sample = tuple[int, int, float]


def fed(store: ColumnStore, found: list[Sample]) -> None:
    for curve, at, value in found:
        reason = 3 if value != value else 0  # noqa: PLR0124  NaN is the one that differs
        store.append(
            np.array([curve]),
            np.array([at]),
            np.array([value]),
            np.array([reason], np.uint8),
        )


def scanned(found: list[Sample], grid: Grid, curve: int, slot: int) -> tuple[float, float, int]:
    column = grid.first + slot
    here = [value for c, at, value in found if c == curve and at // grid.step_us == column]
    good = [value for value in here if not np.isnan(value)]
    bad = 3 if len(good) < len(here) else 0
    return (min(good), max(good), bad) if good else (np.nan, np.nan, bad)


def agrees(store: ColumnStore, found: list[Sample]) -> None:
    grid = store.grid
    for curve in range(3):
        for slot in range(grid.count):
            low, high, reason = scanned(found, grid, curve, slot)
            assert np.array_equal(
                [store.low[curve, slot], store.high[curve, slot]], [low, high], equal_nan=True
            )
            assert store.reason[curve, slot] == reason


@given(found=samples)
def test_columns_hold_the_extremes_whatever_the_order(found: list[Sample]) -> None:
    store = ColumnStore(3, Grid(STEP, 0, 40))
    fed(store, found)
    agrees(store, found)


@given(found=samples)
def test_a_sample_that_comes_twice_changes_no_extreme(found: list[Sample]) -> None:
    store = ColumnStore(3, Grid(STEP, 0, 40))
    fed(store, found + found)
    agrees(store, found)


@given(found=samples, moves=st.lists(st.integers(-15, 15), max_size=4))
def test_moving_keeps_what_stays_in_view_and_invents_nothing(
    found: list[Sample], moves: list[int]
) -> None:
    store = ColumnStore(3, Grid(STEP, 0, 40))
    fed(store, found)
    seen = set(range(40))
    first = 0
    for move in moves:
        first += move
        store.move(first)
        seen &= set(range(first, first + 40))
    kept = [one for one in found if one[1] // STEP in seen]
    agrees(store, kept)


def test_all_at_once_is_the_same_as_one_by_one() -> None:
    rng = np.random.default_rng(4)
    curves, at = rng.integers(0, 3, 5000), rng.integers(0, 400, 5000)
    values, reasons = rng.normal(0, 1, 5000), np.zeros(5000, np.uint8)
    one, all_at_once = (ColumnStore(3, Grid(STEP, 0, 40)) for _ in range(2))
    for i in range(5000):
        part = slice(i, i + 1)
        one.append(curves[part], at[part], values[part], reasons[part])
    all_at_once.append(curves, at, values, reasons)
    assert np.array_equal(one.low, all_at_once.low)
    assert np.array_equal(one.high, all_at_once.high)
    assert np.array_equal(one.count, all_at_once.count)
    assert one.mean(1, 7) == pytest.approx(all_at_once.mean(1, 7))


def test_what_looks_the_same_is_not_reported_as_changed() -> None:
    store = ColumnStore(1, Grid(STEP, 0, 40))
    one = (np.array([0]), np.array([55]), np.array([4.0]), np.zeros(1, np.uint8))
    assert store.append(*one) == (5, 6)
    assert store.append(*one) is None
    assert store.append(one[0], np.array([9999]), one[2], one[3]) is None


def test_stretching_keeps_every_extreme_that_stays_in_view() -> None:
    store = ColumnStore(1, Grid(STEP, 0, 40))
    values = np.arange(40.0)
    values[7] = 99.0
    store.put(0, Columns(values, values, values, np.zeros(40, np.uint8)))
    store.stretch(Grid(4 * STEP, 0, 40))
    assert store.high[0, 1] == 99.0
    assert store.low[0, 1] == 4.0
    assert store.mean(0, 1) == pytest.approx((4 + 5 + 6 + 99) / 4)
    assert np.isnan(store.low[0, 10:]).all()
    assert store.spread_us == 0


def test_stretched_columns_say_how_far_apart_they_are() -> None:
    store = ColumnStore(1, Grid(STEP, 0, 40))
    values = np.arange(40.0)
    store.put(0, Columns(values, values, values, np.zeros(40, np.uint8)))
    store.stretch(Grid(2, 50, 40))
    assert STEP <= store.spread_us < 2 * STEP
    assert np.count_nonzero(~np.isnan(store.low[0])) == 8


def test_as_many_columns_as_were_asked_for_or_an_error() -> None:
    store = ColumnStore(1, Grid(STEP, 0, 40))
    short = np.zeros(39)
    with pytest.raises(ValueError, match="39 columns came where 40"):
        store.put(0, Columns(short, short, short, np.zeros(39, np.uint8)))
