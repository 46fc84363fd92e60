"""A range as text: every sample or every step, missing never zero, the same in every country."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.history import export as module
from console.history.export import Column, ExportPlan, check_step, columns_of, export
from console.history.telemetry_store.reader import TelemetryReader
from tests.unit.history.kit import START_US
from tests.unit.history.telemetry_kit import HOUR_US, OTHER, frame, storing

NAN = float("nan")
SECOND_US = 1_000_000
FLOW, CLOCK = Column("t", "flow", "L/min"), Column("t", "sm_clock", "MHz")


def write(folder: Path, rows: Sequence[tuple[float, float, float]], part: str = "t") -> None:
    with storing(folder) as store:
        frames = [frame(START_US + round(at * 1e6), a, b, part=part) for at, a, b in rows]
        store.append(frames, None)


def text_of(folder: Path, plan: ExportPlan) -> str:
    stream = io.StringIO(newline="")
    export(TelemetryReader(folder), plan, stream)
    return stream.getvalue()


def plan_of(*columns: Column, hours: float = 1, **more: object) -> ExportPlan:
    until_us = START_US + round(hours * HOUR_US)
    return ExportPlan(columns or (FLOW, CLOCK), START_US, until_us, **more)  # type: ignore[arg-type]


def test_a_row_for_each_moment_with_good_values_only(tmp_path: Path) -> None:
    write(tmp_path, [(0, 850.25, 1200.0), (1.5, NAN, 1201.0), (2.5, -4.0, 1202.5)])
    assert text_of(tmp_path, plan_of()).split("\r\n") == [
        "time_utc,t flow [L/min],t sm_clock [MHz]",
        "2026-11-21 12:00:00.000,850.25,1200.0",
        "2026-11-21 12:00:01.500,,1201.0",
        "2026-11-21 12:00:02.500,,1202.5",  # -4.0 is out of range
        "",
    ]


def test_everything_that_is_known_in_the_long_form(tmp_path: Path) -> None:
    write(tmp_path, [(0, 850.25, 1200.0), (1, NAN, 1201.0), (2, -4.0, 1202.5)])
    rows = list(csv.DictReader(io.StringIO(text_of(tmp_path, plan_of(FLOW, long=True)))))
    assert [(row["value"], row["quality"]) for row in rows] == [
        ("850.25", "good"),
        ("", "sentinel"),
        ("-4.0", "out_of_range"),
    ]
    assert {(row["part"], row["point"], row["unit"]) for row in rows} == {("t", "flow", "L/min")}


def test_json_lines_hold_what_was_recorded(tmp_path: Path) -> None:
    write(tmp_path, [(0.000001, 0.1, float("inf")), (1, NAN, 2.0)])
    lines = [
        json.loads(line)
        for line in text_of(tmp_path, plan_of(json_lines=True, long=True)).splitlines()
    ]
    assert [line["value"] for line in lines] == [0.1, None, "inf", 2.0]
    assert lines[0]["time_utc"] == "2026-11-21T12:00:00.000001Z"


def test_a_decimal_comma_between_semicolons(tmp_path: Path) -> None:
    write(tmp_path, [(0, 850.25, -1e-7)])
    last = text_of(tmp_path, plan_of(FLOW, decimal_comma=True)).splitlines()[-1]
    assert last == "2026-11-21 12:00:00.000;850,25"


def test_steps_are_as_the_samples_in_them(tmp_path: Path) -> None:
    write(tmp_path, [(s, float(s), NAN if s < 90 else 5.0) for s in range(180)])
    rows = list(csv.reader(io.StringIO(text_of(tmp_path, plan_of(step_us=60 * SECOND_US)))))
    assert rows[0][1:4] == [f"t flow [L/min] {word}" for word in ("minimum", "maximum", "mean")]
    assert rows[1:] == [
        ["2026-11-21 12:00:00.000", "0.0", "59.0", "29.5", "", "", ""],
        ["2026-11-21 12:01:00.000", "60.0", "119.0", "89.5", "5.0", "5.0", "5.0"],
        ["2026-11-21 12:02:00.000", "120.0", "179.0", "149.5", "5.0", "5.0", "5.0"],
    ]
    plan = plan_of(CLOCK, step_us=60 * SECOND_US, long=True)
    first = next(iter(csv.DictReader(io.StringIO(text_of(tmp_path, plan)))))
    assert (first["minimum"], first["count"], first["not_good"]) == ("", "0", "60")


def test_parts_with_times_of_their_own_share_a_table(tmp_path: Path) -> None:
    write(tmp_path, [(0, 1.0, 2.0), (2, 3.0, 4.0)])
    write(tmp_path, [(1, 5.0, 6.0), (2, 7.0, 8.0)], part="u")
    both = plan_of(FLOW, Column("u", "flow", ""))
    rows = [line.split(",")[1:] for line in text_of(tmp_path, both).splitlines()]
    assert rows == [["t flow [L/min]", "u flow"], ["1.0", ""], ["", "5.0"], ["3.0", "7.0"]]


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_pieces_make_no_difference(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    seconds = data.draw(st.lists(st.integers(0, 8 * 3600), unique=True, max_size=40))
    step = data.draw(st.sampled_from([0, 10, 60, 120, 3600, 7200]))
    folder = tmp_path_factory.mktemp("data")
    write(folder, [(s, s / 8, 1.0) for s in sorted(seconds)])
    plan = plan_of(hours=9, step_us=step * SECOND_US, long=data.draw(st.booleans()))
    whole = text_of(folder, plan)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_SAMPLES_AT_ONCE", 1)
        patch.setattr(module, "_CELLS_AT_ONCE", 14 if step > 10 else 700)
        pieces = text_of(folder, plan)
    assert sorted(pieces.splitlines()) == sorted(whole.splitlines())
    if not step and not plan.long:
        assert len(whole.splitlines()) == 1 + len(seconds)


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    write(tmp_path, [(0, 1.0, 2.0)], part="=cmd|' /C calc'!A0")
    column = Column("=cmd|' /C calc'!A0", "flow", "")
    text = text_of(tmp_path, plan_of(column, long=True))
    assert all(not cell.startswith("=") for row in csv.reader(io.StringIO(text)) for cell in row)
    assert text_of(tmp_path, plan_of(column)).splitlines()[0].split(",")[1].startswith("'=")


@pytest.mark.parametrize(
    ("seconds", "allowed"),
    [(1, True), (0.5, False), (119, True), (150, False), (180, True), (7200, True), (9000, False)],
)
def test_steps_that_summaries_can_give(seconds: float, allowed: bool) -> None:
    assert check_step(round(seconds * 1e6)) is allowed


def test_points_are_found_by_part_and_key(tmp_path: Path) -> None:
    write(tmp_path, [(0, 1.0, 2.0)])
    with storing(tmp_path) as store:
        store.roll_all()
        store.append([frame(START_US + HOUR_US, 1.0, 2.0, part="t", schema=OTHER)], None)
    found = columns_of(TelemetryReader(tmp_path), lambda part, key: True)
    assert sorted(found, key=lambda one: one.key) == [FLOW, Column("t", "level", "mm"), CLOCK]
    assert columns_of(TelemetryReader(tmp_path), lambda part, key: key == "flow") == (FLOW,)


def test_damage_is_named(tmp_path: Path) -> None:
    from tests.unit.history.test_telemetry_care import LASTING, fill_hours, spoil_block

    fill_hours(tmp_path)
    spoil_block(tmp_path / LASTING, 1, -3)
    report = export(TelemetryReader(tmp_path), plan_of(hours=3), io.StringIO())
    assert [(one.key, one.from_us) for one in report.damaged] == [("flow", START_US + HOUR_US)]
    assert report.rows == 180
