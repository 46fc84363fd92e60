"""The source with real worker processes over the fake library."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from drivers.device import DeviceError
from drivers.gpu.device import GpuDevice
from drivers.gpu.nvml.patience import Patience
from drivers.gpu.nvml.process import WorkerProcess
from drivers.gpu.nvml.source import NvmlSource
from drivers.gpu.points import gpu_schema
from drivers.gpu.source import GpuFault, GpuSample
from drivers.points import Reason
from tests.fake_nvml import control

QUICK = Patience(
    soft_s=0.5, hard_s=2.0, start_s=10.0, connect_s=8.0, lookup_s=1.5, rescan_s=600.0,
    last_words_s=1.0, shortest_back_off_s=0.1, longest_back_off_s=1.0,
)  # fmt: skip
UUIDS = [f"GPU-0a1b2c3d-0000-1111-2222-33334444555{i}" for i in range(8)]
TURN_S = 0.05


@contextlib.asynccontextmanager
async def connected(scenario: str, **changes: Any) -> AsyncIterator[NvmlSource]:
    patience = dataclasses.replace(QUICK, **changes)
    source = NvmlSource(library=f"tests.fake_nvml:{scenario}", patience=patience)
    try:
        await source.connect()
        yield source
    finally:
        await source.close()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Change the machine of the scenario ``controlled``: ``machine(gpus=2, lost=[1])``."""
    path = tmp_path / "machine.json"
    monkeypatch.setenv(control.VARIABLE, str(path))

    def change(**state: object) -> None:
        control.write(path, **state)

    change(gpus=2)
    return change


def value(sample: GpuSample, key: str = "core_temperature") -> float:
    return float(sample.values[gpu_schema().index[key]])


def reason(sample: GpuSample, key: str = "core_temperature") -> Reason:
    return Reason(int(sample.reasons[gpu_schema().index[key]]))


async def until(
    source: NvmlSource, true: Callable[[Sequence[GpuSample]], bool], within_s: float = 15.0
) -> list[GpuFault]:
    """Look until something holds; return the faults meanwhile."""
    deadline_s, faults = time.monotonic() + within_s, list[GpuFault]()
    while True:
        samples = await source.sample()
        faults += source.faults()
        if true(samples):
            return faults
        assert time.monotonic() < deadline_s, ([reason(s) for s in samples], source.report)
        await asyncio.sleep(TURN_S)


async def test_a_healthy_gpu_with_identity_limits_and_cost() -> None:
    async with connected("healthy_load") as source:
        (sample,) = await source.sample()
        assert value(sample) == 59
        assert value(sample, "power") == pytest.approx(629.45)
        assert sample.key == UUIDS[0]
        assert sample.identity["model"] == "NVIDIA H100 80GB HBM3"
        assert sample.own_limits["slowdown_margin"] == -2
        assert sample.measured is not None
        assert abs(sample.measured.mono_s - time.monotonic()) < 30
        assert (value(sample, "xid_count"), value(sample, "last_xid")) == (0, 0)
        assert await source.inventory() == [sample.identity]
        cost = source.report.cost[UUIDS[0]]
        assert set(cost.last_s) == {"fast", "slow", "round_trip"}
        assert cost.longest_s["round_trip"] >= cost.longest_s["fast"] > 0
        assert not source.report.trouble


@pytest.mark.parametrize(
    ("scenario", "codes"),
    [
        ("correctable_storm", [92]),
        ("remap_pending", [48, 63]),
        ("remap_failed", [64]),
        ("nvlink_errors", [74]),
        ("contained_ecc", [94]),
        ("gsp_timeout", [119]),
    ],
)
async def test_xids_are_told_and_counted(scenario: str, codes: list[int]) -> None:
    async with connected(scenario) as source:
        faults = await until(source, lambda s: value(s[0], "xid_count") == len(codes))
        await asyncio.sleep(TURN_S)
        (sample,) = await source.sample()
    assert [(fault.gpu, fault.code) for fault in faults] == [(UUIDS[0], code) for code in codes]
    assert value(sample, "last_xid") == codes[-1]
    assert reason(sample) is Reason.NONE


@pytest.mark.parametrize(("scenario", "codes"), [("lost_with_xid", [79]), ("lost_without_xid", [])])
async def test_a_lost_gpu_has_no_values_and_is_not_asked_again(
    scenario: str, codes: list[int]
) -> None:
    async with connected(scenario) as source:
        faults = await until(source, lambda s: reason(s[0]) is Reason.DEVICE_LOST)
        await asyncio.sleep(QUICK.last_words_s + 0.3)
        (sample,) = await source.sample()
        faults += source.faults()
        assert set(sample.reasons) == {Reason.DEVICE_LOST}
        assert sample.key == UUIDS[0]
        assert not source.pids  # its process is gone
        assert "lost" in source.report.trouble[UUIDS[0]]
    assert [fault.code for fault in faults] == codes


