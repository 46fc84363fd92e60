"""What looking through NVML costs: each call on a real driver, and our processes on the fake.

On the fake there is no driver: what is measured is the binding, our reading and the pipe, beside
one process that asks all GPUs in turn, which is what a process for each GPU is instead of.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import psutil
import pynvml
import pytest

from drivers.gpu.nvml import library
from drivers.gpu.nvml.calls import FAST, SLOW
from drivers.gpu.nvml.patience import Patience
from drivers.gpu.nvml.reader import GpuReader
from drivers.gpu.nvml.source import NvmlSource
from drivers.gpu.nvml.ways import Call, NoValueError
from tests.benchmarks.test_link import on_one_cpu

GPUS, LOOKS, ROUNDS = 8, 25, 5
MOST_OF_A_CORE = 0.03
"""For eight GPUs looked at once a second, all processes together."""
MOST_OVER_ONE_PROCESS = 12.0
REPEATS = 50


def _cpu_s(processes: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


async def _by_processes() -> tuple[float, float]:
    """Seconds and CPU seconds of one look at all GPUs, each in its process."""
    source = NvmlSource(library="tests.fake_nvml:eight", patience=Patience(connect_s=20.0))
    try:
        await source.connect()
        assert len(await source.sample()) == GPUS
        everyone = [psutil.Process(), *(psutil.Process(pid) for pid in source.pids.values())]
        cpu_s, began_s = _cpu_s(everyone), time.perf_counter()
        for _ in range(LOOKS):
            await source.sample()
        took_s = time.perf_counter() - began_s
        return took_s / LOOKS, (_cpu_s(everyone) - cpu_s) / LOOKS
    finally:
        await source.close()


def _in_one_process(monkeypatch: pytest.MonkeyPatch) -> float:
    """Seconds of one look at all GPUs in turn, in this process."""
    monkeypatch.setattr(pynvml, "nvmlLib", None)
    monkeypatch.setattr(pynvml, "_nvmlGetFunctionPointer_cache", {})
    nvml = library.start("tests.fake_nvml:eight")
    readers = [GpuReader(nvml, nvml.nvmlDeviceGetHandleByIndex(i)) for i in range(GPUS)]
    for reader in readers:
        reader.look()
    began_s = time.perf_counter()
    for _ in range(LOOKS):
        for reader in readers:
            reader.look()
    return (time.perf_counter() - began_s) / LOOKS


def test_a_process_for_each_gpu_beside_one_for_all(
    monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    with on_one_cpu():
        both = [(asyncio.run(_by_processes()), _in_one_process(monkeypatch)) for _ in range(ROUNDS)]
    looks_s = statistics.median(processes[0] for processes, _ in both)
    cpu_s = statistics.median(processes[1] for processes, _ in both)
    one_s = statistics.median(one for _, one in both)
    told = {
        "gpus": GPUS,
        "processes_ms": round(looks_s * 1e3, 2),
        "processes_cpu_ms": round(cpu_s * 1e3, 2),
        "one_process_ms": round(one_s * 1e3, 2),
        "processes_to_one": round(looks_s / one_s, 2),
    }
    for name, value in told.items():
        record_property(name, value)
    print(told)  # noqa: T201  shown with -s: the figures are the point
    assert cpu_s <= MOST_OF_A_CORE, told
    assert looks_s <= MOST_OVER_ONE_PROCESS * one_s, told


def test_what_a_worker_needs_to_start(record_property: Callable[[str, object], None]) -> None:
    """Beside an interpreter that does nothing, and one that loads what the console's side needs."""

    def started_s(code: str) -> float:
        times = []
        for _ in range(ROUNDS):
            began_s = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            times.append(time.perf_counter() - began_s)
        return statistics.median(times)

    ours = "import drivers.gpu.nvml.worker, drivers.gpu.nvml.library as l; l.binding()"
    told = {
        "bare_ms": round(started_s("pass") * 1e3),
        "worker_ms": round(started_s(ours) * 1e3),
        "with_numpy_and_pydantic_ms": round(started_s(f"{ours}; import drivers.gpu.source") * 1e3),
    }
    for name, value in told.items():
        record_property(name, value)
    print(told)  # noqa: T201
    assert told["worker_ms"] * 1.5 < told["with_numpy_and_pydantic_ms"], told


@pytest.mark.peer
def test_each_call_of_a_real_driver(record_property: Callable[[str, object], None]) -> None:
    """Calls per second of every way we have, for docs/nvml.md."""
    try:
        nvml = library.start(os.environ.get(library.LIBRARY_VARIABLE, ""))
        handle = nvml.nvmlDeviceGetHandleByIndex(0)
    except (library.NvmlStartError, pynvml.NVMLError) as error:
        pytest.skip(f"needs an NVIDIA GPU: {error}")
    reader = GpuReader(nvml, handle, slow_every_s=0.0)
    told = {"look": _per_second(reader.look)}
    for query in (*FAST, *SLOW):
        for way in query.ways:
            if isinstance(way, Call):
                rate = _rate_of(way, nvml, handle)
                if rate is not None:
                    told[f"{way.function} ({query.keys[0]})"] = rate
    for name, value in told.items():
        record_property(name, value)
    print("\n".join(f"{name}: {rate:.0f}/s" for name, rate in told.items()))  # noqa: T201
    assert told["look"] > 1


def _rate_of(way: Call, nvml: Any, handle: Any) -> float | None:
    try:
        way.read(nvml, handle)
    except (pynvml.NVMLError, NoValueError, AttributeError):
        return None
    return _per_second(lambda: way.read(nvml, handle))


def _per_second(call: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    for _ in range(REPEATS):
        call()
    return REPEATS / (time.perf_counter() - began_s)
