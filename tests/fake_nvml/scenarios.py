"""Everything that can be the matter, by name; each returns a library."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.fake_nvml.facts import h100, h100_idle, rtx4080s
from tests.fake_nvml.library import FakeLibrary
from tests.fake_nvml.machine import Code, FakeGpu, FakeMachine, FieldAnswer

_UINT, _ULL, _SINT = 1, 3, 5
NOT_SUPPORTED, NO_PERMISSION, DRIVER_NOT_LOADED = 3, 4, 9
CORRUPTED_INFOROM, MISMATCH = 14, 18
_SW_POWER_CAP, _HW_SLOWDOWN, _SW_THERMAL, _HW_THERMAL = 0x4, 0x8, 0x20, 0x40
SOON_S = 0.15

MISSING_IN_535 = frozenset({
    "nvmlDeviceGetTemperatureV", "nvmlDeviceGetMarginTemperature", "nvmlDeviceGetPlatformInfo",
    "nvmlDeviceGetPciInfoExt", "nvmlDeviceGetRepairStatus",
    "nvmlDeviceGetSramUniqueUncorrectedEccErrorCounts", "nvmlDeviceGetGpuFabricInfoV",
    "nvmlDeviceGetHandleByUUIDV", "nvmlDeviceGetNvLinkInfo",
    "nvmlDeviceGetProcessesUtilizationInfo", "nvmlDeviceGetRemappedRows_v2",
    "nvmlDeviceGetUnrepairableMemoryFlag_v1", "nvmlDeviceGetBBXTimeData_v1",
    "nvmlDeviceGetNumaNodeId", "nvmlEventSetWait_v3",
})  # fmt: skip


def _one(gpu: FakeGpu) -> FakeLibrary:
    return FakeLibrary(FakeMachine([gpu]))


def healthy_idle() -> FakeLibrary:
    """One H100 at rest."""
    return _one(h100_idle())


def healthy_load() -> FakeLibrary:
    """One H100 at work."""
    return _one(h100())


def eight() -> FakeLibrary:
    """Eight H100 at work."""
    return FakeLibrary(FakeMachine([h100(i) for i in range(8)]))


def throttle() -> FakeLibrary:
    """Too hot: slowed down by hardware and software, one degree beyond the slowdown margin."""
    gpu = h100()
    gpu.calls |= {
        ("nvmlDeviceGetTemperatureV", 0): {"temperature": 90},
        "nvmlDeviceGetMarginTemperature": {"marginTemperature": -3},
        "nvmlDeviceGetCurrentClocksEventReasons": _HW_SLOWDOWN | _SW_THERMAL | _HW_THERMAL,
        ("nvmlDeviceGetClockInfo", 1): 1200,
    }
    return _one(gpu)


def negative_margin() -> FakeLibrary:
    """Beyond the slowdown margin with no more than the power cap at work."""
    gpu = h100()
    gpu.calls |= {
        "nvmlDeviceGetMarginTemperature": {"marginTemperature": -5},
        "nvmlDeviceGetCurrentClocksEventReasons": _SW_POWER_CAP,
    }
    return _one(gpu)


def correctable_storm() -> FakeLibrary:
    """Corrected errors beyond 32 bits, and Xid 92 for them."""
    gpu = h100()
    gpu.fields |= {3: FieldAnswer(_ULL, 5_000_000_000), 5: FieldAnswer(_ULL, 5_000_001_000)}
    gpu.xids = [(SOON_S, 92)]
    return _one(gpu)


def remap_pending() -> FakeLibrary:
    """A row to be replaced at the next reset."""
    gpu = h100()
    gpu.calls["nvmlDeviceGetRemappedRows"] = (0, 1, 1, 0)
    gpu.fields |= {6: FieldAnswer(_ULL, 1), 230: FieldAnswer(_UINT, 1)}
    gpu.xids = [(SOON_S, 48), (SOON_S, 63)]
    return _one(gpu)


def remap_failed() -> FakeLibrary:
    """A row that could not be replaced."""
    gpu = h100()
    gpu.calls |= {
        "nvmlDeviceGetRemappedRows": (2, 8, 0, 1),
        "nvmlDeviceGetUnrepairableMemoryFlag_v1": {"unrepairableMemory": 1},
        "nvmlDeviceGetSramEccErrorStatus": {"bThresholdExceeded": 1},
    }
    gpu.xids = [(SOON_S, 64)]
    return _one(gpu)


def nvlink_errors() -> FakeLibrary:
    """Xid 74, and link 3 has counted 7 replays and 2 recoveries."""
    gpu = h100()
    gpu.fields |= {(161, 3): FieldAnswer(_ULL, 7), (162, 3): FieldAnswer(_ULL, 2)}
    gpu.xids = [(SOON_S, 74)]
    return _one(gpu)


def gsp_timeout() -> FakeLibrary:
    """Xid 119: the GPU answers, and wants a reset."""
    gpu = h100()
    gpu.xids = [(SOON_S, 119)]
    gpu.fields[230] = FieldAnswer(_UINT, 1)
    return _one(gpu)


def contained_ecc() -> FakeLibrary:
    """Xid 94: an application died of it, the GPU goes on."""
    gpu = h100()
    gpu.xids = [(SOON_S, 94)]
    gpu.fields[4] = FieldAnswer(_ULL, 1)
    return _one(gpu)


def lost_with_xid() -> FakeLibrary:
    """It is gone, and a moment later Xid 79 says so."""
    gpu = h100()
    gpu.xids = [(2 * SOON_S, 79)]
    gpu.lost_after_s = SOON_S
    return _one(gpu)


def lost_without_xid() -> FakeLibrary:
    """Gone without a word."""
    gpu = h100()
    gpu.lost_after_s = SOON_S
    return _one(gpu)


def lost_from_the_start() -> FakeLibrary:
    """The second of three is counted, and cannot be looked up."""
    gpus = [h100(i) for i in range(3)]
    gpus[1].lost_after_s = 0.0
    return FakeLibrary(FakeMachine(gpus))


def one_call_hangs() -> FakeLibrary:
    """Power cannot be asked for without waiting for ever."""
    gpu = h100()
    gpu.hangs = {"nvmlDeviceGetPowerUsage"}
    return _one(gpu)


def one_of_eight_hangs() -> FakeLibrary:
    """The sixth of eight answers nothing, not even its look-up."""
    library = eight()
    library.machine.gpus[5].hangs = {"*"}
    return library


def driver_mismatch() -> FakeLibrary:
    """The library does not fit the kernel module."""
    return FakeLibrary(FakeMachine([h100()], init_code=MISMATCH))


def driver_upgraded() -> FakeLibrary:
    """Fits at first, and not any more after a moment."""
    return FakeLibrary(FakeMachine([h100()], mismatch_after_s=0.5))


def driver_not_loaded() -> FakeLibrary:
    """A library without a driver under it."""
    return FakeLibrary(FakeMachine([], init_code=DRIVER_NOT_LOADED))


def no_gpus() -> FakeLibrary:
    """A driver without GPUs."""
    return FakeLibrary(FakeMachine([]))


def driver_535() -> FakeLibrary:
    """Functions and fields that came later are not there."""
    gpu = h100()
    del gpu.fields[230]
    gpu.calls["nvmlDeviceGetGpuFabricInfo"] = {"state": 3}
    return FakeLibrary(FakeMachine([gpu], driver="535.261.03", absent=MISSING_IN_535))


def driver_590() -> FakeLibrary:
    """Exactly the functions of a real 590.48.01."""
    names = Path(__file__).with_name("driver_590.txt").read_text(encoding="ascii").split()
    return FakeLibrary(FakeMachine([h100()], exported=frozenset(names)))


def mig() -> FakeLibrary:
    """Divided: remapped rows are not told, nor how busy it is."""
    gpu = h100()
    gpu.calls |= {
        "nvmlDeviceGetMigMode": (1, 1),
        "nvmlDeviceGetRemappedRows": Code(NOT_SUPPORTED),
        "nvmlDeviceGetUtilizationRates": Code(NOT_SUPPORTED),
        "nvmlDeviceGetMarginTemperature": {"marginTemperature": 24},
        ("nvmlDeviceGetTemperatureV", 0): {"temperature": 53},
    }
    return _one(gpu)


def geforce() -> FakeLibrary:
    """An RTX 4080 SUPER."""
    return FakeLibrary(FakeMachine([rtx4080s()], driver="595.71.05"))


def corrupted_inforom() -> FakeLibrary:
    """Its memory of itself cannot be trusted, and its serial number not be read."""
    gpu = h100()
    gpu.calls |= {
        "nvmlDeviceValidateInforom": Code(CORRUPTED_INFOROM),
        "nvmlDeviceGetSerial": Code(CORRUPTED_INFOROM),
    }
    return _one(gpu)


def no_permission() -> FakeLibrary:
    """In a container that may not ask for the counters."""
    gpu = h100()
    for name in ("nvmlDeviceGetRemappedRows", "nvmlDeviceGetSramEccErrorStatus"):
        gpu.calls[name] = Code(NO_PERMISSION)
    return _one(gpu)


def pascal() -> FakeLibrary:
    """Page retirement instead of remapped rows, by functions instead of fields."""
    gpu = h100()
    gpu.calls |= {
        "nvmlDeviceGetRemappedRows": Code(NOT_SUPPORTED),
        ("nvmlDeviceGetRetiredPages", 0): 4,
        ("nvmlDeviceGetRetiredPages", 1): 2,
        "nvmlDeviceGetRetiredPagesPendingStatus": 1,
    }
    return _one(gpu)


ALL: dict[str, Callable[[], FakeLibrary]] = {
    name: made
    for name, made in list(globals().items())
    if callable(made) and not name.startswith("_") and getattr(made, "__module__", "") == __name__
}
__all__ = [*ALL, "ALL"]  # noqa: PLE0604  the names of functions are texts
