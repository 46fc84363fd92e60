"""The metrics of nvidia_gpu_exporter, in SI units, and what the simulated GPUs say in each.

Metric names and units are those of the exporter's own expected outputs for an H100; those of its
NVML backend are among them. What an H100 does not answer (retired pages, fan) is not in them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drivers.simulator.counters import MEMORY_MIB, RESERVED_MIB, Column, used_mib, zeros
from drivers.simulator.gpu_health import PCIE_GENERATION, PCIE_LANES
from drivers.simulator.gpus import MEM_CLOCK_MHZ, POWER_LIMIT_W, SM_CLOCK_MHZ, GpuBank
from drivers.simulator.recommended_counters import (
    FABRIC_COMPLETED,
    corrected_ever,
    same,
    uncorrected_ever,
)

HZ, BYTES = 1e6, 2**20


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its name after ``nvidia_smi_``, the query field behind it and its values.

    ``values`` are rounded to ``decimals`` as nvidia-smi does, then multiplied by ``scale``.
    """

    name: str
    text: str
    values: Callable[[GpuBank], Column]
    decimals: int = 0
    scale: float = 1.0
    kind: str = "gauge"


def _used(bank: GpuBank) -> Column:
    return np.round(used_mib(bank).astype(float))


METRICS: tuple[Metric, ...] = (
    Metric(
        "clocks_current_memory_clock_hz",
        "clocks.current.memory [MHz]",
        same(MEM_CLOCK_MHZ),
        scale=HZ,
    ),
    Metric(
        "clocks_current_sm_clock_hz",
        "clocks.current.sm [MHz]",
        lambda b: b.sm_clock_mhz,
        scale=HZ,
    ),
    Metric(
        "clocks_event_reasons_active",
        "clocks_event_reasons.active",
        lambda b: b.clocks_event_reasons,
    ),
    Metric("clocks_max_memory_clock_hz", "clocks.max.memory [MHz]", same(MEM_CLOCK_MHZ), scale=HZ),
    Metric("clocks_max_sm_clock_hz", "clocks.max.sm [MHz]", same(SM_CLOCK_MHZ), scale=HZ),
    Metric(
        "ecc_errors_corrected_aggregate_total",
        "ecc.errors.corrected.aggregate.total",
        corrected_ever,
    ),
    Metric(
        "ecc_errors_corrected_volatile_total",
        "ecc.errors.corrected.volatile.total",
        lambda b: b.health.corrected,
    ),
    Metric(
        "ecc_errors_uncorrected_aggregate_sram_threshold_exceeded",
        "ecc.errors.uncorrected.aggregate.sram.thresholdExceeded",
        zeros,
    ),
    Metric(
        "ecc_errors_uncorrected_aggregate_total",
        "ecc.errors.uncorrected.aggregate.total",
        uncorrected_ever,
    ),
    Metric(
        "ecc_errors_uncorrected_volatile_total",
        "ecc.errors.uncorrected.volatile.total",
        lambda b: b.health.uncorrected,
    ),
    Metric("ecc_mode_current", "ecc.mode.current", same(1)),
    Metric(
        "energy_joules_total",
        "Energy used since the driver was loaded.",
        lambda b: b.energy_j,
        3,
        kind="counter",
    ),
    Metric("enforced_power_limit_watts", "enforced.power.limit [W]", same(POWER_LIMIT_W), 2),
    Metric("fabric_state", "fabric.state", same(FABRIC_COMPLETED)),
    Metric("gpu_recovery_action", "gpu_recovery_action", lambda b: b.health.recovery),
    Metric(
        "memory_free_bytes",
        "memory.free [MiB]",
        lambda b: MEMORY_MIB - RESERVED_MIB - _used(b),
        scale=BYTES,
    ),
    Metric("memory_reserved_bytes", "memory.reserved [MiB]", same(RESERVED_MIB), scale=BYTES),
    Metric("memory_total_bytes", "memory.total [MiB]", same(MEMORY_MIB), scale=BYTES),
    Metric("memory_used_bytes", "memory.used [MiB]", _used, scale=BYTES),
    Metric("mig_mode_current", "mig.mode.current", zeros),
    Metric("pcie_link_gen_current", "pcie.link.gen.current", same(PCIE_GENERATION)),
    Metric("pcie_link_gen_max", "pcie.link.gen.max", same(PCIE_GENERATION)),
    Metric("pcie_link_width_current", "pcie.link.width.current", lambda b: b.health.pcie_lanes),
    Metric("pcie_link_width_max", "pcie.link.width.max", same(PCIE_LANES)),
    Metric("power_draw_average_watts", "power.draw.average [W]", lambda b: b.power_w, 2),
    Metric("power_draw_instant_watts", "power.draw.instant [W]", lambda b: b.power_w, 2),
    Metric("power_draw_watts", "power.draw [W]", lambda b: b.power_w, 2),
    Metric("power_limit_watts", "power.limit [W]", same(POWER_LIMIT_W), 2),
    Metric("pstate", "pstate", zeros),
    Metric(
        "remapped_rows_correctable",
        "remapped_rows.correctable",
        lambda b: b.health.correctable_rows,
    ),
    Metric("remapped_rows_failure", "remapped_rows.failure", lambda b: b.health.remap_failed),
    Metric("remapped_rows_pending", "remapped_rows.pending", lambda b: b.health.remap_pending),
    Metric(
        "remapped_rows_uncorrectable",
        "remapped_rows.uncorrectable",
        lambda b: b.health.uncorrectable_rows,
    ),
    Metric("temperature_gpu", "temperature.gpu", lambda b: b.core_c),
    Metric("temperature_gpu_tlimit", "temperature.gpu.tlimit", lambda b: b.margin_k),
    Metric("temperature_memory", "temperature.memory", lambda b: b.memory_c),
    Metric("utilization_gpu_ratio", "utilization.gpu [%]", lambda b: b.utilisation, 2),
    Metric("utilization_memory_ratio", "utilization.memory [%]", lambda b: 0.58 * b.utilisation, 2),
)
