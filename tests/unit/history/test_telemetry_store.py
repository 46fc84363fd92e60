"""What comes in comes out, once, as it was: in any order, through crashes and clock steps."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.history.telemetry_store.reader import TelemetryReader
from drivers.points import Snapshot
from tests.unit.history.kit import START_US
from tests.unit.history.telemetry_kit import (
    EVER,
    HOUR_US,
    OTHER,
    SCHEMA,
    Clock,
    Model,
    frame,
    same,
    storing,
)

MONTH_END_US = 1_796_083_200_000_000  # 2026-12-01 00:00:00 UTC
ORIGINS = [START_US, START_US + 11 * HOUR_US, MONTH_END_US - HOUR_US, 0, 86_400_000_000]
NAN = float("nan")
VALUES = st.one_of(
    st.integers(-30, 4000).map(lambda raw: raw / 10), st.just(NAN), st.floats(allow_nan=False)
)
MOMENTS = st.builds(
    lambda origin, seconds, us: origin + seconds * 1_000_000 + us * 2,
    st.sampled_from(ORIGINS),
    st.integers(-1800, 9000),
    st.sampled_from([0, 0, 0, 1, 417]),
)
FRAMES = st.one_of(
    st.builds(frame, MOMENTS, VALUES, VALUES, part=st.sampled_from(["t", "host/gpu0"])),
    st.builds(  # another list of points, at moments of its own
        lambda moment, a, b: frame(moment + 1, a, b, schema=OTHER), MOMENTS, VALUES, VALUES
    ),
    st.builds(  # a steady stretch
        lambda moment, a: frame(moment // 1_000_000 * 1_000_000, a, 1.0), MOMENTS, VALUES
    ),
)
STEPS = st.one_of(
    st.lists(FRAMES, min_size=1, max_size=12),
    st.sampled_from(["second", "minute", "hour", "back", "reopen", "all"]),
)
ADVANCE_S = {"second": 1.0, "minute": 61.0, "hour": 3700.0}


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=14))
def test_what_goes_in_comes_out(steps: list[list[Snapshot] | str]) -> None:
    clock, model = Clock(), Model()
    with tempfile.TemporaryDirectory() as name, storing(Path(name), clock) as store:
        reader = TelemetryReader(Path(name))
        for step in steps:
            if isinstance(step, list):
                store.append(step, None)
                for snapshot in step:
                    model.keep(snapshot)
            elif step == "reopen":
                store.close()
                store.open()
            elif step == "all":
                store.roll_all()
            elif step == "back":
                clock.utc_us -= 3 * HOUR_US
            else:
                clock.advance(ADVANCE_S[step])
            store.work(100.0)
            model.agrees_with(reader)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(FRAMES, min_size=1, max_size=60),
    st.lists(FRAMES, max_size=20),
    st.booleans(),
    st.integers(1, 9),
    st.sampled_from([30, 150, 600, 7200, 20_000, 90_000]),
)
def test_every_zoom_tells_the_same(
    early: list[Snapshot], late: list[Snapshot], all_rolled: bool, pixels: int, width_s: int
) -> None:
    """Any range to any pixels, part rolled up and part not, against counting one by one."""
    model = Model()
    with tempfile.TemporaryDirectory() as name, storing(Path(name)) as store:
        store.append(early, None)
        store.roll_all()
        store.append(late, None)
        if all_rolled:
            store.roll_all()
        for snapshot in [*early, *late]:
            model.keep(snapshot)
        since_us = early[0].time.utc_us - 1_234_567
        until_us = since_us + pixels * width_s * 1_000_000
        reader = TelemetryReader(Path(name))
        for part, key in model.samples:
            _check_envelope(model, reader, (part, key), (since_us, until_us), pixels)
            _check_statistics(model, reader, (part, key), (since_us, until_us))


def _check_envelope(
    model: Model,
    reader: TelemetryReader,
    name: tuple[str, str],
    between_us: tuple[int, int],
    pixels: int,
) -> None:
    found = reader.envelope(*name, *between_us, pixels)
    edges = found.edges_us.tolist()
    assert len(found) == pixels
    width_us = (between_us[1] - between_us[0]) / pixels
    assert abs(edges[0] - between_us[0]) <= width_us / 2
    assert abs(edges[-1] - between_us[1]) <= width_us / 2
    assert all(a < b for a, b in itertools.pairwise(edges))
    for i in range(pixels):
        rows = model.within(*name, edges[i], edges[i + 1])
        values = np.array([value for value, _ in rows if value == value])  # noqa: PLR0124
        assert found.count[i] == len(values)
        assert found.flagged[i] == sum(reason != 0 for _, reason in rows)
        assert found.reason[i] == max((reason for _, reason in rows), default=0)
        assert same(found.minimum[i], values.min() if len(values) else NAN)
        assert same(found.maximum[i], values.max() if len(values) else NAN)
        if len(values) and np.abs(values).max() < 1e30:
            scale = np.abs(values).max() * 1e-6
            assert abs(found.mean[i] - values.mean()) <= scale


def _check_statistics(
    model: Model, reader: TelemetryReader, name: tuple[str, str], between_us: tuple[int, int]
) -> None:
    found = reader.statistics(*name, *between_us)
    rows = model.within(*name, *between_us)
    values = [value for value, _ in rows if value == value]  # noqa: PLR0124
    assert (found.samples, found.count) == (len(rows), len(values))
    assert same(found.minimum, min(values, default=NAN))
    assert same(found.maximum, max(values, default=NAN))


def test_live_and_rolled_up_are_one_line(tmp_path: Path) -> None:
    clock, model = Clock(), Model()
    with storing(tmp_path, clock) as store:
        reader = TelemetryReader(tmp_path)
        for second in range(0, 7200, 30):
            clock.advance(30)
            snapshot = frame(clock.utc_us, second / 10, NAN if second % 600 else 900.0)
            store.append([snapshot], None)
            model.keep(snapshot)
            store.work(1.0)
            if second % 900 == 0:
                model.agrees_with(reader)
        model.agrees_with(reader)
    assert (tmp_path / "telemetry" / "lasting-2026-11.db").exists()
    assert (tmp_path / "telemetry" / "detail-2026-11.db").exists()


def test_a_backlog_is_rolled_up_in_slices(tmp_path: Path) -> None:
    clock, model = Clock(), Model()
    with storing(tmp_path, clock) as store:
        batch = [frame(START_US - hour * HOUR_US, 1.0, 2.0) for hour in range(30)]
        store.append(batch, None)
        for snapshot in batch:
            model.keep(snapshot)
        clock.advance(1000.0)
        turns = 1
        while store.work(0.0):
            model.agrees_with(TelemetryReader(tmp_path))
            turns += 1
        assert turns >= 30
        model.agrees_with(TelemetryReader(tmp_path))


def test_a_crash_between_archive_and_tail_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Model()
    with storing(tmp_path) as store:
        batch = [frame(START_US + s * 1_000_000, s / 10, 5.0) for s in range(100)]
        store.append(batch, None)
        for snapshot in batch:
            model.keep(snapshot)
        with monkeypatch.context() as patch:
            patch.setattr("console.history.telemetry_store.roller.delete_hour", _power_cut)
            with pytest.raises(KeyboardInterrupt):
                store.roll_all()
    reader = TelemetryReader(tmp_path)
    model.agrees_with(reader)
    envelope = reader.envelope("t", "flow", START_US, START_US + 1200 * 1_000_000, 10)
    assert envelope.resolution_us == 60_000_000
    assert int(envelope.count.sum()) == 100  # not twice
    with storing(tmp_path) as store:
        store.roll_all()
    model.agrees_with(reader)


def _power_cut(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_is_told_again_stays_as_it_was_told_first(tmp_path: Path) -> None:
    with storing(tmp_path) as store:
        store.append([frame(START_US, 1.0, 1.0)], None)
        store.append([frame(START_US, 2.0, 2.0)], None)
        store.roll_all()
        store.append([frame(START_US, 3.0, 3.0), frame(START_US + 1, 4.0, 4.0)], None)
        store.roll_all()
    assert TelemetryReader(tmp_path).range("t", "flow", *EVER).values.tolist() == [1.0, 4.0]


@pytest.mark.expected_logs("a snapshot of 't' cannot be stored")
def test_a_moment_that_no_calendar_has(tmp_path: Path) -> None:
    with storing(tmp_path) as store:
        assert store.append([frame(1 << 61, 1.0, 1.0), frame(0, 1.0, 1.0)], None) == 2
        store.roll_all()
    assert TelemetryReader(tmp_path).range("t", "flow", *EVER).utc_us.tolist() == [0]


def test_several_points_in_one_look(tmp_path: Path) -> None:
    with storing(tmp_path) as store:
        store.append([frame(START_US + s * 1_000_000, s, 2.0 * s) for s in range(100)], None)
        store.roll_all()
    names = [("t", "flow"), ("t", "sm_clock"), ("t", "none"), ("nobody", "flow")]
    found = TelemetryReader(tmp_path).envelopes(names, START_US, START_US + 100_000_000, 10)
    assert [one.maximum.max() for one in found[:2]] == [99.0, 198.0]
    assert all(int(one.count.sum()) == 0 and np.isnan(one.mean).all() for one in found[2:])
    with pytest.raises(ValueError, match="has pixels"):
        TelemetryReader(tmp_path).envelope("t", "flow", START_US, START_US, 10)


def test_nothing_recorded(tmp_path: Path) -> None:
    reader = TelemetryReader(tmp_path)
    assert reader.parts() == []
    assert reader.keys("t") == []
    assert len(reader.last("t", "flow")) == 0
    assert reader.statistics("t", "flow", 0, 1 << 50).samples == 0
    assert len(SCHEMA) == 2
