"""The dielectric fluid: density, heat and viscosity by temperature."""

from __future__ import annotations

import math
from dataclasses import dataclass

import resources
from drivers.files import read_toml

REFERENCE_C = 40.0
KELVIN = 273.15
# Kinematic viscosity at 40 and 100 Cel in cSt, from public secondary figures; the fluid table of
# the resources holds none because the console does not need it.
VISCOSITY_CST = {"gtl-light": (9.8, 2.6), "pao-light": (7.5, 2.2)}


@dataclass(frozen=True, slots=True)
class Fluid:
    """A single-phase fluid; density and specific heat hold at 40 Cel.

    ``walther_a`` and ``walther_b`` are the constants of log10 log10(v + 0.7) = A - B log10 T with
    v in cSt and T in kelvin.
    """

    density_kg_m3: float
    specific_heat_j_kgk: float
    expansion_per_k: float
    walther_a: float
    walther_b: float

    def density(self, temperature_c: float) -> float:
        """Return the density in kg/m3."""
        return self.density_kg_m3 / (1 + self.expansion_per_k * (temperature_c - REFERENCE_C))

    def viscosity_cst(self, temperature_c: float) -> float:
        """Return the kinematic viscosity in cSt (Walther)."""
        inner = self.walther_a - self.walther_b * math.log10(temperature_c + KELVIN)
        return float(10 ** (10**inner)) - 0.7


def load_fluid(name: str) -> Fluid:
    """Return a shipped fluid; raises ValueError naming those whose viscosity is known."""
    if name not in VISCOSITY_CST:
        raise ValueError(f"no viscosity for fluid {name!r}; allowed are {sorted(VISCOSITY_CST)}")
    table = read_toml(resources.path("fluids.toml"))[name]
    a, b = walther(*VISCOSITY_CST[name])
    return Fluid(
        density_kg_m3=table["density_kg_m3"],
        specific_heat_j_kgk=table["specific_heat_j_kgk"],
        expansion_per_k=table["expansion_per_k"],
        walther_a=a,
        walther_b=b,
    )


def walther(cst_at_40: float, cst_at_100: float) -> tuple[float, float]:
    """Return the Walther constants (A, B) through the viscosities at 40 and 100 Cel."""
    warm, hot = (math.log10(math.log10(v + 0.7)) for v in (cst_at_40, cst_at_100))
    log_warm, log_hot = math.log10(40 + KELVIN), math.log10(100 + KELVIN)
    slope = (warm - hot) / (log_hot - log_warm)
    return warm + slope * log_warm, slope
