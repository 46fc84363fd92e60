"""Where the heat is: fluid in cells from bottom to top, the supply pipe, and the IT mass."""

from __future__ import annotations

from dataclasses import dataclass, field

from drivers.simulator.fluid import REFERENCE_C, Fluid

CELLS = 3
SUPPLY_PIPE_L = 20.0
IT_CONDUCTANCE_W_K = 3000.0
AMBIENT_CONDUCTANCE_W_K = 10.0
LITRES_PER_M3 = 1000.0


@dataclass
class FluidBody:
    """The fluid of a tank and the metal in it; temperatures in Cel, masses in kg.

    Flow carries fluid from the exchanger through the supply pipe and upward through the cells.
    All changes of temperature are heat divided by heat capacity, so that energy is kept exactly.
    """

    fluid: Fluid
    volume_l: float
    it_heat_capacity_j_k: float
    ambient_c: float
    scale: float = 1.0
    cells_c: list[float] = field(default_factory=lambda: [REFERENCE_C] * CELLS)
    supply_c: float = REFERENCE_C
    it_c: float = REFERENCE_C
    lost_to_ambient_j: float = 0.0
    leaked_j: float = 0.0
    leaked_kg: float = 0.0
    mass_kg: float = field(init=False)
    _full_kg: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.mass_kg = self.volume_l / LITRES_PER_M3 * self.fluid.density_kg_m3
        self._full_kg = self.mass_kg

    @property
    def bulk_c(self) -> float:
        """The mean temperature around the servers."""
        return sum(self.cells_c) / CELLS

    @property
    def return_c(self) -> float:
        """The temperature at the top, where the fluid leaves."""
        return self.cells_c[-1]

    @property
    def volume_now_l(self) -> float:
        """The volume of the fluid as expanded by its temperature."""
        expansion = self.fluid.expansion_per_k
        cold_l = (self._cell_kg() * CELLS, self._pipe_kg())
        warm_k = (self.bulk_c - REFERENCE_C, self.supply_c - REFERENCE_C)
        litres = sum(kg * (1 + expansion * k) for kg, k in zip(cold_l, warm_k, strict=True))
        return litres / self.fluid.density_kg_m3 * LITRES_PER_M3

    @property
    def stored_j(self) -> float:
        """The heat in fluid and IT mass above 0 Cel."""
        specific = self.fluid.specific_heat_j_kgk
        fluid_j = specific * (self._cell_kg() * sum(self.cells_c) + self._pipe_kg() * self.supply_c)
        return fluid_j + self.it_heat_capacity_j_k * self.it_c

    def capacity_rate_w_k(self, flow_l_min: float) -> float:
        """Return the heat that the flow carries per kelvin."""
        kg_s = flow_l_min / 60 / LITRES_PER_M3 * self.fluid.density(self.supply_c)
        return kg_s * self.fluid.specific_heat_j_kgk

    def ambient_loss_w(self) -> float:
        """Return the heat that the tank's walls lose."""
        return AMBIENT_CONDUCTANCE_W_K * (self.bulk_c - self.ambient_c)

    def step(
        self, dt_s: float, rate_w_k: float, removed_w: float, base_w: float, gpu_j: float
    ) -> None:
        """Advance by ``dt_s`` with a flow of ``rate_w_k`` from which the exchanger takes heat."""
        specific = self.fluid.specific_heat_j_kgk
        cell_j_k, pipe_j_k = self._cell_kg() * specific, self._pipe_kg() * specific
        warmed_w = IT_CONDUCTANCE_W_K * (self.it_c - self.bulk_c)
        loss_w = self.ambient_loss_w()
        self.it_c += (base_w - warmed_w) * dt_s / self.it_heat_capacity_j_k
        each_j = (gpu_j + (warmed_w - loss_w) * dt_s) / CELLS
        below_c, cells_c = self.supply_c, []
        for cell_c in self.cells_c:
            carried_j = rate_w_k * (below_c - cell_c) * dt_s
            cells_c.append(cell_c + (carried_j + each_j) / cell_j_k)
            below_c = cell_c
        carried_j = (rate_w_k * (below_c - self.supply_c) - removed_w) * dt_s
        self.supply_c += carried_j / pipe_j_k
        self.cells_c = cells_c
        self.lost_to_ambient_j += loss_w * dt_s

    def leak(self, litres: float) -> None:
        """Lose fluid of the tank's own temperature, at most down to a tenth of the fill."""
        kg = min(
            litres / LITRES_PER_M3 * self.fluid.density(self.bulk_c),
            self.mass_kg - self._full_kg / 10,
        )
        before_j = self.stored_j
        self.mass_kg -= kg
        self.leaked_kg += kg
        self.leaked_j += before_j - self.stored_j

    def top_up(self) -> None:
        """Fill up to the original mass with fluid of the tank's own temperature."""
        before_j = self.stored_j
        self.mass_kg, self.leaked_kg = self._full_kg, 0.0
        self.leaked_j += before_j - self.stored_j

    def _pipe_kg(self) -> float:
        pipe_l = min(SUPPLY_PIPE_L * self.scale, self.volume_l / 4)
        return self.mass_kg * pipe_l / self.volume_l

    def _cell_kg(self) -> float:
        return (self.mass_kg - self._pipe_kg()) / CELLS
