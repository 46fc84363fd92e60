"""What our reading of a GPU and nvidia-smi's say differently, at nearly the same moment."""

from __future__ import annotations

import re
import shutil
import subprocess

from drivers.gpu.points import gpu_points, gpu_schema
from drivers.gpu.smi.captured import CapturedGpu
from drivers.gpu.smi.smi_csv import read_query_csv
from drivers.gpu.source import GpuSample
from drivers.points import Reason

ALLOWED = {
    "core_temperature": (0.0, 2.0),
    "memory_temperature": (0.0, 2.0),
    "thermal_margin": (0.0, 2.0),
    "power": (0.15, 5.0),
    "power_instant": (0.4, 20.0),
    "utilization": (0.0, 100.0),
    "memory_utilization": (0.0, 100.0),
    "sm_clock": (0.3, 30.0),
    "memory_clock": (0.3, 30.0),
    "memory_used": (0.02, 64.0),
}
"""What moves by itself: share of the value and amount beyond nvidia-smi before and after."""
MOVES_AT_WILL = frozenset({"throttle_reasons", "performance_state", "pcie_generation"})
"""Compared only where nvidia-smi said the same before and after."""
ROUNDING = 0.006  # nvidia-smi prints two digits


def disagreements(ours: GpuSample, before: CapturedGpu, after: CapturedGpu) -> list[str]:
    """Return one line for each point of which both speak and not alike."""
    found = []
    for i, point in enumerate(gpu_schema()):
        seen = [gpu.found[point.key] for gpu in (before, after) if point.key in gpu.found]
        value, reason = float(ours.values[i]), Reason(int(ours.reasons[i]))
        if len(seen) < 2:
            if reason is Reason.NONE and point.key in before.missing and point.key in after.missing:
                found.append(f"{point.key}: {value:g}, nvidia-smi has none")
        elif reason is not Reason.NONE:
            found.append(f"{point.key}: {reason.word}, nvidia-smi has {seen}")
        elif not _agree(point.key, value, *seen):
            found.append(f"{point.key}: {value:g}, nvidia-smi has {seen}")
    return found


def _agree(key: str, value: float, before: float, after: float) -> bool:
    if key in MOVES_AT_WILL and before != after:
        return True
    share, amount = ALLOWED.get(key, (0.0, ROUNDING))
    low, high = sorted((before, after))
    return low - low * share - amount <= value <= high + high * share + amount


def ask_nvidia_smi() -> list[CapturedGpu]:
    """Return what nvidia-smi says now of every column that it knows; raises OSError without it."""
    program = shutil.which("nvidia-smi")
    if program is None:
        raise FileNotFoundError("nvidia-smi is not on the path")
    known = set(re.findall(r'"([\w.]+)"', _run(program, "--help-query-gpu")))
    wanted = {name for spec in gpu_points() for name in spec.csv} | {"serial", "name"}
    columns = ["index", "uuid", "pci.bus_id", *sorted(wanted & known)]
    return read_query_csv(_run(program, f"--query-gpu={','.join(columns)}", "--format=csv"))


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout
