"""What was measured comes back bit for bit, also after the part's list of points has changed."""

from __future__ import annotations

import math
import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.history.events import Head
from console.history.telemetry import TELEMETRY_NAME, TelemetryFile, anchor_of
from console.history.telemetry_reader import TelemetryReader
from console.history.trouble import StorageError
from drivers.points import Point, Reason, Schema, Snapshot
from tests.unit.history.kit import SCHEMA, at, snapshot

RETURN, LEVEL = (point.key for point in SCHEMA)
EVER = (0, 1 << 60)


def store(folder: Path, *snapshots: Snapshot, head: Head | None = None) -> int:
    telemetry = TelemetryFile(folder)
    telemetry.open()
    try:
        return telemetry.append(snapshots, head)
    finally:
        telemetry.close()


def bits(values: object) -> list[bytes]:
    return [struct.pack("<d", value) for value in np.asarray(values).tolist()]


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.floats(width=64),
            st.floats(width=64),
            st.sampled_from(Reason),
            st.sampled_from(Reason),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_bit_for_bit(rows: list[tuple[float, float, Reason, Reason]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        snapshots = [
            Snapshot("t", SCHEMA, np.array(r[:2]), np.array(r[2:], np.uint8), at(n), n)
            for n, r in enumerate(rows)
        ]
        assert store(folder, *snapshots) == 2 * len(rows)
        for position, key in enumerate((RETURN, LEVEL)):
            trend = TelemetryReader(folder).range("t", key, *EVER)
            assert trend.utc_us.tolist() == [s.time.utc_us for s in snapshots]
            assert bits(trend.values) == bits([s.values[position] for s in snapshots])
            assert trend.reasons.tolist() == [int(s.reasons[position]) for s in snapshots]


def test_types_and_range(tmp_path: Path) -> None:
    store(tmp_path, *(snapshot(n, float(n), math.nan) for n in range(10)))
    trend = TelemetryReader(tmp_path).range("tank-1", RETURN, at(2).utc_us, at(5).utc_us)
    types = [str(array.dtype) for array in (trend.utc_us, trend.values, trend.reasons)]
    assert types == ["int64", "float64", "uint8"]
    assert len(trend) == 3
    assert trend.values.tolist() == [2.0, 3.0, 4.0]
    missing = TelemetryReader(tmp_path).range("tank-1", LEVEL, *EVER)
    assert np.isnan(missing.values).all()
    assert set(missing.reasons.tolist()) == {Reason.SENTINEL}


def test_what_was_never_recorded_has_no_samples(tmp_path: Path) -> None:
    assert len(TelemetryReader(tmp_path).range("tank-1", RETURN, *EVER)) == 0
    assert TelemetryReader(tmp_path).parts() == []
    store(tmp_path, snapshot(0))
    reader = TelemetryReader(tmp_path)
    assert len(reader.range("tank-2", RETURN, *EVER)) == 0
    assert len(reader.range("tank-1", "no_such_point", *EVER)) == 0
    assert reader.range("tank-1", RETURN, 0, 1).values.dtype == np.float64
    assert reader.parts() == ["tank-1"]


def test_a_part_whose_points_change(tmp_path: Path) -> None:
    other = Schema((Point("new", "New"), Point(RETURN, "Return", "Cel"), Point("x", "X")))
    store(tmp_path, snapshot(0, 10.0, 1.0), snapshot(3, 13.0, 1.0))
    store(
        tmp_path,
        snapshot(1, 7.0, 11.0, 8.0, schema=other),
        snapshot(2, 7.0, 12.0, 8.0, schema=other),
    )
    reader = TelemetryReader(tmp_path)
    assert reader.range("tank-1", RETURN, *EVER).values.tolist() == [10.0, 11.0, 12.0, 13.0]
    assert reader.range("tank-1", "new", *EVER).values.tolist() == [7.0, 7.0]
    assert reader.range("tank-1", LEVEL, *EVER).values.tolist() == [1.0, 1.0]


def test_a_list_of_points_is_stored_once_for_all_parts_and_runs(tmp_path: Path) -> None:
    for _ in range(2):
        again = Schema(SCHEMA.points)  # another object, as after a reconnect
        store(tmp_path, *(snapshot(n, part=f"t{n}", schema=again) for n in range(3)))
    telemetry = TelemetryFile(tmp_path)
    telemetry.open()
    counts = [
        telemetry.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("schemas", "series", "sessions", "frames")
    ]
    telemetry.close()
    assert counts == [1, 3, 2, 3]  # the same moments again are not written twice


def test_a_transaction_that_fails_is_forgotten_whole(tmp_path: Path) -> None:
    telemetry = TelemetryFile(tmp_path)
    telemetry.open()
    bad = snapshot(1, part="tank-2")
    object.__setattr__(bad, "sequence", "no number")
    with pytest.raises(StorageError):
        telemetry.append([snapshot(0), bad], None)
    assert telemetry.append([snapshot(0)], None) == 2
    telemetry.close()
    assert TelemetryReader(tmp_path).range("tank-1", RETURN, *EVER).values.tolist() == [46.2]
    assert TelemetryReader(tmp_path).parts() == ["tank-1"]


@pytest.mark.expected_logs("a snapshot of 'tank-2' cannot be stored")
def test_a_snapshot_of_the_wrong_shape_is_left_out(tmp_path: Path) -> None:
    assert store(tmp_path, snapshot(0, 1.0, 2.0, 3.0, part="tank-2"), snapshot(0)) == 2
    assert TelemetryReader(tmp_path).parts() == ["tank-1"]


def test_the_anchor_follows_the_log(tmp_path: Path) -> None:
    telemetry = TelemetryFile(tmp_path)
    telemetry.open()
    assert anchor_of(telemetry.connection) is None
    telemetry.append((), Head("d", 3, "ab" * 32))
    telemetry.append([snapshot(0)], Head("d", 4, "cd" * 32))
    assert anchor_of(telemetry.connection) == Head("d", 4, "cd" * 32)
    telemetry.close()
    telemetry.open()
    assert telemetry.anchor == Head("d", 4, "cd" * 32)
    telemetry.close()


def test_bytes_per_sample(tmp_path: Path) -> None:
    """60 parts of 40 points for five minutes; the figure in the module's docstring."""
    schema = Schema(tuple(Point(f"p{n}", f"P{n}") for n in range(40)))
    values = np.random.default_rng(1).uniform(20, 60, 40).round(1)
    telemetry = TelemetryFile(tmp_path)
    telemetry.open()
    samples = sum(
        telemetry.append(
            [snapshot(second, *values, part=f"tank-{n}", schema=schema) for n in range(60)], None
        )
        for second in range(300)
    )
    telemetry.close()
    per_sample = (tmp_path / TELEMETRY_NAME).stat().st_size / samples
    assert samples == 60 * 40 * 300
    assert 8.0 < per_sample < 11.0