async def test_a_gpu_that_is_counted_and_cannot_be_looked_up_is_lost() -> None:
    async with connected("lost_from_the_start") as source:
        samples = await source.sample()
        assert [reason(s) for s in samples] == [Reason.NONE, Reason.DEVICE_LOST, Reason.NONE]
        assert [s.index for s in samples] == [0, 1, 2]
        assert "lost" in source.report.trouble["index 1"]


async def test_a_known_gpu_that_cannot_be_looked_up_keeps_its_name(
    machine: Callable[..., None],
) -> None:
    machine(gpus=3)
    async with connected("controlled", rescan_s=0.3) as source:
        await until(source, lambda s: [reason(x) for x in s] == [Reason.NONE] * 3)
        machine(gpus=3, lost=[1])
        await until(source, lambda s: reason(s[1]) is Reason.DEVICE_LOST)
        await asyncio.sleep(0.5)
        samples = await source.sample()
        assert [s.key for s in samples] == UUIDS[:3]
        assert [reason(s) for s in samples] == [Reason.NONE, Reason.DEVICE_LOST, Reason.NONE]
        machine(gpus=3)
        await until(source, lambda s: [reason(x) for x in s] == [Reason.NONE] * 3)


@pytest.mark.parametrize(("code", "expected"), [(15, Reason.DEVICE_LOST), (999, Reason.NONE)])
async def test_what_the_inventory_says_of_a_gpu_that_still_answers(
    machine: Callable[..., None], code: int, expected: Reason
) -> None:
    """Lost is lost; any other trouble of looking it up is not that of those who have it open."""
    async with connected("controlled", rescan_s=0.2) as source:
        machine(gpus=2, lookup={"1": code})
        await asyncio.sleep(1.5)
        samples = await source.sample()
        assert [s.key for s in samples] == UUIDS[:2]
        assert [reason(s) for s in samples] == [Reason.NONE, expected]


async def test_a_gpu_that_is_not_counted_any_more_is_gone_and_the_indexes_move(
    machine: Callable[..., None],
) -> None:
    machine(gpus=3)
    async with connected("controlled", rescan_s=0.2) as source:
        device = GpuDevice("node-1", source)
        first = await device.poll()
        assert [s.device for s in first] == ["node-1/gpu0", "node-1/gpu1", "node-1/gpu2"]
        machine(gpus=3, gone=[1], lost=[1])
        faults = await until(source, lambda s: len(s) == 2)
        samples = await source.sample()
        assert [(s.index, s.key) for s in samples] == [(0, UUIDS[0]), (1, UUIDS[2])]
        assert [(f.gpu, f.code) for f in faults] == [(UUIDS[1], 0)]
        assert faults[0].text.endswith("reported no Xid")
        snapshots = {s.device: s for s in await device.poll()}
        assert snapshots["node-1/gpu1"]["power"].reason is Reason.DEVICE_LOST
        assert snapshots["node-1/gpu2"].identity["uuid"] == UUIDS[2]
        assert snapshots["node-1/gpu2"].good("power") == pytest.approx(629.45)


async def test_a_new_gpu_is_found_by_the_next_inventory(machine: Callable[..., None]) -> None:
    machine(gpus=1)
    async with connected("controlled", rescan_s=0.2) as source:
        assert len(await source.sample()) == 1
        machine(gpus=2)
        await until(source, lambda s: [x.key for x in s if reason(x) is Reason.NONE] == UUIDS[:2])


async def test_a_call_that_hangs_is_abandoned_with_its_process_and_said_once() -> None:
    async with connected("one_call_hangs", hard_s=0.8) as source:
        (sample,) = await source.sample()
        assert set(sample.reasons) == {Reason.NO_COMMS}
        (first,) = source.pids.values()
        faults = await until(source, lambda _: source.report.abandoned >= 2)
        assert source.report.trouble[UUIDS[0]].startswith("NVML did not answer within 0.8 s")
        assert first not in source.pids.values()
        assert not psutil.pid_exists(first)
    assert [fault.code for fault in faults] == [0]
    assert "abandoned (number 1)" in faults[0].text


