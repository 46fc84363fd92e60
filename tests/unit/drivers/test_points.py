"""The words every part speaks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from drivers.points import Level, Limit, Point, Quality, Reason, Schema, Snapshot, Stamp

TEMPERATURE = Point("coolant_return_temperature", "Coolant return temperature", "Cel")
STATE = Point("pump[1].state", "Pump 1 state", states={0: "stopped", 1: "running"})
FLAGS = Point("throttle_reasons", "Throttle reason", flags={2: "power cap", 6: "hardware thermal"})


def snapshot(values: list[float], reasons: list[int]) -> Snapshot:
    schema = Schema((TEMPERATURE, STATE))
    return Snapshot("tank-1", schema, np.array(values), np.array(reasons, np.uint8), Stamp(1, 1.0))


def test_missing_is_none_and_never_zero() -> None:
    reading = snapshot([math.nan, 1], [Reason.SENTINEL, 0])["coolant_return_temperature"]
    assert reading.value is None
    assert reading.quality is Quality.BAD


def test_a_value_that_is_not_good_is_not_given_as_good() -> None:
    found = snapshot([46.3, 1], [Reason.OUT_OF_RANGE, 0])
    assert found.good("coolant_return_temperature") is None
    assert found["coolant_return_temperature"].value == 46.3
    assert found["coolant_return_temperature"].quality is Quality.UNCERTAIN
    assert found.good("pump[1].state") == 1
    assert found.get("no_such_point") is None


def test_a_snapshot_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        snapshot([46.3, 1], [0, 0]).values[0] = 0.0


def test_every_reason_has_a_quality_and_only_none_is_good() -> None:
    assert [reason for reason in Reason if reason.quality is Quality.GOOD] == [Reason.NONE]


@pytest.mark.parametrize(
    ("point", "value", "words"),
    [
        (STATE, 1.0, "running"),
        (STATE, 7.0, "? 7"),
        (FLAGS, 0.0, "none"),
        (FLAGS, 0b1000100, "power cap, hardware thermal"),
        (TEMPERATURE, 46.3, None),
    ],
)
def test_states_and_flags_are_words(point: Point, value: float, words: str | None) -> None:
    assert point.words(value) == words


def test_limits_know_their_side() -> None:
    high, low = Limit(Level.UPPER_CRITICAL, 55.0), Limit(Level.LOWER_CAUTION, 200.0)
    assert high.violated_by(55.0)
    assert not high.violated_by(54.9)
    assert low.violated_by(200.0)
    assert not low.violated_by(200.1)
    assert not high.violated_by(math.nan)
    assert not low.violated_by(math.nan)
    assert Level.LOWER_FATAL.severity == 3
    assert Level.UPPER_CAUTION.word == "upper_caution"


def test_a_schema_names_each_point_once() -> None:
    with pytest.raises(ValueError, match="once"):
        Schema((TEMPERATURE, TEMPERATURE))
