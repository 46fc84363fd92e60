"""What the GPUs are asked to do: jobs per host that come and go, and a slow walk within one."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

JOB_S = 2400.0
PAUSE_S = 150.0
BUSY_AT_START = 0.94
INTENSITY = (0.80, 1.0)
WALK_S = 40.0
WALK_DEPTH = 0.03


class Workload:
    """The utilisation asked of every GPU of a tank, hosts one after the other.

    ``forced`` is what a host is made to do whatever its jobs, NaN where nobody does.
    ``demand`` is float64 of shape ``(hosts * gpus_per_host,)`` from 0 to 1. The generator is
    drawn from equally in every step, so that faults do not change what is to come.
    """

    def __init__(self, hosts: int, gpus_per_host: int, rng: np.random.Generator) -> None:
        self._rng = rng
        self._gpus_per_host = gpus_per_host
        self.busy = rng.random(hosts) < BUSY_AT_START
        self._intensity = rng.uniform(*INTENSITY, hosts)
        self._walk = rng.standard_normal(hosts * gpus_per_host)
        self.forced = np.full(hosts, np.nan)

    @property
    def demand(self) -> NDArray[np.float64]:
        """The utilisation asked for now."""
        by_jobs = np.where(self.busy, self._intensity, 0.0)
        asked = np.where(np.isnan(self.forced), by_jobs, self.forced)
        level = np.repeat(asked, self._gpus_per_host)
        return np.minimum(level * (1 + WALK_DEPTH * self._walk), 1.0)

    def step(self, dt_s: float) -> None:
        """Let jobs start and stop, and walk."""
        keep = math.exp(-dt_s / WALK_S)
        noise = self._rng.standard_normal(self._walk.size)
        self._walk = self._walk * keep + noise * math.sqrt(1 - keep**2)
        chance = self._rng.random((2, self.busy.size))
        flip = chance[0] < dt_s / np.where(self.busy, JOB_S, PAUSE_S)
        if flip.any():
            starting = flip & ~self.busy
            low, high = INTENSITY
            self._intensity = np.where(starting, low + (high - low) * chance[1], self._intensity)
            self.busy = self.busy ^ flip
