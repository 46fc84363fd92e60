"""How faults are written down."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.simulator.effects import TANK_EFFECTS
from drivers.simulator.faults import FAULTS, FaultSpec, fault_kind, with_defaults
from drivers.simulator.host_effects import HOST_EFFECTS


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("pump_trip@30", FaultSpec("pump_trip", 30)),
        ("pump_trip:tank-3@30", FaultSpec("pump_trip", 30, "tank-3")),
        ("slow_leak:tank-2@1.5+60", FaultSpec("slow_leak", 1.5, "tank-2", 60)),
        (
            "sensor_stuck:tank-2@5+6,point=filter[1].delta_pressure",
            FaultSpec("sensor_stuck", 5, "tank-2", 6, {"point": "filter[1].delta_pressure"}),
        ),
        (
            "gpu_lost:node-1@0,gpu=3,visible_s=2.5",
            FaultSpec("gpu_lost", 0, "node-1", None, {"gpu": 3, "visible_s": 2.5}),
        ),
    ],
)
def test_a_fault_is_read_and_written(text: str, spec: FaultSpec) -> None:
    assert FaultSpec.parse(text) == spec
    assert str(spec) == text


def test_an_unknown_name_lists_those_allowed() -> None:
    with pytest.raises(ValueError, match="unknown fault 'pump_tripp'; allowed are pump_trip,"):
        FaultSpec.parse("pump_tripp@3")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pump_trip", "is written NAME"),
        ("", "is written NAME"),
        ("pump_trip:@3", "is written NAME"),
        ("pump_trip@soon", "seconds must be a number"),
        ("pump_trip@-1", "seconds must be a number"),
        ("pump_trip@nan", "seconds must be a number"),
        ("pump_trip@1+x", "seconds must be a number"),
        ("pump_trip@1,speed=3", "no parameter 'speed'; allowed are pumps"),
        ("facility_water_lost@1,x=3", "allowed are none"),
        ("pump_trip@1,pumps=two", "pumps must be a int"),
        ("slow_leak@1,l_per_min=inf", "l_per_min must be a float"),
        ("slow_leak@1,l_per_min=nan", "l_per_min must be a float"),
        ("slow_leak@1,l_per_min=-3", "l_per_min must be a float"),
    ],
)
def test_what_is_wrong_is_said(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FaultSpec.parse(text)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        FaultSpec.parse(text)


@given(
    st.sampled_from(["pump_trip", "gpu_lost:node-1"]),
    st.floats(0, 1e8),
    st.none() | st.floats(0, 1e8),
)
def test_what_is_written_is_read_back(name: str, at_s: float, duration_s: float | None) -> None:
    name, _, target = name.partition(":")
    spec = FaultSpec(name, at_s, target or None, duration_s)
    assert FaultSpec.parse(str(spec)) == spec


def test_every_fault_has_a_description_and_an_effect() -> None:
    required = (
        "pump_trip facility_water_lost slow_leak sensor_stuck sensor_sentinel controller_silent "
        "controller_slow gpu_lost gpu_throttling paste_drift"
    )
    assert set(required.split()) <= set(FAULTS)
    for name, kind in FAULTS.items():
        assert name == kind.name
        assert kind.description.endswith(".")
        assert name in (TANK_EFFECTS if kind.applies_to == "tank" else HOST_EFFECTS)
    assert len(TANK_EFFECTS) + len(HOST_EFFECTS) == len(FAULTS)


def test_parameters_are_completed_and_typed() -> None:
    kind = fault_kind("gpu_lost")
    assert with_defaults(kind, {"gpu": 2}) == {"gpu": 2, "visible_s": 5.0}
    with pytest.raises(ValueError, match="gpu must be a int"):
        with_defaults(kind, {"gpu": 2.5})
