"""Captures in ``tests/fixtures/gpu`` and what is read from them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from drivers.gpu.points import gpu_schema
from drivers.gpu.smi.source import CaptureSource
from drivers.gpu.source import GpuSample
from drivers.points import Reason, Stamp

FOLDER = Path(__file__).parents[2] / "fixtures" / "gpu"
QUERIES = ("h100", "worn", "mig", "geforce", "610", "old")
NOW = Stamp(1_800_000_000_000_000, 5000.0)
NA = Reason.NOT_SUPPORTED
UNTOLD = Reason.NOT_EXPORTED


def text_of(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def read(path: Path, columns: Sequence[str] = ()) -> Sequence[GpuSample]:
    source = CaptureSource(path, columns=columns, utc_offset_min=0, clock=lambda: NOW)

    async def look() -> Sequence[GpuSample]:
        await source.connect()
        return await source.sample()

    return asyncio.run(look())


def saved(folder: Path, content: str | bytes, name: str = "capture.txt") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def values(sample: GpuSample) -> dict[str, float | Reason]:
    """Every point: its value where it is RECORDED, else the reason."""
    read = {}
    for point, value, number in zip(gpu_schema(), sample.values, sample.reasons, strict=True):
        reason = Reason(int(number))
        assert (value == value) == (reason in {Reason.RECORDED, Reason.OUT_OF_RANGE}), point.key  # noqa: PLR0124
        read[point.key] = float(value) if reason is Reason.RECORDED else reason
    return read
