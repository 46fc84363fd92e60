"""What scraping costs us: 500 GPUs on 64 hosts every second, beside the plain way to do it."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from drivers.gpu.exporter_source import ExporterSource
from drivers.gpu.exposition import ExpositionReader
from drivers.gpu.points import gpu_schema
from drivers.points import Reason, Stamp
from tests.benchmarks.exporter_hosts import exposition

GPUS, HOSTS, SECONDS = 500, 64, 5
LEAST_SAVED, LEAST_TEXT_SAVED = 3.0, 20.0
NOW = Stamp(1_780_000_000_000_000, 5000.0)
USED = 14
"""Of dcgm-exporter's 25 default fields, how many are points."""


@contextmanager
def hosts() -> Iterator[list[str]]:
    """Serve every host from another process, on another CPU where there is one."""
    cpus = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    apart = [str(cpus[-1])] if len(cpus) > 1 else []
    command = [sys.executable, str(Path(__file__).with_name("exporter_hosts.py"))]
    with subprocess.Popen(
        [*command, str(HOSTS), str(GPUS), *apart], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            ports = server.stdout.readline().split()
            yield [f"http://127.0.0.1:{port}/metrics" for port in ports]
        finally:
            server.kill()


async def _every_second(looks: list[Callable[[], Awaitable[int]]], seconds: int) -> list[float]:
    """CPU seconds of this process in each second in which every host is looked at once."""
    used = []
    for _ in range(seconds):
        began_s, cpu_s = time.monotonic(), time.process_time()
        seen = await asyncio.gather(*(look() for look in looks))
        used.append(time.process_time() - cpu_s)
        assert sum(seen) == GPUS
        await asyncio.sleep(max(0.0, 1.0 - (time.monotonic() - began_s)))
    return used


async def _ours(urls: list[str]) -> list[float]:
    sources = [ExporterSource(url, timeout_s=5.0) for url in urls]

    async def look(source: ExporterSource) -> int:
        samples = await source.sample()
        good = sum(int((sample.reasons == Reason.NONE).sum()) for sample in samples)
        assert good == USED * len(samples)
        return len(samples)

    for source in sources:
        await source.connect()
    try:
        looks: list[Any] = [lambda source=source: look(source) for source in sources]
        return (await _every_second(looks, SECONDS + 1))[1:]
    finally:
        for source in sources:
            await source.close()


async def _plain(urls: list[str]) -> list[float]:
    """httpx with one client for all, the whole text through prometheus_client."""

    async def look(client: httpx.AsyncClient, url: str) -> int:
        text = (await client.get(url)).text
        found: dict[str, dict[str, float]] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found.setdefault(sample.labels["UUID"], {})[sample.name] = sample.value
        return len(found)

    async with httpx.AsyncClient(trust_env=False, timeout=30.0) as client:
        looks: list[Any] = [lambda url=url: look(client, url) for url in urls]
        return (await _every_second(looks, 2))[1:]


def test_five_hundred_gpus_on_sixty_four_hosts(
    record_property: Callable[[str, object], None],
) -> None:
    with hosts() as urls:
        assert len(urls) == HOSTS
        ours = asyncio.run(_ours(urls))
        plain = asyncio.run(_plain(urls))
    share, plain_share = statistics.median(ours), statistics.median(plain)
    told = {
        "share_of_a_core": round(share, 3),
        "plain_share_of_a_core": round(plain_share, 3),
        "saved": round(plain_share / share, 1),
    }
    for name, value in told.items():
        record_property(name, value)
    print(told)  # noqa: T201  shown with -s: the figures are the point
    assert plain_share >= LEAST_SAVED * share, told


def test_one_text_beside_the_plain_parser(
    record_property: Callable[[str, object], None],
) -> None:
    texts = [exposition(3, 8, scrape) for scrape in range(5)]
    reader = ExpositionReader()
    first_s = _time_s(lambda text: reader.read(text, NOW), texts[:1])
    ours_s = _time_s(lambda text: reader.read(text, NOW), texts * 20)
    plain_s = _time_s(lambda text: list(text_string_to_metric_families(text)), texts)
    told = {
        "first_us": round(first_s * 1e6),
        "ours_us": round(ours_s * 1e6),
        "plain_us": round(plain_s * 1e6),
        "saved": round(plain_s / ours_s, 1),
    }
    for name, value in told.items():
        record_property(name, value)
    print(told)  # noqa: T201  shown with -s: the figures are the point
    assert plain_s >= LEAST_TEXT_SAVED * ours_s, told


def test_the_same_is_read(benchmark: Any) -> None:
    reader, text = ExpositionReader(), exposition(3, 8)
    samples = benchmark(lambda: reader.read(text, NOW))
    at = gpu_schema().index["core_temperature"]
    temperatures = {
        sample.labels["UUID"]: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "DCGM_FI_DEV_GPU_TEMP"
    }
    assert {sample.key: sample.values[at] for sample in samples} == temperatures


def _time_s(read: Callable[[str], object], texts: list[str]) -> float:
    began = time.process_time()
    for text in texts:
        read(text)
    return (time.process_time() - began) / len(texts)


@pytest.mark.parametrize("hosts_count", [HOSTS])
def test_the_benchmark_asks_for_what_it_says(hosts_count: int) -> None:
    from tests.benchmarks.exporter_hosts import spread

    assert sum(spread(GPUS, hosts_count)) == GPUS
    assert max(spread(GPUS, hosts_count)) == 8
