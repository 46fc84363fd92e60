"""The fields that dcgm-exporter shows only where a site's counters file asks for them.

Retired pages are not among them: parts since Ampere remap rows instead, and show no such field.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from drivers.simulator.counters import MEMORY_MIB, Column, Counter, zeros
from drivers.simulator.gpu_health import PCIE_GENERATION, PCIE_LANES
from drivers.simulator.gpus import MEM_CLOCK_MHZ, POWER_LIMIT_W, SM_CLOCK_MHZ, GpuBank

FABRIC_COMPLETED = 3


def same(value: float) -> Callable[[GpuBank], Column]:
    """Return what says the same of every GPU."""
    return lambda bank: np.full(bank.count, value)


def corrected_ever(bank: GpuBank) -> Column:
    """Corrected errors over the life of each GPU."""
    return bank.health.corrected_before + bank.health.corrected


def uncorrected_ever(bank: GpuBank) -> Column:
    """Uncorrected errors over the life of each GPU."""
    return bank.health.uncorrected_before + bank.health.uncorrected


RECOMMENDED: tuple[Counter, ...] = (
    Counter(
        "GPU_TEMP_LIMIT",
        "gauge",
        "Distance to the slowdown temperature in C, negative above it.",
        lambda b: b.margin_k,
    ),
    Counter(
        "POWER_USAGE_INSTANT", "gauge", "Power drawn at this moment in W.", lambda b: b.power_w, 6
    ),
    Counter(
        "ENFORCED_POWER_LIMIT", "gauge", "Power that the GPU may draw in W.", same(POWER_LIMIT_W), 6
    ),
    Counter("PSTATE", "gauge", "Performance state, 0 the fastest.", zeros),
    Counter(
        "MAX_SM_CLOCK", "gauge", "Highest clock of the multiprocessors in MHz.", same(SM_CLOCK_MHZ)
    ),
    Counter("MAX_MEM_CLOCK", "gauge", "Highest clock of the memory in MHz.", same(MEM_CLOCK_MHZ)),
    Counter(
        "CLOCKS_EVENT_REASONS",
        "gauge",
        "Why clocks are lowered, as a bit mask.",
        lambda b: b.clocks_event_reasons,
    ),
    Counter("FB_TOTAL", "gauge", "Memory of the GPU in MiB.", same(MEMORY_MIB)),
    Counter("ECC_CURRENT", "gauge", "Whether memory errors are corrected.", same(1)),
    Counter(
        "ECC_SBE_VOL_TOTAL",
        "counter",
        "Corrected memory errors since the driver was loaded.",
        lambda b: b.health.corrected,
    ),
    Counter(
        "ECC_DBE_VOL_TOTAL",
        "counter",
        "Uncorrected memory errors since the driver was loaded.",
        lambda b: b.health.uncorrected,
    ),
    Counter(
        "ECC_SBE_AGG_TOTAL",
        "counter",
        "Corrected memory errors over the life of the GPU.",
        corrected_ever,
    ),
    Counter(
        "ECC_DBE_AGG_TOTAL",
        "counter",
        "Uncorrected memory errors over the life of the GPU.",
        uncorrected_ever,
    ),
    Counter("THRESHOLD_SRM", "gauge", "Whether SRAM has seen more errors than it may.", zeros),
    Counter(
        "ROW_REMAP_PENDING",
        "gauge",
        "Whether a row waits for a reset to be remapped.",
        lambda b: b.health.remap_pending,
    ),
    Counter("PCIE_LINK_GEN", "gauge", "Generation of the PCIe link.", same(PCIE_GENERATION)),
    Counter(
        "PCIE_MAX_LINK_GEN", "gauge", "Highest generation of the PCIe link.", same(PCIE_GENERATION)
    ),
    Counter("PCIE_LINK_WIDTH", "gauge", "Lanes of the PCIe link.", lambda b: b.health.pcie_lanes),
    Counter("PCIE_MAX_LINK_WIDTH", "gauge", "Most lanes of the PCIe link.", same(PCIE_LANES)),
    Counter(
        "NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL",
        "counter",
        "Checksum errors of NVLink control.",
        lambda b: 17 * b.health.link_faults,
    ),
    Counter(
        "NVLINK_CRC_DATA_ERROR_COUNT_TOTAL",
        "counter",
        "Checksum errors of NVLink data.",
        lambda b: 3 * b.health.link_faults,
    ),
    Counter(
        "NVLINK_REPLAY_ERROR_COUNT_TOTAL",
        "counter",
        "NVLink packets sent again.",
        lambda b: 5 * b.health.link_faults,
    ),
    Counter(
        "NVLINK_RECOVERY_ERROR_COUNT_TOTAL",
        "counter",
        "NVLink recoveries.",
        lambda b: b.health.link_faults,
    ),
    Counter("MIG_MODE", "gauge", "Whether the GPU is shared out in instances.", zeros),
    Counter(
        "MEMORY_UNREPAIRABLE_FLAG", "gauge", "Whether memory cannot be repaired any more.", zeros
    ),
    Counter("INFOROM_CONFIG_VALID", "gauge", "Whether the InfoROM is sound.", same(1)),
    Counter("FABRIC_MANAGER_STATUS", "gauge", "State of the fabric.", same(FABRIC_COMPLETED)),
    Counter(
        "GET_GPU_RECOVERY_ACTION",
        "gauge",
        "What the driver wants done.",
        lambda b: b.health.recovery,
    ),
)
