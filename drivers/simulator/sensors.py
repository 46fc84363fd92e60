"""What a sensor makes of a quantity: it lags behind, and it is never quite still."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

# key: (time constant in s, noise as standard deviation in the quantity's own unit)
SENSORS: dict[str, tuple[float, float]] = {
    "coolant_supply_temperature": (4.0, 0.03),
    "coolant_return_temperature": (6.0, 0.03),
    "coolant_flow": (1.5, 0.6),
    "level": (5.0, 0.25),
    "it_power": (1.0, 0.03),
    "facility_supply_temperature": (4.0, 0.03),
    "facility_return_temperature": (4.0, 0.03),
    "facility_flow": (1.5, 0.3),
    "filter[1].delta_pressure": (2.0, 0.04),
    "ambient_temperature": (60.0, 0.03),
}
_INDEX = {key: i for i, key in enumerate(SENSORS)}
_NOT_NEGATIVE = np.array(["flow" in key or key == "it_power" for key in SENSORS])


class SensorBank:
    """Every analogue sensor of one tank, in the order of :data:`SENSORS`."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        lag_s, noise = (np.array(column) for column in zip(*SENSORS.values(), strict=True))
        self._lag_s, self._noise = lag_s, noise
        self._seen = np.zeros(len(SENSORS))
        self._shown = np.zeros(len(SENSORS))

    def settle(self, true: Mapping[str, float]) -> None:
        """Start every sensor at rest on the true values."""
        self._seen = self._shown = np.array([true[key] for key in SENSORS])

    def step(self, dt_s: float, true: Mapping[str, float]) -> None:
        """Follow the true values for ``dt_s``."""
        target = np.array([true[key] for key in SENSORS])
        self._seen = target + (self._seen - target) * np.exp(-dt_s / self._lag_s)
        shown = self._seen + self._noise * self._rng.standard_normal(self._noise.size)
        self._shown = np.where(_NOT_NEGATIVE, np.maximum(shown, 0.0), shown)

    def lagged(self, key: str) -> float:
        """Return a value without its noise, as a filtered controller input."""
        return float(self._seen[_INDEX[key]])

    def readings(self) -> dict[str, float]:
        """Return every sensor's value by point key."""
        return dict(zip(SENSORS, self._shown.tolist(), strict=True))
