"""From nothing to the first live value, and what it weighs, beside a bare plot window."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.simulator.options import PlantOptions
from drivers.simulator.process import SimulatorProcess

PROBE = Path(__file__).with_name("start_probe.py")
ROUNDS = 5
WITH_BYTECODE = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def probe(*words: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, str(PROBE), *words],
        env={
            **os.environ,
            "STARTED_S": repr(time.time()),
            "QT_QPA_PLATFORM": "offscreen",
            "PYTHONPATH": str(PROBE.parents[2]),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    result: dict[str, float] = json.loads(done.stdout)
    return result


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with SimulatorProcess(PlantOptions(tanks=6, hosts=6, gpus_per_host=8, seed=7)) as simulator:
        path = tmp_path_factory.mktemp("site") / "site.toml"
        path.write_text(simulator.start().site_toml, encoding="utf-8")
        yield path


def measured(benchmark: Any, *words: str) -> dict[str, float]:
    """Run the probe a few times; its own figures go into the report as medians."""
    found: list[dict[str, float]] = []
    benchmark.pedantic(lambda: found.append(probe(*words)), rounds=ROUNDS, warmup_rounds=1)
    last = found[-ROUNDS:]
    medians = {key: round(statistics.median(f[key] for f in last), 3) for key in last[0]}
    benchmark.extra_info.update(medians)
    return medians


@pytest.mark.benchmark(group="start")
class TestStart:
    def test_tankside(self, benchmark: Any, site: Path, tmp_path: Path) -> None:
        found = measured(benchmark, "tankside", str(site), str(tmp_path))
        assert found["window_s"] < found["first_live_s"]

    def test_alternative_a_bare_plot_window(self, benchmark: Any) -> None:
        assert measured(benchmark, "bare")["window_s"] > 0
