"""Everything that can be the matter with a GPU, to its end: reading, event, alarm and advice.

Real worker processes over the fake NVML library, the real device, intake and shipped alarms.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

import pytest

from console.acquisition.latest import LinkState
from console.acquisition.poller import Poller
from console.event_text import event_text
from console.history.events import Kind
from drivers.device import DeviceError
from drivers.gpu.nvml.patience import Patience
from drivers.gpu.nvml.source import NvmlSource
from drivers.points import Quality, Reason, Snapshot
from tests.fake_nvml.scenarios import ALL
from tests.integration.gpu_bench import HOST, Bench, ids
from tests.unit.gpu_device.kit import SaidSource, gpu

PATIENCE = Patience(
    soft_s=0.5, hard_s=2.0, start_s=10.0, connect_s=8.0, lookup_s=1.5, rescan_s=600.0,
    last_words_s=1.0, shortest_back_off_s=0.1, longest_back_off_s=1.0,
)  # fmt: skip
LONG_ENOUGH_S = 60.0
"""Longer than every delay of an alarm of a GPU."""
LOST, HANGS = Reason.DEVICE_LOST, Reason.NO_COMMS
UNSUPPORTED, REFUSED = Reason.NOT_SUPPORTED, Reason.NOT_EXPORTED
Expected = float | Reason
Told = tuple[str, int | None]


def xid(code: int) -> Told:
    return (Kind.GPU_XID.value, code)


SILENT: Told = (Kind.GPU_SILENT.value, None)
GONE: Told = (Kind.GPU_LOST.value, None)
REPORTED: Told = (Kind.GPU_REPORTED.value, None)


@dataclass(frozen=True)
class Case:
    """What one GPU of a scenario must end in.

    ``readings`` are values or the reason why there is none; ``all`` stands for every point.
    ``events`` in order, ``alarms`` by definition, ``advice`` from finding to action.
    """

    readings: Mapping[str, Expected]
    events: tuple[Told, ...] = ()
    alarms: frozenset[str] = frozenset()
    advice: Mapping[str, str] = field(default_factory=dict)
    out: str = "no"
    gpu: int = 0


def case(
    readings: Mapping[str, Expected],
    *events: Told,
    alarms: str = "",
    advice: Mapping[str, str] | None = None,
    out: str = "no",
    gpu: int = 0,
) -> Case:
    return Case(readings, events, frozenset(alarms.split()), advice or {}, out, gpu)


CASES: dict[str, Case] = {
    "healthy_idle": case(
        {"core_temperature": 41, "thermal_margin": 46, "power": 69.85, "utilization": 0,
         "throttle_reasons": 1, "sm_clock": 345, "last_xid": 0, "row_remap_failure": 0}
    ),
    "healthy_load": case(
        {"core_temperature": 59, "memory_temperature": 55, "thermal_margin": 26, "power": 629.45,
         "power_instant": 588.39, "power_limit": 700, "energy": 6_123_456_789_012, "sm_clock": 1980,
         "utilization": 100, "pcie_replay_count": 9, "pcie_width": 16, "ecc_mode": 1,
         "hotspot_temperature": UNSUPPORTED, "retired_pages_pending": UNSUPPORTED}
    ),
    "throttle": case(
        {"core_temperature": 90, "thermal_margin": -3, "sm_clock": 1200, "throttle_reasons": 0x68},
        alarms="gpu-margin-low gpu-hardware-slowdown",
        advice={"margin-slowdown": "compare-heat"},
    ),
    "negative_margin": case(
        {"core_temperature": 59, "thermal_margin": -5, "throttle_reasons": 4},
        alarms="gpu-margin-low",
        advice={"margin-slowdown": "compare-heat"},
    ),
    "correctable_storm": case(
        {"ecc_corrected_volatile": 5_000_000_000, "ecc_corrected_aggregate": 5_000_001_000},
        xid(92),
        advice={"xid-92": "watch-memory", "corrected-ecc-count": "watch-memory"},
    ),
    "remap_pending": case(
        {"row_remap_pending": 1, "row_remap_failure": 0, "uncorrectable_remapped_rows": 1,
         "recovery_action": 1, "last_xid": 63, "xid_count": 2},
        xid(48), xid(63),
        alarms="gpu-xid-reset gpu-memory-reset gpu-recovery",
        advice={"xid-48": "reset-memory-error", "recovery-reset": "reset-gpu",
                "xid-63": "reset-for-remap", "row-remap-pending": "reset-for-remap"},
        out="second",
    ),
    "remap_failed": case(
        {"row_remap_failure": 1, "unrepairable_memory": 1, "sram_threshold_exceeded": 1,
         "correctable_remapped_rows": 2, "uncorrectable_remapped_rows": 8},
        xid(64),
        alarms="gpu-xid-exchange gpu-memory-failed",
        advice=dict.fromkeys(
            ("xid-64", "row-remap-failure", "sram-threshold", "unrepairable-memory"), "replace-gpu"
        ),
        out="yes",
    ),
    "nvlink_errors": case(
        {"nvlink_errors": 9, "last_xid": 74},
        xid(74),
        alarms="gpu-xid-reset",
        advice={"xid-74": "check-links"},
        out="second",
    ),
    "contained_ecc": case(
        {"ecc_uncorrected_volatile": 1, "last_xid": 94},
        xid(94),
        advice={"uncorrected-ecc": "reset-memory-error", "xid-94": "restart-job"},
        out="second",
    ),
    "gsp_timeout": case(
        {"core_temperature": 59, "recovery_action": 1, "last_xid": 119},
        xid(119),
        alarms="gpu-xid-reset gpu-recovery",
        advice={"xid-119": "reset-gpu", "recovery-reset": "reset-gpu"},
    ),
    "lost_with_xid": case(
        {"all": LOST},
        GONE, xid(79),
        alarms="gpu-lost gpu-xid-restart",
        advice={"xid-79": "power-cycle-once", "gpu-lost": "find-lost-gpu"},
        out="second",
    ),
    "lost_without_xid": case(
        {"all": LOST},
        GONE,
        alarms="gpu-lost",
        advice={"gpu-lost": "find-lost-gpu"},
        out="second",
    ),
    "lost_from_the_start": case(
        {"all": LOST},
        REPORTED, GONE,
        alarms="gpu-lost",
        advice={"gpu-lost": "find-lost-gpu"},
        out="second",
        gpu=1,
    ),
    "one_call_hangs": case(
        {"all": HANGS},
        SILENT, REPORTED,
        alarms="gpu-silent",
        advice={"gpu-silent": "restart-host"},
    ),
    "one_of_eight_hangs": case(
        {"all": HANGS},
        REPORTED, SILENT,
        alarms="gpu-silent",
        advice={"gpu-silent": "restart-host"},
        gpu=5,
    ),
    "mig": case(
        {"mig_mode": 1, "thermal_margin": 24, "core_temperature": 53, "utilization": UNSUPPORTED,
         "row_remap_failure": UNSUPPORTED, "uncorrectable_remapped_rows": UNSUPPORTED}
    ),
    "geforce": case(
        {"core_temperature": 45, "power": 84.03, "pcie_generation": 4, "ecc_mode": UNSUPPORTED,
         "ecc_corrected_volatile": UNSUPPORTED, "thermal_margin": UNSUPPORTED,
         "memory_temperature": UNSUPPORTED, "nvlink_errors": UNSUPPORTED}
    ),
    "corrupted_inforom": case(
        {"inforom_valid": 0, "core_temperature": 59},
        alarms="gpu-inforom",
        advice={"inforom-corrupted": "diagnose-gpu"},
    ),
    "no_permission": case(
        {"core_temperature": 59, "row_remap_failure": REFUSED, "sram_threshold_exceeded": REFUSED}
    ),
    "driver_535": case(
        {"core_temperature": 59, "thermal_margin": UNSUPPORTED, "power": 629.45,
         "recovery_action": UNSUPPORTED, "fabric_state": 3, "row_remap_failure": 0}
    ),
    "driver_590": case({"core_temperature": 59, "thermal_margin": 26, "recovery_action": 0}),
    "pascal": case(
        {"retired_pages_corrected": 4, "retired_pages_uncorrected": 2, "retired_pages_pending": 1,
         "row_remap_failure": UNSUPPORTED}
    ),
    "eight": case({"core_temperature": 59}, gpu=7),
}  # fmt: skip
REFUSALS = {
    "driver_mismatch": "library and kernel module differ",
    "driver_not_loaded": "the NVIDIA driver is not loaded",
    "no_gpus": "names no GPU",
}
APART = {"driver_upgraded"}


@contextlib.asynccontextmanager
async def bench_of(scenario: str) -> AsyncIterator[Bench]:
    bench = Bench(NvmlSource(library=f"tests.fake_nvml:{scenario}", patience=PATIENCE))
    try:
        await bench.device.connect()
        yield bench
    finally:
        await bench.device.close()


def has_happened(expected: Case) -> Callable[[Bench], bool]:
    def true(bench: Bench) -> bool:
        return set(expected.events) <= set(bench.told(expected.gpu))

    return true


def read(view: Snapshot, key: str) -> Expected:
    """The value of a point as it may be trusted, else the reason why there is none."""
    reading = view[key]
    if reading.reason is not Reason.NONE or reading.value is None:
        return reading.reason
    return round(reading.value, 6)


@pytest.mark.parametrize("scenario", CASES)
async def test_a_scenario_ends_in_the_right_reading_event_and_advice(scenario: str) -> None:
    expected = CASES[scenario]
    async with bench_of(scenario) as bench:
        await bench.until(has_happened(expected))
        for _ in range(5):  # nothing more may come of it
            await bench.look()
            await asyncio.sleep(0.1)
        bench.pass_time(LONG_ENOUGH_S)
        view = bench.gpu(expected.gpu)
    if "all" in expected.readings:
        assert set(view.reasons.tolist()) == {expected.readings["all"]}
        assert all(reading.value is None for reading in view.readings)
    else:
        assert {key: read(view, key) for key in expected.readings} == expected.readings
    assert bench.told(expected.gpu) == list(expected.events)
    assert bench.raised(expected.gpu) == expected.alarms
    found = bench.advice(expected.gpu)
    assert ids(found) == expected.advice
    worst = max((f.extraction for f in found), key=["no", "second", "yes"].index, default="no")
    assert worst == expected.out
    assert all(finding.todo.steps for finding in found)


def test_every_scenario_is_looked_at() -> None:
    assert set(ALL) == set(CASES) | set(REFUSALS) | APART


@pytest.mark.parametrize("scenario", ["one_of_eight_hangs", "lost_from_the_start"])
async def test_the_neighbours_of_a_sick_gpu_are_well(scenario: str) -> None:
    sick = CASES[scenario].gpu
    async with bench_of(scenario) as bench:
        await bench.until(has_happened(CASES[scenario]))
        others = [n for n in range(len(bench.seen)) if n != sick]
        for n in others:
            assert bench.gpu(n).good("core_temperature") == 59
            assert (bench.told(n), bench.raised(n), bench.advice(n)) == ([], set(), [])
        assert len(others) in {2, 7}


@pytest.mark.parametrize("scenario", ["one_call_hangs", "one_of_eight_hangs"])
async def test_the_log_says_what_hangs_in_words(scenario: str) -> None:
    async with bench_of(scenario) as bench:
        await bench.until(has_happened(CASES[scenario]))
        (draft,) = [d for d in bench.recorder.drafts if d.kind == Kind.GPU_REPORTED]
    words = event_text(draft).what
    assert "process was abandoned" in words or "takes more than 1.5 s" in words


async def test_a_loss_explains_its_xid_and_the_log_says_so_by_name() -> None:
    async with bench_of("lost_with_xid") as bench:
        await bench.until(has_happened(CASES["lost_with_xid"]))
    said = [event_text(d).what for d in bench.recorder.drafts]
    assert "GPU error that calls for a restart of the host suppressed: GPU lost" in said
    assert "GPU lost: 1650000000000" in said


@pytest.mark.parametrize("scenario", REFUSALS)
async def test_a_host_without_nvml_is_one_lost_host_with_one_sentence(scenario: str) -> None:
    bench = Bench(NvmlSource(library=f"tests.fake_nvml:{scenario}", patience=PATIENCE))
    poller = asyncio.create_task(Poller(bench.device, bench.latest, bench.intake, 0.0).run())
    try:
        for _ in range(400):
            if bench.latest.link(HOST).state is LinkState.LOST:
                break
            await asyncio.sleep(0.05)
    finally:
        poller.cancel()
        await asyncio.gather(poller, return_exceptions=True)
    (lost,) = [d for d in bench.recorder.drafts if d.kind == Kind.DEVICE_LOST]
    assert REFUSALS[scenario] in str(lost.body["message"])
    assert bench.kinds == [Kind.DEVICE_LOST]
    assert bench.latest.parts(HOST) == ()


async def test_a_driver_upgraded_under_the_worker_is_silence_and_then_answers_again() -> None:
    """The fake fits anew in every process, as after ``modprobe``; each is upgraded again."""
    async with bench_of("driver_upgraded") as bench:
        answers = (Kind.GPU_ANSWERING.value, None)
        await bench.until(lambda b: answers in b.told())
        assert bench.told()[:2] == [SILENT, answers]
        assert bench.gpu().good("core_temperature") == 59
        assert bench.advice() == []


async def test_a_gpu_without_ecc_has_no_zero_in_its_place() -> None:
    async with bench_of("geforce") as bench:
        await bench.until(lambda b: bool(b.seen))
        view = bench.gpu()
    for reading in view.readings:
        if reading.quality is Quality.BAD:
            assert reading.value is None, reading.point.key


async def test_a_gpu_whose_values_are_all_old_is_one_alarm_and_not_one_for_every_value() -> None:
    source = SaidSource()
    source.says = [gpu(0), gpu(1)]
    bench = Bench(source)
    await bench.look()
    old = gpu(1)
    old.reasons[old.reasons != Reason.NOT_EXPORTED] = Reason.STALE
    source.says = [gpu(0), old]
    await bench.look()
    bench.pass_time(LONG_ENOUGH_S)
    raised = [d for d in bench.recorder.drafts if d.kind == Kind.ALARM_RAISED]
    assert [(d.subject, d.body["alarm"]) for d in raised] == [(f"{HOST}/gpu1", "gpu-not-read")]
    source.says = [gpu(0), gpu(1)]
    await bench.look()
    bench.pass_time(2 * LONG_ENOUGH_S)  # the clock of before stands where that had come to
    assert bench.recorder.drafts[-1].kind == Kind.ALARM_CLEARED


async def test_a_source_that_is_not_connected_says_so() -> None:
    bench = Bench(NvmlSource(library="tests.fake_nvml:eight", patience=PATIENCE))
    with pytest.raises(DeviceError):
        await bench.look()
