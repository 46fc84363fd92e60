"""The fields that dcgm-exporter shows by default, and what the simulated GPUs say in each.

Those that a site should add are in :mod:`.recommended_counters`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.simulator.gpus import MEM_CLOCK_MHZ, GpuBank

MEMORY_MIB = 81_559
RESERVED_MIB = 551

Column = NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class Counter:
    """One field: its name, its Prometheus type, its help text and where its values come from."""

    name: str
    kind: str
    text: str
    values: Callable[[GpuBank], Column]
    decimals: int = 0


def zeros(bank: GpuBank) -> Column:
    """Nothing, for every GPU."""
    return np.zeros(bank.count)


def used_mib(bank: GpuBank) -> Column:
    """The memory that jobs take."""
    return np.where(bank.utilisation > 0.01, 61_000 + 9_000 * bank.utilisation, 4)


COUNTERS: tuple[Counter, ...] = (
    Counter("SM_CLOCK", "gauge", "Clock of the multiprocessors in MHz.", lambda b: b.sm_clock_mhz),
    Counter(
        "MEM_CLOCK",
        "gauge",
        "Clock of the memory in MHz.",
        lambda b: np.full(b.count, MEM_CLOCK_MHZ),
    ),
    Counter("MEMORY_TEMP", "gauge", "Temperature of the memory in C.", lambda b: b.memory_c),
    Counter("GPU_TEMP", "gauge", "Temperature of the GPU in C.", lambda b: b.core_c),
    Counter("POWER_USAGE", "gauge", "Power drawn in W.", lambda b: b.power_w, 6),
    Counter(
        "TOTAL_ENERGY_CONSUMPTION",
        "counter",
        "Energy used since the driver was loaded in mJ.",
        lambda b: b.energy_j * 1000,
    ),
    Counter(
        "PCIE_REPLAY_COUNTER", "counter", "PCIe packets sent again.", lambda b: b.health.replays
    ),
    Counter("GPU_UTIL", "gauge", "Utilisation of the GPU in %.", lambda b: 100 * b.utilisation),
    Counter(
        "MEM_COPY_UTIL", "gauge", "Utilisation of the memory in %.", lambda b: 58 * b.utilisation
    ),
    Counter("ENC_UTIL", "gauge", "Utilisation of the encoder in %.", zeros),
    Counter("DEC_UTIL", "gauge", "Utilisation of the decoder in %.", zeros),
    Counter("XID_ERRORS", "gauge", "The last Xid error.", lambda b: b.health.xid),
    Counter(
        "FB_FREE",
        "gauge",
        "Memory free in MiB.",
        lambda b: MEMORY_MIB - RESERVED_MIB - np.round(used_mib(b).astype(float)),
    ),
    Counter("FB_USED", "gauge", "Memory used in MiB.", used_mib),
    Counter(
        "FB_RESERVED", "gauge", "Memory reserved in MiB.", lambda b: np.full(b.count, RESERVED_MIB)
    ),
    Counter(
        "UNCORRECTABLE_REMAPPED_ROWS",
        "counter",
        "Rows remapped for uncorrectable errors.",
        lambda b: b.health.uncorrectable_rows,
    ),
    Counter(
        "CORRECTABLE_REMAPPED_ROWS",
        "counter",
        "Rows remapped for correctable errors.",
        lambda b: b.health.correctable_rows,
    ),
    Counter(
        "ROW_REMAP_FAILURE",
        "gauge",
        "Whether remapping a row has failed.",
        lambda b: b.health.remap_failed,
    ),
    Counter("VGPU_LICENSE_STATUS", "gauge", "Whether a vGPU licence is in use.", zeros),
)
PROFILING: tuple[Counter, ...] = (
    Counter(
        "GR_ENGINE_ACTIVE",
        "gauge",
        "Share of time the engine was active.",
        lambda b: b.utilisation,
        6,
    ),
    Counter(
        "PIPE_TENSOR_ACTIVE",
        "gauge",
        "Share of cycles the tensor pipes were active.",
        lambda b: 0.55 * b.utilisation,
        6,
    ),
    Counter(
        "DRAM_ACTIVE",
        "gauge",
        "Share of cycles the memory interface was active.",
        lambda b: 0.42 * b.utilisation,
        6,
    ),
    Counter(
        "PCIE_TX_BYTES",
        "gauge",
        "Bytes sent over PCIe per second.",
        lambda b: 4.0e9 * b.utilisation,
    ),
    Counter(
        "PCIE_RX_BYTES",
        "gauge",
        "Bytes received over PCIe per second.",
        lambda b: 6.0e9 * b.utilisation,
    ),
)
NVLINK = Counter(
    "DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL",
    "counter",
    "Traffic over all lanes of a link.",
    lambda b: b.energy_j / 50,
)
