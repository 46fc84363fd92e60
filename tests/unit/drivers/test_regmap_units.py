"""Units by UCUM code: conversions against figures worked out by hand, and usual misspellings."""

from __future__ import annotations

import pytest

from drivers.gpu.points import gpu_points
from drivers.modbus.units import conversion, known_units, meant_by, spelled_like


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (212, "[degF]", "Cel", 100),
        (25, "Cel", "K", 298.15),
        (1, "bar", "kPa", 100),
        (1, "[psi]", "kPa", 6.894757),
        (1, "L/s", "L/min", 60),
        (1, "m3/h", "L/min", 16.666667),
        (1, "[gal_us]/min", "L/min", 3.785412),
        (1, "kW.h", "J", 3.6e6),
        (50, "Hz", "{rpm}", 3000),
        (10, "[in_i]", "mm", 254),
        (1, "mS/cm", "uS/cm", 1000),
        (5, "%", "1", 0.05),
    ],
)
def test_conversions(value: float, source: str, target: str, expected: float) -> None:
    a, b = conversion(source, target)
    assert a * value + b == pytest.approx(expected, rel=1e-6)
    back_a, back_b = conversion(target, source)
    assert back_a * expected + back_b == pytest.approx(value, rel=1e-6)


def test_only_like_becomes_like() -> None:
    with pytest.raises(ValueError, match="'Cel' is a temperature, 'kPa' a pressure"):
        conversion("Cel", "kPa")
    with pytest.raises(ValueError, match="unknown unit '°C'; did you mean 'Cel'"):
        conversion("°C", "K")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("°C", "Cel"), ("RPM", "{rpm}"), ("l/min", "L/min"), ("Bar", "bar"), ("KPA", "kPa")],
)
def test_what_people_write_is_understood(written: str, meant: str) -> None:
    assert meant_by(written) == meant
    assert f"'{meant}'" in spelled_like(written)
    assert meant_by(meant) == meant


def test_what_nobody_knows_stays_as_it_is() -> None:
    assert meant_by("furlong") == "furlong"
    assert spelled_like("furlong") == ""


def test_every_unit_in_use_is_known() -> None:
    assert {spec.unit for spec in gpu_points() if spec.unit} <= set(known_units())
