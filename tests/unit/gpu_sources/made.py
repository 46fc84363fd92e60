"""Exporter texts for these tests, and what reads them."""

from __future__ import annotations

from pathlib import Path

from drivers.gpu.exposition import ExpositionReader
from drivers.gpu.points import gpu_schema
from drivers.gpu.source import GpuSample
from drivers.points import Reason, Stamp

TEXTS = Path(__file__).with_name("texts")
NOW = Stamp(1_780_000_000_000_000, 5000.0)
UUID = "GPU-5d7e1f80-4a2c-4b96-8e03-91c6d2f7ab1{}"


def text_of(name: str) -> str:
    return (TEXTS / f"{name}.prom").read_text()


def labels_of(gpu: int = 0, more: str = "") -> str:
    return (
        f'gpu="{gpu}",UUID="{UUID.format(gpu)}",pci_bus_id="00000000:1{gpu:X}:00.0",'
        f'device="nvidia{gpu}",modelName="NVIDIA H100 80GB HBM3",hostname="n"{more}'
    )


def line(field: str, value: object, gpu: int = 0, more: str = "") -> str:
    return f"{field}{{{labels_of(gpu, more)}}} {value}\n"


def temperature(value: object, gpu: int = 0, more: str = "") -> str:
    return line("DCGM_FI_DEV_GPU_TEMP", value, gpu, more)


def read(text: str, reader: ExpositionReader | None = None) -> list[GpuSample]:
    return (reader or ExpositionReader()).read(text, NOW)


def value(sample: GpuSample, key: str) -> float:
    return float(sample.values[gpu_schema().index[key]])


def reason(sample: GpuSample, key: str) -> Reason:
    return Reason(int(sample.reasons[gpu_schema().index[key]]))


def good(sample: GpuSample) -> dict[str, float]:
    """Every good value by point key."""
    return {
        point.key: float(v)
        for point, v, r in zip(gpu_schema(), sample.values, sample.reasons, strict=True)
        if r == Reason.NONE
    }
