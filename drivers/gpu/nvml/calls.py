"""What a look at a GPU asks of NVML: point keys, and the ways to each, the preferred one first.

``FAST`` is asked at every look and ``SLOW`` every half minute; a test compares the split with
``resources/gpu/points.toml``. What must never be here: ``nvmlDeviceGetPcieThroughput``, which
sleeps for 20 ms in each direction.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

from drivers.gpu.nvml.links import link_errors
from drivers.gpu.nvml.ways import (
    CORRUPTED_INFOROM,
    Call,
    Field,
    NoValueError,
    Query,
    call,
    member,
    number,
)
from drivers.points import Reason

_WATTS = 1e-3  # NVML counts mW
_MEBIBYTES = 2.0**-20
_CORE, _HOTSPOT = 0, 1
_SM, _MEMORY = 1, 2
_CORRECTED, _UNCORRECTED = 0, 1
_VOLATILE, _AGGREGATE = 0, 1
_PAGE_CORRECTED, _PAGE_UNCORRECTED = 0, 1
_UNKNOWN_STATE = 32


def _memory(name: str) -> tuple[Call, Call]:
    """Version 2 does not count what the driver keeps for itself as used."""

    def read_v2(nvml: Any, handle: Any) -> Sequence[float]:
        info = nvml.nvmlDeviceGetMemoryInfo(handle, nvml.nvmlMemory_v2)
        return (number(getattr(info, name)) * _MEBIBYTES,)

    def read_v1(nvml: Any, handle: Any) -> Sequence[float]:
        return (number(getattr(nvml.nvmlDeviceGetMemoryInfo(handle), name)) * _MEBIBYTES,)

    return Call("nvmlMemory_v2", read_v2), Call("nvmlDeviceGetMemoryInfo", read_v1)


def _utilization(nvml: Any, handle: Any) -> Sequence[float]:
    rates = nvml.nvmlDeviceGetUtilizationRates(handle)
    return (number(rates.gpu), number(rates.memory))


def _state(function: str) -> Call:
    def read(nvml: Any, handle: Any) -> Sequence[float]:
        state = getattr(nvml, function)(handle)
        if state == _UNKNOWN_STATE:
            raise NoValueError(Reason.SENTINEL)
        return (number(state),)

    return Call(function, read)


def _sram_threshold(nvml: Any, handle: Any) -> Sequence[float]:
    status = nvml.c_nvmlEccSramErrorStatus_v1_t()
    status.version = nvml.nvmlEccSramErrorStatus_v1
    nvml.nvmlDeviceGetSramEccErrorStatus(handle, ctypes.byref(status))
    return (float(bool(status.bThresholdExceeded)),)


def _inforom(nvml: Any, handle: Any) -> Sequence[float]:
    try:
        nvml.nvmlDeviceValidateInforom(handle)
    except nvml.NVMLError as error:
        if error.value != CORRUPTED_INFOROM:
            raise
        return (0.0,)
    return (1.0,)


def _pages(function: str, cause: int) -> Call:
    def read(nvml: Any, handle: Any) -> Sequence[float]:
        return (float(len(getattr(nvml, function)(handle, cause))),)

    return Call(function, read)


def _fabric_v(nvml: Any, handle: Any) -> Sequence[float]:
    info = nvml.c_nvmlGpuFabricInfo_v2_t()
    nvml.nvmlDeviceGetGpuFabricInfoV(handle, ctypes.byref(info))
    return (number(info.state),)


def _fabric(nvml: Any, handle: Any) -> Sequence[float]:
    info = nvml.c_nvmlGpuFabricInfo_t()
    nvml.nvmlDeviceGetGpuFabricInfo(handle, ctypes.byref(info))
    return (number(info.state),)


def _ecc(error: int, counter: int, field: str) -> tuple[Field, Call]:
    return Field(field), call("nvmlDeviceGetTotalEccErrors", error, counter)


FAST: tuple[Query, ...] = (
    Query(
        ("core_temperature",),
        (
            call("nvmlDeviceGetTemperatureV", _CORE, signed=True),
            # Announced to go with CUDA 14; until then all that drivers before 560 have.
            call("nvmlDeviceGetTemperature", _CORE, signed=True),
        ),
    ),
    Query(("hotspot_temperature",), (call("nvmlDeviceGetTemperatureV", _HOTSPOT, signed=True),)),
    Query(("memory_temperature",), (Field("NVML_FI_DEV_MEMORY_TEMP", signed=True),)),
    Query(("thermal_margin",), (call("nvmlDeviceGetMarginTemperature", signed=True),)),
    Query(
        ("power",),
        (
            call("nvmlDeviceGetPowerUsage", scale=_WATTS),
            Field("NVML_FI_DEV_POWER_AVERAGE", scale=_WATTS),
        ),
    ),
    Query(("power_instant",), (Field("NVML_FI_DEV_POWER_INSTANT", scale=_WATTS),)),
    Query(
        ("energy",),
        (
            Field("NVML_FI_DEV_TOTAL_ENERGY_CONSUMPTION"),
            call("nvmlDeviceGetTotalEnergyConsumption"),
        ),
    ),
    Query(
        ("utilization", "memory_utilization"),
        (Call("nvmlDeviceGetUtilizationRates", _utilization),),
    ),
    Query(
        ("throttle_reasons",),
        (
            call("nvmlDeviceGetCurrentClocksEventReasons"),
            call("nvmlDeviceGetCurrentClocksThrottleReasons"),
        ),
    ),
    Query(
        ("performance_state",),
        (_state("nvmlDeviceGetPerformanceState"), _state("nvmlDeviceGetPowerState")),
    ),
    Query(("sm_clock",), (call("nvmlDeviceGetClockInfo", _SM),)),
    Query(("memory_clock",), (call("nvmlDeviceGetClockInfo", _MEMORY),)),
    Query(("memory_used",), _memory("used")),
    Query(
        ("pcie_replay_count",),
        (Field("NVML_FI_DEV_PCIE_REPLAY_COUNTER"), call("nvmlDeviceGetPcieReplayCounter")),
    ),
    Query(("pcie_generation",), (call("nvmlDeviceGetCurrPcieLinkGeneration"),)),
    Query(("pcie_width",), (call("nvmlDeviceGetCurrPcieLinkWidth"),)),
    Query(("recovery_action",), (Field("NVML_FI_DEV_GET_GPU_RECOVERY_ACTION"),)),
)

SLOW: tuple[Query, ...] = (
    Query(
        ("power_limit",),
        (
            call("nvmlDeviceGetEnforcedPowerLimit", scale=_WATTS),
            Field("NVML_FI_DEV_POWER_CURRENT_LIMIT", scale=_WATTS),
        ),
    ),
    Query(("sm_clock_max",), (call("nvmlDeviceGetMaxClockInfo", _SM),)),
    Query(("memory_total",), _memory("total")),
    Query(("ecc_mode",), (member("nvmlDeviceGetEccMode", 0), Field("NVML_FI_DEV_ECC_CURRENT"))),
    Query(
        ("ecc_corrected_volatile",),
        _ecc(_CORRECTED, _VOLATILE, "NVML_FI_DEV_ECC_SBE_VOL_TOTAL"),
    ),
    Query(
        ("ecc_uncorrected_volatile",),
        _ecc(_UNCORRECTED, _VOLATILE, "NVML_FI_DEV_ECC_DBE_VOL_TOTAL"),
    ),
    Query(
        ("ecc_corrected_aggregate",),
        _ecc(_CORRECTED, _AGGREGATE, "NVML_FI_DEV_ECC_SBE_AGG_TOTAL"),
    ),
    Query(
        ("ecc_uncorrected_aggregate",),
        _ecc(_UNCORRECTED, _AGGREGATE, "NVML_FI_DEV_ECC_DBE_AGG_TOTAL"),
    ),
    Query(
        ("sram_threshold_exceeded",), (Call("nvmlDeviceGetSramEccErrorStatus", _sram_threshold),)
    ),
    Query(
        (
            "correctable_remapped_rows",
            "uncorrectable_remapped_rows",
            "row_remap_pending",
            "row_remap_failure",
        ),
        (member("nvmlDeviceGetRemappedRows", 0, 1, 2, 3),),
    ),
    Query(
        ("retired_pages_corrected",),
        (
            Field("NVML_FI_DEV_RETIRED_SBE"),
            _pages("nvmlDeviceGetRetiredPages", _PAGE_CORRECTED),
        ),
    ),
    Query(
        ("retired_pages_uncorrected",),
        (
            Field("NVML_FI_DEV_RETIRED_DBE"),
            _pages("nvmlDeviceGetRetiredPages", _PAGE_UNCORRECTED),
        ),
    ),
    Query(
        ("retired_pages_pending",),
        (
            Field("NVML_FI_DEV_RETIRED_PENDING"),
            call("nvmlDeviceGetRetiredPagesPendingStatus"),
        ),
    ),
    Query(
        ("channel_repair_pending", "tpc_repair_pending"),
        (member("nvmlDeviceGetRepairStatus", 0, 1),),
    ),
    Query(("unrepairable_memory",), (call("nvmlDeviceGetUnrepairableMemoryFlag_v1"),)),
    Query(("inforom_valid",), (Call("nvmlDeviceValidateInforom", _inforom),)),
    Query(("pcie_generation_max",), (call("nvmlDeviceGetMaxPcieLinkGeneration"),)),
    Query(("pcie_width_max",), (call("nvmlDeviceGetMaxPcieLinkWidth"),)),
    Query(("nvlink_errors",), (Call("nvmlDeviceGetFieldValues", link_errors),)),
    Query(
        ("fabric_state",),
        (
            Call("nvmlDeviceGetGpuFabricInfoV", _fabric_v),
            Call("nvmlDeviceGetGpuFabricInfo", _fabric),
        ),
    ),
    Query(("mig_mode",), (member("nvmlDeviceGetMigMode", 0),)),
)

OFFSETS: tuple[Query, ...] = (
    Query(
        ("max_operating_margin",),
        (Field("NVML_FI_DEV_TEMPERATURE_GPU_MAX_TLIMIT", signed=True),),
    ),
    Query(("slowdown_margin",), (Field("NVML_FI_DEV_TEMPERATURE_SLOWDOWN_TLIMIT", signed=True),)),
    Query(("shutdown_margin",), (Field("NVML_FI_DEV_TEMPERATURE_SHUTDOWN_TLIMIT", signed=True),)),
)
"""Limits as the margin they leave, in K and at most a few below zero."""

THRESHOLDS: tuple[Query, ...] = (
    Query(("max_operating",), (call("nvmlDeviceGetTemperatureThreshold", 3, signed=True),)),
    Query(("slowdown",), (call("nvmlDeviceGetTemperatureThreshold", 1, signed=True),)),
    Query(("shutdown",), (call("nvmlDeviceGetTemperatureThreshold", 0, signed=True),)),
)
"""The same as temperatures, for a GPU that tells no margin."""