async def test_seven_gpus_keep_their_period_beside_one_that_hangs_in_every_call(
    machine: Callable[..., None],
) -> None:
    period_s, rounds = 1.0, 10
    machine(gpus=8)
    async with connected("controlled", soft_s=0.7, hard_s=3.0) as source:
        await until(source, lambda s: [reason(x) for x in s] == [Reason.NONE] * 8)
        machine(gpus=8, hang=[5])
        loop = asyncio.get_running_loop()
        begin_s, seen = loop.time(), []
        for turn in range(rounds):
            samples = await source.sample()
            late_s = loop.time() - begin_s - turn * period_s
            assert late_s < period_s * 0.9, f"look {turn} took {late_s:.2f} s of its period"
            seen.append([reason(s) for s in samples])
            await asyncio.sleep(begin_s + (turn + 1) * period_s - loop.time())
        healthy = [row[:5] + row[6:] for row in seen]
        assert healthy == [[Reason.NONE] * 7] * rounds
        assert {row[5] for row in seen} == {Reason.NO_COMMS}
        assert source.report.abandoned >= 1
        assert len(source.report.trouble) == 1


async def test_a_gpu_that_hangs_from_the_start_hides_no_other() -> None:
    async with connected("one_of_eight_hangs") as source:
        await until(source, lambda s: len(s) == 8)
        samples = await source.sample()
        assert [s.index for s in samples if reason(s) is not Reason.NONE] == [5]
        assert reason(samples[5]) is Reason.NO_COMMS
        assert "takes more than 1.5 s" in source.report.trouble["index 5"]


async def test_a_rescan_that_hangs_at_a_known_gpu_leaves_it_and_the_others_alone(
    machine: Callable[..., None],
) -> None:
    machine(gpus=3)
    async with connected("controlled", rescan_s=0.3, lookup_s=0.6) as source:
        await until(source, lambda s: [reason(x) for x in s] == [Reason.NONE] * 3)
        machine(gpus=3, hang=[1])
        await until(source, lambda _: source._scanner.abandoned >= 1)
        samples = await source.sample()
        assert [s.key for s in samples] == UUIDS[:3]
        assert [reason(s) for s in samples] == [Reason.NONE, Reason.NO_COMMS, Reason.NONE]
        machine(gpus=3)
        await until(source, lambda s: [reason(x) for x in s] == [Reason.NONE] * 3)


async def test_a_killed_worker_is_replaced_and_the_others_do_not_notice(
    machine: Callable[..., None],
) -> None:
    async with connected("controlled") as source:
        before = source.pids
        psutil.Process(before[UUIDS[0]]).kill()
        await until(source, lambda s: reason(s[0]) is Reason.NO_COMMS, within_s=5)
        await until(source, lambda s: [reason(x) for x in s] == [Reason.NONE] * 2)
        after = source.pids
        assert after[UUIDS[0]] != before[UUIDS[0]]
        assert after[UUIDS[1]] == before[UUIDS[1]]
        assert source.report.abandoned == 0
        assert not source.report.trouble


