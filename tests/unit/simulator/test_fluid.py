"""Fluid properties against published figures."""

from __future__ import annotations

import pytest

from drivers.simulator.fluid import load_fluid, walther
from tests.unit.simulator.made import FLUID


@pytest.mark.parametrize(
    ("temperature_c", "viscosity_cst"),
    [(5, 40.5), (15, 24.9), (20, 20.1), (30, 13.7), (40, 9.8), (50, 7.3), (60, 5.7), (100, 2.6)],
)
def test_viscosity_by_temperature(temperature_c: float, viscosity_cst: float) -> None:
    assert FLUID.viscosity_cst(temperature_c) == pytest.approx(viscosity_cst, abs=0.06)


def test_walther_passes_through_both_points() -> None:
    a, b = walther(7.5, 2.2)
    assert b > 0
    light = load_fluid("pao-light")
    assert (light.walther_a, light.walther_b) == (a, b)
    assert light.viscosity_cst(40) == pytest.approx(7.5)
    assert light.viscosity_cst(100) == pytest.approx(2.2)


def test_thirty_kelvin_expand_a_tank_by_twelve_litres() -> None:
    cold, warm = FLUID.density(40), FLUID.density(70)
    assert 576 * (cold / warm - 1) == pytest.approx(12, rel=0.05)


def test_a_fluid_without_known_viscosity_is_refused() -> None:
    with pytest.raises(ValueError, match=r"allowed are .*gtl-light"):
        load_fluid("water")
