"""GPUs as captured: an H100 at rest and at work, an RTX 4080 SUPER at work."""

from __future__ import annotations

from typing import Any

from tests.fake_nvml.machine import FakeGpu, FieldAnswer

MIB = 2**20
_UINT, _ULL, _SINT = 1, 3, 5
_XID_EVENTS = 0x8
ENERGY_MJ = 6_123_456_789_012
"""Beyond 32 bits, as it is after three months of work; not from a capture."""


def _h100_calls() -> dict[Any, Any]:
    return {
        "nvmlDeviceGetName": "NVIDIA H100 80GB HBM3",
        "nvmlDeviceGetVbiosVersion": "96.00.A5.00.01",
        "nvmlDeviceGetBoardPartNumber": "692-2G520-0200-000",
        "nvmlDeviceGetInforomImageVersion": "G520.0200.00.05",
        "nvmlDeviceGetModuleId": 7,
        "nvmlDeviceValidateInforom": (),
        ("nvmlDeviceGetTemperatureV", 0): {"temperature": 59},
        ("nvmlDeviceGetTemperature", 0): 59,
        "nvmlDeviceGetMarginTemperature": {"marginTemperature": 26},
        ("nvmlDeviceGetTemperatureThreshold", 0): 95,
        ("nvmlDeviceGetTemperatureThreshold", 1): 89,
        ("nvmlDeviceGetTemperatureThreshold", 3): 87,
        "nvmlDeviceGetPowerUsage": 629_450,
        "nvmlDeviceGetEnforcedPowerLimit": 700_000,
        "nvmlDeviceGetUtilizationRates": {"gpu": 100, "memory": 11},
        "nvmlDeviceGetCurrentClocksEventReasons": 0,
        "nvmlDeviceGetPerformanceState": 0,
        ("nvmlDeviceGetClockInfo", 1): 1980,
        ("nvmlDeviceGetClockInfo", 2): 2619,
        ("nvmlDeviceGetMaxClockInfo", 1): 1980,
        "nvmlDeviceGetMemoryInfo_v2": {"total": 81_559 * MIB, "used": 19_818 * MIB},
        "nvmlDeviceGetMemoryInfo": {"total": 81_559 * MIB, "used": (19_818 + 479) * MIB},
        "nvmlDeviceGetEccMode": (1, 1),
        "nvmlDeviceGetTotalEccErrors": 0,
        "nvmlDeviceGetSramEccErrorStatus": {"bThresholdExceeded": 0},
        "nvmlDeviceGetRemappedRows": (0, 0, 0, 0),
        "nvmlDeviceGetRepairStatus": {"bChannelRepairPending": 0, "bTpcRepairPending": 0},
        "nvmlDeviceGetUnrepairableMemoryFlag_v1": {"unrepairableMemory": 0},
        "nvmlDeviceGetPcieReplayCounter": 9,
        "nvmlDeviceGetCurrPcieLinkGeneration": 5,
        "nvmlDeviceGetMaxPcieLinkGeneration": 5,
        "nvmlDeviceGetCurrPcieLinkWidth": 16,
        "nvmlDeviceGetMaxPcieLinkWidth": 16,
        "nvmlDeviceGetGpuFabricInfoV": {"state": 3},
        "nvmlDeviceGetMigMode": (0, 0),
        "nvmlDeviceGetSupportedEventTypes": _XID_EVENTS,
    }


def _h100_fields() -> dict[Any, Any]:
    zero = FieldAnswer(_ULL, 0)
    links = {(field, link): zero for field in (161, 162, 163) for link in range(18)}
    return links | {
        1: FieldAnswer(_UINT, 1),
        3: zero,
        4: zero,
        5: zero,
        6: zero,
        82: FieldAnswer(_UINT, 55),
        83: FieldAnswer(_ULL, ENERGY_MJ),
        91: FieldAnswer(_UINT, 18),
        94: FieldAnswer(_UINT, 9),
        185: FieldAnswer(_UINT, 629_450),
        186: FieldAnswer(_UINT, 588_390),
        193: FieldAnswer(_SINT, -8),
        194: FieldAnswer(_SINT, -2),
        196: FieldAnswer(_SINT, 0),
        230: FieldAnswer(_UINT, 0),
    }