async def test_processes_that_cannot_be_ended_are_not_added_to_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A process stuck in the driver outlives its kill; here one whose kill does nothing."""
    kill, stuck = WorkerProcess.kill, list[WorkerProcess]()

    def in_vain(process: WorkerProcess) -> None:
        stuck.append(process)

    monkeypatch.setattr(WorkerProcess, "kill", in_vain)
    try:
        async with connected("one_call_hangs", hard_s=0.3, longest_back_off_s=0.2) as source:
            await until(source, lambda _: source.report.stuck >= QUICK.most_stuck)
            await until(
                source, lambda _: "hang in the driver" in "".join(source.report.trouble.values())
            )
            started = len(stuck)
            await asyncio.sleep(1.0)
            assert len(stuck) == started
            for process in stuck:
                kill(process)
            await until(source, lambda _: source.report.abandoned > QUICK.most_stuck)
            began_s = time.monotonic()
            await source.close()
            assert time.monotonic() - began_s < 2  # what cannot be ended is not waited for
    finally:
        for process in stuck:
            kill(process)


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
async def test_a_stopped_worker_is_late_then_abandoned(machine: Callable[..., None]) -> None:
    async with connected("controlled", hard_s=1.0) as source:
        before = source.pids[UUIDS[1]]
        psutil.Process(before).suspend()
        samples = await source.sample()
        assert [reason(s) for s in samples] == [Reason.NONE, Reason.NO_COMMS]
        await until(source, lambda s: [reason(x) for x in s] == [Reason.NONE] * 2)
        assert source.report.abandoned == 1
        assert not psutil.pid_exists(before)


async def test_a_late_answer_is_used_when_it_comes(machine: Callable[..., None]) -> None:
    async with connected("controlled", soft_s=0.3, hard_s=8.0) as source:
        worker = psutil.Process(source.pids[UUIDS[0]])
        worker.suspend()
        assert reason((await source.sample())[0]) is Reason.NO_COMMS
        worker.resume()
        await until(source, lambda s: reason(s[0]) is Reason.NONE, within_s=5)
        assert source.pids[UUIDS[0]] == worker.pid
        assert source.report.cost[UUIDS[0]].longest_s["round_trip"] > 0.3


async def test_a_driver_replaced_under_the_workers_starts_them_all_anew(
    machine: Callable[..., None],
) -> None:
    async with connected("controlled") as source:
        before = source.pids
        machine(gpus=2, driver="595.71.05")
        await until(
            source,
            lambda s: all(
                reason(x) is Reason.NONE and x.identity["driver"] == "595.71.05" for x in s
            ),
        )
        assert not set(before.values()) & set(source.pids.values())
        await until(source, lambda _: source.report.driver == "595.71.05")


async def test_a_driver_that_is_upgraded_and_not_reloaded_leaves_what_works(
    machine: Callable[..., None],
) -> None:
    """New processes do not fit the old kernel module; those of before do."""
    async with connected("controlled", rescan_s=0.2) as source:
        before = source.pids
        machine(gpus=2, init_code=18)
        await until(source, lambda _: "inventory" in source.report.trouble)
        samples = await source.sample()
        assert [reason(s) for s in samples] == [Reason.NONE] * 2
        assert source.pids == before
        assert "upgraded and not reloaded" in source.report.trouble["inventory"]


async def test_a_worker_replaced_again_and_again_still_waits_between() -> None:
    async with connected("driver_upgraded", shortest_back_off_s=0.3) as source:
        await until(source, lambda s: reason(s[0]) is Reason.NO_COMMS)
        await until(source, lambda s: reason(s[0]) is Reason.NONE)


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        ("driver_not_loaded", "the NVIDIA driver is not loaded"),
        ("driver_mismatch", "upgraded and not reloaded"),
        ("no_such_scenario", "there is no tests.fake_nvml:no_such_scenario"),
    ],
)
async def test_no_nvml_is_one_sentence(scenario: str, words: str) -> None:
    source = NvmlSource(library=f"tests.fake_nvml:{scenario}", patience=QUICK)
    with pytest.raises(DeviceError, match=words):
        await source.connect()
    await source.close()


async def test_a_driver_without_gpus_says_so() -> None:
    async with connected("no_gpus") as source:
        with pytest.raises(DeviceError, match="names no GPU"):
            await source.sample()


async def test_a_worker_that_cannot_be_started_says_what_it_said_last() -> None:
    command = [sys.executable, "-c", "raise SystemExit('no licence for this')"]
    source = NvmlSource(command=command, patience=QUICK)
    with pytest.raises(DeviceError, match="ended with status 1: no licence for this"):
        await source.connect()
    await source.close()
    source = NvmlSource(command=["/no/such/worker"], patience=QUICK)
    with pytest.raises(DeviceError, match="cannot be started"):
        await source.connect()
    await source.close()


async def test_what_the_library_prints_spoils_no_answer() -> None:
    chatty = (
        "import os, sys; from drivers.gpu.nvml import worker\n"
        "say = worker.Speaker.say\n"
        "def noisy(self, m): os.write(1, b'NVRM: half a li'); say(self, m)\n"
        "worker.Speaker.say = noisy; sys.exit(worker.main(sys.argv[1:]))"
    )
    source = NvmlSource(
        command=[sys.executable, "-c", chatty], library="tests.fake_nvml:eight", patience=QUICK
    )
    try:
        await source.connect()
        assert [value(s) for s in await source.sample()] == [59] * 8
    finally:
        await source.close()


async def test_closing_ends_every_process_and_connecting_begins_anew(
    machine: Callable[..., None],
) -> None:
    async with connected("controlled") as source:
        before = list(source.pids.values())
        began_s = time.monotonic()
        await source.close()
        assert time.monotonic() - began_s < 2
        assert not [pid for pid in before if psutil.pid_exists(pid)]
        await source.close()
        with pytest.raises(DeviceError):
            await source.sample()
        await source.connect()
        assert [reason(s) for s in await source.sample()] == [Reason.NONE] * 2
        assert source.faults() == []


async def test_the_environment_names_the_library(
    machine: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANKSIDE_FAKE_NVML", "tests.fake_nvml:geforce")
    source = NvmlSource(patience=QUICK)
    try:
        await source.connect()
        (sample,) = await source.sample()
        assert sample.own_limits["shutdown"] == 101
    finally:
        await source.close()
