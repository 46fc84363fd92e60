"""What goes wrong inside a GPU: Xids and what each brings with it, memory errors, links."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

OFF_THE_BUS = 79
PCIE_GENERATION, PCIE_LANES = 5, 16
RESET_THE_GPU = 1
MOST_CODE = 999
WINDOW_S = 300

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Xid:
    """What the exporter says of an Xid, and what else is seen while it stands.

    Errors are added once, when it is told. ``recovery`` is NVML's recovery action.
    """

    text: str
    uncorrected_errors: int = 0
    remapped_rows: int = 0
    remap_pending: bool = False
    remap_failed: bool = False
    link_faults: int = 0
    hangs: bool = False
    recovery: int = 0


XIDS = {
    0: Xid("No Error"),
    13: Xid("Graphics Engine Exception"),
    31: Xid("GPU memory page fault"),
    43: Xid("GPU stopped processing"),
    45: Xid("Preemptive cleanup, due to previous errors"),
    48: Xid("Double Bit ECC Error", uncorrected_errors=1, recovery=RESET_THE_GPU),
    62: Xid("Internal micro-controller halt", hangs=True, recovery=RESET_THE_GPU),
    63: Xid("Row remapper: row remapping event", remapped_rows=1, remap_pending=True),
    64: Xid(
        "Row remapper: row remapping failure",
        uncorrected_errors=1,
        remap_failed=True,
        recovery=RESET_THE_GPU,
    ),
    74: Xid("NVLINK Error", link_faults=1, recovery=RESET_THE_GPU),
    OFF_THE_BUS: Xid("GPU has fallen off the bus"),
    92: Xid("High single-bit ECC error rate"),
    94: Xid("Contained ECC error", uncorrected_errors=1),
    95: Xid("Uncontained ECC error", uncorrected_errors=3, recovery=RESET_THE_GPU),
    119: Xid("GSP RPC Timeout", hangs=True, recovery=RESET_THE_GPU),
    120: Xid("GSP Error", hangs=True, recovery=RESET_THE_GPU),
    140: Xid("ECC unrecovered error", uncorrected_errors=1, recovery=RESET_THE_GPU),
}
OTHER = Xid("Unknown Error")


@dataclass(slots=True)
class Told:
    """How often the exporter was told of an Xid, and when in the last ``WINDOW_S``.

    Times are seconds since 1970, the last one last.
    """

    count: int
    recent_s: deque[float]

    def within(self, since_s: float) -> int:
        """Return how many came after a moment of the window."""
        return sum(at_s > since_s for at_s in self.recent_s)


@dataclass
class _Repeat:
    every_s: float
    left_s: float


class GpuHealth:
    """The health of every GPU of a tank; each array is of shape ``(gpus,)``.

    ECC counts of the driver's time (volatile) and of the time before it add up to a GPU's
    lifetime. ``per_s`` arrays are rates of counters that grow with time. ``clock`` tells seconds
    since 1970.
    """

    def __init__(self, count: int, rng: np.random.Generator) -> None:
        self.xid: Ints = np.zeros(count, np.int64)
        self.told: dict[tuple[int, int], Told] = {}
        """The Xids since the exporter started, by GPU and code."""
        self.clock: Callable[[], float] = time.time
        self._repeats: dict[tuple[int, int], _Repeat] = {}
        self._standing: dict[int, list[int]] = {}
        self.corrected_before: Floats = rng.poisson(0.4, count).astype(np.float64)
        self.corrected: Floats = np.zeros(count)
        self.corrected_per_s: Floats = np.zeros(count)
        self.uncorrected_before: Floats = np.zeros(count)
        self.uncorrected: Floats = np.zeros(count)
        self.correctable_rows: Ints = rng.poisson(0.02, count)
        self.uncorrectable_rows: Ints = np.zeros(count, np.int64)
        self.remap_pending = np.zeros(count, np.bool_)
        self.remap_failed = np.zeros(count, np.bool_)
        self.hung = np.zeros(count, np.bool_)
        self.recovery: Ints = np.zeros(count, np.int64)
        self.link_faults: Ints = np.zeros(count, np.int64)
        self.pcie_lanes: Ints = np.full(count, PCIE_LANES, np.int64)
        # Of a generator of its own: what is drawn here does not change what others draw after.
        (own,) = rng.spawn(1)
        self.replays: Floats = own.poisson(3, count).astype(np.float64)
        self.replays_per_s: Floats = np.zeros(count)
        self.hotspot_k: Floats = np.clip(own.normal(2.0, 0.6, count), 0.5, 4.0)
        """How much hotter than the core the hottest spot is at full power."""

    def step(self, dt_s: float) -> None:
        """Let the counters grow and Xids come again."""
        self.corrected += self.corrected_per_s * dt_s
        self.replays += self.replays_per_s * dt_s
        for (gpu, code), repeat in self._repeats.items():
            repeat.left_s -= dt_s
            if repeat.left_s <= 0:
                repeat.left_s += repeat.every_s
                self.tell(gpu, code)

    def tell(self, gpu: int, code: int) -> None:
        """Show an Xid in the gauge and count it."""
        self.xid[gpu] = code
        told, now_s = self.told.setdefault((gpu, code), Told(0, deque())), self.clock()
        told.count += 1
        told.recent_s.append(now_s)
        while told.recent_s[0] <= now_s - WINDOW_S:
            told.recent_s.popleft()

    def strike(self, gpu: int, code: int, every_s: float = 0.0) -> None:
        """Tell an Xid with what it brings along; nothing where it stands already.

        With ``every_s`` it is told again and again, without bringing more.
        """
        standing = self._standing.setdefault(gpu, [])
        if code in standing:
            return
        standing.append(code)
        self.tell(gpu, code)
        if every_s > 0:
            self._repeats[gpu, code] = _Repeat(every_s, every_s)
        what = XIDS.get(code, OTHER)
        self.uncorrected[gpu] += what.uncorrected_errors
        self.uncorrectable_rows[gpu] += what.remapped_rows
        self.link_faults[gpu] += what.link_faults
        self._follow(gpu)

    def reset(self, gpu: int, code: int) -> None:
        """Undo what an Xid brought, as a reset of the GPU does; lifetime counts stay."""
        standing = self._standing.get(gpu, [])
        if code not in standing:
            return
        standing.remove(code)
        self._repeats.pop((gpu, code), None)
        self.corrected_before[gpu] += self.corrected[gpu]
        self.uncorrected_before[gpu] += self.uncorrected[gpu]
        self.corrected[gpu] = self.uncorrected[gpu] = self.link_faults[gpu] = 0
        self.xid[gpu] = standing[-1] if standing else 0
        self._follow(gpu)

    def forget_xids(self, gpus: range) -> None:
        """Forget every Xid told: the exporter starts anew. What is broken stays broken."""
        self.xid[gpus.start : gpus.stop] = 0
        self.told = {key: told for key, told in self.told.items() if key[0] not in gpus}

    def renew(self, gpu: int) -> None:
        """Begin again with a GPU that has never seen an error."""
        for counts in (self.corrected, self.corrected_before, self.uncorrected, self.replays):
            counts[gpu] = 0
        self.uncorrected_before[gpu] = self.corrected_per_s[gpu] = 0
        self.correctable_rows[gpu] = self.uncorrectable_rows[gpu] = self.link_faults[gpu] = 0
        self.forget_xids(range(gpu, gpu + 1))
        for code in self._standing.pop(gpu, []):
            self._repeats.pop((gpu, code), None)
        self._follow(gpu)

    def _follow(self, gpu: int) -> None:
        """Set the flags to what the Xids that stand mean together."""
        kinds = [XIDS.get(code, OTHER) for code in self._standing.get(gpu, ())]
        self.remap_pending[gpu] = any(kind.remap_pending for kind in kinds)
        self.remap_failed[gpu] = any(kind.remap_failed for kind in kinds)
        self.hung[gpu] = any(kind.hangs for kind in kinds)
        self.recovery[gpu] = max((kind.recovery for kind in kinds), default=0)
