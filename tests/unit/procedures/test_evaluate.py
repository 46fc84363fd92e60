"""Checks against snapshots as the drivers make them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.points import Point, Reason, Schema, Snapshot, Stamp
from procedures.checks import parse_check, plain
from procedures.engine.evaluate import State, evaluate
from procedures.engine.moment import Moment, elapsed
from procedures.engine.readings import NoReadings, SnapshotReadings

PUMPS = {0: "stopped", 1: "running", 2: "tripped"}
TANK = Schema(
    (
        Point("level", "Level", "mm"),
        Point("pump[1].state", "Pump 1", states=PUMPS),
        Point("pump[2].state", "Pump 2", states=PUMPS),
        Point("pump[10].state", "Pump 10", states=PUMPS),
    )
)
GPU = Schema((Point("utilization", "Utilization", "%"), Point("power", "Power", "W")))
NOW = Moment(10_000_000, 10_000_000, "boot", "session")


def snapshot(
    device: str,
    schema: Schema,
    values: Sequence[float],
    reasons: Sequence[Reason] = (),
    mono_s: float = 10.0,
) -> Snapshot:
    told = list(reasons) or [Reason.NONE] * len(values)
    return Snapshot(
        device,
        schema,
        np.array(values, dtype=np.float64),
        np.array(told, dtype=np.uint8),
        Stamp(0, mono_s),
    )


def readings(**changes: Sequence[Snapshot]) -> SnapshotReadings:
    tank = snapshot("tank-1", TANK, [820, 1, 0, 1])
    gpus = [snapshot(f"host-1/gpu{n}", GPU, [n, 60 + n]) for n in range(8)]
    return SnapshotReadings({"tank": [tank], "server": gpus, **changes})


def state(check: str, given_readings: SnapshotReadings | None = None) -> State:
    return evaluate(parse_check(check), given_readings or readings(), NOW, 10).state


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ("tank.level between 820 and 820 mm", State.MET),
        ("tank.level > 820 mm", State.UNMET),
        ("tank.level >= 0.82 m", State.MET),
        ("tank.level != 820 mm", State.UNMET),
        ("tank.level >= 1 kPa", State.UNKNOWN),
        ("tank.level >= 1", State.UNKNOWN),
        ("tank.pump[1].state == running", State.MET),
        ("tank.pump[*].state == running", State.UNMET),
        ("any tank.pump[*].state == running", State.MET),
        ("tank.pump[*].state != tripped", State.MET),
        ("tank.pump[3].state == running", State.NOT_FITTED),
        ("tank.pump[1].state == 1", State.MET),
        ("server.utilization <= 7 %", State.MET),
        ("server.utilization <= 6 %", State.UNMET),
        ("any server.power >= 67 W", State.MET),
        ("server.hotspot <= 1 Cel", State.NOT_FITTED),
        ("other.level >= 1 mm", State.UNKNOWN),
        ("server.hotspot <= 1 Cel or tank.level >= 800 mm", State.MET),
        ("server.hotspot <= 1 Cel or tank.level >= 900 mm", State.UNMET),
        ("server.hotspot <= 1 Cel or other.level >= 900 mm", State.UNKNOWN),
    ],
)
def test_a_check_on_snapshots(check: str, expected: State) -> None:
    assert state(check) is expected


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.NONE])
def test_every_reason_makes_a_value_unknown(reason: Reason) -> None:
    told = [reason, *[Reason.NONE] * 3]
    bad = readings(tank=[snapshot("tank-1", TANK, [820, 1, 1, 1], told)])
    assert state("tank.level >= 800 mm", bad) is State.UNKNOWN


def test_one_gpu_that_is_lost_makes_all_of_them_unknown() -> None:
    gpus = [
        snapshot("host-1/gpu0", GPU, [0, 60]),
        snapshot("host-1/gpu1", GPU, [np.nan, np.nan], [Reason.DEVICE_LOST] * 2),
    ]
    assert state("server.utilization <= 5 %", readings(server=gpus)) is State.UNKNOWN
    assert state("any server.utilization <= 5 %", readings(server=gpus)) is State.MET


def test_age_is_by_the_monotonic_clock_both_ways() -> None:
    for mono_s, expected in ((0.0, State.MET), (-0.1, State.UNKNOWN), (13.0, State.UNKNOWN)):
        tank = snapshot("tank-1", TANK, [820, 1, 1, 1], mono_s=mono_s)
        assert state("tank.level >= 800 mm", readings(tank=[tank])) is expected


def test_a_value_that_is_no_number_never_fits() -> None:
    for value in (np.nan, np.inf, -np.inf):
        tank = snapshot("tank-1", TANK, [value, 1, 1, 1])
        assert state("tank.level != 5 mm", readings(tank=[tank])) is State.UNKNOWN


def test_where_nothing_is_known_nothing_is_met() -> None:
    found = evaluate(parse_check("tank.level >= 0 mm"), NoReadings(), NOW, 10)
    assert found.state is State.UNKNOWN
    assert [why.code for why in found.why] == ["not_read"]


def test_what_was_looked_at_is_kept() -> None:
    found = evaluate(parse_check("tank.pump[2].state == running"), readings(), NOW, 10)
    assert str(found.why[0]) == "tank-1 pump[2].state is stopped; it must be == running"
    assert found.evidence[0].as_dict() == {
        "part": "tank-1",
        "point": "pump[2].state",
        "value": 0.0,
        "unit": "",
        "reason": "none",
        "age_s": 0.0,
        "word": "stopped",
    }


NUMBERS = st.decimals(-1000, 1000, places=2).map(float)


@given(NUMBERS, NUMBERS, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
def test_comparisons_are_those_of_numbers(value: float, limit: float, sign: str) -> None:
    tank = snapshot("tank-1", TANK, [value, 1, 1, 1])
    text = f"tank.level {sign} {plain(limit)} mm"
    truth = {
        "<": value < limit,
        "<=": value <= limit,
        ">": value > limit,
        ">=": value >= limit,
        "==": value == limit,
        "!=": value != limit,
    }[sign]
    assert (state(text, readings(tank=[tank])) is State.MET) is truth
    assert str(parse_check(text)) == text
    assert parse_check(str(parse_check(text))) == parse_check(text)


@given(*[st.integers(0, 10**15)] * 4, st.booleans())
def test_time_never_runs_backwards(a: int, b: int, c: int, d: int, same_boot: bool) -> None:
    now = Moment(c, d, "boot-1" if same_boot else "boot-2", "s")
    found = elapsed(Moment(a, b, "boot-1", "s"), now)
    assert found.us >= 0
    if found.doubtful:
        assert found.us == 0
    if same_boot and d >= b:
        assert found.us == d - b