def h100(number: int = 0) -> FakeGpu:
    """An H100 SXM under gpu_burn."""
    serial = f"165000000000{number}"
    return FakeGpu(
        uuid=f"GPU-0a1b2c3d-0000-1111-2222-33334444555{number}",
        bus_id=f"00000000:{0x1A + 3 * number:02X}:00.0",
        calls=_h100_calls() | {"nvmlDeviceGetSerial": serial},
        fields=_h100_fields(),
    )


def h100_idle(number: int = 0) -> FakeGpu:
    """The same at rest."""
    gpu = h100(number)
    gpu.calls |= {
        ("nvmlDeviceGetTemperatureV", 0): {"temperature": 41},
        ("nvmlDeviceGetTemperature", 0): 41,
        "nvmlDeviceGetMarginTemperature": {"marginTemperature": 46},
        "nvmlDeviceGetPowerUsage": 69_850,
        "nvmlDeviceGetUtilizationRates": {"gpu": 0, "memory": 0},
        "nvmlDeviceGetCurrentClocksEventReasons": 1,
        ("nvmlDeviceGetClockInfo", 1): 345,
        "nvmlDeviceGetMemoryInfo_v2": {"total": 81_559 * MIB, "used": 0},
    }
    gpu.fields |= {185: FieldAnswer(_UINT, 69_850), 186: FieldAnswer(_UINT, 69_620)}
    return gpu


def rtx4080s() -> FakeGpu:
    """A GeForce: no ECC, no serial number, no margin, no memory temperature, no links."""
    return FakeGpu(
        uuid="GPU-4080aaaa-0000-1111-2222-333344445550",
        bus_id="00000000:01:00.0",
        calls={
            "nvmlDeviceGetName": "NVIDIA GeForce RTX 4080 SUPER",
            "nvmlDeviceGetVbiosVersion": "95.03.44.00.B2",
            "nvmlDeviceGetInforomImageVersion": "G002.0000.00.03",
            "nvmlDeviceGetModuleId": 1,
            "nvmlDeviceValidateInforom": (),
            ("nvmlDeviceGetTemperatureV", 0): {"temperature": 45},
            ("nvmlDeviceGetTemperatureThreshold", 0): 101,
            ("nvmlDeviceGetTemperatureThreshold", 1): 96,
            ("nvmlDeviceGetTemperatureThreshold", 3): 90,
            "nvmlDeviceGetPowerUsage": 84_030,
            "nvmlDeviceGetEnforcedPowerLimit": 320_000,
            "nvmlDeviceGetUtilizationRates": {"gpu": 7, "memory": 2},
            "nvmlDeviceGetCurrentClocksEventReasons": 0,
            "nvmlDeviceGetPerformanceState": 2,
            ("nvmlDeviceGetClockInfo", 1): 2805,
            ("nvmlDeviceGetClockInfo", 2): 11_251,
            ("nvmlDeviceGetMaxClockInfo", 1): 3165,
            "nvmlDeviceGetMemoryInfo_v2": {"total": 16_376 * MIB, "used": 1_474 * MIB},
            "nvmlDeviceGetRepairStatus": {"bChannelRepairPending": 0, "bTpcRepairPending": 0},
            "nvmlDeviceGetCurrPcieLinkGeneration": 4,
            "nvmlDeviceGetMaxPcieLinkGeneration": 4,
            "nvmlDeviceGetCurrPcieLinkWidth": 16,
            "nvmlDeviceGetMaxPcieLinkWidth": 16,
            "nvmlDeviceGetSupportedEventTypes": _XID_EVENTS,
        },
        fields={
            83: FieldAnswer(_ULL, 1_234_567),
            94: FieldAnswer(_UINT, 0),
            185: FieldAnswer(_UINT, 84_030),
            186: FieldAnswer(_UINT, 86_410),
            230: FieldAnswer(_UINT, 0),
        },
    )
